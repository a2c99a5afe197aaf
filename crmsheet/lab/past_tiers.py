"""Which tier each customer was in on a past day, from nothing that was written later.

The ledger's last row before the day says it: where it moved to, or, of a proposal or a decision, where it stood.  For
customers that the ledger did not know yet, the rules are applied to today's inputs as of that day: rebuilt, and told so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from crmsheet.arrays import Bools, Objects, Times, is_there, nothing, pick
from crmsheet.memory.memory import Memory
from crmsheet.plan.contacts import NAT, Contacts
from crmsheet.tables.table import Table

Grade = Callable[[dt.date], Objects]  # a day → each customer's tier by the rules and today's inputs
_FIRST_DAYS = ("first_contact", "created_at", "graded_at")


class Standing(NamedTuple):
    """Each of shape (customers,): ``tier`` (None: not a customer yet), ``recorded``: by the ledger."""

    tier: Objects
    recorded: Bools


def known_since(customers: Table, contacts: Contacts, memory: Memory) -> Times:
    """The first day on which each customer is known to have been one: first contact, entry, grading, log or ledger; NaT unknown."""
    size = len(customers)
    days = [customers.frame[name].to_numpy("datetime64[s]") for name in _FIRST_DAYS]
    entries = contacts.entries.drop_duplicates("customer")  # oldest first
    logged = np.full(size, NAT, dtype="datetime64[s]")
    logged[entries["customer"].to_numpy()] = entries["at"].to_numpy("datetime64[s]")
    written = np.full(size, NAT, dtype="datetime64[s]")
    rows = np.flatnonzero(memory.customer >= 0)[::-1]
    written[memory.customer[rows]] = memory.ledger["日期"].to_numpy("datetime64[s]")[rows]  # the oldest stays
    found = np.full(size, NAT, dtype="datetime64[s]")
    for one in (*days, logged[contacts.first_row], written):
        found = np.fmin(found, one)
    return found


def standing(day: dt.date, since: Times, memory: Memory, grade: Grade) -> Standing:
    """Tiers at the beginning of ``day``."""
    start = np.datetime64(day, "s")
    told = in_ledger(day, memory)
    recorded = is_there(told)
    there = np.asarray(since < start, dtype=bool)
    tier = pick(recorded, told, grade(day))
    return Standing(pick(there, tier, None), recorded & there)


def in_ledger(day: dt.date, memory: Memory) -> Objects:
    """What the ledger's last row before a day says of each customer; None of those that it does not know."""
    earlier = memory.ledger["日期"].to_numpy("datetime64[D]") < np.datetime64(day, "D")
    rows = np.flatnonzero(earlier & (memory.customer >= 0))
    before, after = (memory.ledger[name].to_numpy(dtype=object)[rows] for name in ("原等级", "新等级"))
    told = nothing(memory.size)
    told[memory.customer[rows]] = pick(memory.moved[rows], after, before)
    return pick(is_there(told), told, None)
