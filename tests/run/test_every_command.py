"""Every command on both sample workbooks, before their first run, and after it with a table of people: an answer, never a fault of ours."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from crmsheet.cli import cli
from crmsheet.resources import sample_bytes

SAMPLES = {"team.xlsx": ("2026-09-30", "C2026001"), "documents.xlsx": ("2024-03-20", "C20240301")}
COMMANDS = (
    ("check",), ("explain", "CUSTOMER"), ("remind", "--digest"), ("plan", "--period", "month"), ("handover",), ("learn",),
    ("simulate", "--policy", "crm"), ("backtest", "--from", "2024-01-01", "--to", "2024-03-20"), ("export", "--to", "DIR/out.db"),
    ("forget", "CUSTOMER"), ("doctor",), ("init", "--from"), ("undo", "--list"), ("process", "--dry-run"),
)  # fmt: skip


PEOPLE = (("姓名", "角色", "状态", "离职日期", "接手人"), ("王建国", "团队负责人", "在职"), ("陈静", "资深销售", "在职"), ("张伟", "销售专员", "离职", dt.date(2024, 3, 1), "陈静"))


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("runs", [0, 1])
def test_every_command_answers(sample: str, runs: int, tmp_path: Path) -> None:
    day, customer = SAMPLES[sample]
    book = tmp_path / sample
    book.write_bytes(sample_bytes(sample))
    if runs:
        add_people(book)
    for words in (("process",),) * runs + COMMANDS:
        name, *more = (word.replace("CUSTOMER", customer).replace("DIR", str(tmp_path)) for word in words)
        before = book.read_bytes()
        line = [name, *(more if name == "init" else [])] + [str(book)] + ([] if name == "init" else more)
        dated = line if name == "backtest" else [*line, "--as-of", day]
        done = CliRunner().invoke(cli, [*dated, "--debug"], standalone_mode=False)
        assert done.exception is None, (line, done.exception)
        assert done.return_value in (0, None), (line, done.output)
        assert done.output.strip(), line
        assert name == "process" or book.read_bytes() == before, line


def add_people(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book.create_sheet("人员")
    for line in PEOPLE:
        sheet.append(line)
    book.save(path)
