"""The first sheet of the Excel review: one printed page, laid out on a grid of narrow columns whose cells are merged.

Blocks become cells without touching the sheet (``lay``); then the cells are written from top to bottom (``paint``), each
row as high as its longest text needs, because merged cells get no height by themselves.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from crmsheet.review.blocks import Block, Column, Link, Metric, Metrics, Notice, Row, Table, Text, Value
from crmsheet.review.heading import Heading
from crmsheet.review.words import Say
from crmsheet.review.xlsx_book import RowSheet
from crmsheet.review.xlsx_cells import Formats, Links, clean, header_style, line_count, text_width

GRID = 48  # columns, of equal width
TO_INDEX = 38  # where the link to the index stands, right of the title
WIDTH = 3.2  # characters of each: all of them fill A4 landscape
_ROOM = 3.7  # characters that each adds to a merged cell: the padding of single cells is room in it
_SHARES = ((23, 24), (15, 14, 17))  # of the tables side by side, with one column between them
_CARD_ROWS = 6  # name, value, change, parts, what it is made of, its cells
_NARROWEST, _WIDEST = 6, 44  # characters of a table's column
_DATE = 11
_FEWEST = 2  # grid columns of a column
_HEIGHTS = {"title": 24.0, "value": 27.0, "heading": 20.0, "front": 21.0}  # points of a line; of any other 15


class Cell(NamedTuple):
    """One cell of the grid, from column ``first`` to ``last``; ``url``: where it leads, ``course``: the figure whose line it holds."""

    row: int
    first: int
    last: int
    value: Value
    style: str
    url: str | None = None
    course: str | None = None


Url = Callable[[str], str | None]  # a section's key → the link to its sheet
Titles = Mapping[str, str]  # a section's key → its title


def lay(blocks: Sequence[Block], facts: Heading, links: Links, sheet_of: Url, titles: Titles, say: Say) -> list[Cell]:
    """All cells of the first sheet but its index."""
    told = say("list_wide").join(f"{name} {value}" for name, value in facts.facts)
    cells = [Cell(0, 0, TO_INDEX - 1, facts.title, "title"), Cell(1, 0, GRID - 1, told, "soft_wrap")]
    tables = [block for block in blocks if isinstance(block, Table)]
    for block in blocks:
        row = max(one.row for one in cells) + 1
        if isinstance(block, Notice):
            cells.append(Cell(row, 0, GRID - 1, block.text, f"front.{block.tone}" if block.tone != "plain" else "soft_wrap"))
        elif isinstance(block, Text):
            cells.append(Cell(row, 0, GRID - 1, block.text, "plain_wrap"))
        elif isinstance(block, Metrics):
            cells += _cards(row + 1, block.items, links, sheet_of)
        elif isinstance(block, Table) and block is tables[0]:
            cells += _tables(row, tables, links, sheet_of, titles, say)
    return cells


def paint(sheet: RowSheet, cells: Iterable[Cell], formats: Formats) -> int:
    """Write the cells; returns the next free row."""
    sheet.set_column(0, GRID - 1, WIDTH)
    last = 0
    for row, some in groupby(sorted(cells, key=lambda one: one[:3]), key=lambda one: one.row):
        line = list(some)
        sheet.set_row(row, max(_height(one) for one in line))
        for one in line:
            _write(sheet, one, formats[one.style])
        last = row
    return last + 1


def _write(sheet: RowSheet, one: Cell, style: Any) -> None:
    if one.last > one.first:
        sheet.merge_range(one.row, one.first, one.row, one.last, "", style)
    value = one.value
    if isinstance(value, dt.date):
        sheet.write_datetime(one.row, one.first, value, style)
    elif isinstance(value, int | float):
        sheet.write_number(one.row, one.first, value, style)
    else:
        text = value.text if isinstance(value, Link) else value or ""
        sheet.write_string(one.row, one.first, clean(text), style)
    if one.url:
        sheet.add_link(one.row, one.first, one.url)


def _height(one: Cell) -> float:
    lines = line_count(one.value, _room(one.first, one.last))
    return lines * _HEIGHTS.get(one.style.partition(".")[0], 15.0) + 2


def _room(first: int, last: int) -> int:
    """Characters that fit into a line of a merged cell."""
    return int((last - first + 1) * _ROOM)


def _cards(row: int, items: Sequence[Metric], links: Links, sheet_of: Url) -> Iterator[Cell]:
    """The figures side by side, each six rows high."""
    wide = GRID // max(1, len(items))
    for place, item in enumerate(items):
        first, last = place * wide, place * wide + wide - 2 + (place == len(items) - 1)
        middle = first + 2
        told = next((line for line in item.made_of if isinstance(line, str)), "")
        link = next((line for line in item.made_of if isinstance(line, Link)), None)
        yield Cell(row, first, last, item.label, f"card_name.{item.tone}", sheet_of(item.see) if item.see else None)
        yield Cell(row + 1, first, middle, item.value, f"value.{item.tone}")
        yield Cell(row + 1, middle + 1, last, None, "value", course=item.course.name if item.course.history else None)
        yield Cell(row + 2, first, last, item.course.change, f"card.{item.course.tone}")
        yield Cell(row + 3, first, last, item.note, "card")
        yield Cell(row + 4, first, last, told, "card")
        yield Cell(row + 5, first, last, link and _brief(link.text, _room(first, last)), "card_cells", links.url(link) if link else None)


def _brief(text: str, room: int) -> str:
    """As many addresses as one line holds; all of them stand beside the indicator."""
    while text_width(text) > room and "、" in text:
        text = text.removesuffix("、…").rpartition("、")[0] + "、…"
    return text


def _tables(row: int, tables: Sequence[Table], links: Links, sheet_of: Url, titles: Titles, say: Say) -> list[Cell]:
    """The tables in lines of two and three, one column between them."""
    cells: list[Cell] = []
    left = list(tables)
    for shares in _SHARES:
        first, line = 0, left[: len(shares)]
        del left[: len(shares)]
        made: list[Cell] = []
        for table, wide in zip(line, shares, strict=False):
            made += _table(row, first, wide, table, links, sheet_of, titles, say)
            first += wide + 1
        cells += made
        row = max((one.row for one in made), default=row - 1) + 1
    return cells


def _table(row: int, first: int, wide: int, table: Table, links: Links, sheet_of: Url, titles: Titles, say: Say) -> Iterator[Cell]:
    last = first + wide - 1
    yield Cell(row, first, last, table.title, "heading")
    ends = _spans(table, wide)
    at = row + 1
    if table.rows:
        yield from (Cell(at, first + a, first + b, column.title, header_style(column)) for column, (a, b) in zip(table.columns, ends, strict=True))
        for line in table.rows:
            at += 1
            yield from _row(at, first, line, table.columns, ends, links)
        at += 1
    under = table.note if table.rows else table.empty
    if under:
        see = sheet_of(table.see) if table.see else None
        text = f"{under} {say('quoted', text=titles[table.see])}" if table.see and see else under
        yield Cell(at, first, last, text, "soft_link" if see else "soft_wrap", see)


def _row(at: int, first: int, line: Row, columns: Sequence[Column], ends: Sequence[tuple[int, int]], links: Links) -> Iterator[Cell]:
    for value, column, (a, b) in zip(line, columns, ends, strict=True):
        url = links.url(value) if isinstance(value, Link) and column.kind == "cell" else None
        yield Cell(at, first + a, first + b, value, _style(value, column), url)


def _style(value: Value, column: Column) -> str:
    if column.kind == "cell":
        return "link"
    tone = column.tones.get(value) if isinstance(value, str) else None
    return f"text.{tone}" if tone else column.kind


def _spans(table: Table, wide: int) -> list[tuple[int, int]]:
    """First and last grid column of each of the table's, by how long its values are; together ``wide``."""
    asked = [_asked(column, [row[place] for row in table.rows]) for place, column in enumerate(table.columns)]
    ends, used, left = [], 0, sum(asked)
    for place, one in enumerate(asked):
        after = len(asked) - place - 1
        size = min(wide - used - _FEWEST * after, max(_FEWEST, round((wide - used) * one / left)))
        ends.append((used, used + size - 1))
        used, left = used + size, left - one
    return ends


def _asked(column: Column, values: Sequence[Value]) -> int:
    if column.kind == "date":
        return _DATE
    longest = max((text_width(value.text if isinstance(value, Link) else str(value)) for value in values if value is not None), default=0)
    return min(max(longest + 1, min(text_width(column.title), 9), _NARROWEST), _WIDEST)


def courses(cells: Iterable[Cell]) -> Mapping[tuple[int, int], str]:
    """Where the line of which figure goes."""
    return {(one.row, one.first): one.course for one in cells if one.course}
