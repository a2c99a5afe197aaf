"""待审核: all that waits for a decision, to be decided in the Excel review itself; the next run reads it (decisions/)."""

from __future__ import annotations

import numpy as np

from crmsheet.model import Outcome
from crmsheet.review.blocks import Ask, Block, Column, Notice, Row, Section, Table, Text
from crmsheet.review.frames import cell_link, customer_links, evidence_cells, held_customers, texts, values
from crmsheet.review.grades import by_rank
from crmsheet.review.results import masked_names
from crmsheet.review.words import Say
from crmsheet.texts import Lang

ANSWERS = ("同意", "驳回")  # what 审核 in the workbook takes too, in whatever language the review is

MOST = 2_000  # moves, the first in rank: nobody chooses more one by one, and the rest comes when these are decided


def decide(outcome: Outcome, lang: Lang) -> Section:
    """Who decides, then one row a proposal with its id, a drop-down and a remark; adjustments of strategies last."""
    say = Say(lang)
    everyone = _asked(outcome)
    shown = everyone[:MOST]
    rows, held = [*_tiers(outcome, say, shown), *_adjustments(outcome, say)], held_customers(outcome)
    table = Table(
        "decide", say("decide_here"), _columns(say), rows, empty=say("nothing_to_decide"), main=True, rank=range(len(rows)),
        note=say("decide_more", count=len(everyone) - MOST) if len(everyone) > MOST else "",
        held=None if held is None else [*held[shown].tolist(), *[True] * (len(rows) - len(shown))],
    )  # fmt: skip
    if not rows:
        return Section("decide", say("decide_here"), (table,))
    asks: tuple[Block, ...] = (Text(say("decide_how")), Ask(say("decision_approver"), say("decide_who")))
    if any(not row[0] for row in rows):
        asks = (*asks, Notice("warn", say("decide_no_id")))
    return Section("decide", say("decide_here"), (*asks, table))


def _asked(outcome: Outcome) -> list[int]:
    """Positions of the customers about whom people are asked: a move waits, or one made at once wants a second look."""
    people = outcome.customers
    wanted = people["proposed_tier"].notna().to_numpy(dtype=bool)
    if "proposal_id" in people:
        wanted = wanted | people["proposal_id"].notna().to_numpy(dtype=bool)
    return by_rank(outcome, np.asarray(wanted, dtype=bool))


def _tiers(outcome: Outcome, say: Say, shown: list[int]) -> list[Row]:
    chosen = outcome.customers.iloc[shown]
    ids = texts(chosen, "proposal_id") if "proposal_id" in chosen else [""] * len(shown)
    waits = chosen["proposed_tier"].notna().tolist()
    moves = [
        say.word("move", move) if asked else say("recheck_move", move=say.word("move", "immediate"))
        for move, asked in zip(values(chosen, "move"), waits, strict=True)
    ]
    target = [new or tier for new, tier in zip(texts(chosen, "proposed_tier"), texts(chosen, "tier_effective"), strict=True)]
    now = [tier or say("blank") for tier in texts(chosen, "tier_in_sheet")]
    return list(zip(
        ids, texts(chosen, "id"), customer_links(outcome, shown), texts(chosen, "owner"), now, target, moves,
        texts(chosen, "evidence"), [cell_link(cells) for cells in evidence_cells(chosen)],
        [None] * len(shown), [None] * len(shown), strict=True,
    ))  # fmt: skip


def _adjustments(outcome: Outcome, say: Say) -> list[Row]:
    masked = masked_names(outcome)
    return [
        (one.id or "", None, masked.get(item.customer, item.customer), item.owner, item.current, one.strategy, say("adjustment_move"),
         one.reason, cell_link(",".join(one.cells)), None, None)
        for item in outcome.strategies if (one := item.proposal) is not None and one.state == "waiting"
    ]  # fmt: skip


def _columns(say: Say) -> tuple[Column, ...]:
    return (
        Column("proposal", say("decision_id"), width=13),
        Column("id", say("customer_id"), width=12),
        Column("customer", say("customer"), "cell", 26),
        Column("owner", say("owner"), width=10),
        Column("from", say("tier_now"), width=14),
        Column("to", say("decide_to"), width=20),
        Column("move", say("move"), width=12),
        Column("evidence", say("evidence"), width=46),
        Column("cells", say("evidence_cells"), "cell", 26),
        Column("word", say("decision_word"), "input", 10, choices=ANSWERS),
        Column("remark", say("decision_remark"), "input", 30),
    )
