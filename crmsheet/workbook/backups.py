"""Backups beside the workbook: what it was before each write, verified, a few of the newest kept.

``.crmsheet/backups/<name>.<number>-<hash before>-<hash after><suffix>`` holds the file as it was before the write of
that number; the hashes (12 digits) tell which write led from which state to which, and so what an undo may bring back.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from crmsheet.workbook.disk import file_hash, remove, stage, sync_folder
from crmsheet.workbook.errors import Notice
from crmsheet.workbook.holds import OWN_FOLDER, own_folder

KEEP_FILES = 10
KEEP_BYTES = 1024**3
SHORT = 12  # digits of a hash in a name
_LONGEST = 150  # bytes of a name that are kept


@dataclass(frozen=True, slots=True)
class Backup:
    """One kept state: ``before`` and ``after`` are the first 12 digits of the SHA-256 around the write of that number."""

    path: Path
    number: int
    before: str
    after: str


def backup_folder(workbook: Path) -> Path:
    """Where a workbook's backups lie: beside the file itself, not beside a link to it."""
    return Path(os.path.realpath(workbook)).parent / OWN_FOLDER / "backups"


def label(workbook: Path) -> str:
    """The workbook's name without suffix as its backups bear it: a very long one is cut and told apart by a hash."""
    stem = Path(os.path.realpath(workbook)).stem
    raw = os.fsencode(stem)
    if len(raw) <= _LONGEST:
        return stem
    return raw[:_LONGEST].decode("utf-8", "ignore") + "~" + hashlib.sha256(raw).hexdigest()[:8]


def backups(workbook: str | Path) -> list[Backup]:
    """The backups of a workbook, newest first."""
    target = Path(os.path.realpath(workbook))
    pattern = re.compile(
        re.escape(label(target)) + r"\.(\d{4,})-([0-9a-f]{12})-([0-9a-f]{12})" + re.escape(target.suffix)
    )
    folder = backup_folder(target)
    found = [
        Backup(p, int(m[1]), m[2], m[3])
        for p in (folder.iterdir() if folder.is_dir() else ())
        for m in [pattern.fullmatch(p.name)]
        if m
    ]
    return sorted(found, key=lambda b: b.number, reverse=True)


def keep_backup(workbook: Path, data: bytes, before: str, after: str) -> Path:
    """Write a backup of ``data``, read it back, and drop the oldest beyond 10 files or 1 GB.  EditError, OSError."""
    folder = own_folder(workbook, "backups")
    known = backups(workbook)
    number = known[0].number + 1 if known else 1
    place = folder / f"{label(workbook)}.{number:04d}-{before[:SHORT]}-{after[:SHORT]}{workbook.suffix}"
    staged, _ = stage(data, before, folder, leftover_prefix(workbook), ".part", None)
    try:
        with contextlib.suppress(OSError):  # the copy is private to those who may read the workbook
            staged.chmod(workbook.stat().st_mode & 0o7777)
        os.replace(staged, place)
        sync_folder(folder)
    except BaseException:
        remove(staged)
        raise
    prune([place, *(backup.path for backup in known)])
    return place


def prune(newest_first: list[Path]) -> None:
    """Drop what is beyond the limits; the newest always stays, and what cannot be dropped does too."""
    total = 0
    for rank, place in enumerate(newest_first):
        with contextlib.suppress(OSError):
            total += place.stat().st_size
        if rank and (rank >= KEEP_FILES or total > KEEP_BYTES):
            remove(place)


# ---------------------------------------------------------------- which one an undo brings back


def previous(workbook: Path, now: str) -> Backup | None:
    """The backup that the next undo brings back; None when the file is not as a write (or an undo) left it.

    ``now``: SHA-256 of the file.
    """
    below = _undone(workbook).get(now[:SHORT])
    return next(
        (b for b in backups(workbook) if b.after == now[:SHORT] and (below is None or b.number < below)), None
    )


def mark_undone(workbook: Path, backup: Backup) -> None:
    """Remember that this write was undone: from its state on only older ones are left."""
    with contextlib.suppress(OSError):  # without it an undo still finds the newest write that led here
        _marker(workbook).write_text(json.dumps({backup.before: backup.number}), "utf-8")


def forget_undone(workbook: Path) -> None:
    """A new write starts anew."""
    remove(_marker(workbook))


def _undone(workbook: Path) -> dict[str, int]:
    try:
        known = json.loads(_marker(workbook).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(k): v for k, v in known.items() if isinstance(v, int)} if isinstance(known, dict) else {}


def _marker(workbook: Path) -> Path:
    return backup_folder(workbook) / f"{label(workbook)}{workbook.suffix}.undone"


# ---------------------------------------------------------------- what an interrupted run left


def leftover_prefix(target: Path) -> str:
    """How the names of this workbook's temporary files begin: short, whatever the workbook is called."""
    return f".crmsheet-{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:8]}-"


def clear_leftovers(target: Path) -> list[Notice]:
    """Remove what an interrupted run left; a colleague's save that it had in its hands is kept with the backups.

    Only while the workbook is held.  OSError.
    """
    notices, known = [], {b.before for b in backups(target)}
    places = [p for folder in (target.parent, backup_folder(target)) for p in folder.glob(leftover_prefix(target) + "*")]
    for place in places:
        if place.suffix == ".part":
            remove(place)
            continue
        digits = file_hash(place)[:SHORT]
        if digits in known or digits in place.name:  # the file as it was read, or ours, finished and never put there
            remove(place)
        else:
            kept = own_folder(target, "backups") / f"{label(target)}.rescued-{digits}{target.suffix}"
            os.replace(place, kept)
            notices.append(Notice(
                f"上次运行中断时，别人保存的 {target.name} 没能放回原处，已保存为 {kept}；请对照",
                f"an earlier run was interrupted with a colleague's save of {target.name} in its hands; it is kept as {kept}",
            ))  # fmt: skip
    return notices
