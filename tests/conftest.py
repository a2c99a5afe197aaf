"""What tests of several folders share: a browser that says nothing and asks for nothing by itself; fewer collections of garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

QUIET = ["--no-sandbox", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"]


def pytest_collection_finish() -> None:
    """A run in these tests makes its garbage among some millions of objects that pytest and the libraries keep to the end:
    they are set apart, and what is new is walked through less often.  The command itself runs without collections."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        yield chromium
        chromium.close()
