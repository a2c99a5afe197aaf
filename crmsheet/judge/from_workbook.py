"""Thresholds from the workbook's own 客户分类管理表 (``[policy] from_workbook``): 年合作≥50万 in a cell is the rule.

Only where the amount alone caps the tier, as in crm and priority: the best tier that a step of the amount's band can reach
is the tier of the same place.  What cannot be read is a finding, and the policy's own threshold stays.
"""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from crmsheet.judge.bands import LEVELS
from crmsheet.judge.tiers import RuleTable
from crmsheet.model import Finding
from crmsheet.policy.schema import BandSpec, Policy, Step, TakenStep
from crmsheet.privacy.detect import scrub
from crmsheet.tables.table import Table
from crmsheet.values.money import parse_money
from crmsheet.values.tiers import parse_tier

CODE = "class-standard-unread"
_UNIT = r"(?:百万|千万|[万亿wW元千])元?"
_LEAD = r"(?P<lead>不低于|不少于|不超过|不高于|大于等于|小于等于|至少|至多|>=|<=|[≥≤<>]|超过|超|大于|高于|低于|小于|少于|不足|不到)?"
_AMOUNT = re.compile(rf"{_LEAD}\s*\d[\d,.]*\s*(?:{_UNIT})?(?:\s*[-~–—至到]+\s*\d[\d,.]*\s*(?:{_UNIT})?)?\s*(?P<tail>及?以上|及?以下|以内|之内)?")
_STRICT = frozenset({">", "超过", "超", "大于", "高于"})  # the bound itself is out: no threshold of a policy can say so
_OPEN = frozenset({"≤", "<=", "小于等于", "不超过", "不高于", "至多", "及以下", "以内", "之内"})  # the upper bound is in
_SPLIT = re.compile(r"[,;。、\n]|(?<=\D)或")


class Bounds(NamedTuple):
    """The amounts of one class in 元, ``[low, high)``, and the row of the table that says so."""

    low: float
    high: float
    row: int


class Adopted(NamedTuple):
    """``cells``: those that thresholds were taken from."""

    policy: Policy
    cells: tuple[str, ...]
    findings: list[Finding]


def adopt(policy: Policy, classes: Table, words: Mapping[str, str]) -> Adopted:
    """The policy with the workbook's thresholds.  ``words``: the team's own tier words."""
    place = graded_by_amount(policy)
    if place is None or not len(classes):
        zh, en = (("这套规则的等级不由金额一项封顶", "an amount alone does not cap the tiers of these rules") if len(classes)
                  else ("工作簿中没有客户分类管理表", "the workbook has no classes table"))  # fmt: skip
        return Adopted(policy, (), [Finding(CODE, None, None, {"what": zh, "what_en": en})])
    found, findings = _read(policy, classes, words)
    band = policy.bands[place]
    steps, cells = _steps(policy, band, found, classes)
    bounds = [step.min for step in steps if step.min is not None]
    if any(one <= other for one, other in itertools.pairwise(bounds)):
        row = min((one.row for one in found.values()), default=0)
        told = _unread(classes, row, "各级的金额界限没有从高到低", "the amounts do not fall from tier to tier")
        return Adopted(policy, (), [*findings, told])
    bands = (*policy.bands[:place], band.model_copy(update={"steps": tuple(steps)}), *policy.bands[place + 1 :])
    return Adopted(policy.model_copy(update={"bands": bands}), cells, findings)


def graded_by_amount(policy: Policy) -> int | None:
    """The amount band whose steps are the tiers in their order: the best that each step can reach.  None without one."""
    grades = RuleTable(policy).grade_of.reshape((len(LEVELS),) * len(policy.bands) + (2,))
    for place, band in enumerate(policy.bands):
        best = [int(grades.take(LEVELS.index(step.band), axis=place).min()) for step in band.steps]
        if band.kind == "amount" and best == list(range(len(policy.tiers))):
            return place
    return None


def _read(policy: Policy, classes: Table, words: Mapping[str, str]) -> tuple[dict[str, Bounds], list[Finding]]:
    """Tier → what its row says; a finding for each row of a tier that cannot be read, and for a tier with two rows."""
    found: dict[str, Bounds] = {}
    findings: list[Finding] = []
    for row, (name, text) in enumerate(zip(classes.frame["name"], classes.frame["standard"], strict=True)):
        tier = parse_tier(str(name or ""), policy.tiers, words)
        if tier is None:
            continue
        bounds = read_standard(str(text or ""))
        if isinstance(bounds, str):
            findings.append(_unread(classes, row, *_WHY[bounds]))
        elif tier in found:
            findings.append(_unread(classes, row, f"“{tier}”有两行，采用了前一行", f"“{tier}” has two rows, the first one was taken"))
        else:
            found[tier] = Bounds(*bounds, row)
    return found, findings


_WHY: Mapping[str, tuple[str, str]] = {
    "none": ("没有金额界限", "no amount stands there"),
    "several": ("有不止一个金额，不知道以哪个为准", "several amounts stand there, and it is not clear which one counts"),
    "strict": ("界限本身不含在内的写法（超过、>、≤、以内）没有对应的规则", "a bound that is itself left out (>, 超过), or an upper one that is in (≤, 以内), is no threshold here"),
    "single": ("只有一个金额，没有说以上还是以下", "a single amount, without saying from or up to"),
}


def read_standard(text: str) -> tuple[float, float] | str:
    """``年合作≥50万,战略合作伙伴`` → (500000, inf); why not, where it cannot be read: none, several, strict, single."""
    folded = unicodedata.normalize("NFKC", text)
    amounts = list(_amounts(folded))
    if len(amounts) != 1:
        return "several" if amounts else "none"
    match, shown = amounts[0]
    if match["lead"] in _STRICT or match["lead"] in _OPEN or match["tail"] in _OPEN:
        return "strict"
    money = parse_money(shown)
    if money.problem or money.low == money.high or math.isnan(money.low):
        return "single" if money.low == money.high else "none"
    return money.low, money.high


def _amounts(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """The parts of a text that are amounts: numbers with a unit of money."""
    for segment in _SPLIT.split(text):
        for match in _AMOUNT.finditer(segment):
            if re.search(_UNIT, match[0]):
                yield match, match[0].replace("大于等于", "≥").strip()


def _steps(policy: Policy, band: BandSpec, found: Mapping[str, Bounds], classes: Table) -> tuple[list[Step], tuple[str, ...]]:
    """The band's steps: a tier's lower bound by its own row, else by the upper bound of the row below, else the policy's."""
    steps: list[Step] = []
    cells: list[str] = []
    for step, tier, below in zip(band.steps, policy.tiers, (*policy.tiers[1:], ""), strict=True):
        own, lower = found.get(tier), found.get(below)
        low, row = (own.low, own.row) if own and own.low > 0 else (lower.high, lower.row) if lower and math.isfinite(lower.high) else (None, 0)
        if step.min is None or low is None:
            steps.append(step)
            continue
        cell = str(classes.ref("standard", row))
        cells.append(cell)
        steps.append(TakenStep(band=step.band, min=low, cell=cell))
    return steps, tuple(cells)


def _unread(classes: Table, row: int, zh: str, en: str) -> Finding:
    text: Sequence[object] = classes.frame["standard"].tolist()
    value = None if text[row] is None else scrub(str(text[row]))[:80]
    return Finding(CODE, classes.ref("standard", row) or classes.ref("name", row), value, {"what": zh, "what_en": en})
