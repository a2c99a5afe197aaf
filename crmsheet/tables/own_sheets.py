"""The sheets that crmsheet keeps for itself, known by their headers wherever people moved them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from crmsheet.tables.spec import OWN_SHEETS
from crmsheet.workbook import Sheet, header_columns


class OwnSheet(NamedTuple):
    """Where an own sheet's header stands, and which column is which."""

    row: int
    columns: Mapping[str, int]


def own_sheet(sheet: Sheet) -> OwnSheet | None:
    """The own sheet of that name, rows above the header and columns between skipped; None for a sheet of the team."""
    wanted = OWN_SHEETS.get(sheet.name)
    found = header_columns(sheet, wanted) if wanted is not None else None
    return None if found is None else OwnSheet(*found)
