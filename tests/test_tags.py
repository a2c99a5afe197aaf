"""客户标签: the tags of S001 from cells, in its order and form; what is unknown or private makes none."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from sheets import AS_OF, judged, write_workbook

from crmsheet.policy.load import load_policy
from crmsheet.review.document import document
from crmsheet.run import Options, process
from crmsheet.tables.find import find_tables
from crmsheet.tables.read import Source, read_table
from crmsheet.tags import TAGS, Facts, having, keyword, split_tags
from crmsheet.workbook import open_workbook


def tags_of(folder: Path, cells: dict[str, Any], policy: str = "profile", more: str = "") -> list[str]:
    """The tags of one customer with these cells."""
    rows = [["客户编号", "客户名称", "负责人", *cells], ["C0000001", "甲公司", "王*", *cells.values()]]
    (folder / "crmsheet.toml").write_text(more, encoding="utf-8")
    outcome = judged(write_workbook(folder / "t.xlsx", {"客户": rows}), policy)
    tags: list[str] = document(outcome, "zh")["customers"][0]["tags"]
    return tags


def test_the_documents_own_example(tmp_path: Path) -> None:
    cells = {"所属行业": "新能源", "企业规模": "500人以上", "职位/部门": "采购总监", "核心需求": "产能提升", "需求优先级": "高", "信息偏好": "偏好数据案例",
             "决策链类型": "多人决策型", "关注点排序": "ROI", "预计合作金额(万元)": 500}  # fmt: skip
    # S001: 【行业-新能源】【规模-大型企业】【需求-产能提升(高优先级)】【行为-数据偏好型】【决策-多人决策(关注ROI)】【价值-A类(LTV预估500万)】
    assert tags_of(tmp_path, cells) == [
        "行业-新能源", "规模-大型企业", "职位-决策层", "需求-产能提升(高优先级)", "行为-数据偏好型", "决策-多人决策(关注ROI)", "价值-A类(LTV预估500万)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "tags"),
    [
        ({"企业规模": 500}, ["规模-大型企业"]), ({"企业规模": 499}, ["规模-中小企业"]), ({"企业规模": "50-500人"}, ["规模-中小企业"]),
        ({"企业规模": "<50人"}, ["规模-小微企业"]), ({"企业规模": "大型企业"}, ["规模-大型企业"]), ({"企业规模": "营收5000万"}, []), ({"企业规模": "不详"}, []),
        ({"职务": "CEO"}, ["职位-决策层"]), ({"职务": "采购经理"}, ["职位-执行层"]), ({"职务": "专员"}, ["职位-执行层"]),
        ({"职务": "总经理助理"}, ["职位-执行层"]), ({"职务": "会计"}, []),
        ({"需求描述": "需要云存储解决方案"}, ["需求-需要云存储解决方案"]),
        ({"需求描述": "产线升级，预算待定"}, ["需求-产线升级"]),
        ({"需求描述": "希望在明年上半年之前完成全部门店的收银系统升级改造工作"}, []),  # a sentence is no keyword
        ({"核心需求": "降本", "需求描述": "升级"}, ["需求-降本"]),
        ({"需求优先级": "低"}, ["需求-低优先级", "价值-C类"]),
        ({"需求场景": "Q4旺季前交付"}, ["需求-Q4旺季前交付"]),
        ({"采购意向": "潜在需求"}, ["需求-潜在需求"]), ({"采购计划": "Q3采购200台"}, ["需求-明确需求"]), ({"需求明确度": "仅咨询"}, ["需求-需求模糊"]),
        ({"合作类型": "长期合作"}, ["需求-长期合作"]),
        ({"预计签约日期": AS_OF + dt.timedelta(days=30)}, ["需求-紧急需求"]), ({"预计签约日期": AS_OF + dt.timedelta(days=31)}, []),
        ({"沟通风格": "直接高效型", "响应速度": "需多次催促"}, ["行为-直接高效型", "行为-需多次催促"]), ({"信息偏好": "重视口头承诺"}, ["行为-重视口头承诺"]),
        ({"决策链": "短"}, ["决策-决策链清晰"]), ({"决策链": "个人决策型"}, ["决策-个人决策"]),
        ({"关注点排序": "价格>质量>交付期"}, ["决策-关注价格>质量>交付期"]), ({"风险偏好": "保守型"}, ["决策-保守型"]),
        ({"预计合作金额(万元)": 12.5, "客户等级": None}, ["价值-B类(LTV预估12.5万)"]),  # 10–50万 with need unknown: B
        ({"预计合作金额(万元)": 12.5, "客户等级": "A"}, ["价值-A类(LTV预估12.5万)"]),  # the tier in force
        ({"合作风险": "预算未审批"}, ["风险-预算未审批"]),
        ({"客户状态": "成交客户"}, ["阶段-成交客户"]), ({"客户状态": "复购"}, ["阶段-复购/增购客户"]),
        ({"客户状态": "意向", "预计签约日期": dt.date(2024, 8, 1)}, ["阶段-意向客户", "阶段-2024年Q3意向"]),  # S002: 2024年Q3意向
        ({"客户画像": "价格敏感型"}, ["画像-价格敏感型"]),
        ({"所属行业": "-", "客户状态": None, "需求描述": "无"}, []),
        ({"所属行业": "【新】能源"}, ["行业-[新]能源"]),
    ],
)  # fmt: skip
def test_each_tag_comes_from_its_cells(tmp_path: Path, cells: dict[str, Any], tags: list[str]) -> None:
    assert tags_of(tmp_path, cells) == tags


@pytest.mark.parametrize(
    ("policy", "cells", "tag"),
    [("priority", {"历史合作金额(万元)": 120}, "价值-S级"), ("crm", {"年合作额(万元)": 60}, "价值-A类"), ("followup", {"需求匹配度": "中"}, "价值-B级"),
     ("strategy", {"ARPU(万元)": 10, "流失率": 0.01}, "价值-低价值稳定型")],
)  # fmt: skip
def test_tiers_are_called_as_the_documents_call_them(tmp_path: Path, policy: str, cells: dict[str, Any], tag: str) -> None:
    assert tag in tags_of(tmp_path, cells, policy)


@pytest.mark.parametrize(
    ("churn", "arpu", "tier", "warned"),
    [(6, 60, None, True), (5, 60, None, False), (6, 10, None, False), (6, 60, "低价值稳定型", True), (6, 10, "高价值稳定型", True)],
)
def test_a_customer_of_high_value_at_high_risk_is_warned_of(
    tmp_path: Path, churn: float, arpu: float, tier: str | None, warned: bool
) -> None:
    cells = {"ARPU(万元)": arpu, "流失率(%)": churn, "客户等级": tier}
    assert ("风险预警" in tags_of(tmp_path, cells, "strategy")) == warned


def test_no_private_value_is_in_a_tag(tmp_path: Path) -> None:
    cells = {"联系人": "张三丰", "联系电话": "13812345678", "需求描述": "张三丰要13812345678报价", "核心需求": "等张三丰13987654321", "合作风险": "张三丰离职",
             "关注点排序": "张三丰看价格", "所属行业": "张三丰介绍"}  # fmt: skip
    text = "".join(tags_of(tmp_path, cells))
    assert "张*" in text and "张三丰" not in text and "13812345678" not in text and "13987654321" not in text


def test_a_person_who_is_the_customer_is_masked_too(tmp_path: Path) -> None:
    rows = [["客户编号", "客户名称", "负责人", "企业规模", "需求描述"], ["C0000001", "王小明", "李*", "个人", "王小明的店铺升级"]]
    outcome = judged(write_workbook(tmp_path / "t.xlsx", {"客户": rows}), "crm")
    assert outcome.customers["tags"].tolist() == ["【需求-王*的店铺升级】"]


def test_tags_stand_in_the_team_file_as_the_document_prints_them(tmp_path: Path) -> None:
    rows = [["客户编号", "客户名称", "负责人", "所属行业", "企业规模"], ["C0000001", "甲公司", "王*", "新能源", 800], ["C0000002", "乙公司", "王*", None, None]]
    path = write_workbook(tmp_path / "t.xlsx", {"客户": rows})
    process(path, Options(as_of=AS_OF, policy="priority"))
    header, first, second = openpyxl.load_workbook(path)["客户"].iter_rows(values_only=True)
    at = header.index("客户标签")
    assert (first[at], second[at]) == ("【行业-新能源】【规模-大型企业】", None)
    assert (header[at - 1], header[at + 1]) == ("逾期天数", "数据问题")


def facts(folder: Path, size: int) -> Facts:
    """So many customers, every other one with a cell in each column and the rest almost blank."""
    names = ["客户名称", "所属行业", "企业规模", "联系人", "核心需求", "需求优先级", "决策链", "客户状态", "预计签约日期"]
    row = ["甲公司", "零售", 60, "张三丰", "升级", "高", "短", "意向", dt.date(2024, 4, 1)]
    path = write_workbook(folder / "t.xlsx", {"客户": [names, row, ["乙公司", "x", *[None] * 7]]})
    with open_workbook(path, None) as book:
        table, _ = read_table([(Source(book), find_tables(book, {}, []).regions)], "customers", AS_OF)
    many = replace(table, frame=table.frame.iloc[np.resize([0, 1], size)].reset_index(drop=True))
    return Facts(many, load_policy("profile"), AS_OF, np.full(size, "A", dtype=object), np.zeros(size, dtype=bool))


@pytest.mark.parametrize("tag", TAGS, ids=lambda tag: f"{tag.label}-{tag.source}")
@pytest.mark.parametrize("size", [0, 1, 10_000])
def test_every_tag_gives_one_value_a_row_and_leaves_the_table_alone(tmp_path: Path, tag: Any, size: int) -> None:
    given = facts(tmp_path, size)
    before = given.table.frame.copy(deep=True)
    values = tag.values(given)
    assert values.shape == (len(given.table),)
    assert all(value is None or (isinstance(value, str) and value) for value in set(values.tolist()))
    assert given.table.frame.equals(before)
    assert tag.source.startswith("S00")


def test_no_dimension_of_the_portrait_has_more_than_five_tags() -> None:
    assert max(Counter(tag.part for tag in TAGS).values()) <= 5  # S001-45: three to five a dimension
    order = list(dict.fromkeys(tag.label for tag in TAGS))
    assert [label for label in order if label in ("行业", "规模", "需求", "行为", "决策", "价值")] == ["行业", "规模", "需求", "行为", "决策", "价值"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [(["行业-新能源"], [1, 1, 0]), (["新能源"], [1, 1, 0]), (["【规模-大型企业】"], [1, 0, 0]), (["新能源", "大型企业"], [1, 0, 0]),
     (["需求-产能提升"], [1, 0, 0]), (["产能提升(高优先级)"], [1, 0, 0]), (["产能"], [0, 0, 0]), (["高优先级"], [0, 0, 0]), (["风险预警"], [0, 1, 0]),
     (["新.源"], [0, 0, 0]), (["需求-crm"], [0, 0, 1]), ([], [1, 1, 1])],
)  # fmt: skip
def test_customers_are_found_by_all_of_some_tags(wanted: list[str], found: list[int]) -> None:
    tags = np.array(["【行业-新能源】【规模-大型企业】【需求-产能提升(高优先级)】", "【行业-新能源】【风险预警】", "【需求-CRM】"], dtype=object)
    assert having(tags, wanted).tolist() == [bool(one) for one in found]


def test_a_customer_without_tags_is_found_by_none() -> None:
    assert having(np.array([None], dtype=object), ["新能源"]).tolist() == [False]
    assert split_tags(None) == [] and split_tags("【甲】【乙-丙】") == ["甲", "乙-丙"]


@pytest.mark.parametrize(("text", "word"), [("  产线\n升级 ", "产线 升级"), ("升级，尽快", "升级"), ("采购1,200台；年底前", "采购1,200台"), ("十九个字十九个字十九个字十九个字十九个字呀", None), ("—", None), ("，", None)])
def test_keywords_are_first_clauses_of_short_texts(text: str, word: str | None) -> None:
    assert keyword(text) == word
