"""A write that must forget: nothing in the file holds what was replaced, and nothing else in it has changed."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from guard_cases import MAIN, book, zipped

from crmsheet.workbook import EditError, backups, open_workbook

STRINGS = {
    "plain": f'<sst xmlns="{MAIN}"><si><t>secret</t></si><si><t xml:space="preserve"> kept </t></si><si><r><t>ri</t></r><r><t>ch</t></r></si><si/></sst>',
    "prefixed": f'<x:sst xmlns:x="{MAIN}"><x:si><x:t>secret</x:t></x:si><x:si><x:t xml:space="preserve"> kept </x:t></x:si>'
    "<x:si><x:r><x:t>ri</x:t></x:r><x:r><x:t>ch</x:t></x:r></x:si><x:si/></x:sst>",
    "with comments": f'<sst xmlns="{MAIN}"><!-- <si> --><si><t>sec<![CDATA[ret]]></t></si><si><t> kept </t></si><si><t>rich</t></si><si></si></sst>',
}
CELLS = '<row r="9"><c r="A9" t="s"><v>0</v></c><c r="B9" t="s"><v>1</v></c><c r="C9" t="s"><v>2</v></c><c r="D9" t="s"><v>0</v></c></row>'


@pytest.fixture(params=STRINGS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    place = tmp_path / "book.xlsx"
    place.write_bytes(zipped(book(CELLS, strings=STRINGS[request.param])))
    return place


def strings(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read("xl/sharedStrings.xml").decode()


def values(path: Path, *refs: str) -> list[object]:
    with open_workbook(path) as opened:
        return [cell.value if (cell := opened.sheet(0).cell(ref)) else None for ref in refs]


def write(path: Path, *refs: str, backup: bool = False) -> None:
    with open_workbook(path) as opened:
        for ref in refs:
            opened.sheet(0).set(ref, "new")
        opened.commit(forget=True, backup=backup)


def test_a_string_that_no_cell_refers_to_any_more_is_emptied_and_all_others_keep_their_places(path: Path) -> None:
    write(path, "A9", "D9")
    assert values(path, "A9", "B9", "C9", "D9") == ["new", values(path, "B9")[0], "rich", "new"]
    assert str(values(path, "B9")[0]).strip() == "kept"
    assert "sec" not in strings(path) and "kept" in strings(path)
    assert backups(path) == []


def test_a_string_that_another_cell_still_shows_stays(path: Path) -> None:
    write(path, "A9")
    assert values(path, "A9", "D9") == ["new", "secret"]


def test_a_backup_is_kept_unless_it_must_not_be(path: Path) -> None:
    before = path.read_bytes()
    write(path, "A9", "D9", backup=True)
    assert [one.path.read_bytes() for one in backups(path)] == [before]


def test_a_sheet_of_another_kind_that_may_show_the_strings_stops_it(tmp_path: Path) -> None:
    place = tmp_path / "book.xlsx"
    place.write_bytes(zipped(book(CELLS, strings=STRINGS["plain"], extra={"xl/macrosheets/sheet1.xml": b'<m><c t="s"><v>0</v></c></m>'})))
    before = place.read_bytes()
    with pytest.raises(EditError, match="宏表"):
        write(place, "A9")
    assert place.read_bytes() == before
