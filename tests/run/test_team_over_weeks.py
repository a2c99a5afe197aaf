"""A team that edits its file for weeks, and the laws that hold all the while (SPEC §4), in every preset.

The short profile is part of the suite.  The long one tries other teams each time, and says how many weeks it ran:
``CRMSHEET_WEEKS=long python -m pytest -s tests/run/test_team_over_weeks.py`` (some 15 minutes).
"""

from __future__ import annotations

import datetime as dt
import os
import random
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sheets import write_workbook

from crmsheet.run import Options, process

LONG = os.environ.get("CRMSHEET_WEEKS") == "long"
START = dt.date(2024, 1, 3)
HEADS = ["客户编号", "客户名称", "负责人", "历史合作金额(万元)", "年合作额(万元)", "预计合作金额(万元)", "优先级", "采购计划", "决策链", "预计签约日期",
         "首次接触时间", "新项目预算(万元)", "客户状态", "需求优先级", "需求明确度", "预算范围(万元)", "需求匹配度", "ARPU(万元)", "增长潜力", "流失率",
         "客户类型"]  # fmt: skip
AMOUNTS = ("历史合作金额(万元)", "年合作额(万元)", "预计合作金额(万元)", "预算范围(万元)", "ARPU(万元)")
LEARNT = {"采购计划": ("明确", "模糊"), "决策链": ("清晰", "复杂"), "需求优先级": ("高", "中", "低"), "需求明确度": ("明确", "模糊"),
          "需求匹配度": ("高", "低"), "增长潜力": ("高", "低"), "流失率": ("2%", "9%")}  # fmt: skip
LOG = ["客户编号", "跟进时间", "跟进方式", "沟通内容摘要", "客户反馈/异议", "下一步计划", "暂不跟进至"]
OWN = len(HEADS)  # owned columns stand right of these
CUSTOMERS = 5
WORDS_OF = {
    "priority": ("S级", "A级", "B级"), "crm": ("A级", "B级", "C级"), "profile": ("A类", "B类", "C类"), "followup": ("A", "B", "C"),
    "strategy": ("高价值稳定型", "高价值潜力型", "低价值稳定型", "低价值风险型"),
}  # fmt: skip
STRATEGY = ["客户名称", "客户类型", "当前核心策略", "策略执行周期", "关键监测指标(目标值/实际值)", "效果评估", "调整原因", "调整后策略", "调整时间", "审核"]
KPIS = ("复购率≥80%/60%", "复购率≥80%/85%", "转化周期≤30天/45天;满意度≥90%/88%", "客单价稳定")
LEAD = "王总"
WORDS = ("同意", "通过", "驳回", "不同意", "再看看", "", "待审核")
Line = dict[str, Any]
WEEKS: list[tuple[str, int, int]] = []  # policy, runs, weeks from the first to the last of each example
row_of = st.integers(0, CUSTOMERS - 1)


class Team(RuleBasedStateMachine):
    """People edit between runs; every ``week`` is a run, and after it the laws are checked."""

    policy = "priority"

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="team"))
        self.path = self.folder / "team.xlsx"
        self.day, self.next_id = START, CUSTOMERS
        self.copies: list[bytes] = []
        self.by_hand: dict[str, str | None] = {}  # customer → tier that a person set since the last run
        self.decided: dict[str, str] = {}  # id → decision
        self.rows_before: list[tuple[Any, ...]] = []
        self.moved_by_rule: dict[str, tuple[dt.date, str]] = {}
        self.fresh = False  # a run has just been made
        self.weeks = 0
        self.agreed: dict[str, str] = {}
        self.own_words: dict[tuple[int, str], str] = {}  # what people wrote into the strategy table

    def teardown(self) -> None:
        WEEKS.append((self.policy, self.weeks, (self.day - START).days // 7))
        shutil.rmtree(self.folder)

    @initialize(amounts=st.lists(st.sampled_from([5, 30, 60, 120]), min_size=CUSTOMERS, max_size=CUSTOMERS),
                tiers=st.lists(st.sampled_from([None, 0, 1, 2]), min_size=CUSTOMERS, max_size=CUSTOMERS))  # fmt: skip
    def begin(self, amounts: list[int], tiers: list[int | None]) -> None:
        words = WORDS_OF[self.policy]
        rows = [
            [f"C{i:07d}", f"客户{i}公司", "王*", a, a, a, None if t is None else words[t], "明确", "清晰", dt.date(2024, 2, 1 + i),
             dt.date(2023, 6, 1 + i), None, None, "中", "明确", a, "高", a, "低", "2%", None]
            for i, (a, t) in enumerate(zip(amounts, tiers, strict=True))
        ]  # fmt: skip
        log = [[f"C{i:07d}", dt.date(2023, 12, 10 + i), "电话", "沟通", None, None] for i in range(CUSTOMERS)]
        plans = [[f"客户{i}公司", "高价值稳定型", "定期拜访", "每月1次", KPIS[i], *[None] * 5] for i in range(len(KPIS))]
        write_workbook(self.path, {"客户": [HEADS, *rows], "跟进记录": [LOG, *log], "策略调整表": [STRATEGY, *plans]})

    # ---------------------------------------------------------------- people

    def edit(self, change: Callable[[Any], None], sheet: str = "客户") -> None:
        book = openpyxl.load_workbook(self.path)
        change(book[sheet])
        book.save(self.path)
        self.fresh = False

    def cells(self) -> list[Line]:
        page = openpyxl.load_workbook(self.path)["客户"]
        heads, *rows = page.iter_rows(values_only=True)
        return [dict(zip(heads, row, strict=True)) for row in rows if row[0] is not None]

    def put(self, row: int, header: str, value: Any) -> None:
        def change(page: Any) -> None:
            heads = [cell.value for cell in page[1]]
            if header in heads and page.cell(row + 2, 1).value is not None:
                page.cell(row + 2, heads.index(header) + 1).value = value

        self.edit(change)

    @rule(row=row_of, number=st.sampled_from([0, 1, 2, None, "VIP"]))
    def sets_a_tier(self, row: int, number: int | str | None) -> None:
        people, tier = self.cells(), WORDS_OF[self.policy][number] if isinstance(number, int) else number
        if row < len(people):
            self.put(row, "优先级", tier)
            self.by_hand[people[row]["客户编号"]] = tier

    @rule(row=row_of, word=st.sampled_from(WORDS))
    def answers(self, row: int, word: str) -> None:
        self.put(row, "审核", word or None)

    @rule(row=row_of, amount=st.sampled_from([5, 30, 60, 120, None]))
    def corrects_an_amount(self, row: int, amount: int | None) -> None:
        for header in AMOUNTS:
            self.put(row, header, amount)

    @rule(row=row_of, learnt=st.sampled_from([(field, word) for field, words in LEARNT.items() for word in (*words, None)]))
    def learns_more(self, row: int, learnt: tuple[str, str | None]) -> None:
        self.put(row, *learnt)

    @rule(what=st.sampled_from(["all", "adjustments", 0, 2]))
    def the_lead_agrees(self, what: str | int) -> None:
        """With the next run."""
        tier = WORDS_OF[self.policy][what].rstrip("级类") if isinstance(what, int) else what
        self.agreed = {"approve": tier, "approver": LEAD}

    @rule(row=st.integers(0, len(KPIS) - 1), kpis=st.sampled_from(KPIS))
    def measures_again(self, row: int, kpis: str) -> None:
        self.put_strategy(row, "关键监测指标(目标值/实际值)", kpis)

    @rule(row=st.integers(0, len(KPIS) - 1), word=st.sampled_from(WORDS))
    def answers_a_strategy(self, row: int, word: str) -> None:
        self.put_strategy(row, "审核", word or None)

    @rule(row=st.integers(0, len(KPIS) - 1), cell=st.sampled_from([("效果评估", "良"), ("调整后策略", "换一位经理"), ("调整原因", "客户要求")]))
    def writes_into_a_strategy(self, row: int, cell: tuple[str, str]) -> None:
        self.put_strategy(row, *cell)
        self.own_words[row, cell[0]] = cell[1]

    def put_strategy(self, row: int, header: str, value: str | None) -> None:
        def change(page: Any) -> None:
            page.cell(row + 2, STRATEGY.index(header) + 1).value = value

        self.own_words.pop((row, header), None)
        self.edit(change, "策略调整表")

    @rule(sheet=st.sampled_from(["等级变更记录", "运行记录"]))
    def deletes_a_record_sheet(self, sheet: str) -> None:
        """The mirror brings the ledger back; trends are lost."""
        book = openpyxl.load_workbook(self.path)
        if sheet in book.sheetnames and self.weeks % 3 == 0:
            del book[sheet]
            book.save(self.path)
            self.rows_before, self.fresh = [], False

    @rule(row=row_of, budget=st.sampled_from([150, 200, None]))
    def hears_of_a_budget(self, row: int, budget: int | None) -> None:
        self.put(row, "新项目预算(万元)", budget)

    @rule(row=row_of, feedback=st.sampled_from([None, "愿意推进", "项目搁置", "不再合作", "拒绝"]))
    def logs_a_talk(self, row: int, feedback: str | None) -> None:
        line = [f"C{row:07d}", self.day, "电话", "沟通", feedback, None]
        self.edit(lambda page: page.append(line), "跟进记录")

    @rule(row=row_of, days=st.sampled_from([10, 40]))
    def pauses(self, row: int, days: int) -> None:
        self.edit(lambda page: page.append([f"C{row:07d}", self.day, "电话", "沟通", None, None, self.day + dt.timedelta(days=days)]), "跟进记录")

    @rule(row=row_of, stage=st.sampled_from(["意向", "成交", "流失", None]))
    def sets_a_stage(self, row: int, stage: str | None) -> None:
        self.put(row, "客户状态", stage)

    @rule(seed=st.integers(0, 999), apart=st.booleans())
    def sorts(self, seed: int, apart: bool) -> None:
        """The whole table; or the team's own columns apart from ours, the tier with them."""

        def change(page: Any) -> None:
            rows = [[cell.value for cell in line] for line in page.iter_rows(min_row=2) if line[0].value is not None]
            order = list(rows)
            random.Random(seed).shuffle(order)
            for r, (new, old) in enumerate(zip(order, rows, strict=True), 2):
                for c, value in enumerate([*new[:OWN], *old[OWN:]] if apart else new, 1):
                    page.cell(r, c).value = value

        self.edit(change)

    @rule()
    def inserts_a_row(self) -> None:
        new = [f"C{self.next_id:07d}", f"客户{self.next_id}公司", "李*", 60, 60, 60, None, None, None, None, self.day]
        self.next_id += 1
        if len(self.cells()) < CUSTOMERS + 3:
            self.edit(lambda page: page.append(new))

    @rule(row=row_of)
    def deletes_a_row(self, row: int) -> None:
        people = self.cells()
        if len(people) > CUSTOMERS - 2 and row < len(people):
            self.by_hand.pop(people[row]["客户编号"], None)
            self.edit(lambda page: page.delete_rows(row + 2))

    @rule()
    def keeps_a_copy(self) -> None:
        self.copies = [*self.copies[-2:], self.path.read_bytes()]

    @precondition(lambda self: self.copies)
    @rule()
    def saves_an_old_copy(self) -> None:
        self.path.write_bytes(self.copies[-1])
        self.by_hand.clear()  # lost by a colleague, not by us
        self.own_words.clear()
        self.fresh = False
        self.rows_before = []

    # ---------------------------------------------------------------- the run

    @rule()
    def a_day_off(self) -> None:
        """Nothing happens: hypothesis always begins with an example of the first rule alone, and it should cost nothing."""

    @rule()
    def a_week(self) -> None:
        self.week(1)

    @rule()
    def another_week(self) -> None:
        self.week(1)

    @rule(weeks=st.sampled_from([1, 2, 5, 13]))
    def some_weeks(self, weeks: int) -> None:
        self.week(weeks)

    @rule()
    def a_third_week(self) -> None:
        self.week(1)

    @rule()
    def a_fourth_week(self) -> None:
        self.week(1)

    @rule()
    def a_fifth_week(self) -> None:
        self.week(1)

    def week(self, weeks: int) -> None:
        self.weeks += 1
        self.day += dt.timedelta(days=7 * weeks)
        before = {line["客户编号"]: line for line in self.cells()}
        decided = set(self.decided)
        outcome = process(self.path, Options(as_of=self.day, policy=self.policy, **self.agreed)).outcome
        self.once_more()
        after = {line["客户编号"]: line for line in self.cells()}
        rows = self.ledger()
        self.no_hand_edit_is_lost(before, after)
        self.applied_moves_stand_in_the_ledger(before, after, rows)
        self.one_move_a_day(rows)
        self.no_flapping(rows)
        self.rows_are_only_added(rows)
        self.nothing_decided_returns(rows, after)
        self.the_lead_agreed_to_what_waited(rows, before, decided)
        self.own_words_stand()
        assert len(outcome.customers) == len(before)
        self.by_hand.clear()
        self.agreed = {}
        self.fresh = True

    def once_more(self) -> None:
        """A second run with the same as-of changes nothing, to the byte."""
        first = self.path.read_bytes()
        process(self.path, Options(as_of=self.day, policy=self.policy, **self.agreed))
        assert self.path.read_bytes() == first

    def ledger(self) -> list[Line]:
        book = openpyxl.load_workbook(self.path)
        if "等级变更记录" not in book.sheetnames:
            return []
        heads, *rows = book["等级变更记录"].iter_rows(values_only=True)
        return [dict(zip(heads, row, strict=True)) for row in rows]

    def today(self, rows: list[Line]) -> list[Line]:
        return [row for row in rows if row["日期"].date() == self.day]

    # ---------------------------------------------------------------- the laws

    def no_hand_edit_is_lost(self, before: dict[str, Line], after: dict[str, Line]) -> None:
        for customer, tier in self.by_hand.items():
            known = str(before.get(customer, {}).get("等级快照") or "").split(" ")
            if len(known) == 3 and known[0] == customer and before[customer]["优先级"] == tier and not (tier or "未分级").startswith(known[1]):
                assert after[customer]["优先级"] == tier, customer

    def applied_moves_stand_in_the_ledger(self, before: dict[str, Line], after: dict[str, Line], rows: list[Line]) -> None:
        told = {row["客户编号"]: row for row in self.today(rows) if row["类型"] not in ("撤回", "流失", "休眠", "唤醒") and row["审核状态"] != "待审核"}
        for customer, line in after.items():
            if line["优先级"] != before[customer]["优先级"]:
                row = told[customer]
                assert str(line["优先级"] or "未分级").startswith(row["新等级"]), row

    def one_move_a_day(self, rows: list[Line]) -> None:
        moves = [row["客户编号"] for row in self.today(rows) if row["类型"] not in ("同意", "驳回", "撤回")]
        assert len(moves) == len(set(moves))
        applied = [row["客户编号"] for row in self.today(rows) if row["审核状态"] in ("已同意", "自动生效", "待复核", "人工", "已恢复")
                   and row["类型"] not in ("流失", "休眠", "唤醒")]  # fmt: skip
        assert len(applied) == len(set(applied))

    def no_flapping(self, rows: list[Line]) -> None:
        """The rules never propose or make the opposite of a move by the rules within 30 days."""
        kinds = {row["编号"]: row["类型"] for row in rows if row["类型"] in ("升级", "降级")}
        last: dict[str, tuple[dt.date, str]] = {}
        for row in sorted(rows, key=lambda row: row["日期"]):
            kind, day = kinds.get(row["编号"]), row["日期"].date()
            before = last.get(row["客户编号"])
            if kind and row["审核状态"] in ("待审核", "自动生效") and before and day < before[0] + dt.timedelta(days=30):
                assert before[1] == kind, row
            if kind and row["审核状态"] in ("已同意", "自动生效"):
                last[row["客户编号"]] = (day, kind)

    def rows_are_only_added(self, rows: list[Line]) -> None:
        now = [tuple(row.values()) for row in rows]
        assert now[: len(self.rows_before)] == self.rows_before
        assert len({(row["编号"], row["类型"], row["日期"]) for row in rows}) == len(rows)
        self.rows_before = now

    def nothing_decided_returns(self, rows: list[Line], after: dict[str, Line]) -> None:
        ids = {row["编号"]: row["类型"] for row in rows if row["类型"] in ("同意", "驳回")}
        for number, decision in self.decided.items():
            assert ids.get(number) == decision, "a decision was forgotten"
        self.decided = ids
        waiting = {row["客户编号"] for row in rows if row["审核状态"] == "待审核" and not any(
            other["编号"] == row["编号"] and other["类型"] in ("同意", "驳回", "撤回") for other in rows)}  # fmt: skip
        for customer, line in after.items():
            assert line["建议等级"] is None or customer in waiting, customer

    def the_lead_agreed_to_what_waited(self, rows: list[Line], before: dict[str, Line], decided: set[str]) -> None:
        """In bulk only what had been proposed on an earlier day, was not decided yet, and that nobody had answered."""
        proposed = {row["编号"]: row["日期"].date() for row in rows if row["审核状态"] == "待审核"}
        for row in self.today(rows):
            if row["审核人"] == LEAD:
                assert self.agreed and row["类型"] == "同意" and row["编号"] not in decided, row
                assert proposed[row["编号"]] < self.day and before[row["客户编号"]]["审核"] in (None, "待审核"), row

    def own_words_stand(self) -> None:
        page = openpyxl.load_workbook(self.path)["策略调整表"]
        for (row, header), text in self.own_words.items():
            assert page.cell(row + 2, STRATEGY.index(header) + 1).value == text

    @invariant()
    def the_file_opens(self) -> None:
        if self.fresh:
            assert all(line["等级快照"] for line in self.cells())


def profile(examples: int, steps: int) -> settings:
    return settings(max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck),
                    derandomize=not LONG, print_blob=LONG,
                    phases=[phase for phase in Phase if not (LONG and phase is Phase.shrink)])  # fmt: skip


@pytest.mark.parametrize("policy", WORDS_OF)
def test_the_laws_hold_whatever_people_do(policy: str) -> None:
    machine = type("Team", (Team,), {"policy": policy})
    WEEKS.clear()
    run_state_machine_as_test(machine, settings=profile(7, 90) if LONG else profile(2, 40))
    print(f"\n{policy}: {len(WEEKS)} teams, {sum(runs for _, runs, _ in WEEKS)} runs over {sum(weeks for *_, weeks in WEEKS)} weeks")
    assert any(runs >= (12 if LONG else 3) for _, runs, _ in WEEKS)
