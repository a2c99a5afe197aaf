"""The first screen looks as it did when somebody last looked at it.

``CRMSHEET_PICTURES=write sh tests/run.sh tests/review/test_pictures.py`` takes the pictures anew; look at each before it is committed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pages import write_pages
from picture import photograph
from PIL import Image, ImageChops
from playwright.sync_api import Browser

from crmsheet.model import Outcome

PICTURES = Path(__file__).parent / "pictures"
SHOTS = ((120, 1440, 900, "light"), (120, 1440, 900, "dark"), (120, 390, 844, "light"), (0, 1440, 900, "light"))
_BLUR = 4  # pixels a side that are seen as one: how a letter's edge is drawn may differ
_SEEN = 24  # of 255: what an eye tells apart
_MOST = 0.004  # of the picture that may differ: less than one row of a table


def changed(taken: Image.Image, kept: Image.Image) -> float:
    """The share of a picture that an eye would call different; all of it where the size differs."""
    if taken.size != kept.size:
        return 1.0
    seen = ImageChops.difference(taken.convert("RGB").reduce(_BLUR), kept.convert("RGB").reduce(_BLUR)).convert("L").histogram()
    return sum(seen[_SEEN:]) / sum(seen)


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory, make_outcome: Callable[..., Outcome]) -> dict[int, str]:
    return write_pages(make_outcome, tmp_path_factory.mktemp("pictures"))


@pytest.mark.parametrize(("count", "width", "height", "scheme"), SHOTS)
def test_the_first_screen_looks_as_it_did(
    count: int, width: int, height: int, scheme: Any, browser: Browser, addresses: dict[int, str], tmp_path: Path
) -> None:
    name = f"{count}-{width}-{scheme}.png"
    taken = Image.open(BytesIO(photograph(browser, addresses[count], width, height, scheme)))
    if os.environ.get("CRMSHEET_PICTURES") == "write":
        PICTURES.mkdir(exist_ok=True)
        taken.convert("RGB").quantize(256).save(PICTURES / name, optimize=True)
    taken.save(tmp_path / name)
    assert changed(taken, Image.open(PICTURES / name)) < _MOST, f"compare {tmp_path / name} with {PICTURES / name}"


def test_a_row_that_is_missing_and_a_colour_that_changed_are_seen(browser: Browser, addresses: dict[int, str]) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(addresses[120])
    kept = Image.open(PICTURES / "120-1440-light.png")

    def now() -> float:
        return changed(Image.open(BytesIO(page.screenshot())), kept)

    assert now() < _MOST
    page.locator("#t-summary-neglected tbody tr").first.evaluate("row => row.remove()")
    assert now() > _MOST
    page.reload()
    page.locator(".notice").first.evaluate("notice => notice.classList.replace('bad', 'good')")
    assert now() > _MOST
    page.close()
