"""What happened with some customers: the latest contacts, and how their tiers moved; made when a review asks for it.

Words of the log are cut short and private values in them masked, as everywhere outside the workbook (SPEC §9).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pandas as pd

from crmsheet.arrays import Ints, Objects, objects
from crmsheet.memory.ledger import KIND_OF, Entry, as_frame
from crmsheet.memory.memory import Memory, remember
from crmsheet.model import Past, Talk, TierChange
from crmsheet.plan.contacts import Contacts
from crmsheet.privacy.detect import scrub, scrub_column
from crmsheet.privacy.name_index import NameIndex
from crmsheet.tables.table import Table

LATEST = 5  # contacts and moves of each customer; what came before is counted
_WORDS = 48  # characters of what was said


def pasts(
    log: Table, contacts: Contacts, memory: Memory, entries: Sequence[Entry], keys: Objects, as_of: dt.date,
    positions: Sequence[int],
) -> list[Past]:
    """The past of the customers at ``positions``, in that order.  ``entries``: what this run adds to the ledger."""
    at = np.asarray(positions, dtype=np.int64)
    talks, counts = _talks(log, contacts, at)
    changes = _changes(_with(memory, entries, keys, as_of), at, contacts.names)
    return [Past(tuple(talks.get(first, ())), counts.get(first, 0), tuple(changes.get(place, ())))
            for place, first in zip(at.tolist(), contacts.first_row[at].tolist(), strict=True)]  # fmt: skip


def _with(memory: Memory, entries: Sequence[Entry], keys: Objects, as_of: dt.date) -> Memory:
    if not entries:
        return memory
    return remember(pd.concat([memory.ledger, as_frame(entries)], ignore_index=True), keys, as_of, known=True)


def _talks(log: Table, contacts: Contacts, at: Ints) -> tuple[dict[int, list[Talk]], dict[int, int]]:
    """The latest entries of each customer, latest first, and how many there are in all; by the customer's first row."""
    wanted = np.zeros(len(contacts.first_row), dtype=bool)
    wanted[contacts.first_row[at]] = True
    own = contacts.entries[wanted[contacts.entries["customer"].to_numpy()]]
    late = own.groupby("customer", sort=False).tail(LATEST).iloc[::-1]
    rows = late["position"].to_numpy(dtype=np.int64)
    lines = zip(late["customer"].tolist(), late["at"].to_numpy("datetime64[D]").tolist(), _methods(late, contacts.names).tolist(),
                _said(log, rows, contacts.names).tolist(), log.cells("followup_at", rows).tolist(), strict=True)  # fmt: skip
    talks: dict[int, list[Talk]] = defaultdict(list)
    for customer, day, methods, said, cell in lines:
        talks[customer].append(Talk(day, methods, said, cell))
    return talks, own["customer"].value_counts().to_dict()


def _methods(entries: pd.DataFrame, names: NameIndex) -> Objects:
    """Methods as they are written, masked too: the cell may hold anything."""
    written = scrub_column(objects(["+".join(methods) for methods in entries["methods"].tolist()]), names)
    return objects([_short(one) for one in written.tolist()])


def _said(log: Table, rows: Ints, names: NameIndex) -> Objects:
    """Summary and feedback of some entries in few words; masked before they are cut, so that no half a number is left."""
    parts = [scrub_column(log.frame[name].to_numpy(dtype=object)[rows], names) for name in ("summary", "feedback")]
    return objects(["｜".join(_short(part) for part in pair if part) for pair in zip(*parts, strict=True)])


def _short(text: str) -> str:
    return text if len(text) <= _WORDS else text[: _WORDS - 1] + "…"


def _changes(memory: Memory, at: Ints, names: NameIndex) -> dict[int, list[TierChange]]:
    """Rows of the ledger, latest first."""
    rows = np.flatnonzero(np.isin(memory.customer, at))[::-1]
    shown = memory.ledger.iloc[rows]
    columns = [shown[name].astype(object).where(shown[name].notna(), None).tolist() for name in ("原等级", "新等级", "类型", "审核状态", "依据")]
    changes: dict[int, list[TierChange]] = defaultdict(list)
    for customer, day, line in zip(memory.customer[rows].tolist(), shown["日期"].to_numpy("datetime64[D]").tolist(), zip(*columns, strict=True), strict=True):
        if len(changes[customer]) < LATEST:
            before, after, kind, state, why = (None if one is None else str(one) for one in line)
            changes[customer].append(TierChange(day, before, after, KIND_OF.get(kind or "", kind), state, why and scrub(why, names)))
    return changes
