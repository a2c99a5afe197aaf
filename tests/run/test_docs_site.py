"""The pages as a site: it builds without a warning, leads nowhere that is not there, and loads nothing from elsewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from lxml import html
from lxml.html import HtmlElement
from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent.parent
LOADS = {"src", "href", "srcset", "poster", "data", "action"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-f", "docs/site/mkdocs.yml", "-d", str(out)]
    done = subprocess.run(command, cwd=ROOT, env={"NO_MKDOCS_2_WARNING": "1"}, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    return out


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, HtmlElement]:
    """Every page but the one of an address that does not exist, which is made for a server's root."""
    return {path.name: html.parse(path).getroot() for path in site.glob("*.html") if path.name != "404.html"}


def references(page: HtmlElement) -> Iterator[tuple[str, str]]:
    """(element, address) of all that a page loads or leads to."""
    for element in page.iter():
        if isinstance(element.tag, str):
            yield from ((element.tag, value) for name, value in element.attrib.items() if name in LOADS)


def test_every_page_of_the_folder_is_on_it_and_the_readmes_are_its_first_pages(pages: dict[str, HtmlElement]) -> None:
    assert set(pages) == {f"{path.stem}.html" for path in (ROOT / "docs").glob("*.md")} | {"index.html", "index.en.html"}
    assert "销售团队" in pages["index.html"].text_content() and "Sales teams" in pages["index.en.html"].text_content()


def test_every_link_and_picture_is_there(site: Path, pages: dict[str, HtmlElement]) -> None:
    anchors = {name: {element.get("id") for element in page.iter() if isinstance(element.tag, str)} | {""} for name, page in pages.items()}
    for name, page in pages.items():
        for _, address in references(page):
            parts = urlsplit(address)
            if not parts.scheme:
                target = unquote(parts.path) or name
                assert (site / target).is_file(), f"{name}: {address}"
                assert target not in pages or unquote(parts.fragment) in anchors[target], f"{name}: {address}"


def test_nothing_is_loaded_from_another_host(site: Path, pages: dict[str, HtmlElement]) -> None:
    for name, page in pages.items():
        outside = [(tag, address) for tag, address in references(page) if urlsplit(address).netloc and tag != "a"]
        assert outside == [], name
    for sheet in site.rglob("*.css"):
        assert re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//[^)\"']*", sheet.read_text(encoding="utf-8")) == [], sheet.name


def test_each_page_speaks_its_language_and_leads_to_the_other_one(pages: dict[str, HtmlElement]) -> None:
    ways = {name: {one.get("hreflang"): one.get("href") for one in page.iterfind(".//a[@class='md-select__link']")} for name, page in pages.items()}
    spoken = {name: page.get("lang") for name, page in pages.items()}
    assert ways["lead.html"] == {"zh": "lead.html", "en": "lead.en.html"} == ways["lead.en.html"]
    assert ways["weeks.html"] == {"zh": "weeks.zh.html", "en": "weeks.html"} == ways["weeks.zh.html"]
    assert ways["index.html"] == {"zh": "index.html", "en": "index.en.html"}
    assert ways["findings.html"] == ways["decisions.html"] == {}
    assert [spoken[name] for name in ("index.html", "lead.html", "weeks.zh.html", "findings.html")] == ["zh"] * 4
    assert [spoken[name] for name in ("index.en.html", "lead.en.html", "weeks.html", "decisions.html")] == ["en"] * 4


@pytest.mark.parametrize(("words", "found"), [("审核", "weeks.zh.html"), ("reminders", "cookbook.en.html"), ("unit-suspect", "findings.html")])
def test_a_search_finds_chinese_and_english_in_a_folder_without_a_network(site: Path, browser: Browser, words: str, found: str) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((site / "index.html").as_uri())
    page.fill("input[name=query]", words)
    page.wait_for_selector(".md-search-result__item")
    results = page.eval_on_selector_all(".md-search-result__item a", "links => links.map(link => link.href)")
    page.close()
    assert any(Path(urlsplit(one).path).name == found for one in results)
    assert all(one.startswith(("file:", "data:", "blob:", "about:")) for one in asked)


@pytest.mark.parametrize("name", ["index.html", "findings.html", "coverage.html", "cookbook.en.html", "architecture.html"])
def test_a_phone_never_scrolls_sideways(site: Path, browser: Browser, name: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto((site / name).as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()
