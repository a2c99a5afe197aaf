"""Tier words of teams against a policy's names, and a tier in the column's own spelling."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsheet.values.tiers import parse_tier, read_tiers, spell_like

PRIORITY = ["S", "A", "B"]
SEGMENTS = ["高价值稳定型", "高价值潜力型", "低价值稳定型", "低价值风险型"]


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("S级", "S"),
        ("Ｓ", "S"),
        ("s", "S"),
        (" S ", "S"),
        ("A类客户", "A"),
        ("A级客户", "A"),
        ("b类", "B"),
        ("A（重点客户）", "A"),
        ("A（重点客户）级", "A"),
        ("重点客户(A类)", "A"),
        ("客户等级:A", "A"),
        ("A級", "A"),
        ("C级", None),
        ("S+", None),
        ("SA", None),
        ("A/B", None),
        ("S级→A级", None),
        ("重点客户", None),
        ("", None),
        ("级", None),
    ],
)
def test_words_of_the_priority_policy(text: str, tier: str | None) -> None:
    assert parse_tier(text, PRIORITY) == tier


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("高价值稳定型", "高价值稳定型"),
        ("高价值稳定型客户", "高价值稳定型"),
        ("高价值稳定", "高价值稳定型"),
        ("低價值風險型", "低价值风险型"),
        ("高价值", None),
        ("稳定型", None),
    ],
)
def test_segments(text: str, tier: str | None) -> None:
    assert parse_tier(text, SEGMENTS) == tier


def test_a_teams_own_words_win() -> None:
    words = {"VIP客户": "S", "B": "A"}
    assert parse_tier("vip客户", PRIORITY, words) == "S"
    assert parse_tier("ＶＩＰ客户", PRIORITY, words) == "S"
    assert parse_tier("B", PRIORITY, words) == "A"
    assert parse_tier("B级", PRIORITY, words) == "B"


def test_a_column() -> None:
    text = np.array(["S级", None, "x", "S级"], dtype=object)
    assert read_tiers(text, PRIORITY).tolist() == ["S", None, None, "S"]


@pytest.mark.parametrize(
    ("samples", "spelling"),
    [
        (["A级", "B级"], "S级"),
        (["A类"], "S类"),
        (["A类客户", "B类客户"], "S类客户"),
        (["A", "B"], "S"),
        (["a", "b"], "s"),
        (["Ａ级"], "Ｓ级"),
        (["A级", "B", "B级"], "S级"),
        (["A（重点客户）", "B（普通客户）"], "S"),
        (["等级A"], "等级S"),
        ([], "S"),
        (["重点"], "S"),
    ],
)
def test_a_tier_is_spelled_like_its_column(samples: list[str], spelling: str) -> None:
    assert spell_like("S", samples) == spelling


def test_a_spelling_the_column_already_holds_wins() -> None:
    samples = ["A（重点客户）", "B（普通客户）", "A（重点客户）"]
    assert spell_like("A", samples, PRIORITY) == "A（重点客户）"
    assert spell_like("S", ["VIP客户", "A级"], PRIORITY, {"VIP客户": "S"}) == "VIP客户"


def test_segments_are_spelled_like_their_column() -> None:
    assert spell_like("高价值稳定型", ["低价值风险型"]) == "高价值稳定型"
    assert spell_like("高价值稳定型", ["低价值风险型客户"]) == "高价值稳定型客户"
    assert spell_like("高价值稳定型", []) == "高价值稳定型"


suffixes = st.sampled_from(["", "级", "类", "类客户", "级客户", "客户", "等"])


@given(st.sampled_from(PRIORITY), suffixes, st.sampled_from(PRIORITY), st.booleans(), st.booleans())
def test_what_is_spelled_reads_back(tier: str, suffix: str, sample: str, lower: bool, wide: bool) -> None:
    letter = sample.lower() if lower else sample
    written = (chr(ord(letter) + 0xFEE0) if wide else letter) + suffix
    assert parse_tier(written, PRIORITY) == sample
    assert parse_tier(spell_like(tier, [written]), PRIORITY) == tier
    assert spell_like(sample, [written]) == written


@given(st.text(max_size=20), st.lists(st.text(max_size=6), max_size=4))
def test_no_text_raises(text: str, samples: list[str]) -> None:
    assert parse_tier(text, PRIORITY) in (None, *PRIORITY)
    assert parse_tier(spell_like("S", samples, PRIORITY), PRIORITY) == "S"
