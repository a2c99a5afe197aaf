"""Whether something was written down within 24 hours, as far as days and times tell."""

from __future__ import annotations

import numpy as np

from crmsheet.arrays import Bools, Times

_DAY = np.timedelta64(1, "D")


def over_a_day(first: Times, second: Times) -> Bools:
    """Rows whose second moment (datetime64[s]) is more than 24 hours after the first.

    A moment at midnight is a day whose time nobody wrote: two days apart is then too late, one day is not proven.
    """
    hours = second - first
    apart = second.astype("datetime64[D]") - first.astype("datetime64[D]")
    late: Bools = np.where(timed(first) & timed(second), hours > _DAY, apart > _DAY)
    return late


def timed(moments: Times) -> Bools:
    """Moments with a time of day."""
    out: Bools = moments != moments.astype("datetime64[D]").astype("datetime64[s]")
    return out & ~np.isnat(moments)
