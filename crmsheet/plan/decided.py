"""What people decided about proposed adjustments (S004-38): 审核 in the strategy table, or the lead's word in bulk.

Only what an earlier run proposed can be decided, and only a word that was typed since then counts: a team's own 审核 may
hold 同意 of years ago.  An adjustment that is agreed to is written as it was shown, where the cells are blank or hold
what an earlier run wrote; a person's text is never overwritten.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

from crmsheet.model import CellRef, Finding, Strategy
from crmsheet.privacy.detect import scrub
from crmsheet.tables.row_keys import row_keys
from crmsheet.tables.table import Table
from crmsheet.values.answers import AGREE, OTHER, PENDING, REFUSE, named_others, read_answer

PROPOSED, AGREED, REFUSED, BY_ID = "建议调整", "采纳调整", "驳回调整", "调整决定"  # in 运行记录
WRITTEN = {"reason": "调整原因", "adjusted": "调整后策略", "adjusted_at": "调整时间"}
BULK = "批量同意"


@dataclass(frozen=True)
class Decided:
    """By row of the strategy table.

    ``agreed``: the adjustment as it was shown; ``refused``: refused on this run; ``resting``: the missed KPIs that an
    earlier refusal, not old yet, was about; ``by``: who agreed or refused.
    """

    agreed: Mapping[int, str] = field(default_factory=dict)
    refused: frozenset[int] = frozenset()
    resting: Mapping[int, str] = field(default_factory=dict)
    by: Mapping[int, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def missed_words(one: Strategy) -> str:
    """The missed KPIs as a refusal notes them, and is compared with them later."""
    return "、".join(one.missed)


class _Shown(NamedTuple):
    """What an earlier run proposed, and the word that stood in 审核 then."""

    word: str
    strategy: str


class Elsewhere(NamedTuple):
    """A decision that was made outside the table: in an Excel review."""

    answer: str
    approver: str


def adjustment_id(key: str, strategy: str, before: Mapping[str, str]) -> str:
    """The same adjustment, proposed again after it was decided, is another one: what was decided last is part of it."""
    told = "|".join((key, strategy, before.get(f"{AGREED}:{key}", ""), before.get(f"{REFUSED}:{key}", "")))
    return "D" + hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def with_ids(strategies: Sequence[Strategy], before: Mapping[str, str], *, enabled: bool) -> tuple[Strategy, ...]:
    """Adjustments that wait get their ids; where nothing is remembered (``enabled`` false) there are none."""
    return tuple(
        replace(one, proposal=replace(one.proposal, id=adjustment_id(one.key, one.proposal.strategy, before)))
        if enabled and one.proposal is not None and one.proposal.state == "waiting" else one
        for one in strategies
    )  # fmt: skip


def open_adjustments(table: Table, before: Mapping[str, str]) -> dict[str, int]:
    """Id → row of the adjustments that an earlier run proposed and nobody has decided."""
    shown = [(key, _shown(before.get(f"{PROPOSED}:{key}"))) for key in row_keys(table)]
    return {adjustment_id(key, one.strategy, before): i for i, (key, one) in enumerate(shown) if one is not None}


def typed(word: object, key: str, before: Mapping[str, str]) -> str:
    """What a person has answered in 审核 (``word``) since a row was proposed; pending where nobody has."""
    shown = _shown(before.get(f"{PROPOSED}:{key}"))
    return read_answer(word) if isinstance(word, str) and shown is not None and word != shown.word else PENDING


def decide(
    table: Table, before: Mapping[str, str], leads: Sequence[str], bulk: str | None, rejected_days: int, as_of: dt.date,
    elsewhere: Mapping[int, Elsewhere] = MappingProxyType({}),
) -> Decided:  # fmt: skip
    """``before``: what runs wrote last; ``bulk``: who agrees to all that waits without a word, None: nobody;
    ``elsewhere``: decisions of the review by row, which stand in for a word in 审核."""
    agreed, refused, resting, by, findings = dict[int, str](), set[int](), dict[int, str](), dict[int, str](), list[Finding]()
    words, reviewers = (table.frame[one].tolist() for one in ("review", "reviewer"))
    outside = named_others(table.frame["reviewer"].to_numpy(dtype=object), leads)
    for i, key in enumerate(row_keys(table)):
        if (rest := _resting(before.get(f"{REFUSED}:{key}"), rejected_days, as_of)) is not None:
            resting[i] = rest
        if (shown := _shown(before.get(f"{PROPOSED}:{key}"))) is None:
            continue
        answer, who = elsewhere.get(i, (typed(words[i], key, before), reviewers[i] or ""))
        if answer in (AGREE, REFUSE) and outside[i] and i not in elsewhere:
            findings.append(Finding("reviewer-not-lead", table.ref("reviewer", i)))
        elif answer == REFUSE:
            refused.add(i)
            by[i] = who
        elif answer == OTHER:
            findings.append(Finding("review-word", table.ref("review", i), None, {"word": scrub(words[i])[:20]}))
        elif answer == AGREE or (bulk is not None and answer == PENDING):
            if (where := _taken(table, i, before, key)) is not None:
                findings.append(Finding("adjustment-blocked", where))
            else:
                agreed[i] = shown.strategy
                by[i] = who if answer == AGREE else bulk or BULK
    return Decided(agreed, frozenset(refused), resting, by, tuple(findings))


def _shown(noted: str | None) -> _Shown | None:
    word, bar, strategy = (noted or "").partition("|")
    return _Shown(word, strategy) if bar else None


def _resting(noted: str | None, days: int, as_of: dt.date) -> str | None:
    """The missed KPIs of a refusal that still counts."""
    day, _, missed = (noted or "").partition(" ")
    try:
        fresh = as_of < dt.date.fromisoformat(day) + dt.timedelta(days=days)
    except ValueError:
        return None
    return missed if fresh else None


def _taken(table: Table, i: int, before: Mapping[str, str], key: str) -> CellRef | None:
    """The cell that keeps an adjustment from being written: a person's text, or no column for its date; None when free."""
    if table.ref("adjusted_at", i) is None:
        return table.ref("kpis", i) or table.ref("name", i)
    for one in ("adjusted", "adjusted_at"):
        value = _text(table.frame[one].iat[i])
        if table.present[one][i] and value != before.get(f"{WRITTEN[one]}:{key}"):
            return table.ref(one, i)
    return None


def _text(value: object) -> str:
    return str(value)[:10] if isinstance(value, dt.datetime) else str(value)


def cells_of(
    table: Table, strategies: Sequence[Strategy], decided: Decided, before: Mapping[str, str], as_of: dt.date
) -> Iterator[tuple[str, int, str | dt.date | None]]:
    """(field, row, value) of every cell that a decision sets; 审核 is cleared once it is taken."""
    for i in sorted({*decided.agreed, *decided.refused}):
        if table.present["review"][i]:
            yield "review", i, None
    for i, strategy in decided.agreed.items():
        one = strategies[i]
        yield "adjusted", i, strategy
        yield "adjusted_at", i, as_of
        old = table.frame["reason"].iat[i]
        if one.proposal is not None and (not table.present["reason"][i] or old == before.get(f"{WRITTEN['reason']}:{one.key}")):
            yield "reason", i, one.proposal.reason


def noted(table: Table, strategies: Sequence[Strategy], decided: Decided, before: Mapping[str, str], as_of: dt.date) -> dict[str, str]:
    """What 运行记录 keeps for the runs to come: proposals with the word in 审核 beside them, decisions, what was written."""
    words = table.frame["review"].tolist()
    found: dict[str, str] = {}
    for i, one in enumerate(strategies):
        place = f"{PROPOSED}:{one.key}"
        if one.proposal is not None and one.proposal.state == "waiting":
            shown = _shown(before.get(place))
            found[place] = f"{shown.word if shown else words[i] or ''}|{one.proposal.strategy}"
        elif before.get(place):
            found[place] = ""
    for i, kind in (*((i, AGREED) for i in decided.agreed), *((i, REFUSED) for i in sorted(decided.refused))):
        key = strategies[i].key
        found[f"{kind}:{key}"] = f"{as_of} {missed_words(strategies[i]) if kind == REFUSED else decided.by[i]}".strip()
        if (shown := _shown(before.get(f"{PROPOSED}:{key}"))) is not None:
            found[f"{BY_ID}:{adjustment_id(key, shown.strategy, before)}"] = AGREE if kind == AGREED else REFUSE
    for field_name, i, value in cells_of(table, strategies, decided, before, as_of):
        if field_name in WRITTEN:
            found[f"{WRITTEN[field_name]}:{strategies[i].key}"] = str(value)
    return found
