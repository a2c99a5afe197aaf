"""Rates: 6% is 0.06, and a bare 6 is nobody's guess."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsheet.values.rates import parse_rate, read_rates


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("6%", 0.06),
        ("６％", 0.06),
        (" 6 % ", 0.06),
        ("0.5%", 0.005),
        ("-5%", -0.05),
        ("120%", 1.2),
        ("5‰", 0.005),
        ("≥20%", 0.2),
        ("20%以上", 0.2),
        ("约6%", 0.06),
        ("0", 0.0),
    ],
)
def test_a_sign_makes_a_rate(text: str, value: float) -> None:
    assert parse_rate(text) == (pytest.approx(value), None)


@pytest.mark.parametrize("text", ["6", "0.06", "高", "6%-8%", "<5%", "6%%", "六%", "nan%"])
def test_a_bare_number_is_no_rate(text: str) -> None:
    rate = parse_rate(text)
    assert math.isnan(rate.value) and rate.problem == "rate-unparseable"


@pytest.mark.parametrize("text", ["", "-", "无"])
def test_blank(text: str) -> None:
    rate = parse_rate(text)
    assert math.isnan(rate.value) and rate.problem is None


def test_the_header_makes_bare_numbers_rates() -> None:
    assert parse_rate("6", "%") == (pytest.approx(0.06), None)
    assert parse_rate("6%", "%") == (pytest.approx(0.06), None)
    assert parse_rate("6", "万元").problem == "rate-unparseable"


def column(
    number: list[float], text: list[str | None], percent: list[bool], unit: str | None
) -> tuple[list[float], list[object]]:
    read = read_rates(np.array(number), np.array(text, dtype=object), np.array(percent), unit)
    return read.value.tolist(), read.problem.tolist()


def test_a_percent_format_makes_numbers_rates() -> None:
    values, problems = column(
        [0.06, 0.06, 6.0, 0.0, np.nan, np.nan, np.inf],
        [None] * 4 + ["6%", None, None],
        [True, False, False, False, False, False, True],
        None,
    )
    np.testing.assert_allclose(values, [0.06, np.nan, np.nan, 0, 0.06, np.nan, np.nan])
    bad = "rate-unparseable"
    assert problems == [None, bad, bad, None, None, None, bad]


def test_the_cells_format_wins_over_the_header() -> None:
    values, problems = column([0.06, 6.0], [None, None], [True, False], "%")
    np.testing.assert_allclose(values, [0.06, 0.06])
    assert problems == [None, None]


@given(st.integers(-9999, 9999))
def test_a_rate_reads_back(basis_points: int) -> None:
    assert parse_rate(f"{basis_points / 100}%").value == pytest.approx(basis_points / 10_000)


@given(st.text(max_size=20), st.sampled_from([None, "%", "元"]))
def test_no_text_raises_and_a_column_agrees(text: str, unit: str | None) -> None:
    rate = parse_rate(text, unit)
    values, problems = column([np.nan], [text], [False], unit)
    np.testing.assert_array_equal(values, [rate.value])
    assert problems == [rate.problem]
