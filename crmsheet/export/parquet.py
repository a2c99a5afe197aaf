"""A run's rows as Parquet: a folder with one folder a table and in it one file a run, written by DuckDB.

``SELECT * FROM 'results.parquet/crmsheet_customers/*.parquet'`` reads a table.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, Table, create_engine, insert, literal_column, select, text
from sqlalchemy.exc import SQLAlchemyError

from crmsheet.errors import InputError
from crmsheet.export.rows import Rows
from crmsheet.export.tables import METADATA, OF_RUN, SCHEMA, VERSION
from crmsheet.texts import both

SUFFIX = ".parquet"  # of the folder, and of the files in it
_AT_ONCE = 5_000  # rows a statement
_LONGEST = 60  # characters of a run's name in its file's


def store_parquet(folder: Path, runs: Sequence[Rows]) -> str:
    """Put the runs into ``folder``, made if need be; a run's files take the place of those that it left before.

    All files are written beside their places first, and the table of runs gets its own last: after an error no new one
    is there.  Raises InputError.
    """
    try:
        engine = create_engine("duckdb:///:memory:")
    except ModuleNotFoundError as error:
        raise InputError(*both("export_driver", module=error.name or "")) from None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as made, engine.connect() as connection:
            _check_version(connection, folder)
            for rows in runs:
                _write(connection, rows, Path(made))
            _into_place(Path(made), folder)
    except (OSError, SQLAlchemyError) as error:
        raise InputError(*both("export_failed", target=folder, why=getattr(error, "strerror", None) or type(error).__name__)) from None
    finally:
        engine.dispose()
    return str(folder)


def file_name(run: str) -> str:
    """The file of a run: its name as far as every file system takes it, and a sign that tells it from all others."""
    plain = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*]+', "_", run)[-_LONGEST:].strip(" .")
    return f"{plain}-{sha256(run.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}{SUFFIX}"


def _check_version(connection: Connection, folder: Path) -> None:
    """Raises InputError when the folder's tables are another version's."""
    schema = folder / f"{SCHEMA.name}{SUFFIX}"
    if schema.exists():
        there = connection.execute(select(literal_column("version")).select_from(text(_quoted(schema)))).scalar()
        if there != VERSION:
            raise InputError(*both("export_version", target=folder, there=there, here=VERSION))


def _write(connection: Connection, rows: Rows, made: Path) -> None:
    """One run's files; the types are those of the database's tables."""
    METADATA.drop_all(connection)
    METADATA.create_all(connection)
    connection.execute(insert(SCHEMA), [{"version": VERSION}])
    (run,) = rows[OF_RUN[0].name]
    for table in OF_RUN:
        for at in range(0, len(rows[table.name]), _AT_ONCE):
            connection.execute(insert(table), rows[table.name][at : at + _AT_ONCE])
        (made / table.name).mkdir(exist_ok=True)
        _copy(connection, table, made / table.name / file_name(run["run"]))
    _copy(connection, SCHEMA, made / f"{SCHEMA.name}{SUFFIX}")


def _copy(connection: Connection, table: Table, path: Path) -> None:
    connection.execute(text(f"COPY {table.name} TO {_quoted(path)} (FORMAT parquet)"))


def _quoted(path: Path) -> str:
    """A path as a statement's text; a colon, which would begin a parameter, gets its mark."""
    return "'" + path.as_posix().replace("'", "''").replace(":", r"\:") + "'"


def _into_place(made: Path, folder: Path) -> None:
    for table in reversed(OF_RUN):  # the table of runs last
        (folder / table.name).mkdir(exist_ok=True)
        for path in (made / table.name).iterdir():
            os.replace(path, folder / table.name / path.name)
    os.replace(made / f"{SCHEMA.name}{SUFFIX}", folder / f"{SCHEMA.name}{SUFFIX}")
