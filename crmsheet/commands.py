"""What the commands do and say, one workbook at a time: run, make the review, tell people."""

from __future__ import annotations

import datetime as dt
import gc
import os
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
import numpy as np
import orjson

from crmsheet import findings as catalogue
from crmsheet.check_lines import found_lines, recognised_lines, tagged_lines
from crmsheet.errors import InputError
from crmsheet.job import REVIEW_FOLDER, Documents, Job
from crmsheet.mirror import drop_from_mirror
from crmsheet.model import Outcome, Verdict
from crmsheet.owners import owner_parts
from crmsheet.progress import clear, shown
from crmsheet.review.added import with_added
from crmsheet.review.document import Json
from crmsheet.review.outputs import Format, Seal, write_outputs, write_owners
from crmsheet.review.own_files import clear_stale
from crmsheet.review.words import Say
from crmsheet.rollup.team import Team, team_of_run
from crmsheet.rollup_command import check_folder, died, refused, write_rollup
from crmsheet.run import Result, check, dry_lines, process
from crmsheet.tags import having
from crmsheet.texts import both
from crmsheet.workbook import encrypted, undo, undo_steps

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
        yield _sheltered(path, lambda p=path, s=stem: _noted(p, s, job, documents), job)  # type: ignore[misc]


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
    return _sheltered(path, lambda: _noted(path, stem, job, documents), job), [*documents.parts, *documents.teams]


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


def _sheltered(path: Path, work: Callable[[], int], job: Job) -> int:
    """The exit code of one workbook; a fault of ours in it is told and does not keep the others from their turn."""
    try:
        return job.told(work)
    except BrokenPipeError:
        raise
    except Exception as error:
        if job.debug:
            raise
        click.echo(job.say("internal_in", path=path, kind=type(error).__name__), err=True)
        return 4


def check_all(workbooks: Sequence[Path], job: Job) -> int:
    """``crmsheet check``: reads only."""
    documents = Documents(len(workbooks) > 1)
    codes = [_sheltered(path, lambda p=path: _check_one(p, job, documents), job) for path in workbooks]  # type: ignore[misc]
    if job.as_json:
        documents.print()
    return max(codes)


def explain_one(asked: Sequence[str], job: Job) -> int:
    """``crmsheet explain``: a customer of a workbook, or a finding code."""
    return job.told(lambda: _explain_code(asked[0], job) if len(asked) == 1 else _explain_customer(Path(asked[0]), asked[1], job))


def _explain_code(code: str, job: Job) -> int:
    if Path(code).is_file():
        raise InputError(*both("explain_whom", path=code))
    from crmsheet.explain import code_lines, explain_code

    told = explain_code(code, job.lang)
    return _print(told, code_lines(told, job.say), job)


def _explain_customer(path: Path, asked: str, job: Job) -> int:
    from crmsheet.explain import customer_lines, explain_customer, find_customer

    done = check(path, job.options())
    told = explain_customer(done, find_customer(done.outcome, asked), job.lang)
    return _print(told, customer_lines(told, job.say, Say(job.lang).word), job)


def _print(told: Json, lines: Iterator[str], job: Job) -> int:
    """The document with ``--json``, else its lines."""
    if job.as_json:
        click.echo(orjson.dumps(told))
        return 0
    for line in lines:
        job.tell(line.rstrip())
    return 0


def undo_one(workbook: Path, job: Job) -> int:
    """``crmsheet undo``: the file as it was before the last write, or with ``--list`` what there is to go back to."""
    return job.told(lambda: _list_backups(workbook, job) if job.listing else _undo(workbook, job))


def _undo(workbook: Path, job: Job) -> int:
    receipt = undo(workbook, job.wait * 60)
    job.tell(job.say("undone", path=workbook, backup=receipt.backup))
    try:
        drop_from_mirror(workbook, receipt.sha256_before)
    except OSError as error:  # the file is restored all the same
        why = error.strerror or type(error).__name__
        click.echo(job.say("notice", line=job.say("mirror_stays", why=why)), err=True)
    for one in receipt.notices:
        click.echo(job.say("notice", line=one.zh if job.lang == "zh" else one.en), err=True)
    if job.as_json:
        click.echo(orjson.dumps({
            "path": str(workbook), "backup": str(receipt.backup),
            "sha256_before": receipt.sha256_before, "sha256_after": receipt.sha256_after,
        }))  # fmt: skip
    return 0


def _list_backups(workbook: Path, job: Job) -> int:
    """Newest first; the one that the next undo brings back is marked."""
    kept, following = undo_steps(workbook)
    if job.as_json:
        click.echo(orjson.dumps([
            {"number": b.number, "path": str(b.path), "before": b.before, "after": b.after, "next": b == following}
            for b in kept
        ]))  # fmt: skip
        return 0
    if not kept:
        job.tell(job.say("no_backups", path=workbook))
    for one in kept:
        when = dt.datetime.fromtimestamp(one.path.stat().st_mtime)
        key = "backup_next" if one == following else "backup"
        job.tell(job.say(key, number=one.number, when=f"{when:%Y-%m-%d %H:%M}", size=one.path.stat().st_size, path=one.path))
    return 0


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
    _tell(path, result, outputs, job)
    owners = _owner_files(outcome, folder, stem, job, job.output or path, seal) if job.per_owner and not job.dry_run else {}
    if job.rollup is not None:
        documents.teams.append(team_of_run(outcome, stem, str(path), outputs))
    elif job.as_json:
        documents.add(outcome, job.lang, {**outputs, **owners})
    if job.open_review and not job.as_json and "html" in outputs:
        show(outputs["html"], job)
    if outcome.not_written:
        return 3
    return _strict_code(outcome, job)


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


def _tell(path: Path, result: Result, outputs: Mapping[Format, Path], job: Job) -> None:
    """The summary of one workbook."""
    outcome = result.outcome
    customers = outcome.customers
    job.tell(job.say(
        "done", path=path, customers=len(customers), tasks=len(outcome.tasks),
        overdue=int((outcome.tasks["status"] == "overdue").sum()),
        proposals=int(customers["proposed_tier"].notna().sum()), findings=len(outcome.findings),
    ))  # fmt: skip
    job.tell(job.say("policy", name=outcome.policy_name, version=outcome.policy_version, why=outcome.policy_reason))
    if outcome.decisions is not None:
        _decided(outcome.decisions, job)
    _tell_write(result, job)
    for line in outcome.receipt.notices if outcome.receipt is not None else ():
        click.echo(job.say("notice", line=line), err=True)
    _tell_review(outputs, job)
    _tell_next(outcome, job)


def _tell_review(outputs: Mapping[Format, Path], job: Job) -> None:
    """Where the review lies, and what of it anybody can read although the workbook or the Excel review has a password."""
    if "html" in outputs:
        job.tell(job.say("review", path=outputs["html"]))
        if job.password_file is not None:
            job.tell(job.say("review_open"))
    elif "xlsx" in outputs:
        job.tell(job.say("review_sealed", path=outputs["xlsx"]))
        for older in (outputs["xlsx"].with_suffix(kind) for kind in (".html", ".json")):
            if older.exists():
                job.warn(job.say("review_older", path=older))


def _tell_next(outcome: Outcome, job: Job) -> None:
    """What people have to do before the next run."""
    customers = outcome.customers
    if waiting := int(customers["proposed_tier"].notna().sum()):
        job.tell(job.say("next_approve", count=waiting))
    if customers.empty:
        job.tell(job.say("no_customers", sheet=next(one.sheet for one in outcome.regions if one.kind == "customers")))


def _tell_write(result: Result, job: Job) -> None:
    """What became of the workbook."""
    outcome = result.outcome
    if job.dry_run:
        for line in dry_lines(result):
            job.tell(line)
        job.tell(job.say("dry", cells=len(result.changes)))
    elif outcome.not_written:
        click.echo(job.say("busy", line=outcome.not_written), err=True)
    elif outcome.receipt is not None and outcome.receipt.cells_changed == 0:
        job.tell(job.say("unchanged"))
    elif outcome.receipt is not None and job.output is not None:
        job.tell(job.say("copied", target=job.output, cells=outcome.receipt.cells_changed))
    elif outcome.receipt is not None:
        job.tell(job.say("written", cells=outcome.receipt.cells_changed, backup=outcome.receipt.backup))


def _decided(decisions: Sequence[Verdict], job: Job) -> None:
    """What became of the decisions of the Excel reviews: those with a remark one by one, those left out on stderr."""
    states = Counter(one.state for one in decisions)
    job.tell(job.say("decisions", read=len(decisions), applied=states["applied"], done=states["done"], left=states["left"]))
    for one in decisions:
        who, by = one.customer or one.id, job.say("decision_by", name=one.approver) if one.approver else ""
        if one.state == "left":
            click.echo(job.say("decision_left", where=one.where, who=who, word=one.word, why=job.say(f"decision_{one.why}")), err=True)
        elif one.state == "applied" and one.remark:
            job.tell(job.say("decision_remark", who=who, word=one.word, by=by, remark=one.remark))


def _check_one(path: Path, job: Job, documents: Documents) -> int:
    done = check(path, job.options())
    outcome = done.outcome
    chosen = np.flatnonzero(having(outcome.customers["tags"].to_numpy(dtype=object), job.tags)) if job.tags else None
    if job.as_json:
        documents.add(outcome, job.lang, {}, chosen)
        return _strict_code(outcome, job)
    if chosen is not None:
        for line in tagged_lines(outcome, chosen, job):
            job.tell(line)
        return _strict_code(outcome, job)
    for line in recognised_lines(outcome, job):
        job.tell(line)
    for sheet, other in done.tables.found.look_alikes:
        job.tell(job.say("look_alike", sheet=sheet, other=other.zh if job.lang == "zh" else other.en))
    for line in found_lines(outcome, job):
        job.tell(line)
    return _strict_code(outcome, job)


def _strict_code(outcome: Outcome, job: Job) -> int:
    return int(job.strict and any(catalogue.severity(one) == "error" for one in outcome.findings))


