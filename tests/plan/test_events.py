"""Events: what opens them, when they are due, what closes, drops and pauses them (SPEC §4).  AS_OF is Wednesday 2024-03-20."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sheets import AS_OF, by_id, judged, write_workbook

from crmsheet.outreach.reminders import reminders, task_rows
from crmsheet.plan.log_words import states_need, submits_proposal

D = dt.date
Cells = dict[str, Any]
BASE: Cells = {"客户编号": "C0000001", "客户名称": "甲公司", "负责人": "王*", "客户等级": "C"}
COLUMNS = ("客户状态", "状态更新时间", "到期时间", "计划制定日期", "暂不跟进至", "最近跟进时间")


def run(tmp_path: Path, customer: Cells, *log: Cells, as_of: dt.date = AS_OF, policy: str = "crm") -> Any:
    row = {**BASE, **dict.fromkeys(COLUMNS), **customer}
    heads = list(dict.fromkeys(["客户编号", "跟进时间", "沟通内容摘要", *(name for line in log for name in line)]))
    sheets = {"客户": [list(row), list(row.values())],
              "跟进记录": [heads, *([{"客户编号": "C0000001", **line}.get(h) for h in heads] for line in log)]}  # fmt: skip
    return judged(write_workbook(tmp_path / "t.xlsx", sheets), policy, as_of)


def events(outcome: Any, source: str) -> list[str]:
    tasks = outcome.tasks[(outcome.tasks["kind"] == "event") & (outcome.tasks["source"] == source)]
    return [str(pd.Timestamp(due).date()) for due in tasks["due"]]


def at(day: dt.date, summary: str = "沟通", **more: Any) -> Cells:
    return {"跟进时间": day, "沟通内容摘要": summary, **more}


@pytest.mark.parametrize(
    ("customer", "log", "due"),
    [
        ({"状态更新时间": D(2024, 3, 18)}, [], ["2024-03-21"]),
        ({"状态更新时间": D(2024, 3, 14)}, [], ["2024-03-18"]),  # the 17th is a Sunday
        ({"状态更新时间": D(2024, 3, 14)}, [at(D(2024, 3, 14))], ["2024-03-18"]),  # an entry of that day is not later
        ({"状态更新时间": D(2024, 3, 14)}, [at(D(2024, 3, 15))], []),
        ({}, [at(D(2024, 3, 15), 客户状态="意向客户")], ["2024-03-18"]),
        ({}, [at(D(2024, 3, 12), 客户状态="意向"), at(D(2024, 3, 15), 客户状态="潜在")], []),
        ({}, [], []),  # nothing says since when
        ({"状态更新时间": D(2024, 3, 18), "客户状态": "潜在"}, [], []),
    ],
)
def test_second_followup_three_days_after_the_need_is_clear(tmp_path: Path, customer: Cells, log: list[Cells], due: list[str]) -> None:
    assert events(run(tmp_path, {"客户状态": "意向", **customer}, *log), "S002-40") == due


@pytest.mark.parametrize(
    ("text", "handed_in"),
    [
        ("已提交二期方案", True), ("发送报价单", True), ("投标文件已发客户", True), ("方案已提交，需等总部审批", True),
        ("根据需求提交方案", True), ("客户要求降价，已发送新报价", True),
        ("客户要求提交方案", False), ("计划下周发送报价", False), ("准备提交投标文件", False), ("方案将于周五提交", False),
        ("需提交方案", False), ("讨论方案", False), ("发送节日问候", False), ("方案尚未提交", False),
    ],
)  # fmt: skip
def test_what_counts_as_handing_in_a_proposal(text: str, handed_in: bool) -> None:
    assert submits_proposal(text) is handed_in


def test_a_proposal_is_followed_a_day_later_and_is_late_after_two(tmp_path: Path) -> None:
    friday = run(tmp_path, {}, at(D(2024, 3, 15), "已提交方案"), as_of=D(2024, 3, 17))
    assert events(friday, "S002-103") == ["2024-03-18"]  # Saturday rolls to Monday
    assert not friday.tasks["text"].str.contains("已超过").any()
    later = run(tmp_path, {}, at(D(2024, 3, 15), "已提交方案"), as_of=D(2024, 3, 18))
    (text,) = later.tasks.loc[later.tasks["source"] == "S002-103", "text"]
    assert text == "已超过2天未跟踪：跟踪方案反馈：确认客户意见和下一步（提交于2024-03-15）"
    assert not events(run(tmp_path, {}, at(D(2024, 3, 15), "已提交方案"), at(D(2024, 3, 16))), "S002-103")
    (cells,) = later.tasks.loc[later.tasks["source"] == "S002-103", "cells"]
    assert cells == "跟进记录!B2,跟进记录!C2,跟进记录!B2:B2"  # no entry after it


@pytest.mark.parametrize(
    ("expires", "stage", "log", "due"),
    [
        (D(2024, 6, 1), "成交", [], ["2024-04-02"]),  # 60 days before 1 June
        (D(2024, 6, 5), "成交", [], ["2024-04-07"]),  # 6 April is a holiday, 7 April a Sunday that is worked
        (D(2023, 6, 1), "成交", [], ["2023-04-03"]),  # never dropped; 2 April 2023 was a Sunday
        (D(2024, 5, 15), "成交", [at(D(2024, 3, 16))], []),  # due that very day
        (D(2024, 5, 15), "成交", [at(D(2024, 3, 15))], ["2024-03-18"]),
        (D(2024, 6, 1), "意向", [], []),
        (None, "成交", [], []),
    ],
)
def test_renewal_sixty_days_before_the_end(tmp_path: Path, expires: Any, stage: str, log: list[Cells], due: list[str]) -> None:
    assert events(run(tmp_path, {"客户状态": stage, "到期时间": expires}, *log), "S003-40") == due


@pytest.mark.parametrize(
    ("customer", "log", "due"),
    [
        ({"状态更新时间": D(2023, 12, 20)}, [], ["2024-03-20"]),
        ({"状态更新时间": D(2022, 1, 4)}, [], ["2022-04-06"]),  # never dropped; 3 to 5 April 2022 were holidays
        ({"状态更新时间": D(2023, 12, 20)}, [at(D(2024, 1, 5))], []),
        ({}, [at(D(2024, 1, 18), **{"客户反馈/异议": "不再合作"})], ["2024-04-18"]),  # refusal does not pause winning back
        ({"最近跟进时间": D(2024, 1, 31)}, [], ["2024-04-30"]),
        ({"暂不跟进至": D(2024, 5, 1), "状态更新时间": D(2023, 12, 20)}, [], []),
    ],
)
def test_lost_customers_are_asked_again_after_three_months(tmp_path: Path, customer: Cells, log: list[Cells], due: list[str]) -> None:
    outcome = run(tmp_path, {"客户状态": "流失", **customer}, *log)
    assert events(outcome, "S002-96") == due
    assert by_id(outcome, "status")["C0000001"] == "lost"


def test_a_lost_customer_is_counted_from_the_later_of_the_log_and_the_table(tmp_path: Path) -> None:
    def cited(stated: Any) -> tuple[str, list[str]]:
        tasks = run(tmp_path, {"客户状态": "流失", "最近跟进时间": stated}, at(D(2024, 1, 10)), at(D(2024, 1, 4))).tasks
        (due,), (cells,) = tasks["due"], tasks["cells"]
        return str(due.date()), cells.split(",")

    assert cited(D(2024, 1, 31)) == ("2024-04-30", ["客户!E2", "客户!J2", "跟进记录!B2:B3"])
    assert cited(D(2024, 1, 5)) == ("2024-04-10", ["客户!E2", "跟进记录!B2", "跟进记录!B2:B3"])


@pytest.mark.parametrize(
    ("changed", "log", "due"),
    [
        (D(2024, 1, 10), [], ["2024-04-10"]),
        (D(2024, 1, 10), [at(D(2024, 2, 10))], ["2024-04-10"]),  # another talk does not close it
        (D(2024, 1, 10), [at(D(2024, 2, 19), "满意度调研")], ["2024-05-20"]),  # 19 May is a Sunday
        (None, [at(D(2024, 1, 22), 跟进主题="季度回访")], ["2024-04-22"]),
        (None, [at(D(2024, 1, 22))], []),
        (D(2023, 9, 21), [], ["2023-12-21"]),  # 90 days past
        (D(2023, 9, 20), [], []),  # 91 days past: dropped
    ],
)
def test_satisfaction_is_asked_every_quarter(tmp_path: Path, changed: Any, log: list[Cells], due: list[str]) -> None:
    assert events(run(tmp_path, {"客户状态": "成交", "状态更新时间": changed}, *log), "S002-57") == due


def test_missing_data_is_due_tomorrow_and_first_only_where_nothing_else_is(tmp_path: Path) -> None:
    friday = D(2024, 3, 22)
    outcome = run(tmp_path, {"所属行业": None, "信息来源": None, "企业规模": None, "需求描述": "云存储"}, as_of=friday)
    data = outcome.tasks[outcome.tasks["kind"] == "data"]
    assert data["text"].tolist() == ["补全资料（所属行业、信息来源）"]
    assert data["due"].tolist() == [pd.Timestamp("2024-03-25")]
    assert data["cells"].tolist() == ["客户!K2,客户!L2"]
    assert outcome.tasks["kind"].iloc[by_id(outcome, "task")["C0000001"]] == "touch"
    lost = run(tmp_path, {"所属行业": None, "客户状态": "流失"})
    assert lost.tasks.empty  # nobody completes the file of a customer that is gone
    whole = run(tmp_path, {"所属行业": "IT服务"})
    assert not (whole.tasks["kind"] == "data").any()


def test_a_person_needs_other_data_than_a_company(tmp_path: Path) -> None:
    outcome = run(tmp_path, {"客户名称": "王女士", "性别": None, "职业": "店主", "所属行业": None, "联系电话": None, "邮箱": "x@y.cn"})
    assert outcome.tasks.loc[outcome.tasks["kind"] == "data", "text"].tolist() == ["补全资料（性别）"]


@pytest.mark.parametrize(
    ("customer", "log", "status"),
    [
        ({"暂不跟进至": D(2024, 3, 21)}, [], "paused"),
        ({"暂不跟进至": D(2024, 3, 20)}, [], "overdue"),  # on the day itself things go on
        ({}, [at(D(2024, 1, 15), 暂不跟进至=D(2024, 6, 1))], "paused"),
        ({}, [at(D(2024, 1, 15), **{"客户反馈/异议": "客户表示不再合作"})], "paused"),
        ({}, [at(D(2024, 1, 15), **{"客户反馈/异议": "拒绝"}), at(D(2024, 1, 16), **{"客户反馈/异议": "愿意再谈"})], "overdue"),
        ({}, [at(D(2024, 1, 15), **{"客户反馈/异议": "项目未终止"})], "overdue"),
    ],
)
def test_pauses(tmp_path: Path, customer: Cells, log: list[Cells], status: str) -> None:
    outcome = run(tmp_path, {"首次接触时间": D(2024, 1, 1), "客户状态": "意向", "状态更新时间": D(2024, 1, 16), **customer}, *log)
    assert by_id(outcome, "status")["C0000001"] == status
    assert set(outcome.tasks["kind"]) == (set() if status == "paused" else {"touch", "event"})


def test_a_promise_is_kept_through_a_pause(tmp_path: Path) -> None:
    entry = at(D(2024, 3, 18), 下一步计划="寄送合同", 预计完成时间=D(2024, 3, 25), **{"客户反馈/异议": "终止试用"})
    outcome = run(tmp_path, {}, entry)
    assert outcome.tasks["kind"].tolist() == ["commitment"]
    assert by_id(outcome, "status")["C0000001"] == "paused"


def test_a_paused_customer_is_not_called_neglected(tmp_path: Path) -> None:
    quiet: Cells = {"客户等级": "A", "首次接触时间": D(2023, 6, 1)}
    assert any(one.code == "neglected" for one in run(tmp_path, quiet).findings)
    assert not any(one.code == "neglected" for one in run(tmp_path, {**quiet, "暂不跟进至": D(2024, 9, 1)}).findings)


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("客户提出新需求：对接财务系统", True), ("新增需求，要多语言", True), ("反映系统登录问题", True), ("投诉送货太慢", True), ("设备故障", True),
        ("希望尽快，提出两个问题", True), ("上次的问题已解决，但又有新问题", True),
        ("没有新需求", False), ("暂无新的需求", False), ("询问是否有新的需求", False), ("挖掘新需求", False), ("投诉已处理", False),
        ("关注数据安全，需要详细报价", False), ("操作简便，但希望支持支付", False), ("没问题", False),
    ],
)  # fmt: skip
def test_what_is_a_new_need_or_a_problem(text: str, new: bool) -> None:
    assert states_need(text) is new


NEED = at(D(2024, 3, 15), **{"客户反馈/异议": "提出新需求：对接财务系统"})  # a Friday: three working days later is Wednesday


@pytest.mark.parametrize(
    ("log", "due"),
    [
        ([NEED], ["2024-03-20"]),
        ([at(D(2024, 3, 15), "客户投诉送货太慢")], ["2024-03-20"]),
        ([NEED, at(D(2024, 3, 15))], ["2024-03-20"]),  # an entry of that day is not later
        ([NEED, at(D(2024, 3, 18))], []),
        ([{**NEED, "下一步计划": "给方案", "预计完成时间": D(2024, 3, 22)}], []),  # a promise with a day of its own
        ([{**NEED, "下一步计划": "给方案"}], ["2024-03-20"]),
    ],
)
@pytest.mark.parametrize("policy", ["priority", "profile", "crm", "followup", "strategy"])
def test_a_new_need_is_a_sub_task_with_a_limit(tmp_path: Path, log: list[Cells], due: list[str], policy: str) -> None:
    assert events(run(tmp_path, {}, *log, policy=policy), "S002-56") == due


def test_a_sub_task_is_whose_the_entry_says_else_the_owners(tmp_path: Path) -> None:
    for named, owner in ((None, "王*"), ("技术部小赵", "技术部小赵")):
        outcome = run(tmp_path, {}, {**NEED, "下一步负责人": named})
        task = outcome.tasks[outcome.tasks["source"] == "S002-56"].iloc[0]
        assert (task["owner"], task["text"]) == (owner, "处理客户新提出的需求或问题：明确方案，给客户答复（提出于2024-03-15）")
    assert task["cells"] == "跟进记录!B2,跟进记录!D2,跟进记录!E2,跟进记录!B2:B2"


def test_reminders_list_a_sub_task_under_whom_it_is_for(tmp_path: Path) -> None:
    outcome = run(tmp_path, {}, {**NEED, "下一步负责人": "技术部小赵"})
    found = {one.owner: [row["text"] for row in task_rows(outcome, one.tasks)] for one in reminders(outcome, "zh")}
    assert [text.partition("：")[0] for text in found["技术部小赵"]] == ["处理客户新提出的需求或问题"]


def test_the_limit_is_the_policys(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('extends = "crm"\nname = "own"\n[events]\nnew_need = { after = "1d", working = true, text = "处理", source = "S002-56" }\n', encoding="utf-8")
    assert events(run(tmp_path, {}, NEED, policy=str(own)), "S002-56") == ["2024-03-18"]
