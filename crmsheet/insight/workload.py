"""Contacts a week that the policy asks of each owner, against what a week holds and what the log shows."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from crmsheet.insight.effort import contacts_each, planned_each, shown_tiers
from crmsheet.insight.facts import Facts
from crmsheet.model import OwnerLoad, Span
from crmsheet.policy.schema import UNGRADED

WEEK = 7
WEEKS = 4  # of the log that tell what an owner does: one week alone says little (assumption)


def workload(facts: Facts) -> tuple[OwnerLoad, ...]:
    """One row an owner of customers, those with the most too much first, then the busiest.

    ``asked`` follows each tier's first touch: the later ones fall on the same days (insight/effort).
    """
    span = _logged(facts)
    today = Span(facts.as_of - dt.timedelta(days=WEEK - 1), facts.as_of)
    tier, asked = shown_tiers(facts), planned_each(facts, today)
    names = (UNGRADED, *reversed(facts.policy.tiers))
    frame = pd.DataFrame({"customers": asked > 0, "done": contacts_each(facts, span)} | {name: np.where(tier == name, asked, 0.0) for name in names})
    codes, owners = pd.factorize(facts.column("owner"), use_na_sentinel=False)
    sums = frame.groupby(codes).sum()
    rows = zip(sums.index.tolist(), sums["customers"].tolist(), sums["done"].tolist(), sums[list(names)].to_numpy().tolist(), strict=True)
    found = [
        _load(facts, None if pd.isna(owners[code]) else owners[code], int(count), done * WEEK / span.days, dict(zip(names, tiers, strict=True)))
        for code, count, done, tiers in rows
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-one.over, -one.asked, one.owner or "")))


def _load(facts: Facts, owner: str | None, customers: int, done: float, tiers: dict[str, float]) -> OwnerLoad:
    """``tiers``: contacts a week asked of each tier, the lowest first: that is who gives way."""
    asked, capacity = sum(tiers.values()), facts.capacity.of(owner)
    gives, over = list[tuple[str, float]](), asked - capacity
    for tier, count in tiers.items():
        part = min(count, over)
        if part > 0:
            gives.append((tier, part))
            over -= part
    return OwnerLoad(owner, customers, asked, capacity, done, tuple(gives))


def _logged(facts: Facts) -> Span:
    """The last weeks, as far as the log goes back, a week at least."""
    first = facts.as_of - dt.timedelta(days=WEEKS * WEEK - 1)
    days = facts.contacts.entries["at"].to_numpy("datetime64[D]")
    begins = np.min(days).item() if len(days) else first
    return Span(min(max(first, begins), facts.as_of - dt.timedelta(days=WEEK - 1)), facts.as_of)
