"""Two customers tables about the same customers are one: joined by id, written where the tier column stands (SPEC §2).

What a table outside the workbook knows of them fills their blanks for judging; it is never written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from crmsheet.arrays import Bools, Ints, Objects, is_there
from crmsheet.model import Region
from crmsheet.tables.raw import Places
from crmsheet.tables.table import Table
from crmsheet.values.names import normalise_names

SHARED = 0.5  # of the smaller table's ids
OWN = ("customer_id", "name", "tier", "review", "reviewer")  # what only the team's own cells say


def join_customers(table: Table) -> tuple[Table, tuple[Region, ...]]:
    """Join regions that share most ids.  Returns the table and the regions to be written."""
    written = [n for n, region in enumerate(table.regions) if not region.outside]
    for later in range(len(table.regions) - 1, -1, -1):
        earlier = next((r for r in written if r != later and _same_customers(table, r, later)), None)
        if earlier is None or later not in written:
            continue
        moves = "tier" in table.regions[later].fields and "tier" not in table.regions[earlier].fields
        main, other = (later, earlier) if moves else (earlier, later)
        table = _fill_from(table, main, other)
        written.remove(other)
    return table, tuple(table.regions[i] for i in written)


def _ids(table: Table, region: int) -> tuple[Ints, Objects]:
    """Positions and folded ids of one region's rows that have an id."""
    at = np.flatnonzero(table.places["name"].region == region)
    ids = normalise_names(table.frame["customer_id"].to_numpy(dtype=object)[at])
    there = is_there(ids)
    return at[there], ids[there]


def _same_customers(table: Table, one: int, two: int) -> bool:
    first, second = set(_ids(table, one)[1].tolist()), set(_ids(table, two)[1].tolist())
    smaller = min(len(first), len(second))
    return smaller > 0 and len(first & second) > SHARED * smaller


def filled_from_outside(table: Table) -> Table:
    """Blank cells get what a table outside the workbook says of the same 客户编号, with its cell; its own rows go.

    Customers that only the other table has are left out: the team's table says who its customers are.
    """
    outside = np.array([region.outside for region in table.regions], dtype=bool)
    if not outside.any():
        return table
    theirs = outside[table.places["name"].region]
    ids = normalise_names(table.frame["customer_id"].to_numpy(dtype=object))
    known = {key: at for at, key in reversed([*enumerate(ids.tolist())]) if theirs[at] and key is not None}
    rows = np.flatnonzero(~theirs & is_there(ids))
    source = np.array([known.get(key, -1) for key in ids[rows].tolist()], dtype=np.int64)
    to, source = rows[source >= 0], source[source >= 0]
    fields = {name for n, region in enumerate(table.regions) if outside[n] for name in region.fields if name in table.spec.fields} - {*OWN}
    moved = {name: ~table.present[name][to] & table.present[name][source] for name in fields}
    return _kept(_taken(table, {name: (to[mask], source[mask]) for name, mask in moved.items()}), ~theirs)


def _fill_from(table: Table, main: int, other: int) -> Table:
    """Fields that only the other region has move to the main rows of the same id; such other rows go."""
    rows, ids = _ids(table, main)
    theirs = dict(zip(_ids(table, other)[1].tolist(), _ids(table, other)[0].tolist(), strict=True))
    source = np.array([theirs.get(key, -1) for key in ids.tolist()], dtype=np.int64)
    to, source = rows[source >= 0], source[source >= 0]
    mine, its = table.regions[main].fields, table.regions[other].fields
    extra = [name for name in its if name not in mine and name in table.spec.fields]
    keep = np.ones(len(table), dtype=bool)
    keep[source] = False
    return _kept(_taken(table, dict.fromkeys(extra, (to, source))), keep)


def _taken(table: Table, moved: Mapping[str, tuple[Ints, Ints]]) -> Table:
    """The table with some fields of some rows taken from other rows, with their cells; field → (to, from)."""
    frame, present, places = table.frame.copy(), dict(table.present), dict(table.places)
    for name, (to, source) in moved.items():
        for column in [c for c in frame.columns if c == name or c.startswith(f"{name}.")]:
            values = frame[column].to_numpy().copy()
            values[to] = values[source]
            frame[column] = pd.Series(values, dtype=frame[column].dtype)
        there, place = present[name].copy(), places[name]
        there[to] = there[source]
        region, row = place.region.copy(), place.row.copy()
        region[to], row[to] = region[source], row[source]
        present[name], places[name] = there, Places(region, row)
    return replace(table, frame=frame, present=present, places=places)


def _kept(table: Table, keep: Bools) -> Table:
    return replace(
        table, frame=table.frame[keep].reset_index(drop=True),
        present={name: mask[keep] for name, mask in table.present.items()},
        places={name: Places(p.region[keep], p.row[keep]) for name, p in table.places.items()},
    )  # fmt: skip
