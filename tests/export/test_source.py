"""[source] of crmsheet.toml: follow-ups and customers' fields from a database, which is only read; results stay in the workbook."""

from __future__ import annotations

import datetime as dt
import json
import os
import sqlite3
import subprocess
from pathlib import Path

import forked
import openpyxl
import pytest
from sheets import AS_OF, by_id, judged, write_workbook
from sqlalchemy import create_engine, text
from test_export import server  # noqa: F401  a fixture

from crmsheet.errors import InputError, PolicyError
from crmsheet.policy.settings import Database, Sourced
from crmsheet.source import _engine, read_source

DAY = AS_OF.isoformat()
CUSTOMERS = [
    ["客户编号", "客户名称", "负责人", "历史合作金额(万元)", "优先级", "首次接触时间"],
    ["C0000001", "甲公司", "王*", 120, "S级", dt.date(2023, 3, 1)],
    ["C0000002", "乙公司", "李*", None, "A级", dt.date(2024, 1, 2)],
    ["C0000003", "丙公司", "李*", 30, None, dt.date(2024, 3, 1)],
]
HEAD = ["客户编号", "跟进时间", "跟进方式", "沟通主题", "客户反馈", "下一步计划", "预计完成时间"]
LOG = [
    ["C0000001", dt.date(2024, 3, 11), "电话", "报价", "价格偏高", "调整报价", dt.date(2024, 3, 18)],
    ["C0000002", dt.date(2024, 2, 1), "邮件", "资料", "已收到", None, None],
]


def database(path: Path, tables: dict[str, list[list[object]]]) -> Path:
    """A SQLite file; the first row of a table names its columns, dates are texts as SQLite keeps them."""
    with sqlite3.connect(path) as base:
        for name, (head, *rows) in tables.items():
            columns, marks = ", ".join(f'"{one}"' for one in head), ", ".join("?" * len(head))
            base.execute(f"create table {name} ({columns})")
            base.executemany(f"insert into {name} values ({marks})", [[str(v) if isinstance(v, dt.date) else v for v in row] for row in rows])
    base.close()
    return path


def team(folder: Path, source: str, customers: list[list[object]] = CUSTOMERS) -> Path:
    (folder / "crmsheet.toml").write_text(f'[source]\nurl = "sqlite:///crm.db"\n{source}', encoding="utf-8")
    return write_workbook(folder / "team.xlsx", {"客户信息基础表": customers})


def run(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
    return subprocess.run([*forked.command(), *map(str, words), "--as-of", DAY], check=False, capture_output=True, encoding="utf-8", cwd=cwd, env=environment)


def test_follow_ups_of_a_database_say_what_they_say_in_a_file(tmp_path: Path) -> None:
    database(tmp_path / "crm.db", {"visits": [HEAD, *LOG]})
    book = team(tmp_path, '[source.followups]\ntable = "visits"\n')
    (tmp_path / "else").mkdir()
    whole = write_workbook(tmp_path / "else" / "team.xlsx", {"客户信息基础表": CUSTOMERS})
    log = write_workbook(tmp_path / "log.xlsx", {"跟进记录": [HEAD, *LOG]})
    from crmsheet.run import Options, check

    one, two = judged(book), check(whole, Options(as_of=AS_OF, logs=(log,))).outcome
    for column in ("tier", "last_followup", "status", "overdue_days", "move", "evidence"):
        assert one.customers[column].tolist() == two.customers[column].tolist(), column
    assert by_id(one, "last_followup")["C0000001"] == dt.datetime(2024, 3, 11)
    promise = one.tasks[one.tasks["kind"] == "commitment"]["cells"].tolist()
    assert len(promise) == 1 and "[source]visits!F2" in promise[0]  # 下一步计划 of the first row


def test_a_query_names_the_columns(tmp_path: Path) -> None:
    database(tmp_path / "crm.db", {"v": [["cid", "day", "how", "note"], ["C0000002", "2024-03-12", "电话", "报价"]]})
    query = "SELECT cid AS 客户编号, day AS 跟进时间, how AS 跟进方式, note AS 沟通主题 FROM v WHERE day > '2024-01-01 00:00:00'"
    found = by_id(judged(team(tmp_path, f'[source.followups]\nquery = "{query}"\n')), "last_followup")
    assert found["C0000002"] == dt.datetime(2024, 3, 12)


REGISTER = [
    ["客户编号", "客户名称", "历史合作金额(万元)", "优先级", "采购计划", "决策链", "预计签约日期"],
    ["C0000001", "甲公司", 10, "B级", "明确", "清晰", dt.date(2024, 4, 1)],  # the team's own 120万 stays
    ["C0000002", "乙公司", 20, "S级", None, None, None],
    ["C0000003", "丙公司", None, "S级", None, None, None],  # the team's tier cell stays blank: a first tier is proposed
    ["C0000009", "戊公司", 500, "S级", None, None, None],  # no customer of the team's
]


def test_customers_of_a_database_fill_blanks_for_judging_with_their_cells(tmp_path: Path) -> None:
    database(tmp_path / "crm.db", {"customers": REGISTER})
    found = judged(team(tmp_path, '[source.customers]\ntable = "customers"\n'))
    assert found.customers["id"].tolist() == ["C0000001", "C0000002", "C0000003"]
    # 120万 of the workbook, 明确 and 清晰 of the database: S; 20万 of the database: B; 30万: B, and its blank tier cell is the team's
    assert by_id(found, "tier") == {"C0000001": "S", "C0000002": "B", "C0000003": "B"}
    assert by_id(found, "tier_in_sheet") == {"C0000001": "S级", "C0000002": "A级", "C0000003": None}
    assert by_id(found, "reason_cells.value") == {"C0000001": "客户信息基础表!D2", "C0000002": "[source]customers!C3", "C0000003": "客户信息基础表!D4"}
    assert "[source]customers!E2" in by_id(found, "reason_cells.potential")["C0000001"]
    assert by_id(found, "proposed_tier")["C0000002"] == "B"


def test_nothing_of_the_database_is_written_into_the_team_s_cells_and_nothing_into_the_database(tmp_path: Path) -> None:
    base = database(tmp_path / "crm.db", {"customers": REGISTER, "visits": [HEAD, *LOG]})
    before = base.read_bytes()
    book = team(tmp_path, '[source.customers]\ntable = "customers"\n[source.followups]\ntable = "visits"\n')
    first = run("process", book, "--json", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    kinds = [(one["kind"], one["sheet"]) for one in json.loads(first.stdout)["tables"]]
    assert kinds == [("customers", "客户信息基础表"), ("followups", "[source]visits"), ("customers", "[source]customers")]
    rows = [[cell.value for cell in row[:6]] for row in openpyxl.load_workbook(book)["客户信息基础表"].iter_rows(max_row=4)]
    assert [[one.date() if isinstance(one, dt.datetime) else one for one in row] for row in rows] == CUSTOMERS
    assert base.read_bytes() == before and sorted(path.name for path in tmp_path.glob("crm.db*")) == ["crm.db"]
    written = book.read_bytes()
    assert run("process", book, cwd=tmp_path).returncode == 0 and book.read_bytes() == written  # the second run changes nothing


def test_what_would_write_or_is_not_there_is_refused_in_one_line(tmp_path: Path) -> None:
    database(tmp_path / "crm.db", {"visits": [HEAD, *LOG]})
    for source, said in (
        ('[source.followups]\nquery = "DELETE FROM visits"\n', "以 SELECT 或 WITH 开头"),
        ('[source.followups]\nquery = "SELECT 1; DELETE FROM visits"\n', "以 SELECT 或 WITH 开头"),
        ('[source.followups]\nquery = "WITH a AS (SELECT 1) DELETE FROM visits"\n', "读不了"),  # the connection cannot write
        ('[source.followups]\ntable = "nothing"\n', "读不了"),
        ('[source.followups]\nquery = "SELECT 1 AS 甲, 2 AS 乙"\n', "没有找到跟进记录表"),
        ('[source.followups]\ntable = "visits"\nquery = "SELECT 1"\n', "table 和 query"),
        ("", "source.customers"),
    ):
        told = run("check", team(tmp_path, source), cwd=tmp_path)
        assert told.returncode == 2 and said in told.stderr and told.stderr.count("\n") == 1, told.stderr
    with sqlite3.connect(tmp_path / "crm.db") as base:
        assert base.execute("select count(*) from visits").fetchone() == (2,)
    (tmp_path / "crm.db").unlink()
    told = run("check", team(tmp_path, '[source.followups]\ntable = "visits"\n'), cwd=tmp_path)
    assert told.returncode == 2 and "sqlite:///crm.db" in told.stderr and not (tmp_path / "crm.db").exists()


def test_the_password_comes_from_the_environment_and_is_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_WORD", "geheim")
    source = Database(url="postgresql+psycopg://crm@localhost:1/x", password="CRM_WORD", followups=Sourced(table="visits"))
    assert _engine(source, tmp_path).url.password == "geheim"
    with pytest.raises(InputError) as refused:
        read_source(source, tmp_path)
    assert "geheim" not in refused.value.zh + refused.value.en and "postgresql+psycopg://crm@localhost:1/x" in refused.value.zh
    for url in ("postgresql://crm:ge/heim@h/x", "postgresql://h/x?password=ge/heim"):
        (tmp_path / "crmsheet.toml").write_text(f'[source]\nurl = "{url}"\n[source.followups]\ntable = "visits"\n', encoding="utf-8")
        with pytest.raises(PolicyError) as told:
            judged(write_workbook(tmp_path / "team.xlsx", {"客户信息基础表": CUSTOMERS}))
        assert "环境变量" in told.value.zh and "ge/heim" not in told.value.zh + told.value.en


def test_postgresql_is_read_over_a_connection_that_cannot_write(tmp_path: Path, server: str) -> None:  # noqa: F811  the fixture
    engine = create_engine(server)
    with engine.begin() as connection:
        connection.execute(text("create schema crm"))
        connection.execute(text('create table crm.visits ("客户编号" text primary key, "跟进时间" timestamptz, "沟通主题" text, "金额" numeric)'))
        connection.execute(text("insert into crm.visits values ('C0000002', '2024-03-12 10:00+00', '报价', 1.5), ('C0000001', '2024-03-11 10:00+00', '报价', null)"))
    found = read_source(Database(url=server, followups=Sourced(table="crm.visits")), tmp_path)["followups"]
    assert [found.sheet("crm.visits").rows(n, n)[n][1].value for n in (1, 2, 3)] == ["客户编号", "C0000001", "C0000002"]  # by the key
    emptied = "WITH gone AS (DELETE FROM crm.visits RETURNING *) SELECT * FROM gone"
    with pytest.raises(InputError, match="ReadOnlySqlTransaction"):
        read_source(Database(url=server, followups=Sourced(query=emptied)), tmp_path)
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from crm.visits")).scalar() == 2
    engine.dispose()
