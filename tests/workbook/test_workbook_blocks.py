"""Large sheets go through the engine piece by piece: cut anywhere, the result is the same, and the proof sees any change."""

from __future__ import annotations

import io
import re
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from test_workbook_scan import assert_equal
from workbook_files import MAIN, parts, save, shared, worksheet

from crmsheet.workbook import ColumnLook, EditError, InputError, build, edit, guard, open_workbook, regular
from crmsheet.workbook.package import Content, Package
from crmsheet.workbook.scan import scan

SHEET = "xl/worksheets/sheet1.xml"
ROWS = 40


def team(rows: int = ROWS) -> dict[str, bytes]:
    """Rows with a text, a number, a date and an inline text; every third one is empty, the last ones have no cells."""
    body = "".join(
        f'<row r="{r}" spans="1:4"/>' if r % 3 == 0 or r > rows - 2 else
        f'<row r="{r}" spans="1:4" ht="15"><c r="A{r}" t="s"><v>{r % 2}</v></c><c r="B{r}"><v>{r}</v></c>'
        f'<c r="C{r}" s="1"><v>{45000 + r}</v></c><c r="D{r}" t="inlineStr"><is><t>客户{r}</t></is></c></row>'
        for r in range(1, rows + 1)
    )  # fmt: skip
    return parts({"客户": worksheet(body)}, strings=shared("甲", "乙"))


def written(path: Path, output: Path) -> dict[str, bytes]:
    """The parts of a copy into which a column, values over old ones, and a new sheet were written."""
    with open_workbook(path) as book:
        sheet = book.sheet(0)
        place = sheet.add_columns([ColumnLook("新列", "text", 12)], 1, 2, ROWS, 4)
        sheet.set_column(place.columns[0], list(range(2, ROWS)), [f"值<{r}>" for r in range(2, ROWS)])
        sheet.set_column(2, [4, 5, 20], [None, 7.5, "文字"])
        book.append_rows("记录", [ColumnLook("编号", "text", 10), ColumnLook("说明", "text", 10)], [[f"C{i}", f"第{i}条"] for i in range(30)])
        book.commit(output)
    with zipfile.ZipFile(output) as package:
        return {name: package.read(name) for name in package.namelist()}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of a few rows instead of megabytes."""
    monkeypatch.setattr(regular, "PIECE", 300)
    monkeypatch.setattr(guard, "BLOCK", 700)
    monkeypatch.setattr(build, "BLOCK", 500)
    monkeypatch.setattr(edit, "_BLOCK", 4)


@pytest.mark.parametrize("odd", ["", "<is><r><t>富</t></r><r><t>文</t></r></is>", "<is><!-- </row> --><t>x</t></is>"])
def test_in_small_pieces_the_same_bytes_are_written(tmp_path: Path, odd: str, request: pytest.FixtureRequest) -> None:
    members = team()
    if odd:
        members[SHEET] = members[SHEET].replace("<is><t>客户11</t></is>".encode(), odd.encode())
    path = save(tmp_path / "t.xlsx", members)
    whole = written(path, tmp_path / "whole.xlsx")
    request.getfixturevalue("small")
    assert written(path, tmp_path / "pieces.xlsx") == whole
    assert b"&lt;39&gt;" in whole[SHEET] and odd.encode() in whole[SHEET]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("odd", ['<c r="A{r}" cm="1"><f t="array" ref="A{r}">1</f><v>1</v></c>', "<c><v>1</v></c>", "<c r='A{r}'/><!-- one -->"])
def test_an_odd_cell_costs_its_own_piece_only(odd: str) -> None:
    """Cells in an odd shape are counted against what a part of its size may hold: the regular ones around it are none."""
    plain = "".join(f'<row r="{r}"><c r="A{r}"><v>{r}</v></c></row>' for r in range(1, 200))
    rows = plain.replace('<c r="A150"><v>150</v></c>', odd.format(r=150))
    data = worksheet(rows).encode()
    assert_equal(scan(data, "sheet1.xml", most=40), scan(data, "sheet1.xml", strict=True))
    every = worksheet(plain.replace("<c ", "<c \n")).encode()
    for strict, one in ((True, data), (True, every), (False, every)):
        with pytest.raises(InputError) as refused:
            scan(one, "sheet1.xml", strict=strict, most=40)
        assert "too many cells" in refused.value.en


@pytest.mark.usefixtures("small")
def test_rows_with_a_prefix_of_their_own_are_read_among_others() -> None:
    plain, prefixed = ("".join(f'<{x}row r="{r}"><{x}c r="A{r}"><{x}v>{r}</{x}v></{x}c></{x}row>' for r in rows)
                       for x, rows in (("", range(1, 30)), ("x:", range(30, 90))))  # fmt: skip
    data = worksheet(f'<sheetData xmlns:x="{MAIN}">{plain}{prefixed}<row r="95"/></sheetData>').encode()
    assert_equal(scan(data, "sheet1.xml"), scan(data, "sheet1.xml", strict=True))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("around", ["<!-- {} -->", "<row r='500'><c r='A500' t='str'><v><![CDATA[{}]]></v></c></row>"])
def test_rows_in_a_comment_are_none_wherever_the_pieces_end(around: str) -> None:
    rows = "".join(f'<row r="{r}"><c r="A{r}"><v>{r}</v></c></row>' for r in range(1, 60))
    data = worksheet(rows + around.format(rows.replace('r="', 'r="2')) + '<row r="900"/>').encode()
    found = scan(data, "sheet1.xml")
    assert_equal(found, scan(data, "sheet1.xml", strict=True))
    assert found.rows.number.tolist() == [*range(1, 60), *([500] if "500" in around else []), 900]


@pytest.mark.parametrize("rows", ["12 21", "2 2", "30 3"])
@pytest.mark.usefixtures("small")
def test_rows_out_of_order_are_refused_across_pieces_too(rows: str) -> None:
    filler = '<c r="A{r}" t="inlineStr"><is><t>' + "长" * 120 + "</t></is></c>"
    first, second = rows.split()
    body = "".join(f'<row r="{r}">{filler.format(r=r)}</row>' for r in (first, second))
    if int(first) < int(second):
        assert len(scan(worksheet(body).encode(), "sheet1.xml").rows.number) == 2
        return
    with pytest.raises(InputError) as refused:
        scan(worksheet(body).encode(), "sheet1.xml")
    assert "twice or out of order" in refused.value.en


@pytest.mark.parametrize(("pieces", "step"), [("small", 67), ("whole", 41)])
def test_no_byte_of_a_written_sheet_may_differ_from_what_was_meant(
    tmp_path: Path, pieces: str, step: int, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One byte of what goes into the file is changed after it was made, at some hundred places in turn.

    What is neither a byte of the old sheet nor a cell may differ: the width of the new column, and rows' spans.
    """
    if pieces == "small":
        request.getfixturevalue("small")
    path, output = save(tmp_path / "t.xlsx", team()), tmp_path / "out.xlsx"
    meant = written(path, output)[SHEET]
    output.unlink()
    honest = build.rebuild
    place = 0

    def spoilt(package: Package, changed: dict[str, Content], added: dict[str, Content]) -> bytes:
        content = bytearray(b"".join(changed[SHEET]))
        content[place] ^= 1
        return honest(package, {**changed, SHEET: bytes(content)}, added)

    monkeypatch.setattr(build, "rebuild", spoilt)
    free = {at for found in re.finditer(rb"<cols>.*</cols>|spans=\"[^\"]*\"", meant) for at in range(*found.span())}
    passed = []
    for place in set(range(0, len(meant), step)) - free:
        try:
            written(path, output)
        except EditError as error:
            assert "check before writing failed" in error.en
            assert not output.exists()
        else:
            passed.append(meant[place - 8 : place + 8])
            output.unlink()
    assert passed == []


@pytest.mark.parametrize("missing", ["its end", "a row", "a new cell"])
@pytest.mark.usefixtures("small")
def test_nothing_may_be_missing(tmp_path: Path, missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path, honest = save(tmp_path / "t.xlsx", team()), build.rebuild

    def cut(content: bytes) -> bytes:
        if missing == "its end":
            return content[: content.index(b"</sheetData>")]
        if missing == "a row":
            return content.replace(content[content.index(b'<row r="20"') : content.index(b'<row r="21"')], b"")
        start = content.index(b'<c r="E20"')
        return content[:start] + content[content.index(b"</c>", start) + 4 :]

    monkeypatch.setattr(build, "rebuild", lambda package, changed, added: honest(package, {**changed, SHEET: cut(b"".join(changed[SHEET]))}, added))
    with pytest.raises(EditError) as refused:
        written(path, tmp_path / "out.xlsx")
    assert "check before writing failed" in refused.value.en
    assert not (tmp_path / "out.xlsx").exists()


def test_a_stored_member_is_read_back_in_blocks_too(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as package:
        for name, data in team().items():
            package.writestr(name, data)
    path = tmp_path / "t.xlsx"
    path.write_bytes(out.getvalue())
    request.getfixturevalue("small")
    assert b"&lt;39&gt;" in written(path, tmp_path / "out.xlsx")[SHEET]


def test_writing_a_sheet_takes_less_memory_than_the_sheet(tmp_path: Path) -> None:
    """What comes beside the sheet that was read: made, deflated and read back, it is never there as a whole."""
    rows = 20_000
    body = "".join(f'<row r="{r}"><c r="A{r}" t="inlineStr"><is><t>客户{r}</t></is></c><c r="B{r}"><v>{r}</v></c></row>' for r in range(1, rows + 1))
    path = save(tmp_path / "t.xlsx", parts({"客户": worksheet(body)}))
    text = "很长的一段话" * 300
    with open_workbook(path) as book:
        sheet = book.sheet(0)
        sheet.set_column(3, list(range(2, rows + 1)), [text] * (rows - 1))
        tracemalloc.start()
        try:
            book.commit(tmp_path / "out.xlsx")
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    with zipfile.ZipFile(tmp_path / "out.xlsx") as package:
        assert peak < package.getinfo(SHEET).file_size / 2
