"""Every place in a workbook where a customer stands, and how it is cleared.

A customer's own rows are emptied.  The ledger and the record of runs keep their rows, so that the history's counts stay
right: there a sign stands in the customer's place, drawn anew each time, from which nobody can reckon back.  Cells of others
that mention the customer are named and left to a person.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from crmsheet.arrays import Objects
from crmsheet.errors import InputError
from crmsheet.model import CellRef, Region, letters
from crmsheet.policy.settings import Settings
from crmsheet.privacy.telltale import Telltale
from crmsheet.reading import read_tables
from crmsheet.tables.own_sheets import own_sheet
from crmsheet.tables.raw import raw_of, texts_of
from crmsheet.tables.spec import LEDGER, RUNS
from crmsheet.texts import listed, say
from crmsheet.values.columns import distinct, spread_bools
from crmsheet.values.names import normalise_name
from crmsheet.workbook import Sheet, Workbook

TEAM = ("classes", "people")  # tables without a row that is a customer's
# Fields whose words are this customer's alone, besides its number and name.
_CONTACTS = ("contact", "phone", "email")
_CELL = re.compile(r"(.+)!\$?[A-Za-z]{1,3}\$?(\d+)")


class _Row(NamedTuple):
    """One row of a table: where it stands, and whose it says it is (folded; None where blank)."""

    region: Region
    row: int
    id: str | None
    name: str | None
    shown: tuple[str, ...]  # number and name as they stand


@dataclass
class Places:
    """Where one customer stands.  ``telltale``: what tells of it in other texts; private, and never shown."""

    ids: frozenset[str]
    names: frozenset[str]  # names that no other number bears
    telltale: Telltale = field(default_factory=Telltale)
    rows: dict[str, list[str]] = field(default_factory=dict)  # kind of table -> Sheet!row
    ledger: list[str] = field(default_factory=list)  # cells
    runs: list[str] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    cleared: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)  # formulas and the like in the customer's own rows

    @property
    def found(self) -> bool:
        """Whether the customer stands anywhere in the workbook."""
        return any((self.rows, self.ledger, self.runs, self.mentions, self.parts))

    def is_key(self, text: str | None) -> bool:
        """Whether a cell that names one customer names this one."""
        return text is not None and normalise_name(text) in self.ids | self.names


def find_places(book: Workbook, settings: Settings, as_of: dt.date, asked: str) -> Places:
    """Look a customer up by number, name or cell (``客户!B3``), through the whole workbook.  Nothing is changed.

    Raises InputError: several customers fit.  Nobody may fit: then only texts that hold what was asked for are found.
    """
    regions = [r for r in read_tables(book, settings, as_of).found.regions if r.kind not in TEAM]
    rows = [row for region in regions for row in _rows(book, region)]
    places = _who(rows, asked)
    own = [row for row in rows if _is(row, places)]
    for row in own:
        places.rows.setdefault(row.region.kind, []).append(f"{row.region.sheet}!{row.row}")
    words = {word for row in own for word in row.shown} if own else {asked.strip()}
    places.telltale = Telltale(words, {text for row in own for text in _held(book, row, _CONTACTS)})
    places.ledger, places.runs = _in_ledger(book, places), _in_runs(book, places)
    places.mentions = _mentions(book, places, own)
    places.parts = book.also_hold(places.telltale.words | places.telltale.names.names)
    return places


def plan_removal(book: Workbook, settings: Settings, as_of: dt.date, places: Places, sign: str) -> None:
    """Plan to empty the customer's rows and to put ``sign`` in its place in the two record sheets."""
    regions = [r for r in read_tables(book, settings, as_of).found.regions if r.kind not in TEAM]
    for row in (row for region in regions for row in _rows(book, region) if _is(row, places)):
        _clear(book, row, places)
    for ref in places.ledger:
        book.sheet(LEDGER).set(ref.partition("!")[2], sign)
    for ref in places.runs:
        cell = book.sheet(RUNS).cell(ref.partition("!")[2])
        assert cell is not None
        book.sheet(RUNS).set(cell.ref, _without(str(cell.value), places))
    places.cleared += [*places.ledger, *places.runs]


# ---------------------------------------------------------------- who it is


def _rows(book: Workbook, region: Region) -> list[_Row]:
    if region.first_row is None or region.last_row is None:
        return []
    texts = [_texts(book.sheet(region.sheet), region.fields.get(name, ())[:1], region.first_row, region.last_row) for name in ("customer_id", "name")]
    folded = [[None if text is None else normalise_name(text) or None for text in column] for column in texts]
    pairs = zip(*folded, *texts, strict=True)
    return [_Row(region, region.first_row + at, ident, name, tuple(t for t in shown if t))
            for at, (ident, name, *shown) in enumerate(pairs) if ident or name]  # fmt: skip


def _texts(sheet: Sheet, columns: Sequence[int], first: int, last: int) -> list[str | None]:
    if not columns:
        return [None] * (last - first + 1)
    return list(texts_of(raw_of(sheet.column(columns[0], first, last), np.ones(last - first + 1, dtype=bool), frozenset())))


def _who(rows: Sequence[_Row], asked: str) -> Places:
    key, cell = normalise_name(asked), _CELL.fullmatch(asked.strip())
    meant = [row for row in rows if (key in (row.id, row.name) if cell is None else (row.region.sheet, row.row) == (cell[1], int(cell[2])))]
    ids = {row.id for row in meant if row.id}
    if len(ids) > 1:
        where = [f"{row.region.sheet}!{row.row}" for row in meant]
        raise InputError(*(say("cli", "forget_several", lang, count=len(ids), cells=listed(where, lang)) for lang in ("zh", "en")))
    if not meant:
        return Places(frozenset({key}), frozenset({key}))
    names = {row.name for row in (*meant, *(row for row in rows if row.id in ids)) if row.name}
    shared = {row.name for row in rows if row.id and row.id not in ids}
    return Places(frozenset(ids), frozenset(names - shared))


def _is(row: _Row, places: Places) -> bool:
    """By number where the row has one, else by a name that nobody else bears."""
    return row.id in places.ids if row.id else row.name in places.names


def _held(book: Workbook, row: _Row, fields: Iterable[str]) -> list[str]:
    sheet = book.sheet(row.region.sheet)
    columns = [c for name in fields for c in row.region.fields.get(name, ())]
    return [text for c in columns for text in _texts(sheet, [c], row.row, row.row) if text]


# ---------------------------------------------------------------- where it stands


def _in_ledger(book: Workbook, places: Places) -> list[str]:
    """Cells of 客户编号 and 客户名称 in the ledger that name the customer."""
    return [ref for header in ("客户编号", "客户名称") for ref, text in _own_cells(book, LEDGER, header) if places.is_key(text)]


def _in_runs(book: Workbook, places: Places) -> list[str]:
    """Cells of 运行记录 that keep something under the customer's name."""
    return [ref for ref, text in _own_cells(book, RUNS, "写入记录") if _without(text, places) != text]


def _own_cells(book: Workbook, name: str, header: str) -> list[tuple[str, str]]:
    """Address and text of the cells of one column of a record sheet."""
    if name not in book.sheets or (found := own_sheet(book.sheet(name))) is None or header not in found.columns:
        return []
    sheet, column = book.sheet(name), found.columns[header]
    if sheet.last_row <= found.row:
        return []
    texts = _texts(sheet, [column], found.row + 1, sheet.last_row)
    return [(f"{name}!{letters(column)}{found.row + 1 + at}", text) for at, text in enumerate(texts) if text is not None]


def _without(written: str, places: Places) -> str | None:
    """What a run wrote (``kind:name`` or ``kind:name#more`` → value) without the customer's."""
    try:
        record = json.loads(written)
    except ValueError:
        return written
    if not isinstance(record, dict):
        return written
    kept = {place: value for place, value in record.items() if not any(places.is_key(one) for one in place.partition(":")[2].split("#"))}
    return written if len(kept) == len(record) else json.dumps(kept, ensure_ascii=False, separators=(",", ":")) if kept else None


def _mentions(book: Workbook, places: Places, own: Sequence[_Row]) -> list[str]:
    """Cells of others whose text holds the customer's number, name, or contacts."""
    mine = {(row.region.sheet, row.row): _span(row.region) for row in own}
    kept = {*places.ledger, *places.runs}
    found = []
    for name in book.sheets:
        sheet = book.sheet(name)
        cells = sheet.index.cells
        text: Objects = sheet.reader.decode(np.arange(len(sheet.index.cells.row))).text
        known = distinct(text)
        holds = spread_bools(known.codes, [places.telltale.is_in(one) for one in known.values])
        refs = [(f"{name}!{letters(int(cells.column[at]))}{cells.row[at]}", int(cells.row[at]), int(cells.column[at]))
                for at in np.flatnonzero(holds).tolist()]  # fmt: skip
        found += [ref for ref, row, column in refs if ref not in kept and column not in mine.get((name, row), ())]
    return found


# ---------------------------------------------------------------- how it is cleared


def _span(region: Region) -> range:
    """The columns of a table, those that runs write among them."""
    columns = [*region.headers, *region.owned.values(), region.right_edge]
    return range(min(columns), max(columns) + 1)


def _clear(book: Workbook, row: _Row, places: Places) -> None:
    sheet = book.sheet(row.region.sheet)
    held = sheet.rows(row.row, row.row).get(row.row, {})
    for column in _span(row.region):
        if column in held:
            ref = str(CellRef(row.region.sheet, row.row, column))
            (places.left if sheet.set_column(column, [row.row], [None]) else places.cleared).append(ref)
