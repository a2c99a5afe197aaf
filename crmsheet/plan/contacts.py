"""The follow-up log joined to its customers, and what it says of their last contact."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np
import pandas as pd

from crmsheet.arrays import Bools, Ints, Objects, Times, is_none, objects, pick
from crmsheet.model import Finding
from crmsheet.privacy.detect import scrub
from crmsheet.privacy.name_index import NameIndex
from crmsheet.tables.noise import tell
from crmsheet.tables.persons import persons, shown_customer
from crmsheet.tables.table import Table
from crmsheet.values.methods import read_methods

NAT = np.datetime64("NaT", "s")


class Contacts(NamedTuple):
    """Log entries up to as-of that belong to a customer, oldest first, and who is who.

    ``entries``: customer (position of its first row), at (datetime64[s], midnight), methods (tuple), position (row
    of the log table).  ``first_row``: for each customer the position of the first row with its id, so that two
    rows of one id share their contacts.
    """

    entries: pd.DataFrame
    first_row: Ints
    findings: list[Finding]
    names: NameIndex

    def last(self, mask: Bools | None = None) -> Times:
        """The latest entry of each customer, of those in ``mask``; NaT without one."""
        last = np.full(len(self.first_row), NAT, dtype="datetime64[s]")
        entries = self.entries if mask is None else self.entries[mask]
        last[entries["customer"].to_numpy()] = entries["at"].to_numpy()  # sorted by day: the latest stays
        return last[self.first_row]

    def latest(self, rows: Bools | None = None) -> Ints:
        """Row of the log table that holds each customer's latest entry, of the log rows in ``rows``; -1 without one."""
        found = np.full(len(self.first_row), -1, dtype=np.int64)
        entries = self.entries if rows is None else self.entries[rows[self.entries["position"].to_numpy()]]
        found[entries["customer"].to_numpy()] = entries["position"].to_numpy()
        return found[self.first_row]


def join_contacts(customers: Table, log: Table, as_of: dt.date) -> Contacts:
    """Join on id, else on name; what fits no customer or several joins nothing and is a finding (SPEC §2)."""
    ids, names = customers.keys("customer_id"), customers.keys("name")
    first_row = _first_rows(ids)
    by_id = _lookup(ids, first_row)
    entry_ids, entry_names = log.keys("customer_id"), log.keys("name")
    found = _find(entry_ids, by_id)
    by_name, several = _names(names, first_row)
    use_name = (found < 0) & is_none(entry_ids)
    found = np.where(use_name, _find(entry_names, by_name), found)
    findings = _findings(log, found, entry_ids, entry_names, several)
    at = log.frame["followup_at"].to_numpy("datetime64[s]").astype("datetime64[D]").astype("datetime64[s]")
    keep = (found >= 0) & ~np.isnat(at) & (at <= np.datetime64(as_of, "s"))
    entries = pd.DataFrame({
        "customer": found, "at": at, "position": np.arange(len(log)),
        "methods": pd.Series(_methods(log), dtype=object),
    })[keep].sort_values(["at", "position"], kind="stable", ignore_index=True)  # fmt: skip
    return Contacts(entries, first_row, findings, private_names(customers))


def _methods(log: Table) -> Objects:
    """Methods of each entry; of 沟通方式 (How) where 跟进方式 is blank."""
    main = log.frame["method"].to_numpy(dtype=object)
    return read_methods(pick(is_none(main), log.frame["how"].to_numpy(dtype=object), main))


def _first_rows(ids: Objects) -> Ints:
    """Position of the first row with the same id; a row without id stands for itself."""
    codes, _ = pd.factorize(ids)
    own = np.arange(len(ids))
    first = pd.Series(own).groupby(codes).transform("min").to_numpy() if len(ids) else own
    return np.where(codes < 0, own, first)


def _lookup(keys: Objects, first_row: Ints) -> dict[str, int]:
    return {key: row for key, row in zip(keys.tolist(), first_row.tolist(), strict=True) if key is not None}


def _names(names: Objects, first_row: Ints) -> tuple[dict[str, int], set[str]]:
    """Name → customer, for names that only one customer has; and the names that several have."""
    found: dict[str, int] = {}
    several: set[str] = set()
    for name, row in zip(names.tolist(), first_row.tolist(), strict=True):
        if name is not None and found.setdefault(name, row) != row:
            several.add(name)
    return {name: row for name, row in found.items() if name not in several}, several


def _find(keys: Objects, where: dict[str, int]) -> Ints:
    codes, values = pd.factorize(keys)
    places = np.array([*(where.get(str(value), -1) for value in values), -1], dtype=np.int64)
    return places[codes]


def _findings(log: Table, found: Ints, ids: Objects, names: Objects, several: set[str]) -> list[Finding]:
    """Entries that fit no customer, or several."""
    lost = np.flatnonzero(found < 0)
    unclear = np.array([ids[i] is None and names[i] in several for i in lost.tolist()], dtype=bool)
    return [
        *tell(lost[unclear], len(log), lambda i: _unjoined("ambiguous-customer", log, i)),
        *tell(lost[~unclear], len(log), lambda i: _unjoined("dangling-followup", log, i)),
    ]


def _unjoined(code: str, log: Table, row: int) -> Finding:
    field = "customer_id" if log.frame["customer_id"].iat[row] is not None else "name"
    value = log.frame[field].iat[row]
    return Finding(code, log.ref(field, row), None if value is None else scrub(shown_customer(str(value))))


def stated_contact(customers: Table, as_of: dt.date) -> Times:
    """最近跟进时间 as far as it is not in the future."""
    stated = day(customers.frame["last_followup"].to_numpy("datetime64[s]"))
    stated[stated > np.datetime64(as_of, "s")] = NAT
    return stated


def unanswered(cells: Objects, log: Table) -> Objects:
    """Cited cells (joined by ``,``), and the log's days behind them: no entry there is the one that would close the matter."""
    searched = log.searched("followup_at")
    return objects([",".join(filter(None, (one, searched))) for one in cells.tolist()])


def later(one: Times, two: Times) -> Times:
    """The later of two dates; NaT counts as never."""
    return np.where(np.isnat(one) | (two > one), two, one)


def day(times: Times) -> Times:
    """Midnight of each time."""
    return times.astype("datetime64[D]").astype("datetime64[s]")


def private_names(customers: Table) -> NameIndex:
    """Names to be masked in free text: contacts', and those of customers who are persons."""
    names = customers.frame["name"].to_numpy(dtype=object)[persons(customers)]
    return NameIndex([str(name) for name in (*pd.unique(customers.frame["contact"].dropna()), *names) if name])
