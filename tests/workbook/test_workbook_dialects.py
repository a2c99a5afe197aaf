"""However a sheet's XML is written, a cell and new columns go in, and nothing else changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from intact import assert_intact
from owned import assert_fills, fill, values
from workbook_files import MAIN, REL, STRICT, members, parts, save, shared, simple, worksheet

from crmsheet.workbook import EditError, InputError, open_workbook

SHEET = "xl/worksheets/sheet1.xml"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
EDITS = {"B2": "S级", "B3": 3.25}
HEAD = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>'
BODY = (
    '<row r="2" spans="1:3"><c r="A2" t="s"><v>3</v></c><c r="B2" s="4"/><c r="C2"><v>7.50</v></c></row>'
    '<row r="3" spans="1:3"><c r="A3" t="s"><v>4</v></c><c r="C3" s="1"><v>45356</v></c></row>'
)
STRINGS = shared("客户名称", "等级", "金额", "华信", "鼎盛")
READ = {"A1": "客户名称", "B1": "等级", "C1": "金额", "A2": "华信", "C2": 7.5, "A3": "鼎盛"}
READ_DATE = {"C3": dt.datetime(2024, 3, 5)}


def prefixed(xml: str) -> str:
    """Each element of the spreadsheet's own namespace with the prefix x."""
    for mark in ("<", "</"):
        for name in "worksheet sheetData cols col row c v f is t mergeCells mergeCell".split():
            for after in " >/":
                xml = xml.replace(f"{mark}{name}{after}", f"{mark}x:{name}{after}")
    return xml.replace("xmlns=", "xmlns:x=", 1)


PLAIN = worksheet(HEAD + BODY)
UNNUMBERED = "".join(
    c for c in HEAD + BODY.replace('<c r="C3"', '<c/><c r="C3"')
)  # rows and cells take their place from their order
for _ref in ("1", "2", "3"):
    UNNUMBERED = UNNUMBERED.replace(f'<row r="{_ref}"', "<row")
    for _letter in "ABC":
        UNNUMBERED = UNNUMBERED.replace(f'<c r="{_letter}{_ref}"', "<c")

DIALECTS: dict[str, str | bytes] = {
    "plain": PLAIN,
    "prefixed": prefixed(PLAIN),
    "prefix on sheetData only": PLAIN.replace("<sheetData>", f'<sheetData xmlns="{MAIN}">')
    .replace("<worksheet xmlns=", "<m:worksheet xmlns:m=")
    .replace("</worksheet>", "</m:worksheet>"),
    "strict": PLAIN.replace(MAIN, STRICT).replace(REL, "http://purl.oclc.org/ooxml/officeDocument/relationships"),
    "no references": worksheet(UNNUMBERED),
    "single quotes": PLAIN.replace('"', "'"),
    "white space in tags": PLAIN.replace('" ', '"\n\t ').replace('">', '"\r\n >').replace('"/>', '" />'),
    "spaces around equal signs": worksheet((HEAD + BODY).replace('="', ' = "')),
    "white space between": worksheet((HEAD + BODY).replace("><", ">\n  <")),
    "attributes in another order": PLAIN.replace('<c r="A2" t="s">', '<c t="s" r="A2">').replace(
        '<row r="2" spans="1:3">', '<row spans="1:3" ht="15" r="2" x:dyDescent="0.2" xmlns:x="urn:x">'
    ),
    "comments": worksheet(
        "<!-- a --><sheetData><!-- <row r='9'> -->" + HEAD + BODY.replace("<v>", "<!-- n --><v>") + "</sheetData>",
        "<!-- <sheetData> --><!-- <cols/> -->",
        "<!-- </sheetData> -->",
    ).replace("<sheetData><!-- a -->", "<!-- a -->", 1)
    .replace("</sheetData></sheetData>", "</sheetData>"),
    "processing instructions": PLAIN.replace("<row", "<?a b?><row").replace("<worksheet", "<?x y?><worksheet", 1),
    "CDATA": PLAIN.replace("<v>7.50</v>", "<v><![CDATA[7.50]]></v>"),
    "comment in a value": PLAIN.replace("<v>7.50</v>", "<v>7<!-- . -->.50</v>"),
    "references in a value": PLAIN.replace("<v>7.50</v>", "<v>&#55;.&#x35;0</v>"),
    "xml:space": PLAIN.replace("<sheetData>", '<sheetData xml:space="preserve">'),
    "no spans": PLAIN.replace(' spans="1:3"', ""),
    "spans in pieces": PLAIN.replace(' spans="1:3"', ' spans="1:1 3:3"'),
    "a dimension": worksheet(HEAD + BODY, '<dimension ref="A1:C3"/>'),
    "a wrong dimension": worksheet(HEAD + BODY, "<dimension ref='A1'/>"),
    "compatibility": PLAIN.replace(
        "<worksheet ", f'<worksheet xmlns:mc="{MC}" xmlns:x14ac="urn:x14ac" mc:Ignorable="x14ac" '
    ).replace('<row r="2"', '<row x14ac:dyDescent="0.25" r="2"'),
    "alternatives in front": worksheet(
        HEAD + BODY,
        f'<mc:AlternateContent xmlns:mc="{MC}"><mc:Choice Requires="x" xmlns:x="urn:x"><x:a/></mc:Choice>'
        "</mc:AlternateContent><sheetViews><sheetView workbookViewId='0'/></sheetViews>",
    ),
    "alternatives behind": worksheet(
        HEAD + BODY,
        after="<pageMargins left='1' right='1' top='1' bottom='1' header='1' footer='1'/>"
        f'<mc:AlternateContent xmlns:mc="{MC}"><mc:Choice Requires="x14" xmlns:x14="urn:x14">'
        "<controls/></mc:Choice></mc:AlternateContent><extLst/>",
    ),
    "default namespace changed inside": worksheet(
        HEAD + BODY,
        after='<extLst><ext uri="{1}" xmlns:q="urn:q"><sheetData xmlns="urn:q"><row r="1"/></sheetData></ext></extLst>',
    ),
    "namespace declared on a cell": PLAIN.replace('<c r="C2">', f'<c xmlns="{MAIN}" r="C2">'),
    "extension of a row": PLAIN.replace("</c></row>", '</c><extLst><ext uri="x">note<c r="X"/></ext></extLst></row>', 1),
    "heights, outlines and hidden rows": PLAIN.replace(
        '<row r="2"', '<row ht="30.5" customHeight="1" outlineLevel="1" hidden="1" collapsed="0" r="2"'
    ),
    "numbers at the edge": PLAIN.replace(
        "</row></sheetData>",
        '<c r="H3"><v>1E+20</v></c><c r="I3"><v>-0</v></c><c r="J3"><v>123456789012345678</v></c>'
        '<c r="K3"><v>4.9406564584124654E-324</v></c><c r="L3"><v>1.7976931348623157E+308</v></c></row></sheetData>',
    ),
    "styles that are not defined": PLAIN.replace('r="B2" s="4"', 'r="B2" s="99"').replace('r="C2"', 'r="C2" s="77"'),
    "UTF-8 with a mark": b"\xef\xbb\xbf" + PLAIN.encode(),
    "no declaration": PLAIN[PLAIN.index("<worksheet") :],
    "ISO-8859-1": PLAIN.replace("UTF-8", "ISO-8859-1").encode("iso-8859-1"),
    "ASCII": PLAIN.replace("UTF-8", "us-ascii").encode("ascii"),
    "UTF-16": PLAIN.replace("UTF-8", "UTF-16").encode("utf-16"),
    "UTF-16 big-endian": b"\xfe\xff" + PLAIN.replace("UTF-8", "utf-16").encode("utf-16-be"),
    "UTF-16 without a mark": PLAIN.replace("UTF-8", "UTF-16LE").encode("utf-16-le"),
    "UTF-16 without a declaration": PLAIN[PLAIN.index("<worksheet") :].encode("utf-16"),
}


@pytest.mark.parametrize("name", DIALECTS)
def test_a_sheet_in_any_dialect(tmp_path: Path, name: str) -> None:
    path = save(tmp_path / "b.xlsx", parts({"客户": DIALECTS[name]}, strings=STRINGS))
    assert {k: v for k, v in values(path).items() if k not in "C3 H3 I3 J3 K3 L3".split()} == READ
    assert assert_fills(path, EDITS, SHEET) == {SHEET, "xl/styles.xml"}


@pytest.mark.parametrize("name", ["UTF-16", "ISO-8859-1", "ASCII", "UTF-8 with a mark"])
def test_the_encoding_that_a_written_sheet_has(tmp_path: Path, name: str) -> None:
    path = save(tmp_path / "b.xlsx", parts({"客户": DIALECTS[name]}, strings=STRINGS))
    with open_workbook(path) as book:
        fill(book, EDITS)
        book.commit()
    data = members(path)[SHEET]
    if name == "UTF-16":
        assert data.startswith(b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>') and "S级".encode() in data
    else:
        assert ("S级".encode() in data) == (name == "UTF-8 with a mark")
        assert (b"S&#32423;" in data) == (name != "UTF-8 with a mark")


EMPTY: dict[str, tuple[str, str]] = {
    "empty sheetData": ("<sheetData/>", ""),
    "empty sheetData with space": ("<sheetData />", ""),
    "open sheetData": ("<sheetData></sheetData>", ""),
    "empty rows": ('<row/><row r="3"/>', ""),
    "an empty row with attributes": ('<row r="2" ht="20" customHeight="1" />', ""),
    "open rows": ('<row r="2"></row><row r="3">\n</row>', ""),
    "self-closing cells": ('<row r="2"><c r="A2"/><c r="B2" s="4" /><c r="C2"></c></row>', ""),
    "a dimension of nothing": ("", '<dimension ref="A1"/>'),
}


@pytest.mark.parametrize("name", EMPTY)
def test_a_sheet_without_values(tmp_path: Path, name: str) -> None:
    rows, before = EMPTY[name]
    path, out = simple(tmp_path / "b.xlsx", rows, before=before), tmp_path / "out.xlsx"
    edits = {"B2": "S级", "B3": 3.25, "D7": True}
    with open_workbook(path) as book:
        for ref, value in edits.items():
            book.sheet(0).set(ref, value)
        book.commit(out)
    assert values(out) == edits
    assert assert_intact(path, out, {SHEET: edits}) == {SHEET}


Change = Callable[[str], str | bytes]
ENCODINGS: dict[str, Change] = {
    "UTF-16": lambda xml: f'<?xml version="1.0" encoding="UTF-16"?>{xml}'.encode("utf-16"),
    "UTF-16 without a declaration": lambda xml: xml.encode("utf-16"),
    "ISO-8859-1": lambda xml: f'<?xml version="1.0" encoding="ISO-8859-1"?>{xml}'.encode("ascii", "xmlcharrefreplace"),
    "UTF-8 with a mark": lambda xml: b"\xef\xbb\xbf" + xml.encode(),
}
FILTER = (
    '<definedNames><definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">客户!$A$1:$C$3</definedName>'
    "</definedNames>"
)


def recoded(change: Change) -> dict[str, bytes]:
    """A workbook with a table on a second sheet whose every XML part but the sheets is recoded."""
    other = worksheet('<row r="1"><c r="A1"><f>1</f><v>1</v></c></row>')
    sheet = worksheet(HEAD + BODY, after='<autoFilter ref="A1:C3"/>')
    found = parts({"客户": sheet, "另": other}, strings=STRINGS, workbook=FILTER)
    keep = [name for name in found if "worksheets" in name]
    made = {name: xml if name in keep else change(xml.decode()) for name, xml in found.items()}
    return {name: xml if isinstance(xml, bytes) else xml.encode() for name, xml in made.items()}


@pytest.mark.parametrize("name", ENCODINGS)
def test_every_other_part_in_another_encoding(tmp_path: Path, name: str) -> None:
    path = save(tmp_path / "b.xlsx", recoded(ENCODINGS[name]))
    changed = assert_fills(path, EDITS, SHEET)
    assert changed == {SHEET, "xl/styles.xml", "xl/workbook.xml"}  # the filter's name, and recalculation
    with open_workbook(tmp_path / "out.xlsx") as book:
        assert book.sheets == ["客户", "另"]
        [hidden] = book.defined_names
        assert str(hidden.ref) == "A1:F3"


def test_formulas_are_found_in_a_sheet_of_utf16_too(tmp_path: Path) -> None:
    other = worksheet('<row r="1"><c r="A1"><f>1</f><v>1</v></c></row>').replace("UTF-8", "UTF-16").encode("utf-16")
    path = save(tmp_path / "b.xlsx", parts({"客户": PLAIN, "另": other}, strings=STRINGS))
    with open_workbook(path) as book:
        book.sheet(0).set("B2", "S级")
        assert book.commit().parts_changed == ["xl/workbook.xml", SHEET]


def gbk(part: str) -> dict[str, bytes]:
    found = parts({"客户": PLAIN}, strings=STRINGS)
    xml = found[part].decode().partition("?>\r\n")[2] or found[part].decode()
    return found | {part: f'<?xml version="1.0" encoding="GBK"?>{xml}'.encode("gbk")}


@pytest.mark.parametrize("part", [SHEET, "xl/styles.xml"])
def test_other_encodings_are_read_and_not_written(tmp_path: Path, part: str) -> None:
    path = save(tmp_path / "b.xlsx", gbk(part))
    data = path.read_bytes()
    assert values(path) == READ | READ_DATE
    with open_workbook(path) as book, pytest.raises(EditError, match="gbk") as caught:
        book.sheet(0).set("B2", dt.date(2024, 3, 5))
        book.commit()
    assert path.read_bytes() == data and "gbk" in caught.value.en


BETA = "http://schemas.microsoft.com/office/excel/2006/2"
REFUSED: dict[str, tuple[str, str]] = {
    "the beta of 2007": (PLAIN.replace(MAIN, BETA), "测试版"),
    "rows out of order": (worksheet(BODY + HEAD), "第 1 行.*不按顺序"),
    "a row twice": (worksheet(HEAD + HEAD), "第 1 行.*重复"),
    "cells out of order": (worksheet('<row r="1"><c r="B1"/><c r="A1"/></row>'), "A1.*不按顺序"),
    "text among the rows": (worksheet(HEAD + "合计" + BODY), "第 1 行附近.*不属于单元格"),
    "a foreign element among the rows": (worksheet(HEAD + '<x xmlns="urn:x"/>'), "不属于单元格"),
    "a foreign element among the cells": (worksheet('<row r="1"><a:c xmlns:a="urn:a"/></row>'), "不属于单元格"),
    "rows of another namespace": (worksheet(HEAD.replace("<row", '<row xmlns=""')), "不属于单元格"),
    "two sheetData": (worksheet(HEAD, after="<sheetData/>"), "XML"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_sheets_that_are_not_safe_are_refused_by_name(tmp_path: Path, name: str) -> None:
    xml, said = REFUSED[name]
    path = save(tmp_path / "b.xlsx", parts({"客户": xml}, strings=STRINGS))
    data = path.read_bytes()
    with open_workbook(path) as book, pytest.raises(InputError, match=said) as caught:
        book.sheet(0).set("B2", "x")
    assert SHEET in caught.value.zh or "beta" in caught.value.en
    assert path.read_bytes() == data


def test_rows_with_a_prefix_of_their_own_are_refused_by_name(tmp_path: Path) -> None:
    mixed = HEAD + BODY.replace('<row r="2"', f'<x:row xmlns:x="{MAIN}" r="2"').replace("</row>", "</x:row>", 1)
    path = save(tmp_path / "b.xlsx", parts({"客户": worksheet(mixed)}, strings=STRINGS))
    assert values(path) == READ | READ_DATE
    with open_workbook(path) as book, pytest.raises(EditError, match="命名空间前缀"):
        book.sheet(0).set("B2", "x")
        book.commit()
