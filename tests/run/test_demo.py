"""crmsheet demo: eight weeks of a team that looks alive, the same every time."""

from __future__ import annotations

import json
import resource
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from test_command_line import crmsheet, refusal

DAY = ("--as-of", "2026-09-30")


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A folder after the demo, and what it said."""
    folder = tmp_path_factory.mktemp("demo") / "team"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = crmsheet("demo", folder, *DAY, "--json")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert result.returncode == 0, result.stderr
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 60
    return folder, json.loads(result.stdout)


def test_it_runs_week_by_week_with_people_at_work_in_between(lived: tuple[Path, dict[str, Any]]) -> None:
    folder, told = lived
    weeks = told["weeks"]
    assert [one["as_of"] for one in weeks] == [
        "2026-08-12", "2026-08-19", "2026-08-26", "2026-09-02", "2026-09-09", "2026-09-16", "2026-09-23", "2026-09-30",
    ]  # fmt: skip
    assert all(one["entries"] >= 10 for one in weeks[1:])
    assert sum(one["agreed"] for one in weeks) >= 5 and sum(one["refused"] for one in weeks) >= 1
    assert sum(one["by_hand"] for one in weeks) == 2 and sum(one["new"] for one in weeks) == 2
    assert weeks[-1]["proposals"] >= 2 and weeks[-1]["overdue"] > 0
    assert told["review"] == str(folder / "crmsheet-reviews" / "team-2026-09-30.html")
    assert len(list((folder / "crmsheet-reviews").glob("*.html"))) == 8


def test_the_ledger_remembers_decisions_hand_edits_and_a_signal(lived: tuple[Path, dict[str, Any]]) -> None:
    rows = list(openpyxl.load_workbook(lived[0] / "team.xlsx")["等级变更记录"].iter_rows(values_only=True))
    kinds = {row[rows[0].index("类型")] for row in rows[1:]}
    assert {"首次", "升级", "降级", "同意", "驳回", "人工调整", "立即升级"} <= kinds


def test_it_is_the_same_every_time(lived: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    folder = tmp_path / "again"
    told = json.loads(crmsheet("demo", folder, *DAY, "--json").stdout)
    assert told["weeks"] == lived[1]["weeks"]
    assert (folder / "team.xlsx").read_bytes() == (lived[0] / "team.xlsx").read_bytes()


def test_the_next_steps_that_it_names_work(lived: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    path = tmp_path / "team.xlsx"
    path.write_bytes((lived[0] / "team.xlsx").read_bytes())
    told = crmsheet("explain", path, "C2026008", *DAY)
    assert told.returncode == 0 and "建议等级" in told.stdout
    assert crmsheet("process", path, "--as-of", "2026-10-09").returncode == 0
    assert crmsheet("undo", path).returncode == 0


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert "文件夹里已有东西" in refusal(crmsheet("demo", tmp_path, *DAY))
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
    assert "不能在这里新建" in refusal(crmsheet("demo", tmp_path / "mine.txt", *DAY))
