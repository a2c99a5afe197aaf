"""New columns appear beside the table, look like it, and what surrounds them follows."""

from __future__ import annotations

import datetime as dt
import warnings
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from lxml import etree
from workbook_files import (
    MAIN,
    PACKAGE_REL,
    REL,
    STYLES,
    cell_xml,
    changed_parts,
    members,
    parts,
    save,
    simple,
    without,
    worksheet,
)

from crmsheet.workbook import ColumnLook, EditError, Placement, Range, Sheet, open_workbook

SHEET, TABLE = "xl/worksheets/sheet1.xml", "xl/tables/table1.xml"
THREE = [
    ColumnLook("建议等级"),
    ColumnLook("下次跟进日期", "date", 12),
    ColumnLook("审核", "text", 8.5, ("同意", "驳回")),
]
ROWS = (
    '<row r="1" spans="1:2"><c r="A1" s="4" t="str"><v>客户名称</v></c><c r="B1" s="4" t="str"><v>日期</v></c></row>'
    '<row r="2" spans="1:2"><c r="A2" t="str"><v>华信</v></c><c r="B2" s="1"><v>45000</v></c></row>'
    '<row r="3" spans="1:2"><c r="A3" t="str"><v>鼎盛</v></c><c r="B3" s="2"><v>1</v></c></row>'
)


def table_xml(ref: str, names: list[str], more: str = "", inside: str = "") -> str:
    columns = "".join(f'<tableColumn id="{i * 3}" name="{n}"/>' for i, n in enumerate(names, 1))
    return (
        f'<table xmlns="{MAIN}" id="1" name="t" displayName="客户表" ref="{ref}"{more}><autoFilter ref="{ref}"/>{inside}'
        f'<tableColumns count="{len(names)}">{columns}</tableColumns><tableStyleInfo name="TableStyleMedium2"/></table>'
    )


def with_table(path: Path, table: str, rows: str = ROWS, **more: str) -> Path:
    """A workbook whose only sheet has an Excel table."""
    rels = (
        f'<Relationships xmlns="{PACKAGE_REL}"><Relationship Id="rId1" Type="{REL}/table" Target="/xl/tables/table1.xml"/>'
        "</Relationships>"
    )
    sheet = worksheet(
        rows,
        more.get("before", ""),
        more.get("after", "") + '<tableParts count="1"><tablePart r:id="rId1"/></tableParts>',
    )
    return save(
        path, parts({"客户": sheet}, extra={TABLE: table, "xl/worksheets/_rels/sheet1.xml.rels": rels})
    )


def add(
    path: Path,
    out: Path,
    right_of: int = 2,
    header_row: int = 1,
    last_row: int = 3,
    table: bool = False,
    looks: list[ColumnLook] | None = None,
) -> Placement:
    """Add the three columns (or ``looks``), fill the first data row, commit a copy."""
    with open_workbook(path) as book:
        sheet = book.sheet(0)
        placed = sheet.add_columns(
            looks or THREE, header_row, header_row + 1, last_row, right_of, sheet.tables[0] if table else None
        )
        for column, value in zip(placed.columns, ["S级", dt.date(2024, 3, 5), "同意"], strict=True):
            assert sheet.set_column(column, [header_row + 1], [value]) == []
        book.commit(out)
    return placed


def xml(path: Path, part: str = SHEET) -> etree._Element:
    return etree.fromstring(members(path)[part])


def attributes(path: Path, element: str, part: str = SHEET) -> list[dict[str, str]]:
    return [dict(e.attrib) for e in xml(path, part).iter(f"{{{MAIN}}}{element}")]


def new_refs(placed: Placement, rows: range) -> list[str]:
    return [f"{openpyxl.utils.get_column_letter(c)}{r}" for c in placed.columns for r in rows]


def test_columns_at_the_right_edge(tmp_path: Path) -> None:
    path, out = simple(tmp_path / "b.xlsx", ROWS, before='<dimension ref="A1:B3"/>'), tmp_path / "out.xlsx"
    placed = add(path, out)
    assert placed == Placement([3, 4, 5], blocked=False, in_table=False)
    with open_workbook(out) as book:
        sheet = book.sheet(0)
        assert [c.value for c in sheet.rows(1, 1)[1].values()] == [
            "客户名称",
            "日期",
            "建议等级",
            "下次跟进日期",
            "审核",
        ]
        assert [c.value for c in sheet.rows(2, 2)[2].values()] == [
            "华信",
            dt.datetime(2023, 3, 15),
            "S级",
            dt.datetime(2024, 3, 5),
            "同意",
        ]
    assert [a["spans"] for a in attributes(out, "row")] == ["1:5"] * 3
    assert attributes(out, "dimension") == [{"ref": "A1:E3"}]
    drop = ["cols", "dataValidations"]
    assert without(members(path)[SHEET], []) == without(
        members(out)[SHEET], new_refs(placed, range(1, 4)), drop=drop
    )
    assert changed_parts(path, out) == {SHEET, "xl/styles.xml"}


def test_new_columns_look_like_their_left_neighbour(tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    add(simple(tmp_path / "b.xlsx", ROWS), out)
    with open_workbook(out) as book:
        cells = {c.ref: c for c in book.sheet(0).cells()}
        assert [cells[f"{c}1"].style for c in "CDE"] == [4, 4, 4]
        formats = {
            ref: book.number_format(cells[ref].style) for ref in cells if ref[0] in "CDE" and ref[1] != "1"
        }
    assert formats == {
        "C2": "General",
        "D2": "yyyy-mm-dd",
        "E2": "General",
        "C3": "General",
        "D3": "yyyy-mm-dd",
        "E3": "General",
    }
    assert cells["C3"].kind == "blank"  # carries the neighbour's look on
    before, after = STYLES.encode(), members(out)["xl/styles.xml"]
    old, new = (etree.fromstring(x).find(f"{{{MAIN}}}cellXfs") for x in (before, after))
    assert old is not None and new is not None
    assert [etree.tostring(e) for e in new][: len(old)] == [etree.tostring(e) for e in old] and new.get(
        "count"
    ) == str(len(new))


def test_text_columns_keep_a_text_format_and_numbers_do_not(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1" t="str"><v>名</v></c></row><row r="2"><c r="A2" s="3" t="str"><v>x</v></c></row>'
    path, out = simple(tmp_path / "b.xlsx", rows), tmp_path / "out.xlsx"
    with open_workbook(path) as book:
        placed = book.sheet(0).add_columns([ColumnLook("a"), ColumnLook("b", "number")], 1, 2, 2, 1)
        for column, value in zip(placed.columns, ["x", 7.5], strict=True):
            book.sheet(0).set_column(column, [2], [value])
        book.commit(out)
    with open_workbook(out) as book:
        row = book.sheet(0).rows(2, 2)[2]
        assert [book.number_format(row[c].style) for c in (2, 3)] == ["@", "General"]
    assert 'quotePrefix="1"' not in members(out)["xl/styles.xml"].decode().rpartition("<xf ")[2]


def test_widths_split_ranges_and_leave_other_columns_alone(tmp_path: Path) -> None:
    before = '<cols><col min="1" max="2" width="10"/><col min="3" max="9" width="8" style="4" hidden="1"/><col min="12" max="16384" width="9"/></cols>'
    out = tmp_path / "out.xlsx"
    add(simple(tmp_path / "b.xlsx", ROWS, before=before), out)
    assert [
        (a["min"], a["max"], a["width"], a.get("style"), a.get("hidden")) for a in attributes(out, "col")
    ] == [
        ("1", "2", "10", None, None),
        ("3", "3", "8", "4", None),
        ("4", "4", "12", "4", None),
        ("5", "5", "8.5", "4", None),
        ("6", "9", "8", "4", "1"),
        ("12", "16384", "9", None, None),
    ]


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        ("", [("4", "4"), ("5", "5")]),
        ("<cols/>", [("4", "4"), ("5", "5")]),
        ('<cols><col min="1" max="1" width="3"/></cols>', [("1", "1"), ("4", "4"), ("5", "5")]),
        ('<cols><col min="9" max="9" width="3"/></cols>', [("4", "4"), ("5", "5"), ("9", "9")]),
        ('<cols><col min="4" max="4" width="3"/></cols>', [("4", "4"), ("5", "5")]),
    ],
)
def test_widths_where_nothing_was_set(tmp_path: Path, before: str, wanted: list[tuple[str, str]]) -> None:
    out = tmp_path / "out.xlsx"
    add(simple(tmp_path / "b.xlsx", ROWS, before='<sheetFormatPr defaultRowHeight="14"/>' + before), out)
    assert [(a["min"], a["max"]) for a in attributes(out, "col")] == wanted
    assert [etree.QName(e).localname for e in xml(out)][:3] == ["sheetFormatPr", "cols", "sheetData"]


@pytest.mark.parametrize(
    ("after", "order"),
    [
        ("", ["sheetData", "dataValidations"]),
        (
            '<mergeCells count="1"><mergeCell ref="A8:A9"/></mergeCells><pageMargins left="1"/>',
            ["sheetData", "mergeCells", "dataValidations", "pageMargins"],
        ),
        (
            '<dataValidations count="1"><dataValidation type="list" sqref="A2:A9"><formula1>"a"</formula1></dataValidation></dataValidations>',
            ["sheetData", "dataValidations"],
        ),
        (
            '<dataValidations count="0"/><hyperlinks><hyperlink ref="A2"/></hyperlinks>',
            ["sheetData", "dataValidations", "hyperlinks"],
        ),
    ],
)
def test_choices_become_one_drop_down_list(tmp_path: Path, after: str, order: list[str]) -> None:
    out = tmp_path / "out.xlsx"
    add(simple(tmp_path / "b.xlsx", ROWS, after=after), out)
    tree = xml(out)
    assert [n for n in (etree.QName(e).localname for e in tree) if n != "cols"] == order
    rules = tree.findall(f".//{{{MAIN}}}dataValidation")
    assert (rules[-1].get("type"), rules[-1].get("sqref"), rules[-1][0].text) == (
        "list",
        "E2:E3",
        '"同意,驳回"',
    )
    assert attributes(out, "dataValidations")[0]["count"] == str(len(rules))


def test_an_existing_validation_is_not_doubled(tmp_path: Path) -> None:
    after = '<dataValidations count="1"><dataValidation type="whole" sqref="A9 D2:F9"><formula1>1</formula1></dataValidation></dataValidations>'
    out = tmp_path / "out.xlsx"
    add(simple(tmp_path / "b.xlsx", ROWS, after=after), out)
    assert len(attributes(out, "dataValidation")) == 1


@pytest.mark.parametrize("choices", [("a,b",), ('"',), ("x" * 200, "y" * 60)])
def test_choices_that_excel_cannot_hold(tmp_path: Path, choices: tuple[str, ...]) -> None:
    with open_workbook(simple(tmp_path / "b.xlsx", ROWS)) as book, pytest.raises(EditError, match="审核"):
        book.sheet(0).add_columns([ColumnLook("审核", choices=choices)], 1, 2, 3, 2)


def filtered(path: Path, ref: str, name_ref: str | None = None) -> Path:
    name = (
        (
            f'<definedNames><definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">客户!{name_ref}</definedName>'
            '<definedName name="other">客户!$A$1:$B$3</definedName></definedNames>'
        )
        if name_ref
        else ""
    )
    return simple(
        path, ROWS, after=f'<autoFilter ref="{ref}"><filterColumn colId="0"/></autoFilter>', workbook=name
    )


def test_a_filter_that_ends_at_the_table_grows_with_its_name(tmp_path: Path) -> None:
    path, out = filtered(tmp_path / "b.xlsx", "A1:B3", "$A$1:$B$3"), tmp_path / "out.xlsx"
    add(path, out)
    assert attributes(out, "autoFilter") == [{"ref": "A1:E3"}] and len(attributes(out, "filterColumn")) == 1
    before, after = (members(p)["xl/workbook.xml"].decode() for p in (path, out))
    assert after == before.replace("客户!$A$1:$B$3", "客户!$A$1:$E$3", 1)


@pytest.mark.parametrize("ref", ["A1:A3", "A1:C3", "A7:B9"])
def test_other_filters_stay(tmp_path: Path, ref: str) -> None:
    path, out = filtered(tmp_path / "b.xlsx", ref, "$A$1:$B$3"), tmp_path / "out.xlsx"
    add(path, out)
    assert attributes(out, "autoFilter") == [{"ref": ref}]
    assert members(path)["xl/workbook.xml"] == members(out)["xl/workbook.xml"]


@pytest.mark.parametrize(
    "blocker",
    [
        '<row r="3" spans="1:2"><c r="D3"><v>9</v></c></row>',
        '<row r="3"><c r="C3"><f>1</f></c></row>',
        '<row r="3"><c r="E3" t="str"><v>合计</v></c></row>',
    ],
)
def test_what_stands_there_is_left_alone(tmp_path: Path, blocker: str) -> None:
    rows = ROWS[: ROWS.index('<row r="3"')] + blocker + '<row r="9"><c r="H9"><v>1</v></c></row>'
    path, out = simple(tmp_path / "b.xlsx", rows, after='<autoFilter ref="A1:B3"/>'), tmp_path / "out.xlsx"
    placed = add(path, out)
    assert placed == Placement([9, 10, 11], blocked=True, in_table=False)
    assert attributes(out, "autoFilter") == [{"ref": "A1:B3"}]
    assert without(members(path)[SHEET], []) == without(
        members(out)[SHEET], new_refs(placed, range(1, 4)), drop=["cols", "dataValidations"]
    )


def test_merged_cells_block_and_blank_formatted_ones_do_not(tmp_path: Path) -> None:
    merged = simple(
        tmp_path / "m.xlsx", ROWS, after='<mergeCells count="1"><mergeCell ref="D1:F2"/></mergeCells>'
    )
    assert add(merged, tmp_path / "out.xlsx") == Placement([7, 8, 9], True, False)
    rows = ROWS.replace("</row>", '<c r="D1" s="4"/></row>', 1)
    out = tmp_path / "out2.xlsx"
    assert add(simple(tmp_path / "g.xlsx", rows), out).columns == [3, 4, 5]
    assert cell_xml(out, "D1") == '<c r="D1" s="4" t="inlineStr"><is><t>下次跟进日期</t></is></c>'


def test_no_room_on_the_sheet(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c><c r="XFC1"><v>1</v></c></row>'
    with open_workbook(simple(tmp_path / "b.xlsx", rows)) as book, pytest.raises(EditError, match="没有空列"):
        book.sheet(0).add_columns(THREE, 1, 2, 3, 16_381)


def test_an_excel_table_grows(tmp_path: Path) -> None:
    path = with_table(
        tmp_path / "b.xlsx",
        table_xml("A1:B4", ["客户名称", "日期"], ' totalsRowCount="1"').replace(
            '<autoFilter ref="A1:B4"/>', '<autoFilter ref="A1:B3"/>'
        ),
    )
    out = tmp_path / "out.xlsx"
    assert add(path, out, table=True) == Placement([3, 4, 5], blocked=False, in_table=True)
    assert changed_parts(path, out) == {SHEET, TABLE, "xl/styles.xml"}
    assert attributes(out, "table", TABLE)[0]["ref"] == "A1:E4" and attributes(out, "autoFilter", TABLE) == [
        {"ref": "A1:E3"}
    ]
    assert attributes(out, "tableColumns", TABLE) == [{"count": "5"}]
    assert attributes(out, "tableColumn", TABLE)[2:] == [
        {"id": "7", "name": "建议等级"},
        {"id": "8", "name": "下次跟进日期"},
        {"id": "9", "name": "审核"},
    ]
    with open_workbook(out) as book:
        [table] = book.sheet(0).tables
        assert (table.name, table.ref, table.header_rows, table.totals_rows) == (
            "客户表",
            Range(1, 1, 4, 5),
            1,
            1,
        )
        assert table.columns == tuple(c.value for c in book.sheet(0).rows(1, 1)[1].values())
        assert list(book.sheet(0).rows(4, 4)) == []  # the totals row is skipped
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        again = openpyxl.load_workbook(out)["客户"]
    assert again.tables["t"].ref == "A1:E4"


@pytest.mark.parametrize(
    ("more", "right_of"), [(' tableType="queryTable"', 2), (' headerRowCount="0"', 2), ("", 1)]
)
def test_tables_that_cannot_grow_are_left_alone(tmp_path: Path, more: str, right_of: int) -> None:
    path, out = (
        with_table(tmp_path / "b.xlsx", table_xml("A1:B3", ["客户名称", "日期"], more)),
        tmp_path / "out.xlsx",
    )
    assert add(path, out, right_of=right_of, table=True) == Placement([3, 4, 5], blocked=True, in_table=False)
    assert TABLE not in changed_parts(path, out)


def test_a_totals_cell_beside_the_table_blocks(tmp_path: Path) -> None:
    rows = ROWS + '<row r="4"><c r="C4"><v>1</v></c></row>'
    path = with_table(
        tmp_path / "b.xlsx", table_xml("A1:B4", ["客户名称", "日期"], ' totalsRowCount="1"'), rows
    )
    assert add(path, tmp_path / "out.xlsx", table=True) == Placement([4, 5, 6], blocked=True, in_table=False)


def test_header_and_totals_of_a_table_are_not_set(tmp_path: Path) -> None:
    path = with_table(tmp_path / "b.xlsx", table_xml("A1:B4", ["客户名称", "日期"], ' totalsRowCount="1"'))
    with open_workbook(path) as book:
        sheet: Sheet = book.sheet(0)
        sheet.set("A1", "客户名称")  # as it is: no change
        for ref in ("A1", "B4"):
            with pytest.raises(EditError, match="Excel 表格"):
                sheet.set(ref, "x")
        with pytest.raises(EditError, match="建议等级"):
            sheet.add_columns([ColumnLook("建议等级"), ColumnLook("建议等级")], 1, 2, 3, 2, sheet.tables[0])
        with pytest.raises(EditError, match="日期"):
            sheet.add_columns([ColumnLook("日期")], 1, 2, 3, 2, sheet.tables[0])


def test_a_table_made_by_xlsxwriter(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "b.xlsx") as made:
        page = made.add_worksheet("客户")
        page.add_table(
            "B3:C6",
            {
                "name": "客户",
                "columns": [{"header": "客户名称"}, {"header": "金额"}],
                "total_row": True,
                "data": [["华信", 1], ["鼎盛", 2]],
            },
        )
    out = tmp_path / "out.xlsx"
    assert add(tmp_path / "b.xlsx", out, right_of=3, header_row=3, last_row=5, table=True) == Placement(
        [4, 5, 6], False, True
    )
    table = openpyxl.load_workbook(out)["客户"].tables["客户"]
    assert (table.ref, table.autoFilter.ref) == ("B3:F6", "B3:F5")
    assert [c.name for c in table.tableColumns] == ["客户名称", "金额", "建议等级", "下次跟进日期", "审核"]


def test_twice_is_once(tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    add(with_table(tmp_path / "b.xlsx", table_xml("A1:B3", ["客户名称", "日期"])), out, table=True)
    data = out.read_bytes()
    with open_workbook(out) as book:
        for column, value in zip((3, 4, 5), ["S级", dt.date(2024, 3, 5), "同意"], strict=True):
            book.sheet(0).set_column(column, [2], [value])
        assert book.commit().parts_changed == [] and out.read_bytes() == data
