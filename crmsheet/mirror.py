"""The newest ledger rows beside the backups, so that a colleague's old copy does not bring decided proposals back.

``.crmsheet/ledger/<workbook>.jsonl``: one JSON object a row, oldest first, with the run that wrote it.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from crmsheet.workbook import own_folder

KEEP = 20_000  # rows
Row = Mapping[str, object]


def mirror_path(workbook: Path) -> Path:
    """Where a workbook's mirror lies."""
    return workbook.resolve().parent / ".crmsheet" / "ledger" / f"{workbook.name}.jsonl"


def read_mirror(workbook: Path) -> list[Row]:
    """The mirrored rows; a damaged line, or a mirror that cannot be read, remembers nothing."""
    try:
        lines = mirror_path(workbook).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    return [row for row in map(_parsed, lines) if row is not None]


def _parsed(line: str) -> Row | None:
    try:
        row = json.loads(line)
        dt.date.fromisoformat(row["日期"])
        return row if isinstance(row, dict) else None
    except (ValueError, TypeError, KeyError):
        return None


def add_to_mirror(workbook: Path, rows: Sequence[Row], run: str) -> None:
    """Add a run's rows; ``run`` names it by the file that it made (so that undoing it can take them back).

    Raises OSError when the folder cannot be written.
    """
    if not rows:
        return
    _write(workbook, [*read_mirror(workbook), *({**row, "run": run} for row in rows)][-KEEP:])


def drop_from_mirror(workbook: Path, run: str) -> None:
    """Forget what one run added: it was undone."""
    rows = read_mirror(workbook)
    left = [row for row in rows if row.get("run") != run]
    if len(left) < len(rows):
        _write(workbook, left)


def rename_runs(workbook: Path, names: Mapping[str, str]) -> None:
    """Call runs by other names: the files that they made were made anew.  Raises OSError."""
    replace_rows(workbook, lambda row: {**row, "run": names.get(str(row.get("run")), row.get("run"))})


def replace_rows(workbook: Path, changed: Callable[[Row], Row]) -> int:
    """Change rows of the mirror; how many have become others.  Raises OSError."""
    rows = read_mirror(workbook)
    new = [changed(row) for row in rows]
    count = sum(one != other for one, other in zip(rows, new, strict=True))
    if count:
        _write(workbook, new)
    return count


def _write(workbook: Path, rows: Sequence[Row]) -> None:
    path = mirror_path(workbook)
    own_folder(path.parents[2] / workbook.name, "ledger")
    new = path.with_suffix(".tmp")
    new.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8", errors="backslashreplace")
    os.replace(new, path)
