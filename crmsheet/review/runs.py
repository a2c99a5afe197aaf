"""Every figure run by run, with its line: a sheet of the Excel review from three runs on."""

from __future__ import annotations

from crmsheet.model import Outcome, Ratio, RunRecord
from crmsheet.review.blocks import FEWEST_POINTS, Column, Row, Section, Table, Value
from crmsheet.review.indicators import OF_STRATEGIES, RUNS_SHOWN, earlier, named
from crmsheet.review.neglect import neglected_customers
from crmsheet.review.trend import Figures, now_figures, then_figures
from crmsheet.review.words import Say
from crmsheet.texts import Lang


def runs(outcome: Outcome, lang: Lang) -> tuple[Section, ...]:
    """The figures of the trend, then every indicator, the oldest run first; nothing below three runs."""
    past = outcome.history[1 - RUNS_SHOWN :]
    if len(past) + 1 < FEWEST_POINTS:
        return ()
    say = Say(lang)
    told = [*(_then(run, outcome, say) for run in past), _now(outcome, say)]
    rows: list[Row] = [(name, None, *(_plain(one.get(name)) for one in told)) for name in told[-1]]
    days = [*(run.as_of for run in past), outcome.as_of]
    columns = (
        Column("figure", say("figure"), width=26),
        Column("course", say("course"), "course", 22),
        *(Column(f"run{place}", day.isoformat(), "number", 10) for place, day in enumerate(days)),
    )
    return (Section("runs", say("runs"), (Table("runs", say("runs"), columns, rows, main=True, note=say("runs_note")),)),)


def _now(outcome: Outcome, say: Say) -> Figures:
    rates = {named(name, outcome, say): ratio for name, ratio in outcome.indicators.items() if _shown(name, outcome)}
    return {**now_figures(outcome, say), say("silent"): len(neglected_customers(outcome)), **rates}


def _then(run: RunRecord, outcome: Outcome, say: Say) -> Figures:
    origins = outcome.insight.origins if outcome.insight else {}
    rates = {name: earlier(run, name, outcome, origins.get(name)) for name in outcome.indicators if _shown(name, outcome)}
    silent = run.indicators.get("silent_rate")
    counted = {say("silent"): silent.numerator} if silent is not None and silent.denominator else {}
    return {**then_figures(run, outcome, say), **counted, **{named(name, outcome, say): one for name, one in rates.items() if one is not None}}


def _shown(name: str, outcome: Outcome) -> bool:
    return name not in OF_STRATEGIES or bool(outcome.strategies)


def _plain(value: int | Ratio | None) -> Value:
    return value.value if isinstance(value, Ratio) else value
