"""Words of a fixed vocabulary; whatever else stands there is the middle one, and said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsheet.values.words import ALIASES, VOCABULARIES, parse_word, read_words, vocabulary_of

OTHER = "value-not-allowed"


@pytest.mark.parametrize(
    ("field", "text", "word"),
    [
        ("need_clarity", "明确", "明确"),
        ("need_clarity", "需求明确", "明确"),
        ("need_clarity", "明确需求", "明确"),
        ("need_clarity", "待明确", "待明确"),
        ("need_clarity", "未明确", "待明确"),
        ("need_clarity", "潜在需求", "待明确"),
        ("need_clarity", "模糊", "模糊"),
        ("need_clarity", "需求模糊", "模糊"),
        ("need_clarity", "不明确", "模糊"),
        ("need_clarity", "仅咨询", "模糊"),
        ("plan", "明确", "明确"),
        ("plan", "Q3采购200台", "明确"),
        ("plan", "采购50套", "明确"),
        ("plan", "6月采购", "明确"),
        ("plan", "下半年上线", "明确"),
        ("plan", "预算120万", "明确"),
        ("plan", "仅咨询", "模糊"),
        ("plan", "无", "模糊"),
        ("plan", "暂无采购计划", "模糊"),
        ("chain", "清晰", "清晰"),
        ("chain", "短", "清晰"),
        ("chain", "明确", "清晰"),
        ("chain", "决策链清晰", "清晰"),
        ("chain", "不清晰", "不清晰"),
        ("chain", "长", "不清晰"),
        ("chain", "复杂", "不清晰"),
        ("chain", "决策链较长", "不清晰"),
        ("fit", "高 ", "高"),
        ("fit", "高度匹配", "高"),
        ("fit", "Ｈ", "高"),
        ("need_priority", "高优先级", "高"),
        ("need_priority", "中", "中"),
        ("growth", "低", "低"),
        ("budget", "明确", "明确"),
        ("budget", "待定", "不明确"),
        ("stage", "意向客户", "意向"),
        ("stage", "已成交", "成交"),
        ("stage", "已赢单", "成交"),
        ("stage", "未成交", "潜在"),
        ("stage", "初步沟通", "潜在"),
        ("stage", "正式报价", "意向"),
        ("stage", "流失客户", "流失"),
        ("stage", "复购", "复购增购"),
        ("stage", "复购/增购客户", "复购增购"),
        ("kind", "企业客户", "企业"),
        ("progress", "无", "无"),
        ("progress", "停滞", "停滞"),
        ("responded", "是", "是"),
        ("responded", "无", "否"),
        ("rating", "优", "优"),
        ("review", "通过", "同意"),
        ("review", "批准", "同意"),
        ("review", "不同意", "驳回"),
        ("review", "拒绝", "驳回"),
        ("review", "待审核", "待审核"),
    ],
)
def test_words_and_their_near_forms(field: str, text: str, word: str) -> None:
    assert parse_word(text, field) == (word, None)


@pytest.mark.parametrize(
    ("field", "text", "word"),
    [
        ("need_clarity", "再看看", "待明确"),
        ("plan", "明年再说", "待明确"),
        ("plan", "Q3采购200台，已取消", "待明确"),
        ("fit", "较高", "中"),
        ("need_priority", "A", "中"),
        ("chain", "中等", None),
        ("stage", "已输单", None),
        ("stage", "进行中", None),
        ("review", "OK", None),
        ("progress", "一般", None),
    ],
)
def test_other_words_count_as_the_middle_one(field: str, text: str, word: str | None) -> None:
    assert parse_word(text, field) == (word, OTHER)


@pytest.mark.parametrize("field", [*VOCABULARIES, *ALIASES])
def test_blank_is_unknown_everywhere(field: str) -> None:
    for text in ("", " ", "-", "—", "/"):
        assert parse_word(text, field) == (None, None)


@pytest.mark.parametrize("field", [*VOCABULARIES, *ALIASES])
def test_every_level_reads_as_itself(field: str) -> None:
    for level in vocabulary_of(field).levels:
        assert parse_word(level, field) == (level, None)


def test_a_field_without_words_is_an_error_of_the_caller() -> None:
    with pytest.raises(KeyError):
        parse_word("x", "no such field")


def test_a_column() -> None:
    column = read_words(np.array(["高", None, "较高", "-", "低"], dtype=object), "fit")
    assert column.word.tolist() == ["高", None, "中", None, "低"]
    assert column.problem.tolist() == [None, None, OTHER, None, None]


@given(st.text(max_size=40), st.sampled_from([*VOCABULARIES, *ALIASES]))
def test_no_text_raises_and_a_column_agrees(text: str, field: str) -> None:
    word = parse_word(text, field)
    assert word.word in (None, *vocabulary_of(field).levels)
    assert word.problem in (None, OTHER)
    column = read_words(np.array([text], dtype=object), field)
    assert (column.word[0], column.problem[0]) == word


@given(
    st.integers(1, 9999),
    st.sampled_from("台套件批吨个"),
    st.sampled_from(["采购{}{}", "Q3采购{}{}", "预计{}{}"]),
)
def test_a_quantity_makes_a_plan(count: int, unit: str, shape: str) -> None:
    assert parse_word(shape.format(count, unit), "plan") == ("明确", None)
