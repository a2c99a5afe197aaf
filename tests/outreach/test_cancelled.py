"""Calendars take back what is done or has gone to somebody else: the same UID, cancelled, above what was there."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import icalendar
import vobject
from sheets import AS_OF, Rows, write_workbook

from crmsheet.job import Job
from crmsheet.outreach.ics import known
from crmsheet.todo_commands import remind_one

D = dt.date
HEAD = ["客户编号", "客户名称", "负责人", "历史合作金额(万元)", "优先级", "首次接触时间", "下次联系时间"]
PROMISED: Rows = [HEAD, ["C0000001", "甲公司", "王*", 20, "B级", D(2024, 3, 18), D(2024, 3, 22)], ["C0000002", "乙公司", "李*", 20, "B级", D(2024, 3, 18), None]]
KEPT: Rows = [HEAD, ["C0000001", "甲公司", "王*", 20, "B级", D(2024, 3, 18), None], PROMISED[2]]
FIRST = dt.date(2000, 1, 1)


def write(folder: Path, customers: Rows, day: int = 0, name: str = "team.xlsx") -> dict[str, bytes]:
    """The calendars after a run ``day`` days from AS_OF."""
    path = write_workbook(folder / name, {"客户": customers})
    assert remind_one(path, Job(as_of=AS_OF + dt.timedelta(days=day), policy="priority", ics=folder / "cal")) == 0
    return {one.name: one.read_bytes() for one in (folder / "cal").iterdir()}


def events(content: bytes) -> dict[str, tuple[dt.date, int, str]]:
    """UID → day, SEQUENCE, STATUS, as one parser reads them; the other one must find as many."""
    found = icalendar.Calendar.from_ical(content).walk("VEVENT")
    assert len(vobject.readOne(content.decode()).vevent_list) == len(found)
    return {str(one["UID"]): (one["DTSTART"].dt, int(one["SEQUENCE"]), str(one.get("STATUS", ""))) for one in found}


def cancelled(content: bytes) -> list[Any]:
    return sorted(one[:2] for one in events(content).values() if one[2] == "CANCELLED")


def test_a_promise_that_is_gone_is_cancelled_under_its_uid_and_above_its_sequence(tmp_path: Path) -> None:
    before = events(write(tmp_path, PROMISED)["王.ics"])
    files = write(tmp_path, KEPT, 1)
    after, today = events(files["王.ics"]), (AS_OF - FIRST).days + 1
    gone = [uid for uid, (day, *_) in before.items() if day == D(2024, 3, 22)]
    assert before.keys() == after.keys() and [after[uid] for uid in gone] == [(D(2024, 3, 22), today, "CANCELLED")]
    assert cancelled(files["全队.ics"]) == [(D(2024, 3, 22), today)] and cancelled(files["李.ics"]) == []
    assert "甲公司" not in "".join(part for part in files["王.ics"].decode().split("BEGIN:VEVENT") if "CANCELLED" in part)


def test_on_the_same_day_too_and_it_can_come_back(tmp_path: Path) -> None:
    uids = events(write(tmp_path, PROMISED)["王.ics"])
    today = (AS_OF - FIRST).days
    assert cancelled(write(tmp_path, KEPT)["王.ics"]) == [(D(2024, 3, 22), today + 1)]
    back = events(write(tmp_path, PROMISED)["王.ics"])
    assert back.keys() == uids.keys() and min(back.values()) == (D(2024, 3, 22), today + 2, "")


def test_a_second_run_of_the_day_gives_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path, PROMISED)
    once = write(tmp_path, KEPT, 1)
    assert write(tmp_path, KEPT, 1) == once
    later = write(tmp_path, KEPT, 2)  # the cancelled event stays as it was
    assert cancelled(later["王.ics"]) == cancelled(once["王.ics"])


def test_after_two_months_it_is_told_no_more(tmp_path: Path) -> None:
    write(tmp_path, PROMISED)
    write(tmp_path, KEPT, 1)
    assert cancelled(write(tmp_path, KEPT, 60)["王.ics"]) != [] and cancelled(write(tmp_path, KEPT, 61)["王.ics"]) == []


def test_a_customer_that_goes_to_somebody_else_leaves_the_first_ones_calendar(tmp_path: Path) -> None:
    before = events(write(tmp_path, PROMISED)["李.ics"])
    files = write(tmp_path, [HEAD, PROMISED[1], [*PROMISED[2][:2], "孙*", *PROMISED[2][3:]]], 1)
    assert {uid: status for uid, (_, _, status) in events(files["李.ics"]).items()} == dict.fromkeys(before, "CANCELLED")
    assert {uid: status for uid, (_, _, status) in events(files["孙.ics"]).items()} == dict.fromkeys(before, "")
    assert cancelled(files["全队.ics"]) == []


def test_another_workbooks_calendars_and_files_of_others_are_left_alone(tmp_path: Path) -> None:
    before = write(tmp_path, PROMISED)
    (tmp_path / "cal" / "mine.ics").write_bytes(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n")
    other = [HEAD, ["C0000009", "戊公司", "周*", 20, "B级", D(2024, 3, 18), None]]
    files = write(tmp_path, other, 1, "other.xlsx")
    assert files["王.ics"] == before["王.ics"] and files["mine.ics"].startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND")
    assert cancelled(files["全队.ics"]) == []  # of the other workbook now: nothing of the first one's is taken for its own


def test_what_is_no_calendar_of_ours_is_no_memory() -> None:
    assert known(b"", "x") == {} and known(b"\xff" * 5000, "x") == {} and known(b"\r\nX-CRMSHEET-BOOK:y\r\n", "x") == {}
