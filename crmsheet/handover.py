"""Which customers need another owner, and who is proposed (S000-33, S000-38, S002-106); the lead decides.

A customer is handed over when its owner leaves, or when it stands in the top tier and its owner is an assistant.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from crmsheet.arrays import is_one_of, pick
from crmsheet.insight.effort import per_day
from crmsheet.insight.workload import WEEK
from crmsheet.model import Handover, Outcome, Role
from crmsheet.owners import strategy_customers
from crmsheet.plan.team import Member, Team
from crmsheet.policy.schema import UNGRADED, Policy

Capacity = Callable[[str | None], float]
# Who takes over: people of the first of these roles that anybody has (None: neither leads nor assists).
_FIRST: dict[Role, tuple[Role | None, ...]] = {"senior": ("senior", "lead", None, "assistant"), "assistant": ("assistant", None, "senior", "lead")}
_ABOVE = ("senior", "lead")  # an assistant's customer that rose goes to nobody else
_SENIOR, _ASSISTANT = ("资深", "总监", "经理"), ("助理", "专员")


def handovers(outcome: Outcome, policy: Policy, team: Team, capacity: Capacity) -> tuple[Handover, ...]:
    """One entry a customer, owner by owner, each in the customers' rank.

    Whoever has most room in the week is proposed; what he is proposed for counts against his week.
    """
    people = outcome.customers
    owners = [str(name).strip() if isinstance(name, str) else "" for name in people["owner"].tolist()]
    known = {name: team.member(name) for name in dict.fromkeys([*owners, *(one.name for one in team.members.values())]) if name}
    cases = _cases(people["tier_effective"].tolist(), owners, known, policy.tiers[0])
    if not cases:
        return ()
    spare = _spare(outcome, known, capacity)
    tier = people["tier_effective"].to_numpy(dtype=object)
    tier = pick(is_one_of(tier, policy.tiers), tier, UNGRADED)
    asked = per_day(policy, tier, people["status"].to_numpy(dtype=object)) * WEEK
    rank, strategies = people["rank"].tolist(), _strategies(outcome)
    made = []
    for at in sorted(cases, key=lambda one: int(rank[one])):
        role = needed(policy, str(tier[at]))
        owner = known[owners[at]]
        to, how = _successor(owner, role, known, spare)
        room = spare.setdefault(to, capacity(to)) if to else 0.0
        made.append(Handover(at, owner.name, _why(owner, outcome.as_of), owner.left_on, to, how, role, room, float(asked[at]), strategies.get(at)))
        if to:
            spare[to] = room - float(asked[at])
    return tuple(sorted(made, key=lambda one: one.owner))


def _why(owner: Member, as_of: dt.date) -> Literal["left", "leaving", "rise"]:
    if not owner.left:
        return "rise"
    return "leaving" if owner.left_on and owner.left_on > as_of else "left"


def needed(policy: Policy, tier: str) -> Role:
    """Whom the policy asks for: a senior, unless all of a tier's touches may be an assistant's."""
    touches = policy.touches_of(tier) if tier in policy.tiers else policy.touches_of(policy.tiers[-1])
    by = [touch.who or "" for touch in touches]
    senior = tier == policy.tiers[0] or any(touch.senior for touch in touches) or any(word in who for who in by for word in _SENIOR)
    return "assistant" if not senior and any(word in by[0] for word in _ASSISTANT) else "senior"


def _cases(tiers: Sequence[str | None], owners: Sequence[str], known: dict[str, Member], top: str) -> list[int]:
    """Positions of customers whose owner leaves, or is an assistant with a customer of the top tier."""
    leavers = {name for name, one in known.items() if one.left}
    assistants = {name for name, one in known.items() if one.role == "assistant"} - leavers
    return [at for at, owner in enumerate(owners) if owner in leavers or (owner in assistants and tiers[at] == top)]


def _spare(outcome: Outcome, known: dict[str, Member], capacity: Capacity) -> dict[str, float]:
    """Contacts a week that each person who stays has room for."""
    loads = outcome.insight.loads if outcome.insight else ()
    asked = {one.owner.strip(): one.asked for one in loads if one.owner}
    return {name: capacity(name) - asked.get(name, 0.0) for name, one in known.items() if not one.left}


def _successor(owner: Member, role: Role, known: dict[str, Member], spare: dict[str, float]) -> tuple[str | None, str]:
    """Who takes over, and how he was found: named by the lead, of the role asked for, of another role; or nobody."""
    if owner.successor and owner.successor != owner.name and not known.get(owner.successor, Member("")).left:
        return owner.successor, "named"
    for want in _FIRST[role] if owner.left else _ABOVE:
        fit = [name for name in spare if name in known and known[name].role == want and name != owner.name]
        if fit:
            return min(fit, key=lambda name: (-round(spare[name], 6), name)), "role" if want == role else "other"
    return None, "nobody"


def _strategies(outcome: Outcome) -> dict[int, str]:
    """Customer → the strategies in force, with their ratings; masked as they are in the outcome."""
    found = dict[int, list[str]]()
    for number, at in strategy_customers(outcome).items():
        one = outcome.strategies[number]
        rating, missed = f"评估{one.rating}" if one.rating else None, f"未达标：{'、'.join(one.missed)}" if one.missed else None
        found.setdefault(at, []).append("，".join(filter(None, (one.current, rating, missed))))
    return {at: "；".join(filter(None, words)) for at, words in found.items()}


def of(found: Sequence[Handover], leaver: str | None, to: str | None) -> Iterator[Handover]:
    """Those of one owner, and those that one person is to take over."""
    return (one for one in found if leaver in (None, one.owner) and to in (None, one.successor))
