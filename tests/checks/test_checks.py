"""The edges of single checks: what is a finding, and what is not quite one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sheets import AS_OF, Rows, judged, of_code, write_workbook

from crmsheet.errors import PolicyError
from crmsheet.findings import message, severity
from crmsheet.model import Outcome
from crmsheet.run import Options, process

D = dt.date
HEAD = ["客户编号", "客户名称", "负责人"]
LOG_HEAD = ["客户编号", "跟进时间", "跟进方式", "跟进人", "沟通内容摘要"]


def people(tmp_path: Path, headers: Sequence[str], *rows: Sequence[Any], policy: str = "priority", log: Rows = (), as_of: dt.date = AS_OF) -> Outcome:
    """Customers 甲0公司, 甲1公司 … with some columns, and a log."""
    sheets: dict[str, Rows] = {"客户": [[*HEAD, *headers], *([f"C{i:07d}", f"{'甲乙丙丁'[i]}公司", "王*", *row] for i, row in enumerate(rows))]}
    if log:
        sheets["跟进记录"] = log
    return judged(write_workbook(tmp_path / "t.xlsx", sheets), policy, as_of)


def entries(tmp_path: Path, headers: Sequence[str], *rows: Sequence[Any], policy: str = "priority", as_of: dt.date = AS_OF) -> Outcome:
    return people(tmp_path, [], [], [], policy=policy, log=[list(headers), *rows], as_of=as_of)


def cells(outcome: Outcome, code: str) -> list[str]:
    return [one.where.a1 for one in of_code(outcome, code) if one.where]


# ---------------------------------------------------------------- required values


def test_persons_and_companies_must_have_different_things(tmp_path: Path) -> None:
    headers = ["客户类型", "所属行业", "性别", "年龄", "职业", "职务"]
    outcome = people(tmp_path, headers, ["企业", None, None, None, None, "经理"], ["个人", None, "女", None, "店主", None])
    assert cells(outcome, "required-missing") == ["E2", "G3"]
    assert {severity(one) for one in of_code(outcome, "required-missing")} == {"error"}


def test_a_phone_or_a_mail_is_enough_and_an_absent_column_asks_for_nothing(tmp_path: Path) -> None:
    outcome = people(tmp_path, ["联系电话", "邮箱"], ["138****5678", None], [None, "w***@a.com"], [None, "-"])
    assert cells(outcome, "required-missing") == ["D4"]


@pytest.mark.parametrize(("header", "found"), [("企业规模", ["D2"]), ("企业规模(可选)", [])])
def test_a_blank_size_only_warns_and_not_where_the_header_calls_it_optional(tmp_path: Path, header: str, found: list[str]) -> None:
    outcome = people(tmp_path, [header], [None], ["500人以上"])
    assert cells(outcome, "required-missing") == found
    assert {severity(one) for one in of_code(outcome, "required-missing")} <= {"warning"}


def test_on_two_sheets_a_value_is_asked_for_where_the_sheet_has_its_column(tmp_path: Path) -> None:
    one = [[*HEAD, "联系人"], ["C0000001", "甲公司", "王*", "张*"]]
    two = [[*HEAD, "客户等级"], ["C0000002", "乙公司", "王*", "B"]]
    assert cells(judged(write_workbook(tmp_path / "t.xlsx", {"华东": one, "华北": two})), "required-missing") == []


def test_numbers_of_any_kind_that_are_stored_as_text_are_told_once_a_column(tmp_path: Path) -> None:
    outcome = people(tmp_path, ["企业规模", "跟进周期(次/月)", "合同金额"], ["300", "2", "50000"], [300, 2, 50000], ["300人", "2", "5万"])
    assert [(one.where.a1 if one.where else None, one.params["count"]) for one in of_code(outcome, "number-as-text")] == [("D2", 1), ("E2", 2), ("F2", 1)]


# ---------------------------------------------------------------- names and ids


@pytest.mark.parametrize(
    ("one", "two", "alike"),
    [
        ("华东机械设备有限公司", "华东机械设备公司", True),
        ("华瑞科技（上海）有限公司", "上海华瑞科技有限公司", True),
        ("恒瑞科技有限公司", "上海恒瑞科技有限公司", True),
        ("上海联创信息科技有限公司", "上海联创信科技有限公司", True),  # a letter too many
        ("上海浦江精密机械制造有限公司", "上海浦江精密机戒制造有限公司", True),  # a wrong letter of ten
        ("上海恒瑞科技有限公司", "上海恒信科技有限公司", False),  # two short names, two companies
        ("上海恒瑞科技有限公司", "杭州恒瑞科技有限公司", False),
        ("市第一人民医院", "市第二人民医院", False),
        ("客户1公司", "客户11公司", False),
        ("*科技有限公司", "*科技有限公司", False),  # masked: nothing is known
        ("王女士", "王女士", False),
    ],
)
def test_names_that_may_be_one_customer(tmp_path: Path, one: str, two: str, alike: bool) -> None:
    rows = [HEAD, ["C0000001", one, "王*"], ["C0000002", two, "李*"]]
    outcome = judged(write_workbook(tmp_path / "t.xlsx", {"客户": rows}))
    assert cells(outcome, "similar-name") == (["B3"] if alike else [])
    assert len(outcome.customers) == 2


@pytest.mark.parametrize(("ident", "usual"), [("C2024001", True), ("C20240301", True), ("C123456", False), ("c2024001", False), ("C12345678901", False)])
def test_an_id_is_c_and_seven_to_ten_digits(tmp_path: Path, ident: str, usual: bool) -> None:
    outcome = judged(write_workbook(tmp_path / "t.xlsx", {"客户": [HEAD, [ident, "甲公司", "王*"], ["K1", "乙公司", "王*"]]}))
    (found,) = of_code(outcome, "id-format")
    assert (found.where.a1 if found.where else None, found.params["count"]) == (("A3", 1) if usual else ("A2", 2))


# ---------------------------------------------------------------- rhythm, stages, deadlines


@pytest.mark.parametrize(("policy", "tier", "often", "fits"), [
    ("priority", "S级", 3, False), ("priority", "S级", 4, True), ("priority", "S级", 8, True), ("priority", "S级", 9, False),
    ("priority", "A级", 2, True), ("priority", "B级", 2, False), ("profile", "A类", 8, True), ("profile", "B类", 2, False),
    ("crm", "A级", 4, True), ("crm", "C级", 1, True), ("followup", "A级", 3, False), ("strategy", "高价值稳定型", 9, True),
])  # fmt: skip
def test_the_rhythm_that_agrees_with_a_tier(tmp_path: Path, policy: str, tier: str, often: int, fits: bool) -> None:
    outcome = people(tmp_path, ["客户等级", "跟进周期(次/月)"], [tier, often], policy=policy)
    assert cells(outcome, "cadence-mismatch") == ([] if fits else ["E2"])


@pytest.mark.parametrize(("said", "fits"), [("每周1次", False), ("每两周1次", True), ("2次/月", True), ("每周两次", False)])
def test_a_rhythm_in_words_is_compared_too(tmp_path: Path, said: str, fits: bool) -> None:
    outcome = people(tmp_path, ["优先级", "跟进周期(次/月)"], ["A级", said])  # twice a month
    assert cells(outcome, "cadence-mismatch") == ([] if fits else ["E2"])


def test_a_rhythm_that_does_not_fit_is_told_in_times_a_month_and_in_the_teams_words(tmp_path: Path) -> None:
    outcome = people(tmp_path, ["优先级", "跟进周期(次/月)"], ["A级", "每周1次"], ["A级", 5])
    assert [message(one, "zh") for one in of_code(outcome, "cadence-mismatch")] == [
        "跟进周期是每月 4 次（写作“每周1次”），A客户应为每月 2 次", "跟进周期是每月 5 次，A客户应为每月 2 次"]


def test_a_rhythm_that_cannot_be_read_is_told_and_compared_with_nothing(tmp_path: Path) -> None:
    outcome = people(tmp_path, ["优先级", "跟进周期"], ["A级", "不定期"], ["A级", "每3天1次"], ["A级", None], ["A级", D(2024, 4, 8)])
    assert cells(outcome, "frequency-unparseable") == ["E2", "E3", "E5"]  # the last one was typed 4-8
    assert [one.value for one in of_code(outcome, "frequency-unparseable")][:2] == ["不定期", "每3天1次"]
    assert cells(outcome, "cadence-mismatch") == []


def test_a_rhythm_a_week_counts_four_a_month(tmp_path: Path) -> None:
    outcome = people(tmp_path, ["优先级", "跟进周期(次/周)"], ["S级", 1], ["S级", "每月3次"])
    assert cells(outcome, "cadence-mismatch") == ["E3"]


def test_a_rhythm_in_days_is_not_compared_with_times_a_month(tmp_path: Path) -> None:
    assert cells(people(tmp_path, ["优先级", "跟进周期(天)"], ["S级", 7]), "cadence-mismatch") == []


def test_the_last_followup_is_compared_with_the_log_and_a_later_day_is_told_too(tmp_path: Path) -> None:
    log = [LOG_HEAD[:3], *([f"C000000{i}", D(2024, 3, 15), "电话"] for i in range(3))]
    outcome = people(tmp_path, ["最近跟进时间"], [D(2024, 3, 18)], [D(2024, 3, 15)], [None], [D(2024, 3, 1)], log=log)
    assert cells(outcome, "last-followup-mismatch") == ["D2"]  # the fourth has no entry to compare with


@pytest.mark.parametrize(("as_of", "changed", "found"), [
    (D(2024, 3, 20), D(2024, 3, 15), False), (D(2024, 3, 20), D(2024, 3, 14), True),
    (D(2024, 3, 22), D(2024, 3, 15), False), (D(2024, 3, 22), D(2024, 3, 14), True),  # a Friday: the one before it
    (D(2024, 3, 23), D(2024, 3, 21), True), (D(2024, 3, 20), None, True),
])  # fmt: skip
def test_a_stage_is_updated_by_the_last_friday(tmp_path: Path, as_of: dt.date, changed: Any, found: bool) -> None:
    outcome = people(tmp_path, ["客户状态", "状态更新时间"], ["意向", changed], ["流失", changed], policy="followup", as_of=as_of)
    assert cells(outcome, "stage-stale") == (["E2"] if found else [])
    assert cells(people(tmp_path, ["客户状态", "状态更新时间"], ["意向", changed], as_of=as_of), "stage-stale") == []


def test_a_prospect_needs_no_evidence_and_a_table_without_the_column_is_not_asked(tmp_path: Path) -> None:
    outcome = people(tmp_path, ["客户状态", "状态变更依据"], ["潜在", None], ["成交", "合同"], ["流失", None])
    assert cells(outcome, "stage-without-evidence") == ["E4"]
    assert cells(people(tmp_path, ["客户状态"], ["成交"]), "stage-without-evidence") == []


def test_a_closed_deal_says_what_for_how_much_and_until_when(tmp_path: Path) -> None:
    outcome = people(tmp_path, ["客户状态", "合作产品", "合同金额", "到期时间"], ["成交", None, None, None], ["意向", None, None, None])
    assert cells(outcome, "deal-incomplete") == ["E2", "F2", "G2"]


@pytest.mark.parametrize(("planned", "late"), [(D(2024, 2, 19), False), (D(2024, 2, 20), True), (None, True)])
def test_a_plan_is_made_within_three_working_days_over_a_holiday_with_make_up_days(tmp_path: Path, planned: Any, late: bool) -> None:
    # Graded on Thursday 8 February 2024: the 9th is worked, 10 to 17 is Spring Festival, Sunday the 18th is worked.
    outcome = people(tmp_path, ["分级日期", "计划制定日期"], [D(2024, 2, 8), planned])
    assert cells(outcome, "plan-late") == (["E2"] if late else [])


@pytest.mark.parametrize(("first", "created", "late"), [
    ("2024-03-11", "2024-03-12", False), ("2024-03-11", "2024-03-13", True),
    ("2024-03-11 09:00", "2024-03-12 09:00", False), ("2024-03-11 09:00", "2024-03-12 09:01", True),
    ("2024-03-11 18:00", "2024-03-12", False), ("2024-03-12", "2024-03-11", False),
])  # fmt: skip
def test_a_customer_is_recorded_within_24_hours(tmp_path: Path, first: str, created: str, late: bool) -> None:
    outcome = people(tmp_path, ["首次接触时间", "建档时间"], [first, created])
    assert cells(outcome, "entry-late") == (["E2"] if late else [])


# ---------------------------------------------------------------- the log


def test_in_the_lowest_tier_and_for_those_without_need_one_contact_too_many_is_told_once_a_month(tmp_path: Path) -> None:
    log = [LOG_HEAD[:3], *([f"C000000{i}", D(2024, month, day), "电话"] for i in range(3) for month in (2, 3) for day in (1, 4, 6, 8))]
    headers = ["客户等级", "年合作额(万元)", "需求描述"]
    outcome = people(tmp_path, headers, ["C级", 5, "备货"], ["A级", 80, "备货"], ["A级", 80, "暂无需求"], policy="crm", log=log)
    found = [(one.where.a1, one.params.get("earlier")) for one in of_code(outcome, "too-many-contacts") if one.where]
    assert found == [("B4", 2), ("B8", None), ("B24", None)]  # those of early February are older than the last 30 days


@pytest.mark.parametrize(("policy", "followed", "recorded", "late"), [
    ("priority", "2024-03-13", "2024-03-14", False), ("priority", "2024-03-13", "2024-03-15", True),
    ("priority", "2024-03-13 10:00", "2024-03-14 10:01", True), ("crm", "2024-03-13 23:00", "2024-03-14 01:00", True),
    ("crm", "2024-03-13", "2024-03-13", False),
])  # fmt: skip
def test_an_entry_is_made_within_24_hours_or_under_crm_the_same_day(tmp_path: Path, policy: str, followed: str, recorded: str, late: bool) -> None:
    outcome = entries(tmp_path, [*LOG_HEAD[:3], "记录时间"], ["C0000000", followed, "电话", recorded], policy=policy)
    assert cells(outcome, "recorded-late") == (["D2"] if late else [])


def test_where_only_days_are_known_it_is_said_once_a_sheet_and_under_crm_not_at_all(tmp_path: Path) -> None:
    rows = [["C0000000", f"2024-03-{day}", "电话", f"2024-03-{day}"] for day in (11, 12, 13)]
    head = [*LOG_HEAD[:3], "记录时间"]
    (found,) = of_code(entries(tmp_path, head, *rows), "recorded-unknown")
    assert (str(found.where), found.params["count"]) == ("跟进记录!D2", 3)
    assert of_code(entries(tmp_path, head, *rows, policy="crm"), "recorded-unknown") == []


@pytest.mark.parametrize(("policy", "row", "missing"), [
    ("priority", ["电话", "王*", "谈价格", None, "发报价", None], "预计完成时间"),
    ("priority", ["电话", "王*", "谈价格", None, None, None], "下一步计划"),  # without a next step its date is not asked for
    ("priority", ["电话", "王*", "谈价格", None, "发报价", D(2024, 3, 25)], None),
    ("crm", ["电话", "王*", "谈价格", None, "发报价", D(2024, 3, 25)], "客户反馈/异议"),
    ("strategy", ["电话", None, "谈价格", None, None, None], None),
    ("followup", [None, None, None, "好", "发报价", D(2024, 3, 25)], "跟进人、跟进方式、沟通内容摘要"),
])  # fmt: skip
def test_what_an_entry_must_hold_is_the_policys(tmp_path: Path, policy: str, row: list[Any], missing: str | None) -> None:
    head = [*LOG_HEAD, "客户反馈/异议", "下一步计划", "预计完成时间"]
    found = of_code(entries(tmp_path, head, ["C0000000", D(2024, 3, 15), *row], policy=policy), "followup-incomplete")
    assert [one.params["missing"] for one in found] == ([missing] if missing else [])


def test_one_entry_typed_twice_is_told_by_its_words_too(tmp_path: Path) -> None:
    row = ["C0000000", D(2024, 3, 15), "电话", "王*", "谈价格"]
    outcome = entries(tmp_path, LOG_HEAD, row, [*row[:4], "谈交期"], row, ["C0000001", *row[1:]])
    assert cells(outcome, "duplicate-followup") == ["E4"]


def test_two_people_on_one_day_are_told_but_one_person_twice_is_not(tmp_path: Path) -> None:
    rows = [["C0000000", D(2024, 3, 15), "电话", who, None] for who in ("王*", "王*", "李*", "赵*")]
    outcome = entries(tmp_path, LOG_HEAD, *rows, ["C0000001", D(2024, 3, 15), "电话", "李*", None])
    assert cells(outcome, "same-day-contacts") == ["D4"]


def test_two_people_who_went_together_are_none_too_many(tmp_path: Path) -> None:
    rows = [["C0000000", D(2024, 3, 15), "拜访", "王*", None], ["C0000000", D(2024, 3, 15), "拜访", "李*", "王*、技术支持"]]
    assert cells(entries(tmp_path, [*LOG_HEAD[:4], "参与人员"], *rows), "same-day-contacts") == []


@pytest.mark.parametrize(("count", "text", "found"), [(5, "介绍产品功能和预算安排", ["E6"]), (4, "介绍产品功能和预算安排", []), (5, "电话未接", [])])
def test_the_same_summary_in_five_rows_of_one_person(tmp_path: Path, count: int, text: str, found: list[str]) -> None:
    rows = [["C0000000", D(2024, 3, 4 + i), "电话", "王*", text] for i in range(count)]
    assert cells(entries(tmp_path, LOG_HEAD, *rows, ["C0000001", D(2024, 3, 15), "电话", "李*", text]), "cloned-text") == found


@pytest.mark.parametrize(("count", "first", "found"), [(10, 1, ["D2"]), (9, 1, []), (10, 4, [])])
def test_ten_entries_of_a_person_recorded_on_one_day_that_span_over_a_week(tmp_path: Path, count: int, first: int, found: list[str]) -> None:
    days = [first + i * (11 - first) // (count - 1) for i in range(count)]  # to the 11th
    rows = [["C0000000", D(2024, 3, day), "电话", D(2024, 3, 12), "王*"] for day in days]
    assert cells(entries(tmp_path, [*LOG_HEAD[:3], "记录时间", "跟进人"], *rows), "bulk-backfill") == found


@pytest.mark.parametrize(("day", "method", "found"), [
    (D(2024, 4, 4), "拜访", True), (D(2024, 4, 4), "电话+上门", True), (D(2024, 4, 6), "面谈", True),  # Qingming, 4 to 6 April
    (D(2024, 4, 4), "电话", False), (D(2024, 4, 7), "拜访", False), (D(2024, 3, 30), "拜访", False),  # a make-up day; a plain Saturday
])  # fmt: skip
def test_a_visit_on_a_public_holiday(tmp_path: Path, day: dt.date, method: str, found: bool) -> None:
    outcome = entries(tmp_path, LOG_HEAD[:3], ["C0000000", day, method], as_of=D(2024, 4, 10))
    assert cells(outcome, "holiday-visit") == (["B2"] if found else [])


def test_a_teams_own_holiday_is_one_too(tmp_path: Path) -> None:
    (tmp_path / "crmsheet.toml").write_text('[calendar]\nholidays = ["2024-03-13"]\n', encoding="utf-8")
    outcome = entries(tmp_path, LOG_HEAD[:3], ["C0000000", D(2024, 3, 13), "拜访"], ["C0000000", D(2024, 3, 14), "拜访"])
    assert cells(outcome, "holiday-visit") == ["B2"]


def test_a_policy_may_ask_for_other_things_and_is_told_what_does_not_exist(tmp_path: Path) -> None:
    text = 'extends = "priority"\n[records]\ncomplete = { fields = ["remark", "FIELD"], source = "assumption" }\nmost = { contacts = 1, source = "assumption" }\n'
    policy, log = tmp_path / "own.toml", [[*LOG_HEAD[:3], "备注"], *(["C0000000", D(2024, 3, day), "电话", None] for day in (12, 13))]
    policy.write_text(text.replace("FIELD", "topic"), encoding="utf-8")
    outcome = people(tmp_path, ["优先级"], ["B级"], policy=str(policy), log=log)
    assert (cells(outcome, "followup-incomplete"), cells(outcome, "too-many-contacts")) == (["D2", "D3"], ["B3"])
    policy.write_text(text.replace("FIELD", "subject"), encoding="utf-8")
    with pytest.raises(PolicyError, match="subject"):
        people(tmp_path, ["优先级"], ["B级"], policy=str(policy), log=log)


def test_entries_since_the_last_run_are_listed_and_all_older_ones_counted(tmp_path: Path) -> None:
    days = [D(2023, 12, 1), D(2024, 1, 5), D(2024, 2, 19), D(2024, 3, 1), D(2024, 3, 21)]
    log = [LOG_HEAD[:3], *(["C0000001", day, None] for day in days)]
    path = write_workbook(tmp_path / "t.xlsx", {"客户": [HEAD, ["C0000001", "甲公司", "王*"]], "跟进记录": log})
    first = process(path, Options(as_of=AS_OF)).outcome  # 30 days before 20 March is 19 February
    assert cells(first, "followup-incomplete") == ["C2", "C4", "C5", "C6"]
    assert [one.params.get("earlier") for one in of_code(first, "followup-incomplete")] == [2, None, None, None]
    assert "更早的记录中共 2 处" in message(of_code(first, "followup-incomplete")[0], "zh")
    second = process(path, Options(as_of=AS_OF + dt.timedelta(days=7))).outcome
    assert [(one.where.a1, one.params.get("earlier")) for one in of_code(second, "followup-incomplete") if one.where] == [("C2", 4), ("C6", None)]


# ---------------------------------------------------------------- private values


def test_private_values_are_told_by_cell_and_kind_and_never_shown(tmp_path: Path) -> None:
    numbers = ["11010519491231002X", "6222021234567894", "13812345678", "wang@company.com"]
    outcome = people(tmp_path, ["备注", "联系电话", "邮箱", "身份证号"], [f"记下{numbers[0]}、{numbers[1]}", numbers[2], numbers[3], numbers[0]],
                     [f"{numbers[2]} {numbers[3]}", None, numbers[2], numbers[1]])  # fmt: skip
    assert [cells(outcome, f"private-{kind}") for kind in ("id-number", "bank-card", "mobile", "email")] == [["D2"], ["D2", "G3"], ["D3"], ["D3"]]
    told = " ".join(f"{message(one, 'zh')}{message(one, 'en')}{one.value}" for one in outcome.findings)
    assert not any(number in told for number in numbers) and not any(number in str(outcome.customers["issues"].tolist()) for number in numbers)


def test_private_values_are_found_in_columns_of_words_and_dates_too(tmp_path: Path) -> None:
    outcome = people(tmp_path, ["采购计划", "预计签约日期"], ["13812345678确认", "等13912345678回电"])
    assert cells(outcome, "private-mobile") == ["D2", "E2"]


def test_what_a_run_wrote_is_not_searched(tmp_path: Path) -> None:
    log = [[*LOG_HEAD, "下一步计划", "预计完成时间"], ["C0000001", D(2024, 3, 15), "电话", "王*", "谈价格", "致电13812345678", D(2024, 3, 18)]]
    (tmp_path / "crmsheet.toml").write_text('[writeback.columns]\n"下一步行动建议" = "系统建议"\n', encoding="utf-8")
    path = write_workbook(tmp_path / "t.xlsx", {"客户": [HEAD, ["C0000001", "甲公司", "王*"]], "跟进记录": log})
    for day in (0, 7):
        outcome = process(path, Options(as_of=AS_OF + dt.timedelta(days=day))).outcome
        assert [str(one.where) for one in of_code(outcome, "private-mobile")] == ["跟进记录!F2"]


def test_contacts_in_the_open_are_counted_a_column_and_masked_ones_are_fine(tmp_path: Path) -> None:
    outcome = people(tmp_path, ["联系人", "联系电话", "邮箱"], ["张*", "138****5678", "w***@a.com"], ["李四", "13812345678", "li@a.com"],
                     ["采购经理", "联系人001", "zhangxx"], ["赵六", "138", "z@a.com"])  # fmt: skip
    found = of_code(outcome, "contact-unmasked")
    assert [(one.where.a1 if one.where else None, one.params["count"]) for one in found] == [("D3", 2), ("E3", 1), ("F3", 2)]


def test_a_person_in_the_log_or_the_strategies_is_masked_where_unknown(tmp_path: Path) -> None:
    strategy = [["客户名称", "当前核心策略", "关键监测指标"], ["李女士", "回访", "复购率≥80%/85%"], ["甲公司", "回访", None]]
    log = [["客户名称", "跟进时间", "跟进方式"], ["王女士", D(2024, 3, 15), "电话"]]
    outcome = judged(write_workbook(tmp_path / "t.xlsx", {"客户": [HEAD, ["C0000001", "甲公司", "王*"]], "跟进记录": log, "策略调整表": strategy}))
    assert [one.value for one in of_code(outcome, "dangling-followup")] == ["王*"]
    assert [one.value for one in of_code(outcome, "strategy-customer-unknown")] == ["李*"]
