"""From planned edits to the file on the disk: build, prove that nothing else changed, write, back up,
replace.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from crmsheet.workbook.backups import keep_backup
from crmsheet.workbook.cells import Kind
from crmsheet.workbook.edit import Longs, NewCells, cell_splices, dimension_splice
from crmsheet.workbook.errors import BusyError, EditError, InputError, WorkbookError
from crmsheet.workbook.index import Bools, Cells, SheetIndex
from crmsheet.workbook.package import Package, normal, open_package, rebuild
from crmsheet.workbook.scan import scan
from crmsheet.workbook.sheet import Sheet, same_value
from crmsheet.workbook.tables import sheet_splices
from crmsheet.workbook.xml import Splice, parse, spliced


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a commit did.

    ``parts_changed`` are member names; sha256 in hex, of the whole file; ``backup`` in place only.
    """

    path: Path
    cells_changed: int
    parts_changed: list[str] = field(default_factory=list)
    sha256_before: str = ""
    sha256_after: str = ""
    backup: Path | None = None


Edits = Mapping[Sheet, NewCells]


def sheet_parts(edits: Edits, date1904: bool) -> dict[str, bytes]:
    """New contents of the sheets that have edits, by lower-case part name.

    EditError when the proof fails.
    """
    changed = {}
    for sheet, cells in edits.items():
        index = sheet.index
        splices = (
            cell_splices(index, cells, date1904)
            + dimension_splice(index, cells)
            + sheet_splices(index.data, index.root, sheet.added)
        )
        splices.sort(key=lambda s: s[:2])
        data = spliced(index.data, splices)
        _prove_runs(index.data, data, splices, sheet.name)
        changed[normal(sheet.part)] = data
    return changed


def _unproven(where: str) -> EditError:
    return EditError(
        f"写入前自检失败（{where}），已放弃写入，文件未改动；请把该工作簿反馈给维护者",
        f"the check before writing failed ({where}); nothing was written; please report this workbook",
    )


def _prove_runs(old: bytes, new: bytes, splices: Sequence[Splice], where: str) -> None:
    """Every byte outside the splices must be the original's.  EditError."""
    a, b, at, to = memoryview(old), memoryview(new), 0, 0
    for start, end, text in [*splices, (len(old), len(old), b"")]:
        length = start - at
        if a[at:start] != b[to : to + length]:
            raise _unproven(where)
        at, to = end, to + length + len(text)
    if to != len(new):
        raise _unproven(where)


def built(package: Package, changed: Mapping[str, bytes], sheets: Mapping[str, Sheet], edits: Edits) -> bytes:
    """The new file's bytes, proven: changed parts read back as meant, every other member the same bytes.

    EditError.
    """
    if not changed:
        return package.data
    data = rebuild(package, changed)
    try:
        _prove_members(package, open_package(data), changed)
        for name, content in changed.items():
            if name in sheets:
                _prove_sheet(sheets[name], scan(content, sheets[name].part), edits[sheets[name]])
            else:
                parse(content, name)
    except InputError as error:
        raise _unproven(error.en) from None
    return data


def _prove_members(old: Package, new: Package, changed: Mapping[str, bytes]) -> None:
    if [m.name for m in old.members] != [m.name for m in new.members]:
        raise _unproven("members")
    for a, b in zip(old.members, new.members, strict=True):
        key = normal(a.name)
        if key in changed:
            if new.read(b.name) != changed[key]:
                raise _unproven(a.name)
        elif (
            memoryview(old.data)[a.start : a.end] != memoryview(new.data)[b.start : b.end]
            or a.central[:42] + a.central[46:] != b.central[:42] + b.central[46:]
        ):
            raise _unproven(a.name)


def _prove_sheet(sheet: Sheet, now: SheetIndex, cells: NewCells) -> None:
    """All other cells stand where they stood with the same bytes; the written ones read back as they were
    meant.
    """
    before, mine = sheet.index, cells.keys
    old, new = (_others(index, mine) for index in (before, now))
    if not np.array_equal(before.keys[old], now.keys[new]) or not _same_cells(
        before.cells, old, now.cells, new
    ):
        raise _unproven(sheet.name)
    at = np.searchsorted(now.keys, mine)
    if len(mine) and (at.max() >= len(now.keys) or (now.keys[at] != mine).any()):
        raise _unproven(sheet.name)
    read = sheet.reader.twin(now.only(at))
    held = read.decode(np.arange(len(at)))
    for i, (value, kind, number, text) in enumerate(
        zip(cells.values, held.kind.tolist(), held.number.tolist(), held.text, strict=True)
    ):
        shown = kind == Kind.TEXT and text == value  # the usual case, without a call
        if not shown and not same_value(kind, number, text, value, read.date1904):
            raise _unproven(read.where(i))


def _others(index: SheetIndex, keys: Longs) -> Bools:
    """Which cells are none of those with these (ascending) keys."""
    mask = np.ones(len(index.keys), np.bool_)
    at = np.searchsorted(index.keys, keys)
    at = at[at < len(index.keys)]
    mask[at[np.isin(index.keys[at], keys)]] = False
    return mask


def _same_cells(a: Cells, old: Bools, b: Cells, new: Bools) -> bool:
    """Whether cells agree in type, style and length (their bytes have been compared before)."""
    return (
        np.array_equal(a.stored[old], b.stored[new])
        and np.array_equal(a.style[old], b.style[new])
        and np.array_equal((a.end - a.start)[old], (b.end - b.start)[new])
    )


# ------------------------------------------------------------------ the disk


def written(
    path: Path, old: bytes, new: bytes, output: str | Path | None, cells: int, names: list[str]
) -> Receipt:
    """Put the new bytes in place of ``path`` (after a backup) or at ``output``.  EditError, BusyError."""
    target = Path(os.path.realpath(path if output is None else output))
    in_place = _same_file(target, path)
    before, after = hashlib.sha256(old).hexdigest(), hashlib.sha256(new).hexdigest()
    if in_place and not names:
        return Receipt(path, 0, [], before, before)
    try:
        if in_place:
            _check_target(target, before)
            backup: Path | None = keep_backup(target, old, before)
        else:
            backup = None
        _replace(target, new, before if in_place else None)
    except WorkbookError:
        raise
    except PermissionError as error:
        # Windows says so of a file that somebody has open, other systems of missing rights
        raise (BusyError if os.name == "nt" else EditError)(
            f"无法写入 {target}（{error.strerror}）；请关闭打开它的程序或检查权限，原文件未改动",
            f"{target} cannot be written ({error.strerror}); close the program that has it open or check"
            " permissions; nothing was changed",
        ) from None
    except OSError as error:
        raise EditError(
            f"写入 {target} 失败（{error.strerror}），原文件未改动；请检查磁盘空间和文件夹",
            f"writing {target} failed ({error.strerror}); nothing was changed; check disk space and folder",
        ) from None
    return Receipt(path if in_place else Path(output or path), cells, names, before, after, backup)


def _same_file(target: Path, path: Path) -> bool:
    with contextlib.suppress(OSError):
        return os.path.samefile(target, path)
    return target == Path(os.path.realpath(path))


def _check_target(target: Path, before: str) -> None:
    """EditError for what cannot be replaced safely, BusyError when the file is no longer the one that was
    read.
    """
    status = target.stat()
    if status.st_nlink > 1:
        raise EditError(
            f"{target.name} 有多个硬链接，替换会使它们分离；请复制成独立文件，或用 --output 另存",
            f"{target.name} has several hard links, which a replacement would part; use --output",
        )
    if not os.access(target, os.W_OK):
        raise EditError(
            f"{target.name} 是只读文件；请取消只读，或用 --output 另存",
            f"{target.name} is read-only; make it writable, or use --output",
        )
    if _hash(target) != before:
        raise BusyError(
            f"{target.name} 在读取之后被别人改动过，没有写回；请重新运行",
            f"{target.name} was changed by somebody since it was read; nothing was written; run again",
        )


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _replace(target: Path, data: bytes, expected: str | None) -> None:
    """Write to a temporary file in the same folder, sync, replace, sync the folder."""
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:60]}.", suffix=".tmp", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _like(temporary, target)
        if _hash(temporary) != hashlib.sha256(data).hexdigest():
            raise EditError(
                "临时文件写入后校验不符，已放弃；请检查磁盘",
                "the temporary file does not read back the same; check the disk",
            )
        if expected is not None:
            _check_target(target, expected)
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def _like(temporary: Path, target: Path) -> None:
    """Mode, owner and extended attributes of the file that is replaced; a new file gets the usual mode."""
    if target.exists():
        shutil.copystat(target, temporary)
        os.utime(temporary)
        if hasattr(os, "chown"):
            with contextlib.suppress(PermissionError):
                os.chown(temporary, target.stat().st_uid, target.stat().st_gid)
                os.chmod(temporary, target.stat().st_mode & 0o7777)
    elif os.name == "posix":
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)


def sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network file systems cannot
            os.fsync(handle)
    finally:
        os.close(handle)
