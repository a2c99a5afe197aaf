"""Each target on its kept inputs and on some hundred mutants of them; the long forms are in docs/testing.md."""

from __future__ import annotations

import os
import random

import pytest
from fuzz import damage
from targets import TARGETS, escaped, run, seeds
from targets import _unescaped as unescaped

MUTANTS = 20_000 if os.environ.get("CRMSHEET_LONG") else 150
SLOW = {"headers": 10, "package": 2, "policy": 10}  # these take milliseconds each


def test_there_are_inputs_for_every_target() -> None:
    assert all(seeds(name) for name in TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_no_kept_input_and_no_mutant_breaks_a_law(name: str) -> None:
    kept = seeds(name)
    for data in kept:
        run(name, data)
    for number in range(MUTANTS // SLOW.get(name, 1)):
        draw = random.Random(f"{name} {number}")
        mutant = damage(draw, draw.choice(kept))
        try:
            run(name, mutant)
        except Exception as fault:
            raise AssertionError(f"{name}, mutant {number}: {escaped(mutant)[:2000]}") from fault


@pytest.mark.parametrize("data", [b"", b"a\\nb\n\t\r\\", "年合作≥50万\x00".encode(), bytes(range(256))])
def test_an_input_survives_its_line(data: bytes) -> None:
    assert unescaped(escaped(data)) == data
