"""A policy's rules and a policy file's faults are told in the language that was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from sheets import ROWS_SIMPLE, write_workbook

from crmsheet.cli import cli
from crmsheet.judge.words import policy_rules
from crmsheet.policy.load import load_policy, preset_names, preset_text
from crmsheet.tables.spec import table_spec

HEADERS = {name: field.header for name, field in table_spec("customers").fields.items()}


@pytest.mark.parametrize("preset", preset_names())
def test_every_rule_is_told_in_english_too(preset: str) -> None:
    zh, en = (policy_rules(load_policy(preset), HEADERS, lang) for lang in ("zh", "en"))
    assert [source for *_, source in zh] == [source for *_, source in en]
    assert {part for part, *_ in en} <= {"approval", "band", "tier", "addition", "rhythm", "move", "score", "event", "care", "check"}
    framework = ("为高", "为中", "为低", "其余", "未填", "空白", "每月", "每天", "之后", "之前", "建议", "分，")
    own = [text for part, text, _ in en if part in ("band", "tier", "move", "approval")]  # events and criteria quote the policy's own words
    assert own and not [text for text in own if any(word in text for word in framework)]


def test_rules_in_english_by_hand() -> None:
    told = {text for _, text, _ in policy_rules(load_policy("priority"), HEADERS, "en")}
    assert "价值 (历史合作金额): ≥100万 is high; ≥50万 is middle; everything else is low; blank or unreadable is unknown" in told
    assert "S: 价值 high, 潜力 high or unknown, 紧急度 high or unknown" in told
    assert "A: 常规跟进 every 14 days (电话/邮件), 销售专员" in told
    of_crm = {text for _, text, _ in policy_rules(load_policy("crm"), HEADERS, "en")}
    assert "customers in C, and those who say 暂无需求, are contacted 2 times a month at most" in of_crm


def test_the_english_review_tells_its_rules_in_english(tmp_path: Path) -> None:
    book = write_workbook(tmp_path / "t.xlsx", {"客户信息基础表": ROWS_SIMPLE})
    CliRunner().invoke(cli, ["process", str(book), "--as-of", "2024-03-20", "--lang", "en", "--out", str(tmp_path / "out")], standalone_mode=False)
    (page,) = (tmp_path / "out").glob("*.html")
    assert "changes of tier are only proposed; the lead fills them in" in page.read_text(encoding="utf-8")


def test_faults_of_a_policy_file_are_told_in_both_languages(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(preset_text("crm").replace('tier_suffix = "类"', 'teir_suffix = "类"').replace("weight = 55", "weight = 0"), encoding="utf-8")
    book = write_workbook(tmp_path / "t.xlsx", {"客户信息基础表": ROWS_SIMPLE})
    words = ["check", str(book), "--policy", str(own), "--as-of", "2024-03-20", "--lang"]
    zh, en = (CliRunner().invoke(cli, [*words, lang], standalone_mode=False) for lang in ("zh", "en"))
    assert zh.return_value == en.return_value == 2
    assert "teir_suffix: 没有这一项，是否指“tier_suffix”？" in zh.stderr and "score[0].weight: 要大于 0" in zh.stderr
    assert "teir_suffix: unknown key, did you mean “tier_suffix”?" in en.stderr and "greater than 0" in en.stderr


def test_a_word_that_a_field_never_holds_is_told_in_both_languages(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(preset_text("crm").replace('fields = ["annual_amount", "expected_amount", "amount"]   # the', 'fields = ["anual_amount"]   # the'), encoding="utf-8")
    book = write_workbook(tmp_path / "t.xlsx", {"客户信息基础表": ROWS_SIMPLE})
    zh, en = (CliRunner().invoke(cli, ["check", str(book), "--policy", str(own), "--lang", lang], standalone_mode=False).stderr for lang in ("zh", "en"))
    assert "bands[0].fields: 没有字段“anual_amount”，是否指“annual_amount”？" in zh and "no field “anual_amount”, did you mean" in en
