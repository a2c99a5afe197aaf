"""The first screen: what needs a decision in this period, and how far the data can be trusted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np

from crmsheet.model import Outcome
from crmsheet.review.blocks import Block, Metric, Metrics, Notice, Section, without
from crmsheet.review.frames import due_in_period, texts, tier_order
from crmsheet.review.grades import proposal_table, waiting
from crmsheet.review.neglect import neglect_table, neglected_customers
from crmsheet.review.plan import owner_table
from crmsheet.review.problems import health_table, severity_counts
from crmsheet.review.trend import trend
from crmsheet.review.words import Say
from crmsheet.texts import Lang

_FIRST = 5  # rows of each list on the first screen; the rest stands in its own section


def summary(outcome: Outcome, lang: Lang) -> Section:
    """The first screen."""
    say = Say(lang)
    blocks: tuple[Block, ...] = (
        _headline(outcome, say),
        *_writing(outcome, say),
        Metrics(_figures(outcome, say)),
        neglect_table(outcome, lang, most=_FIRST),
        without(proposal_table(outcome, lang, most=_FIRST), "move", "cells"),
        without(owner_table(outcome, lang, most=_FIRST), "later"),
        without(health_table(outcome, lang, most=_FIRST), "code"),
        trend(outcome, lang),
    )
    return Section("summary", say("summary"), blocks)


def _headline(outcome: Outcome, say: Say) -> Notice:
    counts = {
        "waiting": len(waiting(outcome)),
        "neglected": len(neglected_customers(outcome)),
        "overdue": int(outcome.tasks["status"].eq("overdue").sum()),
    }
    parts = [say(f"decide_{key}", count=count) for key, count in counts.items() if count]
    if not parts:
        return Notice("good", say("decide_nothing"))
    return Notice("bad" if counts["neglected"] else "warn", say("decide", what=say("comma").join(parts)))


def _writing(outcome: Outcome, say: Say) -> list[Notice]:
    if outcome.not_written:
        return [Notice("bad", say("not_written", why=outcome.not_written))]
    if outcome.receipt is None:
        return [Notice("plain", say("nothing_written"))]
    warnings = [Notice("warn", line) for line in outcome.receipt.notices]
    return [Notice("plain", say("written", count=outcome.receipt.cells_changed)), *warnings]


def _figures(outcome: Outcome, say: Say) -> tuple[Metric, ...]:
    tasks, tiers = outcome.tasks, np.array(_tiers(outcome), dtype=object)
    of_task = tiers[tasks["customer"].to_numpy(dtype=np.int64)]
    overdue = tasks["status"].eq("overdue").to_numpy(dtype=bool)
    due = due_in_period(outcome)
    left, health = len(waiting(outcome)), severity_counts(outcome)
    silent = len(neglected_customers(outcome))
    return (
        Metric(say("overdue_tasks"), f"{overdue.sum():,}", _by_tier(Counter(of_task[overdue].tolist()), outcome),
               "bad" if overdue.any() else "good"),
        Metric(say("silent"), f"{silent:,}", "", "bad" if silent else "good"),
        Metric(say("to_approve"), f"{left:,}", "", "warn" if left else "good"),
        Metric(say(f"due_{outcome.period}"), f"{due.sum():,}", _by_tier(Counter(of_task[due].tolist()), outcome)),
        Metric(say("customers"), f"{len(tiers):,}", _by_tier(Counter(tiers.tolist()), outcome)),
        Metric(say("data_findings"), f"{sum(health.values()):,}",
               " · ".join(f"{say.word('severity', name)} {count:,}" for name, count in health.items()),
               "bad" if health["error"] else "plain"),
    )  # fmt: skip


def _tiers(outcome: Outcome) -> list[str]:
    known = tier_order(outcome)
    last = list(known)[-1]
    return [tier if tier in known else last for tier in texts(outcome.customers, "tier_effective")]


def _by_tier(counts: Mapping[str, int], outcome: Outcome) -> str:
    return " · ".join(f"{tier} {counts[tier]:,}" for tier in tier_order(outcome) if counts.get(tier))
