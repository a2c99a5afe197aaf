"""Pages of the review for the browser: nobody, one customer, and 120 with three earlier runs behind them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Browser, Page

from crmsheet.model import Flow, Insight, Outcome, Past, Ratio, RunRecord, Span, Talk, TierChange
from crmsheet.review.html import render
from crmsheet.review.sections import SECTIONS

LAST = RunRecord(
    dt.date(2024, 3, 13), "priority 1", 120, {"S": 24, "A": 48, "B": 48}, {}, 6, 240, 30,
    {"overdue_rate": Ratio(30, 240), "silent_rate": Ratio(4, 24), "sound_rate": Ratio(96, 120)},
)  # fmt: skip
NOW = {"overdue_rate": Ratio(24, 240), "silent_rate": Ratio(5, 24), "sound_rate": Ratio(108, 120)}
OF_INSIGHT = ("indicators", "effort", "voices")  # the builder has none of their figures; the sample team's page shows them
WEEK = Span(dt.date(2024, 3, 14), dt.date(2024, 3, 20))
SEEN = Insight(
    span=WEEK, before=WEEK, origins={}, tiers=(), owners=(), verdict="too-few", objections=(), spoke=Ratio(0, 0), losses=(), lost=0,
    methods=(), rule=None, compared=(), kpis=(), weekly=(), flows=(Flow("A", "S", (0, 5)), Flow("S", "B", (3,))),
)  # fmt: skip


def pasts(positions: Sequence[int]) -> list[Past]:
    talk = Talk(dt.date(2024, 3, 1), "电话", "讨论二期方案｜<b>价格</b>偏高", "跟进记录!C7")
    move = TierChange(dt.date(2024, 2, 1), "B", "A", "up", "自动生效", "历史合作金额60万≥50万")
    return [Past((talk,), 8, (move,)) for _ in positions]


def write_pages(make_outcome: Callable[..., Outcome], folder: Path) -> dict[int, str]:
    """Number of customers → the address of the page."""
    found, runs = {}, tuple(replace(LAST, as_of=dt.date(2024, 3, day)) for day in (1, 8, 13))
    for count in (0, 1, 120):
        outcome = make_outcome(count, pasts=pasts)
        if count == 120:
            outcome = replace(outcome, last_run=LAST, history=runs, indicators=NOW, insight=SEEN)
        path = folder / f"{count}.html"
        path.write_text(render(outcome, [section(outcome, "zh") for section in SECTIONS if section.__name__ not in OF_INSIGHT], "zh"), encoding="utf-8")
        found[count] = path.as_uri()
    return found


@contextmanager
def quiet_page(browser: Browser, address: str) -> Iterator[Page]:
    """A page on a desk's screen, which says nothing to the console and asks for nothing but itself."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url) if request.url.partition("#")[0] != address else None)
    page.goto(address)
    yield page
    page.close()
    assert said == []
