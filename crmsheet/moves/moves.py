"""All moves of one run: from tiers by the rules to what the sheet and the ledger are to hold."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from crmsheet.arrays import Objects, Times, filled, is_none, is_one_of, is_there, nothing, pick
from crmsheet.judge.judge import Judged
from crmsheet.memory.ledger import Entry
from crmsheet.memory.memory import Memory
from crmsheet.memory.snapshots import written_snapshots
from crmsheet.model import Finding
from crmsheet.moves.answers import Answers, Approval, read_answers
from crmsheet.moves.asked import Asked, Grounds, ask
from crmsheet.moves.cited import Cited
from crmsheet.moves.entries import Telling, band_words, entries, open_ids
from crmsheet.moves.facts import (
    Fact,
    immediate_signal,
    in_tier_since,
    last_entry_cells,
    last_progress,
    no_fact,
    quiet,
    refused,
    silent,
    stalled_there,
)
from crmsheet.moves.settle import LOST, Settled, after_answers, frozen, settle
from crmsheet.moves.standing import Standing
from crmsheet.plan.contacts import NAT, Contacts, later, stated_contact, unanswered
from crmsheet.policy.schema import UNKNOWN, Policy, Stalled
from crmsheet.privacy.detect import scrub
from crmsheet.tables.table import Table


class Facts(NamedTuple):
    """What moves rest on beside the bands."""

    signal: Fact
    stall: Fact  # contact without progress, with since when for those in the tier that stalls
    since: Times
    silence: Fact  # of dormancy
    gone: Fact  # silent, and the last feedback says that it is over


@dataclass(frozen=True)
class Moved:
    """``frame``: what a run adds to the customers (see model.Outcome): tier, tier_effective, evidence, proposed_tier,
    move, pool, proposed_stage, tier_to_write (None: leave it), review, snapshot, proposal_id, and the reason of a move."""

    frame: pd.DataFrame
    entries: list[Entry]
    upgraded: Times
    findings: list[Finding]


def move_all(
    policy: Policy, customers: Table, log: Table, contacts: Contacts, judged: Judged, now: Standing, memory: Memory,
    names: Objects, approval: Approval | None, as_of: dt.date,
) -> Moved:  # fmt: skip
    """``names``: customers' names as they may be shown; ``approval``: what the lead agrees to in bulk."""
    facts = _facts(policy, customers, log, contacts, now, memory, as_of)
    grounds = _grounds(policy, customers, log, contacts, judged, facts)
    answers = read_answers(now, memory, approval)
    word, number = after_answers(policy, now, memory, answers)
    asked = ask(policy, grounds, now, memory, frozen(now, memory, answers, as_of), number, as_of)
    stage = customers.frame["stage"].to_numpy(dtype=object)
    settled = settle(policy, now, memory, answers, asked, word, stage, facts.gone.holds & grounds.active, as_of)
    frame = _frame(policy, judged.frame, log, now, facts, asked, settled)
    told = Telling(
        Cited([customers, log]), names, _with_bands(judged.frame, grounds.bands), _told_facts(policy, judged.frame, customers, facts),
        now.reviewer, approval.approver if approval else None,
    )  # fmt: skip
    rows = entries(policy, told, now, memory, settled.events, as_of)
    frame["proposal_id"] = open_ids(now, memory, settled, rows)
    return Moved(frame, rows, settled.upgraded, _findings(customers, now, answers, settled))


def _facts(policy: Policy, customers: Table, log: Table, contacts: Contacts, now: Standing, memory: Memory, as_of: dt.date) -> Facts:
    size, moves = len(customers), policy.moves
    last = later(contacts.last(), stated_contact(customers, as_of))
    months = moves.dormant.months if moves.dormant else 0
    silence = silent(customers, last, months, as_of) if months else no_fact(size)
    away, said = silent(customers, last, moves.lost_months, as_of), refused(log, contacts)
    gone = away.holds & said.holds & ~np.isnat(last)
    cells = last_entry_cells(log, contacts, last, away.cells)
    proof = np.array([f"{a},{b}" if a and b else a or b for a, b in zip(cells, said.cells, strict=True)], dtype=object)
    return Facts(
        immediate_signal(moves.immediate, customers) if moves.immediate else no_fact(size),
        *_stall(moves.stalled, customers, log, contacts, now, memory, as_of),
        silence._replace(cells=last_entry_cells(log, contacts, last, silence.cells)),
        Fact(gone, pick(gone, _plus(away.text, said.text), None), proof),
    )  # fmt: skip


def _stall(
    rule: Stalled | None, customers: Table, log: Table, contacts: Contacts, now: Standing, memory: Memory, as_of: dt.date
) -> tuple[Fact, Times]:
    """Contact without progress, and since when customers are in the tier that it moves down from."""
    if rule is None:
        return no_fact(len(customers)), np.full(len(customers), NAT, dtype="datetime64[s]")
    since = in_tier_since(rule.source_tier, customers, memory)
    there = np.asarray(now.word == rule.source_tier, dtype=bool)
    return stalled_there(rule.source_tier, there, since, quiet(rule, log, contacts, as_of), customers, memory), since.day


def _plus(one: Objects, two: Objects) -> Objects:
    return np.array([f"{a}; {b}" for a, b in zip(one, two, strict=True)], dtype=object)


def _grounds(policy: Policy, customers: Table, log: Table, contacts: Contacts, judged: Judged, facts: Facts) -> Grounds:
    rest = policy.moves.dormant
    potential = judged.frame[f"band.{rest.band}"].to_numpy(dtype=object) if rest else filled(len(customers), UNKNOWN)
    return Grounds(
        judged.grade, judged.worst, band_words(policy, judged.frame), facts.signal, facts.stall, facts.silence, potential,
        last_progress(log, contacts) if policy.moves.stalled else np.full(len(customers), NAT, dtype="datetime64[s]"), facts.since,
        np.asarray(customers.frame["stage"].to_numpy(dtype=object) != LOST, dtype=bool),
    )  # fmt: skip


def _frame(policy: Policy, judged: pd.DataFrame, log: Table, now: Standing, facts: Facts, asked: Asked, settled: Settled) -> pd.DataFrame:
    """The columns that moves add, and the reasons that they put in place of the rules'."""
    known = pick(is_one_of(settled.word, policy.tiers), settled.word, None)
    text, cells, source = _reason(policy, log, facts, asked, settled)
    instead = text != None  # noqa: E711
    columns: dict[str, Objects] = {
        "tier": asked.tier, "tier_effective": pick(is_none(known), asked.tier, known), "held": asked.stuck.astype(object), "proposed_tier": settled.proposed,
        "move": settled.move, "pool": settled.pool, "proposed_stage": settled.proposed_stage,
        "tier_to_write": pick(settled.write, settled.word, None), "review": settled.review,
        "snapshot": pick(is_none(now.key), None, written_snapshots(now.called, settled.word, settled.day)),
        "evidence": pick(instead, text, judged["evidence"].to_numpy(dtype=object)),
    }  # fmt: skip
    for band in policy.bands:
        columns[f"reason.{band.name}"] = pick(instead, None, judged[f"reason.{band.name}"].to_numpy(dtype=object))
        columns[f"reason_cells.{band.name}"] = pick(instead, "", judged[f"reason_cells.{band.name}"].to_numpy(dtype=object))
    columns |= {"reason.move": text, "reason_cells.move": cells, "reason_source.move": source}
    frame = pd.DataFrame({name: pd.Series(column, dtype=object) for name, column in columns.items()})
    return judged.drop(columns=[name for name in frame.columns if name in judged]).join(frame)


def _reason(policy: Policy, log: Table, facts: Facts, asked: Asked, settled: Settled) -> tuple[Objects, Objects, Objects]:
    """Text, cells and source of what decided instead of the rules: sleep, a stall, the signal (the strongest last)."""
    moves, size = policy.moves, len(asked.kind)
    text, cells, source = nothing(size), filled(size, ""), nothing(size)
    sleeps = (settled.pool == "dormant") | (settled.proposed == "休眠")
    anew = is_none(settled.stalled.text) | (asked.kind == "stalled")
    stall_text = pick(anew, facts.stall.text, settled.stalled.text)
    stall_cells = pick(anew, facts.stall.cells, unanswered(settled.stalled.cells, log))
    for where, rule, words, proof in (
        (sleeps, moves.dormant, facts.silence.text, facts.silence.cells),
        (asked.stuck, moves.stalled, stall_text, stall_cells),
        (asked.by_signal, moves.immediate, facts.signal.text, facts.signal.cells),
    ):
        if rule is not None:
            at = np.asarray(where & (words != None), dtype=bool)  # noqa: E711
            text, cells, source = pick(at, words, text), pick(at, proof, cells), pick(at, rule.source, source)
    return text, cells, source


def _with_bands(judged: pd.DataFrame, bands: Objects) -> Objects:
    """A rule's facts with the bands that they make: 历史合作金额120万≥100万（价值高）."""
    return np.array([f"{text}（{band}）" for text, band in zip(judged["evidence"], bands, strict=True)], dtype=object)


def _told_facts(policy: Policy, judged: pd.DataFrame, customers: Table, facts: Facts) -> dict[str, tuple[Objects, Objects]]:
    """What each kind of move cites."""
    columns = [judged[f"reason_cells.{band.name}"].to_numpy(dtype=object) for band in policy.bands]
    cells = np.array([",".join([c for c in line if c]) for line in zip(*columns, strict=True)], dtype=object)
    return {
        "rule": (nothing(len(cells)), cells), "tier": (nothing(len(cells)), customers.cells("tier")),
        "immediate": facts.signal[1:], "stalled": facts.stall[1:], "dormant": facts.silence[1:], "lost": facts.gone[1:],
    }  # fmt: skip


def _findings(customers: Table, now: Standing, answers: Answers, settled: Settled) -> list[Finding]:
    """Of words in 审核 only where something still waits after this run."""
    waits = is_there(settled.proposed)
    odd, others = answers.odd & ~answers.not_lead & waits, answers.not_lead & (waits | answers.rechecks)
    found = [Finding("review-word", customers.ref("name", i), None, {"word": scrub(str(now.review[i]))[:20]}) for i in np.flatnonzero(odd).tolist()]
    found += [Finding("reviewer-not-lead", customers.ref("reviewer", i)) for i in np.flatnonzero(others).tolist()]
    found += [Finding("tier-cell-locked", customers.ref("tier", i), None, {"tier": now.shown[i]}) for i in np.flatnonzero(answers.locked).tolist()]
    apart = np.flatnonzero(now.shifted)
    if len(apart):
        found.append(Finding("row-shifted", customers.ref("name", int(apart[0])), None, {"count": len(apart)}))
    return found


