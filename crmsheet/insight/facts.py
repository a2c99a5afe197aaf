"""What the figures rest on: the run's frames, stages as they changed, tiers as the ledger says they moved."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from crmsheet.arrays import Bools, Objects, Times, is_there, nothing, objects, pick, take
from crmsheet.insight.spans import inside, span_before, span_to
from crmsheet.memory.ledger import WAITS, Entry, as_frame
from crmsheet.memory.memory import Memory, remember
from crmsheet.model import Finding, Period, RunRecord, Span, Strategy
from crmsheet.plan.contacts import Contacts
from crmsheet.plan.log_words import matching
from crmsheet.policy.schema import Policy
from crmsheet.policy.settings import Capacity
from crmsheet.tables.table import Table
from crmsheet.values.columns import parse_distinct, spread_objects
from crmsheet.values.reasons import reasons_in

_NOBODY = re.compile(r"无人接听|未接通|没接通|无法接通|关机|停机|占线|(?:未|没有?|无)(?:回复|响应|回应|应答|人接)|联系不上")


@dataclass(frozen=True)
class Facts:
    """One run's values.

    ``people``: the customers frame of model.Outcome; ``stages``: one row a stage that somebody noted and that was new, by customer
    and day: customer, at, stage, before (the stage noted before it, None without), dated (by the table's own 状态更新时间), cell; ``moves``: tier cells that changed:
    customer, at, before, after; ``since``: the day from which the ledger knows moves, None: not yet; ``last``: the as-of of
    the run before this one; ``found``: this run's findings; ``capacity``: contacts that a week holds.
    """

    as_of: dt.date
    period: Period
    policy: Policy
    customers: Table
    log: Table
    contacts: Contacts
    people: pd.DataFrame
    tasks: pd.DataFrame
    strategies: tuple[Strategy, ...]
    stages: pd.DataFrame
    moves: pd.DataFrame
    since: dt.date | None
    last: dt.date | None = None
    found: tuple[Finding, ...] = ()
    capacity: Capacity = field(default_factory=Capacity)

    def column(self, name: str) -> Objects:
        """A column of the customers frame as objects; NaN counts as None."""
        values: Objects = self.people[name].to_numpy(dtype=object)
        return pick(self.people[name].isna().to_numpy(dtype=bool), None, values)

    def entries(self, span: Span) -> pd.DataFrame:
        """Log entries of a span that belong to a customer, oldest first."""
        entries = self.contacts.entries  # sorted by day: a span is a slice of them
        bounds = np.array([span.first, span.last + dt.timedelta(days=1)], dtype="datetime64[s]")
        first, end = np.searchsorted(entries["at"].to_numpy("datetime64[s]"), bounds).tolist()
        return entries.iloc[first:end]

    @cached_property
    def recent(self) -> pd.DataFrame:
        """Log entries of the longest period and the one before it: no figure of what was said looks further back."""
        return self.entries(Span(span_before(span_to(self.as_of, "quarter"), "quarter").first, self.as_of))

    @cached_property
    def matters(self) -> Objects:
        """What each recent log row's feedback objects to (tuples, shape of the log), read once for all periods."""
        codes, found = parse_distinct(self.said("feedback", self.recent), reasons_in)
        matters = objects([()] * len(self.log))
        matters[self.recent["position"].to_numpy()] = spread_objects(codes, found, fill=())
        return matters

    @cached_property
    def nobody(self) -> Bools:
        """Recent log rows (shape of the log) whose feedback is that nobody answered."""
        nobody = np.zeros(len(self.log), dtype=bool)
        nobody[self.recent["position"].to_numpy()] = matching(self.said("feedback", self.recent), _NOBODY.search)
        return nobody

    @cached_property
    def in_use(self) -> frozenset[str]:
        """Fields of the log that tell of stages and answers, as far as anybody fills them in."""
        names = ("stage", "responded", "feedback")
        return frozenset(name for name in names if is_there(self.log.frame[name].to_numpy(dtype=object)).any())

    def said(self, field: str, entries: pd.DataFrame) -> Objects:
        """A field of the log in some entries."""
        return take(self.log.frame[field].to_numpy(dtype=object), entries["position"].to_numpy(dtype=np.int64))


def stage_history(customers: Table, log: Table, contacts: Contacts, as_of: dt.date) -> pd.DataFrame:
    """Stages by customer and day: from the log's 客户状态, and the table's own where 状态更新时间 dates it."""
    at = customers.frame["stage_changed_at"].to_numpy("datetime64[s]").astype("datetime64[D]").astype("datetime64[s]")
    stage = customers.frame["stage"].to_numpy(dtype=object)
    dated = np.flatnonzero(is_there(stage) & (at <= np.datetime64(as_of, "s")))
    rows = contacts.entries["position"].to_numpy()
    noted = log.frame["stage"].to_numpy(dtype=object)[rows]
    there = is_there(noted)
    own, logged = customers.cells("stage")[dated], log.cells("stage")[rows[there]]
    frame = pd.DataFrame({
        "customer": np.concatenate([contacts.entries["customer"].to_numpy()[there], contacts.first_row[dated]]),
        "at": np.concatenate([contacts.entries["at"].to_numpy()[there], at[dated]]),
        "stage": np.concatenate([noted[there], stage[dated]]), "cell": np.concatenate([logged, own]),
        "dated": np.repeat([False, True], [len(logged), len(own)]),
    }).sort_values(["customer", "at"], kind="stable", ignore_index=True)  # fmt: skip
    before = _one_before(frame["customer"].to_numpy(), frame["stage"].to_numpy(dtype=object))
    new = np.asarray(before != frame["stage"].to_numpy(dtype=object), dtype=bool)
    return frame.assign(before=before).loc[new].reset_index(drop=True)


def _one_before(customer: np.ndarray, values: Objects) -> Objects:
    """The value in the row above, where it is the same customer's."""
    before = nothing(len(values))
    same = customer[1:] == customer[:-1]
    before[1:][same] = values[:-1][same]
    return before


def tier_moves(memory: Memory, entries: Sequence[Entry], keys: Objects, as_of: dt.date) -> pd.DataFrame:
    """Tier cells that changed, this run's among them, by customer and day."""
    done = [entry for entry in entries if entry.state != WAITS]
    if done:
        memory = remember(pd.concat([memory.ledger, as_frame(done)], ignore_index=True), keys, as_of, known=True)
    moved = memory.moved & (memory.customer >= 0)
    rows = memory.ledger[moved]
    return pd.DataFrame({
        "customer": memory.customer[moved], "at": rows["日期"].to_numpy("datetime64[s]"),
        "before": rows["原等级"].to_numpy(dtype=object), "after": rows["新等级"].to_numpy(dtype=object),
    })  # fmt: skip


def known_since(memory: Memory, runs: Sequence[RunRecord], as_of: dt.date) -> dt.date | None:
    """The first earlier as-of, or the ledger's first day: before that nobody kept moves."""
    days = [run.as_of for run in runs]
    if len(memory.ledger):
        days.append(memory.ledger["日期"].to_numpy("datetime64[D]").min().item())
    return min((day for day in days if day < as_of), default=None)


def rises(moves: pd.DataFrame, span: Span, before: str, after: str) -> Bools:
    """Moves of a span from one tier to another."""
    from_, to = moves["before"].to_numpy(dtype=object), moves["after"].to_numpy(dtype=object)
    return np.asarray(inside(_at(moves), span) & (from_ == before) & (to == after), dtype=bool)


def changes(stages: pd.DataFrame, span: Span, to: str, before: str | None = None) -> Bools:
    """Rows of the history that came to a stage in a span: from ``before``, or without it from any other stage.

    A stage that nothing was noted before is a change only where 状态更新时间 says so: a first log entry may tell of old times.
    """
    rows = inside(_at(stages), span)
    there = stages[rows]
    was = there["before"].to_numpy(dtype=object)
    came = is_there(was) | there["dated"].to_numpy(dtype=bool) if before is None else was == before
    rows[rows] = (there["stage"].to_numpy(dtype=object) == to) & came
    return rows


def _at(frame: pd.DataFrame) -> Times:
    return frame["at"].to_numpy("datetime64[D]")
