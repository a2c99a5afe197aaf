"""Everything that a workbook and its mirror remember, put together at the beginning of a run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmsheet.arrays import Objects
from crmsheet.memory.ledger import HEADERS, as_frame, joined, no_ledger, read_ledger
from crmsheet.memory.memory import Memory, no_memory, remember
from crmsheet.memory.runs import read_runs
from crmsheet.memory.snapshots import read_snapshots
from crmsheet.model import CellRef, Finding, RunRecord
from crmsheet.tables.spec import LEDGER, OWN_SHEETS, RUNS
from crmsheet.values.names import normalise_name
from crmsheet.workbook import Workbook

RELATED = 0.5  # of the mirror's customers must be in the table: else it is another workbook's


@dataclass(frozen=True)
class Recalled:
    """``lost``: ledger rows that only the mirror still has; ``writable``: own sheets that rows may be added to;
    ``last_day``: the latest as-of of an earlier run, as far as the file tells."""

    memory: Memory
    runs: tuple[RunRecord, ...]
    lost: pd.DataFrame
    writable: frozenset[str]
    last_day: dt.date | None
    findings: tuple[Finding, ...]


def recall(
    book: Workbook, keys: Objects, snapshots: Objects, mirror: Sequence[Mapping[str, object]], as_of: dt.date, *, enabled: bool
) -> Recalled:
    """Read both own sheets and the mirror.  ``keys``: one a customer, folded; ``snapshots``: 等级快照 as it stands."""
    if not enabled:
        return Recalled(no_memory(len(keys), enabled=False), (), no_ledger(), frozenset(), _last_day(snapshots, ()), ())
    sheet, runs = read_ledger(book), read_runs(book)
    rows = _of_this_workbook(mirror, keys)
    whole, lost = joined(no_ledger() if sheet is None else sheet, rows)
    known = sheet is not None or runs is not None or len(rows) > 0
    taken = [name for name, found in ((LEDGER, sheet), (RUNS, runs)) if found is None and name in book.sheets and book.sheet(name).last_row]
    findings = tuple(Finding("ledger-name-taken", CellRef(name, 1, 1), name) for name in taken)
    return Recalled(
        remember(whole, keys, as_of, known=known), runs or (), lost, frozenset(OWN_SHEETS) - frozenset(taken),
        _last_day(snapshots, runs or ()), findings,
    )  # fmt: skip


def _of_this_workbook(mirror: Sequence[Mapping[str, object]], keys: Objects) -> pd.DataFrame:
    """The mirror's rows; none when its customers are not those of this table."""
    rows = [[row.get(h) for h in HEADERS] for row in mirror]
    here = set(keys.tolist())
    named = {normalise_name(str(row[2])) for row in rows}
    if not rows or len(named & here) < RELATED * len(named):
        return no_ledger()
    for row in rows:
        row[1] = np.datetime64(str(row[1]), "s")
    return as_frame(rows)


def _last_day(snapshots: Objects, runs: Sequence[RunRecord]) -> dt.date | None:
    days = [run.as_of for run in runs]
    stood = read_snapshots(snapshots).day
    seen = stood[~np.isnat(stood)]
    if len(seen):
        days.append(seen.max().astype("datetime64[D]").item())
    return max(days, default=None)
