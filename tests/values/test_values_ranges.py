"""Headcounts, their bounds and the size class they give (S001-28..30)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsheet.values.ranges import parse_headcount, read_headcount

INF = math.inf


@pytest.mark.parametrize(
    ("text", "low", "high", "size"),
    [
        ("500-1000人", 500, 1000, "大型"),
        ("500人-1000人", 500, 1000, "大型"),
        ("500人以上", 500, INF, "大型"),
        ("1000人以上", 1000, INF, "大型"),
        ("<50人", 0, 50, "小微"),
        ("50人以下", 0, 50, "小微"),
        ("少于50人", 0, 50, "小微"),
        ("50-150人", 50, 150, "中小"),
        ("100-500人", 100, 500, "中小"),
        ("20-99人", 20, 99, "小微"),
        ("1000", 1000, 1000, "大型"),
        ("500", 500, 500, "大型"),
        ("499", 499, 499, "中小"),
        ("50", 50, 50, "中小"),
        ("49", 49, 49, "小微"),
        ("超过499人", 500, INF, "大型"),
        ("约300人", 300, 300, "中小"),
        ("1.2万人", 12_000, 12_000, "大型"),
        ("１，０００人", 1000, 1000, "大型"),
        ("五百人", 500, 500, "大型"),
        ("200多人", 200, INF, "中小"),
        ("员工200人", 200, 200, "中小"),
    ],
)
def test_bounds_and_size_class(text: str, low: float, high: float, size: str) -> None:
    assert parse_headcount(text) == (low, high, size, None)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("大型企业", "大型"),
        ("大型", "大型"),
        ("中小企业", "中小"),
        ("中型企业", "中小"),
        ("小微企业", "小微"),
        ("小型", "小微"),
    ],
)
def test_a_class_word_has_a_class_and_no_bounds(text: str, size: str) -> None:
    found = parse_headcount(text)
    assert math.isnan(found.low) and math.isnan(found.high)
    assert (found.size_class, found.problem) == (size, None)


@pytest.mark.parametrize("text", ["个人", "个体工商户", "个人店主", "-", "", "营收5000万-1亿", "年营业额1亿"])
def test_no_people_and_no_problem(text: str) -> None:
    found = parse_headcount(text)
    assert math.isnan(found.low) and found.size_class is None and found.problem is None


@pytest.mark.parametrize(
    "text", ["很多", "100-50人", "-5", "5000万", "十几人", "13800138000", "营收很多", "1.5", "人"]
)
def test_what_is_no_headcount_is_a_finding(text: str) -> None:
    found = parse_headcount(text)
    assert math.isnan(found.low) and found.size_class is None
    assert found.problem == "range-unparseable"


def test_a_column_takes_numbers_and_texts_together() -> None:
    number = np.array([500.0, 49.0, -1.0, 30.5, np.nan, np.nan, np.nan, 1e9])
    text = np.array([None, None, None, None, "500-1000人", "许多", None, None], dtype=object)
    column = read_headcount(number, text)
    assert column.size_class.tolist() == ["大型", "小微", None, None, "大型", None, None, None]
    bad = "range-unparseable"
    assert column.problem.tolist() == [None, None, bad, bad, None, bad, None, bad]
    np.testing.assert_array_equal(column.high, [500, 49, np.nan, np.nan, 1000, np.nan, np.nan, np.nan])


@given(
    st.integers(0, 9_999_999),
    st.integers(0, 9_999_999),
    st.sampled_from(["{}-{}人", "{}人~{}人", "{}至{}", " {} – {} 人"]),
)
def test_a_range_reads_back(one: int, other: int, shape: str) -> None:
    low, high = sorted((one, other))
    found = parse_headcount(shape.format(low, high))
    assert (found.low, found.high, found.problem) == (low, high, None)
    assert found.size_class == ("大型" if low >= 500 else "中小" if low >= 50 else "小微")


@given(st.one_of(st.text(max_size=30), st.text(alphabet="0123456789-~至人千万以上下<>约 ", max_size=12)))
def test_no_text_raises_and_a_column_agrees(text: str) -> None:
    found = parse_headcount(text)
    column = read_headcount(np.array([np.nan]), np.array([text], dtype=object))
    assert math.isnan(found.low) or found.low <= found.high
    np.testing.assert_array_equal([column.low[0], column.high[0]], [found.low, found.high])
    assert (column.size_class[0], column.problem[0]) == (found.size_class, found.problem)
