"""The example packages of docs/examples, installed as people would, at work through the command line."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from schemas import valid
from sheets import Rows, write_workbook

D = dt.date
ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(path.parent.name for path in (ROOT / "docs" / "examples").glob("*/pyproject.toml"))
CUSTOMERS: Rows = [
    ["客户编号", "客户名称", "负责人", "注册区域", "历史合作金额(万元)", "优先级", "客户状态", "首次接触时间", "到期时间"],
    ["C0000001", "甲公司", "王*", "华东", 20, "B级", "成交", D(2024, 2, 20), D(2024, 3, 10)],  # 10 days over
    ["C0000002", "乙公司", "李*", "华东", 20, "B级", "意向", D(2024, 2, 21), D(2024, 3, 10)],
    ["C0000003", "丙公司", "李*", "华南", 20, "B级", "成交", D(2021, 9, 18), D(2024, 3, 20)],  # on the very day
]
POLICY = """extends = "priority"
name = "loyal"
version = "1"
title = "loyal"
title_en = "loyal"
[[score]]
name = "loyalty"
part = "客户价值"
kind = "tenure"
fields = ["first_contact"]
weight = 10
scale = [[0, 0], [5, 100]]
source = "assumption"
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All examples, installed by pip without a network."""
    folder = tmp_path_factory.mktemp("examples")
    copies = shutil.copytree(ROOT / "docs" / "examples", folder / "source")  # pip builds inside the folder that it is given
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target", folder / "site",
         *(copies / name for name in EXAMPLES)],
        check=True, capture_output=True, env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )  # fmt: skip
    return folder / "site"


@pytest.fixture
def team(tmp_path: Path) -> Path:
    return write_workbook(tmp_path / "team.xlsx", {"客户": CUSTOMERS})


def crmsheet(site: Path | None, *words: object, code: int = 0, **more: str) -> str:
    """What the command prints, with the packages of ``site`` installed."""
    environment = {**os.environ, **more, **({"PYTHONPATH": str(site)} if site else {})}
    ran = subprocess.run(
        [sys.executable, "-m", "crmsheet", *map(str, words)], capture_output=True, encoding="utf-8", env=environment, cwd=ROOT, check=False,
    )  # fmt: skip
    assert ran.returncode == code, ran.stderr
    return ran.stdout


def found(text: str, code: str) -> list[dict[str, Any]]:
    return [one for one in valid("result", text)["findings"] if one["code"] == code]


def test_there_is_an_example_of_each_kind() -> None:
    texts = [(ROOT / "docs" / "examples" / name / "pyproject.toml").read_text(encoding="utf-8") for name in EXAMPLES]
    assert sorted(group for text in texts for group in ("checks", "criteria", "sections", "notifiers") if f'"crmsheet.{group}"' in text) == [
        "checks", "criteria", "notifiers", "sections",
    ]  # fmt: skip


def test_the_check_finds_the_contract_that_ran_out_and_its_code_is_explained(installed: Path, team: Path) -> None:
    asked = ("check", team, "--as-of", "2024-03-20", "--json", "--lang", "en")
    (one,) = found(crmsheet(installed, *asked), "contract-expired")
    assert (one["sheet"], one["cell"], one["severity"], one["source"]) == ("客户", "I2", "warning", "our contract rules")
    assert one["message"] == "the customer is closed, and its contract ran out 10 days ago"
    assert found(crmsheet(None, *asked), "contract-expired") == []
    assert "合同已到期" in crmsheet(installed, "explain", "contract-expired")


def test_what_the_check_finds_stands_in_the_workbook_and_the_review(installed: Path, team: Path) -> None:
    crmsheet(installed, "process", team, "--as-of", "2024-03-20")
    sheet = openpyxl.load_workbook(team)["客户"]
    column = next(cell.column for cell in sheet[1] if cell.value == "数据问题")
    assert "客户仍是成交状态，合同已到期 10 天（I2）" in sheet.cell(2, column).value
    assert "合同已到期 10 天" in (team.parent / "crmsheet-reviews" / "team-2024-03-20.html").read_text(encoding="utf-8")


def test_the_criterion_scores_by_years(installed: Path, team: Path, tmp_path: Path) -> None:
    (tmp_path / "loyal.toml").write_text(POLICY, encoding="utf-8")
    told = json.loads(crmsheet(installed, "check", team, "--as-of", "2024-03-20", "--policy", tmp_path / "loyal.toml", "--json"))
    third = told["customers"][2]
    assert third["score"] == 50  # 2.5 of 5 years, the only criterion
    (term,) = third["score_terms"]
    assert (term["cell"], term["points"], term["text"]) == ("客户!H4", pytest.approx(5, abs=0.01), "首次接触时间2.5")  # 914 days
    crmsheet(None, "check", team, "--policy", tmp_path / "loyal.toml", code=2)


def test_the_section_stands_in_both_reviews(installed: Path, team: Path) -> None:
    crmsheet(installed, "process", team, "--as-of", "2024-03-20")
    reviews = team.parent / "crmsheet-reviews"
    assert "各区域" in (reviews / "team-2024-03-20.html").read_text(encoding="utf-8")
    rows = list(openpyxl.load_workbook(reviews / "team-2024-03-20.xlsx")["各区域"].values)
    shown = [[cell for cell in row if cell is not None] for row in rows]
    assert ["华东", 2, 0, 1] in shown and ["华南", 1, 0, 1] in shown  # 甲's renewal, 60 days before 2024-03-10; 丙's contact
    crmsheet(None, "process", team, "--as-of", "2024-03-20")
    assert "各区域" not in openpyxl.load_workbook(reviews / "team-2024-03-20.xlsx").sheetnames


def test_the_notifier_gets_what_the_robots_get_and_nothing_twice(installed: Path, team: Path, tmp_path: Path) -> None:
    (tmp_path / "crmsheet.toml").write_text('[remind]\nnotifiers = ["notify-file"]\n', encoding="utf-8")
    took = tmp_path / "took.txt"
    asked = ("remind", team, "--as-of", "2024-03-20", "--send")
    assert "notify-file → 全队：已发送" in crmsheet(installed, *asked, CRMSHEET_NOTIFY_FILE=str(took))
    first = took.read_text(encoding="utf-8")
    assert first.startswith("team.xlsx 跟进提醒 2024-03-20\n") and "丙公司" in first
    crmsheet(installed, *asked, CRMSHEET_NOTIFY_FILE=str(took))
    assert took.read_text(encoding="utf-8") == first
    crmsheet(None, *asked, code=2)
