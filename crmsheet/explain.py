"""``crmsheet explain``: all that a run knows of one customer, or what a finding code means; reads only.

A document first (``templates/explain.schema.json``), lines for people made from it.  Private values are masked as in the
review: names come from ``name_shown``, texts of the ledger are scrubbed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from crmsheet.assess import Assessment
from crmsheet.errors import InputError
from crmsheet.extensions import load
from crmsheet.findings import CATALOGUE, shown_source
from crmsheet.model import Outcome
from crmsheet.plan.contacts import join_contacts
from crmsheet.plan.pauses import pauses
from crmsheet.privacy.detect import scrub
from crmsheet.review.document import Json, document
from crmsheet.tables.table import Table
from crmsheet.texts import Lang
from crmsheet.values.names import normalise_name, normalise_names

SCHEMA = "crmsheet.explain/1"
NEAR = 5  # candidates named in a refusal
_CELL = re.compile(r"(.+)!([A-Z]{1,3})([0-9]+)")
_LEDGER = {"编号": "id", "日期": "date", "原等级": "from", "新等级": "to", "类型": "kind", "依据": "evidence", "依据单元格": "cells",
           "审核状态": "state", "审核人": "approver"}  # fmt: skip


# ---------------------------------------------------------------- who is meant


def find_customer(outcome: Outcome, asked: str) -> int:
    """Position of the customer with that id, name or cell (``客户!B3``).

    Raises InputError, with near candidates: nobody, or several.  What was asked for is not repeated: it may be a person's name.
    """
    people = outcome.customers
    key = normalise_name(asked)
    ids, names = (normalise_names(people[column].to_numpy(dtype=object)) for column in ("id", "name"))
    cell = _CELL.fullmatch(asked.strip())
    at = (people["sheet"] == cell[1]) & (people["row"] == int(cell[3])) if cell else (ids == key) | (names == key)
    found = np.flatnonzero(np.asarray(at, dtype=bool)).tolist()
    if len(found) == 1:
        return int(found[0])
    if found:
        shown = _named(people, found)
        raise InputError(
            zh=f"{outcome.workbook}: 有 {len(found)} 个客户符合：{'、'.join(shown)}；请写其中一个的单元格地址",
            en=f"{outcome.workbook}: {len(found)} customers fit: {', '.join(shown)}; give the cell of one of them",
        )
    shown = _named(people, _near(key, ids.tolist(), names.tolist()))
    near_zh, near_en = (f"；相近的有：{'、'.join(shown)}", f"; near ones: {', '.join(shown)}") if shown else ("", "")
    raise InputError(
        zh=f"{outcome.workbook}: 没有这个编号或名称的客户{near_zh}；请核对编号或全称",
        en=f"{outcome.workbook}: no customer has that id or name{near_en}; check the id or the full name",
    )


def _near(key: str, ids: Sequence[str | None], names: Sequence[str | None]) -> list[int]:
    where = {word: i for words in (ids, names) for i, word in enumerate(words) if word is not None}
    holds = [word for word in where if key and (key in word or word in key)]
    return list(dict.fromkeys(where[word] for word in [*holds, *get_close_matches(key, list(where), NEAR, 0.5)]))[:NEAR]


def _named(people: pd.DataFrame, positions: Sequence[int]) -> list[str]:
    chosen = people.iloc[list(positions)[:NEAR]]
    rows = zip(*(chosen[name].tolist() for name in ("id", "name_shown", "sheet", "row")), strict=True)
    return [f"{' '.join(str(one) for one in (ident, name) if one)} [{sheet}!A{row}]" for ident, name, sheet, row in rows]


# ---------------------------------------------------------------- documents


def explain_customer(done: Assessment, position: int, lang: Lang) -> Json:
    """The customer as in the result document, and what it rests on beside that."""
    whole = document(_only(done.outcome, position), lang)
    (who,) = whole["customers"]
    touches = [{**task, "met": _met(done, task["cells"])} for task in who["tasks"] if task["kind"] == "touch"]
    return {
        "schema": SCHEMA, **{name: whole[name] for name in ("workbook", "policy", "as_of")}, "customer": who,
        "touches": touches, "pause": _pause(done, position),
        "history": _history(done, position), "findings": whole["findings"],
    }  # fmt: skip


def explain_code(code: str, lang: Lang) -> Json:
    """A finding code: severity, source, what it says, what to do.  Raises InputError for an unknown one."""
    load("checks")  # their codes too
    if code not in CATALOGUE:
        near = get_close_matches(code, list(CATALOGUE), 1, 0.4)
        raise InputError(
            zh=f"没有这个问题代码{f'（是否指“{near[0]}”？）' if near else ''}；解释客户请写：crmsheet explain 工作簿 客户",
            en=f"no such finding code{f', did you mean “{near[0]}”?' if near else ''}; for a customer: crmsheet explain WORKBOOK CUSTOMER",
        )
    entry = CATALOGUE[code]
    title, says, hint = (entry.title_zh, entry.zh, entry.hint_zh) if lang == "zh" else (entry.title_en, entry.en, entry.hint_en)
    texts = {"title": title, "message": _without_braces(says), "hint": _without_braces(hint)}
    return {"schema": SCHEMA, "code": {"code": code, "severity": entry.severity, "source": entry.source, **texts}}


def _without_braces(template: str) -> str:
    text = re.sub(r"\{\w+\}", "…", template)
    return "" if text.strip("…") == "" else text  # each case has a sentence of its own: the title says it


def _only(outcome: Outcome, position: int) -> Outcome:
    """The same outcome as if the workbook held that one customer."""
    one = outcome.stretch(range(position, position + 1))
    place = (one.customers["sheet"].iat[0], one.customers["row"].iat[0])
    found = tuple(each for each in outcome.findings if each.where is not None and (each.where.sheet, each.where.row) == place)
    return replace(one, strategies=(), findings=found)


def _met(done: Assessment, cells: Sequence[str]) -> Json | None:
    """The contact that a touch counts from; None when there was none, and a range was searched."""
    match = _CELL.fullmatch(cells[0]) if cells else None
    if match is None or any(":" in cell for cell in cells):
        return None
    sheet, row = match[1], int(match[3])
    for table, day in ((done.tables.followups, "followup_at"), (done.tables.customers, "last_followup")):
        at = np.flatnonzero((table.frame["sheet"] == sheet).to_numpy() & (table.frame["row"] == row).to_numpy())
        if len(at) and str(table.ref(day, int(at[0]))) == cells[0]:
            return {"cell": cells[0], "date": _iso(table, day, int(at[0])), "method": _method(table, int(at[0]))}
    return None


def _iso(table: Table, field: str, position: int) -> str | None:
    day = table.frame[field].to_numpy("datetime64[D]")[position]
    return None if np.isnat(day) else str(day)


def _method(table: Table, position: int) -> str | None:
    text = table.frame["method"].iat[position] if "method" in table.frame else None
    return scrub(str(text)) if isinstance(text, str) else None


def _pause(done: Assessment, position: int) -> Json | None:
    """Why touches and events wait: the last feedback refused, or a day to wait for."""
    customers, log = done.tables.customers, done.tables.followups
    found = pauses(customers, log, join_contacts(customers, log, done.outcome.as_of), done.outcome.as_of)
    if not found.paused[position]:
        return None
    until = str(found.until[position].astype("datetime64[D]")) if found.snoozed[position] else None
    return {"refused": bool(found.refused[position]), "until": until}


def _history(done: Assessment, position: int) -> list[Json]:
    """The customer's rows of the ledger, oldest first."""
    memory = done.recalled.memory
    rows = memory.ledger[memory.customer == position]
    columns = [[_plain(value) for value in rows[name].tolist()] for name in _LEDGER]
    return [dict(zip(_LEDGER.values(), row, strict=True)) for row in zip(*columns, strict=True)]


def _plain(value: Any) -> str | None:
    if value is None or value is pd.NaT:
        return None
    return str(value.date()) if isinstance(value, pd.Timestamp) else scrub(str(value))


# ---------------------------------------------------------------- for people


Say = Callable[..., str]


def code_lines(told: Json, say: Say) -> Iterator[str]:
    """A finding code in lines."""
    one = told["code"]
    yield say("explain_code", **{**one, "severity": say(f"severity_{one['severity']}")})
    if one["message"]:
        yield say("explain_says", message=one["message"])
    yield say("explain_hint", hint=one["hint"])
    yield say("explain_source", source=shown_source(one["source"]))


def customer_lines(told: Json, say: Say, word: Say) -> Iterator[str]:
    """A customer in lines.  ``word``: status, move and kind of task as the review calls them."""
    who = told["customer"]
    yield say("explain_who", id=who["id"] or "", name=who["name"] or "", sheet=who["sheet"], row=who["row"])
    yield say("explain_tier", tier=who["tier"], sheet=who["tier_in_sheet"] or say("explain_blank"), policy=told["policy"]["name"])
    for one in who["reasons"]:
        yield say("explain_item", text=one["text"], cells=_cited(one), source=_source(one, say))
    if who["score"] is not None:
        yield say("explain_score", score=who["score"], sure=who["score_confidence"])
    for one in who["score_terms"]:
        points = say("explain_unknown") if one["points"] is None else f"{round(one['points'], 1):g}/{one['weight']:g}"
        yield say("explain_item", text=f"{points}  {one['text']}", cells=f"[{one['cell']}]", source=_source(one, say))
    yield say("explain_next" if who["to_next_tier"] else "explain_no_next")
    for one in who["to_next_tier"] or ():
        yield say("explain_item", text=one["text"], cells=f"[{one['cell']}]" if one["cell"] else "", source="")
    if who["move"] != "none" or who["proposed_tier"]:
        to = who["proposed_tier"]
        yield say("explain_proposal" if to else "explain_move", move=word("move", who["move"]), to=to or "")
    if (action := who["next_action"]) is not None:
        yield say("explain_action", due=action["due"], text=action["text"], owner=action["owner"] or say("explain_no_owner"))
    yield from _plan_lines(told, say, word)
    yield from _history_lines(told, say)


def _plan_lines(told: Json, say: Say, word: Say) -> Iterator[str]:
    who = told["customer"]
    if told["pause"]:
        yield say("explain_until", until=told["pause"]["until"]) if told["pause"]["until"] else say("explain_refused")
    yield say("explain_touches" if told["touches"] else "explain_no_touches")
    for one in told["touches"]:
        met = say("explain_met", **one["met"] | {"method": one["met"]["method"] or ""}) if one["met"] else say("explain_never")
        yield say("explain_task", due=one["due"], status=word("status", one["status"]), text=one["text"], more=met, cells=_cited(one), source=_source(one, say))
    others = [one for one in who["tasks"] if one["kind"] != "touch"]
    yield from [say("explain_tasks")] if others else []
    for one in others:
        yield say("explain_task", due=one["due"], status=word("status", one["status"]), text=one["text"], more=word("kind", one["kind"]),
                  cells=_cited(one), source=_source(one, say))  # fmt: skip


def _history_lines(told: Json, say: Say) -> Iterator[str]:
    yield from [say("explain_history")] if told["history"] else []
    for one in told["history"]:
        yield say("explain_row", **{name: value or "" for name, value in one.items()})
    yield from [say("explain_findings")] if told["findings"] else []
    for one in told["findings"]:
        severity, where = say(f"severity_{one['severity']}"), f"{one['sheet']}!{one['cell']}"
        yield "  " + say("finding", severity=severity, where=where, code=one["code"], message=one["message"], hint=one["hint"])


def _source(one: Json, say: Say) -> str:
    return say("explain_assumed") if one["source"] == "assumption" else one["source"] or ""


def _cited(one: Json) -> str:
    return f"[{', '.join(one['cells'])}]" if one["cells"] else ""
