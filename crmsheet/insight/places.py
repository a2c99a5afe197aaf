"""Many cells in few words: ``客户!F2:F40``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np

from crmsheet.arrays import Array, Bools, Ints
from crmsheet.model import letters
from crmsheet.tables.table import Table

MOST = 20  # ranges that a figure names
_CELL = re.compile(r"(.+)!([A-Z]+)(\d+)", re.DOTALL)


def ranges(cells: Iterable[str | None]) -> tuple[str, ...]:
    """Addresses as ranges down their columns, at most ``MOST`` and then ``…``; blanks and repeats are left out."""
    columns: dict[str, list[int]] = {}
    for match in (_CELL.fullmatch(cell) for cell in cells if cell):
        if match:
            columns.setdefault(f"{match[1]}!{match[2]}", []).append(int(match[3]))
    return _capped(one for head in sorted(columns) for one in _runs(head, np.array(columns[head])))


def cells_of(table: Table, field: str, rows: Bools | Ints) -> tuple[str, ...]:
    """The field's cells in some rows of a table, as ``ranges``; () where it has no such column."""
    place = table.places[field]
    region, row = place.region[rows], place.row[rows]
    heads = {code: f"{one.sheet}!{letters(one.fields[field][0])}" for code, one in enumerate(table.regions) if field in one.fields}
    return _capped(one for code, head in heads.items() for one in _runs(head, row[region == code]))


def _runs(head: str, rows: Array) -> Iterator[str]:
    """Rows of one column as ranges of neighbours; ``head`` is ``客户!F``."""
    found = np.unique(rows)
    if not len(found):
        return
    gaps, column = np.flatnonzero(np.diff(found) != 1), head.rpartition("!")[2]
    for first, last in zip(found[np.r_[0, gaps + 1]], found[np.r_[gaps, len(found) - 1]], strict=True):
        yield f"{head}{first}" if first == last else f"{head}{first}:{column}{last}"


def _capped(found: Iterator[str]) -> tuple[str, ...]:
    shown = tuple(islice(found, MOST + 1))
    return (*shown[:MOST], "…") if len(shown) > MOST else shown
