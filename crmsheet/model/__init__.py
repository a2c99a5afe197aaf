"""The values that the stages hand to each other; this package imports nothing of ours.

The map, in the order of a run::

    workbook file ─ tables ─▶ Table (a frame that knows its cells)
                  ─ checks ─▶ Finding
                  ─ judge  ─▶ Outcome.customers   one row a customer: bands, tier, move, reasons
                  ─ plan   ─▶ Outcome.tasks       one row a dated thing to do
                  ─ edits  ─▶ cells written       (workbook/)
                  ─ review ─▶ Block               what HTML, Excel and JSON show

At a million rows nothing is an object a row: customers and tasks are frames up to the renderers.
Dates in frames are ``datetime64[s]`` at midnight, blanks are ``NaT``/``NaN``/``None``; money is in 元.
"""

from __future__ import annotations

from crmsheet.model.customers import Handover, Past, Role, ScoreTerm, Talk, TierChange, no_past, no_terms
from crmsheet.model.insight import (
    Compared,
    Done,
    Flow,
    Insight,
    KpiGroup,
    Matter,
    MethodAnswers,
    Origin,
    OwnerEffort,
    OwnerLoad,
    Period,
    Ratio,
    Span,
    TierEffort,
)
from crmsheet.model.outcome import Outcome, RunRecord
from crmsheet.model.strategies import Adjustment, Kpi, Strategy, Verdict
from crmsheet.model.workbook import CellRef, Finding, Kind, Receipt, Region, Severity, letters

__all__ = [
    "Adjustment",
    "CellRef",
    "Compared",
    "Done",
    "Finding",
    "Flow",
    "Handover",
    "Insight",
    "Kind",
    "Kpi",
    "KpiGroup",
    "Matter",
    "MethodAnswers",
    "Origin",
    "Outcome",
    "OwnerEffort",
    "OwnerLoad",
    "Past",
    "Period",
    "Ratio",
    "Receipt",
    "Region",
    "Role",
    "RunRecord",
    "ScoreTerm",
    "Severity",
    "Span",
    "Strategy",
    "Talk",
    "TierChange",
    "TierEffort",
    "Verdict",
    "letters",
    "no_past",
    "no_terms",
]
