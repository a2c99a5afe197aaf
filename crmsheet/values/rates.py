"""Rates as fractions (6% is 0.06): a % sign, a percent format or a (%) header is needed; a bare 6 is not
read.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

import numpy as np

from crmsheet.arrays import Bools, Floats, Objects
from crmsheet.values.columns import (
    LONGEST,
    fold,
    is_blank,
    mark,
    parse_distinct,
    spread_floats,
    spread_objects,
)

UNPARSEABLE = "rate-unparseable"

_SCALES = {"%": 100.0, "‰": 1000.0}
# A rate decides by its lower bound like every range, so 20%以上 and ≥20% are 20%; an upper bound alone says
# nothing.
_SHAPE = re.compile(r"(?:约|≈|≥|>=)?(?P<number>[+-]?\d{1,9}(?:\.\d+)?)(?P<sign>[%‰])?(?:及?以上|左右)?")


class Rate(NamedTuple):
    """A fraction, NaN where unread or blank."""

    value: float
    problem: str | None


class RateColumn(NamedTuple):
    """Fractions, shape (n,), and problems (`rate-unparseable` or None)."""

    value: Floats
    problem: Objects


def parse_rate(text: str, unit: str | None = None) -> Rate:
    """Read one text; `unit` is the header's (%, ‰) and counts for numbers without a sign. 0 needs no sign."""
    if is_blank(text):
        return Rate(math.nan, None)
    match = _SHAPE.fullmatch(fold(text)) if len(text) <= LONGEST else None
    if match is None:
        return Rate(math.nan, UNPARSEABLE)
    number = float(match["number"])
    sign = match["sign"] or unit
    if sign in _SCALES:
        return Rate(number / _SCALES[sign], None)
    return Rate(0.0, None) if number == 0 else Rate(math.nan, UNPARSEABLE)


def read_rates(number: Floats, text: Objects, percent: Bools, unit: str | None = None) -> RateColumn:
    """Read one column. `percent` marks cells whose number format shows a percentage: they hold the fraction
    itself.
    """
    codes, parsed = parse_distinct(text, lambda value: parse_rate(value, unit))
    is_number = ~np.isnan(number)
    bare = number / _SCALES[unit] if unit in _SCALES else np.where(number == 0, 0.0, np.nan)
    fraction = np.where(percent, number, bare)
    fraction = np.where(np.isfinite(fraction), fraction, np.nan)
    problem = mark(np.isnan(fraction), UNPARSEABLE)
    return RateColumn(
        np.where(is_number, fraction, spread_floats(codes, [rate.value for rate in parsed])),
        np.where(is_number, problem, spread_objects(codes, [rate.problem for rate in parsed])),
    )
