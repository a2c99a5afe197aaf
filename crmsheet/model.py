"""The values that the stages hand to each other; this module imports nothing of ours.

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

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import pandas as pd

Severity = Literal["error", "warning", "info"]
Kind = Literal["customers", "followups", "strategy", "classes", "people"]
Period = Literal["week", "month", "quarter"]


def letters(column: int) -> str:
    """Spell a 1-based column number as Excel does: 1 → A, 28 → AB."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


class CellRef(NamedTuple):
    """One cell of the team's workbook; row and column count from 1."""

    sheet: str
    row: int
    column: int

    @property
    def a1(self) -> str:
        """The address within its sheet, such as ``F2``."""
        return f"{letters(self.column)}{self.row}"

    def __str__(self) -> str:
        return f"{self.sheet}!{self.a1}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem: a code of the catalogue (findings.py), where it is, and what fills its sentence.

    ``value`` is the raw text of the cell as far as it may be shown (masked where private), None without one.
    ``params`` fill the message's braces in either language.  ``severity``: where it is not the catalogue's.
    """

    code: str
    where: CellRef | None
    value: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity | None = None


class Ratio(NamedTuple):
    """An indicator with what it was made of; ``value`` is None when the denominator is 0 (SPEC §8)."""

    numerator: int
    denominator: int

    @property
    def value(self) -> float | None:
        """numerator ÷ denominator."""
        return self.numerator / self.denominator if self.denominator else None


class Span(NamedTuple):
    """Days from ``first`` to ``last``, both included."""

    first: dt.date
    last: dt.date

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1


class Origin(NamedTuple):
    """Where an indicator comes from.  ``span``: the days it is over, None when it is how things stand at as-of.

    ``cells``: what the numerator counts, ``among``: what the denominator counts, both as ranges (``Sheet!A2:A40``),
    capped; ``why``: the reason why nothing can be told, by its key.
    """

    source: str
    span: Span | None = None
    cells: tuple[str, ...] = ()
    among: tuple[str, ...] = ()
    why: str | None = None


class Done(NamedTuple):
    """Contacts made in a period against those that the policy's rhythm plans for it."""

    contacts: int
    planned: float


class TierEffort(NamedTuple):
    """What a tier got and what it is worth: customers, contacts, money in 元 (0 where nobody knows)."""

    tier: str
    customers: int
    done: Done
    value: float


class OwnerEffort(NamedTuple):
    """What an owner's customers got, altogether, in the top tier and in the lowest; ``verdict``: see ``Insight``."""

    owner: str | None
    customers: int
    done: Done
    top: Done
    low: Done
    verdict: str


class OwnerLoad(NamedTuple):
    """Contacts a week: ``asked`` by the policy of an owner's customers, ``capacity`` of a week, ``done`` as the log shows.

    ``gives``: where more is asked than fits, whose contacts give way, tier by tier, lowest first: (tier, contacts a week).
    """

    owner: str | None
    customers: int
    asked: float
    capacity: float
    done: float
    gives: tuple[tuple[str, float], ...]

    @property
    def over(self) -> float:
        """How many contacts a week do not fit; 0 where all do."""
        return max(self.asked - self.capacity, 0.0)


class Matter(NamedTuple):
    """A matter that customers speak of: log entries (of losses: customers) now and in the period before.

    ``word``: None where no known matter was named; ``quote``: the latest words, private values masked.
    """

    word: str | None
    now: int
    before: int
    customers: int
    cells: tuple[str, ...]
    quote: str | None


class MethodAnswers(NamedTuple):
    """How many contacts by one method were answered (S003-45), now and in the period before."""

    method: str
    now: Ratio
    before: Ratio
    cells: tuple[str, ...]


class Compared(NamedTuple):
    """A period's figures against the period's before; None: the data cannot tell.

    ``begins``: the log's first day, where that lies after the first day of ``before``: so that less was counted then.
    """

    period: Period
    now: Span
    before: Span
    figures: tuple[tuple[str, int | Ratio | None, int | Ratio | None], ...]
    begins: dt.date | None


class KpiGroup(NamedTuple):
    """All strategies' KPIs of one metric: how many are met, mean target and actual value (None: of several units)."""

    metric: str
    met: Ratio
    target: float | None
    actual: float | None
    unit: str
    cells: tuple[str, ...]


class Flow(NamedTuple):
    """Customers (positions) that stood in one tier at the last run and stand in another now; None: no tier yet."""

    before: str | None
    after: str | None
    customers: tuple[int, ...]


@dataclass(frozen=True)
class Insight:
    """The team as a whole over ``span`` (SPEC §8), against ``before``.

    ``verdict``: balanced, too-few (contacts to judge), low (too much on the lowest tier), top (too little on the
    top tier), or both; ``spoke``: entries with feedback among all entries; ``rule``: how an answer is told
    (responded, feedback, None: nobody can tell); ``weekly``: contacts of each seven days, by their last day;
    ``flows``: who moved between tiers since the last run, by the ledger; customers that stayed are none.
    """

    span: Span
    before: Span
    origins: Mapping[str, Origin]
    tiers: tuple[TierEffort, ...]
    owners: tuple[OwnerEffort, ...]
    verdict: str
    objections: tuple[Matter, ...]
    spoke: Ratio
    losses: tuple[Matter, ...]
    lost: int
    methods: tuple[MethodAnswers, ...]
    rule: str | None
    compared: tuple[Compared, ...]
    kpis: tuple[KpiGroup, ...]
    weekly: tuple[tuple[dt.date, int], ...]
    flows: tuple[Flow, ...] = ()
    loads: tuple[OwnerLoad, ...] = ()


Role = Literal["lead", "senior", "assistant"]  # S000-24, -33, -38


class Handover(NamedTuple):
    """One customer (its position) that needs another owner; ``successor`` is proposed, None: nobody can be.

    ``why``: left, leaving (from ``since`` on), rise (into the top tier, under an assistant), or asked (for this once); ``how``: named (by the lead),
    role (most room of those with the ``role`` asked for), other (nobody has that role), nobody.  ``spare``: contacts a week
    that the successor's week still holds, ``asked``: those of this customer; ``strategy``: in force, masked.
    """

    customer: int
    owner: str
    why: Literal["left", "leaving", "rise", "asked"]
    since: dt.date | None
    successor: str | None
    how: str
    role: Role
    spare: float
    asked: float
    strategy: str | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """One table on one sheet, as recognised: where its header and data stand, which column is which field."""

    kind: Kind
    sheet: str
    header_rows: tuple[int, ...]
    first_row: int | None
    last_row: int | None
    fields: Mapping[str, tuple[int, ...]]  # field -> its columns (several for phones side by side)
    headers: Mapping[int, str]  # column -> header text as it stands in the file
    units: Mapping[str, str]  # field -> unit in its header's brackets
    unknown: tuple[int, ...]  # columns that fit no field
    owned: Mapping[str, int]  # owned column -> where it stands already
    right_edge: int  # last column of the table
    excel_table: str | None = None

    @property
    def outside(self) -> bool:
        """Whether it stands in another file or in a database: no sheet of the team's own begins with a bracket."""
        return self.sheet.startswith("[")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a write did to the file: the ``write`` part of the result document (SPEC §10)."""

    path: str
    cells_changed: int
    parts_changed: tuple[str, ...]
    backup: str | None
    sha256_before: str
    sha256_after: str
    notices: tuple[str, ...] = ()  # for people, of a file that was written all the same


@dataclass(frozen=True, slots=True)
class Kpi:
    """One 关键监测指标: ``复购率≥80%/85%`` is (复购率, ≥, 80, 85, %); S004-46, S004-52."""

    metric: str
    op: str | None
    target: float | None
    actual: float | None
    unit: str
    met: bool | None
    attainment: float | None


class ScoreTerm(NamedTuple):
    """What one criterion adds to one customer's 综合评分: ``points`` of ``weight``, None where the input is unknown."""

    name: str
    part: str  # the document's dimension: 客户价值
    field: str
    header: str
    cell: str | None  # None: the customer's table has no such column
    text: str  # the fact in words: 历史合作金额120万
    points: float | None
    weight: float
    source: str


class Talk(NamedTuple):
    """One contact: ``methods`` joined by +, ``words`` short; private values masked in both, the entry's cell."""

    day: dt.date
    methods: str
    words: str
    cell: str | None


class TierChange(NamedTuple):
    """One row of the ledger: ``kind`` as in ``customers.move``, a decision as it is written (同意), ``state`` as written."""

    day: dt.date
    before: str | None
    after: str | None
    kind: str | None
    state: str | None
    evidence: str | None


class Past(NamedTuple):
    """What happened with a customer, latest first; ``contacts``: how many there were in all."""

    talks: tuple[Talk, ...]
    contacts: int
    changes: tuple[TierChange, ...]


def no_past(positions: Sequence[int]) -> list[Past]:
    """Of customers of whom nothing is recorded."""
    return [Past((), 0, ())] * len(positions)


def no_terms(positions: Sequence[int]) -> list[list[ScoreTerm]]:
    """The terms of scores without criteria."""
    return [[] for _ in positions]


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What is proposed for a strategy whose KPIs are missed (SPEC §7).

    ``state``: ``waiting`` for 同意 in 审核 or a person's own 调整后策略 and 调整时间, or ``running``: that was done, and the
    cycle is not over; ``due``: when it is looked at next; ``helped``: whether the last adjustment did, None when nobody knows.
    """

    state: Literal["waiting", "running"]
    missed: tuple[str, ...]
    reason: str
    reasons: tuple[tuple[str, int], ...]  # word, how often the log says so
    cells: tuple[str, ...]
    strategy: str
    due: dt.date
    helped: bool | None
    id: str | None = None  # by which a decision made in the review names it; None where nothing is remembered


class Verdict(NamedTuple):
    """What became of one decision made in an Excel review.

    ``state``: ``applied``; ``done`` (an earlier run had applied it already); ``left`` out, ``why`` by the key of its sentence.
    ``customer``: as the name may be shown, None where the id says nothing.
    """

    id: str
    answer: str  # agree, refuse, or other for another word
    word: str  # as it was typed, private values masked
    state: Literal["applied", "done", "left"]
    where: str
    customer: str | None = None
    why: str | None = None
    remark: str | None = None
    approver: str | None = None


@dataclass(frozen=True, slots=True)
class Strategy:
    """One row of the strategy table with the rating that its KPIs earn (SPEC §7)."""

    sheet: str
    row: int
    customer: str
    segment: str | None
    owner: str | None
    current: str | None
    kpis: tuple[Kpi, ...]
    rating: str | None
    rating_in_sheet: str | None
    kpi_cell: str
    proposal: Adjustment | None = None
    key: str = ""  # by which 运行记录 knows the row

    @property
    def missed(self) -> tuple[str, ...]:
        """Metrics whose target is not met."""
        return tuple(kpi.metric for kpi in self.kpis if kpi.met is False)


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

    def told_of(self, at: Sequence[int]) -> dict[str, Any]:
        """What is made by position, for an outcome that holds only the customers at ``at``, in that order."""
        return {
            "score_terms": lambda positions: self.score_terms([at[i] for i in positions]),
            "pasts": lambda positions: self.pasts([at[i] for i in positions]),
        }
