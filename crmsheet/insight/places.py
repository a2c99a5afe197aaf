"""Many cells in few words: ``客户!F2:F40``."""

from __future__ import annotations

import re
from collections.abc import Iterable

from crmsheet.arrays import Bools, Ints
from crmsheet.tables.table import Table

MOST = 20  # ranges that a figure names
_CELL = re.compile(r"(.+)!([A-Z]+)(\d+)", re.DOTALL)


def ranges(cells: Iterable[str | None], most: int = MOST) -> tuple[str, ...]:
    """Addresses as ranges down their columns, at most ``most`` and then ``…``; blanks and repeats are left out."""
    found = (_CELL.fullmatch(cell) for cell in dict.fromkeys(cells) if cell)
    rows = sorted((m[1], m[2], int(m[3])) for m in found if m)
    runs: list[tuple[str, str, int, int]] = []
    for sheet, column, row in rows:
        if runs and runs[-1][:2] == (sheet, column) and row == runs[-1][3] + 1:
            runs[-1] = (sheet, column, runs[-1][2], row)
        else:
            runs.append((sheet, column, row, row))
    shown = [f"{s}!{c}{a}" if a == b else f"{s}!{c}{a}:{c}{b}" for s, c, a, b in runs[:most]]
    return (*shown, "…") if len(runs) > most else tuple(shown)


def cells_of(table: Table, field: str, rows: Bools | Ints) -> tuple[str, ...]:
    """The field's cells in some rows, as ranges; () where the table has no such column."""
    return ranges(table.cells(field)[rows].tolist()) if table.has(field) else ()
