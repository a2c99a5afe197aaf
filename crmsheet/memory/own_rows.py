"""The rows of an own sheet as columns of values; people may have sorted, annotated or shortened it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from crmsheet.arrays import Objects, nothing
from crmsheet.model import letters
from crmsheet.tables.own_sheets import own_sheet
from crmsheet.tables.raw import Raw, raw_of, texts_of
from crmsheet.tables.spec import OWN_SHEETS
from crmsheet.values.dates import read_dates
from crmsheet.workbook import Workbook

CELL = "cell"  # beside the columns of the sheet
DATES = frozenset({"日期", "截至日期"})


def own_rows(book: Workbook, name: str) -> pd.DataFrame | None:
    """All rows of one own sheet, a column a header (blanks where it is gone), oldest first; None without the sheet.

    Dates are datetime64[s]; all else is str or None; ``CELL`` holds the address of each row's date.  Rows without a date are
    notes of people and are left out.
    """
    if name not in book.sheets or (found := own_sheet(book.sheet(name))) is None:
        return None
    sheet, first = book.sheet(name), found.row + 1
    size = max(0, sheet.last_row - found.row)
    columns = {header: sheet.column(column, first, sheet.last_row) for header, column in found.columns.items()} if size else {}
    raws = {header: raw_of(column, np.ones(size, dtype=bool), frozenset()) for header, column in columns.items()}
    date = next(header for header in OWN_SHEETS[name] if header in DATES)
    frame = pd.DataFrame({h: _values(h, raws, size, book.date1904) for h in OWN_SHEETS[name]})
    frame[CELL] = pd.Series([f"{name}!{letters(found.columns[date])}{first + i}" for i in range(size)] if date in raws else nothing(size), dtype=object)
    dated = frame[frame[date].notna()]
    return dated.sort_values(date, kind="stable", ignore_index=True)


def _values(header: str, raws: Mapping[str, Raw], size: int, date1904: bool) -> pd.Series:
    if header in DATES:
        blank = np.full(size, np.datetime64("NaT"), dtype="datetime64[s]")
        if header not in raws:
            return pd.Series(blank)
        raw = raws[header]
        base = np.full(size, np.datetime64("2000-01-01", "s"))
        return pd.Series(read_dates(raw.number, raw.is_date, raw.text, base, date1904=date1904).start)
    values: Objects = texts_of(raws[header]) if header in raws else nothing(size)
    return pd.Series(values, dtype=object)
