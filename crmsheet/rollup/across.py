"""What several teams tell together: customers that stand in several teams' tables, top customers that nobody contacts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from crmsheet.rollup.team import Person, Silent, Team, companies, longest_first


class Shared(NamedTuple):
    """One company that several teams have, each with its own entry."""

    name: str
    entries: tuple[tuple[Team, Person], ...]


@dataclass(frozen=True)
class Rollup:
    """All teams of one command, in its order."""

    as_of: dt.date
    teams: tuple[Team, ...]
    shared: tuple[Shared, ...]
    silent: tuple[tuple[Team, Silent], ...]

    @property
    def judged(self) -> tuple[Team, ...]:
        """Those that have figures."""
        return tuple(one for one in self.teams if one.judged)


def roll_up(as_of: dt.date, teams: Sequence[Team]) -> Rollup:
    """Teams in the command's order; what they share by how many share it, the silent by how long."""
    silent = [(team, one) for team in teams for one in team.silent]
    return Rollup(as_of, tuple(teams), shared(teams), tuple(sorted(silent, key=lambda pair: longest_first(pair[1]))))


def shared(teams: Sequence[Team]) -> tuple[Shared, ...]:
    """Companies whose names are the same but for suffix, place's position and signs, in two teams or more (S002-2).

    Names that only look alike are not told: of thousands of companies in many places too many do.
    """
    counted = np.unique(np.concatenate([one.keys for one in teams]), return_counts=True) if teams else (np.empty(0, np.uint64), np.empty(0, int))
    wanted = frozenset(counted[0][counted[1] > 1].tolist())
    found: dict[int, list[tuple[Team, Person]]] = {}
    for team in teams if wanted else ():
        for key, person in companies(team, wanted).items():
            found.setdefault(key, []).append((team, person))
    told = [Shared(entries[0][1].name, tuple(entries)) for entries in found.values()]
    return tuple(sorted(told, key=lambda one: (-len(one.entries), one.name)))


def tier_names(teams: Sequence[Team]) -> list[str]:
    """Tiers of all the teams' policies, best first: a tier stands where the policies that have it put it at best, then at worst."""
    places: dict[str, list[int]] = {}
    for team in teams:
        for place, tier in enumerate(list(team.tiers)[:-1]):
            places.setdefault(tier, []).append(place)
    last = list(dict.fromkeys(list(team.tiers)[-1] for team in teams if team.tiers))
    return [*sorted(places, key=lambda tier: (min(places[tier]), max(places[tier]))), *last]
