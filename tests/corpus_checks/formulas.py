"""Which formulas may show another value after a write: volatile ones, and those that read owned cells."""

from __future__ import annotations

import contextlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from corpus_checks.plan import Owned
from corpus_checks.readers import Values
from crmsheet.workbook import InputError, Range, open_workbook, parse_range

_VOLATILE = re.compile(r"\b(?:NOW|TODAY|RAND|RANDBETWEEN|RANDARRAY|OFFSET|INDIRECT|CELL|INFO)\s*\(", re.IGNORECASE)
_REFERENCE = re.compile(
    r"(?:'((?:[^']|'')+)'!|([\w.]+)!)?(\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?|\$?[A-Z]{1,3}:\$?[A-Z]{1,3}|\$?\d+:\$?\d+)"
    r"(?![\w(])",
    re.IGNORECASE,
)
_NAME = re.compile(r"[^\W\d]\w*(?![\w(!])|\[")
MANY = 20_000  # formulas; in a workbook with more, none is judged
Place = tuple[int, int]


def uncertain(values: Values, owned: Mapping[str, Owned]) -> dict[str, set[Place]]:
    """sheet -> places of formulas that are volatile or read, perhaps by others, an owned or a volatile cell.

    A formula that reads by a name or a table's column counts as one that does.
    """
    formulas = {
        (sheet.partition(":")[2], place): cell[2]
        for sheet, cells in values.items()
        for place, cell in cells.items()
        if isinstance(cell, tuple) and cell[2]
    }
    if len(formulas) > MANY:
        found = set(formulas)
    else:
        found = {key for key, text in formulas.items() if _reads_unknown(text)}
        reads = {key: list(_references(text, key[0])) for key, text in formulas.items() if key not in found}
        found |= {key for key, areas in reads.items() if any(_meets(owned.get(s), area) for s, area in areas)}
        while more := {key for key in reads.keys() - found if _reads_any(reads[key], found)}:
            found |= more
    out: dict[str, set[Place]] = defaultdict(set)
    for sheet, place in found:
        out[sheet].add(place)
    return out


def array_cells(path: Path) -> dict[str, set[Place]]:
    """sheet -> places that an array formula or a data table fills; only the first one holds its formula."""
    found: dict[str, set[Place]] = {}
    with open_workbook(path) as book:
        for name in book.sheets:
            with contextlib.suppress(InputError):  # a damaged sheet, which nobody writes
                found[name] = {
                    (row, column)
                    for area in book.sheet(name).index.fixed
                    for row in range(area.first_row, min(area.last_row, area.first_row + MANY) + 1)
                    for column in range(area.first_column, area.last_column + 1)
                }
    return found


def _reads_unknown(text: str) -> bool:
    bare = _REFERENCE.sub("", re.sub(r'"[^"]*"', "", text))
    return bool(_VOLATILE.search(text) or _NAME.search(re.sub(r"\b(?:TRUE|FALSE)\b", "", bare)))


def _references(text: str, here: str) -> Iterator[tuple[str, Range]]:
    for quoted, plain, ref in _REFERENCE.findall(re.sub(r'"[^"]*"', "", text)):
        area = parse_range(_closed(ref.replace("$", "").upper()))
        if area is not None:
            yield quoted.replace("''", "'") or plain or here, area


def _closed(ref: str) -> str:
    """Whole columns and rows as ranges of cells."""
    first, _, last = ref.partition(":")
    if last and first.isalpha():
        return f"{first}1:{last}1048576"
    return f"A{first}:XFD{last}" if last and first.isdigit() else ref


def _meets(mine: Owned | None, area: Range) -> bool:
    if mine is None:
        return False
    if any(area.first_column <= c <= area.last_column for c in mine.columns):
        return True
    return any(_inside(place, area) for place in mine.written)


def _inside(place: Place, area: Range) -> bool:
    return area.first_row <= place[0] <= area.last_row and area.first_column <= place[1] <= area.last_column


def _reads_any(areas: list[tuple[str, Range]], found: set[tuple[str, Place]]) -> bool:
    return any(s == sheet and _inside(place, area) for sheet, area in areas for s, place in found)
