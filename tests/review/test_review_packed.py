"""A long list of customers in a browser: all of them are found, sorted and opened, though few rows stand in the page."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pages import quiet_page
from playwright.sync_api import Browser, Page

from crmsheet.model import Outcome
from crmsheet.review.html import render
from crmsheet.review.sections import build

TABLE = "#t-customers-customers"
COUNT = 200_000 if os.environ.get("CRMSHEET_LONG") else 5_300  # above the 5,000 stories; 200 rows are shown at once


def text_of(outcome: Outcome) -> str:
    return render(outcome, build(outcome, "zh"), "zh")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, make_outcome: Callable[..., Outcome]) -> str:
    outcome = make_outcome(COUNT)
    last = int(outcome.customers["rank"].argmax())
    outcome.customers.loc[last, "name_shown"] = "<img src=x onerror=alert(1)> &amp; 末位\"公司'"
    outcome.customers.loc[10, "score"] = 7.0
    path: Path = tmp_path_factory.mktemp("packed") / "review.html"
    path.write_text(text_of(outcome), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with quiet_page(browser, address) as page:
        page.wait_for_selector(".filter:not([hidden])", state="attached")
        yield page


def rows(page: Page) -> list[str]:
    """Ids of the rows in the page, from above."""
    found: list[str] = page.locator(f"{TABLE} tbody tr").evaluate_all("rows => rows.map(row => row.id)")
    return found


def told(page: Page) -> str:
    return page.locator(".filter output").text_content() or ""


def search(page: Page, words: str) -> None:
    page.get_by_role("searchbox", name="搜索").fill(words)


def test_the_first_rows_stand_there_and_more_come_as_people_scroll(page: Page) -> None:
    assert (len(rows(page)), told(page)) == (200, f"显示 {COUNT} / {COUNT}")
    assert not page.locator("[data-left]").count()  # the sentence for those without a script
    for _ in range(20):  # sections above get their height as they come into view, and push the row down again
        page.locator(f"{TABLE} tbody tr").nth(199).scroll_into_view_if_needed()
        page.wait_for_timeout(50)
        if len(rows(page)) > 200:
            break
    assert len(rows(page)) == len(set(rows(page))) == 400


def test_every_customer_is_found_by_words_and_choices(page: Page) -> None:
    search(page, f"C2024{COUNT - 1}")
    assert (rows(page), told(page)) == ([f"c{COUNT - 1}"], f"显示 1 / {COUNT}")
    search(page, "<img src=x")
    assert len(rows(page)) == 1
    assert page.locator(f"{TABLE} tbody tr td").nth(1).inner_text() == "<img src=x onerror=alert(1)> &amp; 末位\"公司'"
    search(page, "")
    page.get_by_role("search").get_by_label("策略等级", exact=True).select_option("S")
    assert told(page) == f"显示 {COUNT // 5 + COUNT // 20} / {COUNT}"  # every fifth, and those that the policy moves up


def test_a_column_sorts_up_down_and_back_with_blanks_last(page: Page) -> None:
    first = rows(page)[:3]
    heading = page.locator(f"{TABLE} thead th").nth(6)
    button = heading.get_by_role("button", name="综合评分")
    button.click()
    assert rows(page)[0] == "c10" and heading.get_attribute("aria-sort") == "ascending"
    button.click()
    assert heading.get_attribute("aria-sort") == "descending"
    assert page.locator(f"{TABLE} tbody tr").first.locator("td").nth(6).inner_text() == "90"
    search(page, "C2024000")  # the first ten: the one at 9 has no score
    assert rows(page)[-1] == "c9"
    search(page, "")
    button.click()
    assert heading.get_attribute("aria-sort") == "none" and rows(page)[:3] == first


def test_tiers_sort_best_first(page: Page) -> None:
    page.locator(f"{TABLE} thead").get_by_role("button", name="策略等级").click()
    assert page.locator(f"{TABLE} tbody tr td:nth-child(6)").first.inner_text() == "S"
    page.locator(f"{TABLE} thead").get_by_role("button", name="策略等级").click()
    assert page.locator(f"{TABLE} tbody tr td:nth-child(6)").first.inner_text() == "B"


def test_a_story_opens_and_one_beyond_those_told_gives_its_facts(page: Page) -> None:
    page.locator(f"{TABLE} tbody a[href='#k0']").click()
    dialog = page.locator("dialog[open]")
    dialog.wait_for()
    assert dialog.locator("h4").first.inner_text() == "基本情况"
    dialog.get_by_role("button").click()
    search(page, "末位")
    page.locator(f"{TABLE} tbody a").first.click()
    dialog.wait_for()
    assert dialog.locator("h3").inner_text() == "<img src=x onerror=alert(1)> &amp; 末位\"公司'"
    assert re.search(r"策略等级 B\n", dialog.inner_text())


def test_a_link_to_a_row_far_down_shows_that_row(page: Page) -> None:
    page.evaluate(f"location.hash = '#c{COUNT - 1}'")
    page.wait_for_selector(f"#c{COUNT - 1}")
    assert rows(page) == [f"c{COUNT - 1}"]
    page.get_by_role("button", name="清除筛选").click()
    assert len(rows(page)) == 200


def test_without_javascript_the_first_rows_are_there_and_the_page_says_so(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator(f"{TABLE} tbody tr").count() == 200
    assert (page.locator("[data-left]").text_content() or "").startswith(f"此处先列出 200 行；其余 {COUNT - 200:,} 行也在本文件中")
    context.close()


def test_the_same_outcome_is_packed_to_the_same_bytes_and_a_tenth_of_the_size(make_outcome: Callable[..., Outcome]) -> None:
    small, large = text_of(make_outcome(200)), text_of(make_outcome(2_000))
    assert text_of(make_outcome(2_000)) == large
    assert len(large) < 2 * len(small)
