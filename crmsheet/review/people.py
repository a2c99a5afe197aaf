"""All customers, first in line first."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmsheet.model import Outcome
from crmsheet.review.blocks import Column, Link, Row, Section, Table
from crmsheet.review.frames import (
    customer_anchor,
    dates,
    finding_customers,
    held_customers,
    texts,
    values,
    whole,
)
from crmsheet.review.problems import finding_anchor
from crmsheet.review.stories import stories, story_anchor
from crmsheet.review.words import STATUS_TONES, Say
from crmsheet.texts import Lang


def customers(outcome: Outcome, lang: Lang) -> Section:
    """The list of customers by rank, each with its next action and its problems; and the story of each."""
    say, rank = Say(lang), outcome.customers["rank"].to_numpy(dtype=np.int64)
    order: list[int] = np.argsort(rank, kind="stable").tolist()
    held = held_customers(outcome)
    table = Table(
        "customers", say("customers"), _columns(say, outcome.tiers), _rows(outcome, say, order), empty=say("no_customers"), main=True,
        filters=("owner", "tier", "stage", "status", "tags"), tagged="tags",
        anchors=[customer_anchor(at) for at in order], rank=range(len(order)),
        held=None if held is None else held[order].tolist(),
    )  # fmt: skip
    return Section("customers", say("customers"), (table, *stories(outcome, say)))


def _rows(outcome: Outcome, say: Say, order: list[int]) -> list[Row]:
    people = outcome.customers.iloc[order]
    actions, due, method = _next_actions(outcome)
    places = [
        place if place is not None and place >= 0 else len(actions) - 1 for place in whole(people, "task")
    ]
    return list(zip(
        texts(people, "id"),
        [Link(name, anchor=story_anchor(at)) if name else "" for at, name in zip(order, texts(people, "name_shown"), strict=True)],
        texts(people, "owner"), texts(people, "contact_shown"),
        texts(people, "tier_in_sheet"), texts(people, "tier"), whole(people, "score"), _confidence(people),
        _to_next(outcome, order), texts(people, "stage"),
        [say.word("status", status) for status in values(people, "status")],
        [days or None for days in whole(people, "overdue_days")],
        [actions[place] for place in places], [method[place] for place in places], [due[place] for place in places],
        _issues(outcome, order), texts(people, "tags"),
        strict=True,
    ))  # fmt: skip


def _confidence(people: pd.DataFrame) -> list[float | None]:
    """The share of weight that a score rests on; blank without a score."""
    scored = zip(values(people, "score"), values(people, "score_confidence"), strict=True)
    return [None if score is None else share / 100 for score, share in scored]


def _next_actions(outcome: Outcome) -> tuple[list[str], list[object], list[str]]:
    """Text, due date and method of every task, and blanks last for a customer without one."""
    tasks = outcome.tasks
    return [*texts(tasks, "text"), ""], [*dates(tasks, "due"), None], [*texts(tasks, "method"), ""]


def _to_next(outcome: Outcome, order: list[int]) -> list[str]:
    """距上一级 of each customer."""
    return texts(outcome.customers.iloc[order], "to_next") if "to_next" in outcome.customers else [""] * len(order)


def _issues(outcome: Outcome, order: list[int]) -> list[Link | str]:
    """数据问题 of each customer, leading to the first finding in its row."""
    issues = texts(outcome.customers, "issues")
    first: dict[int, int] = {}
    for position, place in enumerate(finding_customers(outcome)):
        if place is not None:
            first.setdefault(place, position)
    return [
        Link(issues[at], anchor=finding_anchor(first[at])) if issues[at] and at in first else issues[at]
        for at in order
    ]


def _columns(say: Say, tiers: tuple[str, ...]) -> tuple[Column, ...]:
    return (
        Column("id", say("customer_id"), width=12),
        Column("customer", say("customer"), width=26),
        Column("owner", say("owner"), width=10),
        Column("contact", say("contact"), width=20),
        Column("tier_in_sheet", say("tier_in_sheet"), width=10, order=tiers),
        Column("tier", say("tier_by_policy"), width=10, order=tiers),
        Column("score", say("score"), "int", 9),
        Column("confidence", say("score_confidence"), "percent", 9),
        Column("to_next", say("to_next"), width=30),
        Column("stage", say("stage"), width=10),
        Column("status", say("status"), width=10, tones=say.tones("status", STATUS_TONES)),
        Column("late", say("overdue_days"), "int", 9),
        Column("action", say("next_action"), width=50),
        Column("method", say("method"), width=12),
        Column("due", say("due"), "date", 12),
        Column("issues", say("issues"), width=36),
        Column("tags", say("tags"), width=40),
    )
