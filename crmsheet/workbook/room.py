"""What of a sheet may be written: cells that must be left alone, and where new columns can stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from crmsheet.workbook.errors import EditError
from crmsheet.workbook.guard import LAST_COLUMN
from crmsheet.workbook.index import Bools
from crmsheet.workbook.ranges import Range
from crmsheet.workbook.tables import ColumnLook, ExcelTable

if TYPE_CHECKING:
    from crmsheet.workbook.sheet import Sheet


def left_alone(sheet: Sheet, column: int, rows: npt.NDArray[np.int64]) -> dict[int, str]:
    """Which of these rows of a column must not be written, and why."""
    why: dict[int, str] = {}
    for table in sheet.tables:
        r = table.ref
        if r.first_column <= column <= r.last_column:
            first, last = r.first_row + table.header_rows, r.last_row - table.totals_rows
            outside = ((rows >= r.first_row) & (rows < first)) | ((rows > last) & (rows <= r.last_row))
            why.update(dict.fromkeys(rows[outside].tolist(), "table"))
    for area in sheet.merged:
        if area.first_column <= column <= area.last_column:
            covered = (rows >= area.first_row) & (rows <= area.last_row)
            if column == area.first_column:
                covered &= rows != area.first_row
            why.update(dict.fromkeys(rows[covered].tolist(), "merged"))
    at = sheet.reader.column_positions(column, int(rows.min(initial=1 << 20)), int(rows.max(initial=0)))
    formulas = sheet.index.cells.row[at][sheet.index.formula_mask[at]]
    why.update(dict.fromkeys(rows[np.isin(rows, formulas)].tolist(), "formula"))
    for reason, areas in (("array", sheet.index.fixed), ("pivot", sheet.pivots)):
        for area in areas:
            if area.first_column <= column <= area.last_column:
                inside = (rows >= area.first_row) & (rows <= area.last_row)
                why.update(dict.fromkeys(rows[inside].tolist(), reason))
    return why


def room_for(
    sheet: Sheet, count: int, header_row: int, last_row: int, right_of: int, table: ExcelTable | None
) -> tuple[int, bool]:
    """(first of so many new columns, whether it is next to ``right_of``).  EditError: the sheet has no room for them."""
    beside = right_of + 1
    area = Range(header_row, beside, last_row, beside + count - 1)
    extendable = True
    if table is not None:
        area = Range(table.ref.first_row, beside, table.ref.last_row, beside + count - 1)
        extendable = table.plain and table.header_rows == 1 and right_of == table.ref.last_column
    if extendable and _free(sheet, area, table):
        return beside, True
    used = [
        right_of,
        int(sheet.index.cells.column[_stored(sheet)].max(initial=0)),
        *(a.last_column for a in sheet.added),
        *(c for c, p in sheet.pending.items() if p),
        *(t.ref.last_column for t in sheet.tables),
        *(m.last_column for m in sheet.merged if m.last_column < LAST_COLUMN),
        *(area.last_column for area in (*sheet.index.fixed, *sheet.pivots)),
    ]
    start = max(used) + 1
    if start + count - 1 > LAST_COLUMN:
        raise EditError(
            f"工作表“{sheet.name}”右侧已没有空列，无法新增 {count} 列；请清理右侧内容后再试",
            f"sheet {sheet.name!r} has no room for {count} more columns; clear its right edge",
        )
    return start, False


def _free(sheet: Sheet, area: Range, table: ExcelTable | None) -> bool:
    """Whether nothing stands in an area: no value, formula, planned cell, merged range or other Excel
    table.
    """
    if area.last_column > LAST_COLUMN:
        return False
    where = sheet.index.row_slice(area.first_row, area.last_row)
    columns = sheet.index.cells.column[where][_stored(sheet)[where]]
    if ((columns >= area.first_column) & (columns <= area.last_column)).any():
        return False
    planned = any(
        row
        for c in range(area.first_column, area.last_column + 1)
        for row in sheet.pending.get(c, ())
        if area.first_row <= row <= area.last_row
    )
    others = (
        *sheet.merged,
        *sheet.index.fixed,
        *sheet.pivots,
        *(t.ref for t in sheet.tables if t is not table and t != table),
    )
    return not planned and not any(area.meets(o) for o in others)


def _stored(sheet: Sheet) -> Bools:
    """Which cells store something, were it an empty text: it counts for a formula, and is not overwritten."""
    cells = sheet.index.cells
    return (cells.value_end > cells.value_start) | sheet.index.formula_mask


def filter_beside(sheet: Sheet, header_row: int, last_row: int, right_of: int) -> Range | None:
    """The worksheet's filter when it ends where the table does."""
    f = sheet.autofilter
    meets = (
        f is not None
        and f.last_column == right_of
        and f.first_row <= last_row
        and f.last_row >= header_row
    )
    return f if meets else None


def check_names(table: ExcelTable, looks: Sequence[ColumnLook]) -> None:
    """EditError when an Excel table would have two columns of one name."""
    taken = [name.lower() for name in (*table.columns, *(look.header for look in looks))]
    twice = next((look.header for look in looks if taken.count(look.header.lower()) > 1), None)
    if twice is not None:
        raise EditError(
            f"Excel 表格“{table.name}”已有名为“{twice}”的列，列名不能重复",
            f"Excel table {table.name!r} has a column {twice!r} already; names must be unique",
        )
