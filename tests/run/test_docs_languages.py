"""A page and the one beside it in the other language say the same: parts, commands, tables, links and figures."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
PAIRS = sorted((DOCS / f"{path.name.split('.')[0]}.md", path) for lang in ("zh", "en") for path in DOCS.glob(f"*.{lang}.md"))
USERS_PAGES = {"install", "first-hour", "lead", "cookbook", "weeks", "review", "settings", "presets", "lab", "privacy", "export", "engine"}
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
both = pytest.mark.parametrize(("page", "other"), PAIRS, ids=lambda path: path.name)


def prose(page: Path) -> str:
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def headings(page: Path) -> list[int]:
    return [len(marks) for marks in re.findall(r"^(#+) ", prose(page), re.MULTILINE)]


def code(page: Path) -> list[str]:
    """Fenced blocks without what comments say."""
    return [re.sub(r"(^|\s)#.*$", "", block, flags=re.MULTILINE) for block in FENCED.findall(page.read_text(encoding="utf-8"))]


def tables(page: Path) -> list[int]:
    """Columns of each row of each table, in order."""
    return [len(re.findall(r"(?<!\\)\|", line)) - 1 for line in prose(page).splitlines() if line.startswith("|")]


def links(page: Path) -> Counter[str]:
    """Targets without their language: lead.en.md is lead.md."""
    return Counter(re.sub(r"(\.(zh|en)|README(\.zh-CN)?)\.md", lambda m: "README.md" if "README" in m[0] else ".md", one) for one in targets(page))


def words_of_code(page: Path) -> set[str]:
    return set(re.findall(r"`([^`]+)`", prose(page)))


def targets(page: Path) -> list[str]:
    return re.findall(r"\]\(([^)]+)\)", prose(page))


def figures(page: Path) -> set[str]:
    """Numbers of two digits and more, outside the code."""
    return set(re.findall(r"\d[\d,.:]*\d", re.sub(r"`[^`]*`|\]\([^)]*\)", "", prose(page))))


def test_every_page_that_users_need_is_there_in_both_languages() -> None:
    assert {page.stem for page, _ in PAIRS} >= USERS_PAGES
    assert all(page.exists() for page, _ in PAIRS)


@both
def test_both_have_the_same_parts_code_and_tables(page: Path, other: Path) -> None:
    assert headings(page) == headings(other)
    assert code(page) == code(other)
    assert tables(page) == tables(other)
    assert words_of_code(page) == words_of_code(other)


@both
def test_both_say_the_same_figures(page: Path, other: Path) -> None:
    assert figures(page) == figures(other)


@both
def test_both_lead_to_the_same_pages_in_their_own_language(page: Path, other: Path) -> None:
    assert links(page) == links(other)
    assert other.name in targets(page) and page.name in targets(other), "each leads to the other at its top"
    english = {page.name if other.name.endswith(".zh.md") else other.name for page, other in PAIRS}
    names = {path.name for pair in PAIRS for path in pair}
    for mine, counterpart in ((page, other), (other, page)):
        led = {one for one in targets(mine) if one in names} - {counterpart.name}
        assert all((one in english) == (mine.name in english) for one in led), f"{mine.name}: {led}"


def test_english_pages_hold_no_chinese_sentence_and_chinese_pages_no_english_one() -> None:
    for page, other in (pair for pair in PAIRS if pair[0].name != "presets.md"):  # its rules hold the texts of tasks
        chinese, english = (page, other) if other.name.endswith(".en.md") else (other, page)
        assert not re.search(r"[一-龥][，。；][一-龥]", re.sub(r"`[^`]*`", "", prose(english))), english.name
        assert not re.search(r"(\b[a-z]{2,} ){4}", re.sub(r"`[^`]*`|\]\([^)]*\)", "", prose(chinese))), chinese.name
