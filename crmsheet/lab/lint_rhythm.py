"""Faults of touches, cadences, limits, events and moves: rhythms that contradict each other."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator

from crmsheet.lab.fault import Fault
from crmsheet.policy.schema import DORMANT, Every, Policy, Touch

MONTH_DAYS = 365.25 / 12
# How far a rhythm may be from its cadence (assumption): documents round, 每两周 is twice a month.
ROUNDED, APART = 1.2, 1.5


def lint_rhythm(policy: Policy) -> Iterator[Fault]:
    """Everything about when contacts, events and moves are due."""
    yield from _touches(policy)
    yield from _cadences(policy)
    yield from _limits(policy)
    yield from _events(policy)
    yield from _moves(policy)
    yield from _gap(policy)


def days_of(every: Every) -> float:
    """An interval in days; a month has 30.4."""
    return every.days or every.months * MONTH_DAYS


def _touches(policy: Policy) -> Iterator[Fault]:
    """A touch of one name twice; a better tier that is contacted less often than the next one."""
    seen = Counter[tuple[str, str]]()
    for number, touch in enumerate(policy.touches):
        seen[touch.tier, touch.name] += 1
        if seen[touch.tier, touch.name] == 2:
            yield Fault("touch-twice", f"touches[{number}]", {"tier": touch.tier, "name": touch.name})
    for upper, lower in itertools.pairwise(policy.tiers):
        one, other = policy.touches_of(upper)[0], policy.touches_of(lower)[0]
        if days_of(one.interval) > days_of(other.interval):
            yield Fault("rhythm-order", f"touches[{policy.touches.index(one)}]", {
                "upper": upper, "lower": lower, "one": _said(one), "other": _said(other)}, "info")  # fmt: skip


def _said(touch: Touch) -> tuple[str, str]:
    return touch.interval.text("zh"), touch.interval.text("en")


def _cadences(policy: Policy) -> Iterator[Fault]:
    """跟进周期(次/月) against the tier's first touch."""
    for tier, one in policy.cadence.items():
        path, touch = f"cadence.{tier}", policy.touches_of(tier)[0]
        times = MONTH_DAYS / days_of(touch.interval)
        params = {"tier": tier, "cadence": one.text(), "times": round(times, 1), "every": _said(touch)}
        if one.least > one.most:
            yield Fault("cadence-order", path, {"tier": tier, "least": one.least, "most": one.most})
        elif times > APART * one.most or times * APART < one.least:
            yield Fault("cadence-touch", path, params)
        elif times > ROUNDED * one.most or times * ROUNDED < one.least:
            yield Fault("cadence-rounded", path, params, "info")
    for tier in policy.tiers if policy.cadence else ():
        if tier not in policy.cadence:
            yield Fault("cadence-missing", "cadence", {"tier": tier})


def _limits(policy: Policy) -> Iterator[Fault]:
    """The most contacts a month of the lowest tier against what its own touches and cadence ask for."""
    most, tier = policy.records.most, policy.tiers[-1]
    if most is None:
        return
    asked = sum(max(1, int(MONTH_DAYS / days_of(touch.interval))) for touch in policy.touches_of(tier))
    params = {"tier": tier, "most": most.contacts}
    if asked > most.contacts:
        touches = [touch.name for touch in policy.touches_of(tier)]
        yield Fault("limit-touches", "records.most", {**params, "asked": asked, "touches": touches})
    if tier in policy.cadence and policy.cadence[tier].least > most.contacts:
        yield Fault("limit-cadence", f"cadence.{tier}", {**params, "cadence": policy.cadence[tier].text()})


def _events(policy: Policy) -> Iterator[Fault]:
    for name, rule in policy.events.items():
        if rule.breach is not None and (rule.after is None or days_of(Every.read(rule.breach)) <= days_of(Every.read(rule.after))):
            yield Fault("breach-early", f"events.{name}", {"event": name, "after": rule.after or "-", "breach": rule.breach})


def _moves(policy: Policy) -> Iterator[Fault]:
    """Where moves lead."""
    moves, place = policy.moves, {tier: number for number, tier in enumerate(policy.tiers)}
    if moves.stalled is not None and place[moves.stalled.to] <= place[moves.stalled.source_tier]:
        yield Fault("stalled-not-down", "moves.stalled", {"source": moves.stalled.source_tier, "to": moves.stalled.to})
    if moves.immediate is not None and moves.immediate.to == policy.tiers[-1]:
        yield Fault("immediate-lowest", "moves.immediate", {"to": moves.immediate.to})
    if moves.dormant is not None and not policy.touches_of(DORMANT):
        yield Fault("dormant-untouched", "moves.dormant", {})


def _gap(policy: Policy) -> Iterator[Fault]:
    """The corner that the documents leave empty: told, and whether it names tiers and bands that exist."""
    if policy.gap is None:
        return
    for tier in (*policy.gap.tiers, policy.gap.touches_of):
        if tier not in policy.tiers:
            yield Fault("gap-tier", "gap", {"tier": tier, "tiers": list(policy.tiers)})
    for name in policy.gap.when:
        if name not in {band.name for band in policy.bands}:
            yield Fault("gap-band", "gap.when", {"band": name, "bands": [band.name for band in policy.bands]})
    yield Fault("corner-empty", "gap", {"tiers": list(policy.gap.tiers), "by": policy.gap.touches_of}, "info")
