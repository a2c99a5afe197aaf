"""The first run does not frighten: few findings, each once; a handful to do; nothing overwritten."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
from sheets import AS_OF, Rows, write_workbook

from crmsheet.model import Outcome
from crmsheet.review.plan import HANDFUL, plan
from crmsheet.run import Options, process
from sample_workbooks.make import LOG, PRIORITY

HEADERS = PRIORITY[0]


def first_run(path: Path, **sheets: Rows) -> Outcome:
    """Run, and see that every cell that held something holds it still."""
    write_workbook(path, sheets)
    before = {name: cells(path, name) for name in sheets}
    outcome = process(path, Options(as_of=AS_OF)).outcome
    for name, held in before.items():
        now = cells(path, name)
        assert {place: value for place, value in now.items() if place in held} == held
    return outcome


def cells(path: Path, sheet: str) -> dict[str, Any]:
    page = openpyxl.load_workbook(path)[sheet]
    return {cell.coordinate: cell.value for row in page.iter_rows() for cell in row if cell.value is not None}


def customers(count: int, share: float) -> Rows:
    """A share of the customers has everything, the others a name, an owner and a tier."""
    draw = random.Random(7)
    return [HEADERS, *(
        [f"C2024{i:04d}", f"第{i}科技有限公司", *(["互联网", "100-500人", "*总监", draw.choice([120, 60, 30])] if i < count * share else [None] * 4),
         draw.choice(["S级", "A级", "B级"]), None, None, draw.choice(["王*", "李*", "赵*"]),
         AS_OF - dt.timedelta(days=draw.randrange(1, 12)) if i < count * share else None, None, None, None, None]
        for i in range(count)
    )]  # fmt: skip


def test_the_documents_table_without_a_log(tmp_path: Path) -> None:
    outcome = first_run(tmp_path / "t.xlsx", 客户优先级管理表=PRIORITY)
    # The printed row ends at 负责人, and its rhythm of 2 is not the 4 to 8 that the same document asks of an S.
    assert [(one.code, str(one.where)) for one in outcome.findings] == [
        ("required-missing", "客户优先级管理表!K2"), ("evidence-incomplete", "客户优先级管理表!B2"), ("cadence-mismatch", "客户优先级管理表!H2")]  # fmt: skip
    assert list(outcome.customers["move"]) == ["none"] and list(outcome.customers["proposed_tier"]) == [None]


def test_a_table_that_tells_of_no_contact_accuses_nobody_of_silence(tmp_path: Path) -> None:
    rows = [["客户编号", "客户名称", "负责人", "优先级", "历史合作金额(万元)", "首次接触时间"],
            *([f"C{i:07d}", f"客户{i}公司", "王*", "S级", 120, dt.date(2023, 5, 1)] for i in range(40))]  # fmt: skip
    outcome = first_run(tmp_path / "t.xlsx", 客户优先级管理表=rows)
    assert [(one.code, str(one.where), one.params["count"]) for one in outcome.findings if one.code in ("neglected", "contacts-unrecorded")] == [
        ("contacts-unrecorded", "客户优先级管理表!B2", 40)]  # fmt: skip
    log = [["客户编号", "跟进时间", "跟进方式"], ["C0000003", AS_OF, "电话"]]
    logged = first_run(tmp_path / "u.xlsx", 客户优先级管理表=rows, 跟进记录=log)
    assert Counter(one.code for one in logged.findings)["neglected"] == 39  # a log is kept, and it says nothing of them


def test_the_blank_template(tmp_path: Path) -> None:
    outcome = first_run(tmp_path / "t.xlsx", 客户优先级管理表=PRIORITY[:1], 客户跟进记录表=LOG[:1])
    assert (len(outcome.customers), len(outcome.tasks), outcome.findings) == (0, 0, ())


def test_three_thousand_customers_of_which_ninety_percent_lack_the_inputs(tmp_path: Path) -> None:
    outcome = first_run(tmp_path / "t.xlsx", 客户优先级管理表=customers(3000, 0.1))
    missing = [(str(one.where), one.params["alike"]) for one in outcome.findings if one.code == "required-missing"]
    assert missing == [(f"客户优先级管理表!{cell}", 2700) for cell in ("C302", "E302", "K302", "D302")]  # the size only warns
    assert Counter(one.code for one in outcome.findings) == {"required-missing": 4, "evidence-incomplete": 1}
    moved = outcome.customers[outcome.customers["move"] != "none"]
    assert len(moved) < 300 and set(moved["tier"]) <= {"S", "A", "B"}
    assert set(outcome.customers.loc[300:, "tier"]) == {"未分级"} and set(outcome.customers.loc[300:, "move"]) == {"none"}
    assert outcome.customers["tier_to_write"].isna().all()
    (handful,) = [block for block in plan(outcome, "zh").blocks if getattr(block, "key", None) == "first"]
    assert Counter(row[0] for row in handful.rows) == dict.fromkeys(("王*", "李*", "赵*"), HANDFUL)  # type: ignore[union-attr]
    assert not (outcome.tasks["kind"] == "data").iloc[[outcome.customers["task"].iloc[0]]].any()


def test_a_teams_own_tiers_are_only_proposed_on_in_every_preset(tmp_path: Path) -> None:
    rows = [["客户编号", "客户名称", "负责人", "客户等级", "年合作额(万元)"], *(
        [f"C{i:07d}", f"客户{i}公司", "王*", tier, amount]
        for i, (tier, amount) in enumerate([("A类", 5), ("C类", 80), ("B类", 20), ("C类", None)])
    )]  # fmt: skip
    outcome = first_run(tmp_path / "t.xlsx", 客户信息基础表=rows)
    assert outcome.policy_name == "crm"
    assert list(outcome.customers["move"]) == ["down", "up", "none", "none"]
    assert outcome.customers["tier_to_write"].isna().all()
    assert not outcome.findings


def test_the_second_week_is_told_against_the_first(tmp_path: Path) -> None:
    from crmsheet.review.trend import trend

    first_run(tmp_path / "t.xlsx", 客户优先级管理表=customers(20, 1.0))
    outcome = process(tmp_path / "t.xlsx", Options(as_of=AS_OF + dt.timedelta(days=7))).outcome
    block = trend(outcome, "zh")
    told = {row[0]: row[1:] for row in block.rows}  # type: ignore[union-attr]
    assert told["客户"] == ("20", "20", "0", "—")
    assert outcome.last_run is not None and told["待跟进任务"][1] == str(outcome.last_run.overdue)
    first = trend(process(tmp_path / "t.xlsx", Options(as_of=AS_OF), dry_run=True).outcome, "zh")
    assert not first.rows and first.empty.startswith("尚无更早一期的运行记录")  # type: ignore[union-attr]
