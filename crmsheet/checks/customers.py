"""Checks of the customers table: who they are, and whether their file is complete and up to date."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from crmsheet.checks.context import Context, check, days, times, words
from crmsheet.checks.lateness import over_a_day
from crmsheet.model import Finding, Severity
from crmsheet.plan.required import REQUIRED, WANTED, Blank, blanks
from crmsheet.privacy.detect import scrub
from crmsheet.tables.noise import tell
from crmsheet.tables.persons import persons
from crmsheet.tables.table import Table
from crmsheet.values.columns import parse_distinct, spread_bools

PLAN_DAYS = 3  # working days from grading to a plan (S003-20)
_ID = re.compile(r"C\d{7,10}", re.ASCII)
_KIND = {"company": ("企业客户", "companies"), "person": ("个人客户", "persons")}


@check("duplicate-customer")
def duplicate_customer(seen: Context) -> list[Finding]:
    """Two rows with one 客户编号 are two entries, and a finding at the later one (S000-55)."""
    table = seen.customers
    codes, _ = pd.factorize(table.keys("customer_id"))
    first: dict[int, int] = {}
    found = []
    for i in np.flatnonzero(pd.Series(codes).duplicated(keep=False).to_numpy() & (codes >= 0)).tolist():
        before = first.setdefault(int(codes[i]), i)
        if before != i:
            value = scrub(str(table.frame["customer_id"].iat[i]))
            found.append(Finding("duplicate-customer", table.ref("customer_id", i), value, {"first": str(table.ref("customer_id", before))}))
    return found


@check("required-missing")
def required_missing(seen: Context) -> list[Finding]:
    """A blank cell that every company or person must fill (S002-2..17); 企业规模 only warns (S002-68)."""
    table, single = seen.customers, persons(seen.customers)
    found = [one for blank in blanks(table, single, REQUIRED) for one in _blank_cells(table, blank, None)]
    if not _called_optional(table, "size"):
        found += [one for blank in blanks(table, single, WANTED) for one in _blank_cells(table, blank, "warning")]
    return found


def _called_optional(table: Table, field: str) -> bool:
    headers = [region.headers[column] for region in table.regions for column in region.fields.get(field, ())]
    return any("可选" in header or "选填" in header for header in headers)


def _blank_cells(table: Table, blank: Blank, grade: Severity | None) -> list[Finding]:
    zh, en = _KIND[blank.kind]
    must, must_en = ("", "") if grade else (f"（{zh}必填）", f"; {en} must have it")
    params = {"what": f"“{blank.header}”没有填写{must}", "what_en": f"“{blank.header}” is blank{must_en}"}

    def make(i: int) -> Finding:
        where = next(ref for field in blank.fields if (ref := table.ref(field, i)) is not None)
        return Finding("required-missing", where, None, params, grade)

    return tell(np.flatnonzero(blank.rows), len(table), make)


@check("id-format")
def id_format(seen: Context) -> list[Finding]:
    """客户编号 is C and 7 to 10 digits (S000-70, S002-97); one finding a column."""
    table = seen.customers
    codes, usual = parse_distinct(words(table, "customer_id"), lambda text: _ID.fullmatch(text) is not None)
    at = np.flatnonzero((codes >= 0) & ~spread_bools(codes, usual))
    if not len(at):
        return []
    first = int(at[0])
    return [Finding("id-format", table.ref("customer_id", first), scrub(str(table.frame["customer_id"].iat[first])), {"count": len(at)})]


@check("last-followup-mismatch")
def last_followup_mismatch(seen: Context) -> list[Finding]:
    """最近跟进时间 is another day than the log's latest entry (S000-66); a day to come is ``date-in-future``."""
    table = seen.customers
    stated, logged = days(table, "last_followup"), seen.contacts.last().astype("datetime64[D]")
    differs = ~np.isnat(stated) & ~np.isnat(logged) & (stated != logged) & (stated <= np.datetime64(seen.as_of, "D"))

    def make(i: int) -> Finding:
        return Finding("last-followup-mismatch", table.ref("last_followup", i), str(stated[i]), {"stated": stated[i], "logged": logged[i]})

    return tell(np.flatnonzero(differs), len(table), make)


@check("cadence-mismatch")
def cadence_mismatch(seen: Context) -> list[Finding]:
    """跟进周期(次/月) does not agree with the tier (S000-62)."""
    table, rhythm = seen.customers, seen.policy.cadence
    if not rhythm:
        return []
    often, said = table.frame["frequency"].to_numpy(dtype=np.float64), words(table, "frequency.text")
    least = pd.Series(seen.tiers).map({tier: one.least for tier, one in rhythm.items()}).to_numpy(dtype=np.float64)
    most = pd.Series(seen.tiers).map({tier: one.most for tier, one in rhythm.items()}).to_numpy(dtype=np.float64)

    def make(i: int) -> Finding:
        tier = str(seen.tiers[i])
        times = f"{often[i]:.3g}"
        zh, en = ("", "") if said[i] == times else (f"（写作“{said[i]}”）", f" (as “{said[i]}”)")
        params = {"tier": tier, "times": times, "said": zh, "said_en": en, "wanted": rhythm[tier].text()}
        return Finding("cadence-mismatch", table.ref("frequency", i), str(said[i]), params)

    return tell(np.flatnonzero((often < least) | (often > most)), len(table), make)


@check("plan-late")
def plan_late(seen: Context) -> list[Finding]:
    """计划制定日期 over 3 working days after 分级日期, or still blank by then (S003-20)."""
    table = seen.customers
    graded, planned = days(table, "graded_at"), days(table, "planned_at")
    deadline = graded.copy()
    for one in np.unique(graded[~np.isnat(graded) & table.holds("planned_at")]):
        deadline[graded == one] = np.datetime64(seen.calendar.add_working_days(one.item(), PLAN_DAYS), "D")
    blank = np.isnat(planned) & ~table.present["planned_at"]  # what cannot be read is another finding
    late = (planned > deadline) | (blank & (np.datetime64(seen.as_of, "D") > deadline))

    def make(i: int) -> Finding:
        done = not np.isnat(planned[i])
        what = f"实际是 {planned[i]}" if done else "至今没有填写"
        what_en = f"it was made on {planned[i]}" if done else "none is there yet"
        return Finding("plan-late", table.ref("planned_at", i), None, {"deadline": deadline[i], "what": what, "what_en": what_en})

    return tell(np.flatnonzero(late & table.holds("planned_at")), len(table), make)


@check("entry-late")
def entry_late(seen: Context) -> list[Finding]:
    """建档时间 over 24 hours after the first contact (S003-12)."""
    table = seen.customers
    first, created = times(table, "first_contact"), times(table, "created_at")

    def make(i: int) -> Finding:
        params = {"first": first[i].astype("datetime64[D]"), "date": created[i].astype("datetime64[D]")}
        return Finding("entry-late", table.ref("created_at", i), None, params)

    return tell(np.flatnonzero(over_a_day(first, created)), len(table), make)
