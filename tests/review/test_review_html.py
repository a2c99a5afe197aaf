"""The HTML review as a browser reads it: one file, no source but itself, links that lead somewhere."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Any

import pytest

from crmsheet.model import Outcome
from crmsheet.review.blocks import Column, Link, Metric, Metrics, Notice, Section, Table, Text
from crmsheet.review.html import render
from crmsheet.review.html_rows import number_text
from crmsheet.review.sections import build

_VOID = {"meta", "br", "link", "img", "input", "hr"}


@dataclass
class Page(HTMLParser):
    """What a page holds; it complains about tags that do not nest."""

    html: str
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    style: str = ""
    script: str = ""
    packed: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.feed(self.html)
        self.close()
        assert not self.open, self.open

    def __hash__(self) -> int:
        return id(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data
        elif self.open and self.open[-1] == "script":
            name = self.tags[-1][1].get("id")
            if name:
                self.packed[name] = data
            else:
                self.script += data
        elif data.strip():
            self.texts.append(data.strip())

    def values(self, attribute: str) -> list[str]:
        return [str(attrs[attribute]) for _, attrs in self.tags if attribute in attrs]

    def has(self, *words: str) -> bool:
        """Whether these texts follow each other."""
        return any(tuple(self.texts[at : at + len(words)]) == words for at in range(len(self.texts)))


def page(outcome: Outcome, lang: str = "zh") -> Page:
    return Page(render(outcome, build(outcome, lang), lang))  # type: ignore[arg-type]


def small(outcome: Outcome, *blocks: Table | Text | Notice | Metrics) -> Page:
    return Page(render(outcome, (Section("one", "一", blocks),), "zh"))


def unfolded(shown: Page, name: str) -> Any:
    """What is packed under this id."""
    return json.loads(gzip.decompress(base64.b64decode(shown.packed[name])))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("count", [0, 1, 120])
def test_the_page_is_whole_and_loads_nothing(
    count: int, lang: str, make_outcome: Callable[..., Outcome]
) -> None:
    shown = page(make_outcome(count), lang)
    names = {tag for tag, _ in shown.tags}
    assert not names & {"link", "img", "iframe", "object", "embed", "form", "base", "svg"}
    assert [attrs for tag, attrs in shown.tags if tag == "script"] == [{}]  # our own, inline
    assert not [
        name for _, attrs in shown.tags for name in attrs if name.startswith("on") or name in ("src", "style")
    ]
    assert not any(word in shown.script for word in ("fetch(", "XMLHttpRequest", "import(", "eval(", "document.write", "http"))
    assert all(href.startswith("#") for href in shown.values("href"))
    assert "url(" not in shown.style and "@import" not in shown.style and "http" not in shown.style


def test_the_content_policy_allows_its_own_style_and_script_and_nothing_else(outcome: Outcome) -> None:
    shown = page(outcome)
    style, script = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (shown.style, shown.script))
    policy = next(
        attrs["content"] for _, attrs in shown.tags if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    sources = f"style-src 'sha256-{style}'; script-src 'sha256-{script}'"
    assert policy == f"default-src 'none'; {sources}; base-uri 'none'; form-action 'none'"


@pytest.mark.parametrize("count", [1, 120, 6_000])
def test_every_link_leads_to_a_row_or_section_of_the_page(
    count: int, make_outcome: Callable[..., Outcome]
) -> None:
    shown = page(make_outcome(count))
    ids = shown.values("id")
    assert len(ids) == len(set(ids))
    packed = unfolded(shown, "t-customers-customers-rows") if count > 200 else {"ids": []}
    assert {href[1:] for href in shown.values("href")} <= {*ids, *packed["ids"], *(f"k{name[1:]}" for name in packed["ids"])}


def test_first_what_to_decide(outcome: Outcome) -> None:
    shown = page(outcome)
    assert shown.has("客户跟进周报", "工作簿", "客户管理.xlsx", "截至日期", "2024-03-20")
    decide = shown.texts.index(
        "需要您决定：6 项等级调整待审批，5 位重点客户超期无人联系，24 项任务已逾期（待跟进）。"
    )
    assert (
        decide < shown.texts.index("重点客户无人联系", decide) < shown.texts.index("待审批的等级调整", decide)
    )


def test_from_a_customers_problem_to_the_finding_and_back(outcome: Outcome) -> None:
    html = render(outcome, build(outcome, "zh"), "zh")
    row = re.search(r'<tr id="c11">.*?</tr>', html)
    assert row is not None
    finding = re.search(r'<a href="#(f\d+)">评级依据不全</a>', row[0])
    assert finding is not None
    there = re.search(rf'<tr id="{finding[1]}">.*?</tr>', html)
    assert there is not None
    assert "<code>客户信息基础表!I13</code>" in there[0] and '<a href="#c11">' in there[0]


def test_tiers_of_words_are_coloured(outcome: Outcome) -> None:
    html = render(outcome, build(outcome, "zh"), "zh")
    assert '<span class="tag bad">待跟进</span>' in html and '<span class="tag warn">今日到期</span>' in html
    assert '<td class="s">正常</td>' in html


def test_a_long_table_is_cut_by_rank_and_says_what_is_left_out(outcome: Outcome) -> None:
    size = 1_003
    rank = [size - at for at in range(size)]  # the last row is first in rank
    rows = [(f"第{at}行",) for at in range(size)]
    shown = small(outcome, Table("t", "表", (Column("a", "甲"),), rows, rank=rank))
    assert "第2行" not in shown.texts and "第3行" in shown.texts and f"第{size - 1}行" in shown.texts
    assert "此处显示 1,000 行，其余 3 行请看 Excel 或 JSON 报告。" in shown.texts


def test_a_link_to_a_row_that_is_cut_is_plain_text(outcome: Outcome) -> None:
    size = 1_001
    rows = [(Link("到末行", anchor=f"r{size - 1}"),), *((at,) for at in range(1, size))]
    shown = small(
        outcome, Table("t", "表", (Column("a", "甲"),), rows, anchors=[f"r{at}" for at in range(size)])
    )
    assert "到末行" in shown.texts and f"#r{size - 1}" not in shown.values("href")


def test_groups_are_headings_with_their_count(outcome: Outcome) -> None:
    columns = (Column("who", "负责人"), Column("what", "事"))
    rows = [("王*", "一"), ("王*", "二"), (None, "三")]
    shown = small(outcome, Table("t", "表", columns, rows, group="who"))
    assert shown.has("事", "王*", "2", "一", "二", "1", "三")


def test_an_empty_table_says_what_that_means(outcome: Outcome) -> None:
    shown = small(outcome, Table("t", "表", (Column("a", "甲"),), (), empty="没有待审批的等级调整。"))
    assert shown.has("表", "没有待审批的等级调整。") and "甲" not in shown.texts


def test_figures_notices_and_paragraphs(outcome: Outcome) -> None:
    shown = small(outcome, Notice("bad", "注意"), Metrics((Metric("客户", "120", "S 24"),)), Text("说明"))
    assert shown.has("注意", "客户", "120", "S 24", "说明")


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [("int", 12_345, "12,345"), ("int", None, ""), ("int", 0, "0"), ("percent", 0.25, "25.0%"), ("percent", None, "—"),
     ("money", 1_200_000.4, "1,200,000"), ("money", None, "—"), ("int", "十", "十")],
)  # fmt: skip
def test_figures_as_people_write_them(kind: str, value: object, text: str) -> None:
    assert number_text(kind, value) == text  # type: ignore[arg-type]


def test_column_titles_from_a_policy_cannot_leave_the_style_sheet(
    make_outcome: Callable[..., Outcome],
) -> None:
    evil = 'S</style><script>alert(1)</script>"}*{display:none'
    outcome = make_outcome(5, tiers=(evil, "A", "B", "C", "D"))
    shown = page(outcome)  # tiers are column titles of the cross table, and so labels of its cards
    assert "alert" not in shown.script and sum(tag == "script" for tag, _ in shown.tags) == 1
    assert '"}*{display' not in shown.style


def test_the_same_outcome_gives_the_same_page(outcome: Outcome) -> None:
    assert render(outcome, build(outcome, "zh"), "zh") == render(outcome, build(outcome, "zh"), "zh")


def test_the_title_names_the_period(outcome: Outcome) -> None:
    assert "客户跟进月报" in page(replace(outcome, period="month")).texts
    assert "Quarterly customer review" in page(replace(outcome, period="quarter"), "en").texts
