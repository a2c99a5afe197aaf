"""What a person sees in a cell is what the engine reads, however the file stores it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from workbook_files import (
    DATE,
    MAIN,
    MONTH,
    PERCENT,
    STRICT,
    TIME,
    parts,
    save,
    shared,
    simple,
    worksheet,
)

from crmsheet.workbook import InputError, Kind, Range, open_workbook


def only(path: Path) -> dict[str, object]:
    """ref -> value of the first sheet's cells."""
    with open_workbook(path) as book:
        return {c.ref: c.value for c in book.sheet(0).cells()}


@pytest.mark.parametrize(
    ("cell", "kind", "value"),
    [
        ('<c r="A1"><v>12</v></c>', "number", 12),
        ('<c r="A1" t="n"><v>1.50</v></c>', "number", 1.5),
        ('<c r="A1"><v>1.2E+3</v></c>', "number", 1200.0),
        ('<c r="A1"><v> 7 </v></c>', "number", 7),
        ('<c r="A1" t="b"><v>1</v></c>', "bool", True),
        ('<c r="A1" t="e"><v>#N/A</v></c>', "error", "#N/A"),
        ('<c r="A1" t="str"><f>B1</f><v>文字</v></c>', "text", "文字"),
        ('<c r="A1" t="inlineStr"><is><t>甲&amp;乙</t></is></c>', "text", "甲&乙"),
        (
            '<c r="A1" t="inlineStr"><is><r><t>富</t></r><r><rPr><b/></rPr><t>文本</t></r><rPh sb="0" eb="1"><t>フ</t></rPh></is></c>',
            "text",
            "富文本",
        ),
        ('<c r="A1" t="str"><v><![CDATA[a<b]]></v></c>', "text", "a<b"),
        ('<c r="A1"><v>1<!-- note -->2</v></c>', "number", 12),
        ('<c r="A1" t="str"><v>line_x000D_\nbreak _x005F_x0041_</v></c>', "text", "line\r\nbreak _x0041_"),
        ('<c r="A1" t="str"><v>&#x4E2D;&#25991;</v></c>', "text", "中文"),
        ('<c r="A1" t="inlineStr"><is><t xml:space="preserve"> 空 </t></is></c>', "text", " 空 "),
        ('<c r="A1" t="d"><v>2024-03-05T10:30:00</v></c>', "date", dt.datetime(2024, 3, 5, 10, 30)),
        (f'<c r="A1" s="{DATE}"><v>45356</v></c>', "date", dt.datetime(2024, 3, 5)),
        (f'<c r="A1" s="{MONTH}"><v>45356.4375</v></c>', "date", dt.datetime(2024, 3, 5, 10, 30)),
        (
            f'<c r="A1" s="{DATE}"><v>45356.43749999</v></c>',
            "date",
            dt.datetime(2024, 3, 5, 10, 30),
        ),  # to the second
        (f'<c r="A1" s="{DATE}"><v>59</v></c>', "date", dt.datetime(1900, 2, 28)),
        (f'<c r="A1" s="{DATE}"><v>61</v></c>', "date", dt.datetime(1900, 3, 1)),
        (f'<c r="A1" s="{DATE}"><v>60</v></c>', "number", 60),  # 1900-02-29 never was
        (f'<c r="A1" s="{DATE}"><v>-1</v></c>', "number", -1),
        (f'<c r="A1" s="{TIME}"><v>0.4375</v></c>', "time", dt.time(10, 30)),
        (f'<c r="A1" s="{PERCENT}"><v>0.85</v></c>', "number", 0.85),
        ('<c r="A1" s="4"/>', "blank", None),
        ('<c r="A1" t="inlineStr"><is><t></t></is></c>', "blank", None),
    ],
)
def test_value_and_kind(tmp_path: Path, cell: str, kind: str, value: object) -> None:
    with open_workbook(simple(tmp_path / "b.xlsx", f'<row r="1">{cell}</row>')) as book:
        [found] = book.sheet(0).cells()
    assert (found.ref, found.kind, found.value) == ("A1", kind, value)
    assert type(found.value) is type(value)


def test_shared_strings_with_phonetic_and_rich_runs(tmp_path: Path) -> None:
    strings = shared(
        '<t>华信</t><phoneticPr fontId="1" type="noConversion"/>',
        '<r><t>华</t></r><r><t xml:space="preserve"> 信</t></r><rPh sb="0" eb="1"><t>huá</t></rPh>',
        "a&lt;b",
        "",
    )
    rows = (
        '<row r="1">' + "".join(f'<c r="{c}1" t="s"><v>{i}</v></c>' for i, c in enumerate("ABCD")) + "</row>"
    )
    assert only(simple(tmp_path / "b.xlsx", rows, strings=strings)) == {
        "A1": "华信",
        "B1": "华 信",
        "C1": "a<b",
        "D1": None,
    }


def test_prefixed_strings_part(tmp_path: Path) -> None:
    strings = f'<x:sst xmlns:x="{MAIN}"><!-- 1 --><x:si><x:t>甲</x:t></x:si><x:si><x:r><x:t>乙</x:t></x:r></x:si></x:sst>'
    rows = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    assert only(simple(tmp_path / "b.xlsx", rows, strings=strings)) == {"A1": "甲", "B1": "乙"}


def test_shared_string_out_of_range_is_refused(tmp_path: Path) -> None:
    path = simple(tmp_path / "b.xlsx", '<row r="1"><c r="A1" t="s"><v>7</v></c></row>', strings=shared("甲"))
    with pytest.raises(InputError, match="客户!A1"):
        only(path)


@pytest.mark.parametrize("stored", ["1,5", "abc", "9" * 400, "1e999", "0x10", "１２"])
def test_damaged_number_is_refused_by_its_address(tmp_path: Path, stored: str) -> None:
    path = simple(tmp_path / "b.xlsx", f'<row r="1"><c r="A1"><v>{stored}</v></c></row>')
    with pytest.raises(InputError, match="客户!A1") as caught:
        only(path)
    assert stored not in str(caught.value)


def test_dates_count_from_1904_when_the_workbook_says_so(tmp_path: Path) -> None:
    sheet = worksheet(
        f'<row r="1"><c r="A1" s="{DATE}"><v>0</v></c><c r="B1" s="{DATE}"><v>43894</v></c></row>'
    )
    path = save(tmp_path / "b.xlsx", parts({"a": sheet}, before_sheets='<workbookPr date1904="1"/>'))
    assert only(path) == {"A1": dt.datetime(1904, 1, 1), "B1": dt.datetime(2024, 3, 5)}


def test_rows_and_cells_without_references_are_counted(tmp_path: Path) -> None:
    rows = '<row><c><v>1</v></c><c/><c><v>3</v></c></row><row r="5"><c r="C5"><v>5</v></c><c><v>6</v></c></row><row><c><v>7</v></c></row>'
    found = only(simple(tmp_path / "b.xlsx", rows))
    assert found == {"A1": 1, "B1": None, "C1": 3, "C5": 5, "D5": 6, "A6": 7}


def test_prefixed_and_strict_sheets(tmp_path: Path) -> None:
    prefixed = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="1"><x:c r="A1" t="inlineStr"><x:is><x:t>甲</x:t></x:is>'
        "</x:c></x:row></x:sheetData></x:worksheet>"
    )
    strict = worksheet('<row r="1"><c r="A1"><v>1</v></c></row>', ns=STRICT)
    path = save(tmp_path / "b.xlsx", parts({"x": prefixed, "s": strict}))
    with open_workbook(path) as book:
        assert [c.value for name in book.sheets for c in book.sheet(name).cells()] == ["甲", 1]


@pytest.mark.parametrize("codec", ["utf-16", "iso-8859-1"])
def test_other_encodings_are_read(tmp_path: Path, codec: str) -> None:
    text = "中文" if codec == "utf-16" else "é"
    xml = worksheet(f'<row r="1"><c r="A1" t="str"><v>{text}</v></c></row>').replace("UTF-8", codec.upper())
    assert only(save(tmp_path / "b.xlsx", parts({"a": xml.encode(codec)}))) == {"A1": text}


def test_shared_formulas_are_moved_to_their_cells(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1"><f t="shared" ref="A1:A2" si="0">B1*2</f><v>4</v></c></row>'
        '<row r="2"><c r="A2"><f t="shared" si="0"/><v>6</v></c></row>'
    )
    with open_workbook(simple(tmp_path / "b.xlsx", rows)) as book:
        assert [(c.ref, c.value, c.formula) for c in book.sheet(0).cells()] == [
            ("A1", 4, "=B1*2"),
            ("A2", 6, "=B2*2"),
        ]


def test_column_arrays(tmp_path: Path) -> None:
    rows = (
        '<row r="2"><c r="B2" t="s"><v>0</v></c></row><row r="3"><c r="B3"><v>1.5</v></c></row>'
        f'<row r="5"><c r="B5" s="{DATE}"><v>45356</v></c></row><row r="6"><c r="B6" t="s"><v>0</v></c></row>'
        '<row r="7"><c r="B7" t="b"><v>0</v></c></row><row r="8"><c r="B8" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    )
    with open_workbook(simple(tmp_path / "b.xlsx", rows, strings=shared("甲"))) as book:
        column = book.sheet(0).column(2, 1, 8)
    assert [Kind(k).name for k in column.kind] == [
        "BLANK",
        "TEXT",
        "NUMBER",
        "BLANK",
        "DATE",
        "TEXT",
        "BOOL",
        "ERROR",
    ]
    np.testing.assert_array_equal(column.number, [np.nan, np.nan, 1.5, np.nan, 45356, np.nan, 0, np.nan])
    assert list(column.text) == [None, "甲", None, None, None, "甲", None, "#DIV/0!"]
    assert column.text[1] is column.text[5]
    assert list(column.style) == [0, 0, 0, 0, DATE, 0, 0, 0] and list(column.formula) == [False] * 7 + [True]


def test_ghost_cells_do_not_stretch_the_sheet(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1"><v>1</v></c><c r="JC1" s="4"/></row><row r="2"><c r="B2" t="inlineStr"><is><t/></is></c></row>'
        '<row r="1048576"><c r="XFD1048576" s="1"/></row>'
    )
    with open_workbook(simple(tmp_path / "b.xlsx", rows)) as book:
        sheet = book.sheet(0)
        assert (sheet.last_row, sheet.last_column) == (1, 1)
        assert list(sheet.filled(1, 3)) == [1, 0, 0] and list(sheet.rows(1, 1_048_576)) == [1]


def test_an_empty_sheet(tmp_path: Path) -> None:
    with open_workbook(simple(tmp_path / "b.xlsx", "<sheetData/>")) as book:
        sheet = book.sheet(0)
        assert (sheet.last_row, sheet.last_column, list(sheet.cells()), sheet.rows(1, 30)) == (0, 0, [], {})
        assert list(sheet.column(1, 1, 2).kind) == [0, 0] and len(sheet.column(1, 2, 1).kind) == 0


def test_sheets_names_states_and_structure(tmp_path: Path) -> None:
    members = parts(
        {
            "一": worksheet(
                "",
                after='<autoFilter ref="A1:C9"/><mergeCells count="1"><mergeCell ref="A1:B2"/></mergeCells>',
            ),
            "图": "<chartsheet/>",
            "三": worksheet(""),
        },
        workbook="<definedNames><definedName name=\"客户\">'一'!$A$1:$C$9</definedName>"
        '<definedName name="率">0.5</definedName></definedNames>',
    )
    members["xl/workbook.xml"] = members["xl/workbook.xml"].replace(
        b'sheetId="3"', b'sheetId="3" state="veryHidden"'
    )
    rels = members["xl/_rels/workbook.xml.rels"].replace(
        b'worksheet" Target="worksheets/sheet2', b'chartsheet" Target="worksheets/sheet2'
    )
    members["xl/_rels/workbook.xml.rels"] = rels.replace(
        b'"worksheets/sheet3.xml"', b'"\\XL\\worksheets/Sheet3.xml"'
    )
    with open_workbook(save(tmp_path / "b.xlsx", members)) as book:
        assert book.sheets == ["一", "三"]
        assert (book.sheet("三").state, book.sheet(1).name, book.sheet(-2).name) == ("veryHidden", "三", "一")
        assert book.sheet("一").merged == (Range(1, 1, 2, 2),) and book.sheet("一").autofilter == Range(
            1, 1, 9, 3
        )
        assert [(n.name, n.sheet, n.ref) for n in book.defined_names] == [
            ("客户", "一", Range(1, 1, 9, 3)),
            ("率", None, None),
        ]
        assert list(book.sheet("三").cells()) == []
        with pytest.raises(InputError, match="一、三"):
            book.sheet("图")


def test_number_formats(tmp_path: Path) -> None:
    with open_workbook(simple(tmp_path / "b.xlsx", "")) as book:
        assert [book.number_format(i) for i in (0, 2, 3, 6, 99)] == [
            "General",
            "0.00%",
            "@",
            'yyyy"年"m"月"',
            "General",
        ]


def test_agrees_with_openpyxl_on_what_it_writes(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(["客户名称", "金额", "日期", "时间", "是", "比例"])
    sheet.append(
        ["华信 <科技> & 公司", 1234.5, dt.datetime(2024, 3, 5, 9, 8, 7), dt.time(9, 8, 7), True, 0.1]
    )
    sheet.append([None, -3, dt.datetime(1999, 12, 31), dt.time(23, 59, 59), False, 1e-9])
    made.save(tmp_path / "b.xlsx")
    with open_workbook(tmp_path / "b.xlsx") as book:
        mine = [
            [r[c].value if c in r else None for c in range(1, 7)] for r in book.sheet(0).rows(1, 3).values()
        ]
    assert mine == [list(r) for r in openpyxl.load_workbook(tmp_path / "b.xlsx").active.values]  # type: ignore[union-attr]
