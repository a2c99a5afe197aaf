"""``crmsheet backtest``: month by month, whether higher tiers were worth more, who was neglected, what the rhythm really was.

A month looks at tiers and stages as they stood before it began and at what happened in it, never at later rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from crmsheet.arrays import Bools, Ints, Objects, Times, is_one_of, is_there, nothing
from crmsheet.insight.spans import inside
from crmsheet.lab.intervals import Compared, Share, compare, quantile, wilson
from crmsheet.lab.past_tiers import Grade, Standing, known_since, standing
from crmsheet.memory.memory import Memory
from crmsheet.model import Span
from crmsheet.plan.contacts import Contacts
from crmsheet.plan.intervals import add_interval
from crmsheet.policy.schema import Every, Policy
from crmsheet.tables.table import Table

PROSPECT, DEAL, LOST, AGAIN = "意向", "成交", "流失", "复购增购"
# outcome → stages from which it can happen (empty: any but the one it leads to), and stages that it leads to
OUTCOMES: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "deal": (frozenset({PROSPECT}), frozenset({DEAL, AGAIN})),
    "again": (frozenset({DEAL}), frozenset({AGAIN})),
    "lost": (frozenset(), frozenset({LOST})),
}
NEGLECT = 2  # times the first touch's interval without contact (SPEC §4)


@dataclass(frozen=True)
class Past:
    """What a look back rests on.  ``stages``: see insight.facts.stage_history; ``grade``: the rules on today's inputs."""

    policy: Policy
    customers: Table
    contacts: Contacts
    memory: Memory
    stages: pd.DataFrame
    grade: Grade

    @property
    def log_begins(self) -> dt.date | None:
        """The day of the log's first entry: before it nobody knows who was contacted."""
        days = _at(self.contacts.entries)
        return days.min().item() if len(days) else None


class Counted(NamedTuple):
    """One tier in one month: customers at its start, entries of the log, outcome → (events, trials); of the top tier the
    customers neglected at its end, by position."""

    customers: int
    contacts: int
    outcomes: Mapping[str, tuple[int, int]]
    neglected: tuple[int, ...]


class Month(NamedTuple):
    """``logged``: days of it that the log covers; ``recorded``, ``rebuilt``: customers whose tier the ledger knew, and not; ``others``: in a tier that the policy does not have."""

    span: Span
    logged: int
    recorded: int
    rebuilt: int
    others: int
    tiers: Mapping[str, Counted]


class Worth(NamedTuple):
    """One outcome: each tier's share of customer-months, and each tier but the lowest against all below it."""

    shares: Mapping[str, Share]
    against: Mapping[str, Compared]


@dataclass(frozen=True)
class Backtested:
    """``undated``: customers of whom no date says since when they are ones: they are left out; ``rest``: days after the last
    whole month."""

    span: Span
    rest: int
    months: tuple[Month, ...]
    worth: Mapping[str, Worth]
    undated: int
    staged: bool  # anybody noted a stage


def whole_months(first: dt.date, last: dt.date) -> list[Span]:
    """Months from ``first`` on, day to day, that end by ``last``."""
    found: list[Span] = []
    while True:
        bounds = add_interval_of(first, len(found)), add_interval_of(first, len(found) + 1)
        if bounds[1] - dt.timedelta(days=1) > last:
            return found
        found.append(Span(bounds[0], bounds[1] - dt.timedelta(days=1)))


def add_interval_of(day: dt.date, months: int) -> dt.date:
    """So many calendar months later, clipped to the month's end."""
    moved: dt.date = add_interval(np.array([day], dtype="datetime64[s]"), Every(months=months))[0].astype("datetime64[D]").item()
    return moved if months else day


def backtest(past: Past, first: dt.date, last: dt.date) -> Backtested:
    """All whole months between two days."""
    since = known_since(past.customers, past.contacts, past.memory)
    since[past.contacts.first_row != np.arange(len(since))] = np.datetime64("NaT")  # of two rows with one id the first is the customer
    months = tuple(_month(past, span, since) for span in whole_months(first, last))
    end = months[-1].span.last if months else first
    own = past.contacts.first_row == np.arange(len(since))
    return Backtested(
        Span(first, end), (last - end).days, months, _worth(past.policy, months), int((np.isnat(since) & own).sum()), len(past.stages) > 0
    )


def _month(past: Past, span: Span, since: Times) -> Month:
    """One month, from what was known before it and what happened in it."""
    then = standing(span.first, since, past.memory, past.grade)
    there = is_there(then.tier)
    known = is_one_of(then.tier, past.policy.tiers)
    stage, came = stages_before(past.stages, span.first, len(since)), _came(past.stages, span, len(since))
    counts = np.bincount(past.contacts.entries["customer"].to_numpy(dtype=np.int64)[inside(_at(past.contacts.entries), span)], minlength=len(since))
    tiers = {tier: _counted(past, span, then, tier, stage, came, counts, since) for tier in past.policy.tiers}
    begins = past.log_begins
    logged = 0 if begins is None else max(0, (span.last - max(span.first, begins)).days + 1)
    return Month(span, logged, int((then.recorded & known).sum()), int((there & known & ~then.recorded).sum()), int((there & ~known).sum()), tiers)


def _counted(past: Past, span: Span, then: Standing, tier: str, stage: Objects, came: Mapping[str, Bools], counts: Ints, since: Times) -> Counted:
    own = np.asarray(then.tier == tier, dtype=bool)
    outcomes = {}
    for name, (sources, targets) in OUTCOMES.items():
        trials = own & (is_one_of(stage, list(sources)) if sources else ~is_one_of(stage, list(targets)))
        happened = np.any([came[target] for target in targets], axis=0)
        outcomes[name] = (int((trials & happened).sum()), int(trials.sum()))
    top = tier == past.policy.tiers[0]
    silent = np.flatnonzero(own & _silent(past, span.last, since, stage)) if top else np.empty(0, dtype=np.int64)
    return Counted(int(own.sum()), int(counts[own].sum()), outcomes, tuple(silent.tolist()))


def stages_before(stages: pd.DataFrame, day: dt.date, size: int) -> Objects:
    """The stage noted last for each customer before a day; None where none was."""
    rows = _at(stages) < np.datetime64(day, "D")
    found = nothing(size)
    found[stages["customer"].to_numpy(dtype=np.int64)[rows]] = stages["stage"].to_numpy(dtype=object)[rows]  # by day: the last stays
    return found


def _came(stages: pd.DataFrame, span: Span, size: int) -> dict[str, Bools]:
    """Stage → customers that came to it in a span."""
    here = stages[inside(_at(stages), span)]
    customer, stage = here["customer"].to_numpy(dtype=np.int64), here["stage"].to_numpy(dtype=object)
    return {name: np.bincount(customer[stage == name], minlength=size) > 0 for name in (DEAL, AGAIN, LOST)}


def _silent(past: Past, end: dt.date, since: Times, stage: Objects) -> Bools:
    """No contact in twice the top tier's first interval by the end of a month, as far as the log goes back; lost customers
    are not neglected."""
    if past.log_begins is None:
        return np.zeros(len(since), dtype=bool)
    every = past.policy.touches_of(past.policy.tiers[0])[0].interval
    entries = past.contacts.entries[_at(past.contacts.entries) <= np.datetime64(end, "D")]
    last = np.maximum(since, np.datetime64(past.log_begins, "s"))
    last[entries["customer"].to_numpy(dtype=np.int64)] = entries["at"].to_numpy("datetime64[s]")
    limit = add_interval(last, Every(days=NEGLECT * every.days, months=NEGLECT * every.months))
    return np.asarray((limit < np.datetime64(end, "s")) & (stage != LOST), dtype=bool)


def _at(frame: pd.DataFrame) -> Times:
    return frame["at"].to_numpy("datetime64[D]")


def _worth(policy: Policy, months: Sequence[Month]) -> dict[str, Worth]:
    """Every outcome over all months; the comparisons of all outcomes together share one level (Bonferroni)."""
    comparisons = max(1, len(OUTCOMES) * (len(policy.tiers) - 1))
    return {name: worth_of(policy.tiers, {tier: _sum(month.tiers[tier].outcomes[name] for month in months) for tier in policy.tiers}, comparisons)
            for name in OUTCOMES}  # fmt: skip


def worth_of(tiers: Sequence[str], counts: Mapping[str, tuple[int, int]], comparisons: int) -> Worth:
    """Shares of each tier, and each but the lowest against all below it together.  ``counts``: (events, trials)."""
    z = quantile()
    against = {tier: compare(counts[tier], _sum(counts[lower] for lower in tiers[place + 1 :]), comparisons)
               for place, tier in enumerate(tiers[:-1])}  # fmt: skip
    return Worth({tier: wilson(*counts[tier], z) for tier in tiers}, against)


def _sum(pairs: Iterable[tuple[int, int]]) -> tuple[int, int]:
    both = list(pairs)
    return sum(events for events, _ in both), sum(trials for _, trials in both)
