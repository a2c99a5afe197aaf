"""The period that a review plans for: the rest of the week, month or quarter of as-of (SPEC §8)."""

from __future__ import annotations

import datetime as dt

from crmsheet.model import Period


def period_end(as_of: dt.date, period: Period) -> dt.date:
    """The last day of the period that holds ``as_of``; a week ends on Sunday."""
    if period == "week":
        return as_of + dt.timedelta(days=6 - as_of.weekday())
    last_month = as_of.month if period == "month" else (as_of.month - 1) // 3 * 3 + 3
    year, month = (as_of.year + 1, 1) if last_month == 12 else (as_of.year, last_month + 1)
    return dt.date(year, month, 1) - dt.timedelta(days=1)
