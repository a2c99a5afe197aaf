"""Checks of 客户状态: evidence, freshness, and what a closed deal must say."""

from __future__ import annotations

import datetime as dt

import numpy as np

from crmsheet.checks.context import Context, check, days, words
from crmsheet.model import Finding
from crmsheet.tables.noise import tell

FRIDAY = 4
DEAL = ("product", "contract_amount", "expires_at")


@check("stage-without-evidence")
def stage_without_evidence(seen: Context) -> list[Finding]:
    """A stage beyond 潜在 without 状态变更依据, where the table has that column (S003-37)."""
    table = seen.customers
    stage = words(table, "stage")
    changed = (stage != None) & (stage != "潜在")  # noqa: E711  None is a blank cell
    bare = changed & table.holds("stage_reason") & ~table.present["stage_reason"]

    def make(i: int) -> Finding:
        params = {"stage": stage[i], "field": table.header("stage_reason")}
        return Finding("stage-without-evidence", table.ref("stage_reason", i), None, params)

    return tell(np.flatnonzero(bare), len(table), make)


@check("stage-stale")
def stage_stale(seen: Context) -> list[Finding]:
    """状态更新时间 before the last Friday before as-of, or blank (S003-31); of a lost customer nothing is to be updated."""
    table = seen.customers
    if seen.policy.records.stage_friday is None:
        return []
    friday = last_friday(seen.as_of)
    changed, stage = days(table, "stage_changed_at"), words(table, "stage")
    blank = np.isnat(changed) & ~table.present["stage_changed_at"]
    stale = table.present["stage"] & (stage != "流失") & table.holds("stage_changed_at") & (blank | (changed < np.datetime64(friday, "D")))

    def make(i: int) -> Finding:
        never = np.isnat(changed[i])
        params = {
            "what": "没有填写更新时间" if never else f"上次更新是 {changed[i]}", "friday": friday,
            "what_en": "has no date of update" if never else f"was last updated on {changed[i]}",
        }  # fmt: skip
        return Finding("stage-stale", table.ref("stage_changed_at", i), None, params)

    return tell(np.flatnonzero(stale), len(table), make)


def last_friday(as_of: dt.date) -> dt.date:
    """The last Friday before a day; of a Friday the one a week ago."""
    return as_of - dt.timedelta(days=(as_of.weekday() - FRIDAY - 1) % 7 + 1)


@check("deal-incomplete")
def deal_incomplete(seen: Context) -> list[Finding]:
    """成交 without product, amount or expiry, as far as the table has their columns (S003-38..40)."""
    table = seen.customers
    closed = words(table, "stage") == "成交"
    found = []
    for field in DEAL:

        def make(i: int, field: str = field) -> Finding:
            return Finding("deal-incomplete", table.ref(field, i), None, {"field": table.header(field)})

        found += tell(np.flatnonzero(closed & table.holds(field) & ~table.present[field]), len(table), make)
    return found
