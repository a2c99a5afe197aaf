"""Whether customers answered, by method (S003-45)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmsheet.arrays import Bools, is_there
from crmsheet.insight.facts import Facts
from crmsheet.insight.places import ranges
from crmsheet.model import MethodAnswers, Ratio, Span
from crmsheet.values.methods import MAIL, MEETING, ONLINE, PHONE, VISIT

KNOWN = (PHONE, VISIT, MAIL, ONLINE, MEETING)
OTHER, BLANK = "其他", "未填写"
EXAMPLES = 3


def method_rule(facts: Facts) -> str | None:
    """How the log tells an answer: by 是否响应 where that is in use, else by what the customer said, else not at all."""
    return next((field for field in ("responded", "feedback") if field in facts.in_use), None)


def answered(facts: Facts, entries: pd.DataFrame, rule: str | None) -> tuple[Bools, Bools]:
    """Entries that were answered, and entries of which it is known.

    By 是否响应 a blank is unknown.  By feedback a blank is no answer, and neither is 无人接听; a next plan alone proves
    nothing: our own people write it.
    """
    if rule == "responded":
        said = facts.said("responded", entries)
        return np.asarray(said == "是", dtype=bool), np.asarray((said == "是") | (said == "否"), dtype=bool)
    feedback = facts.said("feedback", entries)
    return is_there(feedback) & ~facts.nobody[entries["position"].to_numpy()], np.full(len(feedback), rule is not None)


def by_method(facts: Facts, span: Span, before: Span) -> tuple[MethodAnswers, ...]:
    """Every method that was used, the most used first; an entry that names several counts for each."""
    rule = method_rule(facts)
    if rule is None:
        return ()
    now, then = (_counted(facts, one, rule) for one in (span, before))
    nothing = (Ratio(0, 0), ())
    found = [MethodAnswers(name, *_both(now.get(name, nothing), then.get(name, nothing))) for name in now.keys() | then.keys()]
    order = (*KNOWN, OTHER, BLANK)
    return tuple(sorted(found, key=lambda one: (-one.now.denominator, order.index(one.method))))


def _both(now: tuple[Ratio, tuple[str, ...]], then: tuple[Ratio, tuple[str, ...]]) -> tuple[Ratio, Ratio, tuple[str, ...]]:
    return now[0], then[0], now[1]


def _counted(facts: Facts, span: Span, rule: str) -> dict[str, tuple[Ratio, tuple[str, ...]]]:
    """Method → its ratio, and cells of its latest answers."""
    entries = facts.entries(span)
    yes, known = answered(facts, entries, rule)
    codes, kinds = pd.factorize(entries["methods"])
    named = [_names(kind) for kind in kinds]
    field = "responded" if rule == "responded" else "feedback"
    cells, rows, found = facts.log.cells(field), entries["position"].to_numpy(), {}
    for method in (*KNOWN, OTHER, BLANK):
        uses = np.array([*(method in names for names in named), False], dtype=bool)[codes]
        if (uses & known).any():
            latest = rows[uses & yes][-EXAMPLES:]
            found[method] = (Ratio(int((uses & yes).sum()), int((uses & known).sum())), ranges(cells[latest].tolist()))
    return found


def _names(kind: tuple[str, ...]) -> frozenset[str]:
    """The known methods of a cell: a word of the team's own is not quoted, anything may stand there."""
    return frozenset(one if one in KNOWN else OTHER for one in kind) or frozenset({BLANK})
