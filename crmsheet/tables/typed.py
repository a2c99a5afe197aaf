"""Raw cells of one field → typed columns, with a finding for each cell that cannot be read (SPEC §3).

A field gives one column of its name: text as str or None, money in 元 (a range's lower bound), headcounts,
rates as fractions and numbers as float64 with NaN, dates as datetime64[s] with NaT (a range's first day), words
of a vocabulary in the documents' spelling.  ``budget`` and ``growth`` may be a word instead: ``<field>.word``;
headcounts, decision chains, frequencies (times a month) and words of a small set (客户类型) keep their text: ``<field>.text``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from crmsheet.arrays import Array, Bools, Objects, Times, is_none, is_there, nothing, pick
from crmsheet.model import Finding
from crmsheet.privacy.detect import scrub
from crmsheet.tables.raw import Raw, blank_raw, joined, plain_number, texts_of
from crmsheet.tables.spec import Field
from crmsheet.tables.table import Table
from crmsheet.values.columns import distinct, fold, spread_bools
from crmsheet.values.dates import read_dates
from crmsheet.values.frequencies import read_frequencies
from crmsheet.values.money import MoneyColumn, read_money, suspects_unit
from crmsheet.values.ranges import read_headcount
from crmsheet.values.rates import read_rates
from crmsheet.values.words import read_words, vocabulary_of

# A day without a year in these columns is the latest one not after as-of: such things have happened.
PAST = frozenset({
    "followup_at", "recorded_at", "first_contact", "last_followup", "created_at", "graded_at", "planned_at", "stage_changed_at",
})  # fmt: skip
WORDS = {"plan": "plan", "need_clarity": "need_clarity", "chain": "chain", "level": "level", "stage": "stage"}
_TAKEN = {"kind": "企业", "progress": "无"}  # what other words count as where the vocabulary has no middle one
TEXTS = ("text", "name", "person")  # a number among them is a text too
_BARE = re.compile(r"\s*[-+]?[\d,，]+(\.\d+)?\s*")


class Reading(NamedTuple):
    """What reading one field gave."""

    columns: Mapping[str, Array]
    present: Bools
    text: Objects  # what was typed: words that became a band or a date stand here as they were
    findings: list[Finding]


def read_field(
    field: Field, parts: Sequence[Raw | None], table: Table, before: Mapping[str, Reading], as_of: dt.date, *,
    date1904: bool,
) -> Reading:  # fmt: skip
    """Read one field over all regions.  ``parts`` are its raw cells a region (None: the region has no such column);
    ``date1904``: the workbook's epoch."""
    sizes = np.bincount(table.places[field.name].region, minlength=len(parts)).tolist()
    raw = joined([part if part is not None else blank_raw(size) for part, size in zip(parts, sizes, strict=True)])
    if field.type in (*WORDS, "word"):
        raw = _with_answers(raw, _vocabulary(field))
    units = [region.units.get(field.name) for region in table.regions]
    cells = _Cells(field, table, raw)
    columns: dict[str, Array]
    if field.type == "date":
        columns, problem = _dates(field, raw, before, as_of, date1904=date1904)
    elif field.type in ("money", "budget"):
        columns, problem = _money(field, raw, units, sizes, cells)
    elif field.type in ("rate", "growth"):
        columns, problem = _rates(field, raw, units, sizes)
    elif field.type == "headcount":
        sized = read_headcount(raw.number, raw.text)
        columns, problem = {field.name: sized.low, f"{field.name}.text": texts_of(raw)}, sized.problem
        cells.once("number-as-text", _typed_as_text(raw.text) & ~np.isnan(sized.low))
    elif field.type in (*WORDS, "word"):
        columns, problem = _words(field, texts_of(raw), cells)
    elif field.type == "frequency":
        columns, problem = _frequencies(field, raw, units, sizes)
        cells.once("number-as-text", _typed_as_text(raw.text))
    else:
        columns, problem = {field.name: texts_of(raw)}, nothing(len(raw.number))
    text = columns[field.name] if field.type in TEXTS else raw.text
    return Reading(columns, raw.present, text, [*cells.errors(), *cells.problems(problem), *cells.findings])


class _Cells:
    """Makes findings for the cells of one field."""

    def __init__(self, field: Field, table: Table, raw: Raw) -> None:
        self.field, self.table, self.raw = field, table, raw
        self.header = table.header(field.name)
        self.findings: list[Finding] = []

    def shown(self, position: int) -> str | None:
        """The raw value as it may be shown."""
        text = self.raw.text[position]
        if text is None and not np.isnan(self.raw.number[position]):
            text = plain_number(float(self.raw.number[position]))
        return None if text is None else "***" if self.field.private else scrub(str(text))[:80]

    def errors(self) -> list[Finding]:
        """#N/A and its kin."""
        at = np.flatnonzero(is_there(self.raw.error))
        return [self._finding("cell-error", i, str(self.raw.error[i])) for i in at.tolist()]

    def problems(self, problem: Objects) -> list[Finding]:
        """One finding a cell that its grammar could not read."""
        at = np.flatnonzero(is_there(problem))
        return [self._finding(str(problem[i]), i, self.shown(i)) for i in at.tolist()]

    def once(self, code: str, where: Bools, **params: object) -> None:
        """One finding a column: at the first such cell, with the count."""
        at = np.flatnonzero(where)
        if len(at):
            first = int(at[0])
            self.findings.append(self._finding(code, first, self.shown(first), count=len(at), **params))

    def _finding(self, code: str, position: int, value: str | None, **params: object) -> Finding:
        if code == "unit-suspect" and "what" not in params:
            params |= {
                "what": f"“{self.header}”的单位是万元，{value} 相当于 10 亿元以上，按未知处理",
                "what_en": f"“{self.header}” is in 万元, so {value} would be 10亿 or more; it counts as unknown",
            }
        where = self.table.ref(self.field.name, position)
        return Finding(code, where, value, {"field": self.header, **params})


def _dates(
    field: Field, raw: Raw, before: Mapping[str, Reading], as_of: dt.date, *, date1904: bool
) -> tuple[dict[str, Array], Objects]:
    size = len(raw.number)
    base: Times = np.full(size, np.datetime64(as_of, "s"))
    if field.name in PAST:
        base = np.full(size, np.datetime64(as_of - dt.timedelta(days=364), "s"))
    elif "followup_at" in before:
        own = before["followup_at"].columns["followup_at"]
        base = np.where(np.isnat(own), base, own)
    read = read_dates(raw.number, raw.is_date, raw.text, base, date1904=date1904)
    return {field.name: read.start}, read.problem


def _money(
    field: Field, raw: Raw, units: Sequence[str | None], sizes: Sequence[int], cells: _Cells
) -> tuple[dict[str, Array], Objects]:
    word = read_words(raw.text, "budget").word if field.type == "budget" else nothing(len(raw.text))
    text = pick(is_none(word), raw.text, None)
    parts, start = [], 0
    for unit, size in zip(units, sizes, strict=True):
        parts.append(read_money(raw.number[start : start + size], text[start : start + size], unit))
        start += size
    read = MoneyColumn(*(np.concatenate([part[i] for part in parts]) for i in range(4)))
    if all(unit is None for unit in units) and suspects_unit(read.low, read.bare):
        low = float(np.nanmedian(read.low))
        cells.once(
            "unit-suspect", read.bare,
            what=f"“{cells.header}”没有写单位，中位数只有 {plain_number(low)}，可能是万元；现按元读取",
            what_en=f"“{cells.header}” names no unit and its median is only {plain_number(low)}; it is read as 元",
        )  # fmt: skip
    cells.once("number-as-text", _typed_as_text(text) & ~np.isnan(read.low))
    columns = {field.name: read.low}
    if field.type == "budget":
        return {**columns, f"{field.name}.word": word}, read.problem
    return columns, read.problem


def _rates(
    field: Field, raw: Raw, units: Sequence[str | None], sizes: Sequence[int]
) -> tuple[dict[str, Array], Objects]:
    size = len(raw.number)
    word = nothing(size)
    if field.type == "growth":
        found = read_words(raw.text, "level")
        word = pick(is_none(found.problem), found.word, None)
    text = pick(is_none(word), raw.text, None)
    percent_unit = np.repeat(np.array([unit == "%" for unit in units], dtype=bool), sizes)
    plain, marked = (read_rates(raw.number, text, raw.percent, unit) for unit in (None, "%"))
    value = np.where(percent_unit, marked.value, plain.value)
    problem = pick(percent_unit, marked.problem, plain.problem)
    if field.type == "growth":
        return {field.name: value, f"{field.name}.word": word}, problem
    return {field.name: value}, problem


def _frequencies(
    field: Field, raw: Raw, units: Sequence[str | None], sizes: Sequence[int]
) -> tuple[dict[str, Array], Objects]:
    parts, start = [], 0
    for unit, size in zip(units, sizes, strict=True):
        rows = slice(start, start + size)
        parts.append(read_frequencies(raw.number[rows], raw.is_date[rows], raw.text[rows], unit))
        start += size
    value, problem = (np.concatenate([part[i] for part in parts]) for i in range(2))
    return {field.name: value, f"{field.name}.text": texts_of(raw)}, problem


def _vocabulary(field: Field) -> str:
    return WORDS.get(field.type, field.name)


def _with_answers(raw: Raw, vocabulary: str) -> Raw:
    """无 stands for nothing in most columns; where it is an answer (采购计划, 进展), its cell is not blank."""
    answers = vocabulary_of(vocabulary).not_blank
    found = distinct(raw.text)
    answered = spread_bools(found.codes, [fold(value) in answers for value in found.values])
    return raw._replace(present=raw.present | answered) if answered.any() else raw


def _words(field: Field, text: Objects, cells: _Cells) -> tuple[dict[str, Array], Objects]:
    """Words of the field's vocabulary.  Where other words of the cell are worth something, they are kept beside them: who
    decides, for a tag (S001-39), and every sign that a customer is a person."""
    read = read_words(text, _vocabulary(field))
    known = vocabulary_of(_vocabulary(field))
    cells.once(
        "value-not-allowed", is_there(read.problem),
        allowed="/".join(known.levels), taken=known.middle or _TAKEN.get(field.name, "未知"),
    )  # fmt: skip
    columns: dict[str, Array] = {field.name: read.word}
    if field.type in ("chain", "word"):
        columns[f"{field.name}.text"] = text
    return columns, nothing(len(text))


def _typed_as_text(text: Objects) -> Bools:
    found = distinct(text)
    return spread_bools(found.codes, [bool(_BARE.fullmatch(value)) for value in found.values])

