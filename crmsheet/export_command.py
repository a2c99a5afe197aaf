"""``crmsheet export``: what a run finds out, into a database; the workbooks are only read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import orjson

from crmsheet.errors import InputError, WorkbookError
from crmsheet.job import Job
from crmsheet.review.document import document
from crmsheet.run import check
from crmsheet.texts import both


def export_all(workbooks: Sequence[Path], job: Job) -> int:
    """All workbooks in one transaction; 2 when one of them, or the database, cannot be used: then nothing is there."""
    try:
        from crmsheet.export.rows import rows_of
        from crmsheet.export.store import store
    except ModuleNotFoundError as error:
        return job.refuse(InputError(*both("export_driver", module=error.name or "")))
    try:
        names = [job.team if job.team and len(workbooks) == 1 else called(path) for path in workbooks]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise InputError(*both("export_twice", name=twice))
        results = [document(check(path, job.options()).outcome, job.lang) for path in workbooks]
        runs = [rows_of(result, name) for result, name in zip(results, names, strict=True)]
        shown = store(str(job.to), runs)
    except WorkbookError as error:
        return job.refuse(error)
    counts = [{"workbook": name, "rows": {table: len(rows) for table, rows in run.items()}} for name, run in zip(names, runs, strict=True)]
    if job.as_json:
        click.echo(orjson.dumps({"to": shown, "runs": counts}))
    for name, result in zip(names, results, strict=True):
        job.tell(job.say("exported", name=name, day=result["as_of"], customers=len(result["customers"]), findings=len(result["findings"]), target=shown))
    return 0


def called(path: Path) -> str:
    """What a workbook is called in the database: its folder's name and its own, so that two teams' team.xlsx are two."""
    whole = path.resolve()
    return f"{whole.parent.name}/{whole.name}"
