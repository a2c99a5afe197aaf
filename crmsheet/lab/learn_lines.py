"""What was learned as lines for the terminal, and as the document of ``--json``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crmsheet.lab.informed import FDR, FEW_EVENTS, FEW_TRIALS, Told
from crmsheet.lab.inputs import Known
from crmsheet.lab.learn import Learned
from crmsheet.lab.weights import Interval, Ranked
from crmsheet.policy.criteria import Criterion
from crmsheet.policy.schema import Policy
from crmsheet.tables.spec import table_spec
from crmsheet.texts import Lang, say

SCHEMA = "crmsheet.learning/1"


def learn_lines(found: Learned, policy: Policy, workbook: str, lang: Lang) -> Iterator[str]:
    """What each outcome says of each criterion, the proposed weights, and how much better they rank."""

    def told(key: str, **params: object) -> str:
        return say("lab", f"learn_{key}", lang, **params)

    yield told("head", path=workbook, first=found.begin, last=found.as_of, policy=policy.name)
    for why in ("absent", "afterwards"):
        if names := [_called(one) for one in policy.score if _why(found, one) == why]:
            yield told(why, names=("、" if lang == "zh" else ", ").join(names))
    for name, tests in found.told.items():
        trials = found.trials[name]
        yield told(f"of_{name}", trials=len(trials.event), events=int(trials.event.sum()))
        able = [one for one in policy.score if _why(found, one) is None]
        yield from (_criterion_line(one, tests[one.name], found.inputs[name][one.name], lang) for one in able if tests[one.name].p is not None)
        if few := [told("few_one", name=_called(one), trials=tests[one.name].trials, events=tests[one.name].events) for one in able if tests[one.name].p is None]:
            yield told("few", names=("、" if lang == "zh" else ", ").join(few), least=FEW_TRIALS, fewest=FEW_EVENTS)
    yield told("level", count=found.tested, rate=f"{FDR:.0%}") if found.tested else told("too_few", trials=FEW_TRIALS, events=FEW_EVENTS)
    if found.weights is None or found.ranked is None:
        yield told("nothing")
        return
    yield told("weights")
    for one in policy.score:
        weight = found.weights[one.name]
        if weight.proposed != weight.now:
            unsure = told("between", low=f"{weight.low:.0f}", high=f"{weight.high:.0f}") if weight.high - weight.low >= 1 else ""
            yield told("weight", name=_called(one), now=f"{weight.now:g}", to=weight.proposed, between=unsure)
    yield from _ranked_lines(found.ranked, found.rebuilt, lang)


def _why(found: Learned, criterion: Criterion) -> str | None:
    """Why a criterion could be tested against no outcome at all."""
    known = [own[criterion.name] for own in found.inputs.values()]
    return None if any(one.recorded for one in known) else known[0].why


def _called(criterion: Criterion) -> str:
    fields = table_spec("customers").fields
    return "/".join(fields[name].header if name in fields else name for name in criterion.fields)


def _criterion_line(criterion: Criterion, told: Told, known: Known, lang: Lang) -> str:
    """Of a criterion that could be tested."""
    source = say("lab", "learn_today", lang, recorded=known.recorded, today=told.trials - known.recorded)
    key = "sure" if told.sure else "unsure"
    levels = " → ".join(
        say("lab", "learn_level_of", lang, points=f"{one.low:g}" if one.low == one.high else f"{one.low:g}–{one.high:g}", rate=f"{one.rate:.1%}", trials=one.trials, events=one.events)
        for one in told.levels
    )  # fmt: skip
    return say("lab", f"learn_{key}", lang, name=_called(criterion), p=f"{told.p:.4f}", levels=levels, trials=told.trials, events=told.events, source=source)


def _ranked_lines(ranked: Ranked, rebuilt: int, lang: Lang) -> Iterator[str]:
    yield say("lab", "learn_ranked", lang, tiers=f"{ranked.tiers:.0%}", score=f"{ranked.score:.0%}", proposed=f"{ranked.proposed:.0%}")
    for key, gain in (("tiers", ranked.over_tiers), ("score", ranked.over_score)):
        sure = gain.low > 0 or gain.high < 0
        against = say("lab", f"learn_over_{key}", lang)
        yield say("lab", "learn_gain" if sure else "learn_no_gain", lang, against=against, gain=f"{100 * gain.value:+.0f}",
                  low=f"{100 * gain.low:+.0f}", high=f"{100 * gain.high:+.0f}")  # fmt: skip
    if rebuilt:
        yield say("lab", "learn_rebuilt", lang, count=rebuilt)


def learn_document(found: Learned, policy: Policy, workbook: str, proposal: str | None) -> dict[str, Any]:
    """``proposal``: the policy file's text, None where there is nothing to propose."""
    return {
        "schema": SCHEMA, "workbook": workbook, "policy": {"name": policy.name, "version": policy.version},
        "from": found.begin.isoformat(), "to": found.as_of.isoformat(), "false_discovery_rate": FDR, "tests": found.tested,
        "outcomes": {name: {"numerator": int(found.trials[name].event.sum()), "denominator": len(found.trials[name].event),
                            "criteria": {one: _told_json(test, found.inputs[name][one]) for one, test in tests.items()}}
                     for name, tests in found.told.items()},
        "weights": found.weights and {name: one._asdict() for name, one in found.weights.items()},
        "ranked": found.ranked and {"tiers": found.ranked.tiers, "score": found.ranked.score, "proposed": found.ranked.proposed,
                                    "over_tiers": _gain_json(found.ranked.over_tiers), "over_score": _gain_json(found.ranked.over_score),
                                    "tiers_rebuilt": found.rebuilt},
        "proposal": proposal,
    }  # fmt: skip


def _told_json(told: Told, known: Known) -> dict[str, Any]:
    verdict = "informative" if told.sure else "unclear" if told.p is not None else known.why if known.why and not known.recorded else "few"
    return {"verdict": verdict, "p": told.p, "numerator": told.events, "denominator": told.trials, "recorded": known.recorded,
            "levels": [one._asdict() for one in told.levels]}  # fmt: skip


def _gain_json(gain: Interval) -> dict[str, float]:
    return dict(gain._asdict())
