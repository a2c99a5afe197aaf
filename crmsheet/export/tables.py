"""The tables of an export and their columns (documented in docs/export.md, which is made from here).

A run is one workbook on one day.  Every row bears its run's id, so that runs stand side by side and one can be replaced.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Double, Integer, MetaData, String, Table

VERSION = 1  # of the tables; a column is only ever added
METADATA = MetaData()


def _table(name: str, about: str, *columns: Column[object]) -> Table:
    run = Column("run", String, primary_key=True, comment="the run's id: workbook and day")
    return Table(f"crmsheet_{name}", METADATA, run, *columns, comment=about)


def _place(of: str) -> list[Column[object]]:
    return [
        Column("sheet", String, primary_key=True, comment=f"sheet of the {of}"),
        Column("row", Integer, primary_key=True, autoincrement=False, comment="its row in the workbook"),
    ]


def _number(about: str) -> Column[object]:
    return Column("number", Integer, primary_key=True, autoincrement=False, comment=about)


SCHEMA = Table("crmsheet_schema", METADATA, Column("version", Integer, primary_key=True, autoincrement=False, comment="of these tables"),
               comment="the version of the tables")  # fmt: skip
RUNS = _table(
    "runs", "one row a workbook and day",
    Column("workbook", String, comment="folder and name of the workbook, or --team"), Column("as_of", Date, comment="the day it is about"),
    Column("policy", String, comment="name of the policy"), Column("policy_version", String, comment="and its version"),
    Column("customers", Integer, comment="how many"), Column("tasks", Integer, comment="how many"), Column("findings", Integer, comment="how many"),
)  # fmt: skip
CUSTOMERS = _table(
    "customers", "one row a customer", *_place("customer"),
    Column("id", String, comment="客户编号"), Column("name", String, comment="as the policy shows it; a person's is masked"),
    Column("owner", String, comment="负责人"), Column("tier", String, comment="what the policy says"),
    Column("tier_in_sheet", String, comment="the tier cell's own text"), Column("proposed_tier", String, comment="what waits for approval"),
    Column("move", String, comment="none, first, up, down, stalled, immediate, dormant, wake, override"),
    Column("pool", String, comment="active, dormant, lost"), Column("stage", String, comment="客户状态"),
    Column("score", Integer, comment="0 to 100"), Column("score_confidence", Integer, comment="% of the weight that is known"),
    Column("status", String, comment="of the next action: overdue, today, tomorrow, ok, paused, dormant, lost"),
    Column("overdue_days", Integer, comment="calendar days"), Column("last_followup", Date, comment="latest contact"),
    Column("next_action", String, comment="what to do"), Column("next_due", Date, comment="by when"), Column("tags", String, comment="joined by ;"),
)  # fmt: skip
JUDGEMENTS = _table(
    "judgements", "one row a fact that decided a tier", *_place("customer"), _number("in the order in which it is told"),
    Column("text", String, comment="the fact"), Column("cells", String, comment="the cells that show it, joined by ,"),
    Column("source", String, comment="demand of the documents, or assumption"),
)  # fmt: skip
TASKS = _table(
    "tasks", "one row a task", *_place("customer"), _number("in the order of the plan"),
    Column("kind", String, comment="commitment, event, touch, data"), Column("due", Date, comment="by when"), Column("text", String, comment="what to do"),
    Column("method", String, comment="how"), Column("owner", String, comment="who"), Column("status", String, comment="as of the run's day"),
    Column("overdue_days", Integer, comment="calendar days"), Column("cells", String, comment="what it rests on, joined by ,"),
    Column("source", String, comment="demand of the documents, or assumption"),
)  # fmt: skip
FINDINGS = _table(
    "findings", "one row a finding", _number("worst first"),
    Column("code", String, comment="see docs/findings.md"), Column("severity", String, comment="error, warning, info"),
    Column("sheet", String, comment="where"), Column("cell", String, comment="A1 address"), Column("message", String, comment="what is wrong"),
    Column("hint", String, comment="what to do"),
)  # fmt: skip
MOVES = _table(
    "moves", "one row a customer whose tier moves or is asked about", *_place("customer"),
    Column("id", String, comment="客户编号"), Column("move", String, comment="as in customers"), Column("before", String, comment="the tier cell's text"),
    Column("after", String, comment="the tier that it moves to, or that is proposed"), Column("waiting", Boolean, comment="for approval"),
)  # fmt: skip
INDICATORS = _table(
    "indicators", "one row an indicator", Column("name", String, primary_key=True, comment="see docs/figures.md"),
    Column("value", Double, comment="null where the denominator is 0"), Column("numerator", Integer, comment="how many of"),
    Column("denominator", Integer, comment="how many"),
)  # fmt: skip
OF_RUN = (RUNS, CUSTOMERS, JUDGEMENTS, TASKS, FINDINGS, MOVES, INDICATORS)
