"""The swap: a finished file takes the place of the team's, and a colleague's save in that moment is not lost.

Three roads, tried in this order:

* Linux: the two files exchange their names in one step (``renameat2``); then what came out is looked at.  If it is
  not the file that was read, or a program still has it open for writing, it goes back.
* Windows: ``ReplaceFileW`` puts the old file aside in the same step, to be looked at in the same way.
* Elsewhere, and on file systems that cannot exchange (SMB, NFS): a last look at the file, then ``replace``.  Between
  the two somebody else's save would be lost; the documentation states how long that is.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from crmsheet.workbook.disk import file_hash, kept_unseen, remove
from crmsheet.workbook.errors import ChangedError, Notice

_CANNOT_EXCHANGE = {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM, errno.EXDEV}
_HERE = -100  # AT_FDCWD
_EXCHANGE = 2  # RENAME_EXCHANGE
_MOST_TURNS = 100  # a colleague's program saves a few times in a row at most

Road = Callable[[Path, Path, str, str], list[Notice]]


def swap(new: Path, target: Path, before: str, after: str) -> list[Notice]:
    """Put ``new`` in the place of ``target``; ``before`` and ``after`` are the hashes that each must have.

    What was replaced is gone afterwards, or lies at ``new`` if it could not be looked at, as the notice says.
    ChangedError: the target was somebody else's save, and is theirs again.  OSError: nothing was changed.
    """
    return _road()(new, target, before, after)


@cache
def _road() -> Road:
    if sys.platform == "win32":
        from crmsheet.workbook.windows import replace_and_verify

        return replace_and_verify
    return exchange_or_replace if _exchanger() is not None else last_look_and_replace


def exchange_or_replace(new: Path, target: Path, before: str, after: str) -> list[Notice]:
    """The road on Linux."""
    try:
        exchange(new, target)
    except OSError as error:
        if error.errno in _CANNOT_EXCHANGE:
            return last_look_and_replace(new, target, before, after)
        raise
    try:
        theirs = opened_for_writing(new) or file_hash(new) != before
    except OSError as error:
        return _unseen(new, target, after, error)
    if not theirs:
        return []
    try:
        put_back(new, target, after)
    except OSError as error:
        return [kept_unseen(new, error)]
    raise ChangedError(target.name)


def _unseen(new: Path, target: Path, after: str, error: OSError) -> list[Notice]:
    """What came out cannot be read: it goes back; if even that fails it stays where it is, and people are told."""
    try:
        exchange(new, target)
        if file_hash(new) != after:
            return [kept_unseen(new, error)]
    except OSError:
        return [kept_unseen(new, error)]
    raise error


def last_look_and_replace(new: Path, target: Path, before: str, _after: str) -> list[Notice]:
    """The road where nothing can be exchanged."""
    seen = _look(target)
    if opened_for_writing(target) or file_hash(target) != before or _look(target) != seen:
        raise ChangedError(target.name)
    os.replace(new, target)
    return []


def _look(path: Path) -> tuple[int, ...]:
    """Which file stands there, and when it was last written: quick to ask, right before the replacement."""
    status = path.stat()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def put_back(new: Path, target: Path, after: str) -> None:
    """Give a colleague's save, which lies at ``new``, its place again; ours comes out, or a still newer save goes back too.

    ``after``: the hash of what stands at ``target`` now.  Nothing is left at ``new``.
    """
    for _ in range(_MOST_TURNS):
        theirs = file_hash(new)
        if not _returned(new, target) or file_hash(new) == after:
            remove(new)  # ours, or what they have replaced themselves; or their program had just removed the file
            return
        after = theirs  # meanwhile they saved once more: what came out is the newest


def _returned(new: Path, target: Path) -> bool:
    """Whether ``new`` changed places with what stood at ``target``; False when nothing stood there any more."""
    while True:
        try:
            exchange(new, target)
        except FileNotFoundError:
            with contextlib.suppress(FileExistsError):  # they have finished their save: try again
                os.link(new, target)
                return False
        else:
            return True


def exchange(one: Path, two: Path) -> None:
    """Two files of one file system change their names in one step.  OSError."""
    call = _exchanger()
    if call is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if call(_HERE, os.fsencode(one), _HERE, os.fsencode(two), _EXCHANGE):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(one), None, str(two))


@cache
def _exchanger() -> Callable[..., int] | None:
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)


def opened_for_writing(path: Path) -> bool:
    """Whether some program has the file open for writing, as far as the system tells (Linux, local file systems).

    The kernel grants a read lease only on a file that nobody can write to.  OSError when it cannot be opened.
    """
    if not sys.platform.startswith("linux"):
        return False
    import fcntl
    import signal

    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)  # ignored by default: someone who opens it now breaks the lease
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        os.close(handle)
    return False
