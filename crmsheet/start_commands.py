"""The commands of the first hour: a new workbook, a look at a team's own, at the machine, and a team to try it on."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from crmsheet.blank.layout import sheets
from crmsheet.blank.paint import blank_workbook
from crmsheet.errors import InputError, WorkbookError
from crmsheet.job import Job
from crmsheet.policy.load import load_policy, preset_names
from crmsheet.policy.settings import find_settings
from crmsheet.texts import say

DEFAULT_PRESET = "priority"  # what a run takes when nothing else tells (SPEC §4)


def init_one(file: Path | None, job: Job) -> int:
    """``crmsheet init``: a blank workbook."""
    try:
        return _new(file, job)
    except WorkbookError as error:
        return job.refuse(error)


def _new(file: Path | None, job: Job) -> int:
    if file is None:
        raise _refusal("init_what")
    if file.suffix.lower() != ".xlsx":
        raise _refusal("init_suffix", path=file)
    settings, folder = find_settings(file)
    chosen = job.policy or settings.policy or DEFAULT_PRESET
    policy = load_policy(chosen, Path() if job.policy else folder)
    _create(file, blank_workbook(policy, job.lang))
    title = policy.title if job.lang == "zh" else policy.title_en
    job.tell(job.say("init_done", path=file, name=policy.name, title=title))
    if settings.policy not in (None, chosen):
        job.warn(job.say("init_other_policy", name=settings.policy))
    elif chosen not in preset_names() and settings.policy is None:
        job.warn(job.say("init_policy_file", name=chosen))
    job.tell(job.say("init_next", path=file))
    if job.as_json:
        tables = {sheet.title: [column.header for column in sheet.columns] for sheet in sheets(policy, job.lang)}
        click.echo(orjson.dumps({"path": str(file), "policy": policy.name, "tables": tables}))
    return 0


def _create(file: Path, data: bytes) -> None:
    """Write a file that is not there yet.  Raises InputError: there is one, or none can be made here."""
    try:
        with file.open("xb") as target:
            target.write(data)
    except FileExistsError:
        raise _refusal("init_exists", path=file) from None
    except OSError as error:
        raise _refusal("init_folder", path=file, why=error.strerror or type(error).__name__) from error


def _refusal(key: str, **params: object) -> InputError:
    return InputError(say("cli", key, "zh", **params), say("cli", key, "en", **params))
