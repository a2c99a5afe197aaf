"""What a criterion was worth before a day: from the ledger where it cites the cell, else from today's cell.

The ledger's 依据单元格 holds what stood in the cells that a move rests on (``决策链=清晰 [客户!G2]``), so that from the first run
on inputs are known as they were.  Today's cell is taken only where an outcome does not itself write it: an amount of past
business, a stage or a date that slips would "foretell" what it reports.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np

from crmsheet.arrays import Bools, Floats, Ints, Objects, Times, is_there, nothing
from crmsheet.judge.scores import read_inputs
from crmsheet.lab.trials import Trials
from crmsheet.memory.memory import Memory
from crmsheet.policy.criteria import Criterion
from crmsheet.tables.raw import Raw
from crmsheet.tables.read import made_table
from crmsheet.tables.table import Table

_CITED = re.compile(r"(?:^|; )([^=\[\]]+)=(.*?) \[[^\]]*\](?=; |$)")
# Fields that business writes as it happens.
AFTERWARDS = frozenset({
    "stage", "amount", "annual_amount", "order_size", "profit_share", "payment", "cooperation_type", "cooperation_term", "arpu",
    "churn", "purchase_frequency", "decision_date", "purchase_cycle",
})  # fmt: skip
Why = Literal["absent", "afterwards"]


class Known(NamedTuple):
    """One criterion: points of each trial (NaN: not known before it), how many are from the ledger, why today's cells are not used."""

    points: Floats
    recorded: int
    why: Why | None


class Past(NamedTuple):
    """The ledger's inputs: one row each, by day: customer (position), day, field, what stood there."""

    customer: Ints
    day: Times
    field: Objects
    text: Objects


def recorded_inputs(table: Table, memory: Memory) -> Past:
    """What the ledger says stood in cells of the customers table, oldest first."""
    fields = {table.header(name): name for name in table.spec.fields}
    rows = np.flatnonzero((memory.customer >= 0) & is_there(memory.ledger["依据单元格"].to_numpy(dtype=object)))
    cells, days = memory.ledger["依据单元格"].to_numpy(dtype=object)[rows].tolist(), memory.ledger["日期"].to_numpy("datetime64[D]")[rows]
    found = [(place, fields[header], text) for place, cited in enumerate(cells) for header, text in cited_values(str(cited)) if header in fields]
    place = np.array([one[0] for one in found], dtype=np.int64)
    field, text = nothing(len(found)), nothing(len(found))
    field[:], text[:] = [one[1] for one in found], [one[2] for one in found]
    return Past(memory.customer[rows][place], days[place], field, text)


def cited_values(cited: str) -> Iterator[tuple[str, str]]:
    """``决策链=清晰 [客户!G2]; 预计签约日期 [客户!H2]`` → (决策链, 清晰)."""
    for match in _CITED.finditer(cited):
        yield match[1], match[2]


def known_before(criterion: Criterion, table: Table, past: Past, trials: Trials, as_of: dt.date) -> Known:
    """What the criterion was worth before each trial's first day."""
    there = [name for name in criterion.fields if table.has(name)]
    points, recorded = np.full(len(trials.start), np.nan), 0
    why: Why | None = "absent" if not there else "afterwards" if AFTERWARDS.intersection(there) else None
    if why is None:
        points = read_inputs(criterion, table, as_of).points[trials.customer]
    if criterion.kind != "cycle":  # what the end of a quarter is worth depends on the day alone
        told = _recorded(criterion, past, trials, as_of)
        recorded = int((~np.isnan(told)).sum())
        points = np.where(np.isnan(told), points, told)
    return Known(points, recorded, why)


def _recorded(criterion: Criterion, past: Past, trials: Trials, as_of: dt.date) -> Floats:
    """From the ledger's last row before each trial that cites one of the criterion's cells; NaN without one."""
    size = len(trials.start)
    if not size:
        return np.full(0, np.nan)
    texts = {name: _last_texts(name, past, trials) for name in criterion.fields}
    if not any(is_there(one).any() for one in texts.values()):
        return np.full(size, np.nan)
    table = made_table("customers", {name: _raw(one) for name, one in texts.items()}, as_of)
    inputs = read_inputs(criterion, table, as_of)
    if criterion.kind != "days":
        return inputs.points
    days = inputs.number + (np.datetime64(as_of, "D") - trials.start).astype("timedelta64[D]").astype(np.float64)
    values, worths = zip(*criterion.scale, strict=True)
    return np.where(np.isnan(days), np.nan, np.interp(days, values, worths))


def _last_texts(field: str, past: Past, trials: Trials) -> Objects:
    """What the ledger said last of a field before each trial began."""
    rows = np.flatnonzero(past.field == field)
    row_of = np.full(1 + int(max(trials.customer.max(initial=-1), past.customer.max(initial=-1))), -1, dtype=np.int64)
    row_of[trials.customer] = np.arange(len(trials.customer))
    trial = row_of[past.customer[rows]]
    before = (trial >= 0) & (past.day[rows] < trials.start[trial])
    found = nothing(len(trials.start))
    found[trial[before]] = past.text[rows[before]]  # oldest first: the last stays
    return found


def _raw(texts: Objects) -> Raw:
    size = len(texts)
    no: Bools = np.zeros(size, dtype=bool)
    return Raw(np.full(size, np.nan), texts, no, no, nothing(size), is_there(texts))


def matrix(known: Sequence[Known]) -> Floats:
    """Points of all criteria side by side, shape (trials, criteria)."""
    return np.column_stack([one.points for one in known])
