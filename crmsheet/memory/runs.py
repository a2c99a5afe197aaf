"""运行记录: one row a run, from which trends and what an earlier run wrote are known (SPEC §4, Ledger)."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping, Sequence

from crmsheet.memory.own_rows import own_rows
from crmsheet.model import Period, Ratio, RunRecord
from crmsheet.tables.spec import OWN_SHEETS, RUNS
from crmsheet.workbook import ColumnLook, Workbook

HEADERS = OWN_SHEETS[RUNS]
LONGEST = 30_000  # of what a run wrote: a cell holds 32,767 characters
_KINDS = {"截至日期": "date", "客户数": "number", "待审核": "number", "任务数": "number", "逾期任务": "number"}
_WIDTHS = {"各级客户数": 30, "变动": 24, "指标": 44, "写入记录": 20}
LOOKS = tuple(ColumnLook(h, _KINDS.get(h, "text"), _WIDTHS.get(h, 12)) for h in HEADERS)
_INDICATORS = {
    "overdue_rate": "逾期率", "timely_rate": "及时率", "churn_rate": "流失率", "silent_rate": "无人联系率", "sound_rate": "资料完好率", "kpi_rate": "指标达成率",
    "satisfaction_met": "满意度达成率", "repurchase_met": "复购率达成率", "churn_met": "客户流失率达成率", "spend_growth_met": "客单价达成率",
    **{f"{name}.{period}": word + zh for period, word in (("week", "周"), ("month", "月"), ("quarter", "季"))
       for name, zh in (("conversion_rate", "转化率"), ("top_deal_rate", "高级意向成交率"), ("upgrade_rate", "升级率"), ("reply_rate", "响应率"))},
}  # fmt: skip
_NAMES = {zh: name for name, zh in _INDICATORS.items()}
_COUNT = re.compile(r"(.+?) (\d+)")
_RATIO = re.compile(r"([^;；/\s][^;；/]*?) (\d+)/(\d+)")


def read_runs(book: Workbook) -> tuple[RunRecord, ...] | None:
    """All runs of the workbook, oldest first; None without the sheet.  What people made unreadable counts as 0."""
    frame = own_rows(book, RUNS)
    if frame is None:
        return None
    days = frame["截至日期"].to_numpy("datetime64[D]").astype(object)
    rows = zip(*(frame[h].tolist() for h in HEADERS[1:]), strict=True)
    return tuple(_record(day, *row) for day, row in zip(days, rows, strict=True))


def _record(day: dt.date, policy: str | None, customers: str | None, tiers: str | None, moves: str | None, waiting: str | None,
            tasks: str | None, overdue: str | None, indicators: str | None, written: str | None) -> RunRecord:  # fmt: skip
    return RunRecord(
        day, policy or "", _number(customers), _counts(tiers), _counts(moves), _number(waiting), _number(tasks), _number(overdue),
        {_NAMES.get(m[1], m[1]): Ratio(int(m[2]), int(m[3])) for m in _RATIO.finditer(indicators or "")}, _mapping(written),
    )  # fmt: skip


def run_row(record: RunRecord) -> list[str | int | dt.date | None]:
    """A record as a row of the sheet."""
    written = json.dumps(dict(record.written), ensure_ascii=False, separators=(",", ":")) if record.written else None
    return [
        record.as_of, record.policy, record.customers, _said(record.tiers), _said(record.moves), record.waiting,
        record.tasks, record.overdue, "; ".join(f"{_INDICATORS.get(name, name)} {r.numerator}/{r.denominator}" for name, r in record.indicators.items()),
        written if written is not None and len(written) <= LONGEST else None,
    ]  # fmt: skip


def before(runs: Sequence[RunRecord], day: dt.date) -> RunRecord | None:
    """The last run of an earlier day: 'last week'."""
    return next((run for run in reversed(runs) if run.as_of < day), None)


def month_before(runs: Sequence[RunRecord], day: dt.date) -> RunRecord | None:
    """The last run at least 28 days earlier: 'last month'."""
    return before(runs, day - dt.timedelta(days=27))


def days_before(runs: Sequence[RunRecord], day: dt.date) -> tuple[RunRecord, ...]:
    """The last run of each earlier day, oldest first."""
    return tuple({run.as_of: run for run in runs if run.as_of < day}.values())


def stored_name(name: str, period: Period | None) -> str:
    """An indicator's name in a record: one that is over a period carries it, so that a week's is never held against a month's."""
    return name if period is None else f"{name}.{period}"


def last_written(runs: Iterable[RunRecord]) -> Mapping[str, str]:
    """What runs wrote last into each place."""
    return {place: value for run in runs for place, value in run.written.items()}


def _said(counts: Mapping[str, int]) -> str | None:
    return "; ".join(f"{name} {count}" for name, count in counts.items() if count) or None


def _counts(text: str | None) -> dict[str, int]:
    found = (_COUNT.fullmatch(part.strip()) for part in (text or "").split(";"))
    return {match[1]: int(match[2]) for match in found if match}


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isdigit() else 0


def _mapping(text: str | None) -> dict[str, str]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}
