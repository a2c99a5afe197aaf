"""The strategy loop: missed KPIs, reasons from the log, a new cycle, and whether it helped (S004-33..40)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sheets import AS_OF, of_code, write_workbook

from crmsheet.model import Adjustment
from crmsheet.run import Options, check, process

D = dt.date
HEADERS = ["客户名称", "客户类型", "当前核心策略", "策略执行周期", "关键监测指标(目标值/实际值)", "效果评估", "调整后策略", "调整时间"]
LOG = [["客户编号", "跟进时间", "跟进方式", "客户反馈/异议"],
       ["C0000001", D(2024, 3, 1), "电话", "价格偏贵"], ["C0000001", D(2024, 3, 8), "电话", "还是价格问题，竞品更低"],
       ["C0000001", D(2023, 6, 1), "电话", "服务响应慢"]]  # fmt: skip


def team(tmp_path: Path, kpis: str, cycle: str | None = "每季度1次", adjusted: Any = None, segment: str = "高价值潜力型") -> Path:
    row = ["甲公司", segment, "案例分享", cycle, kpis, None, None, adjusted]
    customers = [["客户编号", "客户名称", "负责人", "客户等级"], ["C0000001", "甲公司", "王*", "高价值潜力型"]]
    return write_workbook(tmp_path / "t.xlsx", {"客户": customers, "跟进记录": LOG, "策略调整表": [HEADERS, row]})


def proposal(path: Path, day: int = 0) -> Adjustment | None:
    outcome = process(path, Options(as_of=AS_OF + dt.timedelta(days=day), policy="strategy")).outcome
    return outcome.strategies[0].proposal


def test_a_missed_kpi_proposes_an_adjustment_with_reasons_from_the_log(tmp_path: Path) -> None:
    found = proposal(team(tmp_path, "新增订单数≥2单/1单;满意度≥90%/95%"))
    assert found is not None
    assert (found.state, found.missed, found.helped) == ("waiting", ("新增订单数",), None)
    assert found.reason == "新增订单数1单未达目标≥2单；近半年反馈提到价格2次、竞品1次"
    assert found.cells == ("策略调整表!E2", "跟进记录!D2", "跟进记录!D3", "跟进记录!D3")
    assert found.strategy == "补充价值与成本说明，给出分阶段报价；对比竞品说明差异化价值，同步行业案例"
    assert found.due == D(2024, 6, 20)  # a quarter from 20 March


def test_kpis_that_are_met_or_cannot_be_measured_propose_nothing(tmp_path: Path) -> None:
    assert proposal(team(tmp_path, "复购率≥80%/85%")) is None
    assert proposal(team(tmp_path, "客单价稳定")) is None


def test_without_a_word_in_the_log_the_segment_advises(tmp_path: Path) -> None:
    path = team(tmp_path, "复购率≥80%/60%", cycle="每两周1次", segment="低价值风险型")
    book = openpyxl.load_workbook(path)
    book["跟进记录"].delete_rows(2, 2)
    book.save(path)
    found = proposal(path)
    assert found is not None and found.reason == "复购率60%未达目标≥80%；跟进记录中没有找到原因，请与客户核实"
    assert found.strategy == "分析流失原因，提出针对性方案，必要时启动挽留流程"
    assert found.due == D(2024, 4, 3)


@pytest.mark.parametrize(
    ("cycle", "due", "told"),
    [
        ("每月1次", D(2024, 4, 22), False), ("每两周1次", D(2024, 4, 3), False), ("每季度1次", D(2024, 6, 20), False), ("每3个月", D(2024, 6, 20), False),
        ("每2个月一次", D(2024, 5, 20), False), ("半年", D(2024, 9, 20), False), ("每周", D(2024, 3, 27), False), ("90天", D(2024, 6, 18), False),
        ("季度复盘", D(2024, 6, 20), False), (None, D(2024, 4, 22), False),
        ("视情况", D(2024, 4, 22), True), ("3", D(2024, 4, 22), True), ("每几个月3次左右", D(2024, 4, 22), True),
    ],
)  # fmt: skip
def test_how_long_a_cycle_lasts_and_a_month_where_that_is_told_to_be_unreadable(tmp_path: Path, cycle: Any, due: dt.date, told: bool) -> None:
    outcome = check(team(tmp_path, "复购率≥80%/40%", cycle=cycle), Options(as_of=AS_OF, policy="strategy")).outcome
    found = outcome.strategies[0].proposal
    assert found is not None and found.due == due  # from Wednesday 20 March; 20 April is a Saturday
    assert [str(one.where) for one in of_code(outcome, "cycle-unparseable")] == (["策略调整表!D2"] if told else [])


def test_an_adjustment_that_a_person_dated_runs_for_its_cycle_and_then_tells_whether_it_helped(tmp_path: Path) -> None:
    path = team(tmp_path, "复购率≥80%/40%", cycle="每月1次")
    proposal(path)
    book = openpyxl.load_workbook(path)
    page = book["策略调整表"]
    page["G2"], page["H2"] = "分阶段报价", D(2024, 3, 21)  # approved: the table is the team's
    book.save(path)
    running = proposal(path, 7)
    assert running is not None and (running.state, running.due, running.helped) == ("running", D(2024, 4, 22), False)  # 21 April is a Sunday
    page["E2"] = "复购率≥80%/60%"
    book.save(path)
    over = proposal(path, 40)
    assert over is not None and (over.state, over.helped) == ("waiting", True)
    assert over.due == D(2024, 5, 29)  # a month from 29 April


def approving(tmp_path: Path, kpis: str = "复购率≥80%/40%", review: str | None = None, **more: Any) -> Path:
    """A strategy table with the columns that a decision is made in and written to."""
    heads = ["客户名称", "客户类型", "策略执行周期", "关键监测指标", "调整原因", "调整后策略", "调整时间", "审核", "审核人"]
    row = ["甲公司", "高价值潜力型", "每月1次", kpis, None, more.get("adjusted"), None, review, more.get("reviewer")]
    customers = [["客户编号", "客户名称", "负责人", "客户等级"], ["C0000001", "甲公司", "王*", "高价值潜力型"]]
    return write_workbook(tmp_path / "t.xlsx", {"客户": customers, "跟进记录": LOG, "策略调整表": [heads, row]})


def run(path: Path, day: int, **more: Any) -> tuple[Adjustment | None, list[Any], set[str]]:
    """The proposal, the decision's five cells, and the findings' codes of a run, which a second one leaves alone."""
    options = Options(as_of=AS_OF + dt.timedelta(days=day), policy="strategy", **more)
    outcome = process(path, options).outcome
    before = path.read_bytes()
    process(path, options)
    assert path.read_bytes() == before
    page = openpyxl.load_workbook(path)["策略调整表"]
    return outcome.strategies[0].proposal, [cell.value for cell in page[2][4:9]], {one.code for one in outcome.findings}


def answer(path: Path, **cells: Any) -> None:
    book = openpyxl.load_workbook(path)
    for place, value in cells.items():
        book["策略调整表"][place] = value
    book.save(path)


SHOWN = "补充价值与成本说明，给出分阶段报价；对比竞品说明差异化价值，同步行业案例"
WHY = "复购率40%未达目标≥80%；近半年反馈提到价格2次、竞品1次"


def test_an_adjustment_agreed_to_in_the_table_is_written_as_shown_and_starts_its_cycle(tmp_path: Path) -> None:
    path = approving(tmp_path)
    assert run(path, 0)[1] == [None] * 5
    answer(path, H2="同意", I2="王总")
    found, cells, _ = run(path, 7)
    assert cells == [WHY, SHOWN, dt.datetime(2024, 3, 27), None, "王总"]
    assert found is not None and (found.state, found.due) == ("running", D(2024, 4, 28))  # 27 April is a Saturday, the 28th works
    found, cells, _ = run(path, 14)
    assert found is not None and found.state == "running" and cells[1] == SHOWN


def test_the_next_cycle_writes_over_what_a_run_wrote_and_never_over_a_persons_text(tmp_path: Path) -> None:
    path = approving(tmp_path)
    run(path, 0)
    answer(path, H2="同意")
    run(path, 7)
    run(path, 49)  # the cycle is over, the KPI still missed: proposed again
    answer(path, H2="同意")
    assert run(path, 56)[1][2] == dt.datetime(2024, 5, 15)
    run(path, 98)
    answer(path, F2="换一位客户经理", H2="同意")
    found, cells, codes = run(path, 105)
    assert cells[1:4] == ["换一位客户经理", dt.datetime(2024, 5, 15), "同意"] and "adjustment-blocked" in codes
    assert found is not None and found.state == "waiting"


def test_a_refused_adjustment_rests_90_days_or_until_another_kpi_is_missed(tmp_path: Path) -> None:
    path = approving(tmp_path)
    run(path, 0)
    answer(path, H2="驳回")
    found, cells, _ = run(path, 7)
    assert found is None and cells == [None] * 5
    assert run(path, 7 + 89)[0] is None
    answer(path, D2="复购率≥80%/40%;满意度≥90%/50%")
    found = run(path, 7 + 89)[0]
    assert found is not None and found.missed == ("复购率", "满意度")
    answer(path, D2="复购率≥80%/40%")
    assert run(path, 7 + 90)[0] is not None


def test_an_old_word_in_the_teams_own_column_agrees_to_nothing(tmp_path: Path) -> None:
    path = approving(tmp_path, review="同意")
    for day in (0, 7):
        found, cells, _ = run(path, day)
        assert cells == [None, None, None, "同意", None] and found is not None and found.state == "waiting"
    answer(path, H2="通过")  # typed beside the proposal
    assert run(path, 14)[1][1] == SHOWN


def test_the_lead_agrees_to_adjustments_in_bulk_and_never_to_what_the_same_run_proposes(tmp_path: Path) -> None:
    path = approving(tmp_path)
    assert run(path, 0, approve="all", approver="王总")[1] == [None] * 5
    assert run(path, 7, approve="低价值稳定型", approver="王总")[1] == [None] * 5
    run(path, 14)
    assert run(path, 14, approve="adjustments", approver="王总")[1][1:3] == [SHOWN, dt.datetime(2024, 4, 3)]  # seen that morning
    written = [row[-1] for row in openpyxl.load_workbook(path)["运行记录"].iter_rows(values_only=True)][-1]
    assert '"采纳调整:甲公司":"2024-04-03 王总"' in written


def test_only_the_lead_decides_where_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "crmsheet.toml").write_text('[roles]\nlead = ["王*"]\n', encoding="utf-8")
    path = approving(tmp_path)
    run(path, 0)
    answer(path, H2="同意", I2="小李")
    _, cells, codes = run(path, 7)
    assert cells == [None, None, None, "同意", "小李"] and "reviewer-not-lead" in codes
    answer(path, I2="王总")
    assert run(path, 14)[1][1] == SHOWN


def test_a_word_that_decides_nothing_is_named_and_waits_on(tmp_path: Path) -> None:
    path = approving(tmp_path)
    run(path, 0)
    answer(path, H2="再议")
    found, cells, codes = run(path, 7)
    assert cells[3] == "再议" and "review-word" in codes and found is not None and found.state == "waiting"


# ---------------------------------------------------------------- several strategies of one customer


TWO = ["客户名称", "客户类型", "当前核心策略", "策略执行周期", "关键监测指标", "效果评估", "调整原因", "调整后策略", "调整时间", "审核"]
CARE, PRICE = "月度关怀", "分阶段报价"


def rows_of(path: Path) -> list[dict[str, Any]]:
    heads, *rows = openpyxl.load_workbook(path)["策略调整表"].iter_rows(values_only=True)
    return [dict(zip(TWO, row, strict=True)) for row in rows if dict(zip(heads, row, strict=True))["客户名称"]]


def strategies_of(tmp_path: Path, *rows: tuple[str | None, str]) -> Path:
    """Strategies of 甲公司: what is done now, and its KPIs."""
    table = [TWO, *(["甲公司", "高价值潜力型", now, "每月1次", kpis, *[None] * 5] for now, kpis in rows)]
    customers = [["客户编号", "客户名称", "负责人", "客户等级"], ["C0000001", "甲公司", "王*", "高价值潜力型"]]
    return write_workbook(tmp_path / "t.xlsx", {"客户": customers, "跟进记录": LOG, "策略调整表": table})


def set_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    book = openpyxl.load_workbook(path)
    for r, row in enumerate(rows, 2):
        for c, header in enumerate(TWO, 1):
            book["策略调整表"].cell(r, c).value = row[header]
    book.save(path)


@pytest.mark.parametrize("strategies", [(CARE, PRICE), (None, None), (CARE, CARE)])
def test_ratings_of_two_strategies_of_one_customer_follow_their_own_kpis(tmp_path: Path, strategies: tuple[str | None, str | None]) -> None:
    path = strategies_of(tmp_path, (strategies[0], "复购率≥80%/30%"), (strategies[1], "满意度≥90%/95%"))
    proposal(path)
    one, two = rows_of(path)
    assert (one["效果评估"], two["效果评估"]) == ("差", "优")
    set_rows(path, [one | {"关键监测指标": "复购率≥80%/85%"}, two | {"关键监测指标": "满意度≥90%/85%"}])
    outcome = process(path, Options(as_of=AS_OF + dt.timedelta(days=7), policy="strategy")).outcome
    assert [row["效果评估"] for row in rows_of(path)] == ["优", "良"]
    assert "rating-mismatch" not in {one.code for one in outcome.findings}


def test_a_word_beside_one_strategy_decides_that_one_alone_even_when_rows_change_places(tmp_path: Path) -> None:
    path = strategies_of(tmp_path, (CARE, "复购率≥80%/30%"), (PRICE, "满意度≥90%/60%"))
    proposal(path)
    one, two = rows_of(path)
    set_rows(path, [two | {"审核": "同意"}, one])
    proposal(path, 7)
    agreed, waits = rows_of(path)
    assert (agreed["当前核心策略"], agreed["调整时间"], agreed["审核"]) == (PRICE, dt.datetime(2024, 3, 27), None)
    assert agreed["调整原因"].startswith("满意度60%未达目标≥90%")
    assert (waits["当前核心策略"], waits["调整时间"], waits["调整原因"]) == (CARE, None, None)


def test_a_customers_only_strategy_keeps_its_memory_when_a_second_one_comes(tmp_path: Path) -> None:
    path = strategies_of(tmp_path, (CARE, "复购率≥80%/30%"))
    proposal(path)
    (one,) = rows_of(path)
    set_rows(path, [one | {"审核": "同意"}, one | {"当前核心策略": PRICE, "效果评估": None, "审核": "同意"}])
    proposal(path, 7)
    old, new = rows_of(path)
    assert (old["审核"], old["调整时间"]) == (None, dt.datetime(2024, 3, 27))
    assert (new["审核"], new["调整时间"]) == ("同意", None)  # nobody had proposed anything there
    set_rows(path, [old | {"关键监测指标": "复购率≥80%/85%"}, new])
    proposal(path, 14)
    assert [row["效果评估"] for row in rows_of(path)] == ["优", "差"]


def test_metrics_are_told_in_the_teams_own_letters(tmp_path: Path) -> None:
    found = proposal(strategies_of(tmp_path, (CARE, "ARPU≥50/30")))
    assert found is not None and found.missed == ("ARPU",) and found.reason.startswith("ARPU30未达目标≥50；")
