"""Nothing is found where nothing is wrong, everything where something is, and a fault that all share is told once."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sheets import Rows, codes, judged, of_code, write_workbook

from crmsheet.findings import message, severity
from crmsheet.tables.noise import COMMON, LISTED
from sample_workbooks import make

D = dt.date
SIZE, SPLIT = 600, 450
CUSTOMER: dict[str, Any] = {
    "客户编号": "", "客户名称": "", "所属行业": "制造业", "企业规模": "500人以上", "联系人": "张*", "职务": "采购经理", "联系电话": "138****5678",
    "需求描述": "产线升级", "信息来源": "展会", "首次接触时间": D(2024, 3, 4), "建档时间": D(2024, 3, 4), "负责人": "王*", "历史合作金额(万元)": 30,
    "优先级": "B级", "采购计划": "明确", "决策链": "清晰", "预计签约日期": D(2024, 4, 10), "客户状态": "成交", "状态变更依据": "合同",
    "合作产品": "云存储", "合同金额": "30万", "到期时间": D(2024, 12, 31), "流失率": "2%", "分级日期": D(2024, 3, 5), "计划制定日期": D(2024, 3, 6),
    "跟进周期(次/月)": 1, "最近跟进时间": D(2024, 3, 11), "备注": None, "自己的列": None,
}  # fmt: skip
ENTRY: dict[str, Any] = {
    "跟进记录ID": "", "客户编号": "", "跟进时间": "2024-03-11 09:00", "记录时间": "2024-03-11 15:00", "跟进方式": "电话", "跟进人": "王*",
    "沟通内容摘要": "", "下一步计划": "发送方案", "预计完成时间": D(2024, 3, 25),
}  # fmt: skip
CUSTOMERS, LOG = "客户", "跟进记录"
FAULTS: list[tuple[str, str, str, Any]] = [  # sheet, column, code, what is typed there
    *((CUSTOMERS, header, "required-missing", None) for header in ("所属行业", "企业规模", "联系人", "职务", "联系电话", "需求描述", "信息来源")),
    (CUSTOMERS, "企业规模", "range-unparseable", "若干"),
    (CUSTOMERS, "首次接触时间", "date-in-future", D(2025, 1, 6)),
    (CUSTOMERS, "建档时间", "entry-late", D(2024, 3, 8)),
    (CUSTOMERS, "历史合作金额(万元)", "money-unparseable", "面议"),
    (CUSTOMERS, "历史合作金额(万元)", "unit-suspect", 250000),
    (CUSTOMERS, "预计签约日期", "date-unparseable", "尽快"),
    (CUSTOMERS, "预计签约日期", "date-ambiguous", "24-3-5"),
    (CUSTOMERS, "预计签约日期", "decision-date-passed", D(2024, 3, 10)),
    (CUSTOMERS, "状态变更依据", "stage-without-evidence", None),
    (CUSTOMERS, "合作产品", "deal-incomplete", None),
    (CUSTOMERS, "流失率", "rate-unparseable", 6),
    (CUSTOMERS, "计划制定日期", "plan-late", D(2024, 3, 15)),
    (CUSTOMERS, "跟进周期(次/月)", "cadence-mismatch", 5),
    (CUSTOMERS, "跟进周期(次/月)", "frequency-unparseable", "不定期"),
    (CUSTOMERS, "最近跟进时间", "last-followup-mismatch", D(2024, 3, 1)),
    (CUSTOMERS, "备注", "private-mobile", "改打13912345678"),
    (CUSTOMERS, "备注", "private-email", "发到 li.si@example.com"),
    (CUSTOMERS, "自己的列", "private-id-number", "证件 11010519491231002X"),
    (CUSTOMERS, "自己的列", "private-bank-card", "打款 6222 0212 3456 7894"),
    (CUSTOMERS, "客户名称", "similar-name", "第一号公司（集团）"),
    (LOG, "跟进记录ID", "duplicate-followup", "G0000000"),
    (LOG, "客户编号", "dangling-followup", "C9999999"),
    (LOG, "记录时间", "recorded-late", "2024-03-12 09:01"),
    (LOG, "跟进方式", "followup-incomplete", None),
    (LOG, "下一步计划", "followup-incomplete", None),
    (LOG, "预计完成时间", "next-step-before-followup", D(2024, 3, 5)),
    (LOG, "沟通内容摘要", "private-mobile", "约好打１３９１２３４５６７８"),
]  # fmt: skip


def clean() -> dict[str, list[dict[str, Any]]]:
    """Customers and one log entry each, without a fault."""
    people = [{**CUSTOMER, "客户编号": f"C{i:07d}", "客户名称": "第一号公司" if not i else f"客户{i}公司"} for i in range(SIZE)]
    log = [{**ENTRY, "跟进记录ID": f"G{i:07d}", "客户编号": f"C{i:07d}", "沟通内容摘要": f"第{i}次介绍产品与服务的内容"} for i in range(SIZE)]
    return {CUSTOMERS: people, LOG: log}


def sheets(tables: dict[str, list[dict[str, Any]]]) -> dict[str, Rows]:
    return {name: [list(rows[0]), *(list(row.values()) for row in rows)] for name, rows in tables.items()}


def seeded(count: int) -> tuple[dict[str, list[dict[str, Any]]], set[tuple[str, str]]]:
    """The clean tables with one fault in each of some rows, and (code, cell) of every fault; the first row stays clean."""
    draw, tables = random.Random(11), clean()
    # no log entry of a customer with a fault has one, so that neither hides the other
    free = {CUSTOMERS: draw.sample(range(1, SPLIT), SPLIT - 1), LOG: draw.sample(range(SPLIT, SIZE), SIZE - SPLIT)}
    expected = set()
    for number in range(count):
        sheet, header, code, value = FAULTS[number % len(FAULTS)]
        row = free[sheet].pop()
        tables[sheet][row][header] = f"{value}，第{row}次" if header == "沟通内容摘要" else value
        column = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        at = list(tables[sheet][row]).index(header)
        expected.add((code, f"{sheet}!{column[at] if at < 26 else 'A' + column[at - 26]}{row + 2}"))
    return tables, expected


def test_a_clean_workbook_has_no_findings(tmp_path: Path) -> None:
    assert codes(judged(write_workbook(tmp_path / "t.xlsx", sheets(clean())))) == []


def test_five_hundred_faults_are_all_found_at_their_cells_and_nothing_else(tmp_path: Path) -> None:
    tables, expected = seeded(500)
    assert len(expected) == 500
    found = codes(judged(write_workbook(tmp_path / "t.xlsx", sheets(tables))))
    assert set(found) == expected and len(found) == 500


def test_a_fault_that_most_rows_share_is_one_finding_with_its_count(tmp_path: Path) -> None:
    tables = clean()
    for row in tables[CUSTOMERS][200:]:
        row["职务"] = None
    outcome = judged(write_workbook(tmp_path / "t.xlsx", sheets(tables)))
    (found,) = of_code(outcome, "required-missing")
    assert (str(found.where), found.params["alike"]) == ("客户!F202", 400)
    assert "同列共 400 处" in message(found, "zh") and "400 such cells" in message(found, "en")
    assert outcome.customers["issues"].isna().all()


@pytest.mark.parametrize(("blank", "found"), [(COMMON - 1, COMMON - 1), (COMMON, 1)])
def test_a_few_shared_faults_are_listed_one_by_one(tmp_path: Path, blank: int, found: int) -> None:
    tables = {CUSTOMERS: clean()[CUSTOMERS][:30]}
    for row in tables[CUSTOMERS][:blank]:
        row["职务"] = None
    assert len(of_code(judged(write_workbook(tmp_path / "t.xlsx", sheets(tables))), "required-missing")) == found


def test_three_thousand_customers_without_inputs_stay_within_the_limits_of_noise(tmp_path: Path) -> None:
    """The limit: one finding a column and code, where nine of ten rows share it; 12 in all."""
    rows = [{**CUSTOMER, "客户编号": f"C{i:07d}", "客户名称": f"客户{i}公司"} for i in range(3000)]
    kept = ("客户编号", "客户名称", "负责人", "优先级", "客户状态")
    for row in rows[300:]:
        row |= dict.fromkeys((header for header in CUSTOMER if header not in kept), None)
    outcome = judged(write_workbook(tmp_path / "t.xlsx", sheets({CUSTOMERS: rows})))
    counts = Counter(one.code for one in outcome.findings)
    assert counts == {"required-missing": 8, "stage-without-evidence": 1, "deal-incomplete": 3}
    assert all(one.params["alike"] == 2700 for one in outcome.findings)
    assert Counter(severity(one) for one in outcome.findings) == {"error": 7, "warning": 5}


def test_of_one_fault_in_a_column_so_many_cells_are_listed_at_most(tmp_path: Path) -> None:
    rows = [{"客户编号": f"C{i:07d}", "客户名称": f"客户{i}公司", "负责人": "王*", "联系人": "张*" if i % 3 else None} for i in range(3 * LISTED + 3)]
    (found,) = of_code(judged(write_workbook(tmp_path / "t.xlsx", sheets({CUSTOMERS: rows}))), "required-missing")
    assert found.params["alike"] == LISTED + 1


def test_the_sample_team_unsoiled_has_no_errors_but_neglect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for soil in ("_soil_customers", "_soil_log"):
        monkeypatch.setattr(make, soil, lambda *_: None)
    make.make_team(tmp_path / "team.xlsx")
    outcome = judged(tmp_path / "team.xlsx", as_of=make.AS_OF)
    assert {one.code for one in outcome.findings if severity(one) == "error"} == {"neglected"}
    assert not any(one.code.startswith(("date-", "money-", "range-", "private-")) for one in outcome.findings)


def test_a_row_says_in_its_own_cell_what_is_wrong_with_it_and_nothing_of_other_rows(tmp_path: Path) -> None:
    tables = clean()
    tables = {CUSTOMERS: tables[CUSTOMERS][:5], LOG: tables[LOG][:5]}
    tables[CUSTOMERS][2]["职务"] = None
    tables[LOG][3]["跟进方式"] = None
    outcome = judged(write_workbook(tmp_path / "t.xlsx", sheets(tables)))
    assert outcome.customers["issues"].tolist() == [None, None, "“职务”没有填写（企业客户必填）（F4）", None, None]
