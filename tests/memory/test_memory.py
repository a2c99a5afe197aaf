"""What earlier runs left, read back as values: 等级快照, 运行记录, the mirror."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from sheets import write_workbook

from crmsheet.memory import runs
from crmsheet.memory.ledger import Entry, as_frame, as_rows, joined, no_ledger, proposal_id
from crmsheet.memory.snapshots import read_snapshots, written_snapshots
from crmsheet.mirror import add_to_mirror, drop_from_mirror, mirror_path, read_mirror
from crmsheet.model import Ratio, RunRecord
from crmsheet.run import Options, process

DAY = dt.date(2024, 3, 20)


@pytest.mark.parametrize(
    ("text", "key", "tier"),
    [
        ("C2024001 S 2024-03-20", "C2024001", "S"),
        ("上海 云帆 科技 未分级 2024-03-20", "上海 云帆 科技", "未分级"),  # names may hold spaces
        ("C2024001 S", None, None),
        ("C2024001 S 20.3.2024", None, None),
        ("x", None, None),
    ],
)
def test_snapshots(text: str, key: str | None, tier: str | None) -> None:
    read = read_snapshots(np.array([text, None], dtype=object))
    assert (read.key.tolist(), read.tier.tolist()) == ([key, None], [tier, None])
    assert np.isnat(read.day[1]) and (key is None) == bool(np.isnat(read.day[0]))


def test_a_snapshot_reads_back_as_it_was_written() -> None:
    days = np.array(["2024-03-20", "2023-01-01"], dtype="datetime64[s]")
    written = written_snapshots(["C1", "甲 公司"], np.array(["S", "未分级"], dtype=object), days)
    read = read_snapshots(written)
    assert read.key.tolist() == ["C1", "甲 公司"] and (read.day == days).all()


def test_a_run_reads_back_as_it_was_written() -> None:
    record = RunRecord(DAY, "crm 1", 12, {"A": 3, "未分级": 9}, {"升级": 2}, 1, 40, 7, {"overdue_rate": Ratio(7, 40), "kpi_rate": Ratio(0, 0)},
                       {"客户数量:A类客户": "5家"})  # fmt: skip
    texts = [None if value is None else str(value) for value in runs.run_row(record)[1:]]
    assert runs._record(DAY, *texts) == record


def test_a_run_that_people_made_unreadable_counts_as_nothing() -> None:
    record = runs._record(DAY, None, "十二", "A:3", "?", None, "", "x", "逾期率", "{")
    assert (record.customers, record.tiers, record.indicators, record.written) == (0, {}, {}, {})


def test_last_week_and_last_month() -> None:
    made = [RunRecord(DAY + dt.timedelta(days=d), "p", 0, {}, {}, 0, 0, 0, {}) for d in (-35, -28, -7, 0, 0)]
    assert runs.before(made, DAY) == made[2]
    assert runs.month_before(made, DAY) == made[1]
    assert runs.before(made[3:], DAY) is None


def test_ids_are_stable_and_tell_moves_apart() -> None:
    one = proposal_id("c1", "A", "S", "up", DAY)
    assert one == proposal_id("c1", "A", "S", "up", DAY)
    others = {proposal_id("c2", "A", "S", "up", DAY), proposal_id("c1", "B", "S", "up", DAY), proposal_id("c1", "A", "S", "immediate", DAY),
              proposal_id("c1", "A", "S", "up", DAY + dt.timedelta(days=1))}  # fmt: skip
    assert len(others | {one}) == 5


def entry(number: str, kind: str = "升级", day: dt.date = DAY) -> Entry:
    return Entry(number, day, "C1", "甲公司", "A", "S", kind, "依据", None, "待审核", None, "priority 1")


def test_rows_that_only_the_mirror_has_are_put_back() -> None:
    sheet, mirror = as_frame([entry("P1")]), as_frame([entry("P1"), entry("P1", "驳回", DAY + dt.timedelta(days=7))])
    whole, lost = joined(sheet, mirror)
    assert whole["类型"].tolist() == ["升级", "驳回"] and lost["类型"].tolist() == ["驳回"]
    assert as_rows(lost) == [entry("P1", "驳回", DAY + dt.timedelta(days=7))]
    assert joined(sheet, no_ledger())[1].empty


def test_a_damaged_mirror_remembers_what_can_be_read(tmp_path: Path) -> None:
    book = tmp_path / "t.xlsx"
    assert read_mirror(book) == []
    add_to_mirror(book, [{"编号": "P1", "日期": "2024-03-20"}], "one")
    add_to_mirror(book, [{"编号": "P2", "日期": "2024-03-27"}], "two")
    with mirror_path(book).open("a", encoding="utf-8") as file:
        file.write('{"编号": "P3"\n[1]\n{"编号": "P4", "日期": 5}\n')
    assert [row["编号"] for row in read_mirror(book)] == ["P1", "P2"]
    drop_from_mirror(book, "two")
    assert [row["编号"] for row in read_mirror(book)] == ["P1"]


def test_the_mirror_holds_no_persons_name_and_still_knows_the_person(tmp_path: Path) -> None:
    rows = [["客户名称", "负责人", "历史合作金额(万元)", "优先级", "采购计划", "决策链"], *([n, "李*", 60, "B级", "明确", "清晰"] for n in ("王女士", "甲公司"))]
    book = write_workbook(tmp_path / "t.xlsx", {"客户": rows})
    process(book, Options(as_of=DAY, policy="priority"))
    kept = read_mirror(book)
    assert len(kept) == 2 and "王女士" not in mirror_path(book).read_text(encoding="utf-8") and kept[1]["客户编号"] == "甲公司"
    page = openpyxl.load_workbook(book)
    heads = [cell.value for cell in page["客户"][1]]
    page["客户"].cell(2, heads.index("审核") + 1).value = "驳回"
    page.save(book)
    old = book.read_bytes()
    process(book, Options(as_of=DAY + dt.timedelta(days=7), policy="priority"))
    book.write_bytes(old)  # a colleague's stale copy
    outcome = process(book, Options(as_of=DAY + dt.timedelta(days=14), policy="priority")).outcome
    assert outcome.customers["proposed_tier"].tolist() == [None, "A"]
    ledger = openpyxl.load_workbook(book)["等级变更记录"]
    assert [row[2:4] for row in ledger.iter_rows(min_row=2, values_only=True)].count(("王女士", "王*")) == 2
