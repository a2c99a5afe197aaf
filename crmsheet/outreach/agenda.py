"""The period's plan: each owner's contacts on working days, inside their windows, as far as the days have room (plan/level).

A contact is one talk with one customer; tasks whose windows meet are done in one.  A touch may come early by a quarter of
its interval, never late; commitments and events keep their day; what is overdue comes today or the next day, or as soon as
there is room.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from crmsheet.arrays import Ints, Objects
from crmsheet.model import Outcome
from crmsheet.outreach.calendars import task_owners
from crmsheet.plan.calendar import WorkCalendar
from crmsheet.plan.level import Windows, level
from crmsheet.review.frames import tier_places
from crmsheet.review.periods import period_end
from crmsheet.review.words import Say
from crmsheet.texts import Lang

WEEK = 5  # working days that a week's capacity is for
SOON = 1  # what is overdue is done on the first day or the one after it
_KINDS = {"commitment": 0, "event": 1, "touch": 2}  # what gives way later


class Contact(NamedTuple):
    """One talk: the customer's position, the tasks' rows, the day that it is due by, whether that is past."""

    customer: int
    tasks: tuple[int, ...]
    due: dt.date
    late: bool


@dataclass(frozen=True)
class OwnerPlan:
    """One owner's contacts: ``days`` in the agenda's order, ``left``: what has no room, the most important first."""

    owner: str
    capacity: float
    days: tuple[tuple[Contact, ...], ...]
    left: tuple[Contact, ...]

    @property
    def count(self) -> int:
        """How many contacts have a day."""
        return sum(map(len, self.days))


@dataclass(frozen=True)
class Agenda:
    """The plan from the first to the last of ``days``; ``data``: tasks of the period that only fill in the table."""

    days: tuple[dt.date, ...]
    owners: tuple[OwnerPlan, ...]
    data: int


def agenda(outcome: Outcome, calendar: WorkCalendar, capacity: Callable[[str | None], float], lang: Lang) -> Agenda:
    """Plan the working days from as-of to the end of its period; on a day off, those of the next working day's period."""
    start = calendar.next_working_day(outcome.as_of)
    days = _working_days(start, period_end(start, outcome.period), calendar)
    due = outcome.tasks["due"].to_numpy("datetime64[D]") < np.datetime64(calendar.after(days[-1]))  # a promise for the weekend is kept before it
    tasks, data = outcome.tasks, outcome.tasks["kind"].eq("data").to_numpy(dtype=bool)
    nobody = Say(lang)("no_owner")
    wanted = _windows(outcome, tasks[due & ~data], np.array(days, dtype="datetime64[D]"))
    wanted["owner"] = task_owners(outcome, nobody)[wanted.index.to_numpy(dtype=np.int64)]
    wanted = wanted.sort_values(["owner", "customer", "last"], kind="stable")
    plans = [_owner_plan(outcome, str(owner), own, len(days), capacity(None if owner == nobody else str(owner))) for owner, own in wanted.groupby("owner")]
    return Agenda(tuple(days), tuple(sorted(plans, key=lambda one: (-len(one.left), -one.count, one.owner))), int((due & data).sum()))


def _working_days(first: dt.date, last: dt.date, calendar: WorkCalendar) -> list[dt.date]:
    every = (first + dt.timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in every if calendar.working(day)]


def room_of(capacity: float, days: int) -> Ints:
    """Contacts a day: a week's capacity over five days, its remainder spread: 23 → 4, 5, 4, 5, 5."""
    ends = np.floor(np.arange(days + 1) * capacity / WEEK + 1e-9)
    return np.diff(ends).astype(np.int64)


def _windows(outcome: Outcome, tasks: pd.DataFrame, days: np.ndarray[tuple[int], np.dtype[np.datetime64]]) -> pd.DataFrame:
    """Per task (its row in ``outcome.tasks`` as index) its window in the plan's days, and what it weighs.

    ``last``: the last of the days not after the due date (the first, where that is past); ``grade``: tier, kind, interval, due and
    rank, the most important first.
    """
    due, late = tasks["due"].to_numpy("datetime64[D]"), tasks["status"].eq("overdue").to_numpy(dtype=bool)
    customer, slack = tasks["customer"].to_numpy(dtype=np.int64), tasks["slack"].to_numpy(dtype=np.int64)
    last = np.clip(np.searchsorted(days, due, side="right") - 1, 0, None)
    early = np.searchsorted(days, due - slack.astype("timedelta64[D]"), side="left")
    soon = min(SOON, len(days) - 1)
    kind = tasks["kind"].map(_KINDS).to_numpy(dtype=np.int64)
    order = np.lexsort((outcome.customers["rank"].to_numpy()[customer], due, slack, kind, tier_places(outcome)[customer]))
    grade = np.empty(len(order), dtype=np.int64)
    grade[order] = np.arange(len(order))
    return pd.DataFrame({
        "customer": customer, "first": np.where(late, 0, np.minimum(early, last)), "last": np.where(late, soon, last),
        "late": late, "grade": grade, "due": due.astype("datetime64[s]"),
    }, index=tasks.index)  # fmt: skip


class _Joined(NamedTuple):
    first: int
    soon: int
    last: int
    contact: Contact
    grade: int


def _owner_plan(outcome: Outcome, owner: str, tasks: pd.DataFrame, days: int, capacity: float) -> OwnerPlan:
    """``tasks``: one owner's, by customer, then last day."""
    joined = sorted(_contacts(tasks, days), key=lambda one: one.grade)
    first, soon, last = (np.array([one[at] for one in joined], dtype=np.int64) for at in range(3))
    day = level(Windows(first, soon, last, _places(outcome, [one.contact.customer for one in joined])), room_of(capacity, days)).tolist()
    on = [tuple(one.contact for one, at in zip(joined, day, strict=True) if at == number) for number in range(-1, days)]
    return OwnerPlan(owner, capacity, tuple(on[1:]), on[0])


def _contacts(tasks: pd.DataFrame, days: int) -> Iterator[_Joined]:
    """Tasks of one customer whose windows meet become one contact; one that holds something overdue may wait to the plan's end."""
    columns = [tasks[name].tolist() for name in ("customer", "first", "last", "late", "grade", "due")]
    rows = list(zip(tasks.index.tolist(), *columns, strict=True))
    at = 0
    while at < len(rows):
        first, end, group = rows[at][2], rows[at][3], [rows[at]]
        while at + len(group) < len(rows) and (following := rows[at + len(group)])[1] == rows[at][1] and following[2] <= end:
            first = max(first, following[2])
            group.append(following)
        at += len(group)
        late = any(one[4] for one in group)
        contact = Contact(group[0][1], tuple(one[0] for one in group), min(one[6] for one in group).date(), late)
        yield _Joined(0 if late else first, end, days - 1 if late else end, contact, min(one[5] for one in group))


def _places(outcome: Outcome, customers: list[int]) -> Ints:
    """A number a region, -1 where it is unknown."""
    regions: Objects = outcome.customers["region"].to_numpy(dtype=object)[customers]
    codes, _ = pd.factorize(regions)
    return codes.astype(np.int64)
