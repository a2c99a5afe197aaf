"""Dates and times of a column: real dates, Excel serials of both epochs, the shapes of `date_shapes`."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmsheet.arrays import Bools, Floats, Objects, Times, nothing
from crmsheet.values.columns import distinct, mark, spread_bools, spread_objects
from crmsheet.values.date_shapes import BLANK, UNPARSEABLE, DateReading, at_base, read_shape

_DAY = 86_400
_EPOCH = np.datetime64("1970-01-01", "s")
_EPOCH_1900 = np.datetime64("1899-12-30", "s")
_EPOCH_1904 = np.datetime64("1904-01-01", "s")
_LAST = np.datetime64("9999-12-31T23:59:59", "s")
# Without a date format a number is a date only where it can hardly be anything else: serial 20,000 to the
# century's end.
_BARE_FROM = np.datetime64("1954-10-03", "s")
_BARE_TO = np.datetime64("2099-12-31T23:59:59", "s")
_NAT = np.datetime64("NaT", "s")
_NO_DAY = np.datetime64("NaT", "D")


class DateColumn(NamedTuple):
    """Dates, shape (n,): `start`, `end` datetime64[s] (NaT where unread or blank), `has_time`, `problem`."""

    start: Times
    end: Times
    has_time: Bools
    problem: Objects


def parse_date(text: str, base: date | None = None) -> DateReading:
    """Read one text. `base` settles a missing year (the nearest one not earlier) and words such as 下周三.

    Problems: `date-unparseable`; `date-ambiguous` for 24-3-5, 03/04/2024 and for what needs a base and has
    none.
    """
    return at_base(read_shape(text), base)


def read_dates(
    number: Floats, is_date: Bools, text: Objects, base: Times | date | None = None, date1904: bool = False
) -> DateColumn:
    """Read one column, shape (n,): `number` (NaN where the cell is no number) before `text` (None where no
    text).

    `is_date` marks numbers in a date format; others count as dates only from 1954-10-03 to 2099-12-31, and as
    YYYYMMDD. `base` is one day or one for each row (NaT for none). Serials are rounded to the second.
    """
    is_number = ~np.isnan(number)
    moments = _serials(number, is_date, date1904)
    texts = _read_texts(_where_text(is_number, text), base)
    start = np.where(is_number, moments, texts.start)
    end = np.where(is_number, moments, texts.end)
    has_time = np.where(is_number, _has_clock(moments), texts.has_time)
    problem = np.where(is_number, mark(np.isnat(moments), UNPARSEABLE), texts.problem)
    return DateColumn(start, end, has_time, problem)


def _serials(number: Floats, is_date: Bools, date1904: bool) -> Times:
    plain = np.where(np.isfinite(number) & (number >= 0) & (number < 2_958_466), number, np.nan)
    epoch = _EPOCH_1904 if date1904 else _EPOCH_1900
    moments = epoch + _seconds(plain)
    if not date1904:
        # Lotus' 29 February 1900 is serial 60: days before it stand one too early, and it is no day at all
        moments = np.where(plain < 60, moments + np.timedelta64(_DAY, "s"), moments)
        moments[(plain >= 60) & (plain < 61)] = _NAT
    moments[plain < 1] = _NAT  # a time of day without a day
    moments[moments > _LAST] = _NAT
    moments[~is_date & ~((moments >= _BARE_FROM) & (moments <= _BARE_TO))] = _NAT
    return np.where(np.isnat(moments), _written_out(number), moments)


def _seconds(days: Floats) -> NDArray[np.timedelta64]:
    whole = np.where(np.isnan(days), 0, np.rint(days * _DAY)).astype(np.int64).astype("timedelta64[s]")
    whole[np.isnan(days)] = np.timedelta64("NaT", "s")
    return whole


def _written_out(number: Floats) -> Times:
    """Read numbers such as 20240305 as the day they spell, NaT for all others."""
    found = np.full(number.shape, _NAT, dtype="datetime64[s]")
    likely = (number >= 19_000_101) & (number <= 20_991_231) & (number == np.floor(number))
    if not likely.any():
        return found
    digits = number[likely].astype(np.int64)
    year, month, day = digits // 10_000, digits // 100 % 100, digits % 100
    months = (year - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (np.clip(month, 1, 12) - 1)
    days = months.astype("datetime64[D]") + (day - 1)
    # 20240230 runs over into March, and is no day
    exists = (month >= 1) & (month <= 12) & (days.astype("datetime64[M]") == months)
    found[likely] = np.where(exists, days.astype("datetime64[s]"), _NAT)
    return found


def _has_clock(moments: Times) -> Bools:
    filled = np.where(np.isnat(moments), _EPOCH, moments)
    clock: Bools = (filled - _EPOCH).astype(np.int64) % _DAY != 0
    return clock


def _where_text(is_number: Bools, text: Objects) -> Objects:
    only = text.copy()
    only[is_number] = None
    return only


def _read_texts(text: Objects, base: Times | date | None) -> DateColumn:
    found = distinct(text)
    if not found.values:
        return _nothing(len(text))
    shapes = [read_shape(value) for value in found.values]
    days = _base_days(base, len(text))
    # each text is taken apart once; only those that wait for a base are settled for each (text, base) pair
    waits = np.append(np.array([not isinstance(shape, DateReading) for shape in shapes], dtype=bool), False)
    settled = np.where(waits[found.codes], days, _NO_DAY)
    codes, first = _pairs(found.codes, settled)
    readings = [
        BLANK if code < 0 else at_base(shapes[code], day)
        for code, day in zip(found.codes[first], settled[first].tolist(), strict=True)
    ]
    return DateColumn(
        _moments([one.start for one in readings])[codes],
        _moments([one.end for one in readings])[codes],
        spread_bools(codes, [one.has_time for one in readings]),
        spread_objects(codes, [one.problem for one in readings]),
    )


def _pairs(codes: NDArray[np.intp], days: Times) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Number the distinct (code, day) pairs: for each row its pair, and for each pair the first row that
    holds it.
    """
    # days fit into 23 bits either side of 1970, so that one integer can hold both
    day_numbers = np.where(np.isnat(days), -(1 << 23), days.astype(np.int64))
    numbers, _ = pd.factorize(codes.astype(np.int64) * (1 << 24) + day_numbers)
    first = np.full(numbers.max() + 1, len(numbers), dtype=np.intp)
    np.minimum.at(first, numbers, np.arange(len(numbers)))
    return numbers, first


def _nothing(length: int) -> DateColumn:
    empty = np.full(length, _NAT, dtype="datetime64[s]")
    return DateColumn(empty, empty.copy(), np.zeros(length, dtype=bool), nothing(length))


def _base_days(base: Times | date | None, length: int) -> Times:
    if isinstance(base, np.ndarray):
        return base.astype("datetime64[D]")
    day = _NO_DAY if base is None else np.datetime64(base, "D")
    return np.full(length, day, dtype="datetime64[D]")


def _moments(values: list[datetime | None]) -> Times:
    return np.array(values, dtype="datetime64[s]")
