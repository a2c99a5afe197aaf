"""The strategy table: each row's KPIs compared and rated, a person's rating kept (SPEC §7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from crmsheet.arrays import Objects
from crmsheet.model import Finding, Kpi, Strategy
from crmsheet.policy.schema import Policy
from crmsheet.tables.row_keys import row_keys
from crmsheet.tables.table import Table
from crmsheet.values.kpis import parse_kpis, rate_kpis
from crmsheet.values.tiers import parse_tier
from crmsheet.values.words import parse_word

LOST = "流失"
_COUNT = re.compile(r"\s*(\d+)\s*家?\s*$")


class Rated(NamedTuple):
    """The strategies as rated; ``fill``: row of the table → rating for a cell that is ours; ``ours``: place → rating."""

    strategies: tuple[Strategy, ...]
    fill: dict[int, str]
    findings: list[Finding]
    ours: dict[str, str]


def rate_strategies(table: Table, before: Mapping[str, str]) -> Rated:
    """Rate every row of the strategy table.  ``before``: what earlier runs wrote, by place; a person's value is kept."""
    strategies, fill, findings, ours = [], {}, [], {}
    cells = table.cells("kpis")
    names = ("sheet", "row", "name", "segment", "owner", "strategy", "kpis", "rating")
    rows = zip(*(table.frame[name].tolist() for name in names), strict=True)
    keys = row_keys(table)
    for i, (sheet, row, name, segment, owner, current, text, written) in enumerate(rows):
        kpis = parse_kpis(text) if text else ()
        rating = rate_kpis(kpis)
        findings += [Finding("kpi-unquantified", table.ref("kpis", i), kpi.metric) for kpi in kpis if kpi.problem]
        place = f"效果评估:{keys[i]}"
        if rating is not None and table.ref("rating", i) and (written is None or before.get(place) == written):
            fill[i] = ours[place] = rating
        elif written is not None and rating is not None and (parse_word(written, "rating").word or written) != rating:
            findings.append(Finding("rating-mismatch", table.ref("rating", i), str(written), {"ours": rating}))
        shown = tuple(Kpi(k.metric, k.op, k.target, k.actual, k.unit, k.met, k.attainment) for k in kpis)
        strategies.append(
            Strategy(sheet, int(row), name or "", segment, owner, current, shown, rating, written, cells[i] or "", key=keys[i])
        )
    return Rated(tuple(strategies), fill, findings, ours)


class Counted(NamedTuple):
    """``fill``: row of the classes table → what its 客户数量 gets where it is ours; ``ours``: place → value."""

    fill: dict[int, str | int]
    findings: list[Finding]
    ours: dict[str, str]


def count_classes(table: Table, policy: Policy, tiers: Objects, stages: Objects, before: Mapping[str, str]) -> Counted:
    """客户数量 of each class (S002-92): customers of that tier, or lost ones; a person's number is kept."""
    fill: dict[int, str | int] = {}
    ours: dict[str, str] = {}
    findings = []
    written = table.frame["count"].tolist()
    with_word = any(isinstance(text, str) and text.endswith("家") for text in written)
    for i, name in enumerate(table.frame["name"].tolist()):
        count = _members(name or "", policy, tiers, stages)
        if count is None or not table.ref("count", i):
            continue
        text, place = written[i], f"客户数量:{name}"
        if text is None or before.get(place) == str(text):
            fill[i] = f"{count}家" if with_word else count
            ours[place] = str(fill[i])
        elif not (match := _COUNT.match(text)) or int(match[1]) != count:
            findings.append(Finding("count-mismatch", table.ref("count", i), text, {"name": name, "ours": count}))
    return Counted(fill, findings, ours)


def _members(name: str, policy: Policy, tiers: Objects, stages: Objects) -> int | None:
    if LOST in name:
        return int(np.sum(stages == LOST))
    tier = parse_tier(name, policy.tiers, {})
    return None if tier is None else int(np.sum((tiers == tier) & (stages != LOST)))
