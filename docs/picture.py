"""Photographs reviews in Chromium: ``python docs/picture.py`` makes the README's picture of the sample team after five weeks."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).resolve().parent
WEEKS = ("2026-09-02", "2026-09-09", "2026-09-16", "2026-09-23", "2026-09-30")  # a figure's line needs some
CHROMIUM = {
    "executable_path": "/usr/bin/chromium",
    "args": ["--no-sandbox", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
}


def photograph(browser: Browser, address: str, width: int, height: int, scheme: Literal["light", "dark"] = "light") -> bytes:
    """What stands in the window when the page is opened, as PNG."""
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.goto(address)
    taken = page.screenshot(animations="disabled", caret="hide")
    page.close()
    return taken


def main() -> None:
    """Write docs/review.png."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as play:
        folder = Path(name)
        (folder / "team.xlsx").write_bytes((HERE.parent / "sample_workbooks" / "team.xlsx").read_bytes())
        for day in WEEKS:
            command = [sys.executable, "-m", "crmsheet", "process", str(folder / "team.xlsx"), "--as-of", day, "--quiet"]
            subprocess.run(command, check=True)
        page = folder / "crmsheet-reviews" / f"team-{WEEKS[-1]}.html"
        (HERE / "review.png").write_bytes(photograph(play.chromium.launch(**CHROMIUM), page.as_uri(), 1440, 900))  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
