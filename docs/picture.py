"""Makes the pictures of README and docs: ``python docs/picture.py``.

The review comes from the sample team's fifth week, photographed in Chromium; the workbooks from ``crmsheet demo``, printed by
LibreOffice and cut by pdftoppm.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).resolve().parent
WEEKS = ("2026-09-02", "2026-09-09", "2026-09-16", "2026-09-23", "2026-09-30")  # a figure's line needs some
CHROMIUM = {
    "executable_path": "/usr/bin/chromium",
    "args": ["--no-sandbox", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
}
# picture -> the page of the printed workbook that holds this word, and how much of it is shown (points)
PAGES: dict[str, tuple[str, int]] = {"guide.png": ("评级规则", 260), "customers.png": ("信息来源", 190), "owned.png": ("建议等级", 190)}
DPI = 120


def photograph(browser: Browser, address: str, width: int, height: int, scheme: Literal["light", "dark"] = "light") -> bytes:
    """What stands in the window when the page is opened, as PNG."""
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.goto(address)
    taken = page.screenshot(animations="disabled", caret="hide")
    page.close()
    return taken


def main() -> None:
    """Write docs/*.png."""
    with tempfile.TemporaryDirectory() as name:
        _review(Path(name))
        _workbook(Path(name))


def _crmsheet(*words: str | Path) -> None:
    subprocess.run([sys.executable, "-m", "crmsheet", *map(str, words), "--quiet"], check=True)


def _review(folder: Path) -> None:
    (folder / "team.xlsx").write_bytes((HERE.parent / "sample_workbooks" / "team.xlsx").read_bytes())
    for day in WEEKS:
        _crmsheet("process", folder / "team.xlsx", "--as-of", day)
    page = folder / "crmsheet-reviews" / f"team-{WEEKS[-1]}.html"
    with sync_playwright() as play:
        (HERE / "review.png").write_bytes(photograph(play.chromium.launch(**CHROMIUM), page.as_uri(), 1440, 900))  # type: ignore[arg-type]


def _workbook(folder: Path) -> None:
    _crmsheet("demo", folder / "demo", "--as-of", "2026-09-30")
    printed = ["soffice", "--headless", f"-env:UserInstallation={(folder / 'office').as_uri()}", "--convert-to", "pdf", "--outdir", folder]
    subprocess.run([*map(str, printed), str(folder / "demo" / "team.xlsx")], check=True, capture_output=True)
    for name, (word, height) in PAGES.items():
        _cut(folder / "team.pdf", _page_with(folder / "team.pdf", word), height, HERE / name)


def _page_with(pdf: Path, word: str) -> int:
    """The first page that holds a word."""
    told: Callable[[int], str] = lambda page: subprocess.run(  # noqa: E731
        ["pdftotext", "-f", str(page), "-l", str(page), str(pdf), "-"], check=True, capture_output=True, encoding="utf-8"
    ).stdout
    return next(page for page in range(1, 100) if word in told(page).replace("\n", ""))


def _cut(pdf: Path, page: int, height: int, target: Path) -> None:
    """The upper part of a page as a picture."""
    scale = DPI / 72
    area = ["-x", str(int(20 * scale)), "-y", str(int(25 * scale)), "-W", str(int(800 * scale)), "-H", str(int(height * scale))]
    command = ["pdftoppm", "-png", "-r", str(DPI), "-f", str(page), "-l", str(page), "-singlefile", *area, str(pdf), str(target.with_suffix(""))]
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
