"""How often a customer is contacted, in times a month (S000-62): 4, 2次/月, 每周1-2次, 每两周1次, 每季度1次.

A week counts as a quarter of a month, as the documents' own pairs do (每周2次 beside 8次/月, 每两周1次 beside 2); a range
decides by its lower bound, as amounts do.  每3天 and 不定期 name no whole number of times: they are not read.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from crmsheet.arrays import Bools, Floats, Objects, nothing
from crmsheet.values.columns import LONGEST, fold, is_blank, mark, parse_distinct, spread_floats
from crmsheet.values.names import simplify
from crmsheet.values.numerals import has_numeral, to_arabic

UNPARSEABLE = "frequency-unparseable"
HEADER_UNITS = {None: 1.0, "次": 1.0, "次/月": 1.0, "次/周": 4.0, "次/季": 1 / 3, "次/年": 1 / 12}  # to times a month

_WEEK = "周|个?星期|个?礼拜"
_NAMED = {"双周": 2.0, "隔周": 2.0, "半个?月": 2.0, _WEEK: 4.0, "个?月": 1.0, "个?季度?": 1 / 3, "半年": 1 / 6, "年": 1 / 12}
_DAYS = {7: 4.0, 14: 2.0, 15: 2.0, 30: 1.0}
_WEEKS = (1, 2, 4)
_NUMBER = r"(?P<times>\d{1,3}(?:\.\d)?)(?:[-–—~〜至到]\d{1,3}(?:\.\d)?)?"
_PERIOD = rf"(?P<count>\d{{1,2}})?(?:(?P<days>天|日)|(?P<unit>{'|'.join(_NAMED)}))"
_SHAPES = (
    re.compile(rf"{_NUMBER}次?"),
    re.compile(rf"(?:约|至少)?{_NUMBER}次(?:/每?|每){_PERIOD}"),
    re.compile(rf"每?{_PERIOD}(?:约|至少)?{_NUMBER}次"),
    re.compile(rf"每?{_PERIOD}"),
)


class FrequencyColumn(NamedTuple):
    """Times a month (NaN where blank or unread) and problems, shape (n,)."""

    value: Floats
    problem: Objects


def parse_frequency(text: str, unit: float = 1.0) -> float | None:
    """Times a month, None where it is not certain.  ``unit``: what a bare number counts, in times a month."""
    if len(text) > LONGEST:
        return None
    folded = simplify(fold(text))
    plain = to_arabic(folded) if has_numeral(folded) else folded
    match = next((found for shape in _SHAPES if (found := shape.fullmatch(plain))), None)
    if match is None:
        return None
    parts = match.groupdict()
    every = _every(parts, unit)
    return None if every is None else float(parts.get("times") or 1) * every


def _every(found: dict[str, str | None], unit: float) -> float | None:
    """How many such periods a month has."""
    count = int(found.get("count") or 1)
    if found.get("days"):
        return _DAYS.get(count)
    name = found.get("unit")
    if name is None:
        return unit
    a_month = next(times for words, times in _NAMED.items() if re.fullmatch(words, name))
    uneven = count not in _WEEKS if re.fullmatch(_WEEK, name) else not count
    return None if uneven else a_month / count


def read_frequencies(number: Floats, is_date: Bools, text: Objects, header_unit: str | None) -> FrequencyColumn:
    """Read one column, all arrays of shape (n,).  4-8 that Excel took for a day is a problem; under a unit that counts no
    times (天) nothing is read, and nothing is wrong.
    """
    unit = HEADER_UNITS.get(header_unit)
    if unit is None:
        return FrequencyColumn(np.full(len(number), np.nan), nothing(len(number)))
    codes, parsed = parse_distinct(text, lambda value: np.nan if is_blank(value) else parse_frequency(value, unit))
    spoken = spread_floats(codes, [np.nan if one is None else one for one in parsed])
    unread = np.append([one is None for one in parsed], False)[codes].astype(bool) | is_date
    return FrequencyColumn(np.where(is_date | np.isnan(number), spoken, number * unit), mark(unread, UNPARSEABLE))
