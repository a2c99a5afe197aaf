"""The team as a whole over a period: effort, answers, objections, targets, who moved between tiers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

Period = Literal["week", "month", "quarter"]


class Ratio(NamedTuple):
    """An indicator with what it was made of; ``value`` is None when the denominator is 0 (SPEC §8)."""

    numerator: int
    denominator: int

    @property
    def value(self) -> float | None:
        """numerator ÷ denominator."""
        return self.numerator / self.denominator if self.denominator else None


class Span(NamedTuple):
    """Days from ``first`` to ``last``, both included."""

    first: dt.date
    last: dt.date

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1


class Origin(NamedTuple):
    """Where an indicator comes from.  ``span``: the days it is over, None when it is how things stand at as-of.

    ``cells``: what the numerator counts, ``among``: what the denominator counts, both as ranges (``Sheet!A2:A40``),
    capped; ``why``: the reason why nothing can be told, by its key.
    """

    source: str
    span: Span | None = None
    cells: tuple[str, ...] = ()
    among: tuple[str, ...] = ()
    why: str | None = None


class Done(NamedTuple):
    """Contacts made in a period against those that the policy's rhythm plans for it."""

    contacts: int
    planned: float


class TierEffort(NamedTuple):
    """What a tier got and what it is worth: customers, contacts, money in 元 (0 where nobody knows)."""

    tier: str
    customers: int
    done: Done
    value: float


class OwnerEffort(NamedTuple):
    """What an owner's customers got, altogether, in the top tier and in the lowest; ``verdict``: see ``Insight``."""

    owner: str | None
    customers: int
    done: Done
    top: Done
    low: Done
    verdict: str


class OwnerLoad(NamedTuple):
    """Contacts a week: ``asked`` by the policy of an owner's customers, ``capacity`` of a week, ``done`` as the log shows.

    ``gives``: where more is asked than fits, whose contacts give way, tier by tier, lowest first: (tier, contacts a week).
    """

    owner: str | None
    customers: int
    asked: float
    capacity: float
    done: float
    gives: tuple[tuple[str, float], ...]

    @property
    def over(self) -> float:
        """How many contacts a week do not fit; 0 where all do."""
        return max(self.asked - self.capacity, 0.0)


class Matter(NamedTuple):
    """A matter that customers speak of: log entries (of losses: customers) now and in the period before.

    ``word``: None where no known matter was named; ``quote``: the latest words, private values masked.
    """

    word: str | None
    now: int
    before: int
    customers: int
    cells: tuple[str, ...]
    quote: str | None


class MethodAnswers(NamedTuple):
    """How many contacts by one method were answered (S003-45), now and in the period before."""

    method: str
    now: Ratio
    before: Ratio
    cells: tuple[str, ...]


class Compared(NamedTuple):
    """A period's figures against the period's before; None: the data cannot tell.

    ``begins``: the log's first day, where that lies after the first day of ``before``: so that less was counted then.
    """

    period: Period
    now: Span
    before: Span
    figures: tuple[tuple[str, int | Ratio | None, int | Ratio | None], ...]
    begins: dt.date | None


class KpiGroup(NamedTuple):
    """All strategies' KPIs of one metric: how many are met, mean target and actual value (None: of several units)."""

    metric: str
    met: Ratio
    target: float | None
    actual: float | None
    unit: str
    cells: tuple[str, ...]


class Flow(NamedTuple):
    """Customers (positions) that stood in one tier at the last run and stand in another now; None: no tier yet."""

    before: str | None
    after: str | None
    customers: tuple[int, ...]


@dataclass(frozen=True)
class Insight:
    """The team as a whole over ``span`` (SPEC §8), against ``before``.

    ``verdict``: balanced, too-few (contacts to judge), low (too much on the lowest tier), top (too little on the
    top tier), or both; ``spoke``: entries with feedback among all entries; ``rule``: how an answer is told
    (responded, feedback, None: nobody can tell); ``weekly``: contacts of each seven days, by their last day;
    ``flows``: who moved between tiers since the last run, by the ledger; customers that stayed are none.
    """

    span: Span
    before: Span
    origins: Mapping[str, Origin]
    tiers: tuple[TierEffort, ...]
    owners: tuple[OwnerEffort, ...]
    verdict: str
    objections: tuple[Matter, ...]
    spoke: Ratio
    losses: tuple[Matter, ...]
    lost: int
    methods: tuple[MethodAnswers, ...]
    rule: str | None
    compared: tuple[Compared, ...]
    kpis: tuple[KpiGroup, ...]
    weekly: tuple[tuple[dt.date, int], ...]
    flows: tuple[Flow, ...] = ()
    loads: tuple[OwnerLoad, ...] = ()
