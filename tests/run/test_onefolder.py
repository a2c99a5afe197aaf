"""The one-folder program: what its icon does with a workbook, and the process that it starts for an old .xls."""

from __future__ import annotations

import subprocess
from pathlib import Path

import launch
import pytest
from sheets import ROWS_SIMPLE, write_workbook

from crmsheet.workbook import foreign


def test_a_workbook_dropped_onto_the_icon_is_processed_and_shown(tmp_path: Path) -> None:
    one, other = (str(write_workbook(tmp_path / name, {"客户": ROWS_SIMPLE})) for name in ("甲.xlsx", "乙 队.xlsx"))
    assert launch.words([one, other]) == (["process", one, other, "--open"], True)


@pytest.mark.parametrize("given", [[], ["--version"], ["check", "team.xlsx"], ["missing.xlsx"]])
def test_a_typed_command_stays_as_it_is(given: list[str]) -> None:
    assert launch.words(given) == (given, False)


def test_it_knows_the_process_that_reads_an_old_workbook(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program is its own Python there: what the run asks of Python must be what the program listens to."""
    asked: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        asked.append(command[1:])
        return subprocess.CompletedProcess(command, 0, b"PK", b"")

    monkeypatch.setattr(subprocess, "run", run)
    foreign.from_xls(b"", "team.xls")
    assert asked == [launch.CHILD]
