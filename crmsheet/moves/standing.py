"""How each customer stands when a run begins: what the sheet says, what the last run left, what people answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from crmsheet.arrays import Bools, Ints, Objects, Times, is_none, is_there, nothing, pick
from crmsheet.memory.snapshots import NAT, Snapshots, read_snapshots, shifted
from crmsheet.policy.schema import DORMANT, UNGRADED, Policy
from crmsheet.privacy.detect import scrub
from crmsheet.tables.table import Table
from crmsheet.values.answers import AGREE, NOT_LEAD, REFUSE, named_others, read_answer
from crmsheet.values.columns import parse_distinct, read_texts, spread_objects
from crmsheet.values.names import normalise_names
from crmsheet.values.tiers import parse_tier

_LONGEST = 20  # of a tier word that the policy does not know


class OwnedCells(NamedTuple):
    """What the owned columns hold before a run (None where blank), and tier cells that must not be written."""

    proposal: Objects
    review: Objects
    snapshot: Objects
    locked: Bools


@dataclass(frozen=True)
class Standing:
    """One row a customer.

    ``key`` joins the ledger (one a customer); ``word``: the tier in the cell in the policy's spelling, a strange word
    as it stands, or 未分级; ``number``: its place in the policy's order, -1 when blank or strange; ``seen``: an earlier
    run has seen this row; ``edited``: a person changed the tier since; ``was``: the tier before that; ``day``: since
    when it stands there (NaT: not known); ``shown``: the proposal in 建议等级; ``answer``: what 审核 says of it; ``reviewer``: 审核人.
    """

    key: Objects
    called: list[str]  # as the snapshot names it
    ledger_key: list[str]  # as the ledger names it
    word: Objects
    number: Ints
    seen: Bools
    edited: Bools
    shifted: Bools
    was: Objects
    day: Times
    shown: Objects
    answer: Objects
    review: Objects
    reviewer: Objects
    locked: Bools

    @property
    def blank(self) -> Bools:
        """Customers without a tier."""
        return np.asarray(self.word == UNGRADED, dtype=bool)


def stand(
    policy: Policy, words: Mapping[str, str], leads: Sequence[str], table: Table, judged: pd.DataFrame, owned: OwnedCells
) -> Standing:
    """Read a customers table's tiers against what the last run left there.  ``leads``: whose decisions count."""
    raw, known = (judged[name].to_numpy(dtype=object) for name in ("tier_in_sheet", "tier_known"))
    ids, names = (table.frame[name].to_numpy(dtype=object) for name in ("customer_id", "name"))
    own, by_name = table.keys("customer_id"), table.keys("name")
    called = [" ".join(str(key).split()) for key in pick(is_none(ids), names, ids).tolist()]
    key = pick(is_none(own), by_name, own)
    snap = read_snapshots(owned.snapshot)
    snap_key = normalise_names(snap.key)
    apart = shifted(Snapshots(snap_key, snap.tier, snap.day), key, by_name)
    word = _cell_words(raw, known)
    was = _canonical(snap.tier, policy, words)
    seen = is_there(snap_key) & ~apart
    day = np.where(seen, snap.day, _day_by_key(snap_key, was, snap.day, key, word))
    order = {tier: number for number, tier in enumerate(policy.tiers)}
    codes, values = pd.factorize(word)
    number = np.array([*(order.get(str(value), -1) for value in values), -1], dtype=np.int64)[codes]
    shown = read_texts(owned.proposal, lambda text: DORMANT if text.strip() == DORMANT else parse_tier(text, policy.tiers, words))
    answer = _answers(pick(apart, None, owned.review), table, leads)
    place = _places(key)
    unique = np.array([k if k is None or not n else f"{k}#{n + 1}" for k, n in zip(key, place, strict=True)], dtype=object)
    return Standing(
        unique, called, [name if not n else f"{name}#{n + 1}" for name, n in zip(called, place, strict=True)], word, number, seen, seen & (was != word), apart, was, day, pick(apart, None, shown), answer,
        pick(apart, None, owned.review), table.frame["reviewer"].to_numpy(dtype=object), owned.locked,
    )  # fmt: skip


def _answers(review: Objects, table: Table, leads: Sequence[str]) -> Objects:
    """What 审核 says; a decision of somebody else than the lead, where 审核人 names one, is none."""
    answer = read_texts(review, read_answer)
    decides = (answer == AGREE) | (answer == REFUSE)
    return pick(decides & named_others(table.frame["reviewer"].to_numpy(dtype=object), leads), NOT_LEAD, answer)


def _cell_words(raw: Objects, known: Objects) -> Objects:
    """The tier in the cell; a strange word as it stands, private values masked; 未分级 where blank."""
    strange = read_texts(raw, lambda text: "".join(scrub(text).split())[:_LONGEST])
    return pick(is_none(raw), UNGRADED, pick(is_none(known), strange, known))


def _canonical(tier: Objects, policy: Policy, words: Mapping[str, str]) -> Objects:
    """A snapshot's tier in the words of this policy, so that a change of policy is no hand edit."""
    codes, values = parse_distinct(tier, lambda text: parse_tier(text, policy.tiers, words) or text)
    return spread_objects(codes, values)


def _day_by_key(snap_key: Objects, was: Objects, day: Times, key: Objects, word: Objects) -> Times:
    """Rows that were sorted apart: since when the tier stands is found by the key, where the tier is still the same."""
    found = np.full(len(key), NAT, dtype="datetime64[s]")
    left = {k: i for i, k in enumerate(snap_key.tolist()) if k is not None}
    for i, k in enumerate(key.tolist()):
        at = left.get(k)
        if at is not None and was[at] == word[i]:
            found[i] = day[at]
    return found


def _places(key: Objects) -> list[int]:
    """Two rows with one key are two entries: the second is ``key#2`` in the ledger."""
    counted: list[int] = pd.Series(key, dtype=object).groupby(key, dropna=False).cumcount().tolist()
    return counted


def nothing_owned(size: int) -> OwnedCells:
    """Of a table without owned columns."""
    return OwnedCells(nothing(size), nothing(size), nothing(size), np.zeros(size, dtype=bool))
