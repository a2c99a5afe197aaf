"""``crmsheet.toml``: what one team settles for its workbooks (SPEC §10)."""

from __future__ import annotations

import datetime as dt
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from crmsheet.policy.load import parse_toml, read_toml_file, validated
from crmsheet.policy.parts import Part

FILE = "crmsheet.toml"


class Columns(Part):
    """Header in the workbook → field, per table."""

    customers: dict[str, str] = Field(default_factory=dict)
    followups: dict[str, str] = Field(default_factory=dict)
    strategy: dict[str, str] = Field(default_factory=dict)
    classes: dict[str, str] = Field(default_factory=dict)
    people: dict[str, str] = Field(default_factory=dict)


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


class Person(Part):
    """One person of the team; what is left out here, the workbook's 人员 table may say.  ``left``: true, or the (last) day;
    ``successor``: who takes the customers over, where the lead has decided it."""

    role: Literal["lead", "senior", "assistant"] | None = None
    left: bool | dt.date | None = None
    successor: str | None = None


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


class Capacity(Part):
    """Contacts that a person makes in a week of five working days (25: an assumption), for some owners by their names (* for any rest)."""

    contacts: float = Field(default=25, gt=0, le=1000)
    owners: dict[str, Annotated[float, Field(ge=0, le=1000)]] = Field(default_factory=dict)

    def of(self, owner: str | None) -> float:
        """What one owner's week holds: by the very name, else by the first pattern that fits it."""
        name = owner or ""
        patterns = (most for pattern, most in self.owners.items() if fnmatchcase(name, pattern))
        return self.owners[name] if name in self.owners else next(patterns, self.contacts)


Address = Annotated[str, StringConstraints(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+$", max_length=254)]


class Mail(Part):
    """The server that takes mails.  The password of ``user`` comes from the environment or a file, never from here."""

    server: str = Field(min_length=1)
    port: int = Field(default=465, ge=1, le=65535)
    security: Literal["ssl", "starttls", "none"] = "ssl"
    sender: Address
    user: str | None = None


class Remind(Part):
    """Who is reminded by which channel.  ``people``: owner (* for any rest) = address; ``lead``: who gets the digest;
    ``notifiers``: names of extensions that get what robots get; ``secrets``: a file of NAME=value lines, relative to crmsheet.toml, for what is not in the environment."""

    mail: Mail | None = None
    people: dict[str, Address] = Field(default_factory=dict)
    lead: tuple[Address, ...] = ()
    robots: tuple[Literal["wecom", "dingtalk", "feishu"], ...] = ()
    notifiers: tuple[str, ...] = ()
    secrets: str | None = None

    def address(self, owner: str) -> str | None:
        """An owner's address: by the very name, else by the first pattern that fits it."""
        patterns = (to for pattern, to in self.people.items() if fnmatchcase(owner, pattern))
        return self.people.get(owner) or next(patterns, None)


class Sourced(Part):
    """A table of a database, or a query that reads; its columns' names are headers."""

    table: str | None = None
    query: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.table is None) == (self.query is None):
            raise ValueError("give either table or query")
        return self


class Database(Part):
    """Where customers' fields or follow-ups are read by SQL; nothing is written there.  ``password``: in which variable of the
    environment the password stands, never in the URL."""

    url: str
    password: str = "CRMSHEET_SOURCE_PASSWORD"  # noqa: S105  a variable's name
    customers: Sourced | None = None
    followups: Sourced | None = None

    @model_validator(mode="after")
    def _discreet(self) -> Self:
        if re.search(r"//[^@]*:[^@]*@|[?&]\w*(password|passwd|pwd)=", self.url, re.IGNORECASE):
            raise ValueError("url: the password stands in the environment, not here")
        if self.customers is None and self.followups is None:
            raise ValueError("say what is read: source.customers or source.followups")
        return self


class Settings(Part):
    """The whole of crmsheet.toml; every part has a default."""

    policy: Rules = Rules()
    columns: Columns = Columns()
    writeback: WriteBack = WriteBack()
    calendar: CalendarDays = CalendarDays()
    tiers: dict[str, str] = Field(default_factory=dict)
    roles: Roles = Roles()
    people: dict[str, Person] = Field(default_factory=dict)
    ledger: Ledger = Ledger()
    privacy: Privacy = Privacy()
    capacity: Capacity = Capacity()
    remind: Remind = Remind()
    source: Database | None = None

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
