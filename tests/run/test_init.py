"""A new workbook (crmsheet init): nothing wrong in it, and it works empty and filled."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sheets import AS_OF, by_id, codes, judged
from test_command_line import crmsheet, refusal

from crmsheet.blank.paint import blank_workbook
from crmsheet.policy.load import load_policy, preset_names
from crmsheet.run import Options, process
from crmsheet.tables.spec import OWNED, table_spec

ROOT = Path(__file__).resolve().parent.parent.parent
CUSTOMERS, LOG = "客户信息基础表", "客户跟进记录表"
DAY = ("--as-of", AS_OF.isoformat())
PERSONS: Mapping[str, Any] = {
    "所属行业": "新能源", "企业规模": "500人以上", "联系人": "张*", "职务": "采购经理", "联系电话": "138****5678", "需求描述": "产线升级", "信息来源": "行业展会",
    "首次接触时间": dt.datetime(2024, 3, 1), "负责人": "王*",
}  # fmt: skip
SOON = dt.datetime(2024, 3, 30)
FILLED: Mapping[str, Sequence[tuple[Mapping[str, Any], str]]] = {
    "priority": [
        ({"历史合作金额(万元)": 120, "采购计划": "明确", "决策链": "清晰", "预计签约日期": SOON}, "S"),
        ({"历史合作金额(万元)": 60, "采购计划": "明确", "决策链": "清晰", "预计签约日期": SOON}, "A"),
        ({"历史合作金额(万元)": 30}, "B"),
    ],
    "crm": [({"年合作额(万元)": 60}, "A"), ({"年合作额(万元)": 20}, "B"), ({"年合作额(万元)": 5}, "C")],
    "profile": [
        ({"预计合作金额(万元)": 60, "需求优先级": "高"}, "A"),
        ({"预计合作金额(万元)": 20, "需求优先级": "中"}, "B"),
        ({"预计合作金额(万元)": 5, "需求优先级": "低"}, "C"),
    ],
    "followup": [
        ({"预算范围": "明确", "决策链": "清晰", "需求匹配度": "高", "需求明确度": "明确"}, "A"),
        ({"预算范围": "明确", "决策链": "不清晰", "需求匹配度": "高", "需求明确度": "明确"}, "B"),
        ({"需求明确度": "模糊"}, "C"),
    ],
    "strategy": [
        ({"ARPU(万元)": 60, "增长潜力": "低"}, "高价值稳定型"),
        ({"ARPU(万元)": 5, "增长潜力": "高"}, "高价值潜力型"),
        ({"ARPU(万元)": 5, "增长潜力": "低", "流失率(%)": 10}, "低价值风险型"),
    ],
}


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def made(folder: Path, preset: str) -> Path:
    path = folder / "new.xlsx"
    path.write_bytes(blank_workbook(load_policy(preset), "zh"))
    return path


def fill(path: Path, sheet: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """A person types rows below the header."""
    book = openpyxl.load_workbook(path)
    heads = [cell.value for cell in book[sheet][1]]
    for r, row in enumerate(rows, 2):
        for header, value in row.items():
            book[sheet].cell(r, heads.index(header) + 1).value = value
    book.save(path)


def customers(preset: str) -> list[dict[str, Any]]:
    return [{"客户编号": f"C202400{i}", "客户名称": f"第{i}贸易公司", **PERSONS, **row} for i, (row, _) in enumerate(FILLED[preset], 1)]


@pytest.mark.parametrize("preset", preset_names())
def test_nothing_is_wrong_with_a_new_workbook_and_its_preset_is_known_from_itself(tmp_path: Path, preset: str) -> None:
    outcome = judged(made(tmp_path, preset))
    assert (outcome.policy_name, codes(outcome)) == (preset, [])
    kinds = {region.kind: region for region in outcome.regions}
    assert kinds.keys() == {"customers", "followups", "classes", "people"} | ({"strategy"} if preset == "strategy" else set())
    assert tuple(kinds["customers"].owned) == OWNED
    assert not any(region.unknown for region in outcome.regions)


@pytest.mark.parametrize("preset", preset_names())
def test_a_run_of_the_empty_workbook_works_and_a_second_changes_nothing(tmp_path: Path, preset: str) -> None:
    path = made(tmp_path, preset)
    process(path, Options(as_of=AS_OF))
    before = path.read_bytes()
    again = process(path, Options(as_of=AS_OF))
    assert (again.changes, path.read_bytes(), codes(again.outcome)) == ((), before, [])


@pytest.mark.parametrize("preset", preset_names())
def test_filled_it_gives_the_right_tiers_in_its_own_columns(tmp_path: Path, preset: str) -> None:
    path = made(tmp_path, preset)
    fill(path, CUSTOMERS, customers(preset))
    fill(path, LOG, [{"客户编号": "C2024001", "跟进时间": dt.datetime(2024, 3, 18), "跟进方式": "电话", "沟通内容摘要": "介绍方案"}])
    before = [cell.value for cell in openpyxl.load_workbook(path)[CUSTOMERS][1]]
    outcome = process(path, Options(as_of=AS_OF)).outcome
    wanted = {f"C202400{i}": tier for i, (_, tier) in enumerate(FILLED[preset], 1)}
    assert by_id(outcome, "tier") == wanted
    assert not {"owned-name-taken", "missing-column", "unknown-tier", "unit-suspect", "value-not-allowed", "required-missing"} & {
        one.code for one in outcome.findings
    }
    page = openpyxl.load_workbook(path)[CUSTOMERS]
    assert [cell.value for cell in page[1]] == before  # nothing came that was not there
    shown = "建议等级" if preset in ("priority", "strategy") else "客户等级"  # what waits for approval, and what is written
    heads = {name: i for i, name in enumerate(before)}
    assert [page.cell(row, heads[shown] + 1).value for row in (2, 3, 4)] == list(wanted.values())
    assert page.cell(2, heads["下次跟进日期"] + 1).is_date
    counts = openpyxl.load_workbook(path)["客户分类管理表"]
    assert counts.cell(2, 5).value is not None


def test_people_find_drop_downs_formats_comments_and_a_page_that_prints(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(made(tmp_path, "priority"))
    assert book.sheetnames == ["使用说明", CUSTOMERS, LOG, "客户分类管理表", "人员"]
    page = book[CUSTOMERS]
    heads = {cell.value: cell for cell in page[1]}
    lists = {heads_of(rule, page): rule.formula1 for rule in page.data_validations.dataValidation if rule.type == "list"}
    assert lists["客户等级"] == '"S,A,B"'
    assert lists["客户状态"] == '"潜在,意向,成交,流失,复购增购"'
    assert lists["采购计划"] == '"明确,待明确,模糊"'
    assert lists["需求匹配度"] == '"高,中,低"'
    assert lists["审核"] == '"待审核,同意,驳回,待复核"'
    log = book[LOG]
    lists = {heads_of(rule, log): rule.formula1 for rule in log.data_validations.dataValidation if rule.type == "list"}
    assert lists == {"跟进方式": '"电话,拜访,邮件,线上,会议"', "进展": '"有,无,停滞"'}
    assert all(cell.comment and len(cell.comment.text) > 5 for cell in [*heads.values(), *log[1]])
    assert "决定客户等级" in heads["历史合作金额(万元)"].comment.text
    assert (page.freeze_panes, page.print_title_rows, page.page_setup.orientation, page.page_setup.paperSize) == ("C2", "$1:$1", "landscape", 9)


def heads_of(rule: Any, page: Any) -> str:
    return str(page.cell(1, next(iter(rule.sqref.ranges)).min_col).value)


@pytest.mark.parametrize("preset", preset_names())
def test_headers_are_the_catalogues_own(tmp_path: Path, preset: str) -> None:
    book = openpyxl.load_workbook(made(tmp_path, preset))
    known = {field.header for field in table_spec("customers").fields.values()} | set(OWNED)
    heads = [str(cell.value).removesuffix("(万元)").removesuffix("(次/月)").removesuffix("(%)") for cell in book[CUSTOMERS][1]]
    assert set(heads) <= known
    assert len(set(heads)) == len(heads)


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "team.xlsx"
    path.write_bytes(b"the team's own")
    assert "文件已存在" in refusal(crmsheet("init", path))
    assert path.read_bytes() == b"the team's own"
    assert ".xlsx" in refusal(crmsheet("init", tmp_path / "team.xls"))
    assert "crmsheet init 客户.xlsx" in refusal(crmsheet("init"))
    assert "priority" in refusal(crmsheet("init", tmp_path / "new.xlsx", "--preset", "prioriti"))
    assert "不能在这里新建" in refusal(crmsheet("init", tmp_path / "none" / "new.xlsx"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["team.xlsx"]


def test_init_says_what_it_made_and_what_comes_next(tmp_path: Path) -> None:
    result = crmsheet("init", "new.xlsx", cwd=tmp_path)
    told = crmsheet("process", "new.xlsx", *DAY, "--strict", cwd=tmp_path)
    assert told.returncode == 0 and "“客户信息基础表”里还没有客户" in told.stdout
    assert "还没有数据" in crmsheet("check", "new.xlsx", *DAY, "--strict", cwd=tmp_path).stdout
    assert "客户优先级 S/A/B" in result.stdout and "crmsheet process new.xlsx" in result.stdout
    told = json.loads(crmsheet("init", "en.xlsx", "--json", "--lang", "en", cwd=tmp_path).stdout)
    assert (told["path"], told["policy"]) == ("en.xlsx", "priority")
    assert told["tables"]["客户分类管理表"] == ["分类名称", "分类标准", "跟进策略", "负责人", "客户数量"]
    guide = openpyxl.load_workbook(tmp_path / "en.xlsx")["使用说明"]
    assert guide["A1"].value == "How to use this workbook"


def test_a_settled_policy_is_followed_and_another_one_is_pointed_out(tmp_path: Path) -> None:
    (tmp_path / "crmsheet.toml").write_text('policy = "crm"\n', encoding="utf-8")
    assert "规则 crm" in crmsheet("init", "a.xlsx", cwd=tmp_path).stdout
    result = crmsheet("init", "b.xlsx", "--preset", "profile", cwd=tmp_path)
    assert result.returncode == 0
    assert "指定了策略 crm" in result.stderr


def test_a_policy_cell_that_names_none_is_refused_with_a_suggestion(tmp_path: Path) -> None:
    path = made(tmp_path, "crm")
    book = openpyxl.load_workbook(path)
    book["使用说明"]["B3"] = "crn"
    book.save(path)
    line = refusal(crmsheet("check", path))
    assert "使用说明" in line and "crm" in line
    assert "策略：priority" in crmsheet("process", path, "--dry-run", "--policy", "priority").stdout


@pytest.mark.parametrize("preset", preset_names())
def test_the_templates_are_what_init_writes(tmp_path: Path, preset: str) -> None:
    shipped = (ROOT / "templates" / "workbook" / f"{preset}.xlsx").read_bytes()
    path = tmp_path / "new.xlsx"
    assert crmsheet("init", path, "--preset", preset).returncode == 0
    assert parts(path.read_bytes()) == parts(shipped), "run: python docs/make.py"
    assert blank_workbook(load_policy(preset), "zh") == path.read_bytes()  # and again, to the byte
