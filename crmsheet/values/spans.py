"""Spans of time in words: a buying cycle (季度末, 每年) and how long something lasts (3年, 6个月, 半年); S000-9, S001-24.

What is no such span is None, and no problem: these columns are free text.
"""

from __future__ import annotations

import datetime as dt
import re

from crmsheet.values.columns import LONGEST, fold
from crmsheet.values.names import simplify
from crmsheet.values.numerals import has_numeral, to_arabic

_CYCLE = re.compile(r"(?:每个?|按|一)?(?P<unit>半年|月|季|年)(?:度)?(?:末|底)?(?:集中)?(?:采购)?")
_CYCLE_MONTHS = {"月": 1, "季": 3, "半年": 6, "年": 12}
_TERM = re.compile(r"(?:约|至少|超过)?(?P<number>\d{1,3}(?:\.\d)?)(?:[-~至到]\d{1,3}(?:\.\d)?)?(?P<unit>年|个月|月)(?:以上|左右)?")


def parse_cycle(text: str) -> int | None:
    """Months of a buying cycle: 1, 3, 6 or 12; purchases fall to the end of each."""
    match = _CYCLE.fullmatch(simplify(fold(text))) if len(text) <= LONGEST else None
    return _CYCLE_MONTHS[match["unit"]] if match else None


def cycle_end(months: int, as_of: dt.date) -> dt.date:
    """The last day of the month, quarter, half-year or year in which ``as_of`` lies."""
    last = -(-as_of.month // months) * months
    following = dt.date(as_of.year + last // 12, last % 12 + 1, 1)
    return following - dt.timedelta(days=1)


def parse_term(text: str) -> float | None:
    """Months that something lasts, of a range the lower bound: 3年 → 36, 6-12个月 → 6, 半年 → 6."""
    if len(text) > LONGEST:
        return None
    folded = simplify(fold(text))
    if folded == "半年":
        return 6.0
    match = _TERM.fullmatch(to_arabic(folded) if has_numeral(folded) else folded)
    return None if match is None else float(match["number"]) * (12 if match["unit"] == "年" else 1)
