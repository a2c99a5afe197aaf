"""The weekly run over one workbook: open → assess → fill the owned columns → record → commit → mirror.

``check`` stops after "assess" (assess.py), ``--dry-run`` after "record".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from crmsheet import findings as catalogue
from crmsheet.assess import Assessment, Options, assess
from crmsheet.errors import BusyError, ChangedError, InputError
from crmsheet.mirror import add_to_mirror
from crmsheet.model import Finding, Outcome, Receipt
from crmsheet.policy.settings import find_settings
from crmsheet.progress import Progress, silent
from crmsheet.record import append_records, mirrored, record_of
from crmsheet.texts import Lang
from crmsheet.workbook import Change, Workbook, open_workbook
from crmsheet.writeback import write_back

READ_AGAIN = 3  # times a workbook is read when it changes while it is waited for


@dataclass(frozen=True)
class Result:
    """A finished run: the outcome with its receipt, and what changed cell by cell (for a dry run)."""

    outcome: Outcome
    changes: tuple[Change, ...] = ()


def process(
    path: Path, options: Options, *, output: Path | None = None, dry_run: bool = False, wait: float = 0, progress: Progress = silent
) -> Result:
    """Run over one workbook and write it (in place, or to ``output``); with ``dry_run`` touch nothing.

    ``wait``: seconds to wait for whoever has the file; what they saved is read again then.  Raises InputError,
    TableError, PolicyError or EditError: nothing was written then.  When the file is busy the outcome says so in
    ``not_written``.
    """
    for again in range(READ_AGAIN):
        try:
            return _process_once(path, options, output, dry_run, wait, progress, last=not wait or again == READ_AGAIN - 1)
        except ChangedError:
            continue
    raise AssertionError  # the last time it is in ``not_written``


def _process_once(
    path: Path, options: Options, output: Path | None, dry_run: bool, wait: float, progress: Progress, *, last: bool
) -> Result:
    """ChangedError when the file changed while it was waited for, and it is not the last time."""
    progress("read", 0)
    settings, folder = find_settings(path)
    with open_workbook(path, options.password) as book:
        done = assess(book, options, settings, folder, progress)
        if not dry_run and output is None:
            refuse_earlier(path, options.as_of, done.recalled.last_day)
        outcome = replace(done.outcome, findings=catalogue.in_order([*done.outcome.findings, *fill(book, done)]))
        if dry_run:
            return Result(outcome, tuple(book.changes()))
        progress("write", len(done.outcome.customers))
        try:
            receipt = book.commit(output, wait)
        except BusyError as error:
            if isinstance(error, ChangedError) and not last:
                raise
            return Result(replace(outcome, not_written=error.zh if options.lang == "zh" else error.en))
    notices = [one.zh if options.lang == "zh" else one.en for one in receipt.notices]
    if output is None:
        notices += mirror(path, done, receipt.sha256_after, options.lang)
    return Result(replace(outcome, receipt=Receipt(
        path=str(receipt.path), cells_changed=receipt.cells_changed, parts_changed=tuple(receipt.parts_changed),
        backup=str(receipt.backup) if receipt.backup else None,
        sha256_before=receipt.sha256_before, sha256_after=receipt.sha256_after,
        notices=tuple(notices),
    )))  # fmt: skip


def mirror(path: Path, done: Assessment, run: str, lang: Lang) -> list[str]:
    """Mirror a run's ledger rows beside the backups; the workbook is written all the same when that fails."""
    try:
        add_to_mirror(path, mirrored(done.entries, done.private), run)
    except OSError as error:
        why = error.strerror or type(error).__name__
        return [f"变更记录的副本没有写成（{why}），旧副本覆盖时将无法察觉" if lang == "zh"
                else f"the ledger's mirror could not be written ({why}): an old copy saved over the file would go unnoticed"]  # fmt: skip
    return []


def check(path: Path, options: Options) -> Assessment:
    """Read, judge and plan one workbook; write nothing."""
    settings, folder = find_settings(path)
    with open_workbook(path, options.password, foreign=True) as book:
        return assess(book, options, settings, folder)


def check_both(path: Path, options: Options, policy: str | None) -> tuple[Assessment, Assessment]:
    """``check`` under the policy that a run takes by itself, and under another one; the workbook is read once for each."""
    settings, folder = find_settings(path)
    with open_workbook(path, options.password) as book:
        return assess(book, replace(options, policy=None), settings, folder), assess(book, replace(options, policy=policy), settings, folder)


def refuse_earlier(path: Path, as_of: dt.date, last: dt.date | None) -> None:
    """Raises InputError when the workbook has seen a run of a later day: memory does not run backwards."""
    if last is not None and as_of < last:
        raise InputError(
            zh=f"{path}: 上次运行的日期是 {last}，晚于 {as_of}；请用更晚的 --as-of，或用 --dry-run、--output 查看当时的结果",
            en=f"{path}: the last run was as of {last}, later than {as_of}; use a later --as-of, or look back with --dry-run or --output",
        )


def fill(book: Workbook, done: Assessment) -> list[Finding]:
    """Set the owned cells in the open workbook; nothing is on the disk before the commit."""
    tables, renamed = done.tables, done.settings.writeback.columns
    findings = write_back(book, tables.customers, tables.written, done.filling, renamed)
    for table, field, i, value in done.team_cells:
        if (where := table.ref(field, i)) is not None:
            skipped = book.sheet(where.sheet).set_column(where.column, np.array([where.row]), [value])
            findings += [Finding("team-cell-locked", where) for _ in skipped]
    append_records(book, done.recalled, done.entries, record_of(done.outcome, done.entries, done.written))
    return findings


def dry_lines(result: Result) -> Iterator[str]:
    """Every cell a run would change: ``Sheet!A1: old → new``."""
    for change in result.changes:
        old, new = ("" if value is None else str(value) for value in (change.old, change.new))
        yield f"{change.sheet}!{change.ref}: {old} → {new}"
