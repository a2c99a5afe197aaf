"""The workbook engine: reads a team's .xlsx and writes single cells into it, leaving every other byte alone."""

from __future__ import annotations

from crmsheet.workbook.backups import backups
from crmsheet.workbook.book import Workbook, open_workbook
from crmsheet.workbook.cells import Cell, Kind
from crmsheet.workbook.commit import Receipt
from crmsheet.workbook.errors import BusyError, EditError, InputError, WorkbookError
from crmsheet.workbook.parts import DefinedName
from crmsheet.workbook.ranges import Range, cell_name, column_letters, column_number, parse_cell, parse_range
from crmsheet.workbook.reader import Column, value_of
from crmsheet.workbook.sheet import Change, Sheet
from crmsheet.workbook.tables import ColumnLook, ExcelTable, Placement

__all__ = [
    "BusyError",
    "Cell",
    "Change",
    "Column",
    "ColumnLook",
    "DefinedName",
    "EditError",
    "ExcelTable",
    "InputError",
    "Kind",
    "Placement",
    "Range",
    "Receipt",
    "Sheet",
    "Workbook",
    "WorkbookError",
    "backups",
    "cell_name",
    "column_letters",
    "column_number",
    "open_workbook",
    "parse_cell",
    "parse_range",
    "value_of",
]
