"""Both scanners give one index, and what is not safe to read is refused."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from workbook_files import worksheet

from crmsheet.workbook import InputError, Range, column_letters, column_number, regular
from crmsheet.workbook import scan as scanning
from crmsheet.workbook.index import STORED, SheetIndex, Stored
from crmsheet.workbook.scan import scan
from crmsheet.workbook.texts import inline_text, value_text

VALUES = st.sampled_from(
    [
        "",
        "<v>1</v>",
        "<v></v>",
        "<v/>",
        "<v>-1.5E3</v>",
        "<v>a &amp; b</v>",
        "<f>A1</f>",
        "<f>A1</f><v>2</v>",
        '<f t="shared" si="0"/><v>3</v>',
        "<is><t>中文</t></is>",
        '<is><t xml:space="preserve"> x</t></is>',
        '<f t="array" ref="A1:B2">A1</f><v>1</v>',
        """<f ref="A1:B2"\nt = 'array'>A1</f><v>1</v>""",
        "<is><t/></is>",
    ]
)
ODD = st.sampled_from(
    [
        "<is><r><t>x</t></r></is>",
        "<v><![CDATA[<]]></v>",
        "<v>1<!-- c --></v>",
        "<v>a > b</v>",
        "<!-- note --><v>1</v>",
        "<v>1</v><extLst/>",
        "<is/>",
    ]
)
STYLES = st.sampled_from(["", ' s="3"', ' s="17"'])
TYPES = st.sampled_from(["", ' t="s"', ' t="n"', ' t="str"', ' t="b"', ' t="e"', ' t="inlineStr"', ' t="d"'])
ROW_MORE = st.sampled_from(["", ' spans="1:9"', ' ht="14.25" customHeight="1"', " s='2' customFormat='1'"])
SPACE = st.sampled_from(["", "", "\n", "  "])


@st.composite
def sheets(draw: st.DrawFn, values: st.SearchStrategy[str], odd_refs: bool = False) -> bytes:
    """A worksheet with up to 5 rows of up to 5 cells, at rising places."""
    out = []
    for row in sorted(draw(st.sets(st.integers(1, 1_048_576), max_size=5))):
        cells = []
        for column in sorted(draw(st.sets(st.integers(1, 16_384), max_size=5))):
            ref = f' r="{column_letters(column)}{row}"'
            attributes = ref + draw(STYLES) + draw(TYPES)
            if odd_refs:
                attributes = draw(
                    st.sampled_from([attributes, attributes.replace('"', "'"), attributes + ' cm="1"'])
                )
            inside = draw(values)
            cells.append(f"<c{attributes}>{inside}</c>" if inside else f"<c{attributes}/>")
        body = "".join(cells) + draw(SPACE)
        out.append(f'<row r="{row}"{draw(ROW_MORE)}>{body}</row>' if body else f'<row r="{row}"/>')
    return worksheet(
        draw(SPACE).join(out), after='<mergeCells count="1"><mergeCell ref="A1:B1"/></mergeCells>'
    ).encode()


def assert_equal(a: SheetIndex, b: SheetIndex) -> None:
    for group in ("cells", "rows", "formulas"):
        for field in dataclasses.fields(getattr(a, group)):
            mine, other = (getattr(getattr(i, group), field.name) for i in (a, b))
            np.testing.assert_array_equal(mine, other, err_msg=f"{group}.{field.name}")
            assert mine.dtype == other.dtype
    assert (a.fixed, a.root, a.sheet_data, a.prefix, a.codec) == (
        b.fixed,
        b.root,
        b.sheet_data,
        b.prefix,
        b.codec,
    )


@settings(max_examples=150, deadline=None)
@given(sheets(VALUES))
def test_regular_sheets_take_the_fast_road_and_agree(data: bytes) -> None:
    frame, body = scanning._scan_regular(data, "sheet1.xml")
    assert frame is not None and body is not None
    assert_equal(scan(data, "sheet1.xml"), scan(data, "sheet1.xml", strict=True))


@settings(max_examples=150, deadline=None)
@given(sheets(st.one_of(VALUES, ODD), odd_refs=True))
def test_odd_sheets_agree_too(data: bytes) -> None:
    assert_equal(scan(data, "sheet1.xml"), scan(data, "sheet1.xml", strict=True))


NASTY = st.sampled_from(
    [
        "",
        "<v>1</v>",
        "<v >-0</v >",
        "<v\n>1E+20</v>",
        "<v><![CDATA[a<b]]></v>",
        "<v>1<!-- > -->2</v>",
        "<v>&#x31;&#50;</v>",
        "<?note x?><v>3</v>",
        "<!-- <c r='A9'/> --><v/>",
        "<is><r><rPr><b/></rPr><t>富</t></r><r><t xml:space='preserve'> 文</t></r><rPh sb='0' eb='1'><t>f</t></rPh></is>",
        "<is><t>a &amp; b</t></is>",
        '<f>SUM(A1:B2)&amp;"x"</f><v>2</v>',
        "<f t='shared' ref='A1:A9' si='0'>A1</f><v>3</v>",
        '<f si="0" t="shared"/>',
        '<f t = "array" ref = "A1:B2">A1</f><v>1</v>',
        "<f ref='C1:C2' t='dataTable' dt2D='1' r1='A1'/><v>1</v>",
        '<f ca="1"\nt="array"\naca="0"\tref="B2"><![CDATA[A1<2]]></f><v>1</v>',
        '<f/><v>1</v><extLst><ext uri="x"><c r="A1"/><v>9</v></ext></extLst>',
    ]
)
NOISE = st.sampled_from(["", "", "\r\n", " ", "<!-- <row r='1'> -->", "<?a <c>?>"])
_WORDS = "worksheet|sheetData|row|c|f|v|is|t|r|rPr|rPh|b|extLst|ext|mergeCells|mergeCell"
PREFIXED = re.compile(rf"(<!--.*?-->|<\?.*?\?>|<!\[CDATA\[.*?\]\]>)|(</?)(?=(?:{_WORDS})[\s/>])", re.DOTALL)
CODECS = {"UTF-8": "utf-8", "utf-8": "utf-8-sig", "UTF-16": "utf-16", "UTF-16LE": "utf-16-le"}


@st.composite
def tags(draw: st.DrawFn, name: str, attributes: dict[str, str], inside: str) -> str:
    """An element with its attributes in any order, quotes and spacing."""
    out = name
    for key, value in draw(st.permutations(sorted(attributes.items()))):
        quote, equals = draw(st.sampled_from("\"'")), draw(st.sampled_from(["=", "=", " = ", "=\n"]))
        out += draw(st.sampled_from([" ", " ", "\n", " \t"])) + key + equals + quote + value + quote
    out += draw(st.sampled_from(["", "", " ", "\n"]))
    return f"<{out}>{inside}</{name}>" if inside or draw(st.booleans()) else f"<{out}/>"


@st.composite
def nasty_sheets(draw: st.DrawFn) -> bytes:
    """A worksheet as no common program writes it, though any may; references are left out where they can be."""
    rows, last = [], 0
    for row in sorted(draw(st.sets(st.integers(1, 12), max_size=4))):
        cells, before = [], 0
        for column in sorted(draw(st.sets(st.integers(1, 30), max_size=4))):
            attributes = {"s": draw(st.sampled_from(["0", "17"])), "t": draw(st.sampled_from(["n", "str", "inlineStr"]))}
            attributes = {key: value for key, value in attributes.items() if draw(st.booleans())}
            if column != before + 1 or draw(st.booleans()):
                attributes["r"] = f"{column_letters(column)}{row}"
            attributes |= draw(st.sampled_from([{}, {}, {"cm": "1"}, {"vm": "2", "ph": "1"}]))
            cells.append(draw(tags("c", attributes, draw(NASTY))))
            before = column
        attributes = dict(draw(st.sampled_from([{}, {"spans": "1:30"}, {"ht": "20", "hidden": "1"}])))
        if row != last + 1 or draw(st.booleans()):
            attributes["r"] = str(row)
        rows.append(draw(tags("row", attributes, draw(NOISE).join(["", *cells, ""]))))
        last = row
    after = "<!-- </sheetData> --><mergeCells><mergeCell ref='A1:B1'/></mergeCells>"
    xml = worksheet(draw(NOISE).join(["", *rows, ""]), after=after)
    if draw(st.booleans()):
        xml = PREFIXED.sub(lambda m: m[1] or f"{m[2]}x:", xml).replace("xmlns=", "xmlns:x=", 1)
    codec = draw(st.sampled_from(sorted(CODECS)))
    return xml.replace("UTF-8", codec, 1).encode(CODECS[codec])


Place = tuple[int, int, int, str, str | None, bool]  # row, column, style, t, text, whether there is a formula


def by_lxml(data: bytes) -> list[Place]:
    """The cells as a real parser has them."""
    found: list[Place] = []
    row = 0
    for line in etree.fromstring(data).iterfind("{*}sheetData/{*}row"):
        row, column = int(line.get("r", row + 1)), 0
        for cell in line.iterfind("{*}c"):
            letters = cell.get("r", "").rstrip("0123456789")
            column = column_number(letters) if letters else column + 1
            kind = cell.get("t", "n")
            formula = cell.find("{*}f") is not None
            found.append((row, column, int(cell.get("s", 0)), kind, _text(cell, kind), formula))
    return found


def _text(cell: etree._Element, kind: str) -> str | None:
    """What is in <v>, or in <is> for an inline string, without phonetic runs."""
    item = cell.find("{*}is" if kind == "inlineStr" else "{*}v")
    nodes = [] if item is None else [item] if kind != "inlineStr" else list(item.iter("{*}t"))
    shown = [n for n in nodes if etree.QName(n.getparent()).localname != "rPh"]
    return "".join(t for n in shown for t in n.xpath("text()")) or None


def as_scanned(index: SheetIndex) -> list[Place]:
    """The same out of the index."""
    cells, words = index.cells, {kind: word for word, kind in STORED.items()}
    found: list[Place] = []
    for i, stored in enumerate(cells.stored.tolist()):
        start, end = int(cells.value_start[i]), int(cells.value_end[i])
        read = inline_text if stored == Stored.INLINE else value_text
        text = read(index.data[start:end], index.codec) or None if start >= 0 else None
        place = int(cells.row[i]), int(cells.column[i]), int(cells.style[i])
        found.append((*place, words[Stored(stored)], text, bool(index.formula_mask[i])))
    return found


PIECES = pytest.mark.parametrize("piece", [1, 80, regular.PIECE], ids=["a row", "some rows", "whole"])


def in_pieces(data: bytes, piece: int) -> SheetIndex:
    """What scanning gives when so many bytes are looked at together."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(regular, "PIECE", piece)
        return scan(data, "sheet1.xml")


@PIECES
@settings(max_examples=150, deadline=None)
@given(data=nasty_sheets())
def test_sheets_in_any_dress_are_what_a_real_parser_finds(piece: int, data: bytes) -> None:
    index = in_pieces(data, piece)
    assert_equal(index, scan(data, "sheet1.xml", strict=True))
    assert as_scanned(index) == by_lxml(data)
    formulas = etree.fromstring(data).iterfind("{*}sheetData/{*}row/{*}c/{*}f")
    assert [str(r) for r in index.fixed] == [f.get("ref") for f in formulas if f.get("t") in ("array", "dataTable")]


@PIECES
@settings(max_examples=200, deadline=None)
@given(data=sheets(st.one_of(VALUES, ODD)), draw=st.data())
def test_damage_is_judged_the_same_by_both(piece: int, data: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(data.index(b"<sheetData>"), len(data) - 1))
    cut = draw.draw(st.integers(0, 4))
    broken = (
        data[:at]
        + draw.draw(st.sampled_from([b"", b"<", b">", b'"', b"A", b"<c/>", b"&", b" ", b"\x01"]))
        + data[at + cut :]
    )
    results = []
    for strict in (False, True):
        try:
            results.append(scan(broken, "sheet1.xml", strict=True) if strict else in_pieces(broken, piece))
        except InputError:
            results.append(None)
    assert (results[0] is None) == (results[1] is None)
    if results[0] is not None and results[1] is not None:
        assert_equal(results[0], results[1])


@pytest.mark.parametrize("strict", [False, True])
def test_offsets_point_at_what_they_say(strict: bool) -> None:
    data = worksheet(
        '<row r="2" spans="1:2"><c r="A2" t="str"><f>B1</f><v>x</v></c><c r="C2" s="1"/></row><row r="4"/>'
    ).encode()
    index = scan(data, "s", strict=strict)
    cut = [data[a:b] for a, b in zip(index.cells.start, index.cells.end, strict=True)]
    assert cut == [b'<c r="A2" t="str"><f>B1</f><v>x</v></c>', b'<c r="C2" s="1"/>']
    assert (
        data[index.cells.value_start[0] : index.cells.value_end[0]] == b"x"
        and index.cells.value_start[1] == -1
    )
    assert data[index.formulas.start[0] : index.formulas.end[0]] == b"<f>B1</f>"
    assert data[index.rows.start[0] : index.rows.inner[0]] == b'<row r="2" spans="1:2">'
    assert data[index.rows.close[0] : index.rows.end[0]] == b"</row>"
    assert data[index.rows.start[1] : index.rows.end[1]] == b'<row r="4"/>'
    assert index.locate(2, 3) == 1 and index.locate(2, 2) == -1 and index.row_slice(2, 3) == slice(0, 2)


@pytest.mark.parametrize("written", ['t="array" ref="A1:B3"', "ref='A1:B3'\tt='array'", 't = "array" ref\n=\n"A1:B3"'])
def test_array_formulas_and_data_tables_are_known(written: str) -> None:
    data = worksheet(
        f'<row r="1"><c r="A1"><f {written}>C1:D3</f><v>1</v></c>'
        '<c r="E1"><f t="dataTable" ref="E1:E9" r1="A1"/><v>1</v></c><c r="F1"><f t="shared" ref="F1:F2" si="0">A1</f></c></row>'
    )
    for strict in (False, True):
        assert scan(data.encode(), "s", strict=strict).fixed == (Range(1, 1, 3, 2), Range(1, 5, 9, 5))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ('<row r="2"/><row r="1"/>', "第 1 行"),
        ('<row r="2"/><row r="2"/>', "第 2 行"),
        ('<row r="1"><c r="B1"/><c r="A1"/></row>', "A1"),
        ('<row r="1"><c r="A1"/><c r="A1"/></row>', "A1"),
        ('<row r="1"><c r="A2"/></row>', "A2"),
        ('<row r="1048577"/>', "1048577"),
        ('<row r="1"><c r="XFE1"/></row>', "超出工作表的范围"),
        ('<row r="1">junk</row>', "第 1 行"),
        ('<row r="1"><c r="A1"/></row>junk', "第 1 行"),
        ('<row r="1"><x/></row>', "第 1 行"),
        ('<row r="1"><c r="A1"><row r="2"/></c></row>', "第 1 行"),
        ('<row r="1"><c r="A1" t="q"><v>1</v></c></row>', "XML"),
        ('<row r="1"><c r="A1" s="x"/></row>', "XML"),
        ('<row r="1"><c r="A1"><v>\x01</v></c></row>', "XML"),
        ('<row r="1"><c r="A1"><v>1</c></row>', "XML"),
        ('<row r="1"><c r="A1"><v>&nope;</v></c></row>', "XML"),
        ('<row r="1"><c r="A1"><f t="array">A1</f></c></row>', "XML"),
        ('<row r="1" ht="1" ht="2"/>', "XML"),
        ('<row r="1"ht="1"/>', "XML"),
        ('<row r="1" q:ht="1"/>', "XML"),
        ('<row r="1" ht=1/>', "XML"),
        ('<row r="1"><c r="A1" s="1" s="1"/></row>', "XML"),
        ('<row r="1"><c r="A1"><f><sheetData><row r="1"/></sheetData>', "XML"),
        ('<row r="1"><c r="A1" s="1" t="s" s="2"/></row>', "XML"),
        ('<row r="1"><c r="A1"t="s"/></row>', "XML"),
        ('<row r="1"><c r="A1"><v a>1</v></c></row>', "XML"),
        ('<row r="1"><c r="A1"><f t="shared" si=0/></c></row>', "XML"),
        ('<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></ix></c></row>', "XML"),
        ('<row r="1"><c r="A1"><v>&#1;</v></c></row>', "XML"),
        ('<row r="1"><c r="A1"><v>&#xFFFE;</v></c></row>', "XML"),
        ('<row r="1"><c r="A1"><v>a & b</v></c></row>', "XML"),
        ('<row r="1"><c r="A1"><v>a]]>b</v></c></row>', "XML"),
        ('<row r="1"><c r="A1"><v>\ufffe</v></c></row>', "XML"),
        ('<row r="1"><c r="A1"><v>1</v></row></c>', "XML"),
        ('<row r="1"><c r="A1"/></row></row>', "XML"),
    ],
)
def test_unsafe_sheets_are_refused(rows: str, said: str) -> None:
    for strict in (False, True):
        with pytest.raises(InputError, match=said) as caught:
            scan(worksheet(rows).encode(), "xl/worksheets/sheet1.xml", strict=strict)
        assert "xl/worksheets/sheet1.xml" in caught.value.zh and "xl/worksheets/sheet1.xml" in caught.value.en


@pytest.mark.parametrize("bad", [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xe4\xb8", b"\xef\xbf\xbf"])
def test_bytes_that_are_no_text_are_refused(bad: bytes) -> None:
    data = worksheet('<row r="1"><c r="A1" t="str"><v>@</v></c></row>').encode().replace(b"@", bad)
    for strict in (False, True):
        with pytest.raises(InputError, match="XML"):
            scan(data, "s", strict=strict)


def test_references_to_characters_are_read_on_both_roads() -> None:
    data = worksheet('<row r="1"><c r="A1" t="str"><v>&#20013;&#x6587;</v></c></row>').encode()
    assert_equal(scan(data, "s"), scan(data, "s", strict=True))


def test_doctype_is_refused_before_anything_expands() -> None:
    bomb = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    data = worksheet('<row r="1"><c r="A1" t="str"><v>&b;</v></c></row>').replace(
        "<worksheet", bomb + "<worksheet", 1
    )
    with pytest.raises(InputError, match="DOCTYPE"):
        scan(data.encode(), "s")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<worksheet/>",
        worksheet("").replace("spreadsheetml", "wordprocessingml").encode(),
        re.sub(rb"<sheetData.*</sheetData>", b"", worksheet("").encode()),
        worksheet("", after="<sheetData/>").encode(),
    ],
)
def test_what_is_no_worksheet_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        scan(data, "s")


def test_the_beta_of_2007_is_named() -> None:
    with pytest.raises(InputError, match="测试版"):
        scan(worksheet("", ns="http://schemas.microsoft.com/office/excel/2006/2").encode(), "s")


def test_words_that_look_like_sheetdata_in_comments() -> None:
    data = worksheet(
        '<row r="1"><c r="A1"><v>1</v></c></row>',
        before="<!-- <sheetData><row> -->",
        after="<!-- </sheetData> -->",
    )
    assert list(scan(data.encode(), "s").cells.row) == [1]
