"""Workbooks over a real Dask scheduler and two workers on loopback; one worker is killed while it works."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from distributed import Client

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "sample_workbooks" / "team.xlsx"
DAY = "2026-09-30"
NAMES = [f"t{i}.xlsx" for i in range(8)]


@contextmanager
def started(*words: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([sys.executable, "-m", *words], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, cwd="/")
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


def where(scheduler: subprocess.Popen[str]) -> str:
    """Its address, as it says when it is ready."""
    assert scheduler.stderr is not None
    return next(found[1] for line in scheduler.stderr if (found := re.search(r"Scheduler at: *tcp://(\S+)", line)))


@pytest.fixture
def cluster() -> Iterator[tuple[str, list[subprocess.Popen[str]]]]:
    """Address of a scheduler, and its two workers of one thread."""
    with ExitStack() as opened:
        scheduler = opened.enter_context(started("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"))
        address = where(scheduler)
        workers = [
            opened.enter_context(started("distributed.cli.dask_worker", f"tcp://{address}", "--nthreads", "1", "--no-nanny", "--no-dashboard"))
            for _ in range(2)
        ]
        with Client(f"tcp://{address}", set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
        yield address, workers


def teams(folder: Path) -> dict[str, bytes]:
    """Copies of the sample team, and how each is after a run of its own."""
    folder.mkdir()
    for name in NAMES:
        shutil.copyfile(SAMPLE, folder / name)
    return {name: (folder / name).read_bytes() for name in NAMES}


def begin(folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "crmsheet", "process", *words, "--as-of", DAY], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def backups(folder: Path, name: str) -> int:
    return len([path for path in (folder / ".crmsheet" / "backups").glob(f"**/*{Path(name).stem}*") if path.is_file()])


def test_every_workbook_is_done_once_or_named_when_a_worker_is_killed(tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[str]]]) -> None:
    address, (first, _) = cluster
    folder, alone = tmp_path / "many", tmp_path / "alone"
    before = teams(folder)
    teams(alone)
    begin(alone, NAMES[0]).communicate(timeout=60)
    written = (alone / NAMES[0]).read_bytes()
    run = begin(folder, *NAMES, "--executor", f"dask://{address}")
    while not any((folder / name).read_bytes() != before[name] for name in NAMES):  # somebody has finished, and others have begun
        assert run.poll() is None
        time.sleep(0.05)
    first.send_signal(signal.SIGKILL)
    out, err = run.communicate(timeout=120)
    failed = [name for name in NAMES if f"错误：{name}: 处理它的进程意外结束" in err]
    done = [name for name in NAMES if re.search(rf"^{name}[:：]", out, re.MULTILINE)]
    assert sorted(failed + done) == NAMES and 1 <= len(failed) <= 3 and run.returncode == 4
    assert all((folder / name).read_bytes() == written and backups(folder, name) == 1 for name in done)
    assert all((folder / name).read_bytes() in (written, before[name]) for name in failed)


def test_without_a_worker_every_workbook_is_named_and_none_is_touched(tmp_path: Path) -> None:
    before = teams(tmp_path / "many")
    with started("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard") as scheduler:
        run = begin(tmp_path / "many", *NAMES, "--executor", f"dask://{where(scheduler)}")
        _, err = run.communicate(timeout=120)
    assert run.returncode == 4 and all(f"错误：{name}: 处理它的进程意外结束" in err for name in NAMES)
    assert all((tmp_path / "many" / name).read_bytes() == before[name] for name in NAMES)


def test_it_is_refused_before_anything_is_begun(tmp_path: Path) -> None:
    teams(tmp_path / "many")
    for executor, told in (("ray://127.0.0.1:1", "请写成 dask://主机:端口"), ("dask://127.0.0.1:9", "调度器没有应答")):
        run = begin(tmp_path / "many", *NAMES, "--executor", executor)
        _, err = run.communicate(timeout=60)
        assert run.returncode == 2 and told in err and len(err.splitlines()) == 1
    assert not (tmp_path / "many" / ".crmsheet").exists()
