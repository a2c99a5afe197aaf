"""A fault at every system call of a commit and of an undo: the file is the old one or the new one, whole, and the exit
code says which.  The short form tries every third call with one error, the long form (CRMSHEET_LONG=1) all of them."""

from __future__ import annotations

import hashlib
import itertools
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from inject import FALLIBLE, LONG, Subject, calls, run
from workbook_files import simple

from crmsheet.workbook import backups, open_workbook, undo

ERRORS = ("ENOSPC", "EIO", "EACCES")
SAMPLE = Path(__file__).resolve().parents[2] / "sample_workbooks" / "documents.xlsx"
ROWS = '<row r="1"><c r="A1"><v>1</v></c></row>'


@pytest.fixture(scope="module")
def subject() -> Iterator[Subject]:
    one = Subject()
    yield one
    one.close()


def prepared(folder: Path, mode: str) -> Path:
    """A folder with a workbook; for an undo it has been written twice."""
    folder.mkdir()
    path = simple(folder / "客户.xlsx", ROWS)
    (folder / "careless.new").write_bytes(path.read_bytes() * 2)
    for value in (2, 3) if mode == "undo" else ():
        with open_workbook(path) as book:
            book.sheet(0).set("A1", value)
            book.commit()
    return path


def points(subject: Subject, mode: str, tmp_path: Path) -> tuple[bytes, bytes, list[tuple[str, int]]]:
    """(file before, file after, all system calls) of a run without a fault."""
    path = prepared(tmp_path / "whole", mode)
    before = path.read_bytes()
    assert run(subject, mode, path, tmp_path / "log") == 0
    return before, path.read_bytes(), calls(tmp_path / "log")


def faults(all_calls: list[tuple[str, int]]) -> Iterator[tuple[str, int, str]]:
    """(call, which, what happens to it)."""
    turn = itertools.cycle(ERRORS)
    for call, number in all_calls if LONG else all_calls[::3]:
        yield call, number, "signal=KILL"
        if call in FALLIBLE:
            for error in ERRORS if LONG else (next(turn),):
                yield call, number, f"error={error}"


def temporary(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.rglob("*") if p.suffix in (".part", ".swap", ".aside"))


@pytest.mark.parametrize("mode", ["commit", "undo"])
def test_a_fault_at_every_system_call(subject: Subject, tmp_path: Path, mode: str) -> None:
    before, after, every = points(subject, mode, tmp_path)
    assert len(every) > 60 and {name for name, _ in every} >= {"fsync", "renameat2", "flock"}
    wrong, outcomes = [], []
    for call, number, fault in faults(every):
        folder = tmp_path / "one"
        path = prepared(folder, mode)
        code = run(subject, mode, path, tmp_path / "log", f"{call}:{fault}:when={number}")
        now = path.read_bytes() if path.exists() else b""
        allowed = {0: (after,), 2: (before,), 3: (before,), -9: (before, after)}.get(code, ())
        outcomes.append((code, now == after))
        if now not in allowed:
            wrong.append((call, number, fault, code, len(now)))
        elif problem := goes_on(path, mode, code):
            wrong.append((call, number, fault, code, problem))
        shutil.rmtree(folder)
    assert not wrong, "\n".join(map(str, wrong))
    assert {(0, True), (2, False), (-9, False), (-9, True)} <= set(outcomes)


@pytest.mark.parametrize("error", ERRORS if LONG else ERRORS[:1])
def test_the_command_says_what_became_of_the_workbook(subject: Subject, tmp_path: Path, error: str) -> None:
    """The exit code of a whole ``process`` is true, wherever its commit or its review fails."""
    before = SAMPLE.read_bytes()
    path = Path(shutil.copy(SAMPLE, tmp_path / "team.xlsx"))
    assert run(subject, "process", path, tmp_path / "log") == 0
    after, every = path.read_bytes(), [c for c in calls(tmp_path / "log") if c[0] in FALLIBLE]
    writing = max(i for i, (call, _) in enumerate(every) if call == "renameat2") + 8
    chosen = every if LONG else every[: writing : max(9, writing // 4)] + every[writing :: max(90, len(every) // 2)]
    wrong = []
    for call, number in chosen:
        folder = tmp_path / "one"
        folder.mkdir()
        path = Path(shutil.copy(SAMPLE, folder / "team.xlsx"))
        code = run(subject, "process", path, tmp_path / "log", f"{call}:error={error}:when={number}")
        if path.read_bytes() != {0: after, 2: before, 3: before}.get(code):
            wrong.append((call, number, code, path.read_bytes() in (before, after)))
        shutil.rmtree(folder)
    assert not wrong, "\n".join(map(str, wrong))


def goes_on(path: Path, mode: str, code: int) -> str:
    """What is wrong with the folder after a fault, and with a next run; empty when nothing is."""
    if code in (2, 3) and temporary(path.parent):  # after 0 the fault may have hit the clearing up: the next run's work
        return f"left behind: {temporary(path.parent)}"
    for backup in backups(path):
        if not hashlib.sha256(backup.path.read_bytes()).hexdigest().startswith(backup.before):
            return f"backup {backup.path.name} is not what its name says"
    if mode == "undo" and code:
        undo_again(path)
    with open_workbook(path) as book:
        book.sheet(0).set("A1", 9)
        book.commit()
    return f"left behind by the next run: {temporary(path.parent)}" if temporary(path.parent) else ""


def undo_again(path: Path) -> None:
    """After a fault the next undo either takes the same step or, where that was taken, the one before it."""
    with open_workbook(path) as book:
        was = book.sheet(0).cell("A1")
    undo(path)
    with open_workbook(path) as book:
        now = book.sheet(0).cell("A1")
    assert was and now and now.value == int(str(was.value)) - 1


def test_these_tests_notice_a_file_that_is_destroyed(subject: Subject, tmp_path: Path) -> None:
    before, after, every = points(subject, "overwrite", tmp_path)
    destroyed = 0
    for call, number in every:
        path = prepared(tmp_path / "one", "overwrite")
        run(subject, "overwrite", path, tmp_path / "log", f"{call}:signal=KILL:when={number}")
        destroyed += path.read_bytes() not in (before, after)
        shutil.rmtree(tmp_path / "one")
    assert destroyed > 2


def test_messages_of_a_full_and_a_failing_disk_say_so(tmp_path: Path) -> None:
    """The errors of the system reach people in one line."""
    import errno
    import os

    from crmsheet.workbook import EditError
    from crmsheet.workbook.disk import in_one_line

    for code in (errno.ENOSPC, errno.EIO, errno.EROFS):
        with pytest.raises(EditError) as caught, in_one_line(tmp_path / "客户.xlsx"):
            raise OSError(code, os.strerror(code))
        assert re.search(r"客户\.xlsx 失败（.+），原文件未改动", str(caught.value)) and "\n" not in str(caught.value)
