"""A run against the last one and the last month's (SPEC §8): how much waits, how late, who stands where."""

from __future__ import annotations

from collections.abc import Mapping

from crmsheet.model import Outcome, Ratio, RunRecord
from crmsheet.review.blocks import Block, Column, Row, Table, Text
from crmsheet.review.frames import texts
from crmsheet.review.grades import waiting
from crmsheet.review.words import Say, change, figure
from crmsheet.texts import Lang

Figures = Mapping[str, int | Ratio]


def trend(outcome: Outcome, lang: Lang) -> Block:
    """The comparison as a table; on a first run one sentence that there is none yet."""
    say = Say(lang)
    if outcome.last_run is None:
        return Text(say("first_run"))
    now, last = _now(outcome, say), _then(outcome.last_run, outcome, say)
    month = _then(outcome.last_month, outcome, say) if outcome.last_month is not None else {}
    rows: list[Row] = [
        (name, figure(value), figure(last.get(name)), change(value, last.get(name), say), figure(month.get(name)))
        for name, value in now.items()
    ]
    month_day = outcome.last_month.as_of.isoformat() if outcome.last_month is not None else "—"
    columns = (
        Column("figure", say("figure"), width=18),
        Column("now", say("this_run"), width=12),
        Column("last", say("last_run", day=outcome.last_run.as_of.isoformat()), width=18),
        Column("change", say("change"), width=10),
        Column("month", say("last_month", day=month_day), width=18),
    )
    return Table("trend", say("since_last_run"), columns, rows)


def _now(outcome: Outcome, say: Say) -> Figures:
    tiers = texts(outcome.customers, "tier_effective")
    return {
        say("overdue_tasks"): int(outcome.tasks["status"].eq("overdue").sum()),
        say("indicator_overdue_rate"): outcome.indicators.get("overdue_rate", Ratio(0, 0)),
        say("to_approve"): len(waiting(outcome)),
        say("customers"): len(tiers),
        **{say("of_tier", tier=tier): tiers.count(tier) for tier in outcome.tiers},
    }


def _then(run: RunRecord, outcome: Outcome, say: Say) -> Figures:
    return {
        say("overdue_tasks"): run.overdue, say("indicator_overdue_rate"): run.indicators.get("overdue_rate", Ratio(0, 0)),
        say("to_approve"): run.waiting, say("customers"): run.customers,
        **{say("of_tier", tier=tier): run.tiers.get(tier, 0) for tier in outcome.tiers},
    }  # fmt: skip
