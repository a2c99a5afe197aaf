"""Moves, memory and approval over several weeks (SPEC §4).  Day 0 is Wednesday 2024-03-20."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sheets import AS_OF, by_id, of_code
from weeks import LEDGER, RUNS, SHEET, Weeks

from crmsheet.commands import undo_one
from crmsheet.errors import InputError, PolicyError
from crmsheet.job import Job
from crmsheet.mirror import mirror_path
from crmsheet.run import Options, process
from crmsheet.values.answers import read_answer

D = dt.date
TOP = {"历史合作金额(万元)": 120, "采购计划": "明确", "决策链": "清晰", "预计签约日期": D(2024, 4, 15)}  # S by the rules until mid-April
LOW = {"历史合作金额(万元)": 30}  # B by the rules


def moves(outcome: Any) -> list[str]:
    return list(outcome.customers["move"])


# ---------------------------------------------------------------- approval


@pytest.mark.parametrize(
    ("word", "answer"),
    [("同意", "agree"), ("通过", "agree"), ("批准", "agree"), ("已同意", "agree"), ("同意。", "agree"), ("驳回", "refuse"),
     ("不同意", "refuse"), ("拒绝", "refuse"), ("不通过", "refuse"), ("待审核", "pending"), ("待复核", "recheck"), ("再看看", "other"),
     ("同意?", "other"), ("ok", "other")],
)  # fmt: skip
def test_words_of_approval(word: str, answer: str) -> None:
    assert read_answer(word) == answer


def test_an_agreed_proposal_is_applied_and_recorded(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**TOP, "优先级": "A级", "审核人": "李总"}])
    assert moves(team.run(0)) == ["up"]
    team.set(0, "审核", "同意")
    outcome = team.run(7)
    assert moves(outcome) == ["up"] and list(outcome.customers["proposed_tier"]) == [None]
    (row,) = team.rows()
    assert (row["优先级"], row["建议等级"], row["审核"], row["等级快照"]) == ("S级", None, None, "C0000000 S 2024-03-27")
    assert team.ledger() == [(0, 0, "A", "S", "升级", "待审核"), (7, 0, "A", "S", "同意", "已同意")]
    first, second = team.rows(LEDGER)
    assert first["编号"] == second["编号"] and second["审核人"] == "李总"
    assert first["依据"] == "历史合作金额120万≥100万; 采购计划明确；决策链清晰; 预计签约日期还有26天（≤30天）（价值高、潜力高、紧急度高）"
    assert first["依据单元格"].startswith("历史合作金额=120万 [客户!D2]; 采购计划=明确 [客户!F2]")


def test_only_the_lead_decides_where_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "crmsheet.toml").write_text('[roles]\nlead = ["王*"]\n', encoding="utf-8")
    team = Weeks(tmp_path, [{**TOP, "优先级": "A级", "审核人": "小李"}, {**TOP, "优先级": "A级", "审核人": None}])
    team.run(0)
    for row in (0, 1):
        team.set(row, "审核", "同意")
    outcome = team.run(7)
    assert team.column("优先级") == ["A级", "S级"] and team.column("审核") == ["同意", None]  # nobody named: the word counts
    assert [str(one.where) for one in of_code(outcome, "reviewer-not-lead")] == ["客户!M2"]
    team.set(0, "审核人", "小李、王总")
    team.run(14)
    assert team.column("优先级") == ["S级", "S级"]


def test_after_a_move_up_a_new_plan_is_due_within_three_working_days(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**TOP, "优先级": "A级", "计划制定日期": D(2024, 3, 1)}])

    def plans(days: int) -> list[str]:
        tasks = team.run(days).tasks
        return [str(due.date()) for due, text in zip(tasks["due"], tasks["text"], strict=True) if "升级后重新制定跟进计划" in text]

    assert plans(0) == []
    team.set(0, "审核", "同意")
    assert plans(7) == ["2024-04-01"]  # Wednesday, then Thursday, Friday, Monday
    assert plans(8) == ["2024-04-01"]
    team.set(0, "计划制定日期", D(2024, 3, 27))  # the day of the move
    assert plans(9) == []


def test_a_plan_that_is_due_cites_the_tier_the_plans_date_and_the_entries_searched(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**TOP, "优先级": "A级", "计划制定日期": D(2024, 3, 1)}], [["C0000000", D(2024, 3, 18), "电话", "谈了进度"]])
    team.run(0)
    team.set(0, "审核", "同意")
    tasks = team.run(7).tasks
    (cells,) = tasks.loc[tasks["source"] == "S000-53", "cells"]
    assert cells == "客户!E2,客户!M2,跟进记录!B2:B2"
    team.log("C0000000", D(2024, 3, 28), "电话", "谈了进度", None, "寄样品")
    assert "S000-53" not in set(team.run(9).tasks["source"])


def test_a_rejected_proposal_comes_again_after_ninety_days(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**LOW, "优先级": "A级"}])
    team.run(0)
    team.set(0, "审核", "不同意")
    assert moves(team.run(7)) == ["none"]
    assert team.column("优先级") == ["A级"] and team.column("审核") == [None]
    assert moves(team.run(96)) == ["none"]  # 89 days later
    assert moves(team.run(97)) == ["down"]
    kinds = [(day, kind) for day, _, _, _, kind, _ in team.ledger()]
    assert kinds == [(0, "降级"), (7, "驳回"), (97, "降级")]
    assert len({row["编号"] for row in team.rows(LEDGER)}) == 2


def test_a_rejected_proposal_comes_again_when_a_band_changes_but_not_for_another_amount(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**TOP, "历史合作金额(万元)": 60, "采购计划": "待明确", "优先级": "B级"}])
    assert moves(team.run(0)) == ["up"]
    team.set(0, "审核", "驳回")
    team.run(7)
    team.set(0, "历史合作金额(万元)", 70)
    assert moves(team.run(14)) == ["none"]
    team.set(0, "采购计划", "明确")  # potential 中 → 高
    assert moves(team.run(21)) == ["up"]


def test_a_proposal_that_no_longer_holds_is_withdrawn(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**LOW, "优先级": "A级"}])
    team.run(0)
    team.set(0, "历史合作金额(万元)", 60)
    assert moves(team.run(7)) == ["none"]
    assert team.column("建议等级") == [None] and team.column("审核") == [None]
    assert team.ledger()[1:] == [(7, 0, "A", "B", "撤回", "已撤回")]


def test_another_word_is_a_finding_and_the_proposal_waits(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**LOW, "优先级": "A级"}])
    team.run(0)
    team.set(0, "审核", "下周再说")
    outcome = team.run(7)
    assert [one.params["word"] for one in of_code(outcome, "review-word")] == ["下周再说"]
    assert team.column("审核") == ["下周再说"] and team.column("建议等级") == ["B级"]
    assert len(team.ledger()) == 1


def test_a_note_beside_a_proposal_that_is_withdrawn_is_no_finding(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**TOP, "优先级": "A级"}])
    team.run(0)
    team.set(0, "审核", "再看看")
    team.set(0, "历史合作金额(万元)", 60)
    outcome = team.run(7)  # A by the rules now
    assert not of_code(outcome, "review-word") and (team.column("建议等级"), team.column("审核")) == ([None], ["再看看"])


def test_a_word_left_over_agrees_to_nothing_later(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**LOW, "优先级": "B级"}])
    team.run(0)
    team.set(0, "审核", "同意")
    team.run(7)
    assert team.column("审核") == [None]
    team.set(0, "历史合作金额(万元)", 120)
    team.set(0, "采购计划", "待明确")
    team.run(14)
    assert team.column("优先级") == ["B级"] and team.column("审核") == ["待审核"]


def test_the_lead_agrees_in_bulk(tmp_path: Path) -> None:
    (tmp_path / "crmsheet.toml").write_text('[roles]\nlead = ["王*"]\n', encoding="utf-8")
    team = Weeks(tmp_path, [{**LOW, "优先级": "A级"}, {**TOP, "优先级": "A级"}, {**LOW, "优先级": "S级"}, {**LOW, "优先级": "A级"}])
    team.run(0)
    team.set(3, "审核", "驳回")
    with pytest.raises(PolicyError):
        process(team.path, Options(as_of=AS_OF, policy="priority", approve="all", approver="张三"))
    with pytest.raises(PolicyError):
        process(team.path, Options(as_of=AS_OF, policy="priority", approve="C", approver="王总"))
    team.run(7, approve="B", approver="王总")
    assert team.column("优先级") == ["B级", "A级", "B级", "A级"]
    assert [row["审核人"] for row in team.rows(LEDGER) if row["类型"] == "同意"] == ["王总", "王总"]
    team.run(14, approve="all", approver="王总")
    assert team.column("优先级") == ["B级", "S级", "B级", "A级"]


def test_the_lead_may_agree_on_the_day_of_the_run_but_once_to_what_was_seen(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**TOP, "优先级": "A级"}, {**LOW, "优先级": "A级"}])
    agreed = {"approve": "all", "approver": "王总"}
    process(team.path, Options(as_of=AS_OF, policy="priority", **agreed))
    assert team.column("建议等级") == ["S级", "B级"]  # proposed by that very run
    process(team.path, Options(as_of=AS_OF, policy="priority", **agreed))
    assert team.column("建议等级") == ["S级", "B级"]  # and agreed to by no second one
    process(team.path, Options(as_of=AS_OF, policy="priority", approve="S", approver="王总"))
    assert (team.column("优先级"), team.column("建议等级")) == (["S级", "A级"], [None, "B级"])


def test_a_formula_in_the_tier_cell_is_never_written(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**LOW, "优先级": "A级"}])
    book = openpyxl.load_workbook(team.path)
    book[SHEET]["E2"] = '="A级"'
    book.save(team.path)
    team.set(0, "客户编号", "C0000000")
    outcome = process(team.path, Options(as_of=AS_OF, policy="priority")).outcome
    assert outcome.receipt is not None
    assert openpyxl.load_workbook(team.path)[SHEET]["E2"].value == '="A级"'


# ---------------------------------------------------------------- auto presets


def test_auto_writes_blank_tiers_and_moves_tiers_that_it_has_seen(tmp_path: Path) -> None:
    rows = [{"客户等级": None, "年合作额(万元)": 60}, {"客户等级": "C类", "年合作额(万元)": 60}, {"客户等级": "B类", "年合作额(万元)": 20}]
    team = Weeks(tmp_path, rows, policy="crm")
    book = openpyxl.load_workbook(team.path)
    book[SHEET].delete_cols(5)  # 优先级: 客户等级 is the tier column
    book.save(team.path)
    assert moves(team.run(0)) == ["first", "up", "none"]
    assert team.column("客户等级") == ["A类", "C类", "B类"]  # a filled tier is only proposed on
    assert team.column("建议等级") == [None, "A类", None]
    team.set(2, "年合作额(万元)", 80)
    assert moves(team.run(7)) == ["none", "up", "up"]
    assert team.column("客户等级") == ["A类", "C类", "A类"]  # what waits for an answer waits on
    assert team.ledger()[-1] == (7, 2, "B", "A", "升级", "自动生效")


def test_the_opposite_move_waits_thirty_days(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{"年合作额(万元)": 20}], policy="crm")
    team.run(0)
    team.set(0, "年合作额(万元)", 60)
    assert moves(team.run(7)) == ["up"]
    team.set(0, "年合作额(万元)", 20)
    assert moves(team.run(14)) == ["none"]
    assert moves(team.run(36)) == ["none"]  # 29 days after
    assert moves(team.run(37)) == ["down"]


# ---------------------------------------------------------------- human edits


def test_a_hand_edit_is_recorded_kept_and_left_alone_for_ninety_days(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**LOW, "优先级": "B级"}])
    team.run(0)
    team.set(0, "优先级", "S级")
    assert moves(team.run(7)) == ["override"]
    assert team.ledger() == [(7, 0, "B", "S", "人工调整", "人工")]
    assert team.column("等级快照") == ["C0000000 S 2024-03-27"]
    assert moves(team.run(96)) == ["none"]
    assert moves(team.run(97)) == ["down"]
    assert team.column("优先级") == ["S级"] and team.column("建议等级") == ["B级"]


def test_auto_never_overwrites_a_hand_edit(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{"年合作额(万元)": 20}], policy="crm")
    team.run(0)
    tier = "客户等级" if "客户等级" in team.rows()[0] else "优先级"
    team.set(0, tier, "C")
    team.run(7)
    outcome = team.run(200)
    assert moves(outcome) == ["up"] and team.column(tier) == ["C"] and team.column("建议等级") == ["B"]


def test_a_tier_that_a_person_blanked_is_only_proposed(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{"年合作额(万元)": 20, "优先级": "B"}], policy="crm")
    team.run(0)
    team.set(0, "优先级", None)
    assert moves(team.run(7)) == ["override"]
    assert moves(team.run(14)) == ["first"]
    assert team.column("优先级") == [None] and team.column("建议等级") == ["B"]


# ---------------------------------------------------------------- immediate, stalled, dormant, lost


def test_an_immediate_move_is_made_at_once_and_can_be_taken_back(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**LOW, "优先级": "B级", "决策链": "清晰"}])
    team.run(0)
    team.set(0, "新项目预算(万元)", 150)
    outcome = team.run(7)
    assert (moves(outcome), list(outcome.customers["tier"])) == (["immediate"], ["S"])
    (row,) = team.rows()
    assert (row["优先级"], row["建议等级"], row["审核"], row["等级依据"]) == ("S级", None, "待复核", "新项目预算150万>100万; 决策链清晰")
    assert team.ledger() == [(7, 0, "B", "S", "立即升级", "待复核")]
    assert team.rows(LEDGER)[0]["依据单元格"] == "新项目预算=150万 [客户!J2]; 决策链=清晰 [客户!G2]"
    plan = outcome.tasks[outcome.tasks["source"] == "S000-53"]
    assert [str(day.date()) for day in plan["due"]] == ["2024-04-01"]  # 3 working days after Wednesday the 27th
    team.set(0, "审核", "驳回")
    team.run(14)
    assert team.column("优先级") == ["B级"] and team.ledger()[-1] == (14, 0, "S", "B", "驳回", "已恢复")
    assert moves(team.run(120)) == ["none"]  # the same value never acts again
    team.set(0, "新项目预算(万元)", 180)
    assert moves(team.run(127)) == ["immediate"]


def test_a_signal_that_has_acted_does_not_act_again_under_another_spelling_of_its_header(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**LOW, "优先级": "B级", "决策链": "清晰"}])
    team.run(0)
    team.set(0, "新项目预算(万元)", 150)
    team.run(7)
    team.set(0, "审核", "驳回")
    team.run(14)
    book = openpyxl.load_workbook(team.path)
    (head,) = [cell for cell in book["客户"][1] if cell.value == "新项目预算(万元)"]
    head.value = "新項目預算（萬元）"
    book.save(team.path)
    assert moves(team.run(21)) == ["none"]


def test_an_immediate_move_that_is_agreed_to_stays(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**LOW, "优先级": None, "决策链": "清晰", "新项目预算(万元)": 101}])
    assert moves(team.run(0)) == ["immediate"]
    assert team.column("优先级") == ["S"]
    team.set(0, "审核", "同意")
    team.run(7)
    assert team.column("审核") == [None] and team.column("优先级") == ["S"]
    assert [row[4] for row in team.ledger()] == ["立即升级", "同意"]


@pytest.mark.parametrize(("budget", "chain"), [(100, "清晰"), (150, "复杂"), (150, None)])
def test_no_signal(tmp_path: Path, budget: int, chain: str | None) -> None:
    team = Weeks(tmp_path, [{**LOW, "优先级": "B级", "决策链": chain, "新项目预算(万元)": budget}])
    team.run(0)
    assert moves(team.run(7)) == ["none"]


def test_on_a_tier_not_seen_before_and_after_a_hand_edit_a_signal_only_proposes(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**LOW, "优先级": "B级", "决策链": "清晰", "新项目预算(万元)": 150}])
    assert moves(team.run(0)) == ["immediate"]
    assert team.column("优先级") == ["B级"] and team.column("建议等级") == ["S级"] and team.column("审核") == ["待审核"]
    team.set(0, "优先级", "A级")
    team.run(7)
    assert team.column("优先级") == ["A级"]
    team.set(0, "新项目预算(万元)", 200)
    outcome = team.run(14)
    assert moves(outcome) == ["immediate"] and team.column("优先级") == ["A级"] and team.column("建议等级") == ["S级"]


def test_a_move_at_once_is_to_be_looked_at_again_once_nothing_else_waits(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**LOW, "优先级": None, "决策链": "清晰", "新项目预算(万元)": 150}])
    team.run(0)
    assert (team.column("优先级"), team.column("审核")) == (["S"], ["待复核"])
    team.set(0, "新项目预算(万元)", None)
    team.run(7)
    assert (team.column("建议等级"), team.column("审核")) == (["B"], ["待审核"])
    team.set(0, "新项目预算(万元)", 150)
    team.run(14)
    assert (team.column("建议等级"), team.column("审核")) == ([None], ["待复核"])


STALL = [["C0000000", D(2024, 2, 5), "电话", "沟通", "项目搁置"], ["C0000000", D(2024, 3, 5), "电话", "无人接听"]]


def test_two_months_without_progress_propose_a_step_down_and_name_the_entries(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**TOP, "优先级": "S级", "分级日期": D(2024, 1, 20)}], STALL)
    outcome = team.run(0)
    assert (moves(outcome), list(outcome.customers["proposed_tier"]), list(outcome.customers["tier"])) == (["stalled"], ["A"], ["A"])
    (row,) = team.rows()
    assert row["等级依据"] == "2024-01-20起为S级（分级日期），近2个月跟进2次均无实质进展（2024-02-05、2024-03-05）"
    assert list(outcome.customers["reason_cells.move"]) == ["客户!L2,跟进记录!B2,跟进记录!E2,跟进记录!B3,跟进记录!D3"]  # 搁置; 无人接听
    assert str(team.rows(LEDGER)[0]["依据单元格"]).startswith("分级日期=2024-01-20 [客户!L2]; ")
    team.set(0, "审核", "同意")
    team.run(7)
    assert team.column("优先级") == ["A级"]
    held = team.run(14)
    assert moves(held) == ["none"]  # the rules say S, but nothing has moved since
    assert team.column("等级依据") == [row["等级依据"]]
    assert list(held.customers["reason_cells.move"]) == ["等级变更记录!B3,跟进记录!B2:B3"]  # agreed to there; no entry with progress since
    team.log("C0000000", D(2024, 4, 5), "电话", "客户确认预算", "同意推进", "准备合同")
    assert moves(team.run(21)) == ["up"]


def test_a_stall_cites_the_first_contact_where_no_day_of_grading_is_known(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**TOP, "优先级": "S级", "首次接触时间": D(2024, 1, 20)}], STALL)
    outcome = team.run(0)
    assert str(team.column("等级依据")[0]).startswith("2024-01-20起为S级（首次接触时间），近2个月跟进2次")
    assert str(outcome.customers["reason_cells.move"].iloc[0]).startswith("客户!I2,跟进记录!B2,")


def test_a_stall_cites_the_ledger_where_it_tells_since_when(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**TOP, "优先级": "A级", "分级日期": D(2023, 6, 1)}], [["C0000009", D(2024, 1, 1), "电话", "x"]])
    team.run(0)
    team.set(0, "审核", "同意")
    team.run(7)  # agreed to on 2024-03-27, as the ledger's second entry says
    team.set(0, "预计签约日期", D(2024, 6, 10))
    team.log("C0000000", D(2024, 4, 5), "电话", "沟通", "项目搁置")
    team.log("C0000000", D(2024, 5, 5), "电话", "无人接听")
    assert moves(team.run(67)) == ["none"]  # 2024-05-26: two months are over on the 27th
    outcome = team.run(68)
    assert moves(outcome) == ["stalled"]
    assert str(team.column("等级依据")[0]).startswith("2024-03-27起为S级（等级变更记录），近2个月跟进2次")
    assert str(outcome.customers["reason_cells.move"].iloc[0]).startswith("等级变更记录!B3,跟进记录!B3,")


@pytest.mark.parametrize(
    ("since", "log"),
    [
        (D(2024, 1, 21), STALL),  # not two months in S yet
        (D(2024, 1, 20), STALL[:1]),  # one entry is no stall
        (D(2024, 1, 20), [*STALL, ["C0000000", D(2024, 3, 6), "电话", "沟通", "愿意签约"]]),
        (D(2024, 1, 20), [*STALL, ["C0000000", D(2024, 3, 6), "电话", "沟通", None, "发合同"]]),
        (D(2024, 1, 20), [["C0000000", D(2024, 1, 19), "电话", "搁置"], STALL[1]]),  # before the window
        (D(2024, 1, 20), []),  # nobody's contact is no stall
        (None, STALL),
    ],
)
def test_no_stall(tmp_path: Path, since: Any, log: list[list[Any]]) -> None:
    team = Weeks(tmp_path, [{**TOP, "优先级": "S级", "分级日期": since}], log or [["C0000009", D(2024, 1, 1), "电话", "x"]])
    assert moves(team.run(0)) == ["none"]


def test_who_was_put_into_s_by_hand_today_has_not_stalled_there(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**TOP, "优先级": "A级", "分级日期": D(2023, 6, 1)}], STALL)
    team.run(0)
    team.set(0, "优先级", "S级")
    outcome = team.run(7)  # and a second run of that day says the same
    assert (moves(outcome), list(outcome.customers["tier"])) == (["override"], ["S"])
    assert "价值" not in str(team.column("等级依据")[0]) and str(team.column("等级依据")[0]).startswith("历史合作金额120万≥100万")


REST = {**LOW, "优先级": "B级", "首次接触时间": D(2023, 1, 5)}


def test_silence_without_potential_is_dormant_at_once_and_contact_wakes(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**REST, "采购计划": "模糊"}], [["C0000000", D(2023, 9, 20), "电话", "问候"]])
    outcome = team.run(0)
    assert (moves(outcome), by_id(outcome, "pool")["C0000000"], by_id(outcome, "status")["C0000000"]) == (["dormant"], "dormant", "dormant")
    assert list(outcome.tasks["text"]) == ["邮件：低频问候，留意新的需求（每6个月）"]
    assert team.column("优先级") == ["B级"] and team.column("跟进状态") == ["休眠"]
    assert moves(team.run(7)) == ["none"]
    team.log("C0000000", D(2024, 4, 1), "电话", "客户来电", "想再了解")
    outcome = team.run(14)
    assert (moves(outcome), by_id(outcome, "pool")["C0000000"]) == (["wake"], "active")
    assert [row[4] for row in team.ledger()] == ["休眠", "唤醒"]


def test_silence_with_potential_unknown_is_proposed(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [REST], [["C0000000", D(2023, 9, 20), "电话", "问候"]])
    outcome = team.run(0)
    assert (by_id(outcome, "pool")["C0000000"], list(outcome.customers["proposed_tier"])) == ("active", ["休眠"])
    team.set(0, "审核", "通过")
    outcome = team.run(7)
    assert by_id(outcome, "pool")["C0000000"] == "dormant" and team.column("优先级") == ["B级"] and team.column("建议等级") == [None]
    assert by_id(team.run(14), "pool")["C0000000"] == "dormant"
    team.log("C0000000", D(2024, 4, 4), "电话", "客户来电")
    assert by_id(team.run(21), "pool")["C0000000"] == "active"


@pytest.mark.parametrize(
    "row", [{**REST, "采购计划": "明确", "决策链": "清晰"}, {**REST, "优先级": "A级", "历史合作金额(万元)": 60, "采购计划": "待明确"},
            {**REST, "首次接触时间": None}, {**REST, "首次接触时间": D(2023, 9, 21)}],
)  # fmt: skip
def test_not_dormant(tmp_path: Path, row: dict[str, Any]) -> None:
    outcome = Weeks(tmp_path, [row]).run(0)
    assert (by_id(outcome, "pool")["C0000000"], moves(outcome)) == ("active", ["none"])


@pytest.mark.parametrize(
    ("last", "feedback", "stage"),
    [(D(2023, 12, 20), "暂停合作", "流失"), (D(2023, 12, 21), "暂停合作", None), (D(2023, 12, 20), "再联系", None)],
)
def test_a_refusal_and_three_months_of_silence_propose_that_a_customer_is_lost(
    tmp_path: Path, last: dt.date, feedback: str, stage: str | None
) -> None:
    team = Weeks(tmp_path, [{**LOW, "优先级": "B级", "客户状态": "意向"}], [["C0000000", last, "电话", "沟通", feedback]])
    outcome = team.run(0)
    assert list(outcome.customers["proposed_stage"]) == [stage]
    assert by_id(outcome, "pool")["C0000000"] == "active" and team.column("客户状态") == ["意向"]
    if stage:
        assert team.ledger() == [(0, 0, "意向", "流失", "流失", "待审核")]
        team.set(0, "客户状态", "流失")
        assert by_id(team.run(7), "pool")["C0000000"] == "lost"
        assert team.ledger()[1:] == [(7, 0, "意向", "流失", "同意", "已同意")]


# ---------------------------------------------------------------- memory


def test_rows_sorted_together_keep_their_memory(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**LOW, "优先级": "A级"}, {**TOP, "优先级": "S级"}])
    team.run(0)
    team.set(0, "审核", "同意")
    _reorder(team.path, lambda rows: [rows[1], rows[0]])
    outcome = team.run(7)
    assert not of_code(outcome, "row-shifted")
    assert team.column("优先级") == ["S级", "B级"]


def test_columns_sorted_apart_are_noticed_and_their_answers_not_read(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**LOW, "优先级": "A级"}, {**TOP, "优先级": "S级"}])
    team.run(0)
    team.set(0, "审核", "同意")
    _reorder(team.path, lambda rows: [[*rows[1][:12], *rows[0][12:]], [*rows[0][:12], *rows[1][12:]]])
    outcome = team.run(7)
    assert [one.params["count"] for one in of_code(outcome, "row-shifted")] == [2]
    assert team.column("优先级") == ["S级", "A级"] and team.column("建议等级") == [None, "B级"] and team.column("审核") == [None, "待审核"]
    assert team.column("等级快照") == ["C0000001 S 2024-03-20", "C0000000 A 2024-03-20"]
    assert not of_code(team.run(14), "row-shifted")


def test_an_old_copy_does_not_bring_decided_proposals_back(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**LOW, "优先级": "A级"}, {**LOW, "优先级": "S级"}])
    team.run(0)
    team.set(0, "审核", "驳回")
    team.set(1, "审核", "同意")
    old = team.path.read_bytes()
    team.run(7)
    team.path.write_bytes(old)  # a colleague saves a copy opened before that run
    outcome = team.run(14)
    assert [one.params["count"] for one in of_code(outcome, "former-copy")] == [2]
    assert team.column("建议等级") == [None, None] and team.column("审核") == [None, None]
    assert [row[:5] for row in team.ledger()] == [(0, 0, "A", "B", "降级"), (0, 1, "S", "B", "降级"), (7, 1, "S", "B", "同意"), (7, 0, "A", "B", "驳回")]
    assert not of_code(team.run(21), "former-copy")


def test_nor_does_an_old_copy_whose_columns_were_sorted_apart(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**LOW, "优先级": "A级"}, {**LOW, "优先级": "S级"}])
    team.run(0)
    team.set(1, "审核", "同意")
    old = team.path.read_bytes()
    team.run(7)
    team.path.write_bytes(old)
    _reorder(team.path, lambda rows: [[*rows[1][:12], *rows[0][12:]], [*rows[0][:12], *rows[1][12:]]])
    outcome = team.run(14)  # and a second run of that day, which has the rows together again, says the same
    assert {one.code for one in outcome.findings} >= {"row-shifted", "former-copy"}
    assert (team.column("优先级"), team.column("建议等级")) == (["S级", "A级"], [None, "B级"])


def test_undoing_a_run_takes_its_rows_out_of_the_mirror(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**LOW, "优先级": "A级"}])
    team.run(0)
    team.set(0, "审核", "驳回")
    before = team.path.read_bytes()
    team.run(7)
    assert undo_one(team.path, Job(as_of=AS_OF, quiet=True)) == 0
    assert team.path.read_bytes() == before
    team.set(0, "审核", "同意")  # thought better of
    assert not of_code(team.run(7), "former-copy")
    assert team.column("优先级") == ["B级"]


def test_an_undo_is_done_though_the_mirror_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    team = Weeks(tmp_path, [{**LOW, "优先级": "A级"}])
    before = team.path.read_bytes()
    team.run(0)
    (mirror_path(team.path).with_suffix(".tmp")).mkdir()  # where the new mirror is written first
    assert undo_one(team.path, Job(as_of=AS_OF, quiet=True)) == 0
    assert team.path.read_bytes() == before and "变更记录的副本没有更新" in capsys.readouterr().err


def test_deleting_the_records_loses_trends_but_no_run(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**LOW, "优先级": "A级"}])
    team.run(0)
    book = openpyxl.load_workbook(team.path)
    del book[LEDGER], book[RUNS]
    book.save(team.path)
    team.set(0, "审核", "同意")
    team.run(7)
    assert team.column("优先级") == ["B级"]


def test_people_may_annotate_and_sort_the_records(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**LOW, "优先级": "A级"}, {**LOW, "优先级": "S级"}])
    team.run(0)
    book = openpyxl.load_workbook(team.path)
    page = book[LEDGER]
    page.insert_rows(1)
    page["A1"] = "变更记录（内部）"
    page.insert_cols(3)
    page["C2"] = "备注"
    book.save(team.path)
    team.set(0, "审核", "驳回")
    team.run(7)
    page = openpyxl.load_workbook(team.path)[LEDGER]
    assert [page.cell(5, c).value for c in (4, 6, 7, 8)] == ["C0000000", "A", "B", "驳回"]
    assert moves(team.run(14)) == ["none", "down"]


def test_an_earlier_day_is_refused_unless_nothing_is_written_in_place(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**LOW, "优先级": "A级"}])
    team.run(7)
    options = Options(as_of=AS_OF, policy="priority")
    with pytest.raises(InputError):
        process(team.path, options)
    assert process(team.path, options, dry_run=True).outcome.receipt is None
    assert process(team.path, options, output=tmp_path / "copy.xlsx").outcome.receipt is not None


def test_without_a_ledger_nothing_is_recorded_and_hand_edits_are_safe(tmp_path: Path) -> None:
    (tmp_path / "crmsheet.toml").write_text("[ledger]\nenabled = false\n", encoding="utf-8")
    team = Weeks(tmp_path, [{"年合作额(万元)": 20, "优先级": "B"}, {"年合作额(万元)": 20, "优先级": None}], policy="crm")
    team.run(0)
    assert not team.rows(LEDGER) and not team.rows(RUNS)
    assert team.column("优先级") == ["B", "B"]
    team.set(0, "优先级", "C")
    assert moves(team.run(7)) == ["override", "none"]
    team.run(14)
    assert team.column("优先级") == ["C", "B"] and team.column("建议等级") == ["B", None]


def test_counts_and_ratings_that_a_run_wrote_are_kept_up_to_date(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**LOW, "优先级": "B级"}])
    book = openpyxl.load_workbook(team.path)
    page = book.create_sheet("客户分类管理表")
    for line in (["分类名称", "分类标准", "客户数量"], ["A级", "x", None], ["B级", "x", "7家"]):
        page.append(line)
    book.save(team.path)
    team.run(0)
    team.set(0, "优先级", "A级")
    outcome = team.run(7)
    assert [row["客户数量"] for row in team.rows("客户分类管理表")] == ["1家", "7家"]
    assert [str(one.where) for one in of_code(outcome, "count-mismatch")] == ["客户分类管理表!C3"]


def test_the_runs_are_recorded_once_a_day(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**LOW, "优先级": "A级"}])
    team.run(0)
    outcome = team.run(7)
    rows = team.rows(RUNS)
    assert [row["截至日期"].date() for row in rows] == [D(2024, 3, 20), D(2024, 3, 27)]
    assert (rows[0]["各级客户数"], rows[0]["变动"], rows[0]["待审核"]) == ("A 1", "降级 1", 1)
    assert outcome.last_run is not None and outcome.last_run.as_of == D(2024, 3, 20) and outcome.last_month is None


def test_a_sheet_of_the_teams_own_by_that_name_is_left_alone_and_nothing_is_overwritten(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{**LOW, "优先级": "B级", "决策链": "清晰"}])
    book = openpyxl.load_workbook(team.path)
    book.create_sheet(LEDGER).append(["我们自己的记录", "日期"])
    book.save(team.path)
    assert [one.value for one in of_code(team.run(0), "ledger-name-taken")] == [LEDGER]
    team.set(0, "新项目预算(万元)", 150)
    team.run(7)
    assert team.column("优先级") == ["B级"] and team.column("建议等级") == ["S级"]
    assert openpyxl.load_workbook(team.path)[LEDGER].max_row == 1


def _reorder(path: Path, change: Any) -> None:
    book = openpyxl.load_workbook(path)
    page = book[SHEET]
    rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=2)]
    for r, row in enumerate(change(rows), 2):
        for c, value in enumerate(row, 1):
            page.cell(r, c).value = value
    book.save(path)
