"""Unreadable values become findings with their cell, and the row still counts (SPEC §3)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xlsxwriter
from sheets import by_id, codes, judged, of_code, write_workbook

from crmsheet.findings import severity

HEAD = ["客户编号", "客户名称", "负责人"]


def column(tmp_path: Path, header: str, *values: Any, policy: str = "priority") -> Any:
    rows = [[*HEAD, header], *([f"C{i:07d}", f"客户{i}公司", "王*", value] for i, value in enumerate(values))]
    return judged(write_workbook(tmp_path / "t.xlsx", {"客户": rows}), policy)


def only(outcome: Any, code: str) -> list[str]:
    return [one.where.a1 for one in of_code(outcome, code) if one.where]


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("历史合作金额(万元)", "面议", "money-unparseable"),
        ("历史合作金额(万元)", 100000, "unit-suspect"),
        ("预计签约日期", "尽快", "date-unparseable"),
        ("预计签约日期", "24-3-5", "date-ambiguous"),
        ("预计签约日期", "03/04/2024", "date-ambiguous"),
        ("企业规模", "若干", "range-unparseable"),
        ("流失率", 6, "rate-unparseable"),
    ],
)
def test_an_unreadable_cell_is_a_finding_at_its_cell_and_the_row_counts(tmp_path: Path, header: str, value: Any, code: str) -> None:
    outcome = column(tmp_path, header, value)
    assert only(outcome, code) == ["D2"]
    assert outcome.customers["id"].tolist() == ["C0000000"]


@pytest.mark.parametrize(
    ("header", "value", "expected"),
    [
        ("历史合作金额(万元)", 120, "历史合作金额120万≥100万"),
        ("历史合作金额(万元)", "￥1,200,000.00", "历史合作金额120万≥100万"),  # ￥ in the cell wins over the header's unit
        ("历史合作金额(元)", 1200000, "历史合作金额120万≥100万"),
        ("历史合作金额", "1.2亿", "历史合作金额1.2亿≥100万"),
        ("历史合作金额(万元)", "50-100万", "历史合作金额50万（≥50万且<100万）"),
        ("近12个月合作金额(万元)", "三十万", "近12个月合作金额30万<50万"),
        ("历史合作金额(万元)", 99.99, "历史合作金额99.99万（≥50万且<100万）"),
    ],
)
def test_amounts_decide_in_yuan_whatever_their_form(tmp_path: Path, header: str, value: Any, expected: str) -> None:
    assert column(tmp_path, header, value).customers["reason.value"].iloc[0] == expected


def test_a_column_without_a_unit_that_looks_like_ten_thousands_is_told_once_and_read_as_yuan(tmp_path: Path) -> None:
    outcome = column(tmp_path, "历史合作金额", 120, 60, 30)
    assert only(outcome, "unit-suspect") == ["D2"]
    assert outcome.customers["reason.value"].iloc[0] == "历史合作金额120元<50万"


def test_numbers_stored_as_text_are_told_once_a_column_with_their_count(tmp_path: Path) -> None:
    outcome = column(tmp_path, "历史合作金额(万元)", 10, "20", "30", "40万")
    (found,) = of_code(outcome, "number-as-text")
    assert (found.where.a1 if found.where else None, found.params["count"]) == ("D3", 2)


def test_words_outside_a_vocabulary_count_as_the_middle_one_and_are_told_once(tmp_path: Path) -> None:
    outcome = column(tmp_path, "采购计划", "明确", "看情况", "再说")
    (found,) = of_code(outcome, "value-not-allowed")
    assert (found.where.a1 if found.where else None, found.params["count"], found.params["taken"]) == ("D3", 2, "待明确")


def test_a_kind_of_customer_outside_the_vocabulary_is_told_once_and_counts_as_a_company(tmp_path: Path) -> None:
    outcome = column(tmp_path, "客户类型", "企业", "民营企业", "个人", "经销商", "终端", "-")
    (found,) = of_code(outcome, "value-not-allowed")
    assert (found.where.a1 if found.where else None, found.value, found.params["count"], found.params["taken"]) == ("D5", "经销商", 2, "企业")
    assert severity(found) == "info"
    assert outcome.customers["name_shown"].tolist() == ["客户0公司", "客户1公司", "客*", *(f"客户{i}公司" for i in (3, 4, 5))]  # persons are masked


def test_words_of_progress_and_answers_are_told_too_and_no_progress_is_an_answer(tmp_path: Path) -> None:
    log = [["客户编号", "跟进时间", "进展", "是否响应"], *(["C0000000", dt.date(2024, 3, 1 + i), one, two] for i, (one, two) in enumerate(
        [("有", "是"), ("无", "无"), ("停滞", "否"), ("一般", "待定"), (None, "已回复")]))]
    sheets = {"客户": [HEAD, ["C0000000", "甲公司", "王*"]], "跟进记录": log}
    found = of_code(judged(write_workbook(tmp_path / "t.xlsx", sheets), "priority"), "value-not-allowed")
    told = [(str(one.where), one.value, one.params["count"], one.params["taken"]) for one in found]
    assert told == [("跟进记录!C5", "一般", 1, "无"), ("跟进记录!D5", "待定", 1, "未知")]


@pytest.mark.parametrize(("plan", "band"), [("无", "低"), ("暂无", "低"), ("无采购计划", "低"), ("-", "未知"), (None, "未知")])
def test_no_buying_plan_is_an_answer_and_a_dash_is_a_blank(tmp_path: Path, plan: Any, band: str) -> None:
    outcome = column(tmp_path, "采购计划", plan)
    assert (outcome.customers["band.potential"].tolist(), only(outcome, "value-not-allowed")) == ([band], [])


@pytest.mark.parametrize(("who", "band"), [("个人决策型", "高"), ("多人决策型", "中"), ("短", "高"), ("长", "中")])
def test_who_decides_says_how_long_the_chain_is(tmp_path: Path, who: str, band: str) -> None:
    rows = [[*HEAD, "采购计划", "决策链类型"], ["C0000000", "甲公司", "王*", "明确", who]]
    outcome = judged(write_workbook(tmp_path / "t.xlsx", {"客户": rows}), "priority")
    assert (outcome.customers["band.potential"].tolist(), only(outcome, "value-not-allowed")) == ([band], [])


@pytest.mark.parametrize(
    ("header", "told"),
    [("ARPU(万元)", "ARPU"), ("Arpu/万元", "Arpu"), ("*ＡＲＰＵ（萬元）", "ARPU"), ("ARPU值\n（万元）", "ARPU值")],
)
def test_reasons_and_findings_tell_a_header_in_the_teams_own_letters(tmp_path: Path, header: str, told: str) -> None:
    outcome = column(tmp_path, header, 60, "面议", policy="strategy")
    assert str(outcome.customers["reason.value"].iloc[0]).startswith(f"{told}60万")
    assert [one.params["field"] for one in of_code(outcome, "money-unparseable")] == [told]


def test_a_header_in_traditional_characters_stays_so(tmp_path: Path) -> None:
    assert column(tmp_path, "歷史合作金額（萬元）", 120).customers["reason.value"].iloc[0] == "歷史合作金額120万≥100万"


def test_error_values_are_named_and_count_as_unknown(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet("客户")
    page.write_row(0, 0, [*HEAD, "历史合作金额(万元)"])
    page.write_row(1, 0, ["C0000001", "甲公司", "王*"])
    page.write_formula(1, 3, "=NA()", None, "#N/A")
    book.close()
    outcome = judged(path, "priority")
    assert [(c, w) for c, w in codes(outcome) if c == "cell-error"] == [("cell-error", "客户!D2")]
    assert by_id(outcome, "tier")["C0000001"] == "未分级"


def test_dates_in_both_epochs_and_as_serials_are_the_same_day(tmp_path: Path) -> None:
    days = {}
    for epoch in (False, True):
        path = tmp_path / f"{epoch}.xlsx"
        book = xlsxwriter.Workbook(str(path), {"date_1904": epoch})
        page = book.add_worksheet("客户")
        page.write_row(0, 0, [*HEAD, "首次接触时间", "最近跟进时间"])
        page.write_row(1, 0, ["C0000001", "甲公司", "王*"])
        page.write_datetime(1, 3, dt.datetime(2024, 3, 1), book.add_format({"num_format": "yyyy-mm-dd"}))
        page.write_number(1, 4, 45352 - (1462 if epoch else 0))  # 2024-03-01, not formatted as a date
        book.close()
        days[epoch] = judged(path).customers["last_followup"].iloc[0]
    assert days[False] == days[True] == np.datetime64("2024-03-01")


def test_a_day_without_a_year_in_a_log_is_the_past_one_and_a_promise_counts_from_its_entry(tmp_path: Path) -> None:
    customers = [HEAD, ["C0000001", "甲公司", "王*"]]
    log = [["客户编号", "跟进时间", "跟进方式", "下一步计划", "预计完成时间"],
           ["C0000001", "2月28日", "电话", "发报价", "3月15日前"], ["C0000001", "2023-12-20", "电话", "发方案", "1月5日前"]]  # fmt: skip
    outcome = judged(write_workbook(tmp_path / "t.xlsx", {"客户": customers, "跟进记录": log}))
    assert outcome.customers["last_followup"].tolist() == [np.datetime64("2024-02-28")]
    assert outcome.tasks.loc[outcome.tasks["kind"] == "commitment", "due"].tolist() == [np.datetime64("2024-03-15")]


def test_private_values_are_never_shown_in_a_finding(tmp_path: Path) -> None:
    outcome = column(tmp_path, "预计签约日期", "联系13812345678确认")
    (found,) = of_code(outcome, "date-unparseable")
    assert found.value is not None and "13812345678" not in found.value
