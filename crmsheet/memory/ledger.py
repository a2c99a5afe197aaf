"""等级变更记录: every proposal, decision and change of a tier, one row each, rows only ever added (SPEC §4, Ledger)."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from crmsheet.arrays import Bools, is_one_of
from crmsheet.memory.own_rows import CELL, own_rows
from crmsheet.tables.spec import LEDGER, OWN_SHEETS
from crmsheet.values.names import normalise_name
from crmsheet.workbook import ColumnLook, Workbook

KIND_ZH = {
    "first": "首次", "up": "升级", "down": "降级", "stalled": "停滞", "immediate": "立即升级", "dormant": "休眠", "wake": "唤醒",
    "lost": "流失", "override": "人工调整",
}  # fmt: skip
KIND_OF = {zh: kind for kind, zh in KIND_ZH.items()}
AGREED, REJECTED, WITHDRAWN = "同意", "驳回", "撤回"
DECISIONS = (AGREED, REJECTED, WITHDRAWN)
# 审核状态
WAITS, DONE, RECHECK, BY_HAND, RESTORED = "待审核", "自动生效", "待复核", "人工", "已恢复"
STATE_OF = {AGREED: "已同意", REJECTED: "已驳回", WITHDRAWN: "已撤回"}

HEADERS = OWN_SHEETS[LEDGER]
_WIDTHS = {"依据": 50, "依据单元格": 40, "客户名称": 24, "编号": 14, "日期": 12}
LOOKS = tuple(ColumnLook(h, "date" if h == "日期" else "text", _WIDTHS.get(h, 11)) for h in HEADERS)


class Entry(NamedTuple):
    """One row of the ledger, in the order of its columns."""

    id: str
    day: dt.date
    key: str
    name: str | None
    before: str | None
    after: str | None
    kind: str
    evidence: str | None
    cells: str | None
    state: str
    approver: str | None
    policy: str


def read_ledger(book: Workbook) -> pd.DataFrame | None:
    """The ledger as a frame of ``HEADERS``, oldest row first; None without the sheet."""
    return own_rows(book, LEDGER)


def no_ledger() -> pd.DataFrame:
    """A ledger without rows."""
    return as_frame([])


def as_frame(rows: Sequence[Sequence[object]]) -> pd.DataFrame:
    """Rows in the order of the columns → a frame as ``read_ledger`` gives it; they stand in no cell."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(HEADERS)
    frame = pd.DataFrame({h: pd.Series(list(values), dtype=object) for h, values in zip(HEADERS, columns, strict=True)})
    return frame.assign(日期=frame["日期"].astype("datetime64[s]"), **{CELL: pd.Series([None] * len(frame), dtype=object)})


def as_rows(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    """A frame → rows for the sheet: dates as dates, blanks as None."""
    days = frame["日期"].to_numpy("datetime64[D]").astype(object)
    values = [days if h == "日期" else frame[h].astype(object).where(frame[h].notna(), None) for h in HEADERS]
    return list(zip(*(list(column) for column in values), strict=True))


def proposal_id(key: str, before: str | None, after: str, kind: str, first: dt.date) -> str:
    """The same move of the same customer, first seen on the same day, has the same id."""
    told = "|".join((key, before or "", after, kind, first.isoformat()))
    return "P" + hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def pseudonym(key: str) -> str:
    """What stands outside the workbook for a key that is a person's name (SPEC §9): the same name, the same sign."""
    return "#" + hashlib.sha256((normalise_name(key) or key).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def joined(sheet: pd.DataFrame, mirror: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The sheet's rows with those that only the mirror still has, and the latter alone."""
    if mirror.empty:
        return sheet, mirror
    known = set(zip(sheet["编号"], sheet["类型"], sheet["日期"], strict=True))
    keys = zip(mirror["编号"], mirror["类型"], mirror["日期"], strict=True)
    lost = mirror[np.array([key not in known for key in keys], dtype=bool)]
    whole = pd.concat([sheet, lost], ignore_index=True) if len(sheet) else lost
    return whole.sort_values("日期", kind="stable", ignore_index=True), lost.reset_index(drop=True)


def moved_by(frame: pd.DataFrame, kinds: Mapping[str, str]) -> Bools:
    """Rows that changed a tier cell: moves made at once, agreed ones, hand edits, and former tiers restored.

    ``kinds``: id → kind of the proposal, for decisions.
    """
    kind, state = frame["类型"].to_numpy(dtype=object), frame["审核状态"].to_numpy(dtype=object)
    tiers = ("first", "up", "down", "stalled", "immediate")
    direct = is_one_of(kind, [KIND_ZH[name] for name in tiers]) & is_one_of(state, (DONE, RECHECK))
    of_tier = np.array([kinds.get(str(one), "up") in tiers for one in frame["编号"]], dtype=bool)
    agreed = (kind == AGREED) & of_tier & (state == STATE_OF[AGREED])
    return np.asarray(direct | agreed | (kind == KIND_ZH["override"]) | (state == RESTORED), dtype=bool)
