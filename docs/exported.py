"""The pages of what ``crmsheet export`` leaves in a database, in English and, with the words of export_zh.toml, in Chinese."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

from markup import MADE, table

from crmsheet.export.tables import METADATA, VERSION

HERE = Path(__file__).resolve().parent


def export_page() -> str:
    """The tables of ``crmsheet export``."""
    told = (
        f"# Results in a database\n{MADE}\n[中文](export.zh.md)\n\n"
        "`crmsheet export team.xlsx --to result.db` puts what a run finds out into a database; the workbook is only read, and nothing is "
        "written back. `--to` takes a file of SQLite (`.db`) or DuckDB (`.duckdb`), the URL of any database that SQLAlchemy knows, "
        "such as `postgresql://user@host/database`, or a folder for Parquet files (`result.parquet`). Needed once: `pip install \"crmsheet[export]\"`, and the database's driver "
        "(`duckdb-engine`, `psycopg[binary]`).\n\n"
        "A run is one workbook on one day. Exporting it again replaces its rows and no others; everything goes in within one "
        "transaction. Private values are masked as in the reviews.\n\n"
        "A folder of Parquet holds a folder a table and in it a file a run: `FROM 'result.parquet/crmsheet_tasks/*.parquet'` reads a "
        "table in DuckDB. DuckDB writes it (`duckdb-engine`), with the columns and types below. A run's files take the place of its "
        "former ones when all of them are whole, that of `crmsheet_runs` last.\n"
    )
    return told + _tables(lambda text: text, f"{{}}, version {VERSION} of the tables.", " (key)", ["column", "type", "what it is"])


def export_page_zh() -> str:
    """The same in Chinese, with the words of export_zh.toml; KeyError where one is missing there."""
    words = tomllib.loads((HERE / "export_zh.toml").read_text(encoding="utf-8"))
    told = (
        f"# 导出到数据库\n{MADE}\n[English](export.md)\n\n"
        "`crmsheet export team.xlsx --to result.db` 把一次运行的结果放进数据库；工作簿只读，什么也不写回。`--to` 可以是 SQLite（`.db`）或 DuckDB（`.duckdb`）"
        '文件，SQLAlchemy 认识的任何数据库的地址，如 `postgresql://user@host/database`，或者放 Parquet 文件的文件夹（`result.parquet`）。先装一次 `pip install "crmsheet[export]"`，'
        "再装数据库的驱动（`duckdb-engine`、`psycopg[binary]`）。\n\n"
        "一次运行就是一个工作簿的某一天。再次导出只替换它自己的行，不碰别的；全部在一个事务里完成。个人信息与报告里一样已遮盖。\n\n"
        "Parquet 文件夹里每个表一个文件夹，每次运行一个文件；在 DuckDB 里用 `FROM 'result.parquet/crmsheet_tasks/*.parquet'` 读一个表。"
        "由 DuckDB 写出（`duckdb-engine`），列和类型如下。一次运行的文件全部写完整后才替换它以前的文件，`crmsheet_runs` 的最后替换。\n"
    )
    chinese: Callable[[str], str] = lambda text: text if re.fullmatch("[一-龥]+", text) else words[text]  # noqa: E731
    return told + _tables(chinese, f"{{}}；表结构第 {VERSION} 版。", "（键）", ["列", "类型", "内容"])


def _tables(say: Callable[[str], str], about: str, key: str, headers: list[str]) -> str:
    """The tables of a database one by one: what a row is, and its columns."""
    parts = []
    for one in METADATA.sorted_tables:
        rows = [[f"`{c.name}`{key if c.primary_key else ''}", type(c.type).__name__.lower(), say(c.comment or "")] for c in one.columns]
        parts.append(f"\n## {one.name}\n\n{about.format(say(one.comment or ''))}\n\n{table(headers, rows)}")
    return "".join(parts)
