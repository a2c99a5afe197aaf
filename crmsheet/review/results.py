"""What the work came to: the strategy table's KPIs and the adjustments that they ask for (S004-33..52)."""

from __future__ import annotations

from crmsheet.model import Outcome, Strategy
from crmsheet.review.blocks import Column, Link, Row, Section, Table
from crmsheet.review.frames import cell_link, texts
from crmsheet.review.words import RATING_TONES, Say, kpi
from crmsheet.texts import Lang


def strategies(outcome: Outcome, lang: Lang) -> Section:
    """Each strategy with its KPIs, the rating they earn, and the rating in the sheet; no table, no section."""
    say, masked = Say(lang), masked_names(outcome)
    rows = [_strategy_row(item, masked, say) for item in outcome.strategies]
    table = Table("strategies", say("strategies"), _strategy_columns(say), rows, main=True)
    return Section("strategies", say("strategies"), (table, *_adjustments(outcome, masked, say)) if rows else ())


def _adjustments(outcome: Outcome, masked: dict[str, str], say: Say) -> list[Table]:
    """What is proposed where a KPI is missed, with its reasons (S004-35..39); no missed KPI, no table."""
    rows: list[Row] = [
        (masked.get(item.customer, item.customer), item.owner, one.reason, one.strategy, one.due, say.word("adjustment", one.state),
         "" if one.helped is None else say.word("helped", str(one.helped).lower()), cell_link(",".join(one.cells)))
        for item in outcome.strategies if (one := item.proposal) is not None
    ]  # fmt: skip
    columns = (
        Column("customer", say("customer"), width=24),
        Column("owner", say("owner"), width=10),
        Column("reason", say("adjust_reason"), width=50),
        Column("proposal", say("adjust_to"), width=50),
        Column("due", say("adjust_due"), "date", 12),
        Column("state", say("adjust_state"), width=12),
        Column("helped", say("adjust_helped"), width=14),
        Column("cells", say("evidence_cells"), "cell", 28),
    )
    return [Table("adjustments", say("adjustments"), columns, rows)] if rows else []


def masked_names(outcome: Outcome) -> dict[str, str]:
    """Names of customers who are persons → the name as it may be shown outside the workbook (SPEC §9)."""
    people = outcome.customers
    pairs = zip(texts(people, "name"), texts(people, "name_shown"), strict=True)
    return {name: shown for name, shown in pairs if name != shown}


def _strategy_row(item: Strategy, masked: dict[str, str], say: Say) -> Row:
    return (
        masked.get(item.customer, item.customer),
        item.segment,
        item.owner,
        item.current,
        say("list_separator").join(kpi(one, say) for one in item.kpis),
        say.word("rating", item.rating),
        item.rating_in_sheet,
        Link(
            f"{item.sheet}!{item.kpi_cell.rpartition('!')[2]}", item.sheet, item.kpi_cell.rpartition("!")[2]
        ),
    )


def _strategy_columns(say: Say) -> tuple[Column, ...]:
    return (
        Column("customer", say("customer"), width=24),
        Column("segment", say("segment"), width=16),
        Column("owner", say("owner"), width=10),
        Column("current", say("current_strategy"), width=30),
        Column("kpis", say("kpis"), width=60),
        Column("rating", say("rating"), width=10, tones=say.tones("rating", RATING_TONES)),
        Column("rating_in_sheet", say("rating_in_sheet"), width=12),
        Column("cell", say("cell"), "cell", 24),
    )
