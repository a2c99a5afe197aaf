"""The period's plan per owner: overdue first, then today, then to the period's end; one that is due tomorrow is
told a day ahead (S002-45..51)."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from crmsheet.model import Outcome
from crmsheet.review.blocks import Column, Row, Section, Table
from crmsheet.review.calendar import calendar_table
from crmsheet.review.frames import (
    cell_names,
    customer_links,
    dates,
    due_in_period,
    held_customers,
    once,
    texts,
    tier_places,
    values,
    whole,
)
from crmsheet.review.words import STATUS_TONES, Say
from crmsheet.texts import Lang

HANDFUL = 5  # of each owner, on top
MOST = 100  # of each owner: more than anybody does in a period; the workbook itself has a date for every customer
_ORDER = {"overdue": 0, "today": 1, "tomorrow": 2, "ok": 3}


def plan(outcome: Outcome, lang: Lang) -> Section:
    """Each owner's list: how much it is, a handful to begin with, everything."""
    say, due = Say(lang), due_tasks(outcome, lang)
    place = due.groupby("who", sort=False).cumcount()
    first, listed = due[place < HANDFUL], due[place < MOST]
    blocks = [_load_table(due, say), calendar_table(outcome, due, say)] if len(due) else []
    if len(first) < len(due):
        blocks.append(_task_table(outcome, first, "first", say("begin_with", count=HANDFUL), lang))
    left = len(due) - len(listed)
    note = say("more_tasks", count=left, most=MOST) if left else ""
    blocks.append(_task_table(outcome, listed, "all", say("whole_plan"), lang, main=True, note=note))
    return Section("plan", say(f"plan_{outcome.period}"), tuple(blocks))


@once
def due_tasks(outcome: Outcome, lang: Lang) -> pd.DataFrame:
    """The period's tasks, owner by owner, most overdue owner first, each in the order to do them.

    Adds to the tasks' columns ``who`` (the task's owner, else the customer's, else 未指定), ``place`` (the
    customer's tier) and ``rank`` (the customer's).  The order is status, tier, days overdue, due, rank.
    """
    tasks, people = outcome.tasks, outcome.customers
    due = tasks[due_in_period(outcome)].copy()
    at = due["customer"].to_numpy(dtype="int64")
    owners = pd.Series(texts(people, "owner"), dtype=object).to_numpy()[at]
    due["who"] = [
        own or theirs or Say(lang)("no_owner")
        for own, theirs in zip(texts(due, "owner"), owners, strict=True)
    ]
    due["place"] = tier_places(outcome)[at]
    due["rank"] = people["rank"].to_numpy(dtype="int64")[at]
    due["step"] = due["status"].map(_ORDER).fillna(len(_ORDER)).astype("int64")
    late, all_of = (due["status"].eq("overdue").groupby(due["who"]).sum(), due.groupby("who").size())
    due["late"], due["load"] = due["who"].map(late).astype("int64"), due["who"].map(all_of).astype("int64")
    due["data"] = due["kind"].eq("data")  # completing the file waits until the customers are seen to
    by = ["late", "load", "who", "data", "step", "place", "overdue_days", "due", "rank"]
    return due.sort_values(by, ascending=[False, False, True, True, True, True, False, True, True], kind="stable")


def owner_table(outcome: Outcome, lang: Lang, most: int | None = None) -> Table:
    """How much each owner has in the period, most overdue first; ``most`` keeps the first only."""
    return _load_table(due_tasks(outcome, lang), Say(lang), most)


def _load_table(due: pd.DataFrame, say: Say, most: int | None = None) -> Table:
    counts = Counter(zip(values(due, "who"), values(due, "status"), strict=True))
    loads = {owner: [counts[owner, status] for status in _ORDER] for owner in dict.fromkeys(values(due, "who"))}
    rows: list[Row] = [(owner, *load, sum(load)) for owner, load in loads.items()]
    shown = rows if most is None else rows[:most]
    left = len(rows) - len(shown)
    columns = (
        Column("owner", say("owner"), width=26),
        *(Column(name, say.word("status", name).capitalize(), "int", 10) for name in ("overdue", "today", "tomorrow")),
        Column("later", say("later"), "int", 10),
        Column("total", say("total"), "int", 10),
    )
    return Table(
        "owners", say("by_owner"), columns, shown, empty=say("nothing_due"),
        note=say("more_owners", count=left) if left else say("load_note") if most is None and rows else "", see="plan" if left else None,
    )  # fmt: skip


def _task_table(
    outcome: Outcome, due: pd.DataFrame, key: str, title: str, lang: Lang, main: bool = False, note: str = ""
) -> Table:
    say, people = Say(lang), outcome.customers
    at = due["customer"].tolist()
    who = people.iloc[at]
    late = [days or None for days in whole(due, "overdue_days")]
    rows: list[Row] = list(zip(
        values(due, "who"),
        [say.word("status", status) for status in values(due, "status")],
        customer_links(outcome, at), texts(who, "id"), texts(who, "tier_effective"),
        dates(due, "due"), late, texts(due, "text"), texts(due, "method"),
        [say.word("kind", kind) for kind in values(due, "kind")],
        [cell_names(cells) for cells in values(due, "cells")],
        strict=True,
    ))  # fmt: skip
    held = held_customers(outcome)
    return Table(
        key, title, _task_columns(say), rows, empty=say("nothing_due"), group="owner", main=main, note=note,
        rank=due["rank"].tolist(), held=None if held is None else held[at].tolist(),
    )  # fmt: skip


def _task_columns(say: Say) -> tuple[Column, ...]:
    return (
        Column("owner", say("owner"), width=12),
        Column("status", say("status"), width=10, tones=say.tones("status", STATUS_TONES)),
        Column("customer", say("customer"), "cell", 26),
        Column("id", say("customer_id"), width=12),
        Column("tier", say("tier"), width=8),
        Column("due", say("due"), "date", 12),
        Column("late", say("overdue_days"), "int", 9),
        Column("task", say("task"), width=50),
        Column("method", say("method"), width=12),
        Column("kind", say("task_kind"), width=10),
        Column("cells", say("cells"), "cell", 24),
    )
