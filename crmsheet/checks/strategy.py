"""Checks of the strategy table; its KPIs and ratings are judged in judge/strategies.py."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmsheet.arrays import is_none, is_there, pick
from crmsheet.checks.context import Context, check, words
from crmsheet.model import Finding
from crmsheet.privacy.detect import scrub
from crmsheet.tables.noise import tell
from crmsheet.tables.persons import shown_customer
from crmsheet.values.names import normalise_names


@check("strategy-customer-unknown")
def strategy_customer_unknown(seen: Context) -> list[Finding]:
    """A strategy whose customer, by id or else by name, is not in the customers table (S004-41)."""
    table, customers = seen.strategy, seen.customers
    if not len(table):
        return []
    ids, names = (normalise_names(words(table, field)) for field in ("customer_id", "name"))
    known_ids, known_names = (normalise_names(words(customers, field)) for field in ("customer_id", "name"))
    known = np.where(is_none(ids), pd.Series(names).isin(list(known_names)), pd.Series(ids).isin(list(known_ids)))
    there = is_there(pick(is_none(ids), names, ids))

    def make(i: int) -> Finding:
        field = "name" if ids[i] is None else "customer_id"
        return Finding("strategy-customer-unknown", table.ref(field, i), scrub(shown_customer(str(table.frame[field].iat[i]))))

    return tell(np.flatnonzero(there & ~known), len(table), make)
