"""策略执行周期 as an interval (S004-45): 每两周1次, 每3个月, 季度, 90天."""

from __future__ import annotations

import re

from crmsheet.policy.schema import Every
from crmsheet.values.columns import LONGEST, fold
from crmsheet.values.frequencies import parse_frequency

_DAYS = re.compile(r"每?([1-9]\d{0,2})[天日](?:[1一]次)?")
_WORDS = (("半年", "6m"), ("季", "3m"), ("双周", "14d"), ("周", "7d"), ("月", "1m"), ("年", "12m"))
_FOUR_WEEKS = 28  # a month of four weeks, as 跟进周期 counts it


def cycle_of(text: str) -> Every | None:
    """How long a cycle lasts; None where a text does not say, or only names a number."""
    plain = fold(text[:LONGEST])
    if match := _DAYS.fullmatch(plain):
        return Every(days=int(match[1]))
    often = None if plain.isdigit() else parse_frequency(plain)
    if often:
        return Every(days=max(1, round(_FOUR_WEEKS / often))) if often > 1 else Every(months=round(1 / often))
    numbered = any(letter.isdigit() for letter in plain)  # a number that was not understood changes what the word means
    return None if numbered else next((Every.read(every) for word, every in _WORDS if word in plain), None)
