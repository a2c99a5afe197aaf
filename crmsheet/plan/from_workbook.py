"""Rhythm and content from the workbook's own 客户分类管理表 (``[policy] from_workbook``; S002-90, S002-93..95).

跟进策略 of a tier's row becomes its first touch: what is written is what is to be done, and the most frequent rhythm in it
(每周1次, 两周一次, 月度) how often.  What contradicts itself, the other tiers or a limit of the policy is a finding, and the
policy's own rhythm stays.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from crmsheet.model import Finding
from crmsheet.plan.cycles import cycle_of
from crmsheet.policy.records import Monthly
from crmsheet.policy.schema import Every, Policy, TakenTouch, Touch
from crmsheet.privacy.detect import scrub
from crmsheet.tables.table import Table
from crmsheet.values.columns import fold
from crmsheet.values.frequencies import parse_frequency
from crmsheet.values.tiers import parse_tier

CODE = "class-strategy-unread"
SOURCE = "S002-90"
LONGEST = 80  # characters of a strategy in a task
FOUR_WEEKS = 28  # days of a month, as 跟进周期 counts times a month
_NUMBER, _UNIT = r"(?:\d{1,3}|[一二两三四五六七八九十])", r"(?:天|日|周|星期|礼拜|月|季度?|半年|年)"
_TIMES = rf"(?:约|至少)?{_NUMBER}(?:[-~至到]{_NUMBER})?次"
_RHYTHM = rf"(?:[每隔]{_NUMBER}?个?{_UNIT}(?:{_TIMES})?|(?<!\d){_NUMBER}?个?{_UNIT}{_TIMES}|{_TIMES}/每?{_UNIT}|双周(?:{_TIMES})?|[月季年]度)"
_FIND = re.compile(_RHYTHM)
_ALONE = re.compile(rf"(?:跟进|联系|回访|沟通|拜访)?(?:频率|频次|周期|节奏)?:?(?:{_RHYTHM})")
_SPLIT = re.compile(r"[,;。、\n]")
_DAYS = re.compile("[天日]")  # an interval in days is taken as it stands
_HINT = re.compile(r"[每隔]\d|次/|频率|频次")


class Followed(NamedTuple):
    """``cells``: those that strategies were taken from."""

    policy: Policy
    cells: tuple[str, ...]
    findings: list[Finding]


class Rhythm(NamedTuple):
    """How often: the interval, and times a month as 跟进周期 counts them (a month of four weeks)."""

    every: Every
    times: float


class Row(NamedTuple):
    """A tier's row: its number, what is to be done, and how often; None where the text does not say."""

    row: int
    text: str
    rhythm: Rhythm | None


def adopt_strategies(policy: Policy, classes: Table, words: Mapping[str, str]) -> Followed:
    """The policy with the workbook's strategies.  ``words``: the team's own tier words."""
    rows, findings = _read(policy, classes, words)
    wrong = list(_contradictions(policy, rows))
    findings += [_finding(classes, rows[tier].row, *why) for tier, why in wrong]
    if wrong:
        rows = {tier: one._replace(rhythm=None) for tier, one in rows.items()}
    cells = {tier: str(classes.ref("strategy", one.row)) for tier, one in rows.items()}
    first = {tier: policy.touches_of(tier)[0] for tier in rows}
    touches = tuple(_taken(touch, rows[touch.tier], cells[touch.tier]) if first.get(touch.tier) is touch else touch for touch in policy.touches)
    told = {tier: Monthly(least=one.rhythm.times, most=one.rhythm.times, source=SOURCE) for tier, one in rows.items() if one.rhythm}
    cadence = {tier: told.get(tier, one) for tier, one in policy.cadence.items()}
    return Followed(policy.model_copy(update={"touches": touches, "cadence": cadence}), tuple(cells.values()), findings)


def _read(policy: Policy, classes: Table, words: Mapping[str, str]) -> tuple[dict[str, Row], list[Finding]]:
    found: dict[str, Row] = {}
    findings: list[Finding] = []
    for row, (name, text) in enumerate(zip(classes.frame["name"], classes.frame["strategy"], strict=True)):
        tier = parse_tier(str(name or ""), policy.tiers, words)
        if tier is None or not text or tier in found:  # of two rows the first: the amounts' finding says so
            continue
        rhythm = rhythm_of(str(text))
        if isinstance(rhythm, str):
            findings.append(_finding(classes, row, *_WHY[rhythm]))
        found[tier] = Row(row, scrub(" ".join(str(text).split()))[:LONGEST], None if isinstance(rhythm, str) else rhythm)
    return found, findings


_WHY: Mapping[str, tuple[str, str]] = {
    "several": ("写了两个不同的跟进频率，不知道以哪个为准", "two different rhythms stand there, and it is not clear which one counts"),
    "unread": ("跟进频率读不出来", "its rhythm cannot be read"),
}


def rhythm_of(text: str) -> Rhythm | str | None:
    """The most frequent rhythm of a strategy: how often the customer is contacted at all.

    None where it names none; ``several`` where two stand by themselves and differ, ``unread`` where one cannot be read.
    """
    clauses = [fold(part) for part in _SPLIT.split(fold(text))]
    read = [_rhythm(match[0]) for clause in clauses for match in _FIND.finditer(clause)]
    if None in read or (not read and _HINT.search(fold(text))):
        return "unread"
    alone = {_rhythm(match[0]) for clause in clauses if _ALONE.fullmatch(clause) and (match := _FIND.search(clause))}
    return "several" if len(alone) > 1 else max((one for one in read if one), key=lambda one: one.times, default=None)


def _rhythm(text: str) -> Rhythm | None:
    """每周2次 → every 3 days, 8 times a month; as often at least as it says."""
    every, times = cycle_of(text), parse_frequency(text)
    if times and times > 1 and not _DAYS.search(text):
        return Rhythm(Every(days=max(1, int(FOUR_WEEKS / times))), times)
    if every is None:
        return None
    return Rhythm(every, times or (FOUR_WEEKS / every.days if every.days else 1 / every.months))


def _contradictions(policy: Policy, rows: Mapping[str, Row]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Tiers whose rhythm contradicts another's or a limit of the policy, and why."""
    told = {tier: rows[tier].rhythm for tier in policy.tiers if tier in rows}
    spoken = {tier: rhythm.times for tier, rhythm in told.items() if rhythm}
    for upper, lower in itertools.pairwise(spoken):
        if spoken[upper] < spoken[lower]:
            yield upper, (f"“{upper}”比“{lower}”联系得还少", f"“{upper}” is contacted less often than “{lower}”")
    most, last = policy.records.most, policy.tiers[-1]
    if most is not None and spoken.get(last, 0) > most.contacts:
        times = spoken[last]
        yield last, (f"每月{times:g}次，超过“{last}”每月{most.contacts}次的上限", f"{times:g} a month is more than the {most.contacts} that “{last}” may be contacted")


def _taken(first: Touch, one: Row, cell: str) -> TakenTouch:
    told = one.rhythm.every if one.rhythm else first.interval
    every = f"{told.days}d" if told.days else f"{told.months}m"
    return TakenTouch(**{**first.model_dump(), "every": every, "content": one.text, "source": SOURCE}, cell=cell)


def _finding(classes: Table, row: int, zh: str, en: str) -> Finding:
    return Finding(CODE, classes.ref("strategy", row), scrub(str(classes.frame["strategy"].iloc[row]))[:LONGEST], {"what": zh, "what_en": en})
