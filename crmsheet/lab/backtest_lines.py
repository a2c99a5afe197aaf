"""A look back as lines for the terminal, and as the document of ``--json``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crmsheet.arrays import Objects
from crmsheet.lab.backtest import Backtested, Month, Worth
from crmsheet.lab.intervals import ENOUGH, ENOUGH_EVENTS, Compared, Share
from crmsheet.policy.schema import Policy
from crmsheet.texts import Lang, say

SCHEMA = "crmsheet.backtest/1"
SHOWN = 5  # neglected customers named a month on the terminal; the document names all


def backtest_lines(found: Backtested, policy: Policy, workbook: str, names: Objects, lang: Lang) -> Iterator[str]:
    """``names``: customers as they may be shown."""

    def told(key: str, **params: object) -> str:
        return say("lab", f"back_{key}", lang, **params)

    yield told("head", path=workbook, first=found.span.first, last=found.span.last, count=len(found.months), policy=policy.name)
    if found.rest:
        yield told("rest", last=found.span.last, days=found.rest)
    if found.undated:
        yield told("undated", count=found.undated)
    yield told("months")
    yield from (_month_line(month, lang) for month in found.months)
    for name, worth in found.worth.items() if found.staged else ():
        yield told(f"outcome_{name}")
        yield from _worth_lines(worth, lang)
    yield told("level", count=sum(len(one.against) for one in found.worth.values())) if found.staged else told("no_stages")
    yield from _neglect_lines(found, policy, names, lang)
    yield from _rhythm_lines(found, policy, lang)


def _month_line(month: Month, lang: Lang) -> str:
    key = "recorded" if not month.rebuilt else "mixed" if month.recorded else "rebuilt"
    source = say("lab", f"back_{key}", lang, recorded=month.recorded, rebuilt=month.rebuilt)
    others = say("lab", "back_others", lang, count=month.others) if month.others else ""
    tiers = [say("lab", "back_tier", lang, tier=tier, customers=one.customers, contacts=one.contacts) for tier, one in month.tiers.items()]
    return say("lab", "back_month", lang, first=month.span.first, tiers=("、" if lang == "zh" else ", ").join(tiers), source=source + others)


def _percent(rate: float | None) -> str:
    return "—" if rate is None else f"{rate:.1%}"


def _points(rate: float | None) -> str:
    return "—" if rate is None else f"{100 * rate:.1f}"


def _worth_lines(worth: Worth, lang: Lang) -> Iterator[str]:
    for tier, share in worth.shares.items():
        key = "back_share" if share.trials else "back_share_none"
        yield say("lab", key, lang, tier=tier, events=share.events, trials=share.trials, rate=_percent(share.rate), low=_percent(share.low), high=_percent(share.high))
    yield from (_against_line(tier, one, lang) for tier, one in worth.against.items())


def _against_line(tier: str, one: Compared, lang: Lang) -> str:
    lift = say("lab", "back_no_lift", lang) if one.lift is None else say("lab", "back_lift", lang, lift=f"{one.lift:.1f}")
    gap, low, high = one.difference, one.low, one.high
    if one.verdict == "less" and gap is not None and low is not None and high is not None:
        gap, low, high = -gap, -high, -low
    return say("lab", f"back_{one.verdict}", lang, tier=tier, gap=_points(gap), low=_points(low), high=_points(high), lift=lift, trials=ENOUGH,
               events=ENOUGH_EVENTS, one=one.one.trials, other=one.other.trials, all=one.one.events + one.other.events)  # fmt: skip


def _neglect_lines(found: Backtested, policy: Policy, names: Objects, lang: Lang) -> Iterator[str]:
    top, comma = policy.tiers[0], "、" if lang == "zh" else ", "
    yield say("lab", "back_neglect", lang, tier=top)
    for month in found.months:
        if not month.logged:
            yield say("lab", "back_neglect_unknown", lang, first=month.span.first)
            continue
        silent = month.tiers[top].neglected
        who = comma.join(str(names[i]) for i in silent[:SHOWN]) + ("…" if len(silent) > SHOWN else "")
        yield say("lab", "back_neglect_month", lang, first=month.span.first, count=len(silent), all=month.tiers[top].customers,
                  names=f"（{who}）" if who and lang == "zh" else f" ({who})" if who else "")  # fmt: skip


def rhythm(found: Backtested, tier: str) -> float | None:
    """Days between two contacts of a customer of a tier, on average, as far as the log goes back; None without contacts."""
    days = sum(month.tiers[tier].customers * month.logged for month in found.months)
    contacts = sum(month.tiers[tier].contacts for month in found.months)
    return days / contacts if contacts else None


def _rhythm_lines(found: Backtested, policy: Policy, lang: Lang) -> Iterator[str]:
    yield say("lab", "back_rhythm", lang)
    for tier in policy.tiers:
        days, every = rhythm(found, tier), policy.touches_of(tier)[0].interval.text(lang)
        yield say("lab", "back_rhythm_tier" if days else "back_rhythm_none", lang, tier=tier, every=every, days=f"{days or 0:.1f}")


def backtest_document(found: Backtested, policy: Policy, workbook: str, people: list[dict[str, Any]]) -> dict[str, Any]:
    """``people``: each customer as it may be named (id, name, cell)."""
    return {
        "schema": SCHEMA, "workbook": workbook, "policy": {"name": policy.name, "version": policy.version},
        "from": found.span.first.isoformat(), "to": found.span.last.isoformat(), "days_left_out": found.rest, "undated": found.undated,
        "months": [_month_json(month, people) for month in found.months],
        "outcomes": {name: _worth_json(one) for name, one in found.worth.items()} if found.staged else None,
        "rhythm": {tier: {"every": policy.touches_of(tier)[0].every, "days": rhythm(found, tier)} for tier in policy.tiers},
    }  # fmt: skip


def _month_json(month: Month, people: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "from": month.span.first.isoformat(), "to": month.span.last.isoformat(),
        "days_logged": month.logged, "recorded": month.recorded, "rebuilt": month.rebuilt, "other_tiers": month.others,
        "tiers": {tier: {"customers": one.customers, "contacts": one.contacts,
                         "outcomes": {name: {"numerator": events, "denominator": trials} for name, (events, trials) in one.outcomes.items()}}
                  for tier, one in month.tiers.items()},
        "neglected": [people[i] for one in month.tiers.values() for i in one.neglected] if month.logged else None,
    }  # fmt: skip


def _worth_json(worth: Worth) -> dict[str, Any]:
    return {
        "tiers": {tier: _share_json(one) for tier, one in worth.shares.items()},
        "against_below": {tier: {"difference": one.difference, "low": one.low, "high": one.high, "lift": one.lift, "verdict": one.verdict,
                                 "tier": _share_json(one.one), "below": _share_json(one.other)} for tier, one in worth.against.items()},
    }  # fmt: skip


def _share_json(one: Share) -> dict[str, Any]:
    return {"numerator": one.events, "denominator": one.trials, "value": one.rate, "low": one.low, "high": one.high}
