"""Headcounts and their size class (S001-28..30, S000-19): ≥500 大型, 50–499 中小, <50 小微, by the lower
bound.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

import numpy as np

from crmsheet.arrays import Floats, Objects, nothing
from crmsheet.values.columns import (
    LONGEST,
    fold,
    is_blank,
    mark,
    parse_distinct,
    spread_floats,
    spread_objects,
)
from crmsheet.values.money import parse_money
from crmsheet.values.numerals import has_numeral, to_arabic

UNPARSEABLE = "range-unparseable"

LARGE, MEDIUM, SMALL = "大型", "中小", "小微"
_LARGE_FROM, _MEDIUM_FROM = 500, 50
# No employer on earth has more people; a larger number is a phone or a registration number in the wrong
# column.
_MOST = 1e7

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.\d+)?"
_PEOPLE = r"(?:名?人|名(?:员工)?|员工|个人)"
_SHAPE = re.compile(
    r"(?:员工数?|人数|规模|约|大约|大概|近似)*[::]?"
    r"(?P<before>不低于|不少于|至少|大于|超过|超|多于|≥|>=|>|不超过|至多|小于|少于|不到|不足|低于|≤|<=|<)?"
    rf"(?P<number>{_NUMBER})(?P<scale>[千万kw])?(?P<more>[多余])?(?P<people>{_PEOPLE})?"
    rf"(?:[-–—―~〜至到]+(?P<number2>{_NUMBER})(?P<scale2>[千万kw])?(?P<people2>{_PEOPLE})?)?"
    r"(?P<after>及?以上|\+|及?以下|以内|左右|上下)?(?P<people3>人)?"
)
_SCALES = {"千": 1e3, "k": 1e3, "万": 1e4, "w": 1e4}
_ABOVE = {"大于", "超过", "超", "多于", ">"}
_DOWN = {"不超过", "至多", "小于", "少于", "不到", "不足", "低于", "≤", "<=", "<", "以下", "及以下", "以内"}
_WORDS = {
    LARGE: re.compile(r"(?:特?大型|大)(?:企业|公司|集团)?"),
    MEDIUM: re.compile(r"(?:中小型?|中型|中等)(?:企业|公司|规模)?"),
    SMALL: re.compile(r"(?:小微型?|小型|微型|微小)(?:企业|公司)?"),
}
_PERSON = re.compile(r"个人(?:客户|店主|经营)?|个体(?:户|工商户|经营)?|自然人")
# S000-19 lets 企业规模 be a revenue instead of a headcount: well written, but it says nothing about people.
_REVENUE = re.compile(r"(?:年?营业?收入?|年?营业额|年?营收|年收入|年?产值|年?销售额)[::]?(?P<amount>.+)")


class Headcount(NamedTuple):
    """People from `low` to `high` (inf without an upper bound) and the size class by `low`; NaN and None
    where unknown.

    个人 and a revenue (营收5000万) are fine and have no bounds; a class word (大型企业) has a class and no
    bounds.
    """

    low: float
    high: float
    size_class: str | None
    problem: str | None


class HeadcountColumn(NamedTuple):
    """Headcounts, shape (n,): bounds in people, size class (str or None), problem (str or None)."""

    low: Floats
    high: Floats
    size_class: Objects
    problem: Objects


_NOTHING = Headcount(math.nan, math.nan, None, None)
_FAILED = Headcount(math.nan, math.nan, None, UNPARSEABLE)


def parse_headcount(text: str) -> Headcount:
    """Read one text; problem `range-unparseable`."""
    if is_blank(text):
        return _NOTHING
    if len(text) > LONGEST:
        return _FAILED
    folded = fold(text)
    for size_class, word in _WORDS.items():
        if word.fullmatch(folded):
            return Headcount(math.nan, math.nan, size_class, None)
    if _PERSON.fullmatch(folded) or _is_revenue(folded):
        return _NOTHING
    match = _SHAPE.fullmatch(to_arabic(folded) if has_numeral(folded) else folded)
    return _headcount(match) if match else _FAILED


def read_headcount(number: Floats, text: Objects) -> HeadcountColumn:
    """Read one column: `number` (NaN where the cell is none) before `text` (None where the cell is none)."""
    codes, parsed = parse_distinct(text, parse_headcount)
    is_number = ~np.isnan(number)
    usable = is_number & (number >= 0) & (number <= _MOST) & (number == np.floor(number))
    people = np.where(usable, number, np.nan)
    problem = mark(~usable, UNPARSEABLE)
    return HeadcountColumn(
        np.where(is_number, people, spread_floats(codes, [one.low for one in parsed])),
        np.where(is_number, people, spread_floats(codes, [one.high for one in parsed])),
        np.where(is_number, size_classes(people), spread_objects(codes, [one.size_class for one in parsed])),
        np.where(is_number, problem, spread_objects(codes, [one.problem for one in parsed])),
    )


def size_classes(low: Floats) -> Objects:
    """Return 大型, 中小 or 小微 for each lower bound in people, None for NaN (S001-28..30)."""
    classes = nothing(len(low))
    classes[low < _MEDIUM_FROM] = SMALL
    classes[low >= _MEDIUM_FROM] = MEDIUM
    classes[low >= _LARGE_FROM] = LARGE
    return classes


def _is_revenue(folded: str) -> bool:
    match = _REVENUE.fullmatch(folded)
    return match is not None and parse_money(match["amount"]).problem is None


def _headcount(match: re.Match[str]) -> Headcount:
    if (match["scale"] or match["scale2"]) and not (match["people"] or match["people2"] or match["people3"]):
        return _FAILED  # 5000万 without 人 is a turnover
    scale = _SCALES[match["scale"] or match["scale2"]] if match["scale"] or match["scale2"] else 1.0
    low = _people(match["number"], scale)
    high = (
        _people(match["number2"], _SCALES[match["scale2"]] if match["scale2"] else scale)
        if match["number2"]
        else low
    )
    bounds = _bounds(low, high, match)
    if bounds is None or not bounds[0] <= bounds[1] or low % 1 or not high <= _MOST:
        return _FAILED
    return Headcount(*bounds, str(size_classes(np.array([bounds[0]]))[0]), None)


def _people(digits: str, scale: float) -> float:
    return round(float(digits.replace(",", "")) * scale, 6)


def _bounds(low: float, high: float, match: re.Match[str]) -> tuple[float, float] | None:
    sides = [side for side in (match["before"], match["after"]) if side and side not in ("左右", "上下")]
    if len(sides) > 1 or (match["number2"] and (sides or match["more"])):
        return None
    if not sides:
        return low, math.inf if match["more"] else high
    if sides[0] in _DOWN:
        return 0.0, high
    return (low + 1 if sides[0] in _ABOVE else low), math.inf
