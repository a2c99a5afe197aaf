"""How often a customer is contacted (S000-62); the documents pair 每周2次 with 8 a month and 每两周1次 with 2."""

from __future__ import annotations

import pytest

from crmsheet.values.frequencies import parse_frequency


@pytest.mark.parametrize(
    ("text", "a_month"),
    [
        ("4", 4), ("4次", 4), ("4-8", 4), ("4-8次/月", 4), ("1.5", 1.5), ("2次/月", 2), ("每月2次", 2), ("每个月一次", 1), ("月2次", 2), ("每月", 1),
        ("每周1次", 4), ("每周2次", 8), ("每周1-2次", 4), ("一周两次", 8), ("2次/周", 8), ("每星期一次", 4), ("１次／周", 4), ("1次/每周", 4), ("周", 4),
        ("每两周1次", 2), ("每2周一次", 2), ("双周1次", 2), ("隔周一次", 2), ("1次/2周", 2), ("半月一次", 2), ("每半个月1次", 2), ("两周", 2), ("每四周1次", 1),
        ("每两个月1次", 0.5), ("每季度1次", 1 / 3), ("1次/季", 1 / 3), ("半年1次", 1 / 6), ("每年2次", 1 / 6),
        ("每7天1次", 4), ("14天", 2), ("每30天一次", 1),
    ],
)  # fmt: skip
def test_times_a_month(text: str, a_month: float) -> None:
    assert parse_frequency(text) == pytest.approx(a_month)


@pytest.mark.parametrize("text", ["不定期", "按需", "每3天1次", "每三周1次", "每天", "每周一", "每月几次", "次", "经常", "2024-04-08", "每0月1次", "1" * 300])
def test_what_gives_no_certain_number_is_not_read(text: str) -> None:
    assert parse_frequency(text) is None


def test_a_bare_number_counts_in_the_headers_unit_and_words_in_their_own() -> None:
    assert [parse_frequency(text, unit=4.0) for text in ("2", "2次", "每月2次")] == [8, 8, 2]
