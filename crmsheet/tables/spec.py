"""The kinds of table and their fields, from ``templates/tables/*.toml``: one line there a field."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from crmsheet.model import Kind
from crmsheet.resources import template_text
from crmsheet.values.names import fold_header

KINDS: tuple[Kind, ...] = ("strategy", "classes", "followups", "people", "customers")  # in the order they are tried
# The columns that crmsheet writes (SPEC §6); such a header is never one of the team's fields.
OWNED: tuple[str, ...] = (
    "建议等级", "等级依据", "综合评分", "距上一级", "下一步行动建议", "下次跟进日期", "跟进状态", "逾期天数", "客户标签",
    "数据问题", "审核", "等级快照",
)  # fmt: skip

# The sheets that crmsheet keeps in the workbook (SPEC §4, Ledger), with their headers; they are never tables of the team.
LEDGER, RUNS = "等级变更记录", "运行记录"
OWN_SHEETS: Mapping[str, tuple[str, ...]] = {
    LEDGER: ("编号", "日期", "客户编号", "客户名称", "原等级", "新等级", "类型", "依据", "依据单元格", "审核状态", "审核人", "策略"),
    RUNS: ("截至日期", "策略", "客户数", "各级客户数", "变动", "待审核", "任务数", "逾期任务", "指标", "写入记录"),
}

FieldType = Literal[
    "id", "name", "text", "person", "phone", "email", "tier", "stage", "word", "methods", "frequency", "money", "budget",
    "headcount", "date", "rate", "growth", "plan", "need_clarity", "chain", "level",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One canonical column: the documents' header, its other words, and how its cells are read."""

    name: str
    header: str
    type: FieldType
    source: str
    also: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    private: bool = False
    several: bool = False
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class NotThis:
    """Words that tell another kind of list from a customers table, and what it looks like."""

    zh: str
    en: str
    words: frozenset[str]
    need: int
    unless_strong_name: bool = False


@dataclass(frozen=True)
class TableSpec:
    """One kind of table: its titles, fields, and the words that may be two fields."""

    kind: Kind
    titles: tuple[str, ...]
    fields: Mapping[str, Field]
    strong: Mapping[str, str]  # folded header -> field
    weak: Mapping[str, str]
    ambiguous: Mapping[str, tuple[str, ...]]
    not_this: tuple[NotThis, ...]


def fold(header: str) -> str:
    """A header as it is compared: folded, without unit."""
    return fold_header(header)[0]


@cache
def table_spec(kind: Kind) -> TableSpec:
    """The spec of one kind of table."""
    data = tomllib.loads(template_text(f"tables/{kind}.toml"))
    fields = {name: _field(name, entry) for name, entry in data["fields"].items()}
    strong = {fold(word): f.name for f in fields.values() for word in (f.header, *f.also)}
    return TableSpec(
        kind=data["kind"],
        titles=tuple(data["titles"]),
        fields=fields,
        strong=strong,
        weak={fold(word): f.name for f in fields.values() for word in f.weak},
        ambiguous={fold(word): tuple(names) for word, names in data["ambiguous"].items()},
        not_this=tuple(_not_this(entry) for entry in data.get("not_this", ())),
    )


def _field(name: str, entry: Mapping[str, object]) -> Field:
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    return Field(name=name, **values)  # type: ignore[arg-type]  # the file is ours: a contract test reads every line


def _not_this(entry: Mapping[str, object]) -> NotThis:
    words = frozenset(fold(str(word)) for word in entry["words"])  # type: ignore[attr-defined]
    return NotThis(
        zh=str(entry["zh"]), en=str(entry["en"]), words=words, need=int(str(entry["need"])),
        unless_strong_name=bool(entry.get("unless_strong_name", False)),
    )  # fmt: skip
