"""Every customer's tier by the policy, and the evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from crmsheet.arrays import Bools, Floats, Ints, Objects, every, is_none, is_one_of, objects, pick
from crmsheet.judge.bands import Banded, band_all
from crmsheet.judge.tiers import RuleTable
from crmsheet.model import CellRef, Finding
from crmsheet.policy.schema import UNGRADED, UNKNOWN, BandSpec, Policy
from crmsheet.tables.noise import tell
from crmsheet.tables.table import Table
from crmsheet.values.columns import parse_distinct, spread_objects
from crmsheet.values.tiers import parse_tier, spell_like


class Judged(NamedTuple):
    """One row a customer: tier, tier_in_sheet, tier_known, tier_cell, evidence, and for each band ``band.X``,
    ``reason.X``, ``reason_cells.X``, ``reason_source.X`` (see model.Outcome).

    ``grade``: number of the tier, 0 the best, as many as there are tiers: 未分级; ``worst``: of the worst tier that
    unknown bands could turn out to mean; ``code``: the combination of bands (see RuleTable).
    """

    frame: pd.DataFrame
    grade: Ints
    worst: Ints
    code: Ints
    findings: list[Finding]


def judge(policy: Policy, words: Mapping[str, str], table: Table, as_of: dt.date) -> Judged:
    """Grade every customer.  ``words``: the team's own tier words (``[tiers]``)."""
    bands = band_all(policy, table, as_of)
    rules = RuleTable(policy)
    code = rules.codes(bands, table.present)
    grade, rule, worst = rules.grade_of[code], rules.rule_of[code], rules.worst_of[code]
    names = np.array([*policy.tiers, UNGRADED], dtype=object)
    raw = table.frame["tier"].to_numpy(dtype=object)
    known = _known_tiers(raw, policy, words)
    tier = names[grade]
    reasons = _reasons(policy, bands, rule, rules.cites[code])
    columns: dict[str, Objects] = {
        "tier": tier, "tier_in_sheet": raw, "tier_known": known,
        "tier_cell": table.cells("tier"),
        "evidence": _evidence([reasons[f"reason.{band.name}"] for band in policy.bands]), **reasons,
    }  # fmt: skip
    columns |= {f"band.{name}": banded.band for name, banded in bands.items()}
    frame = pd.DataFrame({name: pd.Series(column, dtype=object) for name, column in columns.items()})
    findings = [
        *_missing_columns(policy, table), *_unknown_tiers(policy, raw, known, table), *_incomplete(policy, bands, rule, tier, table),
        *_passed(policy, table, as_of), *_gaps(policy, bands, tier, table),
    ]  # fmt: skip
    return Judged(frame, grade, worst, code, findings)


def spelled(policy: Policy, words: Mapping[str, str], judged: pd.DataFrame, tiers: Objects) -> Objects:
    """Tiers in the spelling that the tier column uses (``S级`` beside ``A级``); None stays None."""
    samples = [str(text) for text in judged["tier_in_sheet"].dropna().unique()[:200]]
    spelling = {tier: spell_like(tier, samples, policy.tiers, words) for tier in policy.tiers}
    return np.array([spelling.get(tier, tier) for tier in tiers], dtype=object)


def gap_mask(policy: Policy, judged: pd.DataFrame, tier: str = "tier_effective") -> Bools:
    """Customers in the corner that the documents leave empty; they also get another tier's touches.  ``tier``: by which column."""
    if policy.gap is None:
        return np.zeros(len(judged), dtype=bool)
    bands = [judged[f"band.{name}"].isin(allowed).to_numpy() for name, allowed in policy.gap.when.items()]
    return every([judged[tier].isin(policy.gap.tiers).to_numpy(), *bands])


# ---------------------------------------------------------------- tiers


def _known_tiers(raw: Objects, policy: Policy, words: Mapping[str, str]) -> Objects:
    codes, values = parse_distinct(raw, lambda text: parse_tier(text, policy.tiers, words))
    return spread_objects(codes, values)


def _reasons(policy: Policy, bands: Mapping[str, Banded], rule: Ints, cites: Bools) -> dict[str, Objects]:
    """The facts that decided.  ``cites``: customers × bands."""
    sources = np.array([r.source for r in policy.rules], dtype=object)[rule]
    found: dict[str, Objects] = {}
    for used, spec in zip(cites.T, policy.bands, strict=True):
        banded = bands[spec.name]
        found[f"reason.{spec.name}"] = pick(used, banded.text, None)
        found[f"reason_cells.{spec.name}"] = pick(used, banded.cells, "")
        found[f"reason_source.{spec.name}"] = pick(used, sources, None)
    return found


def _evidence(texts: list[Objects]) -> Objects:
    """等级依据: the facts joined by ``; `` (SPEC §6)."""
    return objects(["; ".join([t for t in line if t]) for line in zip(*texts, strict=True)])


# ---------------------------------------------------------------- findings


def _missing_columns(policy: Policy, table: Table) -> list[Finding]:
    """Without any of these columns no row can be graded: one finding a region that lacks them (and is not joined)."""
    found = []
    for number, region in enumerate(table.regions):
        rows = table.places["name"].region == number
        joined = any((table.present[name] & rows).any() for name in policy.requires_any)
        if not joined and not region.outside and not any(name in region.fields for name in policy.requires_any):
            where = CellRef(region.sheet, region.header_rows[-1], min(region.headers))
            names = "、".join(table.spec.fields[name].header for name in policy.requires_any)
            found.append(Finding("missing-column", where, None, {"field": names}))
    return found


def _unknown_tiers(policy: Policy, raw: Objects, known: Objects, table: Table) -> list[Finding]:
    """Words of the tier column that the policy does not know: one finding a word, at its first cell."""
    from crmsheet.policy.choose import presets_that_know  # the presets are read only when a word is strange

    strange = pd.Series(pick(is_none(known), raw, None), dtype=object).dropna()
    found = []
    for word, rows in strange.groupby(strange, sort=False).groups.items():
        others = presets_that_know(str(word), policy.name)
        elsewhere = f"（策略 {'、'.join(others)} 有这一级）" if others else ""
        params = {"policy": policy.name, "tiers": "/".join(policy.tiers), "elsewhere": elsewhere, "count": len(rows)}
        found.append(Finding("unknown-tier", table.ref("tier", int(rows[0])), str(word), params))
    return found


def _incomplete(
    policy: Policy, bands: Mapping[str, Banded], rule: Ints, tier: Objects, table: Table
) -> list[Finding]:
    """A tier that rests on an unknown band, where the rule says that this is worth a word."""
    tells = np.array([r.incomplete for r in policy.rules], dtype=bool)[rule]
    unknown: dict[int, list[BandSpec]] = {}
    for spec in policy.bands:
        asked = np.array([spec.name in r.when for r in policy.rules], dtype=bool)[rule]
        for i in np.flatnonzero(tells & asked & (bands[spec.name].band == UNKNOWN)).tolist():
            unknown.setdefault(i, []).append(spec)
    absent = {spec.name for spec in policy.bands if not any(map(table.has, spec.fields))}
    alike: dict[tuple[str, ...], list[int]] = {}  # unknown only because the columns are not there: one finding for all
    own: dict[int, tuple[BandSpec, list[str]]] = {}
    for i, specs in sorted(unknown.items()):
        missing = [str(bands[spec.name].missing[i]) for spec in specs]
        if all(spec.name in absent for spec in specs):
            alike.setdefault((str(tier[i]), *missing), []).append(i)
        else:
            own[i] = (specs[0], missing)

    def make(i: int) -> Finding:
        spec, missing = own[i]
        return _incomplete_finding(_first_cell(table, spec.fields, missing[0], i), str(tier[i]), missing)

    found = tell(np.array(list(own), dtype=np.int64), len(table), make)
    for (grade, *missing), rows in alike.items():
        found.append(_incomplete_finding(table.ref("name", rows[0]), grade, missing, len(rows)))
    return found


def _incomplete_finding(where: CellRef | None, tier: str, missing: list[str], count: int = 1) -> Finding:
    params: dict[str, object] = {"tier": tier, "missing": "、".join(missing), "many": "", "many_en": ""}
    if count > 1:
        params |= {"many": f"有{count}个客户", "many_en": f" ({count} customers)", "count": count}
    return Finding("evidence-incomplete", where, None, params)


def _first_cell(table: Table, fields: tuple[str, ...], header: str, position: int) -> CellRef | None:
    """The cell of the input with that header; the customer's name where there is no such column."""
    for name in fields:
        if table.has(name) and table.header(name) == header:
            return table.ref(name, position)
    return table.ref("name", position)


def _passed(policy: Policy, table: Table, as_of: dt.date) -> list[Finding]:
    """Decision dates that are over, where the policy reads them."""
    found = []
    for spec in policy.bands:
        if spec.kind != "days" or spec.past is None:
            continue
        name = spec.fields[0]
        days = (np.datetime64(as_of, "D") - table.frame[name].to_numpy("datetime64[D]")).astype(np.float64)
        days[np.isnat(table.frame[name].to_numpy("datetime64[s]"))] = np.nan
        found += tell(np.flatnonzero(days > 0), len(table), partial(_passed_finding, table, name, days))
    return found


def _passed_finding(table: Table, name: str, days: Floats, i: int) -> Finding:
    return Finding("decision-date-passed", table.ref(name, i), None, {"field": table.header(name), "days": int(days[i])})


def _gaps(policy: Policy, bands: Mapping[str, Banded], tier: Objects, table: Table) -> list[Finding]:
    if policy.gap is None:
        return []
    inside = is_one_of(tier, policy.gap.tiers)
    for name, allowed in policy.gap.when.items():
        inside &= np.isin(bands[name].band.astype(str), allowed)
    fields = [field for name in policy.gap.when for field in policy.band(name).fields if table.has(field)]
    return tell(np.flatnonzero(inside), len(table), lambda i: Finding("segment-gap", table.ref(fields[0], i), None, {"tier": tier[i]}))
