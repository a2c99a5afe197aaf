"""What every registered check keeps to: no table is too small or too large for it, it changes nothing, it cites its source."""

from __future__ import annotations

import datetime as dt
import re
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sheets import AS_OF, Rows, write_workbook

import crmsheet.assess as weekly
from crmsheet.checks.all_checks import CHECKS
from crmsheet.checks.context import Context, Registered
from crmsheet.findings import CATALOGUE, hint, message
from crmsheet.run import Options, check
from crmsheet.tables.spec import table_spec
from crmsheet.tables.table import Table

NAMES = [one.run.__name__ for one in CHECKS]
EVERY = pytest.mark.parametrize("one", CHECKS, ids=NAMES)
KINDS = ("customers", "followups", "strategy", "classes", "people")


def rows(kind: Any, count: int, *, blank: bool = False) -> Rows:
    """A table with every field of its kind; blank: names only."""
    spec = table_spec(kind)
    sample = {"date": dt.date(2024, 3, 1), "money": 30, "budget": 30, "frequency": 2, "headcount": 300, "rate": "6%", "growth": "高"}
    head = [field.header for field in spec.fields.values()]

    def line(i: int) -> list[Any]:
        return [
            f"C{i:07d}" if name == "customer_id" else f"甲{i}公司" if name == "name" else None if blank else sample.get(field.type, "一些文字")
            for name, field in spec.fields.items()
        ]

    return [head, *(line(i) for i in range(count))]


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Context]:
    """The context of workbooks of some sizes, as a run makes it."""
    folder, seen = tmp_path_factory.mktemp("contract"), {}
    with pytest.MonkeyPatch.context() as patch:
        for name, count, blank in (("empty", 0, False), ("blank", 5, True), ("one", 1, False), ("many", 10_000, False)):
            patch.setattr(weekly, "check_all", lambda context, name=name: seen.setdefault(name, context) and [])
            book = write_workbook(folder / f"{name}.xlsx", {kind: rows(kind, count, blank=blank) for kind in KINDS})
            check(book, Options(as_of=AS_OF, policy="followup"))
    return seen


@EVERY
@pytest.mark.parametrize("size", ["empty", "blank", "one", "many"])
def test_it_takes_tables_of_any_size_and_says_only_its_own_codes(contexts: dict[str, Context], one: Registered, size: str) -> None:
    found = one.run(contexts[size])
    assert {finding.code for finding in found} <= set(one.codes)
    assert all(message(finding, lang) and hint(finding, lang) for finding in found for lang in ("zh", "en"))
    assert size != "empty" or not found


@EVERY
def test_ten_thousand_rows_cost_it_half_a_second_at_most(contexts: dict[str, Context], one: Registered) -> None:
    start = time.process_time()
    one.run(contexts["many"])
    assert time.process_time() - start < 0.5


@EVERY
def test_it_changes_nothing(contexts: dict[str, Context], one: Registered) -> None:
    seen = contexts["many"]
    before = {field.name: copied(getattr(seen, field.name)) for field in fields(seen)}
    one.run(seen)
    for name, value in before.items():
        same(value, copied(getattr(seen, name)))


def copied(value: Any) -> Any:
    """What a check could change of a part of its context."""
    if isinstance(value, Table):
        return value.frame.copy()
    if hasattr(value, "entries"):
        return value.entries.copy()
    return value.copy() if isinstance(value, np.ndarray) else None


def same(one: Any, two: Any) -> None:
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_index_equal(one.index, two.index)
        assert list(one.dtypes.items()) == list(two.dtypes.items())
        for name in one:  # a cell that nobody changed is the same object, which a list sees at once
            values, others = one[name], two[name]
            assert values.tolist() == others.tolist() if values.dtype == object else np.array_equal(values, others, equal_nan=True), name
    elif isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, two)


@EVERY
def test_it_says_what_it_finds_and_by_which_demand(one: Registered) -> None:
    assert re.search(r"S00[0-4]-\d+", one.run.__doc__ or "")
    assert all(code in CATALOGUE for code in one.codes)


def test_no_code_is_found_by_two_checks() -> None:
    every = [code for one in CHECKS for code in one.codes]
    assert len(every) == len(set(every))


def test_every_module_of_checks_is_among_those_that_run() -> None:
    folder = Path(weekly.__file__).parent / "checks"
    written = {path.stem for path in folder.glob("*.py") if "@check(" in path.read_text(encoding="utf-8")}
    assert written == {one.run.__module__.rpartition(".")[2] for one in CHECKS}
