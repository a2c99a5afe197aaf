"""Which rows below a header are data: not notes, totals, hints, blanks, or rows without name and id (SPEC §2)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from crmsheet.arrays import Bools
from crmsheet.model import CellRef, Finding, Region
from crmsheet.workbook import Cell, Column, Kind, Sheet

HINT_ROWS = 5  # hint rows stand right below the header
MANY = 3  # values on a row without name and id that make it a finding

_NOTE = re.compile(r"\s*(合计|总计|小计|共计|累计|平均|备注|注|说明|提示|填表|制表|审核|审批|统计|数据来源|更新时间)\s*[:：)）]|"
                   r"\s*(合\s*计|总\s*计|小\s*计|共\s*计|平均值?|汇总)\s*$|\s*[*※●▲]\s*[^*]|\s*注\d*[:：.、]")  # fmt: skip
_HINT = re.compile(r"[*＊]?\s*[(（]?\s*(必填|选填|非必填|可选|下拉|从下拉|请(输入|填写|选择)|格式|示例|样例|例[:：如]|如[:：]|自动生成)")
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z_ ]*\d?$")
_SAMPLE = re.compile(r"\s*[(（]?(示例|样例|例)[)）:：]?\s*$")

KEYS = {
    "customers": ("name", "customer_id"),
    "followups": ("name", "customer_id"),
    "strategy": ("name", "customer_id"),
    "classes": ("name",),
    "people": ("name",),
}


class DataRows(NamedTuple):
    """Which rows of a region are data (shape: last_row − first_row + 1), and what was odd."""

    keep: Bools
    findings: list[Finding]


def data_rows(sheet: Sheet, region: Region, columns: Mapping[int, Column]) -> DataRows:
    """Tell data rows from the rest.  ``columns``: column number → its cells over the region's rows."""
    assert region.first_row is not None and region.last_row is not None
    first, size = region.first_row, region.last_row - region.first_row + 1
    keys = [c for key in KEYS[region.kind] for c in region.fields.get(key, ())]
    named = np.zeros(size, dtype=bool)
    for column in keys:
        named |= _holds(columns[column])
    keep = named.copy()
    top = sheet.rows(first, min(first + HINT_ROWS - 1, region.last_row))
    hints = [row for row, cells in top.items() if is_hint(_texts(cells, region))]
    if hints:
        keep[: max(hints) - first + 1] = False
    notes = _notes(region, columns, keep)
    keep &= ~notes
    findings = _nameless(region, columns, ~named & ~notes)
    return DataRows(keep, findings)


def is_hint(texts: list[str]) -> bool:
    """Whether a row below the header explains it: 必填 marks, format hints, or English field names."""
    if not texts:
        return False
    hints = sum(bool(_HINT.match(text)) for text in texts)
    if _SAMPLE.match(texts[0]) or (hints and hints * 2 >= len(texts)):
        return True
    return len(texts) >= 3 and all(_IDENTIFIER.match(text) for text in texts)


def _texts(cells: Mapping[int, Cell], region: Region) -> list[str]:
    inside = [cell for column, cell in sorted(cells.items()) if min(region.headers) <= column <= region.right_edge]
    return [str(cell.value).strip() for cell in inside if cell.kind == "text"] if all(
        cell.kind == "text" for cell in inside) else []  # fmt: skip


def _holds(column: Column) -> Bools:
    """Cells that hold more than white space."""
    filled = (column.kind != Kind.BLANK) & (column.kind != Kind.ERROR)
    at = np.flatnonzero(column.kind == Kind.TEXT)
    blank = [i for i in at.tolist() if not column.text[i].strip()]
    filled[blank] = False
    out: Bools = filled
    return out


def _notes(region: Region, columns: Mapping[int, Column], candidates: Bools) -> Bools:
    """Rows that are totals, notes or signatures: told by their first filled cell, where little stands beside it."""
    order = [columns[c] for c in sorted(columns)]
    count = np.sum([column.kind != Kind.BLANK for column in order], axis=0)
    notes, unseen = np.zeros(len(candidates), dtype=bool), np.ones(len(candidates), dtype=bool)
    for column in order:
        here = np.flatnonzero(unseen & (column.kind != Kind.BLANK))
        for i, text in zip(here.tolist(), column.text[here].tolist(), strict=True):
            notes[i] = text is not None and bool(_NOTE.match(text)) and (count[i] <= 2 or _is_total(text))
        unseen[here] = False
        if not unseen.any():
            break
    return notes


def _is_total(text: str) -> bool:
    return re.fullmatch(r"\s*(合\s*计|总\s*计|小\s*计|共\s*计|汇总|平均值?)\s*[:：]?\s*", text) is not None


def _nameless(region: Region, columns: Mapping[int, Column], candidates: Bools) -> list[Finding]:
    """Rows with neither name nor id that yet hold three values or more; defaults that repeat down them do not count."""
    if region.kind != "customers" or not candidates.any():
        return []
    first, key = region.first_row or 0, region.fields["name"][0]
    counts = np.zeros(len(candidates), dtype=int)
    for column in columns.values():
        at = np.flatnonzero(candidates & (column.kind != Kind.BLANK))
        values = [(column.text[i] or "").strip() or str(column.number[i]) for i in at.tolist()]
        times = Counter(values)
        counts[[i for i, value in zip(at.tolist(), values, strict=True) if times[value] == 1]] += 1
    return [_without_name(CellRef(region.sheet, first + int(i), key), int(counts[i])) for i in np.flatnonzero(counts >= MANY)]


def _without_name(where: CellRef, count: int) -> Finding:
    return Finding("required-missing", where, None, {
        "what": f"这一行有 {count} 项内容，但没有客户名称和编号，没有当作客户",
        "what_en": f"this row holds {count} values but neither a name nor an id; it was not taken for a customer",
    })  # fmt: skip
