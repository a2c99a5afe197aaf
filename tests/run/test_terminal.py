"""On the terminal: wrong words are met with the nearest right one, and no console is too narrow for it."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sheets import ROWS_SIMPLE, write_workbook
from test_command_line import crmsheet, refusal

DAY = ("--as-of", "2024-03-20")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write_workbook(tmp_path / "team.xlsx", {"客户": ROWS_SIMPLE})


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("chek", "x.xlsx"), "没有命令“chek”，是否指“check”？"),
        (("polcy", "list"), "是否指“policy”？"),
        (("policy", "shw"), "是否指“show”？（全部命令见 crmsheet policy --help）"),
        (("process", "--dry-rn", "x.xlsx"), "没有选项“--dry-rn”，是否指“--dry-run”？"),
        (("process", "x.xlsx", "--period", "wek"), "--period: “wek”不在可选之列，是否指“week”？（可选：week、month、quarter）"),
        (("process", "x.xlsx", "--wait", "soon"), "“soon”不是分钟数"),
        (("process",), "应为：crmsheet process [OPTIONS] WORKBOOK..."),
        (("process", "x.xlsx", "--as-of"), "--as-of 后面要写上它的值"),
        (("undo", "my", "team.xlsx"), "多了“team.xlsx”；文件名里有空格时请加引号"),
        (("policy", "show", "crn"), "是否指“crm”？"),
        (("init", "new.xlsx", "--preset", "prioritty"), "是否指“priority”？"),
        (("explain", "missing-colum"), "是否指“missing-column”？"),
        (("chek", "x.xlsx", "--lang", "en"), "no command “chek”, did you mean “check”?"),
    ],
)
def test_a_wrong_word_gets_the_nearest_right_one(words: tuple[str, ...], told: str, tmp_path: Path) -> None:
    assert told in refusal(crmsheet(*words, cwd=tmp_path))


def test_so_do_policies_tiers_and_headers_of_a_workbook(book: Path) -> None:
    assert "是否指“priority”？" in refusal(crmsheet("check", book, "--policy", "prioriti"))
    assert "是否指“all”？" in refusal(crmsheet("process", book, "--approve", "al", *DAY))
    (book.parent / "crmsheet.toml").write_text('[columns.customers]\n"不认识的栏" = "remark"\n', encoding="utf-8")
    told = crmsheet("doctor", book, *DAY)
    assert told.returncode == 0
    assert "“不认识的栏”在表中没有，是否指“不认识的列”？" in told.stdout


@pytest.mark.parametrize("encoding", ["gbk"])
def test_no_console_is_too_narrow(book: Path, encoding: str) -> None:
    env = {**os.environ, "PYTHONIOENCODING": encoding, "LC_ALL": "C"}
    for words in (["--help"], ["check", book, *DAY], ["process", book, *DAY], ["process", book, *DAY, "--dry-run"], ["policy", "list"], ["doctor", book],
                  ["init", "--from", book], ["chek"], ["init", book.parent / "new.xlsx"]):  # fmt: skip
        done = subprocess.run([sys.executable, "-m", "crmsheet", *map(str, words)], env=env, capture_output=True, check=False)
        (book.parent / "new.xlsx").unlink(missing_ok=True)
        assert done.returncode == (2 if words == ["chek"] else 0), done.stderr
        assert b"Traceback" not in done.stderr
        text = (done.stdout + done.stderr).decode("utf-8" if encoding == "ascii" else encoding)
        assert ("客户" in text or "命令" in text or "优先级" in text) == (encoding != "cp1252")


def test_json_is_utf_8_whatever_the_console(book: Path) -> None:
    env = {**os.environ, "PYTHONIOENCODING": "gbk"}
    done = subprocess.run([sys.executable, "-m", "crmsheet", "check", str(book), *DAY, "--json"], env=env, capture_output=True, check=True)
    assert "甲公司" in done.stdout.decode("utf-8")


def test_quiet_says_nothing_but_faults(book: Path) -> None:
    for words in (("process", book, *DAY), ("check", book, *DAY), ("doctor", book, *DAY), ("init", book.parent / "new.xlsx"), ("undo", book)):
        done = crmsheet(*words, "--quiet")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), words
    assert "找不到" in refusal(crmsheet("check", book.parent / "none.xlsx", "--quiet"))


def test_a_run_says_what_comes_next(book: Path) -> None:
    told = crmsheet("process", book, *DAY)  # 乙公司 has no tier yet: one proposal waits
    assert "下一步：负责人在“审核”列对 1 项选“同意”或“驳回”" in told.stdout
    assert "the lead answers what waits (1)" in crmsheet("process", book, *DAY, "--lang", "en").stdout


def test_nothing_is_coloured_whether_asked_or_not(book: Path) -> None:
    for env in ({}, {"NO_COLOR": "1"}, {"FORCE_COLOR": "1"}):
        done = crmsheet("check", book, *DAY, **env)
        assert not re.search(r"\x1b", done.stdout + done.stderr)


def completed(words: str, count: int) -> list[str]:
    """What bash is offered for the last word."""
    command = Path(sys.executable).with_name("crmsheet")
    env = {**os.environ, "_CRMSHEET_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(count)}
    told = subprocess.run([command], env=env, encoding="utf-8", capture_output=True, check=True).stdout
    return [line.partition(",")[2] for line in told.splitlines()]


def test_completion_offers_commands_options_presets_and_codes() -> None:
    assert completed("crmsheet in", 1) == ["init"]
    assert completed("crmsheet do", 1) == ["doctor"]
    assert completed("crmsheet process --dry", 2) == ["--dry-run"]
    assert completed("crmsheet process --policy pr", 3) == ["priority", "profile"]
    assert completed("crmsheet process --period m", 3) == ["month"]
    assert completed("crmsheet explain missing-c", 2) == ["missing-column"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(shell: str) -> None:
    command = Path(sys.executable).with_name("crmsheet")
    env = {**os.environ, "_CRMSHEET_COMPLETE": f"{shell}_source"}
    told = subprocess.run([command], env=env, encoding="utf-8", capture_output=True, check=True).stdout
    assert "crmsheet" in told and f"{shell}_complete" in told


def test_help_loads_nothing_heavy() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "crmsheet", "--help"]
    told = subprocess.run(command, encoding="utf-8", capture_output=True, check=True).stderr
    assert not re.search(r"\b(numpy|pandas|openpyxl|pydantic|xlsxwriter)\b", told)


def on_a_terminal(*words: str | Path, **env: str) -> str:
    """What a person at a terminal sees come by, from both streams."""
    ours, theirs = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if name not in ("LANG", "LC_ALL", "LC_MESSAGES", "LANGUAGE", "TERM")}
    command = [sys.executable, "-m", "crmsheet", *map(str, words)]
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, env={**clean, "LANG": "C.UTF-8", **env}) as process:
        os.close(theirs)
        seen = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # nobody writes there any more
                break
            if not piece:
                break
            seen += piece
    os.close(ours)
    assert process.returncode == 0
    return seen.decode("utf-8").replace("\r\n", "\n")


def test_a_terminal_shows_what_a_run_is_at_and_keeps_nothing_of_it(book: Path) -> None:
    seen = on_a_terminal("process", book, *DAY, TERM="xterm")
    stages = ["team.xlsx：正在读取…", "team.xlsx：正在判断 3 个客户…", "team.xlsx：正在写回并核对 3 个客户…", "team.xlsx：正在生成 3 个客户的复盘报告…"]
    assert [part for part in seen.split("\r\x1b[K") if part in stages] == stages
    kept = [line.rpartition("\r\x1b[K")[2] for line in seen.split("\n")]
    assert kept[0].startswith(f"{book}：3 个客户") and not any("正在" in line for line in kept)


@pytest.mark.parametrize(("words", "env"), [((), {"TERM": "dumb"}), ((), {}), (("--quiet",), {"TERM": "xterm"})])
def test_a_dumb_terminal_or_quiet_shows_no_progress(book: Path, words: tuple[str, ...], env: dict[str, str]) -> None:
    assert "正在" not in on_a_terminal("process", book, *DAY, *words, **env)


def test_nothing_of_it_goes_into_a_file(book: Path) -> None:
    done = crmsheet("process", book, *DAY, TERM="xterm")
    assert "正在" not in done.stderr + done.stdout and "\x1b" not in done.stderr + done.stdout
