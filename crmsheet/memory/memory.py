"""What earlier runs know of each customer: its last move, what waits, what was refused (SPEC §4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from crmsheet.arrays import Bools, Ints, Objects, Times, nothing, take
from crmsheet.memory.ledger import (
    AGREED,
    DECISIONS,
    KIND_OF,
    KIND_ZH,
    RECHECK,
    REJECTED,
    RESTORED,
    WAITS,
    moved_by,
    no_ledger,
)
from crmsheet.memory.own_rows import CELL
from crmsheet.memory.snapshots import NAT
from crmsheet.values.names import fold_text, normalise_names

Key = tuple[int, str, str | None, str | None]  # customer, kind, from, to


@dataclass(frozen=True)
class Last:
    """The last ledger row of some sort for each customer; blanks where there is none."""

    row: Ints  # -1 without one
    day: Times
    before: Objects
    after: Objects
    kind: Objects
    evidence: Objects
    id: Objects
    cell: Objects  # where the ledger says so; None of what only the mirror still knows

    @property
    def there(self) -> Bools:
        """Customers that have such a row."""
        return np.asarray(self.row >= 0, dtype=bool)


@dataclass(frozen=True)
class Memory:
    """The ledger joined to the customers of this run.

    ``ledger``: all rows up to as-of, oldest first; ``customer``: for each of them the customer's position, -1 where it
    is not in the table any more; ``enabled``: whether there is a ledger at all; ``size``: number of customers.
    """

    ledger: pd.DataFrame
    customer: Ints
    size: int
    enabled: bool
    known: bool  # whether an earlier run left a ledger, so that what is not in it did not happen

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """Id → the kind of move that was proposed or made under it."""
        own = ~self.ledger["类型"].isin(DECISIONS)
        rows = self.ledger[own]
        return {str(i): KIND_OF.get(str(kind), "up") for i, kind in zip(rows["编号"], rows["类型"], strict=True)}

    @cached_property
    def row_kinds(self) -> Objects:
        """Kind of move of each row; a decision's is that of what it decides."""
        pairs = zip(self.ledger["编号"], self.ledger["类型"], strict=True)
        return np.array([KIND_OF.get(str(kind)) or self.kinds.get(str(i), "up") for i, kind in pairs], dtype=object)

    @cached_property
    def decided(self) -> Bools:
        """Rows whose proposal has a decision."""
        ids = set(self.ledger.loc[self.ledger["类型"].isin(DECISIONS), "编号"])
        return self.ledger["编号"].isin(ids).to_numpy(dtype=bool)

    def last(self, rows: Bools) -> Last:
        """Each customer's latest row among some."""
        at = np.flatnonzero(rows & (self.customer >= 0))
        found = np.full(self.size, -1, dtype=np.int64)
        found[self.customer[at]] = at

        def column(name: str) -> Objects:
            return take(self.ledger[name].to_numpy(dtype=object), found)

        day = np.append(self.ledger["日期"].to_numpy("datetime64[s]"), NAT)[found]
        kind = take(self.row_kinds, found)
        return Last(found, day, column("原等级"), column("新等级"), kind, column("依据"), column("编号"), column(CELL))

    @cached_property
    def moved(self) -> Bools:
        """Rows that changed a tier cell."""
        return moved_by(self.ledger, self.kinds)

    @cached_property
    def last_moved(self) -> Last:
        """What set each customer's tier last."""
        return self.last(self.moved)

    @cached_property
    def waiting(self) -> Last:
        """The proposal of a tier or of 休眠 that waits."""
        return self.last(self._is("审核状态", WAITS) & ~self.decided & ~self._is("类型", KIND_ZH["lost"]))

    @cached_property
    def open_lost(self) -> Last:
        """The proposal that a customer is lost, still open."""
        return self.last(self._is("类型", KIND_ZH["lost"]) & ~self.decided)

    @cached_property
    def recheck(self) -> Last:
        """A move made at once that nobody has looked at yet, while it is what set the tier last."""
        found = self.last(self._is("审核状态", RECHECK) & ~self.decided)
        row = np.where(found.row == self.last_moved.row, found.row, -1)
        return replace(found, row=row)

    @cached_property
    def dormant(self) -> Bools:
        """Customers whom the ledger last put into the dormant pool."""
        kind = self.row_kinds
        into = (kind == "dormant") & (self._is("审核状态", "自动生效") | self._is("类型", AGREED))
        last = self.last(np.asarray(into | (kind == "wake"), dtype=bool))
        return np.asarray(last.kind == "dormant", dtype=bool)

    @cached_property
    def rejections(self) -> Mapping[Key, tuple[np.datetime64, str]]:
        """The latest rejection of each move of each customer, with the evidence it was refused on."""
        rows = np.flatnonzero(self._is("类型", REJECTED) & ~self._is("审核状态", RESTORED) & (self.customer >= 0))
        names = ("原等级", "新等级", "依据")
        before, after, evidence = (self.ledger[name].to_numpy(dtype=object) for name in names)
        day = self.ledger["日期"].to_numpy("datetime64[D]")
        return {
            (int(self.customer[i]), str(self.row_kinds[i]), before[i], after[i]): (day[i], str(evidence[i] or ""))
            for i in rows.tolist()
        }

    @cached_property
    def signals(self) -> frozenset[tuple[int, str]]:
        """Customers and the values of the immediate signal that have acted, or were proposed; folded, as a header may have been
        spelt in another way."""
        rows = np.flatnonzero(self._is("类型", KIND_ZH["immediate"]) & (self.customer >= 0) & ~self._undecided_proposal)
        evidence = self.ledger["依据"].to_numpy(dtype=object)
        return frozenset((int(self.customer[i]), fold_text(str(evidence[i]))) for i in rows.tolist())

    @cached_property
    def _undecided_proposal(self) -> Bools:
        """A signal that is only proposed has not acted yet."""
        return self._is("审核状态", WAITS) & ~self.decided

    def on_day(self, rows: Bools, day: dt.date) -> Bools:
        """Customers that have one of some rows dated that very day."""
        today = rows & (self.ledger["日期"].to_numpy("datetime64[D]") == np.datetime64(day, "D"))
        found = np.zeros(self.size + 1, dtype=bool)
        found[self.customer[today]] = True
        return found[:-1]

    def _is(self, column: str, word: str) -> Bools:
        return np.asarray(self.ledger[column].to_numpy(dtype=object) == word, dtype=bool)


def no_memory(size: int, enabled: bool = True) -> Memory:
    """Of a workbook that no run has seen."""
    return Memory(no_ledger(), np.empty(0, dtype=np.int64), size, enabled, known=False)


def remember(ledger: pd.DataFrame, keys: Objects, as_of: dt.date, *, known: bool) -> Memory:
    """Join the ledger's rows up to as-of to the customers by their keys (folded, one a customer)."""
    past = ledger[ledger["日期"].to_numpy("datetime64[D]") <= np.datetime64(as_of, "D")].reset_index(drop=True)
    where = {key: row for row, key in enumerate(keys.tolist()) if key is not None}
    folded = normalise_names(past["客户编号"].to_numpy(dtype=object)) if len(past) else nothing(0)
    customer = np.array([where.get(key, -1) for key in folded.tolist()], dtype=np.int64)
    return Memory(past, customer, len(keys), enabled=True, known=known)
