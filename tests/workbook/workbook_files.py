"""Small workbooks for the engine's tests, built part by part, and an independent judge of what a write
changed.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from lxml import etree
from openpyxl.utils import column_index_from_string, get_column_letter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE_REL = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="176" formatCode="yyyy&quot;年&quot;m&quot;月&quot;"/>'
    '</numFmts><fonts count="2"><font><sz val="11"/></font><font><b/><sz val="11"/></font></fonts>'
    '<fills count="1"><fill><patternFill patternType="none"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="7">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="10" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"><alignment horizontal="center"/></xf>'
    '<xf numFmtId="21" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="176" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
GENERAL, DATE, PERCENT, TEXT, HEADER, TIME, MONTH = range(7)


def worksheet(data: str, before: str = "", after: str = "", ns: str = MAIN) -> str:
    """A worksheet part around rows, or around a whole sheetData element."""
    body = data if data.startswith("<sheetData") else f"<sheetData>{data}</sheetData>"
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
        f'<worksheet xmlns="{ns}" xmlns:r="{REL}">{before}{body}{after}</worksheet>'
    )


def shared(*items: str) -> str:
    """A shared strings part; an item is the inside of <si>, or plain text."""
    inner = "".join(f"<si>{i if i.startswith('<') else f'<t>{i}</t>'}</si>" for i in items)
    return f'<sst xmlns="{MAIN}" count="{len(items)}" uniqueCount="{len(items)}">{inner}</sst>'


def parts(
    sheets: Mapping[str, str | bytes],
    *,
    strings: str | None = None,
    workbook: str = "",
    before_sheets: str = "",
    extra: Mapping[str, str | bytes] | None = None,
    styles: str | None = STYLES,
) -> dict[str, bytes]:
    """The parts of a workbook whose sheets have the given names and XML; ``workbook`` follows <sheets>."""
    entries = "".join(f'<sheet name="{n}" sheetId="{i}" r:id="rId{i}"/>' for i, n in enumerate(sheets, 1))
    rels = "".join(
        f'<Relationship Id="rId{i}" Type="{REL}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(sheets) + 1)
    )
    rels += f'<Relationship Id="rId90" Type="{REL}/styles" Target="styles.xml"/>' if styles else ""
    rels += (
        f'<Relationship Id="rId91" Type="{REL}/sharedStrings" Target="sharedStrings.xml"/>' if strings else ""
    )
    kinds = {"workbook": "sheet.main", "styles": "styles", "sharedStrings": "sharedStrings"}
    named = {
        f"xl/{k}.xml": v
        for k, v in kinds.items()
        if k == "workbook" or (styles if k == "styles" else strings)
    }
    named |= {f"xl/worksheets/sheet{i}.xml": "worksheet" for i in range(1, len(sheets) + 1)}
    named |= {n: "table" for n in extra or {} if n.startswith("xl/tables/")}
    overrides = "".join(
        f'<Override PartName="/{n}" ContentType="{SPREADSHEET}.{k}+xml"/>' for n, k in named.items()
    )
    found: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{TYPES}"><Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f"{overrides}</Types>",
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE_REL}"><Relationship Id="rId1" Type="{REL}/officeDocument"'
        ' Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{REL}">{before_sheets}<sheets>{entries}</sheets>{workbook}'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE_REL}">{rels}</Relationships>',
    }
    found |= {f"xl/worksheets/sheet{i}.xml": xml for i, xml in enumerate(sheets.values(), 1)}
    found |= {"xl/styles.xml": styles} if styles else {}
    found |= {"xl/sharedStrings.xml": strings} if strings else {}
    found |= extra or {}
    return {name: xml.encode() if isinstance(xml, str) else xml for name, xml in found.items()}


def zipped(members: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The parts as a zip file with fixed times."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as z:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, (2024, 3, 5, 10, 30, 0))
            info.compress_type = compression
            z.writestr(info, data)
    return out.getvalue()


def save(path: Path, members: Mapping[str, bytes]) -> Path:
    path.write_bytes(zipped(members))
    return path


def simple(path: Path, rows: str, **more: str) -> Path:
    """A workbook of one sheet 客户 with these rows; ``before`` and ``after`` surround sheetData, the rest goes
    to parts.
    """
    sheet = worksheet(rows, more.pop("before", ""), more.pop("after", ""))
    return save(path, parts({"客户": sheet}, **more))  # type: ignore[arg-type]


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as z:
        return {i.filename: z.read(i) for i in z.infolist()}


def raw_members(path: Path) -> dict[str, bytes]:
    """Local header and compressed bytes with what the directory says of them, by name."""
    data, out = path.read_bytes(), {}
    with zipfile.ZipFile(path) as z:
        for i in z.infolist():
            at = (
                i.header_offset
                + 30
                + len(i.orig_filename.encode())
                + int.from_bytes(data[i.header_offset + 28 : i.header_offset + 30], "little")
            )
            meta = (
                f"{i.date_time}{i.compress_type}{i.flag_bits}{i.external_attr}{i.CRC}{i.extra!r}{i.comment!r}"
            )
            out[i.filename] = data[i.header_offset : at + i.compress_size] + meta.encode()
    return out


def changed_parts(before: Path, after: Path) -> set[str]:
    """Names of members whose compressed bytes or metadata differ; order and number must agree."""
    a, b = raw_members(before), raw_members(after)
    assert list(a) == list(b)
    return {name for name in a if a[name] != b[name]}


def without(xml: bytes, refs: Iterable[str], *, drop: Iterable[str] = ()) -> bytes:
    """Canonical XML of a sheet without some cells, rows left empty by that, spans, dimension and ``drop``
    elements.
    """
    root, refs = etree.fromstring(xml), set(refs)
    data = root.find("{*}sheetData")
    assert data is not None
    at = 0
    for row in list(data.iterfind("{*}row")):
        at = int(row.get("r") or at + 1)
        for cell, ref in _placed(row, at):
            if ref in refs:
                _remove(cell)
        row.attrib.pop("spans", None)
        if not len(row):
            row.text = None
            if set(row.attrib) <= {"r"}:
                _remove(row)
    data.text = data.text if len(data) else None
    for name in ("dimension", *drop):
        for element in root.findall(f"{{*}}{name}"):
            root.remove(element)
    out = io.BytesIO()
    root.getroottree().write_c14n(out)
    return out.getvalue()


def _placed(row: etree._Element, number: int) -> list[tuple[etree._Element, str]]:
    """The cells of a row with their references, also where they leave them out."""
    found, column = [], 0
    for cell in row.iterfind("{*}c"):
        ref = cell.get("r")
        column = column_index_from_string(ref.rstrip("0123456789")) if ref else column + 1
        found.append((cell, f"{get_column_letter(column)}{number}"))
    return found


def _remove(element: etree._Element) -> None:
    """Take an element out and leave the text behind it, which lxml would take along."""
    before, parent = element.getprevious(), element.getparent()
    if before is not None:
        before.tail = (before.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
    parent.remove(element)


def cell_xml(path: Path, ref: str, part: str = "xl/worksheets/sheet1.xml") -> str:
    """The bytes of a cell element as stored."""
    found = re.search(
        rf'<(?:\w+:)?c r="{ref}"[^>]*?(?:/>|>.*?</(?:\w+:)?c>)', members(path)[part].decode(), re.DOTALL
    )
    assert found, f"{ref} is not stored"
    return found[0]
