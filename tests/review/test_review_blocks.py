"""The neutral blocks and the little grammars under them: cells, periods, what a renderer shows."""

from __future__ import annotations

import calendar
import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsheet.model import letters
from crmsheet.review.blocks import Column, Link, Table, column_at, plain, shown_rows, without
from crmsheet.review.frames import cell_link, cell_names, dates, split_cells, texts, values, whole
from crmsheet.review.periods import period_end

COLUMNS = (Column("a", "甲"), Column("b", "乙"), Column("c", "丙"))
ranks = st.integers(0, 40).flatmap(lambda size: st.permutations(range(size)))


def table(rank: list[int] | None = None, held: list[bool] | None = None, rows: int = 0) -> Table:
    return Table("t", "表", COLUMNS, [(n, n, n) for n in range(rows)], rank=rank, held=held)


@given(ranks, st.integers(0, 50))
def test_a_cut_keeps_the_first_in_rank_in_reading_order(rank: list[int], limit: int) -> None:
    shown = shown_rows(table(rank=rank, rows=len(rank)), limit)
    assert shown == sorted(shown)
    assert {rank[at] for at in shown} == set(range(min(limit, len(rank))))


@given(st.lists(st.booleans(), max_size=40), st.integers(0, 50))
def test_only_held_rows_are_shown_when_that_is_asked(held: list[bool], limit: int) -> None:
    some = table(held=held, rows=len(held))
    assert shown_rows(some, limit, only_held=True) == [at for at, stays in enumerate(held) if stays][:limit]
    assert shown_rows(some, limit) == list(range(min(limit, len(held))))


def test_a_table_without_some_columns_keeps_the_others_in_order() -> None:
    less = without(Table("t", "表", COLUMNS, [(1, 2, 3)]), "b")
    assert ([column.key for column in less.columns], less.rows) == (["a", "c"], [(1, 3)])


def test_a_column_is_found_by_key_and_a_link_has_a_text() -> None:
    assert column_at(table(), "c") == 2
    assert plain(Link("甲", "表", "A1")) == "甲" and plain(7) == 7
    with pytest.raises(KeyError):
        column_at(table(), "d")


sheet_names = st.text(
    st.characters(exclude_characters="[]:*?/\\'\"", exclude_categories=["C"]), min_size=1, max_size=20
)
addresses = st.builds(
    lambda column, row: f"{letters(column)}{row}", st.integers(1, 16_384), st.integers(1, 1_048_576)
)


@given(
    st.lists(
        st.tuples(sheet_names.filter(lambda name: "," not in name and "!" not in name), addresses), max_size=6
    )
)
def test_joined_cells_are_split_again(cells: list[tuple[str, str]]) -> None:
    assert split_cells(",".join(f"{sheet}!{cell}" for sheet, cell in cells)) == cells


def test_a_comma_or_a_mark_in_a_sheets_name_does_not_break_an_address() -> None:
    assert split_cells("华东,华北!F2,甲!乙!G3") == [("华东,华北", "F2"), ("甲!乙", "G3")]
    assert split_cells(None) == split_cells("") == split_cells("没有地址") == []


def test_a_sheets_name_stands_once_and_the_link_leads_to_the_first_cell() -> None:
    assert cell_names("甲!F2,甲!G2,乙!A1,甲!F2") == "甲!F2、G2、乙!A1"
    assert cell_link("甲!F2,甲!G2") == Link("甲!F2、G2", "甲", "F2")
    assert cell_link(None) is None


def test_blanks_of_every_kind_become_none() -> None:
    frame = pd.DataFrame({
        "text": pd.Series(["甲", None, float("nan")], dtype=object),
        "words": pd.Series(["甲", None, None], dtype="string"),
        "day": pd.to_datetime(["2024-03-20", None, None]).astype("datetime64[s]"),
        "count": [3.0, float("nan"), 0.0],
    })  # fmt: skip
    assert values(frame, "text") == values(frame, "words") == ["甲", None, None]
    assert texts(frame, "text") == ["甲", "", ""]
    assert dates(frame, "day") == [dt.date(2024, 3, 20), None, None]
    assert whole(frame, "count") == [3, None, 0]


@given(st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1)))
def test_a_period_ends_on_its_last_day(day: dt.date) -> None:
    week, month, quarter = (period_end(day, period) for period in ("week", "month", "quarter"))  # type: ignore[arg-type]
    assert week.weekday() == 6 and 0 <= (week - day).days <= 6
    assert (month.year, month.month, month.day) == (
        day.year,
        day.month,
        calendar.monthrange(day.year, day.month)[1],
    )
    assert quarter.month in (3, 6, 9, 12) and (quarter.month - 1) // 3 == (day.month - 1) // 3
    assert (quarter + dt.timedelta(days=1)).day == 1 and quarter >= month
