"""Faults of what a policy reads: fields that do not exist, words no cell ever holds, rates a hundred times too big, weights."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from crmsheet.errors import PolicyError
from crmsheet.judge.fields import check_fields, vocabulary
from crmsheet.lab.fault import Fault
from crmsheet.lab.shape import structural
from crmsheet.policy.schema import DORMANT, UNGRADED, UNKNOWN, BandSpec, Policy
from crmsheet.tables.spec import table_spec
from crmsheet.values.tiers import parse_tier

WHOLE = 100  # what the weights of 综合评分 add up to
_RESERVED = (UNGRADED, UNKNOWN, DORMANT)
_PATH = re.compile(r"([\w.\[\]]+): (.*)")


def lint_inputs(policy: Policy) -> Iterator[Fault]:
    """Everything about fields, words, numbers and names."""
    yield from _refused(policy)
    for number, band in enumerate(policy.bands):
        yield from _band(f"bands[{number}]", band)
    yield from _fields(policy)
    yield from _scores(policy)
    yield from _names(policy)


def _refused(policy: Policy) -> Iterator[Fault]:
    """What a run would refuse."""
    try:
        check_fields(policy)
    except PolicyError as error:
        for part in error.en.partition(": ")[2].split("; "):
            if match := _PATH.fullmatch(part):
                yield structural(match[1], match[2])


def _band(path: str, band: BandSpec) -> Iterator[Fault]:
    fields = table_spec("customers").fields
    named = {name for rule in band.rules for fact in rule.all for name in (*fact.any_of, *fact.blank)} | set(band.limits)
    for name in sorted(named - set(band.fields)):
        yield Fault("band-field", path, {"band": band.title, "field": name, "fields": list(band.fields)})
    said = [(name, fact.says) for rule in band.rules for fact in rule.all for name in fact.any_of]
    said += [(name, word) for word in band.words for name in band.fields]
    for name, word in said:
        known = vocabulary(fields[name]) if name in fields else None
        if known is not None and word not in known:
            yield Fault("word-never", path, {"band": band.title, "field": name, "word": word, "words": list(known)})
    rates = [*band.limits.values(), *([band.min] if band.kind == "rate_or_word" and band.min is not None else [])]
    for rate in rates:
        if rate >= 1:
            yield Fault("rate-scale", path, {"what": band.title, **_hundredfold(rate)})


def _fields(policy: Policy) -> Iterator[Fault]:
    """Fields outside the bands: without which nothing is graded, which a rule asks for, which a signal reads."""
    read = {name for band in policy.bands for name in band.fields}
    asked = [("requires_any", name) for name in policy.requires_any]
    asked += [(f"rules[{number}].present", name) for number, rule in enumerate(policy.rules) for name in rule.present]
    for path, name in asked:
        if name in table_spec("customers").fields and name not in read:
            yield Fault("field-unread", path, {"field": name, "fields": sorted(read)})
    yield from _unknown(asked)
    if policy.moves.immediate is not None:
        yield from _unknown([("moves.immediate.field", policy.moves.immediate.field)], "money")


def _unknown(asked: Iterable[tuple[str, str]], kind: str | None = None) -> Iterator[Fault]:
    fields = table_spec("customers").fields
    for path, name in asked:
        if name not in fields or (kind and fields[name].type != kind):
            near = get_close_matches(name, [one.name for one in fields.values() if kind in (None, one.type)], 1, 0.4)
            yield Fault("field-unknown", path, {"field": name, "near": near[0] if near else "-"})


def _scores(policy: Policy) -> Iterator[Fault]:
    total = sum(one.weight for one in policy.score)
    if policy.score and abs(total - WHOLE) > 1e-6:
        yield Fault("weights-sum", "score", {"total": float(total), "whole": WHOLE, "count": len(policy.score)})
    for number, one in enumerate(policy.score):
        points = [value for _, value in one.scale] + list(one.words.values())
        if len(set(points)) == 1:
            yield Fault("criterion-flat", f"score[{number}]", {"name": one.name, "points": float(points[0])})
        if one.kind == "rate" and any(value > 1 for value, _ in one.scale):
            yield Fault("rate-scale", f"score[{number}]", {"what": one.name, **_hundredfold(max(value for value, _ in one.scale))})


def _hundredfold(rate: float) -> dict[str, float]:
    return {"rate": rate, "means": rate * 100, "right": rate / 100}


def _names(policy: Policy) -> Iterator[Fault]:
    """Tiers that could not be told apart in a cell, or that mean something else there."""
    for tier in policy.tiers:
        told = parse_tier(tier, policy.tiers)
        if tier in _RESERVED:
            yield Fault("tier-reserved", "tiers", {"tier": tier})
        elif told != tier:
            yield Fault("tier-alike", "tiers", {"tier": tier, "other": told or "-"})
