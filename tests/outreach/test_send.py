"""crmsheet remind --send against real servers on loopback: formats, limits, nothing twice, what failed is tried again."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from schemas import valid
from servers import SECRET, letters, robots
from sheets import AS_OF, Rows, write_workbook

from crmsheet.job import Job
from crmsheet.outreach.messages import Line, Message
from crmsheet.outreach.outbox import Outbox, State
from crmsheet.outreach.robots import Robot, usable
from crmsheet.outreach.send import Wires, deliver
from crmsheet.todo_commands import remind_one

D = dt.date
HEAD = ["客户编号", "客户名称", "负责人", "历史合作金额(万元)", "优先级", "首次接触时间"]
CUSTOMERS: Rows = [  # as in test_remind: today, tomorrow, 9 days overdue
    HEAD,
    ["C0000001", "甲公司", "王*", 20, "B级", D(2024, 2, 20)],
    ["C0000002", "乙公司", "李*", 20, "B级", D(2024, 2, 21)],
    ["C0000003", "丙公司", "李*", 20, "B级", D(2024, 2, 10)],
]
PEOPLE = '[remind.people]\n"王*" = "wang@example.com"\n"李*" = "li@example.com"\n'


@pytest.fixture(autouse=True)
def no_secrets_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SMTP_PASSWORD", *(f"{robot}_{what}" for robot in ("WECOM", "DINGTALK", "FEISHU") for what in ("WEBHOOK", "SECRET"))):
        monkeypatch.delenv(f"CRMSHEET_{name}", raising=False)


def team(folder: Path, settings: str, customers: Rows = CUSTOMERS) -> Path:
    (folder / "crmsheet.toml").write_text(settings, encoding="utf-8")
    return write_workbook(folder / "team.xlsx", {"客户": customers})


def mail(port: int) -> str:
    return f'[remind]\nlead = ["lead@example.com"]\n[remind.mail]\nserver = "127.0.0.1"\nport = {port}\nsecurity = "none"\nsender = "crm@example.com"\n{PEOPLE}'


def with_robots(folder: Path, port: int, *names: str) -> str:
    lines = [f"CRMSHEET_{name.upper()}_WEBHOOK=http://127.0.0.1:{port}/{name}?key=token\nCRMSHEET_{name.upper()}_SECRET={SECRET}" for name in names]
    (folder / "secrets.env").write_text("# robots\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return f'[remind]\nsecrets = "secrets.env"\nrobots = {json.dumps(names)}\n'


class Clock:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.time, self.waits = 1_700_000_000.0, list[float]()

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += seconds


def send(path: Path, clock: Clock | None = None, **more: Any) -> int:
    clock = clock or Clock()
    return remind_one(path, Job(as_of=more.pop("as_of", AS_OF), policy="priority", send=True, now=clock.now, sleep=clock.sleep, **more))


def test_each_owner_gets_a_mail_and_the_lead_the_digest_once_a_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with letters() as server:
        path = team(tmp_path, mail(server.port))
        assert send(path, digest=True) == 0
        li, wang, lead = sorted(server.took, key=lambda one: ["li", "wang", "lead"].index(one[0].partition("@")[0]))
        assert (li[0], li[1]) == ("li@example.com", "team.xlsx 跟进提醒 2024-03-20")
        assert "待跟进，逾期 9 天（应于 2024-03-11）  C0000003 丙公司" in li[2] and "明日到期（2024-03-21）  C0000002 乙公司" in li[2]
        assert "甲公司" in wang[2] and "乙公司" not in wang[2]
        assert lead[1] == "team.xlsx 团队逾期汇总 2024-03-20" and "李*：逾期 1 项，最久 9 天" in lead[2]
        assert "  邮件 → 李*：已发送 2 项" in capsys.readouterr().out
        assert send(path, digest=True) == 0
        assert len(server.took) == 3
        assert "没有要发送的：今天的提醒都已发过" in capsys.readouterr().out
        send(path, as_of=D(2024, 3, 21))  # another day: 甲 and 丙 are overdue, 乙 is due
        assert len(server.took) == 5


def test_without_an_address_of_its_own_the_digest_goes_to_the_lead_of_the_table(tmp_path: Path) -> None:
    with letters() as server:
        settings = mail(server.port).replace('lead = ["lead@example.com"]\n', "") + '"赵六" = "zhao@example.com"\n'
        team(tmp_path, settings)
        path = write_workbook(tmp_path / "team.xlsx", {"客户": CUSTOMERS, "人员": [["姓名", "角色"], ["赵六", "团队负责人"]]})
        assert send(path, digest=True) == 0
        assert sorted(to for to, *_ in server.took) == ["li@example.com", "wang@example.com", "zhao@example.com"]



def test_a_new_task_of_the_day_is_sent_alone(tmp_path: Path) -> None:
    with letters() as server:
        send(team(tmp_path, mail(server.port)))
        send(team(tmp_path, mail(server.port), [*CUSTOMERS, ["C0000004", "丁公司", "王*", 20, "B级", D(2024, 2, 20)]]))
        assert [("丁公司" in text, "甲公司" in text) for _, _, text in server.took[2:]] == [(True, False)]


def test_a_mail_that_is_refused_is_tried_again_later_and_then_by_the_next_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with letters() as server:
        path = team(tmp_path, mail(server.port))
        server.answers = ["451 busy", "250", "451 busy", "451 busy", "451 busy"]  # 李's first, then 王's three tries
        assert send(path, clock) == 3
        assert [to for to, _, _ in server.took] == ["li@example.com"] and clock.waits == [2, 2, 8]
        assert "1 项没有发出（SMTP 451）；再运行一次会补发" in capsys.readouterr().err
        assert send(path) == 0
        assert [to for to, _, _ in server.took] == ["li@example.com", "wang@example.com"]


def test_no_server_at_all_fails_and_is_told_without_addresses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert send(team(tmp_path, mail(9))) == 3
    said = capsys.readouterr()
    assert "没有发出（ConnectionRefusedError）" in said.err and "example.com" not in said.err + said.out


def test_the_three_robots_get_their_formats_signed_and_within_limits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    many: Rows = [HEAD, *([f"C{i:07}", f"甲{i}公司", "王*", 20, "B级", D(2024, 2, 20)] for i in range(120))]
    with robots() as server:
        path = team(tmp_path, with_robots(tmp_path, server.port, "wecom", "dingtalk", "feishu"), many)
        assert send(path) == 0 and server.wrong == []
        for name in ("wecom", "dingtalk", "feishu"):
            texts = [text for robot, text in server.took if robot == name]
            assert Counter(re.findall(r"C\d{7}", "".join(texts))) == {f"C{i:07}": 1 for i in range(120)}
            assert all(text.startswith("team.xlsx 跟进提醒 2024-03-20\n") for text in texts)
        before = len(server.took)
        assert send(path) == 0 and len(server.took) == before
    said = capsys.readouterr()
    assert "token" not in said.out + said.err and SECRET not in said.out + said.err


def test_no_robot_gets_more_than_20_messages_in_a_minute(tmp_path: Path) -> None:
    clock, times = Clock(), list[float]()
    lines = tuple(Line(f"k{i}", "字" * 1300) for i in range(50))  # one a message
    with robots(lambda: times.append(clock.time) or "ok") as server:
        wires = Wires(None, None, {"wecom": Robot(f"http://127.0.0.1:{server.port}/wecom?key=token")}, clock.now, clock.sleep)
        outbox = Outbox(tmp_path / "o.sqlite", AS_OF)
        sent = list(deliver([Message("wecom", "", "全队", "提醒", lines)], outbox, wires, AS_OF))
        outbox.close()
    assert sent[0].counts == {"sent": 50} and server.wrong == []
    assert all(sum(start <= time < start + 60 for time in times) <= 20 for start in times)
    assert clock.waits == [60, 60]


def test_a_customers_name_is_no_link_or_mention_to_a_robot(tmp_path: Path) -> None:
    name = '[点我](http://evil) <@all> <at user_id="all"></at> **x**'
    with robots() as server:
        send(team(tmp_path, with_robots(tmp_path, server.port, "wecom", "feishu"), [HEAD, ["C0000001", name, "王*", 20, "B级", D(2024, 2, 20)]]))
        for _, text in server.took:
            assert not set("<>[]*") & set(text) and "://" not in text and "点我" in text


def test_dry_run_shows_the_messages_and_sends_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with letters() as server:
        path = team(tmp_path, mail(server.port))
        assert send(path, dry_run=True) == 0
        out = capsys.readouterr().out
        assert "  将发送：邮件 → 王*\n    team.xlsx 跟进提醒 2024-03-20\n    今日到期  C0000001 甲公司" in out and "试运行：2 条消息，没有发送" in out
        assert server.took == [] and not (tmp_path / ".crmsheet").exists() and "example.com" not in out
        send(path)
        capsys.readouterr()
        send(path, dry_run=True)
        assert "试运行：0 条消息，没有发送" in capsys.readouterr().out


def test_who_has_no_address_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with letters() as server:
        assert send(team(tmp_path, mail(server.port).replace('"李*" = "li@example.com"\n', ""))) == 0
        assert [to for to, _, _ in server.took] == ["wang@example.com"]
    assert "没有邮件地址：李*" in capsys.readouterr().err


@pytest.mark.parametrize(("settings", "word"), [
    ("", "[remind.mail]"),
    ('[remind]\nrobots = ["wecom"]\n', "CRMSHEET_WECOM_WEBHOOK"),
    ('[remind]\nrobots = ["wecom"]\nsecrets = "none.env"\n', "none.env"),
    ('[remind]\nrobots = ["slack"]\n', "remind.robots"),
    ('[remind.mail]\nserver = "x"\nsender = "crm@x"\nuser = "crm"\n' + PEOPLE, "CRMSHEET_SMTP_PASSWORD"),
    ('[remind.people]\n"王*" = "a@b\\r\\nBcc: c@d"\n', "remind.people"),
])  # fmt: skip
def test_what_is_missing_is_said_in_one_line_before_anything_is_sent(settings: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert send(team(tmp_path, settings), quiet=True) == 2
    said = capsys.readouterr().err
    assert word in said and len(said.splitlines()) == 1 + ("没有邮件地址" in said)
    assert not (tmp_path / ".crmsheet").exists()


def test_a_token_goes_over_https_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert usable("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x") and usable("http://127.0.0.1:80/x")
    assert not any(map(usable, ("http://qyapi.weixin.qq.com/x", "file:///etc/passwd", "https://", "https://x:port/", "key")))
    monkeypatch.setenv("CRMSHEET_WECOM_WEBHOOK", "http://example.com/token")
    assert send(team(tmp_path, '[remind]\nrobots = ["wecom"]\n'), quiet=True) == 2
    said = capsys.readouterr().err
    assert "CRMSHEET_WECOM_WEBHOOK" in said and "token" not in said


def test_the_document_says_what_became_of_each_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with letters() as server:
        server.answers = ["554 no", "554 no", "554 no"]
        assert send(team(tmp_path, mail(server.port)), as_json=True) == 3
        assert valid("remind", capsys.readouterr().out)["sent"] == [
            {"channel": "mail", "who": "李*", "sent": 0, "failed": 2, "unsure": 0, "why": "SMTP 554"},
            {"channel": "mail", "who": "王*", "sent": 1, "failed": 0, "unsure": 0, "why": None},
        ]


def test_a_robot_that_takes_it_and_says_nothing_is_told_and_not_asked_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with robots(lambda: "mute") as server:
        path = team(tmp_path, with_robots(tmp_path, server.port, "feishu"))
        assert send(path, lang="en") == 0
        assert "3 left without an answer (RemoteDisconnected)" in capsys.readouterr().err
        server.fate = lambda: "ok"
        send(path, lang="en")
        said = capsys.readouterr()
        assert len(server.took) == 1 and "today's reminders have been sent" in said.out and "3 of today's left earlier" in said.err


class CrashError(BaseException):
    """The power goes."""


class Fragile(Outbox):
    """An outbox of a machine that may die after a message has left and before that is noted."""

    rng = random.Random(11)

    def settle(self, tasks: Sequence[str], channel: str, state: State) -> None:
        if self.rng.random() < 0.05:
            raise CrashError
        super().settle(tasks, channel, state)


def test_a_thousand_runs_with_random_failures_send_nothing_twice(tmp_path: Path) -> None:
    """A thousand runs over twenty days, of tasks that most runs share; the server refuses, breaks, hangs up and keeps silent."""
    rng, clock, counts, crashes = random.Random(5), Clock(), Counter[str](), 0
    with robots(lambda: rng.choice(["ok", "ok", "refuse", "error", "mute", "drop"])) as server:
        wires = Wires(None, None, {"wecom": Robot(f"http://127.0.0.1:{server.port}/wecom?key=token")}, clock.now, clock.sleep)
        for run in range(1000):
            day = AS_OF + dt.timedelta(days=run // 50)
            some = tuple(Line(f"task{i}", f"/{i} of {day}/") for i in rng.sample(range(60), rng.randint(1, 6)))
            with closing(Fragile(tmp_path / "o.sqlite", day)) as outbox:
                try:
                    for sent in deliver([Message("wecom", "", "全队", "提醒", some)], outbox, wires, day):
                        counts.update(sent.counts)
                except CrashError:
                    crashes += 1
    took = Counter(re.findall(r"/[^/]+/", "".join(text for _, text in server.took)))
    assert server.tries > 500 and crashes > 10 and min(counts[state] for state in ("sent", "unsure", "failed")) > 10
    assert set(took.values()) == {1}
    assert counts["sent"] <= len(took) <= 20 * 60
