"""Amounts of money, in 元 (S000-14..16, S002-24..26).

A range decides by its lower bound. Bounds are `[low, high]`: 以上 has no upper bound (inf), 以下 has the
lower bound 0, 超 and > do not hold their bound, so their lower bound is one fen above it. Negative amounts
and other currencies are not read. Blank is NaN without a problem.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

import numpy as np

from crmsheet.arrays import Bools, Floats, Objects, nothing
from crmsheet.values.columns import (
    LONGEST,
    fold,
    is_blank,
    parse_distinct,
    spread_bools,
    spread_floats,
    spread_objects,
)
from crmsheet.values.numerals import amounts_to_arabic, has_numeral

UNPARSEABLE = "money-unparseable"
SUSPECT = "unit-suspect"

HEADER_UNITS = {"元": 1.0, "千元": 1e3, "万元": 1e4, "百万元": 1e6, "千万元": 1e7, "亿元": 1e8}
# From here on a bare number was hardly meant in the header's unit: 100,000 万元 are 10亿 (千元 and 百万元
# alike).
_SUSPECT_FROM = {"千元": 1e6, "万元": 1e5, "百万元": 1e3, "千万元": 1e3, "亿元": 1e3}
# Above 1,000万亿 no team's amount lies, and floats no longer hold 分.
_MOST = 1e15
_FEN = 0.01

_SCALES = {
    "百": 1e2, "千": 1e3, "k": 1e3, "万": 1e4, "w": 1e4, "十万": 1e5, "百万": 1e6, "千万": 1e7, "亿": 1e8,
    "十亿": 1e9, "百亿": 1e10, "千亿": 1e11, "万亿": 1e12,
}  # fmt: skip
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d{1,4}(?:,\d{4})+|\d{1,18})(?:\.\d+)?"
_SCALE = r"(?:万亿|[十百千]?[万亿]|千|百|k|w)"
_SIGN = r"(?:¥|rmb¥?|cny|人民币|约)"
_YUAN = r"(?:元(?:整|人民币)?|圆整?|块钱?|rmb|cny|人民币元?)"
_NOTE = re.compile(r"[(\[【](?:含税|不含税|未税|税前|税后|预估|预计|估计|暂估|约|含)[)\]】]")
_ABOUT_BEFORE = r"(?P<about>大约|大概|大致|约|预计|预估|估计|≈|~)?"
_SIDE_BEFORE = (
    r"(?P<before>不低于|不少于|至少|高于|大于|超过|超|多于|≥|>=|>"
    r"|不超过|不高于|至多|低于|小于|少于|不到|不足|≤|<=|<)?"
)
_SIDE_AFTER = r"(?P<after>及?以上|起|\+|及?以下|以内|之内|左右|上下)?"
_SHAPE = re.compile(
    rf"{_ABOUT_BEFORE}{_SIDE_BEFORE}(?P<sign>{_SIGN})?(?P<number>{_NUMBER})(?P<more>[多余])?(?P<scale>{_SCALE})?"
    rf"(?P<more2>[多余])?(?P<yuan>{_YUAN})?"
    rf"(?:[-–—―~〜至到]+(?P<sign2>{_SIGN})?(?P<number2>{_NUMBER})(?P<scale2>{_SCALE})?(?P<yuan2>{_YUAN})?)?{_SIDE_AFTER}"
)
_UP = {"不低于", "不少于", "至少", "≥", ">=", "以上", "及以上", "起", "+"}
_ABOVE = {"高于", "大于", "超过", "超", "多于", ">"}
_DOWN = {
    "不超过",
    "不高于",
    "至多",
    "≤",
    "<=",
    "低于",
    "小于",
    "少于",
    "不到",
    "不足",
    "<",
    "以下",
    "及以下",
    "以内",
    "之内",
}


class Money(NamedTuple):
    """One amount in 元. `unit` is what the number was counted in (万元, 元), None for a bare one under no
    unit.
    """

    low: float
    high: float
    approximate: bool
    unit: str | None
    problem: str | None


class MoneyColumn(NamedTuple):
    """Amounts in 元, shape (n,). NaN with problem None is blank; `bare` marks values without a unit in their
    cell.
    """

    low: Floats
    high: Floats
    problem: Objects
    bare: Bools


_BLANK = Money(math.nan, math.nan, False, None, None)


def parse_money(text: str, unit: str | None = None) -> Money:
    """Read one text; `unit` is the header's (元, 千元, 万元, 百万元, 千万元, 亿元) and counts for bare
    numbers only.

    Problems: `money-unparseable`, `unit-suspect` (a bare number of 100,000 or more under 万元, or a unit
    unknown here).
    """
    return _parse(text, unit)[0]


def read_money(number: Floats, text: Objects, unit: str | None = None) -> MoneyColumn:
    """Read one column: `number` (NaN where the cell is none) before `text` (None where the cell is none)."""
    codes, parsed = parse_distinct(text, lambda value: _parse(value, unit))
    is_number = ~np.isnan(number)
    amount, problem = _bare_amounts(number, is_number, unit)
    low = np.where(is_number, amount, spread_floats(codes, [one.low for one, _ in parsed]))
    high = np.where(is_number, amount, spread_floats(codes, [one.high for one, _ in parsed]))
    texts = spread_objects(codes, [one.problem for one, _ in parsed])
    bare = np.where(is_number, ~np.isnan(amount), spread_bools(codes, [is_bare for _, is_bare in parsed]))
    return MoneyColumn(low, high, np.where(is_number, problem, texts), bare)


def suspects_unit(low: Floats, bare: Bools | None = None) -> bool:
    """Say whether a column without a unit was probably meant in 万元: the median of its bare amounts is under
    1,000.

    `low` in 元, shape (n,); NaN and 0 do not count. `bare` (from `MoneyColumn`) leaves out amounts with a
    unit.
    """
    counted = low > 0
    if bare is not None:
        counted &= bare
    return bool(counted.any()) and float(np.median(low[counted])) < 1000


def _bare_amounts(number: Floats, is_number: Bools, unit: str | None) -> tuple[Floats, Objects]:
    scale = HEADER_UNITS.get(unit or "元", math.nan)
    usable = is_number & (number >= 0) & (number <= _MOST)
    suspect = usable & ~(number < _suspect_from(unit))
    plain = np.where(usable & ~suspect, number, np.nan)
    amount = np.round(plain * scale, 2)
    suspect |= usable & ~suspect & (amount > _MOST)
    problem = nothing(len(number))
    problem[is_number & ~usable] = UNPARSEABLE
    problem[suspect] = SUSPECT
    return amount, problem


def _suspect_from(unit: str | None) -> float:
    if unit is None or unit == "元":
        return math.inf
    # a unit that is no unit of 元 (万美元, %) makes every bare number suspect
    return _SUSPECT_FROM.get(unit, -math.inf)


def _yuan(value: float, scale: float) -> float:
    # to whole 分: 1.1 × 10,000 would be 11000.000000000002; the same steps as numpy.round takes
    if not value * scale <= _MOST:
        return math.nan
    return round(value * scale * 100) / 100


def _parse(text: str, unit: str | None) -> tuple[Money, bool]:
    if is_blank(text):
        return _BLANK, False
    if len(text) > LONGEST:
        return _failed(UNPARSEABLE), False
    folded = _NOTE.sub("", fold(text))
    if has_numeral(folded):
        folded = amounts_to_arabic(folded)
    match = _SHAPE.fullmatch(folded)
    return _money(match, unit) if match else (_failed(UNPARSEABLE), False)


def _failed(problem: str) -> Money:
    return Money(math.nan, math.nan, False, None, problem)


def _money(match: re.Match[str], unit: str | None) -> tuple[Money, bool]:
    scale, name = _scale(match)
    values = [_number(match["number"])] + ([_number(match["number2"])] if match["number2"] else [])
    bare = scale is None
    if (bare and not values[0] < _suspect_from(unit)) or _is_half_a_unit(match, unit):
        return _failed(SUSPECT), False
    factor = HEADER_UNITS.get(unit or "元", math.nan) if scale is None else scale
    first = _first_scale(match, factor)
    low, high = _yuan(values[0], first), _yuan(values[-1], factor)
    bounds = _bounds(low, high, match)
    if bounds is None or not bounds[0] <= bounds[1] or not high <= _MOST:
        return _failed(UNPARSEABLE), False
    return Money(*bounds, _is_about(match), unit if bare else name, None), bare


def _scale(match: re.Match[str]) -> tuple[float | None, str | None]:
    """Return how many 元 one counts and that unit's name; None when the cell names none.

    50-100万 and 50万-100 both count in 万: the second number's unit holds for a first without one, and back.
    """
    word = match["scale2"] or match["scale"]
    if word:
        return _SCALES[word], {"k": "千", "w": "万"}.get(word, word) + "元"
    signs = (match["sign"], match["sign2"], match["yuan"], match["yuan2"])
    named = any(sign and sign != "约" for sign in signs)
    return (1.0, "元") if named else (None, None)


def _is_half_a_unit(match: re.Match[str], unit: str | None) -> bool:
    # 3千 under (万元) is 3,000 to one reader and 3千万 to another
    word = match["scale2"] or match["scale"]
    return word in ("百", "千") and not (match["yuan2"] or match["yuan"]) and unit not in (None, "元")


def _first_scale(match: re.Match[str], factor: float) -> float:
    if not match["number2"]:
        return factor
    if match["scale"]:
        return _SCALES[match["scale"]]
    return 1.0 if match["yuan"] else factor


def _number(digits: str) -> float:
    return float(digits.replace(",", ""))


def _is_about(match: re.Match[str]) -> bool:
    words = (match["about"], match["more"], match["more2"])
    return any(words) or match["after"] in ("左右", "上下") or "约" in (match["sign"], match["sign2"])


def _bounds(low: float, high: float, match: re.Match[str]) -> tuple[float, float] | None:
    sides = [side for side in (match["before"], match["after"]) if side and side not in ("左右", "上下")]
    vague = bool(match["more"] or match["more2"])
    if (match["number2"] and (sides or vague)) or len(sides) > 1:
        return None
    if not sides:
        return low, math.inf if vague else high
    if sides[0] in _DOWN:
        return 0.0, high
    return (low + _FEN if sides[0] in _ABOVE else low), math.inf
