"""The new file takes its place on the disk: held, backed up, synced, swapped without losing anybody's save."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from crmsheet.workbook.backups import (
    SHORT,
    Backup,
    backups,
    clear_leftovers,
    forget_undone,
    keep_backup,
    leftover_prefix,
    mark_undone,
    previous,
)
from crmsheet.workbook.disk import file_hash, in_one_line, remove, stage, synced
from crmsheet.workbook.errors import BusyError, ChangedError, EditError, InputError, Notice, WorkbookError
from crmsheet.workbook.holds import check_replaceable, hold
from crmsheet.workbook.swap import swap


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a commit or an undo did.

    ``parts_changed`` are member names; sha256 in hex, of the whole file; ``backup`` in place only; ``notices`` are
    for people, of a file that was written all the same.
    """

    path: Path
    cells_changed: int
    parts_changed: list[str] = field(default_factory=list)
    sha256_before: str = ""
    sha256_after: str = ""
    backup: Path | None = None
    notices: list[Notice] = field(default_factory=list)


def written(
    path: Path, old: bytes, new: bytes, output: str | Path | None, cells: int, names: list[str], wait: float = 0,
    *, backed_up: bool = True,
) -> Receipt:
    """Put the new bytes in place of ``path`` (after a backup) or at ``output``.  EditError, BusyError.

    ``old``: the bytes that were read; ``names``: the parts that changed, none for an unchanged file; ``wait``:
    seconds to wait for whoever has the file; ``backed_up``: False when what was read must not be kept.  ChangedError when it is no longer the one that was read.
    """
    before, after = _sha256(old), _sha256(new)
    target = Path(os.path.realpath(path if output is None else output))
    if not _same_file(target, path):
        with in_one_line(target):
            told = _write_copy(target, new, after)
        return Receipt(Path(output or path), cells, names, before, after, None, told)
    if not names:
        return Receipt(path, 0, [], before, before)
    with in_one_line(target):
        _check_unchanged(target, before)
    with hold(target, wait) as notices, in_one_line(target):
        backup, told = _replace(target, old, new, before, after, backed_up)
    return Receipt(path, cells, names, before, after, backup, [*notices, *told])


def undo(path: str | Path, wait: float = 0) -> Receipt:
    """Bring back the file as it was before the last write, to the byte; repeated, one step further each time.

    ``backup`` of the receipt is the one that was brought back.  InputError: there is nothing to undo, or no such
    file.  BusyError: the file was changed since, or somebody has it.
    """
    place, target = Path(path), _there(path)
    with hold(target, wait) as notices, in_one_line(target):
        return _undone(place, target, notices)


def undo_steps(path: str | Path) -> tuple[list[Backup], Backup | None]:
    """(the backups, newest first; the one that the next undo would bring back).  InputError: there is no such file."""
    target = _there(path)
    with in_one_line(target):
        return backups(target), previous(target, file_hash(target))


def _there(path: str | Path) -> Path:
    target = Path(os.path.realpath(path))
    with in_one_line(target):
        if target.is_file():
            return target
    raise InputError(f"找不到文件 {path}；请检查路径", f"there is no file {path}; check the path")


def _undone(place: Path, target: Path, notices: list[Notice]) -> Receipt:
    before = file_hash(target)
    step = previous(target, before)
    if step is None:
        raise _nothing_to_undo(target, before)
    data = step.path.read_bytes()
    after = _sha256(data)
    if after[:SHORT] != step.before:
        raise EditError(
            f"备份 {step.path.name} 已损坏，无法恢复；文件未改动",
            f"backup {step.path.name} is damaged; nothing was changed",
        )
    told = [*clear_leftovers(target), *_put(target, data, before, after)]
    mark_undone(target, step)
    return Receipt(place, 0, [], before, after, step.path, [*notices, *told])


def _nothing_to_undo(target: Path, now: str) -> WorkbookError:
    known = backups(target)
    if not known or now[:SHORT] in {step.before for step in known}:
        return InputError(
            f"{target.name} 没有更早的写回可以撤销；文件未改动",
            f"there is no earlier write of {target.name} to undo; nothing was changed",
        )
    return BusyError(
        f"{target.name} 在上次写回之后被人改动过，撤销会丢掉这些改动，所以没有撤销；备份在 {known[0].path.parent}，可用 --list 查看后手动恢复",
        f"{target.name} was changed since the last write, and an undo would lose that: nothing was undone;"
        f" the backups are in {known[0].path.parent} (--list shows them)",
    )


# ---------------------------------------------------------------- the steps


def _replace(
    target: Path, old: bytes, new: bytes, before: str, after: str, backed_up: bool
) -> tuple[Path | None, list[Notice]]:
    _check_unchanged(target, before)
    check_replaceable(target)
    notices = clear_leftovers(target)
    backup = keep_backup(target, old, before, after) if backed_up else None
    notices += _put(target, new, before, after)
    forget_undone(target)
    return backup, notices


def _put(target: Path, new: bytes, before: str, after: str) -> list[Notice]:
    """A synced temporary file, the swap, and the folder synced.  Errors after the swap are notices: it is written."""
    prefix = leftover_prefix(target)
    staged, notices = stage(new, after, target.parent, prefix, ".part", target)
    ready = staged.with_name(f"{prefix}{after[:SHORT]}.swap")
    try:
        os.replace(staged, ready)
        kept = swap(ready, target, before, after)
    except BaseException:
        remove(staged)
        _discard(ready, before, after)
        raise
    if not kept:
        remove(ready)  # what was read, looked at once more
    return [*notices, *kept, *synced(target.parent)]


def _discard(ready: Path, before: str, after: str) -> None:
    """Remove what a failed swap left, unless it may be somebody else's: that is kept for the next run to find."""
    try:
        if file_hash(ready) in (before, after):
            remove(ready)
    except OSError:
        return


def _write_copy(target: Path, new: bytes, after: str) -> list[Notice]:
    like = target if target.exists() else None
    staged, notices = stage(new, after, target.parent, leftover_prefix(target), ".part", like)
    try:
        os.replace(staged, target)
    except BaseException:
        remove(staged)
        raise
    return notices + synced(target.parent)


def _check_unchanged(target: Path, before: str) -> None:
    if file_hash(target) != before:
        raise ChangedError(target.name)


def _same_file(target: Path, path: Path) -> bool:
    """Whether the two are one file.  Names first: asked of the file system, a name is two files when somebody saves
    between the two questions, and a workbook must never be taken for a copy that may be overwritten.
    """
    if target == Path(os.path.realpath(path)):
        return True
    try:
        return os.path.samefile(target, path)
    except OSError:
        return False


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
