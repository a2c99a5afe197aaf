"""The commands that bring the plan to people and write nothing into the workbook."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click
import orjson

from crmsheet.assess import Assessment
from crmsheet.errors import InputError
from crmsheet.job import Job
from crmsheet.outreach.agenda import agenda
from crmsheet.outreach.calendars import book_sign, calendars
from crmsheet.outreach.ics import known
from crmsheet.outreach.messages import Message
from crmsheet.outreach.outbox import outbox_path
from crmsheet.outreach.reminders import Reminder, document, reminders
from crmsheet.outreach.send import Sent
from crmsheet.plan.calendar import WorkCalendar
from crmsheet.plan_lines import plan_document, plan_lines
from crmsheet.policy.settings import find_settings
from crmsheet.remind_lines import Told
from crmsheet.review.outputs import write_whole
from crmsheet.run import check
from crmsheet.sending import message_lines, send, sent_fields, sent_lines, shown, wanted, without_address
from crmsheet.texts import both


def remind_one(workbook: Path, job: Job) -> int:
    """``crmsheet remind``: who has to do what by tomorrow, on the terminal, as JSON and as calendars."""
    return job.told(lambda: _remind(check(workbook, job.options()), workbook, job))


def plan_one(workbook: Path, job: Job) -> int:
    """``crmsheet plan``: the period's contacts, day by day and owner by owner."""
    return job.told(lambda: _plan(check(workbook, job.options()), job))


def _plan(done: Assessment, job: Job) -> int:
    made = agenda(done.outcome, work_calendar(done), done.settings.capacity.of, job.lang)
    if job.as_json:
        click.echo(orjson.dumps(plan_document(done.outcome, made)))
        return 0
    for line in plan_lines(done.outcome, made, job.lang):
        job.tell(line)
    return 0


def _remind(done: Assessment, workbook: Path, job: Job) -> int:
    outcome, days = done.outcome, work_calendar(done)
    found, told = reminders(outcome, job.lang), Told(outcome, days.after(job.as_of), job.lang)
    ready = wanted(outcome, found, told, done.settings.remind, done.team.lead, job) if job.send else []
    written = _write_calendars(done, job.ics, job) if job.ics is not None and not job.dry_run else []
    if not job.as_json:
        _tell(done, found, told, job)
    if written:
        job.tell(job.say("remind_ics", count=len(written), path=job.ics))
    became = _send(done, workbook, ready, found, job) if job.send else None
    if job.as_json:
        more = {"ics": [str(path) for path in written], "sent": None if became is None else sent_fields(became)}
        click.echo(orjson.dumps(document(outcome, found, told.tomorrow.isoformat(), job.digest) | more))
    return 3 if any(one.counts["failed"] for one in became or ()) else 0


def _tell(done: Assessment, found: list[Reminder], told: Told, job: Job) -> None:
    job.tell(job.say("remind", workbook=done.outcome.workbook, as_of=job.as_of.isoformat(), tomorrow=told.tomorrow.isoformat()))
    for line in (line for one in found for line in told.owner_lines(one)):
        job.tell(line)
    if not found:
        job.tell(job.say("remind_nothing"))
    for line in told.digest_lines(found, done.team.lead) if job.digest else ():
        job.tell(line)


def _send(done: Assessment, workbook: Path, ready: list[Message], found: list[Reminder], job: Job) -> list[Sent]:
    """Send, or with ``--dry-run`` show; what went wrong is told on stderr even with ``--quiet``."""
    people = done.settings.remind
    if names := without_address(found, people):
        job.warn(job.say("send_without", names="、".join(names)))
    if job.dry_run:
        for line in message_lines(shown(ready, outbox_path(workbook), job), job):
            job.tell(line)
        return []
    became = send(workbook, ready, people, find_settings(workbook)[1], job)
    troubled = any(one.counts["failed"] or one.counts["unsure"] for one in became)
    for line in sent_lines(became, job):
        click.echo(line, err=True) if troubled else job.tell(line)
    return became


def work_calendar(done: Assessment) -> WorkCalendar:
    """The working days that the run went by."""
    return WorkCalendar(done.settings.calendar.holidays, done.settings.calendar.workdays)


def _write_calendars(done: Assessment, folder: Path, job: Job) -> list[Path]:
    """Write them whole or not at all.  Raises InputError when the folder cannot hold them."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        book = book_sign(done.outcome)
        before = {path.name: events for path in folder.glob("*.ics") if path.is_file() and (events := known(path.read_bytes(), book))}
        files = dict(calendars(done.outcome, work_calendar(done), job.lang, before))
        write_whole({folder / name: partial(_write, content) for name, content in files.items()})
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise InputError(*both("ics_failed", path=folder, why=why)) from error
    return [folder / name for name in files]


def _write(content: bytes, path: Path) -> None:
    path.write_bytes(content)
