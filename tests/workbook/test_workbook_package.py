"""Members that are not touched are copied to the byte, with everything that zip files in the wild carry."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workbook_files import changed_parts, members, parts, save, shared, worksheet, zipped

from crmsheet.workbook import open_workbook
from crmsheet.workbook.package import open_package, rebuild

SHEET = "xl/worksheets/sheet1.xml"
GOOD = parts({"a": worksheet('<row r="1"><c r="A1" t="s"><v>0</v></c></row>')}, strings=shared("甲" * 500))


def streamed(members_: dict[str, bytes]) -> bytes:
    """A zip written to a stream: data descriptors instead of sizes in the local headers."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            self.data += bytes(data)  # type: ignore[call-overload]
            return len(bytes(data))  # type: ignore[call-overload]

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in members_.items():
            z.writestr(name, data)
    return pipe.data


def zip64(members_: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in members_.items():
            with z.open(name, "w", force_zip64=True) as f:
                f.write(data)
    return out.getvalue()


def decorated(members_: dict[str, bytes]) -> bytes:
    """Directory entries, member and archive comments, extra fields, odd times, a stored first member."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.comment = b"made by hand PK\x05\x06"[:12]
        z.writestr(zipfile.ZipInfo("xl/"), b"")
        for i, (name, data) in enumerate(members_.items()):
            info = zipfile.ZipInfo(name, (1999, 12, 31, 23, 59, 58))
            info.compress_type = zipfile.ZIP_STORED if i % 2 else zipfile.ZIP_DEFLATED
            info.comment, info.extra, info.external_attr = (
                b"c",
                struct.pack("<HH4s", 0x7777, 4, b"abcd"),
                0o644 << 16,
            )
            z.writestr(info, data)
    return out.getvalue()


def prefixed(members_: dict[str, bytes]) -> bytes:
    return b"#!/bin/sh prefix\n" + zipped(members_)


SHAPES = {
    "plain": zipped,
    "streamed": streamed,
    "zip64": zip64,
    "decorated": decorated,
    "prefixed": prefixed,
    "stored": lambda m: zipped(m, zipfile.ZIP_STORED),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_other_members_are_copied_raw(tmp_path: Path, shape: str) -> None:
    path, out = tmp_path / "b.xlsx", tmp_path / "out.xlsx"
    path.write_bytes(SHAPES[shape](GOOD))
    with open_workbook(path) as book:
        book.sheet(0).set("B1", "乙")
        assert book.commit(out).parts_changed == [SHEET]
    assert changed_parts(path, out) == {SHEET}
    with zipfile.ZipFile(path) as a, zipfile.ZipFile(out) as b:
        assert b.testzip() is None and a.comment == b.comment
        old, new = a.getinfo(SHEET), b.getinfo(SHEET)
        assert (old.compress_type, old.date_time, old.comment) == (
            new.compress_type,
            new.date_time,
            new.comment,
        )
    assert out.read_bytes()[:17] == path.read_bytes()[:17] or shape != "prefixed"
    with open_workbook(out) as book:
        assert [c.value for c in book.sheet(0).cells()] == ["甲" * 500, "乙"]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_package_without_changes_is_the_same_file(shape: str) -> None:
    data = SHAPES[shape](GOOD)
    assert rebuild(open_package(data), {}) == data


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(
        st.text("abc/.", min_size=1, max_size=6), st.binary(max_size=200), min_size=1, max_size=6
    ),
    st.binary(max_size=300),
    st.sampled_from(["plain", "streamed", "zip64", "stored"]),
)
def test_rebuilding_replaces_one_member_only(contents: dict[str, bytes], new: bytes, shape: str) -> None:
    contents = {name.strip("/").replace("//", "/") or "x": data for name, data in contents.items()}
    package = open_package(SHAPES[shape](contents))
    chosen = next(iter(contents))
    data = rebuild(package, {chosen: new})
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        assert {i.filename: z.read(i) for i in z.infolist()} == contents | {chosen: new}


def test_parts_are_found_whatever_their_case_and_path(tmp_path: Path) -> None:
    odd = dict(GOOD)
    odd["XL/Worksheets/Sheet 1.xml"] = odd.pop(SHEET)
    rels = odd["xl/_rels/workbook.xml.rels"].replace(
        b"worksheets/sheet1.xml", b"/xl/worksheets/sheet%201.xml"
    )
    odd["xl/_rels/workbook.xml.rels"] = rels.replace(b'"sharedStrings.xml"', b'"..\\xl\\SHAREDSTRINGS.xml"')
    path = save(tmp_path / "b.xlsx", odd)
    with open_workbook(path) as book:
        assert [c.value for c in book.sheet(0).cells()] == ["甲" * 500]
        book.sheet(0).set("A1", "x")
        assert book.commit().parts_changed == ["XL/Worksheets/Sheet 1.xml"]
    assert list(members(path)) == list(odd)
