"""What is told of one customer beside its row: terms of its score, its past, and who is to take it over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal, NamedTuple


class ScoreTerm(NamedTuple):
    """What one criterion adds to one customer's 综合评分: ``points`` of ``weight``, None where the input is unknown."""

    name: str
    part: str  # the document's dimension: 客户价值
    field: str
    header: str
    cell: str | None  # None: the customer's table has no such column
    text: str  # the fact in words: 历史合作金额120万
    points: float | None
    weight: float
    source: str


class Talk(NamedTuple):
    """One contact: ``methods`` joined by +, ``words`` short; private values masked in both, the entry's cell."""

    day: dt.date
    methods: str
    words: str
    cell: str | None


class TierChange(NamedTuple):
    """One row of the ledger: ``kind`` as in ``customers.move``, a decision as it is written (同意), ``state`` as written."""

    day: dt.date
    before: str | None
    after: str | None
    kind: str | None
    state: str | None
    evidence: str | None


class Past(NamedTuple):
    """What happened with a customer, latest first; ``contacts``: how many there were in all."""

    talks: tuple[Talk, ...]
    contacts: int
    changes: tuple[TierChange, ...]


def no_past(positions: Sequence[int]) -> list[Past]:
    """Of customers of whom nothing is recorded."""
    return [Past((), 0, ())] * len(positions)


def no_terms(positions: Sequence[int]) -> list[list[ScoreTerm]]:
    """The terms of scores without criteria."""
    return [[] for _ in positions]


Role = Literal["lead", "senior", "assistant"]  # S000-24, -33, -38


class Handover(NamedTuple):
    """One customer (its position) that needs another owner; ``successor`` is proposed, None: nobody can be.

    ``why``: left, leaving (from ``since`` on), rise (into the top tier, under an assistant), or asked (for this once); ``how``: named (by the lead),
    role (most room of those with the ``role`` asked for), other (nobody has that role), nobody.  ``spare``: contacts a week
    that the successor's week still holds, ``asked``: those of this customer; ``strategy``: in force, masked.
    """

    customer: int
    owner: str
    why: Literal["left", "leaving", "rise", "asked"]
    since: dt.date | None
    successor: str | None
    how: str
    role: Role
    spare: float
    asked: float
    strategy: str | None = None
