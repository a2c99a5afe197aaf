"""A broken extension is told by its name, and everything else goes on; what extensions say is masked."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from extending import installed
from schemas import valid
from sheets import AS_OF, Rows, write_workbook

from crmsheet.commands import check_all
from crmsheet.job import Job
from crmsheet.outreach.errors import RefusedError, UnansweredError
from crmsheet.process_command import process_all
from crmsheet.todo_commands import remind_one

D = dt.date
CUSTOMERS: Rows = [
    ["客户编号", "客户名称", "负责人", "历史合作金额(万元)", "优先级", "首次接触时间", "联系人", "联系电话"],
    ["C0000001", "甲公司", "王*", 20, "B级", D(2024, 2, 10), "赵建国", "13812345678"],
    ["C0000002", "李女士", "李*", 20, "B级", D(2024, 2, 10), None, None],
]
PRIVATE = ("赵建国", "李女士", "13812345678", "13912345678")
CODE = """
[odd-one]
severity = "info"
source = "assumption"
title = { zh = "题", en = "title" }
says.zh = "说 {what}"
says.en = "says {what}"
hint.zh = "看看"
hint.en = "look"
"""
CHECK = f"""
from crmsheet.extensions import Check
from crmsheet.model import CellRef, Finding
def run(seen):
    RUN
CHECK = Check(run, '''{CODE}''')
"""
SECTION = """
from crmsheet.review.blocks import Column, Notice, Section, Stories, Table, Text
def build(outcome, lang):
    return BUILT
"""
CRITERION = """
import numpy as np
def read(table, field, as_of):
    READ
"""
POLICY = """extends = "priority"
name = "own"
version = "1"
title = "own"
title_en = "own"
[[score]]
name = "own"
part = "客户价值"
kind = "odd"
fields = ["first_contact"]
weight = 10
scale = [[0, 0], [5, 100]]
source = "assumption"
[[score]]
name = "amount"
part = "客户价值"
kind = "amount"
fields = ["amount"]
weight = 10
scale = [[0, 0], [400000, 100]]
source = "S000-1"
"""
numbers = count()


@pytest.fixture
def team(tmp_path: Path) -> Path:
    return write_workbook(tmp_path / "team.xlsx", {"客户": CUSTOMERS})


@contextmanager
def extension(folder: Path, group: str, source: str, what: str, name: str = "odd") -> Iterator[None]:
    """A module with this source, whose ``what`` is an extension of the group."""
    module = f"odd_extension_{next(numbers)}"
    (folder / f"{module}.py").write_text(source, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        with installed(**{group: [EntryPoint(name, f"{module}:{what}", f"crmsheet.{group}")]}):
            yield


def run(team: Path, capsys: pytest.CaptureFixture[str], **more: Any) -> tuple[int, dict[str, Any]]:
    """Exit code and document of a run."""
    code = process_all([team], Job(as_of=AS_OF, as_json=True, lang="en", **more))
    return code, valid("result", capsys.readouterr().out)


def failed(document: dict[str, Any]) -> list[str]:
    return [one["message"] for one in document["findings"] if one["code"] == "extension-failed"]


@pytest.mark.parametrize(("source", "why"), [
    ("import nothing_of_this_name", "ModuleNotFoundError: No module named 'nothing_of_this_name'"),
    ("raise SystemExit(3)", "RuntimeError: it wanted to end the process"),
    ("def (", "SyntaxError"),
    ("CHECK = print", "TypeError: builtin_function_or_method is no crmsheet.extensions.Check"),
    ("WRONG = 1", "AttributeError"),
    (CHECK.replace("odd-one", "neglected").replace("RUN", "return []"), "ValueError: the code “neglected” is taken"),
    (CHECK.replace("odd-one", "Odd_1").replace("RUN", "return []"), "ValueError: “Odd_1”: a code is small letters and hyphens"),
    (CHECK.replace('severity = "info"', "").replace("RUN", "return []"), "KeyError: 'severity'"),
    (CHECK.replace("[odd-one]", "[odd-one").replace("RUN", "return []"), "TOMLDecodeError"),
    (CHECK.replace("RUN", "raise ZeroDivisionError('13812345678 赵建国')"), "ZeroDivisionError"),
    (CHECK.replace("RUN", "return [Finding('odd-one', None)]"), "KeyError"),  # its sentence needs what
    (CHECK.replace("RUN", "return [Finding('neglected', None)]"), "ValueError"),
    (CHECK.replace("RUN", "return ['odd-one']"), "TypeError"),
    (CHECK.replace("RUN", "return [Finding('odd-one', 'A1', None, {'what': 1})]"), "TypeError"),
    (CHECK.replace("RUN", "return [Finding('odd-one', None, None, {'what': ['赵建国']})]"), "TypeError"),
    (CHECK.replace("RUN", "return None"), "TypeError"),
])  # fmt: skip
def test_a_broken_check_is_one_finding_and_the_run_goes_on(
    tmp_path: Path, team: Path, capsys: pytest.CaptureFixture[str], source: str, why: str
) -> None:
    with extension(tmp_path, "checks", source, "CHECK"):
        code, told = run(team, capsys)
        (message,) = failed(told)
        assert message.startswith(f"the extension “odd” (crmsheet.checks) cannot be used, and nothing of it was counted: {why}")
        assert code == 0 and told["write"]["cells_changed"] > 0
        assert check_all([team], Job(as_of=AS_OF, strict=True, quiet=True)) == 1
        assert not [word for word in PRIVATE if word in json.dumps(told, ensure_ascii=False)]


def test_what_a_check_says_is_masked(tmp_path: Path, team: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = CHECK.replace("RUN", "return [Finding('odd-one', CellRef('客户', 2, 2), '赵建国 13812345678', {'what': '李女士 13912345678'})]")
    with extension(tmp_path, "checks", source, "CHECK"):
        code, told = run(team, capsys)
        (one,) = [one for one in told["findings"] if one["code"] == "odd-one"]
        assert code == 0 and (one["value"], one["message"], one["cell"]) == ("赵* 138****5678", "says 李* 139****5678", "B2")
        assert not [word for word in PRIVATE if any(word in path.read_text(encoding="utf-8") for path in tmp_path.glob("crmsheet-reviews/*.html"))]


def test_what_an_extension_prints_stays_out_of_the_document(tmp_path: Path, team: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with extension(tmp_path, "checks", "print('loaded')\n" + CHECK.replace("RUN", "print('ran'); return []"), "CHECK"):
        process_all([team], Job(as_of=AS_OF, as_json=True, quiet=True))
    told = capsys.readouterr()
    assert valid("result", told.out)["findings"] is not None and told.err.split() == ["loaded", "ran"]


def test_two_packages_with_one_name_are_told(tmp_path: Path, team: Path, capsys: pytest.CaptureFixture[str]) -> None:
    twice = [EntryPoint("odd", "builtins:print", "crmsheet.sections"), EntryPoint("odd", "builtins:sum", "crmsheet.sections")]
    with installed(sections=twice):
        assert sorted(message.rpartition(": ")[2] for message in failed(run(team, capsys)[1])) == ["TypeError", "another package has an extension of this name"]


@pytest.mark.parametrize(("source", "why"), [
    ("import nothing_of_this_name", "ModuleNotFoundError"),
    ("build = 3", "TypeError: int is no function"),
    (SECTION.replace("BUILT", "1 / 0"), "ZeroDivisionError"),
    (SECTION.replace("BUILT", "'赵建国'"), "TypeError"),
    (SECTION.replace("BUILT", "Section('x', 'x', (Text(object()),))"), "TypeError"),
    (SECTION.replace("BUILT", "Section('x', 'x', (Stories('x', 'x', 'x', list),))"), "TypeError"),
    (SECTION.replace("BUILT", "Section('x', 'x', (Table('x', 'x', (Column('a', 'a'),), [3]),))"), "TypeError"),
])  # fmt: skip
def test_a_broken_section_is_one_finding_and_the_review_is_made_without_it(
    tmp_path: Path, team: Path, capsys: pytest.CaptureFixture[str], source: str, why: str
) -> None:
    with extension(tmp_path, "sections", source, "build"):
        code, told = run(team, capsys)
        (message,) = failed(told)
        assert f"“odd” (crmsheet.sections) cannot be used, and nothing of it was counted: {why}" in message
        page = Path(told["outputs"]["html"]).read_text(encoding="utf-8")
        assert code == 0 and "extension failed" in page and 'id="added-odd"' not in page
        assert run(team, capsys, strict=True)[0] == 1


def test_what_a_section_shows_is_masked(tmp_path: Path, team: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "[(name, '赵建国 13912345678') for name in outcome.customers['name']]"
    source = SECTION.replace("BUILT", f"Section('x', '赵建国的一节', (Notice('bad', '13812345678'), Table('t', '表', (Column('a', 'a'), Column('b', 'b')), {rows})))")
    with extension(tmp_path, "sections", source, "build"):
        _, told = run(team, capsys, per_owner=True)
        page = Path(told["outputs"]["html"]).read_text(encoding="utf-8")
        assert failed(told) == [] and "赵*的一节" in page and "赵* 139****5678" in page
        assert not [word for word in PRIVATE if word in page]
        parts = [path.read_text(encoding="utf-8") for path in Path(told["outputs"]["owners"]).glob("*.html")]
        assert len(parts) == 2 and not any("赵*的一节" in part for part in parts)  # it is about the team


@pytest.mark.parametrize(("source", "why"), [
    ("import nothing_of_this_name", "ModuleNotFoundError"),
    ("read = 3", "TypeError: int is no function"),
    (CRITERION.replace("READ", "raise ValueError('赵建国')"), "ValueError"),
    (CRITERION.replace("READ", "return np.zeros(1), np.zeros(1)"), "ValueError"),
    (CRITERION.replace("READ", "return 1"), "TypeError"),
])  # fmt: skip
def test_a_broken_criterion_is_one_finding_and_its_input_unknown(
    tmp_path: Path, team: Path, capsys: pytest.CaptureFixture[str], source: str, why: str
) -> None:
    (tmp_path / "own.toml").write_text(POLICY, encoding="utf-8")
    with extension(tmp_path, "criteria", source, "read"):
        code, told = run(team, capsys, policy=str(tmp_path / "own.toml"))
        (message,) = failed(told)
        assert f"“odd” (crmsheet.criteria) cannot be used, and nothing of it was counted: {why}" in message and "赵建国" not in message
        assert code == 0
        assert [(one["score"], one["score_confidence"]) for one in told["customers"]] == [(50, 50)] * 2  # 20 of 40万; half of the weight
        assert [[term["points"] for term in one["score_terms"]] for one in told["customers"]] == [[None, 5.0]] * 2


def test_a_kind_of_criterion_that_nobody_brings_is_refused_with_those_there_are(tmp_path: Path, team: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "own.toml").write_text(POLICY, encoding="utf-8")
    with installed():
        assert process_all([team], Job(as_of=AS_OF, lang="en", policy=str(tmp_path / "own.toml"))) == 2
    assert "score[0].kind: Input should be 'amount', 'rate', 'days', 'cycle', 'term' or 'words'" in capsys.readouterr().err


def send(team: Path, waits: list[float]) -> int:
    (team.parent / "crmsheet.toml").write_text('[remind]\nnotifiers = ["odd"]\n', encoding="utf-8")
    return remind_one(team, Job(as_of=AS_OF, policy="priority", send=True, lang="en", now=lambda: 1_700_000_000.0, sleep=waits.append))


@pytest.mark.parametrize(("source", "told"), [
    ("import nothing_of_this_name", "the notifier “odd” cannot be used (ModuleNotFoundError: No module named 'nothing_of_this_name')"),
    ("notify = 3", "the notifier “odd” cannot be used (TypeError: int is no function)"),
])  # fmt: skip
def test_a_notifier_that_cannot_be_loaded_is_refused_before_anything_is_sent(
    tmp_path: Path, team: Path, capsys: pytest.CaptureFixture[str], source: str, told: str
) -> None:
    with extension(tmp_path, "notifiers", source, "notify"):
        assert send(team, []) == 2
    assert told in capsys.readouterr().err
    with installed():
        assert send(team, []) == 2
    assert "no notifier “odd” is installed" in capsys.readouterr().err


@pytest.mark.parametrize(("fault", "code", "tries"), [
    ("ValueError('赵建国')", 3, 3), (f"{RefusedError.__module__}.RefusedError('busy')", 3, 3), (f"{UnansweredError.__module__}.UnansweredError('no answer')", 0, 1),
])  # fmt: skip
def test_a_notifier_that_fails_is_tried_again_unless_it_may_have_arrived(
    tmp_path: Path, team: Path, capsys: pytest.CaptureFixture[str], fault: str, code: int, tries: int
) -> None:
    source = f"import crmsheet.outreach.errors\ndef notify(subject, lines):\n    with open({str(tmp_path / 'tries')!r}, 'a') as file:\n        file.write('x')\n    raise {fault}\n"
    waits: list[float] = []
    with extension(tmp_path, "notifiers", source, "notify"):
        assert send(team, waits) == code
        assert (tmp_path / "tries").read_text(encoding="utf-8") == "x" * tries and len(waits) == tries - 1
        assert "赵建国" not in capsys.readouterr().err
        assert send(team, waits) == code
        assert (tmp_path / "tries").read_text(encoding="utf-8") == "x" * (2 * tries if code else tries)


def test_nothing_private_is_handed_to_a_notifier(tmp_path: Path, team: Path) -> None:
    took = tmp_path / "took"
    source = f"def notify(subject, lines):\n    with open({str(took)!r}, 'a', encoding='utf-8') as file:\n        file.write('\\n'.join((subject, *lines)))\n"
    with extension(tmp_path, "notifiers", source, "notify"):
        assert send(team, []) == 0
    told = took.read_text(encoding="utf-8")
    assert "甲公司" in told and "李＊" in told and not [word for word in PRIVATE if word in told]


def test_on_the_command_line_a_package_that_cannot_be_imported_is_told(tmp_path: Path, team: Path) -> None:
    info = tmp_path / "site" / "odd-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[crmsheet.checks]\nodd = nothing_of_this_name:CHECK\n", encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "crmsheet", "check", str(team), "--strict"], capture_output=True, encoding="utf-8", check=False,
        env={**os.environ, "PYTHONPATH": f"{tmp_path / 'site'}"}, cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    assert ran.returncode == 1 and "扩展“odd”（crmsheet.checks）不能使用" in ran.stdout and ran.stderr == ""
