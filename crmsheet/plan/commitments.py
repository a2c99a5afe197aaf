"""What was promised: the log's open next step, and the team's own next contact (SPEC §4)."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from crmsheet.arrays import Ints, Objects, Times, is_none, joined, nothing, pick
from crmsheet.plan.contacts import Contacts, day, unanswered
from crmsheet.privacy.detect import scrub_column
from crmsheet.tables.table import Table

STALE_DAYS = 30  # a promise this late is first made good


def commitment_tasks(customers: Table, log: Table, contacts: Contacts, last: Times, as_of: dt.date) -> pd.DataFrame:
    """One row an open commitment: customer, due (the promised day), text, method, cells, source, person."""
    parts = [
        _promised(customers, log, contacts, as_of),
        _own_next_contact(customers, log, last, as_of),
        _logged_next_contact(customers, log, contacts, last, as_of),
    ]
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _promised(customers: Table, log: Table, contacts: Contacts, as_of: dt.date) -> pd.DataFrame:
    """The latest entry that has a next step with a date, until an entry on or after that date."""
    entries = contacts.entries
    at = entries["position"].to_numpy()
    due_all = day(log.frame["due_at"].to_numpy("datetime64[s]"))
    with_plan = log.present["next_plan"][at] & ~np.isnat(due_all[at])
    latest = entries[with_plan].drop_duplicates("customer", keep="last")
    final = entries.drop_duplicates("customer", keep="last").set_index("customer")
    rows, who = latest["position"].to_numpy(), latest["customer"].to_numpy()
    due = due_all[rows]
    ending = final.loc[who]
    done = (ending["position"].to_numpy() != rows) & (ending["at"].to_numpy("datetime64[s]") >= due)
    rows, who, due = rows[~done], who[~done], due[~done]
    plans = scrub_column(log.frame["next_plan"].to_numpy(dtype=object)[rows], contacts.names)
    text = [_promise(plan, late) for plan, late in zip(plans.tolist(), _late(due, as_of), strict=True)]
    person = _first_of(log.frame["next_owner"].to_numpy(dtype=object)[rows], log.frame["person"].to_numpy(dtype=object)[rows])
    cells = unanswered(joined([log.cells("next_plan", rows), log.cells("due_at", rows)]), log)
    return _shared(_frame(who, due, text, cells, "S000-45", person, "promised"), contacts)


def _promise(plan: str, late: int) -> str:
    """The log's own words; a stale promise starts with making contact again."""
    words = plan.strip().rstrip("。")
    return f"恢复联系；先确认上次承诺：{words}" if late > STALE_DAYS else f"按约定：{words}"


def _own_next_contact(customers: Table, log: Table, last: Times, as_of: dt.date) -> pd.DataFrame:
    """The table's own 下次联系时间, when it is later than the last contact."""
    due = day(customers.frame["next_contact"].to_numpy("datetime64[s]"))
    who = np.flatnonzero(~np.isnat(due) & (np.isnat(last) | (due > last)))
    text = [_planned(late) for late in _late(due[who], as_of)]
    cells = joined([customers.cells("next_contact", who), _stated(customers, who)])
    return _frame(who, due[who], text, unanswered(cells, log), "S000-47", nothing(len(who)), "next-contact")


def _logged_next_contact(customers: Table, log: Table, contacts: Contacts, last: Times, as_of: dt.date) -> pd.DataFrame:
    """The latest entry's 下次联系时间, when it is later than the last contact."""
    final = contacts.entries.drop_duplicates("customer", keep="last")
    rows, who = final["position"].to_numpy(), final["customer"].to_numpy()
    due = day(log.frame["next_contact"].to_numpy("datetime64[s]"))[rows]
    keep = ~np.isnat(due) & (due > last[who])
    rows, who, due = rows[keep], who[keep], due[keep]
    text = [_planned(late) for late in _late(due, as_of)]
    person = log.frame["person"].to_numpy(dtype=object)[rows]
    cells = unanswered(joined([log.cells("next_contact", rows), _stated(customers, who)]), log)
    return _shared(_frame(who, due, text, cells, "S000-47", person, "logged-next-contact"), contacts)


def _stated(customers: Table, who: Ints) -> Objects:
    """最近跟进时间, blank or not: it could have told of a later contact."""
    return customers.cells("last_followup", who)


def _planned(late: int) -> str:
    return "恢复联系；先确认上次承诺：按约定联系客户" if late > STALE_DAYS else "按约定联系客户"


def _late(due: Times, as_of: dt.date) -> list[int]:
    """Days past due, negative before it."""
    return [int(days) for days in (np.datetime64(as_of, "D") - due.astype("datetime64[D]")).astype(np.int64)]


def _first_of(one: Objects, two: Objects) -> Objects:
    return pick(is_none(one), two, one)


def _frame(who: Ints, due: Times, text: list[str], cells: Objects, source: str, person: Objects, name: str) -> pd.DataFrame:
    return pd.DataFrame({
        "customer": who, "kind": "commitment", "due": due, "text": pd.Series(text, dtype=object),
        "method": pd.Series([None] * len(who), dtype=object), "cells": pd.Series(cells, dtype=object),
        "source": source, "person": pd.Series(person, dtype=object), "name": name, "slack": 0,
    })  # fmt: skip


def _shared(tasks: pd.DataFrame, contacts: Contacts) -> pd.DataFrame:
    """Rows with the id of another share its commitments: both are the same customer."""
    others = np.flatnonzero(contacts.first_row != np.arange(len(contacts.first_row)))
    if not len(others) or not len(tasks):
        return tasks
    copies = pd.DataFrame({"customer": contacts.first_row[others], "copy": others})
    doubled = tasks.merge(copies, on="customer").drop(columns="customer").rename(columns={"copy": "customer"})
    return pd.concat([tasks, doubled[tasks.columns]], ignore_index=True)
