"""The strategy table: KPIs, proposals to adjust a strategy, and people's words on what was proposed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, NamedTuple


@dataclass(frozen=True, slots=True)
class Kpi:
    """One 关键监测指标: ``复购率≥80%/85%`` is (复购率, ≥, 80, 85, %); S004-46, S004-52."""

    metric: str
    op: str | None
    target: float | None
    actual: float | None
    unit: str
    met: bool | None
    attainment: float | None


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What is proposed for a strategy whose KPIs are missed (SPEC §7).

    ``state``: ``waiting`` for 同意 in 审核 or a person's own 调整后策略 and 调整时间, or ``running``: that was done, and the
    cycle is not over; ``due``: when it is looked at next; ``helped``: whether the last adjustment did, None when nobody knows.
    """

    state: Literal["waiting", "running"]
    missed: tuple[str, ...]
    reason: str
    reasons: tuple[tuple[str, int], ...]  # word, how often the log says so
    cells: tuple[str, ...]
    strategy: str
    due: dt.date
    helped: bool | None
    id: str | None = None  # by which a decision made in the review names it; None where nothing is remembered


class Verdict(NamedTuple):
    """What became of one decision made in an Excel review.

    ``state``: ``applied``; ``done`` (an earlier run had applied it already); ``left`` out, ``why`` by the key of its sentence.
    ``customer``: as the name may be shown, None where the id says nothing.
    """

    id: str
    answer: str  # agree, refuse, or other for another word
    word: str  # as it was typed, private values masked
    state: Literal["applied", "done", "left"]
    where: str
    customer: str | None = None
    why: str | None = None
    remark: str | None = None
    approver: str | None = None


@dataclass(frozen=True, slots=True)
class Strategy:
    """One row of the strategy table with the rating that its KPIs earn (SPEC §7)."""

    sheet: str
    row: int
    customer: str
    segment: str | None
    owner: str | None
    current: str | None
    kpis: tuple[Kpi, ...]
    rating: str | None
    rating_in_sheet: str | None
    kpi_cell: str
    proposal: Adjustment | None = None
    key: str = ""  # by which 运行记录 knows the row

    @property
    def missed(self) -> tuple[str, ...]:
        """Metrics whose target is not met."""
        return tuple(kpi.metric for kpi in self.kpis if kpi.met is False)
