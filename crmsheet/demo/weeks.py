"""Eight runs over the team's workbook, a week apart, with people's edits in between."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from crmsheet.assess import Options
from crmsheet.blank.layout import sheets
from crmsheet.blank.paint import blank_workbook
from crmsheet.demo.people import Edits, a_week
from crmsheet.demo.team import Row, Value, log, team
from crmsheet.model import Outcome
from crmsheet.policy.load import load_policy
from crmsheet.run import process
from crmsheet.tables.spec import table_spec
from crmsheet.texts import Lang
from crmsheet.workbook import ColumnLook, Workbook, open_workbook

WEEKS = 8
SEED = 2026
WORKBOOK = "team.xlsx"
CUSTOMERS, LOG = (table_spec(kind).titles[0] for kind in ("customers", "followups"))


@dataclass(frozen=True)
class Week:
    """One week: its number, the run's day, what people had typed before it, and what the run found."""

    number: int
    as_of: dt.date
    edits: Edits | None
    outcome: Outcome


def live(folder: Path, last: dt.date, lang: Lang) -> Iterator[Week]:
    """Make the workbook in ``folder`` and live through the weeks; the last run is as of ``last``."""
    rng = Random(SEED)  # noqa: S311  a lifelike team is drawn, nothing is secret
    path, start = folder / WORKBOOK, last - dt.timedelta(weeks=WEEKS - 1)
    known: list[Row] = list(team(rng, start))
    path.write_bytes(blank_workbook(load_policy("priority"), lang))
    _type(path, [], known, log(rng, list(map(dict, known)), start))
    edits = None
    for number in range(1, WEEKS + 1):
        as_of = start + dt.timedelta(weeks=number - 1)
        outcome = process(path, Options(as_of=as_of, lang=lang)).outcome
        yield Week(number, as_of, edits, outcome)
        if number < WEEKS:
            edits = a_week(rng, number, outcome, known, as_of + dt.timedelta(weeks=1))
            _type(path, edits.cells, edits.new, edits.log)
            known += edits.new


def _type(path: Path, cells: Sequence[tuple[int, str, Value]], customers: Sequence[Row], entries: Sequence[Row]) -> None:
    """Put people's edits into the workbook and save it as they would: no backup, no trace of a run."""
    saved = path.with_suffix(".saved.xlsx")
    with open_workbook(path) as book:
        page = book.sheet(CUSTOMERS)
        heads = {str(cell.value): at for at, cell in page.rows(1, 1)[1].items()}
        for row, header, value in cells:
            page.set_column(heads[header], [row], [value])
        _append(book, CUSTOMERS, customers)
        _append(book, LOG, entries)
        book.commit(saved)
    os.replace(saved, path)


def _append(book: Workbook, sheet: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        headers = [one.header for page in sheets(load_policy("priority"), "zh") if page.title == sheet for one in page.columns if one.role != "ours"]
        book.append_rows(sheet, [ColumnLook(header, "text", 0) for header in headers], [[row.get(header) for header in headers] for row in rows])
