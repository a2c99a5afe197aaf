"""A workbook's values as independent readers see them: {sheet: {(row, column): value}}, blanks left out."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from corpus_checks.children import in_child
from corpus_checks.plan import Owned

Values = dict[str, dict[tuple[int, int], Any]]
Reader = Callable[[Path], Values]
SHOWN = 5  # differences told of one file


def crmsheet_values(path: Path) -> Values:
    """(kind, value, formula, style) of every stored cell that holds something."""
    from crmsheet.workbook import InputError, open_workbook

    found: Values = {}
    with open_workbook(path) as book:
        for place, name in enumerate(book.sheets):
            try:
                cells = list(book.sheet(place).cells())
            except InputError as refusal:  # a damaged sheet stays as damaged as it is
                found[f"{place}:{name}"] = {(0, 0): refusal.en}
                continue
            found[f"{place}:{name}"] = {
                (c.row, c.column): (c.kind, c.value, c.formula, c.style) for c in cells if c.value is not None or c.formula
            }
    return found


def openpyxl_values(path: Path) -> Values:
    """Formulas as text; number formats along with the values."""
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path)
    return {
        f"{i}:{sheet.title}": {
            place: (_shown(cell.value), cell.number_format) for place, cell in sheet._cells.items() if cell.value is not None
        }
        for i, sheet in enumerate(book.worksheets)
    }


def _shown(value: Any) -> Any:
    """Array formulas and data tables are objects without equality."""
    return value if type(value).__module__ in ("builtins", "datetime") else repr(sorted(vars(value).items()))


def calamine_values(path: Path) -> Values:
    """Cached values, as python-calamine reads them."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum

    book = CalamineWorkbook.from_path(str(path))
    found: Values = {}
    for i, entry in enumerate(book.sheets_metadata):
        if entry.typ == SheetTypeEnum.WorkSheet:
            rows = book.get_sheet_by_name(entry.name).to_python(skip_empty_area=False)
            found[f"{i}:{entry.name}"] = {
                (r, c): v for r, row in enumerate(rows, 1) for c, v in enumerate(row, 1) if v not in ("", None)
            }
    return found


READERS: dict[str, tuple[Reader, float]] = {  # and the seconds that one may take
    "crmsheet": (crmsheet_values, 120.0),
    "openpyxl": (openpyxl_values, 120.0),
    "calamine": (calamine_values, 60.0),
}


def opens(name: str, path: Path) -> bool:
    """Whether a reader reads the whole workbook."""
    read, seconds = READERS[name]
    return not in_child(_read_only, read, path, seconds=seconds).fault


def _read_only(read: Reader, path: Path) -> None:
    read(path)


def disagreements(name: str, before: Path, after: Path, owned: Mapping[str, Owned]) -> list[str] | None:
    """What a reader finds changed outside the owned cells; None when it could not read ``before``."""
    read, seconds = READERS[name]
    ended = in_child(_compared, read, before, after, owned, seconds=2 * seconds)
    if not ended.fault:
        found: list[str] | None = ended.value
        return found
    return [f"{ended.fault} (it reads the original)"] if opens(name, before) else None


def _compared(read: Reader, before: Path, after: Path, owned: Mapping[str, Owned]) -> list[str] | None:
    try:
        old = read(before)
    except Exception:  # noqa: BLE001  # whatever a reader says: what failed to open before may fail after
        return None
    new = read(after)
    if read is not crmsheet_values and list(old) == list(new):  # calamine sees no cells of a sheet in UTF-16: not opened
        unread = {sheet for sheet, cells in old.items() if not cells}
        old, new = ({s: cells for s, cells in found.items() if s not in unread} for found in (old, new))
    return differences(old, new, owned)


def differences(old: Values, new: Values, owned: Mapping[str, Owned]) -> list[str]:
    """Lines for cells outside the owned ones that differ."""
    if list(old) != list(new):
        return [f"sheets {list(old)} became {list(new)}"]
    return list(chain.from_iterable(_sheet_differences(s, old[s], new[s], owned) for s in old))[:SHOWN]


def _sheet_differences(
    sheet: str, old: Mapping[tuple[int, int], Any], new: Mapping[tuple[int, int], Any], owned: Mapping[str, Owned]
) -> list[str]:
    mine = owned.get(sheet.partition(":")[2], Owned())
    wrong = [p for p in sorted({*old, *new}) if not same(old.get(p), new.get(p)) and not mine.holds(*p)]
    return [f"{sheet} row {r} column {c}: {old.get((r, c))!r:.60} became {new.get((r, c))!r:.60}" for r, c in wrong[:SHOWN]]


def same(a: Any, b: Any) -> bool:
    """Equal and of one type; NaN equals NaN."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b):
        return True
    return type(a) is type(b) and bool(a == b)
