"""When each customer's touches are due (SPEC §4, Touches and Due dates)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd

from crmsheet.arrays import Bools, Ints, Objects, Times, filled, is_one_of, joined, pick, some
from crmsheet.plan.calendar import WorkCalendar
from crmsheet.plan.contacts import NAT, Contacts, day
from crmsheet.plan.intervals import add_interval
from crmsheet.plan.log_words import mentions
from crmsheet.policy.schema import DORMANT, Every, Policy, TakenTouch, Touch
from crmsheet.tables.table import Table

ONLINE = "线上"  # 微信, 企微, 短信: meets a touch without a method, and one by phone or mail (VOCABULARY)


def touch_tasks(
    policy: Policy,
    tiers: Objects,
    gap: Bools,
    active: Bools,
    customers: Table,
    log: Table,
    contacts: Contacts,
    stated: Times,
    senior: Sequence[str],
    calendar: WorkCalendar,
    as_of: dt.date,
) -> pd.DataFrame:
    """One row a touch and customer: customer, due, text, method, who, source, cells, name, slack.

    ``tiers``: the tier whose touches each customer follows (未分级: the lowest tier's first); ``gap``: customers
    that also get the touches of the policy's ``gap``; ``active``: those that get touches at all; ``stated``:
    最近跟进时间 of the table itself.
    """
    first_contact = day(customers.frame["first_contact"].to_numpy("datetime64[s]"))
    newer = stated > _or_never(contacts.last())  # 最近跟进时间 knows of a contact that the log does not hold
    parts = []
    for touch in policy.touches:
        is_first = policy.touches_of(touch.tier)[0] is touch
        who = (tiers == touch.tier) & active
        if is_first and touch.tier == policy.tiers[-1]:
            who |= ~is_one_of(tiers, (*policy.tiers, DORMANT)) & active
        if policy.gap is not None and touch.tier == policy.gap.touches_of:
            who |= gap & active
        at = np.flatnonzero(who)
        if len(at):
            about = _about(touch, log, senior)
            entry = _last_met(contacts, _meets(touch, contacts, about))
            by_table = newer & is_first
            met = np.where(by_table, stated, _day_of(log, entry))
            due = _due(touch.interval, met, first_contact, is_first, as_of)
            counts = np.isnat(met) & (is_first | (due > np.datetime64(as_of, "s")))
            cells = pick(by_table[at], customers.cells("last_followup", at), _entry_cells(touch, log, entry[at], about))
            cells = pick(np.isnat(met[at]), _never_cells(customers, log, at, counts[at]), cells)
            if isinstance(touch, TakenTouch):
                cells = joined([cells, filled(len(at), touch.cell)])
            parts.append(_tasks(touch, at, due, cells, calendar))
    return pd.concat(parts, ignore_index=True) if parts else _tasks_of_none()


def _or_never(times: Times) -> Times:
    """NaT as a day before all others, so that comparisons hold."""
    return np.where(np.isnat(times), np.datetime64("0001-01-01", "s"), times)


def _about(touch: Touch, log: Table, senior: Sequence[str]) -> list[tuple[str, Bools]]:
    """Fields that may say that an entry was about what a touch asks for, with the log rows in which they do."""
    fields = [("topic", touch.topic), ("summary", touch.topic)]
    if touch.senior:
        fields += [("person", tuple(senior)), ("participants", tuple(senior))]
    return [(name, mentions(log, (name,), words)) for name, words in fields] if touch.topic else []


def _meets(touch: Touch, contacts: Contacts, about: Sequence[tuple[str, Bools]]) -> Bools:
    """Log entries that meet a touch: by method, and by what it was about where the touch asks for that."""
    entries = contacts.entries
    met = np.ones(len(entries), dtype=bool)
    if touch.methods:
        wanted = set(touch.methods) | ({ONLINE} if {"电话", "邮件"} & set(touch.methods) else set())
        codes, kinds = pd.factorize(entries["methods"])
        met = np.array([*(bool(wanted & set(kind)) for kind in kinds), False], dtype=bool)[codes]
    if about:
        met &= some([said for _, said in about])[entries["position"].to_numpy()]
    return met


def _last_met(contacts: Contacts, meets: Bools) -> Ints:
    """Log row of each customer's latest entry that meets a touch; -1 without one."""
    found = np.full(len(contacts.first_row), -1, dtype=np.int64)
    entries = contacts.entries[meets]
    found[entries["customer"].to_numpy()] = entries["position"].to_numpy()  # sorted by day: the latest stays
    return found[contacts.first_row]


def _day_of(log: Table, entry: Ints) -> Times:
    return np.append(day(log.frame["followup_at"].to_numpy("datetime64[s]")), NAT)[entry]


def _due(every: Every, met: Times, first_contact: Times, is_first: bool, as_of: dt.date) -> Times:
    """Last met + interval; never met: first contact + interval, or as-of; a later touch is then not due before as-of."""
    today = np.datetime64(as_of, "s")
    never = np.where(np.isnat(first_contact), today, add_interval(first_contact, every))
    if not is_first:
        never = np.where(never < today, today, never)
    return np.where(np.isnat(met), never, add_interval(met, every))


def _tasks(touch: Touch, who: Ints, due: Times, cells: Objects, calendar: WorkCalendar) -> pd.DataFrame:
    days = calendar.roll_forward(due[who].astype("datetime64[D]"))
    method = "/".join(touch.methods) or None
    return pd.DataFrame({
        "customer": who, "kind": "touch", "due": days.astype("datetime64[s]"),
        "text": _text(touch), "method": pd.Series([method] * len(who), dtype=object),
        "cells": pd.Series(cells, dtype=object), "source": touch.source, "name": touch.name, "slack": touch.interval.slack,
    })  # fmt: skip


def _text(touch: Touch) -> str:
    """What, how, by whom, how often: 电话或拜访：跟进项目进展…（资深销售，每7天）."""
    how = f"{'或'.join(touch.methods)}：" if touch.methods else f"{touch.name}："
    by = f"{touch.who}，" if touch.who else ""
    return f"{how}{touch.content}（{by}{touch.interval.text('zh')}）"


def _entry_cells(touch: Touch, log: Table, entry: Ints, about: Sequence[tuple[str, Bools]]) -> Objects:
    """The cells of the entry that met a touch: its day, its method, and what says that it was about it."""
    cited = [log.cells("followup_at", entry)]
    if touch.methods:
        how = np.append(log.present["method"], False)[entry]
        cited.append(pick(how, log.cells("method", entry), log.cells("how", entry)))
    told = np.zeros(len(entry), dtype=bool)
    for name, said in about:  # the first field that says it
        here = np.append(said, False)[entry] & ~told
        cited.append(log.cells(name, np.where(here, entry, -1)))
        told |= here
    return joined(cited)


def _never_cells(customers: Table, log: Table, at: Ints, counts: Bools) -> Objects:
    """A touch that nothing has met: the first contact where the day ``counts`` from it, and the range searched in vain."""
    searched = log.searched("followup_at") or None
    first = customers.cells("first_contact", np.where(counts | (searched is None), at, -1))
    cells = joined([first, filled(len(at), searched)])
    return pick(cells == "", customers.cells("tier" if customers.has("tier") else "name", at), cells)


def _tasks_of_none() -> pd.DataFrame:
    return pd.DataFrame({
        "customer": pd.Series(dtype=np.int64), "kind": pd.Series(dtype=object),
        "due": pd.Series(dtype="datetime64[s]"), "text": pd.Series(dtype=object), "method": pd.Series(dtype=object),
        "cells": pd.Series(dtype=object), "source": pd.Series(dtype=object), "name": pd.Series(dtype=object),
        "slack": pd.Series(dtype=np.int64),
    })  # fmt: skip
