"""The swap on Windows: ``ReplaceFileW`` puts the old file aside in the same step.

The system's own function is handed in, so that the steps can be tried on any machine against a stand-in.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from crmsheet.workbook.disk import file_hash, kept_unseen, remove
from crmsheet.workbook.errors import BusyError, ChangedError, Notice

# error codes of ReplaceFileW
SHARING_VIOLATION = 32
CANNOT_REMOVE_REPLACED = 1175  # both files keep their names
CANNOT_MOVE_REPLACEMENT = 1176  # both files keep their names
CANNOT_MOVE_REPLACEMENT_2 = 1177  # the old file has its name aside already

ReplaceFile = Callable[[str, str, str], int]  # (replaced, replacement, aside) -> error code, 0 for success


def replace_and_verify(
    new: Path, target: Path, before: str, after: str, replace_file: ReplaceFile | None = None
) -> list[Notice]:
    """As ``swap.swap`` says.  The old file goes aside, is looked at, and goes back when it is not what was read."""
    call = replace_file or _system_call()
    aside = new.with_suffix(".aside")
    code = call(str(target), str(new), str(aside))
    if code == CANNOT_MOVE_REPLACEMENT_2:
        os.replace(aside, target)
    if code:
        raise _refused(target, code)
    try:
        theirs = file_hash(aside) != before
    except OSError as error:
        return [kept_unseen(aside, error)]
    if not theirs:
        remove(aside)
        return []
    _put_back(aside, target, new, after, call)
    raise ChangedError(target.name)


def _put_back(aside: Path, target: Path, new: Path, after: str, call: ReplaceFile) -> None:
    """A colleague's save gets its place again.  ``new``: a free name for what comes out."""
    code = call(str(target), str(aside), str(new))
    if code == CANNOT_MOVE_REPLACEMENT_2:
        os.replace(aside, target)
    elif code:
        raise BusyError(
            f"{target.name} 被别人改动过，而且正被占用；对方保存的版本在 {aside.name}，请手动核对",
            f"{target.name} was changed by somebody and is in use; their version is {aside.name}; compare the two",
        )
    elif file_hash(new) != after:  # they saved once more in between: the newest goes back
        with contextlib.suppress(OSError):
            os.replace(new, target)


def _refused(target: Path, code: int) -> OSError | BusyError:
    if code in (SHARING_VIOLATION, CANNOT_REMOVE_REPLACED, CANNOT_MOVE_REPLACEMENT, CANNOT_MOVE_REPLACEMENT_2, 5):
        return BusyError(
            f"{target.name} 正被某个程序打开，没有写回；请关闭后重新运行",
            f"{target.name} is open in some program; nothing was written; close it and run again",
        )
    return OSError(0, f"ReplaceFileW: {code}", str(target))


def _system_call() -> ReplaceFile:
    import ctypes

    kernel = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]

    def call(replaced: str, replacement: str, aside: str) -> int:
        done = kernel.ReplaceFileW(
            ctypes.c_wchar_p(replaced), ctypes.c_wchar_p(replacement), ctypes.c_wchar_p(aside), 0, None, None
        )
        return 0 if done else int(ctypes.get_last_error())  # type: ignore[attr-defined]

    return call
