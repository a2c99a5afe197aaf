"""A team that edits its file for weeks, and the laws that hold all the while (SPEC §4).

The short profile is part of the suite.  The long one: ``CRMSHEET_WEEKS=long python -m pytest tests/run/test_team_over_weeks.py``.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sheets import write_workbook

from crmsheet.run import Options, process

LONG = os.environ.get("CRMSHEET_WEEKS") == "long"
START = dt.date(2024, 1, 3)
HEADS = ["客户编号", "客户名称", "负责人", "历史合作金额(万元)", "年合作额(万元)", "优先级", "采购计划", "决策链", "预计签约日期", "首次接触时间",
         "新项目预算(万元)", "客户状态"]  # fmt: skip
LOG = ["客户编号", "跟进时间", "跟进方式", "沟通内容摘要", "客户反馈/异议", "下一步计划"]
OWN = len(HEADS)  # owned columns stand right of these
CUSTOMERS = 5
TIERS = {"priority": ("S", "A", "B"), "crm": ("A", "B", "C")}
WORDS = ("同意", "通过", "驳回", "不同意", "再看看", "", "待审核")
Line = dict[str, Any]
WEEKS: list[int] = []  # runs of each example, for the curious
row_of = st.integers(0, CUSTOMERS - 1)


class Team(RuleBasedStateMachine):
    """People edit between runs; every ``week`` is a run, and after it the laws are checked."""

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

    def teardown(self) -> None:
        WEEKS.append(self.weeks)
        shutil.rmtree(self.folder)

    @initialize(policy=st.sampled_from(["priority", "crm"]), amounts=st.lists(st.sampled_from([5, 30, 60, 120]), min_size=5, max_size=5),
                tiers=st.lists(st.sampled_from([None, "S级", "A级", "B级", "C级"]), min_size=5, max_size=5))  # fmt: skip
    def begin(self, policy: str, amounts: list[int], tiers: list[str | None]) -> None:
        self.policy = policy
        rows = [
            [f"C{i:07d}", f"客户{i}公司", "王*", a, a, t, "明确", "清晰", dt.date(2024, 2, 1 + i), dt.date(2023, 6, 1 + i), None, None]
            for i, (a, t) in enumerate(zip(amounts, tiers, strict=True))
        ]
        log = [[f"C{i:07d}", dt.date(2023, 12, 10 + i), "电话", "沟通", None, None] for i in range(CUSTOMERS)]
        write_workbook(self.path, {"客户": [HEADS, *rows], "跟进记录": [LOG, *log]})

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

    @rule(row=row_of, tier=st.sampled_from(["S级", "A级", "B级", "C级", None, "VIP"]))
    def sets_a_tier(self, row: int, tier: str | None) -> None:
        people = self.cells()
        if row < len(people):
            self.put(row, "优先级", tier)
            self.by_hand[people[row]["客户编号"]] = tier

    @rule(row=row_of, word=st.sampled_from(WORDS))
    def answers(self, row: int, word: str) -> None:
        self.put(row, "审核", word or None)

    @rule(row=row_of, amount=st.sampled_from([5, 30, 60, 120, None]))
    def corrects_an_amount(self, row: int, amount: int | None) -> None:
        self.put(row, "历史合作金额(万元)", amount)
        self.put(row, "年合作额(万元)", amount)

    @rule(row=row_of, field=st.sampled_from(["采购计划", "决策链"]), word=st.sampled_from(["明确", "模糊", "清晰", "复杂", None]))
    def learns_more(self, row: int, field: str, word: str | None) -> None:
        self.put(row, field, word)

    @rule(row=row_of, budget=st.sampled_from([150, 200, None]))
    def hears_of_a_budget(self, row: int, budget: int | None) -> None:
        self.put(row, "新项目预算(万元)", budget)

    @rule(row=row_of, feedback=st.sampled_from([None, "愿意推进", "项目搁置", "不再合作", "拒绝"]))
    def logs_a_talk(self, row: int, feedback: str | None) -> None:
        line = [f"C{row:07d}", self.day, "电话", "沟通", feedback, None]
        self.edit(lambda page: page.append(line), "跟进记录")

    @rule(row=row_of, stage=st.sampled_from(["意向", "成交", "流失", None]))
    def sets_a_stage(self, row: int, stage: str | None) -> None:
        self.put(row, "客户状态", stage)

    @rule(seed=st.randoms(use_true_random=False), apart=st.booleans())
    def sorts(self, seed: Any, apart: bool) -> None:
        """The whole table; or the team's own columns apart from ours, the tier with them."""

        def change(page: Any) -> None:
            rows = [[cell.value for cell in line] for line in page.iter_rows(min_row=2) if line[0].value is not None]
            order = list(rows)
            seed.shuffle(order)
            for r, (new, old) in enumerate(zip(order, rows, strict=True), 2):
                for c, value in enumerate([*new[:OWN], *old[OWN:]] if apart else new, 1):
                    page.cell(r, c).value = value

        self.edit(change)

    @rule()
    def inserts_a_row(self) -> None:
        new = [f"C{self.next_id:07d}", f"客户{self.next_id}公司", "李*", 60, 60, None, None, None, None, self.day, None, None]
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
        self.fresh = False
        self.rows_before = []

    # ---------------------------------------------------------------- the run

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
        outcome = process(self.path, Options(as_of=self.day, policy=self.policy)).outcome
        self.once_more()
        after = {line["客户编号"]: line for line in self.cells()}
        rows = self.ledger()
        self.no_hand_edit_is_lost(before, after)
        self.applied_moves_stand_in_the_ledger(before, after, rows)
        self.one_move_a_day(rows)
        self.no_flapping(rows)
        self.rows_are_only_added(rows)
        self.nothing_decided_returns(rows, after)
        assert len(outcome.customers) == len(before)
        self.by_hand.clear()
        self.fresh = True

    def once_more(self) -> None:
        """A second run with the same as-of changes nothing, to the byte."""
        first = self.path.read_bytes()
        process(self.path, Options(as_of=self.day, policy=self.policy))
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

    @invariant()
    def the_file_opens(self) -> None:
        if self.fresh:
            assert all(line["等级快照"] for line in self.cells())


TestTeam = Team.TestCase
TestTeam.settings = settings(
    max_examples=100 if LONG else 2, stateful_step_count=80 if LONG else 50, deadline=None,
    suppress_health_check=list(HealthCheck), derandomize=not LONG,
)  # fmt: skip
