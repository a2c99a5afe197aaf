"""What customers say: objections (S003-44), reasons for loss (S003-46), and which methods they answer (S003-45)."""

from __future__ import annotations

from crmsheet.model import Insight, Matter, Outcome
from crmsheet.review.blocks import Block, Chart, Column, Row, Section, Series, Table, Text, charts
from crmsheet.review.frames import range_link
from crmsheet.review.words import Say, change, days
from crmsheet.texts import Lang


def voices(outcome: Outcome, lang: Lang) -> Section:
    """Three tables; nobody spoke and nobody is lost: no section."""
    say, seen = Say(lang), outcome.insight
    if seen is None or not (seen.weekly or seen.lost):
        return Section("voices", say("voices"), ())
    return Section("voices", say("voices"), (
        _objections(seen, say), *_chart(seen, say), _losses(seen, say), *_methods(seen, say),
    ))  # fmt: skip


def _objections(seen: Insight, say: Say) -> Table:
    rows: list[Row] = [
        (_word(one, say), one.now, one.now / seen.spoke.numerator if seen.spoke.numerator else None, one.customers, one.before,
         change(one.now, one.before, say), one.quote, range_link(one.cells))
        for one in seen.objections
    ]  # fmt: skip
    columns = (
        Column("matter", say("matter"), width=14),
        Column("count", say("times"), "int", 10),
        Column("share", say("share_of_feedback"), "percent", 12),
        Column("customers", say("customers"), "int", 10),
        Column("before", say("period_before"), "int", 10),
        Column("change", say("change"), width=10),
        Column("quote", say("example"), width=40),
        Column("cells", say("example_cells"), "cell", 30),
    )
    note = say("objections_note", spoke=seen.spoke.numerator, all=seen.spoke.denominator)
    return Table("objections", say("objections", span=days(seen.span, say)), columns, rows, empty=say("no_objections"), note=note)


def _chart(seen: Insight, say: Say) -> tuple[Chart, ...]:
    asked = [one for one in seen.objections if one.now]
    return charts(Chart("objections_chart", say("objections_chart"), "bars", tuple(_word(one, say) for one in asked),
                        (Series(say("times"), tuple(one.now for one in asked)),), "int", say("about_objections")))  # fmt: skip


def _losses(seen: Insight, say: Say) -> Table:
    rows: list[Row] = [
        (_word(one, say), one.now, one.now / seen.lost if seen.lost else None, one.quote, range_link(one.cells)) for one in seen.losses
    ]
    columns = (
        Column("reason", say("loss_reason"), width=14),
        Column("customers", say("customers"), "int", 10),
        Column("share", say("share_of_lost"), "percent", 12),
        Column("quote", say("example"), width=40),
        Column("cells", say("example_cells"), "cell", 30),
    )
    return Table("losses", say("losses", count=seen.lost), columns, rows, empty=say("nobody_lost"), note=say("losses_note") if rows else "")


def _methods(seen: Insight, say: Say) -> tuple[Block, ...]:
    if seen.rule is None:
        return (Text(say("why_no_answers")),)
    rows: list[Row] = [
        (say.word("method", one.method), one.now.denominator, one.now.numerator, one.now.value, one.before.value,
         change(one.now, one.before, say), range_link(one.cells))
        for one in seen.methods
    ]  # fmt: skip
    columns = (
        Column("method", say("method"), width=14),
        Column("count", say("figure_contacts"), "int", 10),
        Column("answered", say("answered"), "int", 10),
        Column("rate", say("indicator_reply_rate"), "percent", 10),
        Column("before", say("period_before"), "percent", 12),
        Column("change", say("change"), width=16),
        Column("cells", say("example_cells"), "cell", 30),
    )
    return (Table("methods", say("methods_answered", span=days(seen.span, say)), columns, rows, empty=say("no_contacts"),
                  note=say(f"answer_rule_{seen.rule}")),)  # fmt: skip


def _word(one: Matter, say: Say) -> str:
    return say("matter_unnamed") if one.word is None else say.word("matter", one.word)
