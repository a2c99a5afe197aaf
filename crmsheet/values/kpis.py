"""KPIs of the strategy table, `复购率≥80%/85%;满意度≥90%/88%`, target before actual (S004-29..33,
S004-46..53).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from crmsheet.arrays import Objects
from crmsheet.values.columns import LONGEST, is_blank, parse_distinct, spread_objects, tidy

UNQUANTIFIED = "kpi-unquantified"

_OPERATORS = {
    "≥": "≥", ">=": "≥", "=>": "≥", "≧": "≥", "⩾": "≥", "不低于": "≥", "不少于": "≥",
    "≤": "≤", "<=": "≤", "=<": "≤", "≦": "≤", "⩽": "≤", "不高于": "≤", "不超过": "≤", "不多于": "≤",
    ">": ">", "高于": ">", "大于": ">", "<": "<", "低于": "<", "小于": "<",
}  # fmt: skip
_WORDS = "|".join(sorted(map(re.escape, _OPERATORS), key=len, reverse=True))
_VALUE = r"[+-]?\d{1,12}(?:,\d{3})*(?:\.\d+)?"
_UNIT = r"[^\d/;,+-]{0,6}"
_SHAPE = re.compile(
    rf"(?P<metric>.+?)[::]?(?P<op>{_WORDS})(?P<target>{_VALUE})(?P<unit>{_UNIT})"
    rf"(?:/(?:实际|实际值|当前)?[::]?(?P<actual>{_VALUE})(?P<unit2>{_UNIT})|/.*)?"
)
# A comma inside 1,000 separates nothing.
_SEPARATOR = re.compile(r"[;、]|,(?!\d{3}(?!\d))|(?<!\d),")

_GOOD, _FAIR = 0.9, 0.6


class Kpi(NamedTuple):
    """One KPI; `target` and `actual` in the printed unit (80 for 80%). Unquantified without both of them."""

    metric: str
    op: str | None
    target: float | None
    actual: float | None
    unit: str
    problem: str | None

    @property
    def met(self) -> bool | None:
        """Whether the actual value reaches the target, None when one of them is missing."""
        if self.problem or self.target is None or self.actual is None:
            return None
        return {
            "≥": self.actual >= self.target,
            ">": self.actual > self.target,
            "≤": self.actual <= self.target,
            "<": self.actual < self.target,
        }[self.op or "≥"]

    @property
    def attainment(self) -> float | None:
        """How much of the target is reached, 0 to 1: actual/target for ≥, target/actual for ≤; None when
        unquantified.

        Where that would divide by nothing (a target of 0 or below for ≥, an actual of 0 or below for ≤) it is
        1 when the KPI is met and 0 when not.
        """
        if self.problem or self.target is None or self.actual is None:
            return None
        part, whole = (self.actual, self.target) if self.op in ("≥", ">") else (self.target, self.actual)
        if whole <= 0:
            return 1.0 if self.met else 0.0
        return min(1.0, max(0.0, part / whole))


def parse_kpis(text: str) -> tuple[Kpi, ...]:
    """Return every KPI of a cell in order; blank is (). What cannot be measured has problem
    `kpi-unquantified`.
    """
    if is_blank(text):
        return ()
    # lines separate too, and tidy would drop them; letters stay as they are, for people read the metric's name again
    items = ("".join(item.split()) for line in text.splitlines() for item in _SEPARATOR.split(tidy(line)))
    return tuple(_kpi(item) for item in items if item)


def read_kpis(text: Objects) -> Objects:
    """`parse_kpis` over a column, shape (n,); () where there is no text."""
    codes, parsed = parse_distinct(text, parse_kpis)
    return spread_objects(codes, parsed, fill=())


def rate_kpis(kpis: Sequence[Kpi]) -> str | None:
    """Return 优, 良, 中 or 差; None when no KPI is quantified.

    优 when every quantified KPI is met; else by their mean attainment: 良 from 0.9, 中 from 0.6, 差 below
    (assumption).
    """
    counted = [kpi for kpi in kpis if kpi.problem is None]
    if not counted:
        return None
    if all(kpi.met for kpi in counted):
        return "优"
    mean = round(sum(kpi.attainment or 0.0 for kpi in counted) / len(counted), 9)
    return "良" if mean >= _GOOD else "中" if mean >= _FAIR else "差"


def _kpi(item: str) -> Kpi:
    match = _SHAPE.fullmatch(item) if len(item) <= LONGEST else None
    if match is None:
        return Kpi(item, None, None, None, "", UNQUANTIFIED)
    target, actual = _number(match["target"]), _number(match["actual"])
    units = {unit.casefold() for unit in (match["unit"], match["unit2"]) if unit}
    problem = UNQUANTIFIED if actual is None or len(units) > 1 or _mixes_fraction(match) else None
    unit = match["unit"] or match["unit2"] or ""
    return Kpi(match["metric"], _OPERATORS[match["op"]], target, actual, unit, problem)


def _number(digits: str | None) -> float | None:
    return None if digits is None else float(digits.replace(",", ""))


def _mixes_fraction(match: re.Match[str]) -> bool:
    # 80%/0.85 is 85% to the one who typed it and 0.85% to a machine: nobody can tell
    actual = _number(match["actual"])
    return match["unit"] == "%" and not match["unit2"] and actual is not None and 0 < abs(actual) <= 1
