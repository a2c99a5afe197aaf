"""Outcomes as trials: from which day on something could happen to a customer, for how long, and whether it did.

One trial a customer and outcome, so that trials are independent; what happened before the trial's first day, or on it, is no
part of it, and nothing after ``last`` is looked at.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from crmsheet.arrays import Bools, Floats, Ints, Objects, Times, is_one_of
from crmsheet.lab.backtest import AGAIN, DEAL, LOST, OUTCOMES

NEVER = np.datetime64("NaT", "D")


class Trials(NamedTuple):
    """One outcome.  Each array of shape (trials,): the customer's position, the first day, days until it happened or could not
    happen any more (at least 1), whether it happened."""

    customer: Ints
    start: Times
    days: Floats
    event: Bools


def trials_of(stages: pd.DataFrame, since: Times, now: Objects, begin: dt.date, last: dt.date) -> dict[str, Trials]:
    """Trials of every outcome.

    ``stages``: insight.facts.stage_history; ``since``: first day as a customer, NaT for rows that are left out; ``now``: the
    table's own stage, which tells of customers to whom it happened on a day that nobody wrote down: those are left out.
    """
    size = len(since)
    first = {name: first_day(stages, name, size) for name in (DEAL, AGAIN, LOST)}
    bought, none = np.fmin(first[DEAL], first[AGAIN]), np.full(size, NEVER)
    known = np.maximum(since.astype("datetime64[D]"), np.datetime64(begin, "D"))
    sides = {"deal": (known, bought, first[LOST]), "again": (first[DEAL], first[AGAIN], first[LOST]), "lost": (known, first[LOST], none)}
    assert sides.keys() == OUTCOMES.keys()
    found = {}
    for name, (start, event, other) in sides.items():
        undated = _undated(event, now, tuple(OUTCOMES[name][1])) | _undated(first[LOST], now, (LOST,))
        found[name] = _trials(np.where(undated | np.isnat(since), NEVER, start), event, other, last)
    return found


def first_day(stages: pd.DataFrame, stage: str, size: int) -> Times:
    """The day on which each customer was first noted to be in a stage; NaT: never."""
    rows = stages[stages["stage"].to_numpy(dtype=object) == stage].drop_duplicates("customer")  # by day: the first
    found = np.full(size, NEVER)
    found[rows["customer"].to_numpy(dtype=np.int64)] = rows["at"].to_numpy("datetime64[D]")
    return found


def _undated(day: Times, now: Objects, names: Sequence[str]) -> Bools:
    return np.asarray(np.isnat(day) & is_one_of(now, names), dtype=bool)


def _trials(start: Times, event: Times, other: Times, last: dt.date) -> Trials:
    """``other``: what ends a trial without the outcome."""
    end = np.fmin(np.fmin(event, other), np.datetime64(last, "D"))
    days = (end - start).astype("timedelta64[D]").astype(np.float64)
    at = np.flatnonzero(~np.isnat(start) & (end > start))
    return Trials(at, start[at], days[at], np.asarray(event == end, dtype=bool)[at])


def counts(trials: Mapping[str, Trials]) -> dict[str, tuple[int, int]]:
    """Outcome → (events, trials)."""
    return {name: (int(one.event.sum()), len(one.event)) for name, one in trials.items()}
