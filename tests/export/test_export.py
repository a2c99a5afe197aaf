"""``crmsheet export``: the same figures in SQLite, DuckDB and PostgreSQL; a run takes its own place, and no other's."""

from __future__ import annotations

import datetime as dt
import json
import os
import pwd
import shutil
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import chdir
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest
from click.testing import CliRunner
from sheets import AS_OF, write_workbook
from sqlalchemy import create_engine, text

from crmsheet.cli import cli
from crmsheet.errors import InputError
from crmsheet.export.rows import rows_of
from crmsheet.export.store import store
from crmsheet.export.tables import OF_RUN, VERSION
from crmsheet.review.document import document
from crmsheet.run import Options, check

SAMPLE = Path(__file__).parents[2] / "sample_workbooks" / "team.xlsx"
DAY = "2026-09-30"
CUSTOMERS = [
    ["客户编号", "客户名称", "负责人", "联系人", "联系电话", "历史合作金额(万元)", "优先级", "首次接触时间", "采购计划", "决策链", "预计签约日期"],
    ["C0000001", "甲公司", "王*", "欧阳小明", "13812345678", 120, None, dt.date(2024, 3, 1), "明确", "清晰", dt.date(2024, 4, 1)],
    ["C0000002", "乙公司", "李*", "张三丰", "13987654321", 60, "A级", dt.date(2024, 3, 13), None, None, None],
    ["C0000003", "丙公司", "李*", None, None, 30, "A级", dt.date(2024, 3, 1), None, None, None],
]
LOG = [["客户编号", "跟进时间", "沟通主题", "客户反馈"], ["C0000002", dt.date(2024, 3, 14), "报价", "请致电欧阳小明 13812345678"]]


class Told(NamedTuple):
    """What a command said."""

    returncode: int
    stdout: str
    stderr: str


def crmsheet(*words: str | Path, cwd: Path) -> Told:
    """The command, in this process: what it loads is loaded once."""
    with chdir(cwd):
        done = CliRunner().invoke(cli, [*map(str, words)], standalone_mode=False, env={"LANG": None, "LC_ALL": None})
    assert done.exception is None, done.exception
    return Told(int(done.return_value or 0), done.stdout, done.stderr)


def as_postgres() -> dict[str, object]:
    """Who may run the server: anybody but root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def server_program(command: list[object]) -> None:
    subprocess.run(list(map(str, command)), check=True, capture_output=True, cwd="/", **as_postgres())  # type: ignore[call-overload]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of Debian's of our own, on a socket in a folder."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
    folder = Path("/tmp") / f"crmsheet-postgres-{os.getpid()}"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    data = folder / "data"
    server_program([programs / "initdb", "-D", data, "-A", "trust", "-U", "crm", "-E", "UTF8", "--locale=C", "--no-sync"])
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    server_program([programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"])
    yield f"postgresql://crm@/postgres?host={folder}"
    server_program([programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"])
    shutil.rmtree(folder)


def figures(target: str) -> dict[str, list[tuple[object, ...]]]:
    """Every table's rows, sorted, as this database gives them."""
    engine = create_engine(target)
    with engine.connect() as connection:
        found = {
            table.name: sorted((tuple(row) for row in connection.execute(table.select())), key=repr) for table in OF_RUN
        }
    engine.dispose()
    return found


def parquet_figures(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """The same from a folder of Parquet files, read by DuckDB."""
    with duckdb.connect() as base:
        return {
            table.name: sorted(base.execute(f"SELECT * FROM '{folder}/{table.name}/*.parquet'").fetchall(), key=repr) for table in OF_RUN
        }


def test_three_databases_and_parquet_hold_the_same_figures_and_those_of_the_document(tmp_path: Path, server: str) -> None:
    shutil.copyfile(SAMPLE, tmp_path / "team.xlsx")
    targets = {"r.db": "sqlite:///r.db", "r.duckdb": "duckdb:///r.duckdb", server: server}
    found = []
    assert crmsheet("export", "team.xlsx", "--to", "r.parquet", "--as-of", DAY, cwd=tmp_path).returncode == 0
    for given, address in targets.items():
        told = crmsheet("export", "team.xlsx", "--to", given, "--as-of", DAY, cwd=tmp_path)
        assert (told.returncode, told.stderr) == (0, "")
        assert told.stdout.startswith(f"{tmp_path.name}/team.xlsx（{DAY}）：已导出 120 个客户")
        url = given if "://" in given else address.replace("///", f"///{tmp_path}/")
        found.append(figures(url))
    found.append(parquet_figures(tmp_path / "r.parquet"))
    assert found[0] == found[1] == found[2] == found[3]
    result = json.loads(crmsheet("check", "team.xlsx", "--json", "--as-of", DAY, cwd=tmp_path).stdout)
    one = found[0]
    assert len(one["crmsheet_customers"]) == len(result["customers"]) == 120
    assert len(one["crmsheet_tasks"]) == sum(len(c["tasks"]) for c in result["customers"])
    assert len(one["crmsheet_judgements"]) == sum(len(c["reasons"]) for c in result["customers"])
    assert len(one["crmsheet_findings"]) == len(result["findings"])
    assert {row[1]: row[3:] for row in one["crmsheet_indicators"]}["overdue_rate"] == tuple(
        result["indicators"]["overdue_rate"][part] for part in ("numerator", "denominator")
    )


def test_what_a_small_team_leaves(tmp_path: Path) -> None:
    write_workbook(tmp_path / "team.xlsx", {"客户": CUSTOMERS, "跟进": LOG})
    assert crmsheet("export", "team.xlsx", "--to", "r.db", "--team", "华东", "--as-of", AS_OF.isoformat(), cwd=tmp_path).returncode == 0
    with sqlite3.connect(tmp_path / "r.db") as base:
        run = f"华东@{AS_OF}"
        assert base.execute("select run, workbook, as_of, policy, customers from crmsheet_runs").fetchall() == [(run, "华东", "2024-03-20", "priority", 3)]
        assert base.execute("select row, id, tier, tier_in_sheet, proposed_tier, move, last_followup from crmsheet_customers order by row").fetchall() == [
            (2, "C0000001", "S", None, "S", "first", None),
            (3, "C0000002", "A", "A级", None, "none", "2024-03-14"),
            (4, "C0000003", "B", "A级", "B", "down", None),
        ]
        assert base.execute('select row, id, move, "before", "after", waiting from crmsheet_moves order by row').fetchall() == [
            (2, "C0000001", "first", None, "S", 1), (4, "C0000003", "down", "A级", "B", 1),
        ]  # fmt: skip
        said = base.execute("select text, cells, source from crmsheet_judgements where row = 2 order by number").fetchall()
        assert ("历史合作金额120万≥100万", "客户!F2", "S000-14") in said
        assert base.execute("select version from crmsheet_schema").fetchall() == [(VERSION,)]


def test_a_run_takes_its_own_place_and_no_other_s(tmp_path: Path) -> None:
    for name in ("东", "西"):
        (tmp_path / name).mkdir()
        write_workbook(tmp_path / name / "team.xlsx", {"客户": CUSTOMERS})
    days = ("2024-03-20", "2024-03-27", "2024-03-20")
    for day in days:
        assert crmsheet("export", "东/team.xlsx", "西/team.xlsx", "--to", "r.db", "--as-of", day, cwd=tmp_path).returncode == 0
    write_workbook(tmp_path / "东" / "team.xlsx", {"客户": CUSTOMERS[:3]})  # one customer has gone
    assert crmsheet("export", "东/team.xlsx", "--to", "r.db", "--as-of", "2024-03-27", cwd=tmp_path).returncode == 0
    with sqlite3.connect(tmp_path / "r.db") as base:
        counts = dict(base.execute("select run, count(*) from crmsheet_customers group by run").fetchall())
    assert counts == {"东/team.xlsx@2024-03-20": 3, "西/team.xlsx@2024-03-20": 3, "东/team.xlsx@2024-03-27": 2, "西/team.xlsx@2024-03-27": 3}


def test_parquet_takes_a_run_s_place_and_no_other_s(tmp_path: Path) -> None:
    for name in ("东", "西's: 1"):
        (tmp_path / name).mkdir()
        write_workbook(tmp_path / name / "team.xlsx", {"客户": CUSTOMERS})
    for day in ("2024-03-20", "2024-03-27", "2024-03-20"):
        assert crmsheet("export", "东/team.xlsx", "西's: 1/team.xlsx", "--to", "r's: 1.parquet", "--as-of", day, cwd=tmp_path).returncode == 0
    write_workbook(tmp_path / "东" / "team.xlsx", {"客户": CUSTOMERS[:3]})  # one customer has gone
    assert crmsheet("export", "东/team.xlsx", "--to", "r's: 1.parquet", "--as-of", "2024-03-27", cwd=tmp_path).returncode == 0
    (tmp_path / "r's: 1.parquet").rename(tmp_path / "r.parquet")
    rows = parquet_figures(tmp_path / "r.parquet")
    assert Counter(row[0] for row in rows["crmsheet_customers"]) == {
        "东/team.xlsx@2024-03-20": 3, "西's: 1/team.xlsx@2024-03-20": 3, "东/team.xlsx@2024-03-27": 2, "西's: 1/team.xlsx@2024-03-27": 3,
    }  # fmt: skip
    assert len(rows["crmsheet_runs"]) == 4 and len([*(tmp_path / "r.parquet" / "crmsheet_customers").iterdir()]) == 4
    assert not [*(tmp_path / "r.parquet").glob(".new-*")]


def test_parquet_of_another_version_or_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    write_workbook(tmp_path / "team.xlsx", {"客户": CUSTOMERS})
    (tmp_path / "old.parquet").mkdir()
    with duckdb.connect() as base:
        base.execute(f"COPY (SELECT 99 AS version) TO '{tmp_path}/old.parquet/crmsheet_schema.parquet' (FORMAT parquet)")
    (tmp_path / "file.parquet").write_bytes(b"")
    for target, said in (("old.parquet", "第 99 版"), ("file.parquet", "没有写入任何内容")):
        told = crmsheet("export", "team.xlsx", "--to", target, "--as-of", AS_OF.isoformat(), cwd=tmp_path)
        assert told.returncode == 2 and told.stderr.count("\n") == 1 and said in told.stderr
    assert [path.name for path in (tmp_path / "old.parquet").iterdir()] == ["crmsheet_schema.parquet"]


def test_no_arrow_is_pulled_in() -> None:
    # pandas keeps strings in pyarrow as soon as that is installed: the same frames would have other types
    assert find_spec("pyarrow") is None


def test_no_private_value_is_there(tmp_path: Path) -> None:
    write_workbook(tmp_path / "team.xlsx", {"客户": CUSTOMERS, "跟进": LOG})
    told = crmsheet("export", "team.xlsx", "--to", "r.db", "--as-of", AS_OF.isoformat(), "--json", cwd=tmp_path)
    stored = (tmp_path / "r.db").read_bytes() + told.stdout.encode()
    assert "甲公司".encode() in stored
    for private in ("13812345678", "13987654321", "张三丰", "欧阳小明"):
        assert private.encode() not in stored


def test_all_or_nothing(tmp_path: Path) -> None:
    book = write_workbook(tmp_path / "team.xlsx", {"客户": CUSTOMERS})
    good = rows_of(document(check(book, Options(as_of=AS_OF)).outcome, "zh"), "好")
    bad = rows_of(document(check(book, Options(as_of=AS_OF)).outcome, "zh"), "坏")
    bad["crmsheet_findings"] = [*bad["crmsheet_findings"], *bad["crmsheet_findings"], {"run": "坏@2024-03-20", "number": 1, "code": "秘密"}]
    with pytest.raises(InputError) as refused:
        store(str(tmp_path / "r.db"), [good, bad])
    assert "没有写入任何内容" in refused.value.zh and "秘密" not in refused.value.zh and "\n" not in refused.value.zh
    engine = create_engine(f"sqlite:///{tmp_path / 'r.db'}")
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from sqlite_master where name = 'crmsheet_runs'")).scalar() in (0, 1)
        if connection.execute(text("select count(*) from sqlite_master where name = 'crmsheet_runs'")).scalar():
            assert connection.execute(text("select count(*) from crmsheet_runs")).scalar() == 0
    engine.dispose()


def test_refusals_are_one_line_without_a_password(tmp_path: Path) -> None:
    write_workbook(tmp_path / "team.xlsx", {"客户": CUSTOMERS})
    (tmp_path / "twice").mkdir()
    shutil.copyfile(tmp_path / "team.xlsx", tmp_path / "twice" / "team.xlsx")
    with sqlite3.connect(tmp_path / "other.db") as base:
        base.execute("create table crmsheet_schema (version integer)")
        base.execute("insert into crmsheet_schema values (99)")
    for target, said in (
        ("nowhere://u:geheim@h/x", "不是数据库地址"), ("result.txt", "不是数据库地址"), ("no/such/folder/r.db", "没有写入任何内容"),
        ("postgresql://u:geheim@localhost:1/x", "没有写入任何内容"), ("other.db", "第 99 版"),
    ):  # fmt: skip
        told = crmsheet("export", "team.xlsx", "--to", target, "--as-of", AS_OF.isoformat(), cwd=tmp_path)
        assert told.returncode == 2 and told.stderr.count("\n") == 1, told.stderr
        assert said in told.stderr and "geheim" not in told.stderr
    told = crmsheet("export", "team.xlsx", "./team.xlsx", "--to", "r.db", "--as-of", AS_OF.isoformat(), cwd=tmp_path)
    assert told.returncode == 2 and "会互相覆盖" in told.stderr
