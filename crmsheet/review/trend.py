"""A run against the last one and the last month's (SPEC §8): how much waits, how late, who stands where."""

from __future__ import annotations

from collections.abc import Mapping

from crmsheet.model import Outcome, Ratio, RunRecord
from crmsheet.review.blocks import Block, Column, Row, Table, Text
from crmsheet.review.frames import texts
from crmsheet.review.grades import waiting
from crmsheet.review.indicators import named
from crmsheet.review.words import Say, change, figure, tier_word
from crmsheet.texts import Lang

_WATCHED = ("silent_rate", "sound_rate")
Figures = Mapping[str, int | Ratio]


def trend(outcome: Outcome, lang: Lang) -> Block:
    """The comparison as a table; on a first run it says that there is none yet."""
    say = Say(lang)
    if outcome.last_run is None:
        return Table("trend", say("since_last_run"), (), (), empty=say("first_run"))
    now, last = now_figures(outcome, say), then_figures(outcome.last_run, outcome, say)
    month = then_figures(outcome.last_month, outcome, say) if outcome.last_month is not None else {}
    rows: list[Row] = [
        (name, figure(value), figure(last.get(name)), change(value, last.get(name), say), figure(month.get(name)))
        for name, value in now.items()
    ]
    columns = (
        Column("figure", say("figure"), width=20),
        Column("now", say("this_run"), width=12),
        Column("last", say("last_time"), width=12),
        Column("change", say("change"), width=12),
        Column("month", say("month_ago"), width=12),
    )
    note = say("runs_compared", last=outcome.last_run.as_of) if outcome.last_month is None else say(
        "runs_compared_month", last=outcome.last_run.as_of, month=outcome.last_month.as_of)
    return Table("trend", say("since_last_run"), columns, rows, note=note)


def changes(outcome: Outcome, say: Say) -> list[Text]:
    """What changed since the last run, in one sentence with the figures; nothing on a first run."""
    run = outcome.last_run
    if run is None:
        return []
    now, last = now_figures(outcome, say), then_figures(run, outcome, say)
    pairs = [(name, value, last[name]) for name, value in now.items() if name in last and change(value, last[name], say) not in ("0", "—")]
    told = [_went(name, value, then, say) for name, value, then in pairs]
    moved = [say("flow", before=one.before or say("blank"), after=one.after or say("blank"), count=len(one.customers))
             for one in (outcome.insight.flows if outcome.insight else ())]  # fmt: skip
    parts = [say("comma").join(told)] if told else [say("nothing_changed")]
    parts += [say("tiers_moved", what=say("list_comma").join(moved))] if moved else []
    return [Text(say("changed", day=run.as_of.isoformat(), what=say("list_separator").join(parts)))]


def _went(name: str, now: int | Ratio, then: int | Ratio, say: Say) -> str:
    by = change(now, then, say)
    kind = "rate" if isinstance(now, Ratio) else "count"
    name = name if say.lang == "zh" else name[:1].lower() + name[1:]  # within a sentence
    return say(f"went_{'down' if by.startswith('-') else 'up'}_{kind}", what=name, by=by.lstrip("+-"), then=figure(then), now=figure(now))


def now_figures(outcome: Outcome, say: Say) -> Figures:
    """The figures of this run, by the name that people read."""
    tiers = texts(outcome.customers, "tier_effective")
    return {
        say("overdue_tasks"): int(outcome.tasks["status"].eq("overdue").sum()),
        say("indicator_overdue_rate"): outcome.indicators.get("overdue_rate", Ratio(0, 0)),
        **{named(name, outcome, say): outcome.indicators[name] for name in _WATCHED if name in outcome.indicators},
        say("to_approve"): len(waiting(outcome)),
        say("customers"): len(tiers),
        **{say("of_tier", tier=tier_word(tier, say)): tiers.count(tier) for tier in outcome.tiers},
    }


def then_figures(run: RunRecord, outcome: Outcome, say: Say) -> Figures:
    """The same figures as an earlier run recorded them."""
    return {
        say("overdue_tasks"): run.overdue, say("indicator_overdue_rate"): run.indicators.get("overdue_rate", Ratio(0, 0)),
        **{named(name, outcome, say): run.indicators[name] for name in _WATCHED if name in run.indicators},
        say("to_approve"): run.waiting, say("customers"): run.customers,
        **{say("of_tier", tier=tier_word(tier, say)): run.tiers.get(tier, 0) for tier in outcome.tiers},
    }  # fmt: skip
