"""What happens once and has a day (SPEC §4, Events): each opens on a fact, and is closed by what answers it.

An event is an ``Open``: which customers, the day it is counted from, what opened it.  ``event_tasks`` turns all of
them into tasks: due dates on working days, nothing for those who are paused, nothing 90 days past its due.  That no
entry has closed an event is a fact, too: its cells end with the range that was searched for one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from crmsheet.arrays import Bools, Ints, Objects, Times, filled, is_none, joined, pick, take
from crmsheet.plan.calendar import WorkCalendar
from crmsheet.plan.contacts import NAT, Contacts, day, unanswered
from crmsheet.plan.intervals import add_interval
from crmsheet.plan.log_words import SURVEY, mentions, said_in, states_need, submits_proposal
from crmsheet.plan.pauses import Pauses
from crmsheet.plan.required import missing_data
from crmsheet.policy.schema import EventName, EventRule, Every, Policy
from crmsheet.tables.table import Table

DROP_DAYS = 90  # past its due an event is no news any more
NEED = "new_need"  # a sub-task: whom the entry names does it
DATA = "required_data"  # closed by filling in the very cells that it cites


@dataclass(frozen=True)
class Facts:
    """All that events are read from."""

    customers: Table
    log: Table
    contacts: Contacts
    last: Times  # last contact, 最近跟进时间 included
    upgraded: Times  # day of the last move up, NaT without one
    persons: Bools
    as_of: dt.date

    def customer_day(self, field: str) -> Times:
        """A date column of the customers."""
        return day(self.customers.frame[field].to_numpy("datetime64[s]"))

    def entry_day(self, position: Ints) -> Times:
        """The day of some log rows; NaT at -1."""
        return np.append(day(self.log.frame["followup_at"].to_numpy("datetime64[s]")), NAT)[position]

    def staged(self, stage: str) -> Bools:
        """Customers of a stage."""
        return np.asarray(self.customers.frame["stage"].to_numpy(dtype=object) == stage, dtype=bool)


class Open(NamedTuple):
    """An open event, each of shape (customers,): the base day (NaT: not open), the cells that prove it, a detail."""

    base: Times
    cells: Objects
    detail: Objects | None = None
    person: Objects | None = None  # who is to do it, where the log says so


def event_tasks(policy: Policy, facts: Facts, pool: Objects, paused: Pauses, calendar: WorkCalendar) -> pd.DataFrame:
    """One row an open event: customer, kind, due, text, method, cells, source, person, name, slack."""
    parts = [_tasks_of_none()]
    for name, rule in policy.events.items():
        opened = _EVENTS[name](facts, rule)
        due = _due(rule, opened.base, calendar, facts.as_of)
        waits = paused.snoozed | (paused.refused & (name != "revisit"))
        keep = ~np.isnat(due) & ~waits & ((pool == "lost") == (name == "revisit"))
        if not rule.keep:
            keep &= ~(np.datetime64(facts.as_of, "D") - due.astype("datetime64[D]") > np.timedelta64(DROP_DAYS, "D"))
        if keep.any():
            at = np.flatnonzero(keep)
            cells = opened.cells[at] if name == DATA else unanswered(opened.cells[at], facts.log)
            parts.append(_tasks(name, rule, opened, cells, due, at, facts.as_of))
    return pd.concat(parts[1:] or parts, ignore_index=True)


def _due(rule: EventRule, base: Times, calendar: WorkCalendar, as_of: dt.date) -> Times:
    """Interval after the base, moved to a working day; working-day deadlines count working days."""
    if not rule.working:
        due = add_interval(base, rule.interval)
        return calendar.roll_forward(due.astype("datetime64[D]")).astype("datetime64[s]")
    days = base.astype("datetime64[D]")
    due = np.full(len(base), NAT, dtype="datetime64[s]")
    for one in np.unique(days[~np.isnat(days)]):
        due[days == one] = np.datetime64(calendar.add_working_days(one.item(), rule.interval.days), "s")
    return due


def _tasks(name: str, rule: EventRule, opened: Open, cells: Objects, due: Times, who: Ints, as_of: dt.date) -> pd.DataFrame:
    text = filled(len(who), rule.text)
    if opened.detail is not None:
        text = pick(opened.detail[who] == None, text, text + "（" + opened.detail[who] + "）")  # noqa: E711
    if rule.breach is not None:
        late = add_interval(opened.base[who], Every.read(rule.breach)) < np.datetime64(as_of, "s")
        text = pick(late, f"已超过{Every.read(rule.breach).text('zh').removeprefix('每')}未跟踪：" + text, text)
    return pd.DataFrame({
        "customer": who, "kind": "data" if name == DATA else "event", "due": due[who],
        "text": pd.Series(text, dtype=object), "method": pd.Series([None] * len(who), dtype=object),
        "cells": pd.Series(cells, dtype=object), "source": rule.source,
        "person": pd.Series([None] * len(who) if opened.person is None else opened.person[who], dtype=object), "name": name, "slack": 0,
    })  # fmt: skip


def _tasks_of_none() -> pd.DataFrame:
    texts = ("kind", "text", "method", "cells", "source", "person", "name")
    return pd.DataFrame({
        "customer": pd.Series(dtype=np.int64), "due": pd.Series(dtype="datetime64[s]"),
        **{name: pd.Series(dtype=object) for name in texts}, "slack": pd.Series(dtype=np.int64),
    })[["customer", "kind", "due", "text", "method", "cells", "source", "person", "name", "slack"]]  # fmt: skip


# ---------------------------------------------------------------- the events


def _open_until(base: Times, closed: Bools) -> Times:
    return np.where(closed, NAT, base)


def _second_followup(facts: Facts, rule: EventRule) -> Open:
    """意向: since 状态更新时间, else since the latest entry that says so; closed by any later entry."""
    changed = facts.customer_day("stage_changed_at")
    entry = facts.contacts.latest(np.asarray(facts.log.frame["stage"].to_numpy(dtype=object) == "意向", dtype=bool))
    base = np.where(np.isnat(changed), facts.entry_day(entry), changed)
    closed = ~facts.staged("意向") | (facts.contacts.last() > base)
    said = pick(facts.customers.present["stage_changed_at"], None, facts.log.cells("stage", entry))
    return Open(_open_until(base, closed), joined([_stage_cells(facts), _first_cells(facts, "stage_changed_at", entry), said]))


def _proposal(facts: Facts, rule: EventRule) -> Open:
    """A proposal was handed in; closed by any later entry."""
    topic, summary = (said_in(facts.log, (name,), submits_proposal) for name in ("topic", "summary"))
    entry = facts.contacts.latest(topic | summary)
    base = facts.entry_day(entry)
    said = pick(np.append(summary, False)[entry], facts.log.cells("summary", entry), facts.log.cells("topic", entry))
    cells = joined([facts.log.cells("followup_at", entry), said])
    return Open(_open_until(base, facts.contacts.last() > base), cells, _on_day("提交于", base))


def _renewal(facts: Facts, rule: EventRule) -> Open:
    """成交 with 到期时间; closed by an entry on or after the day it is due."""
    ends = facts.customer_day("expires_at")
    closed = ~facts.staged("成交") | (facts.contacts.last() >= add_interval(ends, rule.interval))
    cells = joined([_stage_cells(facts), facts.customers.cells("expires_at")])
    return Open(_open_until(ends, closed), cells, _on_day("到期", ends))


def _revisit(facts: Facts, rule: EventRule) -> Open:
    """流失: since 状态更新时间, else since the last contact; closed by any later entry."""
    changed = facts.customer_day("stage_changed_at")
    base = np.where(np.isnat(changed), facts.last, changed)
    closed = ~facts.staged("流失") | (facts.contacts.last() > base)
    entry = np.where(facts.last > facts.contacts.last(), -1, facts.contacts.latest())  # -1: 最近跟进时间 knows of a later one
    return Open(_open_until(base, closed), joined([_stage_cells(facts), _first_cells(facts, "stage_changed_at", entry)]))


def _survey(facts: Facts, rule: EventRule) -> Open:
    """成交: since the last entry about 满意度, 调研 or 回访, else since 状态更新时间; closed by such an entry only."""
    topic, summary = (mentions(facts.log, (name,), SURVEY) for name in ("topic", "summary"))
    entry = facts.contacts.latest(topic | summary)
    changed = facts.customer_day("stage_changed_at")
    base = np.where(entry < 0, changed, facts.entry_day(entry))
    said = pick(np.append(topic, False)[entry], facts.log.cells("topic", entry), facts.log.cells("summary", entry))
    since = pick(entry < 0, facts.customers.cells("stage_changed_at"), facts.log.cells("followup_at", entry))
    return Open(_open_until(base, ~facts.staged("成交")), joined([_stage_cells(facts), since, said]))


def _new_plan(facts: Facts, rule: EventRule) -> Open:
    """Moved up; closed by a 计划制定日期 on or after the move, or by a later entry with a next step."""
    stepped = facts.entry_day(facts.contacts.latest(facts.log.present["next_plan"]))
    closed = (facts.customer_day("planned_at") >= facts.upgraded) | (stepped > facts.upgraded)
    cells = joined([facts.customers.cells("tier"), facts.customers.cells("planned_at")])
    return Open(_open_until(facts.upgraded, closed), cells)


def _new_need(facts: Facts, rule: EventRule) -> Open:
    """The customer said a new need or a problem; closed by any later entry.  A dated next step of that entry is a commitment of its own."""
    log = facts.log
    feedback, summary = (said_in(log, (name,), states_need) for name in ("feedback", "summary"))
    promised = log.present["next_plan"] & ~np.isnat(log.frame["due_at"].to_numpy("datetime64[s]"))
    entry = facts.contacts.latest(feedback | summary)
    base = facts.entry_day(entry)
    closed = (facts.contacts.last() > base) | np.append(promised, False)[entry]
    said = pick(np.append(feedback, False)[entry], log.cells("feedback", entry), log.cells("summary", entry))
    person = take(log.frame["next_owner"].to_numpy(dtype=object), entry)
    cells = joined([log.cells("followup_at", entry), said, log.cells("next_owner", np.where(is_none(person), -1, entry))])
    return Open(_open_until(base, closed), cells, _on_day("提出于", base), person)


def _required_data(facts: Facts, rule: EventRule) -> Open:
    """Required values are missing; closed when they are there, so due soon from today."""
    missing, cells = missing_data(facts.customers, facts.persons)
    base = np.where(missing == None, NAT, np.datetime64(facts.as_of, "s"))  # noqa: E711
    return Open(base, cells, missing)


_EVENTS: Mapping[EventName, Callable[[Facts, EventRule], Open]] = {
    "second_followup": _second_followup, "proposal": _proposal, "renewal": _renewal, "revisit": _revisit,
    "survey": _survey, "new_plan": _new_plan, "new_need": _new_need, "required_data": _required_data,
}  # fmt: skip


# ---------------------------------------------------------------- cells and words


def _stage_cells(facts: Facts) -> Objects:
    """The customer's stage: without it there is no such event."""
    return facts.customers.cells("stage")


def _first_cells(facts: Facts, field: str, entry: Ints) -> Objects:
    """The customer's own date cell where it is filled, else that of the entry, else that of 最近跟进时间."""
    logged = pick(entry < 0, facts.customers.cells("last_followup"), facts.log.cells("followup_at", entry))
    return pick(facts.customers.present[field], facts.customers.cells(field), logged)


def _on_day(word: str, days: Times) -> Objects:
    shown = np.datetime_as_string(days.astype("datetime64[D]")).astype(object)
    return pick(np.isnat(days), None, shown + word if word == "到期" else word + shown)
