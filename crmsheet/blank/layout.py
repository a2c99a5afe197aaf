"""Which sheets and columns a blank workbook has under a policy (SPEC §2, §4)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from crmsheet.blank.columns import BlankColumn, complete, deciding, owned_columns, required, scoring, team_column
from crmsheet.judge.words import rule_facts
from crmsheet.model import Kind
from crmsheet.plan.required import WANTED
from crmsheet.policy.schema import Policy
from crmsheet.tables.spec import table_spec
from crmsheet.texts import Lang

KINDS: tuple[Kind, ...] = ("customers", "followups", "strategy", "classes", "people")  # in the order of the sheets
_PEOPLE = ("customer_id", "name", "kind")  # S000-55, -56, S002-66
_STANDING = ("owner", "tier", "stage", "stage_changed_at")  # S000-64, S003-54, -31
_RHYTHM = ("first_contact", "next_contact", "snooze_until")  # S002-75, S000-47, S002-101
_DEAL = ("product", "contract_amount", "expires_at")  # S003-38..40
_LOG = ("customer_id", "name", "followup_at", "method", "person", "topic", "summary", "feedback", "next_plan", "due_at")  # S002-79..87


@dataclass(frozen=True, slots=True)
class BlankSheet:
    """One table: its title, its columns from left to right, and rows that are filled in already."""

    kind: Kind
    title: str
    columns: tuple[BlankColumn, ...]
    rows: tuple[tuple[str | None, ...], ...] = ()


def sheets(policy: Policy, lang: Lang) -> tuple[BlankSheet, ...]:
    """The tables of a blank workbook."""
    return tuple(_sheet(kind, policy, lang) for kind in KINDS if kind != "strategy" or policy.strategy_table)


def _sheet(kind: Kind, policy: Policy, lang: Lang) -> BlankSheet:
    spec = table_spec(kind)
    names = {"customers": _customers, "followups": _followups}.get(kind, lambda _: tuple(spec.fields))(policy)
    columns = tuple(team_column(spec, name, policy, lang) for name in names)
    return BlankSheet(
        kind, spec.titles[-1] if kind == "strategy" else spec.titles[0],
        columns + (owned_columns(lang) if kind == "customers" else ()),
        tuple(_classes(policy, names)) if kind == "classes" else (),
    )  # fmt: skip


def _customers(policy: Policy) -> tuple[str, ...]:
    """Who it is · where it stands · what decides · what ranks · rhythm, deal and approval."""
    ranks = _in_order(scoring(policy), "customers")
    rhythm = ("frequency", *_RHYTHM) if policy.cadence else _RHYTHM
    planned = ("graded_at", "planned_at", "reviewer") if policy.approval == "required" else ("planned_at",)
    people = _in_order({*required(), *WANTED["company"]} - {*_PEOPLE, *rhythm}, "customers")
    groups = (_PEOPLE, people, _STANDING, _in_order(deciding(policy), "customers"), ranks, rhythm, _DEAL, planned, ("remark",))
    return tuple(dict.fromkeys(name for group in groups for name in group))


def _followups(policy: Policy) -> tuple[str, ...]:
    wanted = {*_LOG, *complete(policy)}
    wanted |= {"recorded_at"} if policy.records.within else set()
    wanted |= {"progress"} if policy.moves.stalled else set()
    return _in_order(wanted, "followups")


def _in_order(names: Collection[str], kind: Kind) -> tuple[str, ...]:
    """Fields in the catalogue's order."""
    return tuple(name for name in table_spec(kind).fields if name in names)


def _classes(policy: Policy, names: Collection[str]) -> Iterator[tuple[str | None, ...]]:
    """A row a tier, from the policy: a run counts its customers."""
    for tier in policy.tiers:
        touches = policy.touches_of(tier)
        words = {
            "name": f"{tier}{policy.tier_suffix}{'' if len(tier) > 1 else '客户'}",
            "standard": "；".join(rule_facts(rule, policy) for rule in policy.rules if rule.tier == tier),
            "strategy": "；".join(f"{touch.interval.text('zh')}：{touch.content}" for touch in touches),
            "owner": next((touch.who for touch in touches if touch.who), None),
        }  # fmt: skip
        yield tuple(words.get(name) for name in names)
