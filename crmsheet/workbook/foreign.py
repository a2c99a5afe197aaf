"""Tables in other formats, to be read only: .xls and its kin (.et), and .csv, made into a workbook in memory.

Every cell keeps its address, so that whatever is said of the translation is true of the file.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from crmsheet.workbook.errors import InputError
from crmsheet.workbook.guard import LAST_COLUMN, LAST_ROW, MAX_TEXT

_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,12})?")  # what a program that opens a .csv takes for a number
_SECONDS = 120  # for an .xls, which holds 65,536 rows a sheet at most
_MEMORY = 2 << 30  # bytes
_SAMPLE = 1 << 16  # characters by which the separator is found
_FORBIDDEN_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
Rows = Sequence[Sequence[Any]]
Area = tuple[tuple[int, int], tuple[int, int]]  # first and last (row, column), from 0


def from_xls(data: bytes, name: str) -> bytes:
    """The .xlsx package of an .xls, values and merged ranges only.  InputError when it cannot be read.

    In a process of its own: on a damaged file the library may ask for all memory there is, or end the process.
    """
    command = [sys.executable, "-c", "from crmsheet.workbook.foreign import translate; translate()"]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603  our own code
    except subprocess.TimeoutExpired:
        done = None
    if done is None or done.returncode or not done.stdout.startswith(b"PK"):
        raise InputError(
            f"{name} 是旧版 .xls，但已损坏或无法读取；请用 Excel 打开后另存为 .xlsx",
            f"{name} is an old .xls that cannot be read; open it in Excel and save it as .xlsx",
        )
    return done.stdout


def translate() -> None:
    """What that process does: an .xls on stdin, its package on stdout."""
    from python_calamine import CalamineWorkbook  # loaded for such a file alone

    _limit_memory()
    book = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    found = [(one, book.get_sheet_by_name(one)) for one in book.sheet_names]
    sheets = [(one, sheet.to_python(skip_empty_area=False), sheet.merged_cell_ranges or []) for one, sheet in found]
    sys.stdout.buffer.write(_package(sheets))


def _limit_memory() -> None:
    with suppress(ImportError, ValueError, OSError):  # where a process can be limited
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def from_text(data: bytes, name: str, sheet: str) -> bytes | None:
    """The .xlsx package of a .csv (UTF-8, UTF-16 with its mark, GB18030); None when the bytes are no table of text.

    InputError for more rows or columns than a sheet has.
    """
    text = _decoded(data)
    if text is None:
        return None
    dialect = _dialect(text[:_SAMPLE])
    if dialect is None:
        return None
    rows: list[list[Any]] = []
    try:
        for line in csv.reader(io.StringIO(text, newline=""), dialect):
            rows.append([_typed(value) for value in line])
            if len(rows) > LAST_ROW or len(line) > LAST_COLUMN:
                raise InputError(
                    f"{name} 的行或列超过一张工作表的上限（{LAST_ROW} 行，{LAST_COLUMN} 列）；请拆分",
                    f"{name} has more rows or columns than a sheet can hold ({LAST_ROW}, {LAST_COLUMN}); split it",
                )
    except csv.Error:
        return None
    return from_rows(sheet, rows)


def from_rows(sheet: str, rows: Rows) -> bytes:
    """The .xlsx package of one table; ``rows``: texts, numbers, dates and None, its header first."""
    return _package([(_FORBIDDEN_IN_NAMES.sub("_", sheet).strip("' ")[:31] or "CSV", rows, [])])


def _decoded(data: bytes) -> str | None:
    codecs = ["utf-16"] if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "gb18030"]
    for codec in codecs:
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


def _dialect(sample: str) -> type[csv.Dialect] | None:
    """Comma, semicolon or tab, whichever most lines of the beginning have; None where none of them separates anything."""
    lines = [line for line in sample.splitlines() if line.strip()][:50]
    counts = {mark: sum(mark in line for line in lines) for mark in ",;\t"}
    best = max(counts, key=lambda mark: counts[mark])
    if not lines or counts[best] * 2 < len(lines):
        return None
    return type("Found", (csv.excel,), {"delimiter": best})


def _typed(value: str) -> Any:
    plain = value.strip()
    return float(plain) if _NUMBER.fullmatch(plain) else value


def _package(sheets: Sequence[tuple[str, Rows, Sequence[Area]]]) -> bytes:
    import xlsxwriter  # type: ignore[import-untyped]  # heavy, and seldom needed

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {
        "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "nan_inf_to_errors": True,
    })  # fmt: skip
    looks = {kind: book.add_format({"num_format": code}) for kind, code in _FORMATS.items()}
    for name, rows, merged in sheets:
        page = book.add_worksheet(name)
        for row, column, value in _cells(rows):
            page.write(row, column, value, looks.get(type(value)))
        for (top, left), (bottom, right) in merged:
            if (top, left) != (bottom, right):
                page.merge_range(top, left, bottom, right, "")
                value = _at(rows, top, left)
                page.write(top, left, value, looks.get(type(value)))
    book.close()
    return out.getvalue()


_FORMATS = {dt.datetime: "yyyy-mm-dd hh:mm:ss", dt.date: "yyyy-mm-dd", dt.time: "hh:mm:ss"}


def _cells(rows: Rows) -> Iterator[tuple[int, int, Any]]:
    for row, line in enumerate(rows):
        for column, value in enumerate(line):
            if value is None or value == "":
                continue
            if isinstance(value, dt.timedelta):
                yield row, column, value.total_seconds() / 86_400
            elif isinstance(value, str):
                yield row, column, value[:MAX_TEXT]
            elif isinstance(value, dt.datetime) and value.time() == dt.time():
                yield row, column, value.date()
            else:
                yield row, column, value


def _at(rows: Rows, row: int, column: int) -> Any:
    return rows[row][column] if row < len(rows) and column < len(rows[row]) else None
