"""Values that every company or person must have (S002-2..17), as far as the table has their columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from crmsheet.arrays import Bools, Objects, nothing, objects, pick
from crmsheet.tables.table import Table

_BOTH = ("name", "phone/email", "need", "source", "first_contact")
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "company": ("name", "industry", "contact", "title", *_BOTH[1:]),
    "person": ("name", "gender", "age", "occupation", *_BOTH[1:]),
}
# Asked of companies (S002-4), but called optional in the table itself (S002-68): no task, and only a warning.
WANTED: Mapping[str, tuple[str, ...]] = {"company": ("size",), "person": ()}


class Blank(NamedTuple):
    """One required value: the fields that may hold it, their headers, and the rows that lack it (shape (customers,))."""

    fields: tuple[str, ...]
    header: str
    kind: str
    rows: Bools


def blanks(table: Table, persons: Bools, wanted: Mapping[str, tuple[str, ...]]) -> Iterator[Blank]:
    """What is missing, a value at a time; only where a row's own region has the column."""
    for kind, where in (("company", ~persons), ("person", persons)):
        for names in wanted[kind]:
            fields = tuple(field for field in names.split("/") if table.has(field))
            if fields and where.any():
                filled = np.any([table.present[field] for field in fields], axis=0)
                asked = np.any([table.holds(field) for field in fields], axis=0)
                yield Blank(fields, "/".join(map(table.header, fields)), kind, where & asked & ~filled)


def missing_data(table: Table, persons: Bools) -> tuple[Objects, Objects]:
    """Per customer the headers of required values that are missing, joined by 、, and their cells; None without any."""
    heads, places = [], []
    for blank in blanks(table, persons, REQUIRED):
        heads.append(pick(blank.rows, blank.header, None))
        places.append(pick(blank.rows, table.cells(blank.fields[0]), None))
    return _joined(heads, "、", len(table)), _joined(places, ",", len(table))


def _joined(parts: list[Objects], sign: str, size: int) -> Objects:
    if not parts:
        return nothing(size)
    return objects([sign.join([t for t in line if t]) or None for line in zip(*parts, strict=True)])
