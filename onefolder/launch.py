"""What the frozen program starts with: the command line, and a workbook dropped onto its icon."""

from __future__ import annotations

import multiprocessing
import sys
from contextlib import suppress
from pathlib import Path

CHILD = ["-c", "from crmsheet.workbook.foreign import translate; translate()"]  # how a run starts a process for an old .xls


def words(given: list[str]) -> tuple[list[str], bool]:
    """The command line to run, and whether it came by dropping files: then there is nobody who could type a command."""
    dropped = bool(given) and all(Path(word).is_file() for word in given)
    return (["process", *given, "--open"] if dropped else given), dropped


def main() -> None:
    """Run it; a window that a drop opened stays until somebody has read it."""
    multiprocessing.freeze_support()
    if sys.argv[1:] == CHILD:
        from crmsheet.workbook.foreign import translate

        translate()
        return
    sys.argv[1:], dropped = words(sys.argv[1:])
    from crmsheet.cli import invoke
    from crmsheet.cli import main as run

    if not dropped:
        run()
    code = invoke()
    with suppress(EOFError, KeyboardInterrupt):
        input("按回车键关闭 · press Enter to close")
    sys.exit(code)


if __name__ == "__main__":
    main()
