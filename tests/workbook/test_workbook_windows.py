"""The swap on Windows, against a stand-in for ReplaceFileW that does to files what Windows says it does."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from crmsheet.workbook import BusyError, ChangedError
from crmsheet.workbook.windows import (
    CANNOT_MOVE_REPLACEMENT,
    CANNOT_MOVE_REPLACEMENT_2,
    CANNOT_REMOVE_REPLACED,
    SHARING_VIOLATION,
    replace_and_verify,
)

OLD, NEW, THEIRS, LATER = b"old", b"new", b"theirs", b"later still"


def replaced(one: str, by: str, aside: str) -> int:
    os.replace(one, aside)
    os.replace(by, one)
    return 0


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    new, target = tmp_path / ".crmsheet-1.swap", tmp_path / "客户.xlsx"
    new.write_bytes(NEW)
    target.write_bytes(OLD)
    return new, target


def swapped(files: tuple[Path, Path], call: Callable[[str, str, str], int]) -> list[str]:
    before, after = (hashlib.sha256(data).hexdigest() for data in (OLD, NEW))
    return [notice.zh for notice in replace_and_verify(*files, before, after, call)]


def left(files: tuple[Path, Path]) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in files[0].parent.iterdir()}


def test_the_new_file_takes_its_place_and_nothing_is_left(files: tuple[Path, Path]) -> None:
    assert swapped(files, replaced) == []
    assert left(files) == {"客户.xlsx": NEW}


@pytest.mark.parametrize("code", [SHARING_VIOLATION, CANNOT_REMOVE_REPLACED, CANNOT_MOVE_REPLACEMENT, 5])
def test_a_file_that_is_open_is_busy_and_stays(files: tuple[Path, Path], code: int) -> None:
    with pytest.raises(BusyError, match=r"客户\.xlsx 正被某个程序打开"):
        swapped(files, lambda *_: code)
    assert left(files)["客户.xlsx"] == OLD


def test_a_file_half_replaced_gets_its_name_again(files: tuple[Path, Path]) -> None:
    def half(one: str, _by: str, aside: str) -> int:
        os.replace(one, aside)
        return CANNOT_MOVE_REPLACEMENT_2

    with pytest.raises(BusyError):
        swapped(files, half)
    assert left(files) == {"客户.xlsx": OLD, ".crmsheet-1.swap": NEW}


def test_another_error_is_the_systems(files: tuple[Path, Path]) -> None:
    with pytest.raises(OSError, match="112"):
        swapped(files, lambda *_: 112)
    assert left(files)["客户.xlsx"] == OLD


def test_a_colleagues_save_goes_back(files: tuple[Path, Path]) -> None:
    turns = iter([THEIRS])

    def late(one: str, by: str, aside: str) -> int:
        for save in turns:
            Path(one).write_bytes(save)
        return replaced(one, by, aside)

    with pytest.raises(ChangedError):
        swapped(files, late)
    assert left(files) == {"客户.xlsx": THEIRS, ".crmsheet-1.swap": NEW}  # the commit clears away its own


def test_a_second_save_in_between_wins(files: tuple[Path, Path]) -> None:
    turns = iter([THEIRS, LATER])

    def late(one: str, by: str, aside: str) -> int:
        Path(one).write_bytes(next(turns))
        return replaced(one, by, aside)

    with pytest.raises(ChangedError):
        swapped(files, late)
    assert left(files)["客户.xlsx"] == LATER


def test_a_save_that_cannot_go_back_is_named(files: tuple[Path, Path]) -> None:
    turns = iter([0, SHARING_VIOLATION])

    def late(one: str, by: str, aside: str) -> int:
        if code := next(turns):
            return code
        Path(one).write_bytes(THEIRS)
        return replaced(one, by, aside)

    with pytest.raises(BusyError, match=r"对方保存的版本在 \.crmsheet-1\.aside"):
        swapped(files, late)
    assert left(files)[".crmsheet-1.aside"] == THEIRS
