"""One column of a blank workbook: its header, how its cells look, its drop-down, and what it is for.

All of it follows from the field catalogue (header, type, source) and the policy (who needs the field, and for what).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from crmsheet.plan.required import REQUIRED
from crmsheet.policy.schema import Policy
from crmsheet.tables.spec import Field, TableSpec
from crmsheet.texts import Lang, say, texts
from crmsheet.values.methods import MAIL, MEETING, ONLINE, PHONE, VISIT
from crmsheet.values.words import vocabulary_of
from crmsheet.writeback import COLUMNS, REVIEW_WORDS, OwnedColumn

Role = Literal["required", "decides", "scores", "other", "ours"]
Look = Literal["text", "date", "number", "money", "rate", "code"]
MAX_LIST = 255  # characters that a drop-down's list may have

_LOOKS: dict[str, Look] = {"date": "date", "money": "money", "growth": "rate", "id": "code", "phone": "code"}
_WIDTHS: dict[str, float] = {"date": 13, "money": 14, "name": 26, "phone": 15, "email": 22, "id": 13, "methods": 12, "tier": 12}
# Words of these are the only ones there are; in other fields a drop-down suggests.
_CLOSED = frozenset({"tier", "stage", "need_clarity", "chain", "level", "word"})
_WORDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("strategy", "rating"): vocabulary_of("rating").levels,
    ("strategy", "review"): REVIEW_WORDS,
    ("people", "role"): ("团队负责人", "资深销售", "销售专员", "销售助理"),  # as plan/team.py reads them
    ("people", "status"): ("在职", "离职"),
}
_UNITS = {"money": "万元", "number": "次/月", "rate": "%"}  # bare numbers mean this: people type 120 and 5, not 1200000 and 5%


@dataclass(frozen=True, slots=True)
class BlankColumn:
    """``choices``: of its drop-down, ``closed`` when nothing else may be typed; ``note``: the comment on its header."""

    header: str
    look: Look
    width: float
    role: Role
    note: str
    choices: tuple[str, ...] = ()
    closed: bool = False


def team_column(spec: TableSpec, name: str, policy: Policy, lang: Lang) -> BlankColumn:
    """A column that people fill in."""
    field = spec.fields[name]
    unit = f"({_UNITS[field.type]})" if field.type in _UNITS else ""
    text = {"followups": 24.0, "strategy": 24.0, "classes": 38.0}.get(spec.kind, 14.0) if field.type == "text" else 14.0
    return BlankColumn(
        header=field.header + unit, look=_LOOKS.get(field.type, "text"), width=_WIDTHS.get(field.type, text),
        role=_role(spec, name, policy), note=_note(spec, field, policy, lang),
        choices=_choices(spec, field, policy), closed=field.type in _CLOSED,
    )  # fmt: skip


def owned_columns(lang: Lang) -> tuple[BlankColumn, ...]:
    """The columns that crmsheet fills, as a run would make them (SPEC §6)."""
    return tuple(_owned(column, lang) for column in COLUMNS)


def _owned(column: OwnedColumn, lang: Lang) -> BlankColumn:
    choices = column.choices or ()
    note = say("blank", f"ours_{column.header}", lang) + say("blank", "ours_typed" if choices else "ours", lang)
    return BlankColumn(column.header, column.kind, column.width, "ours", note, choices)


def deciding(policy: Policy) -> dict[str, str]:
    """Field → title of the band that it decides; a signal's field too."""
    found = {name: band.title for band in reversed(policy.bands) for name in band.fields}
    if policy.moves.immediate is not None:
        found.setdefault(policy.moves.immediate.field, policy.moves.immediate.to)
    return found


def scoring(policy: Policy) -> dict[str, str]:
    """Field → the part of 综合评分 that it counts for, of fields that decide nothing."""
    found = {name: one.part for one in reversed(policy.score) for name in one.fields}
    return {name: part for name, part in found.items() if name not in deciding(policy)}


def required() -> frozenset[str]:
    """Fields that every company must have filled in (S002-2..10)."""
    return frozenset(name for names in REQUIRED["company"] for name in names.split("/")) | {"customer_id"}


def complete(policy: Policy) -> frozenset[str]:
    """Fields of the log that the policy asks for; of alternatives the first."""
    asked = policy.records.complete
    return frozenset(names.split("/")[0] for names in asked.fields) if asked else frozenset()


def _role(spec: TableSpec, name: str, policy: Policy) -> Role:
    if spec.kind == "followups":
        return "required" if name in complete(policy) | {"customer_id", "followup_at"} else "other"
    if spec.kind != "customers":
        return "other"
    if name in deciding(policy):
        return "decides"
    return "required" if name in required() else "scores" if name in scoring(policy) else "other"


def _choices(spec: TableSpec, field: Field, policy: Policy) -> tuple[str, ...]:
    if field.type == "tier":
        return policy.tiers
    if field.type == "methods":
        return (PHONE, VISIT, MAIL, ONLINE, MEETING)
    if (words := _WORDS.get((spec.kind, field.name))) is not None:
        return words
    if field.type == "word":
        return vocabulary_of(field.name).levels
    if field.type in ("stage", "plan", "need_clarity", "chain", "level", "budget", "growth"):
        return vocabulary_of(field.type).levels
    return _scored_words(field, policy) if spec.kind == "customers" and field.type == "text" else ()


def _scored_words(field: Field, policy: Policy) -> tuple[str, ...]:
    """The words that 综合评分 knows, one of each meaning, best first."""
    words = (tuple(w.split("|")[0] for w in one.words) for one in policy.score if field.name in one.fields)
    found = next(words, ())
    return found if len(",".join(found)) <= MAX_LIST else ()


def _note(spec: TableSpec, field: Field, policy: Policy, lang: Lang) -> str:
    """What the column is for, how its cells are written, and which demand it serves."""
    return "\n".join([*_purpose(spec, field, policy, lang), *_writing(field, lang), say("blank", "source", lang, source=field.source)])


def _purpose(spec: TableSpec, field: Field, policy: Policy, lang: Lang) -> Iterator[str]:
    known = texts("blank", lang)
    if _role(spec, field.name, policy) == "required":
        yield known["required"]
    if f"{spec.kind}_{field.name}" in known:
        yield known[f"{spec.kind}_{field.name}"]
    if spec.kind == "customers" and (band := deciding(policy).get(field.name)):
        yield known["decides"].format(band=band)
    elif spec.kind == "customers" and (part := scoring(policy).get(field.name)):
        yield known["scores"].format(part=part)


def _writing(field: Field, lang: Lang) -> Iterator[str]:
    if (text := texts("blank", lang).get(f"type_{field.type}")) is not None:
        yield text
    if field.private:
        yield say("blank", "private", lang)
