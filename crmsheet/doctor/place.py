"""The folder of a workbook: can it be written, is there room for backups, who has the file."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from crmsheet.doctor.line import Line, line, refused
from crmsheet.errors import WorkbookError
from crmsheet.texts import Lang
from crmsheet.workbook import backup_folder, backups, check_replaceable, holders

ROOM, TIGHT = 20, 3  # times the workbook's size that should be free, and must be: a run keeps a backup and writes a new file
LEAST = 50 * 1024**2  # bytes that should be free whatever the workbook


def folder_lines(folder: Path, lang: Lang) -> Iterator[Line]:
    """Whether files can be made in the folder."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        yield line("folder", "error", "folder_closed", lang, path=folder, why=error.strerror or type(error).__name__)
        return
    yield line("folder", "ok", "folder", lang, path=folder)


def file_lines(path: Path, lang: Lang) -> Iterator[Line]:
    """Whether the file can be replaced, its backups, room, and who has it."""
    try:
        check_replaceable(Path(os.path.realpath(path)))
        yield line("file", "ok", "file", lang, path=path, size=f"{path.stat().st_size / 1024:,.0f}")
    except WorkbookError as error:
        yield refused("file", error, lang)
    yield _backups(path, lang)
    yield _room(path, lang)
    yield from _locks(path, lang)


def _backups(path: Path, lang: Lang) -> Line:
    folder = backup_folder(Path(os.path.realpath(path)))
    there = next(place for place in (folder, *folder.parents) if place.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        return line("backups", "error", "backups_closed", lang, path=there)
    kept = backups(path)
    size = sum(one.path.stat().st_size for one in kept) / 1024**2
    return line("backups", "ok", "backups", lang, path=folder, count=len(kept), size=f"{size:,.1f}")


def _room(path: Path, lang: Lang) -> Line:
    free, size = shutil.disk_usage(path.resolve().parent).free, path.stat().st_size
    shown = {"free": f"{free / 1024**2:,.0f}"}
    if free < TIGHT * size:
        return line("disk", "error", "disk_full", lang, **shown)
    return line("disk", "warn", "disk_tight", lang, **shown) if free < max(ROOM * size, LEAST) else line("disk", "ok", "disk", lang, **shown)


def _locks(path: Path, lang: Lang) -> Iterator[Line]:
    found = holders(path)
    for one in found:
        key = "lock_old" if one.left_behind else f"lock_{one.program}"
        yield line("locks", "warn" if one.left_behind else "error", key, lang, who=one.who or "?")
    if not found:
        yield line("locks", "ok", "locks", lang)
