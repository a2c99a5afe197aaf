"""What customers object to (S003-44), and why they are lost (S003-46)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmsheet.arrays import Ints, Objects, is_there, take
from crmsheet.insight.facts import Facts
from crmsheet.insight.figures import LOST
from crmsheet.insight.spans import inside
from crmsheet.model import Matter, Ratio, Span
from crmsheet.privacy.detect import scrub
from crmsheet.values.reasons import REASONS, reasons_in

EXAMPLES, QUOTED = 3, 40  # cells, characters


def spoke(facts: Facts, span: Span) -> Ratio:
    """Log entries with feedback, of all."""
    feedback = facts.said("feedback", facts.entries(span))
    return Ratio(int(is_there(feedback).sum()), len(feedback))


def doubts(facts: Facts, span: Span) -> int | None:
    """Log entries in which a customer objects to something; None where the log has no feedback."""
    if "feedback" not in facts.in_use:
        return None
    return sum(map(bool, facts.matters[facts.entries(span)["position"].to_numpy()].tolist()))


def objections(facts: Facts, span: Span, before: Span) -> tuple[Matter, ...]:
    """Each matter of the feedback with its count in both spans, the most frequent first."""
    entries = facts.entries(Span(before.first, span.last))
    feedback = facts.said("feedback", entries)
    rows, customer = entries["position"].to_numpy(), entries["customer"].to_numpy()
    now = inside(entries["at"].to_numpy(), span)
    codes, kinds = pd.factorize(facts.matters[rows])
    found = []
    for word in REASONS:
        says = np.array([word in kind for kind in kinds], dtype=bool)[codes]
        at = np.flatnonzero(says & now)
        if says.any():
            found.append(Matter(word, len(at), int((says & ~now).sum()), len(np.unique(customer[at])),
                                _cells(facts, rows[at]), _quote(facts, feedback[at])))  # fmt: skip
    return tuple(sorted(found, key=lambda one: -one.now))


def losses(facts: Facts) -> tuple[Matter, ...]:
    """Why customers are lost, or proposed to be: by their last feedback, else by 状态变更依据; one may have several reasons."""
    lost = lost_customers(facts)
    said = is_there(facts.log.frame["feedback"].to_numpy(dtype=object))
    last = facts.contacts.latest(said)[lost]
    feedback = take(facts.log.frame["feedback"].to_numpy(dtype=object), last)
    noted = facts.customers.frame["stage_reason"].to_numpy(dtype=object)[lost]
    told, other = ([reasons_in(text) if text else () for text in texts] for texts in (feedback, noted))
    words = [ours or theirs for ours, theirs in zip(told, other, strict=True)]
    texts = np.array([f if ours else n if theirs else f for f, n, ours, theirs in zip(feedback, noted, told, other, strict=True)], dtype=object)
    cells = _loss_cells(facts, lost, last, told, other)
    found = [_loss(facts, word, np.array([word in one for one in words], dtype=bool), texts, cells) for word in REASONS]
    unnamed = _loss(facts, None, np.array([not one for one in words], dtype=bool), texts, cells)
    return tuple(one for one in (*sorted(found, key=lambda one: -one.now), unnamed) if one.now)


def lost_customers(facts: Facts) -> Ints:
    """Positions of customers that are lost, or that a run proposes to call lost."""
    return np.flatnonzero((facts.column("stage") == LOST) | (facts.column("proposed_stage") == LOST))


def _loss(facts: Facts, word: str | None, here: np.ndarray, texts: Objects, cells: Objects) -> Matter:
    count = int(here.sum())
    examples = tuple(str(cell) for cell in cells[here].tolist() if cell)[:EXAMPLES]
    return Matter(word, count, 0, count, examples, _quote(facts, texts[here]) if word else None)


def _loss_cells(facts: Facts, lost: Ints, last: Ints, told: list[tuple[str, ...]], other: list[tuple[str, ...]]) -> Objects:
    """The cell that gave each lost customer's reason: the feedback's, else 状态变更依据's, else that of 客户状态."""
    fed = take(facts.log.cells("feedback"), last)
    noted, stage = (facts.customers.cells(field)[lost] for field in ("stage_reason", "stage"))
    pairs = zip(fed, noted, stage, told, other, strict=True)
    return np.array([f if ours else n if theirs else s for f, n, s, ours, theirs in pairs], dtype=object)


def _cells(facts: Facts, rows: Ints) -> tuple[str, ...]:
    """The latest of some feedback cells."""
    latest = (facts.log.ref("feedback", row) for row in rows[::-1][:EXAMPLES].tolist())
    return tuple(str(cell) for cell in latest if cell)


def _quote(facts: Facts, texts: Objects) -> str | None:
    """The latest of some texts, short and without private values; None without any."""
    said = [text for text in texts.tolist() if text]
    if not said:
        return None
    text = scrub(said[-1], facts.contacts.names)
    return text if len(text) <= QUOTED else text[: QUOTED - 1] + "…"
