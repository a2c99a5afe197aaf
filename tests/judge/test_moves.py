"""First and recalculated moves, and what keeps a tier from moving (SPEC §4, Moves)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sheets import by_id, judged, of_code, write_workbook

HEADERS = ["客户编号", "客户名称", "负责人", "历史合作金额(万元)", "优先级", "采购计划", "决策链", "预计签约日期"]
SOON = dt.date(2024, 4, 1)


def run(tmp_path: Path, *rows: list[Any], policy: str | None = "priority") -> Any:
    table = [HEADERS, *([f"C{i:07d}", f"客户{i}公司", "王*", *row] for i, row in enumerate(rows))]
    return judged(write_workbook(tmp_path / "t.xlsx", {"客户信息基础表": table}), policy)


@pytest.mark.parametrize(
    ("row", "move", "proposed"),
    [
        ([120, None, "明确", "清晰", SOON], "first", "S"),
        ([120, None, None, None, None], "first", "S"),  # a blank tier may be filled on an 未知
        ([120, "S级", "明确", "清晰", SOON], "none", None),
        ([120, "A级", "明确", "清晰", SOON], "up", "S"),
        ([120, "A级", None, None, None], "none", None),  # a filled tier never moves up on an 未知
        ([120, "A级", "明确", None, SOON], "none", None),
        ([60, "B级", None, None, None], "none", None),  # were the potential 低, it would stay B
        ([60, "B级", "待明确", None, None], "up", "A"),  # potential 中: A whatever the date turns out to be
        ([120, "B级", "不明确", None, None], "up", "A"),  # potential 低: never S
        ([30, "S级", None, None, None], "down", "B"),
        ([30, "Ｂ", None, None, None], "none", None),
        ([30, "b类", None, None, None], "none", None),
        ([None, "S级", None, None, None], "none", None),  # 未分级 never moves
        ([None, None, None, None, None], "none", None),
        ([120, "VIP", "明确", "清晰", SOON], "none", None),  # unknown tiers get no moves
    ],
)
def test_moves(tmp_path: Path, row: list[Any], move: str, proposed: str | None) -> None:
    outcome = run(tmp_path, row)
    assert (by_id(outcome, "move")["C0000000"], by_id(outcome, "proposed_tier")["C0000000"]) == (move, proposed)


def test_the_tier_is_the_policys_even_where_nothing_moves(tmp_path: Path) -> None:
    outcome = run(tmp_path, [120, "A级", None, None, None])
    assert by_id(outcome, "tier")["C0000000"] == "S"
    assert by_id(outcome, "tier_in_sheet")["C0000000"] == "A级"
    found = of_code(outcome, "evidence-incomplete")
    assert [(str(one.where), one.params["missing"]) for one in found] == [("客户信息基础表!F2", "采购计划、预计签约日期")]


def test_columns_that_are_not_there_make_one_finding_not_one_a_row(tmp_path: Path) -> None:
    table = [["客户编号", "客户名称", "历史合作金额(万元)", "优先级"], *([f"C{i:07d}", f"客户{i}公司", 120, "S级"] for i in range(50))]
    outcome = judged(write_workbook(tmp_path / "t.xlsx", {"客户": table}), "priority")
    (found,) = of_code(outcome, "evidence-incomplete")
    assert (str(found.where), found.params["count"]) == ("客户!B2", 50)


def test_the_evidence_cites_the_facts_that_decided(tmp_path: Path) -> None:
    outcome = run(tmp_path, [120, None, "明确", "清晰", SOON], [30, None, None, None, None])
    row = outcome.customers.iloc[0]
    assert row["evidence"] == "历史合作金额120万≥100万; 采购计划明确；决策链清晰; 预计签约日期还有12天（≤30天）"
    assert row["reason_cells.value"] == "客户信息基础表!D2"
    assert row["reason_cells.potential"] == "客户信息基础表!F2,客户信息基础表!G2"
    assert row["reason_source.value"] == "S000-14"
    assert outcome.customers.iloc[1]["evidence"] == "历史合作金额30万<50万"


def test_an_unknown_tier_word_is_named_once_with_the_preset_that_knows_it(tmp_path: Path) -> None:
    outcome = run(tmp_path, [30, "C类"], [30, "C类"], [30, "S级"])
    found = of_code(outcome, "unknown-tier")
    assert [(str(one.where), one.value, one.params["count"]) for one in found] == [("客户信息基础表!E2", "C类", 2)]
    assert "crm" in found[0].params["elsewhere"]


def test_a_tier_map_settles_a_teams_own_words(tmp_path: Path) -> None:
    (tmp_path / "crmsheet.toml").write_text('[tiers]\n"VIP客户" = "S"\n', encoding="utf-8")
    outcome = run(tmp_path, [120, "VIP客户", "明确", "清晰", SOON], [30, "VIP客户"], policy=None)
    assert outcome.policy_name == "priority"
    assert by_id(outcome, "move") == {"C0000000": "none", "C0000001": "down"}
    assert not of_code(outcome, "unknown-tier")


def test_without_the_amount_column_everybody_is_ungraded_and_told_once(tmp_path: Path) -> None:
    table = [["客户编号", "客户名称", "优先级", "负责人"], ["C0000001", "甲公司", "A级", "王*"], ["C0000002", "乙公司", None, "王*"]]
    outcome = judged(write_workbook(tmp_path / "t.xlsx", {"客户": table}), "priority")
    assert set(outcome.customers["tier"]) == {"未分级"}
    assert set(outcome.customers["move"]) == {"none"}
    assert [str(one.where) for one in of_code(outcome, "missing-column")] == ["客户!A1"]


@pytest.mark.parametrize(("days", "found"), [(0, []), (-1, [1]), (-40, [40])])
def test_a_decision_date_that_is_over_is_a_finding(tmp_path: Path, days: int, found: list[int]) -> None:
    outcome = run(tmp_path, [120, None, "明确", "清晰", dt.date(2024, 3, 20) + dt.timedelta(days=days)])
    assert [one.params["days"] for one in of_code(outcome, "decision-date-passed")] == found


def test_high_value_at_risk_is_named_and_gets_the_risk_touches(tmp_path: Path) -> None:
    table = [["客户编号", "客户名称", "负责人", "ARPU(万元)", "流失率", "客户等级"], ["C0000001", "甲公司", "王*", 80, "6%", "高价值稳定型"]]
    outcome = judged(write_workbook(tmp_path / "t.xlsx", {"客户": table}))
    assert outcome.policy_name == "strategy"
    assert [str(one.where) for one in of_code(outcome, "segment-gap")] == ["客户!E2"]
    assert sorted(outcome.tasks["source"]) == ["S004-16", "S004-22"]


@pytest.mark.parametrize(
    ("tiers", "headers", "expected"),
    [
        (["S级", "A级"], [], "priority"),
        (["A", "C"], ["年合作额(万元)"], "crm"),
        (["A类", "B类", "C类"], [], "followup"),
        (["A", "B"], ["年合作额(万元)"], "priority"),
        (["高价值稳定型"], [], "strategy"),
        ([None], [], "priority"),
    ],
)
def test_the_words_of_the_tier_column_choose_the_preset(
    tmp_path: Path, tiers: list[str | None], headers: list[str], expected: str
) -> None:
    rows = [[f"C{i:07d}", f"客户{i}公司", "王*", tier] for i, tier in enumerate(tiers)]
    table = [["客户编号", "客户名称", "负责人", "客户等级", *headers], *rows]
    assert judged(write_workbook(tmp_path / "t.xlsx", {"客户": table})).policy_name == expected
