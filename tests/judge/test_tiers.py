"""Every tier rule and boundary of the five presets, as a table: inputs → tier (SPEC §4)."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from sheets import AS_OF, by_id, judged, write_workbook

Case = tuple[tuple[Any, ...], str]


def days(number: int) -> dt.date:
    return AS_OF + dt.timedelta(days=number)


CASES: dict[str, tuple[list[str], list[Case]]] = {
    "priority": (
        ["历史合作金额(万元)", "采购计划", "需求明确度", "决策链", "预计签约日期"],
        [
            # S: value 高 and potential in {高, 未知} and urgency in {高, 未知}
            ((100, "明确", None, "清晰", days(0)), "S"),
            ((100, "明确", None, "清晰", days(30)), "S"),
            ((100, "明确", None, "清晰", days(31)), "A"),
            ((100, None, "明确", "短", days(10)), "S"),
            ((100, "明确", None, None, days(10)), "S"),  # 明确 with chain blank: 未知
            ((100, None, None, None, None), "S"),  # all unknown
            ((100, "明确", None, "不清晰", days(10)), "A"),  # potential 中
            ((100, "待明确", None, "清晰", days(10)), "A"),
            ((100, "模糊", None, "清晰", days(10)), "A"),  # potential 低
            ((100, "模糊", "明确", "清晰", days(10)), "S"),  # plan or need 明确 comes first
            ((100, "明确", None, "清晰", days(-30)), "S"),  # up to 30 days past still 高
            ((100, "明确", None, "清晰", days(-31)), "A"),  # further back 低
            ((100, "明确", None, "清晰", days(90)), "A"),
            ((100, "明确", None, "清晰", days(91)), "A"),
            ((99.99, "明确", None, "清晰", days(10)), "A"),  # value 中
            # B: value 低; or value 中 with potential 低 and urgency in {低, 未知}
            ((49.99, "明确", None, "清晰", days(10)), "B"),
            ((0, None, None, None, None), "B"),
            ((50, "模糊", None, "清晰", None), "B"),
            ((50, "模糊", None, None, days(91)), "B"),
            ((50, "模糊", None, None, days(90)), "A"),
            ((50, "模糊", None, None, days(30)), "A"),
            ((50, None, None, None, None), "A"),  # potential 未知 is not 低
            ((50, "待明确", None, None, None), "A"),
            ((50, "仅咨询", None, None, None), "B"),  # 仅咨询 is 模糊
            ((50, "Q3采购200台", None, "清晰", None), "A"),
            # 未分级: value 未知
            ((None, "明确", None, "清晰", days(10)), "未分级"),
            (("面议", "明确", None, "清晰", days(10)), "未分级"),
            (("50-120万", "模糊", None, None, None), "B"),  # a range decides by its lower bound: 中
            (("100万以上", "明确", None, "清晰", days(1)), "S"),
        ],
    ),
    "crm": (
        ["年合作额(万元)", "预计合作金额(万元)", "历史合作金额(万元)", "客户状态"],
        [
            ((50, None, None, None), "A"), ((49.99, None, None, None), "B"), ((10, None, None, None), "B"),
            ((9.99, None, None, None), "C"), ((None, 50, 1, None), "A"), ((None, None, 10, None), "B"),
            ((0, 50, None, None), "A"),  # 0 is blank …
            ((0, 50, None, "成交客户"), "C"),  # … unless the stage is 成交
            ((0, None, None, None), "未分级"), ((None, None, None, None), "未分级"),
            (("面议", 50, None, None), "未分级"),  # unreadable is not blank
            ((20, 80, 90, None), "B"),  # the first that is there decides
        ],
    ),
    "profile": (
        ["预计合作金额(万元)", "需求优先级"],
        [
            ((50, "高"), "A"), ((50, "中"), "A"), ((50, "低"), "B"), ((50, None), "A"),
            ((49.99, "高"), "A"), ((49.99, "中"), "B"), ((49.99, "低"), "C"), ((49.99, None), "B"),
            ((10, "高"), "A"), ((10, None), "B"), ((9.99, "高"), "B"), ((9.99, "中"), "C"), ((9.99, "低"), "C"),
            ((9.99, None), "C"), ((None, "高"), "B"), ((None, "中"), "C"), ((None, "低"), "C"), ((None, None), "未分级"),
            ((30, "看情况"), "B"),  # other words count as the middle one
        ],
    ),
    "followup": (
        ["预算范围", "决策链", "需求匹配度", "需求明确度"],
        [
            (("50万", "短", "高", None), "A"), (("明确", "清晰", "高", "明确"), "A"), (("10-20万", "明确", "高", "待明确"), "A"),
            (("50万", "短", "高", "模糊"), "C"),  # need 模糊 comes first
            ((None, None, None, "仅咨询"), "C"), (("50万", "短", "中", None), "B"), (("50万", "长", "高", None), "B"),
            ((None, "短", "高", None), "B"), (("待定", "短", "高", None), "B"), (("50万", None, None, None), "B"),
            ((None, None, None, "明确"), "B"), ((None, None, None, None), "未分级"), ((None, "随便", None, None), "B"),
        ],
    ),
    "strategy": (
        ["ARPU(万元)", "增长潜力", "流失率", "投诉率"],
        [
            ((50, None, None, None), "高价值稳定型"), ((49.99, None, None, None), "低价值稳定型"),
            ((1, "高", None, None), "高价值潜力型"), ((1, "20%", None, None), "高价值潜力型"),
            ((1, "19.9%", None, None), "低价值稳定型"), ((50, "高", "9%", None), "高价值潜力型"),
            ((50, "低", "9%", None), "高价值稳定型"), ((1, "低", "5.1%", None), "低价值风险型"),
            ((1, "低", "5%", "3%"), "低价值稳定型"), ((1, "低", None, "3.1%"), "低价值风险型"),
            ((None, None, "9%", None), "低价值风险型"), ((None, None, None, None), "未分级"),
        ],
    ),
}  # fmt: skip


@cache
def tiers(preset: str) -> dict[str, str]:
    """All cases of a preset in one workbook: id → tier."""
    headers, cases = CASES[preset]
    rows = [["客户编号", "客户名称", "负责人", *headers]]
    rows += [[f"C{i:07d}", f"客户{i}公司", "王", *inputs] for i, (inputs, _) in enumerate(cases)]
    path = write_workbook(Path(mkdtemp()) / "cases.xlsx", {"客户信息基础表": rows})
    return by_id(judged(path, preset), "tier")


@pytest.mark.parametrize(("preset", "number"), [(name, i) for name, (_, cases) in CASES.items() for i in range(len(cases))])
def test_the_rules_give_the_tier(preset: str, number: int) -> None:
    inputs, expected = CASES[preset][1][number]
    assert tiers(preset)[f"C{number:07d}"] == expected, inputs


def test_every_tier_of_every_preset_is_reached() -> None:
    for preset, (_, cases) in CASES.items():
        assert set(tiers(preset).values()) == {expected for _, expected in cases}
        assert "未分级" in tiers(preset).values()
