"""crmsheet doctor: what would prevent a run, found before it, each with what to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from sheets import ROWS_SIMPLE, write_workbook
from test_command_line import crmsheet

from crmsheet.doctor.machine import package_lines
from crmsheet.workbook import holders
from crmsheet.workbook.ole import encrypted

DAY = ("--as-of", "2024-03-20")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write_workbook(tmp_path / "team.xlsx", {"客户": ROWS_SIMPLE})


def looked(*arguments: str | Path, code: int = 0, **env: str) -> dict[str, list[dict[str, Any]]]:
    """The lines of ``doctor --json`` by check."""
    result = crmsheet("doctor", *arguments, *DAY, "--json", **env)
    assert result.returncode == code, result.stderr + result.stdout
    document = json.loads(result.stdout)
    assert document["ready"] == (code == 0)
    found: dict[str, list[dict[str, Any]]] = {}
    for line in document["lines"]:
        found.setdefault(line["check"], []).append(line)
    return found


def test_each_sheet_of_customers_is_told_its_own_columns(tmp_path: Path) -> None:
    north = [["客户编号", "客户名称", "历史合作金额(万元)"], ["C1", "甲公司", 120]]
    south = [["客户编号", "客户名称", "负责人", "暗号"], ["C2", "乙公司", "张伟", "x"]]
    found = looked(write_workbook(tmp_path / "team.xlsx", {"华北": north, "华南": south}))
    texts = [line["text"] for line in found["headers"]]
    assert ["认出 3 列" in texts[0], "不认识 0 列" in texts[0], "认出 3 列" in texts[1], "不认识 1 列" in texts[1]] == [True] * 4, texts


def office_note(book: Path, who: str) -> Path:
    """What Excel leaves beside an open file."""
    note = book.with_name(f"~${book.name}")
    data = bytearray(165)
    data[55] = len(who)
    data[57 : 57 + 2 * len(who)] = who.encode("utf-16-le")
    note.write_bytes(bytes(data))
    return note


def test_a_sound_workbook_is_ready_line_by_line_and_nothing_is_left_beside_it(book: Path) -> None:
    before = book.read_bytes()
    found = looked(book)
    assert {line["state"] for lines in found.values() for line in lines} == {"ok"}
    assert list(found) == [
        "python", "packages", "console", "folder", "file", "backups", "disk", "locks", "settings", "workbook", "policy", "headers", "calendar",
    ]  # fmt: skip
    assert "认出 6 列" in found["headers"][0]["text"] and "不认识 1 列" in found["headers"][0]["text"]
    assert [p.name for p in book.parent.iterdir()] == ["team.xlsx"]
    assert book.read_bytes() == before


def test_without_a_workbook_the_machine_and_this_folder_are_looked_at(tmp_path: Path) -> None:
    result = crmsheet("doctor", *DAY, cwd=tmp_path)
    assert result.returncode == 0
    assert str(tmp_path) in result.stdout and "可以运行" in result.stdout
    assert "a run can work here" in crmsheet("doctor", *DAY, "--lang", "en", cwd=tmp_path).stdout


def test_who_has_the_file_open_is_named_and_prevents_a_run(book: Path) -> None:
    office_note(book, "李晓梅")
    (line,) = looked(book, code=2)["locks"]
    assert line["state"] == "error" and "李晓梅" in line["text"] and "--wait" in line["fix"]
    book.with_name("~$team.xlsx").unlink()
    book.with_name(".~lock.team.xlsx#").write_text("王五,wang,pc7,25.11.2026 09:00,file:///x;", encoding="utf-8")
    (line,) = looked(book, code=2)["locks"]
    assert "王五 @ pc7" in line["text"] and "LibreOffice" in line["text"]


def test_a_note_that_was_left_behind_only_warns(book: Path) -> None:
    note = office_note(book, "李晓梅")
    old = time.time() - 5 * 24 * 3600
    os.utime(note, (old, old))
    (line,) = looked(book)["locks"]
    assert line["state"] == "warn" and "残留" in line["text"]


def test_another_run_is_named(book: Path) -> None:
    crmsheet("process", book, *DAY)
    assert holders(book) == []
    with FileLock(book.parent / ".crmsheet" / "team.xlsx.lock"):
        (holder,) = holders(book)
    assert (holder.program, holder.left_behind) == ("crmsheet", False)


def test_a_password_is_asked_for_and_checked(book: Path, tmp_path: Path) -> None:
    book.write_bytes(encrypted(book.read_bytes(), "open sesame"))
    assert "已加密" in looked(book, code=2)["workbook"][0]["text"]
    secret = tmp_path / "password.txt"
    secret.write_text("open sesame\n", encoding="utf-8")
    assert "密码正确" in looked(book, "--password-file", secret)["workbook"][0]["text"]


def test_a_bad_settings_file_is_told_with_its_fault(book: Path) -> None:
    (book.parent / "crmsheet.toml").write_text("polcy = 'crm'\n", encoding="utf-8")
    (line,) = looked(book, code=2)["settings"]
    assert "没有这一项，是否指“policy”？" in line["text"]


def test_an_unknown_policy_and_an_unpublished_year_are_told(book: Path) -> None:
    found = looked(book, "--policy", "prioriti", code=2)
    assert "priority" in found["policy"][0]["text"]
    result = crmsheet("doctor", book, "--as-of", "2031-03-20", "--json")
    (line,) = [one for one in json.loads(result.stdout)["lines"] if one["check"] == "calendar"]
    assert line["state"] == "warn" and "2031" in line["text"] and "[calendar]" in line["fix"]


def test_headers_and_tier_words_that_are_not_read_are_named(tmp_path: Path) -> None:
    rows = [["客户编号", "客户名称", "合作金额", "优先级"], ["C0000001", "甲公司", 30, "VIP客户"]]
    found = looked(write_workbook(tmp_path / "own.xlsx", {"客户": rows}))
    assert found["headers"][0]["state"] == "warn" and "合作金额" in found["headers"][0]["text"]
    assert "VIP客户" in found["tiers"][0]["text"] and "init --from" in found["tiers"][0]["fix"]


def test_what_is_no_workbook_or_no_table_prevents_a_run(tmp_path: Path) -> None:
    assert "找不到" in looked(tmp_path / "none.xlsx", code=2)["workbook"][0]["text"]
    text = tmp_path / "text.xlsx"
    text.write_text("hello", encoding="utf-8")
    assert "workbook" in looked(text, code=2)
    empty = write_workbook(tmp_path / "empty.xlsx", {"Sheet1": [["a", "b", "c"]]})
    (line,) = looked(empty, code=2)["headers"]
    assert "没有找到客户表" in line["text"] and "init --from" in line["fix"]


@pytest.mark.parametrize(("encoding", "state"), [("cp1252", "warn"), ("gbk", "ok"), ("utf-8", "ok")])
def test_a_console_that_cannot_show_chinese_is_told(encoding: str, state: str) -> None:
    command = [sys.executable, "-m", "crmsheet", "doctor", *DAY, "--json"]
    told = subprocess.run(command, env={**os.environ, "PYTHONIOENCODING": encoding}, capture_output=True, check=True).stdout
    (line,) = [one for one in json.loads(told)["lines"] if one["check"] == "console"]
    assert (line["state"], encoding in line["text"]) == (state, True)


def test_missing_and_old_packages_are_named() -> None:
    lines = list(package_lines("en", ["click>=99.0", "no-such-package>=1", "isal-none; python_version > '3'", "pytest>=8; extra == 'test'"]))
    assert [(one.state, one.text) for one in lines] == [
        ("error", f"click {lines[0].text.split()[1]} is older than 99.0"), ("error", "no-such-package is missing"),
    ]  # fmt: skip
    assert "pip install --upgrade click" in str(lines[0].fix)
