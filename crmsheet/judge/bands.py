"""Bands of every customer: 高/中/低/未知 by the policy's scales, with the words and cells that prove them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from crmsheet.arrays import Bools, Floats, Ints, Objects, every, filled, is_none, is_there, joined, nothing, objects, pick, some
from crmsheet.judge.show import show_money, show_percent
from crmsheet.policy.schema import UNKNOWN, BandSpec, Fact, Policy, Step, TakenStep
from crmsheet.tables.table import Table

LEVELS = ("高", "中", "低", UNKNOWN)
_NO_FILL = "未填"


class Banded(NamedTuple):
    """One band of every customer, each array of shape (customers,)."""

    band: Objects
    text: Objects  # the fact in words: 历史合作金额120万≥100万
    cells: Objects  # the cells it stands in, joined by ","; "" where there is none
    missing: Objects  # the first input that is unknown, as its header; None when known


def band_all(policy: Policy, table: Table, as_of: dt.date) -> dict[str, Banded]:
    """All bands of a policy over a customers table, by band name."""
    return {spec.name: _KINDS[spec.kind](spec, table, as_of) for spec in policy.bands}


def possible(spec: BandSpec) -> tuple[str, ...]:
    """The bands that a customer can have once everything about it is known, best first."""
    if spec.kind in ("amount", "days"):
        found: set[str] = {step.band for step in spec.steps}
    elif spec.kind == "rules":
        found = {rule.band for rule in spec.rules}
    elif spec.kind == "words":
        found = set(spec.words.values())
    else:
        found = {"known": {"高", "中"}, "over": {"高", "低"}}.get(spec.kind, {"高", "中", "低"})
    return tuple(level for level in LEVELS[:3] if level in found)


# ---------------------------------------------------------------- kinds of band


def _amount(spec: BandSpec, table: Table, as_of: dt.date) -> Banded:
    """The first of some amounts whose cell is not blank, on a scale of lower bounds."""
    value, source = first_present(spec, table)
    band = filled(len(table), UNKNOWN)
    edges = [step.min for step in spec.steps if step.min is not None]
    bound = filled(len(table), "")
    for step, upper in zip(reversed(spec.steps), [*reversed(edges), None], strict=False):
        at = value >= (step.min if step.min is not None else -np.inf)
        band[at] = step.band
        bound[at] = _bound(step, upper)
    names = np.array([*(table.header(name) for name in spec.fields), ""], dtype=object)[source]
    known = ~np.isnan(value)
    text = nothing(len(table))
    text[known] = names[known] + show_money(value[known]) + bound[known]
    unread = ~known & (source >= 0)
    text[unread] = names[unread] + "无法识别"
    blank = source < 0
    title = _title(spec, table)
    text[blank] = title + _NO_FILL
    cells = _with_thresholds(spec, band, _cells_by_source(spec, table, source))
    return Banded(band, text, cells, pick(known, None, pick(blank, title, names)))


def _with_thresholds(spec: BandSpec, band: Objects, cells: Objects) -> Objects:
    """The cells that thresholds were taken from, after the inputs': a step's own, and that of the step above it."""
    above: str | None = None
    for step in spec.steps:
        own_cell = step.cell if isinstance(step, TakenStep) else None
        if proof := ",".join(cell for cell in (own_cell, above) if cell):
            at = np.flatnonzero(band == step.band)
            cells[at] = [f"{own},{proof}" if own else proof for own in cells[at].tolist()]
        above = own_cell
    return cells


def _bound(step: Step, upper: float | None) -> str:
    """How a value stands to its step: ≥100万, or <50万, or between."""
    low = "" if step.min is None else "≥" + show_money(np.array([step.min]))[0]
    if upper is None:
        return low
    high = "<" + show_money(np.array([upper]))[0]
    return f"（{low}且{high}）" if low else str(high)


def first_present(spec: BandSpec, table: Table) -> tuple[Floats, Ints]:
    """Value in 元 and number of the first field whose cell is not blank; NaN and -1 where all are."""
    value = np.full(len(table), np.nan)
    source = np.full(len(table), -1)
    for number, name in enumerate(spec.fields):
        amounts = table.frame[name].to_numpy(dtype=np.float64)
        there = table.present[name] & (source < 0)
        if spec.zero_is_blank_unless is not None:
            stage = table.frame["stage"].to_numpy(dtype=object)
            there &= ~((amounts == 0) & (stage != spec.zero_is_blank_unless))
        value[there], source[there] = amounts[there], number
    return value, source


def _days(spec: BandSpec, table: Table, as_of: dt.date) -> Banded:
    """Days from as-of to a date, on a scale of upper bounds; past days on one of their own."""
    name = spec.fields[0]
    date = table.frame[name].to_numpy(dtype="datetime64[s]").astype("datetime64[D]")
    known = ~np.isnat(date)
    days = np.where(known, (date - np.datetime64(as_of, "D")).astype(np.float64), np.nan)
    band = filled(len(table), UNKNOWN)
    text = nothing(len(table))
    header = _title(spec, table)
    low = -1.0
    for step in spec.steps:
        high = np.inf if step.max is None else step.max
        at = (days > low) & (days <= high)
        limit = f"≤{plain(high)}天" if step.max is not None else f">{plain(low)}天"
        band[at] = step.band
        text[at] = [f"{header}还有{plain(d)}天（{limit}）" for d in days[at].tolist()]
        low = high
    past = days < 0
    if spec.past is not None and spec.past.max is not None:
        band[past] = pick(-days[past] <= spec.past.max, spec.past.band, "低")
        text[past] = [f"{header}已过{plain(-d)}天" for d in days[past].tolist()]
    present = table.present[name]
    text[~known & present] = header + "无法识别"
    text[~known & ~present] = header + _NO_FILL
    return Banded(band, text, _cells(spec, table), pick(known, None, header))


def plain(number: float) -> str:
    """A whole number of days without decimals."""
    return str(int(number))


def _rules(spec: BandSpec, table: Table, as_of: dt.date) -> Banded:
    """The first rule whose facts about words all hold."""
    words = {name: table.frame[name].to_numpy(dtype=object) for name in spec.fields}
    band = word_levels(spec, words)
    return Banded(band, _word_text(spec, table, words), _cells(spec, table), _first_blank(spec, table, words, band))


def word_levels(spec: BandSpec, words: Mapping[str, Objects]) -> Objects:
    """Levels of a band of kind ``rules`` or ``words`` from the words of its fields, each of shape (n,)."""
    size = len(words[spec.fields[0]])
    band = filled(size, UNKNOWN)
    for word, level in spec.words.items() if spec.kind == "words" else ():
        band[words[spec.fields[0]] == word] = level
    open_ = np.ones(size, dtype=bool)
    for rule in spec.rules if spec.kind == "rules" else ():
        at = open_.copy()
        for fact in rule.all:
            at &= _holds(fact, words)
        band[at] = rule.band
        open_ &= ~at
    return band


def _holds(fact: Fact, words: Mapping[str, Objects]) -> Bools:
    if fact.blank:
        return every([is_none(words[name]) for name in fact.blank])
    return some([words[name] == fact.says for name in fact.any_of])


def _words(spec: BandSpec, table: Table, as_of: dt.date) -> Banded:
    """One word of a fixed vocabulary."""
    words = {name: table.frame[name].to_numpy(dtype=object) for name in spec.fields}
    band = word_levels(spec, words)
    return Banded(band, _word_text(spec, table, words), _cells(spec, table), _first_blank(spec, table, words, band))


def _known(spec: BandSpec, table: Table, as_of: dt.date) -> Banded:
    """高 when there is an amount or 明确, 中 when something else stands there."""
    name = spec.fields[0]
    value = table.frame[name].to_numpy(dtype=np.float64)
    word = table.frame[f"{name}.word"].to_numpy(dtype=object)
    present, header = table.present[name], _title(spec, table)
    sure = ~np.isnan(value) | (word == "明确")
    band = pick(sure, "高", pick(present, "中", UNKNOWN))
    text = pick(present, header + "未明确", header + _NO_FILL)
    text[word == "明确"] = header + "明确"
    amount = ~np.isnan(value)
    text[amount] = header + show_money(value[amount])
    return Banded(band, text, _cells(spec, table), pick(present, None, header))


def _rate_or_word(spec: BandSpec, table: Table, as_of: dt.date) -> Banded:
    """A level in words, or a rate against one bound."""
    name, least = spec.fields[0], spec.min or 0.0
    value = table.frame[name].to_numpy(dtype=np.float64)
    word = table.frame[f"{name}.word"].to_numpy(dtype=object)
    header, known = _title(spec, table), ~np.isnan(value)
    band = pick(is_there(word), word, pick(known, pick(value >= least, "高", "低"), UNKNOWN))
    text = filled(len(table), header + _NO_FILL)
    bound = show_percent(np.array([least]))[0]
    text[known] = [
        f"{header}{shown}{'≥' if v >= least else '<'}{bound}"
        for shown, v in zip(show_percent(value[known]), value[known].tolist(), strict=True)
    ]
    spoken = is_there(word)
    text[spoken] = header + word[spoken]
    return Banded(band, text, _cells(spec, table), pick(band == UNKNOWN, header, None))


def _over(spec: BandSpec, table: Table, as_of: dt.date) -> Banded:
    """高 when any of some rates is over its limit; 低 when at least one is known and none is."""
    rates = {name: table.frame[name].to_numpy(dtype=np.float64) for name in spec.fields}
    over = some([rates[name] > limit for name, limit in spec.limits.items()])
    known = some([~np.isnan(rate) for rate in rates.values()])
    band = pick(over, "高", pick(known, "低", UNKNOWN))
    parts = []
    for name, limit in spec.limits.items():
        value, there = rates[name], ~np.isnan(rates[name])
        part = nothing(len(table))
        bound = show_percent(np.array([limit]))[0]
        part[there] = [
            f"{table.header(name)}{shown}{'>' if v > limit else '≤'}{bound}"
            for shown, v in zip(show_percent(value[there]), value[there].tolist(), strict=True)
        ]
        parts.append(part)
    title = _title(spec, table)
    text = join_texts(parts, title + _NO_FILL)
    return Banded(band, text, _cells(spec, table), pick(known, None, title))


_KINDS: Mapping[str, Callable[[BandSpec, Table, dt.date], Banded]] = {
    "amount": _amount, "days": _days, "rules": _rules, "words": _words, "known": _known,
    "rate_or_word": _rate_or_word, "over": _over,
}  # fmt: skip


# ---------------------------------------------------------------- words and cells


def _title(spec: BandSpec, table: Table) -> str:
    """What the inputs are called: the headers that the table has, else the documents' first."""
    there = [table.header(name) for name in spec.fields if table.has(name)]
    return "/".join(there) or table.header(spec.fields[0])


def _word_text(spec: BandSpec, table: Table, words: Mapping[str, Objects]) -> Objects:
    parts = []
    for name in spec.fields:
        header, word = table.header(name), words[name]
        part = nothing(len(table))
        there = is_there(word)
        part[there] = header + word[there]
        parts.append(part)
    return join_texts(parts, _title(spec, table) + _NO_FILL)


def _first_blank(spec: BandSpec, table: Table, words: Mapping[str, Objects], band: Objects) -> Objects:
    """Header of the first input that is blank, where the band is unknown."""
    missing = nothing(len(table))
    names = [name for name in spec.fields if table.has(name)] or [spec.fields[0]]
    for name in reversed(names):
        missing[(band == UNKNOWN) & (is_none(words[name]))] = table.header(name)
    return missing


def join_texts(parts: list[Objects], none: str) -> Objects:
    """Texts of several columns joined by ``；`` a row; ``none`` where all are None."""
    if len(parts) == 1:
        return pick(is_none(parts[0]), none, parts[0])
    lines = zip(*parts, strict=True)
    return objects(["；".join([t for t in line if t]) or none for line in lines])


def _cells(spec: BandSpec, table: Table) -> Objects:
    """The cells of all inputs that the table has, joined by ``,``."""
    columns = [table.cells(name) for name in spec.fields if table.has(name)]
    return joined(columns) if columns else filled(len(table), "")


def _cells_by_source(spec: BandSpec, table: Table, source: Ints) -> Objects:
    """The cell of the field that decided, after the blank ones before it; all inputs' cells where none did.

    Where a 0 stands among them, the stage's cell too: it says whether 0 is an amount.
    """
    if len(spec.fields) == 1 and spec.zero_is_blank_unless is None:
        return _cells(spec, table)
    cited, zero = [], np.zeros(len(table), dtype=bool)
    for number, name in enumerate(spec.fields):
        looked = (source < 0) | (source >= number)
        cited.append(pick(looked, table.cells(name), None))
        zero |= looked & (table.frame[name].to_numpy(dtype=np.float64) == 0)
    if spec.zero_is_blank_unless is not None:
        cited.append(pick(zero, table.cells("stage"), None))
    return joined(cited)
