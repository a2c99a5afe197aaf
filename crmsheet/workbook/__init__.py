"""The workbook engine: reads a team's .xlsx and writes single cells into it, leaving every other byte alone."""

from __future__ import annotations

from crmsheet.workbook.append import header_columns
from crmsheet.workbook.backups import Backup, backup_folder, backups
from crmsheet.workbook.book import Workbook, open_workbook, workbook_of
from crmsheet.workbook.cells import Cell, Kind
from crmsheet.workbook.commit import Receipt, undo, undo_steps
from crmsheet.workbook.errors import BusyError, ChangedError, EditError, InputError, Notice, WorkbookError
from crmsheet.workbook.forget import old_states, purge_states, put_states, remade_states
from crmsheet.workbook.holds import Holder, check_replaceable, hold, holders, own_folder
from crmsheet.workbook.ole import encrypted
from crmsheet.workbook.parts import DefinedName
from crmsheet.workbook.ranges import Range, cell_name, column_letters, column_number, parse_cell, parse_range
from crmsheet.workbook.reader import Column, value_of
from crmsheet.workbook.sheet import Change, Sheet
from crmsheet.workbook.tables import ColumnLook, ExcelTable, Placement

__all__ = [
    "Backup",
    "BusyError",
    "Cell",
    "Change",
    "ChangedError",
    "Column",
    "ColumnLook",
    "DefinedName",
    "EditError",
    "ExcelTable",
    "Holder",
    "InputError",
    "Kind",
    "Notice",
    "Placement",
    "Range",
    "Receipt",
    "Sheet",
    "Workbook",
    "WorkbookError",
    "backup_folder",
    "backups",
    "cell_name",
    "check_replaceable",
    "column_letters",
    "column_number",
    "encrypted",
    "header_columns",
    "hold",
    "holders",
    "old_states",
    "open_workbook",
    "own_folder",
    "parse_cell",
    "parse_range",
    "purge_states",
    "put_states",
    "remade_states",
    "undo",
    "undo_steps",
    "value_of",
    "workbook_of",
]
