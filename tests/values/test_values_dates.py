"""What a person types as a date, and the day it is taken for."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsheet.arrays import Times
from crmsheet.values.dates import DateColumn, parse_date, read_dates

WEDNESDAY = date(2024, 3, 20)
DAY = datetime(2024, 3, 5)


def column_of(*texts: str | None, base: Times | date | None = WEDNESDAY) -> DateColumn:
    return read_dates(
        np.full(len(texts), np.nan), np.zeros(len(texts), bool), np.array(texts, dtype=object), base
    )


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-05",
        "2024-3-5",
        "2024/3/5",
        "2024.3.5",
        "20240305",
        "2024年3月5日",
        "2024年3月5号",
        "２０２４－０３－０５",
        " 2024-03-05 ",
        "2024 年 3 月 5 日",
        "2024-03-05前",
        "2024年3月5日前完成",
        "2024-03-05 (周二)",
        "预计2024-03-05",
        "2024.3.5到期",
        "2024-03-05 00:00:00",
        "2024-03-05T00:00:00",
        "2024-03-04T16:00:00.000Z",
    ],
)
def test_every_spelling_of_one_day(text: str) -> None:
    assert parse_date(text) == (DAY, DAY, False, None)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-05 14:30", datetime(2024, 3, 5, 14, 30)),
        ("2024/3/5 9:05:07", datetime(2024, 3, 5, 9, 5, 7)),
        ("2023-10-2614:30", datetime(2023, 10, 26, 14, 30)),
        ("2024年3月5日14点30分", datetime(2024, 3, 5, 14, 30)),
        ("2024/3/5 下午2:30", datetime(2024, 3, 5, 14, 30)),
        ("2024-03-05 2:30 PM", datetime(2024, 3, 5, 14, 30)),
        ("2024-03-05T14:30:00", datetime(2024, 3, 5, 14, 30)),
        ("2024-03-05T06:30:00Z", datetime(2024, 3, 5, 14, 30)),
        ("2024-03-05T14:30:00+08:00", datetime(2024, 3, 5, 14, 30)),
    ],
)
def test_times_are_kept(text: str, moment: datetime) -> None:
    assert parse_date(text) == (moment, moment, True, None)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("3月20日", date(2024, 3, 20)),
        ("3月15日前", date(2025, 3, 15)),
        ("4月1日", date(2024, 4, 1)),
        ("8月21", date(2024, 8, 21)),
        ("3.26到期", date(2024, 3, 26)),
        ("06-11", date(2024, 6, 11)),
        ("3月15日前完成", date(2025, 3, 15)),
        ("今年3月15日", date(2024, 3, 15)),
        ("下周三", date(2024, 3, 27)),
        ("下周一", date(2024, 3, 25)),
        ("本周五", date(2024, 3, 22)),
        ("本周一", date(2024, 3, 18)),
        ("周三", date(2024, 3, 20)),
        ("周二", date(2024, 3, 26)),
        ("下下周日", date(2024, 4, 7)),
        ("明天", date(2024, 3, 21)),
        ("月底", date(2024, 3, 31)),
        ("下月15日", date(2024, 4, 15)),
        ("年底", date(2024, 12, 31)),
        ("3天内", date(2024, 3, 23)),
    ],
)
def test_years_and_weeks_come_from_the_base(text: str, day: date) -> None:
    reading = parse_date(text, WEDNESDAY)
    assert (reading.start, reading.problem) == (datetime(day.year, day.month, day.day), None)
    assert parse_date(text).problem == "date-ambiguous"  # without a base nobody knows the year


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024年Q3", date(2024, 7, 1), date(2024, 9, 30)),
        ("2024Q1", date(2024, 1, 1), date(2024, 3, 31)),
        ("2024年第四季度", date(2024, 10, 1), date(2024, 12, 31)),
        ("2024年3月", date(2024, 3, 1), date(2024, 3, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024年3月中旬", date(2024, 3, 11), date(2024, 3, 20)),
        ("2024年下半年", date(2024, 7, 1), date(2024, 12, 31)),
        ("2024年", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-03-05至2024-03-08", date(2024, 3, 5), date(2024, 3, 8)),
        ("下周", date(2024, 3, 25), date(2024, 3, 31)),
        ("Q1", date(2024, 1, 1), date(2024, 3, 31)),  # runs on 20 March, so this year's is meant
        ("2月", date(2025, 2, 1), date(2025, 2, 28)),
        ("8月22，23", date(2024, 8, 22), date(2024, 8, 23)),
        ("3月25日~28日", None, None),
        ("12月30日至1月3日", date(2024, 12, 30), date(2025, 1, 3)),
    ],
)
def test_ranges_have_a_first_and_a_last_day(text: str, first: date | None, last: date | None) -> None:
    reading = parse_date(text, WEDNESDAY)
    assert (reading.start and reading.start.date(), reading.end and reading.end.date()) == (first, last)
    assert (reading.problem is None) == (first is not None)


@pytest.mark.parametrize(
    "text", ["24-3-5", "24.03.05", "24年3月5日", "03/04/2024", "25/12/2024", "3-4-2024", "240305", "24Q3"]
)
def test_what_can_be_read_two_ways_is_ambiguous(text: str) -> None:
    assert parse_date(text, WEDNESDAY) == (None, None, False, "date-ambiguous")


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-30",
        "2024-13-01",
        "2024年2月30日",
        "20240230",
        "2023-02-29",
        "2月29日",
        "2月30日",
        "13月5日",
        "待定",
        "abc",
        "2024",
        "3.5万",
        "30台",
        "2024-3/5",
        "2024-03-05 25:00",
        "2024-03-05 12:60",
        "2024-3-111:30",
        "0999-01-01",
        "每周五",
        "2024-03-08至2024-03-05",
        "45356",
    ],
)
def test_what_is_no_date_is_never_guessed(text: str) -> None:
    assert parse_date(text, WEDNESDAY) == (None, None, False, "date-unparseable")


@pytest.mark.parametrize("text", ["", " ", "-", "—", "/", "无", "N/A"])
def test_blank_is_no_problem(text: str) -> None:
    assert parse_date(text, WEDNESDAY) == (None, None, False, None)


def numbers(*values: float, is_date: bool, date1904: bool = False) -> list[tuple[str, str | None]]:
    column = read_dates(
        np.array(values),
        np.full(len(values), is_date),
        np.full(len(values), None, dtype=object),
        None,
        date1904,
    )
    return [(str(start), problem) for start, problem in zip(column.start, column.problem, strict=True)]


BAD = ("NaT", "date-unparseable")


def test_serials_of_the_1900_epoch() -> None:
    assert numbers(45356, 45356.604166666664, 1, 59, 61, 2958465, is_date=True) == [
        ("2024-03-05T00:00:00", None),
        ("2024-03-05T14:30:00", None),
        ("1900-01-01T00:00:00", None),
        ("1900-02-28T00:00:00", None),
        ("1900-03-01T00:00:00", None),
        ("9999-12-31T00:00:00", None),
    ]
    assert numbers(0, 0.5, 60, -1, 2958466, np.inf, is_date=True) == [BAD] * 6


def test_serials_of_the_1904_epoch() -> None:
    assert numbers(43894, 60, is_date=True, date1904=True) == [
        ("2024-03-05T00:00:00", None),
        ("1904-03-01T00:00:00", None),
    ]
    assert numbers(2957004, is_date=True, date1904=True) == [BAD]


def test_bare_numbers_are_dates_only_where_nothing_else_is_likely() -> None:
    assert numbers(45356, 20240305, 20000, is_date=False) == [
        ("2024-03-05T00:00:00", None),
        ("2024-03-05T00:00:00", None),
        ("1954-10-03T00:00:00", None),
    ]
    assert numbers(19999, 2024, 202403, 20240230, 20241301, 120, is_date=False) == [BAD] * 6


def test_serials_are_rounded_to_the_second() -> None:
    column = read_dates(np.array([45356.99999999]), np.array([True]), np.array([None], dtype=object))
    assert str(column.start[0]) == "2024-03-06T00:00:00"
    assert not column.has_time[0]


def test_each_row_has_its_own_base() -> None:
    bases = np.array(["2024-03-20", "2024-01-02", "NaT", "2024-03-20"], dtype="datetime64[D]")
    column = column_of("3月15日前", "3月15日前", "3月15日前", "2024年Q3", base=bases)
    assert [str(start)[:10] for start in column.start] == ["2025-03-15", "2024-03-15", "NaT", "2024-07-01"]
    assert [str(end)[:10] for end in column.end] == ["2025-03-15", "2024-03-15", "NaT", "2024-09-30"]
    assert column.problem.tolist() == [None, None, "date-ambiguous", None]


def test_every_pair_of_text_and_base_is_kept_apart() -> None:
    texts = [f"{month}月1日" for month in range(1, 13)]
    bases = np.arange(np.datetime64("1950-01-01"), np.datetime64("2099-12-31"), 97)
    rows = np.array(texts * len(bases), dtype=object)
    column = column_of(*rows, base=np.repeat(bases, len(texts)))
    expected = [parse_date(text, base).start for base in bases.tolist() for text in texts]
    assert column.start.tolist() == expected


def test_29_february_is_no_date_in_most_years() -> None:
    assert parse_date("2月29日", date(2023, 3, 1)).start == datetime(2024, 2, 29)
    assert parse_date("2月29日", date(2003, 1, 1)).problem == "date-unparseable"  # more than a year away


def test_an_empty_column_is_read() -> None:
    assert len(read_dates(np.array([]), np.array([], bool), np.array([], dtype=object)).start) == 0


# --- laws ------------------------------------------------------------

days = st.dates(date(1900, 1, 1), date(2199, 12, 31))
SPELLINGS = [
    "{d:%Y-%m-%d}",
    "{d.year}-{d.month}-{d.day}",
    "{d.year}/{d.month}/{d.day}",
    "{d.year}.{d.month}.{d.day}",
    "{d:%Y%m%d}",
    "{d.year}年{d.month}月{d.day}日",
    "{d.year}年{d.month}月{d.day}日前",
    "{d:%Y-%m-%d}T00:00:00",
]


@given(days, st.sampled_from(SPELLINGS))
def test_every_spelling_reads_back(day: date, spelling: str) -> None:
    reading = parse_date(spelling.format(d=day))
    assert reading.start is not None and reading.start.date() == day
    assert reading.problem is None


@given(st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31)), st.sampled_from([" ", "T", ""]))
def test_every_time_reads_back(moment: datetime, glue: str) -> None:
    reading = parse_date(f"{moment:%Y-%m-%d}{glue}{moment:%H:%M:%S}")
    second = moment.replace(microsecond=0)
    assert (reading.start, reading.has_time) == (second, second.time() != datetime.min.time())


@given(
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.integers(1, 12),
    st.integers(1, 31),
    st.sampled_from("月-./"),
)
def test_a_date_without_a_year_is_the_nearest_not_earlier(
    base: date, month: int, day: int, glue: str
) -> None:
    reading = parse_date(f"{month}{glue}{day}", base)
    if reading.start is None:
        assert day > 28 and reading.problem == "date-unparseable"
    else:
        assert base <= reading.start.date() < base + timedelta(days=367)
        assert (reading.start.month, reading.start.day) == (month, day)


DATE_TEXT = st.text(alphabet="0123456789-/.年月日季Qq周下本前到期至:T 一三", max_size=14)


@given(st.one_of(st.text(max_size=30), DATE_TEXT), st.one_of(st.none(), st.dates()))
def test_no_text_raises_and_ranges_are_ordered(text: str, base: date | None) -> None:
    reading = parse_date(text, base)
    assert reading.problem in (None, "date-unparseable", "date-ambiguous")
    assert (reading.start is None) == (reading.end is None)
    if reading.start is not None and reading.end is not None:
        assert reading.start <= reading.end and reading.problem is None


@given(st.lists(st.tuples(st.one_of(st.none(), DATE_TEXT), st.one_of(st.none(), st.dates())), max_size=12))
def test_a_column_agrees_with_its_cells(rows: list[tuple[str | None, date | None]]) -> None:
    texts = np.array([text for text, _ in rows] + [None], dtype=object)[:-1]
    bases = np.array([base for _, base in rows], dtype="datetime64[D]")
    column = read_dates(np.full(len(rows), np.nan), np.zeros(len(rows), bool), texts, bases)
    for position, (text, base) in enumerate(rows):
        reading = parse_date(text or "", base)
        assert column.start[position].item() == reading.start
        assert column.end[position].item() == reading.end
        assert (column.has_time[position], column.problem[position]) == (reading.has_time, reading.problem)


@given(st.integers(61, 2_958_465), st.integers(0, 86_399))
def test_a_serial_is_its_days_and_seconds(day: int, second: int) -> None:
    column = read_dates(np.array([day + second / 86_400]), np.array([True]), np.array([None], dtype=object))
    assert column.start[0].item() == datetime(1899, 12, 30) + timedelta(days=day, seconds=second)
    assert column.has_time[0] == (second > 0)
