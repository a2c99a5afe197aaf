"""What ``crmsheet handover`` says: each customer with who takes over and what to know; as lines or as a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from crmsheet.model import Handover, Outcome
from crmsheet.outreach.reminders import plain
from crmsheet.review.handover import Brief, briefs, how_words, talk_words, todo_words, why_words
from crmsheet.review.words import Say, tier_word
from crmsheet.texts import Lang, say

Json = dict[str, Any]


def handover_lines(outcome: Outcome, cases: Sequence[Handover], lang: Lang) -> Iterator[str]:
    """The list for people, owner by owner."""
    day, words = outcome.as_of.isoformat(), Say(lang)
    yield say("cli", "handover_head" if cases else "handover_none", lang, workbook=outcome.workbook, as_of=day, count=len(cases))
    for owner, theirs in groupby(briefs(outcome, cases, lang), lambda one: one.case.owner):
        own = list(theirs)
        yield say("cli", "handover_owner", lang, owner=plain(owner), count=len(own))
        for one in own:
            yield from _lines(one, words)


def _lines(one: Brief, words: Say) -> Iterator[str]:
    customer = " ".join(filter(None, (plain(one.id), plain(one.name))))
    yield say("cli", "handover_customer", words.lang, customer=customer, tier=tier_word(one.tier, words) if one.tier else "—",
              to=plain(one.case.successor or words("handover_lead")), why=why_words(one.case, words))  # fmt: skip
    known = {
        "handover_how": how_words(one.case, words), "handover_reasons": one.evidence,
        "handover_talks": "；".join(map(talk_words, one.talks)), "handover_promises": todo_words(one.promises, words),
        "handover_tasks": todo_words(one.tasks, words), "due": one.next_due.isoformat() if one.next_due else "",
        "current_strategy": one.case.strategy or "", "handover_risks": words("list_separator").join(one.risks),
    }  # fmt: skip
    for key, text in known.items():
        if text:
            yield say("cli", "handover_line", words.lang, what=words(key), text=plain(text))


def handover_document(outcome: Outcome, cases: Sequence[Handover]) -> Json:
    """The document of ``crmsheet handover --json`` (``templates/handover.schema.json``)."""
    return {
        "schema": "crmsheet.handover/1", "workbook": outcome.workbook, "as_of": outcome.as_of.isoformat(),
        "customers": [_fields(one) for one in briefs(outcome, cases, "zh")],
    }  # fmt: skip


def _fields(one: Brief) -> Json:
    case = one.case
    return {
        "id": one.id or None, "name": one.name or None, "tier": one.tier or None, "from": case.owner, "why": case.why,
        "since": case.since.isoformat() if case.since else None, "to": case.successor, "how": case.how, "role": case.role,
        "spare": round(case.spare, 2) if case.successor else None, "asked": round(case.asked, 2), "evidence": one.evidence or None,
        "contacts": [{"date": talk.day.isoformat(), "methods": talk.methods, "words": talk.words, "cell": talk.cell} for talk in one.talks],
        "promises": [_todo(todo.due.isoformat(), todo.text, todo.late) for todo in one.promises],
        "tasks": [_todo(todo.due.isoformat(), todo.text, todo.late) for todo in one.tasks],
        "next_due": one.next_due.isoformat() if one.next_due else None, "strategy": case.strategy, "risks": list(one.risks),
    }  # fmt: skip


def _todo(due: str, text: str, late: int) -> Json:
    return {"due": due, "text": text, "overdue_days": late}
