"""Chinese numerals: what prints back the same is read, everything else is left for the grammar to refuse."""

from __future__ import annotations

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsheet.values.numerals import amounts_to_arabic, has_numeral, to_arabic


@pytest.mark.parametrize(
    ("text", "arabic"),
    [
        ("五十万", "50万"),
        ("十", "10"),
        ("十五", "15"),
        ("一百零五", "105"),
        ("两百万", "200万"),
        ("三千", "3000"),
        ("一万五千", "15000"),
        ("一亿二千万", "120000000"),
        ("壹佰贰拾万", "120万"),
        ("一点五万", "1.5万"),
        ("二点五亿", "2.5亿"),
        ("五十至一百万", "50至100万"),
        ("120万", "120万"),
        ("万", "万"),
    ],
)
def test_numerals(text: str, arabic: str) -> None:
    assert to_arabic(text) == arabic


@pytest.mark.parametrize("text", ["一百五", "五十万零", "三万五", "二五", "一亿二", "十十", "一点万", "点五"])
def test_loose_numerals_are_left_alone(text: str) -> None:
    assert to_arabic(text) == text


def test_amounts_name_their_unit() -> None:
    assert amounts_to_arabic("一万五千") == "15000元"
    assert amounts_to_arabic("一万五千元") == "15000元"
    assert amounts_to_arabic("五十万元") == "50万元"
    assert amounts_to_arabic("三千元") == "3000元"
    assert amounts_to_arabic("三千") == "3000"


def test_units_alone_are_no_numerals() -> None:
    assert not has_numeral("120万") and not has_numeral("1千万以上")
    assert has_numeral("五十万") and has_numeral("十万")


@given(st.integers(1, 99_999_999))
def test_every_printed_number_reads_back(number: int) -> None:
    read = to_arabic(cn2an.an2cn(number, "low"))
    value = int(read[:-1]) * 10_000 if read.endswith("万") else int(read)
    assert value == number
