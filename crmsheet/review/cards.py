"""The figures of the first screen: each with its change since the last run, its history, and what it is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import numpy as np

from crmsheet.model import Outcome, Ratio, RunRecord
from crmsheet.review.blocks import NO_COURSE, Course, Link, Metric, Tone
from crmsheet.review.frames import due_in_period, range_link, texts, tier_order, values
from crmsheet.review.grades import waiting
from crmsheet.review.indicators import RUNS_SHOWN, named
from crmsheet.review.neglect import neglected_customers
from crmsheet.review.problems import severity_counts
from crmsheet.review.words import Say, change, figure


def cards(outcome: Outcome, say: Say) -> tuple[Metric, ...]:
    """All six, in the order in which a manager asks for them."""
    return (*_urgent(outcome, say), *_whole(outcome, say))


def _urgent(outcome: Outcome, say: Say) -> tuple[Metric, ...]:
    """What is late, who is neglected, what waits: less is better."""
    late = outcome.tasks["status"].eq("overdue").to_numpy(dtype=bool)
    left, silent = waiting(outcome), len(neglected_customers(outcome))
    moves = Counter(say.word("move", move) for move in values(outcome.customers.iloc[left], "move"))
    counts = say("list_separator").join(f"{word} {count:,}" for word, count in moves.most_common() if word)
    return (
        Metric(say("overdue_tasks"), f"{late.sum():,}", _tasks_by_tier(outcome, late, say), "bad" if late.any() else "good",
               course=_against("overdue_tasks", outcome, say, int(late.sum()), lambda run: run.overdue),
               made_of=_made_of("overdue_rate", outcome, say), see="plan"),
        Metric(say("silent"), f"{silent:,}", "", "bad" if silent else "good",
               course=_against("silent", outcome, say, silent, lambda run: _counted(run, "silent_rate")),
               made_of=_made_of("silent_rate", outcome, say), see="neglected"),
        Metric(say("to_approve"), f"{len(left):,}", "", "warn" if left else "good",
               course=_against("to_approve", outcome, say, len(left), lambda run: run.waiting),
               made_of=(say("waiting_of", waiting=f"{len(left):,}", customers=f"{len(outcome.customers):,}"), *filter(None, [counts])), see="proposals"),
    )  # fmt: skip


def _whole(outcome: Outcome, say: Say) -> tuple[Metric, ...]:
    """What there is to do, for how many customers, on what data."""
    due, health = due_in_period(outcome), severity_counts(outcome)
    tiers, found = _tiers(outcome), f"{sum(health.values()):,}"
    steps = outcome.tasks["status"].to_numpy(dtype=object)[due]
    status = say("list_separator").join(f"{say.word('status', name)} {count:,}" for name, count in Counter(steps.tolist()).items())
    return (
        Metric(say(f"due_{outcome.period}"), f"{due.sum():,}", _tasks_by_tier(outcome, due, say),
               made_of=(say("due_of", due=f"{due.sum():,}", all=f"{len(due):,}"), *filter(None, [status])), see="plan"),
        Metric(say("customers"), f"{len(tiers):,}", _by_tier(Counter(tiers), outcome, say),
               course=_against("customers", outcome, say, len(tiers), lambda run: run.customers, less_is_better=None),
               made_of=_made_of("churn_rate", outcome, say), see="tiers"),
        Metric(say("data_findings"), found, " · ".join(f"{say.word('severity', name)} {count:,}" for name, count in health.items()),
               "bad" if health["error"] else "plain", course=_sound(outcome, say), made_of=_made_of("sound_rate", outcome, say), see="findings"),
    )  # fmt: skip


def _against(
    name: str, outcome: Outcome, say: Say, now: int, then: Callable[[RunRecord], int | None], *, less_is_better: bool | None = True
) -> Course:
    """A count against the last run's, and its history; nothing where no run recorded it."""
    last = then(outcome.last_run) if outcome.last_run else None
    told = _since(change(now, last, say), say) if last is not None else ""
    return Course(told, _tone(now, last, less_is_better=less_is_better), _history(outcome, then, now), say(name))


def _sound(outcome: Outcome, say: Say) -> Course:
    """资料完好率 beside the number of findings: a rate can be held against another week's, a count of kinds cannot."""
    now, last = outcome.indicators.get("sound_rate"), _rate(outcome.last_run, "sound_rate")
    if now is None or now.value is None:
        return NO_COURSE
    by = change(now, last, say)
    moved = say("in_brackets", text=say("unchanged_short") if by == "0" else by) if last is not None and last.value is not None else ""
    values = _history(outcome, lambda run: value.value if (value := _rate(run, "sound_rate")) else None, now.value)
    told = f"{named('sound_rate', outcome, say)} {figure(now)}{moved}"
    return Course(told, _tone(now.value, last.value if last else None, less_is_better=False), values, named("sound_rate", outcome, say))


def _history(outcome: Outcome, then: Callable[[RunRecord], float | None], now: float) -> tuple[float | None, ...]:
    return (*(then(run) for run in outcome.history[1 - RUNS_SHOWN :]), now)


def _since(text: str, say: Say) -> str:
    return say("unchanged") if text == "0" else say("against_last", change=text)


def _tone(now: float, then: float | None, *, less_is_better: bool | None) -> Tone:
    if then is None or now == then or less_is_better is None:
        return "plain"
    return "good" if (now < then) == less_is_better else "bad"


def _rate(run: RunRecord | None, name: str) -> Ratio | None:
    return run.indicators.get(name) if run else None


def _counted(run: RunRecord, name: str) -> int | None:
    """The numerator that a run recorded; None where it could not tell."""
    ratio = run.indicators.get(name)
    return ratio.numerator if ratio is not None and ratio.denominator else None


def _made_of(name: str, outcome: Outcome, say: Say) -> tuple[str | Link, ...]:
    """An indicator's numerator, denominator and cells."""
    ratio = outcome.indicators.get(name)
    if ratio is None:
        return ()
    origin = outcome.insight.origins.get(name) if outcome.insight else None
    told = say("ratio_of", name=named(name, outcome, say), numerator=f"{ratio.numerator:,}", denominator=f"{ratio.denominator:,}", value=figure(ratio))
    link = range_link(origin.cells) if origin else None
    return (told, link) if link else (told,)


def _tiers(outcome: Outcome) -> list[str]:
    known = tier_order(outcome)
    last = list(known)[-1]
    return [tier if tier in known else last for tier in texts(outcome.customers, "tier_effective")]


def _tasks_by_tier(outcome: Outcome, wanted: np.ndarray, say: Say) -> str:
    tiers = np.array(_tiers(outcome), dtype=object)[outcome.tasks["customer"].to_numpy(dtype=np.int64)]
    return _by_tier(Counter(tiers[wanted].tolist()), outcome, say)


def _by_tier(counts: Mapping[str, int], outcome: Outcome, say: Say) -> str:
    return " · ".join(f"{say.word('tier', tier)} {counts[tier]:,}" for tier in tier_order(outcome) if counts.get(tier))
