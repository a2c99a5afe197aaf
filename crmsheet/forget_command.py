"""``forget``: where a customer stands, and what is cleared; says the customer's number at most, and never a name."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click
import orjson

from crmsheet.errors import InputError
from crmsheet.forgetting import Places, find_places, plan_removal
from crmsheet.job import REVIEW_FOLDER, Job
from crmsheet.memory.ledger import pseudonym
from crmsheet.mirror import Row, read_mirror, replace_rows
from crmsheet.policy.settings import find_settings
from crmsheet.texts import both, listed
from crmsheet.traces import reviews_with, states_with
from crmsheet.workbook import Receipt, open_workbook

TABLES = ("customers", "followups", "strategy")


@dataclass
class Files:
    """What stands beside the workbook: rows of the ledger's mirror, and files."""

    mirror: int = 0
    backups: list[Path] = field(default_factory=list)
    reviews: list[Path] = field(default_factory=list)
    removed: list[Path] = field(default_factory=list)


def forget_one(workbook: Path, customer: str, job: Job) -> int:
    """``crmsheet forget``: exit code."""
    return job.told(lambda: _forget(workbook, customer, job))


def _forget(workbook: Path, customer: str, job: Job) -> int:
    settings, receipt = find_settings(workbook)[0], None
    with open_workbook(workbook, job.options().password) as book:
        places = find_places(book, settings, job.as_of, customer)
        files = _files(workbook, places, job)
        if not (places.found or files.mirror or files.backups or files.reviews):
            raise InputError(*both("forget_nobody", path=workbook))
        if job.remove:
            sign = f"已删除-{secrets.token_hex(4)}"
            plan_removal(book, settings, job.as_of, places, sign)
            if not job.dry_run:
                receipt = book.commit(wait=job.wait * 60, forget=True, backup=not job.backups)
                _clear_beside(workbook, places, files, sign, job)
    _tell(workbook, places, files, receipt, job)
    return _document(workbook, places, files, receipt, job)


def _files(workbook: Path, places: Places, job: Job) -> Files:
    mirror = sum(_is_of(row, places) for row in read_mirror(workbook))
    try:
        return Files(mirror, states_with(workbook, places.telltale),
                     reviews_with(workbook, job.out or workbook.resolve().parent / REVIEW_FOLDER, places.telltale))  # fmt: skip
    except OSError as error:
        raise InputError(*both("forget_unreadable", path=error.filename, why=error.strerror)) from None


def _is_of(row: Row, places: Places) -> bool:
    """Whether a row of the mirror is the customer's: there a person's name is a sign."""
    keys = [str(row.get(header)) for header in ("客户编号", "客户名称") if row.get(header)]
    signs = {pseudonym(name) for name in places.names}
    return any(places.is_key(key) or key in signs for key in keys)


# ---------------------------------------------------------------- clearing what stands beside


def _clear_beside(workbook: Path, places: Places, files: Files, sign: str, job: Job) -> None:
    """The mirror's rows get the sign, and files go where that was asked for; what fails is told, and stays listed."""
    def masked(row: Row) -> Row:
        return {**row, "客户编号": sign, "客户名称": sign} if _is_of(row, places) else row

    _try(lambda: replace_rows(workbook, masked), job)
    for path in [*(files.backups if job.backups else ()), *(files.reviews if job.reviews else ())]:
        if _try(path.unlink, job):
            files.removed.append(path)


def _try(work: Callable[[], object], job: Job) -> bool:
    try:
        work()
    except OSError as error:
        click.echo(job.say("notice", line=job.say("forget_stays", path=error.filename, why=error.strerror)), err=True)
        return False
    return True


# ---------------------------------------------------------------- what people are told


def _tell(workbook: Path, places: Places, files: Files, receipt: Receipt | None, job: Job) -> None:
    job.tell(job.say("forget_where", path=workbook))
    lines: list[tuple[str, Sequence[object]]] = [
        *((f"forget_{kind}", places.rows.get(kind, [])) for kind in TABLES),
        ("forget_ledger", places.ledger), ("forget_runs", places.runs), ("forget_mentions", places.mentions), ("forget_parts", places.parts),
        ("forget_backups", files.backups), ("forget_reviews", files.reviews),
    ]  # fmt: skip
    for key, found in lines:
        if found:
            job.tell(job.say(key, count=len(found), where=listed([str(one) for one in found], job.lang)))
    if files.mirror:
        job.tell(job.say("forget_mirror", count=files.mirror))
    if job.remove and job.dry_run:
        for ref in places.cleared:
            job.tell(ref)
        job.tell(job.say("dry", cells=len(places.cleared)))
    if receipt is not None:
        _tell_removed(places, files, receipt, job)
    job.tell(job.say("forget_beyond"))


def _tell_removed(places: Places, files: Files, receipt: Receipt, job: Job) -> None:
    job.tell(job.say("forget_removed", cells=receipt.cells_changed, files=len(files.removed)))
    stay = [*places.left, *places.mentions, *places.parts]
    kept = [path for path in (*files.backups, *files.reviews) if path not in files.removed]
    kept += [receipt.backup] if receipt.backup else []
    for key, found in (("forget_left", stay), ("forget_kept", kept)):
        if found:
            click.echo(job.say("notice", line=job.say(key, count=len(found), where=listed([str(one) for one in found], job.lang))), err=True)
    for one in receipt.notices:
        click.echo(job.say("notice", line=one.zh if job.lang == "zh" else one.en), err=True)


def _document(workbook: Path, places: Places, files: Files, receipt: Receipt | None, job: Job) -> int:
    if job.as_json:
        click.echo(orjson.dumps({
            "path": str(workbook), **{kind: places.rows.get(kind, []) for kind in TABLES}, "ledger": places.ledger, "runs": places.runs,
            "mentions": places.mentions, "parts": places.parts, "mirror": files.mirror,
            "backups": [str(one) for one in files.backups], "reviews": [str(one) for one in files.reviews],
            "removed": {"cells": places.cleared if receipt else [], "files": [str(one) for one in files.removed]}, "left": places.left,
            "backup": str(receipt.backup) if receipt and receipt.backup else None,
        }))  # fmt: skip
    return 0
