"""What moves rest on beside the bands: a signal, contact without progress, silence, a refusal; with cells that prove it."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np

from crmsheet.arrays import Bools, Ints, Objects, Times, filled, nothing, pick, take
from crmsheet.judge.show import show_money
from crmsheet.memory.memory import Memory
from crmsheet.plan.contacts import NAT, Contacts, day, unanswered
from crmsheet.plan.intervals import add_interval
from crmsheet.plan.log_words import LOSS, matching, mentions
from crmsheet.policy.schema import Every, Immediate, Stalled
from crmsheet.tables.spec import LEDGER
from crmsheet.tables.table import Table

STALL_WORDS = ("停滞", "暂停", "无进展", "搁置", "决策人更换", "无人接听", "暂无需求", "未接通")
_SPOKEN = ("topic", "summary", "feedback", "next_plan")


class Fact(NamedTuple):
    """Where it holds, in words, and the cells that prove it (joined by ``,``); each of shape (customers,)."""

    holds: Bools
    text: Objects
    cells: Objects


def no_fact(size: int) -> Fact:
    """It holds nowhere."""
    return Fact(np.zeros(size, dtype=bool), nothing(size), filled(size, ""))


def immediate_signal(rule: Immediate, customers: Table) -> Fact:
    """A budget over the bound and a clear decision chain."""
    budget = customers.frame[rule.field].to_numpy(dtype=np.float64)
    holds = (budget > rule.over) & (customers.frame["chain"].to_numpy(dtype=object) == "清晰")
    text, cells = nothing(len(customers)), filled(len(customers), "")
    at = np.flatnonzero(holds)
    bound, header = show_money(np.array([rule.over]))[0], customers.header(rule.field)
    text[at] = [f"{header}{shown}>{bound}; {customers.header('chain')}清晰" for shown in show_money(budget[at])]
    pairs = zip(customers.cells(rule.field)[at], customers.cells("chain")[at], strict=True)
    cells[at] = [",".join(cell for cell in pair if cell) for pair in pairs]
    return Fact(holds, text, cells)


def progress_rows(log: Table) -> Bools:
    """Log rows that report progress: 进展 says 有; without that column, something came back and nothing stalled."""
    if log.has("progress"):
        return np.asarray(log.frame["progress"].to_numpy(dtype=object) == "有", dtype=bool)
    answered = log.present["feedback"] | log.present["next_plan"]
    return answered & ~mentions(log, _SPOKEN, STALL_WORDS)


def quiet(rule: Stalled, log: Table, contacts: Contacts, as_of: dt.date) -> Fact:
    """At least so many entries in the last months, and none of them with progress."""
    size = len(contacts.first_row)
    start = add_interval(np.array([as_of], dtype="datetime64[s]"), Every(months=-rule.months))[0]
    entries = contacts.entries[contacts.entries["at"].to_numpy("datetime64[s]") >= start]
    who, rows = entries["customer"].to_numpy(), entries["position"].to_numpy()
    count = np.bincount(who, minlength=size)
    good = np.bincount(who, progress_rows(log)[rows], minlength=size)
    holds = ((count >= rule.entries) & (good == 0))[contacts.first_row]
    return _told(holds, who, rows, log, contacts, rule.months)


def _told(holds: Bools, who: Ints, rows: Ints, log: Table, contacts: Contacts, months: int) -> Fact:
    """Names the entries of those customers: their days, and the cells that hold the day and show no progress."""
    text, cells = nothing(len(holds)), filled(len(holds), "")
    wanted = holds[who]
    days = np.datetime_as_string(log.frame["followup_at"].to_numpy("datetime64[D]")[rows[wanted]]).tolist()
    places = [",".join(_without_progress(log, row)) for row in rows[wanted].tolist()]
    lists: dict[int, list[tuple[str, str]]] = {}
    for customer, one, cell in zip(who[wanted].tolist(), days, places, strict=True):
        lists.setdefault(customer, []).append((one, cell))
    for i in np.flatnonzero(holds).tolist():
        found = lists.get(int(contacts.first_row[i]), [])
        text[i] = f"近{months}个月跟进{len(found)}次均无实质进展（{'、'.join(one for one, _ in found)}）"
        cells[i] = ",".join(cell for _, cell in found)
    return Fact(holds, text, cells)


def _without_progress(log: Table, row: int) -> list[str]:
    """An entry's day, and 进展; without that column the words of a stall, else the blank feedback and next plan."""
    if log.has("progress"):
        fields: tuple[str, ...] = ("progress",)
    else:
        said = [(name, log.frame[name].iat[row]) for name in _SPOKEN]
        stalls = tuple(name for name, text in said if isinstance(text, str) and any(word in text for word in STALL_WORDS))
        fields = stalls or ("feedback", "next_plan")
    return [str(where) for name in ("followup_at", *fields) if (where := log.ref(name, row)) is not None]


class Since(NamedTuple):
    """Since when customers are in a tier (NaT: not known), and what says so: the ledger, 分级日期, or else the first contact."""

    day: Times
    recorded: Bools
    graded: Bools


def in_tier_since(tier: str, customers: Table, memory: Memory) -> Since:
    """By the ledger where its last move led into the tier, else 分级日期, else the first contact (SPEC §4, Stalled)."""
    last = memory.last_moved
    recorded = last.there & (last.after == tier)
    graded, first = (day(customers.frame[name].to_numpy("datetime64[s]")) for name in ("graded_at", "first_contact"))
    return Since(np.where(recorded, last.day, np.where(np.isnat(graded), first, graded)), recorded, ~np.isnat(graded))


def stalled_there(tier: str, there: Bools, since: Since, silence: Fact, customers: Table, memory: Memory) -> Fact:
    """Contact without progress, told with since when: of customers that are ``there``, in the tier."""
    text, cells = silence.text.copy(), silence.cells.copy()
    for i in np.flatnonzero(silence.holds & there & ~np.isnat(since.day)).tolist():
        field = "graded_at" if since.graded[i] else "first_contact"
        what, where = (LEDGER, memory.last_moved.cell[i]) if since.recorded[i] else (customers.header(field), customers.ref(field, i))
        text[i] = f"{since.day[i].astype('datetime64[D]')}起为{tier}级（{what}），{text[i]}"
        cells[i] = f"{where},{cells[i]}" if where else cells[i]
    return Fact(silence.holds, text, cells)


def last_progress(log: Table, contacts: Contacts) -> Times:
    """Day of each customer's latest entry with progress; NaT without one."""
    at = contacts.latest(progress_rows(log))
    return np.append(day(log.frame["followup_at"].to_numpy("datetime64[s]")), NAT)[at]


def silent(customers: Table, last: Times, months: int, as_of: dt.date) -> Fact:
    """No contact for so many months: since the last one; never contacted, since the first; blank: not."""
    first = day(customers.frame["first_contact"].to_numpy("datetime64[s]"))
    since = np.where(np.isnat(last), first, last)
    holds = add_interval(since, Every(months=months)) <= np.datetime64(as_of, "s")
    shown = np.datetime_as_string(since.astype("datetime64[D]")).astype(object)
    word = pick(np.isnat(last), "首次接触", "最近联系")
    text = pick(holds, word + shown + f"，已满{months}个月无互动", None)
    cell = pick(np.isnat(last), customers.cells("first_contact"), customers.cells("last_followup"))
    return Fact(holds, text, cell)


def last_entry_cells(log: Table, contacts: Contacts, last: Times, cells: Objects) -> Objects:
    """The cell of the entry of the ``last`` contact, or of ``cells`` where the log does not hold it; and the range without a
    later one."""
    return unanswered(pick(contacts.last() == last, log.cells("followup_at", contacts.latest()), cells), log)


def refused(log: Table, contacts: Contacts) -> Fact:
    """The last feedback says that it is over."""
    at = contacts.latest(log.present["feedback"])
    holds = matching(take(log.frame["feedback"].to_numpy(dtype=object), at), LOSS.search)
    text = pick(holds, "最近反馈表示暂停、终止或拒绝合作", None)
    return Fact(holds, text, pick(holds, take(log.cells("feedback"), at), ""))
