"""The files of a review: names, wholeness, and that nothing heavy is loaded before they are wanted."""

from __future__ import annotations

import gc
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

import crmsheet.review.xlsx
from crmsheet.findings import CATALOGUE
from crmsheet.model import CellRef, Finding, Outcome
from crmsheet.resources import template_text
from crmsheet.review.outputs import FORMATS, relative_path, write_outputs

ROOT = Path(crmsheet.review.__file__).resolve().parents[2]


def test_three_files_named_by_stem_and_day(outcome: Outcome, tmp_path: Path) -> None:
    folder = tmp_path / "新" / "reviews"
    paths = write_outputs(outcome, folder, "客户", FORMATS, "zh", tmp_path / "客户.xlsx")
    assert {name: path.name for name, path in paths.items()} == {
        "html": "客户-2024-03-20.html", "xlsx": "客户-2024-03-20.xlsx", "json": "客户-2024-03-20.json"}  # fmt: skip
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in paths.values())
    result = json.loads(paths["json"].read_text(encoding="utf-8"))
    assert result["outputs"] == {name: str(path) for name, path in paths.items()}


def test_only_the_wanted_files_are_made(outcome: Outcome, tmp_path: Path) -> None:
    assert list(write_outputs(outcome, tmp_path, "客户", ["html"], "zh", tmp_path / "客户.xlsx")) == ["html"]
    assert [path.suffix for path in tmp_path.iterdir()] == [".html"]


def test_links_lead_from_the_review_to_the_workbook(outcome: Outcome, tmp_path: Path) -> None:
    paths = write_outputs(outcome, tmp_path / "out", "客户", ["xlsx"], "zh", tmp_path / "客户 1#.xlsx")
    sheet = openpyxl.load_workbook(paths["xlsx"])["问题明细"]
    assert sheet["C3"].hyperlink.target == "..\\客户%201%23.xlsx"


def test_an_earlier_review_of_the_day_is_replaced(outcome: Outcome, tmp_path: Path) -> None:
    (tmp_path / "客户-2024-03-20.html").write_text("旧报告", encoding="utf-8")
    paths = write_outputs(outcome, tmp_path, "客户", ["html"], "zh", tmp_path / "客户.xlsx")
    assert paths["html"].read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_when_one_cannot_be_written_none_is_and_nothing_lies_about(
    outcome: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(crmsheet.review.xlsx, "write", full)
    (tmp_path / "客户-2024-03-20.html").write_text("旧报告", encoding="utf-8")
    with pytest.raises(OSError, match="No space left"):
        write_outputs(outcome, tmp_path, "客户", FORMATS, "zh", tmp_path / "客户.xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["客户-2024-03-20.html"]
    assert (tmp_path / "客户-2024-03-20.html").read_text(encoding="utf-8") == "旧报告"
    assert gc.isenabled()


def test_a_folder_that_cannot_be_made_is_an_os_error(outcome: Outcome, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OSError):
        write_outputs(outcome, tmp_path / "file" / "reviews", "客户", FORMATS, "zh", tmp_path / "客户.xlsx")


@pytest.mark.skipif(os.name == "nt", reason="rights of POSIX systems")
def test_the_files_have_the_rights_of_any_new_file(outcome: Outcome, tmp_path: Path) -> None:
    (tmp_path / "beside").write_text("", encoding="utf-8")
    paths = write_outputs(outcome, tmp_path, "客户", ["html"], "zh", tmp_path / "客户.xlsx")
    assert paths["html"].stat().st_mode == (tmp_path / "beside").stat().st_mode


def test_the_path_to_the_workbook_is_relative(tmp_path: Path) -> None:
    assert relative_path(tmp_path / "客户.xlsx", tmp_path / "reviews") == os.path.join("..", "客户.xlsx")


def test_importing_the_review_loads_no_renderer() -> None:
    code = ("import sys, crmsheet.review.outputs; "
            "print([name for name in ('jinja2', 'xlsxwriter', 'openpyxl', 'matplotlib') if name in sys.modules])")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# ---- hostile texts, in every column that a person can type in

HOSTILE = (
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    '"><img src=x onerror=alert(1)>',
    "控\x00制\x1b符",
    "\u202e反向\u2066x\u2069",
    "</td></tr></table><style>*{display:none}</style>",
    "{{ 7*7 }}{% raw %}",
    "坏\ud800字",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
)


def spoiled(outcome: Outcome, text: str) -> Outcome:
    """The outcome with ``text`` in every column of words that people write."""
    people = outcome.customers.copy()
    typed = ["id", "name", "name_shown", "owner", "industry", "region", "contact_shown", "stage", "proposed_stage", "tier",
             "tier_in_sheet", "tier_effective", "proposed_tier", "evidence", "last_summary", "issues", "sheet"]  # fmt: skip
    typed += [name for name in people.columns if name.startswith(("reason.", "reason_source."))]
    for name in typed:
        people[name] = pd.Series([text] * len(people), dtype=object)
    tasks = outcome.tasks.copy()
    for name in ("text", "method", "owner", "source"):
        tasks[name] = pd.Series([text] * len(tasks), dtype=object)
    found = tuple(
        Finding(code, CellRef(text, 2, 3), text, dict.fromkeys(_params(code), text)) for code in CATALOGUE
    )
    strategy = replace(
        outcome.strategies[0],
        customer=text,
        segment=text,
        owner=text,
        current=text,
        rating_in_sheet=text,
        sheet=text,
    )
    region = replace(
        outcome.regions[0],
        sheet=text,
        headers=dict.fromkeys(outcome.regions[0].headers, text),
        units={"amount": text},
    )
    return replace(
        outcome, workbook=text, policy_name=text, policy_version=text, policy_reason=text, policy_rules=((text, text, text),),
        tiers=(text, "A"), customers=people, tasks=tasks, findings=found, strategies=(strategy,), regions=(region,),
        calendar_note=text, not_written=text,
    )  # fmt: skip


def _params(code: str) -> set[str]:
    entry = CATALOGUE[code]
    templates = (entry.zh, entry.en, entry.hint_zh, entry.hint_en)
    return {part.split("}")[0] for template in templates for part in template.split("{")[1:]} - {"value"}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_stay_texts_in_all_three_files(
    text: str, lang: str, tmp_path: Path, make_outcome: Callable[..., Outcome]
) -> None:
    outcome = spoiled(make_outcome(3), text)
    paths = write_outputs(outcome, tmp_path, "客户", FORMATS, lang, tmp_path / "客户.xlsx")  # type: ignore[arg-type]
    own = f"<script>{''.join(template_text(f'report/{name}.js') for name in ('unpack', 'lists', 'stories'))}</script>"
    html = paths["html"].read_bytes().decode("utf-8").replace(own, "", 1)
    for broken in (
        "<script",
        "<img",
        "onerror=alert(1)>",
        "</table><style>",
        "' onmouseover",
        'href="javascript',
        "\x00",
        "\x1b",
    ):
        assert broken not in html
    shown = re.sub("[\x00\x1b\ud800]", "�", text)
    assert unescape(html).count(shown) > 50  # it is there as it was typed: not dropped, not run as a template
    result = json.loads(paths["json"].read_bytes())
    assert result["customers"][0]["id"] == result["findings"][0]["value"] == text
    book = openpyxl.load_workbook(paths["xlsx"])
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert sum(cell.value == shown for cell in cells) > 50


def test_20000_customers_fit_into_a_page_that_opens(tmp_path: Path, make_outcome: Callable[..., Outcome]) -> None:
    paths = write_outputs(make_outcome(20_000), tmp_path, "客户", FORMATS, "zh", tmp_path / "客户.xlsx")
    assert paths["html"].stat().st_size < 12_000_000
