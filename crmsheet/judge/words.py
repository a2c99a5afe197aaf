"""A policy in words: one line a rule with its source, for the review (SPEC §8).

What a policy file itself says (titles, contents of touches, words of cells) stands as it is in either language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np

from crmsheet.judge.show import show_money, show_percent
from crmsheet.policy.criteria import Criterion
from crmsheet.policy.schema import BandSpec, EventRule, Every, Fact, Policy, TierRule, Touch
from crmsheet.tables.spec import table_spec
from crmsheet.texts import Lang, say

_ENGLISH = {"高": "high", "中": "middle", "低": "low", "未知": "unknown"}
Line = tuple[str, str, str]


class _Words:
    """Texts of one language, and headers of the fields."""

    def __init__(self, lang: Lang, headers: Mapping[str, str]) -> None:
        self.lang, self.headers = lang, headers

    def __call__(self, key: str, **params: object) -> str:
        return say("rules", key, self.lang, **params)

    def named(self, fields: Iterable[str]) -> str:
        return self("or").join(self.headers[name] for name in fields)

    def level(self, band: str) -> str:
        return band if self.lang == "zh" else _ENGLISH.get(band, band)


def policy_rules(policy: Policy, headers: Mapping[str, str], lang: Lang = "zh") -> tuple[Line, ...]:
    """Every rule of a policy: (part, rule in words, source).  ``headers``: field → header."""
    words = _Words(lang, headers)
    return tuple((words(f"part_{part}"), text, source) for part, text, source in _lines(policy, words))


def _lines(policy: Policy, words: _Words) -> Iterator[Line]:
    """``part`` by its key."""
    yield "approval", words(f"approval_{policy.approval}"), policy.approval_source
    yield from (("band", _band(spec, words), spec.source) for spec in policy.bands)
    yield from (("tier", words("tier", tier=rule.tier, facts=_facts(rule, policy, words)), rule.source) for rule in policy.rules)
    if (gap := policy.gap) is not None:
        yield "gap", words("gap", tiers=words("comma").join(gap.tiers), of=gap.touches_of), gap.source
    yield from (("touch", _touch(touch, words), touch.source) for touch in policy.touches)
    yield from (("move", text, source) for text, source in _moves(policy, words))
    yield from (("score", text, source) for text, source in _scores(policy, words))
    yield from (("event", _event(rule, words), rule.source) for rule in policy.events.values())
    if (care := policy.care) is not None:
        when = words("comma").join((*care.festivals, *([words("birthdays")] if care.birthdays else [])))
        yield "care", words("care", tiers=words("comma").join(care.tiers or policy.tiers[:1]), when=when), care.source
    yield from (("record", text, source) for text, source in _records(policy, words))


def rule_facts(rule: TierRule, policy: Policy) -> str:
    """What a tier rule asks for, in Chinese: 价值高，潜力高或未知."""
    return _facts(rule, policy, _Words("zh", {}))


def _facts(rule: TierRule, policy: Policy, words: _Words) -> str:
    titles = {band.name: band.title for band in policy.bands}
    facts = [words("fact", title=titles[name], levels=words("or").join(map(words.level, bands))) for name, bands in rule.when.items()]
    if rule.present:
        facts.append(words("present"))
    return words("and_then").join(facts) or words("everybody")


# ---------------------------------------------------------------- bands


def _band(spec: BandSpec, words: _Words) -> str:
    how: Mapping[str, Callable[[BandSpec, _Words], Iterable[str]]] = {
        "amount": _amount_steps, "days": _day_steps, "rules": _fact_rules, "words": _word_levels,
        "known": lambda _, w: [w("known")],
        "rate_or_word": lambda s, w: [w("rate_or_word", bound=_percent(s.min or 0.0))],
        "over": lambda s, w: [w("is_level", what=f"{w.headers[n]}>{_percent(v)}", level=w.level("高")) for n, v in s.limits.items()],
    }  # fmt: skip
    names = "/".join(words.headers[name] for name in spec.fields)
    return words("band", title=spec.title, names=names, steps=words("then").join(how[spec.kind](spec, words)))


def _amount_steps(spec: BandSpec, words: _Words) -> Iterator[str]:
    for one in spec.steps:
        yield words("is_level", what=words("rest") if one.min is None else f"≥{_money(one.min)}", level=words.level(one.band))


def _day_steps(spec: BandSpec, words: _Words) -> Iterator[str]:
    for one in spec.steps:
        yield words("is_level", what=words("rest") if one.max is None else words("within", days=f"{one.max:.0f}"), level=words.level(one.band))
    if spec.past is not None and spec.past.max is not None:
        yield words("past", days=f"{spec.past.max:.0f}", level=words.level(spec.past.band))


def _fact_rules(spec: BandSpec, words: _Words) -> Iterator[str]:
    for rule in spec.rules:
        yield words("is_level", what=words("and").join(_fact(one, words) for one in rule.all) or words("rest"), level=words.level(rule.band))


def _fact(one: Fact, words: _Words) -> str:
    return words("says", names=words.named(one.any_of), word=one.says) if one.any_of else words("blank", names=words.named(one.blank))


def _word_levels(spec: BandSpec, words: _Words) -> Iterator[str]:
    return (words("is_level", what=word, level=words.level(band)) for word, band in spec.words.items())


def _money(yuan: float) -> str:
    return str(show_money(np.array([yuan]))[0])


def _percent(rate: float) -> str:
    return str(show_percent(np.array([rate]))[0])


# ---------------------------------------------------------------- rhythm, events, records


def _touch(touch: Touch, words: _Words) -> str:
    how = words("in_brackets", text="/".join(touch.methods)) if touch.methods else ""
    who = words("and_then") + touch.who if touch.who else ""
    return words("touch", tier=touch.tier, name=touch.name, every=touch.interval.text(words.lang), more=how + who)


def _event(rule: EventRule, words: _Words) -> str:
    unit = "working" if rule.working else None
    when = words("before" if rule.before else "after", span=_span(rule.after or rule.before or "", words, unit))
    late = words("late", span=_span(rule.breach, words)) if rule.breach else ""
    return words("event", text=rule.text, when=when + late)


def _span(text: str, words: _Words, unit: str | None = None) -> str:
    every = Every.read(text)
    return words(f"span_{unit or ('days' if every.days else 'months')}", number=every.days or every.months)


def _records(policy: Policy, words: _Words) -> Iterator[tuple[str, str]]:
    records, fields = policy.records, table_spec("followups").fields
    for tier, one in policy.cadence.items():
        yield words("cadence", tier=tier, times=one.text()), one.source
    if (full := records.complete) is not None:
        names = [words("or").join(fields[name].header for name in word.split("/")) for word in full.fields]
        yield words("complete", names=words("comma").join(names)), full.source
    if (soon := records.within) is not None:
        yield words("same_day" if soon.limit == "same-day" else "within_24h"), soon.source
    if (most := records.most) is not None:
        yield words("most", tier=policy.tiers[-1], times=most.contacts), most.source
    if (weekly := records.stage_friday) is not None:
        yield words("friday"), weekly.source


# ---------------------------------------------------------------- the score


def _scores(policy: Policy, words: _Words) -> Iterator[tuple[str, str]]:
    """The criteria of 综合评分; their figures stand in no document, and one line says so."""
    if policy.score:
        total = sum(criterion.weight for criterion in policy.score)
        yield words("score"), "assumption"
        yield from ((_criterion(one, total, words), one.source) for one in policy.score)


def _criterion(criterion: Criterion, total: float, words: _Words) -> str:
    def worth(what: str, points: float) -> str:
        return words("points", what=what, points=f"{points:g}")

    steps = [worth(_step(criterion.kind, value, words), points) for value, points in criterion.scale]
    spoken = [worth(word.replace("|", "/"), points) for word, points in criterion.words.items()]
    scale = [words("in_between", steps=words("comma").join(steps))] if steps else []
    names = words("else").join(words.headers[name] for name in criterion.fields)
    return words("criterion", part=criterion.part, names=names, weight=f"{criterion.weight / total:.0%}", scale=words("then").join([*scale, *spoken]))


def _step(kind: str, value: float, words: _Words) -> str:
    if kind in ("amount", "rate"):
        return _money(value) if kind == "amount" else _percent(value)
    key = "step_term" if kind == "term" else "step_cycle" if kind == "cycle" else "step_to_come" if value >= 0 else "step_past"
    return words(key, number=f"{abs(value):g}")


# ---------------------------------------------------------------- moves


def _moves(policy: Policy, words: _Words) -> Iterator[tuple[str, str]]:
    moves, headers = policy.moves, words.headers
    if (one := moves.immediate) is not None:
        yield words("immediate", field=headers[one.field], over=_money(one.over), chain=headers["chain"], to=one.to), one.source
    if (stop := moves.stalled) is not None:
        yield words("stalled", tier=stop.source_tier, months=stop.months, entries=stop.entries, to=stop.to, days=stop.again_days), stop.source
    if (rest := moves.dormant) is not None:
        yield words("dormant", tier=policy.tiers[-1], months=rest.months, title=policy.band(rest.band).title), rest.source
    yield words("lost", months=moves.lost_months), "S002-96"
    yield words("opposite", days=moves.opposite_days, rejected=moves.rejected_days), "assumption"
    yield words("by_hand", days=moves.human_days), "assumption"
