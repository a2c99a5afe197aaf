"""The strategy loop (S004-33..40): a missed KPI gives reasons from the log, an adjustment, a new date; and the next
cycle says whether it helped.  It is approved by 同意 in the table's 审核 (decided.py), or by a person who fills in
调整后策略 and 调整时间: the table is theirs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from crmsheet.model import Adjustment, Kpi, RunRecord, Strategy
from crmsheet.plan.calendar import WorkCalendar
from crmsheet.plan.cycles import cycle_of
from crmsheet.plan.decided import Decided, missed_words
from crmsheet.plan.intervals import add_interval
from crmsheet.policy.schema import Every
from crmsheet.tables.table import Table
from crmsheet.values.columns import fold
from crmsheet.values.names import normalise_name
from crmsheet.values.reasons import reasons_in

RECENT_DAYS = 183  # of the log: older talk explains no present KPI
PLACE = "达成度"  # in 运行记录
_ADVICE = {  # what to do about a matter that customers object to
    "竞品": "对比竞品说明差异化价值，同步行业案例", "价格": "补充价值与成本说明，给出分阶段报价",
    "交付时效": "协调交付与物流，承诺并跟踪时限", "服务": "指定专人对接，明确响应时限",
    "功能与体验": "简化使用流程，安排产品演示与培训", "预算": "配合客户预算周期，准备审批材料",
    "需求变化": "重新调研需求，调整方案范围",
}  # fmt: skip
_BY_SEGMENT = {
    "高价值稳定型": "安排高层互访，提出定制化升级方案", "高价值潜力型": "补充行业案例与免费试用，说明与竞品的差异",
    "低价值稳定型": "改为标准化回访与自动化关怀", "低价值风险型": "分析流失原因，提出针对性方案，必要时启动挽留流程",
}  # fmt: skip
_MONTHLY = Every(months=1)


class _Reason(NamedTuple):
    word: str
    times: int
    advice: str
    cells: tuple[str, ...]


def with_adjustments(
    strategies: Sequence[Strategy], table: Table, customers: Table, log: Table, runs: Sequence[RunRecord],
    decided: Decided, calendar: WorkCalendar, as_of: dt.date,
) -> tuple[Strategy, ...]:  # fmt: skip
    """Each strategy with a proposal where a KPI is missed; one that is agreed to runs from today, one refused rests."""
    entries = _entries_of(strategies, table, customers, log, as_of)
    cycles, adjusted = table.frame["cycle"].tolist(), table.frame["adjusted_at"].to_numpy("datetime64[D]").tolist()
    started = dict.fromkeys(decided.agreed, as_of)
    return tuple(
        replace(one, proposal=None if _rests(one, i, decided) else _proposal(
            one, cycles[i], started.get(i, adjusted[i]), entries.get(i, []), log, runs, calendar, as_of))
        for i, one in enumerate(strategies)
    )  # fmt: skip


def _rests(one: Strategy, i: int, decided: Decided) -> bool:
    """Refused, and the same KPIs are missed."""
    return i in decided.refused or (i in decided.resting and fold(decided.resting[i]) == fold(missed_words(one)))


def attainments(strategies: Sequence[Strategy]) -> dict[str, str]:
    """Mean attainment of each strategy, as 运行记录 keeps it for the next cycle."""
    means = ((one.key, _mean(one.kpis)) for one in strategies)
    return {f"{PLACE}:{key}": f"{mean:.3f}" for key, mean in means if mean is not None}


def _proposal(
    one: Strategy, cycle: str | None, adjusted: dt.date | None, entries: Sequence[int], log: Table,
    runs: Sequence[RunRecord], calendar: WorkCalendar, as_of: dt.date,
) -> Adjustment | None:  # fmt: skip
    missed = [kpi for kpi in one.kpis if kpi.met is False]
    if not missed:
        return None
    every = (cycle_of(cycle) if cycle else None) or _MONTHLY  # what cannot be read is finding cycle-unparseable
    until = _after(adjusted, every, calendar) if adjusted is not None and adjusted <= as_of else None
    running = until is not None and as_of < until
    reasons = _reasons(entries, log)
    advice = [reason.advice for reason in reasons[:2]] or [_BY_SEGMENT.get(one.segment or "", "与客户复盘未达标原因，调整跟进内容与频率")]
    return Adjustment(
        state="running" if running else "waiting",
        missed=one.missed, reason=_told(missed, reasons),
        reasons=tuple((reason.word, reason.times) for reason in reasons),
        cells=(one.kpi_cell, *(cell for reason in reasons for cell in reason.cells)),
        strategy="；".join(advice), due=until if until is not None and running else _after(as_of, every, calendar),
        helped=_helped(one, adjusted, runs, as_of),
    )  # fmt: skip


def _told(missed: Sequence[Kpi], reasons: Sequence[_Reason]) -> str:
    """转化周期45天未达目标≤30天；近半年反馈提到价格2次."""
    facts = [f"{k.metric}{_number(k.actual)}{k.unit}未达目标{k.op}{_number(k.target)}{k.unit}" for k in missed]
    said = [f"{reason.word}{reason.times}次" for reason in reasons]
    return "；".join([*facts, *([f"近半年反馈提到{'、'.join(said)}"] if said else ["跟进记录中没有找到原因，请与客户核实"])])


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _reasons(entries: Sequence[int], log: Table) -> list[_Reason]:
    """Words of the feedback that explain a miss, the most frequent first."""
    said = {i: reasons_in(text) for i in entries if isinstance(text := log.frame["feedback"].iat[i], str)}
    found = []
    for word, advice in _ADVICE.items():
        at = [i for i, words in said.items() if word in words]
        if at:
            found.append(_Reason(word, len(at), advice, tuple(str(log.ref("feedback", i)) for i in at[:3])))
    return sorted(found, key=lambda reason: -reason.times)


def _entries_of(
    strategies: Sequence[Strategy], table: Table, customers: Table, log: Table, as_of: dt.date
) -> Mapping[int, list[int]]:
    """Recent log rows of each strategy's customer, by id or name."""
    day = log.frame["followup_at"].to_numpy("datetime64[D]")
    today = np.datetime64(as_of, "D")
    recent = np.flatnonzero((day <= today) & (day > today - np.timedelta64(RECENT_DAYS, "D")))
    asked = {normalise_name(one.customer) for one in strategies}
    named = zip(customers.keys("name").tolist(), customers.keys("customer_id").tolist(), strict=True)
    ids = {name: key for name, key in named if name in asked and key is not None}
    own = table.frame["customer_id"].tolist()
    wanted = {*asked, *ids.values(), *(normalise_name(key) for key in own if key)}
    rows: dict[str, list[int]] = {}
    for field in ("customer_id", "name"):
        for i, key in zip(recent.tolist(), log.keys(field)[recent].tolist(), strict=True):
            if key in wanted:
                rows.setdefault(key, []).append(i)
    found = {}
    for i, one in enumerate(strategies):
        name = normalise_name(one.customer)
        keys_of = {name, ids.get(name), normalise_name(own[i]) if own[i] else None} - {None}
        found[i] = sorted({row for key in keys_of for row in rows.get(str(key), [])})
    return found


def _after(day: dt.date, every: Every, calendar: WorkCalendar) -> dt.date:
    due = add_interval(np.array([day], dtype="datetime64[s]"), every)[0]
    return calendar.next_working_day(due.astype("datetime64[D]").item())


def _helped(one: Strategy, adjusted: dt.date | None, runs: Sequence[RunRecord], as_of: dt.date) -> bool | None:
    """Whether the KPIs are better than before the last adjustment; None when nobody knows."""
    now, place = _mean(one.kpis), f"{PLACE}:{one.key}"
    if adjusted is None or now is None or adjusted >= as_of:
        return None
    before = next((run.written[place] for run in reversed(runs) if run.as_of <= adjusted and place in run.written), None)
    return None if before is None else now > float(before)


def _mean(kpis: Sequence[Kpi]) -> float | None:
    known = [kpi.attainment for kpi in kpis if kpi.attainment is not None]
    return sum(known) / len(known) if known else None
