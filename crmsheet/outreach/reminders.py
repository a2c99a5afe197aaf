"""Who is to be reminded of what (S002-45..51): overdue, due today, due tomorrow (the next working day), owner by owner."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pandas as pd

from crmsheet.model import Outcome
from crmsheet.review.frames import URGENT, dates, texts, values, whole
from crmsheet.review.plan import due_tasks
from crmsheet.texts import Lang

Json = dict[str, Any]


class Reminder(NamedTuple):
    """One owner's tasks of a day, in the order to do them; a frame as ``review.plan.due_tasks`` gives it."""

    owner: str
    tasks: pd.DataFrame

    def of(self, status: str) -> pd.DataFrame:
        """The tasks of one status, missing data aside."""
        return self.tasks[self.tasks["status"].eq(status) & ~self.tasks["data"]]

    def count(self, status: str) -> int:
        """How many tasks of one status, missing data aside."""
        return len(self.of(status))

    @property
    def data(self) -> int:
        """For how many customers data is to be filled in."""
        return int(self.tasks["data"].sum())

    @property
    def longest(self) -> int:
        """Calendar days of the task that is overdue longest; 0 without one."""
        return max((late or 0 for late in whole(self.of("overdue"), "overdue_days")), default=0)


def reminders(outcome: Outcome, lang: Lang) -> list[Reminder]:
    """One reminder an owner who has something to do by tomorrow, most overdue owner first."""
    due = due_tasks(outcome, lang)
    urgent = due[due["status"].isin(URGENT)]
    return [Reminder(str(owner), tasks) for owner, tasks in urgent.groupby("who", sort=False)]


def overdue(found: list[Reminder]) -> list[Reminder]:
    """Those of the lead's digest (S002-51): whoever has something overdue."""
    return [one for one in found if one.count("overdue")]


def plain(text: str) -> str:
    """A text of the workbook on one line, without signs that steer a terminal or a text's direction."""
    kept = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(kept.split())


def task_rows(outcome: Outcome, tasks: pd.DataFrame) -> Iterator[Json]:
    """Tasks with what people need to know of their customers; a person's name as it may be shown."""
    people = outcome.customers.iloc[tasks["customer"].tolist()]
    rows = zip(
        texts(people, "id"), texts(people, "name_shown"), texts(people, "tier_effective"), texts(people, "region"), dates(tasks, "due"),
        whole(tasks, "overdue_days"), *(values(tasks, name) for name in ("text", "kind", "method", "status", "cells", "source")),
        strict=True,
    )  # fmt: skip
    names = ("id", "name", "tier", "region", "due", "overdue_days", "text", "kind", "method", "status", "cells", "source")
    return (dict(zip(names, row, strict=True)) for row in rows)


def document(outcome: Outcome, found: list[Reminder], tomorrow: str, digest: bool) -> Json:
    """The document of ``crmsheet remind --json``; ``digest`` is null unless it was asked for."""
    late = overdue(found)
    return {
        "schema": "crmsheet.remind/1", "workbook": outcome.workbook, "as_of": outcome.as_of.isoformat(), "tomorrow": tomorrow,
        "owners": [
            {"owner": one.owner} | {
                status: [_task(row) for row in task_rows(outcome, one.tasks[one.tasks["status"].eq(status)])] for status in URGENT
            } for one in found
        ],
        "digest": None if not digest else {
            "overdue": sum(one.count("overdue") for one in late),
            "owners": [{"owner": one.owner, "overdue": one.count("overdue"), "longest": one.longest} for one in late],
        },
    }  # fmt: skip


def _task(row: Json) -> Json:
    return row | {"due": row["due"].isoformat(), "cells": row["cells"].split(",") if row["cells"] else []}
