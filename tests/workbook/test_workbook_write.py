"""A set cell reads back; everything else in the file stays byte for byte what it was."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import warnings
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workbook_files import (
    DATE,
    MAIN,
    STRICT,
    cell_xml,
    changed_parts,
    members,
    parts,
    save,
    shared,
    simple,
    without,
    worksheet,
)

from crmsheet.workbook import EditError, open_workbook

SHEET = "xl/worksheets/sheet1.xml"
ROWS = (
    '<row r="1" spans="1:2"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>1</v></c></row>'
    '<row r="3" ht="20"><c r="B3" s="3" t="s" cm="1"><v>0</v></c></row><row r="5"/>'
)


def written(path: Path, edits: dict[str, object], sheet: str | int = 0) -> Path:
    """A copy of the workbook with these cells set."""
    out = path.with_name("after.xlsx")
    with open_workbook(path) as book:
        for ref, value in edits.items():
            book.sheet(sheet).set(ref, value)
        receipt = book.commit(out)
    assert receipt.cells_changed == len(edits) and receipt.backup is None
    assert receipt.sha256_before == hashlib.sha256(path.read_bytes()).hexdigest()
    assert receipt.sha256_after == hashlib.sha256(out.read_bytes()).hexdigest()
    assert set(receipt.parts_changed) == changed_parts(path, out)
    return out


def values(path: Path, sheet: str | int = 0) -> dict[str, object]:
    with open_workbook(path) as book:
        return {c.ref: c.value for c in book.sheet(sheet).cells() if c.value is not None}


def test_only_the_cells_that_were_set_change(tmp_path: Path) -> None:
    path = simple(tmp_path / "b.xlsx", ROWS, strings=shared("甲"), before='<dimension ref="A1:B3"/>')
    edits = {"A1": "乙", "C1": 2, "B2": True, "A3": 1.5, "B3": "丙", "A5": "丁", "D9": "戊"}
    out = written(path, edits)
    assert values(out) == {"B1": 1, **edits}
    assert changed_parts(path, out) == {SHEET}
    before, after = (members(p)[SHEET] for p in (path, out))
    assert without(before, edits) == without(after, edits)
    assert b'<dimension ref="A1:D9"/>' in after
    assert (
        b'<row r="1" spans="1:3">' in after
        and b'<row r="3" ht="20">' in after
        and b'<row r="2"><c r="B2"' in after
    )
    assert (
        cell_xml(out, "B3") == '<c r="B3" s="3" t="inlineStr"><is><t>丙</t></is></c>'
    )  # its style stays, cm goes


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("S级", '<c r="F2" t="inlineStr"><is><t>S级</t></is></c>'),
        (" a\nb ", '<c r="F2" t="inlineStr"><is><t xml:space="preserve"> a\nb </t></is></c>'),
        ("=1+1", '<c r="F2" t="inlineStr"><is><t>=1+1</t></is></c>'),
        ('<&>"', '<c r="F2" t="inlineStr"><is><t>&lt;&amp;&gt;"</t></is></c>'),
        ("a\rb\x01_x0041_", '<c r="F2" t="inlineStr"><is><t>a_x000D_b_x0001__x005F_x0041_</t></is></c>'),
        (7, '<c r="F2"><v>7</v></c>'),
        (7.0, '<c r="F2"><v>7</v></c>'),
        (0.1, '<c r="F2"><v>0.1</v></c>'),
        (1e21, '<c r="F2"><v>1e+21</v></c>'),
        (False, '<c r="F2" t="b"><v>0</v></c>'),
        (np.int64(3), '<c r="F2"><v>3</v></c>'),
        (np.float64(2.5), '<c r="F2"><v>2.5</v></c>'),
        (np.True_, '<c r="F2" t="b"><v>1</v></c>'),
    ],
)
def test_how_values_are_stored(tmp_path: Path, value: object, stored: str) -> None:
    out = written(simple(tmp_path / "b.xlsx", ""), {"F2": value})
    assert cell_xml(out, "F2") == stored
    assert values(out) == {"F2": value}


@pytest.mark.parametrize(
    ("value", "shown", "code"),
    [
        (dt.date(2024, 3, 5), dt.datetime(2024, 3, 5), "yyyy-mm-dd"),
        (dt.datetime(2024, 3, 5, 10, 30), dt.datetime(2024, 3, 5, 10, 30), "yyyy-mm-dd hh:mm"),
    ],
)
@pytest.mark.parametrize("epoch", ["0", "1"])
def test_dates_get_a_date_format(tmp_path: Path, value: object, shown: object, code: str, epoch: str) -> None:
    sheet = worksheet('<row r="1"><c r="B1" s="4"/></row>')
    path = save(tmp_path / "b.xlsx", parts({"a": sheet}, before_sheets=f'<workbookPr date1904="{epoch}"/>'))
    out = written(path, {"A1": value, "B1": value})
    assert changed_parts(path, out) == {SHEET, "xl/styles.xml"}
    with open_workbook(out) as book:
        a, b = book.sheet(0).cells()
        assert (
            a.value == b.value == shown and book.number_format(a.style) == book.number_format(b.style) == code
        )
    read = openpyxl.load_workbook(out).active
    assert (
        read is not None
        and read["A1"].value == shown
        and read["B1"].font.b
        and read["B1"].alignment.horizontal == "center"
    )


def test_a_date_in_a_date_cell_keeps_its_format(tmp_path: Path) -> None:
    path = simple(tmp_path / "b.xlsx", f'<row r="1"><c r="A1" s="{DATE}"><v>45000</v></c></row>')
    out = written(path, {"A1": dt.date(2024, 3, 5)})
    assert cell_xml(out, "A1") == f'<c r="A1" s="{DATE}"><v>45356</v></c>' and changed_parts(path, out) == {
        SHEET
    }


def test_none_clears_the_value_and_keeps_the_format(tmp_path: Path) -> None:
    path = simple(tmp_path / "b.xlsx", '<row r="1"><c r="A1" s="4"><v>5</v></c></row>')
    out = written(path, {"A1": None})
    assert cell_xml(out, "A1") == '<c r="A1" s="4"/>' and values(out) == {}


def test_new_cells_take_the_style_of_their_row_or_column(tmp_path: Path) -> None:
    path = simple(
        tmp_path / "b.xlsx",
        '<row r="1" s="3" customFormat="1"/><row r="2" s="3"/>',
        before='<cols><col min="1" max="2" width="9" style="4"/></cols>',
    )
    out = written(path, {"A1": "x", "A2": "x", "C2": "x"})
    with open_workbook(out) as book:
        assert [(c.ref, c.style) for c in book.sheet(0).cells()] == [("A1", 3), ("A2", 4), ("C2", 0)]


@pytest.mark.parametrize("value", ["甲", 12, True, dt.datetime(2024, 3, 5)])
def test_setting_what_stands_there_writes_nothing(tmp_path: Path, value: object) -> None:
    first = written(simple(tmp_path / "b.xlsx", ROWS, strings=shared("甲")), {"A9": value})
    data, stamp = first.read_bytes(), first.stat().st_mtime_ns
    with open_workbook(first) as book:
        sheet = book.sheet(0)
        sheet.set("A9", value)
        sheet.set("A1", "甲")
        sheet.set("B1", 1.0)
        sheet.set("Z50", None)
        sheet.set("B1", 5)
        sheet.set("B1", 1)
        assert list(book.changes()) == []
        receipt = book.commit()
    assert (receipt.cells_changed, receipt.parts_changed, receipt.backup) == (0, [], None)
    assert receipt.sha256_before == receipt.sha256_after
    assert (first.read_bytes(), first.stat().st_mtime_ns) == (data, stamp)
    assert not (tmp_path / ".crmsheet").exists()


def test_changes_lists_old_and_new_in_order(tmp_path: Path) -> None:
    members = parts({"一": worksheet(ROWS), "二": worksheet("")}, strings=shared("甲"))
    with open_workbook(save(tmp_path / "b.xlsx", members)) as book:
        book.sheet("二").set("A1", 1)
        book.sheet("一").set("B3", None)
        book.sheet("一").set("C1", "x")
        book.sheet("一").set("A1", "乙")
        assert [(c.sheet, c.ref, c.old, c.new) for c in book.changes()] == [
            ("一", "A1", "甲", "乙"),
            ("一", "C1", None, "x"),
            ("一", "B3", "甲", None),
            ("二", "A1", None, 1),
        ]


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("A1", "公式"),
        ("B2", "数组"),
        ("D2", "合并"),
        ("E1", "合并"),
        ("A0", "地址"),
        ("XFE1", "地址"),
        ("A1048577", "地址"),
        ("", "地址"),
    ],
)
def test_cells_that_must_not_be_written(tmp_path: Path, ref: str, said: str) -> None:
    rows = (
        '<row r="1"><c r="A1"><f>2</f><v>2</v></c><c r="B1"><f t="array" ref="B1:B3">A1:A3</f><v>1</v></c></row>'
        '<row r="2"><c r="B2"><v>1</v></c></row>'
    )
    path = simple(
        tmp_path / "b.xlsx", rows, after='<mergeCells count="1"><mergeCell ref="D1:E2"/></mergeCells>'
    )
    with open_workbook(path) as book:
        with pytest.raises(EditError, match=said):
            book.sheet(0).set(ref, "x")
        book.sheet(0).set("D1", "标题")  # the first cell of a merged range
        receipt = book.commit()
    assert receipt.cells_changed == 1


@pytest.mark.parametrize(("column", "row"), [(0, 1), (16_385, 1), (1, 0), (1, 1_048_577)])
def test_rows_and_columns_that_no_sheet_has(tmp_path: Path, column: int, row: int) -> None:
    with open_workbook(simple(tmp_path / "b.xlsx", ROWS, strings=shared("甲"))) as book:
        with pytest.raises(EditError, match="行号和列号"):
            book.sheet(0).set_column(column, [row], ["x"])
        assert book.sheet(0).set_column(1, [], []) == []


def test_set_column_skips_and_says_why(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1"><f>2</f><v>2</v></c></row><row r="2"><c r="A2"><f t="array" ref="A2:A3">B1:B2</f><v>1</v></c></row>'
        '<row r="6"><c r="A6" t="str"><v>same</v></c></row>'
    )
    path = simple(
        tmp_path / "b.xlsx", rows, after='<mergeCells count="1"><mergeCell ref="A4:A5"/></mergeCells>'
    )
    with open_workbook(path) as book:
        skipped = book.sheet(0).set_column(1, np.arange(1, 8), ["a", "b", "c", "d", "e", "same", "g"])
        assert skipped == [(1, "formula"), (2, "array"), (3, "array"), (5, "merged")]
        assert [(c.ref, c.new) for c in book.changes()] == [("A4", "d"), ("A7", "g")]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (float("nan"), "NaN"),
        (float("inf"), "NaN"),
        (2**53 + 1, "整数"),
        ("x" * 32_768, "32767"),
        ([1], "list"),
        (object(), "object"),
        (dt.datetime(2024, 3, 5, tzinfo=dt.UTC), "时区"),
        (dt.date(1899, 12, 30), "起点"),
    ],
)
def test_values_that_no_cell_can_hold(tmp_path: Path, value: object, said: str) -> None:
    with (
        open_workbook(simple(tmp_path / "b.xlsx", '<row r="1"><c r="A1" s="1"><v>1</v></c></row>')) as book,
        pytest.raises(EditError, match=said),
    ):
        book.sheet(0).set("A1", value)
        book.commit()


def test_prefix_strict_empty_and_ascii_sheets(tmp_path: Path) -> None:
    prefixed = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="2"/></x:sheetData></x:worksheet>'
    latin = worksheet("").replace("UTF-8", "ISO-8859-1")
    sheets = {
        "x": prefixed,
        "s": worksheet("<sheetData />", ns=STRICT),
        "l": latin,
        "e": worksheet("", after="<!-- end -->"),
    }
    path = save(tmp_path / "b.xlsx", parts(sheets))
    with open_workbook(path) as book:
        for name in book.sheets:
            book.sheet(name).set("B2", "中")
            book.sheet(name).set("B3", 3)
        book.commit(tmp_path / "after.xlsx")
    after = members(tmp_path / "after.xlsx")
    assert (
        b'<x:row r="2"><x:c r="B2" t="inlineStr"><x:is><x:t>\xe4\xb8\xad</x:t></x:is></x:c></x:row><x:row r="3">'
        in after[SHEET]
    )
    assert b"&#20013;" in after["xl/worksheets/sheet3.xml"]
    for name in sheets:
        assert values(tmp_path / "after.xlsx", name) == {"B2": "中", "B3": 3}


def test_sheets_that_cannot_be_written(tmp_path: Path) -> None:
    chinese = worksheet("").replace("UTF-8", "GBK").encode("gbk")
    signed = parts({"a": worksheet("")}, extra={"_xmlsignatures/origin.sigs": b""})
    for file, said in ((parts({"a": chinese}), "gbk"), (signed, "签名")):
        path = save(tmp_path / "b.xlsx", file)
        with open_workbook(path) as book, pytest.raises(EditError, match=said):
            book.sheet(0).set("A1", 1)


def test_cells_without_references(tmp_path: Path) -> None:
    path = simple(
        tmp_path / "b.xlsx", "<row><c><v>1</v></c><c><v>2</v></c></row><row><c/><c><v>4</v></c></row>"
    )
    out = written(path, {"B1": "x", "C1": "y", "A2": "z", "A3": "w"})
    assert values(out) == {"A1": 1, "B1": "x", "C1": "y", "A2": "z", "B2": 4, "A3": "w"}


@pytest.mark.parametrize(
    ("formula", "calc", "wanted"),
    [
        ("", "", ""),
        ("<f>A2</f>", "", '<calcPr fullCalcOnLoad="1"/>'),
        ("<f>A2</f>", '<calcPr calcId="191029"/>', '<calcPr calcId="191029" fullCalcOnLoad="1"/>'),
        ("<f>A2</f>", '<calcPr calcId="1" fullCalcOnLoad="1"/>', None),
        ("", '<calcPr calcId="1"/>', None),
    ],
)
def test_formulas_are_calculated_again(tmp_path: Path, formula: str, calc: str, wanted: str | None) -> None:
    other = worksheet(f'<row r="1"><c r="A1">{formula}<v>1</v></c></row>')
    tail = '<definedNames><definedName name="n">1</definedName></definedNames>' + calc + "<extLst/>"
    path = save(tmp_path / "b.xlsx", parts({"a": worksheet(""), "b": other}, workbook=tail))
    out = written(path, {"A2": 5})
    before, after = (members(p)["xl/workbook.xml"] for p in (path, out))
    if wanted is None or not wanted:
        assert before == after
    else:
        assert after == before.replace(calc.encode() + b"<extLst/>", wanted.encode() + b"<extLst/>")
    assert (
        cell_xml(out, "A1", "xl/worksheets/sheet2.xml") == f'<c r="A1">{formula}<v>1</v></c>'
    )  # the cached value stays


def library_files(folder: Path) -> list[Path]:
    """One workbook each of openpyxl and XlsxWriter, with features that must survive."""
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = "客户"
    for row in (["客户名称", "金额"], ["华信", 120], ["鼎盛", None]):
        sheet.append(row)
    sheet.conditional_formatting.add("B2:B9", openpyxl.formatting.rule.CellIsRule("greaterThan", ["100"]))
    sheet["D1"] = "=SUM(B2:B9)"
    sheet.freeze_panes = "B2"
    made.save(folder / "openpyxl.xlsx")
    with xlsxwriter.Workbook(folder / "xlsxwriter.xlsx") as book:
        page = book.add_worksheet("客户")
        page.write_row(0, 0, ["客户名称", "金额"])
        page.write_row(1, 0, ["华信", 120])
        page.write_rich_string(2, 0, "鼎", book.add_format({"bold": True}), "盛", " 股份")
        page.write_formula("D1", "=SUM(B2:B9)", None, 120)
        page.add_sparkline("E2", {"range": "B2:B9"})
        for place in (page, book.add_chartsheet()):
            chart = book.add_chart({"type": "column"})
            chart.add_series({"values": "=客户!$B$2:$B$3"})
            place.insert_chart("G2", chart) if place is page else place.set_chart(chart)
        page.write_comment("A2", "重点")
        page.data_validation("C2:C9", {"validate": "list", "source": ["A", "B"]})
    return [folder / "openpyxl.xlsx", folder / "xlsxwriter.xlsx"]


def test_nothing_is_lost_in_files_of_the_libraries(tmp_path: Path) -> None:
    edits = {"C2": "S级", "B3": 80.5, "A4": "万德"}
    for path in library_files(tmp_path):
        out = written(path, edits)
        assert {k: v for k, v in values(out).items() if k in edits} == edits
        assert changed_parts(path, out) == {SHEET, "xl/workbook.xml"} - (
            {"xl/workbook.xml"} if b'fullCalcOnLoad="1"' in members(path)["xl/workbook.xml"] else set()
        )
        before, after = (members(p)[SHEET] for p in (path, out))
        assert without(before, edits) == without(after, edits)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl says what it would drop
            again = openpyxl.load_workbook(out)["客户"]
        assert [again[ref].value for ref in edits] == list(edits.values())


texts = st.text(st.characters(codec="utf-8"), max_size=20) | st.sampled_from(
    ["_x0041_", "_x005F_", "\r\n", " ", "]]>", "&amp;"]
)
any_value = st.one_of(
    texts,
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
    st.datetimes(dt.datetime(1900, 3, 1), dt.datetime(9999, 12, 30)).map(lambda d: d.replace(microsecond=0)),
)
refs = st.builds(
    lambda c, r: f"{c}{r}",
    st.sampled_from(["A", "B", "C", "Z", "AA", "XFD"]),
    st.sampled_from([1, 2, 3, 4, 7, 1_048_576]),
)
base_cells = st.dictionaries(
    refs, st.sampled_from(['s="4"/>', "><v>1</v></c>", 't="s"><v>0</v></c>', 't="e"><v>#N/A</v></c>'])
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(base_cells, st.dictionaries(refs, any_value, min_size=1), st.booleans())
def test_any_edit_reads_back_and_touches_nothing_else(
    tmp_path: Path, base: dict[str, str], edits: dict[str, object], odd: bool
) -> None:
    order = sorted(base, key=lambda ref: (int(ref.lstrip("ABCDFXZ")), len(ref.rstrip("0123456789")), ref))
    rows: dict[str, str] = {}
    for ref in order:
        row = ref.lstrip("ABCDFXZ")
        rows[row] = rows.get(row, "<!-- odd -->" if odd else "") + f'<c r="{ref}" {base[ref]}'
    path = simple(
        tmp_path / "b.xlsx",
        "".join(f'<row r="{r}">{cells}</row>' for r, cells in rows.items()),
        strings=shared("甲"),
    )
    before = values(path)
    with open_workbook(path) as book:
        for ref, value in edits.items():
            book.sheet(0).set(ref, value)
        listed = {c.ref: c.new for c in book.changes()}
        receipt = book.commit(tmp_path / "after.xlsx")
    wanted = before | {
        ref: value or (value if isinstance(value, (int, float)) else None) for ref, value in edits.items()
    }
    after = values(tmp_path / "after.xlsx")
    assert after == {ref: value for ref, value in wanted.items() if value is not None}
    assert receipt.cells_changed == len(listed) and set(listed) <= set(edits)
    a, b = (members(p)[SHEET] for p in (path, tmp_path / "after.xlsx"))
    assert without(a, listed) == without(b, listed)
    if not listed:
        assert (tmp_path / "after.xlsx").read_bytes() == path.read_bytes()
    shutil.copy(tmp_path / "after.xlsx", tmp_path / "again.xlsx")
    with open_workbook(tmp_path / "again.xlsx") as book:
        for ref, value in edits.items():
            book.sheet(0).set(ref, value)
        assert book.commit().parts_changed == []
