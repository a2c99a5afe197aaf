"""What the Excel review shows by conditional formats: how late, how much, which tier, what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from xlsxwriter import Workbook  # type: ignore[import-untyped]

from crmsheet.model import letters
from crmsheet.review.blocks import Column
from crmsheet.review.xlsx_cells import clean

_BARS = {"late": "#E8A29B", "days": "#E8A29B", "overdue": "#E8A29B", "score": "#A9C4DF", "total": "#A9C4DF", "count": "#A9C4DF"}
_SHADES = ("#9FBEDD", "#D3E2F0")  # of the highest tier and the next; the rest stays white
_LONGEST = 120  # of a text in a formula, where Excel takes 255; every quote in it counts twice
_DECIDED = ("#E6F4EC", "#FCE9E7")  # agreed, refused: in the order of the column's choices


class Area(NamedTuple):
    """Rows of a sheet, counted from 0."""

    first: int
    last: int


def mark(book: Workbook, sheet: Any, columns: Sequence[Column], area: Area, tiers: Sequence[str]) -> None:
    """Give a table's rows their conditional formats; its first column stands in A."""
    for place, column in enumerate(columns):
        cells = (area.first, place, area.last, place)
        if column.key in _BARS:
            sheet.conditional_format(*cells, {
                "type": "data_bar", "data_bar_2010": True, "bar_solid": True, "bar_color": _BARS[column.key], "min_type": "num", "min_value": 0,
            })  # fmt: skip
        if column.key == "tier":
            for tier, shade in zip(tiers[:-1], _SHADES, strict=False):
                _if(book, sheet, cells, f"${letters(place + 1)}{area.first + 1}={_quoted(tier)}", shade)
        if column.choices:
            for word, shade in zip(column.choices, _DECIDED, strict=False):
                row = (area.first, 0, area.last, len(columns) - 1)
                _if(book, sheet, row, f"${letters(place + 1)}{area.first + 1}={_quoted(word)}", shade)


def _if(book: Workbook, sheet: Any, cells: tuple[int, int, int, int], formula: str, ground: str) -> None:
    sheet.conditional_format(*cells, {"type": "formula", "criteria": "=" + formula, "format": book.add_format({"bg_color": ground})})


def _quoted(text: str) -> str:
    """A text in a formula, as the cells hold it; tiers come from a policy file that people write."""
    return '"' + clean(text)[:_LONGEST].replace('"', '""') + '"'
