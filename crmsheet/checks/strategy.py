"""Checks of the strategy table; its KPIs and ratings are judged in judge/strategies.py."""

from __future__ import annotations

import numpy as np

from crmsheet.arrays import Objects, is_none, pick
from crmsheet.checks.context import Context, check, words
from crmsheet.model import Finding
from crmsheet.plan.cycles import cycle_of
from crmsheet.privacy.detect import scrub
from crmsheet.tables.noise import tell
from crmsheet.tables.persons import shown_customer
from crmsheet.values.columns import parse_distinct
from crmsheet.values.names import normalise_names


@check("strategy-customer-unknown")
def strategy_customer_unknown(seen: Context) -> list[Finding]:
    """A strategy whose customer, by id or else by name, is not in the customers table (S004-41)."""
    table, customers = seen.strategy, seen.customers
    ids, names = words(table, "customer_id"), words(table, "name")
    by_id = _strangers(ids, words(customers, "customer_id"))
    by_name = _strangers(pick(is_none(ids), names, None), words(customers, "name"))

    def make(i: int) -> Finding:
        field = "name" if ids[i] is None else "customer_id"
        return Finding("strategy-customer-unknown", table.ref(field, i), scrub(shown_customer(str(table.frame[field].iat[i]))))

    return tell(np.array(sorted(by_id + by_name), dtype=np.int64), len(table), make)


@check("cycle-unparseable")
def cycle_unparseable(seen: Context) -> list[Finding]:
    """策略执行周期 that does not say how long a cycle lasts (S004-45): the next adjustment is then due in a month."""
    table = seen.strategy
    codes, cycles = parse_distinct(words(table, "cycle"), cycle_of)
    unread = (codes >= 0) & np.append([one is None for one in cycles], False)[codes].astype(bool)

    def make(i: int) -> Finding:
        text = scrub(str(table.frame["cycle"].iat[i]))
        return Finding("cycle-unparseable", table.ref("cycle", i), text, {"field": table.header("cycle")})

    return tell(np.flatnonzero(unread), len(table), make)


def _strangers(asked: Objects, there: Objects) -> list[int]:
    """Rows whose text is not among others; nothing is folded while all are there letter by letter."""
    spelled = set(there.tolist())
    strange = [i for i, text in enumerate(asked.tolist()) if text is not None and text not in spelled]
    known = set(normalise_names(there).tolist()) if strange else ()
    return [i for i, text in zip(strange, normalise_names(asked[strange]).tolist(), strict=True) if text not in known]
