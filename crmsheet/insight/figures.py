"""The indicators (S002-60..62, S003-42, S003-43, S003-45, S004-29..33): one function each, listed in ``FIGURES``.

A figure takes the facts and a span and gives numerator, denominator and cells.  What the data cannot tell is a ratio
without denominator and the reason, never a guess.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from crmsheet.arrays import Bools, Ints
from crmsheet.findings import severity
from crmsheet.insight.answers import answered, method_rule
from crmsheet.insight.facts import Facts, changes, rises
from crmsheet.insight.kpis import FAMILIES, kpi_cells, kpis_of
from crmsheet.insight.places import MOST, cells_of, ranges
from crmsheet.insight.spans import inside
from crmsheet.model import Finding, Ratio, Span

PROSPECT, DEAL, LOST = "意向", "成交", "流失"


class Measured(NamedTuple):
    """One figure of one span.  ``span``: where less than what was asked for is known."""

    ratio: Ratio
    cells: tuple[str, ...] = ()
    among: tuple[str, ...] = ()
    why: str | None = None
    span: Span | None = None


class Figure(NamedTuple):
    """``measure``: its function; ``source``: the demand it serves; ``over_span``: False when it is as of the day."""

    measure: Callable[[Facts, Span], Measured]
    source: str
    over_span: bool


def unknown(why: str) -> Measured:
    """A figure that the data cannot tell."""
    return Measured(Ratio(0, 0), why=why)


def overdue(facts: Facts, span: Span) -> Measured:
    """逾期任务数 ÷ 总任务数 (S002-60, as the document writes it)."""
    return _tasks(facts, facts.tasks["status"].eq("overdue").to_numpy(dtype=bool))


def timely(facts: Facts, span: Span) -> Measured:
    """跟进及时率: what 逾期率 leaves (S002-60)."""
    return _tasks(facts, ~facts.tasks["status"].eq("overdue").to_numpy(dtype=bool))


def _tasks(facts: Facts, counted: Bools) -> Measured:
    first = facts.tasks["cells"].to_numpy(dtype=object)[counted][: 10 * MOST].tolist()
    cells = [cell for joined in first if joined for cell in joined.split(",")]
    return Measured(Ratio(int(counted.sum()), len(counted)), ranges(cells))


def churn(facts: Facts, span: Span) -> Measured:
    """流失客户数 ÷ 总客户数 (S002-62)."""
    lost = np.asarray(facts.column("stage") == LOST, dtype=bool)
    return Measured(Ratio(int(lost.sum()), len(lost)), cells_of(facts.customers, "stage", lost),
                    cells_of(facts.customers, "stage", np.arange(len(lost))))  # fmt: skip


def conversion(facts: Facts, span: Span) -> Measured:
    """意向客户成交数 ÷ 跟进总数 (S002-61): customers that went from 意向 to 成交, of those followed up, each counted once."""
    if "stage" not in facts.in_use:  # the log does not say who was at which stage when
        return unknown("no_stages")
    won, entries = changes(facts.stages, span, DEAL, PROSPECT), facts.entries(span)
    winners = facts.stages["customer"].to_numpy()[won]
    everyone = np.union1d(entries["customer"].to_numpy(), winners)
    return Measured(Ratio(len(np.unique(winners)), len(everyone)), ranges(facts.stages["cell"][won]),
                    cells_of(facts.log, "followup_at", entries["position"].to_numpy()))  # fmt: skip


def top_deals(facts: Facts, span: Span) -> Measured:
    """A级意向转成交率 (S003-42): of the top tier's customers that were 意向 in the span, those that it made 成交."""
    if "stage" not in facts.in_use:  # the log does not say who was at which stage when
        return unknown("no_stages")
    top = facts.column("tier_effective") == facts.policy.tiers[0]
    among = np.array([one for one in prospects(facts, span).tolist() if top[one]], dtype=np.int64)
    won = changes(facts.stages, span, DEAL, PROSPECT) & np.isin(facts.stages["customer"].to_numpy(), among)
    winners = np.unique(facts.stages["customer"].to_numpy()[won])
    return Measured(Ratio(len(winners), len(among)), ranges(facts.stages["cell"][won]), cells_of(facts.customers, "stage", among))


def prospects(facts: Facts, span: Span) -> Ints:
    """Customers that were 意向 on some day of the span: from before, newly, or by the table as it stands at as-of."""
    stages = facts.stages
    customer, days = stages["customer"].to_numpy(), stages["at"].to_numpy("datetime64[D]")
    is_prospect = (stages["stage"] == PROSPECT).to_numpy(dtype=bool)
    earlier = days < np.datetime64(span.first, "D")
    last = np.append(customer[earlier][1:] != customer[earlier][:-1], True)[: earlier.sum()]  # of each customer, before the span
    standing = customer[earlier][last & is_prospect[earlier]]
    found = [standing, customer[is_prospect & inside(days, span)]]
    if span.last == facts.as_of:
        found.append(facts.contacts.first_row[facts.column("stage") == PROSPECT])
    return np.unique(np.concatenate(found)).astype(np.int64)


def upgrades(facts: Facts, span: Span) -> Measured:
    """B升A比例 (S003-43): of the customers that were in the second tier in the span, those that rose to the top and are there."""
    if facts.since is None or facts.since > span.last:
        return unknown("no_history")
    top, second = facts.policy.tiers[:2]
    known, tier = Span(max(span.first, facts.since), span.last), facts.column("tier_effective")
    customer = facts.moves["customer"].to_numpy()
    risen = np.unique(customer[rises(facts.moves, known, second, top)])
    risen = risen[tier[risen] == top]
    there = inside(facts.moves["at"].to_numpy(), known) & (facts.moves[["before", "after"]] == second).any(axis=1).to_numpy(dtype=bool)
    among = np.union1d(np.flatnonzero(tier == second), customer[there])
    return Measured(Ratio(len(risen), len(among)), cells_of(facts.customers, "tier", risen),
                    cells_of(facts.customers, "tier", among), span=known)  # fmt: skip


def replies(facts: Facts, span: Span) -> Measured:
    """响应率 (S003-45): contacts that were answered, of those of which it is known."""
    rule = method_rule(facts)
    if rule is None:
        return unknown("no_answers")
    entries = facts.entries(span)
    yes, known = answered(facts, entries, rule)
    field = "responded" if rule == "responded" else "feedback"
    rows = entries["position"].to_numpy()
    return Measured(Ratio(int(yes.sum()), int(known.sum())), cells_of(facts.log, field, rows[yes]), cells_of(facts.log, field, rows[known]))


def kpis(facts: Facts, span: Span, family: str | None) -> Measured:
    """KPIs of one family (S004-29..32), or all of them (S004-33): met, of those that can be compared."""
    found = kpis_of(facts.strategies, family)
    known = [(place, kpi) for place, kpi in found if kpi.met is not None]
    why = None if known else "no_kpis"
    cells = kpi_cells(place for place, kpi in known if kpi.met)
    return Measured(Ratio(len([1 for _, kpi in known if kpi.met]), len(known)), cells, kpi_cells(place for place, _ in known), why)


def silent(facts: Facts, span: Span) -> Measured:
    """Neglected customers ÷ customers of the top tier (S000-26); nobody can tell where contacts are not recorded."""
    if any(one.code == "contacts-unrecorded" for one in facts.found):
        return unknown("contacts_unrecorded")
    top = np.asarray(facts.column("tier_effective") == facts.policy.tiers[0], dtype=bool)
    quiet = rows_with(facts, lambda one: one.code == "neglected")
    return Measured(Ratio(int(quiet.sum()), int((top | quiet).sum())), cells_of(facts.customers, "name", quiet),
                    cells_of(facts.customers, "name", top | quiet))  # fmt: skip


def sound(facts: Facts, span: Span) -> Measured:
    """资料完好率: customers without an error or a warning in their own row, of all (S000-25); silence is no fault of the data."""
    faulty = rows_with(facts, lambda one: one.code != "neglected" and severity(one) != "info")
    return Measured(Ratio(int((~faulty).sum()), len(faulty)), cells_of(facts.customers, "name", ~faulty),
                    cells_of(facts.customers, "name", np.arange(len(faulty))))  # fmt: skip


def rows_with(facts: Facts, wanted: Callable[[Finding], bool]) -> Bools:
    """Customers in whose row a finding stands that is wanted."""
    places = [(one.where.sheet, one.where.row) for one in facts.found if one.where is not None and wanted(one)]
    rows = pd.MultiIndex.from_frame(facts.people[["sheet", "row"]])
    return np.asarray(rows.isin(places), dtype=bool) if places else np.zeros(len(rows), dtype=bool)


FIGURES: dict[str, Figure] = {
    "overdue_rate": Figure(overdue, "S002-60", over_span=False),
    "timely_rate": Figure(timely, "S002-60", over_span=False),
    "conversion_rate": Figure(conversion, "S002-61", over_span=True),
    "top_deal_rate": Figure(top_deals, "S003-42", over_span=True),
    "upgrade_rate": Figure(upgrades, "S003-43", over_span=True),
    "reply_rate": Figure(replies, "S003-45", over_span=True),
    "silent_rate": Figure(silent, "S000-26", over_span=False),
    "sound_rate": Figure(sound, "S000-25", over_span=False),
    "churn_rate": Figure(churn, "S002-62", over_span=False),
    "kpi_rate": Figure(partial(kpis, family=None), "S004-33", over_span=False),
    **{f"{family}_met": Figure(partial(kpis, family=family), source, over_span=False) for family, (_, source) in FAMILIES.items()},
}  # fmt: skip
