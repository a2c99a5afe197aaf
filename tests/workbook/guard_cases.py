"""Workbooks that cost too much, lie or loop; each with a small customers table that is in order.

``CASES`` maps a name to (a function that gives the file's bytes, what is expected): ``OK`` when the file must
be worked on, else a pattern of the refusal in English.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping

from workbook_files import MAIN, PACKAGE_REL, REL, STYLES, parts, worksheet, zipped

OK = ""
USES_STRINGS = '<row r="9"><c r="A9" t="s"><v>0</v></c></row>'
MIB = 1024**2
NAME = "客户信息基础表"
HEADERS = ("客户编号", "客户名称", "负责人", "历史合作金额(万元)", "优先级", "首次接触时间")
DATA = (("C1", "甲公司", "王*", 120, "A级", 45352), ("C2", "乙公司", "李*", 60, "", 45364), ("C3", "丙公司", "李*", 30, "B级", 45352))
SHEET, STRINGS, STYLE_PART, WORKBOOK = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"
DOCTYPE = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def cell(ref: str, value: str | float) -> str:
    if isinstance(value, str):
        return f'<c r="{ref}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{ref}" s="{int(value > 40_000)}"><v>{value}</v></c>'


def row(number: int, values: tuple[str | float, ...]) -> str:
    return f'<row r="{number}">{"".join(cell(f"{chr(65 + i)}{number}", v) for i, v in enumerate(values))}</row>'


CUSTOMERS = "".join(row(i, values) for i, values in enumerate((HEADERS, *DATA), 1))


def book(rows: str = "", *, before: str = "", after: str = "", more: Mapping[str, str] | None = None,
         workbook: str = "", strings: str | None = None, styles: str = STYLES,
         extra: Mapping[str, bytes] | None = None) -> dict[str, bytes]:  # fmt: skip
    """The parts of a workbook: the customers table with further rows below it, and further sheets."""
    sheet = worksheet(CUSTOMERS + rows, before, after)
    return parts({NAME: sheet, **(more or {})}, strings=strings, workbook=workbook, styles=styles, extra=extra)


def edited(part: str, old: bytes, new: bytes, found: dict[str, bytes] | None = None) -> bytes:
    """A workbook in which one part says something else, once."""
    found = found or book(strings=f'<sst xmlns="{MAIN}"><si><t>a</t></si></sst>')
    assert old in found[part], (part, old)
    return zipped(found | {part: found[part].replace(old, new, 1)})


# ---------------------------------------------------------------- packages that lie


def repeated(pattern: bytes, times: int, head: bytes = b"", tail: bytes = b"") -> tuple[bytes, int, int]:
    """(raw deflate stream, inflated size, CRC) of ``head``, many times ``pattern``, and ``tail``, made in no time."""
    block = pattern * (MIB // len(pattern))
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    middle = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    crc = zlib.crc32(head)
    for _ in range(times):
        crc = zlib.crc32(block, crc)
    stream = first + middle * times + packer.compress(tail) + packer.flush()
    return stream, len(head) + len(block) * times + len(tail), zlib.crc32(tail, crc)


def packed(found: Mapping[str, bytes], part: str, stream: bytes, size: int, crc: int) -> bytes:
    """The zip file with one member that is ``stream`` and says it has that size and CRC."""
    out, directory = io.BytesIO(), b""
    for name, data in {**found, part: b""}.items():
        raw, method = name.encode(), 8 if name == part else 0
        body, numbers = (stream, (crc, len(stream), size)) if name == part else (data, (zlib.crc32(data), len(data), len(data)))
        fields = struct.pack("<5H3L", 20, 0, method, 0, 0x5821, *numbers)
        directory += struct.pack("<4sH", b"PK\x01\x02", 20) + fields
        directory += struct.pack("<5H2L", len(raw), 0, 0, 0, 0, 0, out.tell()) + raw
        out.write(b"PK\x03\x04" + fields + struct.pack("<2H", len(raw), 0) + raw + body)
    start = out.tell()
    return out.getvalue() + directory + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, len(found), len(found), len(directory), start, 0)


def bomb(part: str, pattern: bytes, mebibytes: int, head: bytes = b"", tail: bytes = b"") -> bytes:
    found = book(USES_STRINGS if part == STRINGS else "", strings=f'<sst xmlns="{MAIN}"/>', extra={"xl/media/image1.bin": b""})
    return packed(found, part, *repeated(pattern, mebibytes, head, tail))


def sheet_bomb(pattern: bytes, mebibytes: int) -> bytes:
    """The customers table's own sheet, with megabytes of ``pattern`` behind its rows."""
    head, tail = worksheet(CUSTOMERS).encode().split(b"</sheetData>")
    return bomb(SHEET, pattern, mebibytes, head, b"</sheetData>" + tail)


def lying_size(offset: int, mark: bytes, size: int) -> bytes:
    """The sheet's header (``mark``: local or central) states another inflated size."""
    data = bytearray(zipped(book()))
    at = data.find(SHEET.encode()) if mark == b"PK\x03\x04" else data.rfind(SHEET.encode())
    struct.pack_into("<L", data, data.rfind(mark, 0, at) + offset, size)
    return bytes(data)


# ---------------------------------------------------------------- sheets of unusual size


def blank_rows(first: int, last: int, inside: str = "") -> str:
    tag = '<row r="%d" s="1" customFormat="1"' + (f">{inside}</row>" if inside else "/>")
    return "".join([tag % ((r,) * tag.count("%d")) for r in range(first, last + 1)])


def deep(levels: int) -> str:
    return "<x>" * levels + "</x>" * levels


def names(count: int) -> str:
    return "<definedNames>" + "".join(f'<definedName name="n{i}">{NAME}!$A${i + 1}</definedName>' for i in range(count)) + "</definedNames>"


def formats(count: int) -> str:
    xf = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"><alignment indent="%d"/></xf>'
    more = "".join([xf % i for i in range(count)])
    return STYLES.replace("</cellXfs>", more + "</cellXfs>").replace('<cellXfs count="7">', f'<cellXfs count="{count + 7}">')


def merges(count: int) -> str:
    inner = "".join(f'<mergeCell ref="K{i}:L{i}"/>' for i in range(10, count + 10))
    return f'<mergeCells count="{count}">{inner}</mergeCells>'


def conditions(count: int) -> str:
    return "".join(
        f'<conditionalFormatting sqref="D{i}"><cfRule type="cellIs" priority="{i}" operator="lessThan"><formula>{i}</formula></cfRule>'
        "</conditionalFormatting>"
        for i in range(2, count + 2)
    )


def validations(count: int) -> str:
    inner = "".join(f'<dataValidation type="whole" sqref="D{i}"><formula1>{i}</formula1></dataValidation>' for i in range(2, count + 2))
    return f'<dataValidations count="{count}">{inner}</dataValidations>'


def loop(levels: int) -> bytes:
    """Relationships in a ring of parts, one of them the sheet."""
    found = book()
    for i in range(levels):
        target = f"r{i + 1}.xml" if i + 1 < levels else "../worksheets/sheet1.xml"
        found[f"xl/ring/r{i}.xml"] = b"<x/>"
        found[f"xl/ring/_rels/r{i}.xml.rels"] = rels(("rId1", "drawing", target))
    found["xl/worksheets/_rels/sheet1.xml.rels"] = rels(("rId1", "drawing", "../ring/r0.xml"), ("rId2", "table", "sheet1.xml"))
    return zipped(found)


def rels(*entries: tuple[str, str, str]) -> bytes:
    inner = "".join(f'<Relationship Id="{i}" Type="{REL}/{kind}" Target="{target}"/>' for i, kind, target in entries)
    return f'<Relationships xmlns="{PACKAGE_REL}">{inner}</Relationships>'.encode()


def own_loop() -> bytes:
    """The workbook is a sheet of itself."""
    return edited("xl/_rels/workbook.xml.rels", b'Target="worksheets/sheet1.xml"', b'Target="workbook.xml"')


def shared_out_of_range() -> bytes:
    return edited(SHEET, b"</row>", b'<c r="G1" t="s"><v>99</v></c></row>')


def many_sheets(count: int) -> bytes:
    return zipped(book(more={f"s{i}": worksheet('<row r="1"><c r="A1"><v>1</v></c></row>') for i in range(count)}))


def with_doctype(part: str) -> bytes:
    table = {"xl/tables/table1.xml": f'<table xmlns="{MAIN}" id="1" name="t" displayName="t" ref="A1:F4"/>'.encode(),
             "xl/worksheets/_rels/sheet1.xml.rels": rels(("rId1", "table", "../tables/table1.xml"))}  # fmt: skip
    found = book(strings=f'<sst xmlns="{MAIN}"><si><t>a</t></si></sst>', extra=table, rows='<row r="9"><c r="A9" t="s"><v>0</v></c></row>')
    data = found[part]
    head = data.index(b"?>") + 2 if data.startswith(b"<?xml") else 0
    return zipped(found | {part: data[:head] + DOCTYPE + data[head:]})


DOCTYPED = ("[Content_Types].xml", "_rels/.rels", WORKBOOK, "xl/_rels/workbook.xml.rels", SHEET, STRINGS, STYLE_PART,
            "xl/worksheets/_rels/sheet1.xml.rels", "xl/tables/table1.xml")  # fmt: skip
LAUGHS = b"<!DOCTYPE lolz [" + b"".join(
    b'<!ENTITY l%d "%s">' % (i, b"&l%d;" % (i - 1) * 10 if i else b"lol") for i in range(10)
) + b"]>"  # fmt: skip
LONG = "".join(f"+{i}" for i in range(1_300_000))  # 10 MB, packed less than 1000 to 1
TOO_TIGHT = "packed more than|too many"

CASES: dict[str, tuple[Callable[[], bytes], str]] = {
    "a bomb that nobody reads": (lambda: bomb("xl/media/image1.bin", b"\0", 1500), OK),
    "a sheet of blanks, 1.5 GB": (lambda: sheet_bomb(b" ", 1500), TOO_TIGHT),
    "a sheet of blanks, 60 MB": (lambda: sheet_bomb(b" ", 60), TOO_TIGHT),
    "a sheet of cells, 15 MB": (lambda: sheet_bomb(b"<row>" + b"<c/>" * 16_000 + b"</row>", 15), TOO_TIGHT),
    "a sheet of rows, 15 MB": (lambda: sheet_bomb(b"<row/>", 15), "row 1048577|too many"),
    "styles of 60 MB": (lambda: bomb(STYLE_PART, b"<xf/>", 60, f'<styleSheet xmlns="{MAIN}"><cellXfs>'.encode(), b"</cellXfs></styleSheet>"), TOO_TIGHT),
    "styles of 15 MB": (lambda: bomb(STYLE_PART, b"<xf/>", 15, f'<styleSheet xmlns="{MAIN}"><cellXfs>'.encode(), b"</cellXfs></styleSheet>"), TOO_TIGHT),
    "strings of 60 MB": (lambda: bomb(STRINGS, b"<si/>", 60, f'<sst xmlns="{MAIN}">'.encode(), b"</sst>"), TOO_TIGHT),
    "strings of 60 MB in odd shape": (lambda: bomb(STRINGS, b"<si></si>", 60, f'<sst xmlns="{MAIN}"><!-- -->'.encode(), b"</sst>"), TOO_TIGHT),
    "central header says less": (lambda: lying_size(24, b"PK\x01\x02", 10), "damaged"),
    "central header says 4 GB": (lambda: lying_size(24, b"PK\x01\x02", 0xFFFFFFFE), "larger than 2 GiB"),
    "central header says 1 GB": (lambda: lying_size(24, b"PK\x01\x02", 2**30), "packed more than"),
    "local header says 4 GB": (lambda: lying_size(22, b"PK\x03\x04", 0xFFFFFFFE), OK),
    **{f"DOCTYPE in {part}": ((lambda part=part: with_doctype(part)), "DOCTYPE") for part in DOCTYPED},
    "billion laughs": (lambda: edited(SHEET, b"<worksheet", LAUGHS + b"<worksheet"), "DOCTYPE"),
    "one stray cell at XFD1048576": (lambda: zipped(book('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')), OK),
    "400,000 formatted blank rows of six cells": (lambda: zipped(book(blank_rows(5, 400_004, "".join(f'<c r="{c}%d" s="1"/>' for c in "ABCDEF")))), OK),
    "400,000 formatted blank rows": (lambda: zipped(book(blank_rows(5, 400_004, '<c r="A%d" s="1"/><c r="B%d" s="1"/>'))), OK),
    "1,048,576 empty rows": (lambda: zipped(book(blank_rows(5, 1_048_576))), OK),
    "row 1,048,577": (lambda: zipped(book('<row r="1048577"><c r="A1048577"><v>1</v></c></row>')), "row 1048577"),
    "row 99,999,999,999": (lambda: zipped(book('<row r="99999999999"/>')), "row 99999999999"),
    "10,000 columns": (lambda: zipped(book('<row r="9">' + "<c><v>1</v></c>" * 10_000 + "</row>")), OK),
    "a ring of relationships": (lambda: loop(500), OK),
    "the workbook as its own sheet": (own_loop, "xl/workbook.xml"),
    "2,001 members": (lambda: zipped(book(extra={f"x{i}": b"" for i in range(2000)})), "members"),
    "a shared string out of range": (shared_out_of_range, "G1"),
    "a million shared strings": (lambda: zipped(book(USES_STRINGS, strings=f'<sst xmlns="{MAIN}">{"<si><t>x</t></si>" * 10**6}</sst>')), OK),
    "a count of shared strings that lies": (lambda: zipped(book(strings=f'<sst xmlns="{MAIN}" count="4000000000" uniqueCount="4000000000"/>')), OK),
    "100,000 merged ranges": (lambda: zipped(book(after=merges(100_000))), OK),
    "50,000 conditional formats": (lambda: zipped(book(after=conditions(50_000))), OK),
    "20,000 validations": (lambda: zipped(book(after=validations(20_000))), OK),
    "65,000 defined names": (lambda: zipped(book(workbook=names(65_000))), OK),
    "64,000 cell formats": (lambda: zipped(book(styles=formats(64_000))), OK),
    "500 sheets": (lambda: many_sheets(500), OK),
    "XML 200,000 deep in the sheet": (lambda: zipped(book(after=f"<extLst>{deep(200_000)}</extLst>")), "nested more than 256"),
    "XML 200,000 deep in a cell": (lambda: zipped(book(f'<row r="9"><c r="A9" t="inlineStr"><is>{deep(200_000)}</is></c></row>')), OK),
    "XML 200,000 deep in the styles": (lambda: zipped(book(styles=STYLES.replace("</styleSheet>", deep(200_000) + "</styleSheet>"))), "nested more than 256"),
    "an attribute of 100 MB": (lambda: bomb(SHEET, b"x", 100, b'<worksheet xmlns="' + MAIN.encode() + b'" a="', b'"><sheetData/></worksheet>'), TOO_TIGHT),
    "a text of 10 MB": (lambda: zipped(book(row(9, ("C9", LONG)))), OK),
    "a name of 10 MB": (lambda: zipped(book(workbook=names(1).replace("</definedName>", LONG + "</definedName>"))), OK),
    "a text of 32,768 characters": (lambda: zipped(book(row(9, ("C9", "乙" * 32_768)))), OK),
    "an id of 32,768 characters": (lambda: zipped(book(row(9, ("C" * 32_768, "乙公司")))), OK),
    "an entity that reads a file": (
        lambda: edited(SHEET, b"<worksheet", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet'), "DOCTYPE",
    ),
    "members that climb out of the folder": (
        lambda: zipped(book(extra={"../../evil": b"x", "/etc/evil": b"x", "C:\\evil": b"x", "xl/../../evil2": b"x"})), OK,
    ),
    "a sheet that lies outside": (lambda: edited("xl/_rels/workbook.xml.rels", b"worksheets/sheet1.xml", b"../../../etc/passwd"), "passwd"),
    "a number of 1e309": (lambda: zipped(book('<row r="9"><c r="C9"><v>1e309</v></c></row>')), "C9"),
    "a number that is none": (lambda: zipped(book('<row r="9"><c r="C9"><v>NaN</v></c></row>')), "C9"),
    "a date before 1900": (lambda: zipped(book('<row r="9"><c r="A9" s="1"><v>-40000</v></c><c r="B9" s="1"><v>1e15</v></c></row>')), OK),
    "half a surrogate": (lambda: zipped(book('<row r="9"><c r="C9" t="inlineStr"><is><t>&#xD800;</t></is></c></row>')), "well-formed"),
    "half a surrogate in Excel's escape": (lambda: zipped(book('<row r="9"><c r="C9" t="inlineStr"><is><t>_xD800_甲_x0000__xFFFF_</t></is></c></row>')), OK),
    "a control character": (lambda: zipped(book('<row r="9"><c r="C9" t="inlineStr"><is><t>\x01</t></is></c></row>')), "well-formed"),
    "nested zip": (lambda: zipped(book(extra={"xl/embeddings/a.zip": zipped(book())}), zipfile.ZIP_DEFLATED), OK),
}  # fmt: skip
