"""Ways of contact: one cell may name several, and one way has many words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsheet.values.methods import parse_methods, read_methods


@pytest.mark.parametrize(
    ("text", "methods"),
    [
        ("电话", ("电话",)),
        ("打电话", ("电话",)),
        ("致电", ("电话",)),
        ("电话沟通", ("电话",)),
        ("拜访", ("拜访",)),
        ("面谈", ("拜访",)),
        ("面访", ("拜访",)),
        ("上门", ("拜访",)),
        ("现场", ("拜访",)),
        ("见面拜访", ("拜访",)),
        ("上门拜访", ("拜访",)),
        ("现场拜访", ("拜访",)),
        ("拜訪", ("拜访",)),
        ("邮件", ("邮件",)),
        ("发邮件", ("邮件",)),
        ("Email", ("邮件",)),
        ("E-mail", ("邮件",)),
        ("微信", ("线上",)),
        ("企微", ("线上",)),
        ("发短信", ("线上",)),
        ("线上会议", ("会议",)),
        ("视频会议", ("会议",)),
        ("电话+拜访", ("电话", "拜访")),
        ("电话＋拜访", ("电话", "拜访")),
        ("电话/面访", ("电话", "拜访")),
        ("电话、邮件", ("电话", "邮件")),
        ("电话和邮件", ("电话", "邮件")),
        ("电话，邮件；微信", ("电话", "邮件", "线上")),
        ("电话 微信", ("电话", "线上")),
        ("面谈/拜访", ("拜访",)),
        ("活动", ("活动",)),
        ("其他", ("其他",)),
        ("现场演示", ("现场演示",)),
        ("", ()),
        ("-", ()),
        ("/", ()),
        ("+", ()),
    ],
)
def test_methods(text: str, methods: tuple[str, ...]) -> None:
    assert parse_methods(text) == methods


def test_a_column() -> None:
    column = read_methods(np.array(["电话+拜访", None, "微信"], dtype=object))
    assert column.tolist() == [("电话", "拜访"), (), ("线上",)]


KNOWN = ["电话", "拜访", "邮件", "线上", "会议"]


@given(st.lists(st.sampled_from(KNOWN), min_size=1, max_size=5), st.sampled_from(list("+/、,;，；和 ")))
def test_canonical_words_read_back_however_they_are_joined(words: list[str], sign: str) -> None:
    assert parse_methods(sign.join(words)) == tuple(dict.fromkeys(words))


@given(st.text(max_size=30))
def test_no_text_raises_and_none_is_named_twice(text: str) -> None:
    methods = parse_methods(text)
    assert len(set(methods)) == len(methods) and all(methods)
