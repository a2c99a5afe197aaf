"""Backups beside the workbook: ``.crmsheet/backups/<name>.<number>-<hash><suffix>``, verified, a few of the
newest kept.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path

from crmsheet.workbook.errors import EditError

KEEP_FILES = 10
KEEP_BYTES = 1024**3


def backup_folder(workbook: Path) -> Path:
    """Where a workbook's backups lie: beside it."""
    return workbook.parent / ".crmsheet" / "backups"


def backups(workbook: Path) -> list[Path]:
    """The backups of a workbook, newest first."""
    pattern = re.compile(re.escape(workbook.stem) + r"\.(\d{4,})-[0-9a-f]{12}" + re.escape(workbook.suffix))
    folder = backup_folder(workbook)
    found = [
        (int(m[1]), p)
        for p in (folder.iterdir() if folder.is_dir() else ())
        for m in [pattern.fullmatch(p.name)]
        if m
    ]
    return [p for _, p in sorted(found, reverse=True)]


def keep_backup(workbook: Path, data: bytes, sha256: str) -> Path:
    """Write a backup of ``data``, read it back, and drop the oldest beyond 10 files or 1 GB.

    EditError, OSError.
    """
    folder = backup_folder(workbook)
    folder.mkdir(parents=True, exist_ok=True)
    known = backups(workbook)
    number = int(known[0].name.removeprefix(workbook.stem + ".").partition("-")[0]) + 1 if known else 1
    place = folder / f"{workbook.stem}.{number:04d}-{sha256[:12]}{workbook.suffix}"
    try:
        with place.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(workbook, place)
        with place.open("rb") as file:
            intact = hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except BaseException:
        place.unlink(missing_ok=True)
        raise
    if not intact:
        place.unlink(missing_ok=True)
        raise EditError(
            f"备份 {place.name} 写入后校验不符，已放弃写回；请检查磁盘",
            f"backup {place.name} does not read back the same; nothing was written; check the disk",
        )
    _prune([place, *known])
    return place


def _prune(newest_first: list[Path]) -> None:
    """Drop what is beyond the limits; the newest always stays."""
    total = 0
    for rank, place in enumerate(newest_first):
        total += place.stat().st_size
        if rank and (rank >= KEEP_FILES or total > KEEP_BYTES):
            place.unlink()
