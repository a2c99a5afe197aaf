"""The first screen: what needs a decision in this period, what changed, and how far the data can be trusted."""

from __future__ import annotations

from crmsheet.model import Outcome
from crmsheet.review.blocks import Block, Metrics, Notice, Section, without
from crmsheet.review.cards import cards
from crmsheet.review.grades import brief_proposals, waiting
from crmsheet.review.neglect import neglect_table, neglected_customers
from crmsheet.review.plan import owner_table
from crmsheet.review.problems import health_table
from crmsheet.review.trend import changes, trend
from crmsheet.review.words import Say
from crmsheet.texts import Lang

_FIRST = 5  # rows of each list on the first screen; the rest stands in its own section


def summary(outcome: Outcome, lang: Lang) -> Section:
    """The first screen."""
    say = Say(lang)
    written = _writing(outcome, say)
    blocks: tuple[Block, ...] = (
        _headline(outcome, say),
        *(notice for notice in written if notice.tone != "plain"),
        *changes(outcome, say),
        Metrics(cards(outcome, say)),
        neglect_table(outcome, lang, most=_FIRST),
        brief_proposals(outcome, lang, most=_FIRST),
        without(owner_table(outcome, lang, most=_FIRST), "later"),
        without(health_table(outcome, lang, most=_FIRST), "code"),
        trend(outcome, lang),
        *(notice for notice in written if notice.tone == "plain"),
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
