"""The commands that bring the plan to people and write nothing into the workbook."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click
import orjson

from crmsheet.assess import Assessment
from crmsheet.errors import InputError, WorkbookError
from crmsheet.job import Job
from crmsheet.outreach.agenda import agenda
from crmsheet.outreach.calendars import calendars
from crmsheet.outreach.reminders import document, reminders
from crmsheet.plan.calendar import WorkCalendar
from crmsheet.plan_lines import plan_document, plan_lines
from crmsheet.remind_lines import Told
from crmsheet.review.outputs import write_whole
from crmsheet.run import check
from crmsheet.texts import say


def remind_one(workbook: Path, job: Job) -> int:
    """``crmsheet remind``: who has to do what by tomorrow, on the terminal, as JSON and as calendars."""
    try:
        return _remind(check(workbook, job.options()), job)
    except WorkbookError as error:
        return job.refuse(error)


def plan_one(workbook: Path, job: Job) -> int:
    """``crmsheet plan``: the period's contacts, day by day and owner by owner."""
    try:
        done = check(workbook, job.options())
    except WorkbookError as error:
        return job.refuse(error)
    made = agenda(done.outcome, work_calendar(done), done.settings.capacity.of, job.lang)
    if job.as_json:
        click.echo(orjson.dumps(plan_document(done.outcome, made)))
        return 0
    for line in plan_lines(done.outcome, made, job.lang):
        job.tell(line)
    return 0


def _remind(done: Assessment, job: Job) -> int:
    outcome, days = done.outcome, work_calendar(done)
    found, told = reminders(outcome, job.lang), Told(outcome, days.after(job.as_of), job.lang)
    written = _write_calendars(done, job.ics, job) if job.ics is not None and not job.dry_run else []
    if job.as_json:
        paths = {"ics": [str(path) for path in written]}
        click.echo(orjson.dumps(document(outcome, found, told.tomorrow.isoformat(), job.digest) | paths))
        return 0
    job.tell(job.say("remind", workbook=outcome.workbook, as_of=job.as_of.isoformat(), tomorrow=told.tomorrow.isoformat()))
    for line in (line for one in found for line in told.owner_lines(one)):
        job.tell(line)
    if not found:
        job.tell(job.say("remind_nothing"))
    for line in told.digest_lines(found, done.settings.roles.lead) if job.digest else ():
        job.tell(line)
    if written:
        job.tell(job.say("remind_ics", count=len(written), path=job.ics))
    return 0


def work_calendar(done: Assessment) -> WorkCalendar:
    """The working days that the run went by."""
    return WorkCalendar(done.settings.calendar.holidays, done.settings.calendar.workdays)


def _write_calendars(done: Assessment, folder: Path, job: Job) -> list[Path]:
    """Write them whole or not at all.  Raises InputError when the folder cannot hold them."""
    files = dict(calendars(done.outcome, work_calendar(done), job.lang))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole({folder / name: partial(_write, content) for name, content in files.items()})
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise InputError(say("cli", "ics_failed", "zh", path=folder, why=why), say("cli", "ics_failed", "en", path=folder, why=why)) from error
    return [folder / name for name in files]


def _write(content: bytes, path: Path) -> None:
    path.write_bytes(content)
