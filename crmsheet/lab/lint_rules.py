"""Faults of bands and tier rules: gaps, overlaps, what can never happen; exact, over all combinations of bands."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from crmsheet.arrays import Bools, Ints
from crmsheet.judge.bands import LEVELS, possible
from crmsheet.lab.fault import Fault
from crmsheet.policy.schema import UNGRADED, UNKNOWN, BandSpec, Policy

SHOWN = 3  # combinations named in a fault
_ORDER = {level: number for number, level in enumerate(LEVELS)}


@dataclass(frozen=True)
class Combos:
    """All combinations of bands that customers can have.  ``levels``: bands × combinations, 高 = 0 … 未知 = 3."""

    policy: Policy

    @cached_property
    def levels(self) -> Ints:
        """The combinations: of what each band can be, or unknown."""
        choices = [[_ORDER[level] for level in (*possible(band), UNKNOWN)] for band in self.policy.bands]
        return np.array(list(itertools.product(*choices)), dtype=np.int64).T

    @cached_property
    def holds(self) -> Bools:
        """Rules × combinations: whether the rule's bands are so; an asked-for input is there unless all bands are unknown."""
        names = [band.name for band in self.policy.bands]
        nothing = (self.levels == _ORDER[UNKNOWN]).all(axis=0)
        rows = []
        for rule in self.policy.rules:
            at = ~nothing if rule.present else np.ones(self.levels.shape[1], dtype=bool)
            for name, allowed in rule.when.items():
                at = at & np.isin(self.levels[names.index(name)], [_ORDER[level] for level in allowed])
            rows.append(at)
        return np.array(rows)

    @cached_property
    def first(self) -> Ints:
        """The rule that grades each combination."""
        return np.asarray(np.argmax(self.holds, axis=0), dtype=np.int64)

    @cached_property
    def known(self) -> Bools:
        """Combinations without an unknown band."""
        return np.asarray((self.levels != _ORDER[UNKNOWN]).all(axis=0), dtype=bool)

    def words(self, at: int) -> str:
        """One combination: 价值高，潜力中."""
        return "，".join(f"{band.title}{LEVELS[level]}" for band, level in zip(self.policy.bands, self.levels[:, at].tolist(), strict=True))

    def some(self, where: Bools) -> list[str]:
        """The first few of some combinations."""
        return [f"（{self.words(at)}）" for at in np.flatnonzero(where)[:SHOWN].tolist()]


def lint_rules(policy: Policy) -> Iterator[Fault]:
    """Everything about bands, rules and tiers."""
    for number, band in enumerate(policy.bands):
        yield from _steps(f"bands[{number}]", band)
    yield from _impossible(policy)
    combos = Combos(policy)
    yield from _gaps(combos)
    yield from _unreachable(combos)
    yield from _overlaps(combos)
    yield from _tiers(combos)
    yield from _bands(policy)


def _gaps(combos: Combos) -> Iterator[Fault]:
    """Known bands that only the rule for customers without data takes."""
    ungraded = np.array([rule.tier == UNGRADED for rule in combos.policy.rules])
    left = combos.known & ungraded[combos.first]
    if left.any():
        number = int(combos.first[left][0])
        yield Fault("gap", f"rules[{number}]", {"count": int(left.sum()), "some": combos.some(left)})


def _unreachable(combos: Combos) -> Iterator[Fault]:
    """Rules that never get a customer, and those before them that take all of theirs."""
    for number, rule in enumerate(combos.policy.rules):
        if not (combos.first == number).any() and _can_be(combos.policy, number):
            takers = sorted(set(combos.first[combos.holds[number]].tolist()))
            params = {"tier": rule.tier, "rule": number + 1, "by": [f"{one + 1}" for one in takers] or ["-"]}
            yield Fault("rule-unreachable", f"rules[{number}]", params)


def _can_be(policy: Policy, number: int) -> bool:
    """Whether each band of a rule can have one of its values: otherwise that is the fault to tell."""
    return all({*possible(policy.band(name)), UNKNOWN} & set(levels) for name, levels in policy.rules[number].when.items())


def _overlaps(combos: Combos) -> Iterator[Fault]:
    """A rule before one that gives a better tier, for customers of both: the first one decides, so they stay below."""
    rules, place = combos.policy.rules, {tier: number for number, tier in enumerate((*combos.policy.tiers, UNGRADED))}
    for one, other in itertools.combinations([i for i, rule in enumerate(rules) if rule.when], 2):
        both = combos.holds[one] & combos.holds[other] & (combos.first == one)
        if both.any() and place[rules[one].tier] > place[rules[other].tier] and (combos.first == other).any():
            params = {"one": one + 1, "other": other + 1, "tier": rules[one].tier, "loses": rules[other].tier, "some": combos.some(both)}
            yield Fault("rules-overlap", f"rules[{other}]", params, "info")


def _tiers(combos: Combos) -> Iterator[Fault]:
    """Tiers that no combination gives and no move leads to."""
    policy = combos.policy
    given = {policy.rules[number].tier for number in set(combos.first.tolist())}
    given |= {policy.moves.immediate.to} if policy.moves.immediate else set()
    for tier in policy.tiers:
        if tier not in given:
            yield Fault("tier-unreachable", "tiers", {"tier": tier})


def _impossible(policy: Policy) -> Iterator[Fault]:
    """Values that a rule waits for and its band never has."""
    for number, rule in enumerate(policy.rules):
        for name, levels in rule.when.items():
            can = (*possible(policy.band(name)), UNKNOWN)
            for level in levels:
                if level not in can:
                    yield Fault("band-value-impossible", f"rules[{number}].when.{name}",
                                {"rule": number + 1, "band": policy.band(name).title, "level": level, "can": list(can)})  # fmt: skip


def _bands(policy: Policy) -> Iterator[Fault]:
    """Bands that nothing looks at."""
    used = {name for rule in policy.rules for name in rule.when} | set(policy.gap.when if policy.gap else ())
    used |= {policy.moves.dormant.band} if policy.moves.dormant else set()
    for number, band in enumerate(policy.bands):
        if band.name not in used:
            yield Fault("band-unused", f"bands[{number}]", {"band": band.title}, "info")


def _steps(path: str, band: BandSpec) -> Iterator[Fault]:
    """Thresholds in their order: amounts fall, days rise, and the last step takes the rest."""
    if band.kind == "rules":
        yield from _rest_last(f"{path}.rules", band, [not rule.all for rule in band.rules])
    if band.kind not in ("amount", "days"):
        return
    down = band.kind == "amount"
    bounds = [step.min if down else step.max for step in band.steps]
    wrong = [step.max if down else step.min for step in band.steps]
    if any(bound is not None for bound in wrong):
        yield Fault("step-key", f"{path}.steps", {"band": band.title, "right": "min" if down else "max", "wrong": "max" if down else "min"})
        return
    yield from _rest_last(f"{path}.steps", band, [bound is None for bound in bounds])
    numbers = [bound for bound in bounds if bound is not None]
    if any((a <= b) if down else (a >= b) for a, b in itertools.pairwise(numbers)):
        yield Fault("steps-order", f"{path}.steps", {"band": band.title, "numbers": [f"{n:g}" for n in numbers],
                                                     "how": ("从大到小", "fall") if down else ("从小到大", "rise")})  # fmt: skip
    levels = [_ORDER[step.band] for step in band.steps]
    if any(a >= b for a, b in itertools.pairwise(levels)):
        yield Fault("levels-order", f"{path}.steps", {"band": band.title, "levels": [step.band for step in band.steps]})
    if band.past is not None and band.past.max is None:
        yield Fault("past-without-max", f"{path}.past", {"band": band.title})


def _rest_last(path: str, band: BandSpec, rest: Sequence[bool]) -> Iterator[Fault]:
    """Exactly the last entry takes everything else."""
    if True in rest[:-1]:
        yield Fault("step-after-rest", path, {"band": band.title, "step": rest.index(True) + 1})
    elif not rest[-1]:
        yield Fault("no-rest", path, {"band": band.title})
