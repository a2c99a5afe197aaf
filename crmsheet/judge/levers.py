"""How each band of a customer can be moved: the fewest changes of its fields that give every other level.

A *lever* sorts the customers into a few situations (which words stand there, which amount decides …) and says for
each situation what to change; the numbers of single customers come in when the changes are told (``changes.py``).
Nothing is ever blanked: a change leads to a word of the vocabulary or to a number.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from crmsheet.arrays import Array, Bools, Ints, Objects, objects, some
from crmsheet.judge.bands import LEVELS, first_present, possible, word_levels
from crmsheet.policy.schema import UNKNOWN, BandSpec, Immediate, Step
from crmsheet.tables.table import Table
from crmsheet.tables.typed import WORDS
from crmsheet.values.words import vocabulary_of

FEN, BASIS_POINT = 0.01, 0.0001  # the smallest steps of amounts (元) and of rates
BLANK = -1


class Span(NamedTuple):
    """Values that will do, both ends included: 元, days from as-of, or a rate.

    ``above``, ``below``: the round figure that an end lies one small step beyond, for people.
    """

    low: float = -np.inf
    high: float = np.inf
    above: float | None = None
    below: float | None = None


class Edit(NamedTuple):
    """One field to change: to a word, or to the nearest value of some spans; ``free``: any value at all will do."""

    field: str
    word: str | None = None
    spans: tuple[Span, ...] = ()
    free: bool = False


class Way(NamedTuple):
    """Changes that give a level: how many are in columns that the table lacks, how many steps the band moves."""

    edits: tuple[Edit, ...]
    absent: int
    steps: int


class Lever(NamedTuple):
    """``state``: the situation of each customer, shape (customers,); ``ways``: situation → level → the cheapest way."""

    state: Ints
    ways: list[dict[str, Way]]


_Situation = tuple[int, ...]
_Ways = Callable[[_Situation], dict[str, Way]]


def band_lever(spec: BandSpec, table: Table, level: Ints) -> Lever:
    """The lever of one band.  ``level``: where each customer stands, as a place in ``LEVELS``."""
    columns, ways = _KINDS[spec.kind](spec, table, level)
    state, found = situations(columns)
    return Lever(state, [ways(one) for one in found])


def signal_lever(rule: Immediate, table: Table) -> Lever:
    """The signal that lifts at once, where its amount is known: to exceed the bound, and the chain to be clear (S000-52).

    Where nobody has spoken of a new budget, hoping for one is no change that anybody can make.
    """
    budget = table.frame[rule.field].to_numpy(dtype=np.float64)
    clear = table.frame["chain"].to_numpy(dtype=object) == "清晰"
    more = Edit(rule.field, spans=(Span(rule.over + FEN, above=rule.over),))

    def ways(now: _Situation) -> dict[str, Way]:
        filled, over, is_clear, lacks = now
        edits = [more] * (not over) + [Edit("chain", "清晰")] * (not is_clear)
        return {rule.to: Way(tuple(edits), lacks * (not is_clear), len(edits))} if filled and edits else {}

    state, found = situations([~np.isnan(budget), budget > rule.over, clear, ~has_cell(table, "chain")])
    return Lever(state, [ways(one) for one in found])


def merged(edits: Sequence[Edit]) -> tuple[Edit, ...] | None:
    """Changes with each field once: bands that share a field want values that suit them all.  None where there are none."""
    found: dict[str, Edit] = {}
    for edit in edits:
        one = _both(found[edit.field], edit) if edit.field in found else edit
        if one is None:
            return None
        found[edit.field] = one
    return tuple(found.values())


def _both(one: Edit, two: Edit) -> Edit | None:
    spans = tuple(span for a in one.spans for b in two.spans if (span := _overlap(a, b)).low <= span.high)
    return one._replace(spans=spans) if one.word == two.word and (one.word or spans) else None


def _overlap(one: Span, two: Span) -> Span:
    lower, upper = max(one, two, key=lambda span: span.low), min(one, two, key=lambda span: span.high)
    return Span(lower.low, upper.high, lower.above, upper.below)


def situations(columns: Sequence[Array]) -> tuple[Ints, list[_Situation]]:
    """Distinct combinations of small whole numbers: which one each row has, and what they are.  At least one row."""
    code = np.zeros(len(columns[0]), dtype=np.int64)
    whole = [column.astype(np.int64) for column in columns]
    for column in whole:
        low = int(column.min())
        code = code * (int(column.max()) - low + 1) + (column - low)
    _, first, state = np.unique(code, return_index=True, return_inverse=True)
    return state, [tuple(int(column[i]) for column in whole) for i in first.tolist()]


def has_cell(table: Table, field: str) -> Bools:
    """Rows whose region has the field's column."""
    return np.array([field in region.fields for region in table.regions], dtype=bool)[table.places[field].region]


# ---------------------------------------------------------------- kinds of band


def _amount(spec: BandSpec, table: Table, level: Ints) -> tuple[list[Array], _Ways]:
    """The amount that decides; where all are blank, the first that the table has a column for."""
    _, source = first_present(spec, table)
    first, lacks = _first_column(spec, table)
    least = np.zeros(len(table), dtype=bool)
    if spec.zero_is_blank_unless is not None:
        least = table.frame["stage"].to_numpy(dtype=object) != spec.zero_is_blank_unless
    spans = _amount_spans(spec.steps)

    def ways(now: _Situation) -> dict[str, Way]:
        number, at, absent, not_zero = now
        low = FEN if not_zero else 0.0
        found = {band: tuple(one._replace(low=max(one.low, low)) for one in of_band) for band, of_band in spans.items()}
        return _numeric(spec, spec.fields[number], found, at, absent)

    return [np.where(source < 0, first, source), level, (source < 0) & lacks, least], ways


def _amount_spans(steps: Sequence[Step]) -> dict[str, list[Span]]:
    """[lo, hi) of each step, the highest first."""
    spans: dict[str, list[Span]] = {}
    upper: float | None = None
    for step in steps:
        high = Span() if upper is None else Span(high=upper - FEN, below=upper)
        spans.setdefault(step.band, []).append(high._replace(low=-np.inf if step.min is None else step.min))
        upper = step.min
    return spans


def _days(spec: BandSpec, table: Table, level: Ints) -> tuple[list[Array], _Ways]:
    spans = {band: tuple(_neighbours(of_band)) for band, of_band in _day_spans(spec).items()}
    lacks = ~has_cell(table, spec.fields[0])
    return [level, lacks], lambda now: _numeric(spec, spec.fields[0], spans, *now)


def _day_spans(spec: BandSpec) -> dict[str, list[Span]]:
    """Days from as-of, the past first; without a rule of its own the past has no level."""
    spans: dict[str, list[Span]] = {}
    if spec.past is not None and spec.past.max is not None:
        spans["低"] = [Span(high=-spec.past.max - 1)]
        spans.setdefault(spec.past.band, []).append(Span(-spec.past.max, -1))
    low = 0.0
    for step in spec.steps:
        high = np.inf if step.max is None else step.max
        spans.setdefault(step.band, []).append(Span(low, high))
        low = high + 1
    return spans


def _neighbours(spans: Sequence[Span]) -> list[Span]:
    """Neighbouring spans of days as one."""
    joined: list[Span] = []
    for span in spans:
        if joined and joined[-1].high + 1 == span.low:
            joined[-1] = Span(joined[-1].low, span.high)
        else:
            joined.append(span)
    return joined


def _words(spec: BandSpec, table: Table, level: Ints) -> tuple[list[Array], _Ways]:
    """Every combination of words that the fields can hold, with the level that it gives.

    Of two ways the one that changes what is said comes before the one that fills a blank beside it.
    """
    fields = spec.fields[:1] if spec.kind == "words" else spec.fields
    known = [vocabulary_of(WORDS[table.spec.fields[name].type]).levels for name in fields]
    choices = list(itertools.product(*(range(BLANK, len(words)) for words in known)))
    said = {name: objects([None if c[i] == BLANK else known[i][c[i]] for c in choices]) for i, name in enumerate(fields)}
    levels = word_levels(spec, said).tolist()

    def ways(now: _Situation) -> dict[str, Way]:
        at, words, lacks = now[0], now[1 : len(fields) + 1], now[len(fields) + 1 :]
        best: dict[str, tuple[_Situation, Way]] = {}
        for choice, band in zip(choices, levels, strict=True):
            changed = [i for i, word in enumerate(choice) if word != words[i]]
            if band == UNKNOWN or not changed or any(choice[i] == BLANK for i in changed):
                continue
            way = Way(tuple(Edit(fields[i], known[i][choice[i]]) for i in changed), sum(lacks[i] for i in changed), _steps(at, band))
            filled, far = sum(words[i] == BLANK for i in changed), sum(abs(choice[i] - words[i]) for i in changed)
            rank = (len(changed), way.absent, filled, far, *changed, *(-choice[i] for i in changed))  # the lesser word first
            if band not in best or rank < best[band][0]:
                best[band] = (rank, way)
        return {band: way for band, (_, way) in best.items()}

    places = [_place(table.frame[name].to_numpy(dtype=object), words) for name, words in zip(fields, known, strict=True)]
    return [level, *places, *(~has_cell(table, name) for name in fields)], ways


def _place(values: Objects, words: Sequence[str]) -> Ints:
    found = np.full(len(values), BLANK, dtype=np.int64)
    for i, word in enumerate(words):
        found[values == word] = i
    return found


def _known(spec: BandSpec, table: Table, level: Ints) -> tuple[list[Array], _Ways]:
    name = spec.fields[0]

    def ways(now: _Situation) -> dict[str, Way]:
        at, absent = now
        words = {"高": "明确", "中": "不明确"}
        return {band: Way((Edit(name, word),), absent, _steps(at, band)) for band, word in words.items() if LEVELS[at] != band}

    return [level, ~has_cell(table, name)], ways


def _rate_or_word(spec: BandSpec, table: Table, level: Ints) -> tuple[list[Array], _Ways]:
    """A rate stays a rate; a word, or a blank, becomes a word."""
    name, least = spec.fields[0], spec.min or 0.0
    spans = {"高": (Span(least),), "低": (Span(high=least - BASIS_POINT, below=least),)}

    def ways(now: _Situation) -> dict[str, Way]:
        at, is_rate, absent = now
        if is_rate:
            return _numeric(spec, name, spans, at, absent)
        return {band: Way((Edit(name, band),), absent, _steps(at, band)) for band in possible(spec) if LEVELS[at] != band}

    rate = ~np.isnan(table.frame[name].to_numpy(dtype=np.float64))
    return [level, rate, ~has_cell(table, name)], ways


def _over(spec: BandSpec, table: Table, level: Ints) -> tuple[list[Array], _Ways]:
    """低: every rate that is over its limit comes down to it; 高: one rate goes over it."""
    limits, names = list(spec.limits.values()), list(spec.limits)
    unknown, fine, over = 0, 1, 2

    def ways(now: _Situation) -> dict[str, Way]:
        rates, lacks = now[: len(names)], now[len(names) :]
        high = [i for i, rate in enumerate(rates) if rate == over]
        open_ = [i for i, rate in enumerate(rates) if rate == fine] or sorted(range(len(names)), key=lambda i: lacks[i])
        if high:
            return {"低": Way(tuple(Edit(names[i], spans=(Span(high=limits[i]),)) for i in high), 0, 2)}
        i, known = open_[0], fine in rates
        up = Edit(names[i], spans=(Span(limits[i] + BASIS_POINT, above=limits[i]),))
        down = Edit(names[i], spans=(Span(high=limits[i]),))
        found = {"高": Way((up,), lacks[i], 2 if known else 1)}
        return found if known else {**found, "低": Way((down,), lacks[i], 1)}

    values = [table.frame[name].to_numpy(dtype=np.float64) for name in names]
    states = [np.where(np.isnan(v), unknown, np.where(v > limit, over, fine)) for v, limit in zip(values, limits, strict=True)]
    return [*states, *(~has_cell(table, name) for name in names)], ways


_KINDS: Mapping[str, Callable[[BandSpec, Table, Ints], tuple[list[Array], _Ways]]] = {
    "amount": _amount, "days": _days, "rules": _words, "words": _words, "known": _known,
    "rate_or_word": _rate_or_word, "over": _over,
}  # fmt: skip


# ---------------------------------------------------------------- shared


def _numeric(spec: BandSpec, field: str, spans: Mapping[str, Sequence[Span]], at: int, absent: int) -> dict[str, Way]:
    """One number to change, for every level that it can give and does not give now."""
    return {
        band: Way((Edit(field, spans=tuple(spans[band])),), absent, _steps(at, band))
        for band in possible(spec) if band in spans and LEVELS[at] != band
    }  # fmt: skip


def _steps(at: int, band: str) -> int:
    """How far a band moves; from 未知 it is one step to any level."""
    return 1 if LEVELS[at] == UNKNOWN else abs(LEVELS.index(band) - at)


def _first_column(spec: BandSpec, table: Table) -> tuple[Ints, Bools]:
    """The first field that each row's region has a column for (0 without any), and the rows that have none."""
    there = [has_cell(table, name) for name in spec.fields]
    return np.argmax(np.stack(there), axis=0).astype(np.int64), ~some(there)
