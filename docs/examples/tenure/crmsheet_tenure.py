"""A criterion of 综合评分, kind ``tenure``: years from a date field to as-of."""

from __future__ import annotations

import datetime as dt

import numpy as np

from crmsheet.arrays import Floats, Objects, nothing
from crmsheet.checks.context import days
from crmsheet.tables.table import Table

YEAR = 365.25  # days


def years(table: Table, field: str, as_of: dt.date) -> tuple[Floats, Objects]:
    """Years of every customer, NaN where the date is blank; no words."""
    passed = (np.datetime64(as_of, "D") - days(table, field)).astype(np.float64)
    return passed / YEAR, nothing(len(table))
