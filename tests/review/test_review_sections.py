"""What the sections say: figures and order, counted by hand from the builder's 120 customers."""

from __future__ import annotations

import datetime as dt
import re
import string
import tomllib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import crmsheet.review
from crmsheet.model import CellRef, Finding, Outcome
from crmsheet.resources import template_text
from crmsheet.review.blocks import Link, Metrics, Notice, Section, Table, Text, column_at, plain
from crmsheet.review.frames import held_customers
from crmsheet.review.sections import SECTIONS, Builder, build
from crmsheet.review.words import Say
from crmsheet.texts import Lang

SHEET = "客户信息基础表"


def section(outcome: Outcome, key: str, lang: Lang = "zh") -> Section:
    return next(part for part in build(outcome, lang) if part.key == key)


def table(outcome: Outcome, part: str, key: str, lang: Lang = "zh") -> Table:
    return next(
        block
        for block in section(outcome, part, lang).blocks
        if isinstance(block, Table) and block.key == key
    )


def column(table: Table, key: str) -> list[object]:
    at = column_at(table, key)
    return [plain(row[at]) for row in table.rows]


# ---- a contract for every section


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("count", [0, 1, 120])
@pytest.mark.parametrize("builder", SECTIONS, ids=lambda builder: builder.__name__)
def test_every_section_is_well_formed(
    builder: Builder, count: int, lang: Lang, make_outcome: Callable[..., Outcome]
) -> None:
    outcome = make_outcome(count)
    people, tasks = outcome.customers.copy(deep=True), outcome.tasks.copy(deep=True)
    part = builder(outcome, lang)
    assert part.key == builder.__name__ and part.title
    for block in part.blocks:
        if isinstance(block, Table):
            assert block.title and (block.rows or block.empty), f"{block.key} says nothing when it is empty"
            assert all(len(row) == len(block.columns) for row in block.rows)
            assert len({column.key for column in block.columns}) == len(block.columns)
            for per_row in (block.anchors, block.rank, block.held):
                assert per_row is None or len(per_row) == len(block.rows)
            assert block.see is None or block.see in {one.__name__ for one in SECTIONS}
    pd.testing.assert_frame_equal(outcome.customers, people)
    pd.testing.assert_frame_equal(outcome.tasks, tasks)


@pytest.mark.parametrize("count", [0, 1, 120])
def test_no_two_rows_share_an_anchor(count: int, make_outcome: Callable[..., Outcome]) -> None:
    names = [name for part in build(make_outcome(count), "zh") for block in part.blocks
             if isinstance(block, Table) for name in block.anchors or () if name]  # fmt: skip
    assert len(names) == len(set(names))


# ---- the first screen


def test_the_first_screen_says_what_to_decide(outcome: Outcome) -> None:
    blocks = section(outcome, "summary").blocks
    assert blocks[0] == Notice(
        "bad", "需要您决定：6 项等级调整待审批，5 位重点客户超期无人联系，24 项任务已逾期（待跟进）。"
    )
    figures = next(block for block in blocks if isinstance(block, Metrics))
    assert {item.label: (item.value, item.note) for item in figures.items} == {
        "待跟进任务": ("24", "S 24"),
        "无人联系": ("5", ""),
        "待审批": ("6", ""),
        "本周要做": ("96", "S 24 · A 48 · B 24"),
        "客户": ("120", "S 24 · A 48 · B 48"),
        "数据问题": ("18", "错误 5 · 警告 13 · 提示 0"),
    }


def test_the_first_screen_says_that_there_is_no_earlier_run(outcome: Outcome) -> None:
    trend = table(outcome, "summary", "trend")
    assert (list(trend.rows), trend.empty) == ([], "尚无更早一期的运行记录，本期不与上期比较。")


def test_with_nothing_to_decide_it_says_so(make_outcome: Callable[..., Outcome]) -> None:
    assert section(make_outcome(0), "summary").blocks[0] == Notice(
        "good", "没有逾期任务、无人联系的重点客户或待审批的等级调整。"
    )


@pytest.mark.parametrize(
    ("changes", "notice"),
    [
        ({}, Notice("plain", "已写回工作簿：更新 12 个单元格，其余内容原样保留。")),
        ({"receipt": None}, Notice("plain", "本次只生成报告，未写回工作簿。")),
        ({"receipt": None, "not_written": "张三正在编辑"}, Notice("bad", "本次没有写回工作簿：张三正在编辑")),
    ],
)
def test_it_says_whether_the_workbook_was_written(
    outcome: Outcome, changes: dict[str, object], notice: Notice
) -> None:
    assert notice in section(replace(outcome, **changes), "summary").blocks  # type: ignore[arg-type]


def test_lists_on_the_first_screen_are_short_and_say_what_they_leave_out(outcome: Outcome) -> None:
    waiting = table(outcome, "summary", "waiting")
    assert (len(waiting.rows), waiting.note, waiting.see) == (5, "另有 4 项，见", "proposals")
    assert len(table(outcome, "proposals", "waiting").rows) == 9  # 6 待审核, 3 待复核


# ---- neglected customers


def test_neglected_customers_come_longest_silence_first(outcome: Outcome) -> None:
    silent = table(outcome, "neglected", "neglected")
    assert column(silent, "days") == [54, 44, 39, 29, 19]
    assert column(silent, "last")[0] == dt.date(2024, 1, 26)
    assert silent.rows[0][0] == Link("苏州恒远制造75有限公司", SHEET, "B77", "c75")


def test_neglected_customers_stand_together_by_owner_the_worst_owner_first(
    make_outcome: Callable[..., Outcome],
) -> None:
    found = tuple(Finding("neglected", CellRef(SHEET, row, 2), None, {"tier": "S", "days": 1, "every": "7天", "every_en": "7d"})
                  for row in (2, 7, 27, 37))  # fmt: skip
    outcome = make_outcome(40, findings=found)  # 王* 19 days, 李* 24, 王* 44, 赵* 54
    silent = table(outcome, "neglected", "neglected")
    assert list(zip(column(silent, "owner"), column(silent, "days"), strict=True)) == [
        ("赵*", 54), ("王*", 44), ("王*", 19), ("李*", 24)]  # fmt: skip


def test_a_customer_never_contacted_counts_the_findings_days_and_says_so(
    make_outcome: Callable[..., Outcome],
) -> None:
    outcome = make_outcome(1)
    people = outcome.customers.assign(
        last_followup=pd.Series([None], dtype="datetime64[s]"), last_summary=None
    )
    silent = table(replace(outcome, customers=people), "neglected", "neglected")
    assert [plain(value) for value in silent.rows[0][2:]] == ["S", 19, None, "（从未联系）"]


# ---- the plan


def test_the_weeks_plan_holds_what_is_due_by_sunday_and_nothing_later(outcome: Outcome) -> None:
    rows = table(outcome, "plan", "all")
    assert Counter(column(rows, "status")) == {"待跟进": 24, "今日到期": 24, "明日到期": 24, "正常": 24}
    assert max(column(rows, "due")) == dt.date(2024, 3, 23)  # type: ignore[type-var]


@pytest.mark.parametrize(("period", "last", "count"), [("month", 23, 96), ("quarter", 23, 96)])
def test_a_longer_period_plans_to_its_own_end(outcome: Outcome, period: str, last: int, count: int) -> None:
    longer = replace(outcome, period=period)  # type: ignore[arg-type]
    tasks = longer.tasks.assign(
        due=longer.tasks["due"].where(longer.tasks["overdue_days"] > 0, np.datetime64("2024-03-31"))
    )
    assert (
        len(table(replace(longer, tasks=tasks), "plan", "all").rows) == 240
    )  # 31 March ends the month and the quarter
    assert len(table(longer, "plan", "all").rows) == count
    assert column(table(longer, "plan", "all"), "due")[-1] == dt.date(2024, 3, last)


def test_each_owners_plan_goes_overdue_today_tomorrow_later_and_by_tier(outcome: Outcome) -> None:
    rows = table(outcome, "plan", "all")
    order = {"待跟进": 0, "今日到期": 1, "明日到期": 2, "正常": 3}
    for owner in set(column(rows, "owner")):
        own = [row for row in rows.rows if row[0] == owner]
        steps = [order[str(row[1])] for row in own]
        assert steps == sorted(steps)
    assert len({owner for owner, before in zip(column(rows, "owner"), [None, *column(rows, "owner")], strict=False)
                if owner != before}) == 5  # fmt: skip


def test_the_handful_on_top_is_the_first_five_of_each_owner(outcome: Outcome) -> None:
    first, rows = table(outcome, "plan", "first"), table(outcome, "plan", "all")
    for owner in set(column(rows, "owner")):
        mine = [row for row in rows.rows if row[0] == owner]
        assert [row for row in first.rows if row[0] == owner] == mine[:5]


def test_the_owners_load_adds_up(outcome: Outcome) -> None:
    load = table(outcome, "plan", "owners")
    assert [row[1:] for row in load.rows if row[0] == "王*"] == [(5, 5, 5, 5, 20)]
    assert sum(map(int, map(str, column(load, "total")))) == 96


def test_a_task_without_owner_goes_by_the_customers_owner_else_by_none(
    make_outcome: Callable[..., Outcome],
) -> None:
    outcome = make_outcome(2)
    tasks = outcome.tasks.assign(owner=None)
    people = outcome.customers.assign(owner=["王*", None])
    rows = table(replace(outcome, tasks=tasks, customers=people), "plan", "all")
    assert column(rows, "owner") == ["王*", "未指定负责人"]


# ---- moves and tiers


def test_waiting_moves_name_both_tiers_the_evidence_and_its_cells(outcome: Outcome) -> None:
    row = table(outcome, "proposals", "waiting").rows[0]
    name = Link("江苏华能新能源6有限公司", SHEET, "B8", "c6")
    assert row == (name, "李*", "A级", "S", "升级", "待审核", "历史合作金额120万≥100万; 决策链清晰",
                   Link(f"{SHEET}!F8、G8", SHEET, "F8"))  # fmt: skip


def test_moves_made_at_once_are_listed_for_a_second_look(outcome: Outcome) -> None:
    rows = table(outcome, "proposals", "waiting")
    assert Counter(zip(column(rows, "move"), column(rows, "review"), strict=True)) == {
        ("升级", "待审核"): 6, ("立即升级", "待复核"): 3}  # fmt: skip


def test_a_proposed_stage_waits_for_a_person(outcome: Outcome) -> None:
    rows = table(outcome, "proposals", "stages")
    assert [(row[1], row[2]) for row in rows.rows] == [("潜在", "流失")] * 2


def test_moves_that_were_made_are_listed(make_outcome: Callable[..., Outcome]) -> None:
    outcome = make_outcome(3)
    people = outcome.customers.assign(move=["up", "override", "none"])
    rows = table(replace(outcome, customers=people), "proposals", "made")
    assert column(rows, "move") == ["升级", "人工调整"]


def test_tiers_add_up_to_all_customers(outcome: Outcome) -> None:
    counts = table(outcome, "tiers", "tiers")
    assert [row[:2] for row in counts.rows] == [("S", 24), ("A", 48), ("B", 48)]
    assert [row[3:] for row in counts.rows] == [(24, 24), (0, 0), (0, 0)]
    assert sum(float(str(share)) for share in column(counts, "share")) == pytest.approx(1)


def test_tier_in_the_sheet_against_tier_by_the_policy(outcome: Outcome) -> None:
    cross = table(outcome, "tiers", "cross")  # 6 of the A customers should be S; two cells are blank
    assert cross.rows == [("S", 24, None, None, None, 24), ("A", 6, 40, None, None, 46),
                          ("B", None, None, 48, None, 48), ("（空）", None, 2, None, None, 2)]  # fmt: skip


def test_an_unknown_word_in_the_tier_column_is_counted_apart(make_outcome: Callable[..., Outcome]) -> None:
    outcome = make_outcome(1)
    people = outcome.customers.assign(
        tier_known=None, tier_in_sheet="VIP", tier="未分级", tier_effective="VIP"
    )
    changed = replace(outcome, customers=people)
    assert table(changed, "tiers", "cross").rows == [("其他写法", None, None, None, 1, 1)]
    assert table(changed, "tiers", "tiers").rows[-1][:2] == ("其他写法", 1)


# ---- customers, strategies, findings, sources


def test_customers_stand_by_rank_with_their_next_action(outcome: Outcome) -> None:
    rows = table(outcome, "customers", "customers")
    assert column(rows, "id")[:3] == ["C20240000", "C20240005", "C20240010"]  # S first
    assert rows.anchors is not None and rows.anchors[1] == "c5"
    first = dict(zip([one.key for one in rows.columns], rows.rows[0], strict=True))
    assert (first["status"], first["late"], first["due"]) == ("待跟进", 3, dt.date(2024, 3, 16))
    assert first["action"] == "电话跟进：了解项目进展与竞品动态" and first["contact"] == "联系人000"


def test_a_customer_without_a_next_action_has_blanks(outcome: Outcome) -> None:
    rows = table(outcome, "customers", "customers")
    paused = next(row for row in rows.rows if row[column_at(rows, "status")] == "暂缓")
    assert [paused[column_at(rows, key)] for key in ("action", "method", "due")] == ["", "", None]


def test_a_customers_problems_lead_to_the_first_finding_of_its_row(outcome: Outcome) -> None:
    rows, every = table(outcome, "customers", "customers"), table(outcome, "findings", "every")
    cell = next(row for row in rows.rows if row[0] == "C20240011")[column_at(rows, "issues")]
    assert isinstance(cell, Link) and every.anchors is not None
    there = every.rows[list(every.anchors).index(cell.anchor)]
    assert there[2] == Link(f"{SHEET}!I13", SHEET, "I13") and there[3] == Link(
        "南京博文教育11有限公司", SHEET, "B13", "c11"
    )


def test_findings_are_grouped_worst_kind_first_each_with_message_and_fix(outcome: Outcome) -> None:
    every = table(outcome, "findings", "every")
    assert [code for code, _ in Counter(column(every, "code")).items()] == [
        "neglected",
        "evidence-incomplete",
        "dangling-followup",
    ]
    assert every.rows[-1][4:8] == ("", "C2023999", "跟进记录的客户“C2023999”不在客户表中", "核对客户编号或名称")
    assert table(outcome, "findings", "health").rows[0] == ("重点客户无人联系", "错误", 5, "neglected")


def test_findings_by_fix_say_how_many_it_clears_and_whose_rows_they_are(outcome: Outcome) -> None:
    """Customers 0, 25 … 100 are neglected, all of 王*; 1, 11 … 111 lack evidence; one log entry dangles."""
    rows = table(outcome, "findings", "fixes").rows
    assert [(row[1], row[2], row[3]) for row in rows] == [
        (5, "错误", "重点客户无人联系"), (12, "警告", "评级依据不全"), (1, "警告", "跟进记录找不到客户")]  # fmt: skip
    assert rows[0][4] == "王* 5"
    # customers 1, 11, 21 … 111 → owners (n // 5) % 5: 王 赵 周 李 陈 王 赵 周 李 陈 王 赵
    assert rows[1][4] == "王* 3、赵* 3、周* 2、李* 2、另 1 人"
    assert rows[2][4] == "不属于某位客户（跟进记录、表头等） 1"
    assert rows[0][5] == Link(f"{SHEET}!P2、P27、P52、P77、P102", SHEET, "P2")


def test_one_fix_may_clear_several_kinds(make_outcome: Callable[..., Outcome]) -> None:
    found = (Finding("private-bank-card", CellRef(SHEET, 2, 3), None, {"field": "备注"}), Finding("private-id-number", CellRef(SHEET, 3, 3), None, {"field": "备注"}))
    assert [row[:4] for row in table(make_outcome(5, findings=found), "findings", "fixes").rows] == [
        ("移到专门的列并加密，或打码", 2, "错误", "银行卡号写在了别处、身份证号写在了别处")]  # fmt: skip


def test_findings_by_owner_count_by_severity_and_name_what_clears_most(outcome: Outcome) -> None:
    rows = {str(row[0]): row[1:] for row in table(outcome, "findings", "by_owner").rows}
    assert rows["王*"] == (5, 3, 0, 8, 8, "请负责人本周内安排联系（5 项）")
    assert rows["陈*"] == (0, 2, 0, 2, 2, "补全后等级才可靠；已有等级的客户不会因此升级（2 项）")
    assert next(iter(rows)) == "王*" and list(rows)[-1] == "不属于某位客户（跟进记录、表头等）"


def test_strategies_show_kpis_and_both_ratings(outcome: Outcome) -> None:
    rows = table(outcome, "strategies", "strategies")
    assert rows.rows[0][4:] == ("复购率 85%（目标≥80%，达成）；满意度 88%（目标≥90%，未达成）", "良", "良",
                                Link("策略调整表!F2", "策略调整表", "F2"))  # fmt: skip
    assert rows.rows[1][4] == "客单价稳定（不可量化，未参与评定）"


def test_a_persons_name_is_masked_in_the_strategies_too(make_outcome: Callable[..., Outcome]) -> None:
    outcome = make_outcome(1)
    people = outcome.customers.assign(name="王小明", name_shown="王*")
    strategy = replace(outcome.strategies[0], customer="王小明")
    shown = build(replace(outcome, customers=people, strategies=(strategy,)), "zh")
    assert "王小明" not in repr(shown)


def test_an_indicator_without_denominator_has_no_value(outcome: Outcome) -> None:
    rows = table(outcome, "indicators", "indicators").rows
    assert [row[:4] for row in rows] == [("逾期率", 0.25, 3, 12), ("转化率", None, 0, 0)]


def test_assumptions_are_marked_and_counted(outcome: Outcome) -> None:
    rules = table(outcome, "background", "rules")
    assert column(rules, "source") == ["S000-14", "假设（文档未规定）"]
    assert (
        Text("有 1 条规则文档没有给出数字，按假设执行，表中已标明。") in section(outcome, "background").blocks
    )


def test_tables_are_told_column_by_column(outcome: Outcome) -> None:
    rows = table(outcome, "background", "columns").rows
    assert rows[5] == (SHEET, "F", "历史合作金额(万元)", "历史合作金额", "万元")
    assert rows[7] == (SHEET, "H", "内部代号", "未使用", "")
    assert [row[3] for row in rows if row[0] == "客户跟进记录表"][-2:] == ["phone", "phone"]
    assert table(outcome, "background", "tables").rows[1][2:4] == ("1、2", "3–42")


def test_the_calendars_note_is_said(outcome: Outcome) -> None:
    noted = replace(outcome, calendar_note="2027 年的放假调休安排尚未公布")
    assert Text("2027 年的放假调休安排尚未公布。") in section(noted, "background").blocks


# ---- very large workbooks


def test_up_to_20000_customers_the_excel_review_holds_all(make_outcome: Callable[..., Outcome]) -> None:
    assert held_customers(make_outcome(120)) is None


def test_above_20000_it_holds_those_with_something_to_do_first_in_rank(
    make_outcome: Callable[..., Outcome],
) -> None:
    outcome = make_outcome(30_000)
    held = held_customers(outcome)
    assert held is not None and held.sum() == 20_000  # 24,000 have something to do
    people, idle = outcome.customers, np.arange(30_000) % 5 == 4
    moved = people["proposed_tier"].notna() | people["move"].ne("none") | people["proposed_stage"].notna()
    assert not held[idle & ~moved.to_numpy()].any()
    left = people["rank"].to_numpy()[~held & ~idle]
    assert left.min() > people["rank"].to_numpy()[held].max() or len(left) == 0


# ---- the texts


def test_every_text_stands_in_both_languages_with_the_same_braces() -> None:
    for key, entry in tomllib.loads(template_text("locale/review.toml")).items():
        assert entry.keys() == {"zh", "en"}, key
        fields = [
            {name for _, name, _, _ in string.Formatter().parse(entry[lang]) if name} for lang in ("zh", "en")
        ]
        assert fields[0] == fields[1], key


def test_every_text_is_used_and_every_text_used_is_there() -> None:
    known = set(tomllib.loads(template_text("locale/review.toml")))
    folder = Path(crmsheet.review.__file__).parent
    code = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    code += template_text("report/review.html.j2") + template_text("report/blocks.html.j2")
    used = set(re.findall(r"""(?:say|Say\(lang\))\(\s*['"]([a-z_]+)['"]""", code))
    families = re.findall(r"""(?:word|tones)\(['"]([a-z_]+)['"]""", code) + re.findall(r"""say(?:\.maybe)?\(f"([a-z_]+)_\{""", code)
    assert used <= known
    spare = {key for key in known - used if not key.startswith(tuple(f"{family}_" for family in families))}
    spare -= {f"{key}_one" for key in known}  # what Say takes for a count of 1
    assert spare <= {"kpi_met", "kpi_missed", "more_kinds", "kpi_good", "kpi_weak"}


def test_english_says_english(outcome: Outcome) -> None:
    notice = section(outcome, "summary", "en").blocks[0]
    assert notice == Notice("bad", "Needs your decision: 6 tier moves wait for approval, 5 high-tier customers are neglected, "
                                   "24 tasks are overdue.")  # fmt: skip


def test_one_is_not_many_in_english(outcome: Outcome) -> None:
    say = Say("en")
    assert [say("decide_waiting", count=count) for count in (1, 2)] == ["1 tier move waits for approval", "2 tier moves wait for approval"]
    assert say("more_owners", count=1) == "1 more owner, see" and Say("zh")("more_owners", count=1) == "另有 1 位负责人，见"


def test_english_pages_use_the_workbooks_words_only_where_they_are_the_workbooks(outcome: Outcome) -> None:
    """Headers, statuses, moves and severities are English; the workbook's own names, tiers and texts stay as they are."""
    for key in ("plan", "neglected", "proposals", "tiers", "customers", "findings"):
        for block in section(outcome, key, "en").blocks:
            if isinstance(block, Table):
                heads = "".join(column.title for column in block.columns)
                tones = "".join(word for column in block.columns for word in column.tones)
                assert (heads + tones + block.title + block.empty).isascii(), block.key
