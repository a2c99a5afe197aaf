"""Values that every company or person must have (S002-2..17), as far as the table has their columns."""

from __future__ import annotations

import numpy as np

from crmsheet.arrays import Bools, Objects, nothing, objects, pick
from crmsheet.tables.table import Table

# 企业规模 is not among them: the table itself calls it optional (S002-68).
_BOTH = ("name", "phone/email", "need", "source", "first_contact")
REQUIRED = {
    "company": ("name", "industry", "contact", "title", *_BOTH[1:]),
    "person": ("name", "gender", "age", "occupation", *_BOTH[1:]),
}


def missing_data(table: Table, persons: Bools) -> tuple[Objects, Objects]:
    """Per customer the headers of required values that are missing, joined by 、, and their cells; None without any."""
    words, cells = nothing(len(table)), nothing(len(table))
    for kind, where in (("company", ~persons), ("person", persons)):
        if where.any():
            texts, places = _missing(table, REQUIRED[kind])
            words, cells = pick(where, texts, words), pick(where, places, cells)
    return words, cells


def _missing(table: Table, names: tuple[str, ...]) -> tuple[Objects, Objects]:
    heads, places = [], []
    for name in names:
        fields = [field for field in name.split("/") if table.has(field)]
        if fields:
            blank = ~np.any([table.present[field] for field in fields], axis=0)
            heads.append(pick(blank, "/".join(map(table.header, fields)), None))
            places.append(pick(blank, table.cells(fields[0]), None))
    return _joined(heads, "、", len(table)), _joined(places, ",", len(table))


def _joined(parts: list[Objects], sign: str, size: int) -> Objects:
    if not parts:
        return nothing(size)
    return objects([sign.join([t for t in line if t]) or None for line in zip(*parts, strict=True)])
