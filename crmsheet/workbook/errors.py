"""What stops the engine: one line that says what, where and what to do, in Chinese and in English.

No message ever holds the value of a cell: a workbook's contents are the team's, and errors travel to logs.
"""

from __future__ import annotations

from typing import NamedTuple


class Notice(NamedTuple):
    """Something people should know of a write that succeeded, in Chinese and in English."""

    zh: str
    en: str


class WorkbookError(Exception):
    """A refusal.  ``str(error)`` is the Chinese line (``zh``); ``en`` says the same in English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh)
        self.zh = " ".join(zh.split())
        self.en = " ".join(en.split())

    def __str__(self) -> str:
        return self.zh

    def __reduce__(self) -> tuple[type[WorkbookError], tuple[str, str]]:
        return type(self), (self.zh, self.en)  # the default would lose a message on the way between processes


class InputError(WorkbookError):
    """The file cannot be read as a workbook, or not safely."""


class EditError(WorkbookError):
    """A cell cannot be written, or the file cannot be written safely; nothing was written."""


class BusyError(WorkbookError):
    """Somebody else holds the file or changed it meanwhile; nothing was written."""


class ChangedError(BusyError):
    """The file of that name is no longer the one that was read: read it again."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} 在读取之后被别人改动过，没有写回；请重新运行",
            f"{name} was changed by somebody since it was read; nothing was written; run again",
        )
        self.name = name

    def __reduce__(self) -> tuple[type[ChangedError], tuple[str]]:  # type: ignore[override]
        return type(self), (self.name,)
