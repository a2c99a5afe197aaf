"""``crmsheet check``, ``explain`` and ``undo``: what they do and say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import numpy as np
import orjson

from crmsheet.check_lines import found_lines, recognised_lines, tagged_lines
from crmsheet.errors import InputError
from crmsheet.job import Documents, Job
from crmsheet.mirror import drop_from_mirror
from crmsheet.review.document import Json
from crmsheet.review.words import Say
from crmsheet.run import check
from crmsheet.tags import having
from crmsheet.texts import both
from crmsheet.workbook import undo, undo_steps


def check_all(workbooks: Sequence[Path], job: Job) -> int:
    """``crmsheet check``: reads only."""
    documents = Documents(len(workbooks) > 1)
    codes = [job.sheltered(path, lambda p=path: _check_one(p, job, documents)) for path in workbooks]  # type: ignore[misc]
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


def _check_one(path: Path, job: Job, documents: Documents) -> int:
    done = check(path, job.options())
    outcome = done.outcome
    chosen = np.flatnonzero(having(outcome.customers["tags"].to_numpy(dtype=object), job.tags)) if job.tags else None
    if job.as_json:
        documents.add(outcome, job.lang, {}, chosen)
        return job.strict_code(outcome)
    if chosen is not None:
        for line in tagged_lines(outcome, chosen, job):
            job.tell(line)
        return job.strict_code(outcome)
    for line in recognised_lines(outcome, job):
        job.tell(line)
    for sheet, other in done.tables.found.look_alikes:
        job.tell(job.say("look_alike", sheet=sheet, other=other.zh if job.lang == "zh" else other.en))
    for line in found_lines(outcome, job):
        job.tell(line)
    return job.strict_code(outcome)
