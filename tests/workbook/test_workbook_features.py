"""What real workbooks carry beside their cells is still there, to the byte, after a write."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from intact import assert_intact
from owned import assert_fills, values
from rich_files import by_libreoffice, by_openpyxl, by_xlsxwriter
from workbook_files import MAIN, REL, cell_xml, members, parts, save, shared, simple, worksheet

from crmsheet.workbook import EditError, InputError, open_workbook

SHEET = "xl/worksheets/sheet1.xml"
EDITS = {"B2": "S级", "B4": "C级", "C3": 80.25}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The rich workbooks, by maker."""
    folder = tmp_path_factory.mktemp("rich")
    return {
        "xlsxwriter": by_xlsxwriter(folder / "xlsxwriter.xlsx"),
        "openpyxl": by_openpyxl(folder / "openpyxl.xlsx"),
    }


@pytest.mark.parametrize("maker", ["xlsxwriter", "openpyxl"])
def test_nothing_is_lost_in_rich_workbooks(tmp_path: Path, made: dict[str, Path], maker: str) -> None:
    assert_rich_fills(Path(shutil.copy(made[maker], tmp_path / "b.xlsx")))


def test_nothing_is_lost_in_what_libreoffice_saves(tmp_path: Path, made: dict[str, Path]) -> None:
    for path in by_libreoffice(list(made.values()), tmp_path):
        assert_rich_fills(path)


def assert_rich_fills(path: Path) -> None:
    with open_workbook(path) as book:
        page = book.sheet("客户")
        part, table, protected = page.part, bool(page.tables), page.protected
    assert protected
    changed = assert_fills(path, EDITS, part, sheet="客户", last_row=4, right_of=4, table=table)
    assert part in changed and changed <= {part, "xl/styles.xml", "xl/workbook.xml", "xl/tables/table1.xml"}


def test_a_chart_sheet_in_front_is_no_worksheet(made: dict[str, Path]) -> None:
    for path in made.values():
        with open_workbook(path) as book:
            assert book.sheets[0] == "客户" and book.sheet(0).tab == 1


def test_protection_is_known_and_no_obstacle(made: dict[str, Path]) -> None:
    with open_workbook(made["openpyxl"]) as book:
        assert book.protected and book.sheet("客户").protected and not book.sheet("另").protected
    with open_workbook(made["xlsxwriter"]) as book:
        assert not book.protected and not book.sheet(1).protected


def test_arrays_and_formulas_of_a_real_maker_are_not_written(made: dict[str, Path]) -> None:
    with open_workbook(made["xlsxwriter"]) as book:
        for ref, said in {"H2": "公式", "I2": "公式", "I3": "数组", "J2": "公式"}.items():
            with pytest.raises(EditError, match=said):
                book.sheet("客户").set(ref, "x")


def test_an_old_xls_under_the_name_xlsx(tmp_path: Path, made: dict[str, Path]) -> None:
    [old] = by_libreoffice([made["openpyxl"]], tmp_path, "xls")
    renamed = old.rename(tmp_path / "客户.xlsx")
    with pytest.raises(InputError, match=r"客户.xlsx 是旧版 \.xls（BIFF）"):
        open_workbook(renamed)


# parts that the engine does not know, as Excel and WPS name them; their contents only have to stay
X14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
XM = "http://schemas.microsoft.com/office/excel/2006/main"
OTHERS = {
    "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0 macros",
    "xl/vbaProjectSignature.bin": b"signs the macros only",
    "xl/pivotCache/pivotCacheDefinition1.xml": f'<pivotCacheDefinition xmlns="{MAIN}"/>'.encode(),
    "xl/pivotCache/pivotCacheRecords1.xml": f'<pivotCacheRecords xmlns="{MAIN}" count="0"/>'.encode(),
    "xl/slicers/slicer1.xml": f'<slicers xmlns="{X14}"><slicer name="a" cache="b"/></slicers>'.encode(),
    "xl/slicerCaches/slicerCache1.xml": f'<slicerCacheDefinition xmlns="{X14}" name="b"/>'.encode(),
    "xl/timelines/timeline1.xml": b"<timelines/>",
    "xl/threadedComments/threadedComment1.xml": b"<ThreadedComments><x/></ThreadedComments>",
    "xl/persons/person.xml": b"<personList/>",
    "xl/comments1.xml": f'<comments xmlns="{MAIN}"><authors/><commentList/></comments>'.encode(),
    "xl/drawings/vmlDrawing1.vml": b'<xml xmlns:v="urn:schemas-microsoft-com:vml"><v:shape/><br></xml>',
    "xl/drawings/drawing1.xml": b"<xdr:wsDr xmlns:xdr='urn:xdr'/>",
    "xl/charts/chart1.xml": b"<c:chartSpace xmlns:c='urn:c'/>",
    "xl/charts/style1.xml": b"<cs:chartStyle xmlns:cs='urn:cs'/>",
    "xl/ctrlProps/ctrlProp1.xml": f'<formControlPr xmlns="{X14}" objectType="Button"/>'.encode(),
    "xl/activeX/activeX1.bin": bytes(range(256)),
    "xl/media/image1.png": b"\x89PNG\r\n",
    "xl/printerSettings/printerSettings1.bin": bytes(200),
    "xl/externalLinks/externalLink1.xml": f'<externalLink xmlns="{MAIN}"/>'.encode(),
    "xl/connections.xml": f'<connections xmlns="{MAIN}"/>'.encode(),
    "xl/queryTables/queryTable1.xml": f'<queryTable xmlns="{MAIN}" name="q" connectionId="1"/>'.encode(),
    "xl/metadata.xml": f'<metadata xmlns="{MAIN}"/>'.encode(),
    "xl/richData/rdrichvalue.xml": b"<rvData/>",
    "xl/cellimages.xml": b"<etc:cellImages xmlns:etc='http://www.wps.cn/officeDocument/2017/etCustomData'/>",
    "xl/calcChain.xml": f'<calcChain xmlns="{MAIN}"><c r="E2" i="1"/></calcChain>'.encode(),
    "xl/theme/theme1.xml": b"<a:theme xmlns:a='urn:a'/>",
    "xl/customXml/item1.xml": b"<x/>",
    "customXml/item1.xml": b"<root>\r\n</root>",
    "docProps/app.xml": b"<Properties/>",
    "docProps/custom.xml": b"<Properties/>",
    "docMetadata/LabelInfo.xml": b"<labelList/>",
    "xl/model/item.data": bytes(100),
    "[trash]/0000.dat": bytes(10),
    "xl/worksheets/note without an ending": b"",
}
TAIL = (
    '<sheetProtection sheet="1" objects="1"/><protectedRanges><protectedRange sqref="A1" name="r"/></protectedRanges>'
    '<autoFilter ref="A1:C3"><filterColumn colId="1"><filters><filter val="A"/></filters></filterColumn>'
    '<extLst><ext uri="f"/></extLst></autoFilter><customSheetViews><customSheetView guid="{1}"><autoFilter ref="A1:C3"/>'
    '</customSheetView></customSheetViews><mergeCells count="1"><mergeCell ref="A9:C9"/></mergeCells><phoneticPr fontId="1"/>'
    '<conditionalFormatting sqref="B2:B9"><cfRule type="duplicateValues" priority="1"/></conditionalFormatting>'
    '<hyperlinks><hyperlink ref="A2" location="客户!A1"/></hyperlinks><printOptions/><pageMargins left="1" right="1" top="1"'
    ' bottom="1" header="1" footer="1"/><pageSetup r:id="rId7"/><headerFooter><oddHeader>&amp;L</oddHeader></headerFooter>'
    '<rowBreaks/><ignoredErrors><ignoredError sqref="A1" numberStoredAsText="1"/></ignoredErrors><drawing r:id="rId1"/>'
    '<legacyDrawing r:id="rId2"/><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
    '<mc:Choice Requires="x14"><controls><control shapeId="1025" r:id="rId3" name="b"/></controls></mc:Choice></mc:AlternateContent>'
    f'<extLst><ext uri="{{78C0D931}}" xmlns:x14="{X14}"><x14:conditionalFormattings><x14:conditionalFormatting xmlns:xm="{XM}">'
    "<xm:sqref>B2:B9</xm:sqref></x14:conditionalFormatting></x14:conditionalFormattings></ext><ext uri='{A8765BA9}'"
    f' xmlns:x14="{X14}"><x14:slicerList><x14:slicer r:id="rId5"/></x14:slicerList></ext></extLst>'
)
GRID = (
    '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s" ph="1"><v>2</v></c></row>'
    '<row r="2"><c r="A2" t="str" vm="1"><v>华信</v></c><c r="B2" t="e" vm="2" cm="1"><v>#VALUE!</v></c><c r="C2"><v>1</v></c></row>'
    '<row r="3"><c r="A3" t="str"><f>_xlfn.DISPIMG("ID_1",1)</f><v>=DISPIMG("ID_1",1)</v></c><c r="B3"><v>3</v></c>'
    '<c r="C3" t="d" s="1"><v>2024-03-05T00:00:00</v></c></row>'
    '<row r="4"><c r="H4" cm="1" t="str"><f t="array" ref="H4:H6">_xlfn.UNIQUE(A2:A4)</f><v>华信</v></c></row>'
    '<row r="5"><c r="H5" t="str"><v>鼎盛</v></c></row>'
    '<row r="6"><c r="I6"><f t="shared" ref="I6:I8" si="0">C6</f><v>0</v></c></row><row r="7"><c r="I7"><f t="shared" si="0"/><v>0</v></c>'
    '<c r="J7"><f t="dataTable" ref="J7:K8" dt2D="1" dtr="1" r1="A1" r2="A2"/><v>0</v></c></row>'
    '<row r="8"><c r="I8"><v>5</v></c></row>'
)
STRINGS = shared("客户名称", "<r><t>等</t></r><r><rPr><b/></rPr><t>级</t></r>", "<t>金</t><rPh sb='0' eb='1'><t>jin</t></rPh>", "<t/>")


def sink(path: Path, **more: str) -> Path:
    """One workbook with every kind of part and element at once."""
    sheet = worksheet(
        GRID,
        '<sheetPr codeName="Sheet1"><outlinePr summaryBelow="0"/></sheetPr><dimension ref="A1:J8"/><sheetViews><sheetView'
        ' tabSelected="1" workbookViewId="0"><pane xSplit="1" ySplit="1" topLeftCell="B2" activePane="bottomRight"'
        ' state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15" outlineLevelCol="1"/><cols>'
        '<col min="1" max="3" width="9" outlineLevel="1"/><col min="4" max="16384" width="8.5" style="4" hidden="1"/></cols>',
        TAIL,
    )
    hidden = worksheet('<row r="1"><c r="A1" t="str"><v>ID_1</v></c></row>')
    found = parts({"客户": sheet, "WpsReserved_CellImgList": hidden}, strings=STRINGS, extra=OTHERS, **more)  # type: ignore[arg-type]
    found["xl/workbook.xml"] = found["xl/workbook.xml"].replace(
        b'name="WpsReserved_CellImgList"', b'name="WpsReserved_CellImgList" state="veryHidden"'
    )
    return save(path, found)


def test_every_kind_of_part_and_element_stays(tmp_path: Path) -> None:
    path = sink(tmp_path / "b.xlsm")
    assert assert_fills(path, {"B2": "S级", "B3": 4}, SHEET) == {SHEET, "xl/styles.xml", "xl/workbook.xml"}
    assert cell_xml(tmp_path / "out.xlsx", "B2") == '<c r="B2" t="inlineStr"><is><t>S级</t></is></c>'  # vm and cm go
    with open_workbook(tmp_path / "out.xlsx") as book:
        assert book.sheets == ["客户", "WpsReserved_CellImgList"] and book.sheet(1).state == "veryHidden"
        assert book.sheet(0).protected


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("A3", "公式"),  # a picture in a cell of WPS
        ("H4", "公式|数组"),
        ("H5", "数组"),  # where a dynamic array spills
        ("H6", "数组"),
        ("I6", "公式"),
        ("I7", "公式"),
        ("J7", "公式|数组"),
        ("K8", "模拟运算"),
        ("B9", "合并"),
    ],
)
def test_cells_that_belong_to_something_are_not_written(tmp_path: Path, ref: str, said: str) -> None:
    with open_workbook(sink(tmp_path / "b.xlsx")) as book:
        with pytest.raises(EditError, match=said):
            book.sheet(0).set(ref, "x")
        book.sheet(0).set("A9", "merged")
        book.sheet(0).set("I8", 6)  # within a shared formula's range, but a value of its own
        assert book.commit(tmp_path / "out.xlsx").cells_changed == 2
    assert assert_intact(tmp_path / "b.xlsx", tmp_path / "out.xlsx", {SHEET: {"A9", "I8"}}) == {SHEET, "xl/workbook.xml"}


def test_a_validation_of_the_extension_is_not_doubled(tmp_path: Path) -> None:
    rule = (
        f'<extLst><ext uri="{{CCE6A557}}" xmlns:x14="{X14}"><x14:dataValidations xmlns:xm="{XM}" count="1"><x14:dataValidation'
        ' type="list"><x14:formula1><xm:f>另!$A$1:$A$9</xm:f></x14:formula1><xm:sqref>A9 F2:F3</xm:sqref></x14:dataValidation>'
        "</x14:dataValidations></ext></extLst>"
    )
    for covered in (True, False):
        after = rule if covered else rule.replace("F2:F3", "F9")
        path = simple(tmp_path / "b.xlsx", '<row r="1"><c r="C1"><v>1</v></c></row>', after=after)
        assert_fills(path, {"A2": 1}, SHEET)
        assert (b"<dataValidation " in members(tmp_path / "out.xlsx")[SHEET]) != covered


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    path = sink(tmp_path / "b.xlsx")
    assert_fills(path, {"B2": "S级"}, SHEET)
    data = (tmp_path / "out.xlsx").read_bytes()
    with open_workbook(tmp_path / "out.xlsx") as book:
        for ref, value in values(tmp_path / "out.xlsx").items():
            if ref[0] in "BDEF":
                book.sheet(0).set(ref, value)
        assert book.commit().parts_changed == []
    assert (tmp_path / "out.xlsx").read_bytes() == data


def pivot(path: Path) -> Path:
    """A pivot table that begins two columns to the right of the customers, in rows 3..8."""
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"'
        f' Type="{REL}/pivotTable" Target="../pivotTables/pivotTable1.xml"/></Relationships>'
    )
    definition = f'<pivotTableDefinition xmlns="{MAIN}" name="p" cacheId="1"><location ref="E3:G8"/></pivotTableDefinition>'
    sheet = worksheet('<row r="1"><c r="A1"><v>1</v></c></row><row r="3"><c r="E3" t="str"><v>求和</v></c></row>')
    extra = {"xl/pivotTables/pivotTable1.xml": definition, "xl/worksheets/_rels/sheet1.xml.rels": rels}
    return save(path, parts({"客户": sheet}, extra=extra))


def test_new_columns_keep_out_of_a_pivot_table(tmp_path: Path) -> None:
    path = pivot(tmp_path / "b.xlsx")
    with open_workbook(path) as book:
        placed = book.sheet(0).add_columns([], 1, 2, 9, 3)
        assert placed.columns == []
        with pytest.raises(EditError, match="数据透视表"):
            book.sheet(0).set("F4", 1)
    assert assert_fills(path, {}, SHEET, last_row=9) == {SHEET, "xl/styles.xml"}
    assert values(tmp_path / "out.xlsx")["H1"] == "建议等级"
