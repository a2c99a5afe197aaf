"""``crmsheet process``: each workbook is run and written, its review made, people told; several in turn, at once or on a cluster."""

from __future__ import annotations

import gc
import os
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from crmsheet.errors import InputError
from crmsheet.job import REVIEW_FOLDER, Documents, Job
from crmsheet.model import Outcome
from crmsheet.owners import owner_parts
from crmsheet.process_lines import tell_run
from crmsheet.progress import clear, shown
from crmsheet.review.added import with_added
from crmsheet.review.outputs import Format, Seal, write_outputs, write_owners
from crmsheet.review.own_files import clear_stale
from crmsheet.rollup.team import Team, team_of_run
from crmsheet.rollup_command import check_folder, died, refused, write_rollup
from crmsheet.run import process
from crmsheet.texts import both
from crmsheet.workbook import encrypted

if TYPE_CHECKING:
    from crmsheet.many import Done

Made = TypeVar("Made")
LOADED_LATE = ("crmsheet.review.html", "crmsheet.review.xlsx", "holidays.countries.china", "cn2an", "filelock")  # by a run that needs it; each of several does
JSON_LIMIT = 20_000  # above this many customers the .json of the review is written only with --json (SPEC §8)


def process_all(workbooks: Sequence[Path], job: Job) -> int:
    """``crmsheet process``: the worst exit code of all workbooks."""
    if job.output is not None and len(workbooks) > 1:
        return job.refuse(InputError(*both("output_many")))
    if job.decisions and len(workbooks) > 1:
        return job.refuse(InputError(*both("decisions_many")))
    documents = Documents(len(workbooks) > 1)
    calls = list(zip(workbooks, review_stems(workbooks), strict=True))
    if job.rollup is not None and (code := job.told(lambda: _rollup_ready(calls, job))):
        return code
    return job.told(lambda: _ended(list(_codes(calls, job, documents)), job, documents))


def _codes(calls: Sequence[tuple[Path, str]], job: Job, documents: Documents) -> Iterator[int]:
    """The exit code of each workbook: run on a cluster, several at once, or one after the other."""
    if job.executor is not None:
        return _on_cluster(calls, job, documents)
    many = job.jobs > 1 and len(calls) > 1
    return _at_once(calls, job, documents) if many else _in_turn(calls, job, documents)


def _ended(codes: list[int], job: Job, documents: Documents) -> int:
    """What is told when all workbooks are done; the worst exit code."""
    if job.rollup is not None:
        codes.append(write_rollup(job.rollup, documents.teams, _seal(job), job))
    elif job.as_json:
        documents.print()
    return max(codes)


def _in_turn(calls: Sequence[tuple[Path, str]], job: Job, documents: Documents) -> Iterator[int]:
    """The exit code of each workbook.  What the one before left behind goes first: the command collects no garbage while it works."""
    for number, (path, stem) in enumerate(calls):
        if number:
            gc.collect()
        if number == 1:
            gc.freeze()  # what one workbook has loaded serves all: from now on only what a workbook made is looked at
        yield job.sheltered(path, lambda p=path, s=stem: _noted(p, s, job, documents))  # type: ignore[misc]


def _at_once(calls: Sequence[tuple[Path, str]], job: Job, documents: Documents) -> Iterator[int]:
    """The exit code of each workbook, each run in a process of its own; one that dies is told, and the others go on."""
    from crmsheet.many import each  # here and below: what a run over one workbook does not need

    quiet = replace(job, opener=None)  # what opens a page cannot be sent to another process
    yield from _relayed(calls, each(_alone, [(*call, quiet) for call in calls], job.jobs, LOADED_LATE), job, documents)


def _on_cluster(calls: Sequence[tuple[Path, str]], job: Job, documents: Documents) -> Iterator[int]:
    """The same over a cluster.  Raises InputError before any workbook is begun."""
    from crmsheet.cluster import connect, each_on

    scheme, _, address = (job.executor or "").partition("://")
    if scheme != "dask" or not address:
        raise InputError(*both("executor_unknown", executor=job.executor))
    try:
        client = connect(address)
    except ImportError as error:
        raise InputError(*both("executor_extra")) from error
    except OSError as error:
        raise InputError(*both("executor_silent", executor=job.executor)) from error
    sent = [(*call, replace(job, opener=None, executor=None)) for call in calls]
    with client:
        yield from _relayed(calls, each_on(client, _alone, sent), job, documents)


def _relayed(calls: Sequence[tuple[Path, str]], results: Iterator[Done], job: Job, documents: Documents) -> Iterator[int]:
    from crmsheet.many import relay

    for (path, stem), done in zip(calls, results, strict=True):
        relay(done)
        documents.take(done.documents)
        if done.died is not None:
            documents.teams.append(died(path, stem, done.died, job))
            click.echo(job.say("refused", line=job.say("died", path=path, code=done.died)), err=True)
        yield done.code


def _alone(path: Path, stem: str, job: Job) -> tuple[int, list[bytes | Team]]:
    """One workbook in a process of its own: exit code, and its result document or its line of the rollup."""
    documents = Documents(several=True)
    return job.sheltered(path, lambda: _noted(path, stem, job, documents)), [*documents.parts, *documents.teams]


def _rollup_ready(calls: Sequence[tuple[Path, str]], job: Job) -> int:
    """0: the rollup can be written.  Raises InputError."""
    _seal(job)
    if job.rollup is not None and not job.dry_run:
        check_folder(job.rollup, calls, job)
    return 0


def _noted(path: Path, stem: str, job: Job, documents: Documents) -> int:
    """One workbook's exit code; the rollup hears of a workbook that has no figures, too."""
    try:
        return _process_one(path, stem, job, documents)
    except Exception as error:
        if not isinstance(error, BrokenPipeError):
            documents.teams.append(refused(path, stem, error, job))
        raise


def review_stems(workbooks: Sequence[Path]) -> list[str]:
    """File stems for the reviews; equal stems get their folder's name in front (SPEC §8)."""
    times = Counter(path.stem for path in workbooks)
    return [p.stem if times[p.stem] == 1 else f"{p.resolve().parent.name}-{p.stem}" for p in workbooks]


def _process_one(path: Path, stem: str, job: Job, documents: Documents) -> int:
    folder = job.out or path.resolve().parent / REVIEW_FOLDER
    seal = _seal(job)
    if job.output is not None and job.output.exists() and path.exists() and os.path.samefile(job.output, path):
        raise InputError(*both("same_file", path=path))
    if not job.dry_run:
        _writable(folder)
    with shown(path.name, job.lang, quiet=job.quiet) as progress:
        result = process(path, job.options(), output=job.output, dry_run=job.dry_run, wait=job.wait * 60, progress=progress)
        outcome = result.outcome if job.dry_run else with_added(result.outcome, job.lang)
        result = replace(result, outcome=outcome)
        outputs: Mapping[Format, Path] = {}
        if not job.dry_run:
            progress("review", len(outcome.customers))
            outputs = _review(outcome, folder, stem, job, job.output or path, seal)
    tell_run(path, result, outputs, job)
    owners = _owner_files(outcome, folder, stem, job, job.output or path, seal) if job.per_owner and not job.dry_run else {}
    if job.rollup is not None:
        documents.teams.append(team_of_run(outcome, stem, str(path), outputs))
    elif job.as_json:
        documents.add(outcome, job.lang, {**outputs, **owners})
    if job.open_review and not job.as_json and "html" in outputs:
        show(outputs["html"], job)
    if outcome.not_written:
        return 3
    return job.strict_code(outcome)


def _seal(job: Job) -> Seal | None:
    """What puts the reviews under their password.  Raises InputError."""
    word = job.review_password()
    if word is None:
        return None
    if job.open_review:
        raise InputError(*both("sealed_open"))
    return lambda package: encrypted(package, word)


def _writable(folder: Path) -> None:
    """Whether the review can be written, asked before the workbook is.  Raises InputError."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise InputError(*both("out_not_folder", path=folder))


def _review(outcome: Outcome, folder: Path, stem: str, job: Job, workbook: Path, seal: Seal | None) -> Mapping[Format, Path]:
    """Write the review's files; when that fails the workbook is written all the same, and people are told.

    So is a fault of ours then: an exit code that says "nothing was written" would not be true any more.
    """
    formats: list[Format] = ["html", "xlsx"] if seal is None else ["xlsx"]
    if seal is None and (job.as_json or len(outcome.customers) <= JSON_LIMIT):
        formats.append("json")
    return _written(lambda: write_outputs(outcome, folder, stem, formats, job.lang, workbook, seal), outcome, folder, job) or {}


def _owner_files(outcome: Outcome, folder: Path, stem: str, job: Job, workbook: Path, seal: Seal | None) -> Mapping[str, Path]:
    """A page and an Excel file for each owner, in a folder of their own; people are told where."""
    place = folder / f"{stem}-{outcome.as_of.isoformat()}-owners"
    made = _written(lambda: write_owners(owner_parts(outcome), place, job.lang, workbook, seal), outcome, place, job)
    if not made:
        return {}
    job.tell(job.say("owner_files", count=sum(one.suffix == ".xlsx" for one in made), path=place))
    stale = _written(lambda: clear_stale(place, made), outcome, place, job)
    for key, paths in (("stale_removed", stale.removed), ("stale_kept", stale.kept)) if stale else ():
        if paths:
            click.echo(job.say(key, names=job.say("list_comma").join(path.name for path in paths)), err=True)
    return {"owners": place}


def _written(write: Callable[[], Made], outcome: Outcome, folder: Path, job: Job) -> Made | None:
    """What was written; None when that failed after the workbook was written, and people are told."""
    try:
        return write()
    except Exception as error:
        if not isinstance(error, OSError) and outcome.receipt is None:
            raise
        if job.debug:
            traceback.print_exc()
        why = getattr(error, "strerror", None) or type(error).__name__
        clear()
        click.echo(job.say("review_failed", path=folder, why=why), err=True)
        return None


def show(page: Path, job: Job) -> None:
    """Show the review; where there is no browser a line says so."""
    if not (job.opener or _browse)(page.absolute().as_uri()):
        click.echo(job.say("no_browser", path=page), err=True)


def _browse(address: str) -> bool:
    import webbrowser

    try:
        return webbrowser.open(address)
    except webbrowser.Error:
        return False
