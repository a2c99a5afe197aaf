"""The calls of the library: a run, a check, the tables as they are read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from crmsheet import run
from crmsheet.assess import Options
from crmsheet.errors import BusyError
from crmsheet.library.result import Run
from crmsheet.library.tables import shown_tables
from crmsheet.model import Kind, Period
from crmsheet.policy.settings import find_settings
from crmsheet.reading import read_tables as read
from crmsheet.review.added import with_added
from crmsheet.review.outputs import FORMATS, write_outputs
from crmsheet.texts import Lang
from crmsheet.workbook import open_workbook

AnyPath: TypeAlias = str | Path


def check(
    workbook: AnyPath, *, as_of: dt.date, policy: AnyPath | None = None, period: Period = "week", logs: Sequence[AnyPath] = (),
    password: str | None = None, lang: Lang = "zh",
) -> Run:  # fmt: skip
    """Read, check, grade and plan one workbook; write nothing (``crmsheet check``).

    ``as_of``: the day to reckon from; ``policy``: a preset's name or a .toml file, None: as crmsheet.toml and the table say;
    ``period``: that of the indicators; ``logs``: files of follow-ups beside the workbook's own; ``lang``: that of the findings' sentences.
    Raises InputError, TableError or PolicyError.
    """
    options = _options(as_of, policy, period, logs, password, lang)
    return Run(run.check(Path(workbook), options).outcome, lang)


def process(
    workbook: AnyPath, *, as_of: dt.date, policy: AnyPath | None = None, period: Period = "week", logs: Sequence[AnyPath] = (),
    password: str | None = None, lang: Lang = "zh", output: AnyPath | None = None, reviews: AnyPath | None = None, wait: float = 0,
) -> Run:  # fmt: skip
    """Run over one workbook and write it (``crmsheet process``): in place with a backup, or as a copy to ``output``.

    ``reviews``: the folder that gets the review's files, None: none are made; ``wait``: seconds to wait for whoever has the file;
    all else as in ``check``.  Raises InputError, TableError, PolicyError, EditError, or BusyError when somebody else has the
    file: nothing was written then.  OSError: the workbook was written, the review could not be.
    """
    path, target = Path(workbook), None if output is None else Path(output)
    done = run.process(path, _options(as_of, policy, period, logs, password, lang), output=target, wait=wait)
    if done.outcome.not_written is not None:
        raise BusyError(done.outcome.not_written, done.outcome.not_written)
    if reviews is None:
        return Run(done.outcome, lang)
    outcome = with_added(done.outcome, lang)
    written = write_outputs(outcome, Path(reviews), path.stem, FORMATS, lang, target or path)
    return Run(outcome, lang, {str(kind): place for kind, place in written.items()})


def read_tables(
    workbook: AnyPath, *, as_of: dt.date, logs: Sequence[AnyPath] = (), password: str | None = None
) -> dict[Kind, pd.DataFrame]:
    """The tables of a workbook by kind: customers, followups, strategy, classes, people; one without rows is an empty frame.

    A frame has ``sheet``, ``row`` and a column for each field that the workbook has (docs/fields.md): money in 元, rates as
    fractions, days as datetime64[s]; private values masked.  ``as_of``: from which a day without a year is read.
    Raises InputError, TableError or PolicyError.
    """
    settings, _ = find_settings(Path(workbook))
    with ExitStack() as opened:
        book, *others = [opened.enter_context(open_workbook(Path(one), password, foreign=True)) for one in (workbook, *logs)]
        return shown_tables(read(book, settings, as_of, others))


def _options(
    as_of: dt.date, policy: AnyPath | None, period: Period, logs: Sequence[AnyPath], password: str | None, lang: Lang
) -> Options:
    return Options(
        as_of=as_of, policy=None if policy is None else str(policy), period=period, password=password, lang=lang,
        logs=tuple(map(Path, logs)),
    )  # fmt: skip
