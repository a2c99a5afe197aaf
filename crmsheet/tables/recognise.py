"""Which kind of table a header row belongs to (SPEC §2), or what it looks like instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crmsheet.model import Kind
from crmsheet.tables.match import Match, match_headers
from crmsheet.tables.spec import KINDS, fold, table_spec

Headers = Mapping[int, str]
ColumnMap = Mapping[Kind, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class LookAlike:
    """A list that has a name column and yet is no customers table."""

    zh: str
    en: str


def recognise(headers: Headers, groups: Headers, mapped: ColumnMap) -> Match | LookAlike | None:
    """The kind of table that this header row opens, tried in the order of ``KINDS``.

    Returns the match, what it looks like when it is another list, or None for an ordinary row.
    """
    matches = {kind: match_headers(kind, headers, groups, mapped.get(kind)) for kind in KINDS}
    customers = matches["customers"]
    if _is_strategy(matches["strategy"]):
        return matches["strategy"]
    if {"name", "standard"} <= matches["classes"].fields.keys():
        return matches["classes"]
    if _is_log(matches["followups"], customers):
        return matches["followups"]
    if _is_people(matches["people"], customers):
        return matches["people"]
    if _is_customers(customers):
        return look_alike(headers, customers) or customers
    return look_alike(headers, customers) if len(headers) >= 3 else None


def look_alike(headers: Headers, customers: Match) -> LookAlike | None:
    """What a list with these headers is, when it is not one of customers."""
    words = {fold(text) for text in headers.values()}
    for other in table_spec("customers").not_this:
        if len(words & other.words) >= other.need and not (other.unless_strong_name and customers.strong_name):
            return LookAlike(other.zh, other.en)
    return None


def _is_strategy(match: Match) -> bool:
    return "kpis" in match.fields or {"strategy", "name"} <= match.fields.keys()


def _is_log(log: Match, customers: Match) -> bool:
    """A date, whose it is, and one thing more; unless the row says more about a customer than about a contact."""
    names = log.fields.keys()
    if "followup_at" not in names or not names & {"customer_id", "name"} or len(names) < 3:
        return False
    weak_date = log.spec.fields["followup_at"].weak and "method" not in names and "summary" not in names
    return not (_is_customers(customers) and customers.known > len(names)) and not (
        weak_date and len(names & {"topic", "feedback", "next_plan", "person", "how", "progress", "responded"}) == 0
    )


def _is_people(match: Match, customers: Match) -> bool:
    """Names and roles, and what becomes of a person; a list of two columns holds nothing else."""
    told = match.fields.keys() & {"status", "left_at", "successor"}
    return {"name", "role"} <= match.fields.keys() and not customers.strong_name and (bool(told) or not match.unknown)


def _is_customers(match: Match) -> bool:
    """A name column and two more known fields; a weak name column (姓名, 名称) asks for one that only customers have."""
    names = match.fields.keys()
    if "name" not in names or match.known < 3:
        return False
    telling = {"tier", "source", "stage", "amount", "annual_amount", "expected_amount", "need", "first_contact",
               "last_followup", "next_contact", "customer_id", "plan", "chain", "decision_date"}  # fmt: skip
    return match.strong_name or (match.known >= 4 and bool(names & telling))
