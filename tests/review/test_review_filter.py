"""The customers' filter in a browser: by words, owner, tier, stage, status and several tags, with keys alone, or without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pages import quiet_page
from playwright.sync_api import Browser, Page

from crmsheet.model import Outcome
from crmsheet.review.html import render
from crmsheet.review.sections import build

TABLE = "#t-customers-customers"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, make_outcome: Callable[..., Outcome]) -> str:
    """A review of 20 customers: every fifth is S, of 王*, 李* …; those at 3 and 13 have no tags, one name holds markup."""
    outcome = make_outcome(20)
    outcome.customers.loc[4, "name_shown"] = "<i>斜体</i>公司"
    outcome.customers.loc[0, "tags"] = "【行业-新能源】【规模-大型企业】【价值-S级】"
    path: Path = tmp_path_factory.mktemp("filter") / "review.html"
    path.write_text(render(outcome, build(outcome, "zh"), "zh"), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with quiet_page(browser, address) as page:
        yield page


def shown(page: Any) -> list[int]:
    """Positions of the customers whose rows can be seen."""
    rows = page.locator(f"{TABLE} tbody tr:visible").evaluate_all("rows => rows.map(row => row.id)")
    return sorted(int(re.sub(r"\D", "", name)) for name in rows)


def choose(page: Page, label: str, value: str) -> None:
    page.get_by_role("search").get_by_label(label, exact=True).select_option(value)


def told(page: Page) -> str:
    return page.locator(".filter output").text_content() or ""  # inner_text is empty until somebody scrolls there


def test_all_customers_are_shown_at_first(page: Page) -> None:
    assert (shown(page), told(page)) == (list(range(20)), "显示 20 / 20")


def test_by_owner_tier_stage_and_status_together(page: Page) -> None:
    choose(page, "负责人", "王*")  # the first five
    assert (shown(page), told(page)) == ([0, 1, 2, 3, 4], "显示 5 / 20")
    choose(page, "策略等级", "A")
    assert shown(page) == [1, 2]
    choose(page, "客户状态", "潜在")
    assert shown(page) == [2]
    choose(page, "跟进状态", "今日到期")
    assert (shown(page), told(page)) == ([], "显示 0 / 20")
    button = page.get_by_role("button", name="清除筛选")
    button.scroll_into_view_if_needed()  # sections are laid out when they come near: a button that still moves is missed
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    button.click()
    assert (shown(page), told(page)) == (list(range(20)), "显示 20 / 20")
    assert page.get_by_role("search").get_by_label("负责人").input_value() == ""


def test_tiers_are_offered_best_first(page: Page) -> None:
    options = page.get_by_role("search").get_by_label("策略等级").locator("option").all_text_contents()
    assert options == ["全部", "S", "A", "B"]


def test_several_tags_must_all_be_there_and_go_one_by_one(page: Page) -> None:
    tags = page.get_by_role("search").get_by_label("客户标签")
    offered = page.locator(".filter datalist option").evaluate_all("all => all.map(one => one.value)")
    assert {"行业-新能源", "规模-大型企业", "价值-S级", "价值-A级", "价值-B级"} == set(offered)
    tags.fill("行业-新能源")
    tags.press("Enter")
    assert shown(page) == [n for n in range(20) if n not in (3, 13)]
    tags.fill("价值-S级")
    tags.press("Enter")
    assert shown(page) == [0, 5, 10, 15]
    tags.fill("大型")
    tags.press("Enter")
    assert shown(page) == [0]
    page.get_by_role("button", name="去掉标签 价值-S级").click()
    page.get_by_role("button", name="去掉标签 大型").click()
    assert shown(page) == [n for n in range(20) if n not in (3, 13)]


def test_words_are_looked_for_everywhere_and_are_text(page: Page) -> None:
    search = page.get_by_role("searchbox", name="搜索")
    search.fill("C20240007")
    assert shown(page) == [7]
    search.fill("<i>斜体")
    assert shown(page) == [4]
    search.fill("云帆 a级")
    assert shown(page) == [1, 7]  # 上海云帆科技 at 1, 7, 13, 19; the sheet says A at 1, 2 of five


def test_everything_can_be_reached_and_done_with_keys(page: Page) -> None:
    page.get_by_role("searchbox", name="搜索").focus()
    page.keyboard.type("王*")
    assert shown(page) == [0, 1, 2, 3, 4]
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # past the owner, to the tier
    page.keyboard.press("ArrowDown")
    assert shown(page) == [0]
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.type("价值-S级")
    page.keyboard.press("Enter")
    assert shown(page) == [0]
    page.keyboard.press("Tab")  # the tag's own button
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # clear
    assert shown(page) == list(range(20))


def test_a_link_to_a_hidden_customer_shows_it_again(page: Page) -> None:
    choose(page, "负责人", "王*")
    page.evaluate("location.hash = '#c7'")
    page.wait_for_selector("#c7")
    assert shown(page) == list(range(20))


def test_on_a_narrow_screen_hidden_customers_stay_hidden(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    choose(page, "策略等级", "S")
    assert shown(page) == [0, 5, 6, 10, 15]  # the policy gives the one at 6 an S
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_javascript_every_customer_is_shown_and_no_filter(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator(f"{TABLE} tbody tr").count() == 20
    assert all(page.locator(f"{TABLE} tbody tr").nth(n).is_visible() for n in range(20))
    assert not page.locator(".filter").is_visible()
    context.close()
