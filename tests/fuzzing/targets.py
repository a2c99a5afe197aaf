"""What may never break, whatever bytes come: a target takes bytes and lets nothing but a failed law through.

Refusals (WorkbookError) are the right answer to much of it and are swallowed here.  A text that takes more than a second of
CPU is a fault as well: a pattern that backtracks without end hangs a run.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import numpy as np
from test_workbook_scan import assert_equal
from workbook_files import parts, worksheet, zipped

from crmsheet.errors import WorkbookError
from crmsheet.policy.load import parse_policy, parse_toml, validated
from crmsheet.policy.settings import Settings
from crmsheet.privacy.detect import find_private, private_kinds, scrub, scrub_column
from crmsheet.tables.find import find_tables
from crmsheet.values.answers import read_answer
from crmsheet.values.dates import parse_date
from crmsheet.values.frequencies import parse_frequency
from crmsheet.values.kpis import parse_kpis, rate_kpis
from crmsheet.values.methods import parse_methods
from crmsheet.values.money import parse_money, read_money
from crmsheet.values.names import fold_header, normalise_name, unit_of
from crmsheet.values.ranges import parse_headcount
from crmsheet.values.rates import parse_rate
from crmsheet.values.reasons import reasons_in
from crmsheet.values.spans import parse_cycle, parse_term
from crmsheet.values.tiers import parse_tier
from crmsheet.values.words import VOCABULARIES, parse_word
from crmsheet.workbook import open_workbook, regular, texts
from crmsheet.workbook.scan import scan
from crmsheet.workbook.texts import shared_strings
from crmsheet.workbook.xml import escape_text, to_utf8

SEEDS = Path(__file__).resolve().parent / "seeds"
LONGEST = 32_767  # characters of a cell
SECONDS = 1.0  # of CPU for one text
DAY = dt.date(2024, 3, 20)
UNITS = (None, "元", "万元", "%", "次/月", "人")
Target = Callable[[bytes], None]


def text_of(data: bytes) -> str:
    """A text as a cell may hold it."""
    return data.decode("utf-8", "replace")[:LONGEST]


def money(text: str) -> None:
    for unit in UNITS:
        read = parse_money(text, unit)
        assert math.isnan(read.low) == math.isnan(read.high)
        assert read.problem is not None or math.isnan(read.low) or read.low <= read.high
        column = read_money(np.array([math.nan]), np.array([text], dtype=object), unit)
        np.testing.assert_array_equal([column.low[0], column.high[0]], [read.low, read.high])


def dates(text: str) -> None:
    for base in (None, DAY):
        read = parse_date(text, base)
        assert read.start is None or (read.end is not None and read.start <= read.end)


def numbers(text: str) -> None:
    for unit in UNITS:
        parse_rate(text, unit)
    people = parse_headcount(text)
    assert people.problem is not None or not people.low > people.high
    often = parse_frequency(text)
    assert often is None or (often >= 0 and math.isfinite(often))
    cycle, term = parse_cycle(text), parse_term(text)
    assert (cycle is None or cycle > 0) and (term is None or term >= 0)


def words(text: str) -> None:
    for name in VOCABULARIES:
        parse_word(text, name)
    assert parse_tier(text, ("S", "A", "B")) in (None, "S", "A", "B")
    rate_kpis(parse_kpis(text))
    parse_methods(text)
    reasons_in(text)
    read_answer(text)


def names(text: str) -> None:
    once = normalise_name(text)
    assert normalise_name(once) == once
    fold_header(text)
    unit_of(text)


def private(text: str) -> None:
    hits = find_private(text)
    assert all(0 <= hit.start < hit.end <= len(text) for hit in hits)
    clean = scrub(text)
    assert not private_kinds(clean)
    assert scrub_column(np.array([text], dtype=object))[0] == clean


def policy(text: str) -> None:
    parse_policy(text, "policy.toml")


def settings(text: str) -> None:
    validated(Settings, parse_toml(text, "crmsheet.toml"), "crmsheet.toml")


def headers(text: str) -> None:
    """Rows of cells, parted by line feeds and tabs, as a sheet in which tables are looked for."""
    lines = [line.split("\t")[:40] for line in text.split("\n")[:40]]
    rows = "".join(f'<row r="{r}">{"".join(_cells(r, line))}</row>' for r, line in enumerate(lines, 1))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.xlsx"
        path.write_bytes(zipped(parts({"表": worksheet(rows)})))
        with open_workbook(path) as book:
            for region in find_tables(book, {}).regions:
                assert region.header_rows and region.fields


def _cells(row: int, line: list[str]) -> Iterator[str]:
    for column, value in enumerate(line):
        plain = "".join(c for c in value if c >= " " and not 0xD800 <= ord(c) <= 0xDFFF and ord(c) not in (0xFFFE, 0xFFFF))
        name = ("" if column < 26 else chr(64 + column // 26)) + chr(65 + column % 26)
        yield f'<c r="{name}{row}" t="inlineStr"><is><t xml:space="preserve">{escape_text(plain)}</t></is></c>'


def sheet(data: bytes) -> None:
    """The fast scanner, over the whole or in pieces of a row or so, and the strict one: the same index, or all refuse."""
    made = []
    for strict, piece in ((True, regular.PIECE), (False, regular.PIECE), (False, 40)):
        with mock.patch.object(regular, "PIECE", piece):
            try:
                made.append(scan(data, "sheet1.xml", strict=strict))
            except WorkbookError:
                made.append(None)
    strict_one, *fast = made
    for one in fast:
        assert (one is None) == (strict_one is None)
        if one is not None and strict_one is not None:
            assert_equal(one, strict_one)


def strings(data: bytes) -> None:
    """What is read all at once is what is found item by item."""
    found = shared_strings(data, "sharedStrings.xml").tolist()
    assert found == texts._strict_items(to_utf8(data, "sharedStrings.xml"), "sharedStrings.xml")


def package(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.xlsx"
        path.write_bytes(data)
        with open_workbook(path) as book:
            for name in book.sheets:
                for _ in book.sheet(name).cells():
                    pass


def _of_text(grammar: Callable[[str], None]) -> Target:
    return lambda data: grammar(text_of(data))


TARGETS: dict[str, Target] = {
    **{one.__name__: _of_text(one) for one in (money, dates, numbers, words, names, private, policy, settings, headers)},
    **{one.__name__: one for one in (sheet, strings, package)},
}


def run(name: str, data: bytes) -> None:
    """One input through one target.  Raises AssertionError, or whatever came out that should not."""
    began = time.process_time()
    try:
        TARGETS[name](data)
    except WorkbookError as refusal:
        assert (refusal.zh and refusal.en and "\n" not in refusal.zh.strip() + refusal.en.strip()) or name == "policy"
    spent = time.process_time() - began
    assert spent < SECONDS, f"{spent:.1f} s of CPU for {len(data)} bytes"


def seeds(name: str) -> list[bytes]:
    """The kept inputs of a target: one a line, with Python's escapes; for ``package`` the made workbook."""
    if name == "package":
        from fuzz import PARTS

        return [zipped(PARTS)]
    lines = (SEEDS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [_unescaped(line) for line in lines if line and not line.startswith("# ")]


def _unescaped(line: str) -> bytes:
    out = io.BytesIO()
    at = 0
    while at < len(line):
        if line[at] == "\\" and line[at + 1 : at + 2] in "ntrx\\":
            kind = line[at + 1]
            out.write(bytes([int(line[at + 2 : at + 4], 16)]) if kind == "x" else {"n": b"\n", "t": b"\t", "r": b"\r", "\\": b"\\"}[kind])
            at += 4 if kind == "x" else 2
        else:
            out.write(line[at].encode("utf-8"))
            at += 1
    return out.getvalue()


def escaped(data: bytes) -> str:
    """An input as a line of a seeds file."""
    text = data.decode("utf-8", "surrogateescape")
    table = {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return "".join(table.get(c) or (f"\\x{ord(c) - 0xDC00:02x}" if 0xDC80 <= ord(c) <= 0xDCFF else f"\\x{ord(c):02x}" if ord(c) < 32 or ord(c) == 127 else c) for c in text)
