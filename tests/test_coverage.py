"""Every demand of the five documents is answered: by a part that exists and a test that exists, or in plain words."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest
from coverage import Demand, demands, known_parts, sourced

ROOT = Path(__file__).resolve().parent.parent
COUNT = {"S000": 70, "S001": 58, "S002": 107, "S003": 55, "S004": 56}  # demands of each document
ALL = demands()


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_no_demand_is_missing() -> None:
    assert [one.id for one in ALL] == [f"{document}-{number}" for document, count in COUNT.items() for number in range(1, count + 1)]


@pytest.mark.parametrize("one", ALL, ids=[one.id for one in ALL])
def test_a_demand_is_served_and_shown_or_says_what_is_offered_instead(one: Demand) -> None:
    assert not set(one.by) - known_parts()
    for test in one.tests:
        path, _, name = test.partition("::")
        assert name in names_in(path), test
    assert one.offered or one.open or (one.by and one.tests)
    assert not (one.by and not one.tests)


def test_every_source_in_the_program_is_a_demand() -> None:
    known = {one.id for one in ALL}
    assert not {source for source, _ in sourced() if source.startswith("S0")} - known
