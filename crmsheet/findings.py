"""The catalogue of finding codes (SPEC §5), from ``templates/findings/*.toml``: one entry there a code.

A message's braces are filled from ``Finding.params``; ``{value}`` is the finding's own value.  A finding that stands
for others like it says how many: ``params["alike"]`` of the same column, ``params["earlier"]`` of older log entries.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from crmsheet.model import Finding, Severity
from crmsheet.resources import template_text

GROUPS = ("tables", "values", "customers", "log", "strategy", "private", "written")  # in the order people read them


class FindingCode(NamedTuple):
    """What a code means: severity, source in the documents (or ``assumption``), title, message and fix."""

    code: str
    severity: Severity
    source: str
    title_zh: str
    title_en: str
    zh: str
    en: str
    hint_zh: str
    hint_en: str
    group: str = ""


def entries(text: str, group: str) -> Iterator[FindingCode]:
    """The codes of a catalogue's TOML, in its order.  Raises TOMLDecodeError or KeyError."""
    for code, entry in tomllib.loads(text).items():
        title, says, todo = entry["title"], entry["says"], entry["hint"]
        yield FindingCode(
            code, entry["severity"], entry["source"], title["zh"], title["en"], says["zh"], says["en"], todo["zh"], todo["en"], group
        )


CATALOGUE: dict[str, FindingCode] = {entry.code: entry for group in GROUPS for entry in entries(template_text(f"findings/{group}.toml"), group)}
_ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}
_CODE = re.compile(r"[a-z]+(-[a-z]+)*")
_MORE = {
    "alike": {"zh": "（同列共 {number} 处，这里是第一处）", "en": " ({number} such cells in this column; this is the first)"},
    "earlier": {"zh": "（更早的记录中共 {number} 处，这里是第一处）", "en": " ({number} such cells in older entries; this is the first)"},
}


def add(text: str, group: str) -> None:
    """Take the codes of an extension's TOML into the catalogue.  Raises ValueError for one that is none or is taken, KeyError for
    one that lacks a part."""
    new = {entry.code: entry for entry in entries(text, group)}
    for code, entry in new.items():
        if not _CODE.fullmatch(code) or entry.severity not in _ORDER:
            raise ValueError(f"“{code}”: a code is small letters and hyphens, its severity error, warning or info")
        if code in CATALOGUE:
            raise ValueError(f"the code “{code}” is taken")
    CATALOGUE.update(new)


def severity(finding: Finding) -> Severity:
    """How bad it is: the finding's own grade, else what the catalogue gives to its code."""
    return finding.severity or CATALOGUE[finding.code].severity


def message(finding: Finding, lang: Literal["zh", "en"]) -> str:
    """The finding in one sentence."""
    entry = CATALOGUE[finding.code]
    more = [_MORE[key][lang].format(number=finding.params[key]) for key in _MORE if key in finding.params]
    return _fill(entry.zh if lang == "zh" else entry.en, finding) + "".join(more)


def hint(finding: Finding, lang: Literal["zh", "en"]) -> str:
    """What to do about it."""
    entry = CATALOGUE[finding.code]
    return _fill(entry.hint_zh if lang == "zh" else entry.hint_en, finding)


def title(code: str, lang: Literal["zh", "en"]) -> str:
    """The code's short name for people."""
    entry = CATALOGUE[code]
    return entry.title_zh if lang == "zh" else entry.title_en


def shown_source(source: str) -> str:
    """A code's source for people: a demand's id, or crmsheet for a rule that none of the documents has."""
    return "crmsheet" if source.startswith("SPEC-") else source


def worst(found: Iterable[Finding]) -> dict[str, Severity]:
    """The worst severity that each code has among some findings."""
    grades: dict[str, Severity] = {}
    for one in found:
        grades[one.code] = min(severity(one), grades.get(one.code, "info"), key=_ORDER.__getitem__)
    return grades


def in_order(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Worst first, then by sheet, row and column: the order in which people read them."""

    def key(item: Finding) -> tuple[int, str, int, int]:
        where = item.where
        place = (where.sheet, where.row, where.column) if where else ("", 0, 0)
        return (_ORDER[severity(item)], *place)

    return tuple(sorted(found, key=key))


def of_column(one: Finding) -> bool:
    """Told once for many cells: no matter of the row in which the first of them stands."""
    return bool(one.params.keys() & {"count", "alike", "earlier"}) or one.code == "missing-column"


def row_texts(found: Iterable[Finding]) -> dict[tuple[str, int], str]:
    """(sheet, row) → what is wrong in that row's own cells, as 数据问题 says it."""
    rows: dict[tuple[str, int], list[str]] = {}
    for one in found:
        if one.where is not None and not of_column(one):
            rows.setdefault((one.where.sheet, one.where.row), []).append(f"{message(one, 'zh')}（{one.where.a1}）")
    return {place: "；".join(texts) for place, texts in rows.items()}


def _fill(template: str, finding: Finding) -> str:
    return template.format(**{"value": finding.value or "", **finding.params})
