"""One run's moves: what people decided, what the rules ask for, and what the sheet and the ledger then hold (SPEC §4)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from crmsheet.arrays import Bools, Ints, Objects, Times, filled, is_none, is_one_of, is_there, pick
from crmsheet.memory.ledger import AGREED, BY_HAND, DONE, RECHECK, REJECTED, RESTORED, STATE_OF, WAITS, WITHDRAWN
from crmsheet.memory.memory import Memory
from crmsheet.memory.snapshots import NAT
from crmsheet.moves.answers import Answers
from crmsheet.moves.asked import Asked
from crmsheet.moves.standing import Standing
from crmsheet.policy.schema import DORMANT, UNGRADED, Policy
from crmsheet.values.answers import NOT_LEAD, OTHER

LOST = "流失"
PENDING_WORD, RECHECK_WORD = "待审核", "待复核"


class Event(NamedTuple):
    """Ledger rows of one sort that this run adds: which customers, and what their rows say (shape: customers)."""

    rows: Bools
    kind: Objects | str  # first … override, or a decision's word
    before: Objects
    after: Objects
    state: str
    proposed: Objects | None = None  # kind of the move that is decided
    told: Objects | None = None  # evidence of the proposal that is decided
    bulk: bool = False  # decided by the lead for many


class Told(NamedTuple):
    """Words of the ledger, None without any, and the cell of their row."""

    text: Objects
    cells: Objects


@dataclass(frozen=True)
class Settled:
    """One row a customer.  ``write``: where the tier cell gets ``word``; ``day``: since when it stands there."""

    word: Objects
    write: Bools
    day: Times
    proposed: Objects
    move: Objects
    review: Objects
    pool: Objects
    proposed_stage: Objects
    stalled: Told  # of customers that a stall keeps down: what the ledger says of that stall
    upgraded: Times
    events: tuple[Event, ...]


def after_answers(policy: Policy, now: Standing, memory: Memory, answers: Answers) -> tuple[Objects, Ints]:
    """The tier in the cell, as word and number, after what people decided."""
    word = pick(answers.agreed & (now.shown != DORMANT), now.shown, now.word)
    word = pick(answers.restored, memory.recheck.before, word)
    order = {tier: number for number, tier in enumerate(policy.tiers)}
    changed = np.flatnonzero(word != now.word)
    number = now.number.copy()
    number[changed] = [order.get(tier, -1) for tier in word[changed].tolist()]
    return word, number


def frozen(now: Standing, memory: Memory, answers: Answers, as_of: dt.date) -> Bools:
    """Customers that move no further on this day: one move for each customer and as-of; and rows whose name says nothing."""
    nameless = is_none(now.key)
    if not memory.enabled:
        return nameless
    decided = memory.ledger["类型"].isin([AGREED, REJECTED]).to_numpy(dtype=bool)
    return nameless | now.edited | answers.decided | memory.on_day(memory.moved | decided, as_of)


def settle(
    policy: Policy, now: Standing, memory: Memory, answers: Answers, asked: Asked, word: Objects, stage: Objects,
    lost: Bools, as_of: dt.date,
) -> Settled:  # fmt: skip
    """``word``: the tier in the cell after what people decided; ``lost``: who should be called lost."""
    made = asked.now & (asked.kind != "none")
    final = pick(made, asked.to, word)
    write = made | (answers.agreed & (now.shown != DORMANT) & (now.shown != now.word)) | answers.restored
    edited = now.edited & ~answers.agreed
    held = answers.locked
    proposed = pick(held, now.shown, pick((asked.kind != "none") & ~made, asked.to, None))
    waits = is_there(proposed)
    moved_on = write | edited | answers.agreed & (now.shown == now.word)
    day = np.where(moved_on, np.datetime64(as_of, "s"), now.day)
    day = np.where(np.isnat(day), np.datetime64(as_of, "s"), day)
    events = _events(policy, now, memory, answers, asked, proposed, made, edited, held)
    wake = memory.dormant & ~asked.dormant & ~(answers.agreed & (now.shown == DORMANT))
    busy = np.logical_or.reduce([event.rows for event in events]) | memory.on_day(np.ones(len(memory.ledger), dtype=bool), as_of)
    slept = memory.dormant | (answers.agreed & (now.shown == DORMANT))
    quiet = _quiet_events(now, memory, asked, slept, wake, lost, busy, stage)
    resting = asked.dormant | (answers.agreed & (now.shown == DORMANT))
    pool = pick(stage == LOST, "lost", pick(resting, "dormant", "active"))
    events = tuple(event for event in (*events, *quiet) if event.rows.any()) if memory.enabled else ()
    return Settled(
        final, write, day, proposed, _labels(policy, memory, now, answers, asked, edited, quiet, as_of),
        _review(now, answers, made & (asked.kind == "immediate") | _unseen(now, memory, answers, final), waits, held),
        pool, pick(lost & (stage != LOST), LOST, None), _stall_told(memory, answers),
        _upgraded(policy, memory, now, final, write | edited, as_of), events,
    )  # fmt: skip


def _events(
    policy: Policy, now: Standing, memory: Memory, answers: Answers, asked: Asked, proposed: Objects, made: Bools,
    edited: Bools, held: Bools,
) -> tuple[Event, ...]:  # fmt: skip
    """Decisions first, then what was proposed or made."""
    waiting = memory.waiting
    same = waiting.there & is_there(proposed) & (waiting.after == proposed)
    same &= held | (waiting.kind == asked.kind) & (waiting.before == now.word)
    new = is_there(proposed) & ~same & ~held
    answered = answers.agreed | answers.rejected
    gone = waiting.there & ~same & ~answered
    kind = _proposed_kind(policy, memory, now)
    told = pick(waiting.there, waiting.evidence, None)
    before = pick(answers.agreed & now.edited, now.was, now.word)
    recheck = memory.recheck
    return (
        Event(answers.agreed & ~answers.bulk, AGREED, before, now.shown, STATE_OF[AGREED], kind, told),
        Event(answers.agreed & answers.bulk, AGREED, before, now.shown, STATE_OF[AGREED], kind, told, bulk=True),
        Event(answers.rejected, REJECTED, now.word, now.shown, STATE_OF[REJECTED], kind, told),
        Event(gone, WITHDRAWN, waiting.before, waiting.after, STATE_OF[WITHDRAWN], waiting.kind, waiting.evidence),
        Event(answers.confirmed, AGREED, recheck.before, recheck.after, "已复核", recheck.kind, recheck.evidence),
        Event(answers.restored, REJECTED, recheck.after, recheck.before, RESTORED, recheck.kind, recheck.evidence),
        Event(edited, "override", now.was, now.word, BY_HAND),
        Event(new, asked.kind, now.word, proposed, WAITS),
        Event(made & (asked.kind != "immediate"), asked.kind, now.word, asked.to, DONE),
        Event(made & (asked.kind == "immediate"), asked.kind, now.word, asked.to, RECHECK),
    )  # fmt: skip


def _quiet_events(
    now: Standing, memory: Memory, asked: Asked, slept: Bools, wake: Bools, lost: Bools, busy: Bools, stage: Objects
) -> tuple[Event, ...]:
    """Sleeping, waking and being lost: a day on which nothing else happened to the customer."""
    rest, word = filled(len(now.word), DORMANT), filled(len(now.word), LOST)
    was, open_lost = pick(stage == None, UNGRADED, stage), memory.open_lost  # noqa: E711
    free = ~busy
    sleeps = asked.dormant & ~slept & free
    wakes = wake & free
    free = free & ~sleeps & ~wakes
    is_lost = np.asarray(stage == LOST, dtype=bool)
    return (
        Event(sleeps, "dormant", now.word, rest, DONE),
        Event(wakes, "wake", rest, now.word, DONE),
        Event(lost & ~is_lost & ~open_lost.there & free, "lost", pick(was == UNGRADED, None, was), word, WAITS),
        Event(open_lost.there & is_lost & free, AGREED, open_lost.before, word, STATE_OF[AGREED], open_lost.kind, open_lost.evidence),
        Event(open_lost.there & ~lost & ~is_lost & free, WITHDRAWN, open_lost.before, word, STATE_OF[WITHDRAWN],
              open_lost.kind, open_lost.evidence),
    )  # fmt: skip


def _proposed_kind(policy: Policy, memory: Memory, now: Standing) -> Objects:
    """Which move the proposal in the sheet is: by the ledger, else by its two tiers."""
    order = {tier: number for number, tier in enumerate(policy.tiers)}
    to = np.array([order.get(tier, -1) for tier in now.shown.tolist()], dtype=np.int64)
    kind = pick(now.number < 0, "first", pick(to < now.number, "up", "down"))
    kind = pick(now.shown == DORMANT, "dormant", kind)
    return pick(memory.waiting.there, memory.waiting.kind, kind)


def _labels(
    policy: Policy, memory: Memory, now: Standing, answers: Answers, asked: Asked, edited: Bools, quiet: tuple[Event, ...],
    as_of: dt.date,
) -> Objects:  # fmt: skip
    """``move`` of each customer: what happened today, or what waits."""
    last = memory.last(memory.moved | is_one_of(memory.row_kinds, ("dormant", "wake")))
    today = last.there & (last.day == np.datetime64(as_of, "s"))
    move = pick(today, last.kind, "none")
    move = pick(quiet[1].rows, "wake", pick(quiet[0].rows, "dormant", move))
    move = pick(asked.kind != "none", asked.kind, move)
    move = pick(answers.agreed, _proposed_kind(policy, memory, now), move)
    move = pick(answers.restored, "down", move)
    return pick(edited, "override", move)


def _unseen(now: Standing, memory: Memory, answers: Answers, final: Objects) -> Bools:
    """Moves made at once that nobody has looked at after this run either, whatever waited beside them."""
    return np.asarray(memory.recheck.there & ~now.edited & ~answers.confirmed & ~answers.restored & (memory.recheck.after == final), dtype=bool)


def _review(now: Standing, answers: Answers, unseen: Bools, waits: Bools, held: Bools) -> Objects:
    """审核: a person's odd word stays while something waits; an answer is cleared once it is taken, or answers nothing."""
    keeps = held | answers.odd & (now.shown != None)  # noqa: E711
    word = pick(waits, pick(keeps, now.review, PENDING_WORD), None)
    open_ = unseen & ~waits
    strange = (now.answer == OTHER) | (now.answer == NOT_LEAD)
    word = pick(open_, pick(strange, now.review, RECHECK_WORD), word)
    note = (now.answer == OTHER) & ~waits & ~open_
    return pick(note, now.review, word)


def _stall_told(memory: Memory, answers: Answers) -> Told:
    """The stall that keeps a customer down: the one agreed to now, else the last one."""
    last, now = memory.last(memory.moved & (memory.row_kinds == "stalled")), answers.agreed & (memory.waiting.kind == "stalled")
    return Told(pick(now, memory.waiting.evidence, last.evidence), pick(now, memory.waiting.cell, last.cell))


def _upgraded(policy: Policy, memory: Memory, now: Standing, final: Objects, moved: Bools, as_of: dt.date) -> Times:
    """Day of each customer's last move, where it led up; without a ledger nobody knows."""
    size = len(now.word)
    if not memory.enabled:
        return np.full(size, NAT, dtype="datetime64[s]")
    order = {tier: number for number, tier in enumerate(policy.tiers)}

    def number(tiers: Objects) -> Ints:
        return np.array([order.get(tier, -1) for tier in tiers.tolist()], dtype=np.int64)

    last = memory.last_moved
    before, after = number(pick(moved, pick(now.edited, now.was, now.word), last.before)), number(pick(moved, final, last.after))
    up = (before >= 0) & (after >= 0) & (after < before) & (final == pick(moved, final, last.after))
    return np.where(up, np.where(moved, np.datetime64(as_of, "s"), last.day), NAT)
