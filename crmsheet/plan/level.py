"""A person's contacts spread over days, each inside its window, no day above its room.

A contact is one unit of work with a first and a last day.  For such windows the sets that fit are those in which no run of
days is asked for more than it has room (Hall), and they form a matroid: taking contacts one by one, the most important first,
whenever what is taken still fits, gives the best set there is, in number and in importance.  So this plan is no
approximation; ``tests/plan/test_level.py`` compares it with all plans of small cases.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crmsheet.arrays import Bools, Ints


class Windows(NamedTuple):
    """Contacts, the most important first: shape (contacts,); days count from 0.

    ``soon``: the day by which it should be made, where it may be made up to ``last`` all the same, as what is overdue already;
    ``last`` for all others.  ``place``: the region, -1 unknown.
    """

    first: Ints
    soon: Ints
    last: Ints
    place: Ints


def level(wanted: Windows, room: Ints) -> Ints:
    """The day of each contact, -1 for one that does not fit.  ``room``: contacts a day, shape (days,).

    In this order: as many and as important contacts as possible; overdue ones as soon as possible, the most important first;
    the fullest day as empty as possible; earlier due first, the same region on one day.
    """
    load = np.zeros((len(room), len(room)), dtype=np.int64)
    fits, last = _fitting(wanted, room, load), wanted.last.copy()
    _hasten(wanted, fits, last, load, room)
    return _days(wanted, fits, last, _lowest(load, room))


def _within(room: Ints) -> Ints:
    """Room of every run of days: [a, b] holds that of days a..b."""
    ends = np.concatenate([[0], np.cumsum(room)])
    found: Ints = ends[1:][None, :] - ends[:-1][:, None]
    return found


def _fitting(wanted: Windows, room: Ints, load: Ints) -> Bools:
    """Which contacts have a place; ``load`` [a, b] becomes the number of them that must lie in days a..b."""
    within, left = _within(room), int(room.sum())
    fits = np.zeros(len(wanted.first), dtype=bool)
    for i, (first, last) in enumerate(zip(wanted.first.tolist(), wanted.last.tolist(), strict=True)):
        if not left:
            break
        if fit := _take(load, within, first, last):
            fits[i], left = fit, left - 1
    return fits


def _take(load: Ints, within: Ints, first: int, last: int) -> bool:
    around = (slice(0, first + 1), slice(last, None))  # the runs of days that hold the window
    if not (load[around] < within[around]).all():
        return False
    load[around] += 1
    return True


def _hasten(wanted: Windows, fits: Bools, last: Ints, load: Ints, room: Ints) -> None:
    """Narrow the windows of overdue contacts, the most important first, as far as all still fit."""
    within = _within(room)
    for i in np.flatnonzero(fits & (wanted.soon < wanted.last)).tolist():
        first = int(wanted.first[i])
        load[: first + 1, int(last[i]):] -= 1
        last[i] = next(end for end in range(int(wanted.soon[i]), int(last[i]) + 1) if _take(load, within, first, end))


def _lowest(load: Ints, room: Ints) -> Ints:
    """Room that is as even as can be: the lowest peak at which everything taken still fits."""
    for peak in range(int(room.max(initial=0)) + 1):
        even = np.minimum(room, peak)
        runs = np.triu(np.ones_like(load, dtype=bool))
        if (load <= _within(even))[runs].all():
            return even
    return room


def _days(wanted: Windows, fits: Bools, last: Ints, room: Ints) -> Ints:
    """Day by day, of those that may be made the ones that are due first: whoever fits at all gets a day."""
    day = np.full(len(fits), -1, dtype=np.int64)
    for today, most in enumerate(room.tolist()):
        open_ = np.flatnonzero(fits & (day < 0) & (wanted.first <= today)).tolist()
        places = set[int]()
        for _ in range(min(most, len(open_))):
            best = min(open_, key=lambda i: (last[i], wanted.place[i] not in places, i))
            open_.remove(best)
            day[best] = today
            places |= {int(wanted.place[best])} - {-1}
    return day
