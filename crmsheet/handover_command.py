"""``crmsheet handover``: one owner's list, or all that is to be handed over; reads only."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

import click
import orjson

from crmsheet.assess import Assessment
from crmsheet.errors import InputError
from crmsheet.handover import handovers, of
from crmsheet.handover_lines import handover_document, handover_lines
from crmsheet.job import Job
from crmsheet.model import Handover, Outcome
from crmsheet.review.handover import handover_section
from crmsheet.review.outputs import safe_name, write_sections
from crmsheet.run import check
from crmsheet.texts import both


def handover_one(workbook: Path, job: Job) -> int:
    """What is to be handed over, to whom, and what they must know."""
    return job.told(lambda: _handover(check(workbook, job.options()), workbook, job))


def _handover(done: Assessment, workbook: Path, job: Job) -> int:
    cases = _cases(done, job)
    if job.as_json:
        click.echo(orjson.dumps(handover_document(done.outcome, cases)))
    else:
        for line in handover_lines(done.outcome, cases, job.lang):
            job.tell(line)
    if job.out is not None and cases:
        paths = _write(done.outcome, cases, workbook, job.out, job)
        job.tell(job.say("handover_pages", paths="、".join(map(str, paths))))
    return 0


def _cases(done: Assessment, job: Job) -> list[Handover]:
    """Raises InputError for an owner whom no customer has, and for a successor who leaves as well."""
    team = done.team
    if job.leaver is not None:
        _check_owner(done.outcome, job.leaver)
        team = team.leaving(job.leaver, job.to)
    if job.to is not None and team.member(job.to).left:
        raise InputError(*both("handover_gone", name=job.to))
    found = of(handovers(done.outcome, done.filling.policy, team, done.settings.capacity.of), job.leaver, job.to)
    stays = job.leaver is not None and not done.team.member(job.leaver).left
    return [one._replace(why="asked") if stays else one for one in found]


def _check_owner(outcome: Outcome, name: str) -> None:
    """What was typed is not told again: it may be a customer's."""
    owners = sorted({str(one).strip() for one in outcome.customers["owner"].dropna()})
    if name not in owners:
        near = get_close_matches(name, owners, 1, 0.3)
        raise InputError(*(both("handover_nobody_near", near=near[0]) if near else both("handover_nobody")))


def _write(outcome: Outcome, cases: Sequence[Handover], workbook: Path, folder: Path, job: Job) -> list[Path]:
    """A page and an Excel file.  Raises InputError when the folder cannot hold them."""
    owner = job.leaver and safe_name(job.leaver, set())
    name = "-".join(filter(None, (workbook.stem, "handover", owner, job.as_of.isoformat())))
    try:
        return write_sections(outcome, (handover_section(outcome, cases, job.lang),), folder, name, job.lang, workbook)
    except OSError as error:
        raise InputError(*both("page_failed", "lab", path=folder, why=error.strerror or type(error).__name__)) from error
