"""What a run leaves in the team's file: owned cells, and nothing else (SPEC §6)."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from sheets import AS_OF, Rows, of_code, write_workbook

from crmsheet.model import letters
from crmsheet.run import Options, Result, process

HEADERS = ["客户编号", "客户名称", "负责人", "历史合作金额(万元)", "优先级", "首次接触时间"]
ROWS: Rows = [
    HEADERS,
    ["C0000001", "甲公司", "王*", 120, "A级", dt.date(2024, 3, 1)],
    ["C0000002", "乙公司", "李*", 60, None, dt.date(2024, 3, 13)],
    ["C0000003", "丙公司", "李*", 30, "S级", dt.date(2024, 3, 1)],
]
OWNED = ["建议等级", "等级依据", "综合评分", "下一步行动建议", "下次跟进日期", "跟进状态", "逾期天数", "客户标签", "数据问题", "审核", "等级快照"]


MOVING = ("下一步行动建议", "下次跟进日期", "跟进状态", "逾期天数", "数据问题")  # what time alone changes in ROWS
LAST = letters(len(HEADERS) + len(OWNED))  # column of the last owned one


def place(owned: str) -> str:
    """The column of an owned header beside ROWS."""
    return letters(len(HEADERS) + OWNED.index(owned) + 1)


def run(path: Path, as_of: dt.date = AS_OF, **more: Any) -> Result:
    return process(path, Options(as_of=as_of, policy="priority"), **more)


def grid(path: Path, sheet: str = "客户") -> list[list[Any]]:
    book = openpyxl.load_workbook(path)
    return [[cell.value for cell in row] for row in book[sheet].iter_rows()]


def columns(path: Path, sheet: str = "客户", header: int = 0) -> dict[str, list[Any]]:
    rows = grid(path, sheet)
    return {str(name): [row[i] for row in rows[header + 1 :]] for i, name in enumerate(rows[header]) if name}


def test_the_owned_columns_stand_at_the_right_edge_in_their_order(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "t.xlsx", {"客户": ROWS})
    run(path)
    assert grid(path)[0] == [*HEADERS, *OWNED]


def test_what_they_hold(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "t.xlsx", {"客户": ROWS})
    run(path)
    cells = columns(path)
    assert cells["优先级"] == ["A级", None, "S级"]  # no hand-set tier is touched
    assert cells["建议等级"] == [None, "A级", "B级"]  # in the column's own spelling; never up on an 未知
    assert cells["审核"] == [None, "待审核", "待审核"]
    assert cells["等级依据"][2] == "历史合作金额30万<50万"
    # A: 14 days after 1 March is the 15th, after the 13th the 27th; S: 7 days after the 1st
    assert cells["下次跟进日期"] == [dt.datetime(2024, 3, 15), dt.datetime(2024, 3, 27), dt.datetime(2024, 3, 8)]
    assert cells["跟进状态"] == ["待跟进", "正常", "待跟进"]
    assert cells["逾期天数"] == [5, None, 12]
    assert cells["等级快照"] == ["C0000001 A 2024-03-20", "C0000002 未分级 2024-03-20", "C0000003 S 2024-03-20"]


def test_dates_carry_a_date_format_and_the_review_column_a_list(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "t.xlsx", {"客户": ROWS})
    run(path)
    page = openpyxl.load_workbook(path)["客户"]
    assert page[f"{place('下次跟进日期')}2"].is_date
    (rule,) = page.data_validations.dataValidation
    assert (str(rule.sqref), rule.formula1) == (f"{place('审核')}2:{place('审核')}4", '"待审核,同意,驳回,待复核"')


def test_a_second_run_with_the_same_as_of_leaves_the_file_identical_to_the_byte(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "t.xlsx", {"客户": ROWS})
    assert (first := run(path).outcome.receipt) is not None and first.cells_changed > 0
    before, stamp = path.read_bytes(), path.stat().st_mtime_ns
    second = run(path).outcome.receipt
    assert second is not None and (second.cells_changed, second.parts_changed, second.backup) == (0, (), None)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, stamp)


def test_a_week_later_only_what_changed_is_written(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "t.xlsx", {"客户": ROWS})
    run(path)
    result = run(path, as_of=dt.date(2024, 3, 27), dry_run=True)
    assert {change.ref[0] for change in result.changes if change.sheet == "客户"} <= set(map(place, MOVING))  # no snapshot
    run(path, as_of=dt.date(2024, 3, 27))
    assert columns(path)["等级快照"][0] == "C0000001 A 2024-03-20"
    assert columns(path)["逾期天数"] == [12, None, 19]


def test_dry_run_touches_no_file_at_all(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "t.xlsx", {"客户": ROWS})
    before = path.read_bytes()
    result = run(path, dry_run=True)
    assert ("客户", "G3", None, "A级") in [(c.sheet, c.ref, c.old, c.new) for c in result.changes]
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.rglob("*")] == ["t.xlsx"]


def test_output_writes_a_copy_and_leaves_the_original(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "t.xlsx", {"客户": ROWS})
    before = path.read_bytes()
    run(path, output=tmp_path / "copy.xlsx")
    assert path.read_bytes() == before
    assert grid(tmp_path / "copy.xlsx")[0] == [*HEADERS, *OWNED]


def test_every_other_part_is_the_same_and_the_backup_is_the_original(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "t.xlsx", {"客户": ROWS, "别的": [["x", 1]]})
    before = path.read_bytes()
    receipt = run(path).outcome.receipt
    assert receipt is not None and receipt.backup is not None
    assert Path(receipt.backup).read_bytes() == before
    with zipfile.ZipFile(receipt.backup) as old, zipfile.ZipFile(path) as new:
        assert set(new.namelist()) - set(old.namelist()) == {"xl/worksheets/sheet3.xml", "xl/worksheets/sheet4.xml"}
        changed = {name for name in old.namelist() if old.read(name) != new.read(name)}
    index = {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"}  # two record sheets are new
    assert changed - index == {"xl/worksheets/sheet1.xml", "xl/styles.xml"}


def test_without_a_tier_column_one_is_made_first(tmp_path: Path) -> None:
    rows = [[line[i] for i in (0, 1, 2, 3, 5)] for line in ROWS]
    path = write_workbook(tmp_path / "t.xlsx", {"客户": rows})
    run(path)
    assert grid(path)[0][5:8] == ["客户等级", "建议等级", "等级依据"]
    assert columns(path)["客户等级"] == [None, None, None]  # proposals wait for approval
    before = path.read_bytes()
    run(path)
    assert path.read_bytes() == before


def test_a_teams_own_column_of_such_a_name_is_kept(tmp_path: Path) -> None:
    rows = [[*ROWS[0], "跟进状态", "审核"], *([*line, "洽谈中", None] for line in ROWS[1:])]
    path = write_workbook(tmp_path / "t.xlsx", {"客户": rows})
    result = run(path)
    cells = columns(path)
    assert cells["跟进状态"] == ["洽谈中"] * 3
    assert cells["跟进状态(系统)"] == ["待跟进", "正常", "待跟进"]
    assert cells["审核"] == [None, "待审核", "待审核"]  # an empty column of the name becomes ours
    assert [str(one.where) for one in of_code(result.outcome, "owned-name-taken")] == ["客户!G1"]
    before = path.read_bytes()
    run(path)
    assert path.read_bytes() == before


def test_owned_columns_can_be_renamed_and_dropped_but_not_the_snapshot(tmp_path: Path) -> None:
    settings = '[writeback.columns]\n"下一步行动建议" = "系统建议"\n"数据问题" = false\n"等级快照" = false\n'
    (tmp_path / "crmsheet.toml").write_text(settings, encoding="utf-8")
    path = write_workbook(tmp_path / "t.xlsx", {"客户": ROWS})
    run(path)
    header = grid(path)[0]
    assert "系统建议" in header and "数据问题" not in header and "等级快照" in header
    before = path.read_bytes()
    run(path)
    assert path.read_bytes() == before


def test_beside_a_blocked_edge_the_columns_go_right_of_everything_and_are_found_again(tmp_path: Path) -> None:
    rows = [[*ROWS[0], None, "分类名称", "分类标准"], [*ROWS[1], None, "A类客户", "≥50万"], *ROWS[2:]]
    path = write_workbook(tmp_path / "t.xlsx", {"客户": rows})
    result = run(path)
    assert [str(one.where) for one in of_code(result.outcome, "blocked-column")] == ["客户!J1"]
    assert grid(path)[0][9:] == OWNED
    before = path.read_bytes()
    assert not of_code(run(path).outcome, "blocked-column")
    assert path.read_bytes() == before


def test_inside_an_excel_table_the_table_grows(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"})
    page = book.add_worksheet("客户")
    page.add_table(1, 0, 4, 5, {"name": "客户表", "columns": [{"header": h} for h in HEADERS], "data": ROWS[1:]})
    book.close()
    run(path)
    table = openpyxl.load_workbook(path)["客户"].tables["客户表"]
    assert table.ref == f"A2:{LAST}5"
    assert [column.name for column in table.tableColumns] == [*HEADERS, *OWNED]
    assert table.autoFilter is not None and table.autoFilter.ref == f"A2:{LAST}5"


def test_a_filter_that_ends_at_the_table_grows_with_it(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"})
    page = book.add_worksheet("客户")
    for i, line in enumerate(ROWS):
        page.write_row(i, 0, line)
    page.autofilter(0, 0, 3, 5)
    book.close()
    run(path)
    assert openpyxl.load_workbook(path)["客户"].auto_filter.ref == f"A1:{LAST}4"


def test_formula_cells_in_an_owned_column_are_skipped_and_named(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"})
    page = book.add_worksheet("客户")
    for i, line in enumerate([[*ROWS[0], "建议等级", "等级快照"], *ROWS[1:]]):
        page.write_row(i, 0, line)
    page.write_formula("G3", '="甲"', None, "甲")
    book.close()
    result = run(path)
    assert [str(one.where) for one in of_code(result.outcome, "formula-in-owned-column")] == ["客户!G3"]
    assert grid(path)[2][6] == '="甲"'


def test_ratings_and_counts_are_filled_where_blank_and_kept_where_written(tmp_path: Path) -> None:
    strategy = [["客户名称", "当前核心策略", "关键监测指标(目标值/实际值)", "效果评估(优/良/中/差)"],
                ["A", "x", "复购率≥80%/85%;满意度≥90%/88%", None], ["B", "x", "转化周期≤30天/45天", "优"],
                ["D", "x", "客单价稳定", None]]  # fmt: skip
    classes = [["分类名称", "分类标准", "客户数量"], ["A类客户", "x", None], ["S级", "x", "5家"], ["其他", "x", None]]
    path = write_workbook(tmp_path / "t.xlsx", {"客户": ROWS, "策略调整表": strategy, "客户分类管理表": classes})
    result = run(path)
    assert columns(path, "策略调整表")["效果评估(优/良/中/差)"] == ["良", "优", None]
    assert columns(path, "客户分类管理表")["客户数量"] == ["2家", "5家", None]
    assert [(str(one.where), one.params["ours"]) for one in of_code(result.outcome, "rating-mismatch")] == [("策略调整表!D3", "中")]
    assert [(str(one.where), one.params["ours"]) for one in of_code(result.outcome, "count-mismatch")] == [("客户分类管理表!C3", 1)]
    assert [one.value for one in of_code(result.outcome, "kpi-unquantified")] == ["客单价稳定"]


@pytest.mark.parametrize("name", ["=1+1有限公司", "+86有限公司", "@公司", "-公司"])
def test_text_that_begins_like_a_formula_stays_text(tmp_path: Path, name: str) -> None:
    rows = [["客户名称", "负责人", "优先级", "客户等级说明"], [name, "王*", "A级", None]]
    path = write_workbook(tmp_path / "t.xlsx", {"客户": rows})
    run(path)
    book = openpyxl.load_workbook(path)
    snapshot = next(cell for cell in book["客户"][2] if isinstance(cell.value, str) and cell.value.endswith("2024-03-20"))
    assert snapshot.data_type != "f" and snapshot.value.startswith(name)


def test_private_values_never_reach_an_owned_column(tmp_path: Path) -> None:
    customers = [["客户编号", "客户名称", "联系人", "联系电话", "负责人", "优先级"], ["C0000001", "甲公司", "张三丰", "13812345678", "王*", "A级"]]
    log = [["客户编号", "跟进时间", "跟进方式", "下一步计划", "预计完成时间"],
           ["C0000001", dt.date(2024, 3, 18), "电话", "给张三丰13812345678发报价", dt.date(2024, 3, 19)]]  # fmt: skip
    path = write_workbook(tmp_path / "t.xlsx", {"客户": customers, "跟进记录": log})
    run(path)
    text = columns(path)["下一步行动建议"][0]
    assert "发报价" in text and "13812345678" not in text and "张三丰" not in text


def test_scores_are_whole_numbers_and_blank_where_nothing_is_known(tmp_path: Path) -> None:
    rows = [*ROWS[:2], [*ROWS[2][:3], None, *ROWS[2][4:]], ROWS[3]]
    path = write_workbook(tmp_path / "t.xlsx", {"客户": rows})
    run(path)
    # 120万: 75 + 20 × 20/400 = 76; 30万: 50 × 30/50 = 30 (the only input that is known)
    assert columns(path)["综合评分"] == [76, None, 30]


def test_a_column_that_is_new_to_a_teams_file_comes_at_the_right_edge(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "t.xlsx", {"客户": ROWS})
    settings = tmp_path / "crmsheet.toml"
    settings.write_text('[writeback.columns]\n"综合评分" = false\n', encoding="utf-8")
    run(path)
    before = grid(path)
    settings.unlink()
    run(path)
    assert [line[: len(before[0])] for line in grid(path)] == before
    assert [line[len(before[0]) :] for line in grid(path)] == [["综合评分"], [76], [55], [30]]  # 60万: 50 + 25 × 10/50
    written = path.read_bytes()
    run(path)
    assert path.read_bytes() == written
