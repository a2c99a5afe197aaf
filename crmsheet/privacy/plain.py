"""A text as its numbers are read: digits of any script as 0–9, any space or dash as one kind, nothing invisible.

Copies out of chats, PDFs and input methods hold full-width digits, no-break spaces, zero-width characters; people part
numbers with spaces and dashes of all kinds, and cells break lines inside them.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

_INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff"
_SPACES = "\t\x0b\x0c\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_DASHES = "\u2010-\u2015\u2212\u2043\u30fc\ufe58\ufe63\uff0d"
_LINE_ENDS = "\r\x85\u2028\u2029"
# What a plain text does not hold; all of it becomes one character each, and what is invisible none.
_ODD = re.compile(rf"[{_INVISIBLE}{_SPACES}{_DASHES}{_LINE_ENDS}\uff01-\uff5e]|(?![0-9])\d")
_INVISIBLES = re.compile(f"[{_INVISIBLE}]")
_SPACE, _DASH, _LINE = (re.compile(f"[{chars}]") for chars in (_SPACES, _DASHES, _LINE_ENDS))
_OTHER_DIGIT = re.compile(r"(?![0-9])\d")
_NARROW = {code + 0xFEE0: code for code in range(0x21, 0x7F)}  # full-width letters, digits and signs


class Plain(NamedTuple):
    """``text``, and where each of its characters stands in the original; ``places`` is None where nothing was left out."""

    text: str
    places: list[int] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original's place of ``text[start:end]``."""
        return (start, end) if self.places is None else (self.places[start], self.places[end - 1] + 1)


def is_odd(text: str) -> bool:
    """Whether a text holds anything that ``plain`` changes."""
    return _ODD.search(text) is not None


def plain(text: str) -> Plain:
    """The text as its numbers are read."""
    if not _ODD.search(text):
        return Plain(text, None)
    folded = _DASH.sub("-", _LINE.sub("\n", _SPACE.sub(" ", text.translate(_NARROW))))
    folded = _OTHER_DIGIT.sub(lambda m: str(unicodedata.decimal(m[0])), folded)
    if not _INVISIBLES.search(folded):
        return Plain(folded, None)
    places = [at for at, char in enumerate(folded) if not _INVISIBLES.match(char)]
    return Plain("".join([folded[at] for at in places]), places)
