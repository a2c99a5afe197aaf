"""``protect`` and ``reveal``: what they do and say.  No line of theirs ever holds a value of a private cell."""

from __future__ import annotations

import datetime as dt
import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import click
import orjson

from crmsheet.errors import InputError, WorkbookError
from crmsheet.job import Job
from crmsheet.mirror import rename_runs
from crmsheet.policy.settings import Settings, find_settings
from crmsheet.privacy.seal import Key, parse_key
from crmsheet.sealing import Seen, open_columns, seal_columns, still_in_clear
from crmsheet.texts import both, listed, say
from crmsheet.workbook import (
    Notice,
    Receipt,
    Workbook,
    hold,
    open_workbook,
    purge_states,
    put_states,
    remade_states,
)

KEY_VARIABLE = "CRMSHEET_KEY"
_LARGEST_KEY_FILE = 4096


def protect_one(workbook: Path, columns: Sequence[str], job: Job) -> int:
    """``crmsheet protect``: exit code.  One commit for the workbook; its older backups are sealed with it, or removed."""
    return job.told(lambda: _protect(workbook, _names(columns), job))


def reveal_one(workbook: Path, columns: Sequence[str], job: Job) -> int:
    """``crmsheet reveal``: exit code."""
    return job.told(lambda: _reveal(workbook, _names(columns), job))


def _protect(workbook: Path, names: Sequence[str], job: Job) -> int:
    key, old = read_key(job.key_file), read_key(job.old_key_file) if job.old_key_file else None
    plan = partial(_planned, settings=find_settings(workbook)[0], as_of=job.as_of, names=names, key=key, old=old)
    password = job.options().password
    if job.dry_run:
        with open_workbook(workbook, password) as book:
            return _dry(plan(book), job)
    with hold(workbook, job.wait * 60), open_workbook(workbook, password) as book:
        seen = plan(book)
        also = [*still_in_clear(book, seen), *book.also_hold([one for one in seen.plain if isinstance(one, str)])]
        receipt, said = _purged(book, job) if job.purge_backups else _remade(book, partial(_remake, plan, password), job)
    job.tell(job.say("sealed" if seen.changed else "seal_unchanged", path=workbook, cells=len(seen.changed), all=seen.sealed))
    for line in said:
        job.tell(line)
    _warn(seen, also, receipt.notices, job)
    return _document(receipt, seen, also, job)


def _planned(book: Workbook, settings: Settings, as_of: dt.date, names: Sequence[str], key: Key, old: Key | None) -> Seen:
    return seal_columns(book, settings, as_of, names, key, old)


def _remake(plan: Callable[[Workbook], Seen], password: str | None, state: Path, new: Path) -> Receipt:
    """An older state of the workbook, sealed like it.  Raises InputError, which says what can be done."""
    try:
        with open_workbook(state, password) as book:
            plan(book)
            return book.commit(new, forget=True)
    except WorkbookError as error:
        raise InputError(say("cli", "seal_backup", "zh", path=state, why=error.zh),
                         say("cli", "seal_backup", "en", path=state, why=error.en)) from None  # fmt: skip


def _remade(book: Workbook, remake: Callable[[Path, Path], Receipt], job: Job) -> tuple[Receipt, list[str]]:
    """Commit, and put the older states in place, which were made before: a state that cannot be sealed stops it all."""
    with remade_states(book.path, remake) as states:
        receipt = book.commit(forget=True, backup=False)
        notices = [*put_states(book.path, states, receipt), *_renamed(book.path, [receipt, *(one for _, one in states.values())])]
    count = sum(one.cells_changed > 0 for _, one in states.values())
    said = [job.say("seal_backups", count=count)] if count else []
    return replace(receipt, notices=[*receipt.notices, *notices]), said


def _renamed(workbook: Path, receipts: Sequence[Receipt]) -> list[Notice]:
    """The ledger's mirror follows: an undo takes its rows back by the file that a run made."""
    try:
        rename_runs(workbook, {one.sha256_before: one.sha256_after for one in receipts if one.cells_changed})
    except OSError as error:
        why = error.strerror or type(error).__name__
        return [Notice(say("cli", "mirror_stays", "zh", why=why), say("cli", "mirror_stays", "en", why=why))]
    return []


def _purged(book: Workbook, job: Job) -> tuple[Receipt, list[str]]:
    """Commit, and remove the older states."""
    receipt = book.commit(forget=True, backup=False)
    count, notices = purge_states(book.path)
    said = [job.say("seal_purged", count=count)] if count else []
    return replace(receipt, notices=[*receipt.notices, *notices]), said


def _reveal(workbook: Path, names: Sequence[str], job: Job) -> int:
    key = read_key(job.key_file)
    with open_workbook(workbook, job.options().password) as book:
        seen = open_columns(book, find_settings(workbook)[0], job.as_of, names, key)
        if job.dry_run:
            return _dry(seen, job)
        receipt = book.commit(wait=job.wait * 60)
    job.tell(job.say("revealed" if seen.changed else "reveal_unchanged", path=workbook, cells=len(seen.changed)))
    _warn(seen, [], receipt.notices, job)
    return _document(receipt, seen, [], job)


def _names(columns: Sequence[str]) -> list[str]:
    """The columns named: several options, and several names in one, parted by commas."""
    names = [name.strip() for one in columns for name in one.replace("，", ",").replace("、", ",").split(",")]
    return list(dict.fromkeys(name for name in names if name))


def _dry(seen: Seen, job: Job) -> int:
    for ref in seen.changed:
        job.tell(ref)
    job.tell(job.say("dry", cells=len(seen.changed)))
    return 0


def _warn(seen: Seen, also: Sequence[str], notices: Sequence[Notice], job: Job) -> None:
    lines = [one.zh if job.lang == "zh" else one.en for one in notices]
    lines += [job.say("seal_left", cells=listed(seen.left, job.lang))] if seen.left else []
    lines += [job.say("seal_also", cells=listed(also, job.lang))] if also else []
    for line in lines:
        click.echo(job.say("notice", line=line), err=True)


def _document(receipt: Receipt, seen: Seen, also: Sequence[str], job: Job) -> int:
    if job.as_json:
        click.echo(orjson.dumps({
            "path": str(receipt.path), "cells": seen.changed, "left": seen.left, "also": list(also),
            "backup": str(receipt.backup) if receipt.backup else None,
            "sha256_before": receipt.sha256_before, "sha256_after": receipt.sha256_after,
        }))  # fmt: skip
    return 0


# ---------------------------------------------------------------- the key


def read_key(file: Path | None) -> Key:
    """The key of ``--key-file``, else of CRMSHEET_KEY.  Raises InputError, which says nothing of what stands there."""
    text = os.environ.get(KEY_VARIABLE, "") if file is None else _key_text(file)
    if file is None and not text.strip():
        raise InputError(*both("key_missing"))
    key = parse_key(text)
    if key is None:
        raise InputError(*both("key_malformed", where=KEY_VARIABLE if file is None else file))
    return key


def _key_text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            if os.name == "posix" and mode & (stat.S_IROTH | stat.S_IWOTH):
                raise InputError(*both("key_open_to_all", path=file))
            return opened.read(_LARGEST_KEY_FILE).decode("ascii", "replace")
    except OSError as error:
        raise InputError(*both("key_unreadable", path=file, why=error.strerror)) from None
