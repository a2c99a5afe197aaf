"""Folding, blanks, and spreading what was parsed once over its rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsheet.values.columns import distinct, fold, is_blank, mark, read_texts, tidy


def test_tidy_keeps_single_spaces_and_fold_none() -> None:
    assert tidy(" Ａ\u3000 B\u200b\n") == "A B"
    assert fold(" Ａ\u3000 B\u200b\n") == "ab"


@pytest.mark.parametrize(
    "text", [None, "", " ", "\u3000", "-", "－", "—", "——", "/", "无", "無", "暂无", "N/A", "\ufeff", "\t"]
)
def test_blank(text: str | None) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["0", "待定", "未知", "面议", "x", "*"])
def test_not_blank(text: str) -> None:
    assert not is_blank(text)


def test_each_distinct_text_is_parsed_once() -> None:
    seen: list[str] = []

    def parse(text: str) -> str:
        seen.append(text)
        return text * 2

    text = np.array(["a", None, "b", "a", np.nan], dtype=object)
    assert read_texts(text, parse).tolist() == ["aa", None, "bb", "aa", None]
    assert seen == ["a", "b"]
    assert distinct(text).codes.tolist() == [0, -1, 1, 0, -1]


def test_tuples_stay_one_value() -> None:
    assert read_texts(np.array(["ab", "cd"], dtype=object), tuple).tolist() == [("a", "b"), ("c", "d")]


def test_marks() -> None:
    assert mark(np.array([True, False]), "x").tolist() == ["x", None]


@given(st.text())
def test_folding_is_done_once(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)
    assert fold(text) == fold(tidy(text))
    assert not any(character.isspace() for character in fold(text))
