"""All figures of one run."""

from __future__ import annotations

from collections.abc import Mapping

from crmsheet.insight.answers import by_method, method_rule
from crmsheet.insight.compare import compare, weekly
from crmsheet.insight.effort import by_owner, by_tier, verdict
from crmsheet.insight.facts import Facts
from crmsheet.insight.figures import FIGURES, Figure, Measured
from crmsheet.insight.flows import flows
from crmsheet.insight.kpis import kpi_groups
from crmsheet.insight.matters import losses, lost_customers, objections, spoke
from crmsheet.insight.spans import span_before, span_to
from crmsheet.insight.workload import workload
from crmsheet.model import Done, Insight, Origin, Ratio, Span


def look(facts: Facts) -> tuple[Mapping[str, Ratio], Insight]:
    """The indicators, and what the review says of the team as a whole."""
    span = span_to(facts.as_of, facts.period)
    before = span_before(span, facts.period)
    measured = {name: figure.measure(facts, span) for name, figure in FIGURES.items()}
    tiers = by_tier(facts, span)
    whole = Done(sum(one.done.contacts for one in tiers), sum(one.done.planned for one in tiers))
    graded = {one.tier: one.done for one in tiers}
    top, low = facts.policy.tiers[0], facts.policy.tiers[-1]
    insight = Insight(
        span=span, before=before, origins={name: _origin(FIGURES[name], one, span) for name, one in measured.items()},
        tiers=tiers, owners=by_owner(facts, span), verdict=verdict(whole, graded[top], graded[low]),
        objections=objections(facts, span, before), spoke=spoke(facts, span), losses=losses(facts), lost=len(lost_customers(facts)),
        methods=by_method(facts, span, before), rule=method_rule(facts), compared=compare(facts),
        kpis=kpi_groups(facts.strategies), weekly=weekly(facts), flows=flows(facts), loads=workload(facts),
    )  # fmt: skip
    return {name: one.ratio for name, one in measured.items()}, insight


def _origin(figure: Figure, found: Measured, span: Span) -> Origin:
    return Origin(figure.source, (found.span or span) if figure.over_span else None, found.cells, found.among, found.why)
