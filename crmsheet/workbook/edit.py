"""The splice: new and changed cells written into a sheet's XML at the index's offsets; every other byte
stays.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from crmsheet.workbook.cells import Written, number_text, to_serial
from crmsheet.workbook.errors import EditError
from crmsheet.workbook.index import SheetIndex, key_of
from crmsheet.workbook.ranges import Range, column_letters, parse_range
from crmsheet.workbook.xml import Splice, escape_text, set_attribute

_DIGITS = re.compile(rb"[0-9]+")
_SPANS = re.compile(rb"""\sspans\s*=\s*["']([^"']*)["']""")
Longs = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NewCells:
    """Cells as they shall be, equal-length and in the sheet's order, at most one a place."""

    row: Longs
    column: Longs
    style: Longs
    values: list[Written]

    @property
    def keys(self) -> Longs:
        return key_of(self.row, self.column)


def gathered(columns: Sequence[tuple[int, Longs, Longs, list[Written]]]) -> NewCells:
    """New cells from (column, rows, styles, values) of several columns."""
    row = np.concatenate([np.zeros(0, np.int64), *(rows for _, rows, _, _ in columns)])
    column = np.concatenate(
        [np.zeros(0, np.int64), *(np.full(len(rows), c, np.int64) for c, rows, _, _ in columns)]
    )
    style = np.concatenate([np.zeros(0, np.int64), *(styles for _, _, styles, _ in columns)])
    values = [v for _, _, _, some in columns for v in some]
    order = np.argsort(key_of(row, column), kind="stable")
    return NewCells(row[order], column[order], style[order], [values[i] for i in order.tolist()])


def cell_splices(index: SheetIndex, cells: NewCells, date1904: bool) -> list[Splice]:
    """The splices that put ``cells`` into the sheet."""
    if not len(cells.row):
        return []
    texts = Writer(index.prefix.decode(), index.codec != "utf-8", date1904).cells(cells)
    rows, first = np.unique(cells.row, return_index=True)
    bounds = [*first.tolist(), len(cells.row)]
    at = np.searchsorted(index.rows.number, rows)
    exists = np.isin(rows, index.rows.number)
    if index.sheet_data.inner == index.sheet_data.end:
        body = b"".join(
            _new_row(index, row, texts[a:b])
            for row, a, b in zip(rows.tolist(), bounds[:-1], bounds[1:], strict=True)
        )
        return [_opened(index, body)]
    places, out = _Places(index, cells), []
    for row, slot, here, a, b in zip(
        rows.tolist(), at.tolist(), exists.tolist(), bounds[:-1], bounds[1:], strict=True
    ):
        if here:
            out += places.row_splices(slot, a, b, texts)
        else:
            offset = int(index.rows.start[slot]) if slot < len(index.rows.number) else index.sheet_data.close
            out.append((offset, offset, _new_row(index, row, texts[a:b])))
    return _joined(out)


def _joined(splices: Sequence[Splice]) -> list[Splice]:
    """Insertions at one offset become one."""
    out: list[Splice] = []
    for start, end, new in splices:
        if out and start == end == out[-1][0] == out[-1][1]:
            out[-1] = (start, end, out[-1][2] + new)
        else:
            out.append((start, end, new))
    return out


def _opened(index: SheetIndex, rows: bytes) -> Splice:
    """A self-closing sheetData, opened."""
    node = index.sheet_data
    tag = index.data[node.start : node.inner][:-2].rstrip() + b">"
    return node.start, node.end, tag + rows + b"</" + index.prefix + b"sheetData>"


def _new_row(index: SheetIndex, row: int, cells: Sequence[str]) -> bytes:
    body = "".join(cells).encode(index.codec)
    return b'<%srow r="%d">%s</%srow>' % (index.prefix, row, body, index.prefix)


class _Places:
    """Where each new cell goes: over the cell that stands there, else behind its left neighbour."""

    def __init__(self, index: SheetIndex, cells: NewCells) -> None:
        self.index, self.columns = index, cells.column.tolist()
        at = np.searchsorted(index.keys, cells.keys)
        old, inside = np.zeros(len(at), np.bool_), at < len(index.keys)
        old[inside] = index.keys[at[inside]] == cells.keys[inside]
        before = np.maximum(at - 1, 0)
        slot = np.minimum(np.searchsorted(index.rows.number, cells.row), max(len(index.rows.number) - 1, 0))
        start = index.rows.inner[slot] if len(index.rows.number) else np.zeros(len(at), np.int32)
        end = start.copy()
        if len(index.keys):
            behind = (at > 0) & (index.cells.row[before] == cells.row)
            start = np.where(behind, index.cells.end[before], start)
            end = start.copy()
            start[old], end[old] = index.cells.start[at[old]], index.cells.end[at[old]]
        self.start, self.end, self.old = start.tolist(), end.tolist(), old.tolist()
        # for spans: the positions of each touched row's own first and last cell
        self.low = np.searchsorted(index.keys, index.rows.number.astype(np.int64) << 14).tolist()
        self.low.append(len(index.keys))

    def row_splices(self, slot: int, a: int, b: int, texts: Sequence[str]) -> list[Splice]:
        """The splices of new cells a..b in the row element ``slot``."""
        index = self.index
        start, inner, end = (
            int(index.rows.start[slot]),
            int(index.rows.inner[slot]),
            int(index.rows.end[slot]),
        )
        old = index.data[start:inner]
        if not old.startswith(b"<" + index.prefix + b"row"):
            raise EditError(
                f"部件 {index.part} 的行使用了不同的命名空间前缀，无法安全写入；请用 Excel 另存后再试",
                f"rows of part {index.part} have a namespace prefix of their own, which cannot be edited safely;"
                " save the workbook again from Excel",
            )
        tag = self._widened(old, slot, a, b)
        if inner == end and old.endswith(b"/>"):
            body = "".join(texts[a:b]).encode(index.codec)
            return [(start, end, tag[:-2].rstrip() + b">" + body + b"</" + index.prefix + b"row>")]
        out = [] if tag == old else [(start, inner, tag)]
        return out + [(s, e, "".join(some).encode(index.codec)) for s, e, some in self._runs(a, b, texts)]

    def _runs(self, a: int, b: int, texts: Sequence[str]) -> Iterator[tuple[int, int, Sequence[str]]]:
        """(start, end, texts) with insertions at one offset together."""
        while a < b:
            stop = a + 1
            while stop < b and self.start[stop] == self.end[stop] == self.start[a] == self.end[a]:
                stop += 1
            yield self.start[a], self.end[a], texts[a:stop]
            a = stop

    def _widened(self, tag: bytes, slot: int, a: int, b: int) -> bytes:
        """The row's start tag, its spans widened where the new cells leave them."""
        found = _SPANS.search(tag) if b"spans" in tag else None
        spans = _numbers_in(found[1]) if found else ()
        new = [c for c, old in zip(self.columns[a:b], self.old[a:b], strict=True) if not old] if spans else []
        if found is None or not new or (len(spans) == 2 and spans[0] <= new[0] and new[-1] <= spans[1]):
            return tag
        low, high = self.low[slot], self.low[slot + 1]
        there = (
            [int(self.index.cells.column[low]), int(self.index.cells.column[high - 1])] if high > low else []
        )
        first, last = min(spans[0], new[0], *there), max(spans[-1], new[-1], *there)
        return tag[: found.start(1)] + b"%d:%d" % (first, last) + tag[found.end(1) :]


@cache
def _numbers_in(spans: bytes) -> tuple[int, ...]:
    """The column numbers of a spans attribute; nearly all rows of a sheet have the same one."""
    return tuple(int(n) for n in _DIGITS.findall(spans))


class Writer:
    """Makes ``<c>`` elements.  Text is inline, so that the shared strings stay as they are."""

    def __init__(self, prefix: str, ascii_only: bool, date1904: bool) -> None:
        self.prefix, self.ascii_only, self.date1904 = prefix, ascii_only, date1904
        self._known: dict[str | dt.date, str] = {}

    def cells(self, cells: NewCells) -> list[str]:
        """One element for each cell."""
        p, out = self.prefix, []
        heads = {c: f'<{p}c r="{column_letters(c)}' for c in set(cells.column.tolist())}
        styles = {s: f'" s="{s}"' if s else '"' for s in set(cells.style.tolist())}
        for row, column, style, value in zip(
            cells.row.tolist(), cells.column.tolist(), cells.style.tolist(), cells.values, strict=True
        ):
            out.append(f"{heads[column]}{row}{styles[style]}{self.rest(value)}")
        return out

    def rest(self, value: Written) -> str:
        """What follows the attributes r and s."""
        if type(value) is str or type(value) is dt.date:
            known = self._known.get(value)
            if known is None:
                known = self._known[value] = self._text(value) if isinstance(value, str) else self._number(value)
            return known
        if value is None:
            return "/>"
        if isinstance(value, bool):
            return f' t="b"><{self.prefix}v>{value:d}</{self.prefix}v></{self.prefix}c>'
        return self._number(value)

    def _number(self, value: Any) -> str:
        number: Any = to_serial(value, self.date1904) if isinstance(value, dt.date) else value
        return f"><{self.prefix}v>{number_text(number)}</{self.prefix}v></{self.prefix}c>"

    def _text(self, value: str) -> str:
        p = self.prefix
        space = ' xml:space="preserve"' if value != value.strip() else ""
        text = escape_text(value, ascii_only=self.ascii_only)
        return f' t="inlineStr"><{p}is><{p}t{space}>{text}</{p}t></{p}is></{p}c>'


def dimension_splice(index: SheetIndex, cells: NewCells) -> list[Splice]:
    """The dimension widened to the new cells, where there is one."""
    node = index.root.child("dimension")
    old = parse_range(node.attrs.get("ref", "")) if node else None
    if node is None or old is None or not len(cells.row):
        return []
    new = Range(
        min(old[0], int(cells.row.min())),
        min(old[1], int(cells.column.min())),
        max(old[2], int(cells.row.max())),
        max(old[3], int(cells.column.max())),
    )
    if new == old:
        return []
    return [(node.start, node.inner, set_attribute(index.data[node.start : node.inner], b"ref", str(new)))]
