"""综合评分: its laws over all presets, and scores worked out by hand from the presets' weights and scales."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from sheets import AS_OF, by_id, judged, write_workbook

from crmsheet.model import Outcome
from crmsheet.policy.load import load_policy, preset_names
from crmsheet.review.document import document, schema


def days(number: int) -> dt.date:
    return AS_OF + dt.timedelta(days=number)


SOON = [days(400), days(200), days(91), days(90), days(31), days(30), days(5), days(0)]
LEVELS = ["低", "中", "高"]
# The inputs of each preset with values from worst to best, as the documents mean them.
LADDERS: dict[str, dict[str, list[Any]]] = {
    "priority": {
        "历史合作金额(万元)": [0, 10, 49.99, 50, 80, 100, 300, 5000],
        "当前订单规模(万元)": [0, 5, 50, 60, 700],
        "利润贡献率(%)": [0, 5, 20, 35, 90],
        "回款及时性": ["拖欠", "延迟", "一般", "及时"],
        "行业发展趋势": ["下滑", "平稳", "增长", "新兴行业"],
        "业务扩张计划": ["收缩", "无计划", "待定", "有计划", "明确"],
        "采购计划": ["模糊", "待明确", "明确"],
        "需求匹配度": LEVELS,
        "决策链": ["不清晰", "清晰"],
        "采购周期": ["年末集中采购", "每半年", "季度末", "月末"],  # the end of the period comes nearer
        "预计签约日期": SOON,
        "预算审批进度": ["驳回", "未申请", "审批中", "已批"],
        "竞争对手动态": ["无竞品", "接触竞品", "竞品强势"],  # the document counts it as urgency
    },
    "crm": {
        "年合作额(万元)": [5, 9.99, 10, 49.99, 50, 200, 3000],
        "采购意向": ["模糊", "潜在需求", "明确需求"],
        "需求优先级": LEVELS,
        "合作类型": ["服务咨询", "产品采购", "长期合作"],
        "客户状态": ["流失客户", "潜在客户", "意向客户", "成交客户", "复购"],
    },
    "profile": {
        "预计合作金额(万元)": [0, 9.99, 10, 50, 120, 5000],
        "需求优先级": LEVELS,
        "决策时间节点": SOON,
        "潜在合作周期": ["3个月", "半年", "1年", "2-3年", "5年"],
        "行业影响力": ["低", "一般", "知名", "行业协会副会长"],
        "合作风险": ["竞争对手强势", "预算未审批", "中", "无风险"],
        "响应速度": ["不回复", "需多次催促", "24小时内回复"],
    },
    "followup": {
        "预算范围(万元)": [0, 5, 10, 60, 300],
        "决策链": ["长", "短"],
        "需求匹配度": LEVELS,
        "需求明确度": ["仅咨询", "待明确", "明确"],
        "需求优先级": LEVELS,
        "预计签约日期": SOON,
    },
    "strategy": {
        "ARPU(万元)": [0, 20, 49, 50, 900],
        "增长潜力": ["低", "中", "高"],
        "流失率(%)": [30, 10, 5, 2, 0],
        "投诉率(%)": [20, 4, 3, 1, 0],
        "购买频次": ["一次性", "偶尔", "每季度", "每月", "频繁"],
        "反馈意见": ["非常不满意", "不满意", "一般", "满意", "非常满意"],
    },
}
SLOW = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def scored(preset: str, rows: list[dict[str, Any]], more: str = "") -> Outcome:
    """What a run finds out about customers C0000001, C0000002 … with these cells."""
    heads = ["客户编号", "客户名称", "负责人", *dict.fromkeys(name for row in rows for name in row)]
    lines = [[row.get(head, known) for head, known in zip(heads, (f"C{i:07d}", f"客户{i}公司", "王*", *[None] * len(heads)), strict=False)]
             for i, row in enumerate(rows, 1)]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "crmsheet.toml").write_text(more, encoding="utf-8")
        return judged(write_workbook(Path(folder) / "t.xlsx", {"客户": [heads, *lines]}), preset)


def scores(preset: str, rows: list[dict[str, Any]]) -> list[int | None]:
    return [None if score != score else int(score) for score in scored(preset, rows).customers["score"].tolist()]


def steps(preset: str) -> st.SearchStrategy[dict[str, int | None]]:
    """For each input a step of its ladder, or None: the cell is blank."""
    ladder = LADDERS[preset]
    return st.fixed_dictionaries({name: st.none() | st.integers(0, len(values) - 1) for name, values in ladder.items()})


def cells(preset: str, chosen: dict[str, int | None]) -> dict[str, Any]:
    return {name: None if step is None else LADDERS[preset][name][step] for name, step in chosen.items()}


def test_the_ladders_hold_every_criterion_of_every_preset() -> None:
    assert set(LADDERS) == set(preset_names())
    for preset, ladder in LADDERS.items():
        outcome = scored(preset, [{name: values[-1] for name, values in ladder.items()}])
        assert [term.name for term in outcome.score_terms([0])[0] if term.points is None] == []
        assert outcome.customers["score_confidence"].tolist() == [100]


@pytest.mark.parametrize("preset", list(LADDERS))
@given(data=st.data())
@SLOW
def test_a_better_value_of_one_input_never_lowers_the_score(preset: str, data: st.DataObject) -> None:
    worse = data.draw(steps(preset))
    better = []
    for name, step in worse.items():
        if step is not None and step + 1 < len(LADDERS[preset][name]):
            better.append({**worse, name: data.draw(st.integers(step + 1, len(LADDERS[preset][name]) - 1))})
    found = scores(preset, [cells(preset, one) for one in (worse, *better)])
    assert all(score is not None and found[0] is not None and score >= found[0] for score in found[1:])


@pytest.mark.parametrize("preset", list(LADDERS))
@given(data=st.data())
@SLOW
def test_scores_lie_between_0_and_100_and_are_null_without_any_known_input(preset: str, data: st.DataObject) -> None:
    chosen = data.draw(st.lists(steps(preset), min_size=1, max_size=8))
    found = scores(preset, [cells(preset, one) for one in chosen])
    for one, score in zip(chosen, found, strict=True):
        assert (score is None) == all(step is None for step in one.values())
        assert score is None or 0 <= score <= 100


@pytest.mark.parametrize("preset", list(LADDERS))
@given(data=st.data())
@SLOW
def test_no_score_depends_on_other_customers_or_on_the_order_of_rows(preset: str, data: st.DataObject) -> None:
    rows = [cells(preset, one) for one in data.draw(st.lists(steps(preset), min_size=2, max_size=6))]
    together = scores(preset, rows)
    assert scores(preset, rows[::-1]) == together[::-1]
    assert scores(preset, rows[:1]) == together[:1]


@pytest.mark.parametrize("preset", list(LADDERS))
@given(data=st.data())
@SLOW
def test_the_terms_add_up_to_the_score_and_the_confidence(preset: str, data: st.DataObject) -> None:
    outcome = scored(preset, [cells(preset, data.draw(steps(preset)))])
    score, share = outcome.customers["score"].tolist()[0], outcome.customers["score_confidence"].tolist()[0]
    terms = outcome.score_terms([0])[0]
    known = [(term.points, term.weight) for term in terms if term.points is not None]
    assert abs(share - 100 * sum(weight for _, weight in known) / sum(term.weight for term in terms)) <= 0.5
    if known:
        assert abs(score - 100 * sum(points for points, _ in known) / sum(weight for _, weight in known)) <= 0.501
    else:
        assert score != score


@pytest.mark.parametrize(
    ("preset", "row", "score", "confidence"),
    [
        # 100万 is worth 75 of 100 at weight 20, 清晰 100 at weight 9: (1500 + 900) / 29 = 82.8; 29 of 100
        ("priority", {"历史合作金额(万元)": 100, "决策链": "清晰"}, 83, 29),
        ("priority", {"历史合作金额(万元)": 100}, 75, 20),
        ("priority", {"历史合作金额(万元)": 75}, 63, 20),  # half way from 50 to 75 points: 62.5, upwards
        ("priority", {"历史合作金额(万元)": 0}, 0, 20),
        ("priority", {"历史合作金额(万元)": 9000}, 100, 20),
        ("priority", {"预计签约日期": days(30)}, 80, 13),
        ("priority", {"预计签约日期": days(60)}, 63, 13),  # 62.5
        ("priority", {"预计签约日期": days(-30)}, 100, 13),
        ("priority", {"预计签约日期": days(-31)}, 10, 13),
        ("priority", {"采购周期": "季度末"}, 93, 4),  # 11 days to 31 March: 100 − 20 × 11/30 = 92.7
        ("priority", {"需求明确度": "明确"}, 100, 8),  # 采购计划 has no column
        # 模糊 10 and 低 15, each of weight 20: 12.5 upwards
        ("followup", {"需求明确度": "模糊", "需求匹配度": "低"}, 13, 40),
        ("followup", {"预算范围(万元)": "明确"}, 70, 25),
        ("followup", {"预算范围(万元)": 10}, 60, 25),
        ("crm", {"年合作额(万元)": 0, "预计合作金额(万元)": 50}, 75, 55),  # 0 is blank …
        ("crm", {"年合作额(万元)": 0, "客户状态": "成交"}, 14, 65),  # … unless 成交: 0 × 55 + 90 × 10 = 900, of 65: 13.8
        ("profile", {"潜在合作周期": "3年"}, 90, 8),
        ("profile", {"潜在合作周期": "半年"}, 35, 8),
        ("strategy", {"增长潜力": "20%"}, 75, 25),
        ("strategy", {"增长潜力": "高"}, 90, 25),
        ("strategy", {"流失率(%)": 5, "投诉率(%)": 3}, 60, 25),
    ],
)
def test_scores_worked_out_by_hand(preset: str, row: dict[str, Any], score: int, confidence: int) -> None:
    outcome = scored(preset, [row])
    assert (outcome.customers["score"].tolist(), outcome.customers["score_confidence"].tolist()) == ([score], [confidence])


@pytest.mark.parametrize(
    ("field", "text"),
    [("回款及时性", "不好说"), ("回款及时性", "及时，但上月拖欠"), ("竞争对手动态", "张三丰去年在那边做过"), ("预计签约日期", "待定"),
     ("采购周期", "看情况"), ("历史合作金额(万元)", "面议"), ("决策链", "找王总"), ("利润贡献率(%)", "未知")],
)  # fmt: skip
def test_what_cannot_be_read_as_better_or_worse_is_unknown_and_not_quoted(field: str, text: str) -> None:
    outcome = scored("priority", [{field: text, "需求匹配度": "高"}])
    assert (outcome.customers["score"].tolist(), outcome.customers["score_confidence"].tolist()) == ([100], [8])
    (term,) = [term for term in outcome.score_terms([0])[0] if term.cell == "客户!D2"]
    assert term.points is None and term.text.endswith("无法判断优劣") and text not in term.text


def test_terms_name_the_cell_the_value_and_the_points_of_how_many() -> None:
    row = {"历史合作金额(万元)": 120, "预计签约日期": days(10), "采购周期": "季度末", "利润贡献率(%)": 6, "回款及时性": " 及 时 ", "需求匹配度": None}
    terms = scored("priority", [row]).score_terms([0])[0]
    told = {term.name: (term.cell, term.text, term.points, term.weight, term.source) for term in terms}
    assert told["amount"] == ("客户!D2", "历史合作金额120万", 15.2, 20, "S000-1")  # 75 + 20 × 20/400 = 76 of 100
    assert told["decision_date"] == ("客户!E2", "预计签约日期还有10天", 12.1333, 13, "S000-10")  # 93.33 of 100
    assert told["purchase_cycle"] == ("客户!F2", "采购周期季度末（距期末11天）", 3.7067, 4, "S000-9")  # 92.67 of 100
    assert told["profit_share"] == ("客户!G2", "利润贡献率6%", 2.1, 7, "S000-3")  # 30 of 100
    assert told["payment"] == ("客户!H2", "回款及时性及 时", 4.5, 5, "S000-4")
    assert told["fit"] == ("客户!I2", "需求匹配度未填", None, 8, "S000-7")
    assert told["chain"] == (None, "决策链未填", None, 9, "S000-8")  # there is no such column
    assert [term.name for term in terms] == [criterion.name for criterion in load_policy("priority").score]


def test_the_first_amount_that_is_filled_in_is_the_term_of_crm() -> None:
    rows = [{"年合作额(万元)": None, "预计合作金额(万元)": 50}, {"年合作额(万元)": 10, "预计合作金额(万元)": 50}, {}]
    terms = [line[0] for line in scored("crm", rows).score_terms([0, 1, 2])]
    assert [(term.field, term.cell, term.text, term.points) for term in terms] == [
        ("expected_amount", "客户!E2", "预计合作金额50万", 41.25),  # 75% of 55
        ("annual_amount", "客户!D3", "年合作额10万", 22.0),  # 40% of 55
        ("annual_amount", "客户!D4", "年合作额未填", None),
    ]


def test_the_result_document_holds_score_confidence_and_the_terms_of_columns_that_are_there() -> None:
    outcome = scored("priority", [{"历史合作金额(万元)": 100, "决策链": "清晰"}, {"历史合作金额(万元)": None}])
    result = document(outcome, "zh")
    first, second = result["customers"]
    assert (first["score"], first["score_confidence"], second["score"], second["score_confidence"]) == (83, 29, None, 0)
    assert first["score_terms"] == [
        {"field": "amount", "cell": "客户!D2", "text": "历史合作金额100万", "points": 15.0, "weight": 20.0, "source": "S000-1"},
        {"field": "chain", "cell": "客户!E2", "text": "决策链清晰", "points": 9.0, "weight": 9.0, "source": "S000-8"},
    ]
    assert [term["points"] for term in second["score_terms"]] == [None, None]
    Draft202012Validator(schema()).validate(result)


def test_inside_a_tier_what_is_late_comes_first_and_then_the_score() -> None:
    head = {"优先级": "A级", "历史合作金额(万元)": 60, "首次接触时间": days(-5)}
    late = {**head, "首次接触时间": days(-20)}  # due every 14 days
    rows = [head, {**head, "需求匹配度": "低"}, {**head, "需求匹配度": "高"}, {**late, "需求匹配度": "低"}, {**head, "优先级": "S级", "需求匹配度": "低"},
            {**late, "首次接触时间": days(-21), "需求匹配度": "低"}, {**late, "需求匹配度": "高"}]  # fmt: skip
    # 60万 is worth 55 points: (20 × 55 + 8 × 15) / 28 = 43.6 < 55 < (20 × 55 + 8 × 100) / 28 = 67.9
    rank = by_id(scored("priority", rows), "rank")
    assert sorted(rank, key=lambda name: rank[name]) == [f"C000000{i}" for i in (5, 6, 7, 4, 3, 1, 2)]


def test_a_policy_of_ones_own_scores_by_its_own_criteria(tmp_path: Path) -> None:
    text = 'extends = "crm"\nname = "own"\n[[score]]\nname = "trend"\npart = "行业"\nkind = "words"\nfields = ["industry_trend"]\nweight = 3\n'
    (tmp_path / "own.toml").write_text(f'{text}words = {{ "顺风" = 80, "逆风" = 20 }}\nsource = "assumption"\n', encoding="utf-8")
    assert scores(str(tmp_path / "own.toml"), [{"行业发展趋势": "顺风"}, {"行业发展趋势": "逆风"}, {"行业发展趋势": "增长"}]) == [80, 20, None]


def test_a_policy_without_criteria_gives_no_scores(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('extends = "crm"\nname = "own"\nscore = []\n', encoding="utf-8")
    outcome = scored(str(tmp_path / "own.toml"), [{"年合作额(万元)": 50}])
    assert outcome.customers["score"].isna().all() and outcome.score_terms([0]) == [[]]
