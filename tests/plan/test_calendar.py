"""Working days as the State Council published them, checked by hand against its notices for 2024 to 2026."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmsheet.plan.calendar import WorkCalendar

CALENDAR = WorkCalendar()
days = st.dates(date(2001, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2024, 3, 20), True),  # a Wednesday
        (date(2024, 3, 23), False),  # a Saturday
        (date(2024, 2, 4), True),  # a Sunday worked for the Spring Festival
        (date(2024, 2, 12), False),  # the festival's Monday
        (date(2024, 2, 18), True),  # and the Sunday after it
        (date(2024, 4, 28), True),  # a Sunday worked for Labour Day
        (date(2024, 5, 3), False),
        (date(2024, 10, 12), True),
        (date(2025, 1, 26), True),
        (date(2025, 10, 8), False),  # National Day and Mid-Autumn: 1 to 8 October
        (date(2025, 10, 11), True),
        (date(2026, 1, 4), True),  # a Sunday worked for New Year
        (date(2026, 2, 23), False),  # Spring Festival 2026 has nine days
        (date(2026, 2, 28), True),
    ],
)
def test_official_days(day: date, worked: bool) -> None:
    assert CALENDAR.working(day) is worked


def test_rolling_skips_a_whole_festival() -> None:
    assert CALENDAR.next_working_day(date(2024, 10, 1)) == date(2024, 10, 8)
    assert CALENDAR.next_working_day(date(2024, 3, 20)) == date(2024, 3, 20)
    assert CALENDAR.next_working_day(date(2025, 1, 28)) == date(2025, 2, 5)
    assert CALENDAR.after(date(2024, 3, 20)) == date(2024, 3, 21)
    assert CALENDAR.after(date(2024, 3, 22)) == date(2024, 3, 25)
    assert CALENDAR.after(date(2024, 4, 27)) == date(2024, 4, 28)  # a Sunday, worked


def test_working_days_are_counted() -> None:
    # Friday 22 March 2024: Monday, Tuesday, Wednesday
    assert CALENDAR.add_working_days(date(2024, 3, 22), 3) == date(2024, 3, 27)
    # before National Day 2024: 30 September, then 8 and 9 October
    assert CALENDAR.add_working_days(date(2024, 9, 29), 3) == date(2024, 10, 9)
    assert CALENDAR.add_working_days(date(2024, 3, 23), 0) == date(2024, 3, 25)
    assert CALENDAR.working_days_between(date(2024, 9, 29), date(2024, 10, 9)) == 3
    assert CALENDAR.working_days_between(date(2024, 3, 22), date(2024, 3, 22)) == 0
    with pytest.raises(ValueError, match="negative"):
        CALENDAR.add_working_days(date(2024, 3, 22), -1)


def test_a_team_adds_its_own_days() -> None:
    team = WorkCalendar([date(2024, 3, 20)], [date(2024, 3, 23), date(2024, 3, 20)])
    assert not team.working(date(2024, 3, 20))
    assert team.working(date(2024, 3, 23))
    assert team.next_working_day(date(2024, 3, 20)) == date(2024, 3, 21)
    assert team.roll_forward(np.array(["2024-03-23", "2024-03-20"], dtype="datetime64[D]")).tolist() == [
        date(2024, 3, 23),
        date(2024, 3, 21),
    ]


def test_years_without_published_make_up_days_are_known() -> None:
    assert [year for year in range(2001, 2026) if not CALENDAR.published(year)] == []
    # no notice is written more than a year ahead, so this stays true whatever version of the package is
    # installed
    assert not CALENDAR.published(2090)
    assert not CALENDAR.published(1900) and not CALENDAR.published(2150)
    assert WorkCalendar([], [date(2090, 2, 11)]).published(2090)  # a Saturday the team works
    assert not WorkCalendar([date(2090, 2, 9)]).published(2090)


def test_unpublished_years_among_many_days() -> None:
    some = np.array(["2024-03-01", "2090-01-05", "NaT", "2090-07-01", "2081-01-01"], dtype="datetime64[D]")
    assert CALENDAR.unpublished_years(some) == (2081, 2090)
    assert CALENDAR.unpublished_years(np.array([], dtype="datetime64[D]")) == ()


def test_an_array_keeps_its_gaps_and_its_order() -> None:
    given_days = np.array(
        ["2024-10-01", "NaT", "2024-12-31", "2024-03-20", "2023-12-30"], dtype="datetime64[s]"
    )
    expected = np.array(
        ["2024-10-08", "NaT", "2024-12-31", "2024-03-20", "2024-01-02"], dtype="datetime64[D]"
    )
    np.testing.assert_array_equal(CALENDAR.roll_forward(given_days), expected)
    assert CALENDAR.roll_forward(np.array([], dtype="datetime64[D]")).shape == (0,)


def test_days_far_away_cost_no_error() -> None:
    far = np.array(["0005-01-01", "9998-12-26", "2200-01-04"], dtype="datetime64[D]")
    assert not np.isnat(CALENDAR.roll_forward(far)).any()


@given(days)
def test_rolling_twice_is_rolling_once(day: date) -> None:
    rolled = CALENDAR.next_working_day(day)
    assert CALENDAR.next_working_day(rolled) == rolled
    assert CALENDAR.working(rolled)
    assert day <= rolled <= day + timedelta(days=12)
    assert not any(CALENDAR.working(day + timedelta(days=gap)) for gap in range((rolled - day).days))


@given(days)
def test_after_is_later_and_worked(day: date) -> None:
    later = CALENDAR.after(day)
    assert later > day and CALENDAR.working(later)
    assert CALENDAR.working_days_between(day, later) == 1


@given(days, st.integers(1, 30))
def test_adding_counts_every_worked_day(day: date, count: int) -> None:
    assert CALENDAR.working_days_between(day, CALENDAR.add_working_days(day, count)) == count


@settings(deadline=None)  # years are looked up once; on a busy machine that alone takes long
@given(st.lists(days, max_size=20), st.sets(days, max_size=3), st.sets(days, max_size=3))
def test_an_array_rolls_like_its_days(some: list[date], holidays: set[date], workdays: set[date]) -> None:
    calendar = WorkCalendar(holidays, workdays)
    rolled = calendar.roll_forward(np.array(some, dtype="datetime64[D]"))
    assert rolled.tolist() == [calendar.next_working_day(day) for day in some]
