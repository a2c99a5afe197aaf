"""The days that a figure is over.

A period ends on as-of and is a week, a month or a quarter long, so that a review on a Monday has a whole week to tell of
and every period is as long as the one before; at the end of a calendar period it is just that one.
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from crmsheet.arrays import Bools, Times
from crmsheet.model import Period, Span
from crmsheet.plan.intervals import add_interval
from crmsheet.policy.schema import Every

MONTHS = {"month": 1, "quarter": 3}


def span_to(as_of: dt.date, period: Period) -> Span:
    """The week, month or quarter that ends on ``as_of``: 2024-03-31 ends the month that begins on 2024-03-01."""
    return _before(as_of + dt.timedelta(days=1), period)


def span_before(span: Span, period: Period) -> Span:
    """The period that ends on the day before ``span`` begins."""
    return _before(span.first, period)


def inside(days: Times, span: Span) -> Bools:
    """Days (datetime64 of any unit, shape (n,)) that lie in the span; NaT does not."""
    whole = days.astype("datetime64[D]")
    return np.asarray((whole >= np.datetime64(span.first, "D")) & (whole <= np.datetime64(span.last, "D")), dtype=bool)


def _before(end: dt.date, period: Period) -> Span:
    every = Every(days=-7) if period == "week" else Every(months=-MONTHS[period])
    first = add_interval(np.array([end], dtype="datetime64[s]"), every)[0].astype("datetime64[D]").item()
    return Span(first, end - dt.timedelta(days=1))
