"""The indicators: numerator, denominator, days and cells, worked out by hand (S002-60..62, S003-42, S003-43, S004-29..33)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sheets import AS_OF
from teams import day, outcome, team

from crmsheet.insight.spans import span_before, span_to
from crmsheet.model import Outcome, Period, Ratio, Span
from crmsheet.run import Options, process

D = dt.date


@pytest.mark.parametrize(
    ("as_of", "period", "now", "before"),
    [
        (D(2024, 3, 20), "week", (D(2024, 3, 14), D(2024, 3, 20)), (D(2024, 3, 7), D(2024, 3, 13))),
        (D(2024, 3, 20), "month", (D(2024, 2, 21), D(2024, 3, 20)), (D(2024, 1, 21), D(2024, 2, 20))),
        (D(2024, 3, 31), "month", (D(2024, 3, 1), D(2024, 3, 31)), (D(2024, 2, 1), D(2024, 2, 29))),
        (D(2024, 3, 30), "month", (D(2024, 2, 29), D(2024, 3, 30)), (D(2024, 1, 29), D(2024, 2, 28))),
        (D(2024, 6, 30), "quarter", (D(2024, 4, 1), D(2024, 6, 30)), (D(2024, 1, 1), D(2024, 3, 31))),
    ],
)
def test_a_period_ends_on_the_day_and_at_a_calendar_periods_end_is_just_that_one(
    as_of: D, period: Period, now: tuple[D, D], before: tuple[D, D]
) -> None:
    span = span_to(as_of, period)
    assert (span, span_before(span, period)) == (now, before)


def figure(found: Outcome, name: str) -> tuple[int, int, tuple[str, ...]]:
    assert found.insight is not None
    return (*found.indicators[name], found.insight.origins[name].cells)


FROM_LOG: list[list[Any]] = [
    # 1: 意向 long ago, 成交 this week; 2: 意向 and 成交 this week; 3: 成交 without a word of 意向; 4: 意向, contacted twice
    [1, 40, "电话", None, None, "意向"], [1, 2, "电话", None, None, "成交"],
    [2, 5, "电话", None, None, "意向"], [2, 1, "拜访", None, None, "成交"],
    [3, 3, "电话", None, None, "成交"],
    [4, 6, "电话", None, None, "意向"], [4, 0, "电话"],
    # 5: 意向 → 成交 the week before; 6: contacted long ago
    [5, 20, "电话", None, None, "意向"], [5, 8, "电话", None, None, "成交"],
    [6, 60, "电话", None, None, "意向"],
]  # fmt: skip


def test_conversion_counts_each_prospect_that_became_a_deal_among_the_customers_followed_up(tmp_path: Path) -> None:
    found = outcome(team(tmp_path, [{}] * 6, FROM_LOG))
    assert figure(found, "conversion_rate") == (2, 4, ("跟进记录!F3", "跟进记录!F5"))
    assert found.insight is not None
    origin = found.insight.origins["conversion_rate"]
    assert origin.span == Span(day(6), AS_OF) and origin.among == ("跟进记录!B3:B8",)
    assert figure(outcome(team(tmp_path, [{}] * 6, FROM_LOG), "month"), "conversion_rate")[:2] == (3, 5)


def test_a_deal_may_be_dated_by_the_table_itself(tmp_path: Path) -> None:
    path = team(tmp_path, [{"客户状态": "成交", "状态更新时间": day(1)}], [[1, 40, "电话", None, None, "意向"]])
    assert figure(outcome(path), "conversion_rate") == (1, 1, ("客户!F2",))


def test_without_stages_in_the_log_nobody_can_tell_a_conversion(tmp_path: Path) -> None:
    found = outcome(team(tmp_path, [{"客户状态": "成交", "状态更新时间": day(1)}], [[1, 2, "电话"]]))
    for name in ("conversion_rate", "top_deal_rate"):
        assert found.indicators[name] == Ratio(0, 0) and found.insight and found.insight.origins[name].why == "no_stages"


def test_deals_of_the_top_tier_are_counted_among_its_prospects(tmp_path: Path) -> None:
    top = {"客户等级": "A级", "年合作额(万元)": 80}
    found = outcome(team(tmp_path, [top, {}, top, top, top, top], FROM_LOG))
    # A: 1 deal of this week; 4 and 6 are 意向 still; 3 was never 意向, 5 is 成交 since last week; 2 is not of the tier
    assert figure(found, "top_deal_rate") == (1, 3, ("跟进记录!F3",))


def test_a_prospect_by_the_table_alone_counts_among_the_prospects(tmp_path: Path) -> None:
    top = {"客户等级": "A级", "年合作额(万元)": 80}
    found = outcome(team(tmp_path, [top, {**top, "客户状态": "意向"}], [[1, 9, "电话", None, None, "潜在"]]))
    assert figure(found, "top_deal_rate")[:2] == (0, 1)


def test_churn_names_the_lost_customers_cells(tmp_path: Path) -> None:
    found = outcome(team(tmp_path, [{"客户状态": word} for word in ("流失", "成交", "流失", "流失", "意向")]))
    assert figure(found, "churn_rate") == (3, 5, ("客户!F2", "客户!F4:F5"))
    assert found.insight and found.insight.origins["churn_rate"].among == ("客户!F2:F6",)
    assert found.insight.origins["churn_rate"].span is None


def test_overdue_and_timely_share_all_tasks(tmp_path: Path) -> None:
    found = outcome(team(tmp_path, [{}, {}], [[1, 60, "电话"], [2, 1, "电话"]]))
    (late, all_), (timely, whole) = found.indicators["overdue_rate"], found.indicators["timely_rate"]
    assert late > 0 and all_ == whole == late + timely == len(found.tasks)


def test_raised_customers_are_counted_among_those_of_the_second_tier_once_there_is_a_history(tmp_path: Path) -> None:
    path = team(tmp_path, [{"客户等级": "B级", "年合作额(万元)": 20} for _ in range(4)])
    options = [Options(as_of=AS_OF + dt.timedelta(days=7 * week), policy="crm") for week in range(3)]
    first = process(path, options[0]).outcome
    assert first.indicators["upgrade_rate"] == Ratio(0, 0) and first.insight and first.insight.origins["upgrade_rate"].why == "no_history"
    book = openpyxl.load_workbook(path)
    book["客户"]["D3"] = 70  # 70万: A
    book.save(path)
    second = process(path, options[1]).outcome
    assert figure(second, "upgrade_rate") == (1, 4, ("客户!E3",))
    assert process(path, options[1]).outcome.indicators["upgrade_rate"] == Ratio(1, 4)  # the same when run again
    assert process(path, options[2]).outcome.indicators["upgrade_rate"] == Ratio(0, 3)  # a week later it is history


def test_the_strategies_kpis_are_told_by_metric_with_means_of_one_unit(tmp_path: Path) -> None:
    heads = ["客户名称", "客户类型", "当前核心策略", "关键监测指标"]
    rows = [["客户1公司", "高价值稳定型", "a", "复购率≥80%/85%;CSAT≥90%/88%"], ["客户2公司", "低价值风险型", "b", "流失率≤5%/10%;复购率≥50%/40%"],
            ["客户3公司", "低价值稳定型", "c", "客单价稳定"], ["客户4公司", "低价值稳定型", "d", "转化周期≤30天/45天;转化周期≤4周/3周"]]  # fmt: skip
    found = outcome(team(tmp_path, [{}] * 4, 策略调整表=[heads, *rows]))
    assert figure(found, "repurchase_met") == (1, 2, ("策略调整表!D2",))
    assert [found.indicators[name] for name in ("satisfaction_met", "churn_met", "spend_growth_met", "kpi_rate")] == [
        Ratio(0, 1), Ratio(0, 1), Ratio(0, 0), Ratio(2, 6)]  # fmt: skip
    assert found.insight is not None
    groups = {one.metric: (one.met, one.target, one.actual, one.unit) for one in found.insight.kpis}
    assert groups["复购率"] == (Ratio(1, 2), 65, 62.5, "%")
    assert groups["转化周期"] == (Ratio(1, 2), None, None, "")
    assert groups["客单价增长率"] == (Ratio(0, 0), None, None, "")


def test_a_run_records_its_indicators_by_period_and_the_next_one_reads_them(tmp_path: Path) -> None:
    path = team(tmp_path, [{}] * 6, FROM_LOG)
    process(path, Options(as_of=AS_OF, policy="crm", period="month"))
    told = str(openpyxl.load_workbook(path)["运行记录"]["I2"].value)
    assert "月转化率 3/5" in told and "流失率 0/6" in told
    later = process(path, Options(as_of=AS_OF + dt.timedelta(days=7), policy="crm")).outcome
    assert later.last_run is not None and later.last_run.indicators["conversion_rate.month"] == Ratio(3, 5)
    assert [run.as_of for run in later.history] == [AS_OF]
