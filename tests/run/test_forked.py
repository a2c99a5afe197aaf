"""The command that the tests start quickly (forked.py) says, writes and ends as `python -m crmsheet` does."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import forked
import pytest

SAMPLE = Path(__file__).parents[2] / "sample_workbooks" / "team.xlsx"
DAY = ("--as-of", "2026-09-30")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="nothing is forked elsewhere")
FREE = re.compile("剩余 [0-9,]+ MB".encode())  # doctor tells how much of the disk is free: other tests write meanwhile
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}


def ends(command: tuple[str, ...], folder: Path, words: tuple[str, ...], **env: str) -> tuple[int, bytes, bytes, dict[str, bytes]]:
    """(exit code, stdout, stderr, files) of a command line in a folder of its own that holds a team."""
    folder.mkdir(parents=True)
    shutil.copyfile(SAMPLE, folder / "team.xlsx")
    (folder / "none.xlsx").write_bytes(b"no workbook")
    done = subprocess.run([*command, *words], cwd=folder, env={**CLEAN, **env}, capture_output=True, input=b"", check=False)
    left = {f"{path.relative_to(folder)}/{part}": data for path in sorted(folder.rglob("*")) if path.is_file() for part, data in contents(path)}
    shutil.rmtree(folder)
    return done.returncode, FREE.sub(b"", done.stdout), done.stderr, left


def contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """A file's bytes, a workbook's part by part, without who wrote them and in which second."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            parts = [(name, archive.read(name)) for name in archive.namelist()]
    else:
        parts = [("", b"" if path.suffix == ".lock" else path.read_bytes())]  # a lock names its process
    yield from ((name, re.sub(rb"20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?", b"NOW", data)) for name, data in parts)


def unlike(one: tuple[int, bytes, bytes, dict[str, bytes]], two: tuple[int, bytes, bytes, dict[str, bytes]]) -> list[object]:
    return [(a, b) for a, b in zip(one[:3], two[:3], strict=True) if a != b] + [name for name in one[3] | two[3] if one[3].get(name) != two[3].get(name)]


@pytest.mark.parametrize(("words", "code"), [
    (("--help",), 0), (("policy", "show", "crm"), 0), (("schema",), 0), (("check", "team.xlsx", *DAY), 0), (("check", "team.xlsx", *DAY, "--json"), 0),
    (("process", "team.xlsx", *DAY, "--json", "--per-owner"), 0), (("explain", "team.xlsx", "C2026001", *DAY, "--lang", "en"), 0),
    (("process", "team.xlsx", "none.xlsx", *DAY, "--jobs", "2"), 2), (("doctor", "team.xlsx", *DAY), 0), (("check", "team.xlsx", *DAY, "--strict"), 1),
    (("chek", "team.xlsx"), 2), (("process", "nowhere.xlsx"), 2), (("process", "none.xlsx", "--debug"), 2), (("process", "team.xlsx", "--out", "none.xlsx"), 2),
], ids=lambda value: " ".join(value) if isinstance(value, tuple) else None)  # fmt: skip
def test_it_says_writes_and_ends_as_a_new_python_does(tmp_path: Path, words: tuple[str, ...], code: int) -> None:
    real = ends(forked.REAL, tmp_path / "team", words)
    assert real[0] == code, real[2].decode()
    assert unlike(ends(forked.command(), tmp_path / "team", words), real) == []


@pytest.mark.parametrize("env", [{"PYTHONIOENCODING": "gbk"}, {"LC_ALL": "C"}, {"LANG": "en_US.UTF-8"}, {"TZ": "America/St_Johns", "TERM": "xterm"}], ids=str)
def test_variables_mean_what_they_mean_to_a_new_python(tmp_path: Path, env: dict[str, str]) -> None:
    """gbk for the console, say, is read at the start alone: a forked child would print utf-8."""
    real, quick = (ends(command, tmp_path / "team", ("doctor", *DAY), **env) for command in (forked.REAL, forked.command()))
    assert unlike(quick, real) == [] and real[0] == 0


def test_what_it_reads_and_where_it_writes_are_those_of_its_caller(tmp_path: Path) -> None:
    shutil.copyfile(SAMPLE, tmp_path / "team.xlsx")
    for place, command in enumerate((forked.REAL, forked.command())):
        with (tmp_path / f"{place}.txt").open("wb") as out:
            out.write(b"before\n")
            out.flush()
            subprocess.run([*command, "check", "team.xlsx", *DAY], cwd=tmp_path, env=CLEAN, stdout=out, stderr=subprocess.STDOUT, check=True)
            out.write(b"after\n")
    real, quick = ((tmp_path / f"{place}.txt").read_bytes() for place in (0, 1))
    assert quick == real and real.startswith(b"before\n") and real.endswith(b"after\n") and len(real) > 100


@contextmanager
def waiting(folder: Path, count: int, **env: str) -> Iterator[tuple[subprocess.Popen[bytes], list[int]]]:
    """A run that waits for a workbook that somebody has open, and the processes at work in its folder, the one started first."""
    shutil.copyfile(SAMPLE, folder / "team.xlsx")
    (folder / "~$team.xlsx").write_bytes(b"\x04" + "小李".encode("utf-16-le").ljust(164, b"\0"))
    line = [*forked.command(), "process", "team.xlsx", *DAY, "--wait", "5"]
    with subprocess.Popen(line, cwd=folder, env={**CLEAN, **env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as started:
        try:
            time.sleep(0.5)
            until(lambda: len(at_work(folder)) == count)
            yield started, sorted(at_work(folder), key=lambda pid: pid != started.pid)
        finally:
            for pid in at_work(folder):
                os.kill(pid, signal.SIGKILL)


def at_work(folder: Path) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            found += [int(process.name)] * (process / "cwd").samefile(folder)
    return found


def until(state: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not state():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@LINUX
def test_a_command_that_is_killed_does_no_more(tmp_path: Path) -> None:
    with waiting(tmp_path, 2) as (started, _):
        started.kill()
        assert started.wait() == -signal.SIGKILL
        until(lambda: at_work(tmp_path) == [])


@LINUX
@pytest.mark.parametrize("death", [signal.SIGSEGV, signal.SIGTERM, signal.SIGKILL])
def test_a_child_that_dies_is_seen_as_the_command_that_died(tmp_path: Path, death: signal.Signals) -> None:
    with waiting(tmp_path, 2) as (started, (_, child)):
        os.kill(child, death)
        assert started.wait() == -death


@LINUX
def test_nothing_is_forked_for_what_python_reads_at_its_start(tmp_path: Path) -> None:
    with waiting(tmp_path, 1, PYTHONHASHSEED="1") as (started, at):
        assert at == [started.pid]
