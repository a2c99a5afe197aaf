"""The commit: all or nothing, with a verified backup, and never over somebody else's work."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest
from workbook_files import members, simple

from crmsheet.workbook import BusyError, EditError, Receipt, backups, build, commit, open_workbook, package
from crmsheet.workbook.errors import WorkbookError

ROWS = '<row r="1"><c r="A1"><v>1</v></c></row>'


def edit(path: Path, value: object = 2, output: Path | None = None) -> Receipt:
    with open_workbook(path) as book:
        book.sheet(0).set("A1", value)
        return book.commit(output)


def shown(path: Path) -> object:
    with open_workbook(path) as book:
        return next(book.sheet(0).cells()).value


def leftovers(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.suffix in (".part", ".swap", ".aside"))


def test_in_place_with_a_verified_backup(tmp_path: Path) -> None:
    path = simple(tmp_path / "客户.xlsx", ROWS)
    before = path.read_bytes()
    path.chmod(0o640)
    receipt = edit(path)
    assert shown(path) == 2 and receipt.path == path and receipt.cells_changed == 1
    assert receipt.backup is not None and receipt.backup.parent == tmp_path / ".crmsheet" / "backups"
    assert receipt.backup.read_bytes() == before
    assert receipt.sha256_before == hashlib.sha256(before).hexdigest()
    assert receipt.sha256_after == hashlib.sha256(path.read_bytes()).hexdigest()
    assert path.stat().st_mode & 0o777 == 0o640 and leftovers(tmp_path) == []


def test_a_few_of_the_newest_backups_are_kept(tmp_path: Path) -> None:
    path = simple(tmp_path / "客户.xlsx", ROWS)
    other = simple(tmp_path / "客户.2.xlsx", ROWS)
    edit(other)
    hashes = [edit(path, value).sha256_before for value in range(2, 15)]
    assert [backup.before for backup in backups(path)] == [h[:12] for h in hashes[:-11:-1]]
    assert [backup.after for backup in backups(path)][1:] == [h[:12] for h in hashes[:-10:-1]]
    assert len(backups(other)) == 1


def test_output_leaves_the_source_alone_and_may_exist(tmp_path: Path) -> None:
    path, out = simple(tmp_path / "b.xlsx", ROWS), tmp_path / "out" / "c.xlsx"
    out.parent.mkdir()
    out.write_bytes(b"old")
    before = path.read_bytes()
    receipt = edit(path, 5, out)
    assert (path.read_bytes(), shown(out), receipt.backup, receipt.path) == (before, 5, None, out)
    assert not (tmp_path / ".crmsheet").exists() and leftovers(out.parent) == []
    same = edit(path, 6, tmp_path / "." / "b.xlsx")  # the source by another name: in place
    assert same.backup is not None and shown(path) == 6


def test_a_save_between_two_looks_makes_no_copy_of_the_workbook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = simple(tmp_path / "b.xlsx", ROWS)
    monkeypatch.setattr(os.path, "samefile", lambda *_: False)  # as it says when the file was replaced in between
    receipt = edit(path)
    assert receipt.backup is not None


def test_a_symlink_stays_a_symlink(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    path, link = simple(tmp_path / "real" / "b.xlsx", ROWS), tmp_path / "link.xlsx"
    link.symlink_to(path)
    receipt = edit(link)
    assert link.is_symlink() and shown(path) == 2
    assert receipt.backup is not None and receipt.backup.parent.parent.parent == path.parent


def test_hard_links_are_refused(tmp_path: Path) -> None:
    path = simple(tmp_path / "b.xlsx", ROWS)
    os.link(path, tmp_path / "twin.xlsx")
    with pytest.raises(EditError, match="硬链接"):
        edit(path)
    assert shown(path) == 1 and leftovers(tmp_path) == [] and not (tmp_path / ".crmsheet").exists()


def test_a_file_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = simple(tmp_path / "b.xlsx", ROWS)
    with open_workbook(path) as book:
        book.sheet(0).set("A1", 2)
        theirs = simple(tmp_path / "b.xlsx", ROWS.replace("<v>1", "<v>9")).read_bytes()
        with pytest.raises(BusyError, match="读取之后"):
            book.commit()
    assert path.read_bytes() == theirs and leftovers(tmp_path) == []


def test_a_file_changed_during_the_backup_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = simple(tmp_path / "b.xlsx", ROWS)
    real = commit.keep_backup

    def slow(*args: object) -> Path:
        place = real(*args)  # type: ignore[arg-type]
        path.write_bytes(b"theirs")
        return place

    monkeypatch.setattr(commit, "keep_backup", slow)
    with pytest.raises(BusyError):
        edit(path)
    assert path.read_bytes() == b"theirs" and leftovers(tmp_path) == []


@pytest.mark.parametrize("function", ["replace", "fsync"])
@pytest.mark.parametrize(
    ("code", "kind"), [(errno.ENOSPC, EditError), (errno.EACCES, EditError), (errno.EIO, EditError)]
)
def test_a_failing_system_call_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str, code: int, kind: type[WorkbookError]
) -> None:
    path = simple(tmp_path / "b.xlsx", ROWS)
    before = path.read_bytes()

    def fails(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, function, fails)
    with pytest.raises(kind, match="未改动"):
        edit(path)
    assert path.read_bytes() == before and leftovers(tmp_path) == []


def test_the_proof_catches_a_damaged_neighbour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = simple(tmp_path / "b.xlsx", ROWS)
    before = path.read_bytes()
    real = package.rebuild
    for damage in (
        lambda d: d.replace(b"<Types", b"<types", 1),
        lambda d: d[:-30],
        lambda d: d.replace(b"2024", b"2025"),
    ):

        def wrong(old: package.Package, parts: dict[str, bytes], added: object, damage: object = damage) -> bytes:
            data = bytearray(real(old, parts))
            data[old.members[0].data] ^= 1
            return bytes(data)

        monkeypatch.setattr(build, "rebuild", wrong)
        with pytest.raises(EditError, match="自检"):
            edit(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", ["neighbour", "value", "unclosed", "moved"])
def test_the_proof_catches_a_wrong_splice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    path = simple(tmp_path / "b.xlsx", '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>77</v></c></row>')
    before = path.read_bytes()
    real = build.cell_splices
    start = members(path)["xl/worksheets/sheet1.xml"].index(b"77")

    def wrong(*args: object) -> list[tuple[int, int, bytes]]:
        [(a, b, new)] = real(*args)  # type: ignore[arg-type]
        return {
            "neighbour": [(a, b, new), (start, start + 2, b"78888")],
            "value": [(a, b, new.replace(b">2<", b">3<"))],
            "unclosed": [(a, b, new[:-1])],
            "moved": [(a, b, new.replace(b"A1", b"C1"))],
        }[damage]

    monkeypatch.setattr(build, "cell_splices", wrong)
    with pytest.raises(EditError, match="自检"):
        edit(path)
    assert path.read_bytes() == before and leftovers(tmp_path) == []


def test_after_a_commit_the_book_is_done(tmp_path: Path) -> None:
    path = simple(tmp_path / "b.xlsx", ROWS)
    book = open_workbook(path)
    book.sheet(0).set("A1", 2)
    book.commit()
    with pytest.raises(EditError, match="重新打开"):
        book.sheet(0).set("A1", 3)
