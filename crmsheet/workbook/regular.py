"""The vectorised scanner for regular sheet bodies: those that Excel, WPS and the libraries write.

It knows one grammar (row > c > f? v? | is > t) and one shape of attributes.  Whatever departs from it
(comments, CDATA, prefixes, rich inline text, single quotes, cells without r ...) is left to the strict scanner, a
piece of some megabytes at a time; what no piece can be understood without is left to it as a whole.

What the grammar proves need not be parsed again: ``Body.unseen`` holds the tags whose attributes it did not
look at, each once, and is well-formed XML exactly when the body is (or None, and the body itself must be parsed).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from crmsheet.workbook.guard import LAST_COLUMN, LAST_ROW
from crmsheet.workbook.index import Bools, Cells, Formulas, Ints, Rows, Stored, key_of

Bytes = npt.NDArray[np.uint8]

# kinds of tags; "0" is self-closing, "E" an end tag
BAD, ROW, ROW0, ROWE, C, C0, CE, V, V0, VE, F, F0, FE, IS, ISE, T, T0, TE, EDGE = range(19)
_NEXT = {
    EDGE: (ROW, ROW0, EDGE),
    ROW: (C, C0, ROWE),
    ROW0: (ROW, ROW0, EDGE),
    ROWE: (ROW, ROW0, EDGE),
    C: (V, V0, F, F0, IS, CE),
    C0: (C, C0, ROWE),
    CE: (C, C0, ROWE),
    V: (VE,),
    V0: (CE,),
    VE: (CE,),
    F: (FE,),
    F0: (V, V0, CE),
    FE: (V, V0, CE),
    IS: (T, T0),
    T: (TE,),
    T0: (ISE,),
    TE: (ISE,),
    ISE: (CE,),
}
_FOLLOWS = np.zeros((19, 19), np.bool_)
for _kind, _after in _NEXT.items():
    _FOLLOWS[_kind, list(_after)] = True
_KIND = np.zeros(1 << 16, np.uint8)  # by the two bytes after "<"
for _pair, _tag in (
    ("ro", ROW),
    ("/r", ROWE),
    ("/c", CE),
    ("/v", VE),
    ("/f", FE),
    ("is", IS),
    ("/i", ISE),
    ("/t", TE),
    *((f"{name}{after}", kind) for name, kind in (("c", C), ("v", V), ("f", F), ("t", T)) for after in " >/"),
):
    _KIND[ord(_pair[0]) << 8 | ord(_pair[1])] = _tag
_LENGTH = np.zeros(19, np.int32)  # of tags that must be exactly so long
_LENGTH[[ROWE, CE, VE, FE, IS, ISE, TE]] = [6, 4, 4, 4, 4, 5, 4]
_TEXT = np.isin(np.arange(19), [V, F, T])  # kinds that character data may follow
_NAMED = re.compile(rb"&(?:amp|lt|gt|quot|apos);")
PIECE = 1 << 21  # bytes: what is derived from a piece stays in the processor's caches
LAST_TAG = b"</row>"
_CELL_TYPES = (np.int32, np.int32, np.uint8, np.int32, np.int32, np.int32, np.int32, np.int32)
_ROW_TYPES = (np.int32,) * 5
Columns = TypeVar("Columns", Cells, Rows)
OddRows = Callable[[int, int, int], "Body | None"]  # what data[start:stop] holds, whole rows that follow a row's number
_BOUND = re.compile(rb"""\st\s*=\s*["'](?:array|dataTable)["']""")


@dataclass(frozen=True, slots=True)
class Tags:
    """All tags of the body: kind, offset of ``<``, offset of ``>``."""

    kind: npt.NDArray[np.uint8]
    start: Ints
    stop: Ints


@dataclass(frozen=True, slots=True)
class Body:
    """What a scanner finds in sheetData; ``bound`` are the start tags of array formulas and data tables."""

    unseen: frozenset[bytes] | None
    cells: Cells
    rows: Rows
    formulas: Formulas
    bound: tuple[bytes, ...]


def scan_body(data: bytes, begin: int, end: int, odd: OddRows) -> Body | None:
    """Index ``data[begin:end]``, the inside of sheetData; None when it is not regular, and ``odd`` cannot tell either."""
    # room for all at once: what pieces would hold until they are joined costs as much again
    cells = _Room(Cells, _CELL_TYPES, data.count(b"<c", begin, end))
    rows = _Room(Rows, _ROW_TYPES, data.count(b"<row", begin, end))
    unseen: set[bytes] = set()
    formulas: list[Formulas] = []
    bound: list[bytes] = []
    doubtful = False
    for start, stop in row_pieces(data, begin, end):
        piece = scan_rows(data, start, stop) or odd(start, stop, rows.last)
        if piece is None:
            return None
        doubtful |= piece.unseen is None
        unseen |= piece.unseen or set()
        formulas.append(Formulas(piece.formulas.cell + np.int32(cells.used), piece.formulas.start, piece.formulas.end))
        bound += piece.bound
        cells.add(piece.cells)
        rows.add(piece.rows)
    found = rows.filled()
    if (np.diff(found.number) <= 0).any():
        return None
    columns = (np.concatenate([getattr(one, f.name) for one in formulas]) for f in fields(Formulas))
    return Body(None if doubtful else frozenset(unseen), cells.filled(), found, Formulas(*columns), tuple(bound))


def row_pieces(data: bytes, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """``data[begin:end]`` in pieces (start, stop) that end with a row, some megabytes each."""
    while end - begin > PIECE:
        stop = data.rfind(LAST_TAG, begin, begin + PIECE)
        stop = data.find(LAST_TAG, begin, end) if stop < 0 else stop
        if stop < 0:
            break
        yield begin, stop + len(LAST_TAG)
        begin = stop + len(LAST_TAG)
    yield begin, end


class _Room(Generic[Columns]):
    """Equal-length arrays that are filled piece by piece."""

    def __init__(self, kind: type[Columns], types: Sequence[type], size: int) -> None:
        self.kind: type[Columns] = kind
        self.used = 0
        self.columns: list[npt.NDArray[Any]] = [np.empty(size, one) for one in types]

    def add(self, piece: Columns) -> None:
        """The next slots."""
        names = [f.name for f in fields(self.kind)]
        size = len(getattr(piece, names[0]))
        for column, name in zip(self.columns, names, strict=True):
            if self.used + size > len(column):  # cells with a prefix were not counted
                column.resize(self.used + size, refcheck=False)
            column[self.used : self.used + size] = getattr(piece, name)
        self.used += size

    @property
    def last(self) -> int:
        """What the first column ends with; 0 before anything was added."""
        return int(self.columns[0][self.used - 1]) if self.used else 0

    def filled(self) -> Columns:
        """What was added; the room that is left is given back."""
        for column in self.columns:
            column.resize(self.used, refcheck=False)
        return self.kind(*self.columns)


def scan_rows(data: bytes, begin: int, end: int) -> Body | None:
    """Index some whole rows; None when they are not regular.  Something must follow them in ``data``: their last tag
    is looked at as if it were longer.
    """
    buffer = np.frombuffer(data, np.uint8)
    tags = _tags(buffer, begin, end)
    if tags is None or not _text_only_where_allowed(buffer, tags, begin, end):
        return None
    found = _rows(buffer, tags)
    if found is None:
        return None
    rows, tails = found
    cells = _cells(buffer, tags, rows)
    if cells is None:
        return None
    formulas = _formulas(tags)
    bound: tuple[bytes, ...] = ()
    if len(formulas.start) and (
        data.find(b"array", begin, end) >= 0 or data.find(b"dataTable", begin, end) >= 0
    ):
        bound = tuple(
            t for s in formulas.start for t in [data[s : data.index(b">", s) + 1]] if _BOUND.search(t)
        )
    unseen = _unseen(data, tags, tails) if plain_characters(data[begin:end]) else None
    return Body(unseen, cells, rows, formulas, bound)


def _unseen(data: bytes, tags: Tags, tails: Ints) -> frozenset[bytes]:
    """The distinct tags with attributes of their own, closed; of a row's, what follows its number."""
    size = tags.stop - tags.start
    texts = np.flatnonzero(_TEXT[tags.kind] & (size > 2) | _TEXT[tags.kind - np.uint8(1)] & (size > 3))
    closing = {V: b"</v>", F: b"</f>", T: b"</t>"}
    ends = (tags.stop[(tags.kind == ROW) | (tags.kind == ROW0)] + 1).tolist()
    rows = {data[start:end] for start, end in zip(tails.tolist(), ends, strict=True)}
    out = {b'<row r="1' + tail + (b"" if tail.endswith(b"/>") else b"</row>") for tail in rows}
    for kind, start, stop in zip(
        tags.kind[texts].tolist(), tags.start[texts].tolist(), tags.stop[texts].tolist(), strict=True
    ):
        out.add(data[start : stop + 1] + closing.get(kind, b""))
    return frozenset(out)


def plain_characters(body: bytes) -> bool:
    """Whether all characters are surely legal: UTF-8, no control characters, named references only."""
    octets = np.frombuffer(body, np.uint8)
    control = octets < ord(" ")
    if control.any() and not np.isin(octets[control], [9, 10, 13]).all():
        return False
    if b"]" in body and b"]]>" in body:  # one byte is found at once, three are not
        return False
    if b"&" in body and body.count(b"&") != len(_NAMED.findall(body)):
        return False
    if body.isascii():
        return True
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    return "\ufffe" not in text and "\uffff" not in text


def _tags(buffer: Bytes, begin: int, end: int) -> Tags | None:
    body = buffer[begin:end]
    start, stop = (np.flatnonzero(body == ord(mark)).astype(np.int32) + np.int32(begin) for mark in "<>")
    if len(start) != len(stop) or (start >= stop).any() or (stop[:-1] > start[1:]).any():
        return None
    kind = _KIND[buffer[start + 1].astype(np.uint16) << 8 | buffer[start + 2]]
    kind[buffer[stop - 1] == ord("/")] += np.uint8(1)  # ROW0 follows ROW, C0 follows C ...
    wanted = _LENGTH[kind]
    if ((wanted > 0) & (wanted != stop - start + 1)).any() or not _is_row(buffer, start, kind):
        return None
    around = np.concatenate(([EDGE], kind, [EDGE]))
    return Tags(kind, start, stop) if _FOLLOWS[around[:-1], around[1:]].all() else None


def _is_row(buffer: Bytes, start: Ints, kind: npt.NDArray[np.uint8]) -> bool:
    """Whether what begins like a tag of more than one letter is one; a row's first attribute must be r."""
    opening, closing = start[(kind == ROW) | (kind == ROW0)], start[kind == ROWE]
    return (
        _matches(buffer, opening + 1, b'row r="')
        and _matches(buffer, closing + 1, b"/row>")
        and _matches(buffer, start[kind == ISE] + 1, b"/is>")
    )


def _matches(buffer: Bytes, at: Ints, text: bytes) -> bool:
    return all(bool((buffer[at + i] == byte).all()) for i, byte in enumerate(text))


def _text_only_where_allowed(buffer: Bytes, tags: Tags, begin: int, end: int) -> bool:
    """Only white space between tags, except inside v, f and t."""
    before = np.concatenate(([begin], tags.stop + 1))
    after = np.concatenate((tags.start, [end]))
    gap = before < after
    gap[1:] &= ~_TEXT[tags.kind]
    if not gap.any():
        return True
    edges = np.column_stack((before[gap], after[gap])).ravel() - begin
    edges = edges[: len(edges) - int(edges[-1] == end - begin)]  # the last gap may reach the end
    highest = np.maximum.reduceat(buffer[begin:end], edges)[::2]
    return not (highest > ord(" ")).any()


def _number(buffer: Bytes, at: Ints, digits: int) -> tuple[Ints, Ints]:
    """(numbers of up to 8 digits that start at ``at``, offsets past them); a number without digits is -1."""
    value = np.zeros(len(at), np.int32)
    first, at = at, at.copy()
    for _ in range(digits):
        digit = buffer[at] - np.uint8(ord("0"))  # wraps around below "0"
        more = digit <= 9
        if not more.any():
            break
        value = np.where(more, value * 10 + digit, value)
        at += more
    value[at == first] = -1
    return value, at


def _rows(buffer: Bytes, tags: Tags) -> tuple[Rows, Ints] | None:
    """(the rows, offsets past their numbers), or None."""
    at = np.flatnonzero((tags.kind == ROW) | (tags.kind == ROW0))
    start, inner = tags.start[at], tags.stop[at] + np.int32(1)
    number, after = _number(buffer, start + np.int32(8), 8)
    if (
        (buffer[after] != ord('"')).any()
        or (number < 1).any()
        or (number > LAST_ROW).any()
        or (np.diff(number) <= 0).any()
    ):
        return None
    close, end = inner.copy(), inner.copy()
    whole, ends = tags.kind[at] == ROW, tags.kind == ROWE
    close[whole], end[whole] = tags.start[ends], tags.stop[ends] + 1
    return Rows(number, start, inner, close, end), after


def _cells(buffer: Bytes, tags: Tags, rows: Rows) -> Cells | None:
    is_cell = (tags.kind == C) | (tags.kind == C0)
    at = np.flatnonzero(is_cell)
    attributes = _attributes(buffer, tags.start[at])
    if attributes is None:
        return None
    row, column, style, stored, stop = attributes
    if (stop != tags.stop[at] - (tags.kind[at] == C0)).any():
        return None
    own = np.cumsum((tags.kind == ROW) | (tags.kind == ROW0), dtype=np.int32)[at] - 1
    if (rows.number[own] != row).any() or (np.diff(key_of(row, column)) <= 0).any():
        return None
    end, whole, ends = tags.stop[at] + np.int32(1), tags.kind[at] == C, tags.kind == CE
    end[whole] = tags.stop[ends] + 1
    value_start, value_end = _values(tags, np.cumsum(is_cell, dtype=np.int32) - 1, stored)
    return Cells(row, column, stored, style, tags.start[at], end, value_start, value_end)


def _attributes(buffer: Bytes, start: Ints) -> tuple[Ints, Ints, Ints, npt.NDArray[np.uint8], Ints] | None:
    """(row, column, style, stored, offset of ``>`` or ``/>``) of cell tags, or None."""
    if not _matches(buffer, start + 2, b' r="'):
        return None
    at, column = start + np.int32(6), np.zeros(len(start), np.int32)
    for _ in range(3):
        letter = buffer[at]
        more = (letter >= ord("A")) & (letter <= ord("Z"))
        column = np.where(more, column * 26 + letter - 64, column)
        at += more
    row, at = _number(buffer, at, 8)
    if (
        (buffer[at] != ord('"')).any()
        or (row < 1).any()
        or (column < 1).any()
        or (column > LAST_COLUMN).any()
    ):
        return None
    at += np.int32(1)
    style, stored = np.full(len(start), -1, np.int32), np.zeros(len(start), np.uint8)
    if not _style(buffer, at, style) or not _stored(buffer, at, stored) or not _style(buffer, at, style):
        return None
    style[style < 0] = 0
    at += buffer[at] == ord(" ")  # as in <c r="A1" />
    return row, column, style, stored, at


def _style(buffer: Bytes, at: Ints, style: Ints) -> bool:
    """Read `` s="7"`` where it stands: moves ``at``, fills ``style``.  False when it is malformed."""
    have = np.flatnonzero((buffer[at] == ord(" ")) & (buffer[at + 1] == ord("s")) & (style < 0))
    if not len(have):
        return True
    number, after = _number(buffer, at[have] + np.int32(4), 7)
    if not _matches(buffer, at[have] + 2, b'="') or (number < 0).any() or (buffer[after] != ord('"')).any():
        return False
    style[have], at[have] = number, after + 1
    return True


def _stored(buffer: Bytes, at: Ints, stored: npt.NDArray[np.uint8]) -> bool:
    """Read `` t="s"`` where it stands: moves ``at``, fills ``stored``.  False when it is malformed."""
    have = np.flatnonzero((buffer[at] == ord(" ")) & (buffer[at + 1] == ord("t")))
    if not len(have):
        return True
    if not _matches(buffer, at[have] + 2, b'="'):
        return False
    for word, kind in (
        (b's"', Stored.SHARED),
        (b'n"', Stored.NUMBER),
        (b'b"', Stored.BOOL),
        (b'e"', Stored.ERROR),
        (b'd"', Stored.ISO),
        (b'str"', Stored.STRING),
        (b'inlineStr"', Stored.INLINE),
    ):
        left = at[have] + np.int32(4)
        hit: Any = np.ones(len(have), np.bool_)
        for i, byte in enumerate(word):
            hit &= buffer[left + np.where(hit, i, 0)] == byte
        stored[have[hit]] = kind
        at[have[hit]] += np.int32(4 + len(word))
        have = have[~hit]
        if not len(have):
            return True
    return False


def _values(tags: Tags, cell: Ints, stored: npt.NDArray[np.uint8]) -> tuple[Ints, Ints]:
    """(start, end) of each cell's value; ``cell`` is the position of the cell that each tag belongs to."""
    first, last = np.full(len(stored), -1, np.int32), np.full(len(stored), -1, np.int32)
    v = np.flatnonzero(tags.kind == V)
    owner = cell[v]
    plain: Bools = stored[owner] != Stored.INLINE
    first[owner[plain]], last[owner[plain]] = tags.stop[v[plain]] + 1, tags.start[v[plain] + 1]
    opening, closing = np.flatnonzero(tags.kind == IS), np.flatnonzero(tags.kind == ISE)
    inline: Bools = stored[cell[opening]] == Stored.INLINE
    owner = cell[opening[inline]]
    first[owner], last[owner] = tags.stop[opening[inline]] + 1, tags.start[closing[inline]]
    return first, last


def _formulas(tags: Tags) -> Formulas:
    at = np.flatnonzero((tags.kind == F) | (tags.kind == F0))
    cell = np.cumsum((tags.kind == C) | (tags.kind == C0), dtype=np.int32)[at] - np.int32(1)
    end = tags.stop[at + (tags.kind[at] == F)] + np.int32(1)
    return Formulas(cell, tags.start[at], end)
