"""``crmsheet remind --send``: reads the secrets, sends what was not sent yet, and says what became of it."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from crmsheet.errors import InputError
from crmsheet.extensions import load
from crmsheet.job import Job
from crmsheet.model import Outcome
from crmsheet.outreach.calendars import uids
from crmsheet.outreach.messages import LIMITS, Line, Message, Words, body, messages, parts
from crmsheet.outreach.outbox import Outbox, already, outbox_path
from crmsheet.outreach.reminders import Reminder, overdue, plain
from crmsheet.outreach.robots import Robot, usable
from crmsheet.outreach.send import Notify, Sent, Wires, deliver
from crmsheet.policy.settings import Remind
from crmsheet.remind_lines import Told
from crmsheet.review.frames import URGENT
from crmsheet.texts import both

PASSWORD = "CRMSHEET_SMTP_PASSWORD"  # noqa: S105  the name, not the password
Json = dict[str, Any]


def wanted(outcome: Outcome, found: list[Reminder], told: Told, people: Remind, leads: Sequence[str], job: Job) -> list[Message]:
    """Every message of the day.  Raises InputError where no channel is set up."""
    if people.mail is None and not people.robots and not people.notifiers:
        raise InputError(*both("send_no_channel"))
    names, day = uids(outcome), job.as_of.isoformat()
    lines = {one.owner: list(_lines(one, told, names)) for one in found}
    late = {one.owner: _digest_line(one, told) for one in overdue(found)} if job.digest else {}
    words = Words(job.say("send_subject", workbook=plain(outcome.workbook), as_of=day), job.say("send_digest", workbook=plain(outcome.workbook), as_of=day),
                  job.say("whole_team"), job.say("send_lead"))  # fmt: skip
    return list(messages(found, lines, late, people, words, leads))


def _lines(one: Reminder, told: Told, names: list[str]) -> Iterator[Line]:
    for status in URGENT:
        tasks = one.of(status)
        for row, text in zip(tasks.index.tolist(), told.task_lines(tasks), strict=True):
            yield Line(names[row], text.strip())


def _digest_line(one: Reminder, told: Told) -> Line:
    return Line(f"digest:{one.owner}", told.digest_owner(one))


def shown(ready: list[Message], path: Path, job: Job) -> list[Message]:
    """What ``--dry-run`` shows: what would be sent by now, in the pieces that the channels take."""
    left = []
    for message in ready:
        gone = already(path, job.as_of, message.key)
        left.append(message._replace(lines=tuple(line for line in message.lines if line.key not in gone)))
    return [part for message in left for part in parts(message)]


def send(workbook: Path, ready: list[Message], people: Remind, folder: Path, job: Job) -> list[Sent]:
    """Send.  Raises InputError before anything is sent when a secret is missing or the outbox cannot be used."""
    assert job.now is not None  # the command line's clock
    wires = _wires(people, _secrets(people, folder), job)
    try:
        with closing(Outbox(outbox_path(workbook), job.as_of)) as outbox:
            if outbox.unsure:
                job.warn(job.say("send_left", count=outbox.unsure))
            return list(deliver(ready, outbox, wires, job.as_of))
    except (OSError, sqlite3.Error) as error:
        raise InputError(*both("send_no_outbox", path=outbox_path(workbook), why=type(error).__name__)) from error


def _wires(people: Remind, secrets: Mapping[str, str], job: Job) -> Wires:
    assert job.now is not None
    robots: dict[str, Robot] = {name: Robot(_webhook(name, secrets), secrets.get(f"CRMSHEET_{name.upper()}_SECRET")) for name in people.robots}
    mail = people.mail
    if mail is not None and mail.user is not None and mail.security != "none" and not secrets.get(PASSWORD):
        raise InputError(*both("send_no_secret", name=PASSWORD, what=job.say("channel_mail")))
    return Wires(mail, secrets.get(PASSWORD), robots, job.now, job.sleep or time.sleep, {name: _notifier(name) for name in people.notifiers})


def _notifier(name: str) -> Notify:
    """The function of an extension.  Raises InputError when there is none of this name, or it cannot be loaded."""
    loaded = load("notifiers")
    if name not in loaded.usable:
        why = next((one.why for one in loaded.broken if one.name == name), None)
        raise InputError(*(both("send_no_notifier", name=name) if why is None else both("send_bad_notifier", name=name, why=why)))
    found: Notify = loaded.usable[name]
    return found


def _webhook(robot: str, secrets: Mapping[str, str]) -> str:
    name = f"CRMSHEET_{robot.upper()}_WEBHOOK"
    if not (webhook := secrets.get(name)):
        raise InputError(*both("send_no_secret", name=name, what=robot))
    if not usable(webhook):
        raise InputError(*both("send_bad_webhook", name=name))
    return webhook


def _secrets(people: Remind, folder: Path) -> dict[str, str]:
    """The environment's, else the file's.  Raises InputError, which tells the file's name and nothing of what is in it."""
    found = dict[str, str]()
    if people.secrets is not None:
        path = folder / people.secrets
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(*both("send_no_file", path=path)) from error
        pairs = (line.partition("=") for line in lines if "=" in line and not line.lstrip().startswith("#"))
        found = {name.strip(): value.strip() for name, _, value in pairs}
    return found | {name: value for name, value in os.environ.items() if name.startswith("CRMSHEET_") and value}



def _channel(message: Message, job: Job) -> str:
    """A channel's name for people; an extension's own."""
    return job.say(f"channel_{message.channel}") if message.channel in LIMITS else message.channel


def sent_lines(became: list[Sent], job: Job) -> Iterator[str]:
    """What became of each message that had something to send."""
    for one in became:
        if one.counts:
            yield job.say("send_done", channel=_channel(one.message, job), who=one.message.who, sent=one.counts["sent"])
        if count := one.counts["failed"]:
            yield job.say("send_failed", count=count, why=one.why)
        if count := one.counts["unsure"]:
            yield job.say("send_unsure", count=count, why=one.why)
    if not any(one.counts for one in became):
        yield job.say("send_nothing")


def message_lines(ready: list[Message], job: Job) -> Iterator[str]:
    """The messages themselves, for ``--dry-run``."""
    for one in ready:
        yield job.say("send_would", channel=_channel(one, job), who=one.who)
        yield from (f"    {line}" for line in body(one).splitlines())
    yield job.say("send_dry", count=len(ready))


def without_address(found: list[Reminder], people: Remind) -> list[str]:
    """Owners who get no mail."""
    return [plain(one.owner) for one in found if people.mail is not None and people.address(one.owner) is None]


def sent_fields(became: list[Sent]) -> list[Json]:
    """The same for the document."""
    return [
        {"channel": one.message.channel, "who": one.message.who, **{state: one.counts[state] for state in ("sent", "failed", "unsure")}, "why": one.why}
        for one in became
    ]  # fmt: skip
