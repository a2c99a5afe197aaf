"""The first screen against earlier runs: what changed in words and figures, what each figure is made of."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from sheets import AS_OF
from weeks import Weeks

from crmsheet.model import Flow, Outcome, Ratio, RunRecord
from crmsheet.review.blocks import Metric, Metrics, Text
from crmsheet.review.html import render
from crmsheet.review.sections import build
from crmsheet.review.summary import summary

BEFORE = RunRecord(
    dt.date(2024, 3, 13), "priority 1", 118, {"S": 24, "A": 48, "B": 46}, {}, 6, 240, 20,
    {"overdue_rate": Ratio(36, 240), "silent_rate": Ratio(7, 24), "sound_rate": Ratio(100, 118)},
)  # fmt: skip


@pytest.fixture
def later(outcome: Outcome) -> Outcome:
    """The builder's 120 customers (24 overdue tasks, 5 neglected, 6 moves waiting) after three earlier runs."""
    runs = tuple(replace(BEFORE, as_of=dt.date(2024, 3, day), overdue=late) for day, late in ((1, 12), (8, 30), (13, 20)))
    now = {"overdue_rate": Ratio(60, 240), "silent_rate": Ratio(5, 24), "sound_rate": Ratio(108, 120)}
    return replace(outcome, last_run=runs[-1], history=runs, indicators=now)


def cards(outcome: Outcome) -> dict[str, Metric]:
    figures = next(block for block in summary(outcome, "zh").blocks if isinstance(block, Metrics))
    return {item.label: item for item in figures.items}


def test_it_says_in_a_sentence_what_changed_and_leaves_out_what_did_not(later: Outcome) -> None:
    assert summary(later, "zh").blocks[1] == Text(
        "与上期（2024-03-13）相比：待跟进任务增加 4（20 → 24），逾期率上升 10.0 百分点（15.0% → 25.0%），"
        "S级客户无人联系率下降 8.3 百分点（29.2% → 20.8%），资料完好率上升 5.3 百分点（84.7% → 90.0%），"
        "客户增加 2（118 → 120），B级客户增加 2（46 → 48）。"
    )


def test_a_week_without_change_says_so(later: Outcome) -> None:
    people = later.customers
    same = replace(BEFORE, customers=120, overdue=24, tiers={"S": 24, "A": 48, "B": 48}, indicators=later.indicators)
    assert summary(replace(later, last_run=same, customers=people), "zh").blocks[1] == Text("与上期（2024-03-13）相比：各项数字都没有变化。")


def test_each_figure_says_how_it_changed_and_whether_that_is_good(later: Outcome) -> None:
    shown = {label: (item.course.change, item.course.tone) for label, item in cards(later).items()}
    assert shown == {
        "待跟进任务": ("较上期 +4", "bad"), "无人联系": ("较上期 -2", "good"), "待审批": ("与上期持平", "plain"), "本周要做": ("", "plain"),
        "客户": ("较上期 +2", "plain"), "数据问题": ("资料完好率 90.0%（+5.3 百分点）", "good"),
    }  # fmt: skip


def test_a_figure_shows_its_history_from_three_runs_on(later: Outcome) -> None:
    assert cards(later)["待跟进任务"].course.history == (12, 30, 20, 24)
    assert "待跟进任务，4 次运行：12 30 20 24" in render(later, build(later, "zh"), "zh")
    young = replace(later, history=later.history[-1:])
    assert 'class="spark"' not in render(young, build(young, "zh"), "zh")


def test_a_figure_opens_to_numerator_and_denominator(later: Outcome) -> None:
    opened = {label: item.made_of[0] for label, item in cards(later).items() if item.made_of}
    assert opened == {
        "待跟进任务": "逾期率：60 ÷ 240 = 25.0%", "无人联系": "S级客户无人联系率：5 ÷ 24 = 20.8%", "待审批": "6 位待审批 ÷ 120 位客户",
        "本周要做": "96 项本期任务 ÷ 240 项全部任务", "数据问题": "资料完好率：108 ÷ 120 = 90.0%",
    }  # fmt: skip


def test_a_run_knows_who_moved_since_the_last_one(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{"优先级": "B"}, {"优先级": "A"}, {"优先级": "B"}])
    assert team.run().insight.flows == ()  # type: ignore[union-attr]
    for row, tier in ((0, "S"), (2, "S")):
        team.set(row, "优先级", tier)
    moved = team.run(7)
    assert moved.insight is not None and moved.insight.flows == (Flow("B", "S", (0, 2)),)
    assert "等级变动：B → S 2 位。" in summary(moved, "zh").blocks[1].text  # type: ignore[union-attr]
    assert team.run(14).insight.flows == ()  # type: ignore[union-attr]


def test_neglected_customers_and_sound_records_are_counted_and_recorded(tmp_path: Path) -> None:
    """Interval of S: a week.  Customer 0 was contacted 15 days ago, 1 yesterday; 2 is a B and has an amount nobody can read."""
    day = AS_OF - dt.timedelta(days=1)
    team = Weeks(
        tmp_path,
        [{"优先级": "S", "历史合作金额(万元)": 200}, {"优先级": "S", "历史合作金额(万元)": 200}, {"优先级": "B", "历史合作金额(万元)": "不少"}],
        [["C0000000", AS_OF - dt.timedelta(days=15), "电话", "甲", "好", "再谈"], ["C0000001", day, "电话", "乙", "好", "再谈"],
         ["C0000002", day, "邮件", "丙", "好", "再谈"]],
    )  # fmt: skip
    found = team.run()
    assert found.indicators["silent_rate"] == Ratio(1, 2) and found.insight is not None
    assert found.insight.origins["silent_rate"].cells == ("客户!B2",)
    faulty = {one.where.row for one in found.findings if one.where and one.where.sheet == "客户" and one.code != "neglected"}
    assert 4 in faulty and found.indicators["sound_rate"].denominator == 3
    assert "客户!B4" not in "".join(found.insight.origins["sound_rate"].cells)
    later = team.run(7)
    assert later.last_run is not None and later.last_run.indicators["silent_rate"] == Ratio(1, 2)
