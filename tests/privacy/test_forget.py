"""``forget``: every place where a customer stands is listed, and cleared where that was asked for."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from openpyxl.comments import Comment
from sheets import Rows, by_id, judged, write_workbook

from crmsheet.cli import cli

AS_OF = ("--as-of", "2024-03-20")
DAY = dt.date(2024, 3, 1)
CUSTOMERS: Rows = [
    ["客户编号", "客户名称", "负责人", "历史合作金额(万元)", "优先级", "联系人", "联系电话", "首次接触时间", "备注"],
    ["C0000001", "忘川实业", "王*", 120, None, "陈小芳", "13812345678", DAY, None],
    ["C0000012", "乙公司", "李*", 60, "B级", "刘大志", "13912345678", DAY, "由忘川实业介绍"],
    ["C0000003", "丙公司", "李*", 30, "B级", "赵六六", "13712345678", DAY, None],
]
LOG: Rows = [
    ["客户编号", "客户名称", "跟进时间", "跟进方式", "沟通内容摘要"],
    ["C0000001", "忘川实业", DAY, "电话", "谈了价格"],
    ["C0000012", "乙公司", DAY, "电话", "谈了合同"],
    [None, "忘川实业", DAY, "拜访", "看了厂房"],
]
STRATEGY: Rows = [
    ["客户名称", "客户类型", "当前核心策略", "关键监测指标", "效果评估", "负责人"],
    ["忘川实业", "A", "稳住", "复购率≥80%/85%", None, "王*"],
    ["乙公司", "A", "稳住", "复购率≥80%/85%", None, "王*"],
]
TELLS = ("忘川实业", "C0000001", "陈小芳", "13812345678")


def crmsheet(*arguments: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(cli, [*map(str, arguments)], standalone_mode=False, env={"LANG": None, "LC_ALL": None})
    if done.exception is not None:
        raise done.exception
    return int(done.return_value or 0), done.stdout, done.stderr


@pytest.fixture
def team(tmp_path: Path) -> Path:
    path = write_workbook(tmp_path / "team.xlsx", {"客户": CUSTOMERS, "跟进记录": LOG, "策略": STRATEGY})
    crmsheet("process", path, *AS_OF)
    return path


def forget(path: Path, customer: str, *more: str) -> tuple[dict[str, Any], str]:
    code, said, told = crmsheet("forget", path, customer, *AS_OF, "--json", *more)
    assert code == 0, told
    return json.loads(said), told


def unfolded(path: Path) -> list[str]:
    """Every text of a file: zip members inflated, packed lists of a page unpacked."""
    data = path.read_bytes()
    if data.startswith(b"PK"):
        with zipfile.ZipFile(path) as archive:
            return [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
    packed = [gzip.decompress(base64.b64decode(one)) for one in re.findall(rb"H4sI[A-Za-z0-9+/]+=*", data)]
    return [one.decode("utf-8", "replace") for one in (data, *packed)]


def holding(folder: Path) -> set[str]:
    """Files below a folder in which the customer can still be told."""
    files = [p for p in folder.rglob("*") if p.is_file()]
    return {p.relative_to(folder).as_posix() for p in files if any(word in text for text in unfolded(p) for word in TELLS)}


@pytest.mark.parametrize("asked", ["C0000001", "c0000001 ", "忘川实业", "客户!B2"])
def test_every_place_is_listed_by_number_name_or_cell_and_nothing_changes(team: Path, asked: str) -> None:
    before = {p: p.read_bytes() for p in team.parent.rglob("*") if p.is_file()}
    found, told = forget(team, asked)
    assert (found["customers"], found["followups"], found["strategy"]) == (["客户!2"], ["跟进记录!2", "跟进记录!4"], ["策略!2"])
    assert found["mentions"] == ["客户!I3"]
    assert [ref[:6] for ref in found["ledger"]] == ["等级变更记录"] * len(found["ledger"]) and found["ledger"]
    assert found["runs"] == ["运行记录!J2"]
    assert found["mirror"] == 1
    assert [Path(one).parent.name for one in found["backups"]] == ["backups"]
    assert sorted(Path(one).suffix for one in found["reviews"]) == [".html", ".json", ".xlsx"]
    assert not any(word in told for word in ("陈小芳", "13812345678"))
    assert {p: p.read_bytes() for p in team.parent.rglob("*") if p.is_file()} == before


def test_remove_clears_the_rows_and_masks_the_history_whose_counts_stay(team: Path) -> None:
    rows = openpyxl.load_workbook(team)["等级变更记录"].max_row
    found, told = forget(team, "C0000001", "--remove")
    book = openpyxl.load_workbook(team)
    assert [cell.value for cell in book["客户"][2]] == [None] * book["客户"].max_column
    assert [cell.value for cell in book["跟进记录"][4]] == [None] * 5
    assert book["客户"]["B3"].value == "乙公司" and book["跟进记录"]["B3"].value == "乙公司" and book["策略"]["A3"].value == "乙公司"
    assert book["等级变更记录"].max_row == rows
    signs = {cell.value for row in book["等级变更记录"].iter_rows(min_row=2) for cell in row if str(cell.value).startswith("已删除-")}
    assert len(signs) == 1
    assert book["客户"]["I3"].value == "由忘川实业介绍" and "客户!I3" in told  # another customer's words are a person's to change
    assert found["removed"]["files"] == [] and "--backups" in told
    assert by_id(judged(team), "tier").keys() == {"C0000012", "C0000003"}


def test_with_backups_and_reviews_nothing_is_left_but_what_was_named(team: Path) -> None:
    stranger = team.parent / "crmsheet-reviews" / "notes.html"
    stranger.write_text("忘川实业", encoding="utf-8")
    book = openpyxl.load_workbook(team)
    book["客户"]["I3"].value = None
    book.save(team)
    forget(team, "忘川实业", "--remove", "--backups", "--reviews")
    assert holding(team.parent) == {"crmsheet-reviews/notes.html"}  # no review of ours: a file of the team's stays


def test_without_them_backups_and_reviews_stay_and_undo_brings_the_customer_back(team: Path) -> None:
    before = team.read_bytes()
    forget(team, "C0000001", "--remove")
    assert len(list((team.parent / "crmsheet-reviews").iterdir())) == 3
    assert crmsheet("undo", team)[0] == 0
    assert team.read_bytes() == before


def test_the_next_run_goes_on_as_if_the_customer_had_never_been_there(team: Path) -> None:
    forget(team, "C0000001", "--remove", "--backups")
    code, _, _ = crmsheet("process", team, "--as-of", "2024-03-27")
    assert code == 0
    outcome = judged(team, as_of=dt.date(2024, 3, 27))
    assert len(outcome.customers) == 2
    assert {one.code for one in outcome.findings} & {"former-copy", "row-shifted", "dangling-followup"} == set()
    before = team.read_bytes()
    crmsheet("process", team, "--as-of", "2024-03-27")
    assert team.read_bytes() == before


def test_many_forgotten_in_a_row_do_not_end_the_table(tmp_path: Path) -> None:
    rows = [CUSTOMERS[0], *([f"C{i:07d}", f"第{i}公司", "王*", 20, "B级", None, None, DAY, None] for i in range(1, 13))]
    path = write_workbook(tmp_path / "team.xlsx", {"客户": rows})
    for i in range(2, 9):
        forget(path, f"C{i:07d}", "--remove", "--backups")
    assert list(by_id(judged(path), "tier")) == ["C0000001", "C0000009", "C0000010", "C0000011", "C0000012"]


def test_a_name_that_two_customers_bear_is_refused_with_their_cells(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "team.xlsx", {"客户": [*CUSTOMERS, ["C0000004", "忘川实业", "王*", 1, "B级"]], "跟进记录": LOG})
    code, _, told = crmsheet("forget", path, "忘川实业", *AS_OF, "--remove")
    assert code == 2 and "客户!2" in told and "客户!5" in told and "忘川实业" not in told
    found, _ = forget(path, "C0000001")
    assert found["followups"] == ["跟进记录!2"]  # a row with the shared name alone is nobody's for sure
    assert set(found["mentions"]) > {"客户!B5", "跟进记录!B4"}


def test_somebody_who_is_nowhere_is_refused_and_not_repeated(team: Path) -> None:
    code, said, told = crmsheet("forget", team, "查无此人", *AS_OF, "--remove")
    assert code == 2 and said == "" and "查无此人" not in told and len(told.splitlines()) == 1


def test_formulas_and_comments_are_named(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "team.xlsx", {"客户": CUSTOMERS})

    def change(sheet: Any) -> None:
        sheet["I2"].value = "=B2"
        sheet["A4"].comment = Comment("陈小芳", "王*")

    edit(path, change)
    found, told = forget(path, "C0000001", "--remove")
    assert found["left"] == ["客户!I2"] and [Path(one).suffix for one in found["parts"]] == [".xml"]
    assert "客户!I2" in told and "comment" in told


def edit(path: Path, change: Callable[[Any], None]) -> None:
    book = openpyxl.load_workbook(path)
    change(book["客户"])
    book.save(path)


def test_a_dry_run_lists_the_cells_and_writes_nothing(team: Path) -> None:
    before = {p: p.read_bytes() for p in team.parent.rglob("*") if p.is_file()}
    code, said, _ = crmsheet("forget", team, "C0000001", *AS_OF, "--remove", "--backups", "--reviews", "--dry-run")
    assert code == 0 and "客户!A2" in said.splitlines()
    assert {p: p.read_bytes() for p in team.parent.rglob("*") if p.is_file()} == before


def test_a_person_as_customer_is_found_by_number_in_the_masked_reviews(tmp_path: Path) -> None:
    rows: Rows = [["客户编号", "客户名称", "客户类型", "负责人", "历史合作金额(万元)"], ["C0000001", "陈小芳", "个人", "王*", 3], ["C0000002", "乙公司", "企业", "王*", 3]]
    path = write_workbook(tmp_path / "team.xlsx", {"客户": rows})
    crmsheet("process", path, *AS_OF)
    found, told = forget(path, "C0000001", "--remove", "--backups", "--reviews")
    assert len(found["reviews"]) >= 1 and "陈小芳" not in told
    assert holding(tmp_path) == set()
