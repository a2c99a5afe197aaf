"""What a reader sees of the figures: tables, sentences, charts, the document; in HTML and in Excel."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pytest
from sheets import AS_OF
from teams import outcome, team

from crmsheet.model import Outcome, Ratio, RunRecord
from crmsheet.review.blocks import Chart, Notice, Series, Table, charts
from crmsheet.review.document import document, dump, schema
from crmsheet.review.effort import effort
from crmsheet.review.html import render
from crmsheet.review.indicators import indicators
from crmsheet.review.sections import build
from crmsheet.review.svg import WIDTH, picture
from crmsheet.review.voices import voices
from crmsheet.review.words import Say, change
from crmsheet.review.xlsx import write
from crmsheet.run import Options, process

TOP = {"客户等级": "A级", "年合作额(万元)": 80}
BUSY = [[2, back, "电话", "价格太贵，竞品便宜，服务慢"] for back in range(7)] + [[3, back, "拜访", "价格太贵"] for back in range(5)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """One customer of the top tier whom nobody calls, two of the lowest who are called every day."""
    return team(tmp_path, [TOP, {}, {"客户状态": "流失", "状态变更依据": "预算取消"}], BUSY)


def block(blocks: Any, key: str) -> Any:
    return next(one for one in blocks if getattr(one, "key", None) == key)


def run_of(day: int, **rates: Ratio) -> RunRecord:
    return RunRecord(AS_OF - dt.timedelta(days=day), "crm 1", 3, {}, {}, 0, 0, 0, rates)


def with_runs(path: Path, *runs: RunRecord) -> Outcome:
    found = outcome(path)
    return Outcome(**{**{name: getattr(found, name) for name in found.__dataclass_fields__}, "history": runs,
                      "last_run": runs[-1] if runs else None, "last_month": runs[0] if runs else None})  # fmt: skip


@pytest.mark.parametrize(
    ("now", "then", "text"),
    [
        (Ratio(3, 10), Ratio(1, 10), "+20.0 百分点"), (Ratio(1, 8), Ratio(2, 8), "-12.5 百分点"), (Ratio(1, 10), Ratio(1, 10), "0"),
        (Ratio(0, 0), Ratio(1, 2), "—"), (Ratio(1, 2), None, "—"), (5, 3, "+2"), (3, 3, "0"), (None, 3, "—"),
    ],
)  # fmt: skip
def test_a_rate_changes_by_points_and_a_count_by_pieces(now: Any, then: Any, text: str) -> None:
    assert change(now, then, Say("zh")) == text


def test_an_indicator_stands_beside_last_runs_and_last_months(path: Path) -> None:
    runs = (run_of(35, churn_rate=Ratio(0, 3)), run_of(7, churn_rate=Ratio(2, 3), **{"reply_rate.month": Ratio(1, 2), "reply_rate.week": Ratio(1, 4)}))
    table = block(indicators(with_runs(path, *runs), "zh").blocks, "indicators")
    rows = {row[0]: row for row in table.rows}
    assert rows["流失率"][1:7] == (1 / 3, 1, 3, 2 / 3, "-33.3 百分点", 0.0)
    assert rows["流失率"][9].text == "客户!F4"
    assert rows["响应率"][1:8] == (1.0, 12, 12, 0.25, "+75.0 百分点", None, "2024-03-14 至 2024-03-20")  # a month's rate is another figure
    assert rows["转化率"][1:7] == (None, 0, 0, None, "—", None) and "看不出谁从意向转为成交" in rows["转化率"][8]
    assert rows["A级意向转成交率"] and rows["B级升A级比例"]
    assert not any("达标率" in name for name in rows)  # there is no strategy table


def test_effort_out_of_proportion_is_said_in_a_sentence(path: Path) -> None:
    notice = effort(outcome(path), "zh").blocks[0]
    assert notice == Notice("warn", "2024-03-14 至 2024-03-20，精力分配失衡：C级客户占了 100% 的联系，按计划应占 19%，金额只占 11%；"
                                    "A级客户只完成计划的 0%（0/1 次）。建议把花在C级客户上的时间转给A级客户。")  # fmt: skip
    english = effort(outcome(path), "en").blocks[0]
    assert isinstance(english, Notice) and "tier C got 100% of the contacts, 19% by the plan" in english.text


def test_a_team_without_contacts_has_no_such_section(tmp_path: Path) -> None:
    found = outcome(team(tmp_path, [TOP, {}]))
    assert effort(found, "zh").blocks == () and voices(found, "zh").blocks == ()
    assert [section.key for section in build(found, "zh") if section.key in ("indicators", "effort", "voices")] == ["indicators"]


def test_objections_losses_and_methods_are_tables_with_cells(path: Path) -> None:
    blocks = voices(outcome(path), "zh").blocks
    objections, losses, methods = (block(blocks, key) for key in ("objections", "losses", "methods"))
    assert [row[:5] for row in objections.rows] == [("价格", 12, 1.0, 2, 0), ("竞品", 7, 7 / 12, 1, 0), ("服务", 7, 7 / 12, 1, 0)]
    assert [row[:3] for row in losses.rows] == [("价格", 1, 1.0)] and losses.rows[0][4].sheet == "跟进记录"
    assert [row[:4] for row in methods.rows] == [("电话", 7, 7, 1.0), ("拜访", 5, 5, 1.0)]
    assert "没有“是否响应”" in methods.note


def chart(*values: float | None, kind: Any = "line", unit: Any = "int") -> Chart:
    return Chart("c", "图", kind, tuple(f"第{i}项" for i in range(len(values))), (Series("次数", values),), unit, "说明")


def test_two_points_are_no_chart() -> None:
    assert charts(chart(1, 2)) == () == charts(chart(1, None, 2))
    assert charts(chart(1, 2, 3)) == (chart(1, 2, 3),)


def test_a_line_leaves_gaps_and_stays_in_its_picture() -> None:
    drawn = picture(chart(1, 2, None, 4, 3))
    assert [len(run.split()) for run in drawn.lines] == [2, 2] and len(drawn.dots) == 4
    assert all(0 <= x <= WIDTH and 0 <= y <= drawn.height for x, y in drawn.dots)
    assert drawn.dots[2][1] < drawn.dots[3][1] < drawn.dots[0][1]  # 4 above 3 above 1
    assert {label.text for label in drawn.labels} == {"1", "4", "3", "第0项", "第4项"}


def test_bars_are_as_long_as_their_values_and_say_them() -> None:
    drawn = picture(chart(4, 2, 0, kind="bars"))
    assert [bar.width / drawn.bars[0].width for bar in drawn.bars] == [1, 0.5, 0]
    assert [label.text for label in drawn.labels] == ["第0项", "4", "第1项", "2", "第2项", "0"]
    assert picture(chart(0, 0, 0, kind="bars")).bars[0].width == 0


def test_a_bars_text_stays_in_the_picture_in_either_language(path: Path) -> None:
    for lang in ("zh", "en"):
        drawn = picture(block(effort(outcome(path), lang).blocks, "effort_chart"))  # type: ignore[arg-type]
        ends = [label.x + sum(7 if char.isascii() else 12 for char in label.text) for label in drawn.labels if label.anchor == "start"]
        assert len(ends) == 6 and max(ends) <= WIDTH


def test_charts_are_drawn_in_the_page_and_told_to_those_who_do_not_see_them(path: Path) -> None:
    found = with_runs(path, run_of(14, overdue_rate=Ratio(1, 10)), run_of(7, overdue_rate=Ratio(2, 10)))
    page = render(found, build(found, "zh"), "zh")
    figures = re.findall(r'<figure class="chart">.*?</figure>', page, re.DOTALL)
    titles = [re.search(r"<figcaption>(.*?)</figcaption>", one)[1] for one in figures]  # type: ignore[index]
    assert titles == ["历次运行的逾期率", "联系占比与客户占比", "客户疑虑次数"]
    for one in figures:
        name, told = (re.search(pattern, one) for pattern in (r'aria-labelledby="(\S+) (\S+)"', r"<desc id=\"(.*?)\">(.+?)</desc>"))
        assert name and told and name[2] == told[1] and f'<title id="{name[1]}">' in one and "<table>" in one and 'role="img"' in one
    assert '<td>2024-03-06</td><td class="n">10%</td>' in figures[0]
    assert 'style="' not in page  # the page's own policy forbids it


def test_charts_are_native_in_excel_beside_their_figures(path: Path, tmp_path: Path) -> None:
    found = with_runs(path, run_of(14, overdue_rate=Ratio(1, 10)), run_of(7, overdue_rate=Ratio(2, 10)))
    write(found, build(found, "zh"), tmp_path / "r.xlsx", "zh")
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    (drawn,) = book["经营指标"]._charts
    assert drawn.series[0].val.numRef.f.startswith("经营指标!$B$") and drawn.anchor._from.col == 2
    first, last = (int(row) for row in re.findall(r"\$B\$(\d+)", drawn.series[0].val.numRef.f))
    cells = [(book["经营指标"].cell(row, 1).value, book["经营指标"].cell(row, 2).value) for row in range(first, last + 1)]
    assert [point.v for point in drawn.series[0].val.numRef.numCache.pt][:2] == [0.1, 0.2]  # for viewers that do not calculate
    assert cells[:2] == [("2024-03-06", 0.1), ("2024-03-13", 0.2)] and len(cells) == 3
    assert [len(book[name]._charts) for name in ("精力分配", "客户反馈与流失")] == [1, 1]
    assert [len(one.series) for one in book["精力分配"]._charts] == [2]


def test_nothing_below_a_chart_is_written_under_it(path: Path, tmp_path: Path) -> None:
    found = outcome(path)
    write(found, build(found, "zh"), tmp_path / "r.xlsx", "zh")
    page = openpyxl.load_workbook(tmp_path / "r.xlsx")["精力分配"]
    top = page._charts[0].anchor._from.row
    below = [cell.row for cell in page["A"] if cell.value == "各负责人的精力分配"]
    assert below[0] > top + 13  # 260 pixels are 13 rows of 20


def test_the_document_tells_the_figures_and_fits_its_schema(path: Path) -> None:
    process(path, Options(as_of=AS_OF, policy="crm"))
    found = outcome(path)
    told = json.loads(b"".join(dump(document(found, "zh"))))
    jsonschema.Draft202012Validator(schema()).validate(told)
    assert told["indicators"]["churn_rate"] == {
        "value": 1 / 3, "numerator": 1, "denominator": 3, "span": None, "cells": ["客户!F4"], "among": ["客户!F2:F4"], "source": "S002-62", "why": None,
    }  # fmt: skip
    assert told["indicators"]["reply_rate"]["span"] == {"from": "2024-03-14", "to": "2024-03-20"}
    assert (told["insight"]["verdict"], told["insight"]["lost"]) == ("both", 1)
    assert told["insight"]["tiers"][0] == {"tier": "A", "customers": 1, "contacts": 0, "planned": 1.0, "value": 800_000}
    assert told["insight"]["objections"][0]["cells"] == ["跟进记录!D9", "跟进记录!D2", "跟进记录!D10"]  # today's two, then yesterday's


def test_periods_leave_out_what_no_period_can_tell(path: Path) -> None:
    table = block(indicators(outcome(path), "zh").blocks, "periods")
    assert isinstance(table, Table)
    assert [row[0] for row in table.rows] == ["联系次数", "联系到的客户", "客户提出异议的次数", "响应率"]
    assert table.rows[0] == ("联系次数", "12", "0", "+12", "12", "0", "+12", "12", "0", "+12")
    assert "跟进记录自 2024-03-14 起，前一期间不完整" in table.note
