"""One cell must not buy minutes: it may hold 32,767 characters, and every grammar ends quickly on all."""

from __future__ import annotations

import resource
from collections.abc import Callable
from datetime import date

import pytest

from crmsheet.privacy.detect import scrub
from crmsheet.privacy.masks import mask_email, mask_phone
from crmsheet.values.dates import parse_date
from crmsheet.values.frequencies import parse_frequency
from crmsheet.values.kpis import parse_kpis
from crmsheet.values.methods import parse_methods
from crmsheet.values.money import parse_money
from crmsheet.values.names import fold_header
from crmsheet.values.ranges import parse_headcount
from crmsheet.values.rates import parse_rate
from crmsheet.values.tiers import parse_tier
from crmsheet.values.words import VOCABULARIES, parse_word

LONGEST_CELL = 32_767
SEEDS = [
    "1",
    "1,",
    "一",
    "十万",
    "(",
    "()",
    "a@",
    "1-",
    "-",
    " x",
    "≥1/",
    "a≥1",
    "0592-",
    "*1",
    "q3",
    "1 ",
    "1月",
    "、2",
]
GRAMMARS: dict[str, Callable[[str], object]] = {
    "money": lambda text: parse_money(text, "万元"),
    "date": lambda text: parse_date(text, date(2024, 3, 20)),
    "headcount": parse_headcount,
    "frequency": parse_frequency,
    "rate": parse_rate,
    "tier": lambda text: parse_tier(text, ["S", "A", "B"]),
    "header": fold_header,
    "kpi": parse_kpis,
    "methods": parse_methods,
    "scrub": lambda text: scrub(text, ["张三", "11"]),
    "phone": mask_phone,
    "email": mask_email,
    **{f"word-{name}": (lambda text, name=name: parse_word(text, name)) for name in VOCABULARIES},
}


@pytest.mark.parametrize("grammar", GRAMMARS)
def test_the_longest_cell_is_read_within_a_limit_of_cpu_time(grammar: str) -> None:
    """Time that grows with the square of a text's length took minutes here: the kernel's limit ends such a test."""
    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + 60, hard))
    try:
        for seed in SEEDS:
            GRAMMARS[grammar]((seed * LONGEST_CELL)[:LONGEST_CELL])
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def test_a_long_text_is_no_value() -> None:
    assert parse_money("1" + " " * 300 + "万").problem == "money-unparseable"
    assert parse_date("2024-03-05" + " 备注" * 100).problem == "date-unparseable"
    assert parse_headcount("500人" * 100).problem == "range-unparseable"
    assert parse_rate("6%" * 200).problem == "rate-unparseable"
    assert parse_tier("S" * 300, ["S"]) is None


def test_a_long_plan_is_still_read() -> None:
    text = "客户对云存储方案感兴趣，" * 50 + "计划Q3采购200台"
    assert parse_word(text, "plan") == ("明确", None)
