"""What a run leaves opens in the programs people use: LibreOffice and Chromium."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Browser

from crmsheet.job import Job
from crmsheet.process_command import process_all
from crmsheet.resources import sample_bytes
from crmsheet.writeback import COLUMNS
from sample_workbooks.make import AS_OF


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample team after a run, and its review."""
    folder = tmp_path_factory.mktemp("team")
    (folder / "team.xlsx").write_bytes(sample_bytes("team.xlsx"))
    assert process_all([folder / "team.xlsx"], Job(as_of=AS_OF, quiet=True)) == 0
    return folder


def convert(path: Path, kind: str, out: Path) -> Path:
    """Open a file in LibreOffice and save it as another kind."""
    profile = f"-env:UserInstallation={(out / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", kind, "--outdir", str(out), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return out / f"{path.stem}.{kind.split(':', maxsplit=1)[0]}"


def cells(path: Path) -> list[list[Any]]:
    book = openpyxl.load_workbook(path, data_only=True)
    return [[cell.value for cell in row] for row in book["客户信息基础表"].iter_rows()]


def test_libreoffice_reads_what_was_written(made: Path, tmp_path: Path) -> None:
    ours = cells(made / "team.xlsx")
    theirs = cells(convert(made / "team.xlsx", "xlsx:Calc MS Excel 2007 XML", tmp_path))
    assert ours[1][21:] == [column.header for column in COLUMNS]
    for mine, other in zip(ours, theirs, strict=False):
        assert mine[21:] == other[21 : len(mine)]
        assert mine[0] == other[0]


def test_the_excel_review_prints(made: Path, tmp_path: Path) -> None:
    pdf = convert(made / "crmsheet-reviews" / "team-2026-09-30.xlsx", "pdf", tmp_path)
    text = subprocess.run(["pdftotext", str(pdf), "-"], check=True, capture_output=True, encoding="utf-8").stdout
    assert "待审核" in text and "team.xlsx" in text


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_html_review_opens_without_a_word_on_the_console_or_a_request(made: Path, browser: Browser, width: int, scheme: Any) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    address = (made / "crmsheet-reviews" / "team-2026-09-30.html").as_uri()
    page.goto(address)
    assert "待审" in page.inner_text("body")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert (said, asked) == ([], [address])
    page.close()


def test_names_from_the_data_are_text_in_the_page(made: Path, browser: Browser) -> None:
    page = browser.new_page()
    page.goto((made / "crmsheet-reviews" / "team-2026-09-30.html").as_uri())
    text = page.inner_text("body")
    assert "<b>博创</b>电子有限公司" in text and "=SUM(上海)贸易有限公司" in text
    page.close()
