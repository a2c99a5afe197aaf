"""Decisions of an Excel review → answers of the run, as if somebody had typed them into 审核; the team's workbook wins.

Each decision ends as one ``Verdict``: applied, done before, or left out and why.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from crmsheet.arrays import Objects, is_there
from crmsheet.decisions.read import Review, Said
from crmsheet.errors import InputError
from crmsheet.memory.ledger import AGREED, DECISIONS, REJECTED, Entry
from crmsheet.memory.memory import Memory
from crmsheet.model import Verdict
from crmsheet.moves.standing import Standing
from crmsheet.plan.decided import BY_ID, Decided, Elsewhere, open_adjustments, typed
from crmsheet.privacy.detect import scrub
from crmsheet.privacy.name_index import NameIndex
from crmsheet.tables.row_keys import row_keys
from crmsheet.tables.table import Table
from crmsheet.values.answers import AGREE, NOT_LEAD, OTHER, REFUSE, named_others, read_answer

_DECIDES = {AGREE: AGREED, REFUSE: REJECTED}
_ANSWERED = (AGREE, REFUSE, OTHER)


@dataclass
class Taken:
    """Decisions on their way through a run; ``left``: id → why it is left out, ``at``: id → rows that it decides."""

    said: dict[str, Said] = field(default_factory=dict)
    left: list[tuple[Said, str]] = field(default_factory=list)
    at: dict[str, list[int]] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)

    def leave(self, one: Said, why: str) -> None:
        """Not applied; ``why`` is the key of the sentence that says so."""
        self.left.append((one, why))
        self.said.pop(one.id, None)


def take(reviews: Sequence[Review], leads: Sequence[str], known: Collection[str]) -> Taken:
    """What can count at all: readable words of those who may decide, and no two that contradict each other.

    ``known``: every id that the workbook knows.  Raises InputError for a review of which it knows none.
    """
    for review in reviews:
        if review.ids and review.ids.isdisjoint(known):
            raise _foreign(review)
    taken, answers = Taken(), dict[str, set[str]]()
    everything = [one for review in reviews for one in review.said]
    for one in everything:
        if one.answer != OTHER:
            answers.setdefault(one.id, set()).add(one.answer)
    for one in everything:
        if (why := _unusable(one, answers.get(one.id, ()), leads)) is not None:
            taken.left.append((one, why))
        else:
            taken.said.setdefault(one.id, one)
    return taken


def take_all(reviews: Sequence[Review], leads: Sequence[str], memory: Memory, table: Table, before: Mapping[str, str]) -> Taken:
    """``take`` with all that a workbook knows: its ledger's ids, those of adjustments that wait or were decided."""
    decided = (place.removeprefix(f"{BY_ID}:") for place in before if place.startswith(f"{BY_ID}:"))
    return take(reviews, leads, {*memory.ledger["编号"].tolist(), *open_adjustments(table, before), *decided})


def _unusable(one: Said, answers: Collection[str], leads: Sequence[str]) -> str | None:
    if one.answer == OTHER:
        return "word"
    if not one.id:
        return "no_id"
    if len(answers) > 1:
        return "contradiction"
    return "not_lead" if named_others(np.array([one.approver], dtype=object), leads)[0] else None


def _foreign(review: Review) -> InputError:
    return InputError(
        zh=f"{review.path}: 其中的编号在这个工作簿里一个也没有，像是另一个工作簿的报告；请给出由这个工作簿生成的 Excel 复盘报告",
        en=f"{review.path}: the workbook knows none of its ids, it looks like the review of another one; give the one made from this workbook",
    )


def answer_proposals(taken: Taken, now: Standing, memory: Memory) -> Standing:
    """The customers as they stand with the review's answers in 审核 where nobody has typed one."""
    open_ = _undecided(now, memory) if taken.said else {}
    answer, review, reviewer = now.answer.copy(), now.review.copy(), now.reviewer.copy()
    for one in [one for one in taken.said.values() if one.id in open_ or not one.id.startswith("D")]:
        if (i := open_.get(one.id)) is None:
            _closed(taken, one, memory)
        elif now.shifted[i]:
            taken.leave(one, "shifted")
        elif _contradicts(now, i, one):
            taken.leave(one, "workbook")
        else:
            taken.at[one.id] = [i]
            if now.answer[i] != one.answer:
                answer[i], review[i], reviewer[i] = one.answer, one.word, one.approver
    return replace(now, answer=answer, review=review, reviewer=reviewer)


def _undecided(now: Standing, memory: Memory) -> dict[str, int]:
    """Id → customer of what 审核 would answer: the proposal in 建议等级, else the move to look at again; never one for the other."""
    shown, waiting = is_there(now.shown), memory.waiting
    asked = ((waiting.id, waiting.there & shown & (waiting.after == now.shown)), (memory.recheck.id, memory.recheck.there & ~shown))
    return {str(ids[i]): i for ids, where in asked for i in np.flatnonzero(where).tolist()}


def _contradicts(now: Standing, i: int, one: Said) -> bool:
    """审核 in the workbook says something else; of somebody who may not decide too, where the word differs."""
    word = now.answer[i]
    if word == NOT_LEAD:
        word = read_answer(str(now.review[i]))
    return word in _ANSWERED and word != one.answer


def _closed(taken: Taken, one: Said, memory: Memory) -> None:
    """Nothing waits under that id any more: it was decided, is out of date, or never was."""
    rows = memory.ledger[memory.ledger["编号"] == one.id]
    decisions = [kind for kind in rows["类型"].tolist() if kind in DECISIONS]
    if decisions and decisions[-1] == _DECIDES[one.answer]:
        taken.done.add(one.id)
    else:
        taken.leave(one, "closed" if len(rows) else "unknown")


def answer_adjustments(taken: Taken, table: Table, before: Mapping[str, str], leads: Sequence[str]) -> dict[int, Elsewhere]:
    """Row of the strategy table → what the review says of its adjustment."""
    open_ = open_adjustments(table, before) if taken.said else {}
    words, keys = table.frame["review"].tolist(), row_keys(table)
    outside = named_others(table.frame["reviewer"].to_numpy(dtype=object), leads)
    found: dict[int, Elsewhere] = {}
    for one in [one for one in taken.said.values() if one.id.startswith("D") and one.id not in taken.at]:
        if (i := open_.get(one.id)) is None:
            _closed_adjustment(taken, one, before)
        elif (answer := typed(words[i], keys[i], before)) in _ANSWERED and answer != one.answer:
            taken.leave(one, "workbook")
        else:
            taken.at[one.id] = [i]
            if answer != one.answer or outside[i]:
                found[i] = Elsewhere(one.answer, one.approver or "")
    return found


def _closed_adjustment(taken: Taken, one: Said, before: Mapping[str, str]) -> None:
    decided = before.get(f"{BY_ID}:{one.id}")
    if decided == one.answer:
        taken.done.add(one.id)
    else:
        taken.leave(one, "unknown" if decided is None else "closed")


def verdicts(
    taken: Taken, entries: Sequence[Entry], decided: Decided, customers: Table, shown: Objects, table: Table, private: NameIndex
) -> tuple[Verdict, ...]:  # fmt: skip
    """What became of each decision, in the order of the review; ``shown``: customers' names as they leave the workbook."""
    made = {entry.id: entry.kind for entry in entries if entry.kind in DECISIONS}
    rows = {*decided.agreed, *decided.refused}
    masked = dict(zip(customers.frame["name"].tolist(), shown.tolist(), strict=True))
    found = [_verdict(one, "left", private, why=why) for one, why in taken.left]
    for one in taken.said.values():
        if (at := taken.at.get(one.id)) is None:
            found.append(_verdict(one, "done", private))
        elif one.id.startswith("D"):
            name = table.frame["name"].iat[at[0]]
            found.append(_applied(one, None if rows.intersection(at) else "blocked", masked.get(name, name), private))
        else:
            found.append(_applied(one, None if made.get(one.id) == _DECIDES[one.answer] else "not_applied", shown[at[0]], private))
    return tuple(sorted(found, key=lambda one: (len(one.where), one.where)))


def _applied(one: Said, why: str | None, customer: str | None, private: NameIndex) -> Verdict:
    return _verdict(one, "left" if why else "applied", private, customer, why)


def _verdict(
    one: Said, state: Literal["applied", "done", "left"], private: NameIndex, customer: str | None = None, why: str | None = None
) -> Verdict:
    remark, approver = (text and scrub(text, private) for text in (one.remark, one.approver))
    return Verdict(one.id, one.answer, one.word, state, one.where, customer, why, remark, approver)
