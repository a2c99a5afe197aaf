"""The period's plan as a calendar: owners down, days across, tasks due in each cell."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from crmsheet.model import Outcome
from crmsheet.review.blocks import Column, Row, Table
from crmsheet.review.frames import days
from crmsheet.review.words import Say

_DAYS = 10  # columns: more days than that are told by the week


def calendar_table(outcome: Outcome, due: pd.DataFrame, say: Say) -> Table:
    """``due``: the period's tasks as ``plan.due_tasks`` gives them; days without a task have no column."""
    at = days(due, "due")
    late = due["status"].eq("overdue").to_numpy(dtype=bool)
    every = np.unique(at[~late]).tolist()
    weekly = len(every) > _DAYS
    spans = list(dict.fromkeys(_week(day) if weekly else (day, day) for day in every))
    owners = due["who"].to_numpy(dtype=object)
    starts = np.array([first for first, _ in spans], dtype="datetime64[D]")
    column = np.where(late, 0, np.searchsorted(starts, at, side="right"))
    owner, names = pd.factorize(owners, use_na_sentinel=False)
    counts = np.zeros((len(names), 1 + len(spans)), dtype=np.int64)
    np.add.at(counts, (owner, column), 1)
    rows: list[Row] = [(name, *(count or None for count in line)) for name, line in zip(names.tolist(), counts.tolist(), strict=True)]
    columns = (
        Column("owner", say("owner"), width=26),
        Column("overdue", say.word("status", "overdue").capitalize(), "int", 10),
        *(Column(f"day_{place}", _title(span[0], span[1], say), "int", 12) for place, span in enumerate(spans)),
    )
    return Table("calendar", say("calendar"), columns, rows, empty=say("nothing_due"), note=say("calendar_note"))


def _week(day: dt.date) -> tuple[dt.date, dt.date]:
    first = day - dt.timedelta(days=day.weekday())
    return first, first + dt.timedelta(days=6)


def _title(first: dt.date, last: dt.date, say: Say) -> str:
    if first == last:
        return say("calendar_day", day=first, weekday=say("weekdays").split()[first.weekday()])
    return say("calendar_weeks", first=first, last=last)
