"""Whether a criterion told anything of an outcome: monotone rates (isotonic regression), a permutation test, Benjamini-Hochberg.

The model is one that can be read off: customers worth more points had the outcome at least as often a month.  Isotonic
regression weighted by the time at risk is the likeliest such curve.  Needs SciPy (the extra ``learn``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import isotonic_regression  # type: ignore[import-untyped]
from scipy.stats import false_discovery_control  # type: ignore[import-untyped]

from crmsheet.arrays import Bools, Floats, Ints
from crmsheet.lab.trials import Trials

FDR = 0.05  # at most this share of what is called information is none, on average
ROUNDS = 1999  # shuffles at most …
BEATEN = 20  # … and no more once so many did as well (Besag and Clifford 1991): the p-value stays valid
FEW_TRIALS, FEW_EVENTS = 30, 10  # known trials and events below which nothing is tested (assumption)
MOST_LEVELS = 8  # of a criterion on a scale: finer ones are grouped, equally many customers in each
MONTH = 30


class Level(NamedTuple):
    """Customers whose points are alike: ``low`` to ``high`` points, events, months at risk, and the curve's events a month."""

    low: float
    high: float
    trials: int
    events: int
    months: float
    rate: float


class Told(NamedTuple):
    """One criterion and one outcome.  ``p``: None where it was not tested (``few``); ``sure``: after Benjamini-Hochberg."""

    trials: int
    events: int
    p: float | None
    levels: tuple[Level, ...]
    sure: bool = False


def levels_of(points: Floats) -> Ints:
    """The level of each value, 0 for the lowest."""
    distinct, level = np.unique(points, return_inverse=True)
    if len(distinct) <= MOST_LEVELS:
        return level.astype(np.int64)
    edges = np.unique(np.quantile(points, np.linspace(0, 1, MOST_LEVELS + 1)[1:-1]))
    return np.unique(np.searchsorted(edges, points, side="right"), return_inverse=True)[1].astype(np.int64)


def sums(level: Ints, values: Floats, size: int) -> Floats:
    """What the values of each level add up to."""
    return np.asarray(np.bincount(level, values, size), dtype=np.float64)


def curve(events: Floats, days: Floats, rising: bool) -> Floats:
    """The likeliest monotone events a day of each level."""
    return np.asarray(isotonic_regression(events / days, weights=days, increasing=rising).x, dtype=np.float64)


def gain(events: Floats, days: Floats, rising: bool) -> float:
    """How much likelier (logarithm) the outcomes are by the curve than by one rate for all; 0 when the curve is flat."""
    rate, overall = curve(events, days, rising), events.sum() / days.sum()
    some = events > 0
    return float((events[some] * np.log(rate[some] / overall)).sum())


def tell(points: Floats, trials: Trials, rising: bool, rng: np.random.Generator, rounds: int = ROUNDS) -> Told:
    """Test one criterion.  ``points``: shape (trials,), NaN where not known."""
    known = ~np.isnan(points)
    days, event = trials.days[known], trials.event[known].astype(np.float64)
    level = levels_of(points[known]) if known.any() else np.empty(0, dtype=np.int64)
    size = int(level.max(initial=-1)) + 1
    if len(days) < FEW_TRIALS or event.sum() < FEW_EVENTS or size < 2:
        return Told(len(days), int(event.sum()), None, ())
    return Told(len(days), int(event.sum()), _p_value(level, size, event, days, rising, rng, rounds), _levels(points[known], level, event, days, rising))


def _p_value(level: Ints, size: int, event: Floats, days: Floats, rising: bool, rng: np.random.Generator, rounds: int) -> float:
    """How often customers whose outcomes are dealt out anew do as well."""
    own = gain(sums(level, event, size), sums(level, days, size), rising) - 1e-9
    beaten = 0
    for done in range(1, rounds + 1):
        dealt = rng.permutation(level)
        beaten += int(gain(sums(dealt, event, size), sums(dealt, days, size), rising) >= own)
        if beaten == BEATEN:
            return beaten / done
    return (beaten + 1) / (rounds + 1)


def _levels(points: Floats, level: Ints, event: Floats, days: Floats, rising: bool) -> tuple[Level, ...]:
    size = int(level.max()) + 1
    events, risk = sums(level, event, size), sums(level, days, size)
    rates = curve(events, risk, rising)
    return tuple(
        Level(float(points[at].min()), float(points[at].max()), int(at.sum()), int(events[n]), float(risk[n] / MONTH), float(rates[n] * MONTH))
        for n in range(len(events)) for at in [level == n]
    )  # fmt: skip


def discoveries(p_values: Sequence[float | None]) -> Bools:
    """Benjamini and Hochberg (1995): which tests stand when at most ``FDR`` of those that do may be wrong."""
    tested = np.array([p is not None for p in p_values], dtype=bool)
    found = np.zeros(len(tested), dtype=bool)
    if tested.any():
        found[tested] = false_discovery_control([p for p in p_values if p is not None]) <= FDR
    return found
