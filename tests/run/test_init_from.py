"""crmsheet init --from: a team's own words, proposed for confirmation and never guessed silently."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from pathlib import Path

import pytest
from sheets import Rows, write_workbook
from test_command_line import crmsheet, refusal

from crmsheet.policy.load import validated
from crmsheet.policy.settings import Settings
from crmsheet.propose.similar import candidates, is_sure
from crmsheet.tables.spec import table_spec

MARCH = dt.date(2024, 3, 1)
TEAM: Rows = [
    ["客户公司全称", "客户所在行业", "末次跟进日期", "本年合作额(万)", "合作金额", "客户联系电话", "客户级别", "对接人", "微信群"],
    ["甲公司", "医疗", MARCH, 30, 20, "13812345678", "VIP客户", "张三丰", "是"],
    ["乙公司", "教育", MARCH, 130, 20, "13912345678", "普通客户", "李四光", "否"],
    ["丙公司", "教育", MARCH, 1, 2, "13712345678", "合作", "王二小", "否"],
    ["丁公司", "教育", MARCH, 1, 2, "13612345678", "张三丰", "李四光", "否"],  # a name where a tier belongs
]


@pytest.fixture
def team(tmp_path: Path) -> Path:
    return write_workbook(tmp_path / "team.xlsx", {"客户": TEAM})


def test_the_proposal_is_settings_that_load_and_leaves_what_is_in_doubt_out(team: Path) -> None:
    result = crmsheet("init", "--from", team)
    assert result.returncode == 0, result.stderr
    data = tomllib.loads(result.stdout)
    validated(Settings, data, "proposal")
    assert data == {
        "columns": {"customers": {"客户所在行业": "industry", "本年合作额(万)": "annual_amount", "客户联系电话": "phone"}},
        "tiers": {"VIP客户": "S", "普通客户": "A"},
    }
    assert not (team.parent / "crmsheet.toml").exists()


def test_it_says_what_was_known_what_is_in_doubt_and_what_is_not_known(team: Path) -> None:
    lines = crmsheet("init", "--from", team).stdout.splitlines()
    assert any("已认出" in line and "客户公司全称=name" in line and "客户级别=tier" in line for line in lines)
    (doubt,) = [line for line in lines if line.startswith('# "合作金额"')]
    assert "amount 历史合作金额" in doubt and "expected_amount 预计合作金额" in doubt
    (last,) = [line for line in lines if line.startswith('# "末次跟进日期"')]
    assert "last_followup" in last and "first_contact" in last
    assert any("不认识" in line and "微信群 (I)" in line for line in lines)
    (word,) = [line for line in lines if line.startswith('# "合作" = ')]
    assert "S、A、B" in word


def test_with_write_it_stands_beside_the_workbook_and_check_knows_the_columns(team: Path) -> None:
    result = crmsheet("init", "--from", team, "--write")
    assert result.returncode == 0 and result.stdout == ""
    assert "crmsheet check" in result.stderr
    document = json.loads(crmsheet("check", team, "--json", "--as-of", "2024-03-20").stdout)
    (table,) = document["tables"]
    assert table["fields"] == {
        "name": "A", "industry": "B", "annual_amount": "D", "phone": "F", "tier": "G", "contact": "H",
    }  # fmt: skip
    tiers = {one["name"]: one["tier_in_sheet"] for one in document["customers"]}
    assert tiers["甲公司"] == "VIP客户"
    unknown = [one["value"] for one in document["findings"] if one["code"] == "unknown-tier"]
    assert "VIP客户" not in unknown and "合作" in unknown
    before = (team.parent / "crmsheet.toml").read_bytes()
    assert "没有覆盖" in refusal(crmsheet("init", "--from", team, "--write"))
    assert (team.parent / "crmsheet.toml").read_bytes() == before


def test_no_private_value_is_in_it(team: Path) -> None:
    for more in ((), ("--json",), ("--lang", "en")):
        result = crmsheet("init", "--from", team, *more)
        for private in ("13812345678", "张三丰", "李四光"):
            assert private not in result.stdout + result.stderr


def test_a_header_that_is_recognised_as_nothing_is_proposed_for(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "odd.xlsx", {"Sheet1": [
        ["单位大名", "所在行业", "联系人姓名", "业务负责人"], ["甲公司", "医疗", "张三丰", "王五"], ["乙公司", "教育", "李四光", "王五"],
    ]})  # fmt: skip
    assert crmsheet("check", path).returncode == 2
    result = crmsheet("init", "--from", path, "--write")
    assert "没有认出客户表" in result.stderr
    assert crmsheet("check", path).returncode == 0
    assert "张三丰" not in result.stderr + (tmp_path / "crmsheet.toml").read_text(encoding="utf-8")


def test_a_table_without_rows_has_no_tier_words(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "empty.xlsx", {"客户": [["客户编号", "客户名称", "负责人", "客户等级"]]})
    assert "[tiers]" not in crmsheet("init", "--from", path).stdout
    odd = write_workbook(tmp_path / "odd.xlsx", {"Sheet1": [["单位大名", "所在行业", "业务负责人", "客户等级标签"], ["甲公司", "医疗", "王五", "VIP"]]})
    assert tomllib.loads(crmsheet("init", "--from", odd).stdout)["tiers"] == {"VIP": "S"}


def test_rows_of_data_are_not_taken_for_a_header(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "bare.xlsx", {"Sheet1": [["甲公司", "张三丰", "采购经理", "138****5678"], ["乙公司", "李四光", "财务总监", "x"]]})
    line = refusal(crmsheet("init", "--from", path))
    assert "没有看到像客户表的表头" in line and "张三丰" not in line


def test_other_lists_are_named_and_the_options_go_together(tmp_path: Path, team: Path) -> None:
    staff = write_workbook(tmp_path / "staff.xlsx", {"员工": [["工号", "姓名", "入职日期", "部门"], ["1", "张三", MARCH, "销售"]]})
    assert "员工名单" in refusal(crmsheet("init", "--from", staff))
    assert "只给一个" in refusal(crmsheet("init", tmp_path / "new.xlsx", "--from", team))
    assert "--from" in refusal(crmsheet("init", tmp_path / "new.xlsx", "--write"))
    assert "找不到" in refusal(crmsheet("init", "--from", tmp_path / "none.xlsx"))


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("客户所在行业", "industry"), ("客户联系电话", "phone"), ("业务负责人", "owner"), ("本年合作额", "annual_amount"),
        ("末次跟进日期", None), ("上年合作额", None), ("产品等级", None), ("行业备注", "remark"), ("微信群", None),
    ],
)  # fmt: skip
def test_only_a_known_word_with_harmless_additions_is_likely(header: str, field: str | None) -> None:
    found = candidates(table_spec("customers"), header, (), ())
    assert (found[0].field if is_sure(found) else None) == field


def test_what_stands_below_a_header_may_speak_against_it() -> None:
    spec = table_spec("customers")
    assert is_sure(candidates(spec, "联系人信息", ["张*"], ()))
    assert not is_sure(candidates(spec, "联系人信息", [MARCH], ()))
    assert not is_sure(candidates(spec, "客户联系电话", ["是", "否"], ()))
