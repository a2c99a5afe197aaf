"""crmsheet as a library: what a call gives is what the command finds, typed and masked."""

from __future__ import annotations

import ast
import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from schemas import valid
from sheets import AS_OF, Rows, write_workbook

import crmsheet
from crmsheet.library.columns import FRAMES

D = dt.date
HEAD = ["客户编号", "客户名称", "负责人", "历史合作金额(万元)", "优先级", "采购计划", "决策链", "预计签约日期", "首次接触时间", "联系人", "联系电话"]
CUSTOMERS: Rows = [
    HEAD,
    ["C0000001", "甲公司", "王*", 120, "S级", "明确", "清晰", D(2024, 4, 10), D(2024, 3, 18), "赵建国", "13812345678"],
    ["C0000002", "乙公司", "李*", 60, "B级", "明确", "清晰", D(2024, 4, 10), D(2024, 2, 10), "钱多多", None],
    ["C0000003", "李女士", "李*", 20, None, None, None, None, D(2024, 2, 10), None, None],
]
LOG: Rows = [
    ["客户编号", "跟进时间", "跟进方式", "沟通内容摘要"],
    ["C0000001", D(2024, 3, 19), "电话+拜访", "与赵建国谈方案，手机13912345678"],
]
NOTE = bytes([4]) + b"Wang" + bytes(160)  # the note that Excel keeps beside an open file: who has it
PRIVATE = ("赵建国", "钱多多", "李女士", "13812345678", "13912345678")


@pytest.fixture
def team(tmp_path: Path) -> Path:
    return write_workbook(tmp_path / "team.xlsx", {"客户": CUSTOMERS, "跟进记录": LOG})


def test_importing_it_loads_nothing_heavy() -> None:
    code = "import sys, crmsheet; print([n for n in ('pandas', 'numpy', 'pydantic', 'click', 'openpyxl', 'jinja2') if n in sys.modules], crmsheet.__version__)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["[]", crmsheet.__version__]


def test_every_name_it_offers_is_there_and_another_is_not() -> None:
    assert all(getattr(crmsheet, name) is not None for name in crmsheet.__all__)
    assert set(crmsheet.__all__) <= set(dir(crmsheet))
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = crmsheet.nothing_of_the_kind


def test_a_check_tells_customers_tasks_moves_and_findings_and_writes_nothing(team: Path) -> None:
    before = team.read_bytes()
    run = crmsheet.check(team, as_of=AS_OF, policy="priority")
    people = run.customers.set_index("id")
    assert people["name"].to_dict() == {"C0000001": "甲公司", "C0000002": "乙公司", "C0000003": "李*"}
    assert people["tier"].tolist() == ["S", "A", "B"]  # 120万 with all signs; 60万; 20万
    assert people["tier_in_sheet"].tolist()[:2] == ["S级", "B级"] and people["tier_in_sheet"].isna().tolist() == [False, False, True]
    assert people.loc["C0000002", "proposed_tier"] == "A"
    assert run.moves.set_index("id").loc[["C0000002", "C0000003"], ["move", "before", "after", "waiting"]].to_dict("records") == [
        {"move": "up", "before": "B级", "after": "A", "waiting": True},
        {"move": "first", "before": np.nan, "after": "B", "waiting": True},
    ]
    first = run.tasks[run.tasks["customer"] == 0].iloc[0]
    assert (first["sheet"], first["row"], first["id"]) == ("客户", 2, "C0000001")
    assert people.loc["C0000001", "due"] == run.tasks.loc[run.tasks["id"] == "C0000001", "due"].min() == pd.Timestamp("2024-03-26")  # 7 days on
    mobile = run.findings[run.findings["code"] == "private-mobile"]
    assert mobile[["sheet", "row", "cell", "severity"]].to_dict("list") == {"sheet": ["跟进记录"], "row": [2], "cell": ["D2"], "severity": ["warning"]}
    assert run.receipt is None and run.outputs == {} and team.read_bytes() == before
    assert (run.workbook, run.policy) == ("team.xlsx", "priority")


def test_the_frames_have_the_columns_and_dtypes_that_are_documented(team: Path) -> None:
    run = crmsheet.check(team, as_of=AS_OF)
    for name, columns in FRAMES.items():
        frame = getattr(run, name)
        assert [(column, str(dtype)) for column, dtype in frame.dtypes.items()] == [(one.name, one.dtype) for one in columns], name
        assert frame.index.equals(pd.RangeIndex(len(frame))), name


def test_frames_of_a_workbook_without_rows_have_the_same_columns(tmp_path: Path) -> None:
    run = crmsheet.check(write_workbook(tmp_path / "t.xlsx", {"客户": [HEAD]}), as_of=AS_OF)
    for name, columns in FRAMES.items():
        frame = getattr(run, name)
        assert [str(one) for one in frame.dtypes] == [one.dtype for one in columns], name
    assert run.customers.empty and run.tasks.empty


def test_the_frames_tell_what_the_document_tells(team: Path) -> None:
    run = crmsheet.check(str(team), as_of=AS_OF, lang="en")
    told = run.document()
    valid("result", json.dumps(told))
    for frame, entries, names in (
        (run.customers, told["customers"], ("sheet", "row", "id", "name", "tier", "move", "status", "overdue_days")),
        (run.findings, told["findings"], ("code", "severity", "sheet", "cell", "message", "hint")),
    ):
        assert frame[list(names)].astype(object).where(frame[list(names)].notna(), None).to_dict("records") == [
            {name: one[name] for name in names} for one in entries
        ]
    assert run.indicators.set_index("name")["denominator"].to_dict() == {name: one["denominator"] for name, one in told["indicators"].items()}


def test_a_run_writes_the_workbook_and_leaves_the_review_where_it_is_asked_to(team: Path, tmp_path: Path) -> None:
    run = crmsheet.process(team, as_of=AS_OF, reviews=tmp_path / "out")
    assert run.receipt is not None and run.receipt.cells_changed > 0
    assert {kind: path.name for kind, path in run.outputs.items()} == {
        "html": "team-2024-03-20.html", "xlsx": "team-2024-03-20.xlsx", "json": "team-2024-03-20.json",
    }  # fmt: skip
    assert json.loads(run.outputs["json"].read_text(encoding="utf-8"))["customers"] == json.loads(json.dumps(run.document()))["customers"]
    assert crmsheet.process(team, as_of=AS_OF).receipt.cells_changed == 0  # type: ignore[union-attr]


def test_a_copy_leaves_the_workbook_as_it_is(team: Path, tmp_path: Path) -> None:
    before = team.read_bytes()
    run = crmsheet.process(team, as_of=AS_OF, output=tmp_path / "copy.xlsx")
    assert team.read_bytes() == before and run.receipt is not None and run.receipt.path == str(tmp_path / "copy.xlsx")


def test_a_workbook_that_somebody_holds_is_an_error_and_not_written(team: Path) -> None:
    before = team.read_bytes()
    (team.parent / "~$team.xlsx").write_bytes(NOTE)  # as Excel leaves it while the file is open
    with pytest.raises(crmsheet.BusyError, match="Wang"):
        crmsheet.process(team, as_of=AS_OF)
    assert team.read_bytes() == before


def test_refusals_are_errors_in_both_languages(tmp_path: Path) -> None:
    with pytest.raises(crmsheet.InputError):
        crmsheet.check(tmp_path / "none.xlsx", as_of=AS_OF)
    with pytest.raises(crmsheet.TableError) as refused:
        crmsheet.read_tables(write_workbook(tmp_path / "t.xlsx", {"表": [["甲"], ["乙"]]}), as_of=AS_OF)
    assert "没有找到客户表" in refused.value.zh and "no customers table" in refused.value.en
    with pytest.raises(crmsheet.PolicyError, match="没有名为“prioritie”的策略"):
        crmsheet.load_policy("prioritie")
    assert all(issubclass(one, crmsheet.WorkbookError) for one in (crmsheet.InputError, crmsheet.TableError, crmsheet.PolicyError))


def test_a_policy_is_typed() -> None:
    policy = crmsheet.load_policy("crm")
    assert (policy.name, policy.tiers) == ("crm", ("A", "B", "C"))


def test_the_tables_are_typed_and_hold_the_columns_of_the_workbook(team: Path) -> None:
    tables = crmsheet.read_tables(team, as_of=AS_OF)
    assert set(tables) == {"customers", "followups", "strategy", "classes", "people"}
    people, log = tables["customers"], tables["followups"]
    assert people["amount"].tolist() == [1_200_000, 600_000, 200_000]
    assert people["decision_date"].tolist()[0] == pd.Timestamp("2024-04-10") and str(people["decision_date"].dtype) == "datetime64[s]"
    assert people[["sheet", "row"]].to_dict("list") == {"sheet": ["客户"] * 3, "row": [2, 3, 4]}
    assert log["method"].tolist() == ["电话+拜访"] and len(tables["strategy"]) == 0
    assert people["contact"].tolist()[:2] == ["赵*", "钱*"] and people["phone"][0] == "138****5678"
    assert "industry" not in people and "birthday" not in people


def test_no_private_value_is_in_any_frame(team: Path) -> None:
    run, tables = crmsheet.check(team, as_of=AS_OF), crmsheet.read_tables(team, as_of=AS_OF)
    told = " ".join(frame.to_csv() for frame in (*(getattr(run, name) for name in FRAMES), *tables.values()))
    assert not [word for word in PRIVATE if word in told or word in repr(run)]
    assert "赵*" in told and "李*" in told


def test_the_notebook_runs_cell_by_cell_and_keeps_no_outputs(tmp_path: Path) -> None:
    path = Path(__file__).resolve().parents[2] / "docs" / "library.ipynb"
    cells = [one for one in json.loads(path.read_text(encoding="utf-8"))["cells"] if one["cell_type"] == "code"]
    assert all(one["outputs"] == [] and one["execution_count"] is None for one in cells)
    sources = ["".join(one["source"]) for one in cells]
    assert all(ast.parse(source) for source in sources)
    script = "names = {}\n" + "\n".join(f"exec(compile({source!r}, 'cell {number}', 'exec'), names)" for number, source in enumerate(sources, 1))
    script += "\nprint(len(names['people']), len(names['late']), names['copy'].exists())"
    ran = subprocess.run([sys.executable, "-W", "error", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    customers, late, copied = ran.stdout.split()[-3:]
    assert int(customers) > 0 and int(late) > 0 and copied == "True"
