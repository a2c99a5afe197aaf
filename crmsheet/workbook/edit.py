"""The splice: new and changed cells written into a sheet's XML at the index's offsets; every other byte
stays.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from crmsheet.workbook.cells import Written, number_text, to_serial
from crmsheet.workbook.errors import EditError
from crmsheet.workbook.guard import LAST_COLUMN
from crmsheet.workbook.index import Bools, Ints, SheetIndex, key_of
from crmsheet.workbook.ranges import Range, column_letters, parse_range
from crmsheet.workbook.xml import Splice, escape_text, set_attribute

_DIGITS = re.compile(rb"[0-9]+")
_SPANS = re.compile(rb"""\sspans\s*=\s*["']([^"']*)["']""")
Longs = npt.NDArray[np.int64]
_BLOCK = 1 << 12  # rows whose cells' bytes are in memory at once
_CACHED = (str, dt.date, int, float)  # types whose equal values are written alike


@dataclass(frozen=True, slots=True)
class NewCells:
    """Cells as they shall be, equal-length and in the sheet's order, at most one a place."""

    row: Longs
    column: Longs
    style: Longs
    values: npt.NDArray[Any]  # of Written

    @property
    def keys(self) -> Longs:
        return key_of(self.row, self.column)

    def part(self, low: int, high: int) -> NewCells:
        """Those from one position up to another."""
        return NewCells(*(getattr(self, f.name)[low:high] for f in fields(self)))


def gathered(columns: Sequence[tuple[int, Longs, Longs, list[Written]]]) -> NewCells:
    """New cells from (column, rows, styles, values) of several columns."""
    row = np.concatenate([np.zeros(0, np.int64), *(rows for _, rows, _, _ in columns)])
    column = np.concatenate(
        [np.zeros(0, np.int64), *(np.full(len(rows), c, np.int64) for c, rows, _, _ in columns)]
    )
    style = np.concatenate([np.zeros(0, np.int64), *(styles for _, _, styles, _ in columns)])
    values = np.empty(len(row), object)
    values[:] = [v for _, _, _, some in columns for v in some]
    order = np.argsort(key_of(row, column), kind="stable")
    return NewCells(row[order], column[order], style[order], values[order])


def cell_splices(index: SheetIndex, cells: NewCells, date1904: bool) -> Iterator[Splice]:
    """The splices that put ``cells`` into the sheet, in its order, made when they are asked for.

    EditError: rows with a prefix of their own.
    """
    if not len(cells.row):
        return
    writer = Writer(index.prefix, index.codec != "utf-8", date1904)
    touched = _touched(index, cells)
    if index.sheet_data.inner == index.sheet_data.end:
        yield _opened(index, b"".join(_wrapped(index, touched, writer.cells(cells))))
        return
    for a in range(0, len(touched.row), _BLOCK):
        yield from _row_splices(index, touched.block(a, a + _BLOCK), cells, writer)


@dataclass(frozen=True, slots=True)
class _Touched:
    """The rows that get cells, one slot each: their number, their cells first..stop, and their row element."""

    row: Longs
    first: Longs
    stop: Longs
    slot: Longs  # in the index; where there is no such row, of the next one (or their count)
    exists: Bools

    def block(self, a: int, b: int) -> _Touched:
        return _Touched(self.row[a:b], self.first[a:b], self.stop[a:b], self.slot[a:b], self.exists[a:b])


def _touched(index: SheetIndex, cells: NewCells) -> _Touched:
    row, first = np.unique(cells.row, return_index=True)
    slot = np.searchsorted(index.rows.number, row)
    exists = np.zeros(len(row), np.bool_)
    inside = slot < len(index.rows.number)
    exists[inside] = index.rows.number[slot[inside]] == row[inside]
    return _Touched(row, first, np.append(first[1:], len(cells.row)), slot, exists)


def _wrapped(index: SheetIndex, rows: _Touched, elements: list[bytes]) -> list[bytes]:
    """The cells' elements with the tags of their rows, for rows that do not exist yet."""
    for row, a, b in zip(rows.row.tolist(), rows.first.tolist(), rows.stop.tolist(), strict=True):
        elements[a] = b'<%srow r="%d">%s' % (index.prefix, row, elements[a])
        elements[b - 1] += b"</%srow>" % index.prefix
    return elements


def _row_splices(index: SheetIndex, rows: _Touched, cells: NewCells, writer: Writer) -> list[Splice]:
    """The splices of some rows: cells at one offset are one splice, and so is the value of spans that grow."""
    low, high = int(rows.first[0]), int(rows.stop[-1])
    some = cells.part(low, high)
    rows = _Touched(rows.row, rows.first - low, rows.stop - low, rows.slot, rows.exists)
    places = _places(index, some, rows)
    elements = writer.cells(some)
    gone = ~rows.exists
    _wrapped(index, _Touched(*(getattr(rows, f.name)[gone] for f in fields(_Touched))), elements)
    spans = []
    for i in np.flatnonzero(rows.exists).tolist():
        start, inner, end = (int(at[rows.slot[i]]) for at in (index.rows.start, index.rows.inner, index.rows.end))
        tag = index.data[start:inner]
        low, high, value = places.spans(index, tag, int(rows.row[i]), i)
        if value:
            spans.append((start + low, start + high, value))
        if inner == end and tag.endswith(b"/>"):
            a, b = int(rows.first[i]), int(rows.stop[i])
            elements[a] = b">" + elements[a]
            elements[b - 1] += b"</%srow>" % index.prefix
            places.start[a:b], places.end[a:b] = start + len(tag[:-2].rstrip()), end
    cut = np.flatnonzero((np.diff(places.start, prepend=-1) != 0) | (np.diff(places.end, prepend=-1) != 0))
    runs = [
        (start, end, b"".join(elements[a:b]))
        for start, end, a, b in zip(
            places.start[cut].tolist(), places.end[cut].tolist(), cut.tolist(), [*cut[1:].tolist(), len(elements)], strict=True
        )
    ]
    return sorted([*spans, *runs], key=_place_of) if spans else runs


def _place_of(splice: Splice) -> tuple[int, int]:
    return splice[:2]


def _opened(index: SheetIndex, rows: bytes) -> Splice:
    """A self-closing sheetData, opened."""
    node = index.sheet_data
    tag = index.data[node.start : node.inner][:-2].rstrip() + b">"
    return node.start, node.end, tag + rows + b"</" + index.prefix + b"sheetData>"


def _places(index: SheetIndex, cells: NewCells, rows: _Touched) -> _Places:
    """Where each new cell goes: over the cell that stands there, else behind its left neighbour; new rows, before the next."""
    count = rows.stop - rows.first
    at, old = index.places(cells.keys)
    begin = np.append(np.where(rows.exists, _padded(index.rows.inner, rows.slot), _padded(index.rows.start, rows.slot)), 0)
    begin[:-1][rows.slot == len(index.rows.number)] = index.sheet_data.close
    start = np.repeat(begin[:-1], count)
    if len(index.cells.row):
        before = np.maximum(at - 1, 0)
        behind = (at > 0) & (index.cells.row[before] == cells.row)
        start = np.where(behind, index.cells.end[before], start)
    end = start.copy()
    start[old], end[old] = index.cells.start[at[old]], index.cells.end[at[old]]
    beyond = np.where(old, LAST_COLUMN + 1, cells.column), np.where(old, 0, cells.column)
    return _Places(start, end, np.minimum.reduceat(beyond[0], rows.first), np.maximum.reduceat(beyond[1], rows.first), {})


def _padded(offsets: Ints, slot: Longs) -> Longs:
    """The offsets of these rows; 0 behind the last one."""
    return np.append(offsets, 0)[slot].astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Places:
    """Of each new cell: the span that it takes.  Of each row: its first and last new column (none: first > last)."""

    start: Longs
    end: Longs
    low: Longs
    high: Longs
    known: dict[tuple[bytes, int, int], tuple[int, int, bytes]]  # by tail of a start tag: the splice of its spans, from the tail on

    def spans(self, index: SheetIndex, tag: bytes, row: int, i: int) -> tuple[int, int, bytes]:
        """(start, end, value) of the spans in a row's start tag where the new cells leave them, else an empty value."""
        if not tag.startswith(b"<" + index.prefix + b"row"):
            raise EditError(
                f"部件 {index.part} 的行使用了不同的命名空间前缀，无法安全写入；请用 Excel 另存后再试",
                f"rows of part {index.part} have a namespace prefix of their own, which cannot be edited safely;"
                " save the workbook again from Excel",
            )
        first, last = int(self.low[i]), int(self.high[i])
        if b"spans" not in tag or first > last:
            return 0, 0, b""
        cut = tag.find(b'" ') + 1  # behind r="12": what follows is the same in nearly all rows
        cut = 0 if b"spans" in tag[:cut] else cut
        key = (tag[cut:], first, last)
        splice = self.known.get(key)
        if splice is None:
            found = _SPANS.search(tag, cut)
            spans = tuple(int(n) for n in _DIGITS.findall(found[1])) if found else ()
            if found is None or not spans or (len(spans) == 2 and spans[0] <= first and last <= spans[1]):
                splice = self.known[key] = (0, 0, b"")
            else:
                there = _columns_of(index, row)
                low, high = min(spans[0], first, *there), max(spans[-1], last, *there)
                splice = (found.start(1) - cut, found.end(1) - cut, b"%d:%d" % (low, high))
                if all(spans[0] <= c <= spans[-1] for c in there):  # else it is true of this row alone
                    self.known[key] = splice
        return splice[0] + cut, splice[1] + cut, splice[2]


def _columns_of(index: SheetIndex, row: int) -> list[int]:
    """The first and the last column that have a cell in this row."""
    some = index.row_slice(row, row)
    return [int(index.cells.column[some.start]), int(index.cells.column[some.stop - 1])] if some.stop > some.start else []


class Writer:
    """Makes ``<c>`` elements.  Text is inline, so that the shared strings stay as they are."""

    def __init__(self, prefix: bytes, ascii_only: bool, date1904: bool) -> None:
        self.prefix, self.ascii_only, self.date1904 = prefix, ascii_only, date1904
        self._known: dict[Written, bytes] = {}  # of values that are equal only where their cells are

    def cells(self, cells: NewCells) -> list[bytes]:
        """One element for each cell."""
        heads = {c: b'<%sc r="%s' % (self.prefix, column_letters(c).encode()) for c in set(cells.column.tolist())}
        styles = {s: b'" s="%d"' % s if s else b'"' for s in set(cells.style.tolist())}
        rows = cells.row.tolist()
        numbers = {row: b"%d" % row for row in set(rows)}
        parts = (
            map(heads.__getitem__, cells.column.tolist()),
            map(numbers.__getitem__, rows),
            map(styles.__getitem__, cells.style.tolist()),
            self._rests(cells.values.tolist()),
        )
        return list(map(b"".join, zip(*parts, strict=True)))

    def _rests(self, values: list[Written]) -> list[bytes]:
        """What follows the attributes r and s of each cell."""
        known = self._known
        return [
            known[v] if type(v) in _CACHED and v in known else self._rest(v)
            for v in values
        ]

    def _rest(self, value: Written) -> bytes:
        p = self.prefix
        if value is None:
            return b"/>"
        if isinstance(value, bool):
            return b' t="b"><%sv>%d</%sv></%sc>' % (p, value, p, p)
        rest = self._text(value) if isinstance(value, str) else self._number(value)
        if type(value) in _CACHED:
            self._known[value] = rest
        return rest

    def _number(self, value: Any) -> bytes:
        p, number = self.prefix, to_serial(value, self.date1904) if isinstance(value, dt.date) else value
        return b"><%sv>%s</%sv></%sc>" % (p, number_text(number).encode(), p, p)

    def _text(self, value: str) -> bytes:
        p = self.prefix
        space = b' xml:space="preserve"' if value != value.strip() else b""
        text = escape_text(value, ascii_only=self.ascii_only).encode()
        return b' t="inlineStr"><%sis><%st%s>%s</%st></%sis></%sc>' % (p, p, space, text, p, p, p)


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
