"""A blank workbook as bytes.  The same policy and language give the same parts, whenever and wherever it is made."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from math import ceil
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from crmsheet.blank.columns import BlankColumn, Role
from crmsheet.blank.layout import BlankSheet, sheets
from crmsheet.policy.choose import GUIDE_SHEET, POLICY_CELL, POLICY_NAME
from crmsheet.policy.load import preset_names
from crmsheet.policy.schema import Policy
from crmsheet.texts import Lang, say, texts

ROWS = 2_000  # rows that get drop-downs and the filter; formats hold for whole columns
PAGE_WIDTH = 190  # characters across a landscape A4 page that can still be read
GUIDE_WIDTH = 100
_MADE = dt.datetime(2026, 1, 1)  # the package's own date: nothing reads the clock
_FORMATS = {"date": "yyyy-mm-dd", "money": "#,##0.00", "rate": "0.0%", "code": "@"}
_COLOURS: dict[Role, str] = {"required": "#F8CBAD", "decides": "#FFE699", "scores": "#E2EFDA", "other": "#DDEBF7", "ours": "#D9D9D9"}
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def blank_workbook(policy: Policy, lang: Lang) -> bytes:
    """The workbook's file: the guide, then the tables of ``sheets``."""
    memory = io.BytesIO()
    book = xlsxwriter.Workbook(memory, _OPTIONS)
    book.set_properties({"created": _MADE, "author": "crmsheet", "title": policy.title})
    _guide(book, policy, lang)
    for sheet in sheets(policy, lang):
        _table(book, sheet, lang)
    book.close()
    return memory.getvalue()


def _table(book: Any, sheet: BlankSheet, lang: Lang) -> None:
    page = book.add_worksheet(sheet.title)
    heads = {role: _head(book, colour) for role, colour in _COLOURS.items()}
    for at, column in enumerate(sheet.columns):
        page.set_column(at, at, column.width, _cells(book, column, wrapped=sheet.kind != "customers"))
        page.write_string(0, at, column.header, heads[column.role])
        page.write_comment(0, at, column.note, {"author": "crmsheet", "x_scale": 2, "y_scale": 1.6, "font_size": 9})
        _validate(page, at, column, lang)
    top = book.add_format({"text_wrap": True, "valign": "top"})
    for row, line in enumerate(sheet.rows, 1):
        page.set_row(row, _height(*((text, sheet.columns[at].width) for at, text in enumerate(line) if text)))
        for at, text in enumerate(line):
            page.write_string(row, at, text, top) if text else None
    page.set_row(0, 32)
    page.freeze_panes(1, 2)
    page.autofilter(0, 0, ROWS, len(sheet.columns) - 1)
    _paper(page, sheet.columns)


def _head(book: Any, colour: str) -> Any:
    return book.add_format({"bold": True, "bg_color": colour, "border": 1, "text_wrap": True, "align": "center", "valign": "vcenter"})


def _cells(book: Any, column: BlankColumn, *, wrapped: bool) -> Any:
    """The format of a whole column; a customer stays one line high."""
    code = {"num_format": _FORMATS[column.look]} if column.look in _FORMATS else {}
    wide = {"text_wrap": True} if wrapped and column.width > 20 else {}
    return book.add_format({**code, **wide, "valign": "top"})


def _height(*texts_in: tuple[str, float]) -> float:
    """Points that a row of wrapped texts needs in columns so many characters wide; Chinese ones count twice."""
    lines = [ceil(sum(1 + (ord(sign) > 0x2E7F) for sign in text) / (width - 2)) for text, width in texts_in]
    return 16.0 * max(lines)


def _validate(page: Any, at: int, column: BlankColumn, lang: Lang) -> None:
    """A drop-down, or a warning where no date is typed."""
    if column.choices:
        rule: dict[str, Any] = {"validate": "list", "source": list(column.choices), "error_type": "stop" if column.closed else "warning"}
        key = "refuse_word" if column.closed else "doubt_word"
    elif column.look == "date":
        rule = {"validate": "date", "criteria": ">=", "value": dt.date(1990, 1, 1), "error_type": "warning"}
        key = "doubt_date"
    else:
        return
    title = column.header[:32]
    page.data_validation(1, at, ROWS, at, {**rule, "error_title": title, "error_message": say("blank", key, lang)})


def _paper(page: Any, columns: Sequence[BlankColumn]) -> None:
    """A4 landscape, header and first columns on every page, as many pages wide as can be read."""
    page.set_landscape()
    page.set_paper(9)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.repeat_rows(0)
    wide = ceil(sum(column.width for column in columns) / PAGE_WIDTH)
    if wide > 1:
        page.repeat_columns(0, 1)
    page.fit_to_pages(wide, 0)
    page.set_footer("&L&A&R&P / &N")


def _guide(book: Any, policy: Policy, lang: Lang) -> None:
    """How the workbook is used; its policy cell tells a run which rules the team has."""
    known = texts("blank", lang)
    page = book.add_worksheet(GUIDE_SHEET)
    page.set_column(0, 0, 22)
    page.set_column(1, 1, GUIDE_WIDTH)
    plain = book.add_format({"text_wrap": True, "valign": "top"})
    bold = book.add_format({"bold": True, "valign": "top"})
    page.write_string(0, 0, known["guide_title"], book.add_format({"bold": True, "font_size": 16}))
    row, column = POLICY_CELL
    page.write_string(row - 1, 0, known["guide_policy"], bold)
    told = policy.name if policy.name in preset_names() else ""  # a policy file is settled in crmsheet.toml
    page.write_string(row - 1, column - 1, told, book.add_format({"bold": True, "bg_color": "#FFF2CC", "border": 1}))
    page.data_validation(row - 1, column - 1, row - 1, column - 1, {"validate": "list", "source": preset_names()})
    book.define_name(POLICY_NAME, f"='{GUIDE_SHEET}'!$B${row}")
    at = row + 1
    for key in ("guide_rules", "guide_fill", "guide_log", "guide_run", "guide_review", "guide_private", "guide_back"):
        title, text = known[key].format(title=policy.title if lang == "zh" else policy.title_en, tiers=" > ".join(policy.tiers)).split("|")
        page.write_string(at, 0, title, bold)
        page.write_string(at, 1, text, plain)
        page.set_row(at, _height((text, GUIDE_WIDTH)))
        at += 1
    at += 1
    page.write_string(at, 0, known["guide_colours"], bold)
    for role, colour in _COLOURS.items():
        at += 1
        page.write_string(at, 0, known[f"role_{role}"].split("|")[0], _head(book, colour))
        page.write_string(at, 1, known[f"role_{role}"].split("|")[1], plain)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
