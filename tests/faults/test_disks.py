"""Disks and rights: a full disk, a read-only one, the file's own mode, owner and extended attributes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from workbook_files import simple

from crmsheet.workbook import EditError, open_workbook

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
SAMPLE = Path(__file__).resolve().parents[2] / "sample_workbooks" / "team.xlsx"
ROWS = '<row r="1"><c r="A1"><v>1</v></c></row>'


def edit(path: Path) -> list[str]:
    with open_workbook(path) as book:
        book.sheet(0).set("A1", 2)
        return [notice.zh for notice in book.commit().notices]


@contextmanager
def small_disk(place: Path, options: str) -> Iterator[Path]:
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


@needs_root
def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "size=192k") as disk:
        path = Path(shutil.copy(SAMPLE, disk / "team.xlsx"))
        run = subprocess.run(
            [sys.executable, "-m", "crmsheet", "process", str(path), "--as-of", "2026-09-30", "--out", str(tmp_path / "out")],
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert run.returncode == 2 and "No space left" in run.stderr and "原文件未改动" in run.stderr
        assert run.stderr.count("\n") == 1 and path.read_bytes() == SAMPLE.read_bytes()
        assert [p.name for p in disk.rglob("*") if p.is_file() and p.suffix not in (".xlsx", ".lock")] == []


@needs_root
def test_a_read_only_disk_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "size=1m") as disk:
        path = simple(disk / "客户.xlsx", ROWS)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with pytest.raises(EditError, match="只读|不可写入"):
            edit(path)
        assert sorted(p.name for p in disk.iterdir()) == ["客户.xlsx"]


def test_mode_times_and_attributes_stay_with_the_file(tmp_path: Path) -> None:
    path = simple(tmp_path / "客户.xlsx", ROWS)
    path.chmod(0o664)
    os.setxattr(path, "user.部门".encode(), "华东".encode())
    assert edit(path) == []
    assert path.stat().st_mode & 0o7777 == 0o664 and os.getxattr(path, "user.部门".encode()) == "华东".encode()


@needs_root
def test_owner_and_group_stay_with_the_file(tmp_path: Path) -> None:
    path = simple(tmp_path / "客户.xlsx", ROWS)
    os.chown(path, 1234, 2345)
    assert edit(path) == []
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 2345)


@needs_root
def test_a_group_that_cannot_be_kept_is_said(tmp_path: Path) -> None:
    """Another user runs it: the owner changes, the group may not be given away, and people are told."""
    path = simple(tmp_path / "客户.xlsx", ROWS)
    tmp_path.chmod(0o777)
    path.chmod(0o666)
    os.chown(path, 1234, 2345)
    code = f"""
import os, sys
sys.path[:0] = {sys.path!r}
import ctypes, fcntl, filelock, signal
from crmsheet.workbook import open_workbook, swap
swap._exchanger()  # loaded while this user may read the libraries
book = open_workbook({str(path)!r})
book.sheet(0).set("A1", 2)
os.setgroups([]); os.setgid(65534); os.setuid(65534)
print([n.zh for n in book.commit().notices])
"""
    for folder in [*tmp_path.parents][:-1]:
        if not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o055)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "所属组无法保留" in run.stdout


def test_a_very_long_name_is_no_obstacle(tmp_path: Path) -> None:
    path = simple(tmp_path / ("客户" * 40 + ".xlsx"), ROWS)
    assert edit(path) == []
    with open_workbook(path) as book:
        book.sheet(0).set("A1", 3)
        receipt = book.commit()
    assert receipt.backup and receipt.backup.exists()
