"""Who is who: the workbook's 人员 table and crmsheet.toml, which wins."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from sheets import AS_OF, Rows, codes, write_workbook

from crmsheet.assess import Assessment, Options
from crmsheet.errors import PolicyError
from crmsheet.forget_command import forget_one
from crmsheet.job import Job
from crmsheet.run import check
from crmsheet.todo_commands import remind_one

CUSTOMERS: Rows = [["客户编号", "客户名称", "负责人", "年合作额(万元)", "客户等级", "首次接触时间"], ["C0000001", "甲公司", "张三", 60, "A", dt.date(2024, 3, 1)]]


def team(folder: Path, people: Rows, settings: str = "", log: Rows = ()) -> Assessment:
    (folder / "crmsheet.toml").write_text(settings, encoding="utf-8")
    sheets: dict[str, Rows] = {"客户": CUSTOMERS, "人员": people} | ({"跟进记录": log} if log else {})
    return check(write_workbook(folder / "team.xlsx", sheets), Options(as_of=AS_OF, policy="crm"))


def test_the_table_is_read_like_any_other(tmp_path: Path) -> None:
    people = [["团队人员"], [None], ["姓名", "角色", "在职状态", "离职日期", "接手人"], ["张三", "销售助理", "离职", dt.date(2024, 3, 15), "李四"],
              ["李四", "资深销售", "在职"], ["王五", "销售代表", None, "2024-04-30"], ["赵六", "团队负责人", "在职"]]  # fmt: skip
    done = team(tmp_path, people)
    assert [(one.kind, one.sheet) for one in done.outcome.regions] == [("customers", "客户"), ("people", "人员")]
    assert [tuple(one) for one in done.team.members.values()] == [
        ("张三", "assistant", True, dt.date(2024, 3, 15), "李四"), ("李四", "senior", False, None, None),
        ("王五", None, True, dt.date(2024, 4, 30), None), ("赵六", "lead", False, None, None),
    ]  # fmt: skip
    assert not [code for code, _ in codes(done.outcome) if code.startswith("person-")]


def test_a_list_of_names_and_roles_alone_is_enough_and_other_lists_of_staff_are_left_alone(tmp_path: Path) -> None:
    assert [one.kind for one in team(tmp_path, [["姓名", "角色"], ["张三", "资深销售"]]).outcome.regions] == ["customers", "people"]
    assert [one.kind for one in team(tmp_path, [["工号", "姓名", "部门", "岗位"], ["1", "张三", "销售", "经理"]]).outcome.regions] == ["customers"]
    assert [one.kind for one in team(tmp_path, [["姓名", "角色", "电话"], ["张三", "决策人", "x"]]).outcome.regions] == ["customers"]


def test_the_lead_of_the_table_agrees_in_bulk_and_nobody_else(tmp_path: Path) -> None:
    path = team(tmp_path, [["姓名", "角色"], ["赵六", "团队负责人"]]).tables.customers and tmp_path / "team.xlsx"
    check(path, Options(as_of=AS_OF, policy="crm", approve="all", approver="赵六"))
    with pytest.raises(PolicyError, match="赵六"):
        check(path, Options(as_of=AS_OF, policy="crm", approve="all", approver="张三"))


def test_the_digest_names_the_lead_of_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    team(tmp_path, [["姓名", "角色"], ["赵六", "团队负责人"]])
    remind_one(tmp_path / "team.xlsx", Job(as_of=AS_OF, policy="crm", digest=True))
    assert "赵六" in capsys.readouterr().out.splitlines()[-3]


def test_crmsheet_toml_wins_and_the_contradiction_is_told_at_the_cell(tmp_path: Path) -> None:
    people = [["姓名", "角色", "状态"], ["赵六", "团队负责人", "在职"], ["张三", "销售助理", "离职"], ["李四", "资深销售", "在职"]]
    done = team(tmp_path, people, '[roles]\nlead = ["孙七"]\n[people."张三"]\nleft = false\n[people."李四"]\nrole = "assistant"\nleft = 2024-04-01\n')
    told = [where for code, where in codes(done.outcome) if code == "person-contradiction"]
    assert told == ["人员!B2", "人员!C3", "人员!B4", "人员!C4"]
    assert done.team.lead == ("孙七",)
    assert [(one, done.team.member(one).role, done.team.member(one).left) for one in ("赵六", "张三", "李四", "孙七")] == [
        ("赵六", None, False), ("张三", "assistant", False), ("李四", "assistant", True), ("孙七", "lead", False)]  # fmt: skip


def test_what_agrees_or_adds_is_no_contradiction(tmp_path: Path) -> None:
    people = [["姓名", "角色", "状态"], ["赵六", "负责人", "在职"], ["张三", "销售助理", None]]
    done = team(tmp_path, people, '[roles]\nlead = ["赵*"]\n[people."张三"]\nrole = "assistant"\n')
    assert not [code for code, _ in codes(done.outcome) if code.startswith("person-")]


def test_a_name_that_stands_twice_and_differs_is_told(tmp_path: Path) -> None:
    done = team(tmp_path, [["姓名", "角色", "状态"], ["张三", "销售助理", "在职"], ["张三", "销售助理", "离职"], ["李四", "销售", "在职"], ["李四", "销售", "在职"]])
    assert [where for code, where in codes(done.outcome) if code.startswith("person-")] == ["人员!A3"]
    assert not done.team.member("张三").left


def test_a_senior_person_of_the_table_meets_what_asks_for_one(tmp_path: Path) -> None:
    # crm A: 高层沟通 once a month, met by the word 高层 or by a senior person in 跟进人
    log = [["客户编号", "跟进时间", "跟进方式", "跟进人", "沟通内容摘要"], ["C0000001", dt.date(2024, 3, 18), "电话", "李四", "谈了续约的价格"]]
    plain = team(tmp_path, [["姓名", "角色"], ["李四", "销售"]], log=log).outcome.tasks
    senior = team(tmp_path, [["姓名", "角色"], ["李四", "资深销售"]], log=log).outcome.tasks
    due = [one.set_index("name")["due"]["高层沟通"].date() for one in (plain, senior)]
    assert due == [dt.date(2024, 4, 1), dt.date(2024, 4, 18)]  # first contact 2024-03-01, or the talk, and a month


def test_forgetting_a_customer_leaves_a_person_of_the_same_name_in_the_list(tmp_path: Path) -> None:
    team(tmp_path, [["姓名", "角色"], ["甲公司", "销售"]])
    assert forget_one(tmp_path / "team.xlsx", "C0000001", Job(as_of=AS_OF, remove=True)) == 0
    book = openpyxl.load_workbook(tmp_path / "team.xlsx")
    assert (book["客户"]["B2"].value, book["人员"]["A2"].value) == (None, "甲公司")
