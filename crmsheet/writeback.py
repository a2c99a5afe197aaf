"""The owned columns (SPEC §6): what each cell should hold, and where it goes.  Only cells are named here;
the engine writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from crmsheet.arrays import Ints, Objects, is_there, pick, take
from crmsheet.judge.judge import spelled
from crmsheet.model import CellRef, Finding, Region, letters
from crmsheet.owned import PROPOSAL, REVIEW, SNAPSHOT, TIER, Places, Renamed, find_places, owned_header, rows_of
from crmsheet.policy.schema import UNGRADED, Policy
from crmsheet.tables.table import Table
from crmsheet.workbook import ColumnLook, Sheet, Workbook
from crmsheet.workbook.guard import MAX_TEXT

STATUS_ZH = {
    "overdue": "待跟进", "today": "今日到期", "tomorrow": "明日到期", "ok": "正常",
    "paused": "暂缓", "dormant": "休眠", "lost": "流失",
}  # fmt: skip
REVIEW_WORDS = ("待审核", "同意", "驳回", "待复核")
SKIPPED = {"merged": "merged-owned-cell"} | dict.fromkeys(("formula", "array", "pivot", "table"), "formula-in-owned-column")


@dataclass(frozen=True, slots=True)
class OwnedColumn:
    """One owned column: its header, how it looks when it is made, and its values."""

    header: str
    kind: Literal["text", "date", "number"]
    width: float
    values: Callable[[Filling], Objects]
    choices: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Filling:
    """What the owned columns are made from."""

    policy: Policy
    words: Mapping[str, str]
    customers: pd.DataFrame  # as in model.Outcome
    tasks: pd.DataFrame


def _proposed(f: Filling) -> Objects:
    return spelled(f.policy, f.words, f.customers, f.customers["proposed_tier"].to_numpy(dtype=object))


def _of_task(f: Filling, column: str) -> Objects:
    task = f.customers["task"].to_numpy()
    return take(f.tasks[column].to_numpy(dtype=object), task)


def _due(f: Filling) -> Objects:
    """Due dates as date objects: a blank where there is nothing to do."""
    task = f.customers["task"].to_numpy()
    due = f.tasks["due"].to_numpy("datetime64[s]").astype("datetime64[D]")
    return take(due.astype(object), task)


def _status(f: Filling) -> Objects:
    return np.array([STATUS_ZH.get(status) for status in f.customers["status"].tolist()], dtype=object)


def _overdue(f: Filling) -> Objects:
    days = f.customers["overdue_days"].to_numpy()
    return pick(days > 0, days.astype(object), None)


def _score(f: Filling) -> Objects:
    score = f.customers["score"].to_numpy(dtype=np.float64)
    return pick(np.isnan(score), None, np.nan_to_num(score).astype(np.int64).astype(object))


COLUMNS: tuple[OwnedColumn, ...] = (
    OwnedColumn(PROPOSAL, "text", 10, _proposed),
    OwnedColumn("等级依据", "text", 36, lambda f: f.customers["evidence"].to_numpy(dtype=object)),
    OwnedColumn("综合评分", "number", 10, _score),
    OwnedColumn("距上一级", "text", 36, lambda f: f.customers["to_next"].to_numpy(dtype=object)),
    OwnedColumn("下一步行动建议", "text", 44, lambda f: _of_task(f, "text")),
    OwnedColumn("下次跟进日期", "date", 13, _due),
    OwnedColumn("跟进状态", "text", 10, _status),
    OwnedColumn("逾期天数", "number", 10, _overdue),
    OwnedColumn("客户标签", "text", 44, lambda f: f.customers["tags"].to_numpy(dtype=object)),
    OwnedColumn("数据问题", "text", 30, lambda f: f.customers["issues"].to_numpy(dtype=object)),
    OwnedColumn(REVIEW, "text", 10, lambda f: f.customers["review"].to_numpy(dtype=object), REVIEW_WORDS),
    OwnedColumn(SNAPSHOT, "text", 26, lambda f: f.customers["snapshot"].to_numpy(dtype=object)),
)


def write_back(book: Workbook, table: Table, regions: Sequence[Region], filling: Filling, renamed: Renamed) -> list[Finding]:
    """Put the owned columns, and tiers that move, into every region of the customers table.

    ``renamed``: ``[writeback.columns]``.  What changed is the engine's to say (``book.changes()``).
    """
    findings: list[Finding] = []
    for region in regions:
        rows = rows_of(table, region)
        if len(rows):
            findings += _write_region(book.sheet(region.sheet), region, table, rows, filling, renamed)
    return findings


def _write_region(
    sheet: Sheet, region: Region, table: Table, positions: Ints, filling: Filling, renamed: Renamed
) -> list[Finding]:
    excel_rows = table.frame["row"].to_numpy()[positions]
    wanted = [c for c in COLUMNS if owned_header(c.header, renamed) is not None]
    places, findings = find_places(sheet, region, [c.header for c in wanted], renamed)
    columns, blocked = _with_new(sheet, region, wanted, places)
    local = Filling(filling.policy, filling.words, filling.customers.iloc[positions].reset_index(drop=True), filling.tasks)
    for owned in wanted:
        skipped = sheet.set_column(columns[owned.header], excel_rows, fitting(owned.values(local).tolist()))
        findings += [Finding(SKIPPED[why], CellRef(sheet.name, row, columns[owned.header]), None) for row, why in skipped]
    _write_tiers(sheet, columns[TIER], excel_rows, local)
    return [*findings, *blocked]


def fitting(values: list[Any]) -> list[Any]:
    """Texts cut to what a cell surely holds: they may quote one from the workbook that is as long as can be."""
    most = MAX_TEXT // 2
    return [value[:most] if type(value) is str and len(value) > most else value for value in values]


def _with_new(
    sheet: Sheet, region: Region, wanted: Sequence[OwnedColumn], places: Places
) -> tuple[dict[str, int], list[Finding]]:
    """Owned columns and the tier column by name, those that are not there yet created at the right edge."""
    assert region.first_row is not None and region.last_row is not None
    missing = [ColumnLook(places.header[c.header], c.kind, c.width, c.choices) for c in wanted if c.header not in places.column]
    columns = dict(places.column)
    if "tier" in region.fields:
        columns[TIER] = region.fields["tier"][0]
    elif TIER not in columns:
        missing.insert(0, ColumnLook(TIER, "text", 10, None))
    if not missing:
        return columns, []
    placed = sheet.add_columns(
        missing, region.header_rows[-1], region.first_row, region.last_row, region.right_edge,
        next((t for t in sheet.tables if t.name == region.excel_table), None),
    )  # fmt: skip
    by_header = dict(zip([look.header for look in missing], placed.columns, strict=True))
    new = {name: by_header[header] for name, header in (*places.header.items(), (TIER, TIER)) if header in by_header}
    at = CellRef(sheet.name, region.header_rows[-1], placed.columns[0])
    blocked = [Finding("blocked-column", at, None, {"first": letters(placed.columns[0])})] if placed.blocked else []
    return {**columns, **new}, blocked


def _write_tiers(sheet: Sheet, column: int, rows: Ints, f: Filling) -> None:
    """Tiers that move, in the column's own spelling; a former blank becomes blank again."""
    target = f.customers["tier_to_write"].to_numpy(dtype=object)
    at = np.flatnonzero(is_there(target))
    if len(at):
        words = spelled(f.policy, f.words, f.customers, target[at])
        sheet.set_column(column, rows[at], pick(target[at] == UNGRADED, None, words).tolist())
