"""综合评分: 0–100 from the policy's criteria, on scales of their own: no customer's score depends on another's.

The score is what the known inputs earn of what they could earn; unknown ones are left out and lower the confidence
(the share of weight that is known).  It ranks inside a tier and decides none (SPEC §4).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from crmsheet.arrays import Bools, Floats, Ints, Objects, is_none, is_there, nothing
from crmsheet.extensions import Broken, call, load
from crmsheet.model import Finding
from crmsheet.policy.criteria import Criterion
from crmsheet.policy.schema import Policy
from crmsheet.tables.table import Table
from crmsheet.values.columns import fold, parse_distinct, read_texts, spread_floats
from crmsheet.values.names import simplify
from crmsheet.values.spans import cycle_end, parse_cycle, parse_term

Reader = Callable[[Table, str, dt.date], tuple[Floats, Objects]]  # table, field, as-of → number and word of each customer


class Scored(NamedTuple):
    """Scores of all customers, shape (n,); NaN where no input is known."""

    score: Floats  # 0–100, whole, half rounded up
    confidence: Floats  # known weight in percent, 0–100, whole
    exact: Floats  # the score before rounding: ranks where rounded ones are equal
    findings: tuple[Finding, ...] = ()  # criteria of extensions that failed: their inputs are unknown


class Inputs(NamedTuple):
    """One criterion's inputs of all customers, shape (n,)."""

    field: Ints  # which of the criterion's fields was read; -1: all of them are blank
    number: Floats  # in the unit of the criterion's scale
    word: Objects  # the text that its words are looked up in
    points: Floats  # 0–100; NaN: unknown
    broken: Broken | None = None  # the extension that should have read it, where it failed


def score_all(policy: Policy, table: Table, as_of: dt.date) -> Scored:
    """Score every customer."""
    earned, known = np.zeros(len(table)), np.zeros(len(table))
    broken: dict[Broken, None] = {}
    for criterion in policy.score:
        if any(map(table.has, criterion.fields)):
            inputs = read_inputs(criterion, table, as_of)
            points = inputs.points
            broken |= {inputs.broken: None} if inputs.broken else {}
            there = ~np.isnan(points)
            earned[there] += criterion.weight * points[there]
            known[there] += criterion.weight
    exact = np.divide(earned, known, out=np.full(len(table), np.nan), where=known > 0)
    total = sum(criterion.weight for criterion in policy.score)
    return Scored(half_up(exact), half_up(known / total * 100) if total else known, exact, tuple(one.finding() for one in broken))


def half_up(values: Floats) -> Floats:
    """Rounded to whole numbers, 0.5 upwards; what binary fractions lose of a half is given back."""
    rounded: Floats = np.floor(values + 0.5 + 1e-9)
    return rounded


def read_inputs(criterion: Criterion, table: Table, as_of: dt.date) -> Inputs:
    """What stands in the first of a criterion's fields whose cell is not blank, and the points that it earns.

    Nothing is known of what an extension that fails should have read.
    """
    if criterion.kind in _KINDS:
        return _read(criterion, table, as_of, _KINDS[criterion.kind])
    try:
        return _read(criterion, table, as_of, _added(criterion.kind))
    except Exception as error:  # noqa: BLE001  whatever goes wrong in somebody else's code
        why = str(error) if isinstance(error, UnloadedError) else type(error).__name__
        unknown = np.full(len(table), np.nan)
        return Inputs(np.full(len(table), -1), unknown, nothing(len(table)), unknown, Broken("criteria", criterion.kind, why))


class UnloadedError(Exception):
    """An extension that could not be loaded, and why."""


def _added(kind: str) -> Reader:
    """An extension's reader, held to what readers give.  Raises UnloadedError."""
    loaded = load("criteria")
    if kind not in loaded.usable:
        raise UnloadedError(next((one.why for one in loaded.broken if one.name == kind), "not installed"))

    def read(table: Table, name: str, as_of: dt.date) -> tuple[Floats, Objects]:
        numbers, words = call(loaded.usable[kind], table, name, as_of)
        fitting = np.array(numbers, dtype=np.float64), np.array(words, dtype=object)
        if any(one.shape != (len(table),) for one in fitting):
            raise ValueError("a number and a word for each customer")
        return fitting

    return read


def _read(criterion: Criterion, table: Table, as_of: dt.date, reader: Reader) -> Inputs:
    size = len(table)
    field, number, word = np.full(size, -1), np.full(size, np.nan), nothing(size)
    for place, name in enumerate(criterion.fields):
        if table.has(name):
            numbers, words = reader(table, name, as_of)
            there = (field < 0) & table.present[name] & ~_counts_as_blank(criterion, table, numbers)
            field[there], number[there], word[there] = place, numbers[there], words[there]
    return Inputs(field, number, word, _points(criterion, number, word))


def _counts_as_blank(criterion: Criterion, table: Table, numbers: Floats) -> Bools:
    """A 0 where the policy says so (SPEC §4, crm)."""
    if criterion.zero_is_blank_unless is None:
        return np.zeros(len(table), dtype=bool)
    stage = table.frame["stage"].to_numpy(dtype=object)
    zero: Bools = (numbers == 0) & (stage != criterion.zero_is_blank_unless)
    return zero


def _points(criterion: Criterion, number: Floats, word: Objects) -> Floats:
    """Numbers on the scale, words by their table; NaN for what is neither."""
    points = np.full(len(number), np.nan)
    if criterion.words and is_there(word).any():
        worth = _worth(criterion)
        codes, found = parse_distinct(word, lambda text: worth.get(_folded(text), np.nan))
        points = spread_floats(codes, found)
    if criterion.scale:
        values, worths = zip(*criterion.scale, strict=True)
        at = np.isnan(points) & ~np.isnan(number)
        points[at] = np.interp(number[at], values, worths)
    return points


def _worth(criterion: Criterion) -> dict[str, float]:
    return {_folded(word): points for words, points in criterion.words.items() for word in words.split("|")}


def _folded(text: str) -> str:
    return simplify(fold(text))


# ---------------------------------------------------------------- kinds of criterion: number and word of a cell


def _amount(table: Table, name: str, as_of: dt.date) -> tuple[Floats, Objects]:
    word = f"{name}.word"  # budget and growth may be words
    words = table.frame[word].to_numpy(dtype=object) if word in table.frame else nothing(len(table))
    return table.frame[name].to_numpy(dtype=np.float64), words


def _days(table: Table, name: str, as_of: dt.date) -> tuple[Floats, Objects]:
    date = table.frame[name].to_numpy(dtype="datetime64[s]").astype("datetime64[D]")
    days = (date - np.datetime64(as_of, "D")).astype(np.float64)
    return np.where(np.isnat(date), np.nan, days), nothing(len(table))


def _cycle(table: Table, name: str, as_of: dt.date) -> tuple[Floats, Objects]:
    text = table.frame[name].to_numpy(dtype=object)
    months = read_texts(text, parse_cycle)
    days = {length: float((cycle_end(length, as_of) - as_of).days) for length in (1, 3, 6, 12)}
    return np.array([days.get(length, np.nan) for length in months.tolist()]), text


def _term(table: Table, name: str, as_of: dt.date) -> tuple[Floats, Objects]:
    text = table.frame[name].to_numpy(dtype=object)
    months = read_texts(text, parse_term)
    return np.where(is_none(months), np.nan, months).astype(np.float64), text


def _words(table: Table, name: str, as_of: dt.date) -> tuple[Floats, Objects]:
    return np.full(len(table), np.nan), table.frame[name].to_numpy(dtype=object)


_KINDS: Mapping[str, Reader] = {
    "amount": _amount, "rate": _amount, "days": _days, "cycle": _cycle, "term": _term, "words": _words,
}  # fmt: skip
