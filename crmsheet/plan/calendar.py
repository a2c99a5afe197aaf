"""Working days: the Chinese official calendar with its make-up days (调休), and the days a team adds.

The package `holidays` answers years whose make-up days nobody has published yet as if they had none;
`published` tells. Years it knows nothing of (before 1950, after 2099) have weekends only.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.datetime64]

_FIRST_YEAR, _LAST_YEAR = 1950, 2099
_ONE = timedelta(days=1)
_FESTIVALS = {"端午节": "端午", "中秋节": "中秋", "清明节": "清明", "国庆节": "国庆"}
_NAT = np.datetime64("NaT", "D")


class OfficialYear(NamedTuple):
    """One year's holidays and the Saturdays and Sundays that are worked in it."""

    holidays: frozenset[date]
    workdays: frozenset[date]


@cache
def official_year(year: int) -> OfficialYear:
    """Return what the state published for `year`; both sets are empty where nothing is known."""
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return OfficialYear(frozenset(), frozenset())
    # imported here: a run without dates to plan does not pay for it
    import holidays

    days = holidays.country_holidays("CN", years=year)
    workdays = frozenset(day for day in days.weekend_workdays if day.year == year)
    return OfficialYear(frozenset(day for day in days if day.year == year) - workdays, workdays)


@cache
def official_festivals(year: int) -> dict[str, date]:
    """The first day of each festival of `year`, by its Chinese name without 节 behind 端午 and 中秋."""
    import holidays  # as above

    named = sorted(holidays.country_holidays("CN", years=year, language="zh_CN").items()) if _FIRST_YEAR <= year <= _LAST_YEAR else []
    found: dict[str, date] = {}
    for day, names in named:
        for name in names.split("; "):
            found.setdefault(_FESTIVALS.get(name, name), day)
    return found


class WorkCalendar:
    """The official calendar with a team's own days; a day named in both lists is a holiday.

    Years are looked up when they are first asked for, so that a run over one or two years costs those only.
    """

    def __init__(self, extra_holidays: Iterable[date] = (), extra_workdays: Iterable[date] = ()) -> None:
        self._holidays = frozenset(extra_holidays)
        self._workdays = frozenset(extra_workdays) - self._holidays
        self._rolled: dict[int, Days] = {}

    def working(self, day: date) -> bool:
        """Say whether `day` is worked. The team's own days win over the official ones, those over the
        weekend.
        """
        if day in self._holidays:
            return False
        if day in self._workdays:
            return True
        official = official_year(day.year)
        return day in official.workdays or (day.weekday() < 5 and day not in official.holidays)

    def public_holiday(self, day: date) -> bool:
        """Say whether `day` belongs to a holiday, the state's or the team's own: the weekends that it runs into
        are off for it, too.
        """
        if self.working(day):
            return False
        off = [day]
        for step in (-_ONE, _ONE):
            while not self.working(off[-1] + step):
                off.append(off[-1] + step)
            off.append(day)
        return any(one in self._holidays or one in official_year(one.year).holidays for one in off)

    def published(self, year: int) -> bool:
        """Say whether the make-up days of `year` are known: every published year has some, officially or by
        the team.

        The state publishes a year in the November before it. Years before 2001 had none to publish: False.
        """
        return bool(official_year(year).workdays) or any(
            day.year == year and day.weekday() >= 5 for day in self._workdays
        )

    def unpublished_years(self, days: Days) -> tuple[int, ...]:
        """Return the years of `days` (datetime64, NaT ignored) that are not published, in order."""
        filled = days[~np.isnat(days)]
        years = np.unique(filled.astype("datetime64[Y]").astype(np.int64) + 1970)
        return tuple(int(year) for year in years if not self.published(int(year)))

    def next_working_day(self, day: date) -> date:
        """Return `day` itself when it is worked, else the first worked day after it.

        Raises OverflowError when the calendar ends (9999-12-31) before a worked day.
        """
        while not self.working(day):
            day += _ONE
        return day

    def after(self, day: date) -> date:
        """Return the first worked day after `day`."""
        return self.next_working_day(day + _ONE)

    def before(self, day: date) -> date:
        """Return the last worked day before `day`."""
        while not self.working(day - _ONE):
            day -= _ONE
        return day - _ONE

    def festivals(self, year: int) -> dict[str, date]:
        """The first day of each festival, by name; a team's own days off change none of them."""
        return official_festivals(year)

    def add_working_days(self, day: date, count: int) -> date:
        """Return the `count`-th worked day after `day`; 0 gives the day itself, rolled forward. `count` is
        not negative.
        """
        if count < 0:
            raise ValueError(f"count must not be negative: {count}")
        if count == 0:
            return self.next_working_day(day)
        for _ in range(count):
            day = self.after(day)
        return day

    def working_days_between(self, first: date, last: date) -> int:
        """Return how many worked days lie after `first` up to and including `last`; 0 when `last` is not
        later.
        """
        return sum(
            self.working(first + timedelta(days=number)) for number in range(1, (last - first).days + 1)
        )

    def roll_forward(self, days: Days) -> Days:
        """`next_working_day` over an array of datetime64 (any shape); datetime64[D] comes back, NaT stays
        NaT.
        """
        wanted = days.astype("datetime64[D]")
        rolled = np.full(wanted.shape, _NAT, dtype="datetime64[D]")
        years = wanted.astype("datetime64[Y]")
        for year in np.unique(years[~np.isnat(years)]):
            rows = years == year
            rolled[rows] = self._year(int(year.astype(np.int64)) + 1970)[
                (wanted[rows] - year).astype(np.int64)
            ]
        return rolled

    def _year(self, year: int) -> Days:
        """Return for each day of `year` the worked day it rolls to, shape (365 or 366,)."""
        if year not in self._rolled:
            self._rolled[year] = self._roll_year(year)
        return self._rolled[year]

    def _roll_year(self, year: int) -> Days:
        if not 1 <= year <= 9999:
            return self._roll_weekends(year)
        first, last = date(year, 1, 1), date(year, 12, 31)
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        following = self._start_of(year + 1)
        worked = [np.datetime64(day, "D") if self.working(day) else following for day in days]
        # the nearest worked day at or after each: the smallest one to its right
        rolled: Days = np.minimum.accumulate(np.array(worked, dtype="datetime64[D]")[::-1])[::-1]
        return rolled

    def _start_of(self, year: int) -> np.datetime64:
        if year > 9999:
            return _NAT
        return np.datetime64(self.next_working_day(date(year, 1, 1)), "D")

    def _roll_weekends(self, year: int) -> Days:
        first = np.datetime64(year - 1970, "Y")
        days = np.arange(first.astype("datetime64[D]"), (first + 1).astype("datetime64[D]"))
        return np.busday_offset(days, 0, roll="forward")
