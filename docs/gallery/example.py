"""One example of a finding: a small workbook that has it, where it is found, and what mends it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

D = dt.date
Rows = Sequence[Sequence[Any]]
AS_OF = D(2024, 3, 20)  # a Wednesday, worked


@dataclass(frozen=True)
class Edit:
    """What a person does after a first run: ``value`` into the column called ``header``, Excel row ``row``."""

    sheet: str
    header: str
    row: int
    value: Any


@dataclass(frozen=True)
class Example:
    """A workbook and one finding in it.

    ``at``: its cell (``客户!D2``), None where it has none; ``fix``: cell → value, which takes it away.  ``edits`` are made
    after a first run, a second run a week later finds it; ``old_copy``: a copy from before the second run is put
    back then, and a third run finds it.  ``broken``: the name of another package's check that cannot be loaded.  ``mended``: fields of this example that are otherwise when it is mended.
    A text that begins with = is a formula, ``#N/A`` an error value.
    """

    code: str
    at: str | None
    sheets: Mapping[str, Rows]
    fix: Mapping[str, Any] = field(default_factory=dict)
    policy: str = "priority"
    as_of: dt.date = AS_OF
    settings: str = ""
    excel_table: str | None = None  # range on the first sheet
    merged: str | None = None  # range on the first sheet
    edits: tuple[Edit, ...] = ()
    old_copy: bool = False
    broken: str | None = None
    mended: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""  # for the page: what the rows do not show


HEAD = ["客户编号", "客户名称", "负责人"]
FIRM = ["C0000001", "甲公司", "王*"]
OTHER = ["C0000002", "乙公司", "李*"]
LOG_HEAD = ["客户编号", "跟进时间", "跟进方式"]


def customers(headers: Sequence[str], *rows: Sequence[Any]) -> dict[str, Rows]:
    """A customers table: id, name and owner are filled in, the given columns stand beside them."""
    names = [FIRM, OTHER]
    return {"客户": [[*HEAD, *headers], *([*names[i], *row] for i, row in enumerate(rows or [[]]))]}


def log(headers: Sequence[str], *rows: Sequence[Any]) -> dict[str, Rows]:
    """A customer, and its follow-up log with id, date and method; the given columns stand beside them."""
    return {"客户": [HEAD, FIRM], "跟进记录": [[*LOG_HEAD, *headers], *rows]}
