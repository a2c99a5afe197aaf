"""Everything that a workbook and its mirror remember, put together at the beginning of a run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmsheet.arrays import Objects
from crmsheet.memory.ledger import HEADERS, as_frame, joined, no_ledger, pseudonym, read_ledger
from crmsheet.memory.memory import Memory, no_memory, remember
from crmsheet.memory.runs import read_runs
from crmsheet.memory.snapshots import read_snapshots
from crmsheet.model import CellRef, Finding, RunRecord
from crmsheet.tables.spec import LEDGER, OWN_SHEETS, RUNS
from crmsheet.values.names import normalise_name
from crmsheet.workbook import Workbook

RELATED = 0.5  # of the customers of the mirror, or of the table, must be the other's


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
    book: Workbook, keys: Objects, called: Sequence[str], snapshots: Objects, mirror: Sequence[Mapping[str, object]],
    as_of: dt.date, *, enabled: bool,
) -> Recalled:  # fmt: skip
    """Read both own sheets and the mirror.  ``keys``: one a customer, folded; ``called``: as the ledger names them;
    ``snapshots``: 等级快照 as it stands."""
    if not enabled:
        return Recalled(no_memory(len(keys), enabled=False), (), no_ledger(), frozenset(), _last_day(snapshots, ()), ())
    sheet, runs = read_ledger(book), read_runs(book)
    rows = _of_this_workbook(_named(mirror, called), keys, () if sheet is None else sheet["编号"])
    whole, lost = joined(no_ledger() if sheet is None else sheet, rows)
    known = sheet is not None or runs is not None or len(rows) > 0
    taken = [name for name, found in ((LEDGER, sheet), (RUNS, runs)) if found is None and name in book.sheets and book.sheet(name).last_row]
    memory = remember(whole, keys, as_of, known=known) if LEDGER not in taken else no_memory(len(keys), enabled=False)
    findings = tuple(Finding("ledger-name-taken", CellRef(name, 1, 1), name) for name in taken)
    return Recalled(
        memory, runs or (), lost, frozenset(OWN_SHEETS) - frozenset(taken),
        _last_day(snapshots, runs or ()), findings,
    )  # fmt: skip


def _named(mirror: Sequence[Mapping[str, object]], called: Sequence[str]) -> Sequence[Mapping[str, object]]:
    """The mirror's rows with persons' names in place of their signs, as far as they stand in the table."""
    if not any(str(row.get("客户编号")).startswith("#") for row in mirror):
        return mirror
    names = {pseudonym(one): one for one in called}
    return [{**row, "客户编号": names.get(str(row.get("客户编号")), row.get("客户编号"))} for row in mirror]


def _of_this_workbook(mirror: Sequence[Mapping[str, object]], keys: Objects, ids: Iterable[object]) -> pd.DataFrame:
    """The mirror's rows; none when it is another workbook's: it shares no row with the ledger, and few customers."""
    rows = [[row.get(h) for h in HEADERS] for row in mirror]
    here = set(keys.tolist())
    named = {normalise_name(str(row[2])) for row in rows}
    shared = bool({row[0] for row in rows} & set(ids)) or len(named & here) >= RELATED * min(len(named), len(here))
    if not rows or not shared:
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
