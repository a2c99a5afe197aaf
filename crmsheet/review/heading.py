"""What stands above every review: its title, the workbook, the day, the policy."""

from __future__ import annotations

import re
from typing import NamedTuple

from crmsheet.model import Outcome
from crmsheet.review.periods import period_end
from crmsheet.review.words import Say
from crmsheet.texts import Lang


class Heading(NamedTuple):
    """The title and the facts below it, each as (name, value)."""

    title: str
    facts: tuple[tuple[str, str], ...]


def file_name(path: str) -> str:
    """The last part of a path, whichever system wrote it."""
    return re.split(r"[/\\]", path)[-1]


def heading(outcome: Outcome, lang: Lang) -> Heading:
    """The heading of one review."""
    say = Say(lang)
    end = period_end(outcome.as_of, outcome.period)
    policy = f"{outcome.policy_name} {outcome.policy_version}"
    reason = say("in_brackets", text=outcome.policy_reason) if outcome.policy_reason else ""
    return Heading(
        say(f"title_{outcome.period}"),
        (
            *([(say("owner"), outcome.owner)] if outcome.owner is not None else []),
            (say("workbook"), file_name(outcome.workbook)),
            (say("as_of"), outcome.as_of.isoformat()),
            (say("period"), f"{outcome.as_of.isoformat()} – {end.isoformat()}"),
            (say("policy"), policy + reason),
        ),
    )
