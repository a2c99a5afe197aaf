"""What the rules ask for: at most one move a customer, the waits of SPEC §4 kept."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from crmsheet.arrays import Bools, Ints, Objects, Times, is_one_of, nothing, pick
from crmsheet.memory.memory import Last, Memory
from crmsheet.moves.facts import Fact
from crmsheet.moves.standing import Standing
from crmsheet.plan.intervals import add_interval
from crmsheet.policy.schema import DORMANT, UNGRADED, Every, Policy
from crmsheet.values.names import fold_text

RULED = ("first", "up", "down")  # moves by the rules: their evidence ends with the bands


@dataclass(frozen=True)
class Grounds:
    """What moves rest on, each of shape (customers,)."""

    grade: Ints  # number of the tier by the rules; as many as there are tiers: 未分级
    worst: Ints  # the worst tier that unknown bands could turn out to mean
    bands: Objects  # the bands that the rule cites, in words
    signal: Fact
    quiet: Fact
    silence: Fact
    potential: Objects  # 高/中/低/未知, of the band that dormancy asks for
    progress: Times  # day of the last entry with progress
    since: Times  # in the tier that stalls, as long as no person has changed it (NaT: not known)
    active: Bools  # not lost


class Asked(NamedTuple):
    """``kind`` and ``to`` of the move each customer asks for (none, None without), ``now``: it is made at once.

    ``tier``: what the policy says, signals and stalls included; ``stuck``: kept down by a stall;
    ``dormant``: in the dormant pool; ``by_signal``: its tier comes from the signal.
    """

    kind: Objects
    to: Objects
    now: Bools
    tier: Objects
    by_signal: Bools
    stuck: Bools
    dormant: Bools


def ask(policy: Policy, grounds: Grounds, now: Standing, memory: Memory, frozen: Bools, number: Ints, as_of: dt.date) -> Asked:
    """``number``: the tier in the cell after what people decided; ``frozen``: customers that move no further today."""
    names = np.array([*policy.tiers, UNGRADED], dtype=object)
    stalled, stuck = _stalls(policy, grounds, now, memory, number, as_of)
    fresh = grounds.signal.holds & ~_acted(grounds, memory) & (number != 0)
    by_signal = grounds.signal.holds & ~((stalled | stuck) & ~fresh)
    tier = names[grounds.grade]
    if policy.moves.stalled is not None:
        tier = pick(stalled | stuck, policy.moves.stalled.to, tier)
    if policy.moves.immediate is not None:
        tier = pick(by_signal, policy.moves.immediate.to, tier)
    up, down = _recalculated(policy, grounds, memory, number, stuck, as_of)
    blank = (number < 0) & (now.blank | (now.word == UNGRADED))
    resting = _resting(policy, grounds, memory, number)
    kind = nothing(len(number))
    to = nothing(len(number))
    steps: tuple[tuple[str, Bools, Objects | str], ...] = (
        ("dormant", resting & (grounds.potential == "未知") & ~memory.dormant, DORMANT),
        ("down", down & ~grounds.signal.holds, names[grounds.grade]),
        ("up", up, names[grounds.grade]),
        ("first", blank & (tier != UNGRADED), tier),
        ("stalled", stalled, tier),
        ("immediate", fresh & (blank | (number > 0)), tier),
    )
    for name, where, target in steps:  # the strongest last
        at = where & ~frozen
        kind, to = pick(at, name, kind), pick(at, target, to)
    refused = _refused(policy, grounds, now, memory, kind, to, as_of) | _reverted(policy, grounds, now, memory, to, as_of)
    kind, to = pick(refused | (kind == None), "none", kind), pick(refused, None, to)  # noqa: E711
    dormant = resting & ((grounds.potential == "低") | (memory.dormant & ~is_one_of(grounds.potential, ("高", "中"))))
    return Asked(kind, to, _at_once(policy, now, memory, kind, to), tier, by_signal, stalled | stuck, dormant)


def _at_once(policy: Policy, now: Standing, memory: Memory, kind: Objects, to: Objects) -> Bools:
    """Moves that nobody is asked about: in auto presets, and immediate ones; never over what a person set, over a tier
    not seen before, or without a memory of what went before."""
    by_hand = memory.last_moved.kind == "override"
    filled = ~now.blank
    known = (now.seen & memory.known) | ~filled
    asked = (now.shown != None) & (now.shown == to)  # noqa: E711
    waiting = asked & ((kind != "immediate") | (memory.waiting.kind == "immediate"))
    free = ~waiting & (kind != "none") & (to != DORMANT) & known & ~by_hand & ~now.locked & ~now.edited
    if policy.approval == "auto":
        return np.asarray(free, dtype=bool)
    return np.asarray(free & (kind == "immediate"), dtype=bool)


def _acted(grounds: Grounds, memory: Memory) -> Bools:
    """Each value of the signal acts once (S000-52)."""
    at = np.flatnonzero(grounds.signal.holds) if memory.signals else np.empty(0, dtype=np.int64)
    acted = np.zeros(len(grounds.grade), dtype=bool)
    acted[[i for i in at.tolist() if (i, fold_text(grounds.signal.text[i])) in memory.signals]] = True
    return acted


def _stalls(
    policy: Policy, grounds: Grounds, now: Standing, memory: Memory, number: Ints, as_of: dt.date
) -> tuple[Bools, Bools]:
    """Who is to be moved down for a stall, and who was and has to wait for progress, or for time."""
    rule = policy.moves.stalled
    if rule is None:
        none = np.zeros(len(number), dtype=bool)
        return none, none
    today = np.datetime64(as_of, "s")
    since = np.where(now.edited | (number != now.number), today, grounds.since)  # there since this very run
    there = number == policy.tiers.index(rule.source_tier)
    stalled = there & grounds.quiet.holds & (add_interval(since, Every(months=rule.months)) <= today)
    before = memory.last(memory.moved & (memory.row_kinds == "stalled"))
    waits = before.there & ~(grounds.progress > before.day) & (today < before.day + np.timedelta64(rule.again_days, "D"))
    if not memory.enabled:  # nothing is remembered: the same entries that made it a stall keep it down
        waits = grounds.quiet.holds
    waits |= (number != now.number) & (memory.waiting.kind == "stalled")  # agreed to just now
    below = number == policy.tiers.index(rule.to)
    return stalled, waits & below & (grounds.grade < number)


def _recalculated(
    policy: Policy, grounds: Grounds, memory: Memory, number: Ints, stuck: Bools, as_of: dt.date
) -> tuple[Bools, Bools]:
    """Up and down by the rules; the opposite of a move waits, and so does everything after a hand edit."""
    moves, today = policy.moves, np.datetime64(as_of, "s")
    graded = (grounds.grade < len(policy.tiers)) & (number >= 0)
    up = graded & (grounds.grade < number) & (grounds.worst <= grounds.grade) & ~stuck
    down = graded & (grounds.grade > number)
    last = memory.last(memory.moved & is_one_of(memory.row_kinds, ("up", "down")))
    fresh = last.there & (today < last.day + np.timedelta64(moves.opposite_days, "D"))
    by_hand = _within(memory.last_moved, "override", moves.human_days, today)
    return up & ~(fresh & (last.kind == "down")) & ~by_hand, down & ~(fresh & (last.kind == "up")) & ~by_hand


def _within(last: Last, kind: str, days: int, today: np.datetime64) -> Bools:
    return np.asarray((last.kind == kind) & (today < last.day + np.timedelta64(days, "D")), dtype=bool)


def _resting(policy: Policy, grounds: Grounds, memory: Memory, number: Ints) -> Bools:
    """In the lowest tier, and silent for long."""
    if policy.moves.dormant is None:
        return np.zeros(len(number), dtype=bool)
    return np.asarray(grounds.active & (number == len(policy.tiers) - 1) & grounds.silence.holds, dtype=bool)


def _refused(
    policy: Policy, grounds: Grounds, now: Standing, memory: Memory, kind: Objects, to: Objects, as_of: dt.date
) -> Bools:
    """Refused before: it comes again after some time, or when a band that it cites has changed."""
    refused = np.zeros(len(kind), dtype=bool)
    wait = np.timedelta64(policy.moves.rejected_days, "D")
    for (i, *move), (day, evidence) in memory.rejections.items():
        if [kind[i], now.word[i], to[i]] == move and np.datetime64(as_of, "D") < day + wait:
            refused[i] = _same_bands(kind[i], evidence, grounds.bands[i])
    return refused


def _reverted(policy: Policy, grounds: Grounds, now: Standing, memory: Memory, to: Objects, as_of: dt.date) -> Bools:
    """The ledger's last move is not in the cell, and nobody edited it: an old copy was saved over ours.  What was
    decided then is not asked again while it is fresh."""
    last = memory.last_moved
    wait = np.timedelta64(policy.moves.rejected_days, "D")
    old = _cell_lost_it(now, memory) & (to == last.after) & (np.datetime64(as_of, "s") < last.day + wait)
    found = np.zeros(len(old), dtype=bool)
    for i in np.flatnonzero(old).tolist():
        found[i] = _same_bands(last.kind[i], str(last.evidence[i] or ""), grounds.bands[i])
    return found


def _same_bands(kind: str, evidence: str, bands: str | None) -> bool:
    """Whether a move by the rules was decided on the bands of today; other moves cite none."""
    return kind not in RULED or evidence.endswith(f"（{bands}）")


def _cell_lost_it(now: Standing, memory: Memory) -> Bools:
    """Customers whose tier cell lost its last move to an old copy of the file."""
    last = memory.last_moved
    return np.asarray(last.there & (now.seen | now.shifted) & ~now.edited & (last.after != now.word) & (last.day >= now.day), dtype=bool)
