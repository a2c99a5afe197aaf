"""距上一级: the smallest change that makes the policy's tier a better one (SPEC §6).

Customers that stand alike (same bands, same words, same amount that decides) need the same fields changed, so the
choice is made once for each such situation; only how far an amount or a date has to go is a customer's own.

Smallest means: fewest fields; then fewest in columns that the table lacks; then fewest steps of bands (低→中 is one);
then the band that the policy names first; then the lower level, which asks for less.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np
import pandas as pd

from crmsheet.arrays import Array, Ints
from crmsheet.judge.bands import LEVELS, band_all, possible
from crmsheet.judge.changes import applied, told
from crmsheet.judge.judge import Judged
from crmsheet.judge.levers import Edit, Lever, Way, band_lever, merged, signal_lever, situations
from crmsheet.judge.tiers import RuleTable
from crmsheet.policy.schema import Policy
from crmsheet.tables.table import Table

PROGRESS = Edit("progress", "有")  # of the log: what a stall waits for
Goal = tuple[tuple[int, int], ...]  # (place of a band, place of its new level) …
Code = TypeVar("Code", int, Ints)
_Cost = tuple[int, int, int, tuple[int, ...], tuple[int, ...]]


def next_tiers(policy: Policy, table: Table, judged: Judged, moved: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """One row a change, by customer: see model.Outcome.changes.

    ``moved``: the policy's ``tier``, signals and stalls included, and who is ``held`` down by a stall.  Customers of the
    best tier, and those whom no change would help, have no row.
    """
    order = {name: number for number, name in enumerate(policy.tiers)}  # 未分级 comes after all
    tier = moved["tier"].map(order).fillna(len(order)).to_numpy(dtype=np.int64)
    held = moved["held"].to_numpy(dtype=bool)
    lifted = (tier < judged.grade) & ~held  # by the signal: the bands do not matter while it holds
    who = np.flatnonzero((tier > 0) & ~lifted)
    if not len(who):
        return told([], table, as_of)
    levels = level_columns(policy, judged.code)
    levers = [band_lever(spec, table, level) for spec, level in zip(policy.bands, levels, strict=True)]
    signal = signal_lever(policy.moves.immediate, table) if policy.moves.immediate else None
    states = [lever.state[who] for lever in (*levers, *([signal] if signal else []))]
    state, found = situations([judged.code[who], tier[who], held[who], *states])
    chooser = _Chooser(policy, levers, signal)
    chosen = [chooser.edits(code, goal, bool(stuck), ways) for code, goal, stuck, *ways in found]
    changes = told(_by_edit(chosen, state, who), table, as_of)
    return _that_help(policy, table, changes, tier, as_of) if chooser.shared else changes


def _that_help(policy: Policy, table: Table, changes: pd.DataFrame, tier: Array, as_of: dt.date) -> pd.DataFrame:
    """Where bands share a field, moving one moves another: only what does give a better tier is kept."""
    after, rules = applied(changes, table), RuleTable(policy)
    grade = rules.grade_of[rules.codes(band_all(policy, after, as_of), after.present)]
    helps = np.asarray(grade < tier, dtype=bool)[changes["customer"].to_numpy()]
    kept: pd.DataFrame = changes.loc[helps].reset_index(drop=True)
    return kept


def level_columns(policy: Policy, code: Code) -> list[Code]:
    """The level of each band, as a place in ``LEVELS``, from codes of ``RuleTable``."""
    last = len(policy.bands) - 1
    return [code // 2 // len(LEVELS) ** (last - i) % len(LEVELS) for i in range(last + 1)]


def _by_edit(chosen: Sequence[tuple[Edit, ...]], state: Ints, who: Ints) -> list[tuple[int, Edit, Ints]]:
    """(which of a customer's changes, the change, the customers that need it)."""
    wanted: dict[tuple[int, Edit], list[int]] = {}
    for number, edits in enumerate(chosen):
        for place, edit in enumerate(edits):
            wanted.setdefault((place, edit), []).append(number)
    return [(place, edit, who[np.isin(state, numbers)]) for (place, edit), numbers in wanted.items()]


@dataclass(frozen=True, eq=False)
class _Chooser:
    """Finds the smallest change of one situation."""

    policy: Policy
    levers: Sequence[Lever]
    signal: Lever | None
    known: dict[tuple[int, int], tuple[Goal, ...]] = field(default_factory=dict)

    @cached_property
    def rules(self) -> RuleTable:
        return RuleTable(self.policy)

    @cached_property
    def shared(self) -> bool:
        """Whether some bands read the same field."""
        fields = [name for band in self.policy.bands for name in band.fields]
        return len(set(fields)) < len(fields)

    @cached_property
    def asked(self) -> frozenset[str]:
        return frozenset(name for rule in self.policy.rules for name in rule.present)

    def edits(self, code: int, tier: int, stuck: bool, states: Sequence[int]) -> tuple[Edit, ...]:
        """The smallest change that gives a better tier; empty when there is none."""
        options = [self._cost(goal, states) for goal in self.goals(code, tier)]
        if self.signal is not None and not stuck:
            options += [self._signal_cost(way, tier, to) for to, way in self.signal.ways[states[-1]].items()]
        best = min((one for one in options if one is not None), key=lambda one: one[0], default=None)
        if best is None:
            return ()
        edits = tuple(edit._replace(free=True) for edit in best[1]) if self._any_will_do(code, tier, best[0]) else best[1]
        return (PROGRESS, *edits) if stuck else edits

    def _any_will_do(self, code: int, tier: int, cost: _Cost) -> bool:
        """Whether it is enough that a band becomes known, at whatever level."""
        bands, goals = cost[3], self.goals(code, tier)
        return len(bands) == 1 and bands[0] < len(self.levers) and all(
            ((bands[0], LEVELS.index(band)),) in goals for band in possible(self.policy.bands[bands[0]])
        )

    def goals(self, code: int, tier: int) -> tuple[Goal, ...]:
        """Levels that give a better tier, without those that change more bands than another that does."""
        if (code, tier) not in self.known:
            self.known[code, tier] = tuple(self._goals(code, tier))
        return self.known[code, tier]

    def _goals(self, code: int, tier: int) -> list[Goal]:
        now = level_columns(self.policy, code)
        moves = [[(i, level) for level in map(LEVELS.index, possible(spec)) if level != now[i]] for i, spec in enumerate(self.policy.bands)]
        found: list[Goal] = []
        for size in range(len(moves) + 1):
            for bands in itertools.combinations(moves, size):
                for goal in itertools.product(*bands):
                    if not any(set(less) <= set(goal) for less in found) and self.grade(code, goal) < tier:
                        found.append(goal)
        return found

    def grade(self, code: int, goal: Goal) -> int:
        """The tier's number once some bands have moved."""
        levels = level_columns(self.policy, code)
        there = code % 2
        for band, level in goal:
            levels[band] = level
            there |= self.asked.issuperset(self.policy.bands[band].fields)
        new = 0
        for level in levels:
            new = new * len(LEVELS) + level
        return int(self.rules.grade_of[new * 2 + there])

    def _cost(self, goal: Goal, states: Sequence[int]) -> tuple[_Cost, tuple[Edit, ...]] | None:
        ways: list[Way] = []
        for band, level in goal:
            way = self.levers[band].ways[states[band]].get(LEVELS[level])
            if way is None:
                return None
            ways.append(way)
        every = tuple(edit for way in ways for edit in way.edits)
        edits = merged(every) if self.shared else every
        if edits is None:
            return None
        bands, levels = tuple(band for band, _ in goal), tuple(-level for _, level in goal)
        return (len(edits), sum(w.absent for w in ways), sum(w.steps for w in ways), bands, levels), edits

    def _signal_cost(self, way: Way, tier: int, to: str) -> tuple[_Cost, tuple[Edit, ...]] | None:
        if self.rules.number(to) >= tier:
            return None
        return (len(way.edits), way.absent, way.steps, (len(self.levers),), ()), way.edits
