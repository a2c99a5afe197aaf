"""Effort against value (SPEC §8: too much on B?): who got how many contacts, how many the policy plans, what they are worth."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from crmsheet.arrays import Floats, Ints, Objects, is_one_of, pick
from crmsheet.insight.facts import Facts
from crmsheet.model import Done, OwnerEffort, Span, TierEffort
from crmsheet.policy.schema import UNGRADED, Policy

MONTH_DAYS = 365.25 / 12
# When effort is out of proportion (assumption: the documents give no figure).
ENOUGH, ENOUGH_OF_ONE = 10, 5  # contacts, below which nothing is judged: the team's, an owner's
TOO_FEW, TOO_MANY = 0.8, 1.25  # of what is planned
SHARE = 0.1  # by which the lowest tier's share of the contacts exceeds its share of the plan
BALANCED, FEW, LOW, TOP, BOTH = "balanced", "too-few", "low", "top", "both"
_AMOUNTS = ("annual_amount", "expected_amount", "amount", "arpu")


def by_tier(facts: Facts, span: Span) -> tuple[TierEffort, ...]:
    """One row a tier, best first; customers without a tier last, where there are any."""
    tier, value = shown_tiers(facts), values(facts)
    frame = pd.DataFrame({"tier": tier, "contacts": contacts_each(facts, span), "planned": planned_each(facts, span), "value": value})
    sums = frame.groupby("tier").agg(
        customers=("value", "size"), contacts=("contacts", "sum"), planned=("planned", "sum"), value=("value", "sum"))  # fmt: skip
    known = sums.to_dict("index")
    shown = [tier for tier in (*facts.policy.tiers, UNGRADED) if tier in facts.policy.tiers or tier in known]
    none = {"customers": 0, "contacts": 0, "planned": 0.0, "value": 0.0}
    rows = ((tier, known.get(tier, none)) for tier in shown)
    return tuple(TierEffort(t, int(r["customers"]), Done(int(r["contacts"]), float(r["planned"])), float(r["value"])) for t, r in rows)


def by_owner(facts: Facts, span: Span) -> tuple[OwnerEffort, ...]:
    """One row an owner of customers, those out of proportion first, then the busiest."""
    tiers, tier = facts.policy.tiers, shown_tiers(facts)
    frame = pd.DataFrame({"contacts": contacts_each(facts, span), "planned": planned_each(facts, span), "customers": 1})
    parts = {"all": np.ones(len(tier), dtype=bool), "top": tier == tiers[0], "low": tier == tiers[-1]}
    columns = {f"{part}.{name}": np.where(where, frame[name], 0) for part, where in parts.items() for name in frame}
    codes, owners = pd.factorize(facts.column("owner"), use_na_sentinel=False)
    sums = pd.DataFrame(columns).groupby(codes).sum()
    rows = zip(*(sums[name].tolist() for name in sums), strict=True)
    found = [_owner(owners[code], dict(zip(sums.columns, row, strict=True))) for code, row in zip(sums.index.tolist(), rows, strict=True)]
    return tuple(sorted(found, key=lambda one: (one.verdict in (BALANCED, FEW), -one.done.contacts, one.owner or "")))


def _owner(name: str | None, row: Mapping[str, float]) -> OwnerEffort:
    done, top, low = (Done(int(row[f"{part}.contacts"]), float(row[f"{part}.planned"])) for part in ("all", "top", "low"))
    return OwnerEffort(None if pd.isna(name) else name, int(row["all.customers"]), done, top, low, verdict(done, top, low, ENOUGH_OF_ONE))


def verdict(done: Done, top: Done, low: Done, enough: int = ENOUGH) -> str:
    """Whether the lowest tier gets too much and the top tier too little (rule above).

    ``done``: all contacts; with fewer than ``enough`` of them, or without any plan, nothing is said.
    """
    if done.contacts < enough or not done.planned:
        return FEW
    spare = low.contacts / done.contacts - low.planned / done.planned
    too_much = low.contacts > TOO_MANY * low.planned and spare >= SHARE
    too_little = top.planned >= 1 and top.contacts < TOO_FEW * top.planned
    return BOTH if too_much and too_little else LOW if too_much else TOP if too_little else BALANCED


def contacts_each(facts: Facts, span: Span) -> Ints:
    """Log entries of each customer in a span; of two rows with one 客户编号 the first has them all."""
    return np.bincount(facts.entries(span)["customer"].to_numpy(dtype=np.int64), minlength=len(facts.people))


def planned_each(facts: Facts, span: Span) -> Floats:
    """Contacts that the rhythm plans for each customer in a span: by its tier's first touch, the others fall on the same days.

    Customers whose follow-up pauses, sleeps or is over have none.
    """
    planned = span.days * per_day(facts.policy, shown_tiers(facts), facts.column("status"))
    planned[facts.contacts.first_row != np.arange(len(planned))] = 0
    return planned


def per_day(policy: Policy, tier: Objects, status: Objects) -> Floats:
    """Contacts a day that the rhythm plans for customers in some tiers (未分级 among them)."""
    rate = {name: 1 / _days(policy, name) for name in policy.tiers}
    rate[UNGRADED] = rate[policy.tiers[-1]]  # SPEC §4: they keep the lowest tier's first touch
    planned = np.zeros(len(tier))
    for name, each in rate.items():
        planned[tier == name] = each
    planned[is_one_of(status, ("paused", "dormant", "lost"))] = 0
    return planned


def _days(policy: Policy, tier: str) -> float:
    every = policy.touches_of(tier)[0].interval
    return every.days or every.months * MONTH_DAYS


def values(facts: Facts) -> Floats:
    """What each customer is worth in 元, by the amount that the policy grades by (else the first one known); 0 unknown."""
    own = [field for band in facts.policy.bands if band.kind == "amount" for field in band.fields]
    worth = np.full(len(facts.customers), np.nan)
    for field in own or _AMOUNTS:
        amount = facts.customers.frame[field].to_numpy(dtype=np.float64)
        worth = np.where(np.isnan(worth), amount, worth)
    return np.where(np.isnan(worth), 0.0, worth)


def shown_tiers(facts: Facts) -> Objects:
    """Each customer's tier; a word that the policy does not know counts as 未分级."""
    tier = facts.column("tier_effective")
    return pick(is_one_of(tier, facts.policy.tiers), tier, UNGRADED)
