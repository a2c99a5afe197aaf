"""A score term by term: which cell said what, and the points that it earned of those it could; for explaining."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from functools import cache
from itertools import repeat

import numpy as np

from crmsheet.arrays import Floats, Ints, Objects, nothing, objects, pick
from crmsheet.judge.scores import Inputs, read_inputs
from crmsheet.judge.show import show_money, show_percent
from crmsheet.model import ScoreTerm
from crmsheet.policy.criteria import KINDS, Criterion
from crmsheet.policy.schema import Policy
from crmsheet.tables.table import Table

_UNFILLED, _UNREAD = "未填", "无法判断优劣"


def score_terms(policy: Policy, table: Table, as_of: dt.date) -> Callable[[Sequence[int]], list[list[ScoreTerm]]]:
    """What tells the terms of some customers' scores, in the policy's order; for each customer one term a criterion.

    A score is ``100 × Σ points / Σ weight`` over the terms with points, rounded half up.  The columns are read when
    somebody asks first, and then kept.
    """
    every = cache(lambda: [read_inputs(criterion, table, as_of) for criterion in policy.score])

    def told(positions: Sequence[int]) -> list[list[ScoreTerm]]:
        at = np.asarray(positions, dtype=np.int64)
        columns = [_terms(criterion, table, read, at) for criterion, read in zip(policy.score, every(), strict=True)]
        return list(map(list, zip(*columns, strict=True))) if columns else [[] for _ in positions]

    return told


def _terms(criterion: Criterion, table: Table, every: Inputs, at: Ints) -> list[ScoreTerm]:
    """One criterion's term of each customer: the cell that was read, else the blank one of the first column there is."""
    there = [place for place, name in enumerate(criterion.fields) if table.has(name)]
    if not there:
        header = table.header(criterion.fields[0])
        return [_absent(criterion, header)] * len(at)
    read = Inputs(every.field[at], every.number[at], every.word[at], every.points[at])
    place = np.where(read.field < 0, there[0], read.field)
    names, headers = (objects(line)[place] for line in (list(criterion.fields), list(map(table.header, criterion.fields))))
    earned = np.round(read.points * criterion.weight / 100, 4)
    return list(map(ScoreTerm._make, zip(
        repeat(criterion.name), repeat(criterion.part), names, headers, _cells(criterion, table, at, place),
        headers + _texts(criterion, read), pick(np.isnan(earned), None, earned.astype(object)),
        repeat(criterion.weight), repeat(criterion.source), strict=False,
    )))  # fmt: skip


def _absent(criterion: Criterion, header: str) -> ScoreTerm:
    return ScoreTerm(
        criterion.name, criterion.part, criterion.fields[0], header, None, header + _UNFILLED, None,
        criterion.weight, criterion.source,
    )  # fmt: skip


def _cells(criterion: Criterion, table: Table, at: Ints, place: Ints) -> Objects:
    cells = nothing(len(at))
    for number in np.unique(place).tolist():
        here = place == number
        cells[here] = table.cells(criterion.fields[number], at[here])
    return cells


def _texts(criterion: Criterion, read: Inputs) -> Objects:
    """The values in words.  Free text is quoted only where it is one of the policy's words: it may hold anything."""
    known, numeric = ~np.isnan(read.points), ~np.isnan(read.number)
    texts = pick(read.field < 0, _UNFILLED, _UNREAD)
    spoken = known & ~(numeric & (criterion.kind not in ("cycle", "term", "words")))
    texts[spoken] = read.word[spoken]
    counted = known & ~spoken
    texts[counted] = _numbers(criterion.kind, read.number[counted])
    if criterion.kind == "cycle":
        ends = known & numeric
        texts[ends] = [f"{word}（距期末{days:.0f}天）" for word, days in zip(read.word[ends], read.number[ends], strict=True)]
    return texts


def _numbers(kind: str, numbers: Floats) -> Objects:
    if kind == "amount":
        return show_money(numbers)
    if kind == "rate":
        return show_percent(numbers)
    if kind not in KINDS:  # an extension's
        return objects([f"{number:.2f}".rstrip("0").rstrip(".") for number in numbers.tolist()])
    return objects([f"还有{days:.0f}天" if days >= 0 else f"已过{-days:.0f}天" for days in numbers.tolist()])
