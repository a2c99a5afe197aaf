"""What a run adds to the two sheets that it keeps: ledger rows, and one row about itself (SPEC §4, Ledger)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from crmsheet.memory import ledger, runs
from crmsheet.memory.ledger import Entry
from crmsheet.memory.recall import Recalled
from crmsheet.model import Finding, Outcome, Ratio, RunRecord
from crmsheet.policy.schema import UNGRADED
from crmsheet.tables.spec import LEDGER, RUNS
from crmsheet.workbook import Workbook


def record_of(outcome: Outcome, entries: Sequence[Entry], written: Mapping[str, str]) -> RunRecord:
    """A run in figures."""
    people = outcome.customers
    tiers = Counter(people["tier_effective"].tolist())
    kinds = Counter(entry.kind for entry in entries if entry.kind not in ledger.DECISIONS[2:])
    return RunRecord(
        as_of=outcome.as_of, policy=f"{outcome.policy_name} {outcome.policy_version}", customers=len(people),
        tiers={tier: tiers[tier] for tier in (*outcome.tiers, UNGRADED)}, moves=dict(kinds),
        waiting=int(people["proposed_tier"].notna().sum()), tasks=len(outcome.tasks),
        overdue=int((outcome.tasks["status"] == "overdue").sum()), indicators=_stored(outcome), written=written,
    )  # fmt: skip


def _stored(outcome: Outcome) -> dict[str, Ratio]:
    origins = outcome.insight.origins if outcome.insight else {}
    over = {name: outcome.period if name in origins and origins[name].span else None for name in outcome.indicators}
    return {runs.stored_name(name, over[name]): ratio for name, ratio in outcome.indicators.items()}


def append_records(book: Workbook, recalled: Recalled, entries: Sequence[Entry], record: RunRecord) -> None:
    """Plan the rows: those that only the mirror still had, this run's, and the run's own where something is new."""
    if LEDGER in recalled.writable:
        rows = [*ledger.as_rows(recalled.lost), *entries]
        if rows:
            book.append_rows(LEDGER, ledger.LOOKS, rows)
    if RUNS in recalled.writable and (_first_today(recalled.runs, record.as_of) or next(book.changes(), None) is not None):
        book.append_rows(RUNS, runs.LOOKS, [runs.run_row(record)])


def _first_today(before: Sequence[RunRecord], as_of: dt.date) -> bool:
    return all(run.as_of != as_of for run in before)


def mirrored(entries: Sequence[Entry], private: Collection[str]) -> list[dict[str, object]]:
    """Ledger rows as the mirror keeps them: ``private`` keys, the names of persons, are replaced by signs."""
    rows = []
    for entry in entries:
        row: dict[str, object] = dict(zip(ledger.HEADERS, entry, strict=True))
        key = ledger.pseudonym(entry.key) if entry.key in private else entry.key
        rows.append({**row, "日期": entry.day.isoformat(), "客户编号": key})
    return rows


def former_copy(recalled: Recalled) -> list[Finding]:
    """An old copy of the file was saved over what a run had written."""
    return [Finding("former-copy", None, None, {"count": len(recalled.lost)})] if len(recalled.lost) else []
