"""High-tier customers whom nobody contacts (S000-26): findings ``neglected``, by owner."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from crmsheet.model import Finding, Outcome
from crmsheet.review.blocks import Column, Row, Section, Table
from crmsheet.review.frames import customer_links, dates, finding_customers, once, texts, tier_places
from crmsheet.review.words import Say
from crmsheet.texts import Lang

_SAID = 120  # characters of the last thing said: enough to remember the talk, short enough for a table


class Neglected(NamedTuple):
    """One customer nobody contacts: position in ``customers``, days of silence, the day of the last contact."""

    customer: int
    days: int | None
    last: dt.date | None


@once
def neglected_customers(outcome: Outcome) -> list[Neglected]:
    """Best tier first, then longest without contact."""
    found = {
        place: finding
        for finding, place in zip(outcome.findings, finding_customers(outcome), strict=True)
        if finding.code == "neglected" and place is not None
    }
    seen = dates(outcome.customers.iloc[list(found)], "last_followup")
    everyone = [
        Neglected(place, _days(finding, last, outcome.as_of), last)
        for (place, finding), last in zip(found.items(), seen, strict=True)
    ]
    tiers = tier_places(outcome)
    return sorted(everyone, key=lambda one: (tiers[one.customer], -(one.days or 0), one.customer))


def _days(finding: Finding, last: dt.date | None, as_of: dt.date) -> int | None:
    """Days of silence: since the last contact; of a customer never contacted, as the finding counts them."""
    if last is not None:
        return (as_of - last).days
    counted = finding.params.get("days")
    return counted if isinstance(counted, int) else None


def neglect_table(outcome: Outcome, lang: Lang, most: int | None = None) -> Table:
    """The neglected customers by owner with what was said last; ``most`` keeps the worst only."""
    say, everyone = Say(lang), neglected_customers(outcome)
    shown = _by_owner(outcome, everyone[:most])
    at = [one.customer for one in shown]
    people = outcome.customers.iloc[at]
    said = [
        _short(text) if one.last or text else say("never")
        for one, text in zip(shown, texts(people, "last_summary"), strict=True)
    ]
    rows: list[Row] = list(zip(
        customer_links(outcome, at), [owner or say("no_owner") for owner in texts(people, "owner")],
        texts(people, "tier_effective"), [one.days for one in shown], [one.last for one in shown], said, strict=True,
    ))  # fmt: skip
    left = len(everyone) - len(shown)
    return Table(
        "neglected", say("neglected_customers"), _columns(say), rows, empty=say("nobody_neglected"),
        group="owner" if most is None else None, main=most is None,
        note=say("more_customers", count=left) if left else "", see="neglected" if left else None,
    )  # fmt: skip


def neglected(outcome: Outcome, lang: Lang) -> Section:
    """Everyone neglected, by owner."""
    return Section("neglected", Say(lang)("neglected"), (neglect_table(outcome, lang),))


def _by_owner(outcome: Outcome, shown: list[Neglected]) -> list[Neglected]:
    """The same customers, each owner's together; the owner of the worst one first."""
    owners = texts(outcome.customers.iloc[[item.customer for item in shown]], "owner")
    first = {owner: place for place, owner in reversed(list(enumerate(owners)))}
    return [item for _, item in sorted(zip(owners, shown, strict=True), key=lambda pair: first[pair[0]])]


def _columns(say: Say) -> tuple[Column, ...]:
    return (
        Column("customer", say("customer"), "cell", width=26),
        Column("owner", say("owner"), width=12),
        Column("tier", say("tier"), width=8),
        Column("days", say("days_silent"), "int", width=10),
        Column("last", say("last_followup"), "date", width=12),
        Column("said", say("last_said"), width=50),
    )


def _short(text: str) -> str:
    return text if len(text) <= _SAID else text[: _SAID - 1] + "…"
