"""What the commit asks of a file system: hashes, synced files in the same folder, and folders made to last."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from crmsheet.workbook.errors import BusyError, ChangedError, EditError, Notice, WorkbookError

_NO_PREALLOCATION = {errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS}


@contextlib.contextmanager
def in_one_line(target: Path) -> Iterator[None]:
    """An error of the system on the way to ``target`` becomes one line.  EditError, BusyError; nothing was changed."""
    try:
        yield
    except WorkbookError:
        raise
    except FileNotFoundError as error:
        gone = target in (Path(str(error.filename)), Path(str(error.filename2))) or not target.exists()
        raise (ChangedError(target.name) if gone else _failed(target, error)) from None
    except PermissionError as error:
        # Windows says so of a file that somebody has open, other systems of missing rights
        raise (BusyError if os.name == "nt" else EditError)(
            f"无法写入 {target}（{error.strerror}）；请关闭打开它的程序或检查权限，原文件未改动",
            f"{target} cannot be written ({error.strerror}); close the program that has it open or check"
            " permissions; nothing was changed",
        ) from None
    except OSError as error:
        raise _failed(target, error) from None


def _failed(target: Path, error: OSError) -> EditError:
    return EditError(
        f"写入 {target} 失败（{error.strerror}），原文件未改动；请检查磁盘空间和文件夹",
        f"writing {target} failed ({error.strerror}); nothing was changed; check disk space and folder",
    )


def synced(folder: Path) -> list[Notice]:
    """Sync a folder after a write in it took effect: what goes wrong then is a notice, for it is written."""
    try:
        sync_folder(folder)
    except OSError as error:
        return [Notice(
            f"已写回，但文件夹无法同步到磁盘（{error.strerror}）；断电可能丢失这次写回，请检查磁盘",
            f"written, but the folder could not be synced ({error.strerror}); a power cut may lose this write; check the disk",
        )]  # fmt: skip
    return []


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hex.  OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stage(data: bytes, sha256: str, folder: Path, prefix: str, suffix: str, like: Path | None) -> tuple[Path, list[Notice]]:
    """A new file in ``folder`` that holds ``data``, synced, read back, and dressed like another one.

    Its name is given by the system between prefix and suffix.  Nothing is left behind by an OSError or EditError.
    """
    handle, name = tempfile.mkstemp(prefix=prefix, suffix=suffix, dir=folder)
    place = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            _reserve(file.fileno(), len(data))
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        notices = _dress(place, like)
        if file_hash(place) != sha256:
            raise EditError(
                f"{folder} 里写入的文件读回来不一样，已放弃，原文件未改动；请检查磁盘",
                f"what was written to {folder} does not read back the same; nothing was changed; check the disk",
            )
    except BaseException:
        remove(place)
        raise
    return place, notices


def _reserve(handle: int, size: int) -> None:
    """Take the space first: a full disk is found before a byte is written."""
    if size and hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(handle, 0, size)
        except OSError as error:
            if error.errno not in _NO_PREALLOCATION:
                raise


def _dress(place: Path, like: Path | None) -> list[Notice]:
    """Mode, owner and extended attributes of another file; without one the mode that new files get."""
    if like is None:
        if os.name == "posix":
            mask = os.umask(0)
            os.umask(mask)
            place.chmod(0o666 & ~mask)
        return []
    shutil.copystat(like, place)
    os.utime(place)
    return _give_to_owner(place, like) if hasattr(os, "chown") else []


def _give_to_owner(place: Path, like: Path) -> list[Notice]:
    """Owner and group, as far as this user may give them; the group counts more: a team shares by it."""
    wanted = like.stat()
    for owner in (wanted.st_uid, -1):
        with contextlib.suppress(PermissionError):
            os.chown(place, owner, wanted.st_gid)
            break
    os.chmod(place, wanted.st_mode & 0o7777)  # chown drops some bits
    now = place.stat()
    if now.st_gid == wanted.st_gid:
        return []
    return [Notice(
        f"{like.name} 的所属组无法保留，现在属于运行 crmsheet 的用户；请核对同事是否仍能打开",
        f"the group of {like.name} could not be kept; check that colleagues can still open it",
    )]  # fmt: skip


def kept_unseen(new: Path, error: OSError) -> Notice:
    """What people are told of a file that came out of the swap and cannot be read: where it is kept."""
    return Notice(
        f"已写回，但被替换的文件无法核对（{error.strerror}），它保留为 {new.name}；请检查磁盘，并与现在的文件对照",
        f"written, but what was replaced could not be checked ({error.strerror}) and is kept as {new.name};"
        " check the disk, and compare the two",
    )


def remove(place: Path) -> None:
    """Remove a file of ours; what cannot be removed now is found by the next run."""
    with contextlib.suppress(OSError):
        place.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder last through a power cut, where the system can.  OSError for a failing disk."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.EBADF, errno.EOPNOTSUPP}:  # some network file systems cannot
            raise
    finally:
        os.close(handle)
