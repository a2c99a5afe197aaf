"""The typed table: what every later stage reads, and where each of its values stands in the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from crmsheet.arrays import Bools, Ints, Objects, nothing, objects
from crmsheet.model import CellRef, Region, letters
from crmsheet.tables.raw import Codes, Places, Rows
from crmsheet.tables.spec import TableSpec
from crmsheet.values.columns import Distinct, distinct, spread_objects
from crmsheet.values.names import normalise_name, shown_header


class TextColumn(NamedTuple):
    """The texts of one column as they stand in the file, whatever their field made of them.

    ``field``: None for a column that is none; ``rows``: Excel rows, and their ``text`` (None where there is none).
    """

    region: Region
    column: int
    field: str | None
    rows: Rows
    text: Objects


@dataclass(frozen=True)
class Table:
    """All regions of one kind as one typed frame.

    ``frame`` has a RangeIndex; ``sheet`` and ``row`` say where each row stands, and each field is a column of
    that name (see ``typed.py`` for what it holds).  A field that no region has is a column of blanks.
    """

    spec: TableSpec
    regions: tuple[Region, ...]
    frame: pd.DataFrame
    present: Mapping[str, Bools]  # field -> whether its cell holds anything
    places: Mapping[str, Places]
    texts: tuple[TextColumn, ...] = ()  # every column of every region, also of rows that were joined to others
    _distinct: dict[str, Distinct] = field(default_factory=dict, init=False, repr=False, compare=False)
    _keys: dict[str, Objects] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.frame)

    def has(self, field: str) -> bool:
        """Whether any region has the field's column."""
        return any(field in region.fields for region in self.regions)

    def distinct(self, field: str) -> Distinct:
        """The distinct texts of a text field, and which of them each row holds; found once."""
        if field not in self._distinct:
            self._distinct[field] = distinct(self.frame[field].to_numpy(dtype=object))
        return self._distinct[field]

    def keys(self, field: str) -> Objects:
        """A field's texts for joining, ``values.names.normalise_name`` of each; None where blank (read only)."""
        if field not in self._keys:
            codes, values = self.distinct(field)
            self._keys[field] = spread_objects(codes, [normalise_name(value) or None for value in values])
        return self._keys[field]

    def holds(self, field: str) -> Bools:
        """Rows whose own region has the field's column."""
        having = np.array([field in region.fields for region in self.regions], dtype=bool)
        return np.asarray(having[self.places[field].region], dtype=bool)

    def header(self, field: str) -> str:
        """The field's header as the file spells it, without its unit; the documents' own where the file has none."""
        for region in self.regions:
            if field in region.fields:
                return shown_header(region.headers[region.fields[field][0]]) or self.spec.fields[field].header
        return self.spec.fields[field].header

    def cells(self, field: str, rows: Ints | None = None) -> Objects:
        """Address of the field's cell (``Sheet!F2``) in each row, or in some rows (-1: none); None where its region has no
        such column."""
        place, heads = self.places[field], self._heads(field)
        if rows is None:
            return _addresses(heads, place.region, place.row_texts)
        there = rows >= 0
        at = rows[there]
        out = nothing(len(rows))
        out[there] = _addresses(heads, place.region[at], list(map(place.row_texts.__getitem__, at.tolist())))
        return out

    def _heads(self, field: str) -> list[str]:
        """Sheet and column of a field in each region; empty where it has none."""
        return [f"{r.sheet}!{letters(r.fields[field][0])}" if field in r.fields else "" for r in self.regions]

    def searched(self, field: str) -> str:
        """The ranges that a search through one field looks at (``Sheet!B2:B200``), joined by ``,``: what proves an absence."""
        found = [(r.sheet, letters(r.fields[field][0]), r.first_row, r.last_row) for r in self.regions if field in r.fields and r.first_row]
        return ",".join(f"{sheet}!{column}{first}:{column}{last}" for sheet, column, first, last in found)

    def ref(self, field: str, position: int) -> CellRef | None:
        """The cell of one field in one row; None where its region has no such column."""
        place = self.places[field]
        region = self.regions[place.region[position]]
        column = region.fields.get(field)
        return CellRef(region.sheet, int(place.row[position]), column[0]) if column else None


def _addresses(heads: Sequence[str], region: Codes, rows: Sequence[str]) -> Objects:
    """``Sheet!F`` and ``2`` put together; None where a region has no head.  Most tables have one region."""
    if len(region) and (region == region[0]).all():
        head = heads[region[0]]
        return objects([head + row for row in rows]) if head else nothing(len(rows))
    pairs = zip(region.tolist(), rows, strict=True)
    return objects([heads[one] + row if heads[one] else None for one, row in pairs])
