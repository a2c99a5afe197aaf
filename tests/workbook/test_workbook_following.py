"""What follows new columns - Excel tables, styles, filters, widths - whatever stands in it already."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from intact import assert_intact
from lxml import etree
from owned import LOOKS, assert_fills, fill, values
from workbook_files import (
    MAIN,
    PACKAGE_REL,
    REL,
    STRICT,
    STYLES,
    cell_xml,
    changed_parts,
    members,
    parts,
    save,
    shared,
    simple,
    worksheet,
)

from crmsheet.workbook import ColumnLook, EditError, open_workbook

SHEET, TABLE, STYLE = "xl/worksheets/sheet1.xml", "xl/tables/table1.xml", "xl/styles.xml"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
ROWS = (
    '<row r="1"><c r="A1" s="4" t="str"><v>名</v></c><c r="B1" s="4" t="str"><v>额</v></c><c r="C1" s="4" t="str"><v>日</v></c></row>'
    '<row r="2"><c r="A2" t="str"><v>华信</v></c><c r="B2" s="3"><v>7</v></c><c r="C2" s="1"><v>45356</v></c></row>'
    '<row r="3"><c r="A3" t="str"><v>鼎盛</v></c></row>'
)
COLUMNS = '<tableColumns count="3"><tableColumn id="1" name="名"/><tableColumn id="5" name="额"/><tableColumn id="3" name="日"/></tableColumns>'
GROWS = {"columns": [4, 5, 6], "blocked": False, "in_table": True}


def table(inside: str = f'<autoFilter ref="A1:C3"/>{COLUMNS}', more: str = "", ref: str = "A1:C3") -> str:
    return f'<table xmlns="{MAIN}" id="1" name="t" displayName="客户" ref="{ref}"{more}>{inside}<tableStyleInfo name="x"/></table>'


def with_table(path: Path, xml: str | bytes, rows: str = ROWS, **more: str | bytes) -> Path:
    """A workbook whose sheet has this table; ``more`` are further tables."""
    targets = ["table1.xml", *(f"{name}.xml" for name in more)]
    rels = "".join(
        f'<Relationship Id="rId{i}" Type="{REL}/table" Target="../tables/{t}"/>' for i, t in enumerate(targets, 1)
    )
    listed = "".join(f'<tablePart r:id="rId{i}"/>' for i, _ in enumerate(targets, 1))
    extra: dict[str, str | bytes] = {
        TABLE: xml,
        "xl/worksheets/_rels/sheet1.xml.rels": f'<Relationships xmlns="{PACKAGE_REL}">{rels}</Relationships>',
        **{f"xl/tables/{name}.xml": other for name, other in more.items()},
    }
    sheet = worksheet(rows, after=f'<tableParts count="{len(targets)}">{listed}</tableParts>')
    return save(path, parts({"客户": sheet}, extra=extra))


TABLES: dict[str, str | bytes] = {
    "plain": table(),
    "single quotes": table().replace('"', "'"),
    "prefixed": table().replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x="),
    "strict": table().replace(MAIN, STRICT),
    "white space and comments": table().replace("><", ">\n<!-- ref='A1:C3' -->\n<").replace('" ', '"\n '),
    "no filter": table(COLUMNS),
    "no count": table(COLUMNS.replace(' count="3"', "")),
    "no count, single quotes": table(COLUMNS.replace(' count="3"', "").replace('"', "'")),
    "a filter in use": table(
        f'<autoFilter ref="A1:C3"><filterColumn colId="1"><filters><filter val="7"/></filters></filterColumn></autoFilter>'
        f'<sortState ref="A2:C3"><sortCondition ref="B2:B3"/></sortState>{COLUMNS}'
    ),
    "calculated columns": table(
        COLUMNS.replace('name="日"/>', 'name="日" dataDxfId="1"><calculatedColumnFormula>[@额]+1</calculatedColumnFormula></tableColumn>')
    ),
    "words that look like attributes": table().replace(" ref=", """ comment="see ref='B1:B2' and count='9' > 1" ref=""", 1),
    "extensions": table(
        more=f' xmlns:mc="{MC}" mc:Ignorable="xr" xmlns:xr="urn:xr" xr:uid="{{1}}"', ref="A1:C3"
    ).replace("</table>", '<extLst><ext uri="{5}"><x:table xmlns:x="urn:x" ref="A1:C3"/></ext></extLst></table>'),
    "UTF-16": f'<?xml version="1.0" encoding="UTF-16" standalone="yes"?>{table()}'.encode("utf-16"),
    "ISO-8859-1": f'<?xml version="1.0" encoding="iso-8859-1"?>{table()}'.encode("ascii", "xmlcharrefreplace"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_grows_however_it_is_written(tmp_path: Path, name: str) -> None:
    path = with_table(tmp_path / "b.xlsx", TABLES[name])
    assert assert_fills(path, {"B3": 1}, SHEET, table=True) == {SHEET, TABLE, STYLE}
    with open_workbook(tmp_path / "out.xlsx") as book:
        [grown] = book.sheet(0).tables
    assert (str(grown.ref), grown.columns) == ("A1:F3", ("名", "额", "日", *(look.header for look in LOOKS)))
    ids = [c.get("id") for c in etree.fromstring(members(tmp_path / "out.xlsx")[TABLE]).iter("{*}tableColumn")]
    assert ids == ["1", "5", "3", "6", "7", "8"]


def test_the_totals_row_is_part_of_the_table_and_not_written(tmp_path: Path) -> None:
    rows = ROWS + '<row r="4"><c r="A4" t="str"><v>汇总</v></c><c r="B4"><f>SUBTOTAL(109,[额])</f><v>7</v></c></row>'
    columns = COLUMNS.replace('name="名"', 'name="名" totalsRowLabel="汇总"').replace('name="额"', 'name="额" totalsRowFunction="sum"')
    path = with_table(tmp_path / "b.xlsx", table(f'<autoFilter ref="A1:C3"/>{columns}', ' totalsRowCount="1"', "A1:C4"), rows)
    assert assert_fills(path, {"B3": 1}, SHEET, table=True) == {SHEET, TABLE, STYLE, "xl/workbook.xml"}
    with open_workbook(tmp_path / "out.xlsx") as book:
        sheet = book.sheet(0)
        assert str(sheet.tables[0].ref) == "A1:F4" and sorted(sheet.rows(4, 4)[4]) == [1, 2]
        assert b'<autoFilter ref="A1:F3"/>' in members(tmp_path / "out.xlsx")[TABLE]
        for ref in ("A4", "D4"):
            with pytest.raises(EditError, match="汇总行"):
                sheet.set(ref, 1)


HEADERS = ["<&>\"'", "第一行\n第二行", "a_x0041_b", "a\tb", " 空 ", "[#]'@", "😀", "等级\r", "x" * 250]


def test_column_names_are_the_header_cells_texts(tmp_path: Path) -> None:
    path, out = with_table(tmp_path / "b.xlsx", table()), tmp_path / "out.xlsx"
    with open_workbook(path) as book:
        sheet = book.sheet(0)
        sheet.add_columns([ColumnLook(h) for h in HEADERS], 1, 2, 3, 3, sheet.tables[0])
        book.commit(out)
    with open_workbook(out) as book:
        shown = [cell.value for cell in book.sheet(0).rows(1, 1)[1].values()]
        assert list(book.sheet(0).tables[0].columns) == shown == ["名", "额", "日", *HEADERS]
    # as any XML parser reads the attribute, with Excel's escapes for what an attribute cannot hold
    names = [c.get("name") for c in etree.fromstring(members(out)[TABLE]).iter("{*}tableColumn")]
    assert names[3:8] == ["<&>\"'", "第一行_x000a_第二行", "a_x005F_x0041_b", "a_x0009_b", " 空 "]
    assert changed_parts(path, out) == {SHEET, TABLE, STYLE}
    assert openpyxl.load_workbook(out).active.tables["t"].ref == "A1:L3"  # type: ignore[union-attr]


@pytest.mark.parametrize(("header", "taken"), [("日", "日"), ("ABC", "abc"), ("一\n二", "一_x000a_二"), ("a b", "a b")])
def test_a_name_that_a_table_has_already_is_refused(tmp_path: Path, header: str, taken: str) -> None:
    path = with_table(tmp_path / "b.xlsx", table(COLUMNS.replace('name="日"', f'name="{taken}"')))
    with open_workbook(path) as book, pytest.raises(EditError, match="不能重复"):
        book.sheet(0).add_columns([ColumnLook(header)], 1, 2, 3, 3, book.sheet(0).tables[0])


SECOND = table().replace('id="1" name="t" displayName="客户" ref="A1:C3"', 'id="2" name="u" displayName="u" ref="E5:F6"')
OUTSIDE: dict[str, tuple[str, str, dict[str, str]]] = {  # the table, the rows, other tables
    "no header row": (table(COLUMNS, ' headerRowCount="0"'), ROWS, {}),
    "a query behind it": (table(more=' tableType="queryTable"'), ROWS, {}),
    "an XML map behind it": (table(more=' tableType="xml"'), ROWS, {}),
    "a value beside it": (table(), ROWS.replace("</row>", '<c r="E1" t="str"><v>x</v></c></row>', 1), {}),
    "a formula beside its last row": (table(), ROWS[: -len("</row>")] + '<c r="D3"><f>1</f></c></row>', {}),
    "another table beside it": (table(), ROWS, {"table2": SECOND.replace("E5:F6", "E2:F3")}),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_beside_a_table_that_cannot_grow_it_is_said(tmp_path: Path, name: str) -> None:
    xml, rows, others = OUTSIDE[name]
    path, out = with_table(tmp_path / "b.xlsx", xml, rows, **others), tmp_path / "out.xlsx"
    with open_workbook(path) as book:
        placed, wanted = fill(book, {}, table=True)
        assert placed.blocked and not placed.in_table
        assert all(not t.ref.holds(1, c) for t in book.sheet(0).tables for c in placed.columns)
        book.commit(out)
    assert TABLE not in assert_intact(path, out, {SHEET: wanted}, columns=True)


def test_another_table_below_does_not_follow(tmp_path: Path) -> None:
    path = with_table(tmp_path / "b.xlsx", table(), table2=SECOND)
    assert assert_fills(path, {}, SHEET, table=True) == {SHEET, TABLE, STYLE}


# ------------------------------------------------------------------ styles

NUMBERED = STYLES[STYLES.index("<numFmts") : STYLES.index("<fonts")]
STYLE_SHEETS: dict[str, str | bytes] = {
    "plain": STYLES,
    "prefixed": STYLES.replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x="),
    "strict": STYLES.replace(MAIN, STRICT),
    "no number formats": STYLES.replace(NUMBERED, ""),
    "an empty list of number formats": STYLES.replace(NUMBERED, '<numFmts count="0"/>'),
    "single quotes": STYLES.replace('"', "'"),
    "white space and comments": STYLES.replace("><", ">\n<!-- <xf/> -->\n<"),
    "no counts": STYLES.replace(' count="7"', "").replace('<numFmts count="1">', "<numFmts>"),
    "alternatives among the number formats": STYLES.replace(
        "</numFmts>",
        f'<mc:AlternateContent xmlns:mc="{MC}"><mc:Choice Requires="x16r2"><numFmt numFmtId="200" formatCode="0.0"'
        ' y:formatCode16="0.0" xmlns:y="urn:y"/></mc:Choice><mc:Fallback><numFmt numFmtId="200" formatCode="0.0"/></mc:Fallback>'
        "</mc:AlternateContent></numFmts>",
    ).replace('<numFmts count="1"', '<numFmts count="2"'),
    "differential formats and extensions": STYLES.replace(
        "</styleSheet>",
        '<dxfs count="1"><dxf><numFmt numFmtId="300" formatCode="0"/></dxf></dxfs><tableStyles count="0"/><colors/>'
        '<extLst><ext uri="{1}"><x:cellXfs xmlns:x="urn:x"/></ext></extLst></styleSheet>',
    ),
    "foreign elements in front": STYLES.replace("<numFmts", '<y:a xmlns:y="urn:y"/><numFmts', 1),
    "UTF-16": f'<?xml version="1.0" encoding="UTF-16"?>{STYLES}'.encode("utf-16"),
}


@pytest.mark.parametrize("name", STYLE_SHEETS)
def test_a_date_style_is_appended_however_the_styles_are_written(tmp_path: Path, name: str) -> None:
    path = save(tmp_path / "b.xlsx", parts({"客户": worksheet(ROWS)}) | {STYLE: _bytes(STYLE_SHEETS[name])})
    assert assert_fills(path, {"A3": dt.datetime(2024, 3, 5)}, SHEET) == {SHEET, STYLE}
    root = etree.fromstring(members(tmp_path / "out.xlsx")[STYLE])
    numbers = [n.get("numFmtId") for n in root.iterfind("{*}numFmts//{*}numFmt")]
    assert len(set(numbers)) == len(numbers) - (1 if "alternatives" in name else 0)
    with open_workbook(tmp_path / "out.xlsx") as book:
        cells = {c.ref: c for c in book.sheet(0).cells()}
        assert {book.number_format(cells[ref].style) for ref in ("A3", "E2")} == {"yyyy-mm-dd"}
        assert book.number_format(cells["E1"].style) == "General" and cells["E1"].style == 4


def _bytes(xml: str | bytes) -> bytes:
    return xml if isinstance(xml, bytes) else xml.encode()


def test_a_date_style_that_is_there_is_taken(tmp_path: Path) -> None:
    there = STYLES.replace('formatCode="yyyy&quot;年&quot;m&quot;月&quot;"', 'formatCode="yyyy\\-mm\\-dd"').replace(
        'numFmtId="176" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"',
        'numFmtId="176" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"',
    )
    path = simple(tmp_path / "b.xlsx", ROWS, styles=there)
    with open_workbook(path) as book:
        book.sheet(0).set("A9", dt.date(2024, 3, 5))
        assert book.commit(tmp_path / "out.xlsx").parts_changed == [SHEET]
    assert cell_xml(tmp_path / "out.xlsx", "A9") == '<c r="A9" s="6"><v>45356</v></c>'


@pytest.mark.parametrize("styles", [None, f'<styleSheet xmlns="{MAIN}"/>', f'<styleSheet xmlns="{MAIN}"><cellXfs count="0"/></styleSheet>'])
def test_without_cell_formats_there_are_no_dates(tmp_path: Path, styles: str | None) -> None:
    path = save(tmp_path / "b.xlsx", parts({"客户": worksheet(ROWS)}, styles=styles))
    data = path.read_bytes()
    with open_workbook(path) as book:
        book.sheet(0).set("B3", "S级")
        book.sheet(0).set("C3", 7)
        book.commit(tmp_path / "out.xlsx")
    assert assert_intact(path, tmp_path / "out.xlsx", {SHEET: {"B3", "C3"}}) == {SHEET}
    with open_workbook(path) as book, pytest.raises(EditError, match="缺少样式部件"):
        book.sheet(0).set("B3", dt.date(2024, 3, 5))
        book.commit(tmp_path / "second.xlsx")
    assert path.read_bytes() == data and not (tmp_path / "second.xlsx").exists()


@pytest.mark.parametrize(("epoch", "serial"), [("0", "45356"), ("1", "43894")])
def test_dates_count_from_the_workbooks_epoch(tmp_path: Path, epoch: str, serial: str) -> None:
    path = simple(tmp_path / "b.xlsx", ROWS, before_sheets=f'<workbookPr date1904="{epoch}"/>')
    assert_fills(path, {"C3": dt.datetime(2024, 3, 5)}, SHEET)
    for ref in ("C3", "E2"):
        assert f"<v>{serial}</v>" in cell_xml(tmp_path / "out.xlsx", ref)


def test_a_number_stored_as_text_becomes_one_in_the_columns_style(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1" s="3" t="s"><v>0</v></c><c r="B1" s="3" t="s"><v>0</v></c></row>'
    path = simple(tmp_path / "b.xlsx", rows, strings=shared("12"))
    with open_workbook(path) as book:
        book.sheet(0).set("A1", "12")
        book.sheet(0).set("B1", 12)
        assert book.commit(tmp_path / "out.xlsx").cells_changed == 1
    assert cell_xml(tmp_path / "out.xlsx", "B1") == '<c r="B1" s="3"><v>12</v></c>'
    assert assert_intact(path, tmp_path / "out.xlsx", {SHEET: {"B1"}}) == {SHEET}


# ------------------------------------------------------------------ filters, widths, names

NAMES = ["客户", "it's", "a & b", "😀 'x'!y", "2024"]


@pytest.mark.parametrize("name", NAMES)
def test_a_filters_name_follows_on_a_sheet_of_any_name(tmp_path: Path, name: str) -> None:
    quoted = "'" + name.replace("'", "''").replace("&", "&amp;") + "'"
    hidden = f'<definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">{quoted}!$A$1:$C$3</definedName>'
    found = parts(
        {name.replace("&", "&amp;"): worksheet(ROWS, after='<autoFilter ref="A1:C3"/>'), "另": worksheet("")},
        workbook=f"<definedNames>{hidden}</definedNames>",
    )
    path = save(tmp_path / "b.xlsx", found)
    assert assert_fills(path, {"B3": 1}, SHEET, sheet=name) == {SHEET, STYLE, "xl/workbook.xml"}
    assert f"{quoted}!$A$1:$F$3".encode() in members(tmp_path / "out.xlsx")["xl/workbook.xml"]


COLS = {
    "to the edge, hidden": ('<col min="4" max="16384" width="9" hidden="1"/>', ["4 9 None", "5 12 None", "6 9 None", "7 9 1"]),
    "an outline": ('<col min="2" max="9" width="9" outlineLevel="1" collapsed="1"/>', ["2 9 None", "5 12 None", "6 9 None"]),
    "hidden beside": ('<col min="3" max="3" width="0" hidden="1" customWidth="1"/>', ["3 0 1", "5 12 None"]),
    "prefixed": (f'<x:col xmlns:x="{MAIN}" min="4" max="5" width="9"/>', ["4 9 None", "5 12 None"]),
}


@pytest.mark.parametrize("name", COLS)
def test_widths_at_the_edge(tmp_path: Path, name: str) -> None:
    cols, wanted = COLS[name]
    path = simple(tmp_path / "b.xlsx", ROWS, before=f"<cols>{cols}</cols>")
    assert_fills(path, {}, SHEET)
    nodes = etree.fromstring(members(tmp_path / "out.xlsx")[SHEET]).iterfind("{*}cols/{*}col")
    assert [f"{c.get('min')} {c.get('width')} {c.get('hidden')}" for c in nodes] == wanted


CALC = {
    "properties of others": f'<mc:AlternateContent xmlns:mc="{MC}"><mc:Choice Requires="x"/></mc:AlternateContent>',
    "foreign elements": '<xr:revisionPtr xmlns:xr="urn:xr"/>',
    "nothing": "",
}


@pytest.mark.parametrize("name", CALC)
def test_recalculation_is_asked_for_in_the_right_place(tmp_path: Path, name: str) -> None:
    front = f"<workbookPr/>{CALC[name]}<workbookProtection lockStructure='1'/><bookViews/>"
    formula = ROWS.replace("<v>7</v>", "<f>3+4</f><v>7</v>")
    tail = f"{CALC[name]}<definedNames/>{CALC[name]}<customWorkbookViews/><pivotCaches/><extLst/>"
    path = simple(tmp_path / "b.xlsx", formula, before_sheets=front, workbook=tail)
    assert assert_fills(path, {"B3": 1}, SHEET) == {SHEET, STYLE, "xl/workbook.xml"}
    root = etree.fromstring(members(tmp_path / "out.xlsx")["xl/workbook.xml"])
    assert [c.get("fullCalcOnLoad") for c in root.iterfind("{*}calcPr")] == ["1"]
    with open_workbook(path) as book:
        assert book.protected


def test_the_values_behind_formulas_stay(tmp_path: Path) -> None:
    path = simple(tmp_path / "b.xlsx", ROWS.replace("<v>7</v>", "<f>B3</f><v>7</v>"))
    assert_fills(path, {"B3": 9}, SHEET)
    assert values(tmp_path / "out.xlsx")["B2"] == 7
