"""Greetings at festivals and birthdays (S002-44): care, not marketing, for the tiers that the policy names.

A birthday is private: a task says in which week it is and never on which day.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from crmsheet.arrays import Bools, Objects, is_one_of, joined
from crmsheet.plan.calendar import WorkCalendar
from crmsheet.plan.contacts import Contacts, unanswered
from crmsheet.plan.log_words import said_in
from crmsheet.policy.schema import Policy
from crmsheet.tables.table import Table

AHEAD = 14  # days before its last day from which a greeting is planned (assumption)
CARE = "care-"  # what the names of greetings begin with
_WEEK = dt.timedelta(days=7)
_GREETING = re.compile(r"祝福|问候|关怀|生日|贺卡|祝贺|节日快乐")
_FESTIVAL = "{name}关怀（非营销）：送上个性化的{name}祝福，不谈业务"
_BIRTHDAY = "{week}生日关怀（非营销）：哪一天见客户表的“{header}”列，当天送上祝福，不谈业务"


class _Greeting(NamedTuple):
    """One occasion: its ``name`` tells it from others over the runs; the customers; the last working day for it."""

    name: str
    text: str
    customers: Bools
    since: dt.date  # an entry about a greeting from this day on closes it
    due: dt.date
    cell: str  # field of the customers that it rests on


def care_tasks(
    policy: Policy, tiers: Objects, active: Bools, customers: Table, log: Table, contacts: Contacts, calendar: WorkCalendar, as_of: dt.date
) -> pd.DataFrame | None:
    """One row a greeting that is still to come, as events have them; None without any.

    ``active``: customers that may be contacted at all.  A day that has passed is no task: nobody is greeted late.
    """
    if policy.care is None:
        return None
    wanted = active & is_one_of(tiers, policy.care.tiers or policy.tiers[:1])
    greeted = contacts.last(said_in(log, ("topic", "summary"), _GREETING.search)[contacts.entries["position"].to_numpy()])
    parts = [
        _tasks(one, at, customers, log, policy.care.source)
        for one in (*_festivals(policy, customers, calendar, as_of), *_birthdays(policy, customers, calendar, as_of))
        if len(at := np.flatnonzero(wanted & one.customers & ~(greeted >= np.datetime64(one.since, "s"))))
    ]
    return pd.concat(parts, ignore_index=True) if parts else None


def _festivals(policy: Policy, customers: Table, calendar: WorkCalendar, as_of: dt.date) -> Iterator[_Greeting]:
    """Those whose last working day before the festival is within the next days."""
    assert policy.care is not None
    everybody = np.ones(len(customers), dtype=bool)
    for year in (as_of.year, as_of.year + 1):
        for name, day in calendar.festivals(year).items():
            due = calendar.before(day)
            if name in policy.care.festivals and as_of <= due <= as_of + dt.timedelta(days=AHEAD):
                yield _Greeting(CARE + name, _FESTIVAL.format(name=name), everybody, due - dt.timedelta(days=AHEAD), due, "tier")


def _birthdays(policy: Policy, customers: Table, calendar: WorkCalendar, as_of: dt.date) -> Iterator[_Greeting]:
    """Those of as-of's week and of the next: the due day is the week's last working day for all of them."""
    assert policy.care is not None
    if not policy.care.birthdays or not customers.has("birthday"):
        return
    born = customers.frame["birthday"].to_numpy("datetime64[D]")
    month = born.astype("datetime64[M]")
    days = (month.astype(np.int64) % 12 + 1) * 100 + (born - month).astype(np.int64) + 1
    monday = as_of - dt.timedelta(days=as_of.weekday())
    for week, first in (("本周", monday), ("下周", monday + _WEEK)):
        those = ~np.isnat(born) & np.isin(days, list(_month_days(first)))
        due = max(calendar.before(first + _WEEK), as_of)
        text = _BIRTHDAY.format(week=week, header=customers.header("birthday"))
        yield _Greeting(CARE + "birthday", text, those, first - _WEEK, due, "birthday")


def _month_days(first: dt.date) -> Iterator[int]:
    """Month and day (321: 21 March) of seven days; whoever was born on 29 February has the 28th in other years."""
    for day in (first + dt.timedelta(days=number) for number in range(7)):
        yield day.month * 100 + day.day
        if (day.month, day.day) == (2, 28) and (day + dt.timedelta(days=1)).month == 3:
            yield 229


def _tasks(one: _Greeting, at: np.ndarray[tuple[int], np.dtype[np.int64]], customers: Table, log: Table, source: str) -> pd.DataFrame:
    field = one.cell if customers.has(one.cell) else "name"
    cells = unanswered(joined([customers.cells(field, at)]), log)
    blank = pd.Series([None] * len(at), dtype=object)
    return pd.DataFrame({
        "customer": at, "kind": "event", "due": np.datetime64(one.due, "s"), "text": pd.Series([one.text] * len(at), dtype=object), "method": blank,
        "cells": pd.Series(cells, dtype=object), "source": source, "person": blank, "name": one.name, "slack": 0,
    })  # fmt: skip
