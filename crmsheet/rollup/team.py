"""The summary of one team's run: small values that travel between processes, so that no run has to be kept for the rollup.

A team of 1,000 customers is some 50 kB here, most of it names that are looked for in the other teams' tables.
"""

from __future__ import annotations

import datetime as dt
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from crmsheet.checks.names import core_of
from crmsheet.model import Outcome, Ratio
from crmsheet.review.frames import UNGRADED, customer_links, dates, texts, tier_places, values
from crmsheet.review.grades import waiting
from crmsheet.review.neglect import neglected_customers
from crmsheet.review.problems import severity_counts

MOST_SILENT = 200  # customers of one team that nobody contacts: the longest without contact; the rest is counted
State = Literal["done", "busy", "refused", "failed"]
Keys = npt.NDArray[np.uint64]


class Person(NamedTuple):
    """One customer as reviews show it: a person's name is masked.  ``cell``: of the name, ``Sheet!B2``."""

    id: str
    name: str
    owner: str
    tier: str
    cell: str


class Silent(NamedTuple):
    """A customer of the top tier that is late or that nobody contacts.

    ``days`` since the last contact, None: never contacted; ``late``: days by which the next action is overdue, 0: it is not.
    """

    who: Person
    days: int | None
    last: dt.date | None
    late: int


@dataclass(frozen=True)
class Team:
    """One workbook's run.  All figures are 0 and empty where it was refused or failed; ``why`` says so then.

    ``state``: done; busy (judged, but not written); refused (could not be used); failed (a fault of the program).
    ``contacts``, ``planned``: in the run's period, by the log and by the policy's rhythm; None where no log tells.
    ``keys``: a number for each different company name, sorted; ``packed``: the same customers' keys and rows, compressed.
    """

    name: str
    path: str
    state: State
    why: str = ""
    policy: str = ""
    version: str = ""
    tiers: Mapping[str, int] = field(default_factory=dict)  # best first, 未分级 last
    customers: int = 0
    tasks: int = 0
    overdue: int = 0
    waiting: int = 0
    neglected: int = 0
    findings: Mapping[str, int] = field(default_factory=dict)
    contacts: int | None = None
    planned: float | None = None
    indicators: Mapping[str, Ratio] = field(default_factory=dict)
    silent: tuple[Silent, ...] = ()
    silent_count: int = 0
    outputs: Mapping[str, str] = field(default_factory=dict)
    keys: Keys = field(default_factory=lambda: np.empty(0, dtype=np.uint64))
    packed: bytes = b""

    @property
    def judged(self) -> bool:
        """Whether there are figures."""
        return bool(self.policy)


def team_of_run(outcome: Outcome, name: str, path: str, outputs: Mapping[Any, Path]) -> Team:
    """The summary of a finished run."""
    silent = silent_customers(outcome)
    keys, packed = _companies(outcome)
    effort = outcome.insight.tiers if outcome.insight and outcome.log_entries else None
    return Team(
        name, path, "busy" if outcome.not_written else "done", outcome.not_written or "", outcome.policy_name, outcome.policy_version,
        _by_tier(outcome), len(outcome.customers), len(outcome.tasks), int(outcome.tasks["status"].eq("overdue").sum()), len(waiting(outcome)),
        len(neglected_customers(outcome)), severity_counts(outcome),
        None if effort is None else sum(one.done.contacts for one in effort), None if effort is None else sum(one.done.planned for one in effort),
        dict(outcome.indicators), tuple(silent[:MOST_SILENT]), len(silent), {str(kind): str(place) for kind, place in outputs.items()}, keys, packed,
    )  # fmt: skip


def _by_tier(outcome: Outcome) -> dict[str, int]:
    counts = np.bincount(tier_places(outcome), minlength=len(outcome.tiers) + 2).tolist()
    known = dict(zip(outcome.tiers, counts, strict=False))
    return {**known, UNGRADED: sum(counts[len(known) :])}


def silent_customers(outcome: Outcome) -> list[Silent]:
    """Customers of the top tier that are overdue or were never contacted; never contacted first, then the longest silent.

    Paused, dormant and lost ones are left out: nobody is to contact them.
    """
    people = outcome.customers
    status, last = people["status"].to_numpy(dtype=object).astype(str), people["last_followup"].to_numpy("datetime64[D]")
    resting = np.isin(status, ("paused", "dormant", "lost"))
    never = np.isnat(last) if outcome.log_entries else np.zeros(len(last), dtype=bool)  # without a log nobody can tell
    at = np.flatnonzero((tier_places(outcome) == 0) & ~resting & ((status == "overdue") | never))
    chosen = people.iloc[at]
    late = np.where(status[at] == "overdue", chosen["overdue_days"].to_numpy(dtype=np.int64), 0).tolist()
    rows = zip(persons(outcome, at.tolist()), dates(chosen, "last_followup"), late, strict=True)
    found = [Silent(who, (outcome.as_of - day).days if day else None, day, days) for who, day, days in rows]
    return sorted(found, key=longest_first)


def longest_first(one: Silent) -> tuple[bool, int, int]:
    """Never contacted first, then by days without contact, then by how late the next action is."""
    return one.days is not None, -(one.days or 0), -one.late


def persons(outcome: Outcome, at: Sequence[int]) -> list[Person]:
    """Some customers as reviews show them."""
    chosen = outcome.customers.iloc[list(at)]
    links = customer_links(outcome, at)
    rows = zip(texts(chosen, "id"), texts(chosen, "owner"), texts(chosen, "tier_effective"), links, strict=True)
    return [Person(ident, link.text, owner, tier, f"{link.sheet}!{link.cell}") for ident, owner, tier, link in rows]


def _companies(outcome: Outcome) -> tuple[Keys, bytes]:
    """Each company's key and row, one a name: what one team has twice its own review tells.  Masked names (persons) are none."""
    first: dict[int, int] = {}
    for position, name in enumerate(values(outcome.customers, "name_shown")):
        core = core_of(name) if name else None
        if core is not None:
            first.setdefault(key_of(core.name), position)
    rows = json.dumps([*zip(first, persons(outcome, list(first.values())), strict=True)])
    return np.sort(np.fromiter(first, dtype=np.uint64, count=len(first))), zlib.compress(rows.encode(), 1)


def key_of(name: str) -> int:
    """A name as a number of 64 bits: two names of a million share one by a chance of one in 30 million."""
    return int.from_bytes(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def companies(team: Team, wanted: frozenset[int]) -> dict[int, Person]:
    """The team's customers with these keys."""
    rows = json.loads(zlib.decompress(team.packed)) if team.packed else []
    return {key: Person(*row) for key, row in rows if key in wanted}
