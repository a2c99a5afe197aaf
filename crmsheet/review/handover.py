"""Customers that need another owner, and what whoever takes over must know (S000-38, S002-106)."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from crmsheet.model import Handover, Outcome, Talk
from crmsheet.review.blocks import Column, Row, Section, Table, Text
from crmsheet.review.frames import customer_links, dates, finding_customers, texts, values, whole
from crmsheet.review.words import Say, tier_word
from crmsheet.texts import Lang

MOST = 500  # customers told in the review; crmsheet handover tells all
_TALKS = 3  # last contacts of each customer
_TASKS = 5
_RISK = re.compile(r"【([^】]*风险[^】]*)】")
_JOIN = {"zh": "；\n", "en": ";\n"}  # a line each in Excel, one paragraph on a page


class Todo(NamedTuple):
    """One task in words."""

    due: dt.date
    text: str
    late: int


class Brief(NamedTuple):
    """What the successor must know of one customer; private values are masked as everywhere outside the workbook."""

    case: Handover
    id: str
    name: str
    tier: str
    evidence: str
    talks: tuple[Talk, ...]
    promises: tuple[Todo, ...]
    tasks: tuple[Todo, ...]
    next_due: dt.date | None
    risks: tuple[str, ...]


def briefs(outcome: Outcome, cases: Sequence[Handover], lang: Lang) -> list[Brief]:
    """One a case, in the same order."""
    at = [one.customer for one in cases]
    people, say = outcome.customers.iloc[at], Say(lang)
    todo = _todo(outcome, at)
    first, due = values(people, "task"), dates(outcome.tasks, "due")
    rows = zip(cases, texts(people, "id"), texts(people, "name_shown"), texts(people, "tier_effective"), texts(people, "evidence"),
               outcome.pasts(at), first, _risks(outcome, at, say), strict=True)  # fmt: skip
    return [
        Brief(case, ident, name, tier, evidence, past.talks[:_TALKS], tuple(todo[case.customer, True]), tuple(todo[case.customer, False][:_TASKS]),
              due[task] if task >= 0 else None, risks)
        for case, ident, name, tier, evidence, past, task, risks in rows
    ]  # fmt: skip


def _todo(outcome: Outcome, at: Sequence[int]) -> dict[tuple[int, bool], list[Todo]]:
    """Open tasks by customer and whether they were promised, the first due first."""
    tasks = outcome.tasks[outcome.tasks["customer"].isin(at)]
    found: dict[tuple[int, bool], list[Todo]] = defaultdict(list)
    rows = zip(tasks["customer"].tolist(), values(tasks, "kind"), dates(tasks, "due"), texts(tasks, "text"), whole(tasks, "overdue_days"), strict=True)
    for customer, kind, due, text, late in rows:
        found[customer, kind == "commitment"].append(Todo(due, text, late or 0))
    return found


def _risks(outcome: Outcome, at: Sequence[int], say: Say) -> list[tuple[str, ...]]:
    """What may lose the customer: neglect, what is late, a pause, loss in sight, a tag that says risk."""
    neglected = {
        place for found, place in zip(outcome.findings, finding_customers(outcome), strict=True) if found.code == "neglected"
    }
    people = outcome.customers.iloc[list(at)]
    rows = zip(at, values(people, "status"), whole(people, "overdue_days"), values(people, "proposed_stage"), texts(people, "tags"), strict=True)
    return [
        tuple(filter(None, (
            say("handover_neglected") if place in neglected else "",
            say("late_by", days=late) if late else "",
            say.word("status", status) if status in ("paused", "dormant", "lost") else "",
            say("handover_losing", stage=stage) if stage else "",
            *_RISK.findall(tags),
        )))
        for place, status, late, stage, tags in rows
    ]  # fmt: skip


def handover(outcome: Outcome, lang: Lang) -> Section:
    """Who takes over what and why, and what there is to know; nothing to hand over, no section."""
    return handover_section(outcome, outcome.handovers, lang, MOST)


def handover_section(outcome: Outcome, cases: Sequence[Handover], lang: Lang, most: int | None = None) -> Section:
    """Some cases; ``most``: only the first are told."""
    say, shown = Say(lang), list(cases[:most])
    if not shown:
        return Section("handover", say("handover"), ())
    known, links = briefs(outcome, shown, lang), customer_links(outcome, [one.customer for one in shown])
    rank = outcome.customers["rank"].iloc[[one.customer for one in shown]].tolist()
    who: list[Row] = [
        (one.case.owner, link, one.id, one.tier, why_words(one.case, say), one.case.successor or say("handover_lead"), how_words(one.case, say))
        for one, link in zip(known, links, strict=True)
    ]
    told: list[Row] = [
        (one.case.successor or say("handover_lead"), link, say("told_why", what=_tier(one.tier, say), why=one.evidence or "—"), _JOIN[lang].join(map(talk_words, one.talks)) or say("never"),
         todo_words(one.promises, say), todo_words(one.tasks, say), one.next_due, one.case.strategy, say("list_separator").join(one.risks))
        for one, link in zip(known, links, strict=True)
    ]  # fmt: skip
    left = len(cases) - len(shown)
    note = say("handover_note") + (say("handover_more", count=left) if left else "")
    return Section("handover", say("handover"), (
        Text(note), Table("takeover", say("handover_who"), _who_columns(say), who, group="owner", rank=rank),
        Table("briefs", say("handover_know"), _know_columns(say), told, main=True, rank=rank),
    ))  # fmt: skip


def _tier(tier: str, say: Say) -> str:
    return tier_word(tier, say) if tier else "—"


def why_words(one: Handover, say: Say) -> str:
    """Why the customer is handed over."""
    return say(f"handover_{one.why}", day=one.since.isoformat() if one.since else "").strip()


def how_words(one: Handover, say: Say) -> str:
    """Why this successor, with the figures of his week."""
    text = say(f"handover_how_{one.how}", role=say.word("role", one.role), spare=f"{one.spare:.1f}", asked=f"{one.asked:.1f}")
    over = one.asked - one.spare
    return text + (say("handover_over", over=f"{over:.1f}") if one.successor and over >= 0.05 else "")


def talk_words(one: Talk) -> str:
    """One contact on a line."""
    return " ".join(filter(None, (one.day.isoformat(), one.methods, one.words)))


def todo_words(todo: Sequence[Todo], say: Say) -> str:
    """Tasks one after the other."""
    return _JOIN[say.lang].join(" ".join(filter(None, (one.due.isoformat(), say("late_by", days=one.late) if one.late else "", one.text))) for one in todo)


def _who_columns(say: Say) -> tuple[Column, ...]:
    return (
        Column("owner", say("handover_from"), width=12),
        Column("customer", say("customer"), "cell", 26),
        Column("id", say("customer_id"), width=12),
        Column("tier", say("tier"), width=8),
        Column("why", say("handover_why"), width=22),
        Column("successor", say("handover_to"), width=14),
        Column("how", say("handover_how"), width=50),
    )


def _know_columns(say: Say) -> tuple[Column, ...]:
    return (
        Column("successor", say("handover_to"), width=12),
        Column("customer", say("customer"), "cell", 24),
        Column("reasons", say("handover_reasons"), width=30),
        Column("talks", say("handover_talks"), width=36),
        Column("promises", say("handover_promises"), width=28),
        Column("tasks", say("handover_tasks"), width=36),
        Column("next", say("due"), "date", 12),
        Column("strategy", say("current_strategy"), width=20),
        Column("risks", say("handover_risks"), width=18),
    )
