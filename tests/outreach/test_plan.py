"""crmsheet plan: who contacts whom on which day; checked by a checker that knows only windows, room and tasks."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from schemas import valid
from sheets import Rows, write_workbook

from crmsheet.assess import Options
from crmsheet.job import Job
from crmsheet.outreach.agenda import agenda, room_of
from crmsheet.plan.calendar import WorkCalendar
from crmsheet.run import check
from crmsheet.todo_commands import plan_one

D = dt.date
MONDAY = D(2024, 3, 18)
HEAD = ["客户编号", "客户名称", "负责人", "年合作额(万元)", "客户等级", "首次接触时间", "下次联系时间", "所在区域"]


def customer(number: int, tier: str, first: dt.date | None, promised: dt.date | None = None, owner: str | None = "王*", region: str | None = None) -> list[Any]:
    return [f"C{number:07}", f"甲{number}公司", owner, {"A": 60, "B": 20, "C": 5}[tier], tier, first, promised, region]


def planned(folder: Path, rows: Rows, capsys: pytest.CaptureFixture[str], as_of: dt.date = MONDAY, **more: Any) -> dict[str, Any]:
    path = write_workbook(folder / "team.xlsx", {"客户": [HEAD, *rows]})
    assert plan_one(path, Job(as_of=as_of, policy="crm", as_json=True, **more)) == 0
    return valid("plan", capsys.readouterr().out)


def days(document: dict[str, Any], owner: int = 0) -> dict[str, list[str]]:
    return {day["date"]: [one["id"] for one in day["contacts"]] for day in document["owners"][owner]["days"]}


def test_a_touch_may_come_early_by_a_quarter_of_its_interval_and_never_late(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # A every 7 days (a day early at most): due Friday 03-22, so Thursday or Friday
    rows = [customer(number, "A", D(2024, 3, 15)) for number in range(4)]
    found = days(planned(tmp_path, rows, capsys))
    assert {day: len(ids) for day, ids in found.items()} == {"2024-03-18": 0, "2024-03-19": 0, "2024-03-20": 0, "2024-03-21": 2, "2024-03-22": 2}


def test_a_promise_keeps_its_day_and_one_for_a_day_off_comes_before_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [customer(1, "C", D(2024, 3, 17), D(2024, 3, 20)), customer(2, "C", D(2024, 3, 17), D(2024, 3, 23))]
    found = days(planned(tmp_path, rows, capsys))
    assert (found["2024-03-20"], found["2024-03-22"]) == (["C0000001"], ["C0000002"])  # 03-23 is a Saturday


def test_what_is_overdue_comes_first_and_what_has_no_room_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "crmsheet.toml").write_text("[capacity]\ncontacts = 5\n", encoding="utf-8")  # one a day
    rows = [customer(number, tier, D(2024, 2, 1)) for number, tier in enumerate("BACABAC")]  # all overdue
    document = planned(tmp_path, rows, capsys)
    assert list(days(document).values()) == [["C0000001"], ["C0000003"], ["C0000005"], ["C0000000"], ["C0000004"]]
    assert [(one["id"], one["overdue"]) for one in document["owners"][0]["left"]] == [("C0000002", True), ("C0000006", True)]


def test_tasks_that_meet_are_one_contact(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # the weekly touch is due on Thursday 03-21 (a day early at most), the promise is for Thursday
    document = planned(tmp_path, [customer(1, "A", D(2024, 3, 14), D(2024, 3, 21))], capsys)
    contacts = document["owners"][0]["days"][3]["contacts"]
    assert [len(one["tasks"]) for one in contacts] == [2]
    assert sum(len(day["contacts"]) for day in document["owners"][0]["days"]) == 1


def test_on_a_day_off_the_next_week_is_planned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = planned(tmp_path, [customer(1, "A", D(2024, 3, 15))], capsys, D(2024, 3, 17))  # a Sunday
    assert (document["from"], document["to"]) == ("2024-03-18", "2024-03-22")
    document = planned(tmp_path, [customer(1, "A", D(2024, 3, 15))], capsys, period="month")
    assert (document["from"], document["to"]) == ("2024-03-18", "2024-03-29")


def test_the_terminal_tells_days_contacts_and_the_workload(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "crmsheet.toml").write_text('[capacity.owners]\n"王*" = 1\n', encoding="utf-8")
    rows = [customer(1, "A", D(2024, 3, 11), region="广州"), customer(2, "A", D(2024, 3, 11), region="深圳")]
    path = write_workbook(tmp_path / "team.xlsx", {"客户": [HEAD, *rows]})
    assert plan_one(path, Job(as_of=MONDAY, policy="crm")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "team.xlsx：2024-03-18 至 2024-03-22 的跟进计划（5 个工作日）"
    assert lines[1] == "王*：0 次联系，每周可做 1 次"  # its one contact is for Friday: both were due on Monday
    assert lines[2] == "  排不下 2 次，先让低等级、先让后续跟进："
    assert lines[3].startswith("    C0000001 甲1公司（A级，广州）  电话或拜访：") and lines[3].endswith("（最迟 2024-03-18）")
    assert lines[-1] == "工作量：王* 每周要联系 2.0 次、只排得下 1 次，超出 1.0 次，先让出 A级 1.0 次"


def test_planning_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    planned(tmp_path, [customer(1, "A", D(2024, 3, 11))], capsys)
    before = (tmp_path / "team.xlsx").read_bytes()
    plan_one(tmp_path / "team.xlsx", Job(as_of=MONDAY, policy="crm"))
    assert (tmp_path / "team.xlsx").read_bytes() == before and [one.name for one in tmp_path.iterdir()] == ["team.xlsx"]


def test_a_capacity_that_five_days_do_not_divide_is_spread() -> None:
    assert room_of(23, 6).tolist() == [4, 5, 4, 5, 5, 4]
    assert room_of(25, 3).tolist() == [5, 5, 5]
    assert room_of(0, 2).tolist() == [0, 0]


def test_500_random_teams_keep_every_window_and_lose_no_task(tmp_path: Path) -> None:
    """One workbook with 500 owners, each a team of its own to the plan."""
    rng = random.Random(3)
    rows = [customer(number, rng.choice("AABC"), MONDAY - dt.timedelta(days=rng.randint(0, 45)),
                     MONDAY + dt.timedelta(days=rng.randint(-20, 9)) if rng.random() < 0.3 else None, f"员工{number % 500}",
                     rng.choice(["广州", "深圳", None])) for number in range(4000)]  # fmt: skip
    path = write_workbook(tmp_path / "team.xlsx", {"客户": [HEAD, *rows]})
    outcome = check(path, Options(as_of=MONDAY, policy="crm")).outcome
    tasks, calendar = outcome.tasks, WorkCalendar()
    due = tasks["due"].to_numpy("datetime64[D]").tolist()
    status, kind, slack = (tasks[name].tolist() for name in ("status", "kind", "slack"))
    made = agenda(outcome, calendar, lambda owner: 3 if owner in ("员工1", "员工2") else 10, "zh")
    assert [str(day) for day in made.days] == [f"2024-03-{day}" for day in range(18, 23)]
    seen = Counter(row for one in made.owners for made_on in (*one.days, one.left) for contact in made_on for row in contact.tasks)
    assert seen == Counter(row for row in range(len(tasks)) if kind[row] != "data" and due[row] <= D(2024, 3, 24))  # Sunday
    assert len(made.owners) > 490
    for one in made.owners:
        room = room_of(one.capacity, 5).tolist()
        assert all(len(contacts) <= most for contacts, most in zip(one.days, room, strict=True))
        for day, contacts in zip(made.days, one.days, strict=True):
            for contact, row in ((talk, row) for talk in contacts for row in talk.tasks if status[row] != "overdue"):
                assert day <= due[row] or contact.late  # late already: as soon as there is room
                assert not contact.late or any(status[other] == "overdue" for other in contact.tasks)
                earliest = due[row] - dt.timedelta(days=slack[row] if kind[row] == "touch" else 0)
                assert day >= earliest or contact.late or day == max(other for other in made.days if other <= due[row])
        if one.left:  # then no day on which one of them could be made has room
            assert not any(contact.late for contact in one.left) or [len(contacts) for contacts in one.days] == room


def test_tasks_know_by_how_much_they_may_come_early(tmp_path: Path) -> None:
    rows = [customer(1, "A", D(2024, 3, 11), D(2024, 3, 20))]
    tasks = check(write_workbook(tmp_path / "team.xlsx", {"客户": [HEAD, *rows]}), Options(as_of=MONDAY, policy="crm")).outcome.tasks
    found = dict(zip(tasks["name"], tasks["slack"], strict=True))
    assert found == {"常规跟进": 1, "高层沟通": 7, "next-contact": 0}  # 7 // 4; a month is 30 days: 30 // 4
    assert tasks["slack"].dtype == np.int64
