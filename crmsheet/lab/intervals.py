"""Shares with their intervals: Wilson for one, Newcombe for the difference of two; Fisher's exact test says whether they differ."""

from __future__ import annotations

from math import exp, lgamma, sqrt
from statistics import NormalDist
from typing import Literal, NamedTuple

LEVEL = 0.95
ENOUGH, ENOUGH_EVENTS = 30, 5  # trials on each side, and events on both together, below which nothing is said (assumption)
Verdict = Literal["more", "less", "unclear", "few"]


class Share(NamedTuple):
    """``events`` of ``trials``; ``low`` and ``high`` bound the share, None without trials."""

    events: int
    trials: int
    low: float | None
    high: float | None

    @property
    def rate(self) -> float | None:
        """The share itself, None without trials."""
        return self.events / self.trials if self.trials else None


class Compared(NamedTuple):
    """One share minus another, with its interval, and what may be said of it."""

    one: Share
    other: Share
    difference: float | None
    low: float | None
    high: float | None
    verdict: Verdict

    @property
    def lift(self) -> float | None:
        """How many times the other share the one is; None where the other is 0 or nobody knows."""
        return self.one.rate / self.other.rate if self.one.rate is not None and self.other.rate else None


def quantile(level: float = LEVEL, comparisons: int = 1) -> float:
    """The normal quantile of a two-sided interval; of several comparisons together (Bonferroni)."""
    return NormalDist().inv_cdf(1 - (1 - level) / (2 * comparisons))


def wilson(events: int, trials: int, z: float) -> Share:
    """Wilson's score interval: sound for few trials and for 0 or all of them too."""
    if not trials:
        return Share(events, trials, None, None)
    rate, square = events / trials, z * z / trials
    middle = (rate + square / 2) / (1 + square)
    half = z * sqrt(rate * (1 - rate) / trials + square / (4 * trials)) / (1 + square)
    return Share(events, trials, max(0.0, middle - half), min(1.0, middle + half))


def compare(one: tuple[int, int], other: tuple[int, int], comparisons: int = 1) -> Compared:
    """Newcombe's interval (method 10) of the difference of two shares, (events, trials) each, as one of ``comparisons``.

    The verdict is ``few`` below ENOUGH trials on a side or ENOUGH_EVENTS in all, and ``unclear`` unless both the interval leaves
    out 0 and Fisher's test agrees: the interval alone is wrong up to twice too often for rare events and unequal sizes.
    """
    z = quantile(comparisons=comparisons)
    a, b = wilson(*one, z), wilson(*other, z)
    if a.rate is None or b.rate is None or None in (a.low, b.low):
        return Compared(a, b, None, None, None, "few")
    assert a.low is not None and a.high is not None and b.low is not None and b.high is not None
    gap = a.rate - b.rate
    low = gap - sqrt((a.rate - a.low) ** 2 + (b.high - b.rate) ** 2)
    high = gap + sqrt((a.high - a.rate) ** 2 + (b.rate - b.low) ** 2)
    few = min(a.trials, b.trials) < ENOUGH or a.events + b.events < ENOUGH_EVENTS
    sure = not low <= 0 <= high and fisher(one, other) <= (1 - LEVEL) / comparisons
    return Compared(a, b, gap, low, high, "few" if few else "unclear" if not sure else "more" if gap > 0 else "less")


def fisher(one: tuple[int, int], other: tuple[int, int]) -> float:
    """Fisher's exact test, two-sided: how likely a split of the events at least as uneven is, when nothing differs."""
    events, trials = one[0] + other[0], one[1] + other[1]
    least, most = max(0, events - other[1]), min(events, one[1])
    weights = [_log_choose(one[1], k) + _log_choose(other[1], events - k) - _log_choose(trials, events) for k in range(least, most + 1)]
    limit = weights[one[0] - least] + 1e-9
    return min(1.0, sum(exp(weight) for weight in weights if weight <= limit))


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
