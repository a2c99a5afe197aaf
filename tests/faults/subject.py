"""What the fault tests do things to: a process that forks one prepared child after another.

    python subject.py        reads lines ``MODE PATH`` and answers with the child's pid

A child prepares its work, stops itself (SIGSTOP), and does the work when it is let go on; its exit code says how that
went: as the command line's, 0 done, 2 refused, 3 busy, 4 anything else.  Forking spares the start of Python at each of
hundreds of points, and everything that is loaded lazily is loaded before.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import filelock  # noqa: F401  # loaded before the fork

from crmsheet.cli import invoke
from crmsheet.workbook import BusyError, ColumnLook, Receipt, Workbook, WorkbookError, open_workbook, swap, undo


def committing(path: Path) -> Callable[[], None]:
    """A small edit, planned; the commit is the work."""
    book = open_workbook(path)
    book.sheet(0).set("B1", "等级 S")
    book.append_rows("记录", [ColumnLook("日期", "date"), ColumnLook("事项")], [[dt.date(2026, 9, 30), "升级"]])

    def work() -> None:
        book.commit()

    return work


def careless(path: Path) -> Callable[[], None]:
    """What a script does that nobody told about power cuts: write beside it, rename, hope."""
    data = (path.parent / "careless.new").read_bytes()

    def work() -> None:
        beside = path.with_suffix(".tmp")
        with open(beside, "wb") as file:
            file.write(data)
        os.replace(beside, path)

    return work


def overwriting(path: Path) -> Callable[[], None]:
    """What most libraries do: open the file itself and write into it."""
    data = (path.parent / "careless.new").read_bytes()

    def work() -> None:
        with open(path, "wb") as file:
            for start in range(0, len(data), 512):
                file.write(data[start : start + 512])
                file.flush()

    return work


def unlucky(path: Path) -> Callable[[], None]:
    """A colleague saves right before the swap, and the machine stops right after it."""
    work, real = committing(path), swap.exchange

    def late(one: Path, two: Path) -> None:
        os.replace(path.parent / "theirs.xlsx", two)
        real(one, two)
        os.kill(os.getpid(), signal.SIGKILL)

    swap.exchange = late
    return work


def processing(path: Path) -> Callable[[], None]:
    """The whole command; it stops itself where the commit begins.  The review is part of what follows."""
    real = Workbook.commit

    def stopping(book: Workbook, *given: Any) -> Receipt:
        os.kill(os.getpid(), signal.SIGSTOP)
        return real(book, *given)

    Workbook.commit = stopping  # type: ignore[method-assign]
    sys.argv = ["crmsheet", "process", str(path), "--as-of", "2026-09-30", "--quiet"]

    def work() -> None:
        os._exit(invoke())

    return work


MODES: dict[str, Callable[[Path], Callable[[], None]]] = {
    "commit": committing, "undo": lambda path: lambda: undo(path) and None, "careless": careless, "overwrite": overwriting,
    "unlucky": unlucky, "process": processing,
}  # fmt: skip


def child(mode: str, path: Path) -> int:
    """Prepare, stop, work; the exit code."""
    try:
        work = MODES[mode](path)
        if mode != "process":
            os.kill(os.getpid(), signal.SIGSTOP)
        work()
    except BusyError:
        return 3
    except WorkbookError:
        return 2
    except BaseException:  # noqa: BLE001  # whatever it is, it is the fault that is looked for
        traceback.print_exc()
        return 4
    return 0


def main() -> None:
    """Fork a child for each line of standard input and tell its pid, then its exit status."""
    for line in sys.stdin:
        mode, _, path = line.rstrip("\n").partition(" ")
        pid = os.fork()
        if not pid:
            os._exit(child(mode, Path(path)))
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(status, flush=True)


if __name__ == "__main__":
    main()
