"""Who moved between tiers since the last run, by 等级变更记录."""

from __future__ import annotations

import numpy as np

from crmsheet.insight.facts import Facts
from crmsheet.model import Flow


def flows(facts: Facts) -> tuple[Flow, ...]:
    """One flow for each pair of tiers, best first; a customer that moved and came back is in none.

    Without an earlier run there are none.  Of several moves the first one's tier and the last one's count.
    """
    if facts.last is None:
        return ()
    days = facts.moves["at"].to_numpy("datetime64[D]")
    recent = facts.moves[(days > np.datetime64(facts.last, "D")) & (days <= np.datetime64(facts.as_of, "D"))]
    first, last = recent.drop_duplicates("customer"), recent.drop_duplicates("customer", keep="last").set_index("customer")
    after = last["after"].reindex(first["customer"]).tolist()
    found: dict[tuple[str | None, str | None], list[int]] = {}
    for customer, old, new in zip(first["customer"].tolist(), first["before"].tolist(), after, strict=True):
        if old != new:
            found.setdefault((old, new), []).append(int(customer))
    order = {tier: place for place, tier in enumerate(facts.policy.tiers)}
    pairs = sorted(found, key=lambda pair: tuple(order.get(tier or "", len(order)) for tier in pair))
    return tuple(Flow(old, new, tuple(found[old, new])) for old, new in pairs)
