"""Which cell format a written cell gets: its own, its column's, or in a new column the left neighbour's."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import numpy as np
import numpy.typing as npt

from crmsheet.workbook.cells import Written
from crmsheet.workbook.index import SheetIndex
from crmsheet.workbook.styles import DATE_FORMAT, DATETIME_FORMAT, Shows, Styles

Rows = npt.NDArray[np.int64]
_ROW_STYLE = re.compile(rb"""\ss\s*=\s*["']([0-9]+)["']""")
_CUSTOM = re.compile(rb"""\scustomFormat\s*=\s*["'](?:1|true)["']""")


def _timed(value: Written) -> bool:
    return isinstance(value, dt.datetime) and bool(value.hour or value.minute or value.second)


class Looks:
    """The formats of one column: ``model`` is the column that new cells look like (itself for an existing
    one).

    ``kind`` is text, date or number for a new column, None for one that exists.
    """

    def __init__(
        self,
        index: SheetIndex,
        styles: Styles,
        kind: str | None,
        model: int,
        header_row: int,
        first_row: int,
        last_row: int,
    ) -> None:
        self.index, self.book_styles, self.kind, self.model = index, styles, kind, model
        self.header_row, self.first_row, self.last_row = header_row, first_row, last_row
        self._adapted: dict[tuple[int, str], int] = {}
        self._rows_have_styles = b"customFormat" in index.data

    def dressed(self, rows: Rows, values: list[Written]) -> tuple[Rows, list[Written]]:
        """Rows and values, and for a new column a blank for each data row that has a format to carry on."""
        if self.kind is None:
            return rows, values
        numbers = self.index.rows.number
        there = numbers[(numbers >= self.first_row) & (numbers <= self.last_row)].astype(np.int64)
        taken = np.zeros(self.last_row + 1, np.bool_)
        taken[rows[rows <= self.last_row]] = True
        bare = there[~taken[there]]
        bare = bare[self._model_styles(bare) > 0] if len(bare) else bare
        return np.concatenate((rows, bare)), [*values, *([None] * len(bare))]

    def styles(self, rows: Rows, values: list[Written]) -> Rows:
        """The format of each cell to be written."""
        kinds = list(map(type, values))  # values that get the same format have the same number
        number: dict[Any, int] = {kind: at for at, kind in enumerate(set(kinds))}
        case = list(map(number.__getitem__, kinds))
        if dt.datetime in number:
            case = [len(number) if _timed(v) else one for v, one in zip(values, case, strict=True)]
        keys = (self._model_styles(rows) << 16) + np.array(case, np.int64) * 2 + (rows == self.header_row)
        _, first, which = np.unique(keys, return_index=True, return_inverse=True)
        fitted = [self._fitted(int(keys[i] >> 16), values[i], int(rows[i])) for i in first.tolist()]
        return np.array(fitted, np.int64)[which]

    def _fitted(self, style: int, value: Written, row: int) -> int:
        """The format with what the column's kind or the value asks for."""
        style = self.book_styles.known(style)
        if _timed(value):
            return (
                self._clone(style, DATETIME_FORMAT) if self.book_styles.shows(style) != Shows.DATE else style
            )
        if row == self.header_row and self.kind:
            return style
        if isinstance(value, dt.date) and (self.kind or self.book_styles.shows(style) != Shows.DATE):
            return self._clone(style, DATE_FORMAT)
        if self.kind == "date":
            return self._clone(style, DATE_FORMAT) if value is None else self._general(style)
        return self._general(style) if self.kind else style

    def _general(self, style: int) -> int:
        """The format without a number or date format; one that shows text as it is stays, unless numbers go
        there.
        """
        code = self.book_styles.number_format(style)
        if code == "General" or (code == "@" and self.kind != "number"):
            return style
        return self._clone(style, "General")

    def _clone(self, style: int, code: str) -> int:
        known = self._adapted.get((style, code))
        if known is None:
            known = self._adapted[style, code] = self.book_styles.clone(style, code)
        return known

    def _positions(self, rows: Rows, column: int) -> npt.NDArray[Any]:
        at, there = self.index.places((rows << 14) + column - 1)
        return np.where(there, at, -1)

    def _model_styles(self, rows: Rows) -> npt.NDArray[Any]:
        return self._styles_at(rows, self.model)

    def _styles_at(self, rows: Rows, column: int) -> npt.NDArray[Any]:
        """The format that a column shows in these rows: the cell's, else the row's, else the column's."""
        position = self._positions(rows, column)
        out = np.full(len(rows), self._column_style(column), np.int64)
        there = position >= 0
        out[there] = self.index.cells.style[position[there]]
        for i in np.flatnonzero(~there) if self._rows_have_styles else ():
            own = self._row_style(int(rows[i]))
            out[i] = out[i] if own is None else own
        return out

    def _row_style(self, row: int) -> int | None:
        at = int(np.searchsorted(self.index.rows.number, row))
        if at == len(self.index.rows.number) or self.index.rows.number[at] != row:
            return None
        tag = self.index.data[int(self.index.rows.start[at]) : int(self.index.rows.inner[at])]
        found = _ROW_STYLE.search(tag) if _CUSTOM.search(tag) else None
        return int(found[1]) if found else None

    def _column_style(self, column: int) -> int:
        cols = self.index.root.child("cols")
        for node in cols.all("col") if cols else ():
            if node.number("min") <= column <= node.number("max"):
                return node.number("style")
        return 0
