"""What a long run is at, on a terminal's last line; nothing anywhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from crmsheet.texts import Lang, say

Stage = Literal["read", "judge", "write", "review"]
Progress = Callable[[Stage, int], None]  # stage, and how many customers it is about (0: not known yet)
_CLEAR = "\r\x1b[K"


def silent(stage: Stage, count: int) -> None:
    """Tells nobody."""


@contextmanager
def shown(name: str, lang: Lang, *, quiet: bool) -> Iterator[Progress]:
    """Tells on stderr while it lasts, where that is a terminal that can take a line back; the line is gone at the end."""
    if quiet or not _takes_lines_back():
        yield silent
        return

    def tell(stage: Stage, count: int) -> None:
        clear()
        sys.stderr.write(say("cli", f"stage_{stage}", lang, name=name, count=f"{count:,}"))
        sys.stderr.flush()

    try:
        yield tell
    finally:
        clear()


def clear() -> None:
    """Take the line back, for a message that is to stay; where no line can be, nothing."""
    if _takes_lines_back():
        sys.stderr.write(_CLEAR)
        sys.stderr.flush()


def _takes_lines_back() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM", "" if os.name == "nt" else "dumb") != "dumb"
