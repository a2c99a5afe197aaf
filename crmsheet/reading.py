"""The typed tables of one workbook; or the refusal that names what was looked for and what was seen."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from crmsheet.errors import PolicyError, TableError
from crmsheet.model import Finding, Kind, Region
from crmsheet.policy.choose import POLICY_NAME
from crmsheet.policy.settings import Settings
from crmsheet.tables.find import Found, find_tables
from crmsheet.tables.join import filled_from_outside, join_customers
from crmsheet.tables.read import Source, placed, read_table
from crmsheet.tables.spec import KINDS, table_spec
from crmsheet.tables.table import Table
from crmsheet.workbook import Workbook

_UNSAFE = re.compile(r"[\[\]!,:']")  # in a file's name: what ends the name of a sheet in an address
READ_ONLY: frozenset[Kind] = frozenset({"followups", "people"})
SEEN_LIMIT = 12  # headers named in a refusal


@dataclass(frozen=True, slots=True)
class Tables:
    """The typed tables of one workbook."""

    found: Found
    customers: Table
    followups: Table
    strategy: Table
    classes: Table
    people: Table
    written: tuple[Region, ...]  # customers regions that get the owned columns
    findings: tuple[Finding, ...]

    @property
    def only_read(self) -> list[str]:
        """Sheets of the workbook whose tables a run never writes into: of follow-ups, of people."""
        kinds: dict[str, set[Kind]] = {}
        for region in self.found.regions:
            if not region.outside:
                kinds.setdefault(region.sheet, set()).add(region.kind)
        return [sheet for sheet, seen in kinds.items() if seen <= READ_ONLY]


def read_tables(
    book: Workbook, settings: Settings, as_of: dt.date, logs: Sequence[Workbook] = (), register: Workbook | None = None
) -> Tables:
    """Recognise and read.  ``logs``: workbooks from which only follow-ups are read, beside those of the team's own;
    ``register``: one that knows fields of the team's customers, which fill what is blank for judging.

    Raises TableError when there is no customers table, or not what is looked for in the others.
    """
    mapped = column_map(settings)
    ours = [name for name in settings.writeback.columns.values() if name]
    found = find_tables(book, mapped, ours)
    if not any(region.kind == "customers" for region in found.regions):
        raise no_table(book, found)
    apart = _all_apart(logs, register, mapped)
    sources = [(Source(book), found.regions), *((source, one.regions) for source, one in apart)]
    read = {
        kind: read_table([(source, [r for r in regions if r.kind == kind]) for source, regions in sources], kind, as_of) for kind in KINDS
    }
    found = replace(found, regions=tuple(region for _, regions in sources for region in regions),
                    findings=(*found.findings, *(finding for _, one in apart for finding in one.findings)))  # fmt: skip
    customers, written = join_customers(filled_from_outside(read["customers"][0]))
    rows = {kind: iter(table.regions) for kind, (table, _) in read.items()}
    found = replace(found, regions=tuple(next(rows[region.kind]) for region in found.regions))
    return Tables(
        found, customers, read["followups"][0], read["strategy"][0], read["classes"][0], read["people"][0], written,
        (*found.findings, *(finding for _, problems in read.values() for finding in problems)),
    )  # fmt: skip


def _all_apart(logs: Sequence[Workbook], register: Workbook | None, mapped: Mapping[Kind, Mapping[str, str]]) -> list[tuple[Source, Found]]:
    """Each log's follow-ups and the register's customers.  Raises TableError that names every one without what is looked for."""
    asked: list[tuple[Workbook, Kind]] = [(log, "followups") for log in logs] + ([(register, "customers")] if register else [])
    apart = [_apart(one, kind, mapped) for one, kind in asked]
    missing = [_without(one, kind) for (one, kind), (_, found) in zip(asked, apart, strict=True) if not found.regions]
    if missing:
        raise TableError(zh="；".join(one.zh for one in missing), en="; ".join(one.en for one in missing))
    return apart


def _apart(book: Workbook, kind: Kind, mapped: Mapping[Kind, Mapping[str, str]]) -> tuple[Source, Found]:
    """A workbook beside the team's own, its tables of one kind and what is odd about their headers."""
    source, found = Source(book, f"[{_UNSAFE.sub('_', book.path.name)}]"), find_tables(book, mapped)
    regions = tuple(region for region in found.regions if region.kind == kind)
    sheets = {region.sheet for region in regions}
    return source, Found(regions, tuple(placed(one, source) for one in found.findings if one.where and one.where.sheet in sheets))


def _without(book: Workbook, kind: Kind) -> TableError:
    if kind == "customers":
        return TableError(
            zh=f"{book.path}: 没有找到客户表（列名需有客户编号、客户名称和另外一个已知字段）；请核对 [source.customers] 的列名",
            en=f"{book.path}: no customers found (columns needed: 客户编号, 客户名称 and one more known field); check the columns of [source.customers]",
        )
    return TableError(
        zh=f"{book.path}: 没有找到跟进记录表（表头需有跟进时间，客户编号或客户名称，和另外一个已知列）；请核对表头",
        en=f"{book.path}: no follow-ups found (a header needs 跟进时间, 客户编号 or 客户名称, and one more known column); check the header row",
    )


def told_policy(book: Workbook) -> str | None:
    """The preset that the workbook's own policy cell names (``crmsheet init`` makes one); None without one."""
    for name in book.defined_names:
        if name.name == POLICY_NAME and name.sheet in book.sheets and name.ref is not None:
            row, column = name.ref.first_row, name.ref.first_column
            cell = book.sheet(name.sheet).rows(row, row).get(row, {}).get(column)
            return str(cell.value).strip() or None if cell is not None and cell.kind == "text" else None
    return None


def column_map(settings: Settings) -> dict[Kind, Mapping[str, str]]:
    """``[columns]`` as header → field.  Raises PolicyError for a field that does not exist, with a suggestion."""
    maps: dict[Kind, Mapping[str, str]] = {}
    for kind in KINDS:
        maps[kind] = getattr(settings.columns, kind)
        fields = table_spec(kind).fields
        for header, name in maps[kind].items():
            if name not in fields:
                raise _unknown_field(kind, header, name, list(fields))
    return maps


def _unknown_field(kind: Kind, header: str, name: str, fields: Sequence[str]) -> PolicyError:
    from difflib import get_close_matches

    near = get_close_matches(name, fields, 1, 0.5)
    return PolicyError(
        zh=f"crmsheet.toml: columns.{kind}.“{header}”: 没有字段“{name}”{f'，是否指“{near[0]}”？' if near else ''}",
        en=f"crmsheet.toml: columns.{kind}.“{header}”: no field “{name}”{f', did you mean “{near[0]}”?' if near else ''}",
    )


def no_table(book: Workbook, found: Found) -> TableError:
    """The refusal that names what was looked for and what was seen."""
    if found.look_alikes:
        seen_zh = "；".join(f"“{sheet}”像是{other.zh}" for sheet, other in found.look_alikes[:SEEN_LIMIT])
        seen_en = "; ".join(f"“{sheet}” looks like {other.en}" for sheet, other in found.look_alikes[:SEEN_LIMIT])
    elif found.regions:
        seen_zh = seen_en = "、".join(f"{region.sheet}: {region.kind}" for region in found.regions[:SEEN_LIMIT])
    else:
        seen_zh = seen_en = "、".join(f"“{name}”" for name in book.sheets[:SEEN_LIMIT])
    return TableError(
        zh=f"{book.path}: 没有找到客户表（表头需有客户名称和另外两个已知列，如客户编号、负责人、客户等级）；看到的是：{seen_zh}；"
           "请核对表头，或在 crmsheet.toml 的 [columns.customers] 里指明各列",
        en=f"{book.path}: no customers table found (its header needs a name column and two more known ones, such as 客户编号, "
           f"负责人, 客户等级); seen: {seen_en}; check the header row, or name the columns under [columns.customers] in crmsheet.toml",
    )  # fmt: skip
