"""Small teams for the figures: customers and a log on AS_OF (Wednesday 2024-03-20) and the days before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sheets import AS_OF, Rows, write_workbook

from crmsheet.model import Insight, Outcome, Period
from crmsheet.run import Options, check

FIELDS = ["客户编号", "客户名称", "联系人", "负责人", "年合作额(万元)", "客户等级", "客户状态", "状态更新时间", "状态变更依据"]
LOG = ["客户编号", "跟进时间", "跟进方式", "客户反馈/异议", "下一步计划", "客户状态", "是否响应"]


def day(back: int) -> dt.date:
    """So many days before AS_OF."""
    return AS_OF - dt.timedelta(days=back)


def team(folder: Path, customers: Sequence[Mapping[str, Any]], log: Sequence[Sequence[Any]] = (), **more: Rows) -> Path:
    """``customers``: cells by header; C0000001, C0000002 … with 10万 in tier C unless they say otherwise."""
    filled = [{"客户编号": f"C{i:07d}", "客户名称": f"客户{i}公司", "负责人": "王*", "年合作额(万元)": 5, "客户等级": "C级", **row}
              for i, row in enumerate(customers, 1)]  # fmt: skip
    heads = [name for name in FIELDS if any(name in row for row in filled)]
    width = max((len(line) for line in log), default=3)
    sheets: dict[str, Rows] = {"客户": [heads, *([row.get(h) for h in heads] for row in filled)]}
    if log:
        sheets["跟进记录"] = [LOG[:width], *([f"C{line[0]:07d}", day(line[1]), *line[2:], *[None] * (width - len(line))] for line in log)]
    return write_workbook(folder / "t.xlsx", {**sheets, **more})


def outcome(path: Path, period: Period = "week", as_of: dt.date = AS_OF, policy: str = "crm") -> Outcome:
    return check(path, Options(as_of=as_of, policy=policy, period=period)).outcome


def seen(path: Path, period: Period = "week") -> Insight:
    found = outcome(path, period).insight
    assert found is not None
    return found
