"""Checks of single values that could be read, but cannot be true."""

from __future__ import annotations

from functools import partial

import numpy as np

from crmsheet.arrays import Times
from crmsheet.checks.context import Context, check, days
from crmsheet.model import Finding
from crmsheet.tables.noise import tell
from crmsheet.tables.table import Table
from crmsheet.tables.typed import PAST


@check("date-in-future")
def date_in_future(seen: Context) -> list[Finding]:
    """A day later than as-of in a column of things that have happened (S003-29)."""
    found = []
    for table in (seen.customers, seen.log):
        for field in table.spec.fields:
            if field in PAST and table.has(field):
                when = days(table, field)
                at = np.flatnonzero(when > np.datetime64(seen.as_of, "D"))
                found += tell(at, len(table), partial(_to_come, seen, table, field, when))
    return found


def _to_come(seen: Context, table: Table, field: str, when: Times, i: int) -> Finding:
    params = {"field": table.header(field), "date": when[i], "as_of": seen.as_of}
    return Finding("date-in-future", table.ref(field, i), str(when[i]), params)
