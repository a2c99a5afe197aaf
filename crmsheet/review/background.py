"""What the review rests on: the policy's rules and assumptions, the calendar, the tables as they were read."""

from __future__ import annotations

from crmsheet.model import Outcome, Region, letters
from crmsheet.review.blocks import Block, Column, Row, Section, Table, Text
from crmsheet.review.words import Say
from crmsheet.tables.spec import table_spec
from crmsheet.texts import Lang

_ASSUMPTION = "assumption"


def background(outcome: Outcome, lang: Lang) -> Section:
    """Policy, assumptions and calendar used, and every column with what it was taken for."""
    say = Say(lang)
    assumed = sum(source == _ASSUMPTION for _, _, source in outcome.policy_rules)
    blocks: tuple[Block, ...] = (
        Text(
            say(
                "policy_used",
                name=outcome.policy_name,
                version=outcome.policy_version,
                why=outcome.policy_reason,
            )
        ),
        Text(_sentence(outcome.calendar_note, say) if outcome.calendar_note else say("calendar_known")),
        Text(say("log_read", count=outcome.log_entries)),
        Text(say("assumed", count=assumed)) if assumed else Text(say("nothing_assumed")),
        _rule_table(outcome, say),
        _region_table(outcome, say),
        _column_table(outcome, say),
    )
    return Section("background", say("background"), blocks)


def _sentence(text: str, say: Say) -> str:
    return say("sentence", text=text[:1].upper() + text[1:])


def _rule_table(outcome: Outcome, say: Say) -> Table:
    assumption = say("assumption")
    rows: list[Row] = [
        (part, rule, assumption if source == _ASSUMPTION else source)
        for part, rule, source in outcome.policy_rules
    ]
    columns = (
        Column("part", say("rule_part"), width=16),
        Column("rule", say("rule"), width=80),
        Column("source", say("source"), width=24, tones={assumption: "warn"}),
    )
    return Table("rules", say("rules"), columns, rows, empty=say("no_rules"))


def _region_table(outcome: Outcome, say: Say) -> Table:
    rows: list[Row] = [
        (say.word("table", region.kind), region.sheet, "、".join(map(str, region.header_rows)), _data_rows(region, say),
         len(region.fields), len(region.unknown))
        for region in outcome.regions
    ]  # fmt: skip
    columns = (
        Column("kind", say("table"), width=16),
        Column("sheet", say("sheet"), width=26),
        Column("header", say("header_row"), width=10),
        Column("data", say("data_rows"), width=14),
        Column("known", say("columns_known"), "int", 12),
        Column("unknown", say("columns_unknown"), "int", 12),
    )
    return Table("tables", say("tables_read"), columns, rows)


def _data_rows(region: Region, say: Say) -> str:
    if region.first_row is None or region.last_row is None:
        return say("no_rows")
    return f"{region.first_row}–{region.last_row}"


def _column_table(outcome: Outcome, say: Say) -> Table:
    rows = [row for region in outcome.regions for row in _columns_of(region, say)]
    columns = (
        Column("sheet", say("sheet"), width=26),
        Column("column", say("column"), width=8),
        Column("header", say("header"), width=24),
        Column("field", say("taken_for"), width=24, tones={say("not_used"): "warn"}),
        Column("unit", say("unit"), width=10),
    )
    return Table("columns", say("columns_read"), columns, rows)


def _columns_of(region: Region, say: Say) -> list[Row]:
    taken = {at: _field(region, field) for field, places in region.fields.items() for at in places}
    units = {at: region.units.get(field, "") for field, places in region.fields.items() for at in places}
    taken |= {at: say("owned") for at in region.owned.values()}
    columns = sorted({*taken, *region.unknown})
    return [
        (
            region.sheet,
            letters(at),
            region.headers.get(at, ""),
            taken.get(at, say("not_used")),
            units.get(at, ""),
        )
        for at in columns
    ]


def _field(region: Region, field: str) -> str:
    known = table_spec(region.kind).fields.get(field)
    return known.header if known else field
