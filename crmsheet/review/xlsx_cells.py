"""Cells of the Excel review: what a cell can hold, how it looks, where it leads."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from xlsxwriter import Workbook  # type: ignore[import-untyped]

from crmsheet.model import letters
from crmsheet.review.blocks import Column, Link, Row, Value

MOST_TEXT = 32_767  # UTF-16 units that a cell holds
MOST_LINKS = 2_000  # of one sheet: more make it slow to open, and Excel drops them all beyond 65,530
_LONGEST_LINK = 2_000
_MOST_LINES = 12  # that a row shows
_COLORS = {"good": "#1A7F4B", "warn": "#8A5A00", "bad": "#B3261E"}
_GROUNDS = {"good": "#E6F4EC", "warn": "#FDF2D8", "bad": "#FCE9E7"}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE = re.compile("_(x[0-9a-fA-F]{4}_)")
_IN_PATH = re.compile('[%#\x00-\x20"<>\\[\\]^`{}\x7f\ud800-\udfff\ufffe\uffff]')
_ADDRESS = re.compile("([^!]+)!([A-Z]{1,3}[0-9]+)")
_EPOCH = dt.date(1899, 12, 30).toordinal()


def clean(text: str) -> str:
    """A text that a cell can hold: what XML forbids becomes �, what is too long ends in ``…``."""
    if not text.isprintable():
        text = _CONTROL.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text if len(text) <= MOST_TEXT // 2 else _cut(text)


def _cut(text: str) -> str:
    units = text.encode("utf-16-le")
    if len(units) // 2 <= MOST_TEXT:
        return text
    return units[: 2 * (MOST_TEXT - 1)].decode("utf-16-le", "ignore") + "…"


def _xml(text: str) -> str:
    if "&" in text or "<" in text or ">" in text:
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _ESCAPE.sub(r"_x005F_\1", text) if "_x" in text else text


class Formats:
    """The cell styles by name, made once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self._book.add_format(_style(name))
        return self._made[name]

    def index(self, name: str) -> int:
        """The number by which a cell's XML names the style; styles that look alike share one."""
        number: int = self[name]._get_xf_index()  # noqa: SLF001  XlsxWriter has no other way
        return number


def _style(name: str) -> dict[str, Any]:
    """The properties of a style; ``.bad`` behind its name gives the colour of a tone."""
    base, _, tone = name.partition(".")
    row = {"valign": "top", "bottom": 4, "bottom_color": "#C9D2DA"}
    number = {**row, "align": "right", "indent": 1}
    card = {"valign": "vcenter", "text_wrap": True, "indent": 1, "bg_color": "#F4F6F8", "font_size": 9}
    header = {"bold": True, "bg_color": "#17324D", "font_color": "#FFFFFF", "valign": "vcenter",
              "text_wrap": True, "border": 1, "border_color": "#C9D2DA"}  # fmt: skip
    styles: dict[str, dict[str, Any]] = {
        "title": {"bold": True, "font_size": 16},
        "heading": {"bold": True, "font_size": 12},
        "header": header,
        "header_n": {**header, "align": "right", "indent": 1},
        "plain": {"valign": "top"},
        "soft": {"valign": "top", "font_color": "#5B6875"},
        "index": {"font_color": "#1457A8"},
        "plain_wrap": {"valign": "top", "text_wrap": True},
        "soft_wrap": {"valign": "top", "font_color": "#5B6875", "text_wrap": True},
        "soft_link": {"valign": "top", "font_color": "#1457A8", "text_wrap": True},
        "front": {"bold": True, "font_size": 12, "valign": "vcenter", "indent": 1, "text_wrap": True, "bg_color": _GROUNDS.get(tone, "#FFFFFF")},
        "card_name": {**card, "top": 5, "top_color": _COLORS.get(tone, "#C9D2DA")},
        "card": card,
        "card_cells": {**card, "font_color": "#1457A8"},
        "value": {**card, "bold": True, "font_size": 18, "align": "left"},
        "notice": {"bold": True} if tone != "plain" else {"font_color": "#5B6875"},
        "figure": {"bold": True, "align": "right", "indent": 1, "valign": "top"},
        "text": {**row, "text_wrap": True},
        "int": {**number, "num_format": "#,##0"},
        "percent": {**number, "num_format": "0.0%"},
        "money": {**number, "num_format": "#,##0.00"},
        "date": {**row, "num_format": "yyyy-mm-dd", "align": "center"},
        "dash": number,
        "course": row,
        "input": {"valign": "top", "text_wrap": True, "bg_color": "#FFF7DA", "border": 1, "border_color": "#D9B64A"},
        "link": {**row, "text_wrap": True, "font_color": "#1457A8", "underline": 1},
    }  # fmt: skip
    color = {"font_color": _COLORS[tone]} if tone in _COLORS and base != "card_name" else {}
    return {"font_name": "Microsoft YaHei", "font_size": 10, **styles[base], **color}


class Links:
    """Addresses of cells in the team's workbook, as many as a sheet can hold."""

    def __init__(self, workbook: str | None) -> None:
        self._file = "external:" + escape_path(workbook) if workbook else None
        self._left = MOST_LINKS

    def of(self, value: Value) -> str | None:
        """Where a value leads: a link, or an address as text (``甲!F2、G2``), to the first cell that it names."""
        if not self._left or value is None:
            return None
        if isinstance(value, Link):
            return self.url(value)
        found = _ADDRESS.match(str(value))
        return self.url(Link("", found[1], found[2])) if found else None

    def url(self, link: Link) -> str | None:
        """Where the link leads, or None where the sheet holds no more links or Excel would not take this one."""
        if link.page is not None and self._left:
            return self._counted("external:" + escape_path(link.page))
        if self._file is None or not self._left or not link.sheet or not link.cell or link.sheet.startswith("["):  # a log of its own
            return None
        sheet = clean(link.sheet).replace("'", "''")
        return self._counted(f"{self._file}#'{sheet}'!{link.cell}")

    def _counted(self, url: str) -> str | None:
        if len(url) > _LONGEST_LINK:
            return None
        self._left -= 1
        return url


def escape_path(path: str) -> str:
    """A relative path as the target of a link: forward slashes; what would end or break it in percent form."""

    def escaped(match: re.Match[str]) -> str:
        return "".join(f"%{byte:02x}" for byte in match[0].encode("utf-8", "surrogateescape"))

    return _IN_PATH.sub(escaped, path.replace(os.sep, "/"))


def header_style(column: Column) -> str:
    """A number's header stands over its number."""
    return "header_n" if column.kind in ("int", "percent", "money", "number") else "header"


def rows_xml(
    columns: Sequence[Column], widths: Sequence[int], first: int, rows: Sequence[Row], formats: Formats
) -> list[str]:
    """The ``<row>`` elements of a table, made a column at a time; ``first`` is the first row's number, from 1.

    A row in which a text wraps gets its height here: not every program finds it by itself.
    """
    numbers = [str(number) for number in range(first, first + len(rows))]
    lines = [1] * len(rows)
    cells = []
    for place, column in enumerate(columns):
        values = [row[place] for row in rows]
        render, start = _renderer(column, formats), f'<c r="{letters(place + 1)}'
        distinct = set(values)  # each value is made once
        made = {value: render(value) for value in distinct}
        cells.append([f"{start}{number}{xml}" for number, xml in zip(numbers, map(made.__getitem__, values), strict=True)])
        taken = {value: count for value in distinct if (count := line_count(value, widths[place])) > 1}
        if taken:
            lines = [max(count, taken.get(value, 1)) for count, value in zip(lines, values, strict=True)]
    return [
        f'<row r="{number}"{_height(count)}>{"".join(line)}</row>'
        for number, count, line in zip(numbers, lines, zip(*cells, strict=True), strict=True)
    ]


def _height(lines: int) -> str:
    return "" if lines == 1 else f' ht="{min(lines, _MOST_LINES) * 14 + 2}" customHeight="1"'


def line_count(value: Value, width: int) -> int:
    """Lines that a value takes in a column of ``width`` characters."""
    text = value.text if isinstance(value, Link) else value
    if not isinstance(text, str) or (2 * len(text) <= width and "\n" not in text):
        return 1
    if "\n" not in text:
        return max(1, -(-text_width(text[:2_000]) // width))
    return sum(max(1, -(-text_width(line) // width)) for line in text[:2_000].split("\n"))


def text_width(text: str) -> int:
    """How many characters wide a line is; a Chinese one counts for two."""
    return len(text.encode("gb18030", "replace"))  # GB 18030 spends a byte on an ASCII character and two on a Chinese one


def _renderer(column: Column, formats: Formats) -> Callable[[Value], str]:
    """What stands behind ``<c r="A1``; of a blank value the style only."""
    looks = {"cell": "link", "input": "input"}
    text = partial(_text_xml, formats.index(looks.get(column.kind, "text")),
                   {word: formats.index(f"text.{tone}") for word, tone in column.tones.items()})  # fmt: skip
    if column.kind in ("text", "cell", "input"):
        return text
    counts = column.kind == "number"
    style, dash = formats.index("int" if counts else column.kind), formats.index("dash")
    rate = formats.index("percent") if counts else style
    dashed = counts or column.kind in ("percent", "money")  # SPEC §8: a rate without a denominator is shown —

    def render(value: Value) -> str:
        if isinstance(value, dt.date):
            return f'" s="{style}"><v>{value.toordinal() - _EPOCH}</v></c>'
        if isinstance(value, int | float):
            return f'" s="{rate if isinstance(value, float) else style}"><v>{value:.16G}</v></c>'
        if value is None or value == "":
            return _text_xml(dash, {}, "—") if dashed else f'" s="{style}"/>'
        return text(value)

    return render


def _text_xml(plain: int, toned: Mapping[str, int], value: Value) -> str:
    text = value.text if isinstance(value, Link) else "" if value is None else str(value)
    if not text:
        return f'" s="{plain}"/>'
    style = toned.get(text, plain)
    keep = ' xml:space="preserve"' if text[0].isspace() or text[-1].isspace() else ""
    return f'" s="{style}" t="inlineStr"><is><t{keep}>{_xml(clean(text))}</t></is></c>'
