"""All tasks of all customers, each customer's next action and status, and who is neglected (SPEC §4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from crmsheet.arrays import Bools, Ints, Objects, Times, filled, pick
from crmsheet.model import Finding
from crmsheet.plan.calendar import WorkCalendar
from crmsheet.plan.care import CARE, care_tasks
from crmsheet.plan.commitments import commitment_tasks
from crmsheet.plan.contacts import Contacts, later, stated_contact
from crmsheet.plan.events import NEED, Facts, event_tasks
from crmsheet.plan.intervals import add_interval
from crmsheet.plan.pauses import pauses
from crmsheet.plan.touches import touch_tasks
from crmsheet.policy.schema import DORMANT, Every, Policy
from crmsheet.tables.persons import persons
from crmsheet.tables.table import Table

KIND_ORDER = {"commitment": 0, "event": 1, "touch": 2, "data": 3}  # which of two tasks of one day comes first


class Planned(NamedTuple):
    """``tasks`` as in model.Outcome; per customer last_followup, status, overdue_days, task; findings."""

    tasks: pd.DataFrame
    last_followup: Times
    status: Objects
    overdue_days: Ints
    task: Ints
    findings: list[Finding]


def plan(
    policy: Policy,
    tiers: Objects,
    gap: Bools,
    pool: Objects,
    upgraded: Times,
    customers: Table,
    log: Table,
    contacts: Contacts,
    senior: Sequence[str],
    calendar: WorkCalendar,
    as_of: dt.date,
) -> Planned:
    """Plan every customer.  ``tiers``: whose touches to follow; ``pool``: active, dormant or lost; ``upgraded``: the day
    of the last move up."""
    stated = stated_contact(customers, as_of)
    last = later(contacts.last(), stated)
    waits = pauses(customers, log, contacts, as_of)
    active = np.asarray((pool == "active") & ~waits.paused, dtype=bool)
    touches = touch_tasks(
        policy, pick(pool == "dormant", DORMANT, tiers), gap & (pool == "active"), (pool != "lost") & ~waits.paused,
        customers, log, contacts, stated, senior, calendar, as_of,
    )  # fmt: skip
    facts = Facts(customers, log, contacts, last, upgraded, persons(customers), as_of)
    events = event_tasks(policy, facts, pool, waits, calendar)
    promised = commitment_tasks(customers, log, contacts, last, as_of)
    care = care_tasks(policy, tiers, active, customers, log, contacts, calendar, as_of)
    tasks = _in_order([promised, events, touches, *([] if care is None else [care])])
    tasks["owner"] = _owners(tasks, customers)
    tasks["status"], tasks["overdue_days"] = due_status(tasks["due"].to_numpy("datetime64[s]"), calendar, as_of)
    tasks = tasks[["customer", "kind", "due", "text", "method", "owner", "cells", "source", "status", "overdue_days", "name", "slack"]]
    task = _first_task(tasks, len(customers))
    has = task >= 0
    status = pick(pool == "active", pick(waits.paused, "paused", None), pool)
    late = np.zeros(len(customers), dtype=np.int64)
    status[has & active] = tasks["status"].to_numpy(dtype=object)[task[has & active]]
    late[has & active] = tasks["overdue_days"].to_numpy()[task[has & active]]
    return Planned(tasks, last, status, late, task, _neglected(policy, tiers, active, customers, log, last, as_of))


def due_status(due: Times, calendar: WorkCalendar, as_of: dt.date) -> tuple[Objects, Ints]:
    """Status of each due date, and calendar days past due: overdue, today, tomorrow (the next working day), ok."""
    today = np.datetime64(as_of, "D")
    next_day = np.datetime64(calendar.after(as_of), "D")
    days = due.astype("datetime64[D]")
    status = filled(len(days), "ok")
    status[days == next_day], status[days == today], status[days < today] = "tomorrow", "today", "overdue"
    late = np.where(days < today, (today - days).astype(np.int64), 0)
    return status, late


def _in_order(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """All tasks, by customer, then due, then kind: missing data aside, a customer's first row is its next action."""
    tasks = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    if "person" not in tasks:
        tasks["person"] = pd.Series([None] * len(tasks), dtype=object)
    order = np.lexsort((tasks["kind"].map(KIND_ORDER).to_numpy(), tasks["due"].to_numpy(), tasks["customer"].to_numpy()))
    return tasks.iloc[order].reset_index(drop=True)


def _owners(tasks: pd.DataFrame, customers: Table) -> pd.Series:
    """Who does it: the customer's owner, without one whoever the log names; a sub-task whoever the log names for it."""
    owner = customers.frame["owner"].to_numpy(dtype=object)[tasks["customer"].to_numpy()]
    person = tasks["person"].to_numpy(dtype=object)
    named = tasks["name"].eq(NEED).to_numpy(dtype=bool) & ~pd.isna(person)
    return pd.Series(pick(pd.isna(owner) | named, pick(pd.isna(person), None, person), owner), dtype=object)


def _first_task(tasks: pd.DataFrame, size: int) -> Ints:
    """Each customer's next action: its first task, missing data and greetings only where there is nothing else."""
    first = np.full(size, -1, dtype=np.int64)
    customers, data = tasks["customer"].to_numpy(), (tasks["kind"] == "data").to_numpy(dtype=bool)
    care = tasks["name"].str.startswith(CARE).to_numpy(dtype=bool)
    for kind in (data, care, ~data & ~care):
        at = np.flatnonzero(kind)[::-1]
        first[customers[at]] = at
    return first


def _neglected(
    policy: Policy, tiers: Objects, active: Bools, customers: Table, log: Table, last: Times, as_of: dt.date
) -> list[Finding]:
    """Top-tier customers without contact in twice the first touch's interval (SPEC §4, Stalled).

    Where no table tells of contacts, silence proves nothing: that is one finding for all.
    """
    top = policy.tiers[0]
    every = policy.touches_of(top)[0].interval
    since = np.where(np.isnat(last), customers.frame["first_contact"].to_numpy("datetime64[s]"), last)
    limit = add_interval(since, Every(days=every.days * 2, months=every.months * 2))
    today = np.datetime64(as_of, "s")
    found = np.flatnonzero((tiers == top) & active & (limit < today))
    if len(found) and not log.regions and not customers.has("last_followup"):
        return [Finding("contacts-unrecorded", customers.ref("name", int(found[0])), None, {"tier": top, "count": len(found)})]
    days = (today.astype("datetime64[D]") - since.astype("datetime64[D]")).astype(np.int64)
    return [
        Finding("neglected", customers.ref("name", i), None, {"tier": top, "days": int(days[i]), "every": every.text("zh"), "every_en": every.text("en")})
        for i in found.tolist()
    ]
