"""What a person types as an amount, and the 元 it is taken for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsheet.values.money import HEADER_UNITS, parse_money, read_money, suspects_unit

INF = math.inf
FEN = 0.01


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("120", 120, 120),
        ("120万", 1_200_000, 1_200_000),
        ("120 万元", 1_200_000, 1_200_000),
        ("１２０万", 1_200_000, 1_200_000),
        ("1.2亿", 120_000_000, 120_000_000),
        ("￥1,200,000.00", 1_200_000, 1_200_000),
        ("¥1，200", 1_200, 1_200),
        ("120,0000", 1_200_000, 1_200_000),
        ("RMB 3000", 3_000, 3_000),
        ("3000元整", 3_000, 3_000),
        ("3w", 30_000, 30_000),
        ("3K", 3_000, 3_000),
        ("5千元", 5_000, 5_000),
        ("约120万", 1_200_000, 1_200_000),
        ("120万左右", 1_200_000, 1_200_000),
        ("120万(含税)", 1_200_000, 1_200_000),
        ("50-100万", 500_000, 1_000_000),
        ("50万-100万", 500_000, 1_000_000),
        ("50~100万", 500_000, 1_000_000),
        ("50～100万", 500_000, 1_000_000),
        ("50至100万", 500_000, 1_000_000),
        ("50万到1亿", 500_000, 100_000_000),
        ("5000元-1万元", 5_000, 10_000),
        ("100万以上", 1_000_000, INF),
        ("1千万以上", 10_000_000, INF),
        ("1000万以上", 10_000_000, INF),
        ("≥100万", 1_000_000, INF),
        ("超100万", 1_000_000 + FEN, INF),
        (">100万", 1_000_000 + FEN, INF),
        ("100多万", 1_000_000, INF),
        ("50万以下", 0, 500_000),
        ("<50万", 0, 500_000),
        ("五十万", 500_000, 500_000),
        ("壹佰万元", 1_000_000, 1_000_000),
        ("一亿二千万元", 120_000_000, 120_000_000),
        ("一点五万", 15_000, 15_000),
        ("五十到一百万", 500_000, 1_000_000),
        ("0", 0, 0),
        ("1.1万", 11_000, 11_000),
    ],
)
def test_every_form_is_read_in_yuan(text: str, low: float, high: float) -> None:
    money = parse_money(text)
    assert (money.low, money.high, money.problem) == (low, high, None)


@pytest.mark.parametrize(
    "text",
    [
        "待定",
        "面议",
        "很多",
        "-5万",
        "(5万)",
        "1e309",
        "nan",
        "inf",
        "9" * 400,
        "12,00",
        "1,200,00",
        "$500",
        "5万美元",
        "50万/年",
        "100-50万",
        "5000-1万",
        "一百五",
        "五十万零",
        "几十万",
        "百万",
        "万",
        "1.2.3",
        "50万 60万",
        "100万以上以下",
        "3m",
    ],
)
def test_what_is_no_amount_is_never_guessed(text: str) -> None:
    money = parse_money(text, "万元")
    assert math.isnan(money.low) and math.isnan(money.high)
    assert money.problem == "money-unparseable"


@pytest.mark.parametrize("text", ["", " ", "\u3000", "-", "—", "——", "/", "无", "暂无", "N/A", "\ufeff"])
def test_blank_is_no_problem(text: str) -> None:
    money = parse_money(text, "万元")
    assert math.isnan(money.low) and money.problem is None


def test_the_header_unit_counts_for_bare_numbers_only() -> None:
    assert parse_money("120", "万元").low == 1_200_000
    assert parse_money("120万", "万元").low == 1_200_000
    assert parse_money("￥120", "万元").low == 120
    assert parse_money("120元", "万元").low == 120
    assert parse_money("1.5", "亿元").low == 150_000_000
    assert parse_money("50-100", "万元")[:2] == (500_000, 1_000_000)


def test_units_are_named() -> None:
    assert parse_money("120万").unit == "万元"
    assert parse_money("￥120").unit == "元"
    assert parse_money("3w").unit == "万元"
    assert parse_money("120", "千元").unit == "千元"
    assert parse_money("120").unit is None


def test_only_hedged_amounts_are_approximate() -> None:
    assert [
        parse_money(text).approximate for text in ("约120万", "120万左右", "100余万", "120万", "50-100万")
    ] == [
        True,
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("text", "unit", "problem"),
    [
        ("99999", "万元", None),
        ("100000", "万元", "unit-suspect"),
        ("1200000", "万元", "unit-suspect"),
        ("1200000元", "万元", None),
        ("999999", "千元", None),
        ("1000000", "千元", "unit-suspect"),
        ("1200000", "元", None),
        ("3千", "万元", "unit-suspect"),
        ("3千元", "万元", None),
        ("120", "万美元", "unit-suspect"),
    ],
)
def test_a_number_too_large_for_its_header_is_suspect(text: str, unit: str, problem: str | None) -> None:
    money = parse_money(text, unit)
    assert money.problem == problem
    assert math.isnan(money.low) == (problem is not None)


def test_a_column_takes_numbers_and_texts_together() -> None:
    number = np.array([120.0, np.nan, np.nan, 100_000.0, -5.0, np.inf, np.nan, 1.1])
    text = np.array([None, "￥300", "待定", None, None, None, None, None], dtype=object)
    column = read_money(number, text, "万元")
    np.testing.assert_array_equal(
        column.low, [1_200_000, 300, np.nan, np.nan, np.nan, np.nan, np.nan, 11_000]
    )
    assert column.problem.tolist() == [
        None,
        None,
        "money-unparseable",
        "unit-suspect",
        "money-unparseable",
        "money-unparseable",
        None,
        None,
    ]
    assert column.bare.tolist() == [True, False, False, False, False, False, False, True]


def test_an_empty_column_is_read() -> None:
    column = read_money(np.array([]), np.array([], dtype=object))
    assert len(column.low) == len(column.problem) == 0


def test_small_medians_without_a_unit_are_suspect() -> None:
    assert suspects_unit(np.array([120.0, 80.0, 300.0, np.nan]))
    assert not suspects_unit(np.array([120_000.0, 80_000.0, 300.0]))
    assert not suspects_unit(np.array([1000.0]))
    assert suspects_unit(np.array([999.0]))
    assert not suspects_unit(np.array([np.nan, 0.0]))
    assert not suspects_unit(np.array([120.0, 1_200_000.0]), np.array([False, True]))


# --- laws ------------------------------------------------------------

UNITS = {
    "": 1,
    "元": 1,
    "万": 10_000,
    "万元": 10_000,
    "w": 10_000,
    "千元": 1000,
    "亿": 100_000_000,
    "百万": 1_000_000,
}
amounts = st.integers(0, 99_999).map(lambda cents: cents / 100)
spellings = st.sampled_from(["{n}{u}", " {n} {u} ", "¥{n}{u}", "￥{n}{u}", "人民币{n}{u}"])


@given(amounts, st.sampled_from(list(UNITS)), spellings)
def test_every_spelling_of_an_amount_reads_back(value: float, unit: str, spelling: str) -> None:
    money = parse_money(spelling.format(n=value, u=unit))
    assert money.problem is None
    assert money.low == money.high == pytest.approx(value * UNITS[unit], abs=0.005)


@given(
    st.integers(0, 99_999),
    st.integers(0, 99_999),
    st.sampled_from("-~至到—"),
    st.sampled_from(["万", "元", "亿", ""]),
)
def test_a_range_keeps_its_order(one: int, other: int, dash: str, unit: str) -> None:
    low, high = sorted((one, other))
    money = parse_money(f"{low}{dash}{high}{unit}")
    assert (money.low, money.high) == (low * UNITS[unit], high * UNITS[unit])


@given(st.floats(0, 900, allow_nan=False), st.sampled_from(sorted(HEADER_UNITS)))
def test_a_header_unit_scales(value: float, unit: str) -> None:
    plain = read_money(np.array([value]), np.array([None], dtype=object), "元").low[0]
    scaled = read_money(np.array([value]), np.array([None], dtype=object), unit).low[0]
    assert scaled == pytest.approx(value * HEADER_UNITS[unit], abs=0.01)
    assert plain == pytest.approx(value, abs=0.01)


MONEY_TEXT = st.text(alphabet="0123456789.,-~至万亿千百元¥约以上下超一二三十五点 ", max_size=12)


@given(st.one_of(st.text(max_size=30), MONEY_TEXT), st.sampled_from([None, *HEADER_UNITS, "%"]))
def test_no_text_raises_and_bounds_are_ordered(text: str, unit: str | None) -> None:
    money = parse_money(text, unit)
    assert money.problem in (None, "money-unparseable", "unit-suspect")
    if not math.isnan(money.low):
        assert 0 <= money.low <= money.high and money.problem is None
    else:
        assert math.isnan(money.high)


@given(st.lists(st.one_of(st.none(), MONEY_TEXT), max_size=20), st.sampled_from([None, "元", "万元"]))
def test_a_column_agrees_with_its_cells(texts: list[str | None], unit: str | None) -> None:
    column = read_money(np.full(len(texts), np.nan), np.array([*texts, None], dtype=object)[:-1], unit)
    for position, text in enumerate(texts):
        money = parse_money(text or "", unit)
        np.testing.assert_array_equal([column.low[position], column.high[position]], [money.low, money.high])
        assert column.problem[position] == money.problem


@given(
    st.floats(0, 1e7, allow_nan=False).map(lambda value: round(value, 3)),
    st.sampled_from([None, *HEADER_UNITS]),
)
def test_a_number_reads_like_its_digits(value: float, unit: str | None) -> None:
    column = read_money(np.array([value]), np.array([None], dtype=object), unit)
    money = parse_money(f"{value:.3f}", unit)
    np.testing.assert_array_equal(column.low, [money.low])
    assert column.problem[0] == money.problem
