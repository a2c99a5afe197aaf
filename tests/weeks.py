"""A workbook over several weeks: run it, edit it as a person would, read what stands there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
from sheets import AS_OF, Rows, write_workbook

from crmsheet.model import Outcome
from crmsheet.run import Options, process

HEADERS = ["客户编号", "客户名称", "负责人", "历史合作金额(万元)", "优先级", "采购计划", "决策链", "预计签约日期", "首次接触时间", "新项目预算(万元)",
           "客户状态", "分级日期"]  # fmt: skip
LOG_HEADERS = ["客户编号", "跟进时间", "跟进方式", "沟通内容摘要", "客户反馈/异议", "下一步计划", "计划制定日期"]
SHEET = "客户"
LEDGER, RUNS = "等级变更记录", "运行记录"


class Weeks:
    """One team's file.  Days count from AS_OF, a Wednesday."""

    def __init__(self, folder: Path, customers: Sequence[Mapping[str, Any]], log: Rows = (), policy: str = "priority") -> None:
        self.path, self.policy = folder / "team.xlsx", policy
        filled = [{"客户编号": f"C{i:07d}", "客户名称": f"客户{i}公司", "负责人": "王*", **row} for i, row in enumerate(customers)]
        heads = list(dict.fromkeys([*HEADERS, *(name for row in filled for name in row)]))
        sheets: dict[str, Rows] = {SHEET: [heads, *([row.get(h) for h in heads] for row in filled)]}
        if log:
            sheets["跟进记录"] = [LOG_HEADERS, *([*line, *[None] * (len(LOG_HEADERS) - len(line))] for line in log)]
        write_workbook(self.path, sheets)

    def run(self, day: int = 0, **more: Any) -> Outcome:
        """One run, and a second one of the same day: which must change nothing, to the byte."""
        as_of = AS_OF + dt.timedelta(days=day)
        outcome = process(self.path, Options(as_of=as_of, policy=self.policy, **more)).outcome
        before = self.path.read_bytes()
        process(self.path, Options(as_of=as_of, policy=self.policy))
        assert self.path.read_bytes() == before
        return outcome

    def rows(self, sheet: str = SHEET) -> list[dict[str, Any]]:
        """Rows of a sheet by their headers."""
        book = openpyxl.load_workbook(self.path)
        if sheet not in book.sheetnames:
            return []
        heads, *rows = book[sheet].iter_rows(values_only=True)
        return [dict(zip(map(str, heads), row, strict=True)) for row in rows]

    def column(self, header: str) -> list[Any]:
        return [row[header] for row in self.rows()]

    def set(self, row: int, header: str, value: Any, sheet: str = SHEET) -> None:
        """A person types into the row-th customer's cell."""
        book = openpyxl.load_workbook(self.path)
        page = book[sheet]
        place = [cell.value for cell in page[1]].index(header) + 1
        page.cell(row + 2, place).value = value
        book.save(self.path)

    def log(self, *line: Any) -> None:
        """A person adds a row to the log."""
        book = openpyxl.load_workbook(self.path)
        book["跟进记录"].append(list(line))
        book.save(self.path)

    def ledger(self) -> list[tuple[Any, ...]]:
        """(day from AS_OF, customer's last digit, from, to, kind, state) of every ledger row."""
        return [
            ((row["日期"].date() - AS_OF).days, int(row["客户编号"][-1]), row["原等级"], row["新等级"], row["类型"], row["审核状态"])
            for row in self.rows(LEDGER)
        ]
