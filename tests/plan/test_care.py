"""Greetings at festivals and birthdays: for whom, when, and that a birthday's day stays in the workbook (S002-44)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sheets import Rows, write_workbook

from crmsheet.assess import Options
from crmsheet.job import Job
from crmsheet.plan.calendar import WorkCalendar
from crmsheet.review.outputs import write_outputs
from crmsheet.run import check, process
from crmsheet.todo_commands import remind_one

D = dt.date
HEAD = ["客户编号", "客户名称", "负责人", "年合作额(万元)", "客户等级", "首次接触时间", "生日", "客户状态"]
BEFORE_DRAGON_BOAT = D(2024, 6, 5)  # Wednesday; the festival is Monday 2024-06-10, the last working day before it Friday 06-07


def book(folder: Path, rows: Rows, log: Rows = (), heads: list[str] = HEAD) -> Path:
    sheets: dict[str, Rows] = {"客户": [heads, *rows]}
    return write_workbook(folder / "team.xlsx", sheets | ({"跟进记录": [["客户编号", "跟进时间", "跟进主题", "客户反馈/异议"], *log]} if log else {}))


def customer(number: int, tier: str = "A", born: Any = None, stage: str | None = None) -> list[Any]:
    return [f"C{number:07}", f"甲{number}公司", "王*", {"A": 60, "B": 20, "C": 5}[tier], tier, D(2024, 6, 3), born, stage]


def greetings(path: Path, as_of: dt.date, policy: str = "crm") -> list[tuple[str, str, str]]:
    """(customer, due, what) of every greeting."""
    outcome = check(path, Options(as_of=as_of, policy=policy)).outcome
    tasks = outcome.tasks[outcome.tasks["source"] == "S002-44"]
    ids = outcome.customers["id"].iloc[tasks["customer"].tolist()].tolist()
    return [(one[-1], str(due.date()), text.partition("：")[0]) for one, due, text in zip(ids, tasks["due"], tasks["text"], strict=True)]


def test_a_festival_is_greeted_on_the_last_working_day_before_it(tmp_path: Path) -> None:
    path = book(tmp_path, [customer(1), customer(2, "B"), customer(3, stage="流失")])  # B is not the top tier, and nobody greets a lost customer
    assert greetings(path, BEFORE_DRAGON_BOAT) == [("1", "2024-06-07", "端午关怀（非营销）")]


@pytest.mark.parametrize(("as_of", "due"), [
    (D(2024, 5, 24), ["2024-06-07"]), (D(2024, 5, 23), []), (D(2024, 6, 7), ["2024-06-07"]), (D(2024, 6, 8), []),  # 14 days before; nobody is greeted late
    (D(2024, 2, 1), ["2024-02-09"]), (D(2024, 9, 10), ["2024-09-14"]),  # 春节 2024-02-10; 中秋 2024-09-17, and Saturday the 14th is worked
])  # fmt: skip
def test_it_is_planned_two_weeks_ahead_and_never_overdue(tmp_path: Path, as_of: dt.date, due: list[str]) -> None:
    assert [day for _, day, _ in greetings(book(tmp_path, [customer(1)]), as_of)] == due


def test_a_greeting_in_the_log_closes_it_and_another_contact_does_not(tmp_path: Path) -> None:
    log = [["C0000001", D(2024, 6, 4), "端午问候", None], ["C0000002", D(2024, 6, 4), "报价", None]]
    assert [one for one, *_ in greetings(book(tmp_path, [customer(1), customer(2)], log), BEFORE_DRAGON_BOAT)] == ["2"]


def test_whoever_wants_to_be_left_alone_gets_none(tmp_path: Path) -> None:
    log = [["C0000001", D(2024, 6, 4), "报价", "拒绝，不要再联系"]]
    assert greetings(book(tmp_path, [customer(1)], log), BEFORE_DRAGON_BOAT) == []


def test_a_greeting_is_no_next_action_while_there_is_other_work(tmp_path: Path) -> None:
    outcome = check(book(tmp_path, [customer(1)]), Options(as_of=BEFORE_DRAGON_BOAT, policy="crm")).outcome
    tasks = outcome.tasks
    assert tasks["source"].iat[0] == "S002-44"  # due on the 7th, the weekly touch on the 11th: the 10th is a holiday
    assert tasks["text"].iat[outcome.customers["task"].iat[0]].startswith("电话或拜访")


def test_a_birthday_is_told_by_its_week(tmp_path: Path) -> None:
    # Monday 2024-03-18 .. Sunday the 24th; the next week ends on the 31st
    rows = [customer(1, born=D(1985, 3, 18)), customer(2, born=D(1990, 3, 24)), customer(3, born="1992年3月25日"), customer(4, born=D(1985, 4, 1)),
            customer(5, "B", born=D(1985, 3, 21)), customer(6, born=D(1985, 3, 17))]  # fmt: skip
    assert greetings(book(tmp_path, rows), D(2024, 3, 20)) == [
        ("1", "2024-03-22", "本周生日关怀（非营销）"), ("2", "2024-03-22", "本周生日关怀（非营销）"), ("3", "2024-03-29", "下周生日关怀（非营销）")]  # fmt: skip


def test_born_on_29_february(tmp_path: Path) -> None:
    path = book(tmp_path, [customer(1, born=D(1992, 2, 29))])
    assert len(greetings(path, D(2023, 2, 27))) == 1  # 2023 has none: the 28th
    assert len(greetings(path, D(2024, 2, 26))) == 1 and [day for _, day, _ in greetings(path, D(2024, 2, 19))] == ["2024-03-01"]


def test_the_day_of_a_birthday_leaves_the_workbook_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [customer(1, born=D(1985, 3, 21)), customer(2, born="农历八月十三")]
    path = book(tmp_path, rows)
    outcome = check(path, Options(as_of=D(2024, 3, 20), policy="crm", lang="zh"))
    assert [(one.code, str(one.where), one.value) for one in outcome.outcome.findings if one.code == "date-unparseable"] == [("date-unparseable", "客户!G3", "***")]
    paths = write_outputs(outcome.outcome, tmp_path / "out", "team", ("html", "json"), "zh", path)
    told = [path.read_text(encoding="utf-8") for path in paths.values()]
    remind_one(path, Job(as_of=D(2024, 3, 21), policy="crm", ics=tmp_path / "ics"))
    told += [capsys.readouterr().out, *(one.read_text(encoding="utf-8") for one in (tmp_path / "ics").iterdir())]
    assert "本周生日" in told[0] and "本周生日" in told[2]
    process(path, Options(as_of=D(2024, 3, 20), policy="crm"), output=tmp_path / "new.xlsx")
    owned = [cell for row in openpyxl.load_workbook(tmp_path / "new.xlsx")["客户"].iter_rows(min_row=2, min_col=9, values_only=True) for cell in row]
    for text in (*told, str(owned)):
        assert "1985" not in text and "农历八月" not in text
        assert not [line for line in text.replace("},{", "},\n{").splitlines() if "生日" in line and "03-21" in line]


def test_a_policy_says_for_whom_and_at_what(tmp_path: Path) -> None:
    path = book(tmp_path, [customer(1, born=D(1985, 6, 5)), customer(2, "C", born=D(1985, 6, 5))])
    own = tmp_path / "own.toml"
    own.write_text('extends = "crm"\nname = "own"\n[care]\ntiers = ["C"]\nfestivals = ["国庆"]\nsource = "S002-44"\n', encoding="utf-8")
    assert greetings(path, BEFORE_DRAGON_BOAT, str(own)) == [("2", "2024-06-07", "本周生日关怀（非营销）")]
    own.write_text('extends = "crm"\nname = "own"\ncare = false\n', encoding="utf-8")
    assert greetings(path, BEFORE_DRAGON_BOAT, str(own)) == []


@pytest.mark.parametrize("policy", ["priority", "profile", "crm", "followup", "strategy"])
def test_every_preset_greets_its_top_tier(tmp_path: Path, policy: str) -> None:
    top = {"priority": "S", "strategy": "高价值稳定型"}.get(policy, "A")
    path = write_workbook(tmp_path / "team.xlsx", {"客户": [["客户编号", "客户名称", "客户等级", "首次接触时间"], ["C0000001", "甲公司", top, D(2024, 6, 3)]]})
    assert [day for _, day, _ in greetings(path, BEFORE_DRAGON_BOAT, policy)] == ["2024-06-07"]


def test_festivals_of_the_official_calendar() -> None:
    days = [WorkCalendar().festivals(year) for year in (2020, 2025)]
    assert [{name: str(one[name]) for name in ("春节", "端午", "中秋")} for one in days] == [
        {"春节": "2020-01-25", "端午": "2020-06-25", "中秋": "2020-10-01"}, {"春节": "2025-01-29", "端午": "2025-05-31", "中秋": "2025-10-06"}]  # fmt: skip
