"""KPIs of the strategy table, and the rating they give; the samples are those the documents print."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsheet.values.kpis import Kpi, parse_kpis, rate_kpis, read_kpis

SAMPLES = {
    "复购率≥80%/85%;满意度≥90%/88%": "良",  # 1 and 88/90 = 0.978: mean 0.989
    "新增订单数≥2单/1单;转化周期≤30天/45天": "差",  # 1/2 and 30/45 = 0.667: mean 0.583
    "流失率≤5%/10%;复购率≥50%/40%": "中",  # 5/10 and 40/50: mean 0.65
    "投诉率≤3%/5%;客单价稳定": "中",  # 3/5 = 0.6, the other one is not quantified
}


@pytest.mark.parametrize(("text", "rating"), SAMPLES.items())
def test_the_documents_samples(text: str, rating: str) -> None:
    assert rate_kpis(parse_kpis(text)) == rating


def test_a_cell_holds_several_kpis() -> None:
    first, second = parse_kpis("复购率≥80%/85%;满意度≥90%/88%")
    assert first == Kpi("复购率", "≥", 80, 85, "%", None)
    assert second == Kpi("满意度", "≥", 90, 88, "%", None)
    assert (first.met, first.attainment) == (True, 1.0)
    assert (second.met, second.attainment) == (False, pytest.approx(88 / 90))


@pytest.mark.parametrize(
    ("text", "kpi"),
    [
        ("转化周期≤30天/45天", Kpi("转化周期", "≤", 30, 45, "天", None)),
        ("新增订单数>=2单/1单", Kpi("新增订单数", "≥", 2, 1, "单", None)),
        ("新增订单数＞2单/1单", Kpi("新增订单数", ">", 2, 1, "单", None)),
        ("流失率<5%/4.5%", Kpi("流失率", "<", 5, 4.5, "%", None)),
        ("复购率不低于80%/85%", Kpi("复购率", "≥", 80, 85, "%", None)),
        ("销售额≥1,000万元/1,200万元", Kpi("销售额", "≥", 1000, 1200, "万元", None)),
        ("复购率≥80%／85%", Kpi("复购率", "≥", 80, 85, "%", None)),
        ("复购率 ≥ 80 % / 85 %", Kpi("复购率", "≥", 80, 85, "%", None)),
        ("复购率≥80%/实际85%", Kpi("复购率", "≥", 80, 85, "%", None)),
        ("复购率≥80/85%", Kpi("复购率", "≥", 80, 85, "%", None)),
        ("增长率≥5%/-2%", Kpi("增长率", "≥", 5, -2, "%", None)),
    ],
)
def test_forms(text: str, kpi: Kpi) -> None:
    assert parse_kpis(text) == (kpi,)


@pytest.mark.parametrize(
    ("text", "target", "actual"),
    [
        ("客单价稳定", None, None),
        ("复购率≥80%", 80, None),
        ("复购率≥80%/", 80, None),
        ("复购率≥80%/-", 80, None),
        ("复购率≥80%/待统计", 80, None),
        ("复购率≥80%/0.85", 80, 0.85),
        ("销售额≥1万元/8000元", 1, 8000),
        ("≥80%/85%", None, None),
    ],
)
def test_what_cannot_be_measured_is_said(text: str, target: float | None, actual: float | None) -> None:
    (kpi,) = parse_kpis(text)
    assert (kpi.problem, kpi.target, kpi.actual) == ("kpi-unquantified", target, actual)
    assert kpi.met is None and kpi.attainment is None
    assert rate_kpis((kpi,)) is None


@pytest.mark.parametrize("separator", [";", "；", "、", "，", ",", "\n", "; ", ";;"])
def test_separators(separator: str) -> None:
    kpis = parse_kpis(f"复购率≥80%/85%{separator}满意度≥90%/88%{separator}")
    assert [kpi.metric for kpi in kpis] == ["复购率", "满意度"]


def test_everything_met_is_excellent() -> None:
    assert rate_kpis(parse_kpis("复购率≥80%/80%;流失率≤5%/5%")) == "优"
    assert rate_kpis(parse_kpis("复购率>80%/80%")) == "良"  # reached, but not above it
    assert rate_kpis(()) is None


def test_bounds_of_the_ratings() -> None:
    assert rate_kpis(parse_kpis("a≥100/90")) == "良"
    assert rate_kpis(parse_kpis("a≥100/89")) == "中"
    assert rate_kpis(parse_kpis("a≥100/60")) == "中"
    assert rate_kpis(parse_kpis("a≥100/59")) == "差"
    assert rate_kpis(parse_kpis("a≥100/90;b≥100/30")) == "中"  # a mean of exactly 0.6


def test_nothing_is_divided_by_zero() -> None:
    assert [kpi.attainment for kpi in parse_kpis("a≤5/0;b≥0/0;c≥0/-1;d≤0/3;e≤0/0;f≥5/-5")] == [
        1,
        1,
        0,
        0,
        1,
        0,
    ]


def test_a_column() -> None:
    column = read_kpis(np.array(["复购率≥80%/85%", None, "-"], dtype=object))
    assert [len(kpis) for kpis in column] == [1, 0, 0]


@given(
    st.sampled_from("≥≤><"),
    st.integers(0, 9999),
    st.integers(0, 9999),
    st.sampled_from(["%", "天", "单", "万元", ""]),
)
def test_a_kpi_reads_back(op: str, target: int, actual: int, unit: str) -> None:
    (kpi,) = parse_kpis(f"指标{op}{target}{unit}/{actual}{unit}")
    assert kpi == Kpi("指标", op, target, actual, unit, None)
    assert kpi.attainment is not None and 0 <= kpi.attainment <= 1
    if kpi.met:
        assert kpi.attainment == 1


@given(st.one_of(st.text(max_size=40), st.text(alphabet="复购率≥≤><0123456789%./;,天单- ", max_size=30)))
def test_no_text_raises(text: str) -> None:
    kpis = parse_kpis(text)
    assert all(kpi.problem in (None, "kpi-unquantified") for kpi in kpis)
    assert rate_kpis(kpis) in (None, "优", "良", "中", "差")
