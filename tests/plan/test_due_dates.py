"""When things are due: touches, commitments, working days, status (SPEC §4).  AS_OF is Wednesday 2024-03-20."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sheets import AS_OF, by_id, judged, of_code, write_workbook

D = dt.date
CUSTOMERS = ["客户编号", "客户名称", "负责人", "历史合作金额(万元)", "优先级", "首次接触时间", "最近跟进时间", "下次联系时间", "客户状态"]
LOG = ["客户编号", "跟进时间", "跟进方式", "跟进人", "跟进主题", "沟通内容摘要", "下一步计划", "预计完成时间"]


def run(tmp_path: Path, customer: list[Any], log: list[list[Any]], policy: str = "priority", as_of: dt.date = AS_OF) -> Any:
    row = ["C0000001", "甲公司", "王*", *customer]
    sheets = {"客户信息基础表": [CUSTOMERS, row], "客户跟进记录表": [LOG, *(["C0000001", *line] for line in log)]}
    return judged(write_workbook(tmp_path / "t.xlsx", sheets), policy, as_of)


def due(outcome: Any, source: str) -> str | None:
    """Due day of the task with that source."""
    tasks = outcome.tasks[outcome.tasks["source"] == source]
    return None if tasks.empty else str(pd.Timestamp(tasks["due"].iloc[0]).date())


S_TIER, A_TIER, B_TIER = "S级", "A级", "B级"


@pytest.mark.parametrize(
    ("policy", "tier", "log", "source", "expected"),
    [
        # priority S: 7 days by phone or visit; 面谈 is a visit; a mail does not meet it, WeChat meets one by phone
        ("priority", "S级", [[D(2024, 3, 18), "电话"]], "S000-26", "2024-03-25"),
        ("priority", "S级", [[D(2024, 3, 18), "面谈"]], "S000-26", "2024-03-25"),
        ("priority", "S级", [[D(2024, 3, 18), "微信"]], "S000-26", "2024-03-25"),
        ("priority", "S级", [[D(2024, 3, 18), "邮件"]], "S000-26", "2024-01-08"),  # first contact 1 January + 7 days
        # one month after 31 January is the end of February
        ("priority", "S级", [[D(2024, 1, 31), "拜访"]], "S000-27", "2024-02-29"),
        # a further touch that was never met is not due before as-of
        ("priority", "S级", [[D(2024, 3, 18), "电话"]], "S000-27", "2024-03-20"),
        # two methods in one cell meet each
        ("priority", "S级", [[D(2024, 3, 4), "电话+拜访"]], "S000-27", "2024-04-07"),  # 4 April is a holiday, 7 April is worked
        ("priority", "A级", [[D(2024, 3, 8), "邮件"]], "S000-30", "2024-03-22"),
        ("priority", "A级", [[D(2024, 3, 8), "电话", None, "关键沟通"]], "S000-33", "2024-04-08"),
        ("priority", "A级", [[D(2024, 3, 8), "电话", "李经理", "需求沟通"]], "S000-33", "2024-04-08"),  # a senior person
        ("priority", "A级", [[D(2024, 3, 8), "电话", "李*", "需求沟通"]], "S000-33", "2024-03-20"),
        ("priority", "B级", [[D(2024, 3, 8), "邮件"]], "S000-34", "2024-04-08"),
        # crm
        ("crm", "A", [[D(2024, 3, 15), "面访"]], "S002-34", "2024-03-22"),
        ("crm", "A", [[D(2024, 3, 15), "邮件"]], "S002-34", "2024-01-08"),
        ("crm", "B", [[D(2024, 3, 15), "其他"]], "S002-36", "2024-03-29"),  # any method
        ("crm", "B", [[D(2024, 3, 15), "电话", None, "需求调研"]], "S002-37", "2024-06-17"),  # 15 June is a Saturday
        ("crm", "C", [[D(2024, 3, 15), "电话", None, "沟通", "信息更新"]], "S002-39", "2024-09-18"),  # 15 to 17 September: Mid-Autumn
        # profile, followup, strategy
        ("profile", "A", [[D(2024, 3, 18), "电话"]], "S001-55", "2024-03-21"),
        ("profile", "B", [[D(2024, 3, 18), "拜访"]], "S001-57", "2024-03-25"),
        ("followup", "A", [[D(2024, 3, 18), "上门"]], "S003-15", "2024-03-25"),
        ("followup", "B", [[D(2024, 3, 18), "拜访"]], "S003-17", "2024-01-15"),
        ("followup", "C", [[D(2024, 3, 18), "拜访"]], "S003-19", "2024-04-18"),
        ("strategy", "高价值稳定型", [[D(2024, 3, 18), "拜访", "销售总监"]], "S004-16", "2024-04-18"),
        ("strategy", "高价值潜力型", [[D(2024, 3, 18), "电话"]], "S004-18", "2024-04-01"),
        ("strategy", "低价值稳定型", [[D(2024, 3, 18), "电话"]], "S004-20", "2024-06-18"),
        ("strategy", "低价值风险型", [[D(2024, 3, 18), "电话"]], "S004-22", "2024-04-18"),
    ],
)
def test_a_touch_is_due_an_interval_after_it_was_met(
    tmp_path: Path, policy: str, tier: str, log: list[list[Any]], source: str, expected: str
) -> None:
    outcome = run(tmp_path, [60, tier, D(2024, 1, 1)], log, policy)
    assert due(outcome, source) == expected


def test_never_contacted_counts_from_the_first_contact_or_as_of(tmp_path: Path) -> None:
    assert due(run(tmp_path, [60, "A级", D(2024, 3, 11)], []), "S000-30") == "2024-03-25"
    assert due(run(tmp_path, [60, "A级", None], []), "S000-30") == "2024-03-20"


def test_a_newer_stated_contact_meets_the_first_touch_only(tmp_path: Path) -> None:
    outcome = run(tmp_path, [60, "S级", D(2024, 1, 1), D(2024, 3, 19)], [[D(2024, 3, 4), "拜访"]])
    assert due(outcome, "S000-26") == "2024-03-26"
    assert due(outcome, "S000-27") == "2024-04-07"
    assert by_id(outcome, "last_followup")["C0000001"] == pd.Timestamp("2024-03-19")


def test_entries_after_as_of_do_not_count(tmp_path: Path) -> None:
    outcome = run(tmp_path, [60, "A级", D(2024, 3, 11)], [[D(2024, 3, 25), "电话"]])
    assert due(outcome, "S000-30") == "2024-03-25"


@pytest.mark.parametrize(
    ("last", "status", "late"),
    [
        (D(2024, 3, 5), "overdue", 1),  # due 19 March
        (D(2024, 3, 6), "today", 0),
        (D(2024, 3, 7), "tomorrow", 0),
        (D(2024, 3, 8), "ok", 0),
        (D(2024, 2, 5), "overdue", 30),  # due 19 February
    ],
)
def test_status_by_due_day(tmp_path: Path, last: dt.date, status: str, late: int) -> None:
    outcome = run(tmp_path, [60, "A级", D(2024, 1, 1)], [[last, "电话", "经理"], [last, "拜访"]])
    assert (by_id(outcome, "status")["C0000001"], by_id(outcome, "overdue_days")["C0000001"]) == (status, late)


def test_tomorrow_is_the_next_working_day(tmp_path: Path) -> None:
    friday = D(2024, 3, 22)
    outcome = run(tmp_path, [60, "A级", D(2024, 1, 1)], [[D(2024, 3, 11), "电话", "经理"], [D(2024, 3, 11), "拜访"]], as_of=friday)
    assert due(outcome, "S000-30") == "2024-03-25"
    assert by_id(outcome, "status")["C0000001"] == "tomorrow"


def test_an_open_promise_keeps_its_day_and_its_words(tmp_path: Path) -> None:
    promise = [D(2024, 3, 18), "电话", "李*", "报价", "沟通", "发送产品手册与报价单", D(2024, 3, 23)]  # a Saturday
    outcome = run(tmp_path, [60, "A级", D(2024, 1, 1)], [promise])
    tasks = outcome.tasks[outcome.tasks["kind"] == "commitment"]
    assert tasks["due"].iloc[0] == pd.Timestamp("2024-03-23")
    assert tasks["text"].iloc[0] == "按约定：发送产品手册与报价单"
    assert tasks["cells"].iloc[0] == "客户跟进记录表!G2,客户跟进记录表!H2,客户跟进记录表!B2:B2"


def test_an_entry_on_or_after_the_promised_day_closes_it(tmp_path: Path) -> None:
    promise = [D(2024, 3, 1), "电话", "李*", "报价", "沟通", "发报价单", D(2024, 3, 10)]
    early = run(tmp_path, [60, "A级", None], [promise, [D(2024, 3, 9), "电话"]])
    done = run(tmp_path, [60, "A级", None], [promise, [D(2024, 3, 10), "电话"]])
    assert (early.tasks["kind"] == "commitment").sum() == 1
    assert (done.tasks["kind"] == "commitment").sum() == 0


@pytest.mark.parametrize(("day", "text"), [(D(2024, 2, 19), "按约定：发报价单"), (D(2024, 2, 18), "恢复联系；先确认上次承诺：发报价单")])
def test_a_promise_over_30_days_late_starts_with_contact(tmp_path: Path, day: dt.date, text: str) -> None:
    outcome = run(tmp_path, [60, "A级", None], [[D(2024, 2, 1), "电话", "李*", "报价", "沟通", "发报价单", day]])
    assert outcome.tasks[outcome.tasks["kind"] == "commitment"]["text"].iloc[0] == text


def test_the_teams_own_next_contact_counts_when_later_than_the_last(tmp_path: Path) -> None:
    log = [[D(2024, 3, 18), "电话"]]
    assert (run(tmp_path, [60, "A级", None, None, D(2024, 3, 21)], log).tasks["kind"] == "commitment").any()
    assert not (run(tmp_path, [60, "A级", None, None, D(2024, 3, 18)], log).tasks["kind"] == "commitment").any()


def test_of_two_tasks_on_one_day_the_promise_comes_first(tmp_path: Path) -> None:
    log = [[D(2024, 3, 6), "电话", "经理", "关键", "沟通", "发报价单", D(2024, 3, 20)], [D(2024, 3, 6), "拜访"]]
    outcome = run(tmp_path, [60, "A级", None], log)
    assert due(outcome, "S000-30") == "2024-03-20"
    assert outcome.tasks["kind"].iloc[by_id(outcome, "task")["C0000001"]] == "commitment"


def test_a_lost_customer_has_no_touches_and_says_so(tmp_path: Path) -> None:
    outcome = run(tmp_path, [60, "A级", D(2024, 1, 1), None, None, "流失客户"], [])
    assert len(outcome.tasks) == 0
    assert (by_id(outcome, "pool")["C0000001"], by_id(outcome, "status")["C0000001"]) == ("lost", "lost")


def test_ungraded_keeps_the_touches_of_its_cell_else_the_lowest_tiers_first(tmp_path: Path) -> None:
    kept = run(tmp_path, [None, "A级", D(2024, 3, 11)], [])
    assert due(kept, "S000-30") == "2024-03-25"
    blank = run(tmp_path, [None, None, D(2024, 3, 11)], [])
    assert blank.tasks["source"].tolist() == ["S000-34"]


@pytest.mark.parametrize(("last", "found"), [(D(2024, 3, 6), 0), (D(2024, 3, 5), 1)])
def test_a_top_customer_without_contact_in_twice_the_interval_is_neglected(tmp_path: Path, last: dt.date, found: int) -> None:
    outcome = run(tmp_path, [120, "S级", D(2024, 1, 1)], [[last, "电话"]])
    assert len(of_code(outcome, "neglected")) == found


def test_an_unpublished_year_is_said_once(tmp_path: Path) -> None:
    outcome = run(tmp_path, [60, "B级", D(2030, 1, 1)], [], as_of=D(2030, 1, 2))
    assert [one.params["year"] for one in of_code(outcome, "calendar-unpublished")] == [2030]
    assert outcome.calendar_note is not None and "2030" in outcome.calendar_note


def test_two_rows_of_one_id_share_their_contacts(tmp_path: Path) -> None:
    rows = [["C0000001", f"{name}公司", "王*", 60, "A级", D(2024, 1, 1)] for name in ("甲", "乙")]
    sheets = {"客户信息基础表": [CUSTOMERS, *rows], "客户跟进记录表": [LOG, ["C0000001", D(2024, 3, 8), "邮件"]]}
    outcome = judged(write_workbook(tmp_path / "t.xlsx", sheets), "priority")
    touches = outcome.tasks[outcome.tasks["source"] == "S000-30"]
    assert touches["due"].tolist() == [pd.Timestamp("2024-03-22")] * 2
    assert [str(one.where) for one in of_code(outcome, "duplicate-customer")] == ["客户信息基础表!A3"]
