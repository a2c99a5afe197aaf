"""Cell references and ranges: 1-based rows and columns, A1 text."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

from crmsheet.workbook.guard import LAST_COLUMN, LAST_ROW

_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_COLUMNS = re.compile(r"\$?([A-Za-z]{1,3})")
_ROWS = re.compile(r"\$?([0-9]{1,7})")


class Range(NamedTuple):
    """A rectangle of cells; all four ends belong to it and count from 1."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int

    def __str__(self) -> str:
        first = cell_name(self.first_row, self.first_column)
        if self[:2] == self[2:]:
            return first
        return f"{first}:{cell_name(self.last_row, self.last_column)}"

    def holds(self, row: int, column: int) -> bool:
        return self.first_row <= row <= self.last_row and self.first_column <= column <= self.last_column

    def meets(self, other: Range) -> bool:
        """Whether the two share a cell."""
        return (
            self.first_row <= other.last_row
            and other.first_row <= self.last_row
            and self.first_column <= other.last_column
            and other.first_column <= self.last_column
        )


@functools.cache
def column_letters(column: int) -> str:
    """27 -> ``AA``."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@functools.cache
def column_number(letters: str) -> int:
    """``AA`` -> 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def cell_name(row: int, column: int) -> str:
    """(2, 7) -> ``G2``."""
    return f"{column_letters(column)}{row}"


def parse_cell(ref: str) -> tuple[int, int] | None:
    """``G2`` or ``$G$2`` -> (2, 7); None when it is no cell of a sheet."""
    match = _CELL.fullmatch(ref)
    if match is None:
        return None
    row, column = int(match[2]), column_number(match[1])
    return (row, column) if 1 <= row <= LAST_ROW and column <= LAST_COLUMN else None


def parse_range(ref: str) -> Range | None:
    """``A1:C9``, ``B2``, ``A:C`` or ``1:3`` -> Range; None when it is none."""
    first, _, last = ref.partition(":")
    last = last or first
    if _COLUMNS.fullmatch(first) and _COLUMNS.fullmatch(last):
        return Range(1, column_number(first.strip("$")), LAST_ROW, column_number(last.strip("$")))
    if _ROWS.fullmatch(first) and _ROWS.fullmatch(last):
        return Range(int(first.strip("$")), 1, int(last.strip("$")), LAST_COLUMN)
    a, b = parse_cell(first), parse_cell(last)
    if a is None or b is None:
        return None
    return Range(min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1]))
