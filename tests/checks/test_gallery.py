"""Every finding's example has it at the cell that the page names, and once mended it has it no more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from extending import installed
from gallery import GALLERY
from gallery.example import Example

from crmsheet.findings import CATALOGUE, hint, message
from crmsheet.model import Finding, Outcome
from crmsheet.run import Options, process
from crmsheet.workbook import parse_cell

ERROR = "#N/A"
WEEK = dt.timedelta(days=7)
IDS = [example.code for example in GALLERY]


def test_every_code_has_one_example() -> None:
    assert sorted(IDS) == sorted(CATALOGUE)


@pytest.mark.parametrize("example", GALLERY, ids=IDS)
def test_the_example_has_it_at_its_cell(tmp_path: Path, example: Example) -> None:
    found = of_its_code(run(tmp_path, example), example)
    assert [one.where and str(one.where) for one in found] == [example.at]
    assert all(text(found[0], lang) for text in (message, hint) for lang in ("zh", "en"))


@pytest.mark.parametrize("example", GALLERY, ids=IDS)
def test_the_mended_example_has_it_no_more(tmp_path: Path, example: Example) -> None:
    assert of_its_code(run(tmp_path, mended(example)), example) == []


def of_its_code(outcome: Outcome, example: Example) -> list[Finding]:
    return [one for one in outcome.findings if one.code == example.code]


def mended(example: Example) -> Example:
    """The same workbook with the fix in it."""
    sheets = {name: [list(row) for row in rows] for name, rows in example.sheets.items()}
    for place, value in example.fix.items():
        name, _, cell = place.partition("!")
        row, column = parse_cell(cell)
        line = sheets[name][row - 1]
        line += [None] * (column - len(line))
        line[column - 1] = value
    return replace(replace(example, sheets=sheets), **example.mended)


def run(folder: Path, example: Example) -> Outcome:
    """The run that finds it, with a broken extension installed where the example has one."""
    with installed(checks=[EntryPoint(example.broken, "no_module_of_this_name:check", "crmsheet.checks")] if example.broken else []):
        return last_run(folder, example)


def last_run(folder: Path, example: Example) -> Outcome:
    """The first run, or the one after a person's edits."""
    path = folder / "t.xlsx"
    (folder / "crmsheet.toml").write_text(example.settings, encoding="utf-8")
    write(path, example)
    day = example.as_of
    outcome = process(path, Options(as_of=day, policy=example.policy)).outcome
    if example.edits:
        edit(path, example)
        before, day = path.read_bytes(), day + WEEK
        outcome = process(path, Options(as_of=day, policy=example.policy)).outcome
        if example.old_copy:
            path.write_bytes(before)
        if "old_copy" in example.mended or example.old_copy:
            outcome = process(path, Options(as_of=day + WEEK, policy=example.policy)).outcome
    return outcome


def write(path: Path, example: Example) -> None:
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    date = book.add_format({"num_format": "yyyy-mm-dd"})
    for number, (name, rows) in enumerate(example.sheets.items()):
        page = book.add_worksheet(name)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                put(page, r, c, value, date)
        if number == 0 and example.merged:
            merge(page, example.merged, rows)
        if number == 0 and example.excel_table:
            page.add_table(example.excel_table, {"name": "客户表", "columns": [{"header": h} for h in rows[0]]})
    book.close()


def put(page: Any, row: int, column: int, value: Any, date: Any) -> None:
    if isinstance(value, dt.date):
        page.write_datetime(row, column, dt.datetime(value.year, value.month, value.day), date)
    elif value == ERROR:
        page.write_formula(row, column, "=NA()", None, ERROR)
    elif isinstance(value, str) and value.startswith("="):
        page.write_formula(row, column, value, None, value.strip('="'))
    elif value is not None:
        page.write(row, column, value)


def merge(page: Any, area: str, rows: Any) -> None:
    row, column = parse_cell(area.split(":", maxsplit=1)[0])
    line = rows[row - 1]
    page.merge_range(area, line[column - 1] if column <= len(line) else None)


def edit(path: Path, example: Example) -> None:
    book = openpyxl.load_workbook(path)
    for one in example.edits:
        page = book[one.sheet]
        heads: Mapping[str, int] = {cell.value: cell.column for cell in page[1]}
        page.cell(one.row, heads[one.header]).value = one.value
    book.save(path)
