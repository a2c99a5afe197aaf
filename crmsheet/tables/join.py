"""Two customers tables about the same customers are one: joined by id, written where the tier column stands (SPEC §2)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from crmsheet.arrays import Ints, Objects, is_there
from crmsheet.model import Region
from crmsheet.tables.raw import Places
from crmsheet.tables.table import Table
from crmsheet.values.names import normalise_names

SHARED = 0.5  # of the smaller table's ids


def join_customers(table: Table) -> tuple[Table, tuple[Region, ...]]:
    """Join regions that share most ids.  Returns the table and the regions to be written."""
    written = list(range(len(table.regions)))
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


def _fill_from(table: Table, main: int, other: int) -> Table:
    """Fields that only the other region has move to the main rows of the same id; such other rows go."""
    rows, ids = _ids(table, main)
    theirs = dict(zip(_ids(table, other)[1].tolist(), _ids(table, other)[0].tolist(), strict=True))
    source = np.array([theirs.get(key, -1) for key in ids.tolist()], dtype=np.int64)
    to, source = rows[source >= 0], source[source >= 0]
    mine, its = table.regions[main].fields, table.regions[other].fields
    extra = [name for name in its if name not in mine and name in table.spec.fields]
    frame, present, places = table.frame.copy(), dict(table.present), dict(table.places)
    for name in extra:
        for column in [c for c in frame.columns if c == name or c.startswith(f"{name}.")]:
            values = frame[column].to_numpy().copy()
            values[to] = values[source]
            frame[column] = pd.Series(values, dtype=frame[column].dtype)
        there, place = present[name].copy(), places[name]
        there[to] = there[source]
        region, row = place.region.copy(), place.row.copy()
        region[to], row[to] = region[source], row[source]
        present[name], places[name] = there, Places(region, row)
    keep = np.ones(len(frame), dtype=bool)
    keep[source] = False
    return replace(
        table, frame=frame[keep].reset_index(drop=True),
        present={name: mask[keep] for name, mask in present.items()},
        places={name: Places(p.region[keep], p.row[keep]) for name, p in places.items()},
    )  # fmt: skip
