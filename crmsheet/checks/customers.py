"""Checks of the customers table."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from crmsheet.model import Finding
from crmsheet.tables.table import Table
from crmsheet.values.names import normalise_names


def duplicate_customer(table: Table) -> list[Finding]:
    """Two rows with one 客户编号 are two entries, and a finding at the later one (S000-55)."""
    ids = normalise_names(table.frame["customer_id"].to_numpy(dtype=object))
    codes, _ = pd.factorize(ids)
    first: dict[int, int] = {}
    found = []
    for i in np.flatnonzero(pd.Series(codes).duplicated(keep=False).to_numpy() & (codes >= 0)).tolist():
        before = first.setdefault(int(codes[i]), i)
        if before != i:
            params = {"first": str(table.ref("customer_id", before))}
            found.append(Finding("duplicate-customer", table.ref("customer_id", i), str(table.frame["customer_id"].iat[i]), params))
    return found


CHECKS: tuple[Callable[[Table], list[Finding]], ...] = (duplicate_customer,)


def check_customers(table: Table) -> list[Finding]:
    """All checks of the customers table."""
    return [finding for rule in CHECKS for finding in rule(table)]
