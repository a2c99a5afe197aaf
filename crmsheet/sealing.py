"""Columns sealed and opened in place: which cells, under which key, and what stays in clear (SPEC §9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from crmsheet.arrays import Bools
from crmsheet.errors import InputError
from crmsheet.model import Region, letters
from crmsheet.policy.settings import Settings
from crmsheet.privacy.detect import scrub
from crmsheet.privacy.name_index import NameIndex
from crmsheet.privacy.seal import Key, NotOpened, Sealable, bound_to, sealed_under
from crmsheet.privacy.sealed import is_sealed
from crmsheet.reading import read_tables
from crmsheet.tables.raw import raw_of, texts_of
from crmsheet.tables.spec import table_spec
from crmsheet.texts import listed, say
from crmsheet.values.columns import distinct, is_blank, spread_bools
from crmsheet.values.names import fold_header, normalise_name
from crmsheet.workbook import Column, Workbook
from crmsheet.workbook import Kind as CellKind

KINDS = frozenset({"customers", "followups", "strategy"})  # tables whose rows are a customer's
# Rows are told apart, joined and graded by these: a run could not do without them.
KEPT_OPEN = frozenset({"customer_id", "name", "tier"})
LONGEST = 32_767  # characters of a cell
LONG_NUMBER = 1e6  # smaller numbers are no phones or cards, and stand in many cells


class Target(NamedTuple):
    """One column of one table that is to be sealed or opened."""

    region: Region
    column: int
    bound: str  # the column's part of what a cell is bound to: its field, or its header where several are one field
    last: int  # row down to which the column is searched: where the next table begins, it is another column

    @property
    def person(self) -> bool:
        """Whether contacts' names stand in it."""
        fields = table_spec(self.region.kind).fields
        return any(self.column in columns and fields[name].type == "person" and fields[name].private
                   for name, columns in self.region.fields.items() if name in fields)  # fmt: skip


@dataclass
class Seen:
    """What became of the cells; addresses (``Sheet!F2``), and never a value but in ``plain``."""

    changed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)  # hold something, and stay in clear
    sealed: int = 0  # cells that are sealed in the end
    plain: set[Sealable] = field(default_factory=set)  # what was sealed: for the search of what else holds it
    names: set[str] = field(default_factory=set)  # contacts' cells among it
    bad: dict[str, list[str]] = field(default_factory=dict)  # why a cell did not open -> which cells


def seal_columns(book: Workbook, settings: Settings, as_of: dt.date, names: Sequence[str], key: Key, old: Key | None) -> Seen:
    """Plan to seal every cell of the named columns; those sealed under ``old`` are sealed anew under ``key``.

    Raises InputError: no such column, one that a run needs, a cell that does not open under either key.
    """
    seen = Seen()
    for target in targets(book, settings, as_of, names):
        _seal(book, target, key, old, seen)
    _refuse_bad(seen)
    return seen


def open_columns(book: Workbook, settings: Settings, as_of: dt.date, names: Sequence[str], key: Key) -> Seen:
    """Plan to write the values of all sealed cells of the named columns.  Raises InputError as ``seal_columns``."""
    seen = Seen()
    for target in targets(book, settings, as_of, names):
        _unseal(book, target, key, seen)
    _refuse_bad(seen)
    return seen


# ---------------------------------------------------------------- which columns


def targets(book: Workbook, settings: Settings, as_of: dt.date, names: Sequence[str]) -> list[Target]:
    """Every column of a customer's table that bears one of the names, as header or as field.  Raises InputError."""
    found_regions = read_tables(book, settings, as_of).found.regions
    regions = [r for r in found_regions if r.kind in KINDS]
    found: list[Target] = []
    for name in names:
        here = [Target(r, c, _bound(r, c), _end(book, found_regions, r)) for r in regions for c in _columns(r, name)]
        if not here:
            there = dict.fromkeys(" ".join(region.headers[c].split()) for region in regions for c in _own(region))
            raise InputError(*(say("cli", "seal_no_column", lang, name=scrub(name), there=listed(there, lang)) for lang in ("zh", "en")))
        found += [target for target in here if target not in found]
    return found


def _end(book: Workbook, regions: Sequence[Region], region: Region) -> int:
    """The last row above the next table on the sheet, or the sheet's last one."""
    below = [r.header_rows[0] for r in regions if r.sheet == region.sheet and r.header_rows and r.header_rows[0] > (region.last_row or 0)]
    return min(below, default=book.sheet(region.sheet).last_row + 1) - 1


def _own(region: Region) -> list[int]:
    """The team's own columns of a table."""
    return [c for c in region.headers if c not in region.owned.values()]


def _columns(region: Region, name: str) -> list[int]:
    named = {c for c in _own(region) if fold_header(region.headers[c]).folded == fold_header(name).folded}
    named |= set(region.fields.get(name, ()))
    for one, columns in region.fields.items():
        if one in KEPT_OPEN and named & set(columns):
            raise InputError(*(say("cli", "seal_key_column", lang, name=name, sheet=region.sheet) for lang in ("zh", "en")))
    return sorted(named)


def _bound(region: Region, column: int) -> str:
    fields = table_spec(region.kind).fields
    name = next((one for one, columns in region.fields.items() if column in columns), None)
    if name is None or name not in fields or fields[name].several:
        return f"header:{fold_header(region.headers[column]).folded}"
    return f"field:{name}"


# ---------------------------------------------------------------- which cells


class _Cells(NamedTuple):
    """The cells of one column below its header, and whose they are."""

    rows: Sequence[int]
    column: Column
    bounds: Sequence[Sequence[bytes]]  # what each may be bound to, the surest first; none: no customer's
    refs: Sequence[str]


def _cells(book: Workbook, target: Target) -> _Cells:
    region, sheet = target.region, book.sheet(target.region.sheet)
    first, last = max(region.header_rows, default=0) + 1, target.last
    rows = range(first, last + 1)
    inside = [region.first_row is not None and region.first_row <= row <= (region.last_row or 0) for row in rows]
    owners: list[list[bytes]] = [[] for _ in rows]
    for field_name, said in (("customer_id", "id"), ("name", "name")):
        for column in region.fields.get(field_name, ())[:1]:
            texts = texts_of(raw_of(sheet.column(column, first, last), np.ones(len(rows), dtype=bool), frozenset()))
            for at, text in enumerate(texts.tolist()):
                if inside[at] and text is not None:
                    owners[at].append(bound_to(region.kind, target.bound, f"{said}:{normalise_name(text)}"))
    place = f"{region.sheet}!{letters(target.column)}"
    return _Cells(rows, sheet.column(target.column, first, last), owners, [f"{place}{row}" for row in rows])


def _filled(cells: _Cells) -> Iterator[tuple[int, Sealable]]:
    """Position and value of each cell that holds a value of its own, and no formula's."""
    kinds = cells.column.kind
    hold: Bools = (kinds != CellKind.BLANK) & (kinds != CellKind.ERROR) & ~cells.column.formula
    for at in np.flatnonzero(hold).tolist():
        kind, text = kinds[at], cells.column.text[at]
        if kind == CellKind.TEXT:
            if not is_blank(text):
                yield at, str(text)
        else:
            number = float(cells.column.number[at])
            yield at, bool(number) if kind == CellKind.BOOL else number


def _seal(book: Workbook, target: Target, key: Key, old: Key | None, seen: Seen) -> None:
    cells = _cells(book, target)
    wanted: dict[int, str] = {}
    seen.left += [cells.refs[at] for at in np.flatnonzero(cells.column.formula).tolist()]
    for at, value in _filled(cells):
        if isinstance(value, str) and is_sealed(value):
            text = _again(value, cells.bounds[at], key, old, cells.refs[at], seen)
        elif not cells.bounds[at]:
            seen.left.append(cells.refs[at])
            continue
        else:
            text = key.seal(value, cells.bounds[at][0])
            seen.plain.add(value)
            seen.names |= {value} if target.person and isinstance(value, str) else set()
        if text is not None and len(text) > LONGEST:
            seen.bad.setdefault("long", []).append(cells.refs[at])
        elif text is not None:
            wanted[at] = text
            seen.sealed += 1
    _write(book, target, cells, {at: text for at, text in wanted.items() if text != cells.column.text[at]}, seen)


def _again(text: str, bounds: Sequence[bytes], key: Key, old: Key | None, ref: str, seen: Seen) -> str | None:
    """A sealed cell's text under the new key, its own when it is that already; None when it does not open."""
    try:
        if old is None or sealed_under(text) == key.sign:
            key.unseal(text, bounds)
            return text
        return key.seal(old.unseal(text, bounds), bounds[0])
    except NotOpened as error:
        seen.bad.setdefault(error.why, []).append(ref)
        return None


def _unseal(book: Workbook, target: Target, key: Key, seen: Seen) -> None:
    cells = _cells(book, target)
    wanted: dict[int, Sealable] = {}
    for at, value in _filled(cells):
        if isinstance(value, str) and is_sealed(value):
            try:
                wanted[at] = key.unseal(value, cells.bounds[at])
            except NotOpened as error:
                seen.bad.setdefault(error.why, []).append(cells.refs[at])
    _write(book, target, cells, wanted, seen)


def _write(book: Workbook, target: Target, cells: _Cells, wanted: dict[int, str] | dict[int, Sealable], seen: Seen) -> None:
    rows = [cells.rows[at] for at in wanted]
    skipped = {row for row, _ in book.sheet(target.region.sheet).set_column(target.column, rows, list(wanted.values()))} if rows else set()
    for at, row in zip(wanted, rows, strict=True):
        (seen.left if row in skipped else seen.changed).append(cells.refs[at])


def _refuse_bad(seen: Seen) -> None:
    for why, refs in seen.bad.items():
        raise InputError(*(say("cli", f"seal_bad_{why}", lang, cells=listed(refs, lang)) for lang in ("zh", "en")))


# ---------------------------------------------------------------- what else holds the values


def still_in_clear(book: Workbook, seen: Seen) -> list[str]:
    """Where a value that is being sealed stands besides, as a whole cell or, a contact's name, anywhere in a text."""
    texts = {one for one in seen.plain if isinstance(one, str)}
    numbers = [one for one in seen.plain if isinstance(one, float) and one >= LONG_NUMBER]
    index = NameIndex(seen.names)
    found = []
    for name in book.sheets:
        sheet = book.sheet(name)
        cells, held = sheet.index.cells, sheet.reader.decode(np.arange(len(sheet.index.cells.row)))
        known = distinct(held.text)
        same = spread_bools(known.codes, [one in texts or next(index.places(one), None) is not None for one in known.values])
        same |= np.isin(held.number, numbers)
        for column, rows in sheet.pending.items():
            same &= (cells.column != column) | ~np.isin(cells.row, list(rows))
        found += [f"{name}!{letters(int(cells.column[at]))}{cells.row[at]}" for at in np.flatnonzero(same).tolist()]
    return found
