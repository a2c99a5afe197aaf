"""Customers whose names look alike: suggested as one customer, never merged (S002-2).

Without a company's suffix two names are alike when they are equal; when only one of them names a place; or when they
are one typing fault apart: a letter too many (in 6 or more), a wrong letter (in 10 or more).  Numbers, points of the compass and
places are no typing faults: 第一医院 and 第二医院, 北京 and 南京 are different customers.  No pairs are compared: every
name is looked up, so that 20,000 customers cost a fraction of a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from crmsheet.arrays import Objects, pick
from crmsheet.checks.context import Context, check, words
from crmsheet.model import Finding
from crmsheet.privacy.detect import scrub
from crmsheet.tables.noise import tell
from crmsheet.tables.persons import persons
from crmsheet.values.columns import fold, parse_distinct
from crmsheet.values.names import simplify

LETTER_TOO_MANY, WRONG_LETTER = 6, 10  # shortest names in which such a fault is told
CROWD = 50  # so many names with one half in common follow a pattern: no typing faults are looked for among them

_SUFFIXES = (
    "股份有限公司", "有限责任公司", "有限公司", "股份公司", "集团公司", "总公司", "有限合伙", "公司", "集团", "股份", "coltd", "ltd", "limited", "inc", "corp", "llc",
    "gmbh",
)  # fmt: skip
_PLACES = frozenset(
    ["北京", "天津", "上海", "重庆", "河北", "山西", "辽宁", "吉林", "黑龙江", "江苏", "浙江", "安徽", "福建", "江西", "山东", "河南", "湖北", "湖南", "广东", "海南", "四川", "贵州", "云南", "陕西", "甘肃", "青海", "台湾", "内蒙古", "广西", "西藏", "宁夏", "新疆", "香港", "澳门", "广州", "深圳", "东莞", "佛山", "珠海", "中山", "惠州", "杭州", "宁波", "温州", "嘉兴", "绍兴", "金华", "台州", "苏州", "无锡", "常州", "南京", "南通", "扬州", "徐州", "合肥", "芜湖", "厦门", "福州", "泉州", "济南", "青岛", "烟台", "潍坊", "郑州", "洛阳", "武汉", "长沙", "成都", "昆明", "贵阳", "西安", "兰州", "太原", "石家庄", "沈阳", "大连", "长春", "哈尔滨", "南昌", "南宁", "海口", "乌鲁木齐"]
)
_PLACE = re.compile("|".join(sorted(_PLACES, key=len, reverse=True)))
_SIGNS = re.compile(r"[()\[\]·.,、\-]")
_TELLING = frozenset("0123456789一二三四五六七八九十百甲乙丙丁东南西北中abcdefghijklmnopqrstuvwxyz")


class Core(NamedTuple):
    """A name without suffix, its place first; ``rest``: without the place as well."""

    name: str
    rest: str


def core_of(name: str) -> Core | None:
    """What a company's name is told by; None for a masked name, or one of which nothing is left."""
    core = _SIGNS.sub("", simplify(fold(name)))
    while core.endswith(_SUFFIXES):
        shorter = core.removesuffix(next(filter(core.endswith, _SUFFIXES)))
        if len(shorter) < 2:
            break
        core = shorter
    if "*" in core or len(core) < 2:
        return None
    for size in (2, 3, 4):
        if core[:size] in _PLACES:
            rest = core[size:].removeprefix("市").removeprefix("省")
            return Core(core[:size] + rest, rest)
        if core[-size:] in _PLACES:
            return Core(core[-size:] + core[:-size], core[:-size])
    return Core(core, core)


@check("similar-name")
def similar_name(seen: Context) -> list[Finding]:
    """A company whose name is like that of an earlier row with another id (S002-2); persons are left out."""
    table = seen.customers
    names = pick(persons(table), None, words(table, "name"))
    codes, parsed = parse_distinct(names, core_of)
    cores = [parsed[code] if code >= 0 else None for code in codes.tolist()]
    twins = _twins(cores, table.keys("customer_id"))

    def make(i: int) -> Finding:
        other = twins[i]
        equal = names[i] == names[other]
        params = {
            "other": str(table.ref("name", other)), "other_name": scrub(str(names[other])),
            "how": "相同" if equal else "很像", "how_en": "is the same as" if equal else "looks like",
        }  # fmt: skip
        return Finding("similar-name", table.ref("name", i), scrub(str(names[i])), params)

    return tell(np.array(sorted(twins), dtype=np.int64), len(table), make)


def _twins(cores: list[Core | None], ids: Objects) -> dict[int, int]:
    """Row → the earlier row that it is like."""
    first: dict[str, int] = {}
    twins: dict[int, int] = {}
    for one, two in _pairs(cores, first):
        earlier, later = min(one, two), max(one, two)
        if ids[one] is None or ids[one] != ids[two]:
            twins.setdefault(later, earlier)
    return twins


def _pairs(cores: list[Core | None], first: dict[str, int]) -> Iterator[tuple[int, int]]:
    """Rows whose names are alike; ``first`` becomes the first row of each name."""
    bare: dict[str, int] = {}  # names without a place
    for row, core in enumerate(cores):
        if core is not None:
            if (before := first.setdefault(core.name, row)) != row:
                yield before, row
            elif core.rest == core.name:
                bare[core.name] = row
    for row in first.values():
        core = cores[row]
        if core is not None and core.rest != core.name and core.rest in bare:
            yield bare[core.rest], row
    yield from _letter_too_many(first)
    yield from _wrong_letter(first)


def _letter_too_many(first: dict[str, int]) -> Iterator[tuple[int, int]]:
    lengths = {len(name) for name in first}
    for name, row in first.items():
        if len(name) >= LETTER_TOO_MANY and len(name) - 1 in lengths:
            for at, letter in enumerate(name):
                shorter = name[:at] + name[at + 1 :]
                if letter not in _TELLING and shorter in first and _same_places(name, shorter):
                    yield first[shorter], row


def _wrong_letter(first: dict[str, int]) -> Iterator[tuple[int, int]]:
    """Names of one length of which one half is the same and the other differs in one letter."""
    halves: dict[tuple[int, bool, str], list[str]] = {}
    for name in first:
        if len(name) >= WRONG_LETTER:
            middle = len(name) // 2
            halves.setdefault((len(name), True, name[:middle]), []).append(name)
            halves.setdefault((len(name), False, name[middle:]), []).append(name)
    for alike in halves.values():
        for number, name in enumerate(alike if 1 < len(alike) <= CROWD else ()):
            for other in alike[:number]:
                apart = [pair for pair in zip(name, other, strict=True) if pair[0] != pair[1]]
                if len(apart) == 1 and not _TELLING.intersection(apart[0]) and _same_places(name, other):
                    yield first[other], first[name]


def _same_places(one: str, two: str) -> bool:
    return _PLACE.findall(one) == _PLACE.findall(two)
