"""What every grammar shares: folding, blanks, and parsing each distinct text of a column once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmsheet.arrays import Bools, Floats, Objects, nothing

T = TypeVar("T")

# A longer text is no single value, whatever stands in it. Cells may hold 32,767 characters, and some patterns
# need the square of a text's length: a hostile file must not buy minutes with one cell.
LONGEST = 200

# Zero-width and direction marks that copying out of chats and PDFs leaves behind; \s does not cover them.
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_HAN = re.compile("[\u4e00-\u9fff]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")

BLANK_WORDS = frozenset(
    {"", "-", "--", "---", "–", "—", "——", "―", "/", "\\", "无", "無", "暂无", "n/a", "na", "null", "none"}
)


def tidy(text: str) -> str:
    """Return `text` in NFKC without invisible characters, with single spaces and none at its ends."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    return " ".join((plain if plain.isprintable() else _CONTROL.sub(" ", plain)).split())


def fold(text: str) -> str:
    """Return `text` for matching: NFKC, no whitespace at all, lower case."""
    if _HAN.fullmatch(text):
        return text  # most names are: nothing to do
    plain = tidy(text).replace(" ", "").casefold()
    # again: without its space a lone accent stands on the letter before it
    return plain if plain.isascii() else unicodedata.normalize("NFKC", plain)


def is_blank(text: str | None) -> bool:
    """Say whether `text` holds nothing: None, white space, or a mark people type for nothing (-, —, /, 无,
    暂无, N/A).

    待定 and 面议 are not blank: somebody must be told that they were not counted.
    """
    return text is None or fold(text) in BLANK_WORDS


class Distinct(NamedTuple):
    """The distinct texts of a column and, for each row, which one it holds (-1 for none)."""

    codes: NDArray[np.intp]
    values: list[str]


def distinct(text: Objects) -> Distinct:
    """Factorize `text` (str or None, shape (n,)); None and NaN get code -1."""
    codes, values = pd.factorize(text, use_na_sentinel=True)
    return Distinct(codes, [str(value) for value in values])


def parse_distinct(text: Objects, parse: Callable[[str], T]) -> tuple[NDArray[np.intp], list[T]]:
    """Parse every distinct text of a column once; codes point into the results, -1 where there is no text."""
    found = distinct(text)
    return found.codes, [parse(value) for value in found.values]


def spread_floats(codes: NDArray[np.intp], values: Sequence[float]) -> Floats:
    """Give each row the value of its code; NaN where the code is -1."""
    return np.append(np.asarray(values, dtype=np.float64), np.nan)[codes]


def spread_bools(codes: NDArray[np.intp], values: Sequence[bool]) -> Bools:
    """Give each row the value of its code; False where the code is -1."""
    return np.append(np.asarray(values, dtype=np.bool_), False)[codes]


def spread_objects(codes: NDArray[np.intp], values: Sequence[object], fill: object = None) -> Objects:
    """Give each row the value of its code; `fill` where the code is -1."""
    # filled one by one: numpy would turn tuples into a second axis
    table = np.empty(len(values) + 1, dtype=object)
    for position, value in enumerate([*values, fill]):
        table[position] = value
    return table[codes]


def mark(where: Bools, code: str) -> Objects:
    """Return `code` where `where` holds and None elsewhere."""
    marked = nothing(len(where))
    marked[where] = code
    return marked


def read_texts(text: Objects, parse: Callable[[str], object]) -> Objects:
    """Return `parse` of each row, None where there is no text; each distinct text is parsed once."""
    codes, values = parse_distinct(text, parse)
    return spread_objects(codes, values)
