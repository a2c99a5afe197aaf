"""Days and calendar months added to whole columns of dates."""

from __future__ import annotations

import numpy as np

from crmsheet.arrays import Times
from crmsheet.policy.schema import Every


def add_interval(times: Times, every: Every) -> Times:
    """Days, or calendar months clipped to the month's end: 31 January + 1 month = the last of February."""
    if every.days:
        return times + np.timedelta64(every.days, "D")
    days = times.astype("datetime64[D]")
    month = days.astype("datetime64[M]")
    target = month + np.timedelta64(every.months, "M")
    length = (target + np.timedelta64(1, "M")).astype("datetime64[D]") - target.astype("datetime64[D]")
    offset = np.minimum(days - month.astype("datetime64[D]"), length - np.timedelta64(1, "D"))
    end: Times = (target.astype("datetime64[D]") + offset).astype("datetime64[s]")
    return end
