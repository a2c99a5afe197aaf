"""The figures of the team as a whole in the result document: what the review's tables show, as plain values."""

from __future__ import annotations

from typing import Any

from crmsheet.model import Done, Insight, Matter, Outcome, OwnerLoad, Ratio, Span

Json = dict[str, Any]


def indicator_fields(outcome: Outcome) -> Json:
    """Name → value, numerator, denominator, and where they come from: days, cells (as ranges), source, reason of a gap."""
    origins = outcome.insight.origins if outcome.insight else {}
    found = {name: ratio_fields(ratio) for name, ratio in outcome.indicators.items()}
    for name in found.keys() & origins.keys():
        one = origins[name]
        found[name] |= {
            "span": None if one.span is None else span_fields(one.span), "cells": list(one.cells), "among": list(one.among),
            "source": one.source, "why": one.why,
        }  # fmt: skip
    return found


def insight_fields(seen: Insight) -> Json:
    """Effort, objections, losses, methods, periods and KPIs."""
    return {
        "span": span_fields(seen.span), "before": span_fields(seen.before), "verdict": seen.verdict,
        "tiers": [
            {"tier": one.tier, "customers": one.customers, **_done(one.done), "value": round(one.value, 2)} for one in seen.tiers
        ],
        "owners": [
            {"owner": one.owner, "customers": one.customers, **_done(one.done), "top": _done(one.top), "lowest": _done(one.low),
             "verdict": one.verdict} for one in seen.owners
        ],
        "workload": [load_fields(one) for one in seen.loads],
        "feedback": ratio_fields(seen.spoke),
        "objections": [_matter(one) | {"before": one.before} for one in seen.objections],
        "lost": seen.lost, "losses": [_matter(one) for one in seen.losses],
        "answers_told_by": seen.rule,
        "methods": [
            {"method": one.method, **ratio_fields(one.now), "before": ratio_fields(one.before), "cells": list(one.cells)} for one in seen.methods
        ],
        "periods": [
            {"period": one.period, "span": span_fields(one.now), "before": span_fields(one.before),
             "log_begins": None if one.begins is None else one.begins.isoformat(),
             "figures": {name: {"now": _figure(now), "before": _figure(before)} for name, now, before in one.figures}}
            for one in seen.compared
        ],
        "kpis": [
            {"metric": one.metric, **ratio_fields(one.met), "target": one.target, "actual": one.actual, "unit": one.unit,
             "cells": list(one.cells)} for one in seen.kpis
        ],
        "contacts_by_week": [{"last": day.isoformat(), "contacts": count} for day, count in seen.weekly],
    }  # fmt: skip


def load_fields(one: OwnerLoad) -> Json:
    """Contacts a week asked, possible and done, and what gives way."""
    return {
        "owner": one.owner, "customers": one.customers, "asked": round(one.asked, 1), "capacity": one.capacity, "done": round(one.done, 1),
        "over": round(one.over, 1), "gives": [{"tier": tier, "contacts": round(count, 1)} for tier, count in one.gives],
    }  # fmt: skip


def ratio_fields(ratio: Ratio) -> Json:
    """A rate with what it is made of; value null without denominator."""
    return {"value": ratio.value, "numerator": ratio.numerator, "denominator": ratio.denominator}


def span_fields(span: Span) -> Json:
    """Days, both included."""
    return {"from": span.first.isoformat(), "to": span.last.isoformat()}


def _done(done: Done) -> Json:
    return {"contacts": done.contacts, "planned": round(done.planned, 1)}


def _matter(one: Matter) -> Json:
    return {"matter": one.word, "count": one.now, "customers": one.customers, "cells": list(one.cells), "example": one.quote}


def _figure(value: int | Ratio | None) -> int | float | None:
    return value.value if isinstance(value, Ratio) else value
