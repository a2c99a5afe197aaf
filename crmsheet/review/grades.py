"""Tiers and moves: how many customers stand where, what waits for a decision, what was moved."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from crmsheet.model import Outcome
from crmsheet.review.blocks import Block, Column, Row, Section, Table
from crmsheet.review.flow import movement
from crmsheet.review.frames import (
    UNGRADED,
    cell_link,
    customer_links,
    evidence_cells,
    held_customers,
    texts,
    tier_order,
    tier_places,
    values,
)
from crmsheet.review.words import MOVE_TONES, Say
from crmsheet.texts import Lang

_REASON = 64  # characters of a reason on the first screen: two lines


def tiers(outcome: Outcome, lang: Lang) -> Section:
    """Customers by tier, and the tier in the sheet against the tier of the policy."""
    say = Say(lang)
    return Section("tiers", say("tiers"), (_tier_counts(outcome, say), *movement(outcome, say), _tier_cross(outcome, say)))


def proposals(outcome: Outcome, lang: Lang) -> Section:
    """Moves that wait, stages that are proposed, and moves that were made."""
    say = Say(lang)
    others = (_stage_table(outcome, say), _made_table(outcome, say))
    blocks: list[Block] = [proposal_table(outcome, lang), *(table for table in others if table.rows)]
    return Section("proposals", say("proposals"), tuple(blocks))


def waiting(outcome: Outcome) -> list[int]:
    """Positions of the customers whose move waits for a decision (S000-24), first in rank first."""
    people = outcome.customers
    return by_rank(outcome, people["proposed_tier"].notna().to_numpy(dtype=bool))


def proposal_table(outcome: Outcome, lang: Lang, most: int | None = None) -> Table:
    """The moves that wait for approval (待审核), and those made at once that want a second look (待复核)."""
    say, people = Say(lang), outcome.customers
    waits = waiting(outcome)
    made = by_rank(
        outcome, (people["move"].eq("immediate") & people["proposed_tier"].isna()).to_numpy(dtype=bool)
    )
    everyone = [*waits, *made]
    shown = everyone[:most]
    chosen = people.iloc[shown]
    target = [
        new or tier for new, tier in zip(texts(chosen, "proposed_tier"), texts(chosen, "tier"), strict=True)
    ]
    states = [say("to_review")] * len(waits) + [say("to_recheck")] * len(made)
    rows = _move_rows(outcome, say, shown, target, states[: len(shown)])
    left, held = len(everyone) - len(shown), held_customers(outcome)
    return Table(
        "waiting", say("waiting_moves"), _move_columns(say, say("review_state")), rows, empty=say("nothing_waits"),
        note=say("more_moves", count=left) if left else "", see="proposals" if left else None,
        main=most is None, rank=range(len(rows)), held=None if held is None else held[shown].tolist(),
    )  # fmt: skip


def brief_proposals(outcome: Outcome, lang: Lang, most: int) -> Table:
    """The first of them for the first screen: who, from where to where, why; the rest stands in its own section."""
    say, whole = Say(lang), proposal_table(outcome, lang, most)
    at = {column.key: place for place, column in enumerate(whole.columns)}
    rows: list[Row] = [
        (row[at["customer"]], row[at["owner"]], say("from_tier_to", before=row[at["from"]], after=row[at["to"]]),
         row[at["review"]], _short(str(row[at["evidence"]])))
        for row in whole.rows
    ]  # fmt: skip
    columns = (
        whole.columns[0], whole.columns[1], Column("change", say("tier_change"), width=12),
        Column("review", say("review_state"), width=10), Column("evidence", say("evidence"), width=50),
    )  # fmt: skip
    return replace(whole, columns=columns, rows=rows)


def _short(text: str) -> str:
    return text if len(text) <= _REASON else text[: _REASON - 1] + "…"


def _made_table(outcome: Outcome, say: Say) -> Table:
    people = outcome.customers
    made = ~people["move"].fillna("none").isin(["none", "immediate"]) & people["proposed_tier"].isna()
    shown = by_rank(outcome, made.to_numpy(dtype=bool))
    rows = _move_rows(outcome, say, shown, texts(people.iloc[shown], "tier_effective"))
    return Table("made", say("made_moves"), _move_columns(say), rows, rank=range(len(rows)))


def _stage_table(outcome: Outcome, say: Say) -> Table:
    people = outcome.customers
    shown = by_rank(outcome, people["proposed_stage"].notna().to_numpy(dtype=bool))
    chosen = people.iloc[shown]
    rows: list[Row] = list(zip(
        customer_links(outcome, shown), texts(chosen, "stage"), texts(chosen, "proposed_stage"),
        texts(chosen, "last_summary"), strict=True,
    ))  # fmt: skip
    columns = (
        Column("customer", say("customer"), "cell", 26),
        Column("stage", say("stage"), width=12),
        Column("new", say("proposed_stage"), width=12),
        Column("said", say("last_said"), width=60),
    )
    return Table("stages", say("stage_moves"), columns, rows, rank=range(len(rows)))


def _move_columns(say: Say, review: str = "") -> tuple[Column, ...]:
    return (
        Column("customer", say("customer"), "cell", 26),
        Column("owner", say("owner"), width=12),
        Column("from", say("tier_now"), width=10),
        Column("to", say("tier_new"), width=10),
        Column("move", say("move"), width=10, tones=say.tones("move", MOVE_TONES)),
        *([Column("review", review, width=10)] if review else []),
        Column("evidence", say("evidence"), width=50),
        Column("cells", say("evidence_cells"), "cell", 28),
    )


def _move_rows(
    outcome: Outcome, say: Say, shown: list[int], target: list[str], states: list[str] | None = None
) -> list[Row]:
    chosen = outcome.customers.iloc[shown]
    return list(zip(
        customer_links(outcome, shown), texts(chosen, "owner"),
        [tier or say("blank") for tier in texts(chosen, "tier_in_sheet")], target,
        [say.word("move", move) for move in values(chosen, "move")], *([states] if states is not None else []),
        texts(chosen, "evidence"),
        [cell_link(cells) for cells in evidence_cells(chosen)],
        strict=True,
    ))  # fmt: skip


def by_rank(outcome: Outcome, wanted: npt.NDArray[np.bool_]) -> list[int]:
    """Positions of the wanted customers, first in rank first."""
    at = np.flatnonzero(wanted)
    rank = outcome.customers["rank"].to_numpy(dtype=np.int64)[at]
    chosen: list[int] = at[np.argsort(rank, kind="stable")].tolist()
    return chosen


def _tier_counts(outcome: Outcome, say: Say) -> Table:
    places, order = tier_places(outcome), tier_order(outcome)
    status = outcome.customers["status"].eq("overdue").to_numpy(dtype=bool)
    tasks = outcome.tasks
    of_task = places[tasks["customer"].to_numpy(dtype=np.int64)]
    late = tasks["status"].eq("overdue").to_numpy(dtype=bool)
    names = [*order, say("other_words")]
    rows: list[Row] = []
    for place, name in enumerate(names):
        here = places == place
        count = int(here.sum())
        if count or place < len(outcome.tiers):
            share = count / len(places) if len(places) else None
            rows.append((say.word("tier", name), count, share, int(status[here].sum()), int((late & (of_task == place)).sum())))
    columns = (
        Column("tier", say("tier"), width=14),
        Column("count", say("customers"), "int", 10),
        Column("share", say("share"), "percent", 10),
        Column("late", say("overdue_customers"), "int", 14),
        Column("tasks", say("overdue_tasks"), "int", 14),
    )
    return Table("tiers", say("tier_counts"), columns, rows, note=say("tiers_note"), see="customers")


def _tier_cross(outcome: Outcome, say: Say) -> Table:
    people, ours = outcome.customers, [*tier_order(outcome)]
    policy = [tier or UNGRADED for tier in texts(people, "tier")]
    raw, known = texts(people, "tier_in_sheet"), texts(people, "tier_known")
    sheet = [
        tier or (say("other_words") if text else say("blank")) for tier, text in zip(known, raw, strict=True)
    ]
    counts, totals = Counter(zip(sheet, policy, strict=True)), Counter(sheet)
    rows: list[Row] = [
        (say.word("tier", name), *(counts[name, tier] or None for tier in ours), totals[name])
        for name in (*ours, say("other_words"), say("blank"))
        if totals[name]
    ]
    columns = (
        Column("sheet", say("tier_in_sheet"), width=16),
        *(Column(f"to_{place}", say("by_policy", tier=say.word("tier", tier)), "int", 12) for place, tier in enumerate(ours)),
        Column("total", say("total"), "int", 10),
    )
    return Table("cross", say("tier_cross"), columns, rows, empty=say("no_customers"), note=say("cross_note"), see="customers")
