"""What a call of the library gives: the results of a run as frames, made when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from crmsheet import findings as catalogue
from crmsheet.arrays import pick, take
from crmsheet.library.columns import CUSTOMERS, FINDINGS, INDICATORS, MOVES, TASKS, framed
from crmsheet.model import Outcome, Receipt
from crmsheet.review.document import Json, document
from crmsheet.texts import Lang


@dataclass(frozen=True, eq=False)
class Run:
    """One workbook on one day.  The frames' columns and dtypes are those of docs/library.md; private values are masked.

    ``workbook``: the file's name; ``policy``: the name of the policy; ``outputs``: the review's files by kind (html, xlsx, json).
    """

    _outcome: Outcome = field(repr=False)
    _lang: Lang
    outputs: Mapping[str, Path] = field(default_factory=dict)

    @property
    def workbook(self) -> str:
        """The workbook's file name."""
        return self._outcome.workbook

    @property
    def policy(self) -> str:
        """The policy by which was judged."""
        return self._outcome.policy_name

    @property
    def receipt(self) -> Receipt | None:
        """What was written into the workbook: None of a check."""
        return self._outcome.receipt

    @cached_property
    def customers(self) -> pd.DataFrame:
        """One row a customer, in the workbook's order."""
        people, tasks = self._outcome.customers, self._outcome.tasks
        following = people["task"].to_numpy(dtype=np.int64)
        action = {name: take(tasks[name].to_numpy(dtype=object), following) for name in ("text", "method")}
        due = np.append(tasks["due"].to_numpy("datetime64[s]"), np.datetime64("NaT", "s"))[following]
        return framed(CUSTOMERS, {
            **people, "name": people["name_shown"], "to_next_tier": people["to_next"], "next_action": action["text"],
            "method": action["method"], "due": due, "move": people["move"].fillna("none"), "pool": people["pool"].fillna("active"),
            "overdue_days": people["overdue_days"].fillna(0),
        })  # fmt: skip

    @cached_property
    def tasks(self) -> pd.DataFrame:
        """One row a thing to do, by customer, then by day."""
        tasks = self._outcome.tasks
        return framed(TASKS, {**tasks, **_places(self.customers, tasks["customer"].to_numpy(dtype=np.int64))})

    @cached_property
    def findings(self) -> pd.DataFrame:
        """One row a problem, worst first."""
        found = self._outcome.findings
        return framed(FINDINGS, {
            "code": [one.code for one in found], "severity": [catalogue.severity(one) for one in found],
            "sheet": [one.where and one.where.sheet for one in found], "row": [one.where and one.where.row for one in found],
            "cell": [one.where and one.where.a1 for one in found], "value": [one.value for one in found],
            "message": [catalogue.message(one, self._lang) for one in found], "hint": [catalogue.hint(one, self._lang) for one in found],
            "source": [catalogue.CATALOGUE[one.code].source for one in found],
        })  # fmt: skip

    @cached_property
    def moves(self) -> pd.DataFrame:
        """One row a customer whose tier changes or is proposed to."""
        people = self.customers
        waiting = people["proposed_tier"].notna()
        moved = people[(people["move"] != "none") | waiting].assign(waiting=waiting)
        after = pick(moved["waiting"].to_numpy(), moved["proposed_tier"].to_numpy(dtype=object), moved["tier"].to_numpy(dtype=object))
        return framed(MOVES, {**moved, "before": moved["tier_in_sheet"], "after": after})

    @cached_property
    def indicators(self) -> pd.DataFrame:
        """One row an indicator of the team."""
        found = self._outcome.indicators
        return framed(INDICATORS, {
            "name": list(found), "value": [one.value for one in found.values()],
            "numerator": [one.numerator for one in found.values()], "denominator": [one.denominator for one in found.values()],
        })  # fmt: skip

    def document(self) -> Json:
        """The result document, as ``--json`` prints it (``crmsheet schema``)."""
        return document(self._outcome, self._lang, dict(self.outputs))


def _places(people: pd.DataFrame, at: np.ndarray[tuple[int], np.dtype[np.int64]]) -> dict[str, pd.Series]:
    """Sheet, row, id and name of the customers at some positions."""
    return {name: people[name].take(at) for name in ("sheet", "row", "id", "name")}
