"""The sections of a review, in the order in which people read them.

To add one, write a function ``(Outcome, Lang) -> Section`` and put it into ``SECTIONS``: every renderer shows it.
"""

from __future__ import annotations

from collections.abc import Callable

from crmsheet.model import Outcome
from crmsheet.review.background import background
from crmsheet.review.blocks import Section
from crmsheet.review.effort import effort
from crmsheet.review.grades import proposals, tiers
from crmsheet.review.handover import handover
from crmsheet.review.indicators import indicators
from crmsheet.review.neglect import neglected
from crmsheet.review.people import customers
from crmsheet.review.plan import plan
from crmsheet.review.problems import findings
from crmsheet.review.results import strategies
from crmsheet.review.summary import summary
from crmsheet.review.voices import voices
from crmsheet.texts import Lang

Builder = Callable[[Outcome, Lang], Section]

SECTIONS: tuple[Builder, ...] = (
    summary,
    plan,
    neglected,
    proposals,
    handover,
    tiers,
    customers,
    strategies,
    indicators,
    effort,
    voices,
    findings,
    background,
)


OF_OWNER: tuple[Builder, ...] = (plan, neglected, proposals, customers, strategies, findings)  # nothing of the team as a whole


def build(outcome: Outcome, lang: Lang, builders: tuple[Builder, ...] = SECTIONS) -> tuple[Section, ...]:
    """The sections of one outcome, those of extensions last; a section whose blocks are empty is left out."""
    sections = (section(outcome, lang) for section in builders)
    return tuple(section for section in (*sections, *outcome.added) if section.blocks)
