"""A table's rows as HTML, a column at a time: 5,000 rows are 50,000 cells, too many for a template's loops.

Everything is escaped here, whatever it is: the page takes these rows as finished markup.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from crmsheet.review.blocks import Column, Link, Table, Value, column_at, plain

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_WIDE, _MIDDLE, _NARROW = 30, 20, 12  # characters


def visible(value: Any) -> Any:
    """The value; in a text, what no page may hold (control characters, half surrogates) becomes �."""
    if isinstance(value, str) and not isinstance(value, Markup) and not value.isprintable():
        return _CONTROL.sub("\ufffd", value)
    return value


def table_rows(table: Table, shown: Sequence[int], anchors: frozenset[str | None]) -> Markup:
    """The rows at the positions ``shown``, with a heading where the group changes.

    ``anchors`` are those that the page holds: only to them does a link lead.
    """
    rows = [table.rows[at] for at in shown]
    group = column_at(table, table.group) if table.group else None
    columns = [
        column_cells(column, [row[place] for row in rows], anchors)
        for place, column in enumerate(table.columns)
        if place != group
    ]
    names = [table.anchors[at] if table.anchors else None for at in shown]
    starts = [f'<tr id="{escape(name)}">' if name else "<tr>" for name in names]
    heads = [""] * len(rows) if group is None else _heads(table, [row[group] for row in rows], group)
    lines = zip(heads, starts, *columns, strict=True)
    return Markup(  # noqa: S704  every value in it has been escaped above
        "\n".join(["".join(line) + "</tr>" for line in lines])
    )  # escaped by column_cells and _heads


def column_cells(column: Column, values: Sequence[Value], anchors: frozenset[str | None]) -> list[str]:
    """The ``<td>`` of each value."""
    cells, codes = distinct_cells(column, values, anchors)
    return [cells[code] for code in codes]


def distinct_cells(column: Column, values: Sequence[Value], anchors: frozenset[str | None]) -> tuple[list[str], list[int]]:
    """The distinct ``<td>`` in the order of their first value, and for each value which of them it gets."""
    render = _renderer(column, anchors)
    places = {value: place for place, value in enumerate(dict.fromkeys(values))}
    return [render(value) for value in places], [places[value] for value in values]


def _heads(table: Table, labels: Sequence[Value], group: int) -> list[str]:
    """Before each row its group's heading, where that is another than the row before has."""
    counts = Counter(plain(row[group]) for row in table.rows)
    width = len(table.columns) - 1
    before = [object(), *labels]
    return [
        _head(plain(label), counts[plain(label)], width) if label != last else ""
        for label, last in zip(labels, before, strict=False)
    ]


def _head(label: Value, count: int, width: int) -> str:
    text = escape(visible("" if label is None else str(label)))
    return f'<tr class="group"><th colspan="{width}" scope="rowgroup">{text} <span class="n">{count:,}</span></th></tr>'


def _renderer(column: Column, anchors: frozenset[str | None]) -> Callable[[Value], str]:
    if column.kind in ("int", "percent", "money"):
        return partial(_number_cell, column.kind)
    if column.kind == "date":
        return _date_cell
    if column.tones:
        return partial(_toned_cell, column)
    return partial(_text_cell, _class(column), anchors)


def _class(column: Column) -> str:
    """How much room a text wants: w, long ones; m, names and addresses; s, words that stay on one line."""
    size = (
        "w"
        if column.width >= _WIDE
        else "m"
        if column.width >= _MIDDLE
        else "s"
        if column.width <= _NARROW
        else ""
    )
    return f' class="{size}"' if size else ""


def _number_cell(kind: str, value: Value) -> str:
    return f'<td class="n">{escape(visible(number_text(kind, value)))}</td>'


def number_text(kind: str, value: Value) -> str:
    """A figure as it is shown; a rate or a sum without one is —, a count without one is blank."""
    if value is None or value == "":
        return "" if kind == "int" else "—"
    if not isinstance(value, int | float):
        return str(plain(value))
    return f"{value:.1%}" if kind == "percent" else f"{value:,.0f}"


def _date_cell(value: Value) -> str:
    text = value.isoformat() if isinstance(value, dt.date) else "" if value is None else str(plain(value))
    return f'<td class="d">{escape(visible(text))}</td>'


def _toned_cell(column: Column, value: Value) -> str:
    text = plain(value)
    if text is None or text == "":
        return "<td></td>"
    tone = column.tones.get(str(text))
    shown = escape(visible(str(text)))
    return (
        f'<td class="s"><span class="tag {tone}">{shown}</span></td>'
        if tone
        else f'<td class="s">{shown}</td>'
    )


def _text_cell(attribute: str, anchors: frozenset[str | None], value: Value) -> str:
    if value is None or value == "":
        return "<td></td>"
    inner = _link(value, anchors) if isinstance(value, Link) else escape(visible(str(value)))
    return f"<td{attribute}>{inner}</td>"


def address(path: str) -> str:
    """A path as the target of a link: what means something else in an address (# ? % :) in percent form."""
    return quote(path.replace(os.sep, "/").encode("utf-8", "surrogateescape"), safe="/")


def _link(link: Link, anchors: frozenset[str | None]) -> str:
    """A link to another file, or to a row of this page where the page shows it; an address of the workbook as text to copy."""
    text = escape(visible(link.text))
    if link.page is not None:
        return f'<a href="{escape(address(link.page))}">{text}</a>'
    if link.anchor is not None and link.anchor in anchors:
        return f'<a href="#{escape(link.anchor)}">{text}</a>'
    return f"<code>{text}</code>" if link.cell and link.anchor is None else str(text)
