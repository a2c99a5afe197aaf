"""Objections and reasons for loss in what customers said (S003-44, S003-46)."""

from __future__ import annotations

import pytest

from crmsheet.plan.adjustments import _ADVICE
from crmsheet.values.reasons import REASONS, reasons_in


@pytest.mark.parametrize(
    ("text", "matters"),
    [
        ("客户提出竞品价格更低", ("竞品", "价格")),
        ("客户担心售后响应速度", ("服务",)),
        ("预算不足，项目搁置", ("预算", "需求变化")),
        ("客户因竞品送货时效更快流失", ("竞品", "交付时效")),
        ("操作简便，但希望支持支付", ()),  # praise, and a wish that names nothing
        ("对价格很满意，但是售后太慢", ("服务",)),
        ("价格满意但服务太慢", ("服务",)),
        ("对价格不满意", ("价格",)),
        ("不接受这个价格", ("价格",)),
        ("对价格没有异议", ()),
        ("预算已批，流程复杂", ("功能与体验",)),
        ("关注数据安全", ()),
        ("", ()),
    ],
)
def test_matters_that_a_text_objects_to(text: str, matters: tuple[str, ...]) -> None:
    assert reasons_in(text) == matters


def test_there_is_advice_for_every_matter() -> None:
    assert _ADVICE.keys() == REASONS.keys()
