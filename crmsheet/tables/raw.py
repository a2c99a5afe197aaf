"""One field's cells over all rows of a table, as they stand in the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from crmsheet.arrays import Bools, Floats, Objects, nothing, objects, pick
from crmsheet.privacy.sealed import SHOWN, is_sealed
from crmsheet.values.columns import BLANK_WORDS, distinct, is_blank, spread_bools
from crmsheet.workbook import Column, Kind

Codes = np.ndarray[tuple[int], np.dtype[np.int16]]  # of regions, by their place
Rows = np.ndarray[tuple[int], np.dtype[np.int32]]  # Excel's row numbers

LONGEST_BLANK = max(map(len, BLANK_WORDS))  # a longer text is no mark for nothing


class Raw(NamedTuple):
    """Cells of one field, each array of shape (rows,)."""

    number: Floats  # NaN where the cell holds no number
    text: Objects  # str, stripped, or None
    is_date: Bools
    percent: Bools
    error: Objects  # #N/A and its kin, None elsewhere
    present: Bools  # something stands there (a dash or 无 is nothing)


@dataclass(frozen=True, eq=False)
class Places:
    """Where a field's cells stand: region and Excel row of each table row."""

    region: Codes
    row: Rows

    @cached_property
    def row_texts(self) -> list[str]:
        """The row numbers as text; most fields of a table share one Places, and so these."""
        return list(map(str, self.row.tolist()))


def blank_raw(size: int) -> Raw:
    """Cells of a field that a table does not have."""
    none = nothing(size)
    no = np.zeros(size, dtype=bool)
    return Raw(np.full(size, np.nan), none, no, no, none, no)


def raw_of(column: Column, keep: Bools, percent_styles: frozenset[int], sealed_as: str | None = SHOWN) -> Raw:
    """The kept rows of a column as read by the engine; a sealed cell is one that holds something, read as ``sealed_as``."""
    kind = column.kind[keep]
    text = column.text[keep]
    is_error, is_text = kind == Kind.ERROR, kind == Kind.TEXT
    numeric = (kind == Kind.NUMBER) | (kind == Kind.DATE) | (kind == Kind.TIME)
    words, filled = _stripped(pick(is_text, text, None), sealed_as)
    is_bool = kind == Kind.BOOL
    if is_bool.any():
        words = pick(is_bool, pick(column.number[keep] == 1, "是", "否"), words)
    percent = np.zeros(len(kind), dtype=bool)
    if percent_styles:
        percent = np.isin(column.style[keep], list(percent_styles))
    return Raw(
        number=np.where(numeric, column.number[keep], np.nan), text=words, is_date=kind == Kind.DATE, percent=percent,
        error=pick(is_error, text, None), present=numeric | is_error | is_bool | filled,
    )  # fmt: skip


def joined(parts: Sequence[Raw]) -> Raw:
    """Rows of several regions, one below another."""
    if len(parts) == 1:
        return parts[0]
    return Raw(*(np.concatenate([part[i] for part in parts]) for i in range(len(Raw._fields))))


def texts_of(raw: Raw) -> Objects:
    """Every cell as text: numbers as people write them, None where nothing stands."""
    text = pick(raw.present, raw.text, None)
    at = np.flatnonzero(~np.isnan(raw.number))
    text[at] = [plain_number(value) for value in raw.number[at].tolist()]
    return text


def plain_number(value: float) -> str:
    """A number without exponent or needless zeros: 13800138000.0 → 13800138000."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _stripped(text: Objects, sealed_as: str | None) -> tuple[Objects, Bools]:
    """Texts without white space around them, and which of them are more than a mark for nothing."""
    found = distinct(text)
    bare = [value.strip() for value in found.values]
    filled = [len(value) > LONGEST_BLANK or not is_blank(value) for value in bare]
    return objects([*(sealed_as if is_sealed(value) else value or None for value in bare), None])[found.codes], spread_bools(found.codes, filled)
