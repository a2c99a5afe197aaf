"""Week, month and quarter against the one before (S002-63, S003-41), from the log itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import get_args

import numpy as np

from crmsheet.insight.facts import Facts, changes, rises
from crmsheet.insight.figures import DEAL, FIGURES, LOST
from crmsheet.insight.matters import doubts
from crmsheet.insight.spans import inside, span_before, span_to
from crmsheet.model import Compared, Period, Ratio, Span

WEEKS = 13  # a quarter


def contacts(facts: Facts, span: Span) -> int:
    """Log entries that belong to a customer."""
    return len(facts.entries(span))


def contacted(facts: Facts, span: Span) -> int:
    """Customers that were contacted."""
    return int(facts.entries(span)["customer"].nunique())


def deals(facts: Facts, span: Span) -> int | None:
    """Customers that came to 成交; None where nobody notes when."""
    return _came_to(facts, span, DEAL)


def lost(facts: Facts, span: Span) -> int | None:
    """Customers that came to 流失; None where nobody notes when."""
    return _came_to(facts, span, LOST)


def _came_to(facts: Facts, span: Span, stage: str) -> int | None:
    if facts.stages.empty:
        return None
    return int(facts.stages["customer"][changes(facts.stages, span, stage)].nunique())


def promoted(facts: Facts, span: Span) -> int | None:
    """Customers that rose from the second tier to the top; None before the ledger begins."""
    if facts.since is None or facts.since > span.last:
        return None
    top, second = facts.policy.tiers[:2]
    return int(facts.moves["customer"][rises(facts.moves, span, second, top)].nunique())


COUNTS: Mapping[str, Callable[[Facts, Span], int | None]] = {
    "contacts": contacts, "contacted": contacted, "doubts": doubts, "deals": deals, "lost": lost, "promoted": promoted,
}  # fmt: skip


def compare(facts: Facts) -> tuple[Compared, ...]:
    """All three periods, the review's own first."""
    periods = sorted(get_args(Period), key=lambda one: one != facts.period)
    return tuple(_compared(facts, period) for period in periods)


def _compared(facts: Facts, period: Period) -> Compared:
    now = span_to(facts.as_of, period)
    before = span_before(now, period)
    counts: list[tuple[str, int | Ratio | None, int | Ratio | None]] = [(name, count(facts, now), count(facts, before)) for name, count in COUNTS.items()]
    rates = [(name, f.measure(facts, now).ratio, f.measure(facts, before).ratio) for name, f in FIGURES.items() if f.over_span]
    begins = first_day(facts)
    return Compared(period, now, before, (*counts, *rates), begins if begins is not None and begins > before.first else None)


def first_day(facts: Facts) -> dt.date | None:
    """The day of the log's first entry."""
    days = facts.contacts.entries["at"].to_numpy("datetime64[D]")
    return days.min().item() if len(days) else None


def weekly(facts: Facts) -> tuple[tuple[dt.date, int], ...]:
    """Contacts of each seven days that end on as-of's weekday, a quarter back at most and not before the log begins."""
    first = first_day(facts)
    if first is None:
        return ()
    days = facts.contacts.entries["at"].to_numpy("datetime64[D]")
    ends = [facts.as_of - dt.timedelta(days=7 * back) for back in reversed(range(WEEKS))]
    return tuple((end, int(np.sum(inside(days, Span(end - dt.timedelta(days=6), end))))) for end in ends if end >= first)
