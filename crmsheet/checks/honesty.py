"""Whether the log can be believed (S003-29): written in time, in one's own words, on days that make sense."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmsheet.arrays import first_of, groups, is_there, sizes
from crmsheet.checks.context import Context, check, days, times, words
from crmsheet.checks.lateness import over_a_day, timed
from crmsheet.model import Finding
from crmsheet.values.methods import VISIT

CLONES, CLONED_LENGTH = 5, 10  # rows of one person, and characters of a summary
BULK, BULK_DAYS = 10, 7  # entries recorded on one day, and days that they span


@check("recorded-late")
def recorded_late(seen: Context) -> list[Finding]:
    """An entry made over 24 hours after the contact (S000-39, S003-22), or under crm not on the same day (S002-54)."""
    log, within = seen.log, seen.policy.records.within
    if within is None:
        return []
    followed, recorded = times(log, "followup_at"), times(log, "recorded_at")
    same_day = within.limit == "same-day"
    day, recorded_day = days(log, "followup_at"), days(log, "recorded_at")
    late = recorded_day > day if same_day else over_a_day(followed, recorded)
    limit, limit_en = ("当日", "not on the same day") if same_day else ("24 小时", "over 24 hours later")

    def make(i: int) -> Finding:
        params = {"date": day[i], "recorded": recorded_day[i], "limit": limit, "limit_en": limit_en}
        return Finding("recorded-late", log.ref("recorded_at", i), None, params)

    return seen.entries(np.flatnonzero(late), make)


@check("recorded-unknown")
def recorded_unknown(seen: Context) -> list[Finding]:
    """Entries of which only the days are known, where 24 hours count (S000-39): once a sheet, at the first."""
    log, within = seen.log, seen.policy.records.within
    if within is None or within.limit == "same-day":
        return []
    followed, recorded = times(log, "followup_at"), times(log, "recorded_at")
    unknown = ~np.isnat(followed) & ~np.isnat(recorded) & ~(timed(followed) & timed(recorded))
    sheets = words(log, "sheet")
    found = []
    for sheet in pd.unique(sheets[unknown]):
        at = np.flatnonzero(unknown & (sheets == sheet))
        found.append(Finding("recorded-unknown", log.ref("recorded_at", int(at[0])), None, {"count": len(at)}))
    return found


@check("same-day-contacts")
def same_day_contacts(seen: Context) -> list[Finding]:
    """Two people contacted one customer on one day (S002-106), at the entry of the second; who went together is no finding."""
    log = seen.log
    entries = seen.contacts.entries.sort_values("position")
    rows = entries["position"].to_numpy()
    person = words(log, "person")[rows]
    rows, entries, person = rows[is_there(person)], entries[is_there(person)], person[is_there(person)]
    day = groups(entries["customer"].to_numpy(), entries["at"].to_numpy())
    first = first_of(day)
    other = np.flatnonzero(person != person[first])
    second = other[first_of(day[other]) == np.arange(len(other))]
    said, with_them, followed = words(log, "person"), words(log, "participants"), days(log, "followup_at")
    pairs = zip(rows[second].tolist(), rows[first[second]].tolist(), strict=True)
    others = {i: j for i, j in pairs if said[i] not in (with_them[j] or "") and said[j] not in (with_them[i] or "")}

    def make(i: int) -> Finding:
        other = others[i]
        params = {"date": followed[i], "person": said[i], "other_person": said[other], "other": str(log.ref("person", other))}
        return Finding("same-day-contacts", log.ref("person", i), None, params)

    return seen.entries(np.array(sorted(others), dtype=np.int64), make)


@check("cloned-text")
def cloned_text(seen: Context) -> list[Finding]:
    """One person wrote the same summary, of 10 characters or more, in 5 rows or more (S003-29): once a text, at its latest row."""
    log = seen.log
    person, summary = words(log, "person"), words(log, "summary")
    group = groups(person, summary)
    many = sizes(group)
    often = np.flatnonzero((many >= CLONES) & is_there(person) & is_there(summary))
    often = often[[len(text) >= CLONED_LENGTH for text in summary[often].tolist()]]
    last = often[::-1][first_of(group[often][::-1]) == np.arange(len(often))][::-1]

    def make(i: int) -> Finding:
        params = {"person": person[i], "number": int(many[i])}
        return Finding("cloned-text", log.ref("summary", i), None, params)

    return seen.entries(last, make)


@check("bulk-backfill")
def bulk_backfill(seen: Context) -> list[Finding]:
    """One person recorded 10 entries or more on one day that span over 7 days (S003-29): once, at the first of them."""
    log = seen.log
    person, recorded, followed = words(log, "person"), days(log, "recorded_at"), days(log, "followup_at")
    there = np.flatnonzero(is_there(person) & ~np.isnat(recorded) & ~np.isnat(followed))
    group = groups(person[there], recorded[there])
    many, first = sizes(group), first_of(group)
    days_of = pd.Series(followed[there].astype("datetime64[s]")).groupby(group)
    span = (days_of.transform("max") - days_of.transform("min")).dt.days.to_numpy()
    bulk = (many >= BULK) & (span > BULK_DAYS) & (first == np.arange(len(group)))
    about = {int(there[at]): (int(many[at]), int(span[at])) for at in np.flatnonzero(bulk).tolist()}

    def make(i: int) -> Finding:
        number, apart = about[i]
        params = {"person": person[i], "recorded": recorded[i], "number": number, "span": apart}
        return Finding("bulk-backfill", log.ref("recorded_at", i), None, params)

    return seen.entries(np.array(sorted(about), dtype=np.int64), make)


@check("holiday-visit")
def holiday_visit(seen: Context) -> list[Finding]:
    """A visit on a public holiday, make-up working days and the team's own days considered (S003-29)."""
    entries = seen.contacts.entries
    codes, kinds = pd.factorize(entries["methods"])
    visits = np.array([*(VISIT in kind for kind in kinds), False], dtype=bool)[codes]
    at = entries["at"].to_numpy("datetime64[D]")
    free = [day for day in np.unique(at[visits]) if seen.calendar.public_holiday(day.item())]
    rows = np.sort(entries["position"].to_numpy()[visits & np.isin(at, np.array(free, dtype="datetime64[D]"))])
    followed = days(seen.log, "followup_at")
    return seen.entries(rows, lambda i: Finding("holiday-visit", seen.log.ref("followup_at", i), None, {"date": followed[i]}))
