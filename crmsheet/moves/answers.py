"""What people decided since the last run: proposals agreed to or refused, moves made at once looked at again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from crmsheet.arrays import Bools, Objects, is_one_of, is_there
from crmsheet.memory.ledger import WAITS
from crmsheet.memory.memory import Memory
from crmsheet.moves.standing import Standing
from crmsheet.policy.schema import DORMANT
from crmsheet.values.answers import AGREE, NOT_LEAD, OTHER, PENDING, REFUSE


@dataclass(frozen=True, slots=True)
class Approval:
    """Agreed in bulk by the lead: every proposal that waits, or those of some tiers."""

    tiers: frozenset[str] | None  # None: all
    approver: str | None
    adjustments: bool = False  # those of the strategy table too
    told: str = ""  # what was asked for, in the words of the command


@dataclass(frozen=True)
class Answers:
    """Masks over the customers: what a proposal that waits got, and what a move made at once got."""

    waits: Bools  # a proposal stood there, and nobody has decided it yet
    agreed: Bools
    rejected: Bools
    odd: Bools  # another word: it waits on
    not_lead: Bools  # somebody decided who may not: it waits on
    locked: Bools  # agreed, but the tier cell must not be written
    bulk: Bools  # agreed in bulk
    confirmed: Bools
    restored: Bools
    rechecks: Bools  # made at once, and still to be looked at

    @property
    def decided(self) -> Bools:
        """Customers for whom a person decided something."""
        return self.agreed | self.rejected | self.confirmed | self.restored


def read_answers(now: Standing, memory: Memory, approval: Approval | None) -> Answers:
    """A proposal decided in an earlier run is none any more, whatever an old copy of the file shows."""
    by_hand = now.edited & ~(is_there(now.shown) & (now.shown == now.word) & (now.answer == AGREE))
    waits = is_there(now.shown) & now.seen & ~by_hand & ~_decided_before(now, memory)
    waits &= (now.shown != now.word) | now.edited
    bulk = waits & _in_bulk(now, approval)
    agreed = (waits & (now.answer == AGREE)) | bulk
    free = np.asarray(~now.locked | (now.shown == now.word) | (now.shown == DORMANT), dtype=bool)
    recheck = memory.recheck.there & ~is_there(now.shown) & ~now.edited & (memory.recheck.after == now.word)
    return Answers(
        waits=waits, agreed=agreed & free, rejected=waits & (now.answer == REFUSE), odd=waits & is_one_of(now.answer, (OTHER, NOT_LEAD)),
        not_lead=(waits | recheck) & (now.answer == NOT_LEAD),
        locked=agreed & ~free, bulk=bulk & free, confirmed=recheck & (now.answer == AGREE),
        restored=recheck & (now.answer == REFUSE) & ~now.locked, rechecks=recheck,
    )  # fmt: skip


def _decided_before(now: Standing, memory: Memory) -> Bools:
    """The last proposal of this very tier has its decision already."""
    ledger = memory.ledger
    proposed = (ledger["审核状态"].to_numpy(dtype=object) == WAITS) & (memory.customer >= 0)
    same = proposed & (ledger["新等级"].to_numpy(dtype=object) == now.shown[memory.customer])
    last = memory.last(np.asarray(same, dtype=bool))
    return np.asarray(last.there & np.append(memory.decided, False)[last.row], dtype=bool)


def _in_bulk(now: Standing, approval: Approval | None) -> Bools:
    """What the lead agrees to in bulk: what waits without anybody's word."""
    if approval is None:
        return np.zeros(len(now.word), dtype=bool)
    silent = is_one_of(now.answer, (PENDING, None))
    return silent & _of_tiers(now.shown, approval.tiers)


def _of_tiers(shown: Objects, tiers: Collection[str] | None) -> Bools:
    return is_there(shown) if tiers is None else is_one_of(shown, list(tiers))
