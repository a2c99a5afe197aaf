"""--per-owner: files that hold one owner's customers and nothing of another's; sheets per owner; --open."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import zipfile
from html import unescape
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sheets import AS_OF, Rows, write_workbook

from crmsheet.job import Job
from crmsheet.owners import owner_parts
from crmsheet.process_command import process_all
from crmsheet.review.outputs import safe_name
from crmsheet.review.own_files import clear_stale
from crmsheet.run import Options, check

D = dt.date
# two owners whose customers' names are alike (similar-name names both), one customer without an owner
CUSTOMERS: Rows = [
    ["客户编号", "客户名称", "负责人", "历史合作金额(万元)", "优先级", "首次接触时间", "客户状态"],
    ["C0000001", "东海新能源科技有限公司", "王*", 120, "S", D(2024, 1, 2), "意向"],
    ["C0000002", "东海新能源科技公司", "李*", 20, "A", D(2024, 1, 3), "成交"],
    ["C0000003", "苏州恒远制造有限公司", "李*", 60, "A", D(2024, 3, 1), "意向"],
    ["C0000004", "宁波港通物流有限公司", None, 60, "B", D(2024, 3, 1), "意向"],
]
LOG: Rows = [["客户编号", "跟进时间", "跟进方式", "沟通内容摘要", "客户反馈/异议", "下一步计划"],
             ["C0000001", D(2024, 1, 10), "电话", "谈光伏扩容", "价格偏高", "发方案"],
             ["C0000002", D(2024, 3, 11), "电话", "谈储能续约", "可以接受", "寄合同"],
             ["C0000003", D(2024, 3, 12), "拜访", "看注塑车间", "再考虑", "约复访"]]  # fmt: skip
STRATEGY: Rows = [["客户名称", "客户类型", "当前核心策略", "关键监测指标", "负责人"],
                  ["苏州恒远制造有限公司", "低价值风险型", "每月回访车间", "复购率≥80%/60%", "李*"]]  # fmt: skip
MARKS = {  # what only one owner's files may hold
    "王": ("C0000001", "东海新能源科技有限公司", "谈光伏扩容", "价格偏高"),
    "李": ("C0000002", "C0000003", "东海新能源科技公司", "苏州恒远制造有限公司", "谈储能续约", "再考虑", "每月回访车间"),
    "未分配": ("C0000004", "宁波港通物流有限公司"),
}


@pytest.fixture
def team(tmp_path: Path) -> Path:
    return write_workbook(tmp_path / "team.xlsx", {"客户": CUSTOMERS, "跟进记录": LOG, "策略调整表": STRATEGY})


def processed(team: Path, **more: Any) -> Path:
    assert process_all([team], Job(as_of=AS_OF, policy="priority", quiet=True, **more)) == 0
    return team.parent / "crmsheet-reviews"


def texts(path: Path) -> str:
    """Everything that a file holds, part by part, and the names of the parts."""
    if path.suffix == ".html":
        return unescape(path.read_text(encoding="utf-8"))
    with zipfile.ZipFile(path) as file:
        return unescape("\n".join(f"{name}\n{file.read(name).decode('utf-8', 'replace')}" for name in file.namelist()))


def test_each_owner_gets_a_page_and_an_excel_file_and_those_without_one_too(team: Path) -> None:
    folder = processed(team, per_owner=True) / "team-2024-03-20-owners"
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{name}.{kind}" for name in MARKS for kind in ("html", "xlsx"))


def test_a_second_run_of_the_day_leaves_no_file_of_an_owner_who_has_no_customers_any_more(team: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = processed(team, per_owner=True) / "team-2024-03-20-owners"
    (folder / "说明.html").write_text("团队自己的文件", encoding="utf-8")  # nothing that crmsheet wrote
    (folder / "未分配.xlsx").write_bytes(b"somebody changed it")
    book = openpyxl.load_workbook(team)
    for row in (3, 4, 5):
        book["客户"][f"C{row}"] = "王*"
    book.save(team)
    processed(team, per_owner=True)
    assert sorted(path.name for path in folder.iterdir()) == ["未分配.xlsx", "王.html", "王.xlsx", "说明.html"]
    said = capsys.readouterr().err
    assert "已删除上次生成、这次没有的文件：李.html、李.xlsx、未分配.html" in said
    assert "没有删除，请勿再发送：未分配.xlsx" in said


def test_a_list_that_names_files_elsewhere_or_is_damaged_removes_nothing(tmp_path: Path) -> None:
    folder, other = tmp_path / "owners", tmp_path / "team.xlsx"
    folder.mkdir()
    other.write_bytes(b"x")
    digest = hashlib.sha256(b"x").hexdigest()
    (tmp_path / ".owners.files").write_text(f"{digest}  ../team.xlsx\n{digest}  {other}\nnonsense\n", encoding="utf-8")
    assert clear_stale(folder, []) == ((), ()) and other.exists()
    (tmp_path / ".owners.files").write_bytes(b"\xff\xfe\x00")
    assert clear_stale(folder, []) == ((), ())


def test_no_file_holds_anything_of_another_owner_s_customers(team: Path) -> None:
    folder = processed(team, per_owner=True) / "team-2024-03-20-owners"
    files = list(folder.iterdir())
    assert len(files) == 6
    for path in files:
        held = texts(path)
        for owner, marks in MARKS.items():
            for mark in marks:
                if owner != path.stem:
                    assert mark not in held, f"{path.name}: {mark}"
        assert MARKS[path.stem][0] in held and MARKS[path.stem][1] in held


def test_what_is_about_the_owner_s_own_customers_is_all_there(team: Path) -> None:
    folder = processed(team, per_owner=True) / "team-2024-03-20-owners"
    page, book = texts(folder / "李.html"), texts(folder / "李.xlsx")
    for held in (page, book):
        for mark in ("C0000002", "C0000003", "每月回访车间", "复购率", "李*"):
            assert mark in held, mark
    whole = texts(folder.parent / "team-2024-03-20.html")
    assert "东海新能源科技公司" in whole and "相同" not in page
    names = openpyxl.load_workbook(folder / "李.xlsx").sheetnames
    assert names[0] == "本周计划" and "待审核" not in names and "经营指标" not in names


def test_a_part_is_an_outcome_whose_tasks_and_actions_are_its_customers_own(team: Path) -> None:
    outcome = check(team, Options(as_of=AS_OF, policy="priority")).outcome
    parts = {part.owner: part.outcome for part in owner_parts(outcome)}
    assert list(parts) == ["李*", "王*", None]
    for part in parts.values():
        assert set(part.tasks["customer"]) <= set(range(len(part.customers)))
        for at, (ident, task) in enumerate(zip(part.customers["id"], part.customers["task"], strict=True)):
            mine = outcome.customers[outcome.customers["id"] == ident].iloc[0]
            assert part.tasks.iloc[task]["customer"] == at
            assert part.tasks.iloc[task]["text"] == outcome.tasks.iloc[mine["task"]]["text"]
    assert sum(len(part.tasks) for part in parts.values()) == len(outcome.tasks)


def test_a_finding_that_names_another_owner_s_customer_names_it_no_more(team: Path) -> None:
    outcome = check(team, Options(as_of=AS_OF, policy="priority")).outcome
    assert [str(one.where) for one in outcome.findings if one.code == "similar-name"] == ["客户!B3"]
    part = next(part.outcome for part in owner_parts(outcome) if part.owner == "李*")
    row = part.customers[part.customers["id"] == "C0000002"].iloc[0]
    assert "东海新能源科技公司" in row["issues"] and "其他负责人的客户" in row["issues"] and "有限" not in row["issues"]


def test_the_files_names_are_safe_on_windows() -> None:
    taken = set[str]()
    names = ["王*", "王?", "a/b\\c:d", "CON", "com1.x", "结尾. ", "李四", "LISI", "lisi", "长" * 200, "***"]
    assert [safe_name(name, taken) for name in names] == [
        "王", "王 2", "a b c d", "_CON", "_com1.x", "结尾", "李四", "LISI", "lisi 2", "长" * 60, "-"]  # fmt: skip


def test_a_dry_run_makes_no_files_and_the_document_says_where_they_lie(team: Path, capfd: pytest.CaptureFixture[str]) -> None:
    processed(team, per_owner=True, dry_run=True)
    assert not (team.parent / "crmsheet-reviews").exists()
    capfd.readouterr()
    folder = processed(team, per_owner=True, as_json=True)
    out = capfd.readouterr().out
    assert f'"owners":"{folder / "team-2024-03-20-owners"}"' in out.replace('": ', '":')


# ---- sheets per owner in the team's review


def test_each_owner_has_a_sheet_that_the_index_on_the_first_leads_to(team: Path) -> None:
    book = openpyxl.load_workbook(processed(team) / "team-2024-03-20.xlsx")
    assert {"王", "李", "未指定负责人"} <= set(book.sheetnames)
    first = book[book.sheetnames[0]]
    links = {cell.value: cell.hyperlink.location for row in first.iter_rows() for cell in row if cell.hyperlink and "!A" in cell.hyperlink.location}
    assert links["王*"] == "'王'!A1" and links["李*"] == "'李'!A1" and links["待审核"] == "'待审核'!A1"
    top = links["转到目录（本页下方）"]
    at = first[re.sub(".*!", "", top)]
    assert at.value == "目录"
    assert first.print_area.endswith(f"${at.row - 2}")  # what is printed ends above it, a blank row between
    ids = {cell.value for row in book["李"].iter_rows() for cell in row if re.fullmatch("C[0-9]{7}", str(cell.value))}
    assert ids == {"C0000002", "C0000003"}


def test_no_more_than_thirty_owners_have_sheets_and_the_rest_is_said(tmp_path: Path) -> None:
    rows = [[f"C{i:07d}", f"客户{i}公司", f"负责人{i:02d}", 60, "A", D(2024, 1, 1 + i % 28), "意向"] for i in range(33)]
    team = write_workbook(tmp_path / "team.xlsx", {"客户": [CUSTOMERS[0], *rows]})
    book = openpyxl.load_workbook(processed(team) / "team-2024-03-20.xlsx")
    assert sum(name.startswith("负责人") for name in book.sheetnames) == 30
    said = [cell.value for row in book[book.sheetnames[0]].iter_rows() for cell in row if isinstance(cell.value, str)]
    assert any("另有 3 位负责人没有单独的表" in text for text in said)


# ---- --open


class Browser:
    def __init__(self, works: bool = True) -> None:
        self.opened: list[str] = []
        self.works = works

    def __call__(self, address: str) -> bool:
        self.opened.append(address)
        return self.works


def test_open_shows_the_page_once_it_is_written(team: Path, capfd: pytest.CaptureFixture[str]) -> None:
    browser = Browser()
    folder = processed(team, open_review=True, opener=browser)
    assert browser.opened == [(folder / "team-2024-03-20.html").as_uri()]
    assert "浏览器" not in capfd.readouterr().err
    processed(team, open_review=True, opener=browser, dry_run=True)
    processed(team, open_review=True, opener=browser, as_json=True)
    assert len(browser.opened) == 1


def test_without_a_browser_a_line_says_which_file_to_open(team: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = processed(team, open_review=True, opener=Browser(works=False))
    err = capfd.readouterr().err
    assert "没有可用的浏览器" in err and str(folder / "team-2024-03-20.html") in err


def test_without_open_nothing_is_shown(team: Path) -> None:
    browser = Browser()
    processed(team, opener=browser)
    assert browser.opened == []
