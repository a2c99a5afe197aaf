"""The corpus check over the project's own cases; that it sees damage; damaged workbooks in short."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from corpus_checks.engine import Written, byte_faults, raw_members, through_engine
from corpus_checks.formulas import uncertain
from corpus_checks.plan import Owned
from corpus_checks.readers import differences
from fuzz import damaged, survives
from rich_files import by_libreoffice, by_openpyxl, by_xlsxwriter
from test_workbook_dialects import DIALECTS, EMPTY, STRINGS
from test_workbook_features import pivot, sink
from test_workbook_places import ODD
from workbook_files import members, parts, save, worksheet, zipped

PROGRAM = Path(__file__).resolve().parents[1] / "corpus.py"


def write_cases(folder: Path) -> None:
    """Every case of the engine's tests that a write must cope with."""
    made = [by_xlsxwriter(folder / "xlsxwriter.xlsx"), by_openpyxl(folder / "openpyxl.xlsx")]
    by_libreoffice(made, folder / "saved")
    shutil.rmtree(folder / "saved" / "profile", ignore_errors=True)
    sink(folder / "sink.xlsm")
    pivot(folder / "pivot.xlsx")
    for i, sheet in enumerate(DIALECTS.values()):
        save(folder / f"dialect-{i}.xlsx", parts({"客户": sheet}, strings=STRINGS))
    for i, (rows, before) in enumerate(EMPTY.values()):
        save(folder / f"empty-{i}.xlsx", parts({"客户": worksheet(rows, before)}))
    for i, (found, sheet_part, _) in enumerate(ODD.values()):
        if "\\" not in sheet_part:
            (folder / f"odd-{i}.xlsx").write_bytes(zipped(found))


@pytest.mark.skipif(sys.platform == "win32", reason="the corpus check forks")
def test_nothing_is_lost_in_any_generated_case(tmp_path: Path) -> None:
    cases = tmp_path / "cases"
    (cases / "saved").mkdir(parents=True)
    write_cases(cases)
    short = not os.environ.get("CRMSHEET_LONG")
    for case in sorted(cases.rglob("*.xls?"))[::2] if short else ():
        case.unlink()
    line = [sys.executable, str(PROGRAM), str(cases), "--jobs", "1", "--json", str(tmp_path / "outcomes.json"), "--no-commands"]
    ended = subprocess.run(line, capture_output=True, text=True, check=False, timeout=600)
    assert ended.returncode == 0, ended.stdout
    outcomes = json.loads((tmp_path / "outcomes.json").read_text("utf-8"))
    written = [o for o in outcomes if o["status"] == "written"]
    assert len(written) >= (20 if short else 40)
    for reader in ("crmsheet", "openpyxl", "calamine", *(["LibreOffice"] if shutil.which("soffice") else [])):
        assert sum(reader in o["agreed"] for o in written) > len(written) / 2, reader


def test_damage_is_seen(tmp_path: Path) -> None:
    before, after = sink(tmp_path / "before.xlsm"), tmp_path / "after.xlsm"
    written = through_engine(before, after)
    assert written.owned and not written.faults and not byte_faults(before, after, written)
    found = members(after)
    save(after, found | {"xl/theme/theme1.xml": found.get("xl/theme/theme1.xml", b"") + b" "})
    assert byte_faults(before, after, written)
    save(after, {name: data for name, data in found.items() if name != "xl/styles.xml"})
    assert byte_faults(before, after, written) == ["members were added, lost or moved"]
    assert byte_faults(before, before, Written(written.owned))  # nothing was written at all
    assert list(raw_members(before)) == list(members(before))


def test_only_owned_cells_may_differ() -> None:
    old = {"0:a": {(1, 1): 1, (2, 2): "x"}}
    assert not differences(old, {"0:a": {(1, 1): 2, (2, 2): "x", (9, 3): 5}}, {"a": Owned({3}, {(1, 1): 2})})
    assert differences(old, {"0:a": {(1, 1): 1}}, {}) == ["0:a row 2 column 2: 'x' became None"]
    assert differences(old, {"0:a": {(1, 1): 1.0, (2, 2): "x"}}, {})  # another type
    assert differences(old, {"0:b": {}}, {}) == ["sheets ['0:a'] became ['0:b']"]


def test_formulas_that_read_owned_cells_are_uncertain() -> None:
    def cell(formula: str | None) -> tuple[str, int, str | None, int]:
        return "number", 1, formula, 0

    formulas = ["=A1", "=NOW()", "=E9+1", "=SUM(D:D)", "='b c'!D2", "=金额", "=H3*2", '="D2"', "=SUM(2:2)", "=D3"]
    values = {"0:a": {(1 + i, 8): cell(f) for i, f in enumerate(formulas)}, "1:b c": {(2, 4): cell(None)}}
    found = uncertain(values, {"a": Owned(written={(2, 4): 1}), "b c": Owned(columns={4})})
    assert {row for row, _ in found["a"]} == {2, 4, 5, 6, 9}
    values["0:a"][3, 8] = cell("=D2")
    assert {row for row, _ in uncertain(values, {"a": Owned(written={(2, 4): 1})})["a"]} == {2, 3, 4, 6, 7, 9}


@pytest.mark.parametrize("start", range(0, 600, 100))
def test_damaged_workbooks_are_worked_on_or_refused(tmp_path: Path, start: int) -> None:
    written = [survives(damaged(seed), tmp_path) for seed in range(start, start + 100)]
    assert any(written)
