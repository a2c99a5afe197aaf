"""What a run does to a customers table, in small: some cells set, three columns added and filled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from intact import assert_intact

from crmsheet.workbook import ColumnLook, Placement, Workbook, cell_name, open_workbook

LOOKS = [ColumnLook("建议等级"), ColumnLook("下次跟进", "date", 12), ColumnLook("审核", "text", None, ("同意", "驳回"))]
VALUES = ["A级", dt.datetime(2024, 3, 5), "同意"]


def fill(
    book: Workbook,
    edits: Mapping[str, object],
    *,
    sheet: str | int = 0,
    header_row: int = 1,
    last_row: int = 3,
    right_of: int = 3,
    table: bool = False,
) -> tuple[Placement, dict[str, object]]:
    """Set the edits and add LOOKS with VALUES in their first row; returns what all owned cells are to hold."""
    page = book.sheet(sheet)
    for ref, value in edits.items():
        page.set(ref, value)
    placed = page.add_columns(
        LOOKS, header_row, header_row + 1, last_row, right_of, page.tables[0] if table else None
    )
    wanted = dict(edits)
    for column, look, value in zip(placed.columns, LOOKS, VALUES, strict=True):
        assert page.set_column(column, [header_row + 1], [value]) == []
        wanted |= {cell_name(row, column): None for row in range(header_row, last_row + 1)}
        wanted |= {cell_name(header_row, column): look.header, cell_name(header_row + 1, column): value}
    return placed, wanted


def values(path: Path, sheet: str | int = 0) -> dict[str, object]:
    """ref -> value of the cells that have one."""
    with open_workbook(path) as book:
        return {c.ref: c.value for c in book.sheet(sheet).cells() if c.value is not None}


def assert_fills(path: Path, edits: Mapping[str, object], part: str, *, sheet: str | int = 0, **where: int | bool) -> set[str]:
    """Fill a copy, find in it what was meant and everything else as it was; returns the parts that changed."""
    out, before = path.with_name("out.xlsx"), values(path, sheet)
    with open_workbook(path) as book:
        _, wanted = fill(book, edits, sheet=sheet, **where)  # type: ignore[arg-type]
        assert sorted(c.ref for c in book.changes()) == sorted(ref for ref, v in wanted.items() if v is not None)
        book.commit(out)
    assert values(out, sheet) == {k: v for k, v in (before | wanted).items() if v is not None}
    return assert_intact(path, out, {part: wanted}, columns=True)
