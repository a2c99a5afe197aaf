"""Regions of a workbook → one typed table a kind, whose every value knows its cell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from crmsheet.arrays import Array, Bools, Objects, nothing, pick
from crmsheet.model import Finding, Kind, Region
from crmsheet.privacy.detect import scrub_column
from crmsheet.privacy.sealed import SHOWN
from crmsheet.tables.raw import Places, Raw, Rows, blank_raw, plain_number, raw_of, texts_of
from crmsheet.tables.rows import data_rows
from crmsheet.tables.spec import Field, TableSpec, table_spec
from crmsheet.tables.table import Table, TextColumn
from crmsheet.tables.typed import Reading, read_field
from crmsheet.workbook import Column, Workbook
from crmsheet.workbook import Kind as CellKind

_EPOCHS = 1462  # days from 1900-01-00 to 1904-01-01
PERCENT = frozenset({"rate", "growth"})  # types of field for which a percent format decides
# Short words that reviews show as they stand: what is private in them is masked where they are read.
SHOWN_AS_TYPED: Mapping[Kind, tuple[str, ...]] = {
    "customers": ("owner", "industry", "region", "tier"), "followups": ("person", "participants", "next_owner"),
    "strategy": ("owner", "segment", "reviewer"), "classes": ("name", "owner"),
    "people": ("name", "role", "status", "successor"),
}  # fmt: skip
SHOWN_SEALED = frozenset({"id", "name", "text", "person", "phone", "email", "tier"})  # types that keep a cell's text as it is


class _Rows(NamedTuple):
    """The data rows of one region, raw."""

    region: Region
    rows: Rows
    raw: Mapping[str, Raw]
    strange: Mapping[int, Objects]  # texts of columns that are no field
    findings: list[Finding]


class Source(NamedTuple):
    """A workbook that regions lie in; ``label``: put before the names of its sheets, empty for the team's own."""

    book: Workbook
    label: str = ""


def read_table(
    sources: Sequence[tuple[Source, Sequence[Region]]], kind: Kind, as_of: dt.date
) -> tuple[Table, list[Finding]]:
    """Read all regions of one kind, those of the team's own workbook first.  Findings name unreadable cells; such a row still counts."""
    spec, book = table_spec(kind), sources[0][0].book
    parts = [_labelled(_read_region(source.book, region, spec), source, book, spec) for source, regions in sources for region in regions]
    table, found = _typed(spec, parts, as_of, date1904=book.date1904)
    return table, [*(finding for part in parts for finding in part.findings), *found]


def made_table(kind: Kind, cells: Mapping[str, Raw], as_of: dt.date) -> Table:
    """A table that stands in no file: ``cells``, all of one length, by field; read by the same grammars."""
    spec, size = table_spec(kind), len(next(iter(cells.values())).number)
    headers = {column: spec.fields[name].header for column, name in enumerate(cells, 1)}
    places = {name: (column,) for column, name in enumerate(cells, 1)}
    region = Region(kind, spec.titles[0], (1,), 2, size + 1, places, headers, {}, (), {}, len(cells))
    return _typed(spec, [_Rows(region, np.arange(2, size + 2, dtype=np.int32), cells, {}, [])], as_of, date1904=False)[0]


def _typed(spec: TableSpec, parts: Sequence[_Rows], as_of: dt.date, *, date1904: bool) -> tuple[Table, list[Finding]]:
    table = _assemble(spec, tuple(part.region for part in parts), parts)
    findings: list[Finding] = []
    columns: dict[str, Reading] = {}
    for field in _dated_first(spec.fields.values()):
        if table.has(field.name):
            reading = read_field(field, [part.raw.get(field.name) for part in parts], table, columns, as_of, date1904=date1904)
            columns[field.name] = reading
            findings += reading.findings
    values = {key: value for reading in columns.values() for key, value in reading.columns.items()}
    values |= {name: scrub_column(values[name]) for name in SHOWN_AS_TYPED[spec.kind] if name in values}
    values |= _blanks(spec, values, len(table))
    frame = table.frame.assign(**{key: pd.Series(v, dtype=v.dtype, copy=False) for key, v in values.items()})
    present = {name: reading.present for name, reading in columns.items()}
    nothing = np.zeros(len(table), dtype=bool)
    full = {name: present.get(name, nothing) for name in spec.fields}
    return Table(spec, table.regions, frame, full, table.places, tuple(_text_columns(parts, columns))), findings


def _text_columns(parts: Sequence[_Rows], read: Mapping[str, Reading]) -> Iterator[TextColumn]:
    """Every column's texts, region by region."""
    start = 0
    for part in parts:
        end = start + len(part.rows)
        for name, columns in part.region.fields.items():
            yield TextColumn(part.region, columns[0], name, part.rows, read[name].text[start:end])
        for column, text in part.strange.items():
            yield TextColumn(part.region, column, None, part.rows, text)
        start = end


def _read_region(book: Workbook, region: Region, spec: TableSpec) -> _Rows:
    if region.first_row is None or region.last_row is None:
        return _Rows(region, np.empty(0, np.int32), {name: blank_raw(0) for name in region.fields}, {}, [])
    sheet = book.sheet(region.sheet)
    wanted = sorted({c for columns in region.fields.values() for c in columns})
    columns = {c: sheet.column(c, region.first_row, region.last_row) for c in wanted}
    keep, findings = data_rows(sheet, region, columns)
    rows = np.arange(region.first_row, region.last_row + 1, dtype=np.int32)[keep]
    raw = {
        name: _raw_field(book, spec.fields[name], [columns[c] for c in where], keep)
        for name, where in region.fields.items() if name in spec.fields
    }
    first, last = (int(rows[0]), int(rows[-1])) if len(rows) else (None, None)
    strange = {c: _texts(sheet.column(c, region.first_row, region.last_row), keep) for c in region.unknown if c not in region.owned.values()}
    return _Rows(replace(region, first_row=first, last_row=last), rows, raw, strange, findings)


def placed(finding: Finding, source: Source) -> Finding:
    """A finding with its workbook's name before the sheet's: ``[日志.xlsx]跟进记录``."""
    where = finding.where
    return finding if where is None else replace(finding, where=where._replace(sheet=source.label + where.sheet))


def _labelled(part: _Rows, source: Source, book: Workbook, spec: TableSpec) -> _Rows:
    """Rows of another workbook: their sheet named with it, their dates counted from the same day as the team's own."""
    if not source.label:
        return part
    shift = _EPOCHS * (int(source.book.date1904) - int(book.date1904))
    raw = {name: one._replace(number=one.number + shift) if spec.fields[name].type == "date" else one for name, one in part.raw.items()}
    region = replace(part.region, sheet=source.label + part.region.sheet)
    return _Rows(region, part.rows, raw, part.strange, [placed(one, source) for one in part.findings])


def _texts(column: Column, keep: Bools) -> Objects:
    """The kept rows' texts of a column that nothing else is read from, and numbers as long as a mobile's."""
    text = pick(column.kind[keep] == CellKind.TEXT, column.text[keep], None)
    number = column.number[keep]
    at = np.flatnonzero((column.kind[keep] == CellKind.NUMBER) & (number >= 1e10))
    text[at] = [plain_number(value) for value in number[at].tolist()]
    return text


def _raw_field(book: Workbook, field: Field, columns: Sequence[Column], keep: Bools) -> Raw:
    """One field's cells; several columns of one field (phones) become one text, joined by `` / ``."""
    styles = {int(style) for column in columns for style in np.unique(column.style)} if field.type in PERCENT else ()
    percents = frozenset(style for style in styles if "%" in book.number_format(style))
    sealed_as = SHOWN if field.type in SHOWN_SEALED else None  # an amount that nobody can read is none, not a wrong one
    parts = [raw_of(column, keep, percents, sealed_as) for column in columns]
    if len(parts) == 1:
        return parts[0]
    texts = [texts_of(part) for part in parts]
    text = np.array([" / ".join(t for t in line if t) or None for line in zip(*texts, strict=True)], dtype=object)
    present = np.any([part.present for part in parts], axis=0)
    return blank_raw(len(text))._replace(text=text, present=present)


def _assemble(spec: TableSpec, regions: tuple[Region, ...], parts: Sequence[_Rows]) -> Table:
    """The table's skeleton: where each row stands."""
    sizes = [len(part.rows) for part in parts]
    code = np.repeat(np.arange(len(parts), dtype=np.int16), sizes)
    row = np.concatenate([part.rows for part in parts]) if parts else np.empty(0, dtype=np.int32)
    sheets = np.array([region.sheet for region in regions], dtype=object)
    place = Places(code, row)
    frame = pd.DataFrame({
        "sheet": pd.Series(sheets[code] if len(regions) else np.empty(0, dtype=object), dtype=object), "row": row,
    })  # fmt: skip
    return Table(spec, regions, frame, {}, dict.fromkeys(spec.fields, place))


def _dated_first(fields: Iterable[Field]) -> list[Field]:
    """The follow-up date comes first: other dates of its row are read from it (``下周三``)."""
    return sorted(fields, key=lambda field: field.name != "followup_at")


def _blanks(spec: TableSpec, values: Mapping[str, Array], size: int) -> dict[str, Array]:
    """Columns of blanks for fields that no region has, of the right kind: of each kind one, however many fields share it."""
    no_date, no_number, no_text = np.full(size, np.datetime64("NaT"), dtype="datetime64[s]"), np.full(size, np.nan), nothing(size)
    blank: dict[str, Array] = {}
    for field in spec.fields.values():
        if field.name in values:
            continue
        if field.type == "date":
            blank[field.name] = no_date
        elif field.type in ("money", "budget", "headcount", "rate", "growth", "frequency"):
            blank[field.name] = no_number
        else:
            blank[field.name] = no_text
        if field.type in ("headcount", "chain", "frequency", "word"):
            blank[f"{field.name}.text"] = no_text
        if field.type in ("budget", "growth"):
            blank[f"{field.name}.word"] = no_text
    return blank

