"""``crmsheet explain``: why a customer stands where it stands, and what a finding code means (SPEC §10)."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result
from sheets import AS_OF, write_workbook
from weeks import Weeks

from crmsheet.cli import cli
from crmsheet.resources import template_text

HEADERS = ["客户编号", "客户名称", "负责人", "历史合作金额(万元)", "优先级", "采购计划", "决策链", "预计签约日期", "首次接触时间", "联系人", "联系电话", "客户类型"]
LOG = ["客户编号", "跟进时间", "跟进方式", "沟通内容摘要", "客户反馈/异议", "暂不跟进至"]


def ago(days: int) -> dt.date:
    return AS_OF - dt.timedelta(days=days)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    people = [
        ["C0000001", "甲公司", "王*", 70, "A级", "明确", "清晰", ago(-10), ago(60), "赵钱孙", "13800138000", "企业"],
        ["C0000002", "乙公司", "李*", "若干", None, None, None, None, ago(30), None, None, "企业"],
        ["C0000003", "欧阳修远", "李*", 20, "B级", None, None, None, ago(30), None, None, "个人"],
        ["C0000004", "甲公司", "李*", 20, "B级", None, None, None, ago(30), None, None, "企业"],
        ["C0000005", "丁公司", "李*", 20, "B级", None, None, None, ago(30), None, None, "企业"],
    ]
    log = [
        ["C0000001", ago(20), "电话", "谈了进度", "认可", None],
        ["C0000001", ago(3), "会议", "谈了进度", "认可", None],
        ["C0000005", ago(3), "电话", "赵钱孙来电", "表示拒绝", None],
        ["C0000004", ago(3), "电话", "谈了进度", None, ago(-8)],
    ]
    return write_workbook(tmp_path / "team.xlsx", {"客户": [HEADERS, *people], "跟进记录": [LOG, *log]})


def explain(*arguments: str | Path, policy: bool = True) -> Result:
    more = ("--as-of", AS_OF.isoformat(), "--policy", "priority") if policy else ()
    return CliRunner().invoke(cli, ["explain", *map(str, arguments), *more], standalone_mode=False)


def told(*arguments: str | Path) -> dict[str, Any]:
    result = explain(*arguments, "--json")
    assert result.return_value == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    jsonschema.Draft202012Validator(json.loads(template_text("explain.schema.json"))).validate(document)
    return document


def test_a_customer_with_reasons_next_tier_touches_and_what_met_them(book: Path) -> None:
    before = book.read_bytes()
    lines = explain(book, "C0000001").stdout.splitlines()
    assert [*lines[:12], lines[13]] == [
        "C0000001 甲公司 [客户 第 2 行]",
        "等级：A（策略 priority），表中为 A级",
        "  历史合作金额70万（≥50万且<100万） [客户!D2] S000-15",
        "  采购计划明确；决策链清晰 [客户!F2, 客户!G2] S000-15",
        "  预计签约日期还有10天（≤30天） [客户!H2] S000-15",
        "综合评分：82（依据完整度 50%）",  # 41.1333 of 50 that are known of 100
        "  12/20  历史合作金额70万 [客户!D2] S000-1",  # 60 points: two fifths from 50万 (50) to 100万 (75)
        "  8/8  采购计划明确 [客户!F2] S000-14",
        "  9/9  决策链清晰 [客户!G2] S000-8",
        "  12.1/13  预计签约日期还有10天 [客户!H2] S000-10",  # a third of the way from 100 (today) to 80 (in 30 days)
        "距上一级：",
        "  历史合作金额再增30万，达到100万 [客户!D2]",
        "跟进节奏：",
    ]
    # 14 days after the call of 29 February; the meeting of 17 March is neither call nor mail
    assert lines[12].startswith("下一步：2024-03-14 电话或邮件：") and lines[12].endswith("（王*）")
    assert lines[14].startswith("  2024-03-14 待跟进 电话或邮件：") and "上次 2024-02-29 电话 [跟进记录!B2, 跟进记录!C2]" in lines[14]
    assert any("尚无符合的跟进 [跟进记录!B2:B5]" in line for line in lines)
    assert book.read_bytes() == before and [path.name for path in book.parent.iterdir()] == ["team.xlsx"]


def test_the_document_is_the_customers_own(book: Path) -> None:
    document = told(book, "丁公司")
    assert (document["customer"]["id"], document["customer"]["status"], document["touches"]) == ("C0000005", "paused", [])
    assert document["pause"] == {"refused": True, "until": None}
    assert document["history"] == []
    assert next(one["cell"] for one in document["customer"]["score_terms"]) == "客户!D6"
    jsonschema.validate({"customer": document["customer"]}, {
        **json.loads(template_text("result.schema.json")), "required": [], "properties": {"customer": {"$ref": "#/$defs/customer"}},
    })  # fmt: skip


def test_touches_name_the_entry_that_met_them(book: Path) -> None:
    document = told(book, "C0000001")
    met = {one["source"]: one["met"] for one in document["touches"]}
    assert met == {"S000-30": {"cell": "跟进记录!B2", "date": "2024-02-29", "method": "电话"}, "S000-31": None, "S000-33": None}
    assert document["customer"]["next_action"] in document["customer"]["tasks"]


def test_a_customer_that_waits_says_until_when(book: Path) -> None:
    assert told(book, "C0000004")["pause"] == {"refused": False, "until": "2024-03-28"}
    assert "暂缓：暂不跟进至 2024-03-28" in explain(book, "C0000004").stdout


def test_a_rule_of_no_document_is_called_an_assumption_and_a_code_of_none_crmsheets_own(book: Path) -> None:
    assert "  历史合作金额无法识别 [客户!D3] 假设（文档未规定）" in explain(book, "乙公司").stdout
    assert "  来源：crmsheet" in explain("number-as-text", policy=False).stdout


def test_findings_of_its_own_row_and_no_other(book: Path) -> None:
    assert [(one["code"], one["cell"]) for one in told(book, "乙公司")["findings"]] == [
        ("required-missing", "J3"), ("required-missing", "K3"), ("money-unparseable", "D3")]  # no contact, no phone, 若干
    assert "警告 客户!D3 money-unparseable" in explain(book, "乙公司").stdout


def test_a_person_and_its_private_values_are_masked(book: Path) -> None:
    shown = explain(book, "欧阳修远").stdout + explain(book, "欧阳修远", "--json").stdout + explain(book, "甲公司").stdout
    shown += explain(book, "丁公司", "--json").stdout + explain(book, "C0000001", "--json").stdout
    assert "欧阳*" in shown
    assert not any(private in shown for private in ("欧阳修远", "赵钱孙", "13800138000"))


@pytest.mark.parametrize(
    ("asked", "words"),
    [("甲公司", ["C0000001", "客户!A2", "C0000004", "客户!A5"]), ("丁公", ["C0000005 丁公司"]), ("欧阳修", ["欧阳*"]), ("C0000009", ["C0000001"]), ("??", [])],
)
def test_nobody_or_several_is_one_line_that_names_near_candidates(book: Path, asked: str, words: list[str]) -> None:
    result = explain(book, asked)
    assert result.return_value == 2 and result.stdout == ""
    (line,) = result.stderr.strip().splitlines()
    assert all(word in line for word in words)
    assert "欧阳修" not in line


def test_a_cell_tells_two_customers_of_one_name_apart(book: Path) -> None:
    assert told(book, "客户!B5")["customer"]["id"] == "C0000004"


def test_ids_and_names_are_compared_as_everywhere(book: Path) -> None:
    assert told(book, " ｃ００００００５ ")["customer"]["name"] == "丁公司"


def test_the_ledger_of_a_customer_is_told(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{"历史合作金额(万元)": 30, "优先级": "A"}, {"历史合作金额(万元)": 30, "优先级": "B"}])
    team.run()
    team.set(0, "审核", "同意")
    team.run(7)
    document = told(team.path, "C0000000")
    assert [(one["kind"], one["from"], one["to"], one["state"]) for one in document["history"]] == [("降级", "A", "B", "待审核")]  # as of the first week
    later = CliRunner().invoke(cli, ["explain", str(team.path), "C0000000", "--as-of", "2024-03-27"], standalone_mode=False)
    assert "2024-03-27 同意 A → B 已同意" in later.stdout


def test_a_code_says_what_it_means_and_what_to_do() -> None:
    result = explain("neglected", policy=False)
    assert result.stdout.splitlines() == [
        "neglected：重点客户无人联系（错误）", "  含义：…客户已…天没有联系（应…联系一次）", "  怎么办：请负责人本周内安排联系", "  来源：S000-26",
    ]  # fmt: skip
    assert "Touches" not in explain("neglected", "--lang", "en", policy=False).stdout
    assert told("neglected")["code"]["severity"] == "error"


def test_an_unknown_code_is_refused_with_a_suggestion(book: Path) -> None:
    result = explain("neglectd", policy=False)
    assert (result.return_value, result.stdout) == (2, "") and "“neglected”" in result.stderr
    assert "客户编号" in explain(book).stderr  # a workbook alone: the customer is missing


def test_english(book: Path) -> None:
    lines = explain(book, "C0000001", "--lang", "en").stdout.splitlines()
    assert lines[1] == "Tier: A (policy priority); in the sheet: A级"
    assert "To the next tier:" in lines and "Touches:" in lines
