"""``crmsheet process --rollup DIR``: the page over all teams of one command, once they are through."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click
import orjson

from crmsheet.errors import BusyError, InputError, WorkbookError
from crmsheet.job import REVIEW_FOLDER, Job
from crmsheet.review.outputs import Seal, write_pages
from crmsheet.rollup.across import roll_up
from crmsheet.rollup.document import rollup_document
from crmsheet.rollup.pages import names_of, rollup_heading, rollup_sections
from crmsheet.rollup.team import Team
from crmsheet.texts import both, say

NAME = "rollup"  # the page is rollup-<as-of>.html


def check_folder(folder: Path, calls: Sequence[tuple[Path, str]], job: Job) -> None:
    """Whether the page may be written, asked before any workbook is.  Raises InputError."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise InputError(*both("not_written", "rollup", path=folder, why="—"))
    for path, stem in calls:
        if stem.casefold() == NAME and (job.out or path.resolve().parent / REVIEW_FOLDER).resolve() == folder.resolve():
            raise InputError(*both("clash", "rollup", path=folder, name=path))


def refused(path: Path, stem: str, error: Exception, job: Job) -> Team:
    """The team of a workbook that has no figures, and why."""
    if isinstance(error, WorkbookError):
        return Team(stem, str(path), "busy" if isinstance(error, BusyError) else "refused", error.zh if job.lang == "zh" else error.en)
    return Team(stem, str(path), "failed", say("rollup", "fault", job.lang, kind=type(error).__name__))


def died(path: Path, stem: str, code: int, job: Job) -> Team:
    """The team of a workbook whose process ended without a word."""
    return Team(stem, str(path), "failed", say("rollup", "died", job.lang, code=code))


def write_rollup(folder: Path, teams: Sequence[Team], seal: Seal | None, job: Job) -> int:
    """The page, unless it is a dry run, and with ``--json`` its document; 2 when it cannot be written."""
    found, code = roll_up(job.as_of, teams), 0
    paths = {}
    if not job.dry_run:
        sections = rollup_sections(found, folder, job.lang)
        stem = folder / f"{NAME}-{job.as_of.isoformat()}"
        try:
            paths = write_pages(rollup_heading(found, job.lang), job.as_of, names_of(found.judged), sections, stem, job.lang, None, seal)
            job.tell(say("rollup", "written", job.lang, paths=job.say("list_comma").join(map(str, paths.values()))))
        except OSError as error:
            code = job.refuse(InputError(*both("not_written", "rollup", path=folder, why=error.strerror or type(error).__name__)))
    if job.as_json:
        click.echo(orjson.dumps(rollup_document(found, paths)))
    return code
