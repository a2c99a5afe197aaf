"""Makes the README's picture: ``python docs/picture.py`` runs the sample team for five weeks and photographs its review in Chromium."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHROMIUM = [
    "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--window-size=1440,900",
]  # fmt: skip


def main() -> None:
    """Write docs/review.png."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "team.xlsx").write_bytes((HERE.parent / "sample_workbooks" / "team.xlsx").read_bytes())
        for day in ("2026-09-02", "2026-09-09", "2026-09-16", "2026-09-23", "2026-09-30"):  # a figure's line needs some weeks
            command = [sys.executable, "-m", "crmsheet", "process", str(folder / "team.xlsx"), "--as-of", day, "--quiet"]
            subprocess.run(command, check=True)
        page = folder / "crmsheet-reviews" / "team-2026-09-30.html"
        picture = [f"--user-data-dir={folder / 'profile'}", f"--screenshot={HERE / 'review.png'}", page.as_uri()]
        subprocess.run([*CHROMIUM, *picture], check=True, capture_output=True)


if __name__ == "__main__":
    main()
