"""等级快照: ``C2024001 S 2024-03-20``, what the last run left in a row (SPEC §4, Memory)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from crmsheet.arrays import Bools, Objects, Times, is_none, is_there, nothing
from crmsheet.values.columns import parse_distinct, spread_objects

NAT = np.datetime64("NaT", "s")


class Snapshots(NamedTuple):
    """Each of shape (customers,): key and tier (None where nothing readable stands), and the day."""

    key: Objects
    tier: Objects
    day: Times

    @property
    def there(self) -> Bools:
        """Rows that an earlier run has seen."""
        return is_there(self.key)


def read_snapshots(text: Objects) -> Snapshots:
    """Take the column's texts apart; what a person made unreadable counts as never seen."""
    codes, parsed = parse_distinct(text, _parsed)
    keys, tiers, days = ([one[i] for one in parsed] for i in range(3))
    where = np.append(np.array(days, dtype="datetime64[s]"), NAT) if parsed else np.array([NAT])
    return Snapshots(spread_objects(codes, keys), spread_objects(codes, tiers), where[codes])


def no_snapshots(size: int) -> Snapshots:
    """Of a workbook that no run has seen."""
    return Snapshots(nothing(size), nothing(size), np.full(size, NAT, dtype="datetime64[s]"))


def _parsed(text: str) -> tuple[str | None, str | None, np.datetime64]:
    parts = text.rsplit(" ", 2)
    try:
        return parts[0], parts[1], np.datetime64(dt.date.fromisoformat(parts[2]), "s")
    except (IndexError, ValueError):
        return None, None, NAT


def written_snapshots(keys: Sequence[str], tiers: Objects, days: Times) -> Objects:
    """The column's texts as this run leaves them."""
    shown = np.datetime_as_string(days.astype("datetime64[D]")).tolist()
    return np.array([f"{key} {tier} {day}" for key, tier, day in zip(keys, tiers.tolist(), shown, strict=True)], dtype=object)


def shifted(own: Snapshots, keys: Objects, names: Objects) -> Bools:
    """Rows whose snapshot is another customer's: the columns of the table were sorted apart, or a row was copied."""
    return np.asarray(own.there & (own.key != keys) & (is_none(names) | (own.key != names)), dtype=bool)
