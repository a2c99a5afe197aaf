"""Rows below a sheet that keeps a record: what stands there stays, whatever people did to the sheet meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from crmsheet.workbook.cells import Written
from crmsheet.workbook.errors import EditError
from crmsheet.workbook.guard import LAST_ROW
from crmsheet.workbook.sheet import Sheet

_HEADER_ROWS = 30  # a person may have put a title above


def header_columns(sheet: Sheet, headers: Sequence[str]) -> tuple[int, dict[str, int]] | None:
    """(header row, header -> column): the first row that holds half of the headers, wherever a person moved them.

    None where there is no such row.  A header that stands twice counts where it stands first.  Who reads a record
    sheet asks here too: what is read and what is appended must stand in the same columns.
    """
    for row, cells in sorted(sheet.rows(1, _HEADER_ROWS).items()):
        texts = {str(cell.value).strip(): column for column, cell in sorted(cells.items(), reverse=True) if cell.kind == "text"}
        found = {header: texts[header] for header in headers if header in texts}
        if len(found) * 2 >= len(headers):
            return row, found
    return None


def append_rows(sheet: Sheet, headers: Sequence[str], rows: Sequence[Sequence[Written]]) -> None:
    """Plan rows below the last used one, each value under its header; a column that a person deleted gets nothing.

    EditError: the headers are not there, the sheet is full, or something on it covers the place.
    """
    found = header_columns(sheet, headers)
    if found is None:
        raise EditError(
            f"工作表“{sheet.name}”的表头已被改动，无法续写；请恢复表头（{'、'.join(headers)}）或给该表改名",
            f"the headers of sheet {sheet.name!r} were changed, so nothing can be appended;"
            f" restore them ({', '.join(headers)}) or rename the sheet",
        )
    first = _free_row(sheet, found[0])
    if first + len(rows) - 1 > LAST_ROW:
        raise EditError(
            f"工作表“{sheet.name}”已写满；请给它改名存档，下次运行会新建一张",
            f"sheet {sheet.name!r} is full; rename it, and the next run starts a new one",
        )
    numbers = range(first, first + len(rows))
    for place, header in enumerate(headers):
        if header in found[1]:
            sheet.set_column(found[1][header], list(numbers), [row[place] for row in rows])


def _free_row(sheet: Sheet, header_row: int) -> int:
    """The first row below all that is on the sheet or planned for it."""
    areas = [*sheet.merged, *sheet.index.fixed, *(table.ref for table in sheet.tables)]
    return 1 + max(
        header_row,
        sheet.last_row,
        *(row for planned in sheet.pending.values() for row in planned),
        *(area.last_row for area in areas if area.last_row < LAST_ROW),
    )
