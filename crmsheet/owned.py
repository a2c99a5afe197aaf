"""Where the owned columns of a customers table stand, and what they hold before a run (SPEC §6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from crmsheet.arrays import Bools, Ints, Objects, nothing
from crmsheet.model import CellRef, Finding, Region
from crmsheet.moves.standing import OwnedCells
from crmsheet.tables.match import OURS_SUFFIX
from crmsheet.tables.table import Table
from crmsheet.workbook import Sheet, Workbook

PROPOSAL, REVIEW, SNAPSHOT, TIER = "建议等级", "审核", "等级快照", "客户等级"
Renamed = Mapping[str, str | Literal[False]]


class Places(NamedTuple):
    """Where owned columns stand already, and what each is called here."""

    column: dict[str, int]
    header: dict[str, str]


def owned_header(header: str, renamed: Renamed) -> str | None:
    """What an owned column is called here; None when it is left out.  等级快照 cannot be dropped."""
    name = renamed.get(header, header)
    return (header if header == SNAPSHOT else None) if name is False else name


def find_places(sheet: Sheet, region: Region, names: Sequence[str], renamed: Renamed) -> tuple[Places, list[Finding]]:
    """Where some owned columns stand.  On a first run (no 等级快照) a column of such a name that holds values is the team's."""
    column: dict[str, int] = {}
    header: dict[str, str] = {}
    findings = []
    present = _headers(region)
    first_run = not any(name.removesuffix(OURS_SUFFIX) == SNAPSHOT for name in region.owned)
    for owned in names:
        if (name := owned_header(owned, renamed)) is None:
            continue
        ours = f"{name}{OURS_SUFFIX}"
        header[owned] = name
        if ours in present:
            column[owned], header[owned] = present[ours], ours
        elif name in present and first_run and _holds_values(sheet, region, present[name]):
            header[owned] = ours
            where = CellRef(sheet.name, region.header_rows[-1], present[name])
            findings.append(Finding("owned-name-taken", where, name, {"ours": ours}))
        elif name in present:
            column[owned] = present[name]
    if TIER in present:
        column[TIER] = present[TIER]
    return Places(column, header), findings


def rows_of(table: Table, region: Region) -> Ints:
    """Positions of the table's rows that stand in a region."""
    rows = table.frame["row"].to_numpy()
    inside = (rows >= (region.first_row or 0)) & (rows <= (region.last_row or 0))
    return np.flatnonzero((table.frame["sheet"].to_numpy(dtype=object) == region.sheet) & inside)


def read_owned(book: Workbook, table: Table, regions: Sequence[Region], renamed: Renamed) -> OwnedCells:
    """What 建议等级, 审核 and 等级快照 hold, a row each, and which tier cells hold a formula or lie in a merged range."""
    texts = {name: nothing(len(table)) for name in (PROPOSAL, REVIEW, SNAPSHOT)}
    locked = np.zeros(len(table), dtype=bool)
    for region in regions:
        at = rows_of(table, region)
        if not len(at):
            continue
        sheet, rows = book.sheet(region.sheet), table.frame["row"].to_numpy()[at]
        places, _ = find_places(sheet, region, tuple(texts), renamed)
        for name in texts.keys() & places.column.keys():
            texts[name][at] = _texts(sheet, region, places.column[name], rows)
        for column in region.fields.get("tier", ())[:1]:
            locked[at] = _locked(sheet, region, column, rows)
    return OwnedCells(texts[PROPOSAL], texts[REVIEW], texts[SNAPSHOT], locked)


def _headers(region: Region) -> dict[str, int]:
    """Header text, without white space and with plain brackets → column; owned ones that stand apart included."""
    plain = {"".join(t.split()).replace("（", "(").replace("）", ")"): c for c, t in sorted(region.headers.items(), reverse=True)}
    return {**plain, **region.owned}


def _holds_values(sheet: Sheet, region: Region, column: int) -> bool:
    assert region.first_row is not None and region.last_row is not None
    return bool((sheet.column(column, region.first_row, region.last_row).kind != 0).any())


def _texts(sheet: Sheet, region: Region, column: int, rows: Ints) -> Objects:
    assert region.first_row is not None and region.last_row is not None
    cells = sheet.column(column, region.first_row, region.last_row)
    return np.array([(t or "").strip() or None for t in cells.text[rows - region.first_row]], dtype=object)


def _locked(sheet: Sheet, region: Region, column: int, rows: Ints) -> Bools:
    """Cells that are never written: formulas, and what merging covers."""
    assert region.first_row is not None and region.last_row is not None
    locked: Bools = sheet.column(column, region.first_row, region.last_row).formula[rows - region.first_row].astype(bool)
    for area in sheet.merged:
        if area.first_column <= column <= area.last_column:
            covered = (rows >= area.first_row) & (rows <= area.last_row)
            locked |= covered & ((rows != area.first_row) | (column != area.first_column))
    return locked
