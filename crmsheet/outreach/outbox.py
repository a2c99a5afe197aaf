"""What was sent already: a small SQLite file beside the workbook's backups, by task, day and channel.

A line is claimed before it leaves.  ``sent`` and ``sending`` are never sent again: whoever died, or heard no answer, in
between cannot know whether it arrived, and a reminder too few is better than two.  ``failed`` is tried again.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

State = Literal["sending", "sent", "failed"]
KEPT = 90  # days
_TABLE = """CREATE TABLE IF NOT EXISTS outbox (task TEXT NOT NULL, day TEXT NOT NULL, channel TEXT NOT NULL, state TEXT NOT NULL,
PRIMARY KEY (task, day, channel)) WITHOUT ROWID"""


def outbox_path(workbook: Path) -> Path:
    """Where a workbook's outbox lies."""
    return workbook.resolve().parent / ".crmsheet" / f"{workbook.name}.outbox.sqlite"


class Outbox:
    """One day's sends.  Raises sqlite3.Error or OSError where the file cannot be used: then nothing may be sent."""

    def __init__(self, path: Path, day: dt.date) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._day = day.isoformat()
        self._store = sqlite3.connect(path, timeout=30, isolation_level=None)
        with self._writing():
            self._store.execute(_TABLE)
            self._store.execute("DELETE FROM outbox WHERE day < ?", ((day - dt.timedelta(days=KEPT)).isoformat(),))

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()

    def claim(self, tasks: Sequence[str], channel: str) -> list[str]:
        """Those of some tasks that may be sent now; they count as ``sending`` from here on, whoever else asks."""
        with self._writing():
            return [task for task in tasks if self._claimed(task, channel)]

    def _claimed(self, task: str, channel: str) -> bool:
        done = self._store.execute(
            "INSERT INTO outbox VALUES (?, ?, ?, 'sending') ON CONFLICT DO UPDATE SET state = 'sending' WHERE state = 'failed'",
            (task, self._day, channel),
        )  # fmt: skip
        return done.rowcount > 0

    def settle(self, tasks: Sequence[str], channel: str, state: State) -> None:
        """Say what became of claimed tasks."""
        with self._writing():
            rows = [(state, task, self._day, channel) for task in tasks]
            self._store.executemany("UPDATE outbox SET state = ? WHERE task = ? AND day = ? AND channel = ?", rows)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._store.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._store.execute("ROLLBACK")
            raise
        self._store.execute("COMMIT")


def already(path: Path, day: dt.date, channel: str) -> frozenset[str]:
    """Tasks that would not be sent again on a day; looks only, and a missing file holds nothing."""
    if not path.is_file():
        return frozenset()
    store = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        asked = "SELECT task FROM outbox WHERE day = ? AND channel = ? AND state <> 'failed'"
        return frozenset(task for (task,) in store.execute(asked, (day.isoformat(), channel)))
    finally:
        store.close()
