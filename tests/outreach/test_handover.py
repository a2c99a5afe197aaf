"""Handover: whose customers, to whom and why, what they must know; in the review and on the terminal."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from schemas import valid
from sheets import AS_OF, Rows, write_workbook

from crmsheet.assess import Options
from crmsheet.cli import cli
from crmsheet.handover_command import handover_one
from crmsheet.job import Job
from crmsheet.resources import template_text
from crmsheet.review.outputs import write_outputs
from crmsheet.run import check

D = dt.date
HEAD = ["客户编号", "客户名称", "负责人", "年合作额(万元)", "客户等级", "首次接触时间", "下次联系时间", "联系人", "联系电话"]
PEOPLE: Rows = [["姓名", "角色", "状态", "离职日期", "接手人"], ["张三", "资深销售", "离职", D(2024, 3, 15)], ["李四", "资深销售", "在职"],
                ["王五", "资深销售", "在职"], ["钱七", "销售助理", "在职"], ["赵六", "团队负责人", "在职"]]  # fmt: skip
LOG: Rows = [["客户编号", "跟进时间", "跟进方式", "沟通内容摘要", "客户反馈/异议", "下一步计划", "预计完成时间"],
             *(["C0000001", D(2024, 3, day), "电话", f"第{day}次谈话", None] for day in (1, 4, 8)),
             ["C0000001", D(2024, 3, 14), "电话", "陈小明13812345678要样品", "觉得贵", "寄样品", D(2024, 3, 22)]]  # fmt: skip


def customer(number: int, owner: str, tier: str, promised: dt.date | None = None) -> list[Any]:
    return [f"C{number:07}", f"甲{number}公司", owner, {"A": 60, "B": 20, "C": 5}[tier], tier, D(2024, 3, 1), promised, "陈小明", "13912345678"]


TEAM = [customer(1, "张三", "A"), customer(2, "李四", "A"), customer(3, "张三", "B", D(2024, 3, 25)), customer(4, "钱七", "A"), customer(5, "钱七", "B")]


def book(folder: Path, rows: Rows = TEAM, people: Rows = PEOPLE, **sheets: Rows) -> Path:
    return write_workbook(folder / "team.xlsx", {"客户": [HEAD, *rows], "人员": people, "跟进记录": LOG, **sheets})


def handed(path: Path, capsys: pytest.CaptureFixture[str], policy: str = "crm", **more: Any) -> list[dict[str, Any]]:
    assert handover_one(path, Job(as_of=AS_OF, policy=policy, as_json=True, **more)) == 0
    customers: list[dict[str, Any]] = valid("handover", capsys.readouterr().out)["customers"]
    return customers


def review(path: Path) -> None:
    outcome = check(path, Options(as_of=AS_OF, policy="crm")).outcome
    write_outputs(outcome, path.parent / "out", "team", ("html", "xlsx"), "zh", path)


def brief(found: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(one[name] for name in names) for one in found]


def test_who_left_and_who_rose_are_handed_to_the_senior_with_most_room(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # crm: A a contact a week, B half a one.  李四 has one A (24 left of 25), 王五 nothing (25): he gets the first, then both have 24 …
    found = handed(book(tmp_path), capsys)
    assert brief(found, "from", "id", "why", "to", "how", "spare", "asked") == [
        ("张三", "C0000001", "left", "李四", "role", 24, 1), ("张三", "C0000003", "left", "王五", "role", 24, 0.5),
        ("钱七", "C0000004", "rise", "王五", "role", 25, 1),
    ]  # fmt: skip


def test_what_the_successor_must_know(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    strategy = [["客户名称", "当前核心策略", "关键监测指标"], ["甲1公司", "深度服务", "复购率≥80%/70%"]]
    one = handed(book(tmp_path, 策略调整表=strategy), capsys)[0]
    assert (one["tier"], one["evidence"]) == ("A", "年合作额60万≥50万")
    assert [(talk["date"], talk["methods"]) for talk in one["contacts"]] == [("2024-03-14", "电话"), ("2024-03-08", "电话"), ("2024-03-04", "电话")]
    assert one["contacts"][0]["words"] == "陈*138****5678要样品｜觉得贵"
    assert one["promises"] == [{"due": "2024-03-22", "text": "按约定：寄样品", "overdue_days": 0}]
    assert brief(one["tasks"], "due") == [("2024-03-21",), ("2024-04-01",)]  # a week after the last contact; a month after the first, 高层沟通
    assert one["next_due"] == "2024-03-21"
    assert one["strategy"] == "深度服务，评估中，未达标：复购率"  # 70/80: 0.875 is under 0.9
    assert one["risks"] == []


def test_risks_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = {one["id"]: one["risks"] for one in handed(book(tmp_path), capsys)}
    assert found["C0000004"] == ["长时间无人联系", "逾期 12 天"]  # first contact 03-01, due 03-08


def test_nothing_to_hand_over_no_section(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = book(tmp_path, [customer(1, "李四", "A"), customer(2, "钱七", "B")])
    assert handed(path, capsys) == []
    review(path)
    assert "客户交接" not in openpyxl.load_workbook(next((tmp_path / "out").glob("*.xlsx"))).sheetnames


def test_the_review_has_a_section_and_two_sheets_without_private_values(tmp_path: Path) -> None:
    review(book(tmp_path))
    page = next((tmp_path / "out").glob("*.html")).read_text(encoding="utf-8")
    assert "客户交接" in page and "原负责人已离职 2024-03-15" in page
    sheets = openpyxl.load_workbook(next((tmp_path / "out").glob("*.xlsx")))
    assert {"客户交接", "接手人须知"} <= set(sheets.sheetnames)
    told = [str(cell.value) for name in ("客户交接", "接手人须知") for row in sheets[name].iter_rows() for cell in row if cell.value]
    assert any("按约定：寄样品" in text for text in told)
    for text in (page, *told):
        assert "陈小明" not in text and "13812345678" not in text and "13912345678" not in text


def test_one_owners_list_at_once_whether_or_not_they_leave(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = book(tmp_path)
    before = path.read_bytes()
    assert handover_one(path, Job(as_of=AS_OF, policy="crm", leaver="李四", to="孙八", out=tmp_path / "交接")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "team.xlsx：截至 2024-03-20 有 1 个客户要交接，由负责人决定接手人"
    assert lines[2] == "  C0000002 甲2公司（A级） → 孙八  交出全部客户"
    assert lines[3] == "    人选依据：负责人已指定；每周还有 25.0 次空余，这个客户每周要 1.0 次"
    assert sorted(one.name for one in (tmp_path / "交接").iterdir()) == ["team-handover-李四-2024-03-20.html", "team-handover-李四-2024-03-20.xlsx"]
    assert path.read_bytes() == before


def test_a_wrong_name_and_a_successor_who_leaves_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = book(tmp_path)
    assert handover_one(path, Job(as_of=AS_OF, policy="crm", leaver="李四四")) == 2
    assert "是否指“李四”？" in capsys.readouterr().err
    assert handover_one(path, Job(as_of=AS_OF, policy="crm", leaver="李四", to="张三")) == 2
    assert "张三 自己要离开" in capsys.readouterr().err


def test_the_leads_choice_in_the_table_counts_and_a_full_week_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "crmsheet.toml").write_text('[capacity.owners]\n"李四" = 1\n', encoding="utf-8")
    path = book(tmp_path, people=[["姓名", "角色", "状态", "接手人"], ["张三", "资深销售", "离职", "李四"]])
    assert brief(handed(path, capsys), "id", "to", "how", "spare") == [("C0000001", "李四", "named", 0), ("C0000003", "李四", "named", -1)]
    handover_one(path, Job(as_of=AS_OF, policy="crm"))
    assert "；超出 1.0 次，需要先减负" in capsys.readouterr().out


def test_an_assistant_takes_over_what_the_policy_gives_to_assistants(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # priority: B may be an assistant's, A asks for a senior once a month, S for a senior
    head = ["客户编号", "客户名称", "负责人", "历史合作金额(万元)", "优先级", "首次接触时间"]
    rows = [[f"C{n:07}", f"乙{n}公司", "张三", amount, tier, D(2024, 3, 18)] for n, (amount, tier) in enumerate([(120, "S级"), (60, "A级"), (30, "B级")])]
    path = write_workbook(tmp_path / "team.xlsx", {"客户": [head, *rows], "人员": PEOPLE})
    assert brief(handed(path, capsys, "priority"), "tier", "role", "to") == [("S", "senior", "李四"), ("A", "senior", "王五"), ("B", "assistant", "钱七")]


def test_without_roles_the_one_with_most_room_is_proposed_and_alone_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = book(tmp_path, TEAM, [["姓名", "角色"], ["某某", "销售"]])
    # 某某 has 25, 李四 24 left: the first goes to 某某, and of two with 24 the first by name is taken
    assert brief(handed(path, capsys, leaver="张三"), "id", "to", "how") == [("C0000001", "某某", "other"), ("C0000003", "李四", "other")]
    path = book(tmp_path, [customer(1, "张三", "A")], [["姓名", "角色", "状态"], ["张三", "销售", "离职"]])
    assert brief(handed(path, capsys), "to", "how", "spare") == [(None, "nobody", None)]
    handover_one(path, Job(as_of=AS_OF, policy="crm"))
    assert "→ 请负责人指定" in capsys.readouterr().out


def test_who_leaves_later_is_told_with_the_day_and_proposed_to_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "crmsheet.toml").write_text('[people."李四"]\nleft = 2024-04-30\n', encoding="utf-8")
    found = handed(book(tmp_path), capsys)
    assert ("李四", "leaving", "2024-04-30") in brief(found, "from", "why", "since")
    assert {one["to"] for one in found} == {"王五"}


def test_an_owners_own_review_holds_no_handover(tmp_path: Path) -> None:
    from crmsheet.owners import owner_parts

    outcome = check(book(tmp_path), Options(as_of=AS_OF, policy="crm")).outcome
    assert len(outcome.handovers) == 3
    assert all(part.outcome.handovers == () for part in owner_parts(outcome))


@pytest.mark.parametrize("name", ["result", "explain", "remind", "plan", "handover"])
def test_every_documents_schema_is_printed(name: str) -> None:
    printed = CliRunner().invoke(cli, ["schema", name]).output
    assert printed == template_text(f"{name}.schema.json")
    assert CliRunner().invoke(cli, ["schema"]).output == template_text("result.schema.json")


def test_a_document_without_a_schema_is_refused() -> None:
    assert CliRunner().invoke(cli, ["schema", "plans"]).exit_code == 2
