"""What a run reads beside the team's workbook: logs that are files of their own, and tables of a database; nothing is written there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from crmsheet.errors import InputError, WorkbookError
from crmsheet.policy.settings import Database
from crmsheet.texts import both
from crmsheet.workbook import Workbook, open_workbook

LOGS = (".xlsx", ".xlsm", ".xls", ".csv")  # of a folder, whatever the case


def open_outside(
    workbook: Path, logs: Sequence[Path], password: str | None, source: Database | None, folder: Path, opened: ExitStack
) -> tuple[list[Workbook], Workbook | None]:
    """The logs (those of a folder one by one, the database's last) and the database's customers; ``opened`` closes them.

    ``folder``: to which a database's path is relative.  Raises InputError that names every log that cannot be used.
    """
    found: list[Workbook] = []
    refused: list[WorkbookError] = []
    for path in log_files(logs, workbook):
        try:
            found.append(opened.enter_context(open_workbook(path, password, foreign=True)))
        except WorkbookError as error:
            refused.append(_named(path, error))
    if refused:
        raise InputError("；".join(one.zh for one in refused), "; ".join(one.en for one in refused))
    if source is None:
        return found, None
    from crmsheet.source import read_source

    sourced = read_source(source, folder)
    found += [opened.enter_context(sourced["followups"])] if "followups" in sourced else []
    return found, opened.enter_context(sourced["customers"]) if "customers" in sourced else None


def _named(path: Path, error: WorkbookError) -> WorkbookError:
    return error if path.name in error.zh else InputError(f"{path.name}: {error.zh}", f"{path.name}: {error.en}")


def log_files(logs: Sequence[Path], workbook: Path) -> Iterator[Path]:
    """Files as they are; of a folder its workbooks and .csv by name, without hidden ones, notes of open files and the team's own workbook.

    Raises InputError for a folder without any.
    """
    for path in logs:
        if not path.is_dir():
            yield path
            continue
        inside = sorted(one for one in path.iterdir() if one.suffix.lower() in LOGS and not one.name.startswith((".", "~$")) and one.is_file())
        own = workbook.resolve()
        chosen = [one for one in inside if one.resolve() != own]
        if not chosen:
            raise InputError(*both("log_folder_empty", path=path))
        yield from chosen
