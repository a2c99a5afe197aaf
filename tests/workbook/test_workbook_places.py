"""Parts are found where real readers find them, and what cannot be written safely is refused by its name."""

from __future__ import annotations

import io
import random
import re
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import msoffcrypto.format.ooxml
import pytest
from intact import assert_intact
from owned import assert_fills, fill, values
from workbook_files import MAIN, PACKAGE_REL, REL, members, parts, save, shared, worksheet, zipped

from crmsheet.workbook import EditError, InputError, open_workbook

SHEET, TABLE = "xl/worksheets/sheet1.xml", "xl/tables/table1.xml"
ROWS = (
    '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="str"><v>丙</v></c></row>'
    '<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2" s="1"><v>45356</v></c></row>'
)
SHEET_XML = worksheet(ROWS, after='<tableParts count="1"><tablePart r:id="rId1"/></tableParts>')
TABLE_XML = (
    f'<table xmlns="{MAIN}" id="1" name="t" displayName="t" ref="A1:C3"><autoFilter ref="A1:C3"/><tableColumns count="3">'
    '<tableColumn id="1" name="名"/><tableColumn id="2" name="日"/><tableColumn id="3" name="丙"/></tableColumns></table>'
)
SHEET_RELS = (
    f'<Relationships xmlns="{PACKAGE_REL}"><Relationship Id="rId1" Type="{REL}/table" Target="../tables/table1.xml"/>'
    f'<Relationship Id="rId2" Type="{REL}/hyperlink" Target="https://example.com/a#b" TargetMode="External"/></Relationships>'
)
RELS, BOOK_RELS = "xl/worksheets/_rels/sheet1.xml.rels", "xl/_rels/workbook.xml.rels"
GOOD = parts({"客户": SHEET_XML}, strings=shared("名", "日", "华信"), extra={TABLE: TABLE_XML, RELS: SHEET_RELS})
Parts = dict[str, bytes]


def edited(part: str, *pairs: tuple[str, str]) -> Parts:
    """The good workbook with words of one part replaced, each of which must be there."""
    xml = GOOD[part].decode()
    for old, new in pairs:
        assert old in xml
        xml = xml.replace(old, new)
    return GOOD | {part: xml.encode()}


def moved(found: Parts, old: str, new: str) -> Parts:
    return {new if name == old else name: data for name, data in found.items()}


def targets(*pairs: tuple[str, str]) -> Parts:
    return edited(BOOK_RELS, *((f'Target="{a}"', f'Target="{b}"') for a, b in pairs))


ALL = ("worksheets/sheet1.xml", "styles.xml", "sharedStrings.xml")
ODD: dict[str, tuple[Parts, str, str]] = {  # the parts, the sheet's member, the table's
    "absolute": (targets(*((t, f"/xl/{t}") for t in ALL)), SHEET, TABLE),
    "backslashes": (targets(*((t, ".\\" + t.replace("/", "\\")) for t in ALL)), SHEET, TABLE),
    "dots": (targets(*((t, f"../xl/./worksheets/../{t}") for t in ALL)), SHEET, TABLE),
    "another case": (targets(*((t, t.upper()) for t in ALL)), SHEET, TABLE),
    "members in another case": (
        moved(moved(GOOD, SHEET, "XL/Worksheets/SHEET1.XML"), RELS, "xl/worksheets/_RELS/Sheet1.xml.rels"),
        "XL/Worksheets/SHEET1.XML",
        TABLE,
    ),
    "percent-escaped": (
        moved(moved(targets((ALL[0], "worksheets/%E5%AE%A2%E6%88%B7%20%231.xml")), SHEET, "xl/worksheets/客户 #1.xml"), RELS,
              "xl/worksheets/_rels/客户 #1.xml.rels"),
        "xl/worksheets/客户 #1.xml",
        TABLE,
    ),
    "absolute without the slash": (targets(*((t, f"xl/{t}") for t in ALL)), SHEET, TABLE),
    "the table absolute": (edited(RELS, ("../tables/table1.xml", "/xl/tables/table1.xml")), SHEET, TABLE),
    "the first sheet is sheet7": (
        moved(moved(targets((ALL[0], "worksheets/sheet7.xml")), SHEET, "xl/worksheets/sheet7.xml"), RELS,
              "xl/worksheets/_rels/sheet7.xml.rels"),
        "xl/worksheets/sheet7.xml",
        TABLE,
    ),
    "the workbook part elsewhere": (
        {name.replace("xl/", "office/"): data for name, data in edited("_rels/.rels", ("xl/workbook", "/office/workbook")).items()},
        SHEET.replace("xl", "office"),
        TABLE.replace("xl", "office"),
    ),
    "content types in another case": (
        GOOD | {"[content_types].XML": GOOD["[Content_Types].xml"].replace(b"application/vnd", b"Application/VND")},
        SHEET,
        TABLE,
    ),
    "members with backslashes": ({n.replace("/", "\\") if n.startswith("xl") else n: d for n, d in GOOD.items()},
                                 SHEET.replace("/", "\\"), TABLE.replace("/", "\\")),
}
ODD["content types in another case"][0].pop("[Content_Types].xml")


def backslashed(found: Parts) -> bytes:
    """zipfile turns backslashes into slashes: both headers of each member are patched."""
    data = zipped({name.replace("\\", "@"): content for name, content in found.items()})
    return re.sub(rb"xl(@[\w.]+)+", lambda m: m[0].replace(b"@", b"\\"), data)


@pytest.mark.parametrize("name", ODD)
def test_parts_are_found_wherever_they_are(tmp_path: Path, name: str) -> None:
    found, sheet, table = ODD[name]
    path = tmp_path / "b.xlsx"
    path.write_bytes(backslashed(found) if "\\" in sheet else zipped(found))
    assert values(path)["A2"] == "华信"
    if "\\" in sheet:  # other zip readers rename such members
        with open_workbook(path) as book:
            fill(book, {"B3": 1}, table=True)
            assert len(book.commit(tmp_path / "out.xlsx").parts_changed) == 3
        assert values(tmp_path / "out.xlsx")["D2"] == "A级"
        return
    changed = assert_fills(path, {"B3": 1}, sheet, table=True)
    assert changed == {sheet, table, next(n for n in found if n.endswith("styles.xml"))}


TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MACROS = "http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet"


@pytest.mark.parametrize(
    ("kind", "xml"),
    [
        (f"{TYPES}/chartsheet", f'<chartsheet xmlns="{MAIN}"/>'),
        (f"{TYPES}/dialogsheet", f'<dialogsheet xmlns="{MAIN}"/>'),
        (MACROS, '<xm:macrosheet xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"/>'),
    ],
)
def test_a_first_sheet_that_is_no_worksheet(tmp_path: Path, kind: str, xml: str) -> None:
    filtered = worksheet(ROWS, after='<autoFilter ref="A1:C2"/>')
    name = '<definedNames><definedName name="_xlnm._FilterDatabase" localSheetId="1" hidden="1">客户!$A$1:$C$2</definedName></definedNames>'
    found = parts({"图": xml, "客户": filtered}, strings=shared("名", "日", "华信"), workbook=name)
    found[BOOK_RELS] = found[BOOK_RELS].replace(f"{REL}/worksheet".encode(), kind.encode(), 1)
    path = save(tmp_path / "b.xlsx", found)
    with open_workbook(path) as book:
        assert book.sheets == ["客户"]
    changed = assert_fills(path, {"C2": 1}, "xl/worksheets/sheet2.xml")
    assert changed == {"xl/worksheets/sheet2.xml", "xl/styles.xml", "xl/workbook.xml"}
    assert "客户!$A$1:$F$2" in members(tmp_path / "out.xlsx")["xl/workbook.xml"].decode()


ORIGIN = "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin"
SIGNATURE = "application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml"
SIGNED: dict[str, Parts] = {
    "as Excel signs": GOOD | {"_xmlsignatures/origin.sigs": b""},
    "the folder in another case": GOOD | {"_XmlSignatures/sig1.xml": b"<Signature/>"},
    "elsewhere, by its relationship": edited(
        "_rels/.rels", ("</Relationships>", f'<Relationship Id="r9" Type="{ORIGIN}" Target="/package/services/o.psdsor"/></Relationships>')
    ) | {"package/services/o.psdsor": b""},
    "elsewhere, by its content type": edited(
        "[Content_Types].xml", ("</Types>", f'<Override PartName="/Odd/Sig.xml" ContentType="{SIGNATURE.upper()}"/></Types>')
    ) | {"odd/sig.xml": b"<Signature/>"},
    "elsewhere, by its ending": edited(
        "[Content_Types].xml", ("</Types>", f'<Default Extension="SIG" ContentType="{SIGNATURE}"/></Types>')
    ) | {"odd/a.sig": b"<Signature/>"},
}  # fmt: skip


@pytest.mark.parametrize("name", SIGNED)
def test_signed_workbooks_are_read_and_not_written(tmp_path: Path, name: str) -> None:
    path = save(tmp_path / "b.xlsx", SIGNED[name])
    data = path.read_bytes()
    assert values(path)["A2"] == "华信"
    with open_workbook(path) as book, pytest.raises(EditError, match="数字签名") as caught:
        book.sheet(0).set("B3", 1)
    assert "signed" in caught.value.en and path.read_bytes() == data


def test_what_only_sounds_like_a_signature_is_written(tmp_path: Path) -> None:
    unused = f'<Default Extension="sigs" ContentType="{SIGNATURE}"/></Types>'
    found = edited("[Content_Types].xml", ("</Types>", unused)) | {"xl/vbaProjectSignature.bin": b"x"}
    assert_fills(save(tmp_path / "b.xlsx", found), {"B3": 1}, SHEET, table=True)


def twin(old: str, new: str) -> Callable[[], bytes]:
    """The good workbook with one member more, under a name that another has already."""

    def make() -> bytes:
        out = io.BytesIO(zipped(GOOD))
        with zipfile.ZipFile(out, "a") as z, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a duplicate name
            z.writestr(new, GOOD[old])
        return out.getvalue()

    return make


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "a member twice": (twin(SHEET, SHEET), "两个同名成员 xl/worksheets/sheet1.xml"),
    "a member twice but for its case": (twin(SHEET, "xl/Worksheets/Sheet1.xml"), "两个同名成员 xl/Worksheets/Sheet1.xml"),
    "a sheet that is missing": (lambda: zipped({k: v for k, v in GOOD.items() if k != SHEET}), "缺少部件 xl/worksheets/sheet1.xml"),
    "a binary workbook": (
        lambda: zipped(
            moved(
                edited("_rels/.rels", ("workbook.xml", "workbook.bin")), "xl/workbook.xml", "xl/workbook.bin"
            )
            | {"[Content_Types].xml": b'<Types><Override PartName="/xl/workbook.bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>'}
        ),
        r"\.xlsb（二进制工作簿）",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_packages_that_are_refused_by_name(tmp_path: Path, name: str) -> None:
    make, said = REFUSED[name]
    path = tmp_path / "客户.xlsx"
    path.write_bytes(make())
    with pytest.raises(InputError, match=said), open_workbook(path) as book:
        book.sheet(0).set("B3", 1)


def test_the_promise_holds_for_the_inner_package_of_an_encrypted_one(tmp_path: Path) -> None:
    inner = GOOD | {"xl/media/image1.png": random.Random(1).randbytes(5000)}
    sealed = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(zipped(inner))).encrypt("中-pass", sealed)
    path = tmp_path / "b.xlsx"
    path.write_bytes(sealed.getvalue())
    with open_workbook(path, password="中-pass") as book:
        _, wanted = fill(book, {"B3": 1}, table=True)
        book.commit(tmp_path / "out.xlsx")
    plain = [tmp_path / "before.xlsx", tmp_path / "after.xlsx"]
    for source, target in zip((path, tmp_path / "out.xlsx"), plain, strict=True):
        office = msoffcrypto.OfficeFile(io.BytesIO(source.read_bytes()))
        office.load_key(password="中-pass")
        with target.open("wb") as file:
            office.decrypt(file)
    assert assert_intact(*plain, {SHEET: wanted}, columns=True) == {SHEET, TABLE, "xl/styles.xml"}
