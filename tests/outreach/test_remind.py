"""crmsheet remind: who is told what, by the day; calendars that two independent parsers read and that update over runs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import icalendar
import pytest
import vobject
from schemas import valid
from sheets import AS_OF, Rows, write_workbook

from crmsheet.job import Job
from crmsheet.outreach.ics import fold
from crmsheet.todo_commands import remind_one

D = dt.date
HEAD = ["客户编号", "客户名称", "负责人", "历史合作金额(万元)", "优先级", "首次接触时间"]
# B: 邮件/电话 every month, 拜访 every 6 months; as of Wednesday 2024-03-20
CUSTOMERS: Rows = [
    HEAD,
    ["C0000001", "甲公司", "王*", 20, "B级", D(2024, 2, 20)],  # 03-20: today; 08-20
    ["C0000002", "乙公司", "李*", 20, "B级", D(2024, 2, 21)],  # 03-21: tomorrow; 08-21
    ["C0000003", "丙公司", "李*", 20, "B级", D(2024, 2, 10)],  # 03-10 is a Sunday: 03-11, 9 days ago; 08-12 (08-10 is a Saturday)
]
LOG: Rows = [["客户编号", "跟进时间", "跟进方式", "沟通内容摘要"]]


def team(folder: Path, *entries: list[Any], customers: Rows = CUSTOMERS) -> Path:
    return write_workbook(folder / "team.xlsx", {"客户": customers, "跟进记录": [*LOG, *entries]})


def told(path: Path, capsys: pytest.CaptureFixture[str], as_of: dt.date = AS_OF, **more: Any) -> str:
    assert remind_one(path, Job(as_of=as_of, policy="priority", **more)) == 0
    return capsys.readouterr().out


def days(file: Path) -> dict[str, tuple[dt.date, int]]:
    """UID → day and SEQUENCE, as one parser reads them."""
    events = icalendar.Calendar.from_ical(file.read_bytes()).walk("VEVENT")
    return {str(one["UID"]): (one["DTSTART"].dt, int(one["SEQUENCE"])) for one in events}


def test_each_owner_is_told_what_is_overdue_today_and_tomorrow(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(team(tmp_path), capsys).splitlines()
    assert lines[0] == "team.xlsx：2024-03-20 跟进提醒（下一工作日 2024-03-21）"
    assert lines[1] == "李*：逾期 1 项，今日到期 0 项，明日到期 1 项"
    assert lines[2].startswith("  待跟进，逾期 9 天（应于 2024-03-11）  C0000003 丙公司（B级）  邮件或电话：")
    assert lines[3].startswith("  明日到期（2024-03-21）  C0000002 乙公司（B级）  邮件或电话：")
    assert lines[4] == "王*：逾期 0 项，今日到期 1 项，明日到期 0 项"
    assert lines[5].startswith("  今日到期  C0000001 甲公司（B级）  邮件或电话：")
    assert len(lines) == 6


def test_tomorrow_is_the_next_working_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monday = [HEAD, ["C0000001", "甲公司", "王*", 20, "B级", D(2024, 2, 25)]]
    lines = told(team(tmp_path, customers=monday), capsys, D(2024, 3, 22)).splitlines()  # a Friday
    assert lines[2].startswith("  明日到期（2024-03-25）  C0000001 甲公司（B级）")


def test_the_lead_gets_everything_overdue(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "crmsheet.toml").write_text('[roles]\nlead = ["王*"]\n', encoding="utf-8")
    digest = told(team(tmp_path), capsys, digest=True).splitlines()[6:]
    assert digest[0] == "团队逾期汇总：共 1 项，请负责人 王* 关注"
    assert digest[1] == "李*：逾期 1 项，最久 9 天"
    assert digest[2].startswith("  待跟进，逾期 9 天（应于 2024-03-11）  C0000003 丙公司（B级）")


def test_nothing_to_do_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    later = [HEAD, ["C0000001", "甲公司", "王*", 20, "B级", D(2024, 3, 19)]]
    lines = told(team(tmp_path, customers=later), capsys, digest=True).splitlines()
    assert lines[1:] == ["没有逾期、今日到期或明日到期的待办", "团队逾期汇总：没有逾期（0 项）"]


def test_the_document_holds_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = valid("remind", told(team(tmp_path), capsys, as_json=True, digest=True, ics=tmp_path / "cal"))
    assert (found["schema"], found["as_of"], found["tomorrow"]) == ("crmsheet.remind/1", "2024-03-20", "2024-03-21")
    li, wang = found["owners"]
    assert [li["owner"], *([one["id"] for one in li[status]] for status in ("overdue", "today", "tomorrow"))] == ["李*", ["C0000003"], [], ["C0000002"]]
    assert [wang["owner"], *([one["due"] for one in wang[status]] for status in ("overdue", "today", "tomorrow"))] == ["王*", [], ["2024-03-20"], []]
    assert found["digest"] == {"overdue": 1, "owners": [{"owner": "李*", "overdue": 1, "longest": 9}]}


def test_the_workbook_and_its_folder_stay_as_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = team(tmp_path)
    before = path.read_bytes()
    told(path, capsys, ics=tmp_path / "cal", dry_run=True)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_two_parsers_read_one_calendar_an_owner_and_one_of_the_team(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(team(tmp_path), capsys, ics=tmp_path / "cal")
    expected = {
        "王.ics": [D(2024, 3, 20), D(2024, 8, 20)],
        "李.ics": [D(2024, 3, 11), D(2024, 3, 21), D(2024, 8, 12), D(2024, 8, 21)],
        "全队.ics": [D(2024, 3, 11), D(2024, 3, 20), D(2024, 3, 21), D(2024, 8, 12), D(2024, 8, 20), D(2024, 8, 21)],
    }
    assert {path.name for path in (tmp_path / "cal").iterdir()} == set(expected)
    for name, wanted in expected.items():
        content = (tmp_path / "cal" / name).read_bytes()
        one = sorted(event["DTSTART"].dt for event in icalendar.Calendar.from_ical(content).walk("VEVENT"))
        two = sorted(event.dtstart.value for event in vobject.readOne(content.decode("utf-8")).vevent_list)
        assert one == two == wanted


def test_an_event_says_what_and_rings_at_nine_on_the_working_day_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(team(tmp_path), capsys, ics=tmp_path / "cal")
    found = icalendar.Calendar.from_ical((tmp_path / "cal" / "李.ics").read_bytes())
    assert str(found["X-WR-TIMEZONE"]) == "Asia/Shanghai"
    late, tomorrow = sorted(found.walk("VEVENT"), key=lambda one: one["DTSTART"].dt)[:2]
    assert str(late["SUMMARY"]).startswith("丙公司：邮件或电话：")
    assert "客户名称：丙公司 C0000003\n等级：B\n负责人：李*\n" in str(late["DESCRIPTION"])
    assert late["DTEND"].dt == D(2024, 3, 12)
    assert tomorrow.walk("VALARM")[0]["TRIGGER"].dt == -dt.timedelta(hours=15)  # 03-20 09:00
    assert late.walk("VALARM")[0]["TRIGGER"].dt == -dt.timedelta(hours=63)  # Monday 03-11: Friday 03-08 09:00
    assert late["DTSTAMP"].dt == dt.datetime(2024, 3, 19, 16, tzinfo=dt.UTC)  # midnight in Shanghai


def test_the_same_day_gives_the_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = team(tmp_path)
    for folder in ("one", "two"):
        told(path, capsys, ics=tmp_path / folder)
    assert all((tmp_path / "two" / one.name).read_bytes() == one.read_bytes() for one in (tmp_path / "one").iterdir())


def test_a_task_that_moves_is_the_same_event_on_its_new_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(team(tmp_path), capsys, ics=tmp_path / "cal")
    before = days(tmp_path / "cal" / "王.ics")
    # 甲 is called on the day; the next call is due on 04-20, a Saturday: 04-22.  乙's row has come to stand first
    moved = [CUSTOMERS[0], CUSTOMERS[2], CUSTOMERS[1], CUSTOMERS[3]]
    told(team(tmp_path, ["C0000001", D(2024, 3, 20), "电话", "谈续约"], customers=moved), capsys, D(2024, 3, 21), ics=tmp_path / "cal")
    after = days(tmp_path / "cal" / "王.ics")
    assert after.keys() == before.keys()
    assert sorted(after[uid][0] for uid in before) == [D(2024, 4, 22), D(2024, 8, 20)]
    assert all(after[uid][1] > before[uid][1] for uid in before)


def test_two_rows_with_one_id_have_events_of_their_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    doubled = [HEAD, CUSTOMERS[1], ["C0000001", "甲公司", "王*", 20, "B级", D(2024, 2, 1)]]
    told(team(tmp_path, customers=doubled), capsys, ics=tmp_path / "cal")
    assert len(days(tmp_path / "cal" / "王.ics")) == 4


@pytest.mark.parametrize("name", [
    "甲\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil", 'a;b,c\\n"d":e', "\u202e倒\x1b[31m红", '=HYPERLINK("http://x")', "𠮷" * 40 + "😀" * 30,
])  # fmt: skip
def test_a_hostile_name_is_only_text(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = team(tmp_path, customers=[HEAD, ["C0000001", name, "../../王|*", 20, "B级", D(2024, 2, 20)]])
    shown = told(path, capsys, ics=tmp_path / "cal")
    assert "\x1b" not in shown and "\u202e" not in shown and len(shown.splitlines()) == 4
    assert {one.name for one in tmp_path.iterdir()} == {"team.xlsx", "cal"}
    for file in (tmp_path / "cal").iterdir():
        content = file.read_bytes()
        assert content.endswith(b"\r\n") and all(len(line) <= 75 for line in content.split(b"\r\n"))
        assert all(line.decode("utf-8") is not None for line in content.split(b"\r\n"))  # no character is cut in two
        assert b"\n" not in content.replace(b"\r\n", b"") and b"evil\r\n" not in content
        events = icalendar.Calendar.from_ical(content).walk("VEVENT")
        assert len(events) == len(vobject.readOne(content.decode("utf-8")).vevent_list) == 2


def test_no_private_value_reaches_a_reminder_or_a_calendar(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    customers = [[*HEAD, "客户类型", "联系人"], ["C0000001", "赵丽颖", "王*", 20, "B级", D(2024, 2, 20), "个人", "赵丽颖"],
                 ["C0000002", "乙公司", "王*", 20, "B级", D(2024, 2, 20), "企业", "钱学礼"]]  # fmt: skip
    path = write_workbook(tmp_path / "team.xlsx", {"客户": customers, "跟进记录": [
        ["客户编号", "跟进时间", "跟进方式", "沟通内容摘要", "下一步计划", "预计完成时间"],
        ["C0000002", D(2024, 3, 12), "电话", "谈续约", "联系钱学礼 13812345678", D(2024, 3, 19)],
    ]})  # fmt: skip
    shown = told(path, capsys, ics=tmp_path / "cal", digest=True)
    # content lines are unfolded, so that a fold cannot hide a name
    texts = [shown, *(file.read_bytes().replace(b"\r\n ", b"").decode("utf-8") for file in (tmp_path / "cal").iterdir())]
    for text in texts:
        assert "赵*" in text and "按约定：联系钱* 138****5678" in text
        assert not any(word in text for word in ("赵丽颖", "钱学礼", "13812345678"))


def test_a_folder_that_cannot_be_written_is_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cal").write_text("a file", encoding="utf-8")
    assert remind_one(team(tmp_path), Job(as_of=AS_OF, policy="priority", ics=tmp_path / "cal")) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_line_is_folded_at_75_octets_and_reads_back() -> None:
    line = "SUMMARY:" + "客" * 100
    folded = fold(line)
    assert [len(part) for part in folded.split(b"\r\n")] == [74, 73, 73, 73, 19, 0]  # 8+22·3, three times 1+24·3, the last six 1+6·3
    assert folded.replace(b"\r\n ", b"").decode("utf-8") == line + "\r\n"
