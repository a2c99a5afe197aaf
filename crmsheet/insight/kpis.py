"""The strategies' KPIs put together by metric (S004-29..34)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from crmsheet.insight.places import ranges
from crmsheet.model import Kpi, KpiGroup, Ratio, Strategy
from crmsheet.values.columns import fold

# family → what its metrics are called, and the demand that names it
FAMILIES: Mapping[str, tuple[re.Pattern[str], str]] = {
    "satisfaction": (re.compile(r"满意|CSAT", re.IGNORECASE), "S004-29"),
    "repurchase": (re.compile(r"复购"), "S004-30"),
    "churn": (re.compile(r"流失"), "S004-31"),
    "spend_growth": (re.compile(r"客单价"), "S004-32"),
}
_NAMES = {"satisfaction": "客户满意度", "repurchase": "复购率", "churn": "客户流失率", "spend_growth": "客单价增长率"}


def kpis_of(strategies: Sequence[Strategy], family: str | None = None) -> list[tuple[str, Kpi]]:
    """Every KPI with its cell, of one family or all."""
    return [
        (one.kpi_cell, kpi) for one in strategies for kpi in one.kpis if family is None or FAMILIES[family][0].search(kpi.metric)
    ]


def kpi_cells(cells: Iterable[str]) -> tuple[str, ...]:
    """Cells of KPIs as ranges."""
    return ranges(cells)


def kpi_groups(strategies: Sequence[Strategy]) -> tuple[KpiGroup, ...]:
    """All metrics, the documents' four first (under one name each), the others as they are first written."""
    spelt: dict[str, str] = {}
    groups: dict[str, list[tuple[str, Kpi]]] = {name: [] for name in _NAMES.values()}
    for place, kpi in kpis_of(strategies):
        family = next((family for family, (shape, _) in FAMILIES.items() if shape.search(kpi.metric)), None)
        groups.setdefault(_NAMES[family] if family else spelt.setdefault(fold(kpi.metric), kpi.metric), []).append((place, kpi))
    return tuple(_group(name, found) for name, found in groups.items() if found)


def _group(name: str, found: Sequence[tuple[str, Kpi]]) -> KpiGroup:
    known = [kpi for _, kpi in found if kpi.met is not None]
    units = {kpi.unit for kpi in known}
    one_unit = len(units) == 1  # a mean over 天 and % says nothing
    met = Ratio(len([kpi for kpi in known if kpi.met]), len(known))
    target, actual = (_mean([getattr(kpi, part) for kpi in known]) if one_unit else None for part in ("target", "actual"))
    return KpiGroup(name, met, target, actual, units.pop() if one_unit else "", kpi_cells(place for place, _ in found))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
