"""What a policy asks of the team's records: rhythm, entries of the log, stages."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from crmsheet.policy.parts import Part, Source, Word


class Monthly(Part):
    """The 跟进周期(次/月) that agrees with a tier."""

    least: float = Field(gt=0)
    most: float = Field(gt=0)
    source: Source

    def text(self) -> str:
        """``4-8`` or ``2``."""
        return f"{self.least:g}" if self.least == self.most else f"{self.least:g}-{self.most:g}"


class Care(Part):
    """Greetings that are no marketing (S002-44): for which ``tiers`` (none named: the top one), at which festivals, on birthdays."""

    tiers: tuple[str, ...] = ()
    festivals: tuple[Literal["元旦", "春节", "清明", "劳动节", "端午", "中秋", "国庆"], ...] = ()
    birthdays: bool = True
    source: Source


class Complete(Part):
    """What a follow-up entry holds, as far as the log has the columns; ``a/b``: one of the two is enough."""

    fields: tuple[Word, ...]
    source: Source


class Within(Part):
    """How soon after a contact its entry is made."""

    limit: Literal["24h", "same-day"]
    source: Source


class Most(Part):
    """Contacts a calendar month at most, for the lowest tier and for those who say 暂无需求."""

    contacts: int = Field(ge=1)
    source: Source


class Weekly(Part):
    """客户状态 is looked at every Friday."""

    source: Source


class Records(Part):
    """What the documents ask of the team's records; what is left out is not checked."""

    complete: Complete | None = None
    within: Within | None = None
    most: Most | None = None
    stage_friday: Weekly | None = None
