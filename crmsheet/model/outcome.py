"""All that a run found out about one workbook."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from crmsheet.model.customers import Handover, Past, ScoreTerm, no_past, no_terms
from crmsheet.model.insight import Insight, Period, Ratio
from crmsheet.model.strategies import Strategy, Verdict
from crmsheet.model.workbook import Finding, Receipt, Region


@dataclass(frozen=True)
class RunRecord:
    """What one run found, as later runs compare with it: a row of 运行记录.  ``written``: values by place."""

    as_of: dt.date
    policy: str
    customers: int
    tiers: Mapping[str, int]
    moves: Mapping[str, int]
    waiting: int
    tasks: int
    overdue: int
    indicators: Mapping[str, Ratio]
    written: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)  # equal to itself only: so that what is derived from it can be kept
class Outcome:
    """All that a run found out about one workbook; what the renderers and the result document are made of.

    ``customers``: one row each, ``RangeIndex``; columns
        sheet, row, id, name, name_shown (masked when the customer is a person), owner, industry, region,
        contact_shown, stage, proposed_stage, pool (active|dormant|lost),
        tier (what the policy says), tier_in_sheet (raw text or None), tier_known (the sheet's tier in the
        policy's spelling, or None), tier_effective (the sheet's tier after this run, else tier: what touches follow),
        tier_to_write (what the tier cell gets, None: it stays), review (审核 as written), snapshot (等级快照),
        proposal_id (the ledger's id of the proposal that waits, or of the move made at once that wants a second look),
        tier_cell (``Sheet!G2`` or None), held (kept down by a stall), proposed_tier, move, evidence (等级依据 as written),
        ``band.<name>`` 高/中/低/未知, ``reason.<name>`` text, ``reason_cells.<name>`` cells joined by ``,``,
        ``reason_source.<name>`` (``reason.move``: what a signal, a stall or sleep put in their place), last_followup, last_summary (what was said then, private values masked),
        status (overdue|today|tomorrow|ok|paused|dormant|lost or None), overdue_days (int),
        task (position of the next action in ``tasks``, -1 without one), issues (数据问题 as written),
        rank (1 = first in line: tier, then status, then overdue days), to_next (距上一级 as written).
    ``tasks``: one row each, sorted by customer, then due; columns
        customer (position in ``customers``), kind (commitment|event|touch|data), due, text, method, owner,
        cells (joined by ``,``; one may be a range, where an absence was found), source,
        status (overdue|today|tomorrow|ok), overdue_days (int), name (of the touch or event: with the customer and the
        kind it tells one task from all others over the runs), slack (days by which it may come early, int).
    ``changes``: 距上一级, one row each, sorted by customer; all of a customer's rows together make its tier a better one:
        customer (position), field, cell (None without such a column), op (``≥``|``≤``|``=``), to (money in 元, a rate as
        a fraction, a date as ISO text, a word), by (how far from now: 元, a rate, days; None for words and blanks), text.
    """

    workbook: str
    as_of: dt.date
    period: Period
    policy_name: str
    policy_version: str
    policy_reason: str  # why this policy was chosen, for people
    policy_rules: tuple[tuple[str, str, str], ...]  # (part, rule in words, source)
    tiers: tuple[str, ...]  # best first
    bands: tuple[str, ...]
    regions: tuple[Region, ...]
    customers: pd.DataFrame
    tasks: pd.DataFrame
    strategies: tuple[Strategy, ...]
    findings: tuple[Finding, ...]
    indicators: Mapping[str, Ratio]
    log_entries: int
    calendar_note: str | None
    changes: pd.DataFrame = field(default_factory=pd.DataFrame)
    last_run: RunRecord | None = None  # of an earlier as-of
    last_month: RunRecord | None = None  # at least four weeks ago
    history: tuple[RunRecord, ...] = ()  # the last run of each earlier as-of, oldest first
    insight: Insight | None = None
    receipt: Receipt | None = None
    not_written: str | None = None  # why the workbook was not written, for people
    decisions: tuple[Verdict, ...] | None = None  # of the Excel reviews that the run was given; None: of none
    owner: str | None = None  # whose customers these are, of one owner's part
    handovers: tuple[Handover, ...] = ()  # customers that need another owner
    score_terms: Callable[[Sequence[int]], list[list[ScoreTerm]]] = no_terms  # of customers by position, made when asked
    pasts: Callable[[Sequence[int]], list[Past]] = no_past  # likewise
    masked: Callable[[str], str] = str  # a text with private values masked, contacts' names too: for what extensions write
    added: tuple[Any, ...] = ()  # sections of extensions (review.blocks.Section), made before the review: one that fails is a finding

    def stretch(self, at: range) -> Outcome:
        """The outcome with only some customers that follow each other; tasks and changes name them by their place among these."""
        (first, tasks), (_, changes) = (_rows_of(frame, at) for frame in (self.tasks, self.changes))
        customers = self.customers.iloc[at.start : at.stop].reset_index(drop=True)
        task = customers["task"].to_numpy(dtype=np.int64)
        customers = customers.assign(task=np.where(task < 0, -1, task - first))
        return replace(self, customers=customers, tasks=tasks, changes=changes, **self.told_of(at))

    def told_of(self, at: Sequence[int]) -> dict[str, Any]:
        """What is made by position, for an outcome that holds only the customers at ``at``, in that order."""
        return {
            "score_terms": lambda positions: self.score_terms([at[i] for i in positions]),
            "pasts": lambda positions: self.pasts([at[i] for i in positions]),
        }


def _rows_of(frame: pd.DataFrame, at: range) -> tuple[int, pd.DataFrame]:
    """(position of the first of these customers' rows, the rows) of a frame that is sorted by customer."""
    if frame.empty:
        return 0, frame
    customer = frame["customer"].to_numpy(dtype=np.int64)
    low, high = np.searchsorted(customer, [at.start, at.stop]).tolist()
    return low, frame.iloc[low:high].assign(customer=customer[low:high] - at.start).reset_index(drop=True)
