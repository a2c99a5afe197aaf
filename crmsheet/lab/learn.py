"""``crmsheet learn``: which criteria told who would buy, buy again or leave, and what weights that speaks for.

It only proposes: weights half way between those in use and those that the data speak for, as a policy file.  Needs
SciPy (the extra ``learn``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from crmsheet.arrays import Floats, Times, is_none, nothing, pick
from crmsheet.lab.backtest import Past
from crmsheet.lab.informed import Told, discoveries, tell
from crmsheet.lab.inputs import Known, known_before, matrix, recorded_inputs
from crmsheet.lab.past_tiers import in_ledger, known_since
from crmsheet.lab.trials import Trials, trials_of
from crmsheet.lab.weights import BOUGHT, RISING, SEED, Ranked, Rows, Weight, ranked, weights


@dataclass(frozen=True)
class Learned:
    """``told``: outcome → criterion → test; ``inputs``: criterion → deals' inputs; ``rebuilt``: tiers that no ledger knew.

    ``weights``, ``ranked``: None where nothing stands out: then there is nothing to propose.
    """

    begin: dt.date
    as_of: dt.date
    trials: Mapping[str, Trials]
    inputs: Mapping[str, Mapping[str, Known]]
    told: Mapping[str, Mapping[str, Told]]
    rebuilt: int
    weights: Mapping[str, Weight] | None
    ranked: Ranked | None

    @property
    def tested(self) -> int:
        """How many tests share the false discovery rate."""
        return sum(one.p is not None for tests in self.told.values() for one in tests.values())

    @property
    def informed(self) -> tuple[str, ...]:
        """Criteria that told who would buy or buy again."""
        return tuple(dict.fromkeys(name for outcome in BOUGHT for name, one in self.told[outcome].items() if one.sure))


def learn(past: Past, first: dt.date | None, as_of: dt.date) -> Learned:
    """All that the outcomes from ``first`` (else the log's first day, without a log the first customer's) to as-of say of the policy's criteria."""
    criteria = past.policy.score
    since = known_since(past.customers, past.contacts, past.memory)
    since[past.contacts.first_row != np.arange(len(since))] = np.datetime64("NaT")
    begin = max(past.log_begins or _earliest(since) or as_of, first or dt.date.min)
    trials = trials_of(past.stages, since, past.customers.frame["stage"].to_numpy(dtype=object), begin, as_of)
    recorded = recorded_inputs(past.customers, past.memory)
    inputs = {name: {one.name: known_before(one, past.customers, recorded, own, as_of) for one in criteria} for name, own in trials.items()}
    told = tell_all(inputs, trials, np.random.default_rng(SEED))
    found = Learned(begin, as_of, trials, inputs, told, 0, None, None)
    if not found.informed:
        return found
    rows, now = _rows(trials, inputs), np.array([one.weight for one in criteria])
    tiers = [_tiers(past, trials[name]) for name in BOUGHT]
    aims = dict(zip((one.name for one in criteria), weights(rows, now, told), strict=True))
    gains = ranked(rows, now, np.concatenate([rank for rank, _ in tiers]))
    return Learned(begin, as_of, trials, inputs, told, sum(count for _, count in tiers), aims, gains)


def _earliest(since: Times) -> dt.date | None:
    """Without a log: the first day on which anybody is known to have been a customer."""
    days = since[~np.isnat(since)].astype("datetime64[D]")
    return days.min().item() if len(days) else None


def tell_all(inputs: Mapping[str, Mapping[str, Known]], trials: Mapping[str, Trials], rng: np.random.Generator) -> dict[str, dict[str, Told]]:
    """Every criterion against every outcome; all tests share one false discovery rate."""
    told = {(name, criterion): tell(known.points, trials[name], RISING[name], rng)
            for name, own in inputs.items() for criterion, known in own.items()}  # fmt: skip
    sure = discoveries([one.p for one in told.values()])
    marked = {key: one._replace(sure=bool(stands)) for (key, one), stands in zip(told.items(), sure, strict=True)}
    return {name: {criterion: marked[name, criterion] for criterion in own} for name, own in inputs.items()}


def _rows(trials: Mapping[str, Trials], inputs: Mapping[str, Mapping[str, Known]]) -> Rows:
    parts = [Rows(np.full(len(own.days), place), own.customer, own.days, own.event, matrix(list(inputs[name].values())))
             for place, name in enumerate(BOUGHT) for own in [trials[name]]]  # fmt: skip
    return Rows(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _tiers(past: Past, trials: Trials) -> tuple[Floats, int]:
    """Each trial's tier before the month in which it began, the best the highest; and for how many the ledger did not know it."""
    months = trials.start.astype("datetime64[M]")
    tier, rebuilt = nothing(len(months)), 0
    for month in np.unique(months):
        day, at = month.astype("datetime64[D]").item(), months == month
        told, ruled = (column[trials.customer[at]] for column in (in_ledger(day, past.memory), past.grade(day)))
        tier[at], rebuilt = pick(is_none(told), ruled, told), rebuilt + int(is_none(told).sum())
    place = {name: len(past.policy.tiers) - number for number, name in enumerate(past.policy.tiers)}
    return np.array([place.get(str(one), 0) for one in tier.tolist()], dtype=np.float64), rebuilt
