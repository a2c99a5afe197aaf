"""Movement between tiers since the last run: who went from where to where, as a table and as a picture."""

from __future__ import annotations

from collections import Counter

from crmsheet.model import Flow, Outcome
from crmsheet.review.blocks import FEWEST_POINTS, Block, Column, FlowChart, Row, Table
from crmsheet.review.frames import UNGRADED, customer_links, texts, tier_order
from crmsheet.review.words import MOVE_TONES, Say

_LISTED = 1_000  # moves in the table


def movement(outcome: Outcome, say: Say) -> list[Block]:
    """Customers whose tier changed since the last run, by the ledger; nothing before a second run."""
    if outcome.last_run is None or outcome.insight is None:
        return []
    flows = outcome.insight.flows
    return [*_picture(outcome, flows, say), _table(outcome, flows, say)]


def _table(outcome: Outcome, flows: tuple[Flow, ...], say: Say) -> Table:
    places = [(one, place) for one in flows for place in one.customers][:_LISTED]
    links, order = customer_links(outcome, [place for _, place in places]), tier_order(outcome)
    owners = texts(outcome.customers.iloc[[place for _, place in places]], "owner")
    rows: list[Row] = [
        (say("from_tier_to", before=one.before or say("blank"), after=one.after or say("blank")), _way(one, order, say), link, owner)
        for (one, _), link, owner in zip(places, links, owners, strict=True)
    ]  # fmt: skip
    columns = (
        Column("flow", say("tier_change"), width=16),
        Column("way", say("move"), width=10, tones=say.tones("move", MOVE_TONES)),
        Column("customer", say("customer"), "cell", 26),
        Column("owner", say("owner"), width=12),
    )
    day = outcome.last_run.as_of.isoformat() if outcome.last_run else ""
    return Table("flows", say("movement", day=day), columns, rows, empty=say("nobody_moved"), group="flow")


def _way(one: Flow, order: dict[str, int], say: Say) -> str:
    if one.before in (None, UNGRADED):
        return say.word("move", "first")
    end = len(order)
    return say.word("move", "up" if order.get(one.after or "", end) < order.get(one.before, end) else "down")


def _picture(outcome: Outcome, flows: tuple[Flow, ...], say: Say) -> list[FlowChart]:
    """None below three moves: two lines of the table say as much."""
    moved = {(one.before or say("blank"), one.after or say("blank")): len(one.customers) for one in flows}
    if sum(moved.values()) < FEWEST_POINTS:
        return []
    now = Counter(tier or say("blank") for tier in texts(outcome.customers, "tier_effective"))
    came: Counter[str] = Counter()
    for (_, after), count in moved.items():
        came[after] += count
    stayed = {(tier, tier): count - came[tier] for tier, count in now.items() if count > came[tier]}
    known = {name for pair in (*moved, *stayed) for name in pair}
    labels = (*(tier for tier in tier_order(outcome) if tier in known), *sorted(known - set(tier_order(outcome))))
    told = say("list_separator").join(say("flow", before=before, after=after, count=count) for (before, after), count in moved.items())
    return [FlowChart("movement", say("movement_picture"), labels, {**stayed, **moved}, told)]
