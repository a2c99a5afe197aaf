"""Which field an unknown header may be: by its words, and by what stands below it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from crmsheet.tables.spec import Field, TableSpec, fold
from crmsheet.values.words import ALIASES, VOCABULARIES, parse_word

SURE, MARGIN, MAYBE = 0.78, 0.1, 0.5  # so alike, so far ahead of the next one, or alike enough to be named
# What is added to a word and makes it mean something else: 上年合作额, 产品等级, 负责人备注.
_TURNS = re.compile(r"[非不未无上去前后原旧末次差]|目标|计划|产品|竞|对手|是否|备注|说明|天数|比例|占比|排名|调整|变更|历史|供应商")
MOST = 3  # candidates named
FITTING = 0.6  # share of the values that a field's type must be able to read

_DIGITS = re.compile(r"\d")
_SHAPES = {
    "date": re.compile(r"\d{4}\D?\d{1,2}|\d{1,2}月|季度|周|Q[1-4]"),
    "money": _DIGITS, "number": _DIGITS, "headcount": _DIGITS, "rate": _DIGITS,
    "phone": re.compile(r"[\d*]{7,}"), "email": re.compile("@|\uff20"),
}  # fmt: skip


class Candidate(NamedTuple):
    """A field that a header may be, how alike its words are (0 to 1), and whether the header only adds to one of them.

    Only then it can be sure: one sign put in another's place turns 首次跟进日期 into 末次跟进日期.
    """

    field: str
    alike: float
    grown: bool


def candidates(spec: TableSpec, header: str, values: Sequence[Any], taken: Collection[str]) -> tuple[Candidate, ...]:
    """Fields that a header may be, best first; ``values``: of its column; ``taken``: fields that have a column already."""
    folded = fold(header)
    free = [field for name, field in spec.fields.items() if name not in taken or field.several]
    found = [_candidate(folded, field) for field in free if _fits(field, values)]
    return tuple(sorted((one for one in found if one.alike >= MAYBE), key=lambda one: -one.alike)[:MOST])


def is_sure(found: Sequence[Candidate]) -> bool:
    """Whether the first candidate stands out."""
    first, *rest = found or (Candidate("", 0, grown=False),)
    return first.grown and first.alike >= SURE and all(first.alike - one.alike >= MARGIN for one in rest if one.grown)


def _candidate(folded: str, field: Field) -> Candidate:
    words = [fold(word) for word in (field.header, *field.also, *field.weak)]
    grown = max((_grown(word, folded) for word in words), default=0.0)
    ratio = max((SequenceMatcher(None, word, folded).ratio() for word in words), default=0.0)
    return Candidate(field.name, max(grown, ratio), grown > 0)


def _grown(word: str, header: str) -> float:
    """How much of a header is a known word, between 0.6 and 1; 0 where it is not that word with harmless additions."""
    rest, at = "", 0
    for sign in header:
        if at < len(word) and sign == word[at]:
            at += 1
        else:
            rest += sign
    if len(word) < 2 or at < len(word) or _TURNS.search(rest):
        return 0.0
    return 0.6 + 0.4 * len(word) / len(header)


def _fits(field: Field, values: Sequence[Any]) -> bool:
    """Whether most of a column's values can be what the field holds; without values nothing speaks against it."""
    told = [value for value in values if value is not None]
    if not told:
        return True
    if field.type in _SHAPES:
        return sum(_shaped(field.type, value) for value in told) >= FITTING * len(told)
    name = field.name if field.type == "word" else field.type
    if ALIASES.get(name, name) in VOCABULARIES and field.type not in ("budget", "growth"):
        return sum(parse_word(str(value), name).problem is None for value in told) >= FITTING * len(told)
    return not all(isinstance(value, dt.date) for value in told)


def _shaped(kind: str, value: Any) -> bool:
    if isinstance(value, dt.date):
        return kind == "date"
    if isinstance(value, int | float):
        return kind != "email" and (kind != "date" or 20_000 < value < 80_000)
    return bool(_SHAPES[kind].search(str(value)))
