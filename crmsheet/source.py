"""Tables of a database (``[source]`` of crmsheet.toml) as workbooks in memory, so that they are recognised and read like any other.

Only what reads is sent, over a connection that cannot write where the database has such a thing.
"""

from __future__ import annotations

import datetime as dt
import decimal
import os
import re
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from crmsheet.errors import InputError
from crmsheet.policy.settings import Database, Sourced
from crmsheet.texts import both
from crmsheet.workbook import Workbook, workbook_of

MOST = 1_000_000  # rows of a table: a sheet holds no more
_READS = re.compile(r"\s*(select|with)\b[^;]*;?\s*", re.IGNORECASE | re.DOTALL)
_MARK = "source"  # before a table's name where a cell is cited: [source]visits!B7


def read_source(source: Database, folder: Path) -> dict[str, Workbook]:
    """``followups`` and ``customers``, as far as the settings name them.  Raises InputError, without URL's secrets or any value."""
    try:
        from sqlalchemy.exc import SQLAlchemyError
    except ModuleNotFoundError as error:
        raise InputError(*both("export_driver", module=error.name or "")) from None
    asked = {kind: one for kind, one in (("followups", source.followups), ("customers", source.customers)) if one is not None}
    shown = re.sub(r"\?.*", "", source.url)
    try:
        engine = _engine(source, folder)
        try:
            with engine.connect() as connection:
                _protect(connection)
                return {kind: _workbook(connection, one, kind) for kind, one in asked.items()}
        finally:
            engine.dispose()
    except ModuleNotFoundError as error:
        raise InputError(*both("export_driver", module=error.name or "")) from None
    except (SQLAlchemyError, sqlite3.Error, ValueError, TypeError) as error:
        raise InputError(*both("source_failed", url=shown, why=type(getattr(error, "orig", None) or error).__name__)) from None


def _engine(source: Database, folder: Path) -> Any:
    """Paths are relative to ``folder``; a file that is not there is not made."""
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url

    url = make_url(source.url)
    kind = url.get_backend_name()
    if kind == "sqlite":
        file = (folder / (url.database or "")).resolve()
        return create_engine("sqlite://", creator=lambda: sqlite3.connect(f"file:{quote(file.as_posix())}?mode=ro", uri=True))
    if kind == "duckdb":
        url = url.set(database=str(folder / (url.database or "")))
        return create_engine(url, connect_args={"read_only": True, "config": {"enable_external_access": "false"}})
    word = os.environ.get(source.password)
    return create_engine(url.set(password=word) if word else url)


def _protect(connection: Any) -> None:
    """No writing, for the databases that can be told so; the others are only ever sent what reads, and nothing is committed."""
    kind = connection.dialect.name
    if kind == "postgresql":
        connection.execution_options(postgresql_readonly=True)
    elif kind in ("mysql", "mariadb"):
        connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
        connection.rollback()


def _workbook(connection: Any, asked: Sourced, kind: str) -> Workbook:
    from sqlalchemy import text

    name = asked.table or kind
    if asked.query is not None and not _READS.fullmatch(asked.query):
        raise InputError(*both("source_writes", kind=kind))
    found = connection.execute(_whole(connection, asked.table) if asked.table else text(str(asked.query).replace(":", r"\:")))
    rows: list[list[Any]] = [list(map(str, found.keys())), *([_cell(value) for value in row] for row in found.fetchmany(MOST + 1))]
    if len(rows) > MOST + 1:
        raise InputError(*both("source_long", name=name, most=f"{MOST:,}"))
    return workbook_of(_MARK, name, rows)


def _whole(connection: Any, name: str) -> Any:
    """A whole table, ``schema.table`` too, in the order of its key, so that a row keeps its number."""
    from sqlalchemy import MetaData, Table, select

    schema, _, table = name.rpartition(".")
    found = Table(table, MetaData(), schema=schema or None, autoload_with=connection)
    return select(found).order_by(*(found.primary_key.columns or found.columns))


def _cell(value: Any) -> str | float | dt.date | dt.datetime | None:
    """A value as a cell holds it; what no cell can hold is blank."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float | decimal.Decimal):
        return float(value)
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    if value is None or isinstance(value, dt.date):
        return value
    return None if isinstance(value, bytes | memoryview | Sequence) and not isinstance(value, str) else str(value)
