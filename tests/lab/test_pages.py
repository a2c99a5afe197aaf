"""``--out`` of simulate and backtest: an HTML page that loads nothing from elsewhere, and the same as an Excel file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from sheets import write_workbook

from crmsheet.cli import cli
from crmsheet.policy.load import preset_text

HEADERS = ["客户编号", "客户名称", "负责人", "历史合作金额(万元)", "优先级", "首次接触时间", "客户类型"]
LOG = ["客户编号", "跟进时间", "跟进方式", "客户状态"]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    rows = [HEADERS, ["C0000001", "<b>甲</b>公司", "王*", 90, "A", dt.date(2023, 6, 1), None], ["C0000002", "王小明", None, 90, "A", dt.date(2023, 6, 1), "个人"]]
    log = [LOG, ["C0000001", dt.date(2023, 12, 1), "电话", "意向"], ["C0000002", dt.date(2023, 12, 2), "电话", None]]
    return write_workbook(tmp_path / "t.xlsx", {"客户": rows, "跟进记录": log})


@pytest.fixture
def lower(tmp_path: Path) -> Path:
    path = tmp_path / "lower.toml"
    path.write_text(preset_text("priority").replace("min = 1000000", "min = 800000"), encoding="utf-8")
    return path


def page(out: Path, *words: object) -> str:
    result = CliRunner().invoke(cli, [*map(str, words), "--out", str(out)], standalone_mode=False)
    assert result.return_value == 0, result.output
    (made,) = out.glob("*.html")
    assert str(made) in result.stdout
    return made.read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_simulation_as_a_page(book: Path, lower: Path, tmp_path: Path, lang: str) -> None:
    text = page(tmp_path / "out", "simulate", book, "--policy", lower, "--as-of", "2024-03-20", "--lang", lang)
    assert "default-src 'none'" in text and "<b>甲</b>" not in text and "&lt;b&gt;甲" in text
    assert "王小明" not in text and "≥80万" in text
    assert ("换规则会怎样" if lang == "zh" else "What other rules would change") in text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_look_back_as_a_page(book: Path, tmp_path: Path, lang: str) -> None:
    days = ("--from", "2024-01-01", "--to", "2024-03-31", "--as-of", "2024-04-01", "--policy", "crm", "--lang", lang)
    text = page(tmp_path / "out", "backtest", book, *days)
    assert "王小明" not in text and "王*" in text and "&lt;b&gt;甲" in text  # 90万: A, nobody called since December
    assert ("数据太少，无法判断" if lang == "zh" else "too few to tell") in text


def sheets(out: Path) -> dict[str, list[list[object]]]:
    (made,) = out.glob("*.xlsx")
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in openpyxl.load_workbook(made)}


def test_a_simulation_as_an_excel_file(book: Path, lower: Path, tmp_path: Path) -> None:
    page(tmp_path / "out", "simulate", book, "--policy", lower, "--as-of", "2024-03-20")
    found = sheets(tmp_path / "out")
    assert list(found) == ["谁会变", "结果不同的客户", "每周联系次数", "规则的不同"]
    heads, *movers = [row for row in found["结果不同的客户"] if row[0] in ("客户", "<b>甲</b>公司", "王*")]
    assert heads[:4] == ["客户", "负责人", "现在", "换规则后"] and [row[2:4] for row in movers] == [["A", "S"]] * 2  # 90万 is high from 80万 on
    assert "王小明" not in str(found) and any("≥100万 → ≥80万" in str(row) for row in found["规则的不同"])
    (made,) = (tmp_path / "out").glob("*.xlsx")
    links = [cell.hyperlink.target for row in openpyxl.load_workbook(made)["结果不同的客户"].iter_rows() for cell in row if cell.hyperlink and cell.hyperlink.target]
    assert links and all("t.xlsx" in link for link in links)


def test_a_look_back_as_an_excel_file(book: Path, tmp_path: Path) -> None:
    page(tmp_path / "out", "backtest", book, "--from", "2024-01-01", "--to", "2024-03-31", "--as-of", "2024-04-01", "--policy", "crm")
    found = sheets(tmp_path / "out")
    assert [row[:2] for row in found["被冷落的客户"] if isinstance(row[0], dt.datetime)] == [[dt.datetime(2024, month, 1), 2] for month in (1, 2, 3)]
    deal = found[next(iter(found))]
    assert ["A", 0, 3, 0] in [row[:4] for row in deal]  # one prospect over three months, no deal
    assert any("数据太少，无法判断" in str(row[0]) for row in deal)


def test_a_month_of_which_nobody_knows_is_a_gap_in_the_picture_and_no_0(tmp_path: Path) -> None:
    """The log begins in February: January's figure stands as a blank cell, as Excel draws a text as 0."""
    rows = [HEADERS, ["C0000001", "甲公司", "王*", 90, "A", dt.date(2023, 6, 1), None]]
    book = write_workbook(tmp_path / "t.xlsx", {"客户": rows, "跟进记录": [LOG, ["C0000001", dt.date(2024, 2, 1), "电话", None]]})
    page(tmp_path / "out", "backtest", book, "--from", "2024-01-01", "--to", "2024-04-30", "--as-of", "2024-05-01", "--policy", "crm")
    drawn = {row[0]: row[1] for row in sheets(tmp_path / "out")["各月"] if isinstance(row[0], str) and row[0].startswith("2024-")}
    assert drawn == {"2024-01-01": None, "2024-02-01": 1, "2024-03-01": 1, "2024-04-01": 1}


def test_a_folder_that_cannot_be_made_is_one_line_and_exit_2(book: Path, lower: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file", encoding="utf-8")
    result = CliRunner().invoke(
        cli, ["simulate", str(book), "--policy", str(lower), "--as-of", "2024-03-20", "--quiet", "--out", str(tmp_path / "out")], standalone_mode=False)  # fmt: skip
    assert result.return_value == 2 and len(result.stderr.splitlines()) == 1
