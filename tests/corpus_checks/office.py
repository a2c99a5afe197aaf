"""LibreOffice before and after: what it opened before it must open after, with the same values."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from corpus_checks.formulas import array_cells, uncertain
from corpus_checks.plan import Owned
from corpus_checks.readers import SHOWN, Values, crmsheet_values, same
from crmsheet.workbook import open_workbook
from crmsheet.workbook.parts import relations

SECONDS_A_FILE, SECONDS_TO_START = 20, 60


def soffice() -> str | None:
    return shutil.which("soffice") or shutil.which("libreoffice")


def converted(paths: Sequence[Path], folder: Path) -> dict[Path, Path]:
    """Each workbook as LibreOffice saves it again; those that it does not open are left out.

    One call for all; after a crash or a hang the rest one by one.
    """
    output = folder / "converted"
    output.mkdir(parents=True, exist_ok=True)
    _convert(paths, output, folder / "profile", SECONDS_TO_START + SECONDS_A_FILE * len(paths) // 4)
    for path in paths:
        if len(paths) > 1 and not (output / f"{path.stem}.xlsx").exists():
            _convert([path], output, folder / "profile", SECONDS_TO_START)
    return {path: output / f"{path.stem}.xlsx" for path in paths if (output / f"{path.stem}.xlsx").exists()}


def _convert(paths: Sequence[Path], output: Path, profile: Path, seconds: float) -> None:
    command = [soffice() or "soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--norestore",
               "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(output), *map(str, paths)]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def office_faults(source: Path, before: Path, after: Path, owned: Mapping[str, Owned]) -> list[str]:
    """Cells outside the owned ones that LibreOffice shows otherwise than before."""
    old, new = crmsheet_values(before), crmsheet_values(after)
    if list(old) != list(new):
        return [f"sheets {list(old)} became {list(new)}"]
    values = crmsheet_values(source)
    names, pivots, arrays = _names(old, values), _refilled(source), array_cells(source)
    doubtful = uncertain(values, owned)
    faults = (
        fault
        for sheet, name in names.items()
        if name not in pivots
        for fault in _sheet_faults(old[sheet], new[sheet], owned.get(name, Owned()), doubtful.get(name, set()) | arrays.get(name, set()))
    )
    return list(islice(faults, SHOWN))


def _names(converted: Values, source: Values) -> dict[str, str]:
    """What each converted sheet was called: LibreOffice changes names that it does not like."""
    names = [sheet.partition(":")[2] for sheet in source]
    if len(converted) == len(source):
        return dict(zip(converted, names, strict=True))
    return {sheet: sheet.partition(":")[2] for sheet in converted}  # it makes worksheets of chart sheets


def _refilled(source: Path) -> set[str]:
    """Sheets with a pivot table: LibreOffice fills it anew from cells that may be owned, as far as it goes."""
    with open_workbook(source) as book:
        return {name for name in book.sheets if any(r.kind == "pivotTable" for r in relations(book.package, book.sheet(name).part))}


def _sheet_faults(
    old: Mapping[tuple[int, int], Any], new: Mapping[tuple[int, int], Any], mine: Owned, free: set[tuple[int, int]]
) -> Iterator[str]:
    for row, column in sorted({*old, *new}):
        a, b = _value(old.get((row, column))), _value(new.get((row, column)))
        if not same(a, b) and not mine.holds(row, column) and (row, column) not in free:
            yield f"row {row} column {column}: {a!r:.60} became {b!r:.60}"


def _value(cell: Any) -> Any:
    """Kind, value and formula without the style; a formula's text is only that there is one."""
    if not isinstance(cell, tuple):
        return cell
    kind, value, formula, _ = cell
    return kind, value, re.sub(r"\s", "", formula) if formula else None
