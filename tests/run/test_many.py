"""Several workbooks at once: the same files and lines as one after another, and nobody is taken along by one that dies."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_command_line import crmsheet as on_a_day

from crmsheet.many import Done, each

SAMPLE = Path(__file__).parents[2] / "sample_workbooks" / "team.xlsx"
DAY = "2026-09-30"
CLEAN = {name: value for name, value in os.environ.items() if name not in ("LANG", "LC_ALL", "LC_MESSAGES", "LANGUAGE")}


def crmsheet(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return on_a_day(*words, "--as-of", DAY, cwd=cwd)


def teams(folder: Path, *names: str) -> list[str]:
    """Copies of the sample team under these names; their paths from ``folder``."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(SAMPLE, folder / name)
    return list(names)


def files(folder: Path) -> dict[str, bytes]:
    """The workbooks and their reviews by path; without the Excel review, whose zip says when it was made."""
    return {
        str(path.relative_to(folder)): path.read_bytes().replace(os.fsencode(folder), b"HERE") for path in sorted(folder.rglob("*"))
        if path.is_file() and (path.parent == folder or path.suffix in (".html", ".json")) and ".crmsheet" not in path.parts
    }  # fmt: skip


def test_two_at_once_leave_the_same_files_and_say_the_same(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    names = teams(one, "a.xlsx", "b.xlsx", "c.xlsx")
    teams(two, *names)
    (one / "b.xlsx").write_bytes(b"no workbook")
    (two / "b.xlsx").write_bytes(b"no workbook")
    alone = crmsheet("process", *names, cwd=one)
    at_once = crmsheet("process", *names, "--jobs", "2", cwd=two)
    assert (at_once.returncode, at_once.stdout, at_once.stderr) == (2, alone.stdout.replace(str(one), str(two)), alone.stderr)
    assert files(two) == files(one)
    assert "a.xlsx" in at_once.stdout and "c.xlsx" in at_once.stdout and at_once.stderr.startswith("错误：b.xlsx 不是 Excel 工作簿")


def test_documents_come_in_the_order_of_the_workbooks(tmp_path: Path) -> None:
    names = teams(tmp_path, "z.xlsx", "a.xlsx", "m.xlsx")
    told = crmsheet("process", *names, "--jobs", "3", "--json", cwd=tmp_path)
    assert told.returncode == 0
    assert [one["workbook"] for one in json.loads(told.stdout)] == names


def test_a_number_below_one_is_refused_in_one_line(tmp_path: Path) -> None:
    for wrong in ("0", "-1", "two", "1.5"):
        told = crmsheet("process", *teams(tmp_path, "a.xlsx"), "--jobs", wrong, cwd=tmp_path)
        assert told.returncode == 2 and f"“{wrong}”不是正整数" in told.stderr and told.stderr.count("\n") == 1


def _answer(number: int) -> tuple[int, list[bytes]]:
    print(f"第{number}个\ud800")
    print(f"{number} 的问题", file=sys.stderr)
    time.sleep(0.2 if number == 0 else 0)
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number, [b"%d" % number]


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_one_that_is_killed_is_told_and_the_others_are_done_in_order(jobs: int) -> None:
    first, dead, *others = each(_answer, [(number,) for number in range(4)], jobs)
    assert dead == Done(died=-signal.SIGKILL)
    for number, one in zip((0, 2, 3), (first, *others), strict=True):
        assert one == Done(number, (b"%d" % number,), f"第{number}个\ud800\n", f"{number} 的问题\n")


def _workers(pid: int) -> list[int]:
    """Processes that do a workbook's work: children of the server that the command started, once it has any."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [int(one) for child in children for one in Path(f"/proc/{child}/task/{child}/children").read_text(encoding="ascii").split()]


def test_a_worker_killed_in_the_middle_takes_only_its_own_workbook(tmp_path: Path) -> None:
    names = teams(tmp_path, "a.xlsx", "b.xlsx", "c.xlsx")
    before = (tmp_path / "a.xlsx").read_bytes()
    command = [sys.executable, "-m", "crmsheet", "process", *names, "--jobs", "2", "--as-of", DAY]
    running = subprocess.Popen(command, cwd=tmp_path, env=CLEAN, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
    deadline = time.monotonic() + 60
    while not (found := _workers(running.pid)):
        assert time.monotonic() < deadline
        time.sleep(0.001)
    os.kill(found[0], signal.SIGKILL)  # the first one started works on the first workbook
    out, err = running.communicate(timeout=120)
    assert running.returncode == 4
    assert "a.xlsx: 处理它的进程意外结束（-9）" in err
    assert (tmp_path / "a.xlsx").read_bytes() == before
    assert "b.xlsx" in out and "c.xlsx" in out
    assert {path.name for path in (tmp_path / "crmsheet-reviews").glob("*.html")} == {f"b-{DAY}.html", f"c-{DAY}.html"}


def test_what_a_workbook_leaves_behind_is_gone_before_the_next(tmp_path: Path) -> None:
    script = """
import datetime as dt, gc, sys
from pathlib import Path
from crmsheet import process_command
from crmsheet.job import Job
gc.disable()
collected, real = [], gc.collect
gc.collect = lambda *given: collected.append(real(*given))
process_command.process_all([Path(name) for name in sys.argv[1:]], Job(as_of=dt.date(2026, 9, 30), quiet=True))
print(len(collected), min(collected) > 0)
"""
    names = teams(tmp_path, "a.xlsx", "b.xlsx", "c.xlsx")
    done = subprocess.run([sys.executable, "-c", script, *names], cwd=tmp_path, capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.split() == ["2", "True"]  # twice between three, and there was something each time
