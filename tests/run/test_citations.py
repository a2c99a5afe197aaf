"""Cited cells are sufficient and necessary: nothing else changes a customer's result, and each of them does."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sheets import AS_OF, judged, write_workbook

from crmsheet.model import letters
from crmsheet.review.document import document

Person = dict[str, Any]
Entry = dict[str, Any]
Team = list[tuple[Person, list[Entry]]]
Json = dict[str, Any]


def ago(days: int) -> dt.date:
    return AS_OF - dt.timedelta(days=days)


FEW = settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
LEVELS = (None, "高", "中", "低")
MONEY = (None, 0, 20_000, 100_000, 600_000, 1_200_000)
INPUTS: dict[str, dict[str, tuple[Any, ...]]] = {
    "priority": {"历史合作金额(元)": MONEY, "采购计划": (None, "明确", "待明确", "模糊"), "需求明确度": (None, "明确", "模糊"),
                 "决策链": (None, "清晰", "不清晰"), "预计签约日期": (None, ago(-10), ago(-50), ago(-100), ago(20))},
    "crm": {"年合作额(元)": MONEY, "预计合作金额(元)": MONEY, "历史合作金额(元)": MONEY},
    "profile": {"预计合作金额(元)": MONEY, "需求优先级": LEVELS},
    "followup": {"预算范围": (None, "明确", "待定", "50万"), "决策链": (None, "短", "长"), "需求匹配度": LEVELS,
                 "需求明确度": (None, "明确", "待明确", "模糊")},
    "strategy": {"ARPU(元)": MONEY, "增长潜力": LEVELS, "流失率": (None, "1%", "6%"), "投诉率": (None, "1%", "4%")},
}  # fmt: skip
OWN: dict[str, tuple[Any, ...]] = {
    "客户状态": (None, "意向", "成交", "流失"), "状态更新时间": (None, ago(9), ago(40)), "首次接触时间": (None, ago(60)), "到期时间": (None, ago(-30)),
    "下次联系时间": (None, ago(-5)), "所属行业": (None, "制造"),
}  # fmt: skip
SAID: dict[str, tuple[Any, ...]] = {
    "跟进方式": ("电话", "拜访", "邮件", "微信"), "沟通主题": (None, "高层互访", "需求调研", "日常"), "沟通内容摘要": ("谈了进度", "已提交方案", "满意度回访"),
    "客户反馈/异议": (None, "认可"), "下一步计划": (None, "寄样品"), "预计完成时间": (None, ago(-4)), "客户状态": (None, "意向"),
}  # fmt: skip
DAYS = (3, 13, 23)  # so far apart that a day that moves by nine moves what is due


@st.composite
def team(draw: st.DrawFn, policy: str, size: int) -> Team:
    """Customers with their log entries; every value is one of a few that matter."""
    people: Team = []
    for _ in range(size):
        person = {name: draw(st.sampled_from(values)) for name, values in (INPUTS[policy] | OWN).items()}
        times = sorted(draw(st.sets(st.sampled_from(DAYS), max_size=3)), reverse=True)
        entries = [{"跟进时间": ago(n), **{name: draw(st.sampled_from(values)) for name, values in SAID.items()}} for n in times]
        people.append((person, entries))
    return people


def results(policy: str, people: Team, *, code: str = "x", as_of: dt.date = AS_OF) -> list[Json]:
    """The customers of the result document.  ``code`` stands in a column that is no field."""
    heads = ["客户编号", "客户名称", "负责人", "内部代号", *people[0][0]]
    rows = [[f"C{i:07d}", f"客户{i}公司", "王*", code, *person.values()] for i, (person, _) in enumerate(people)]
    told = [[f"C{i:07d}", code, *entry.values()] for i, (_, entries) in enumerate(people) for entry in entries]
    sheets: dict[str, Sequence[Sequence[Any]]] = {"客户": [heads, *rows]}
    if told:
        sheets["跟进记录"] = [["客户编号", "内部代号", "跟进时间", *SAID], *told]
    with TemporaryDirectory() as folder:
        found: list[Json] = document(judged(write_workbook(Path(folder) / "t.xlsx", sheets), policy, as_of), "zh")["customers"]
        return found


# ---------------------------------------------------------------- nothing else matters


@pytest.mark.parametrize("policy", INPUTS)
def test_other_customers_and_columns_that_are_no_field_change_nothing(policy: str) -> None:
    @FEW
    @given(team(policy, 6), team(policy, 6))
    def holds(people: Team, others: Team) -> None:
        mine = people[0]
        # as many entries as before, so that the range searched is the same
        moved: Team = [(person, [dict(new) for new in (entries_of(others) * 3)[: len(old)]]) for (person, _), (_, old) in zip(others[1:], people[1:], strict=True)]
        assert results(policy, [mine, *moved], code="y")[0] == results(policy, people)[0]

    holds()


def entries_of(people: Team) -> list[Entry]:
    return [entry for _, entries in people for entry in entries] or [{"跟进时间": ago(2), **dict.fromkeys(SAID, "拜访")}]


# ---------------------------------------------------------------- each of them does


OTHER = {"跟进方式": "会议", "沟通主题": "闲聊", "沟通内容摘要": "闲聊", "下一步计划": "回电话", "所属行业": "教育"}


def another(header: str, value: Any, values: Sequence[Any]) -> Any:
    """Another value for a cell, one that the field knows."""
    if isinstance(value, dt.date):
        return value - dt.timedelta(days=9)
    if header == "客户状态":
        return "意向" if value == "成交" else "成交"
    if header in OTHER:
        return OTHER[header]
    return next(one for one in reversed(values) if one != value)


def cells_of(one: Json) -> list[tuple[str, str, int]]:
    """Sheet, column and row of each cited cell; ranges of absences are left out."""
    parts = [re.fullmatch(r"(.+)!([A-Z]+)([0-9]+)", cell) for cell in one["cells"]]
    return [(part[1], part[2], int(part[3])) for part in parts if part]


def changed_copies(policy: str, people: Team, found: Sequence[Json]) -> Iterator[tuple[Json, str, tuple[Person, list[Entry]]]]:
    """For every cell that a reason or a task cites, a copy of its customer in which that cell holds something else."""
    first_entry = 2
    for who, (person, entries) in zip(found, people, strict=True):
        for one in (*who["reasons"], *who["tasks"]):
            for sheet, column, row in cells_of(one):
                copy: tuple[Person, list[Entry]] = (dict(person), [dict(entry) for entry in entries])
                heads = ["客户编号", "客户名称", "负责人", "内部代号", *person] if sheet == "客户" else ["客户编号", "内部代号", "跟进时间", *SAID]
                header = heads[[letters(n + 1) for n in range(len(heads))].index(column)]
                line: dict[str, Any] = copy[0] if sheet == "客户" else copy[1][row - first_entry]
                values: Mapping[str, Sequence[Any]] = {**SAID, **OWN, **INPUTS[policy], "跟进时间": DAYS}
                line[header] = another(header, line[header], values[header])
                yield one, f"{header} [{sheet}!{column}{row}]", copy
        first_entry += len(entries)


def told_of(who: Json) -> set[tuple[str, str | None]]:
    return {(one["text"], one.get("due")) for one in (*who["reasons"], *who["tasks"])}


@pytest.mark.parametrize("policy", INPUTS)
def test_another_value_in_a_cited_cell_changes_what_cites_it(policy: str) -> None:
    @FEW
    @given(team(policy, 8))
    def holds(people: Team) -> None:
        tried = list(changed_copies(policy, people, results(policy, people)))
        for (one, cell, copy), after in zip(tried, results(policy, [copy for *_, copy in tried]), strict=True):
            assert (one["text"], one.get("due")) not in told_of(after), (cell, one, copy)

    holds()


@pytest.mark.parametrize("policy", INPUTS)
def test_every_reason_and_task_cites_something(policy: str) -> None:
    @FEW
    @given(team(policy, 8))
    def holds(people: Team) -> None:
        for who in results(policy, people):
            assert all(one["cells"] for one in (*who["reasons"], *who["tasks"])), who

    holds()


# ---------------------------------------------------------------- what nothing has answered


MUCH_LATER = ago(-40)  # when every promise could have been kept
KEPT: Entry = {"跟进时间": ago(-39), **dict.fromkeys(SAID), "跟进方式": "电话", "沟通内容摘要": "满意度回访"}


def searched_of(one: Json) -> list[str]:
    return [cell for cell in one["cells"] if ":" in cell]


@pytest.mark.parametrize("policy", INPUTS)
def test_the_entry_that_closes_an_event_or_keeps_a_promise_lies_in_the_range_searched(policy: str) -> None:
    @FEW
    @given(team(policy, 4))
    def holds(people: Team) -> None:
        filler: tuple[Person, list[Entry]] = ({**dict.fromkeys(people[0][0])}, [dict(KEPT)])
        people = [*people, filler]
        rows = sum(len(entries) for _, entries in people)
        for i, who in enumerate(results(policy, people, as_of=MUCH_LATER)[:-1]):
            open_ = [one for one in who["tasks"] if one["kind"] in ("event", "commitment")]
            assert [searched_of(one) for one in open_] == [[f"跟进记录!C2:C{rows + 1}"]] * len(open_)
            if open_:  # the last row of that range becomes this customer's
                kept = [(person, [*entries, KEPT] if at == i else entries) for at, (person, entries) in enumerate(people[:-1])]
                after = told_of(results(policy, [*kept, (filler[0], [])], as_of=MUCH_LATER)[i])
                assert not {(one["text"], one["due"]) for one in open_} & after, (who, after)

    holds()


def test_missing_data_cites_the_blank_cell_alone() -> None:
    person = {**dict.fromkeys(OWN), **dict.fromkeys(INPUTS["crm"])}
    (who,) = results("crm", [(person, [{**KEPT, "跟进时间": ago(3)}])])
    (data,) = [task for task in who["tasks"] if task["kind"] == "data"]
    assert sorted(data["cells"]) == ["客户!G2", "客户!J2"]  # 首次接触时间, 所属行业


# ---------------------------------------------------------------- by hand


def test_a_touch_cites_the_entry_that_met_it_and_an_absence_the_range_searched() -> None:
    entries = [{"跟进时间": ago(n), **dict.fromkeys(SAID), "跟进方式": how} for n, how in ((20, "拜访"), (3, "电话"))]
    person = {**dict.fromkeys(OWN), **dict.fromkeys(INPUTS["priority"]), "历史合作金额(元)": 600_000}
    (who,) = results("priority", [(person, entries)])
    cited = {task["source"]: task["cells"] for task in who["tasks"]}
    assert cited["S000-30"] == ["跟进记录!C3", "跟进记录!D3"]  # by phone or mail: the call
    assert cited["S000-31"] == ["跟进记录!C2", "跟进记录!D2"]  # a visit
    assert cited["S000-33"] == ["跟进记录!C2:C3"]  # a key talk has never been


def test_an_amount_cites_the_blank_cells_before_it_and_a_zero_its_stage() -> None:
    blank = {**dict.fromkeys(OWN), **dict.fromkeys(INPUTS["crm"])}
    people: Team = [({**blank, "预计合作金额(元)": 600_000}, []), ({**blank, "年合作额(元)": 0, "历史合作金额(元)": 5}, [])]
    heads = ["客户编号", "客户名称", "负责人", "内部代号", *blank]
    at = {name: letters(heads.index(name) + 1) for name in heads}
    one, two = results("crm", people)
    assert one["reasons"][0]["cells"] == [f"客户!{at[n]}2" for n in ("年合作额(元)", "预计合作金额(元)")]
    assert two["reasons"][0]["cells"] == [f"客户!{at[n]}3" for n in ("年合作额(元)", "预计合作金额(元)", "历史合作金额(元)", "客户状态")]


def test_a_rule_that_an_earlier_one_could_beat_cites_what_kept_that_from_holding() -> None:
    person = {**dict.fromkeys(OWN), "预算范围": "50万", "决策链": "短", "需求匹配度": "高", "需求明确度": None}
    (who,) = results("followup", [(person, [])])
    assert who["tier"] == "A"
    assert "需求明确度未填" in [reason["text"] for reason in who["reasons"]]  # 模糊 would make it C


def test_months_without_contact_cite_the_range_without_a_later_entry() -> None:
    quiet = {"历史合作金额(元)": 20_000, "首次接触时间": ago(400), "优先级": "B"}
    spoken = {"跟进时间": ago(3), **dict.fromkeys(SAID), "跟进方式": "电话"}
    asleep, _, stirred = results("priority", [(quiet, []), (dict(quiet), [spoken]), (dict(quiet), [{**spoken, "跟进时间": ago(300)}])])
    assert (asleep["proposed_tier"], asleep["reasons"][0]["cells"]) == ("休眠", ["客户!F2", "跟进记录!C2:C3"])
    assert stirred["reasons"][0]["cells"] == ["跟进记录!C3", "跟进记录!C2:C3"]
