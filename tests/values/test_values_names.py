"""Headers and names folded for matching, and values that stand in for a person."""

from __future__ import annotations

import sys
from subprocess import run

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsheet.values.names import fold_header, fold_text, normalise_name, normalise_names, unit_of
from crmsheet.values.people import is_masked


@pytest.mark.parametrize(
    ("header", "folded", "unit"),
    [
        ("客户名称", "客户名称", None),
        (" 客户 名称 ", "客户名称", None),
        ("*客户名称", "客户名称", None),
        ("客户名称*", "客户名称", None),
        ("＊ 客户名称", "客户名称", None),
        ("客户名称(必填)", "客户名称", None),
        ("客户名称（企业/个人）", "客户名称", None),
        ("客户\n名称", "客户名称", None),
        ("历史合作金额(万元)", "历史合作金额", "万元"),
        ("历史合作金额（万）", "历史合作金额", "万元"),
        ("历史合作金额[元]", "历史合作金额", "元"),
        ("预计金额【亿元】", "预计金额", "亿元"),
        ("预计金额(单位：万元)", "预计金额", "万元"),
        ("预计金额(人民币万元)", "预计金额", "万元"),
        ("预计金额(含税)(万元)", "预计金额", "万元"),
        ("预计金额(万元", "预计金额", "万元"),
        ("预计金额/万元", "预计金额", "万元"),
        ("金额(万美元)", "金额", "万美元"),
        ("流失率(%)", "流失率", "%"),
        ("流失率（％）", "流失率", "%"),
        ("企业规模(人)", "企业规模", "人"),
        ("跟进周期(次/月)", "跟进周期", "次/月"),
        ("转化周期(天)", "转化周期", "天"),
        ("关键监测指标(目标值/实际值)", "关键监测指标", None),
        ("客户反馈/异议", "客户反馈/异议", None),
        ("客戶編號", "客户编号", None),
        ("顧客ID", "顾客id", None),
        ("客戶關(guān)係", "客户关系", None),
        ("預計金額(萬元)", "预计金额", "万元"),
        ("E-Mail", "e-mail", None),
        ("【客户名称】", "客户名称", None),
        ("【金额/万元】", "金额", "万元"),
        ("", "", None),
    ],
)
def test_headers(header: str, folded: str, unit: str | None) -> None:
    assert fold_header(header) == (folded, unit)


def test_brackets_can_be_kept() -> None:
    assert fold_text("合作金额（含税）") == "合作金额(含税)"
    assert fold_text("*合作金額 (不含稅)") == "合作金额(不含税)"


def test_units() -> None:
    assert [unit_of(text) for text in ("万", "萬元", "RMB", "百分比", "单位:千元", "必填")] == [
        "万元",
        "万元",
        "元",
        "%",
        "千元",
        None,
    ]


def test_names_join_across_spellings() -> None:
    assert (
        normalise_name("Ａ科技（上海）有限公司 ")
        == normalise_name("a科技(上海) 有限公司")
        == "a科技(上海)有限公司"
    )
    assert normalise_name("A科技有限公司") != normalise_name("A科技")
    assert normalise_names(np.array(["A 公司", None, " "], dtype=object)).tolist() == ["a公司", None, None]


@pytest.mark.parametrize(
    "text", ["张*", "138****5678", "wang*company", "*经理", "＊总", "***", "138xxxx5678", "联系人001"]
)
def test_masked(text: str) -> None:
    assert is_masked(text)


@pytest.mark.parametrize(
    "text", ["张三", "13812345678", "wang@company.com", "联系人", "联系人张三", "", "xxl"]
)
def test_not_masked(text: str) -> None:
    assert not is_masked(text)


def test_simplified_headers_load_no_converter() -> None:
    code = (
        "import sys; from crmsheet.values.names import fold_header; fold_header('历史合作金额(万元)');"
        "assert 'opencc' not in sys.modules; fold_header('客戶'); assert 'opencc' in sys.modules"
    )
    assert run([sys.executable, "-c", code], check=False).returncode == 0


@given(st.text(alphabet="客户名称金额*（）()[]【】万元%/ aB客戶", max_size=20))
def test_folding_a_folded_header_changes_nothing_more(header: str) -> None:
    folded = fold_header(header).folded
    assert fold_header(folded).folded == folded
    assert " " not in folded and "*" not in folded


@given(st.text(max_size=30))
def test_no_text_raises(text: str) -> None:
    fold_header(text)
    fold_text(text)
    assert normalise_name(normalise_name(text)) == normalise_name(text)
