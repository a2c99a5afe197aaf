"""What every check is given, and how checks are registered.

A check is one function ``Context → findings``, decorated with the codes that it may give; its docstring says what it
finds, and by which demand.  It changes nothing in its context.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from crmsheet.arrays import Ints, Objects, Times
from crmsheet.findings import CATALOGUE
from crmsheet.model import Finding
from crmsheet.plan.calendar import WorkCalendar
from crmsheet.plan.contacts import Contacts, later
from crmsheet.policy.schema import Policy
from crmsheet.tables.noise import tell, tell_once
from crmsheet.tables.table import Table


@dataclass(frozen=True)
class Context:
    """All that checks read: the tables, who was contacted when, the policy, and the days that count.

    ``tiers``: the tier whose touches each customer follows, shape (customers,); ``since``: the log's honesty is
    listed entry by entry from this day on, the day of the last run (first run: 30 days before ``as_of``);
    ``ours``: headers of columns that crmsheet writes under a name of the team's choice.
    """

    customers: Table
    log: Table
    strategy: Table
    classes: Table
    contacts: Contacts
    tiers: Objects
    policy: Policy
    calendar: WorkCalendar
    as_of: dt.date
    since: dt.date
    ours: frozenset[str] = frozenset()

    def entries(self, at: Ints, make: Callable[[int], Finding]) -> list[Finding]:
        """Findings at some rows of the log: those since the last run each, all older ones as one with their count.

        An entry without any date counts as new: nobody can tell that it is old.
        """
        made: Times = later(days(self.log, "followup_at"), days(self.log, "recorded_at"))
        new = ~(made < np.datetime64(self.since, "D"))
        return [*tell(at[new[at]], int(new.sum()), make), *tell_once(at[~new[at]], make, "earlier")]


Check = Callable[[Context], list[Finding]]


class Registered(NamedTuple):
    """A check and the codes that it may give."""

    codes: tuple[str, ...]
    run: Check


CHECKS: list[Registered] = []


def check(*codes: str) -> Callable[[Check], Check]:
    """Register a check.  Raises KeyError for a code that the catalogue does not have."""
    for code in codes:
        CATALOGUE[code]

    def register(run: Check) -> Check:
        CHECKS.append(Registered(codes, run))
        return run

    return register


def days(table: Table, field: str) -> Times:
    """A date column as days; NaT where blank."""
    return table.frame[field].to_numpy("datetime64[D]")


def times(table: Table, field: str) -> Times:
    """A date column to the second; NaT where blank."""
    return table.frame[field].to_numpy("datetime64[s]")


def words(table: Table, field: str) -> Objects:
    """A column of texts."""
    return table.frame[field].to_numpy(dtype=object)
