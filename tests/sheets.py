"""Builds small workbooks for tests: a sheet is a list of rows, a value its own type."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from crmsheet.model import Finding, Outcome
from crmsheet.run import Options, check

Rows = Sequence[Sequence[Any]]
ROWS_SIMPLE: Rows = [
    ["客户编号", "客户名称", "负责人", "历史合作金额(万元)", "优先级", "首次接触时间", "不认识的列"],
    ["C0000001", "甲公司", "王*", 120, "A级", dt.date(2024, 3, 1), "x"],
    ["C0000002", "乙公司", "李*", 60, None, dt.date(2024, 3, 13), "y"],
    ["C0000002", "丙公司", "李*", 30, "B级", dt.date(2024, 3, 1), "z"],
]
AS_OF = dt.date(2024, 3, 20)  # a Wednesday, worked


def write_workbook(path: Path, sheets: Mapping[str, Rows]) -> Path:
    """One worksheet a name; dates get a date format, None stays blank."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True})
    date = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, dt.date):
                    sheet.write_datetime(r, c, dt.datetime(value.year, value.month, value.day), date)
                elif value is not None:
                    sheet.write(r, c, value)
    book.close()
    return path


def judged(path: Path, policy: str | None = None, as_of: dt.date = AS_OF) -> Outcome:
    """What a run finds out about a workbook, nothing written."""
    return check(path, Options(as_of=as_of, policy=policy)).outcome


def by_id(outcome: Outcome, column: str) -> dict[str, Any]:
    """A column of the customers frame, by customer id."""
    return dict(zip(outcome.customers["id"], outcome.customers[column], strict=True))


def codes(outcome: Outcome) -> list[tuple[str, str]]:
    """Code and address of every finding."""
    return [(one.code, str(one.where)) for one in outcome.findings]


def of_code(outcome: Outcome, code: str) -> list[Finding]:
    """The findings of one code."""
    return [one for one in outcome.findings if one.code == code]
