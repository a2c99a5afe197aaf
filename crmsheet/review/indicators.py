"""The indicators (S002-60..63, S003-41..45, S004-29..34): each with what it is made of, and against earlier runs and periods."""

from __future__ import annotations

from crmsheet.model import Compared, Insight, KpiGroup, Origin, Outcome, Ratio, RunRecord
from crmsheet.review.blocks import Block, Chart, Column, Row, Section, Series, Table, Text, charts
from crmsheet.review.frames import range_link
from crmsheet.review.words import Say, change, days, figure, number, tier_word
from crmsheet.texts import Lang

RUNS_SHOWN = 26  # runs in the chart: half a year of weeks
OF_STRATEGIES = frozenset({"kpi_rate", "satisfaction_met", "repurchase_met", "churn_met", "spend_growth_met"})


def indicators(outcome: Outcome, lang: Lang) -> Section:
    """The indicators with — where the denominator is 0, the periods, the KPIs, and how the overdue rate went."""
    say, seen = Say(lang), outcome.insight
    blocks: tuple[Block, ...] = (_table(outcome, say), *_overdue_chart(outcome, say))
    if seen is not None:
        blocks = (*blocks, *_weekly_chart(seen, say), _periods(outcome, seen, say), *_kpis(seen, say))
    return Section("indicators", say("indicators"), blocks)


def _table(outcome: Outcome, say: Say) -> Table:
    shown = [name for name in outcome.indicators if name not in OF_STRATEGIES or outcome.strategies]
    columns = (
        Column("indicator", say("indicator"), width=20),
        Column("value", say("value"), "percent", 10),
        Column("numerator", say("numerator"), "int", 8),
        Column("denominator", say("denominator"), "int", 8),
        Column("last", _dated("last_run", outcome.last_run, say), "percent", 18),
        Column("change", say("change"), width=12),
        Column("month", _dated("last_month", outcome.last_month, say), "percent", 18),
        Column("span", say("over"), width=24),
        Column("made_of", say("made_of"), width=50),
        Column("cells", say("evidence_cells"), "cell", 28),
    )
    return Table("indicators", say("indicators"), columns, [_row(name, outcome, say) for name in shown],
                 empty=say("no_indicators"), note=say("indicators_note"))  # fmt: skip


def _dated(key: str, run: RunRecord | None, say: Say) -> str:
    return say(key, day=run.as_of.isoformat() if run else "—")


def _row(name: str, outcome: Outcome, say: Say) -> Row:
    ratio = outcome.indicators[name]
    origin = outcome.insight.origins.get(name) if outcome.insight else None
    last, month = (earlier(run, name, outcome, origin) for run in (outcome.last_run, outcome.last_month))
    made_of = say.maybe(f"made_of_{name}").format(**_top_tiers(outcome, say))
    why = say(f"why_{origin.why}") if origin and origin.why else ""
    return (
        named(name, outcome, say), ratio.value, ratio.numerator, ratio.denominator, last and last.value, change(ratio, last, say),
        month and month.value, days(origin.span, say) if origin and origin.span else outcome.as_of.isoformat(),
        say("list_separator").join(filter(None, (made_of, why))), range_link(origin.cells) if origin else None,
    )  # fmt: skip


def named(name: str, outcome: Outcome, say: Say) -> str:
    """An indicator's name; that of S003-42 and S003-43 names the policy's own tiers."""
    return say.word("indicator", name).format(**_top_tiers(outcome, say))


def _top_tiers(outcome: Outcome, say: Say) -> dict[str, str]:
    top, second = (*outcome.tiers, "", "")[:2]
    return {"top": tier_word(top, say), "second": tier_word(second, say)}


def earlier(run: RunRecord | None, name: str, outcome: Outcome, origin: Origin | None) -> Ratio | None:
    """What a run recorded of an indicator, over a period of the same kind; None where it did not."""
    if run is None:
        return None
    return run.indicators.get(f"{name}.{outcome.period}" if origin and origin.span else name)


def _overdue_chart(outcome: Outcome, say: Say) -> tuple[Chart, ...]:
    runs = [(run.as_of, run.indicators.get("overdue_rate", Ratio(0, 0))) for run in outcome.history[1 - RUNS_SHOWN :]]
    points = [*runs, (outcome.as_of, outcome.indicators.get("overdue_rate", Ratio(0, 0)))]
    title = say("overdue_over_runs")
    return charts(Chart(
        "overdue", title, "line", tuple(day.isoformat() for day, _ in points),
        (Series(say("indicator_overdue_rate"), tuple(ratio.value for _, ratio in points)),), "percent",
        say("about_overdue", count=len(points), first=figure(points[0][1]), last=figure(points[-1][1])),
    ))  # fmt: skip


def _weekly_chart(seen: Insight, say: Say) -> tuple[Chart, ...]:
    return charts(Chart(
        "weekly", say("contacts_weekly"), "line", tuple(day.isoformat() for day, _ in seen.weekly),
        (Series(say("figure_contacts"), tuple(count for _, count in seen.weekly)),), "int", say("about_weekly", count=len(seen.weekly)),
    ))  # fmt: skip


def _periods(outcome: Outcome, seen: Insight, say: Say) -> Table:
    """One row a figure, three columns a period; a figure of which nothing is known in any of them is left out."""
    parts = [_period(one, say) for one in seen.compared]
    columns = (Column("figure", say("figure"), width=22), *(column for part, _ in parts for column in part))
    names = [name for name, _, _ in seen.compared[0].figures]
    lines = ((name, *(cell for _, cells in parts for cell in cells[place])) for place, name in enumerate(names))
    rows: list[Row] = [(named_figure(str(name), outcome, say), *cells) for name, *cells in lines if set(cells) != {"—"}]
    note = say("by_period_note", periods=say("list_separator").join(_span(one, say) for one in seen.compared))
    return Table("periods", say("by_period"), columns, rows, note=note)


def _period(one: Compared, say: Say) -> tuple[tuple[Column, ...], list[tuple[str, str, str]]]:
    """A period's three columns, and its three cells of each figure."""
    heads = (say(f"last_{one.period}_days"), say(f"before_{one.period}"), say("change"))
    columns = tuple(Column(f"{one.period}_{key}", head, width=16) for key, head in zip(("now", "before", "change"), heads, strict=True))
    return columns, [(_parts(now), _parts(before), change(now, before, say)) for _, now, before in one.figures]


def _parts(value: float | Ratio | None) -> str:
    """A figure of the comparison; a rate with its numerator and denominator."""
    told = figure(value)
    return f"{told} ({value.numerator:,}/{value.denominator:,})" if isinstance(value, Ratio) and value.denominator else told


def named_figure(name: str, outcome: Outcome, say: Say) -> str:
    """A figure of the comparison, as people call it."""
    count = say.maybe(f"figure_{name}")
    return count.format(**_top_tiers(outcome, say)) if count else named(name, outcome, say)


def _span(one: Compared, say: Say) -> str:
    """近一周：2024-03-14 至 2024-03-20，对比 2024-03-07 至 2024-03-13."""
    text = say("compared_with", period=say(f"last_{one.period}_days"), now=days(one.now, say), before=days(one.before, say))
    return text if one.begins is None else text + say("log_begins", day=one.begins.isoformat())


def _kpis(seen: Insight, say: Say) -> tuple[Block, ...]:
    """Metric by metric, and the report's strong and weak points (S004-34) in words; no KPIs, no block."""
    if not seen.kpis:
        return ()
    rows: list[Row] = [
        (one.metric, one.met.value, one.met.numerator, one.met.denominator, _mean(one.actual, one), _mean(one.target, one), range_link(one.cells))
        for one in seen.kpis
    ]  # fmt: skip
    columns = (
        Column("metric", say("kpi_metric"), width=20),
        Column("met", say("kpi_share"), "percent", 10),
        Column("numerator", say("kpi_count_met"), "int", 10),
        Column("denominator", say("kpi_count"), "int", 10),
        Column("actual", say("kpi_actual"), width=12),
        Column("target", say("kpi_target"), width=12),
        Column("cells", say("evidence_cells"), "cell", 30),
    )
    return (*_points(seen, say), Table("kpis", say("kpi_groups"), columns, rows, note=say("kpi_groups_note")))


def _points(seen: Insight, say: Say) -> list[Text]:
    """亮点 and 不足: metrics all of whose KPIs are met, and those of which some are missed."""
    known = [one for one in seen.kpis if one.met.denominator]
    good = [one for one in known if one.met.numerator == one.met.denominator]
    weak = sorted((one for one in known if one not in good), key=lambda one: one.met.value or 0)
    told = [("kpi_good", good), ("kpi_weak", weak)]
    return [Text(say(key, what=say("list_separator").join(_told(one, say) for one in some))) for key, some in told if some]


def _told(one: KpiGroup, say: Say) -> str:
    text = say("kpi_told", metric=one.metric, met=one.met.numerator, count=one.met.denominator)
    if one.actual is None:
        return text
    return text + say("in_brackets", text=say("kpi_means", actual=_mean(one.actual, one), target=_mean(one.target, one)))


def _mean(value: float | None, one: KpiGroup) -> str:
    return "—" if value is None else number(value) + one.unit
