"""Edits for a workbook of any content: columns beside what is there, one plain cell overwritten."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from crmsheet.workbook import Cell, ColumnLook, EditError, ExcelTable, Sheet, Workbook, WorkbookError, cell_name

SHEETS = 3  # worksheets that are written in one workbook
ROWS = 300  # rows that are filled in one sheet
HEADER_SEARCH = 40  # a judge looks for headers at a sheet's head
LOOKS = (
    ColumnLook("语料列 A", choices=("通过", "驳回")),
    ColumnLook("语料列 B", "date", width=14.0),
    ColumnLook("语料列 C", "number"),
)
TEXT = "改写 <&> _x000D_ \n末 "
VALUES: tuple[tuple[Any, ...], ...] = (
    ("通过", TEXT, None, "𠮷"),
    (dt.date(2024, 2, 29), dt.datetime(2025, 9, 1, 8, 30), None),
    (0.1 + 0.2, -7, True, 1e300, None),
)


@dataclass(slots=True)
class Owned:
    """What was planned in one sheet.

    ``columns``: new ones, theirs from the header down; ``written``: (row, column) -> value; ``headers``: of
    all columns that were written, old ones too.
    """

    columns: set[int] = field(default_factory=set)
    written: dict[tuple[int, int], Any] = field(default_factory=dict)
    headers: list[str] = field(default_factory=list)

    def holds(self, row: int, column: int) -> bool:
        return column in self.columns or (row, column) in self.written


@dataclass(slots=True)
class Plan:
    """Owned cells by sheet, and the lines of what was refused."""

    sheets: dict[str, Owned] = field(default_factory=dict)
    refused: list[WorkbookError] = field(default_factory=list)


def plan_edits(book: Workbook) -> Plan:
    """Plan edits in the first sheets that can be written; a refusal of one sheet does not stop the others."""
    plan = Plan()
    for place in range(len(book.sheets)):
        if len(plan.sheets) == SHEETS:
            break
        try:
            sheet = book.sheet(place)
            owned = _edited(sheet)
        except WorkbookError as refusal:
            plan.refused.append(refusal)
            if place < len(book.sheets) and book.sheet(place).pending:
                book.sheet(place).pending.clear()
                book.sheet(place).added.clear()
        else:
            plan.sheets[sheet.name] = owned
    return plan


def _edited(sheet: Sheet) -> Owned:
    """Plan new columns and an overwritten cell.  WorkbookError when neither is possible."""
    table = next((t for t in sheet.tables if t.plain and t.header_rows == 1), None)
    header, last, right = _region(sheet, table)
    owned, refusal = Owned(), None
    try:
        placement = sheet.add_columns(LOOKS, header, header + 1, last, right, table)
    except EditError as error:  # no room, say; a cell can be written all the same
        refusal = error
    else:
        owned.columns.update(placement.columns)
        owned.headers += [look.header for look in LOOKS]
        _fill(sheet, placement.columns, header, _spread(header + 1, last), owned)
    _overwrite(sheet, header, owned)
    if refusal is not None and not owned.written:
        raise refusal
    return owned


def _fill(sheet: Sheet, columns: list[int], header: int, rows: list[int], owned: Owned) -> None:
    for column, look, values in zip(columns, LOOKS, VALUES, strict=True):
        planned = [values[i % len(values)] for i in range(len(rows))]
        left_alone = {row for row, _ in sheet.set_column(column, rows, planned)}
        owned.written[header, column] = look.header
        owned.written.update({(r, column): v for r, v in zip(rows, planned, strict=True) if r not in left_alone})


def _region(sheet: Sheet, table: ExcelTable | None) -> tuple[int, int, int]:
    """(header row, last row, last column) of an Excel table, else of the used range."""
    if table is not None and table.ref.first_row <= HEADER_SEARCH:
        return table.ref.first_row, table.ref.last_row - table.totals_rows, table.ref.last_column
    index = sheet.index.cells.row[sheet.reader.occupied]
    first = int(index[0]) if len(index) else 1
    header = first if first <= HEADER_SEARCH else 1
    return header, max(sheet.last_row, header), sheet.last_column


def _spread(first: int, last: int) -> list[int]:
    """At most ROWS rows: the first ones and the last ones."""
    half = ROWS // 2
    return sorted({*range(first, min(last, first + half) + 1), *range(max(first, last - half), last + 1)})


def _overwrite(sheet: Sheet, header: int, owned: Owned) -> None:
    """Write one plain cell below a header whose text is its column's alone."""
    rows = sheet.rows(header, header + 60)
    texts = {c: "".join(str(cell.value).split()) for c, cell in rows.get(header, {}).items() if cell.kind == "text" and str(cell.value).strip()}
    times = Counter(texts.values())
    for row, cells in rows.items():
        for column, cell in cells.items():
            if row > header and column in texts and times[texts[column]] == 1 and _plain(cell):
                value = TEXT if cell.kind == "text" else 42.5
                try:
                    sheet.set(cell_name(row, column), value)
                except EditError:  # merged, say: another will do
                    continue
                owned.written[row, column] = value
                owned.headers.append(str(rows[header][column].value))
                return


def _plain(cell: Cell) -> bool:
    return cell.formula is None and cell.kind in ("text", "number")
