"""Who is who in the team: crmsheet.toml and the workbook's 人员 table made one; the only place that decides it.

crmsheet.toml wins; what the two say otherwise is a finding.  Addresses are in neither (outreach, SPEC §9).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import NamedTuple

from crmsheet.model import Finding, Role
from crmsheet.policy.settings import Person, Settings
from crmsheet.tables.table import Table
from crmsheet.values.names import normalise_name

FILE = "crmsheet.toml"
_ROLES: tuple[tuple[Role, re.Pattern[str]], ...] = (  # S000-24, -33, -38
    ("lead", re.compile(r"负责人|组长|队长|领导|lead", re.IGNORECASE)),
    ("senior", re.compile(r"资深|总监|经理|主管|senior", re.IGNORECASE)),
    ("assistant", re.compile(r"助理|专员|assistant", re.IGNORECASE)),
)
_ORDINARY = re.compile(r"销售|业务|代表|顾问|客服|sales", re.IGNORECASE)  # a role that neither leads nor assists
_HERE = re.compile(r"未离职|在职|在岗|正常|试用|实习|休假|产假")
_GONE = re.compile(r"离职|离岗|离开|调离|调岗|退休|停用")


class Member(NamedTuple):
    """One person; ``left`` since or from ``left_on`` (None: nobody says when); ``successor``: named by the lead."""

    name: str
    role: Role | None = None
    left: bool = False
    left_on: dt.date | None = None
    successor: str | None = None


@dataclass(frozen=True)
class Team:
    """``members`` by folded name; ``lead``: names and patterns (* for any rest), ``senior``: words, both as ``[roles]`` has them."""

    members: Mapping[str, Member]
    lead: tuple[str, ...]
    senior: tuple[str, ...]

    def member(self, name: str) -> Member:
        """What is known of a person; with a senior's word in the name (王经理), or the lead's name, the role of that."""
        known = self.members.get(_key(name), Member(name))
        if _named(name, self.lead):
            return known._replace(role="lead")
        return known._replace(role="senior") if known.role is None and any(word in name for word in self.senior) else known

    def leaving(self, name: str, to: str | None = None) -> Team:
        """The same team without one person, whose customers ``to`` takes over (None: as far as is known)."""
        one = self.member(name)
        gone = one._replace(left=True, successor=to or one.successor)
        return replace(self, members={**self.members, _key(name): gone})


def team_of(settings: Settings, people: Table) -> tuple[Team, list[Finding]]:
    """The team, and what of 人员 is unclear or otherwise in crmsheet.toml.  ``people``: the table, maybe empty."""
    listed, found = dict[str, Member](), list[Finding]()
    for row in range(len(people)):
        one, unclear = _read(people, row)
        found += unclear
        twin = listed.setdefault(_key(one.name), one)
        if twin != one:
            found.append(_contradiction(people, "name", row, one.name, None))
    told = {_key(name): _told(name, person) for name, person in settings.people.items()}
    leads = (*settings.roles.lead, *(one.name for one in told.values() if one.role == "lead"))
    found += _otherwise(people, listed, settings, told, leads)
    members = {key: _merged(listed.get(key), settings.people.get(one.name), one) for key, one in {**listed, **told}.items()}
    lead = leads or tuple(one.name for one in members.values() if one.role == "lead")
    members = {key: one._replace(role=None) if one.role == "lead" and not _named(one.name, lead) else one for key, one in members.items()}
    senior = (*settings.roles.senior, *(one.name for one in members.values() if one.role in ("senior", "lead") and len(one.name) > 1))
    return Team(members, lead, senior), found


def _named(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _key(name: str) -> str:
    return normalise_name(name) or name


def _told(name: str, person: Person) -> Member:
    """One person of ``[people]``."""
    day = person.left if isinstance(person.left, dt.date) else None
    return Member(name, person.role, bool(person.left), day, person.successor)


def _merged(table: Member | None, person: Person | None, one: Member) -> Member:
    """The file's word where it says something, else the table's."""
    if table is None or person is None:
        return one
    gone = (table.left, table.left_on) if person.left is None else (one.left, one.left_on)
    return Member(one.name, one.role or table.role, *gone, one.successor or table.successor)


def _read(people: Table, row: int) -> tuple[Member, list[Finding]]:
    """One row of 人员; an unknown word is a finding and counts as nothing said."""
    name, role, status, successor = (_word(people, field, row) for field in ("name", "role", "status", "successor"))
    day: dt.date | None = people.frame["left_at"].to_numpy("datetime64[D]")[row].item()
    read = next((kind for kind, words in _ROLES if role and words.search(role)), None)
    here = bool(status and _HERE.search(status))
    gone = bool(status and not here and _GONE.search(status))
    unclear = [field for field, word, fits in (("role", role, read or (role and _ORDINARY.search(role))), ("status", status, here or gone))
               if word and not fits]  # fmt: skip
    found = [Finding("person-unclear", people.ref(field, row), word, {"header": people.header(field)})
             for field, word in (("role", role), ("status", status)) if field in unclear]  # fmt: skip
    return Member(name or "", read, gone or day is not None, day, successor), found


def _word(people: Table, field: str, row: int) -> str | None:
    value: str | None = people.frame[field].to_numpy(dtype=object)[row]
    return None if value is None else value.strip() or None


def _otherwise(
    people: Table, listed: Mapping[str, Member], settings: Settings, told: Mapping[str, Member], leads: tuple[str, ...]
) -> Iterator[Finding]:
    """What crmsheet.toml says otherwise; the first row of a name counts."""
    seen = set[str]()
    for row, name in enumerate(people.frame["name"].tolist()):
        if (key := _key(str(name))) in seen or key not in listed:
            continue
        seen.add(key)
        one, person = listed[key], settings.people.get(told[key].name) if key in told else None
        role = (person and person.role) or ("lead" if _named(one.name, leads) else None)
        if one.role and one.role != role and (role or (leads and one.role == "lead")):
            yield _contradiction(people, "role", row, _word(people, "role", row), f'role = "{role}"' if role else f"lead = {'、'.join(leads)}")
        if person is not None and person.left is not None and (one.left != bool(person.left) or _other_day(one, told[key])):
            field = "left_at" if one.left_on else "status"
            yield _contradiction(people, field, row, one.left_on.isoformat() if one.left_on else _word(people, field, row), f"left = {_toml(person.left)}")


def _toml(left: bool | dt.date) -> str:
    return left.isoformat() if isinstance(left, dt.date) else str(left).lower()


def _other_day(one: Member, two: Member) -> bool:
    return one.left_on is not None and two.left_on is not None and one.left_on != two.left_on


def _contradiction(people: Table, field: str, row: int, value: str | None, told: str | None) -> Finding:
    """``told``: what crmsheet.toml says; None: an earlier row of 人员 says otherwise."""
    where = people.ref(field, row) or people.ref("name", row)
    says = {"told": f"{FILE}（{told}）", "told_en": f"{FILE} ({told})"} if told else {"told": "前面同名的一行", "told_en": "an earlier row of that name"}
    return Finding("person-contradiction", where, value, says)
