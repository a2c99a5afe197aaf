"""The Excel review, read back with openpyxl: what stands where, as what, and where it leads."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmsheet.model import Outcome, Ratio, RunRecord, letters
from crmsheet.review import xlsx_book
from crmsheet.review.blocks import Block, Column, Link, Section, Table, Text
from crmsheet.review.sections import build
from crmsheet.review.xlsx import sheet_name, sheets, write
from crmsheet.review.xlsx_cells import MOST_LINKS, MOST_TEXT, Links, clean, escape_path
from crmsheet.review.xlsx_sections import excel_sections

SHEET = "客户信息基础表"


def read(
    outcome: Outcome, folder: Path, sections: tuple[Section, ...] | None = None, lang: str = "zh"
) -> Any:
    path = folder / "review.xlsx"
    parts = build(outcome, lang) if sections is None else sections  # type: ignore[arg-type]
    write(outcome, parts, path, lang, "../客户管理.xlsx")  # type: ignore[arg-type]
    return openpyxl.load_workbook(path)


def one_sheet(outcome: Outcome, folder: Path, *blocks: Block) -> Any:
    """The blocks on a sheet of their own: its title in row 1, a main table's header in row 2, data from row 3."""
    return read(outcome, folder, (Section("first", "首页", ()), Section("one", "一", blocks)))["一"]


def table(rows: list[Any], kind: str = "text", **more: Any) -> Table:
    return Table("t", "表", (Column("a", "甲", kind),), [(row,) for row in rows], main=True, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("count", [0, 1, 120])
def test_every_section_is_a_sheet_and_long_lists_have_their_own(
    count: int, lang: str, tmp_path: Path, make_outcome: Callable[..., Outcome]
) -> None:
    outcome = make_outcome(count)
    titles = [part.title for part in build(outcome, lang)]  # type: ignore[arg-type]
    names = read(outcome, tmp_path, lang=lang).sheetnames
    assert names[0] == titles[0] and [name for name in names if name in titles] == titles


def test_the_sheets_of_a_usual_review(outcome: Outcome, tmp_path: Path) -> None:
    assert read(outcome, tmp_path).sheetnames == [
        "本期要点", "本周计划", "计划明细", "重点客户无人联系", "等级调整", "等级分布", "客户", "策略执行评估",
        "经营指标", "数据问题", "问题明细", "策略与口径"]  # fmt: skip


def test_the_first_sheet_prints_on_one_page_of_a4_landscape(outcome: Outcome, tmp_path: Path) -> None:
    sheet = read(outcome, tmp_path)["本期要点"]
    assert [sheet[cell].value for cell in ("A1", "A2", "A3")] == [
        "客户跟进周报", "工作簿 客户管理.xlsx　·　截至日期 2024-03-20　·　计划区间 2024-03-20 – 2024-03-24　·　分级策略 priority 1（等级列中有 S）",
        "需要您决定：6 项等级调整待审批，5 位重点客户超期无人联系，24 项任务已逾期（待跟进）。"]  # fmt: skip
    page = sheet.page_setup
    assert (page.orientation, page.paperSize, page.fitToWidth or 1, page.fitToHeight or 1) == ("landscape", 9, 1, 1)  # 1 is what a blank says
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_area == f"'本期要点'!$A$1:$AV${sheet.max_row}"


def test_the_sentence_of_changes_is_wrapped_and_its_row_is_high_enough(outcome: Outcome, tmp_path: Path) -> None:
    sentence = Text("待跟进任务增加 24；" * 40)  # 19 wide each, 760 in all; a line of 48 columns holds 177
    sheet = read(outcome, tmp_path, (Section("summary", "本期要点", (sentence,)),))["本期要点"]
    assert sheet["A3"].value == sentence.text and sheet["A3"].alignment.wrap_text
    assert "A3:AV3" in {str(one) for one in sheet.merged_cells.ranges}
    assert sheet.row_dimensions[3].height == pytest.approx(5 * 15 + 2, abs=0.75)  # XlsxWriter writes whole pixels


@pytest.mark.parametrize("count", [0, 1, 120])
def test_no_cell_of_the_first_sheet_lies_on_another(count: int, tmp_path: Path, make_outcome: Callable[..., Outcome]) -> None:
    sheet = read(make_outcome(count), tmp_path)["本期要点"]
    ranges = list(sheet.merged_cells.ranges)
    inside = {cell for one in ranges for cell in one.cells}
    assert len(inside) == sum(one.size["rows"] * one.size["columns"] for one in ranges)
    assert max(column for _, column in inside) == 48


def test_a_figure_of_the_first_sheet_leads_to_its_sheet_and_names_its_parts_and_cells(outcome: Outcome, tmp_path: Path) -> None:
    seen = replace(outcome, indicators={**outcome.indicators, "overdue_rate": Ratio(24, 240)})
    sheet = read(seen, tmp_path)["本期要点"]
    cell = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "待跟进任务")
    assert cell.hyperlink.location == "'本周计划'!A1"
    below = [sheet.cell(cell.row + step, cell.column).value for step in (1, 4)]
    assert below == ["24", "逾期率：24 ÷ 240 = 10.0%"]


def test_from_three_runs_on_the_figures_have_their_lines_and_a_sheet_of_the_runs(outcome: Outcome, tmp_path: Path) -> None:
    past = tuple(RunRecord(dt.date(2024, 3, day), "priority 1", 118, {"S": 24}, {}, 6, 240, late, {}) for day, late in ((6, 30), (13, 20)))
    later = replace(outcome, history=past, last_run=past[-1])
    parts = excel_sections(later, build(later, "zh"), "zh")
    sheet = read(later, tmp_path, parts)["历次运行"]
    assert [cell.value for cell in sheet[2]] == ["项目", "走势", "2024-03-06", "2024-03-13", "2024-03-20"]
    assert [cell.value for cell in sheet[3]] == ["待跟进任务", None, 30, 20, 24]
    with zipfile.ZipFile(tmp_path / "review.xlsx") as file:
        front, runs = (file.read(f"xl/worksheets/sheet{place}.xml").decode() for place in (1, parts_place(parts, "runs")))
    assert "<xm:f>'历次运行'!C3:E3</xm:f>" in front and runs.count("<x14:sparkline>") == sheet.max_row - 3
    young = replace(later, history=past[-1:])
    assert "历次运行" not in read(young, tmp_path, excel_sections(young, build(young, "zh"), "zh")).sheetnames


def parts_place(parts: tuple[Section, ...], key: str) -> int:
    """The number of a section's sheet, from 1."""
    return [page.key for page in sheets(parts)].index(key) + 1


def test_every_sheet_prints_landscape_repeats_a_row_keeps_it_in_sight_and_leads_home(outcome: Outcome, tmp_path: Path) -> None:
    book = read(outcome, tmp_path, excel_sections(outcome, build(outcome, "zh"), "zh"))
    for sheet in book.worksheets[1:]:
        assert sheet.page_setup.orientation == "landscape" and sheet.print_title_rows and sheet.freeze_panes, sheet.title
        homes = [cell.value for cell in sheet[1] if cell.hyperlink and cell.hyperlink.location == "'本期要点'!A1"]
        assert homes == ["← 本期要点"], sheet.title


def test_days_overdue_are_bars_tiers_are_shaded_and_decisions_colour_their_row(outcome: Outcome, tmp_path: Path) -> None:
    book = read(outcome, tmp_path, excel_sections(outcome, build(outcome, "zh"), "zh"))
    plan = marks(book["计划明细"])
    assert plan["G"] == ["dataBar"] and plan["E"] == ['$E3="S"', '$E3="A"']
    assert marks(book["待审核"])["A"] == ['$J6="同意"', '$J6="驳回"']


def test_counts_by_tier_lead_to_the_customers_they_count(outcome: Outcome, tmp_path: Path) -> None:
    sheet = read(outcome, tmp_path)["等级分布"]
    found = {cell.value: cell.hyperlink.location for row in sheet.iter_rows() for cell in row if cell.hyperlink and not cell.hyperlink.target}
    assert found["占比为该级客户 ÷ 全部客户；每一位见（可按策略等级筛选） “客户”"] == "'客户'!A1"


def marks(sheet: Any) -> dict[str, list[str]]:
    """First column of each conditional format → its formulas, or its kind."""
    found: dict[str, list[str]] = {}
    for area in sheet.conditional_formatting:
        found.setdefault(re.sub(r"[0-9].*", "", str(area.sqref)), []).extend(rule.formula[0] if rule.formula else rule.type for rule in area.rules)
    return found


def test_a_list_has_filter_frozen_header_and_repeats_it_in_print(outcome: Outcome, tmp_path: Path) -> None:
    sheet = read(outcome, tmp_path)["客户"]
    assert [cell.value for cell in sheet[2]][:3] == ["客户编号", "客户名称", "负责人"]
    assert (sheet.auto_filter.ref, sheet.freeze_panes, sheet.print_title_rows) == (f"A2:{letters(sheet.max_column)}122", "C3", "$2:$2")
    assert [cell.value for cell in sheet[3]][:3] == ["C20240000", "江苏华能新能源0有限公司", "王*"]
    assert sheet.max_row == 122


def test_values_keep_their_type(outcome: Outcome, tmp_path: Path) -> None:
    columns = (
        Column("i", "数", "int"),
        Column("p", "率", "percent"),
        Column("d", "日", "date"),
        Column("m", "额", "money"),
    )
    rows = [
        (12, 0.25, dt.date(2024, 3, 20), 1_200_000.5),
        (None, None, None, None),
        (0, 0.0, dt.date(1999, 12, 31), 0),
    ]
    sheet = one_sheet(outcome, tmp_path, Table("t", "表", columns, rows, main=True))
    values = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3, max_row=5)]
    assert values == [[12, 0.25, dt.datetime(2024, 3, 20), 1_200_000.5], [None, "—", None, "—"],
                      [0, 0, dt.datetime(1999, 12, 31), 0]]  # fmt: skip
    assert [cell.number_format for cell in sheet[3]] == ["#,##0", "0.0%", "yyyy-mm-dd", "#,##0.00"]


@pytest.mark.parametrize(
    "text",
    ["=cmd|' /C calc'!A0", "=1+1", "+8613800000000", "-5", "@SUM(A1)", "{=A1}", "https://example.com", "00123", "1e5",
     "<r><t>富文本</t></r>", "<script>alert(1)</script>", 'a&b"<>', " 前后 ", "两\n行", "\u202e反向\u200f", "TRUE"],
)  # fmt: skip
def test_a_text_stays_a_text_whatever_it_begins_with(text: str, outcome: Outcome, tmp_path: Path) -> None:
    cell = one_sheet(outcome, tmp_path, table([text]))["A3"]
    assert (cell.value, cell.hyperlink) == (text, None)
    assert cell.data_type in ("s", "inlineStr")


def test_a_text_that_looks_like_an_escape_is_escaped_as_excel_does(outcome: Outcome, tmp_path: Path) -> None:
    one_sheet(outcome, tmp_path, table(["_x0041_"]))  # to Excel _x0041_ is an A, and _x005F_ an underscore
    with zipfile.ZipFile(tmp_path / "review.xlsx") as file:
        assert b"<t>_x005F_x0041_</t>" in file.read("xl/worksheets/sheet2.xml")


def test_words_in_a_plain_tone_look_like_any_text(outcome: Outcome, tmp_path: Path) -> None:
    columns = (Column("a", "级别", tones={"提示": "plain", "错误": "bad"}), Column("b", "乙"))
    sheet = one_sheet(outcome, tmp_path, Table("t", "表", columns, [("提示", "x"), ("错误", "x")], main=True))
    assert sheet["A3"].style_id == sheet["B3"].style_id and sheet["A4"].font.color.rgb == "FFB3261E"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=[]), min_size=1, max_size=40))
def test_any_text_makes_a_file_that_opens_and_holds_it(text: str, outcome: Outcome, tmp_path: Path) -> None:
    value = one_sheet(outcome, tmp_path, table([text, "后"]))
    assert value["A3"].value == clean(text) and value["A4"].value == "后"


def test_what_no_cell_can_hold_is_shown_as_such() -> None:
    assert clean("a\x00b\x1fc\ud800d\uffff") == "a�b�c�d�"
    assert clean("行\r\n行\r行\t列") == "行\n行\n行\t列"


def test_a_text_beyond_the_limit_ends_in_dots() -> None:
    assert clean("长" * MOST_TEXT) == "长" * MOST_TEXT
    assert clean("长" * (MOST_TEXT + 1)) == "长" * (MOST_TEXT - 1) + "…"
    faces = clean("😀" * 20_000)  # two units each; never cut in the middle
    assert faces == "😀" * 16_383 + "…"


def test_a_row_whose_text_wraps_is_high_enough(outcome: Outcome, tmp_path: Path) -> None:
    sheet = one_sheet(
        outcome, tmp_path, table(["短", "长" * 30, "一\n二\n三"])
    )  # the column holds 16 characters
    assert [sheet.row_dimensions[row].height for row in (3, 4, 5)] == [None, 4 * 14 + 2, 3 * 14 + 2]


# ---- links


def links(sheet: Any) -> dict[str, tuple[str, str]]:
    """Cell → (the file that its link names, the place in it)."""
    return {cell.coordinate: (cell.hyperlink.target, cell.hyperlink.location)
            for row in sheet.iter_rows() for cell in row if cell.hyperlink and cell.hyperlink.target}  # fmt: skip


def test_a_findings_cell_leads_into_the_workbook_by_a_relative_path(outcome: Outcome, tmp_path: Path) -> None:
    sheet = read(outcome, tmp_path)["问题明细"]
    row = next(row for row in sheet.iter_rows(min_row=3) if row[2].value == f"{SHEET}!I13")
    assert links(sheet)[row[2].coordinate] == ("..\\客户管理.xlsx", f"'{SHEET}'!I13")
    assert len(links(sheet)) == 18  # every finding


def test_a_sheet_name_with_quotes_is_doubled_in_the_link(outcome: Outcome, tmp_path: Path) -> None:
    sheet = one_sheet(
        outcome, tmp_path, table([Link("O'Hara!B2", "O'Hara", "B2"), Link("无处", "表", None)], "cell")
    )
    assert links(sheet) == {"A3": ("..\\客户管理.xlsx", "'O''Hara'!B2")}
    assert sheet["A4"].value == "无处"


@pytest.mark.parametrize(
    ("path", "escaped"),
    [("../客户 管理#1.xlsx", "../客户%20管理%231.xlsx"), ("100%.xlsx", "100%25.xlsx"), ("a[1].xlsx", "a%5b1%5d.xlsx"),
     ("a\n\x01.xlsx", "a%0a%01.xlsx"), ("\udcff.xlsx", "%ff.xlsx"), ("../客户.xlsx", "../客户.xlsx")],
)  # fmt: skip
def test_a_path_is_escaped_where_a_link_would_break(path: str, escaped: str) -> None:
    assert escape_path(path) == escaped


def test_no_more_links_than_a_sheet_can_hold() -> None:
    some = Links("客户.xlsx")
    urls = [some.url(Link("甲", "表", "A1")) for _ in range(MOST_LINKS + 2)]
    assert urls[MOST_LINKS - 1] == "external:客户.xlsx#'表'!A1" and urls[MOST_LINKS:] == [None, None]


def test_a_link_too_long_for_excel_stays_a_text() -> None:
    assert Links("夹" * 2_000 + ".xlsx").url(Link("甲", "表", "A1")) is None
    assert Links(None).url(Link("甲", "表", "A1")) is None


# ---- names and sizes


@given(st.lists(st.text(max_size=50), max_size=6))
def test_sheet_names_are_what_excel_takes(titles: list[str]) -> None:
    taken: set[str] = set()
    names = [sheet_name(title, taken) for title in titles]
    assert len({name.casefold() for name in names}) == len(titles)
    assert all(
        1 <= len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) and name.strip("'") == name
        for name in names
    )


def test_a_large_review_holds_the_rows_that_are_to_be_held_and_says_the_rest(
    outcome: Outcome, tmp_path: Path
) -> None:
    sheet = one_sheet(outcome, tmp_path, table(["一", "二", "三"], held=[True, False, True]))
    assert [row[0].value for row in sheet.iter_rows(min_row=3)] == [
        "一",
        "三",
        "此表收录 2 行，未收录 1 行；完整数据可用 --json 导出。",
    ]


def test_above_20000_customers_the_list_holds_20000(
    tmp_path: Path, make_outcome: Callable[..., Outcome]
) -> None:
    outcome = make_outcome(26_000)
    path = tmp_path / "big.xlsx"
    listed = next(part for part in build(outcome, "zh") if part.key == "customers")
    write(outcome, (Section("first", "首页", ()), listed), path, "zh")
    with zipfile.ZipFile(path) as file:
        rows = re.findall(rb'<row r="(\d+)"', file.read("xl/worksheets/sheet2.xml"))
    assert len(rows) == 2 + 20_000 + 1  # title, header, customers, what is left out


def test_the_same_outcome_gives_the_same_bytes(outcome: Outcome, tmp_path: Path) -> None:
    read(outcome, tmp_path)
    first = (tmp_path / "review.xlsx").read_bytes()
    read(outcome, tmp_path)
    assert (tmp_path / "review.xlsx").read_bytes() == first


def test_a_sheet_too_long_for_memory_gives_the_same_parts(outcome: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"第{number}行" for number in range(3_000)]
    sheet = one_sheet(outcome, tmp_path, table(rows))
    whole = (tmp_path / "review.xlsx").read_bytes()
    monkeypatch.setattr(xlsx_book, "_IN_MEMORY", 1_000)
    monkeypatch.setattr(xlsx_book, "_AT_ONCE", 1_000)
    again = one_sheet(outcome, tmp_path, table(rows))
    assert [sheet.cell(row, 1).value for row in (3, 3_002)] == [again.cell(row, 1).value for row in (3, 3_002)] == ["第0行", "第2999行"]
    with zipfile.ZipFile(io.BytesIO(whole)) as before, zipfile.ZipFile(tmp_path / "review.xlsx") as after:
        assert {name: before.read(name) for name in before.namelist()} == {name: after.read(name) for name in after.namelist()}


def test_links_into_one_file_are_as_xlsxwriter_makes_them(outcome: Outcome, tmp_path: Path) -> None:
    targets = [("甲 乙", "A1"), ('<"&>', "B2"), ("O'Neil", "C3")]
    sheet = one_sheet(outcome, tmp_path, table([Link(f"{name}!{cell}", name, cell) for name, cell in targets], "cell"))
    links = {cell.coordinate: cell.hyperlink for row in sheet.iter_rows(min_row=3) for cell in row if cell.hyperlink}
    assert {ref: (link.target, link.location) for ref, link in links.items()} == {
        "A3": ("..\\客户管理.xlsx", "'甲 乙'!A1"), "A4": ("..\\客户管理.xlsx", "'<\"&>'!B2"), "A5": ("..\\客户管理.xlsx", "'O''Neil'!C3"),
    }  # fmt: skip


def test_a_folder_that_is_not_there_is_an_os_error(outcome: Outcome, tmp_path: Path) -> None:
    with pytest.raises(OSError):
        write(outcome, (), tmp_path / "nowhere" / "review.xlsx", "zh")
