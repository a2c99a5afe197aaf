"""The strategy loop: missed KPIs, reasons from the log, a new cycle, and whether it helped (S004-33..40)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
from sheets import AS_OF, write_workbook

from crmsheet.model import Adjustment
from crmsheet.run import Options, process

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
