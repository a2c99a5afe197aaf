"""``crmsheet simulate``: what the next run would do under another policy, held against the one in use.

Both sides are what a run finds out (``Outcome``), so that nothing here decides anything: it compares.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from crmsheet.arrays import Bools, Floats, Ints, Objects, is_none, is_one_of, is_there, pick
from crmsheet.insight.effort import per_day
from crmsheet.lab.diff import Change, diff
from crmsheet.model import Outcome
from crmsheet.policy.schema import DORMANT, UNGRADED, Policy

WEEK = 7
_DECIDED = ("tier", "proposed_tier", "tier_effective", "move", "pool", "proposed_stage")


class Load(NamedTuple):
    """One owner's contacts a week: by the rhythm before and after, once what waits is agreed; ``done``: what the last
    quarter really was, None without any entry; ``capacity``: what the owner's week holds."""

    owner: str | None
    customers: int
    before: float
    after: float
    done: float | None
    capacity: float | None

    @property
    def over(self) -> float:
        """Contacts a week that the new rules ask for beyond what the week holds."""
        return 0.0 if self.capacity is None else max(0.0, self.after - self.capacity)


class Mover(NamedTuple):
    """A customer for whom another run comes out: ``at`` its position, and tiers as the policies say.

    ``how``: what the run would do now: proposed, written, dormant, lost, or kept (the rules say otherwise, and the tier cell stays).
    """

    at: int
    before: str
    after: str
    how: str


@dataclass(frozen=True, eq=False)
class Simulated:
    """``tiers``: tier → customers before and after; those of either policy, best first, 未分级 last."""

    before: Outcome
    after: Outcome
    changes: tuple[Change, ...]
    tiers: tuple[tuple[str, int, int], ...]
    movers: tuple[Mover, ...]
    owners: tuple[Load, ...]

    @property
    def as_of(self) -> dt.date:
        """The day of both runs."""
        return self.after.as_of


def simulate(before: tuple[Outcome, Policy], after: tuple[Outcome, Policy]) -> Simulated:
    """Hold two outcomes of one workbook, read on one day, against each other; each with its policy."""
    (old, policy), (new, other) = before, after
    return Simulated(
        old, new, tuple(diff(policy, other)), tuple(_tiers(old, new)), tuple(_movers(old, new)),
        tuple(_owners(old, policy, new, other)),
    )  # fmt: skip


def _column(outcome: Outcome, name: str) -> Objects:
    values = outcome.customers[name]
    return pick(values.isna().to_numpy(dtype=bool), None, values.to_numpy(dtype=object))


def _tiers(old: Outcome, new: Outcome) -> Sequence[tuple[str, int, int]]:
    one, other = (outcome.customers["tier"].value_counts() for outcome in (old, new))
    names = dict.fromkeys([*old.tiers, *new.tiers])
    known = {*one.index, *other.index}
    return [(name, int(one.get(name, 0)), int(other.get(name, 0))) for name in (*names, UNGRADED) if name in names or name in known]


def differing(old: Outcome, new: Outcome) -> Bools:
    """Customers for whom the two runs come out differently."""
    apart = np.zeros(len(old.customers), dtype=bool)
    for name in _DECIDED:
        one, other = _column(old, name), _column(new, name)
        apart |= np.asarray((one != other) & ~(is_none(one) & is_none(other)), dtype=bool)
    return apart


def _movers(old: Outcome, new: Outcome) -> Sequence[Mover]:
    """The customers concerned, those that fall or rise from the best tiers first."""
    at = np.flatnonzero(differing(old, new))
    one, other, how = _column(old, "tier"), _column(new, "tier"), _how(new)
    place = {tier: number for number, tier in enumerate((*old.tiers, UNGRADED))}
    best = np.array([place.get(tier, len(place)) for tier in one[at].tolist()], dtype=np.int64)
    line = np.lexsort((at, new.customers["rank"].to_numpy(dtype=np.int64)[at], best))
    return [Mover(i, str(one[i]), str(other[i]), str(how[i])) for i in at[line].tolist()]


def _how(new: Outcome) -> Objects:
    """What the run would do with each customer."""
    proposed = _column(new, "proposed_tier")
    how = pick(is_there(_column(new, "tier_to_write")), "written", "kept")
    how[is_there(_column(new, "proposed_stage"))] = "lost"
    how[is_there(proposed)] = "proposed"
    how[(_column(new, "pool") == "dormant") | (proposed == DORMANT)] = "dormant"
    return how


def agreed(outcome: Outcome) -> Objects:
    """Each customer's tier once everything that waits is agreed to; 未分级 for a word that the policy does not know."""
    proposed, standing = _column(outcome, "proposed_tier"), _column(outcome, "tier_effective")
    tier = pick(is_one_of(proposed, outcome.tiers), proposed, standing)
    return pick(is_one_of(tier, outcome.tiers), tier, UNGRADED)


def _weekly(outcome: Outcome, policy: Policy) -> Floats:
    """Contacts a week that the policy plans for each customer; of rows with one 客户编号 the first has them all."""
    ident = outcome.customers["id"]
    planned = WEEK * per_day(policy, agreed(outcome), _column(outcome, "status"))
    planned[(ident.duplicated() & ident.notna()).to_numpy()] = 0
    planned[_column(outcome, "proposed_tier") == DORMANT] = 0
    return planned


def _owners(old: Outcome, policy: Policy, new: Outcome, other: Policy) -> Sequence[Load]:
    """One row an owner, the busiest under the new policy first; customers without an owner count too."""
    names = _column(new, "owner")
    codes, owners = pd.factorize(names, use_na_sentinel=False)
    size = len(owners)
    sums = [_sum(codes, _weekly(old, policy), size), _sum(codes, _weekly(new, other), size), np.bincount(codes, minlength=size)]
    done, holds = _done(new), {one.owner: one.capacity for one in new.insight.loads} if new.insight else {}
    called = [None if pd.isna(owner) else str(owner) for owner in owners]
    rows = [
        Load(owner, int(count), float(one), float(two), done.get(owner), holds.get(owner))
        for owner, one, two, count in zip(called, *sums, strict=True)
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-row.after, row.owner or ""))


def _sum(codes: Ints, each: Floats, size: int) -> Floats:
    return np.asarray(np.bincount(codes, weights=each, minlength=size), dtype=np.float64)


def _done(outcome: Outcome) -> dict[str | None, float]:
    """Contacts a week of each owner's customers in the period that the outcome is over; empty without any entry."""
    seen = outcome.insight
    if seen is None or not outcome.log_entries:
        return {}
    return {one.owner: WEEK * one.done.contacts / seen.span.days for one in seen.owners}
