"""Workbooks with as much in them as their makers can put there: XlsxWriter, openpyxl, LibreOffice.

Each has a sheet 客户 with the header in row 1, customers in rows 2..4, and columns A..D.
"""

from __future__ import annotations

import datetime as dt
import io
import struct
import subprocess
import zlib
from pathlib import Path

import openpyxl
import xlsxwriter
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import ColorScaleRule, DataBarRule
from openpyxl.styles import NamedStyle, PatternFill, Protection
from openpyxl.workbook.protection import WorkbookProtection
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table

HEADERS = ["客户名称", "等级", "金额", "日期"]
ROWS = [["华信", "A", 120.5, dt.datetime(2024, 3, 5)], ["鼎盛", "B", 7, None], ["万德", None, 1e-7, None]]


def png() -> bytes:
    """A picture of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">2I5B", 1, 1, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0"))
        + chunk(b"IEND", b"")
    )


def by_xlsxwriter(path: Path) -> Path:
    """Charts, pictures (in cells too), notes, buttons, check boxes, sparklines, x14 formats, dynamic arrays, a
    macro project, outlines, protection, filters, panes, rich strings.
    """
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        book.add_vba_project(io.BytesIO(b"no real macros"), is_stream=True)  # type: ignore[arg-type]
        chart_sheet = book.add_chartsheet("图")
        page, other = book.add_worksheet("客户"), book.add_worksheet("另 & '一' 😀")
        bold = book.add_format({"bold": True, "quote_prefix": True})
        page.write_row(0, 0, HEADERS, bold)
        for i, row in enumerate(ROWS, 1):
            page.write_row(i, 0, row)
        page.write_rich_string("A5", "富", bold, "文", "本")
        page.write_dynamic_array_formula("H2", "=SORT(A2:A4)", None, "万德")
        page.write_array_formula("I2:I4", "{=C2:C4*2}", None, 241)
        page.write_formula("J2", '=IF(C2>1,"多","少")', None, "多")
        page.write_url("A8", "https://example.com/?a=1&b=2", string="链接")
        page.insert_checkbox("L2", True)
        page.embed_image("M2", "a.png", {"image_data": io.BytesIO(png()), "description": "图"})
        page.insert_image("N2", "a.png", {"image_data": io.BytesIO(png())})
        page.insert_textbox("N8", "说明")
        page.insert_button("N12", {"macro": "重算", "caption": "重算"})
        page.write_comment("A2", "重点客户", {"author": "王"})
        page.add_sparkline("O2", {"range": "C2:C4", "markers": True})
        page.conditional_format("C2:C9", {"type": "data_bar", "data_bar_2010": True})
        page.conditional_format("C2:C9", {"type": "icon_set", "icon_style": "3_arrows"})
        page.conditional_format("B2:B9", {"type": "text", "criteria": "containing", "value": "A", "format": bold})
        page.data_validation("B2:B9", {"validate": "list", "source": ["A", "B", "C"]})
        page.data_validation("C2:C9", {"validate": "decimal", "criteria": ">", "value": 0})
        page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        page.set_column("E:XFD", None, None, {"hidden": True})
        page.set_column("A:A", 20, None, {"level": 1})
        page.set_row(2, 30, bold, {"level": 1, "hidden": True})
        page.freeze_panes(1, 1)
        page.autofilter("A1:D4")
        page.protect("pass")
        page.set_header("&L&G", {"image_left": "a.png", "image_data_left": io.BytesIO(png())})
        page.set_background(io.BytesIO(png()))
        page.set_h_pagebreaks([20])
        page.print_area("A1:D9")
        page.repeat_rows(0)
        other.write_formula("A1", "=SUM(客户!C2:C4)", None, 127.5)
        other.add_table("B2:C4", {"columns": [{"header": "甲"}, {"header": "乙", "formula": "=[@甲]*2"}]})
        for place in (page, chart_sheet):
            chart = book.add_chart({"type": "column"})
            chart.add_series({"values": "=客户!$C$2:$C$4", "trendline": {"type": "linear"}})
            place.insert_chart("P2", chart) if place is page else place.set_chart(chart)
        book.define_name("金额", "=客户!$C$2:$C$4")
        book.set_custom_property("部门", "销售")
    return path


def by_openpyxl(path: Path) -> Path:
    """A table with a filter, conditional formats, validations, notes, charts, named styles, both kinds of
    protection, dates from 1904.
    """
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    sheet = book.active
    assert sheet is not None
    sheet.title = "客户"
    for row in (HEADERS, *ROWS):
        sheet.append(row)
    book.add_named_style(NamedStyle("重点", fill=PatternFill("solid", "FFFF00"), protection=Protection(locked=False)))
    sheet["A2"].style = "重点"
    sheet["A3"].comment = Comment("注", "王")
    sheet["F20"] = "=SUM(C2:C4)"
    sheet.conditional_formatting.add("C2:C9", ColorScaleRule("min", None, "FFFFFF", "max", None, "FF0000"))
    sheet.conditional_formatting.add("C2:C9", DataBarRule("min", None, "max", None, "638EC6"))
    rule = DataValidation("list", formula1='"A,B"', allow_blank=True)
    rule.add("B2:B9")
    sheet.add_data_validation(rule)
    sheet.merge_cells("A9:D9")
    sheet.add_table(Table(displayName="客户表", ref="A1:D4"))
    sheet.row_dimensions.group(3, 4, hidden=True)
    sheet.column_dimensions.group("E", "H", hidden=True)
    sheet.freeze_panes = "B2"
    sheet.protection.sheet = True
    sheet.print_title_rows = "1:1"
    chart = BarChart()
    chart.add_data(Reference(sheet, 3, 1, 3, 4))
    sheet.add_chart(chart, "J2")
    book.create_sheet("另").sheet_state = "veryHidden"
    book.create_chartsheet("图", 0)
    book.security = WorkbookProtection(lockStructure=True)
    book.save(path)
    return path


def by_libreoffice(paths: list[Path], folder: Path, kind: str = "xlsx") -> list[Path]:
    """The workbooks as LibreOffice saves them, all in one call."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", kind, "--outdir", str(folder), *map(str, paths)]
    subprocess.run(command, check=True, timeout=180, capture_output=True)
    return [folder / path.with_suffix(f".{kind}").name for path in paths]
