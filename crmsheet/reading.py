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
from crmsheet.tables.join import join_customers
from crmsheet.tables.read import Source, placed, read_table
from crmsheet.tables.spec import KINDS, table_spec
from crmsheet.tables.table import Table
from crmsheet.workbook import Workbook

_UNSAFE = re.compile(r"[\[\]!,:']")  # in a file's name: what ends the name of a sheet in an address
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


def read_tables(book: Workbook, settings: Settings, as_of: dt.date, logs: Sequence[Workbook] = ()) -> Tables:
    """Recognise and read.  ``logs``: workbooks from which only follow-ups are read, beside those of the team's own.

    Raises TableError when there is no customers table, or no follow-ups in a log.
    """
    mapped = column_map(settings)
    ours = [name for name in settings.writeback.columns.values() if name]
    found = find_tables(book, mapped, ours)
    if not any(region.kind == "customers" for region in found.regions):
        raise no_table(book, found)
    apart = [_followups(log, mapped) for log in logs]
    sources = [(Source(book), found.regions), *((source, one.regions) for source, one in apart)]
    read = {
        kind: read_table([(source, [r for r in regions if r.kind == kind]) for source, regions in sources], kind, as_of) for kind in KINDS
    }
    found = replace(found, regions=tuple(region for _, regions in sources for region in regions),
                    findings=(*found.findings, *(finding for _, one in apart for finding in one.findings)))  # fmt: skip
    customers, written = join_customers(read["customers"][0])
    rows = {kind: iter(table.regions) for kind, (table, _) in read.items()}
    found = replace(found, regions=tuple(next(rows[region.kind]) for region in found.regions))
    return Tables(
        found, customers, read["followups"][0], read["strategy"][0], read["classes"][0], read["people"][0], written,
        (*found.findings, *(finding for _, problems in read.values() for finding in problems)),
    )  # fmt: skip


def _followups(log: Workbook, mapped: Mapping[Kind, Mapping[str, str]]) -> tuple[Source, Found]:
    """A log of its own, its tables of follow-ups and what is odd about their headers.  Raises TableError when it has none."""
    source, found = Source(log, f"[{_UNSAFE.sub('_', log.path.name)}]"), find_tables(log, mapped)
    regions = tuple(region for region in found.regions if region.kind == "followups")
    sheets = {region.sheet for region in regions}
    if not regions:
        raise TableError(
            zh=f"{log.path}: 没有找到跟进记录表（表头需有跟进时间，客户编号或客户名称，和另外一个已知列）；请核对表头",
            en=f"{log.path}: no follow-ups found (a header needs 跟进时间, 客户编号 or 客户名称, and one more known column); check the header row",
        )
    return source, Found(regions, tuple(placed(one, source) for one in found.findings if one.where and one.where.sheet in sheets))


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
