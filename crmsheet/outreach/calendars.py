"""Every task as an event of its owner's calendar and of the team's; who imports them again has them updated, not doubled."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd

from crmsheet.arrays import Objects
from crmsheet.model import Outcome
from crmsheet.outreach.ics import Event, Known, calendar
from crmsheet.outreach.reminders import plain
from crmsheet.plan.calendar import WorkCalendar
from crmsheet.review.frames import cell_names, dates, texts, values
from crmsheet.review.outputs import safe_name
from crmsheet.review.words import Say
from crmsheet.texts import Lang, say
from crmsheet.values.names import normalise_names

ALARM_HOUR = 9  # on the working day before


def calendars(outcome: Outcome, days: WorkCalendar, lang: Lang, before: Mapping[str, Mapping[str, Known]]) -> Iterator[tuple[str, bytes]]:
    """File name and content: the team's calendar first, then one an owner, by name.  All tasks that have a day are in it.

    ``before``: the events of the files that lie there already (``ics.known``), by file name: what is done or has gone to
    somebody else is cancelled in them, also where their owner has nothing to do any more.
    """
    words, whole_team, reminders = Say(lang), say("cli", "whole_team", lang), say("cli", "reminders", lang)
    owners, book = task_owners(outcome, words("no_owner")), book_sign(outcome)
    events, taken, written = list(_events(outcome, owners, days, words)), set[str](), set[str]()

    def made(file: str, name: str, own: Iterable[Event]) -> Iterator[tuple[str, bytes]]:
        written.add(file)
        content = calendar(name, own, outcome.as_of, book, before.get(file, {}))
        yield from [(file, content)] if content is not None else []

    team = f"{outcome.workbook.rpartition('.')[0] or outcome.workbook} {whole_team}"
    named = (one._replace(summary=f"{owner}｜{one.summary}") for one, owner in zip(events, owners.tolist(), strict=True))
    yield from made(f"{safe_name(whole_team, taken)}.ics", team, named)
    for owner in sorted(set(owners.tolist())):
        own = (events[row] for row in np.flatnonzero(owners == owner).tolist())
        yield from made(f"{safe_name(plain(owner), taken)}.ics", f"{plain(owner)} {reminders}", own)
    for file in sorted(before.keys() - written):
        yield from made(file, f"{file.removesuffix('.ics')} {reminders}", ())


def book_sign(outcome: Outcome) -> str:
    """By which a calendar says whose it is."""
    return _hash(outcome.workbook)


def task_owners(outcome: Outcome, nobody: str) -> Objects:
    """Who does each task: its owner, else the customer's, else ``nobody``."""
    theirs = outcome.customers["owner"].to_numpy(dtype=object)[outcome.tasks["customer"].to_numpy(dtype=np.int64)]
    owners = outcome.tasks["owner"].astype(object).where(outcome.tasks["owner"].notna(), theirs)
    words: Objects = owners.where(owners.notna(), nobody).astype(str).str.strip().replace("", nobody).to_numpy(dtype=object)
    return words


def uids(outcome: Outcome) -> list[str]:
    """What each task is called in every calendar: made of the workbook's name, the customer's key, the kind and the touch.

    So it is the same in every run, whatever the date, tier and owner by then; two rows with one key are told apart by their order.
    """
    people, tasks = outcome.customers, outcome.tasks
    keys = people["id"].where(people["id"].notna(), pd.Series(normalise_names(people["name"].to_numpy(dtype=object)), dtype=object))
    parts = pd.DataFrame({
        "key": keys.astype(str).to_numpy(dtype=object)[tasks["customer"].to_numpy(dtype=np.int64)],
        "kind": tasks["kind"].to_numpy(), "name": tasks["name"].to_numpy(),
    })  # fmt: skip
    again = parts.groupby(["key", "kind", "name"]).cumcount()
    rows = zip(*(parts[name].tolist() for name in parts), again.tolist(), strict=True)
    return [f"{_hash(outcome.workbook, *map(str, row))}@crmsheet" for row in rows]


def _hash(*parts: str) -> str:
    """No private name can be read from it."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def _events(outcome: Outcome, owners: Objects, days: WorkCalendar, say: Say) -> Iterator[Event]:
    people, tasks = outcome.customers, outcome.tasks
    shown = [name or ident for name, ident in zip(texts(people, "name_shown"), texts(people, "id"), strict=True)]
    ids, tiers, who = texts(people, "id"), texts(people, "tier_effective"), tasks["customer"].tolist()
    alarms = dict[dt.date, int]()
    rows = zip(uids(outcome), who, dates(tasks, "due"), texts(tasks, "text"), values(tasks, "kind"), texts(tasks, "method"),
               values(tasks, "cells"), owners.tolist(), strict=True)  # fmt: skip
    for uid, at, day, text, kind, method, cells, owner in rows:
        if day not in alarms:
            alarms[day] = alarm_hours(day, days)
        about = [
            (say("customer"), f"{shown[at]} {ids[at]}".strip()), (say("tier"), tiers[at]), (say("owner"), owner), (say("task"), text),
            (say("method"), method), (say("task_kind"), say.word("kind", kind)), (say("cells"), cell_names(cells)),
        ]  # fmt: skip
        lines = "\n".join(f"{name}：{plain(value)}" for name, value in about if value)
        yield Event(uid, day, f"{plain(shown[at])}：{plain(text)}", lines, alarms[day])


def alarm_hours(day: dt.date, calendar: WorkCalendar) -> int:
    """Hours from nine o'clock on the last working day before ``day`` to the midnight that ``day`` begins with (S002-49)."""
    before = day - dt.timedelta(days=1)
    while not calendar.working(before):
        before -= dt.timedelta(days=1)
    return (day - before).days * 24 - ALARM_HOUR
