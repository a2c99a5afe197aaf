"""Contacts spread over days: an independent checker, and all plans of small cases to tell how far from the best."""

from __future__ import annotations

import itertools
import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from crmsheet.plan.level import Windows, level

Case = tuple[list[tuple[int, int, bool]], list[int]]  # (first, last, late) of each contact, room of each day


def windows(contacts: list[tuple[int, int, bool]], places: list[int] | None = None) -> Windows:
    first, last = (np.array([one[at] for one in contacts], dtype=np.int64) for at in (0, 1))
    soon = np.array([min(1, last) if late else last for _, last, late in contacts], dtype=np.int64)
    return Windows(first, soon, last, np.array([-1] * len(contacts) if places is None else places, dtype=np.int64))


def plan(case: Case) -> list[int]:
    return level(windows(case[0]), np.array(case[1], dtype=np.int64)).tolist()


def wrongs(case: Case, days: list[int]) -> list[str]:
    """The checker: knows windows and room, nothing of how plans are made."""
    contacts, room = case
    found = [f"contact {i} on day {day}" for i, day in enumerate(days) if day != -1 and not contacts[i][0] <= day <= contacts[i][1]]
    return found + [f"day {day}: {days.count(day)} of {most}" for day, most in enumerate(room) if days.count(day) > most]


def places_for(contacts: list[tuple[int, int, bool]], room: list[int]) -> bool:
    """Whether all have a place, by augmenting paths over single places: another way than the plan's own."""
    places = [day for day, most in enumerate(room) for _ in range(most)]
    holder: dict[int, int] = {}

    def seat(i: int, seen: set[int]) -> bool:
        for place, day in enumerate(places):
            if contacts[i][0] <= day <= contacts[i][1] and place not in seen:
                seen.add(place)
                if place not in holder or seat(holder[place], seen):
                    holder[place] = i
                    return True
        return False

    return all(seat(i, set()) for i in range(len(contacts)))


def drawn(rng: random.Random, most: int, days: int, room: int) -> Case:
    contacts = []
    for _ in range(rng.randint(0, most)):
        late = rng.random() < 0.25
        first = 0 if late else rng.randrange(days)
        contacts.append((first, days - 1 if late else rng.randint(first, min(first + 3, days - 1)), late))
    return contacts, [rng.randint(0, room) for _ in range(days)]


def test_500_teams_keep_windows_and_room_and_leave_nobody_out_for_whom_there_is_room() -> None:
    rng = random.Random(7)
    for _ in range(500):
        case = drawn(rng, 40, rng.randint(1, 10), 6)
        days = plan(case)
        assert wrongs(case, days) == []
        kept = [one for one, day in zip(case[0], days, strict=True) if day != -1]
        for one in (one for one, day in zip(case[0], days, strict=True) if day == -1):
            assert not places_for([*kept, one], case[1])
        if places_for(case[0], case[1]):
            assert -1 not in days


@st.composite
def small(draw: st.DrawFn) -> Case:
    return drawn(random.Random(draw(st.integers(0, 10**6))), 6, draw(st.integers(1, 4)), 2)


@settings(max_examples=150, deadline=None)
@given(small())
def test_no_plan_of_a_small_case_is_better(case: Case) -> None:
    """Better: more important contacts made, then overdue ones sooner (from the second day on), then a lower peak."""
    contacts, room = case
    choices = [[*range(first, last + 1), -1] for first, last, _ in contacts]
    best = max(key(case, list(days)) for days in itertools.product(*choices) if not wrongs(case, list(days)))
    assert key(case, plan(case)) == best
    assert sum(best[0]) == most_contacts(contacts, room)


def key(case: Case, days: list[int]) -> tuple[tuple[bool, ...], tuple[int, ...], int]:
    made = tuple(day != -1 for day in days)
    soon = tuple(-max(day, 1) for (_, _, late), day in zip(case[0], days, strict=True) if late and day != -1)
    return made, soon, -max((days.count(day) for day in range(len(case[1]))), default=0)


def most_contacts(contacts: list[tuple[int, int, bool]], room: list[int]) -> int:
    return max(len(some) for size in range(len(contacts) + 1) for some in itertools.combinations(contacts, size) if places_for(list(some), room))


def test_the_load_is_spread() -> None:
    assert sorted(plan(([(0, 4, False)] * 10, [5] * 5))) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_overdue_ones_come_today_or_tomorrow_and_the_least_important_gives_way() -> None:
    # room for one a day: two of the overdue ones take days 0 and 1, the third waits, the last contact has no place left
    assert plan(([(0, 3, True), (0, 3, True), (0, 3, True), (3, 3, False), (1, 2, False)], [1, 1, 1, 1])) == [0, 1, 2, 3, -1]


def test_contacts_of_one_region_come_on_one_day() -> None:
    contacts = [(0, 1, False)] * 4
    days = level(windows(contacts, [7, 8, 7, 8]), np.array([2, 2])).tolist()
    assert days == [0, 1, 0, 1]


def test_ten_thousand_contacts_of_one_person_take_no_time() -> None:
    days = plan(([(0, 61, True)] * 10_000, [5] * 62))
    assert days.count(-1) == 10_000 - 310
