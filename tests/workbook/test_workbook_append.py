"""Record sheets: added once, appended after; what people did to them in between stays."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from ecma_order import faults
from workbook_files import members, simple

from crmsheet.workbook import ColumnLook, EditError, open_workbook

LOOKS = (ColumnLook("编号", width=14), ColumnLook("日期", "date", 12), ColumnLook("依据", width=40), ColumnLook("次数", "number"))
HEADERS = [look.header for look in LOOKS]
FIRST = ["P-1", dt.date(2026, 9, 30), "合作金额 < 50万 & 停滞", 3]
SECOND = ["P-2", dt.date(2026, 10, 7), "=1+1", None]
ROWS = '<row r="1"><c r="A1"><v>1</v></c></row>'


def append(path: Path, *rows: list[object], name: str = "等级变更记录") -> list[str]:
    with open_workbook(path) as book:
        book.append_rows(name, LOOKS, rows)
        return book.commit().parts_changed


def values(path: Path, name: str = "等级变更记录") -> list[list[object]]:
    sheet = openpyxl.load_workbook(path)[name]
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def as_read(row: list[object]) -> list[object]:
    return [dt.datetime.combine(v, dt.time()) if isinstance(v, dt.date) else v for v in row]


def test_a_sheet_is_added_once_as_the_last_tab(tmp_path: Path) -> None:
    path = simple(tmp_path / "客户.xlsx", ROWS)
    before = members(path)
    changed = append(path, FIRST)
    assert set(changed) == {"xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml", "xl/styles.xml", "xl/worksheets/sheet2.xml"} - (
        set() if "xl/styles.xml" in before else {"xl/styles.xml"}
    )
    assert values(path) == [HEADERS, as_read(FIRST)]
    after = members(path)
    assert list(after) == [*before, "xl/worksheets/sheet2.xml"] and after["xl/worksheets/sheet1.xml"] == before["xl/worksheets/sheet1.xml"]
    for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"):
        gained = longest_common(before[part], after[part])
        assert gained == before[part], part  # entries were gained, nothing else changed
    assert faults(path.read_bytes()) == []
    again = append(path, SECOND)
    assert [p for p in again if p.endswith("sheet2.xml")] and "xl/workbook.xml" not in again
    assert values(path) == [HEADERS, as_read(FIRST), as_read(SECOND)]
    assert openpyxl.load_workbook(path)["等级变更记录"]["C3"].data_type == "s"  # text, never a formula


def longest_common(old: bytes, new: bytes) -> bytes:
    """What is left of ``new`` without the one run of bytes that it has more than ``old``."""
    start = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), len(old))
    return new[:start] + new[start + len(new) - len(old) :]


def test_several_new_sheets_and_edits_in_one_commit(tmp_path: Path) -> None:
    path = simple(tmp_path / "客户.xlsx", ROWS)
    with open_workbook(path) as book:
        book.sheet(0).set("A1", 5)
        book.append_rows("等级变更记录", LOOKS, [FIRST])
        book.append_rows("运行记录", [ColumnLook("日期", "date")], [[dt.date(2026, 9, 30)]])
        book.append_rows("等级变更记录", LOOKS, [SECOND])
        assert [(c.sheet, c.ref) for c in book.changes()][:3] == [(book.sheets[0], "A1"), ("等级变更记录", "A1"), ("等级变更记录", "B1")]
        receipt = book.commit()
    assert receipt.cells_changed == 1 + 4 + 4 + 3 + 2
    made = openpyxl.load_workbook(path)
    assert made.sheetnames[1:] == ["等级变更记录", "运行记录"] and values(path) == [HEADERS, as_read(FIRST), as_read(SECOND)]


def test_dates_in_both_calendars_and_without_formats(tmp_path: Path) -> None:
    path = tmp_path / "1904.xlsx"
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.save(path)
    append(path, FIRST)
    assert values(path)[1] == as_read(FIRST)
    bare = simple(tmp_path / "bare.xlsx", ROWS)
    stripped = io.BytesIO()
    with zipfile.ZipFile(bare) as old, zipfile.ZipFile(stripped, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename == "xl/styles.xml":
                continue
            for part in ("styles",):
                data = data if part.encode() not in data else b"".join(
                    piece for piece in data.replace(b"/>", b"/>\0").split(b"\0") if b"styles" not in piece
                )
            new.writestr(info, data)
    bare.write_bytes(stripped.getvalue())
    append(bare, FIRST)
    assert values(bare)[1][1] == "2026-09-30"


def test_people_sorted_annotated_and_moved_columns(tmp_path: Path) -> None:
    path = simple(tmp_path / "客户.xlsx", ROWS)
    append(path, FIRST, SECOND)
    book = openpyxl.load_workbook(path)
    sheet = book["等级变更记录"]
    sheet.insert_rows(1, 2)
    sheet["A1"] = "等级变更一览（王经理整理）"
    sheet.insert_cols(1)
    sheet["A3"], sheet["A4"] = "备注", "已和客户确认"
    sheet.move_range("C3:C9", cols=4)  # 日期 moved to the right
    sheet["H20"] = "注：以上由王经理核对"
    book.save(path)
    append(path, ["P-3", dt.date(2026, 10, 14), "第三条", 1])
    rows = values(path)
    assert rows[0][1] == "等级变更一览（王经理整理）" and rows[3][:3] == ["已和客户确认", "P-1", None] and rows[19][7] == "注：以上由王经理核对"
    assert rows[20] == [None, "P-3", None, "第三条", 1, None, dt.datetime(2026, 10, 14), None]


def test_a_column_that_was_deleted_gets_nothing(tmp_path: Path) -> None:
    path = simple(tmp_path / "客户.xlsx", ROWS)
    append(path, FIRST)
    book = openpyxl.load_workbook(path)
    book["等级变更记录"].delete_cols(3)
    book.save(path)
    append(path, SECOND)
    assert values(path)[2] == ["P-2", dt.datetime(2026, 10, 7), None]


def test_rows_go_below_an_excel_table_and_merged_cells(tmp_path: Path) -> None:
    path = simple(tmp_path / "客户.xlsx", ROWS)
    append(path, FIRST)
    book = openpyxl.load_workbook(path)
    sheet = book["等级变更记录"]
    sheet.add_table(openpyxl.worksheet.table.Table(displayName="T", ref="A1:D6"))
    sheet.merge_cells("A8:D9")
    book.save(path)
    append(path, SECOND)
    assert values(path)[9][0] == "P-2"


@pytest.mark.parametrize(
    ("name", "message"),
    [("a/b", "不能用作工作表名"), ("", "不能用作"), ("长" * 32, "不能用作"), ("Sheet1", "表头已被改动"), ("SHEET1", "表头已被改动")],
)
def test_what_cannot_hold_a_record_is_refused_by_name(tmp_path: Path, name: str, message: str) -> None:
    path = simple(tmp_path / "客户.xlsx", ROWS)
    before = path.read_bytes()
    with open_workbook(path) as book:
        known = book.sheets[0]
        wanted = known if name == "Sheet1" else known.upper() if name == "SHEET1" else name
        with pytest.raises(EditError, match=message):
            book.append_rows(wanted, LOOKS, [FIRST])
    assert path.read_bytes() == before


def test_the_name_of_a_chart_sheet_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "c.xlsx"
    book = openpyxl.Workbook()
    book.create_chartsheet("等级变更记录")
    book.save(path)
    with open_workbook(path) as one, pytest.raises(EditError, match="但它不是工作表"):
        one.append_rows("等级变更记录", LOOKS, [FIRST])


def test_a_strict_workbook_gets_a_strict_sheet(tmp_path: Path) -> None:
    path = simple(tmp_path / "s.xlsx", ROWS)
    data = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(data, "w") as new:
        for info in old.infolist():
            part = old.read(info)
            part = part.replace(b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main")
            part = part.replace(b"http://schemas.openxmlformats.org/officeDocument/2006/relationships", b"http://purl.oclc.org/ooxml/officeDocument/relationships")
            new.writestr(info, part)
    path.write_bytes(data.getvalue())
    append(path, FIRST)
    made = members(path)["xl/worksheets/sheet2.xml"]
    assert b'xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"' in made
    assert b"http://schemas.openxmlformats.org/officeDocument" not in members(path)["xl/_rels/workbook.xml.rels"]
    with open_workbook(path) as book:
        assert [c.value for c in book.sheet("等级变更记录").cells()][4:6] == ["P-1", dt.datetime(2026, 9, 30)]


def test_a_protected_sheet_is_written_and_said(tmp_path: Path) -> None:
    path = tmp_path / "p.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title, sheet["A1"] = "客户", 1
    sheet.protection.enable()
    book.save(path)
    with open_workbook(path) as one:
        one.sheet("客户").set("A1", 2)
        notices = one.commit().notices
    assert [n.zh for n in notices if "客户" in n.zh and "保护" in n.zh]
    made = openpyxl.load_workbook(path)["客户"]
    assert made["A1"].value == 2 and made.protection.sheet
