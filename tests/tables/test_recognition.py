"""What is recognised as which table, and what is not (SPEC §2, shapes of real workbooks)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from sheets import AS_OF, codes, judged, of_code, write_workbook

from crmsheet.errors import TableError
from crmsheet.model import Region
from crmsheet.run import Options, check

SIMPLE = ["客户编号", "客户名称", "负责人", "客户等级"]
ROW = ["C0000001", "甲公司", "王*", "A级"]


def regions(path: Path) -> tuple[Region, ...]:
    return judged(path).regions


def only(path: Path) -> Region:
    (region,) = regions(path)
    return region


def sheet(tmp_path: Path, *rows: Sequence[Any], name: str = "Sheet1") -> Path:
    return write_workbook(tmp_path / "t.xlsx", {name: rows})


def test_the_header_may_stand_below_title_rows(tmp_path: Path) -> None:
    region = only(sheet(tmp_path, ["客户信息表"], [], ["填表说明：请每周更新"], SIMPLE, ROW))
    assert (region.header_rows, region.first_row, region.last_row) == ((4,), 5, 5)


def test_a_header_in_row_30_is_found_and_without_data_there_are_no_rows(tmp_path: Path) -> None:
    assert only(sheet(tmp_path, *[["说明"]] * 29, SIMPLE, ROW)).header_rows == (30,)
    empty = only(sheet(tmp_path, SIMPLE))
    assert (empty.first_row, empty.last_row) == (None, None)


def merged(tmp_path: Path, merges: list[tuple[str, str]], cells: dict[str, Any]) -> Path:
    path = tmp_path / "m.xlsx"
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet("客户")
    for area, text in merges:
        page.merge_range(area, text)
    for ref, value in cells.items():
        page.write(ref, value)
    book.close()
    return path


def test_a_band_merged_over_its_columns_is_a_header_row_and_a_full_width_one_a_title(tmp_path: Path) -> None:
    path = merged(
        tmp_path, [("A1:D1", "客户跟进记录表"), ("A2:B2", "客户基础信息"), ("C2:D2", "管理信息")],
        {"A3": "客户公司名称", "B3": "所属行业", "C3": "客户来源", "D3": "客户等级(A/B/C)",
         "A4": "甲公司", "B4": "IT", "C4": "展会", "D4": "B级"},
    )  # fmt: skip
    region = only(path)
    assert region.header_rows == (2, 3)
    assert region.fields == {"name": (1,), "industry": (2,), "source": (3,), "tier": (4,)}


def test_headers_merged_down_over_two_rows(tmp_path: Path) -> None:
    path = merged(
        tmp_path, [("A1:A2", "客户编号"), ("B1:B2", "客户名称"), ("C1:D1", "联系人信息"), ("E1:E2", "客户等级")],
        {"C2": "姓名", "D2": "电话", "A3": "C0000001", "B3": "甲公司", "C3": "张三", "D3": "13800138000", "E3": "A"},
    )  # fmt: skip
    region = only(path)
    assert region.header_rows == (1, 2)
    assert region.fields == {"customer_id": (1,), "name": (2,), "contact": (3,), "phone": (4,), "tier": (5,)}
    assert (region.first_row, region.last_row) == (3, 3)


def test_two_tables_on_one_sheet_below_one_another(tmp_path: Path) -> None:
    log = [["客户编号", "跟进时间", "跟进方式", "沟通内容摘要"], ["C0000001", dt.date(2024, 3, 1), "电话", "沟通"]]
    found = regions(sheet(tmp_path, SIMPLE, ROW, [], ["客户跟进记录表"], *log))
    assert [(r.kind, r.header_rows, r.first_row, r.last_row) for r in found] == [
        ("customers", (1,), 2, 2), ("followups", (5,), 6, 6),
    ]  # fmt: skip


def test_two_tables_side_by_side(tmp_path: Path) -> None:
    classes = ["分类名称", "分类标准", "客户数量"]
    found = regions(sheet(tmp_path, [*SIMPLE, None, *classes], [*ROW, None, "A类客户", "≥50万", None]))
    assert [(r.kind, min(r.headers), r.right_edge) for r in found] == [("customers", 1, 4), ("classes", 6, 8)]


def test_one_kind_on_several_sheets_is_read_as_one(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "t.xlsx", {"华东": [SIMPLE, ROW], "华北": [SIMPLE, ["C0000002", "乙公司", "李*", "B级"]]})
    customers = judged(path).customers
    assert list(zip(customers["sheet"], customers["id"], strict=True)) == [("华东", "C0000001"), ("华北", "C0000002")]


@pytest.mark.parametrize(
    ("header", "field", "unit"),
    [
        ("客户編號", "customer_id", None), ("*客户名称", "name", None), ("客户名称（必填）", "name", None), ("客 户 名 称", "name", None),
        ("客户名称(企业/个人)", "name", None), ("Ｅｍａｉｌ", "email", None), ("历史合作金额（万元）", "amount", "万元"),
        ("近12个月历史合作金额(元)", "amount", "元"), ("所屬行業", "industry", None), ("客戶(hù)等級(jí)", "tier", None),
        ("負責人", "owner", None), ("优先级", "tier", None), ("预期/年购买金额", "expected_amount", None), ("業務員", "owner", None),
        ("跟进周期(次/月)", "frequency", "次/月"), ("首次跟进时间", "first_contact", None), ("首次接触时间", "first_contact", None),
    ],
)  # fmt: skip
def test_headers_are_matched_after_folding(tmp_path: Path, header: str, field: str, unit: str | None) -> None:
    base = [h for h, name in (("客户编号", "customer_id"), ("客户名称", "name"), ("客户来源", "source")) if name != field]
    region = only(sheet(tmp_path, [header, *base, "备注"], ["C0000001", "甲公司", "展会", "x", "y"]))
    assert region.fields[field] == (1,)
    assert region.units.get(field) == unit


DOCUMENT_HEADERS = {
    "S000": "客户编号 客户名称 所属行业 企业规模 联系人 历史合作金额(万元) 优先级 跟进周期(次/月) 主要跟进方式 负责人 首次跟进时间 最近跟进时间 "
            "跟进记录摘要 下一步行动 备注",
    "S002": "客户编号 客户名称(企业/个人) 所属行业 企业规模(可选) 联系人 职务 联系电话 邮箱 需求描述 信息来源 首次接触时间 负责人 备注",
    "S002-log": "跟进记录ID 客户编号 跟进时间 跟进方式 跟进人 跟进主题 沟通内容摘要 客户反馈/异议 下一步计划 预计完成时间",
    "S002-classes": "分类名称 分类标准 跟进策略 负责人 客户数量(示例)",
    "S003": "客户公司名称 所属行业 企业规模 注册区域 客户来源 客户等级(A/B/C)",
    "S004": "客户名称 客户类型 负责人 当前核心策略 策略执行周期 关键监测指标(目标值/实际值) 效果评估(优/良/中/差) 调整原因 调整后策略 调整时间 备注",
    "S001-log": "客户名称 When Where Who What Why Which How Howmuch",
}  # fmt: skip
KIND_OF = {"S002-log": "followups", "S001-log": "followups", "S002-classes": "classes", "S004": "strategy"}


@pytest.mark.parametrize("document", list(DOCUMENT_HEADERS))
def test_every_column_of_the_documents_is_a_field(tmp_path: Path, document: str) -> None:
    headers = DOCUMENT_HEADERS[document].split()
    path = write_workbook(tmp_path / "t.xlsx", {"表": [headers, ["x"] * len(headers)], "客户": [SIMPLE, ROW]})
    region = next(r for r in regions(path) if r.sheet == "表")
    assert region.kind == KIND_OF.get(document, "customers")
    assert region.unknown == ()
    assert sorted(c for columns in region.fields.values() for c in columns) == list(range(1, len(headers) + 1))


SCORING = ["历史合作金额", "当前订单规模", "利润贡献率", "回款及时性", "行业发展趋势", "业务扩张计划", "需求匹配度", "决策链", "采购周期", "项目上线时间", "预算审批进度", "竞争对手动态", "显性需求", "隐性需求", "注册资本", "成立年限", "法律诉讼", "职位", "部门", "企业规模", "业务痛点", "采购目标", "预算范围", "对竞品评价", "渠道偏好", "信息接收时间段", "合作历史", "组织架构", "个人职业背景", "当前供应商", "预计合作金额", "潜在合作周期", "行业影响力", "核心需求", "需求优先级", "需求场景", "沟通风格", "信息偏好", "响应速度", "关注点排序", "风险偏好", "合作风险", "客户等级", "初步需求标签", "需求明确度", "采购计划", "购买频次", "反馈意见", "ARPU", "增长潜力", "流失率", "投诉率", "客户状态", "年合作额", "新项目预算", "合同金额", "合作产品", "到期时间", "状态更新时间", "状态变更依据", "建档时间", "分级日期", "计划制定日期", "审核人", "暂不跟进至", "下次联系时间", "性别", "年龄", "职业"]  # fmt: skip


def test_every_scoring_input_is_a_field(tmp_path: Path) -> None:
    region = only(sheet(tmp_path, ["客户编号", "客户名称", *SCORING], ["C0000001", "甲公司"]))
    assert [region.headers[c] for c in region.unknown] == []


@pytest.mark.parametrize(
    ("headers", "word"),
    [
        ("工号 姓名 部门 岗位 入职日期 手机号", "员工"),
        ("供应商名称 联系人 联系电话 邮箱 备注", "供应商"),
        ("订单号 客户名称 产品 数量 单价 金额 业务员 联系电话", "订单"),
        ("合同编号 客户名称 合同金额 设备 负责人 联系人", "订单"),
        ("商机名称 客户名称 商机阶段 预计金额 负责人", "商机"),
        ("设备编号 名称 规格型号 数量 部门 备注", "设备"),
    ],
)
def test_other_lists_are_named_and_left_alone(tmp_path: Path, headers: str, word: str) -> None:
    with pytest.raises(TableError, match=word):
        judged(sheet(tmp_path, headers.split(), ["x"] * 8))


def test_no_table_names_what_was_seen_and_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="客户名称.*“流水”"):
        judged(sheet(tmp_path, ["日期", "收入"], [1, 2], name="流水"))


def test_a_staff_list_beside_the_customers_is_left_alone(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "t.xlsx", {"员工": [["工号", "姓名", "部门", "岗位", "手机号"], ["1", "张三", "销售", "经理", "x"]], "客户": [SIMPLE, ROW]})
    assert [region.sheet for region in regions(path)] == ["客户"]


@pytest.mark.parametrize(
    ("header", "fields"), [("合作金额", ("历史合作金额", "年合作额")), ("跟进时间", ("首次接触时间", "最近跟进时间"))]
)
def test_a_header_that_fits_two_fields_is_never_guessed(tmp_path: Path, header: str, fields: tuple[str, str]) -> None:
    outcome = judged(sheet(tmp_path, [*SIMPLE, "所属行业", "联系人", "联系电话", header], [*ROW, "IT", "张*", "138", 100]))
    (found,) = of_code(outcome, "ambiguous-header")
    assert (str(found.where), found.params["first"], found.params["second"]) == ("Sheet1!H1", *fields)
    assert outcome.regions[0].kind == "customers"


def test_a_column_map_settles_it(tmp_path: Path) -> None:
    (tmp_path / "crmsheet.toml").write_text('[columns.customers]\n"合作金额(本年)" = "annual_amount"\n', encoding="utf-8")
    region = only(sheet(tmp_path, [*SIMPLE, "合作金额(本年)"], [*ROW, 100]))
    assert region.fields["annual_amount"] == (5,)


def test_two_owner_columns_side_by_side_are_ambiguous(tmp_path: Path) -> None:
    outcome = judged(sheet(tmp_path, ["客户编号", "客户名称", "业务员", "客户经理"], ["C0000001", "甲公司", "王", "李"]))
    assert "owner" not in outcome.regions[0].fields
    assert [one.where.a1 for one in of_code(outcome, "ambiguous-header") if one.where] == ["C1", "D1"]


def test_several_phone_columns_are_one_field(tmp_path: Path) -> None:
    assert only(sheet(tmp_path, [*SIMPLE, "手机", "固定电话"], [*ROW, "138", "0592"])).fields["phone"] == (5, 6)


def test_a_second_column_of_one_field_is_a_finding(tmp_path: Path) -> None:
    outcome = judged(sheet(tmp_path, [*SIMPLE, "优先级"], [*ROW, "B级"]))
    assert [str(one.where) for one in of_code(outcome, "duplicate-header")] == ["Sheet1!E1"]
    assert outcome.customers["tier_in_sheet"].tolist() == ["A级"]


def test_weak_name_words_count_only_where_nothing_better_is_there(tmp_path: Path) -> None:
    beside = only(sheet(tmp_path, ["客户名称", "姓名", "电话", "客户等级"], ["甲公司", "张三", "138", "A"]))
    assert (beside.fields["name"], beside.fields["contact"]) == ((1,), (2,))
    alone = only(sheet(tmp_path, ["姓名", "手机号", "客户来源", "客户等级"], ["张三", "138", "展会", "A"]))
    assert alone.fields["name"] == (1,)


def test_rows_that_are_no_data(tmp_path: Path) -> None:
    rows = [
        ["customer_id", "name", "owner", "level"], ["必填", "必填", "选填", "从下拉选择"], ROW, [None] * 4, [None, None, "王*", "A级"],
        ["C0000002", "乙公司", None, None], ["合计", 2, None, None], ["备注：金额单位为万元"],
    ]  # fmt: skip
    outcome = judged(sheet(tmp_path, SIMPLE, *rows))
    assert outcome.customers["row"].tolist() == [4, 7]
    assert (outcome.regions[0].first_row, outcome.regions[0].last_row) == (4, 7)  # the data, without hints and notes
    assert codes(outcome) == [("missing-column", "Sheet1!A1")]


def test_a_row_with_three_values_but_no_name_is_a_finding_at_its_name_cell(tmp_path: Path) -> None:
    headers = ["客户编号", "客户名称", "所属行业", "联系人", "负责人", "客户等级"]
    rows = [["C0000001", "甲公司", "IT", "张*", "王*", "A"], [None, None, "零售", "李*", "赵*", "B"],
            *[[None, None, "默认", None, "王*", "B"]] * 3]  # fmt: skip
    found = of_code(judged(sheet(tmp_path, headers, *rows)), "required-missing")
    assert [str(one.where) for one in found] == ["Sheet1!B3"]


def test_an_excel_table_says_how_far_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet("客户")
    page.add_table(2, 1, 4, 4, {"name": "客户表", "columns": [{"header": h} for h in SIMPLE], "data": [ROW, ["C0000002", "乙公司", "李*", "B"]]})
    page.write_row(5, 1, ["C0000003", "丙公司", "李*", "B"])
    book.close()
    outcome = judged(path)
    assert (outcome.regions[0].first_row, outcome.regions[0].last_row, outcome.regions[0].excel_table) == (4, 5, "客户表")
    assert [(str(one.where), one.params["count"]) for one in of_code(outcome, "rows-below-table")] == [("客户!B6", 1)]


def test_a_defined_name_says_it_too(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet("客户")
    for i, row in enumerate([SIMPLE, ROW, ["C0000002", "乙公司", "李*", "B"]]):
        page.write_row(i, 0, row)
    book.define_name("客户区域", "=客户!$A$1:$D$2")
    book.close()
    assert judged(path).customers["id"].tolist() == ["C0000001"]


def test_two_tables_of_the_same_customers_are_joined_where_the_tier_stands(tmp_path: Path) -> None:
    base = [["客户编号", "客户名称", "联系人", "需求描述", "历史合作金额(万元)"], ["C0000001", "甲公司", "张*", "云存储", 120]]
    tiers = [["客户编号", "客户名称", "优先级", "负责人"], ["C0000001", "甲公司", "A级", "王*"]]
    outcome = judged(write_workbook(tmp_path / "t.xlsx", {"基础": base, "优先级": tiers}), "priority")
    assert len(outcome.customers) == 1
    row = outcome.customers.iloc[0]
    assert (row["sheet"], row["tier"], row["reason_cells.value"], row["tier_cell"]) == ("优先级", "S", "基础!E2", "优先级!C2")


def test_log_joins_on_id_else_on_name_and_never_on_an_ambiguous_one(tmp_path: Path) -> None:
    customers = [SIMPLE, ROW, ["C0000002", "同名公司", "李*", "B"], ["C0000003", "同名公司", "李*", "B"]]
    log = [["客户编号", "客户名称", "跟进时间", "跟进方式"], [None, "甲公司", AS_OF, "电话"], [None, "同名公司", AS_OF, "电话"], ["C9999999", None, AS_OF, "电话"]]
    outcome = judged(write_workbook(tmp_path / "t.xlsx", {"客户": customers, "跟进记录": log}))
    assert outcome.customers["last_followup"].notna().tolist() == [True, False, False]
    assert [(str(one.where)) for one in of_code(outcome, "ambiguous-customer")] == ["跟进记录!B3"]
    assert [(str(one.where)) for one in of_code(outcome, "dangling-followup")] == ["跟进记录!A4"]


def test_owned_headers_are_never_fields(tmp_path: Path) -> None:
    region = only(sheet(tmp_path, [*SIMPLE, "跟进状态", "审核", "建议等级(系统)"], ROW))
    assert region.owned == {"跟进状态": 5, "审核": 6, "建议等级(系统)": 7}
    assert not {5, 6, 7} & {c for columns in region.fields.values() for c in columns}


def test_reading_changes_nothing_on_the_disk(tmp_path: Path) -> None:
    path = sheet(tmp_path, SIMPLE, ROW)
    before = path.read_bytes()
    check(path, Options(as_of=AS_OF))
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["t.xlsx"]
