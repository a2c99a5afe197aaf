"""Weights that outcomes speak for, and how much better they rank customers that they were not learned from.

Needs SciPy (the extra ``learn``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, cast

import numpy as np
from scipy.optimize import nnls  # type: ignore[import-untyped]

from crmsheet.arrays import Bools, Floats, Ints
from crmsheet.lab.informed import Told, discoveries, tell
from crmsheet.lab.trials import Trials

RISING = {"deal": True, "again": True, "lost": False}  # worth more: likelier to buy, less likely to leave
BOUGHT = ("deal", "again")  # what the proposed weights rest on
FOLDS, FOLD_ROUNDS, DRAWS, SEED = 5, 999, 500, 20260101
MIDDLE = (2.5, 97.5)  # percent: a 95% interval


class Rows(NamedTuple):
    """Trials of all outcomes of ``BOUGHT``, one below the other; ``outcome``: which one; ``points``: shape (rows, criteria)."""

    outcome: Ints
    customer: Ints
    days: Floats
    event: Bools
    points: Floats

    def only(self, rows: Bools) -> Rows:
        """Some of the rows."""
        return Rows(self.outcome[rows], self.customer[rows], self.days[rows], self.event[rows], self.points[rows])


class Interval(NamedTuple):
    """An estimate with its bootstrap interval, customers drawn anew."""

    value: float
    low: float
    high: float


class Weight(NamedTuple):
    """One criterion's weight now and as proposed; the interval is that of the proposal."""

    now: float
    proposed: int
    low: float
    high: float


class Ranked(NamedTuple):
    """How often, of two customers of whom one bought, the one that ranked higher did: by tier, by the present score, by proposed
    weights on customers that they were not learned from; and what the latter gain."""

    tiers: float
    score: float
    proposed: float
    over_tiers: Interval
    over_score: Interval


def weights(rows: Rows, now: Floats, told: Mapping[str, Mapping[str, Told]]) -> list[Weight]:
    """Proposed weights with the middle 95% of what customers drawn anew would have proposed."""
    tested, sure = (np.array([any(wanted(told[name][one]) for name in BOUGHT) for one in told["deal"]])
                    for wanted in (lambda one: one.p is not None, lambda one: one.sure))  # fmt: skip
    rng = np.random.default_rng(SEED)
    drawn = np.array([proposed_weights(rows, now, tested, sure, times) for times in _draws(rows, rng)])
    low, high = np.percentile(drawn, MIDDLE, axis=0)
    aims = whole(proposed_weights(rows, now, tested, sure))
    return [Weight(was, aim, least, most) for was, aim, least, most in zip(now.tolist(), aims.tolist(), low.tolist(), high.tolist(), strict=True)]


def whole(values: Floats) -> Ints:
    """Whole numbers, at least 1, that add up to what the values do: those that lose most by rounding down are rounded up.

    What the least of 1 costs is taken from the largest.
    """
    down = np.maximum(np.floor(values + 1e-9), 1).astype(np.int64)
    left = round(values.sum()) - int(down.sum())
    most = np.argsort(down - values, kind="stable")[: max(0, left)]
    down[most] += 1
    down[np.argmax(down)] += min(0, left)
    return down


def proposed_weights(rows: Rows, now: Floats, tested: Bools, sure: Bools, times: Floats | None = None) -> Floats:
    """Half way between the present weights and the data's; criteria that could not be tested keep theirs.

    The data's weights: least squares with coefficients of at least 0 for what happened beyond what one rate a day for all
    would give, on the criteria that told something; they share what the tested criteria weigh together.
    """
    points = rows.points[:, sure] / 100
    known = np.where(np.isnan(points), np.nanmean(points, axis=0), points)
    beyond = rows.event - _expected(rows)
    share = _at_least_0(known, beyond, np.ones(len(beyond)) if times is None else times)
    if not share.sum():
        return now
    aim = np.zeros(len(now))
    aim[sure] = now[tested].sum() * share / share.sum()
    return np.where(tested, (now + aim) / 2, now)


def _at_least_0(known: Floats, beyond: Floats, times: Floats) -> Floats:
    """Least-squares coefficients of at least 0, with an intercept; ``times``: how often each row counts."""
    root, centre = np.sqrt(times), np.average(known, axis=0, weights=times)
    coefficients, _ = nnls((known - centre) * root[:, None], (beyond - np.average(beyond, weights=times)) * root)
    return np.asarray(coefficients, dtype=np.float64)


def _expected(rows: Rows) -> Floats:
    """Outcomes that each row would have had at the overall rate of its outcome."""
    size = len(BOUGHT)
    days = np.bincount(rows.outcome, rows.days, size)
    rate = np.divide(np.bincount(rows.outcome, rows.event, size), days, out=np.zeros(size), where=days > 0)
    return np.asarray(rate[rows.outcome] * rows.days, dtype=np.float64)


def _draws(rows: Rows, rng: np.random.Generator) -> list[Floats]:
    """Customers drawn with replacement: how often each row counts."""
    names, place = np.unique(rows.customer, return_inverse=True)
    size = len(names)
    return [np.bincount(rng.integers(size, size=size), minlength=size)[place].astype(np.float64) for _ in range(DRAWS)]


# ---------------------------------------------------------------- how well it ranks


def score(points: Floats, weights: Floats) -> Floats:
    """综合评分 of each row, as the run makes it: unknown inputs are left out; -1 where nothing is known."""
    known = ~np.isnan(points)
    weight = known @ weights
    earned = np.nan_to_num(points) @ weights
    return np.asarray(np.divide(earned, weight, out=np.full(len(points), -1.0), where=weight > 0), dtype=np.float64)


def concordance(ranks: Floats, rows: Rows, times: Floats | None = None) -> float:
    """Of two customers of whom one had the outcome, how often it ranked higher; ties count half.  ``times``: see ``_draws``."""
    counted = np.ones(len(ranks)) if times is None else times
    place = np.unique(ranks, return_inverse=True)[1]
    right, pairs = 0.0, 0.0
    for outcome in range(len(BOUGHT)):
        own = counted * (rows.outcome == outcome)
        did, did_not = (np.bincount(place, own * of) for of in (rows.event, ~rows.event))
        right += float((did * (np.cumsum(did_not) - did_not / 2)).sum())
        pairs += float(did.sum() * did_not.sum())
    return right / pairs if pairs else 0.5


def ranked(rows: Rows, now: Floats, tiers: Floats) -> Ranked:
    """``tiers``: of each row, the best the highest."""
    rng = np.random.default_rng(SEED)
    present, unseen = score(rows.points, now), _unseen(rows, now, rng)
    values = [concordance(ranks, rows) for ranks in (tiers, present, unseen)]
    drawn = np.array([[concordance(ranks, rows, times) for ranks in (tiers, present, unseen)] for times in _draws(rows, rng)])
    gains = [Interval(values[2] - values[n], *np.percentile(drawn[:, 2] - drawn[:, n], MIDDLE).tolist()) for n in (0, 1)]
    return Ranked(values[0], values[1], values[2], gains[0], gains[1])


def _unseen(rows: Rows, now: Floats, rng: np.random.Generator) -> Floats:
    """Scores by weights learned, tests and all, from the other customers alone."""
    fold = rng.permutation(int(rows.customer.max()) + 1)[rows.customer] % FOLDS
    found = np.empty(len(rows.days))
    for one in range(FOLDS):
        rest, own = rows.only(fold != one), fold == one
        tested, sure = _found_in(rest, rng)
        weights = proposed_weights(rest, now, tested, sure) if sure.any() else now
        found[own] = score(rows.points[own], weights)
    return found


def _found_in(rows: Rows, rng: np.random.Generator) -> tuple[Bools, Bools]:
    """Criteria that could be tested, and those that told something, shape (criteria,)."""
    size = rows.points.shape[1]
    tests: list[Told] = []
    for place, name in enumerate(BOUGHT):
        at = rows.outcome == place
        own = Trials(rows.customer[at], np.empty(int(at.sum()), dtype="datetime64[D]"), rows.days[at], rows.event[at])
        tests += [tell(rows.points[at, column], own, RISING[name], rng, FOLD_ROUNDS) for column in range(size)]
    able = np.array([one.p is not None for one in tests]).reshape(len(BOUGHT), size)
    sure = discoveries([one.p for one in tests]).reshape(len(BOUGHT), size)
    return cast(Bools, able.any(axis=0)), cast(Bools, sure.any(axis=0))
