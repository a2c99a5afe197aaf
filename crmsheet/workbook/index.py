"""The columnar index of a sheet: the one contract between its scanners and everything that reads or writes.

Offsets count bytes in ``data``; -1 stands for "none".  Cells and rows are in the file's order, which is
ascending and without duplicates (the scanners refuse anything else).
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from crmsheet.workbook.ranges import Range
from crmsheet.workbook.xml import Node

Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]


class Stored(IntEnum):
    """How a cell's value is stored (its ``t`` attribute)."""

    NUMBER = 0  # n, or no t
    SHARED = 1  # s: a number in the shared strings
    STRING = 2  # str: text of a formula
    INLINE = 3  # inlineStr
    BOOL = 4  # b
    ERROR = 5  # e
    ISO = 6  # d


STORED = {
    "n": Stored.NUMBER,
    "s": Stored.SHARED,
    "str": Stored.STRING,
    "inlineStr": Stored.INLINE,
    "b": Stored.BOOL,
    "e": Stored.ERROR,
    "d": Stored.ISO,
}


@dataclass(frozen=True, slots=True)
class Cells:
    """Equal-length arrays, one slot a ``<c>`` element."""

    row: Ints
    column: Ints
    stored: npt.NDArray[np.uint8]  # Stored
    style: Ints  # index in cellXfs
    start: Ints  # of ``<c``
    end: Ints  # past ``</c>`` or ``/>``
    value_start: Ints  # inside <v> (inside <is> for INLINE); -1 when there is none
    value_end: Ints


@dataclass(frozen=True, slots=True)
class Rows:
    """Equal-length arrays, one slot a ``<row>`` element."""

    number: Ints
    start: Ints  # of ``<row``
    inner: Ints  # past its start tag
    close: Ints  # of ``</row>``; equal to inner and end when self-closing
    end: Ints


@dataclass(frozen=True, slots=True)
class Formulas:
    """Equal-length arrays, one slot a ``<f>`` element."""

    cell: Ints  # position in Cells
    start: Ints  # of ``<f``
    end: Ints  # past ``</f>`` or ``/>``


@dataclass(frozen=True, slots=True)
class SheetIndex:
    """A sheet's XML with the places of all its cells."""

    part: str
    data: bytes  # as stored, or recoded to UTF-8 when it was UTF-16 or the like
    codec: str  # of data
    stored_codec: str  # of the part in the file
    root: Node  # the worksheet; the body of its sheetData is not in the tree
    sheet_data: Node
    prefix: bytes  # of the sheet's own elements, as written: b"" or b"x:"
    cells: Cells
    rows: Rows
    formulas: Formulas
    fixed: tuple[Range, ...]  # array formulas and data tables: nothing may be written there
    formula_mask: Bools = field(init=False)

    def __post_init__(self) -> None:
        mask = np.zeros(len(self.cells.row), np.bool_)
        mask[self.formulas.cell] = True
        object.__setattr__(self, "formula_mask", mask)

    def places(self, keys: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.intp], Bools]:
        """(where cells of these keys stand or would stand in ``cells``, which of them do)."""
        if not len(keys):
            return np.zeros(0, np.intp), np.zeros(0, np.bool_)
        some = self.row_slice(int(keys.min()) >> 14, int(keys.max()) >> 14)
        near = key_of(self.cells.row[some], self.cells.column[some])
        at = np.searchsorted(near, keys)
        there = np.zeros(len(keys), np.bool_)
        inside = at < len(near)
        there[inside] = near[at[inside]] == keys[inside]
        return at + some.start, there

    def locate(self, row: int, column: int) -> int:
        """Position of a cell in ``cells``, or -1."""
        at, there = self.places(np.array([(row << 14) + column - 1]))
        return int(at[0]) if there[0] else -1

    def only(self, at: npt.NDArray[Any]) -> SheetIndex:
        """The index with some of its cells, and without formulas."""
        some = Cells(*(getattr(self.cells, f.name)[at] for f in fields(Cells)))
        none = np.zeros(0, np.int32)
        return replace(self, cells=some, formulas=Formulas(none, none, none))

    def row_slice(self, first: int, last: int) -> slice:
        """The positions of all cells in rows first..last."""
        low, high = np.searchsorted(self.cells.row, np.array([first, last + 1], np.int32))  # of its own type: else all of it is copied
        return slice(int(low), int(high))


def key_of(row: npt.NDArray[Any], column: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """One number a cell, row * 2**14 + column - 1: ascending in the order of the sheet's XML."""
    keys: npt.NDArray[np.int64] = (row.astype(np.int64) << 14) + column - 1
    return keys
