"""One customer's story: facts, the score term by term, contacts, moves, tasks and findings, each with its cells."""

from __future__ import annotations

from collections import defaultdict
from functools import partial

import numpy as np
import pandas as pd

from crmsheet.findings import hint, message, severity
from crmsheet.model import Outcome, Past, ScoreTerm, TierChange
from crmsheet.review.blocks import Line, Stories, Story
from crmsheet.review.frames import dates, evidence_cells, finding_customers, texts, values, whole
from crmsheet.review.words import Say

STORIES = 5_000  # customers whose stories an HTML page tells (SPEC §8)
_TASKS, _FOUND = 4, 5  # of one customer; the plan and the findings have them all
_BRIEF = ("id", "owner", "tier_effective")
_FACTS = ("contact_shown", "industry", "region", "stage")
Lines = tuple[Line, ...]


def story_anchor(position: int) -> str:
    """The anchor of a customer's story."""
    return f"k{position}"


def stories(outcome: Outcome, say: Say) -> list[Stories]:
    """The stories of the customers that are first in line, made only when a page shows them; without customers none."""
    if not len(outcome.customers):
        return []
    left = len(outcome.customers) - STORIES
    note = say("stories_left", shown=STORIES, left=left) if left > 0 else say("stories_note")
    return [Stories("stories", say("stories"), note, partial(tell, outcome, say))]


def tell(outcome: Outcome, say: Say) -> list[Story]:
    """The stories, first in rank first."""
    order: list[int] = np.argsort(outcome.customers["rank"].to_numpy(dtype=np.int64), kind="stable")[:STORIES].tolist()
    people, pasts = outcome.customers.iloc[order], outcome.pasts(order)
    sheets = texts(people, "sheet")
    parts = zip(
        _facts(people, sheets, say), _next(outcome, order, sheets), _scores(outcome.score_terms(order), sheets, say),
        _tasks(outcome, order, sheets, say), _talks(pasts, say), _moves(pasts, say), _found(outcome, order, sheets, say), strict=True,
    )  # fmt: skip
    titles = [say(f"story_{name}") for name in ("facts", "next", "score", "tasks", "talks", "moves", "findings")]
    names = [name or ident for name, ident in zip(texts(people, "name_shown"), texts(people, "id"), strict=True)]
    brief = zip(*(texts(people, name) for name in _BRIEF), [say.word("status", one) for one in values(people, "status")], strict=True)
    return [
        Story(story_anchor(at), name, " · ".join(filter(None, words)), tuple(pair for pair in zip(titles, told, strict=True) if pair[1]))
        for at, name, words, told in zip(order, names, brief, parts, strict=True)
    ]


def _cells(joined: str, sheet: str) -> str:
    """Addresses without the name of the customer's own sheet: ``F2、G2、跟进记录!C7``."""
    return f",{joined}".replace(f",{sheet}!", ",")[1:].replace(",", "、") if joined else ""


def _facts(people: pd.DataFrame, sheets: list[str], say: Say) -> list[Lines]:
    """The tier with its reasons, and what the table says of the customer."""
    tier, profile, blank = say("tier"), say("profile"), say("blank")
    graded = zip(texts(people, "tier_in_sheet"), texts(people, "tier"), texts(people, "evidence"), evidence_cells(people), sheets, strict=True)
    tiers = [Line(tier, say("tier_told", sheet=told or blank, policy=policy, why=why or "—"), _cells(cells, sheet)) for told, policy, why, cells, sheet in graded]
    own = zip(*(texts(people, name) for name in _FACTS), strict=True)
    return [(line, Line(profile, " · ".join(filter(None, words)))) if any(words) else (line,) for line, words in zip(tiers, own, strict=True)]


def _next(outcome: Outcome, order: list[int], sheets: list[str]) -> list[Lines]:
    """距上一级: what would have to change, with the cell."""
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    if len(outcome.changes):
        mine = outcome.changes[outcome.changes["customer"].isin(order)]
        for customer, *line in zip(mine["customer"].tolist(), texts(mine, "text"), texts(mine, "cell"), strict=True):
            found[customer].append((line[0], line[1]))
    return [tuple(Line("", text, _cells(cell, sheet)) for text, cell in found.get(at, ())) for at, sheet in zip(order, sheets, strict=True)]


def _scores(scores: list[list[ScoreTerm]], sheets: list[str], say: Say) -> list[Lines]:
    """Points of the points there are, one line a known input; those that are not known are counted."""
    told = []
    for terms, sheet in zip(scores, sheets, strict=True):
        known = [Line(f"{one.points:g}/{one.weight:g}", one.text, _cells(one.cell or "", sheet)) for one in terms if one.points is not None]
        unknown = len(terms) - len(known)
        told.append((*known, Line("—", say("not_known", count=unknown))) if unknown else tuple(known))
    return told


def _tasks(outcome: Outcome, order: list[int], sheets: list[str], say: Say) -> list[Lines]:
    tasks = outcome.tasks[outcome.tasks["customer"].isin(order)]
    late, sheet_of = whole(tasks, "overdue_days"), dict(zip(order, sheets, strict=True))
    word = {**{days: say("late_by", days=days) for days in set(late)}, **{name: say.word("status", name) for name in set(values(tasks, "status"))}}
    rows = zip(tasks["customer"].tolist(), dates(tasks, "due"), late, values(tasks, "status"), texts(tasks, "text"), texts(tasks, "cells"), strict=True)
    found: dict[int, list[Line]] = defaultdict(list)
    for customer, due, days, status, text, cells in rows:
        if len(found[customer]) < _TASKS:
            found[customer].append(Line(f"{due} {word[days or status]}", text, _cells(cells, sheet_of[customer])))
    return [tuple(found.get(at, ())) for at in order]


def _talks(pasts: list[Past], say: Say) -> list[Lines]:
    left = [past.contacts - len(past.talks) for past in pasts]
    lines = [tuple(Line(f"{one.day} {one.methods}", one.words, one.cell or "") for one in past.talks) for past in pasts]
    return [(*some, Line("", say("talks_left", count=more))) if more else some for some, more in zip(lines, left, strict=True)]


def _moves(pasts: list[Past], say: Say) -> list[Lines]:
    return [tuple(_moved(one, say) for one in past.changes) for past in pasts]


def _moved(one: TierChange, say: Say) -> Line:
    way = say("from_tier_to", before=one.before or say("blank"), after=one.after or say("blank"))
    told = f"{way} {say.word('move', one.kind)} {one.state or ''}".strip()
    return Line(str(one.day), say("told_why", what=told, why=one.evidence) if one.evidence else told)


def _found(outcome: Outcome, order: list[int], sheets: list[str], say: Say) -> list[Lines]:
    """Findings of each customer's row, worst first as they are."""
    found: dict[int, list[Line]] = defaultdict(list)
    sheet_of = dict(zip(order, sheets, strict=True))
    for one, place in zip(outcome.findings, finding_customers(outcome), strict=True):
        if place in sheet_of and len(found[place]) < _FOUND:
            text = say("told_why", what=message(one, say.lang), why=hint(one, say.lang))
            found[place].append(Line(say.word("severity", severity(one)), text, _cells(str(one.where), sheet_of[place])))
    return [tuple(found.get(at, ())) for at in order]
