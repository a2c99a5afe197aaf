"""One owner's part of an outcome: his customers, their tasks, moves, strategies and findings; nothing of anybody else's.

What is about the team as a whole (indicators, effort, trends) and what only says how often something stands in a
column is left out; another owner's customer that a finding names is named no more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from crmsheet.arrays import Bools, Ints
from crmsheet.findings import of_column, row_texts
from crmsheet.model import Finding, Outcome, Strategy
from crmsheet.values.names import normalise_name, normalise_names

OTHERS = {"other_name": "其他负责人的客户"}  # of a finding's sentence


class Part(NamedTuple):
    """``owner``: None for customers who have none."""

    owner: str | None
    outcome: Outcome


def owner_parts(outcome: Outcome) -> Iterator[Part]:
    """Each owner's part, by name; customers without an owner last."""
    owners = outcome.customers["owner"]
    words = owners.astype(object).where(owners.notna(), "").astype(str).str.strip().to_numpy(dtype=object)
    of_customer = strategy_customers(outcome)
    for owner in sorted(set(words.tolist()), key=lambda name: (not name, name)):
        yield Part(owner or None, _part(outcome, np.asarray(words == owner, dtype=bool), owner, of_customer))


def _part(outcome: Outcome, own: Bools, owner: str, of_customer: Mapping[int, int]) -> Outcome:
    at = np.flatnonzero(own)
    place = np.full(len(own) + 1, -1, dtype=np.int64)
    place[at] = np.arange(len(at))
    found = tuple(_findings(outcome, at))
    people = outcome.customers.iloc[at].reset_index(drop=True)
    kept = own[outcome.tasks["customer"].to_numpy(dtype=np.int64)] if len(outcome.tasks) else np.zeros(0, dtype=bool)
    task = np.append(np.where(kept, np.cumsum(kept) - 1, -1), -1)
    texts = row_texts(found)
    rows = zip(people["sheet"].tolist(), people["row"].tolist(), strict=True)
    people = people.assign(
        task=task[people["task"].to_numpy(dtype=np.int64)], issues=pd.Series([texts.get(row) for row in rows], dtype=object)
    )
    return replace(
        outcome, customers=people, tasks=_moved(outcome.tasks, place), changes=_moved(outcome.changes, place), findings=found,
        strategies=tuple(_strategies(outcome, own, owner, of_customer)), indicators={}, insight=None, last_run=None, last_month=None,
        history=(), log_entries=0, decisions=None, receipt=None, handovers=(), not_written=None, added=(), **outcome.told_of(at.tolist()),
    )  # fmt: skip


def _moved(frame: pd.DataFrame, place: Ints) -> pd.DataFrame:
    """The rows of the part's customers, each naming its customer by the place in the part."""
    if frame.empty:
        return frame
    customer = place[frame["customer"].to_numpy(dtype=np.int64)]
    kept: pd.DataFrame = frame[customer >= 0].assign(customer=customer[customer >= 0]).reset_index(drop=True)
    return kept


def _findings(outcome: Outcome, at: Ints) -> Iterator[Finding]:
    """Findings in the customers' own rows; those told once for a column are the team's."""
    people = outcome.customers
    rows = set(zip(people["sheet"].iloc[at].tolist(), people["row"].iloc[at].tolist(), strict=True))
    names = set(normalise_names(people["name"].to_numpy(dtype=object)[at]).tolist())
    for one in outcome.findings:
        if one.where is not None and (one.where.sheet, one.where.row) in rows and not of_column(one) and _in_table(outcome, one):
            yield _discreet(one, names)


def _in_table(outcome: Outcome, one: Finding) -> bool:
    """In a customers table: another table may stand beside it in the same rows."""
    return one.where is not None and any(
        region.kind == "customers" and region.sheet == one.where.sheet
        and min(region.headers) <= one.where.column <= max([region.right_edge, *region.owned.values()])
        for region in outcome.regions
    )  # fmt: skip


def _discreet(one: Finding, own: Collection[object]) -> Finding:
    named = {key: word for key, word in OTHERS.items() if key in one.params and normalise_name(str(one.params[key])) not in own}
    return replace(one, params={**one.params, **named}) if named else one


def strategy_customers(outcome: Outcome) -> dict[int, int]:
    """Row of the strategy table → position of its customer, where the customers table has it."""
    people, where = outcome.customers, dict[object, int]()
    for column in ("id", "name"):
        for i, key in enumerate(normalise_names(people[column].to_numpy(dtype=object)).tolist() if outcome.strategies else ()):
            where.setdefault(key, i)
    found = ((n, where.get(normalise_name(one.customer))) for n, one in enumerate(outcome.strategies))
    return {n: i for n, i in found if i is not None}


def _strategies(outcome: Outcome, own: Bools, owner: str, of_customer: Mapping[int, int]) -> Iterator[Strategy]:
    """Strategies of the part's customers; of a customer whom nobody knows, those that name the owner."""
    for n, one in enumerate(outcome.strategies):
        if own[of_customer[n]] if n in of_customer else (one.owner or "").strip() == owner:
            yield one
