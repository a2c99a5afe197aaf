"""Values out of a sheet's index, whole columns or row ranges at a time."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from crmsheet.workbook.cells import (
    Cell,
    Floats,
    Kind,
    Value,
    bad_value,
    floats,
    integers,
    number_of,
    time_kinds,
    to_datetime,
    to_serial,
    to_time,
)
from crmsheet.workbook.errors import EditError
from crmsheet.workbook.guard import LAST_COLUMN
from crmsheet.workbook.index import Bools, Ints, SheetIndex, Stored
from crmsheet.workbook.ranges import cell_name
from crmsheet.workbook.styles import Styles
from crmsheet.workbook.texts import inline_text, inline_texts, value_text

Strings = npt.NDArray[Any]
Positions = npt.NDArray[np.intp]
_SHORT = 48  # bytes: <is> contents longer than this hold some text
_SHARED = re.compile(rb"""<[^>]*\st\s*=\s*["']shared["'][^>]*>""")
_GROUP = re.compile(rb"""\ssi\s*=\s*["']([0-9]+)["']""")


@dataclass(frozen=True, slots=True)
class Column:
    """One slot for every row first..last of a column, blank where there is no cell.

    ``kind``: Kind.  ``number``: the stored number of NUMBER, BOOL, DATE and TIME (dates as serials in the
    workbook's epoch), NaN elsewhere.  ``text``: str of TEXT and ERROR, None elsewhere; equal shared strings
    are one object. ``style``: index in the cell formats, 0 where there is no cell.  ``formula``: whether the
    cell has one.
    """

    kind: npt.NDArray[np.uint8]
    number: Floats
    text: npt.NDArray[Any]
    style: Ints
    formula: Bools


@dataclass(frozen=True, slots=True)
class Decoded:
    """Kind, number and text of some cells, in the order asked for."""

    kind: npt.NDArray[np.uint8]
    number: Floats
    text: npt.NDArray[Any]


class Reader:
    """Decodes the cells of one sheet.  ``strings`` is called when the first shared string is needed."""

    def __init__(
        self, name: str, index: SheetIndex, styles: Styles, strings: Callable[[], Strings], date1904: bool
    ) -> None:
        self.name, self.index, self.styles = name, index, styles
        self._load_strings, self.date1904 = strings, date1904
        self._texts: dict[bytes, str] = {}  # equal inline texts become one object

    def twin(self, index: SheetIndex) -> Reader:
        """A reader of another version of the same sheet."""
        return Reader(self.name, index, self.styles, lambda: self.strings, self.date1904)

    @cached_property
    def strings(self) -> Strings:
        return self._load_strings()

    @cached_property
    def shared(self) -> npt.NDArray[np.int32]:
        """The shared-string index of each cell, -1 where it has none.

        InputError when one is out of range.
        """
        cells = self.index.cells
        at = np.flatnonzero((cells.stored == Stored.SHARED) & (cells.value_end > cells.value_start))
        found = integers(self.index.data, cells.value_start[at], cells.value_end[at])
        for i in np.flatnonzero(found < 0):  # white space, say
            number = number_of(
                self.index.data[cells.value_start[at[i]] : cells.value_end[at[i]]], self.where(at[i])
            )
            found[i] = number if isinstance(number, int) else -1
        wrong = np.flatnonzero((found < 0) | (found >= len(self.strings))) if len(at) else at
        if len(wrong):
            raise bad_value(self.where(at[wrong[0]]))
        out = np.full(len(cells.row), -1, np.int32)
        out[at] = found
        return out

    @cached_property
    def held(self) -> Bools:
        """Which cells hold a value that a person sees: not blank, no empty text."""
        cells = self.index.cells
        mask: Bools = cells.value_end > cells.value_start
        if (cells.stored == Stored.SHARED).any():
            empty = np.flatnonzero(self.strings == "")
            mask &= ~np.isin(self.shared, empty) if len(empty) else self.shared >= -1
        for i in self._perhaps_empty(mask):
            mask[i] = bool(self._text(int(i)))
        return mask

    def _perhaps_empty(self, mask: Bools) -> Positions:
        """Inline strings that may hold no text: short, and ``</t>`` follows a ``>``."""
        cells, buffer = self.index.cells, np.frombuffer(self.index.data, np.uint8)
        at = np.flatnonzero(
            mask & (cells.stored == Stored.INLINE) & (cells.value_end - cells.value_start <= _SHORT)
        )
        if self.index.prefix:
            return at
        full = buffer[cells.value_end[at] - 5] != ord(">")
        full &= (buffer[cells.value_end[at] - 4] == ord("<")) & (buffer[cells.value_end[at] - 2] == ord("t"))
        doubtful: Positions = at[~full]
        return doubtful

    @cached_property
    def occupied(self) -> Bools:
        """Which cells hold a value or a formula."""
        return self.held | self.index.formula_mask

    @cached_property
    def _by_column(self) -> tuple[Ints, npt.NDArray[np.int64]]:
        """(positions of all cells by column and row, where in them each column begins)."""
        column = self.index.cells.column
        order = np.argsort(column.astype(np.uint16), kind="stable").astype(np.int32)
        return order, np.append(0, np.cumsum(np.bincount(column, minlength=LAST_COLUMN + 1)))

    def column_positions(self, column: int, first: int, last: int) -> Positions:
        """Positions of the cells of a column in rows first..last, by row."""
        order, begin = self._by_column
        mine = order[begin[column] : begin[column + 1]]
        low, high = np.searchsorted(self.index.cells.row[mine], np.array([first, last + 1], np.int32))
        return mine[low:high].astype(np.intp)

    def column(self, column: int, first: int, last: int) -> Column:
        """The column's rows first..last as arrays.  InputError for a damaged value."""
        size, at = max(0, last - first + 1), self.column_positions(column, first, last)
        slot, cells = self.index.cells.row[at] - first, self.decode(at)
        out = Column(
            np.zeros(size, np.uint8),
            np.full(size, np.nan),
            np.full(size, None, object),
            np.zeros(size, np.int32),
            np.zeros(size, np.bool_),
        )
        out.kind[slot], out.number[slot], out.text[slot] = cells.kind, cells.number, cells.text
        out.style[slot], out.formula[slot] = self.index.cells.style[at], self.index.formula_mask[at]
        return out

    def decode(self, at: Positions) -> Decoded:
        """Kind, number and text of the cells at these positions.  InputError for a damaged value."""
        cells = self.index.cells
        out = Decoded(np.zeros(len(at), np.uint8), np.full(len(at), np.nan), np.full(len(at), None, object))
        stored = np.where(self.held[at], cells.stored[at], 255)
        for kind, decoder in (
            (Stored.SHARED, self._decode_shared),
            (Stored.NUMBER, self._decode_numbers),
            (Stored.BOOL, self._decode_bools),
            (Stored.ISO, self._decode_iso),
        ):
            hit = np.flatnonzero(stored == kind)
            if len(hit):
                decoder(at[hit], hit, out)
        for kind in (Stored.INLINE, Stored.STRING, Stored.ERROR):
            hit = np.flatnonzero(stored == kind)
            if len(hit):
                out.text[hit] = self._decode_texts(at[hit], inline=kind == Stored.INLINE)
                out.kind[hit] = Kind.ERROR if kind == Stored.ERROR else Kind.TEXT
        return out

    def _decode_texts(self, at: Positions, *, inline: bool) -> npt.NDArray[Any]:
        """Texts of cells that are all stored in one way; each distinct one is decoded once."""
        data, known = self.index.data, self._texts
        starts, ends = self.index.cells.value_start[at].tolist(), self.index.cells.value_end[at].tolist()
        out = np.empty(len(at), object)
        raws = [data[start:end] for start, end in zip(starts, ends, strict=True)]
        new = list(set(raws).difference(known))
        codec = self.index.codec
        known.update(zip(new, inline_texts(new, codec) if inline else [value_text(raw, codec) for raw in new], strict=True))
        out[:] = [known[raw] for raw in raws]
        return out

    def _decode_shared(self, at: Positions, slot: Positions, out: Decoded) -> None:
        out.kind[slot], out.text[slot] = Kind.TEXT, self.strings[self.shared[at]]

    def _decode_numbers(self, at: Positions, slot: Positions, out: Decoded) -> None:
        cells = self.index.cells
        numbers, bad = floats(self.index.data, cells.value_start[at], cells.value_end[at])
        for i in np.flatnonzero(bad):  # CDATA or a comment, perhaps
            numbers[i] = self._number(int(at[i]))
        style, shows = cells.style[at], self.styles.all_shows
        shown = shows[np.where(style < len(shows), style, 0)]
        out.number[slot], out.kind[slot] = numbers, time_kinds(numbers, shown, self.date1904)

    def _number(self, i: int) -> int | float:
        return number_of(value_text(self.raw(i), self.index.codec).encode("ascii", "replace"), self.where(i))

    def _decode_bools(self, at: Positions, slot: Positions, out: Decoded) -> None:
        words = {"0": 0.0, "1": 1.0, "false": 0.0, "true": 1.0}
        for i, j in zip(at, slot, strict=True):
            word = value_text(self.raw(i), self.index.codec).strip()
            if word not in words:
                raise bad_value(self.where(i))
            out.number[j], out.kind[j] = words[word], Kind.BOOL

    def _decode_iso(self, at: Positions, slot: Positions, out: Decoded) -> None:
        for i, j in zip(at, slot, strict=True):
            text = value_text(self.raw(i), self.index.codec).strip()
            try:
                moment = dt.datetime.fromisoformat(text).replace(tzinfo=None)
                out.number[j], out.kind[j] = to_serial(moment, self.date1904), Kind.DATE
            except (ValueError, EditError):
                out.text[j], out.kind[j] = text, Kind.TEXT

    def raw(self, i: int | np.intp) -> bytes:
        """The stored bytes of a cell's value."""
        cells = self.index.cells
        return self.index.data[cells.value_start[i] : cells.value_end[i]]

    def _text(self, i: int) -> str:
        raw = self.raw(i)
        known = self._texts.get(raw)
        if known is None:
            read = inline_text if self.index.cells.stored[i] == Stored.INLINE else value_text
            known = self._texts[raw] = read(raw, self.index.codec)
        return known

    def where(self, i: int | np.intp) -> str:
        """``Sheet!A1`` of a cell."""
        return f"{self.name}!{self.ref(i)}"

    def ref(self, i: int | np.intp) -> str:
        return cell_name(int(self.index.cells.row[i]), int(self.index.cells.column[i]))

    def cells(self, at: Positions) -> Iterator[Cell]:
        """Cell objects of these positions."""
        decoded, cells = self.decode(at), self.index.cells
        for j, i in enumerate(at.tolist()):
            kind = Kind(int(decoded.kind[j]))
            value = self._value(i, kind, float(decoded.number[j]), decoded.text[j])
            formula = self.formula(i) if self.index.formula_mask[i] else None
            yield Cell(
                self.ref(i),
                int(cells.row[i]),
                int(cells.column[i]),
                kind.name.lower(),
                value,
                formula,
                int(cells.style[i]),
            )

    def _value(self, i: int, kind: Kind, number: float, text: str | None) -> Value:
        if kind == Kind.NUMBER:
            return self._number(i)
        return value_of(kind, number, text, self.date1904)

    def formula(self, i: int) -> str:
        """The formula of a cell with a leading ``=``; a shared one is moved to where the cell stands."""
        at = int(np.searchsorted(self.index.formulas.cell, np.int32(i)))  # of its own type: else all of it is copied
        element = self.index.data[self.index.formulas.start[at] : self.index.formulas.end[at]]
        text = _formula_text(element, self.index.codec)
        if text or not _SHARED.match(element):
            return "=" + text
        group = _GROUP.search(element)
        master = self._masters.get(group[1]) if group else None
        return _translated(master[0], master[1], self.ref(i)) if master else "="

    @cached_property
    def _masters(self) -> dict[bytes, tuple[str, str]]:
        """Of each group of shared formulas: the first one's text and place."""
        found: dict[bytes, tuple[str, str]] = {}
        formulas = self.index.formulas
        for cell, start, end in zip(formulas.cell, formulas.start, formulas.end, strict=True):
            element = self.index.data[start:end]
            group = _GROUP.search(element) if _SHARED.match(element) else None
            text = _formula_text(element, self.index.codec) if group else ""
            if group and text:
                found.setdefault(group[1], (text, self.ref(cell)))
        return found


def _formula_text(element: bytes, codec: str) -> str:
    start, close = element.index(b">") + 1, element.rfind(b"</")
    return value_text(element[start:close], codec) if close >= start else ""


def _translated(text: str, origin: str, place: str) -> str:
    from openpyxl.formula.translate import Translator, TranslatorError  # heavy, and seldom needed

    try:
        return str(Translator("=" + text, origin=origin).translate_formula(place))
    except TranslatorError:
        return "=" + text


def value_of(kind: int, number: float, text: str | None, date1904: bool) -> Value:
    """The Python value of what ``Column`` or ``Decoded`` say of one cell (numbers as float)."""
    if kind == Kind.DATE:
        return to_datetime(number, date1904)
    if kind == Kind.TIME:
        return to_time(number)
    if kind == Kind.BOOL:
        return bool(number)
    return number if kind == Kind.NUMBER else text
