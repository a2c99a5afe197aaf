"""The policy's tier rules as one table over all combinations of bands: exact, and a single look-up a customer."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from crmsheet.arrays import Bools, Ints, Objects, some
from crmsheet.judge.bands import LEVELS, Banded, possible
from crmsheet.policy.schema import UNGRADED, UNKNOWN, Policy, TierRule


@dataclass(frozen=True)
class RuleTable:
    """For every combination of bands (and of "some input is there"): which rule holds.

    A combination's code counts in base 4 over the policy's bands, 高 = 0 … 未知 = 3; its last bit says whether
    any of the fields that a rule asks for is present.
    """

    policy: Policy

    @cached_property
    def rule_of(self) -> Ints:
        """Code → position of the first rule that holds."""
        names = [band.name for band in self.policy.bands]
        combos = [dict(zip(names, combo, strict=True)) for combo in itertools.product(LEVELS, repeat=len(names))]
        return np.array([self._first_rule(bands, there) for bands in combos for there in (False, True)], dtype=np.int64)

    @cached_property
    def grade_of(self) -> Ints:
        """Code → number of the tier, 0 the best; as many as there are tiers: 未分级."""
        return np.array([self.number(self.policy.rules[rule].tier) for rule in self.rule_of], dtype=np.int64)

    @cached_property
    def worst_of(self) -> Ints:
        """Code → number of the worst tier that the unknown bands could turn out to mean."""
        choices = [possible(band) for band in self.policy.bands]
        worst = self.grade_of.copy()
        for code, combo in enumerate(itertools.product(LEVELS, repeat=len(choices))):
            open_ = [choices[i] if level == UNKNOWN else (level,) for i, level in enumerate(combo)]
            codes = [self._code(full) * 2 + 1 for full in itertools.product(*open_)]
            worst[code * 2 : code * 2 + 2] = max(self.grade_of[codes])
        return worst

    @cached_property
    def cites(self) -> Bools:
        """Code × band: the bands that decide.  Those that its rule names (all, where it names none), and as many of the
        others as it takes so that no value of the rest could give another tier: an earlier rule may have failed on them."""
        count = len(self.policy.bands)
        grades = self.grade_of.reshape((len(LEVELS),) * count + (2,))
        named = np.array([[band.name in rule.when or not rule.when for band in self.policy.bands] for rule in self.policy.rules])[self.rule_of]
        cited = np.ones_like(named)
        open_ = np.ones(len(named), dtype=bool)
        for chosen in sorted(itertools.product((False, True), repeat=count), key=sum):
            rest = tuple(i for i, one in enumerate(chosen) if not one)
            settled = np.broadcast_to(grades.max(axis=rest, keepdims=True) == grades.min(axis=rest, keepdims=True), grades.shape)
            at = open_ & settled.reshape(-1) & ~(named & ~np.array(chosen)).any(axis=1)
            cited[at], open_ = chosen, open_ & ~at
        return cited

    def number(self, tier: str) -> int:
        """A tier's place in the policy's order, 0 the best; 未分级 comes after all."""
        return len(self.policy.tiers) if tier == UNGRADED else self.policy.tiers.index(tier)

    def codes(self, bands: Mapping[str, Banded], present: Mapping[str, Bools]) -> Ints:
        """The combination of each customer."""
        size = len(next(iter(bands.values())).band)
        code = np.zeros(size, dtype=np.int64)
        for spec in self.policy.bands:
            code = code * 4 + _levels(bands[spec.name].band)
        asked = sorted({name for rule in self.policy.rules for name in rule.present})
        there = some([present[name] for name in asked]) if asked else np.zeros(size, dtype=bool)
        return code * 2 + there

    def _first_rule(self, bands: Mapping[str, str], there: bool) -> int:
        return next(i for i, rule in enumerate(self.policy.rules) if _rule_holds(rule, bands, there))

    @staticmethod
    def _code(combo: Sequence[str]) -> int:
        code = 0
        for level in combo:
            code = code * 4 + LEVELS.index(level)
        return code


def _rule_holds(rule: TierRule, bands: Mapping[str, str], there: bool) -> bool:
    return all(bands[name] in allowed for name, allowed in rule.when.items()) and (there or not rule.present)


def _levels(band: Objects) -> Ints:
    codes = np.full(len(band), LEVELS.index(UNKNOWN), dtype=np.int64)
    for number, level in enumerate(LEVELS):
        codes[band == level] = number
    return codes
