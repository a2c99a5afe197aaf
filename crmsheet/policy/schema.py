"""What a policy file may say (SPEC §4).  Every rule carries the demand it serves, or ``assumption``."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from crmsheet.policy.criteria import Criterion
from crmsheet.policy.parts import Part, Source, Word
from crmsheet.policy.records import Care, Monthly, Records

UNGRADED = "未分级"
UNKNOWN = "未知"
DORMANT = "休眠"  # no tier: the pool of customers nobody talks to, with touches of its own
Band = Literal["高", "中", "低", "未知"]


class Step(Part):
    """One step of a scale, tried in order: at least ``min``, at most ``max``; neither: everything else."""

    band: Band
    min: float | None = None
    max: float | None = None


class TakenStep(Step):
    """A step whose bound stands in a cell of the workbook; no policy file can say so."""

    cell: str


class Fact(Part):
    """One fact about a row's words: any of some fields says a word, or all of some fields are blank."""

    any_of: tuple[str, ...] = ()
    says: str | None = Field(default=None, alias="is")
    blank: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if bool(self.any_of) == bool(self.blank) or bool(self.any_of) != (self.says is not None):
            raise ValueError("give either any_of with is, or blank")
        return self


class BandRule(Part):
    """One rule of a band, tried in order: all its facts hold (none: everything else)."""

    band: Band
    all: tuple[Fact, ...] = ()


class BandSpec(Part):
    """One band of a customer: how 高/中/低/未知 comes from some fields."""

    name: Word
    title: Word
    kind: Literal["amount", "days", "rules", "words", "known", "rate_or_word", "over"]
    fields: tuple[str, ...] = Field(min_length=1)
    source: Source
    steps: tuple[Step, ...] = ()
    past: Step | None = None
    rules: tuple[BandRule, ...] = ()
    words: dict[str, Band] = Field(default_factory=dict)
    min: float | None = None
    limits: dict[str, float] = Field(default_factory=dict)
    zero_is_blank_unless: str | None = None

    @model_validator(mode="after")
    def _has_its_parts(self) -> Self:
        needs = {"amount": "steps", "days": "steps", "rules": "rules", "words": "words",
                 "rate_or_word": "min", "over": "limits"}
        part = needs.get(self.kind)
        if part and not getattr(self, part):
            raise ValueError(f"a band of kind “{self.kind}” needs “{part}”")
        return self


class TierRule(Part):
    """One tier rule, tried in order: every named band has one of its values, and a field is there."""

    tier: str
    when: dict[str, tuple[Band, ...]] = Field(default_factory=dict)
    present: tuple[str, ...] = ()
    incomplete: bool = False
    source: Source


class Every(Part):
    """An interval: calendar days, or calendar months."""

    days: int = 0
    months: int = 0

    @classmethod
    def read(cls, text: str) -> Every:
        """``7d`` or ``3m``.  Raises ValueError for anything else."""
        match = re.fullmatch(r"([1-9]\d{0,2})([dm])", text)
        if not match:
            raise ValueError("write an interval as days (7d) or months (3m)")
        number = int(match[1])
        return cls(days=number) if match[2] == "d" else cls(months=number)

    @property
    def slack(self) -> int:
        """Days by which a touch may come early: a quarter of its interval, a month counted as 30 days (assumption)."""
        return (self.days or self.months * 30) // 4

    def text(self, lang: str) -> str:
        """How often, for people: 每7天, 每月, 每3个月 / every 7 days, every month."""
        number = self.days or self.months
        if lang == "zh":
            return f"每{number}天" if self.days else "每月" if number == 1 else f"每{number}个月"
        unit = "day" if self.days else "month"
        return f"every {unit}" if number == 1 else f"every {number} {unit}s"


def _interval(text: str) -> str:
    Every.read(text)
    return text


class Touch(Part):
    """One planned kind of contact for a tier: how often, by which methods, by whom, about what."""

    tier: str
    name: Word
    every: Annotated[str, AfterValidator(_interval)]
    methods: tuple[Literal["电话", "拜访", "邮件", "线上", "会议"], ...] = ()
    topic: tuple[str, ...] = ()
    senior: bool = False
    who: str | None = None
    content: str
    source: Source

    @property
    def interval(self) -> Every:
        """``every`` as an interval."""
        return Every.read(self.every)


class TakenTouch(Touch):
    """A touch whose content and rhythm stand in a cell of the workbook; no policy file can say so."""

    cell: str


EventName = Literal[
    "second_followup", "proposal", "renewal", "revisit", "survey", "new_plan", "new_need", "required_data",
]  # fmt: skip


class EventRule(Part):
    """One event (SPEC §4): how long after (or ``before``) its base it is due, and what is to be done.

    ``working``: the days are working days; ``breach``: later than this is said in the task's words; ``keep``: it is
    not dropped 90 days after its due date.
    """

    after: Annotated[str, AfterValidator(_interval)] | None = None
    before: Annotated[str, AfterValidator(_interval)] | None = None
    breach: Annotated[str, AfterValidator(_interval)] | None = None
    working: bool = False
    keep: bool = False
    text: Word
    source: Source

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if (self.after is None) == (self.before is None):
            raise ValueError("give either after or before")
        return self

    @property
    def interval(self) -> Every:
        """From the base to the due date; negative for ``before``."""
        if self.after is not None:
            return Every.read(self.after)
        every = Every.read(self.before or "")
        return Every(days=-every.days, months=-every.months)


class Stalled(Part):
    """Contact without progress: from the top tier one down (S000-51)."""

    source_tier: str = Field(alias="from")
    to: str
    months: int = Field(ge=1)  # in the tier, and of the log
    entries: int = Field(ge=1)
    again_days: int = Field(ge=0)  # no way up by recalculation for so long, unless there is progress
    source: Source


class Immediate(Part):
    """A signal that lifts a customer at once (S000-52): an amount over a bound, and a clear decision chain."""

    to: str
    field: str
    over: float
    source: Source


class Dormant(Part):
    """Silence in the lowest tier (S000-54); ``band`` says whether there is any potential left."""

    months: int = Field(ge=1)
    band: str
    source: Source


class Moves(Part):
    """When customers move, and how long the rules wait for people."""

    stalled: Stalled | None = None
    immediate: Immediate | None = None
    dormant: Dormant | None = None
    lost_months: int = Field(default=3, ge=1)  # S002-96
    opposite_days: int = Field(default=30, ge=0)  # the opposite recalculated move waits so long
    rejected_days: int = Field(default=90, ge=0)
    human_days: int = Field(default=90, ge=0)


class Gap(Part):
    """A corner that the documents leave empty: such customers also get another tier's touches."""

    tiers: tuple[str, ...]
    when: dict[str, tuple[Band, ...]]
    touches_of: str
    source: Source


class Example(Part):
    """A customer made up by the policy's author, and the tier that it is to get: ``crmsheet policy check`` tries it.

    ``inputs``: field → what would stand in its cell (``amount = "120万"``); of a date, days from as-of (``decision_date = 20``).
    """

    name: Word
    inputs: dict[str, str | int | float | bool]
    tier: str


class Policy(Part):
    """A whole policy: bands from fields, tiers from bands, touches for tiers."""

    name: Word
    version: Word
    title: str
    title_en: str
    approval: Literal["required", "auto"]
    approval_source: Source
    tiers: tuple[str, ...] = Field(min_length=2)
    tier_suffix: str = ""  # what the documents put behind a tier's letter: A类, S级
    strategy_table: bool = False  # a new workbook gets 策略调整表
    requires_any: tuple[str, ...] = Field(min_length=1)
    bands: tuple[BandSpec, ...] = Field(min_length=1)
    rules: tuple[TierRule, ...] = Field(min_length=2)
    gap: Gap | None = None
    touches: tuple[Touch, ...]
    events: dict[EventName, EventRule] = Field(default_factory=dict)
    moves: Moves = Moves()
    cadence: dict[str, Monthly] = Field(default_factory=dict)
    records: Records = Records()
    care: Care | None = None
    score: tuple[Criterion, ...] = ()
    example: tuple[Example, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = {band.name for band in self.bands}
        known = {*self.tiers, UNGRADED}
        faults = [
            f"rules[{i}].when.{name}: no such band" for i, rule in enumerate(self.rules)
            for name in rule.when if name not in names
        ]
        faults += [f"rules[{i}].tier: “{r.tier}” is not a tier" for i, r in enumerate(self.rules) if r.tier not in known]
        faults += [
            f"touches[{i}].tier: “{t.tier}” is not a tier" for i, t in enumerate(self.touches) if t.tier not in {*self.tiers, DORMANT}
        ]
        faults += [f"touches: tier “{t}” has none" for t in self.tiers if t not in {x.tier for x in self.touches}]
        faults += [f"cadence.{t}: “{t}” is not a tier" for t in self.cadence if t not in self.tiers]
        faults += [f"care.tiers: “{t}” is not a tier" for t in (self.care.tiers if self.care else ()) if t not in self.tiers]
        faults += self._unknown_in_moves(names)
        if self.rules[-1].when or self.rules[-1].present:
            faults.append("rules: the last rule must have no condition, so that every customer gets a tier")
        if len(set(self.tiers)) < len(self.tiers) or len(names) < len(self.bands):
            faults.append("tiers, bands: a name stands twice")
        if len({criterion.name for criterion in self.score}) < len(self.score):
            faults.append("score: a name stands twice")
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _unknown_in_moves(self, bands: set[str]) -> list[str]:
        moves = self.moves
        tiers = {"moves.stalled.from": moves.stalled and moves.stalled.source_tier, "moves.stalled.to": moves.stalled and moves.stalled.to,
                 "moves.immediate.to": moves.immediate and moves.immediate.to}  # fmt: skip
        faults = [f"{path}: “{tier}” is not a tier" for path, tier in tiers.items() if tier and tier not in self.tiers]
        if moves.dormant and moves.dormant.band not in bands:
            faults.append(f"moves.dormant.band: no band “{moves.dormant.band}”")
        return faults

    def band(self, name: str) -> BandSpec:
        """The band of that name.  Raises KeyError."""
        return {band.name: band for band in self.bands}[name]

    def touches_of(self, tier: str) -> tuple[Touch, ...]:
        """The touches of one tier, the first one first."""
        return tuple(touch for touch in self.touches if touch.tier == tier)
