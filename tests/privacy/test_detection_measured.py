"""How much is found, and how much is taken for private that is none, over made-up numbers in every form people write.

docs/privacy.md holds the figures of 20,000 a kind (``python tests/privacy/made_numbers.py``); here fewer are drawn.
"""

from __future__ import annotations

import os
import random

import numpy as np
import pytest
from made_numbers import HARMLESS, MADE, false_alarms, missed, private_text

from crmsheet.privacy.detect import find_private, may_hold, scrub

SIZE = 20_000 if os.environ.get("CRMSHEET_LONG") else 2_000


@pytest.mark.parametrize("name", MADE)
def test_of_valid_forms_999_in_1000_are_found(name: str) -> None:
    lost, made = missed(name, SIZE, random.Random(7))
    assert lost <= made / 1000


@pytest.mark.parametrize("name", HARMLESS)
def test_of_harmless_numbers_99_in_100_are_left_alone(name: str) -> None:
    assert false_alarms(name, SIZE, random.Random(7)) <= SIZE / 100


@pytest.mark.parametrize("name", MADE)
def test_what_is_found_is_masked_down_to_a_few_digits_and_stays_masked(name: str) -> None:
    draw = random.Random(8)
    for text in [private_text(draw, name).text for _ in range(300)]:
        shown = scrub(text)
        assert not find_private(shown) and scrub(shown) == shown
        for hit in find_private(text):
            assert bare(text[hit.start : hit.end]) not in bare(shown)


def bare(text: str) -> str:
    return "".join(char for char in text if char.isalnum() or char in "@*")


@pytest.mark.parametrize("name", [name for name in MADE if name != "landline"])
def test_a_column_that_holds_one_is_never_passed_over(name: str) -> None:
    draw = random.Random(9)
    for made in [private_text(draw, name) for _ in range(300)]:
        kinds = {hit.kind for hit in find_private(made.text)} - {"landline"}
        assert kinds <= may_hold(np.array(["无事", made.text, None], dtype=object))


def test_one_cell_of_the_longest_text_costs_no_more_than_its_length() -> None:
    for text in ("13812345678," * 2730, "1" * 32_767, "1 " * 16_000, "1\n" * 16_000, "a@" * 16_000, "4\u200b1" * 10_900, "0592-" * 6_000):
        find_private(text)  # each a few hundredths of a second; the square of the length would take minutes
