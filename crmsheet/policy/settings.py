"""``crmsheet.toml``: what one team settles for its workbooks (SPEC §10)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from crmsheet.policy.load import parse_toml, read_toml_file, validated
from crmsheet.policy.parts import Part

FILE = "crmsheet.toml"


class Columns(Part):
    """Header in the workbook → field, per table."""

    customers: dict[str, str] = Field(default_factory=dict)
    followups: dict[str, str] = Field(default_factory=dict)
    strategy: dict[str, str] = Field(default_factory=dict)
    classes: dict[str, str] = Field(default_factory=dict)


class WriteBack(Part):
    """Owned column → its header here, or false to leave it out."""

    columns: dict[str, str | Literal[False]] = Field(default_factory=dict)


class CalendarDays(Part):
    """Days off and make-up working days that the official calendar does not hold yet."""

    holidays: tuple[dt.date, ...] = ()
    workdays: tuple[dt.date, ...] = ()


class Roles(Part):
    """Who agrees in bulk (``lead``, * for any rest), and words by which a senior person is known in 跟进人/参与人."""

    lead: tuple[str, ...] = ()
    senior: tuple[str, ...] = ("资深", "总监", "经理", "主管")


class Ledger(Part):
    """Whether 等级变更记录 and 运行记录 are kept in the workbook; without them rejections and hand edits are not remembered."""

    enabled: bool = True


class Rules(Part):
    """Which policy, and whether its thresholds come from the workbook's own 客户分类管理表; ``policy = "crm"`` is short for the name."""

    name: str | None = None
    from_workbook: bool = False


class Privacy(Part):
    """How contacts are shown in the review (S000-21, S003-6)."""

    contact: Literal["internal-id", "masked", "clear"] = "masked"


class Settings(Part):
    """The whole of crmsheet.toml; every part has a default."""

    policy: Rules = Rules()
    columns: Columns = Columns()
    writeback: WriteBack = WriteBack()
    calendar: CalendarDays = CalendarDays()
    tiers: dict[str, str] = Field(default_factory=dict)
    roles: Roles = Roles()
    ledger: Ledger = Ledger()
    privacy: Privacy = Privacy()

    @field_validator("policy", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        return {"name": value} if isinstance(value, str) else value


def find_settings(workbook: Path) -> tuple[Settings, Path]:
    """The crmsheet.toml beside the workbook or in the nearest parent folder, and that folder.

    Paths in it are relative to its folder; without one, defaults and the workbook's own folder.
    Raises PolicyError for a bad one.
    """
    for folder in workbook.resolve().parents:
        path = folder / FILE
        if path.is_file():
            data = parse_toml(read_toml_file(path), str(path))
            return validated(Settings, data, str(path)), folder
    return Settings(), workbook.resolve().parent
