"""Changes in figures and words: how far an amount, a rate or a date has to go, and what a person is told to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from crmsheet.arrays import Bools, Floats, Ints, is_none, nothing, objects
from crmsheet.judge.levers import Edit, Span
from crmsheet.judge.show import show_money, show_percent
from crmsheet.tables.table import Table

COLUMNS = ("customer", "field", "cell", "op", "to", "by", "text")
_DIGITS = {"money": 2, "rate": 6, "growth": 6}


class _Reached(NamedTuple):
    """Of each customer: the value now (NaN: none), the nearest that will do, and the span that it lies in."""

    now: Floats
    to: Floats
    span: Ints


def told(wanted: Sequence[tuple[int, Edit, Ints]], table: Table, as_of: dt.date) -> pd.DataFrame:
    """One row a change and customer, by customer.  ``wanted``: which of a customer's changes, the change, the customers."""
    parts = [_told(edit, who, table, as_of).assign(place=place) for place, edit, who in wanted]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=np.int64 if name == "customer" else object) for name in COLUMNS})
    rows = pd.concat(parts, ignore_index=True).sort_values(["customer", "place"], kind="stable", ignore_index=True)
    return rows[list(COLUMNS)]


def applied(changes: pd.DataFrame, table: Table) -> Table:
    """The table as it would be read after some changes (those of the log left out)."""
    frame, present = table.frame.copy(), dict(table.present)
    for name, rows in changes.groupby("field", sort=False):
        field = str(name)
        if field not in table.spec.fields:
            continue
        at = rows["customer"].to_numpy()
        column = f"{field}.word" if f"{field}.word" in frame and isinstance(rows["to"].iat[0], str) else field
        values = frame[column].to_numpy().copy()
        values[at] = rows["to"].to_numpy()
        frame[column] = pd.Series(values, dtype=frame[column].dtype)
        present[field] = present[field].copy()
        present[field][at] = True
    return replace(table, frame=frame, present=present)


def joined_texts(changes: pd.DataFrame, size: int) -> pd.Series:
    """距上一级 of each customer: its changes in words; None without one."""
    texts = nothing(size)
    for customer, text in zip(changes["customer"].tolist(), changes["text"].tolist(), strict=True):
        before = texts[customer]
        texts[customer] = text if before is None else f"{before}；{text}"
    return pd.Series(texts, dtype=object)


def _told(edit: Edit, who: Ints, table: Table, as_of: dt.date) -> pd.DataFrame:
    columns = _of_table(edit, who, table, as_of) if edit.field in table.spec.fields else _of_log(edit, len(who))
    return pd.DataFrame({"customer": who, "field": edit.field} | {name: pd.Series(objects(list(v)), dtype=object) for name, v in columns.items()})


def _of_log(edit: Edit, size: int) -> dict[str, Sequence[Any]]:
    """Progress that a stall waits for: it stands in the log, in an entry still to come."""
    text = "跟进记录中要有新的实质进展（停滞期间不升级）"
    return {"cell": [None] * size, "op": ["="] * size, "to": [edit.word] * size, "by": [None] * size, "text": [text] * size}


def _of_table(edit: Edit, who: Ints, table: Table, as_of: dt.date) -> dict[str, Sequence[Any]]:
    cells, filled = table.cells(edit.field, who), table.present[edit.field][who]
    header, absent = table.header(edit.field), is_none(cells)
    if edit.word is not None:
        begin = [f"{verb}{header}" for verb in _verbs(filled, filled, absent)]
        word = "" if edit.free else edit.word
        texts = [f"{b}改为{edit.word}" if f else f"{b}：{word}".rstrip("：") for b, f in zip(begin, filled.tolist(), strict=True)]
        return {"cell": cells.tolist(), "op": ["="] * len(who), "to": [edit.word] * len(who), "by": [None] * len(who), "text": texts}
    kind = table.spec.fields[edit.field].type
    reached = _reach(edit, who, table, as_of)
    begin = [f"{verb}{header}" for verb in _verbs(filled, ~np.isnan(reached.now), absent)]
    up = np.where(np.isnan(reached.now), [_fills_up(edit.spans[i], kind) for i in reached.span.tolist()], reached.to > reached.now)
    rows = zip(begin, reached.now.tolist(), reached.to.tolist(), [edit.spans[i] for i in reached.span.tolist()], up.tolist(), strict=True)
    say = _day_words if kind == "date" else _figure_words
    return {
        "cell": cells.tolist(), "op": ["≥" if one else "≤" for one in up.tolist()],
        "to": [_value(to, kind, as_of) for to in reached.to.tolist()],
        "by": [None if np.isnan(now) else _number(to - now, kind) for now, to in zip(reached.now.tolist(), reached.to.tolist(), strict=True)],
        "text": begin if edit.free else [say(b, now, to, span, rises, kind, as_of) for b, now, to, span, rises in rows],
    }  # fmt: skip


def _verbs(filled: Bools, read: Bools, absent: Bools) -> list[str]:
    """What comes before a field's name: nothing where its value is to change."""
    lines = zip(filled.tolist(), read.tolist(), absent.tolist(), strict=True)
    return ["增加一列并填写" if a else "" if r else "更正" if f else "补填" for f, r, a in lines]


# ---------------------------------------------------------------- figures


def _reach(edit: Edit, who: Ints, table: Table, as_of: dt.date) -> _Reached:
    """The nearest value that will do; where nothing is known, the one that asks for least."""
    kind, column = table.spec.fields[edit.field].type, table.frame[edit.field]
    if kind == "date":
        days = column.to_numpy("datetime64[D]")[who] - np.datetime64(as_of, "D")
        now = np.where(np.isnat(days), np.nan, days.astype(np.float64))
    else:
        now = column.to_numpy(dtype=np.float64)[who]
    near = np.stack([np.clip(now, span.low, span.high) for span in edit.spans])
    last = len(edit.spans) - 1
    blank = np.isnan(now)
    span = np.where(blank, last, np.argmin(np.abs(np.where(blank, 0, near - now)), axis=0))
    to = np.where(blank, _fill(edit.spans[last], kind), near[span, np.arange(len(who))])
    return _Reached(now, to, span)


def _fill(span: Span, kind: str) -> float:
    """The value that a blank is to get: the latest day, the least amount, the rate at its limit."""
    return span.low if _fills_up(span, kind) else span.high


def _fills_up(span: Span, kind: str) -> bool:
    """Whether a blank has to reach the span's lower end, or keep to its upper one."""
    return bool(np.isinf(span.high)) if kind == "date" else bool(np.isfinite(span.low))


def _value(to: float, kind: str, as_of: dt.date) -> object:
    return (as_of + dt.timedelta(days=int(to))).isoformat() if kind == "date" else _number(to, kind)


def _number(value: float, kind: str) -> float | int:
    if kind == "date":
        return int(value)
    rounded = round(value, _DIGITS.get(kind, 2))
    return int(rounded) if rounded == int(rounded) else rounded


# ---------------------------------------------------------------- words


def _day_words(begin: str, now: float, to: float, span: Span, rises: bool, kind: str, as_of: dt.date) -> str:
    """预计签约日期提前到2024-04-04（30天内）."""
    day = _value(to, kind, as_of)
    within = f"（{int(span.high)}天内）" if np.isfinite(span.high) else ""
    if to < 0 and np.isfinite(span.high):  # nobody plans a day that is over: say all days that will do
        return f"{begin}改为{day}至{_value(span.high, kind, as_of)}之间" if not np.isnan(now) else f"{begin}，{day}至{_value(span.high, kind, as_of)}之间"
    if np.isnan(now):
        return f"{begin}，{'不早于' if rises else '不晚于'}{day}{'' if rises else within}"
    return f"{begin}{'推后' if rises else '提前'}到{day}{'' if rises else within}"


def _figure_words(begin: str, now: float, to: float, span: Span, rises: bool, kind: str, as_of: dt.date) -> str:
    """历史合作金额再增30万，达到100万; 流失率降到5%以内."""
    goal = _goal(to, span, rises, kind)
    if np.isnan(now):
        return f"{begin}，{goal}"
    if kind in ("rate", "growth"):
        return f"{begin}{'提高' if rises else '降低'}，{goal}"
    more = _show((to if span.above is None else span.above) - now, kind)
    return f"{begin}再增{more}{'' if span.above is None else '以上'}，{goal}" if rises else f"{begin}降低，{goal}"


def _goal(to: float, span: Span, rises: bool, kind: str) -> str:
    if rises:
        return f"达到{_show(to, kind)}" if span.above is None else f"超过{_show(span.above, kind)}"
    return f"不超过{_show(to, kind)}" if span.below is None else f"低于{_show(span.below, kind)}"


def _show(value: float, kind: str) -> str:
    show = show_percent if kind in ("rate", "growth") else show_money
    return str(show(np.array([value]))[0])

