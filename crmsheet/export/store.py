"""A run's rows into a database: all of them or none, and in the place of those that the same run left there before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, delete, insert, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, SQLAlchemyError

from crmsheet.errors import InputError
from crmsheet.export.parquet import SUFFIX, store_parquet
from crmsheet.export.rows import Rows
from crmsheet.export.tables import METADATA, OF_RUN, SCHEMA, VERSION
from crmsheet.texts import both

_FILES = {".db": "sqlite", ".sqlite": "sqlite", ".sqlite3": "sqlite", ".duckdb": "duckdb"}
_AT_ONCE = 5_000  # rows a statement


def store(target: str, runs: Sequence[Rows]) -> str:
    """Put the runs into ``target`` (a URL, a file of SQLite or DuckDB, a folder of Parquet); where that is, without its password.

    One transaction: after an error nothing of it is there.  Raises InputError.
    """
    if "://" not in target and Path(target).suffix.lower() == SUFFIX:
        return store_parquet(Path(target), runs)
    engine = _engine(target)
    shown = engine.url.render_as_string(hide_password=True)
    try:
        with engine.begin() as connection:
            _prepare(connection, engine, shown)
            for rows in runs:
                _replace(connection, rows)
    except SQLAlchemyError as error:
        raise InputError(*both("export_failed", target=shown, why=_why(error))) from None
    finally:
        engine.dispose()
    return shown


def _engine(target: str) -> Engine:
    kind = _FILES.get(Path(target).suffix.lower()) if "://" not in target else None
    try:
        return create_engine(make_url(f"{kind}:///{target}" if kind else target))
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise InputError(*both("export_target", target=target.partition("://")[0])) from None  # a URL may hold a password
    except ModuleNotFoundError as error:
        raise InputError(*both("export_driver", module=error.name or "")) from None


def _prepare(connection: Connection, engine: Engine, shown: str) -> None:
    """The tables, made where they are missing.  Raises InputError when they are another version's."""
    if inspect(connection).has_table(SCHEMA.name):
        there = connection.execute(select(SCHEMA.c.version)).scalar()
        if there != VERSION:
            raise InputError(*both("export_version", target=shown, there=there, here=VERSION))
        return
    METADATA.create_all(connection, checkfirst=True)
    connection.execute(insert(SCHEMA), [{"version": VERSION}])


def _replace(connection: Connection, rows: Rows) -> None:
    (run,) = rows[OF_RUN[0].name]
    for table in OF_RUN:
        connection.execute(delete(table).where(table.c.run == run["run"]))
    for table in OF_RUN:
        for some in _parts(rows[table.name]):
            connection.execute(insert(table), some)


def _parts(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    return (rows[at : at + _AT_ONCE] for at in range(0, len(rows), _AT_ONCE))


def _why(error: SQLAlchemyError) -> str:
    """What went wrong, never with the values of a statement: only whoever cannot be reached may say so in his own words."""
    said = str(getattr(error, "orig", "")).strip().splitlines()
    return said[0] if isinstance(error, OperationalError) and said else type(error).__name__
