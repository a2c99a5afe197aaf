"""Follow-ups in a workbook of their own (--log): read like those of the team's own, cited with their file, never written."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import openpyxl
import pytest
from sheets import AS_OF, write_workbook
from test_command_line import crmsheet

from crmsheet.assess import Options
from crmsheet.errors import InputError, TableError
from crmsheet.run import check

DAY = AS_OF.isoformat()
CUSTOMERS = [
    ["客户编号", "客户名称", "负责人", "历史合作金额(万元)", "优先级", "首次接触时间"],
    ["C0000001", "甲公司", "王*", 120, "S级", dt.date(2023, 3, 1)],
    ["C0000002", "乙公司", "李*", 60, "A级", dt.date(2024, 1, 2)],
    ["C0000003", "丙公司", "李*", 30, "B级", dt.date(2024, 3, 1)],
]
HEAD = ["客户编号", "跟进时间", "跟进方式", "沟通主题", "客户反馈", "下一步计划", "预计完成时间"]
EARLY = [
    ["C0000001", dt.date(2024, 3, 11), "电话", "报价", "价格偏高", "调整报价", dt.date(2024, 3, 18)],
    ["C0000002", dt.date(2024, 2, 1), "邮件", "资料", "已收到", None, None],
]
LATE = [
    ["C0000003", dt.date(2024, 3, 14), "电话", "回访", "考虑中", "再联系", dt.date(2024, 3, 25)],
    ["C0000009", dt.date(2024, 3, 15), "电话", "回访", "考虑中", None, None],  # no such customer
]


def as_1904(path: Path) -> None:
    """Count the workbook's days from 1904, as files from an old Mac do."""
    book = openpyxl.load_workbook(path)
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.save(path)


@pytest.mark.parametrize("mac", [False, True])
def test_a_log_apart_says_what_it_says_within(tmp_path: Path, mac: bool) -> None:
    whole = write_workbook(tmp_path / "整.xlsx", {"客户信息基础表": CUSTOMERS, "跟进记录": [HEAD, *EARLY, *LATE]})
    team = write_workbook(tmp_path / "团队.xlsx", {"客户信息基础表": CUSTOMERS, "跟进记录": [HEAD, *EARLY]})
    log = write_workbook(tmp_path / "日志.xlsx", {"三月": [HEAD, *LATE]})
    if mac:
        as_1904(log)
    one = check(whole, Options(as_of=AS_OF)).outcome
    two = check(team, Options(as_of=AS_OF, logs=(log,))).outcome
    for column in ("tier", "last_followup", "status", "overdue_days", "move", "score", "evidence"):
        assert two.customers[column].tolist() == one.customers[column].tolist(), column
    for column in ("customer", "due", "text", "status"):
        assert two.tasks[column].tolist() == one.tasks[column].tolist(), column
    there = re.compile("跟进记录!([A-Z])([45])")  # the last two entries are rows 2 and 3 of the other workbook
    moved = [(f.code, there.sub(lambda at: f"[日志.xlsx]三月!{at[1]}{int(at[2]) - 2}", str(f.where))) for f in one.findings]
    assert sorted((f.code, str(f.where)) for f in two.findings) == sorted(moved)
    assert ("dangling-followup", "[日志.xlsx]三月!A3") in moved
    promise = two.tasks[two.tasks["kind"] == "commitment"]["cells"].tolist()
    assert any("[日志.xlsx]三月!F2" in cells for cells in promise)


def test_the_command_writes_the_team_and_leaves_the_log(tmp_path: Path) -> None:
    team = write_workbook(tmp_path / "team.xlsx", {"客户信息基础表": CUSTOMERS})
    log = write_workbook(tmp_path / "log.xlsx", {"跟进记录": [HEAD, *EARLY, *LATE]})
    before = log.read_bytes()
    told = json.loads(crmsheet("process", team, "--log", log, "--as-of", DAY, "--json", cwd=tmp_path).stdout)
    assert log.read_bytes() == before and not (tmp_path / "log.xlsx.lock").exists()
    assert [(one["kind"], one["sheet"]) for one in told["tables"]] == [("customers", "客户信息基础表"), ("followups", "[log.xlsx]跟进记录")]
    assert {one["id"]: one["last_followup"] for one in told["customers"]} == {
        "C0000001": "2024-03-11", "C0000002": "2024-02-01", "C0000003": "2024-03-14",
    }  # fmt: skip
    review = openpyxl.load_workbook(told["outputs"]["xlsx"])
    targets = [cell.hyperlink.target or "" for page in review for row in page.iter_rows() for cell in row if cell.hyperlink]
    assert targets and not any("[log" in target for target in targets)  # there is no such sheet in the team's workbook


def test_a_workbook_without_follow_ups_or_no_workbook_is_refused_by_name(tmp_path: Path) -> None:
    team = write_workbook(tmp_path / "team.xlsx", {"客户信息基础表": CUSTOMERS})
    other = write_workbook(tmp_path / "其他.xlsx", {"表": [["甲", "乙"], [1, 2]]})
    with pytest.raises(TableError) as refused:
        check(team, Options(as_of=AS_OF, logs=(other,)))
    assert refused.value.zh.startswith(f"{other}: 没有找到跟进记录表")
    done = crmsheet("check", team, "--log", tmp_path / "none.xlsx", "--as-of", DAY, cwd=tmp_path)
    assert done.returncode == 2 and "none.xlsx" in done.stderr and done.stderr.count("\n") == 1


def csv_of(path: Path, rows: list[list[object]]) -> Path:
    path.write_text("\n".join(",".join("" if value is None else str(value) for value in row) for row in rows), encoding="utf-8")
    return path


def test_a_folder_of_logs_is_read_file_by_file_in_their_names_order(tmp_path: Path) -> None:
    team = write_workbook(tmp_path / "team.xlsx", {"客户信息基础表": CUSTOMERS})
    logs = tmp_path / "日志"
    logs.mkdir()
    write_workbook(logs / "2 三月.XLSX", {"跟进记录": [HEAD, *LATE]})
    csv_of(logs / "1 二月.csv", [HEAD, *EARLY])
    (logs / "说明.txt").write_text("不是记录", encoding="utf-8")
    for left in ("~$2 三月.xlsx", ".隐藏.csv"):
        (logs / left).write_bytes(b"\x05none")
    (logs / "旧.xlsx").mkdir()  # a folder
    found = check(team, Options(as_of=AS_OF, logs=(logs,))).outcome
    assert [one.sheet for one in found.regions] == ["客户信息基础表", "[1 二月.csv]1 二月", "[2 三月.XLSX]跟进记录"]
    assert [f"{day:%m-%d}" for day in found.customers["last_followup"]] == ["03-11", "02-01", "03-14"]
    assert ("dangling-followup", "[2 三月.XLSX]跟进记录!A3") in [(one.code, str(one.where)) for one in found.findings]


def test_the_workbook_s_own_folder_may_hold_its_logs(tmp_path: Path) -> None:
    team = write_workbook(tmp_path / "team.xlsx", {"客户信息基础表": CUSTOMERS, "跟进记录": [HEAD, *EARLY]})
    csv_of(tmp_path / "late.csv", [HEAD, *LATE])
    found = check(team, Options(as_of=AS_OF, logs=(tmp_path,))).outcome
    assert found.log_entries == 4  # its own two are not read twice


def test_every_file_of_a_folder_that_cannot_be_used_is_named_at_once(tmp_path: Path) -> None:
    team = write_workbook(tmp_path / "team.xlsx", {"客户信息基础表": CUSTOMERS})
    logs = tmp_path / "日志"
    logs.mkdir()
    with pytest.raises(InputError, match="没有跟进记录文件"):
        check(team, Options(as_of=AS_OF, logs=(logs,)))
    csv_of(logs / "a.csv", [HEAD, *EARLY])
    for name in ("c.xlsx", "b.xlsx"):
        (logs / name).write_bytes(b"PK no workbook")
    with pytest.raises(InputError, match=r"b\.xlsx.*；.*c\.xlsx"):
        check(team, Options(as_of=AS_OF, logs=(logs,)))
    for name in ("c.xlsx", "b.xlsx"):
        write_workbook(logs / name, {"表": [["甲", "乙"], [1, 2]]})
    with pytest.raises(TableError, match=r"b\.xlsx: 没有找到跟进记录表.*；.*c\.xlsx: 没有找到"):
        check(team, Options(as_of=AS_OF, logs=(logs,)))
