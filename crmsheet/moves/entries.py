"""Ledger rows in words: evidence as people read it, and every fact with the cell that holds it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmsheet.arrays import Objects, is_there, nothing, pick
from crmsheet.memory.ledger import DECISIONS, KIND_ZH, RECHECK, WAITS, WITHDRAWN, Entry, proposal_id
from crmsheet.memory.memory import Memory
from crmsheet.moves.asked import RULED
from crmsheet.moves.cited import Cited
from crmsheet.moves.settle import Event, Settled
from crmsheet.moves.standing import Standing
from crmsheet.policy.schema import Policy


@dataclass(frozen=True)
class Telling:
    """What rows are told from: names as they may be shown, evidence a customer, cited cells."""

    cited: Cited
    names: Objects
    evidence: Objects  # of a move by the rules, with its bands
    facts: dict[str, tuple[Objects, Objects]]  # kind → text, cells
    reviewer: Objects
    approver: str | None


def entries(
    policy: Policy, told: Telling, now: Standing, memory: Memory, events: Sequence[Event], as_of: dt.date
) -> list[Entry]:
    """All rows that a run adds to the ledger: decisions first, each sort in the table's order."""
    rows: list[Entry] = []
    for event in events:
        at = np.flatnonzero(event.rows)
        kinds = event.kind[at].tolist() if isinstance(event.kind, np.ndarray) else [event.kind] * len(at)
        for i, kind in zip(at.tolist(), kinds, strict=True):
            rows.append(_entry(policy, told, now, memory, event, i, str(kind), as_of))
    return rows


def _entry(
    policy: Policy, told: Telling, now: Standing, memory: Memory, event: Event, i: int, kind: str, as_of: dt.date
) -> Entry:
    before, after = event.before[i], event.after[i]
    return Entry(
        _id(memory, event, i, kind, str(now.key[i]), before, after, as_of), as_of, now.ledger_key[i], told.names[i], before, after,
        KIND_ZH.get(kind, kind), *_evidence(told, event, i, kind), event.state,
        _approver(told, event, i, kind), f"{policy.name} {policy.version}",
    )  # fmt: skip


def _id(
    memory: Memory, event: Event, i: int, kind: str, key: str, before: str | None, after: str, as_of: dt.date
) -> str:
    """A decision bears the id of what it decides."""
    proposed = kind if event.proposed is None else str(event.proposed[i])
    if kind in DECISIONS:
        of = memory.recheck if event.state in ("已复核", "已恢复") else memory.open_lost if proposed == "lost" else memory.waiting
        if of.there[i]:
            return str(of.id[i])
    return proposal_id(key, before, after, proposed, as_of)


def _evidence(told: Telling, event: Event, i: int, kind: str) -> tuple[str | None, str | None]:
    if event.told is not None:
        return event.told[i], None
    if kind in RULED:
        return told.evidence[i], told.cited.words(told.facts["rule"][1][i])
    if kind in told.facts:
        text, cells = told.facts[kind]
        return text[i], told.cited.words(cells[i])
    return None, told.cited.words(told.facts["tier"][1][i])


def _approver(told: Telling, event: Event, i: int, kind: str) -> str | None:
    if event.bulk:
        return told.approver
    return told.reviewer[i] if kind in DECISIONS and kind != WITHDRAWN else None


def open_ids(now: Standing, memory: Memory, settled: Settled, rows: Sequence[Entry]) -> Objects:
    """The id of what each customer is asked after this run: the proposal that waits, or the move to look at again."""
    proposed, asked = is_there(settled.proposed), is_there(settled.review)
    ids = pick(proposed, memory.waiting.id, pick(asked & memory.recheck.there, memory.recheck.id, None))
    new = {row.key: row.id for row in rows if row.state in (WAITS, RECHECK) and row.kind != KIND_ZH["lost"]}
    for i in np.flatnonzero(proposed | asked).tolist() if new else ():
        ids[i] = new.get(now.ledger_key[i], ids[i])
    return pick(proposed | asked, ids, None)


def band_words(policy: Policy, frame: pd.DataFrame) -> Objects:
    """The bands that each customer's rule cites: 价值高、潜力未知."""
    parts = [
        pick(frame[f"reason.{band.name}"].notna().to_numpy(dtype=bool), band.title + frame[f"band.{band.name}"].to_numpy(dtype=object), None)
        for band in policy.bands
    ]
    lines = zip(*parts, strict=True)
    return np.array(["、".join([p for p in line if p]) for line in lines], dtype=object) if len(frame) else nothing(0)
