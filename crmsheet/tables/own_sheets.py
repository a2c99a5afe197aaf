"""The sheets that crmsheet keeps for itself, known by their headers wherever people moved them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from crmsheet.tables.spec import OWN_SHEETS
from crmsheet.workbook import Sheet

SEARCH_ROWS = 30
ENOUGH = 0.5  # of the headers: a person may have deleted a column


class OwnSheet(NamedTuple):
    """Where an own sheet's header stands, and which column is which."""

    row: int
    columns: Mapping[str, int]


def own_sheet(sheet: Sheet) -> OwnSheet | None:
    """The own sheet of that name, rows above the header and columns between skipped; None for a sheet of the team."""
    wanted = OWN_SHEETS.get(sheet.name)
    if wanted is None or not sheet.last_row:
        return None
    for row, cells in sorted(sheet.rows(1, min(SEARCH_ROWS, sheet.last_row)).items()):
        texts = {str(cell.value).strip(): column for column, cell in sorted(cells.items(), reverse=True) if cell.kind == "text"}
        found = {header: texts[header] for header in wanted if header in texts}
        if len(found) >= ENOUGH * len(wanted):
            return OwnSheet(row, found)
    return None
