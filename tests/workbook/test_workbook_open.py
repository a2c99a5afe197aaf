"""What is no workbook is refused in one line that says what it is, where, and what to do."""

from __future__ import annotations

import io
import pickle
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import msoffcrypto.format.ooxml
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workbook_files import parts, save, shared, simple, worksheet, zipped

from crmsheet.workbook import BusyError, EditError, InputError, WorkbookError, guard, ole, open_workbook

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
GOOD = parts({"a": worksheet('<row r="1"><c r="A1"><v>1</v></c></row>')})
SEALED = GOOD | {"xl/media/image1.bin": random.Random(1).randbytes(5000)}


def renamed(old: bytes, new: bytes) -> bytes:
    """The good file with bytes replaced everywhere."""
    return zipped(GOOD).replace(old, new)


def bad_crc() -> bytes:
    data = zipped(GOOD, zipfile.ZIP_STORED)
    return data.replace(b"<v>1</v>", b"<v>2</v>")


def case_twin() -> bytes:
    return zipped(GOOD | {"xl/Workbook.xml": b"<x/>"})


def without_part(name: str) -> bytes:
    return zipped({k: v for k, v in GOOD.items() if k != name})


FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (bytes, "空文件"),
    "text": ("客户编号,客户名称\n".encode, "内容不是 .xlsx"),
    "png": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(60), "内容不是 .xlsx"),
    "ole": (lambda: OLE + bytes(600), "OLE2"),
    "word": (
        lambda: zipped({"[Content_Types].xml": GOOD["[Content_Types].xml"], "word/document.xml": b"<x/>"}),
        "Word",
    ),
    "ods": (lambda: zipped({"mimetype": b"x", "content.xml": b"<x/>"}), ".ods"),
    "zip": (lambda: zipped({"a.txt": b"x"}), "不是 Excel 工作簿"),
    "cut": (lambda: zipped(GOOD)[:-40], "不是 Excel 工作簿|压缩结构已损坏"),
    "cut in the middle": (lambda: zipped(GOOD)[300:], "压缩结构已损坏|不是 Excel"),
    "case twin": (case_twin, "同名成员"),
    "no workbook part": (lambda: without_part("xl/workbook.xml"), "不是 Excel 工作簿"),
    "no types": (lambda: without_part("[Content_Types].xml"), "不是 Excel 工作簿"),
    "many members": (
        lambda: zipped(GOOD | {f"x{i}": b"" for i in range(guard.MAX_MEMBERS)}),
        r"有 20\d\d 个成员",
    ),
    "beta": (
        lambda: zipped(
            GOOD
            | {"xl/workbook.xml": b'<workbook xmlns="http://schemas.microsoft.com/office/excel/2006/2"/>'}
        ),
        "测试版",
    ),
    "doctype": (
        lambda: zipped(GOOD | {"xl/workbook.xml": b"<!DOCTYPE x>" + GOOD["xl/workbook.xml"]}),
        "DOCTYPE",
    ),
    "not xml": (lambda: zipped(GOOD | {"xl/workbook.xml": b"<workbook"}), "xl/workbook.xml"),
    "xlsb": (
        lambda: zipped(
            {
                "[Content_Types].xml": b'<Types><Override ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>',
                "_rels/.rels": GOOD["_rels/.rels"].replace(b".xml", b".bin"),
                "xl/workbook.bin": b"x",
            }
        ),
        ".xlsb",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_refused_in_one_line(tmp_path: Path, name: str) -> None:
    make, said = FILES[name]
    path = tmp_path / "客户.xlsx"
    path.write_bytes(make())
    with pytest.raises(InputError, match=said) as caught:
        open_workbook(path)
    for line in (caught.value.zh, caught.value.en):
        assert line and "\n" not in line and "Traceback" not in line
    assert str(caught.value) == caught.value.zh != caught.value.en


def test_missing_folder_and_unreadable(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="找不到文件"):
        open_workbook(tmp_path / "no.xlsx")
    with pytest.raises(InputError, match="文件夹"):
        open_workbook(tmp_path)
    with pytest.raises(InputError):
        open_workbook(simple(tmp_path / "b.xlsx", "") / "under")


def test_damage_inside_a_sheet_is_found_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    path.write_bytes(bad_crc())
    with open_workbook(path) as book, pytest.raises(InputError, match="sheet1.xml 已损坏"):
        list(book.sheet(0).cells())


def test_an_old_xls_is_named_also_under_the_name_xlsx(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ole, "_streams", lambda data: {"Workbook", "\x05SummaryInformation"})
    (tmp_path / "旧.xlsx").write_bytes(OLE + bytes(600))
    with pytest.raises(InputError, match=r"旧版 \.xls（BIFF）.*另存为 \.xlsx"):
        open_workbook(tmp_path / "旧.xlsx")


def encrypted(path: Path, password: str, members: dict[str, bytes] = SEALED) -> Path:
    out = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(zipped(members))).encrypt(password, out)
    path.write_bytes(out.getvalue())
    return path


def test_an_encrypted_workbook(tmp_path: Path) -> None:
    path = encrypted(tmp_path / "密.xlsx", "pass-中")
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"已加密.*--password-file"):
        open_workbook(path)
    with pytest.raises(InputError, match="密码不正确"):
        open_workbook(path, password="wrong")
    with open_workbook(path, password="pass-中") as book:
        book.sheet(0).set("A1", 2)
        receipt = book.commit()
    assert receipt.parts_changed == ["xl/worksheets/sheet1.xml"] and receipt.backup is not None
    assert receipt.backup.read_bytes() == before
    with pytest.raises(InputError, match="已加密"):
        open_workbook(path)
    with open_workbook(path, password="pass-中") as book:
        assert [c.value for c in book.sheet(0).cells()] == [2]
        book.sheet(0).set("A1", 2)
        assert book.commit().parts_changed == []
    with open_workbook(path, password="pass-中") as book:
        assert book.commit(tmp_path / "copy.xlsx").sha256_after == book.sha256


def test_a_package_that_cannot_be_sealed_is_not_written() -> None:
    with pytest.raises(EditError, match="加密"):
        ole.encrypted(zipped(GOOD), "x")  # under 4 KB


def test_a_password_for_a_plain_file_changes_nothing(tmp_path: Path) -> None:
    path = save(tmp_path / "b.xlsx", GOOD)
    with open_workbook(path, password="x") as book:
        book.sheet(0).set("A1", 2)
        book.commit()
    assert zipfile.is_zipfile(path)


def test_zip_bombs_are_refused_before_they_are_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "MAX_RATIO", 500)  # deflate itself ends at 1032
    bomb = worksheet('<row r="1"><c r="A1" t="str"><v>' + " " * 3_000_000 + "</v></c></row>")
    path = save(tmp_path / "b.xlsx", parts({"a": bomb}))
    with open_workbook(path) as book, pytest.raises(InputError, match="压缩比"):
        book.sheet(0).cells().__next__()
    monkeypatch.setattr(guard, "MAX_PART", 1000)
    with (
        open_workbook(
            save(tmp_path / "c.xlsx", GOOD | {"xl/styles.xml": b"<x>" + bytes(range(33, 60)) * 99})
        ) as book,
        pytest.raises(InputError, match="2 GiB"),
    ):
        book.number_format(0)


def test_a_member_longer_than_it_says_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped(GOOD))
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        size = z.getinfo("xl/worksheets/sheet1.xml").file_size
    short = (size - 10).to_bytes(4, "little")
    (tmp_path / "b.xlsx").write_bytes(bytes(data).replace(size.to_bytes(4, "little"), short))
    with open_workbook(tmp_path / "b.xlsx") as book, pytest.raises(InputError, match="已损坏"):
        list(book.sheet(0).cells())


def test_errors_have_one_root_and_survive_a_process_boundary() -> None:
    for kind in (InputError, EditError, BusyError):
        error = pickle.loads(pickle.dumps(kind("中\n文", "english")))
        assert (
            isinstance(error, WorkbookError)
            and type(error) is kind
            and (error.zh, error.en) == ("中 文", "english")
        )


RICH = zipped(
    parts(
        {
            "a": worksheet(
                '<row r="1"><c r="A1" t="s" s="1"><v>0</v></c><c r="B1" s="1"><v>45000</v></c></row>'
            )
        },
        strings=shared("甲"),
        workbook="<definedNames><definedName name='n'>a!$A$1</definedName></definedNames>",
    ),
    zipfile.ZIP_STORED,
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(RICH) - 1), st.binary(max_size=4), st.integers(0, 4), st.booleans())
def test_no_damage_ends_in_anything_but_a_refusal(
    tmp_path: Path, at: int, new: bytes, cut: int, crc: bool
) -> None:
    data = RICH[:at] + new + RICH[at + cut :]
    path = tmp_path / "b.xlsx"
    path.write_bytes(_repaired(data) if crc else data)
    try:
        with open_workbook(path) as book:
            for name in book.sheets:
                list(book.sheet(name).cells())
                assert book.sheet(name).tables == () and book.sheet(name).merged == ()
                book.sheet(name).set("C3", "x")
            assert book.defined_names is not None
            book.commit(tmp_path / "out.xlsx")
    except WorkbookError as error:
        assert "\n" not in error.zh


def _repaired(data: bytes) -> bytes:
    """The members rebuilt around what is left of their contents, so that damage gets past the checksums."""
    starts = [i for i in range(len(data)) if data[i : i + 4] == b"PK\x03\x04"]
    names = list(parts({"a": ""}, strings="x"))
    ends = [*starts[1:], data.find(b"PK\x01\x02")]
    cut = [
        data[a + 30 + int.from_bytes(data[a + 26 : a + 28], "little") : b]
        for a, b in zip(starts, ends, strict=True)
    ]
    return zipped(dict(zip(names, cut, strict=False)))
