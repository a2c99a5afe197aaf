"""The commands of the first hour: a new workbook, a look at a team's own, at the machine, and a team to try it on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import orjson

from crmsheet.blank.layout import sheets
from crmsheet.blank.paint import blank_workbook
from crmsheet.demo.weeks import WORKBOOK, Week, live
from crmsheet.doctor.book import book_lines, calendar_lines
from crmsheet.doctor.line import Line
from crmsheet.doctor.machine import machine_lines
from crmsheet.doctor.place import file_lines, folder_lines
from crmsheet.errors import InputError, WorkbookError
from crmsheet.job import REVIEW_FOLDER, Job
from crmsheet.policy.load import load_policy, preset_names
from crmsheet.policy.settings import FILE, find_settings
from crmsheet.process_command import show
from crmsheet.propose.look import Seen, look_at
from crmsheet.propose.text import toml_text
from crmsheet.review.outputs import FORMATS, Format, write_outputs
from crmsheet.texts import both, say
from crmsheet.workbook import open_workbook

DEMO_CUSTOMER = "C2026008"  # one that moves: a look at why is worth while
DEFAULT_PRESET = "priority"  # what a run takes when nothing else tells (SPEC §4)


def init_one(file: Path | None, job: Job) -> int:
    """``crmsheet init``: a blank workbook, or with ``--from`` the settings that a team's own one needs."""
    if (file is not None and job.source is not None) or (job.write and job.source is None):
        return job.refuse(InputError(*both("from_and_file")))
    return job.told(lambda: _new(file, job) if job.source is None else _propose(job.source, job))


def _new(file: Path | None, job: Job) -> int:
    if file is None:
        raise InputError(*both("init_what"))
    if file.suffix.lower() != ".xlsx":
        raise InputError(*both("init_suffix", path=file))
    settings, folder = find_settings(file)
    chosen = job.policy or settings.policy.name or DEFAULT_PRESET
    policy = load_policy(chosen, Path() if job.policy else folder)
    _create(file, blank_workbook(policy, job.lang))
    title = policy.title if job.lang == "zh" else policy.title_en
    job.tell(job.say("init_done", path=file, name=policy.name, title=title))
    if settings.policy.name not in (None, chosen):
        job.warn(job.say("init_other_policy", name=settings.policy.name))
    elif chosen not in preset_names() and settings.policy.name is None:
        job.warn(job.say("init_policy_file", name=chosen))
    job.tell(job.say("init_next", path=file))
    if job.as_json:
        tables = {sheet.title: [column.header for column in sheet.columns] for sheet in sheets(policy, job.lang)}
        click.echo(orjson.dumps({"path": str(file), "policy": policy.name, "tables": tables}))
    return 0


def _propose(path: Path, job: Job) -> int:
    settings, folder = find_settings(path)
    with open_workbook(path, job.options().password) as book:
        seen = look_at(book, settings, folder, job.policy)
    if not any(one.kind == "customers" for one in seen.proposal.headers):
        raise _nothing_seen(path, seen)
    text = toml_text(seen, path.name, job.policy, job.lang)
    target = path.resolve().parent / FILE
    if job.write:
        _settle(target, folder, text, job)
    elif not job.as_json:
        click.echo(text, nl=False)
    _say_seen(path, seen, job)
    job.tell_aside(job.say("from_written", path=target, workbook=path) if job.write else job.say("from_next"))
    if job.as_json:
        click.echo(orjson.dumps({
            "workbook": str(path), "policy": seen.choice.policy.name, "columns": [asdict(one) for one in seen.proposal.headers],
            "tiers": [asdict(one) for one in seen.proposal.tiers], "toml": text, "written": str(target) if job.write else None,
        }))  # fmt: skip
    return 0


def _settle(target: Path, folder: Path, text: str, job: Job) -> None:
    """Write the settings, never over others.  Raises InputError."""
    _create(target, text.encode(), "from_settings")
    if folder != target.parent and (folder / FILE).is_file():
        job.warn(job.say("from_above", path=folder / FILE))


def _say_seen(path: Path, seen: Seen, job: Job) -> None:
    columns = Counter(one.state for one in seen.proposal.headers)
    tiers = Counter(one.state for one in seen.proposal.tiers)
    job.tell_aside(job.say(
        "from_counts", path=path, known=columns["known"], likely=columns["likely"], doubtful=columns["doubtful"],
        unknown=columns["unknown"], tiers_known=tiers["known"], tiers_likely=tiers["likely"], tiers_unknown=tiers["unknown"],
    ))  # fmt: skip
    if seen.proposal.guessed:
        job.warn(job.say("from_guessed", sheets="、".join(seen.proposal.guessed)))


def _nothing_seen(path: Path, seen: Seen) -> InputError:
    if not seen.found.look_alikes:
        return InputError(*both("from_nothing", path=path))
    zh = "；".join(f"“{sheet}”像是{other.zh}" for sheet, other in seen.found.look_alikes)
    en = "; ".join(f"“{sheet}” looks like {other.en}" for sheet, other in seen.found.look_alikes)
    return InputError(say("cli", "from_look_alike", "zh", path=path, seen=zh), say("cli", "from_look_alike", "en", path=path, seen=en))


def _create(file: Path, data: bytes, taken: str = "init_exists") -> None:
    """Write a file that is not there yet.  Raises InputError: there is one, or none can be made here."""
    try:
        with file.open("xb") as target:
            target.write(data)
    except FileExistsError:
        raise InputError(*both(taken, path=file)) from None
    except OSError as error:
        raise InputError(*both("init_folder", path=file, why=error.strerror or type(error).__name__)) from error


def doctor_one(workbook: Path | None, encoding: str | None, job: Job) -> int:
    """``crmsheet doctor``: 2 when something prevents a run.  ``encoding``: the console's, as Python found it."""
    try:
        lines = [*machine_lines(job.lang, encoding), *_looked_at(workbook, job)]
    except WorkbookError as error:
        return job.refuse(error)
    states = Counter(one.state for one in lines)
    for one in lines:
        name = say("doctor", f"name_{one.check}", job.lang)
        job.tell(say("doctor", "line", job.lang, state=say("doctor", f"state_{one.state}", job.lang), name=name, text=one.text))
        if one.fix:
            job.tell(say("doctor", "fix", job.lang, fix=one.fix))
    last = "blocked" if states["error"] else "ready_warn" if states["warn"] else "ready"
    job.tell(say("doctor", last, job.lang, warns=states["warn"], errors=states["error"]))
    if job.as_json:
        click.echo(orjson.dumps({"ready": not states["error"], "lines": [asdict(one) for one in lines]}))
    return 2 if states["error"] else 0


def _looked_at(workbook: Path | None, job: Job) -> Iterator[Line]:
    """The folder and the workbook; without one the current folder."""
    folder = Path.cwd() if workbook is None else workbook.resolve().parent
    yield from folder_lines(folder, job.lang)
    if workbook is not None:
        there = workbook.is_file()
        yield from file_lines(workbook, job.lang) if there else ()
        yield from book_lines(workbook, job.policy, job.options().password, job.lang)
    yield from calendar_lines(job.as_of, workbook, job.lang)


def demo_one(folder: Path, job: Job) -> int:
    """``crmsheet demo``: eight weeks of a team, and where its last review is."""
    return job.told(lambda: _live(folder, job))


def _live(folder: Path, job: Job) -> int:
    _empty(folder)
    weeks: list[dict[str, Any]] = []
    outputs: Mapping[Format, Path] = {}
    for week in live(folder, job.as_of, job.lang):
        outputs = write_outputs(week.outcome, folder / REVIEW_FOLDER, Path(WORKBOOK).stem, FORMATS, job.lang, folder / WORKBOOK)
        weeks.append(_told(week))
        job.tell(job.say("demo_week" if week.edits else "demo_first", **weeks[-1]))
    job.tell(job.say("demo_done", path=folder / WORKBOOK))
    job.tell(job.say("review", path=outputs["html"]))
    job.tell(job.say("demo_next", path=folder / WORKBOOK, id=DEMO_CUSTOMER))
    if job.open_review and not job.as_json:
        show(outputs["html"], job)
    if job.as_json:
        click.echo(orjson.dumps({"workbook": str(folder / WORKBOOK), "weeks": weeks, "review": str(outputs["html"])}))
    return 0


def _empty(folder: Path) -> None:
    """Make the folder.  Raises InputError: there is something in it, or it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = any(folder.iterdir())
    except OSError as error:
        raise InputError(*both("init_folder", path=folder, why=error.strerror or type(error).__name__)) from error
    if taken:
        raise InputError(*both("demo_taken", path=folder))


def _told(week: Week) -> dict[str, Any]:
    """One week in figures."""
    outcome, edits = week.outcome, week.edits
    return {
        "number": week.number, "as_of": week.as_of.isoformat(), "customers": len(outcome.customers),
        "overdue": int((outcome.tasks["status"] == "overdue").sum()), "proposals": int(outcome.customers["proposed_tier"].notna().sum()),
        "findings": len(outcome.findings), "entries": len(edits.log) if edits else 0, "agreed": edits.agreed if edits else 0,
        "refused": edits.refused if edits else 0, "by_hand": edits.by_hand if edits else 0, "new": len(edits.new) if edits else 0,
    }  # fmt: skip
