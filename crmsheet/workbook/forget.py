"""Old states of a workbook whose values must not outlive a write: each is made anew, or removed, beside the write itself.

Besides the backups there may be a colleague's save that an interrupted run had in its hands (``.rescued-``).
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from crmsheet.workbook.backups import SHORT, Backup, backup_folder, backups, label, leftover_prefix
from crmsheet.workbook.commit import Receipt
from crmsheet.workbook.disk import in_one_line, remove, synced
from crmsheet.workbook.errors import Notice

_PREFIX = ".remade"  # unlike other leftovers': the commit clears those away
Remake = Callable[[Path, Path], Receipt]  # writes another form of a workbook to the second path


def old_states(workbook: str | Path) -> list[Path]:
    """Every kept state of a workbook, newest backup first.  OSError."""
    target = Path(os.path.realpath(workbook))
    rescued = re.compile(re.escape(label(target)) + r"\.rescued-[0-9a-f]{12}" + re.escape(target.suffix))
    folder = backup_folder(target)
    others = sorted(p for p in folder.iterdir() if rescued.fullmatch(p.name)) if folder.is_dir() else []
    return [*(one.path for one in backups(target)), *others]


@contextlib.contextmanager
def remade_states(workbook: str | Path, remake: Remake) -> Iterator[Mapping[Path, tuple[Path, Receipt]]]:
    """Make each old state anew in a file beside it; ``put_states`` puts them in place, otherwise they are removed.

    Whatever ``remake`` raises ends it, with nothing changed.
    """
    target = Path(os.path.realpath(workbook))
    made: dict[Path, tuple[Path, Receipt]] = {}
    try:
        for at, old in enumerate(old_states(target)):
            new = old.with_name(f"{_PREFIX}{leftover_prefix(target)}{at}.part")
            with in_one_line(old):
                made[old] = (new, remake(old, new))
                new.chmod(old.stat().st_mode & 0o7777)
        yield made
    finally:
        for new, _ in made.values():
            remove(new)


def put_states(workbook: str | Path, made: Mapping[Path, tuple[Path, Receipt]], receipt: Receipt) -> list[Notice]:
    """Put the remade states in place of the old ones, under the names by which an undo finds its way.

    ``receipt``: of the workbook's own write.  What fails is told: the workbook is written, and the old state still there.
    """
    target = Path(os.path.realpath(workbook))
    now = {one.sha256_before[:SHORT]: one.sha256_after[:SHORT] for one in (receipt, *(r for _, r in made.values()))}
    known = {one.path: one for one in backups(target)}
    for old, (new, one) in made.items():
        place = _renamed(target, known[old], now) if old in known else old
        try:
            os.replace(new if one.cells_changed else old, place)
            if place != old:
                old.unlink(missing_ok=True)
        except OSError as error:
            return [_stays(old, error)]
    return synced(backup_folder(target)) if made else []


def _renamed(target: Path, one: Backup, now: Mapping[str, str]) -> Path:
    """The name of a backup whose states, told by their hashes, have become others."""
    before, after = (now.get(state, state) for state in (one.before, one.after))
    return one.path.with_name(f"{label(target)}.{one.number:04d}-{before}-{after}{target.suffix}")


def purge_states(workbook: str | Path) -> tuple[int, list[Notice]]:
    """Remove every old state: (how many, what to tell people of those that could not be removed)."""
    count = 0
    for old in old_states(workbook):
        try:
            old.unlink()
        except OSError as error:
            return count, [_stays(old, error)]
        count += 1
    return count, []


def _stays(old: Path, error: OSError) -> Notice:
    return Notice(
        f"工作簿已写回，但旧备份 {old} 没有处理成（{error.strerror}），里面仍有明文；请再运行一次，或手动删除它",
        f"the workbook is written, but the old backup {old} could not be dealt with ({error.strerror}) and still holds the"
        " values in clear; run again, or delete it yourself",
    )
