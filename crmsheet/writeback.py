"""The owned columns (SPEC §6): what each cell should hold, and where it goes.  Only cells are named here;
the engine writes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from crmsheet.arrays import Bools, Ints, Objects, is_there, nothing, pick, take
from crmsheet.judge.judge import spelled
from crmsheet.model import CellRef, Finding, Region, letters
from crmsheet.policy.schema import UNGRADED, Policy
from crmsheet.tables.match import OURS_SUFFIX
from crmsheet.tables.table import Table
from crmsheet.workbook import ColumnLook, Sheet, Workbook
from crmsheet.workbook.guard import MAX_TEXT

STATUS_ZH = {
    "overdue": "待跟进", "today": "今日到期", "tomorrow": "明日到期", "ok": "正常",
    "paused": "暂缓", "dormant": "休眠", "lost": "流失",
}  # fmt: skip
PENDING = "待审核"
REVIEW_WORDS = (PENDING, "同意", "驳回")
SNAPSHOT = "等级快照"
TIER = "客户等级"
SKIPPED = {"formula": "formula-in-owned-column", "merged": "merged-owned-cell", "array": "formula-in-owned-column"}


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
    """What the owned columns are made from.  ``now`` gives an owned column's present texts (None: blank or absent)."""

    policy: Policy
    words: Mapping[str, str]
    customers: pd.DataFrame  # as in model.Outcome
    tasks: pd.DataFrame
    as_of: dt.date
    now: Mapping[str, Objects]


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


def _review(f: Filling) -> Objects:
    """待审核 beside a proposal; a word that a person wrote stays while the proposal does."""
    waits = f.customers["proposed_tier"].notna().to_numpy()
    now = f.now["审核"]
    said = is_there(now) & (now != PENDING)
    return pick(waits, pick(said, now, PENDING), pick(said, now, None))


def _snapshot(f: Filling) -> Objects:
    """``C2024001 S 2024-03-20``: key, tier in the sheet, and the day from which it stands there."""
    keys = f.customers["id"].where(f.customers["id"].notna(), f.customers["name"]).to_numpy(dtype=object)
    tiers = f.customers["tier_known"].to_numpy(dtype=object)
    heads = [f"{' '.join(str(key).split())} {tier or UNGRADED}" for key, tier in zip(keys, tiers, strict=True)]
    today = f.as_of.isoformat()
    return np.array(
        [old if old is not None and old.rpartition(" ")[0] == head else f"{head} {today}"
         for head, old in zip(heads, f.now[SNAPSHOT], strict=True)], dtype=object,
    )  # fmt: skip


COLUMNS: tuple[OwnedColumn, ...] = (
    OwnedColumn("建议等级", "text", 10, _proposed),
    OwnedColumn("等级依据", "text", 36, lambda f: f.customers["evidence"].to_numpy(dtype=object)),
    OwnedColumn("下一步行动建议", "text", 44, lambda f: _of_task(f, "text")),
    OwnedColumn("下次跟进日期", "date", 13, _due),
    OwnedColumn("跟进状态", "text", 10, _status),
    OwnedColumn("逾期天数", "number", 10, _overdue),
    OwnedColumn("数据问题", "text", 30, lambda f: f.customers["issues"].to_numpy(dtype=object)),
    OwnedColumn("审核", "text", 10, _review, REVIEW_WORDS),
    OwnedColumn(SNAPSHOT, "text", 26, _snapshot),
)


def write_back(
    book: Workbook, table: Table, regions: Sequence[Region], filling: Filling, renamed: Mapping[str, str | Literal[False]]
) -> list[Finding]:
    """Put the owned columns into every region of the customers table.  ``renamed``: ``[writeback.columns]``.

    What changed is the engine's to say (``book.changes()``).
    """
    findings: list[Finding] = []
    for region in regions:
        rows = np.flatnonzero(
            (table.frame["sheet"].to_numpy(dtype=object) == region.sheet)
            & _within(table.frame["row"].to_numpy(), region)
        )
        if len(rows):
            findings += _write_region(book.sheet(region.sheet), region, table, rows, filling, renamed)
    return findings


def _within(row: Ints, region: Region) -> Bools:
    return (row >= (region.first_row or 0)) & (row <= (region.last_row or 0))


def _write_region(
    sheet: Sheet, region: Region, table: Table, positions: Ints, filling: Filling,
    renamed: Mapping[str, str | Literal[False]],
) -> list[Finding]:  # fmt: skip
    assert region.first_row is not None and region.last_row is not None
    excel_rows = table.frame["row"].to_numpy()[positions]
    wanted = [(c, h) for c in COLUMNS if (h := owned_header(c.header, renamed)) is not None]
    places, findings = _places(sheet, region, wanted)
    missing = [ColumnLook(places.header[c.header], c.kind, c.width, c.choices) for c, _ in wanted if c.header not in places.column]
    if "tier" not in region.fields and TIER not in places.column:
        missing.insert(0, ColumnLook(TIER, "text", 10, None))
    now = _present_texts(sheet, region, places, excel_rows)
    local = Filling(
        filling.policy, filling.words, filling.customers.iloc[positions].reset_index(drop=True),
        filling.tasks, filling.as_of, now,
    )  # fmt: skip
    columns = dict(places.column)
    if missing:
        placed = sheet.add_columns(
            missing, region.header_rows[-1], region.first_row, region.last_row, region.right_edge,
            next((t for t in sheet.tables if t.name == region.excel_table), None),
        )  # fmt: skip
        by_header = dict(zip([look.header for look in missing], placed.columns, strict=True))
        columns |= {c.header: by_header[places.header[c.header]] for c, _ in wanted if places.header[c.header] in by_header}
        if placed.blocked:
            at = CellRef(sheet.name, region.header_rows[-1], placed.columns[0])
            findings.append(Finding("blocked-column", at, None, {"first": letters(placed.columns[0])}))
    for owned, _ in wanted:
        skipped = sheet.set_column(columns[owned.header], excel_rows, [fitting(v) for v in owned.values(local).tolist()])
        findings += [
            Finding(SKIPPED[why], CellRef(sheet.name, row, columns[owned.header]), None) for row, why in skipped
        ]
    return findings


def fitting(value: Any) -> Any:
    """A text cut to what a cell surely holds: it may quote one from the workbook that is as long as can be."""
    return value[: MAX_TEXT // 2] if isinstance(value, str) else value


def owned_header(header: str, renamed: Mapping[str, str | Literal[False]]) -> str | None:
    """What an owned column is called here; None when it is left out.  等级快照 cannot be dropped."""
    name = renamed.get(header, header)
    return (header if header == SNAPSHOT else None) if name is False else name


class _Places(NamedTuple):
    column: dict[str, int]  # owned column -> where it stands
    header: dict[str, str]  # owned column -> what it is called here


def _places(
    sheet: Sheet, region: Region, wanted: Sequence[tuple[OwnedColumn, str]]
) -> tuple[_Places, list[Finding]]:
    """Where owned columns stand.  On a first run (no 等级快照) a column of such a name that holds values is the team's."""
    column: dict[str, int] = {}
    header: dict[str, str] = {}
    findings = []
    present = _headers(region)
    first_run = not any(name.removesuffix(OURS_SUFFIX) == SNAPSHOT for name in region.owned)
    for owned, name in wanted:
        ours = f"{name}{OURS_SUFFIX}"
        header[owned.header] = name
        if ours in present:
            column[owned.header], header[owned.header] = present[ours], ours
        elif name in present and first_run and _holds_values(sheet, region, present[name]):
            header[owned.header] = ours
            where = CellRef(sheet.name, region.header_rows[-1], present[name])
            findings.append(Finding("owned-name-taken", where, name, {"ours": ours}))
        elif name in present:
            column[owned.header] = present[name]
    if TIER in present:
        column[TIER] = present[TIER]
    return _Places(column, header), findings


def _headers(region: Region) -> dict[str, int]:
    """Header text, without white space and with plain brackets → column; owned ones that stand apart included."""
    plain = {"".join(t.split()).replace("（", "(").replace("）", ")"): c for c, t in sorted(region.headers.items(), reverse=True)}
    return {**plain, **region.owned}


def _holds_values(sheet: Sheet, region: Region, column: int) -> bool:
    assert region.first_row is not None and region.last_row is not None
    return bool((sheet.column(column, region.first_row, region.last_row).kind != 0).any())


def _present_texts(sheet: Sheet, region: Region, places: _Places, rows: Ints) -> dict[str, Objects]:
    """What 审核 and 等级快照 hold now, a row each."""
    assert region.first_row is not None and region.last_row is not None
    now = {}
    for name in ("审核", SNAPSHOT):
        texts = nothing(len(rows))
        if name in places.column:
            cells = sheet.column(places.column[name], region.first_row, region.last_row)
            texts = np.array([(t or "").strip() or None for t in cells.text[rows - region.first_row]], dtype=object)
        now[name] = texts
    return now
