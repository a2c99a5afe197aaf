"""Columns of the outcome's frames as plain Python lists: blanks are None, dates are dates."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmsheet.model import Outcome, letters
from crmsheet.review.blocks import Link
from crmsheet.review.periods import period_end

UNGRADED = "未分级"
HELD = 20_000  # customers in an Excel review, at most (SPEC §8)
URGENT = ("overdue", "today", "tomorrow")
_CELL = re.compile(r"(.+?)!([A-Z]{1,3}[0-9]+(?::[A-Z]{1,3}[0-9]+)?)(?:,|$)")  # a cell, or the range of an absence


Kept = TypeVar("Kept", bound=Callable[..., Any])


def once(function: Kept) -> Kept:
    """Keep the last results: several sections ask the same of one outcome.  Nobody may change what is returned."""
    return cast(Kept, lru_cache(maxsize=4)(function))


def values(frame: pd.DataFrame, name: str) -> list[Any]:
    """One column; NaN, NaT and NA become None."""
    column = frame[name]
    blank = column.isna().to_numpy()
    if not blank.any():
        whole_column: list[Any] = column.tolist()
        return whole_column
    found = column.to_numpy(dtype=object, copy=True)
    found[blank] = None  # a fifth of what pandas' own where costs, and a review asks for hundreds of columns
    with_blanks: list[Any] = found.tolist()
    return with_blanks


def texts(frame: pd.DataFrame, name: str) -> list[str]:
    """One column of words; blanks become the empty text."""
    return [
        "" if value is None else value if type(value) is str else str(value) for value in values(frame, name)
    ]


def whole(frame: pd.DataFrame, name: str) -> list[int | None]:
    """One column of whole numbers; blanks become None."""
    return [None if value is None else int(value) for value in values(frame, name)]


def dates(frame: pd.DataFrame, name: str) -> list[Any]:
    """One column of dates as ``date`` or None."""
    as_dates: list[Any] = days(frame, name).tolist()
    return as_dates


def days(frame: pd.DataFrame, name: str) -> npt.NDArray[np.datetime64]:
    """One column of dates as ``datetime64[D]``; blanks are NaT."""
    return frame[name].to_numpy(dtype="datetime64[D]")


def split_cells(joined: str | None) -> list[tuple[str, str]]:
    """``甲!F2,甲!G2`` → [("甲", "F2"), ("甲", "G2")]; what is no address is left out."""
    if not joined:
        return []
    parts = [part.partition("!") for part in joined.split(",")]
    if all(sheet and cell.isalnum() for sheet, _, cell in parts):  # no sheet has a comma or ! in its name
        return [(sheet, cell) for sheet, _, cell in parts]
    return [(match[1], match[2]) for match in _CELL.finditer(joined)]


def cell_names(joined: str | None) -> str:
    """``甲!F2,甲!G2`` → ``甲!F2、G2``: a sheet's name stands once."""
    if joined and "," not in joined and joined.count("!") == 1:
        return joined
    sheet: str | None = None
    words = []
    for name, cell in dict.fromkeys(split_cells(joined)):
        words.append(cell if name == sheet else f"{name}!{cell}")
        sheet = name
    return "、".join(words)


def cell_link(joined: str | None) -> Link | None:
    """Addresses as one link to the first of them."""
    cells = split_cells(joined)
    return Link(cell_names(joined), *cells[0]) if cells else None


def evidence_cells(people: pd.DataFrame) -> list[str]:
    """For each customer the cells that its bands cite, joined by ``,``."""
    cited = [texts(people, name) for name in people.columns if name.startswith("reason_cells.")]
    return [",".join(filter(None, cells)) for cells in zip(*cited, strict=True)] if cited else [""] * len(people)


def range_link(cells: Sequence[str], most: int = 6) -> Link | None:
    """Ranges (``甲!F2:F9``) as one link to the first of them; a sheet's name stands once, and at most ``most`` ranges."""
    places = [cell.rpartition("!") for cell in cells[:most] if cell != "…"]
    if not places:
        return None
    before = [None, *(sheet for sheet, _, _ in places)]
    words = [cell if sheet == last else f"{sheet}!{cell}" for (sheet, _, cell), last in zip(places, before, strict=False)]
    left = ["…"] if len(cells) > len(places) else []
    return Link("、".join([*words, *left]), places[0][0], places[0][2].partition(":")[0])


def customer_anchor(position: int) -> str:
    """The anchor of a customer's row in the list of customers."""
    return f"c{position}"


def customer_links(outcome: Outcome, places: Sequence[int]) -> list[Link]:
    """Some customers' names, each leading to its row in the review and to its name cell in the workbook.

    A customer without a name goes by its id, one without either by its cell.
    """
    people = outcome.customers[["sheet", "row", "id", "name_shown"]].iloc[list(places)]
    columns = {region.sheet: letters(region.fields["name"][0])
               for region in outcome.regions if region.kind == "customers" and region.fields.get("name")}  # fmt: skip
    cells = [
        (sheet, f"{columns.get(sheet, 'A')}{row}")
        for sheet, row in zip(texts(people, "sheet"), values(people, "row"), strict=True)
    ]
    called = zip(places, texts(people, "name_shown"), texts(people, "id"), cells, strict=True)
    return [
        Link(name or ident or f"{sheet}!{cell}", sheet, cell, customer_anchor(place))
        for place, name, ident, (sheet, cell) in called
    ]


@once
def finding_customers(outcome: Outcome) -> list[int | None]:
    """For each finding the position of the customer in whose row it stands, or None."""
    wanted = {(found.where.sheet, found.where.row) for found in outcome.findings if found.where}
    people = outcome.customers
    places = enumerate(zip(values(people, "sheet"), values(people, "row"), strict=True))
    by_row = {place: position for position, place in places if place in wanted}
    return [
        by_row.get((found.where.sheet, found.where.row)) if found.where else None
        for found in outcome.findings
    ]


def tier_order(outcome: Outcome) -> dict[str, int]:
    """Tier → its place, best first; 未分级 and words that the policy does not know come last."""
    return {tier: place for place, tier in enumerate((*outcome.tiers, UNGRADED))}


@once
def tier_places(outcome: Outcome, column: str = "tier_effective") -> npt.NDArray[np.int64]:
    """Each customer's place in ``tier_order``; one more than the last for a word outside it."""
    order = tier_order(outcome)
    words = (word or UNGRADED for word in texts(outcome.customers, column))
    return np.array([order.get(word, len(order)) for word in words], dtype=np.int64)


@once
def held_customers(outcome: Outcome) -> npt.NDArray[np.bool_] | None:
    """Which customers the Excel review of a large workbook holds; None up to 20,000: all.

    Above that, those with something to do, 20,000 at most by rank: a task due in the period, a move, or
    something that waits for a decision.
    """
    people = outcome.customers
    if len(people) <= HELD:
        return None
    busy = (people["proposed_tier"].notna() | people["proposed_stage"].notna()
            | ~people["move"].fillna("none").isin(["none", "override"])).to_numpy(dtype=bool, copy=True)  # fmt: skip
    busy[outcome.tasks.loc[due_in_period(outcome), "customer"].to_numpy(dtype=np.int64)] = True
    rank = people["rank"].to_numpy(dtype=np.int64)
    first = np.flatnonzero(busy)
    first = first[np.argsort(rank[first], kind="stable")][:HELD]
    held = np.zeros(len(people), dtype=bool)
    held[first] = True
    return held


@once
def due_in_period(outcome: Outcome) -> npt.NDArray[np.bool_]:
    """Which tasks belong to the period's plan: due by its end, or due tomorrow (a reminder a day ahead, S002-49)."""
    end = np.datetime64(period_end(outcome.as_of, outcome.period))
    soon = outcome.tasks["status"].isin(URGENT).to_numpy(dtype=bool)
    with np.errstate(invalid="ignore"):
        wanted: npt.NDArray[np.bool_] = soon | (days(outcome.tasks, "due") <= end)
    return wanted
