"""Who has the workbook: crmsheet's own lock, and the notes that Excel, WPS and LibreOffice leave beside an open file."""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from crmsheet.workbook.disk import in_one_line
from crmsheet.workbook.errors import BusyError, EditError, InputError, Notice

OWN_FOLDER = ".crmsheet"
STALE_HOURS = 72  # a note this old was left behind: a file kept open over a weekend is younger
_PAUSE = 0.2  # seconds between two looks
_held: dict[tuple[str, int], int] = {}  # (file, thread) -> how often this thread holds it


@contextlib.contextmanager
def hold(path: Path, wait: float = 0) -> Iterator[list[Notice]]:
    """Keep other runs away from a workbook.  ``wait``: seconds to wait for whoever has it.  Gives what to tell people.

    BusyError names who has it.  EditError: the file or its folder cannot be written at all.  A thread that holds
    a workbook may hold it again.
    """
    target = Path(os.path.realpath(path))
    key = (str(target), threading.get_ident())
    if _held.get(key):
        _held[key] += 1
        try:
            yield []
        finally:
            _held[key] -= 1
        return
    until = time.monotonic() + wait
    with contextlib.ExitStack() as stack:
        with in_one_line(target):
            check_replaceable(target)
            lock = stack.enter_context(_locked(target, until))
            notices = _closed_by_others(target, lock, until)
        _held[key] = 1
        try:
            yield notices
        finally:
            del _held[key]


def check_replaceable(target: Path) -> None:
    """EditError for a file that must not be replaced or cannot be.  InputError when it is not there."""
    try:
        status = target.stat()
    except FileNotFoundError:
        raise InputError(f"找不到文件 {target}；请检查路径", f"there is no file {target}; check the path") from None
    if status.st_nlink > 1:
        raise EditError(
            f"{target.name} 有多个硬链接，替换会使它们分离；请复制成独立文件，或用 --output 另存",
            f"{target.name} has several hard links, which a replacement would part; use --output",
        )
    if not os.access(target, os.W_OK):
        target.stat()  # not when it is away for a moment
        if not os.access(target, os.W_OK):
            raise EditError(
                f"{target.name} 是只读文件；请取消只读，或用 --output 另存",
                f"{target.name} is read-only; make it writable, or use --output",
            )
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise EditError(
            f"文件夹 {target.parent} 不可写入，无法写回；请检查权限，或用 --output 另存",
            f"folder {target.parent} cannot be written to; check its permissions, or use --output",
        )


def own_folder(target: Path, *below: str) -> Path:
    """crmsheet's folder beside a workbook, made if need be, open to the same people as the workbook's.  OSError."""
    folder = target.parent
    for name in (OWN_FOLDER, *below):
        inner = folder / name
        if not inner.is_dir():
            inner.mkdir(exist_ok=True)
            with contextlib.suppress(PermissionError):
                inner.chmod(target.parent.stat().st_mode & 0o7777)
        folder = inner
    return folder


class Holder(NamedTuple):
    """Who has a workbook: a name as far as one is known, and whether the note is so old that it was left behind."""

    program: Literal["office", "libreoffice", "crmsheet"]
    who: str
    left_behind: bool


def holders(path: str | Path) -> list[Holder]:
    """Who has a workbook open now; nothing is waited for, and nothing stays on the disk."""
    target = Path(os.path.realpath(path))
    found = []
    with tempfile.TemporaryFile(dir=target.parent if os.access(target.parent, os.W_OK) else None) as probe:
        now = os.fstat(probe.fileno()).st_mtime
    for program, who, age in _notes(target, now):
        found.append(Holder(program, who, left_behind=age >= STALE_HOURS))
    place = _lock_file(target)
    if place.is_file() and (run := _running(place)) is not None:
        found.append(Holder("crmsheet", run, left_behind=False))
    return found


def _running(place: Path) -> str | None:
    """The run that holds our lock now; None when nobody does."""
    from filelock import FileLock, Timeout

    try:
        FileLock(place, timeout=0, mode=0o666).acquire().lock.release()
    except Timeout:
        with contextlib.suppress(OSError, UnicodeError):
            return place.read_text("utf-8").strip()
        return ""
    except OSError:
        return None
    return None


# ---------------------------------------------------------------- our own lock


def _lock_file(target: Path) -> Path:
    return target.parent / OWN_FOLDER / f"{target.name[:60]}.lock"


@contextlib.contextmanager
def _locked(target: Path, until: float) -> Iterator[Path]:
    """Gives the lock file, just written."""
    from filelock import FileLock, Timeout  # where a file system has no locks it makes do with a file of its own

    own_folder(target)
    place = _lock_file(target)
    seconds = max(0.0, until - time.monotonic())
    lock = FileLock(place, timeout=seconds, mode=0o666, poll_interval=_PAUSE)
    try:
        lock.acquire()
    except Timeout:
        raise _busy_run(target, place) from None
    try:
        with contextlib.suppress(OSError):  # Windows locks the content too: then nobody learns who it is
            place.write_text(f"{socket.gethostname()} {os.getpid()}\n", "utf-8")
        yield place
    finally:
        with contextlib.suppress(OSError):  # the work is done; the system frees the lock with the process
            lock.release()


def _busy_run(target: Path, place: Path) -> BusyError:
    try:
        host, _, pid = place.read_text("utf-8").strip().rpartition(" ")
    except (OSError, UnicodeError):
        host = pid = ""
    return BusyError(
        f"{target.name} 正在被另一次 crmsheet 运行处理（主机 {host or '未知'}，进程 {pid or '未知'}），没有写回；请等它结束，或用 --wait",
        f"{target.name} is in the hands of another crmsheet run (host {host or 'unknown'}, process {pid or 'unknown'});"
        " nothing was written; wait for it, or use --wait",
    )


# ---------------------------------------------------------------- notes of other programs


def _closed_by_others(target: Path, lock: Path, until: float) -> list[Notice]:
    """Wait until no fresh note lies beside the file.  Gives a notice for a note that was left behind.  BusyError."""
    while True:
        found = list(_notes(target, lock.stat().st_mtime))
        fresh = [who for _, who, hours in found if hours < STALE_HOURS]
        if not fresh:
            return [_stale(target, who, hours) for _, who, hours in found]
        if time.monotonic() >= until:
            who = fresh[0]
            raise BusyError(
                f"{target.name} 正被{f' {who} ' if who else '别人'}打开，没有写回；请对方保存并关闭后重新运行，或用 --wait",
                f"{target.name} is open at {who or 'somebody'}'s; nothing was written; let them save and close it and run again,"
                " or use --wait",
            )
        time.sleep(min(_PAUSE, max(0.0, until - time.monotonic())))


def _stale(target: Path, who: str, hours: float) -> Notice:
    return Notice(
        f"{target.name} 旁有{f' {who} ' if who else '一份'}的打开标记，但已有 {hours / 24:.0f} 天，视为残留，已照常写回",
        f"beside {target.name} lies a note that {who or 'somebody'} has it open; it is {hours / 24:.0f} days old,"
        " was taken as left behind, and the file was written",
    )


def _notes(target: Path, now: float) -> Iterator[tuple[Literal["office", "libreoffice"], str, float]]:
    """(program, who, age in hours) of each note beside a file.  ``now``: by the clock of the file system, which has just
    dated a file of ours: a note on a file server is not judged by this machine's clock.
    """
    kinds: tuple[tuple[Literal["office", "libreoffice"], str, Callable[[bytes], str]], ...] = (
        ("office", f"~${target.name}", _excel_owner), ("libreoffice", f".~lock.{target.name}#", _libreoffice_owner),
    )  # fmt: skip
    for program, name, read in kinds:
        place = target.with_name(name)
        try:
            age = (now - place.stat().st_mtime) / 3600
        except OSError:
            continue
        try:
            who = read(place.read_bytes()[:4096])
        except (OSError, UnicodeError, IndexError):  # Excel may lock it: then it is surely in use
            who = ""
        yield program, " ".join("".join(c if c.isprintable() else " " for c in who).split()), age


def _excel_owner(data: bytes) -> str:
    """The user in a ``~$`` file of Excel or WPS: its length at byte 55, then UTF-16; in the system's code page from byte 1."""
    if len(data) > 57 and 0 < data[55] <= 54:
        return data[57 : 57 + 2 * data[55]].decode("utf-16-le", "replace")
    return data[1 : 1 + data[0]].decode("gb18030", "replace") if data else ""


def _libreoffice_owner(data: bytes) -> str:
    """The user in LibreOffice's note: ``full name,account,host,time,profile;``."""
    name, account, host = (*data.decode("utf-8", "replace").split(","), "", "")[:3]
    return " @ ".join(part for part in (name.strip() or account.strip(), host.strip()) if part)
