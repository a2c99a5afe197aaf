"""One customer's story: facts, the score term by term, contacts, moves, tasks and findings, each with its cells."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from itertools import groupby

import numpy as np
import pandas as pd

from crmsheet.findings import hint, message, severity
from crmsheet.model import Outcome, Past, ScoreTerm, Talk, TierChange
from crmsheet.review.blocks import Line, Stories, Story
from crmsheet.review.frames import cell_names, customer_links, dates, evidence_cells, finding_customers, texts, values, whole
from crmsheet.review.words import Say, number

STORIES = 5_000  # customers whose stories an HTML page tells (SPEC §8)
_FOUND = 8  # findings of one customer
_BRIEF = ("id", "owner", "tier_effective")
_FACTS = (("owner", "owner"), ("contact", "contact_shown"), ("industry", "industry"), ("region", "region"), ("stage", "stage"), ("tags", "tags"))
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
    parts = zip(
        _facts(people, say), _next(outcome, order, say), [_terms(terms, say) for terms in outcome.score_terms(order)],
        _tasks(outcome, order, say), [_talks(past, say) for past in pasts], [tuple(_moved(one, say) for one in past.changes) for past in pasts],
        _found(outcome, order, say), strict=True,
    )  # fmt: skip
    titles = [say(f"story_{name}") for name in ("facts", "next", "score", "tasks", "talks", "moves", "findings")]
    brief = zip(*(texts(people, name) for name in _BRIEF), [say.word("status", one) for one in values(people, "status")], strict=True)
    links = customer_links(outcome, order)
    return [
        Story(story_anchor(at), link.text, " · ".join(filter(None, words)), tuple((title, lines) for title, lines in zip(titles, told, strict=True) if lines))
        for at, link, words, told in zip(order, links, brief, parts, strict=True)
    ]  # fmt: skip


def _facts(people: pd.DataFrame, say: Say) -> list[Lines]:
    """The tier with its reasons, and what the table says of the customer."""
    graded = zip(texts(people, "tier_in_sheet"), texts(people, "tier"), texts(people, "evidence"), evidence_cells(people), strict=True)
    tiers = [Line(say("tier"), say("tier_told", sheet=sheet or say("blank"), policy=tier, why=why or "—"), cell_names(cells)) for sheet, tier, why, cells in graded]
    columns = [[Line(say(key), text) for text in texts(people, name)] for key, name in _FACTS if name in people]
    return [(tier, *(line for line in lines if line.text)) for tier, *lines in zip(tiers, *columns, strict=True)]


def _next(outcome: Outcome, order: list[int], say: Say) -> list[Lines]:
    """距上一级: what would have to change, with the cell."""
    found: dict[int, list[Line]] = defaultdict(list)
    changes = outcome.changes
    if len(changes):
        mine = changes[changes["customer"].isin(order)]
        for customer, text, cell in zip(mine["customer"].tolist(), texts(mine, "text"), texts(mine, "cell"), strict=True):
            found[customer].append(Line("", text, cell))
    return [tuple(found.get(at, ())) for at in order]


def _terms(terms: list[ScoreTerm], say: Say) -> Lines:
    """Points of the points there are, one line a known input; those that are not known together in one."""
    known = tuple(Line(f"{number(one.points)}/{number(one.weight)}", one.text, one.cell or "") for one in terms if one.points is not None)
    unknown = say("list_comma").join(one.header for one in terms if one.points is None)
    return (*known, Line("—", say("not_known", what=unknown))) if unknown else known


def _tasks(outcome: Outcome, order: list[int], say: Say) -> list[Lines]:
    tasks = outcome.tasks[outcome.tasks["customer"].isin(order)]
    late = whole(tasks, "overdue_days")
    states = [say("late_by", days=days) if days else say.word("status", status) for days, status in zip(late, values(tasks, "status"), strict=True)]
    rows = zip(tasks["customer"].tolist(), dates(tasks, "due"), states, texts(tasks, "text"), texts(tasks, "method"), texts(tasks, "cells"), strict=True)
    found = {customer: tuple(Line(f"{day} {state}", say("list_separator").join(filter(None, (text, method))), cell_names(cells))
                             for _, day, state, text, method, cells in lines)
             for customer, lines in groupby(rows, key=lambda row: row[0])}  # fmt: skip
    return [found.get(at, ()) for at in order]


def _talks(past: Past, say: Say) -> Lines:
    left = past.contacts - len(past.talks)
    lines = tuple(_talk(one) for one in past.talks)
    return (*lines, Line("", say("talks_left", count=left))) if left else lines


def _talk(one: Talk) -> Line:
    return Line(f"{one.day} {one.methods}", one.words, one.cell or "")


def _moved(one: TierChange, say: Say) -> Line:
    way = say("from_tier_to", before=one.before or say("blank"), after=one.after or say("blank"))
    told = f"{way} {say.word('move', one.kind)} {one.state or ''}".strip()
    return Line(str(one.day), say("told_why", what=told, why=one.evidence) if one.evidence else told)


def _found(outcome: Outcome, order: list[int], say: Say) -> list[Lines]:
    """Findings of each customer's row, worst first as they are."""
    found: dict[int, list[Line]] = defaultdict(list)
    wanted = set(order)
    for one, place in zip(outcome.findings, finding_customers(outcome), strict=True):
        if place in wanted and len(found[place]) < _FOUND:
            text = say("told_why", what=message(one, say.lang), why=hint(one, say.lang))
            found[place].append(Line(say.word("severity", severity(one)), text, str(one.where)))
    return [tuple(found.get(at, ())) for at in order]
