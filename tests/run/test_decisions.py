"""Decisions made in the Excel review come back: ledger, tiers and strategies as if typed into the workbook."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pytest
from sheets import AS_OF, write_workbook
from test_command_line import crmsheet
from weeks import LEDGER, Weeks

from crmsheet.job import Job
from crmsheet.model import Outcome, Verdict
from crmsheet.process_command import process_all
from crmsheet.resources import template_text
from crmsheet.run import Options, process

# priority (S000): customer 0 has 60万 and stands in B: up to A; customer 1 has 20万 and stands in A: down to B
TEAM = [{"历史合作金额(万元)": 60, "优先级": "B", "采购计划": "明确", "决策链": "不清晰"}, {"历史合作金额(万元)": 20, "优先级": "A"}]
SAID, ID, REMARK, CUSTOMER = "决定", "编号", "备注", "客户编号"


def reviewed(weeks: Weeks, day: int = 0, lang: Any = "zh") -> Path:
    """Run as a user does, with the review."""
    job = Job(as_of=AS_OF.replace(day=AS_OF.day + day), policy=weeks.policy, quiet=True, lang=lang)
    assert process_all([weeks.path], job) == 0
    return weeks.path.parent / "crmsheet-reviews" / f"team-{job.as_of}.xlsx"


def header(sheet: Any) -> int:
    return next(row[0].row for row in sheet.iter_rows() if row[0].value == ID)


def answer(review: Path, words: Mapping[str, Any], approver: str | None = None, remark: str | None = None) -> Path:
    """A person chooses in the drop-downs: customer id (or name) → word."""
    book = openpyxl.load_workbook(review)
    sheet = book["待审核"]
    top = header(sheet)
    at = {cell.value: cell.column for cell in sheet[top]}
    for row in range(top + 1, sheet.max_row + 1):
        keys = [sheet.cell(row, at[name]).value for name in (CUSTOMER, "客户名称")]
        word = next((words[key] for key in keys if key in words), None)
        if word is not None:
            sheet.cell(row, at[SAID]).value = word
            sheet.cell(row, at[REMARK]).value = remark
    for row in sheet.iter_rows(max_row=top):
        if row[0].value == "审核人":
            row[1].value = approver
    book.save(review)
    return review


def decided(weeks: Weeks, *reviews: Path, day: int = 1) -> Outcome:
    """A run with the decisions; a second one changes nothing, to the byte, and complains of nothing new."""
    options = Options(as_of=AS_OF.replace(day=AS_OF.day + day), policy=weeks.policy, decisions=reviews)
    outcome = process(weeks.path, options).outcome
    before = weeks.path.read_bytes()
    again = process(weeks.path, options).outcome
    assert weeks.path.read_bytes() == before
    assert [one.state for one in again.decisions or ()] == [
        "done" if one.state == "applied" else one.state for one in outcome.decisions or ()]  # fmt: skip
    return outcome


def told(outcome: Outcome) -> list[tuple[str | None, str, str | None]]:
    return sorted(((one.customer, one.state, one.why) for one in outcome.decisions or ()), key=str)


@pytest.fixture
def weeks(tmp_path: Path) -> Weeks:
    return Weeks(tmp_path, TEAM)


def test_every_proposal_stands_there_with_its_ledger_id_a_drop_down_and_links_to_the_team_s_cells(weeks: Weeks) -> None:
    sheet = openpyxl.load_workbook(reviewed(weeks))["待审核"]
    top = header(sheet)
    rows = {row[1]: row for row in sheet.iter_rows(min_row=top + 1, values_only=True)}
    ids = {row["客户编号"]: row["编号"] for row in weeks.rows(LEDGER)}
    assert {key: row[0] for key, row in rows.items()} == ids and len(ids) == 2
    assert rows["C0000001"][2:7] == ("客户1公司", "王*", "A", "B", "降级")
    assert rows["C0000001"][7] == "历史合作金额20万<50万"
    validation = sheet.data_validations.dataValidation[0]
    assert (validation.type, validation.formula1, str(validation.sqref)) == ("list", '"同意,驳回"', f"J{top + 1}:J{top + 2}")
    links = {cell.hyperlink.location for row in sheet.iter_rows(min_row=top + 1) for cell in row if cell.hyperlink}
    assert {"'客户'!B2", "'客户'!B3", "'客户'!D3"} <= links
    assert not sheet.protection.sheet


def test_what_was_agreed_and_refused_there_counts_as_if_typed_into_the_workbook(weeks: Weeks) -> None:
    review = answer(reviewed(weeks), {"C0000000": "同意", "C0000001": "驳回"}, approver="张总", remark="先观察")
    outcome = decided(weeks, review)
    assert told(outcome) == [("客户0公司", "applied", None), ("客户1公司", "applied", None)]
    assert [(row["优先级"], row["建议等级"], row["审核"]) for row in weeks.rows()] == [("A", None, None), ("A", None, None)]
    assert weeks.ledger()[2:] == [(1, 0, "B", "A", "同意", "已同意"), (1, 1, "A", "B", "驳回", "已驳回")]
    rows = weeks.rows(LEDGER)
    assert [row["审核人"] for row in rows[2:]] == ["张总", "张总"]
    assert [row["编号"] for row in rows[2:]] == [row["编号"] for row in rows[:2]]


def test_the_same_run_typed_into_the_workbook_leaves_the_same_file_but_for_the_approver(tmp_path: Path) -> None:
    by_review, by_hand = (Weeks(tmp_path / name, TEAM) for name in made(tmp_path, "a", "b"))
    review = answer(reviewed(by_review), {"C0000000": "同意", "C0000001": "驳回"})
    decided(by_review, review)
    reviewed(by_hand)
    by_hand.set(0, "审核", "同意")
    by_hand.set(1, "审核", "驳回")
    by_hand.run(1)
    assert by_review.rows() == by_hand.rows()
    assert by_review.rows(LEDGER) == by_hand.rows(LEDGER)


def made(folder: Path, *names: str) -> tuple[str, ...]:
    for name in names:
        (folder / name).mkdir()
    return names


def test_a_blank_cell_waits_on_and_is_no_decision(weeks: Weeks) -> None:
    outcome = decided(weeks, answer(reviewed(weeks), {"C0000001": "同意"}))
    assert told(outcome) == [("客户1公司", "applied", None)]
    assert weeks.column("建议等级") == ["A", None] and weeks.column("审核") == ["待审核", None]


def test_the_workbook_wins_where_it_says_something_else_and_it_is_said(weeks: Weeks) -> None:
    review = answer(reviewed(weeks), {"C0000000": "同意", "C0000001": "驳回"})
    weeks.set(0, "审核", "驳回")
    weeks.set(1, "审核", "再议")
    options = Options(as_of=AS_OF.replace(day=21), policy="priority", decisions=(review,))
    outcome = process(weeks.path, options).outcome
    assert [(one.state, one.why) for one in outcome.decisions or ()] == [("left", "workbook"), ("left", "workbook")]
    assert weeks.column("优先级") == ["B", "A"] and weeks.column("审核") == [None, "再议"]
    assert weeks.ledger()[2:] == [(1, 0, "B", "A", "驳回", "已驳回")]


def test_the_same_word_in_both_places_is_applied_once(weeks: Weeks) -> None:
    review = answer(reviewed(weeks), {"C0000000": "同意"})
    weeks.set(0, "审核", "同意")
    assert told(decided(weeks, review)) == [("客户0公司", "applied", None)]
    assert weeks.ledger()[2:] == [(1, 0, "B", "A", "同意", "已同意")]


def test_another_word_an_unknown_id_and_one_that_waits_no_more_are_left_out_one_by_one(weeks: Weeks) -> None:
    review = answer(reviewed(weeks), {"C0000000": "同意", "C0000001": "再看看"})
    book = openpyxl.load_workbook(review)
    sheet = book["待审核"]
    sheet.append(["P0000000000", *[None] * 8, "同意"])
    sheet.append([None, *[None] * 8, "驳回"])
    book.save(review)
    weeks.set(0, "历史合作金额(万元)", 30)  # B by the rules now: the proposal is withdrawn
    weeks.run(0)
    states = [(one.state, one.why) for one in decided(weeks, review).decisions or ()]
    assert states == [("left", "word"), ("left", "closed"), ("left", "unknown"), ("left", "no_id")]
    assert weeks.column("优先级") == ["B", "A"]


def test_two_reviews_that_contradict_each_other_decide_nothing(weeks: Weeks) -> None:
    review = reviewed(weeks)
    other = Path(shutil.copy(review, weeks.path.parent / "other.xlsx"))
    answer(review, {"C0000000": "同意", "C0000001": "同意"})
    answer(other, {"C0000000": "驳回", "C0000001": "同意"})
    outcome = decided(weeks, review, other)
    assert sorted((one.state, one.why or "") for one in outcome.decisions or ()) == [
        ("applied", ""), ("left", "contradiction"), ("left", "contradiction")]  # fmt: skip
    assert weeks.column("优先级") == ["B", "B"]


def test_only_the_lead_decides_where_one_is_named(weeks: Weeks) -> None:
    (weeks.path.parent / "crmsheet.toml").write_text('[roles]\nlead = ["张*"]\n', encoding="utf-8")
    review = answer(reviewed(weeks), {"C0000000": "同意"}, approver="李四")
    assert told(decided(weeks, review)) == [(None, "left", "not_lead")]
    assert weeks.column("优先级") == ["B", "A"]
    answer(review, {"C0000000": "同意"}, approver="张总")
    assert told(decided(weeks, review)) == [("客户0公司", "applied", None)]


def test_a_sorted_review_with_a_title_above_and_a_column_between_is_read_by_its_headers(weeks: Weeks) -> None:
    review = answer(reviewed(weeks), {"C0000001": "同意"})
    book = openpyxl.load_workbook(review)
    sheet = book["待审核"]
    top = header(sheet)
    first, second = ([cell.value for cell in sheet[row]] for row in (top + 1, top + 2))
    for column, (one, two) in enumerate(zip(first, second, strict=True), start=1):
        sheet.cell(top + 1, column).value, sheet.cell(top + 2, column).value = two, one
    sheet.row_dimensions[top + 1].hidden = True  # filtered out of sight
    sheet.insert_cols(2)
    sheet.insert_rows(1, 3)
    sheet.title = "审批"
    book.save(review)
    assert told(decided(weeks, review)) == [("客户1公司", "applied", None)]
    assert weeks.column("优先级") == ["B", "B"]


def test_an_english_review_is_read_too(weeks: Weeks) -> None:
    review = reviewed(weeks, lang="en")
    book = openpyxl.load_workbook(review)
    sheet = book["To decide"]
    row = next(row for row in sheet.iter_rows() if row[1].value == "C0000001")
    row[9].value = "驳回"
    book.save(review)
    assert told(decided(weeks, review)) == [("客户1公司", "applied", None)]


def test_a_review_saved_by_libreoffice_is_read(weeks: Weeks, tmp_path: Path) -> None:
    review = answer(reviewed(weeks), {"C0000000": "同意", "C0000001": "驳回"}, approver="张总")
    out = tmp_path / "lo"
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", out, review],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    assert [state for _, state, _ in told(decided(weeks, out / review.name))] == ["applied", "applied"]
    assert [row["审核人"] for row in weeks.rows(LEDGER)[2:]] == ["张总", "张总"]


def test_a_move_made_at_once_can_be_taken_back_there(tmp_path: Path) -> None:
    weeks = Weeks(tmp_path, [{"历史合作金额(万元)": 20, "优先级": "B"}, TEAM[1]])
    weeks.run(0)
    weeks.set(0, "新项目预算(万元)", 150)  # over 100万 and the chain clear: S at once (S000-52)
    weeks.set(0, "决策链", "清晰")
    review = answer(reviewed(weeks, 1), {"C0000000": "驳回"})
    assert weeks.column("优先级")[0] == "S"
    assert told(decided(weeks, review, day=2)) == [("客户0公司", "applied", None)]
    assert weeks.column("优先级")[0] == "B"


def test_a_second_look_answers_no_proposal_that_has_come_meanwhile(tmp_path: Path) -> None:
    weeks = Weeks(tmp_path, [{"历史合作金额(万元)": 20, "优先级": None, "决策链": "清晰", "新项目预算(万元)": 150}, TEAM[1]])
    review = answer(reviewed(weeks), {"C0000000": "驳回"})  # takes S back
    weeks.set(0, "新项目预算(万元)", None)  # the signal is gone: down to B by 20万
    weeks.run(7)
    assert weeks.column("建议等级")[0] == "B"
    assert told(decided(weeks, review, day=8)) == [(None, "left", "closed")]
    assert (weeks.column("优先级")[0], weeks.column("建议等级")[0], weeks.column("审核")[0]) == ("S", "B", "待审核")


def strategies(tmp_path: Path) -> Weeks:
    """One strategy of which a KPI is missed; nothing in the log explains it."""
    customers = [["客户编号", "客户名称", "负责人", "客户等级"], ["C0000001", "甲公司", "王*", "高价值潜力型"]]
    heads = ["客户名称", "客户类型", "当前核心策略", "策略执行周期", "关键监测指标", "效果评估", "调整原因", "调整后策略", "调整时间", "审核"]
    row = ["甲公司", "低价值风险型", "回访", "每月1次", "复购率≥80%/60%", *[None] * 5]
    weeks = Weeks.__new__(Weeks)
    weeks.path, weeks.policy = tmp_path / "team.xlsx", "strategy"
    write_workbook(weeks.path, {"客户": customers, "策略调整表": [heads, row]})
    return weeks


def of_strategy(review: Path) -> tuple[Any, ...]:
    rows = openpyxl.load_workbook(review)["待审核"].iter_rows(values_only=True)
    return next(row for row in rows if row[6] == "策略调整")


def test_an_adjustment_of_a_strategy_is_agreed_to_there(tmp_path: Path) -> None:
    """S004-38: agreed, it is written into the strategy table."""
    weeks = strategies(tmp_path)
    review = reviewed(weeks)
    shown = of_strategy(review)
    assert shown[0].startswith("D") and shown[2:6] == ("甲公司", None, "回访", "分析流失原因，提出针对性方案，必要时启动挽留流程")
    assert ("甲公司", "applied", None) in told(decided(weeks, answer(review, {"甲公司": "同意"}, approver="张总")))
    written = weeks.rows("策略调整表")[0]
    assert (written["调整后策略"], written["调整时间"].date()) == (shown[5], AS_OF.replace(day=21))


def test_a_refused_adjustment_that_comes_again_after_90_days_is_not_refused_by_the_old_review(tmp_path: Path) -> None:
    weeks = strategies(tmp_path)
    review = answer(reviewed(weeks), {"甲公司": "驳回"})
    refused = decided(weeks, review)
    assert ("甲公司", "applied", None) in told(refused) and refused.strategies[0].proposal is None
    later = Options(as_of=AS_OF + dt.timedelta(days=91), policy="strategy", decisions=(review,))  # 90 days from the refusal
    again = process(weeks.path, later).outcome
    assert again.strategies[0].proposal is not None and again.strategies[0].proposal.id not in (None, of_strategy(review)[0])
    assert {one.state for one in again.decisions or ()} == {"done"}


def test_the_strategy_table_wins_where_its_own_review_column_says_something_else(tmp_path: Path) -> None:
    weeks = strategies(tmp_path)
    review = answer(reviewed(weeks), {"甲公司": "同意"})
    weeks.set(0, "审核", "驳回", "策略调整表")
    outcome = process(weeks.path, Options(as_of=AS_OF.replace(day=21), policy="strategy", decisions=(review,))).outcome
    assert (None, "left", "workbook") in told(outcome)
    assert weeks.rows("策略调整表")[0]["调整后策略"] is None


def test_a_review_of_another_workbook_is_refused_in_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    mine, other = (Weeks(tmp_path / name, team) for name, team in zip(made(tmp_path, "a", "b"), (TEAM, TEAM[1:]), strict=True))
    other.set(0, "客户编号", "C0000099")
    review = reviewed(other)
    reviewed(mine)
    before = mine.path.read_bytes()
    capfd.readouterr()
    assert process_all([mine.path], Job(as_of=AS_OF, policy="priority", decisions=(review,))) == 2
    out, err = capfd.readouterr()
    assert out == "" and len(err.strip().splitlines()) == 1 and str(review) in err and "另一个工作簿" in err
    assert mine.path.read_bytes() == before
    assert process_all([mine.path], Job(as_of=AS_OF, policy="priority", decisions=(mine.path,))) == 2
    assert "待审核" in capfd.readouterr().err


def test_without_a_ledger_the_sheet_says_why_nothing_can_be_decided_there(weeks: Weeks) -> None:
    (weeks.path.parent / "crmsheet.toml").write_text("[ledger]\nenabled = false\n", encoding="utf-8")
    sheet = openpyxl.load_workbook(reviewed(weeks))["待审核"]
    texts = [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert any("没有编号的行不能在这里决定" in text for text in texts)
    assert [row[0] for row in sheet.iter_rows(min_row=header(sheet) + 1, values_only=True)] == [None, None]


def test_the_console_says_what_was_read_with_remarks_and_what_was_left_out_on_stderr(
    weeks: Weeks, capfd: pytest.CaptureFixture[str]
) -> None:
    review = answer(reviewed(weeks), {"C0000000": "同意"}, approver="张总", remark="电话 13812345678 已确认")
    answer(review, {"C0000001": "改天"}, approver="张总")
    before = weeks.path.read_bytes()
    capfd.readouterr()
    job = Job(as_of=AS_OF.replace(day=21), policy="priority", decisions=(review,), dry_run=True)
    assert process_all([weeks.path], job) == 0
    out, err = capfd.readouterr()
    assert "读到 2 条，采纳 1 条，此前已采纳 0 条，未采纳 1 条" in out
    assert "客户0公司：同意（张总），备注：电话 138****5678 已确认" in out
    assert "客户!E2: B → A" in out
    assert len(err.strip().splitlines()) == 1 and "待审核!J" in err and "“改天”" in err and "只认" in err
    assert weeks.path.read_bytes() == before


def test_the_document_tells_each_decision(weeks: Weeks) -> None:
    review = answer(reviewed(weeks), {"C0000000": "同意"})
    outcome = decided(weeks, review)
    assert outcome.decisions is not None
    one = outcome.decisions[0]
    assert isinstance(one, Verdict)
    assert (one.id, one.answer, one.word, one.customer) == (weeks.rows(LEDGER)[0]["编号"], "agree", "同意", "客户0公司")
    assert one.where == f"{review.name} 待审核!J6"  # below customer 1, who is A


def test_the_lead_s_agreement_in_bulk_leaves_what_the_review_refuses(weeks: Weeks) -> None:
    review = answer(reviewed(weeks), {"C0000001": "驳回"})
    options = Options(as_of=AS_OF.replace(day=21), policy="priority", decisions=(review,), approve="all", approver="张总")
    process(weeks.path, options)
    assert weeks.ledger()[2:] == [(1, 0, "B", "A", "同意", "已同意"), (1, 1, "A", "B", "驳回", "已驳回")]


def test_a_contact_s_name_in_a_remark_is_masked(tmp_path: Path) -> None:
    weeks = Weeks(tmp_path, [{**TEAM[0], "联系人": "张伟明"}, TEAM[1]])
    outcome = decided(weeks, answer(reviewed(weeks), {"C0000000": "同意"}, remark="张伟明已确认"))
    assert [one.remark for one in outcome.decisions or ()] == ["张*已确认"]


def test_the_command_line_takes_reviews_and_one_workbook_and_the_document_fits_the_schema(weeks: Weeks) -> None:
    review = answer(reviewed(weeks), {"C0000000": "同意"})
    words = ("process", weeks.path, "--as-of", "2024-03-21", "--decisions", review)
    done = crmsheet(*words, "--policy", "priority", "--json", "--per-owner", "--open")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    jsonschema.Draft202012Validator(json.loads(template_text("result.schema.json"))).validate(document)
    assert [(one["state"], one["answer"], one["customer"]) for one in document["decisions"]] == [("applied", "agree", "客户0公司")]
    assert Path(document["outputs"]["owners"], "王.html").is_file()
    several = crmsheet(*words, weeks.path)
    assert (several.returncode, several.stdout) == (2, "") and "一次只用于一个工作簿" in several.stderr
