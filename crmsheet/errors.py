"""What stops a run.  Bad data in a workbook is a finding (findings.py), never one of these."""

from __future__ import annotations

from crmsheet.workbook.errors import BusyError, ChangedError, EditError, InputError, WorkbookError

__all__ = ["BusyError", "ChangedError", "CrmsheetError", "EditError", "InputError", "PolicyError", "TableError", "WorkbookError"]


class CrmsheetError(WorkbookError):
    """A refusal: one line in Chinese (``zh``) and English (``en``) that says what, where and what to do."""


class PolicyError(CrmsheetError):
    """A policy or crmsheet.toml cannot be used; the line names every fault with its dotted path."""


class TableError(CrmsheetError):
    """No table was recognised; the line names what was looked for and what was seen."""
