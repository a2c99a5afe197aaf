"""What a cell's value is: kinds, dates in both epochs, and the way from stored bytes to Python values and
back.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from crmsheet.workbook.errors import EditError, InputError
from crmsheet.workbook.guard import MAX_TEXT
from crmsheet.workbook.styles import Shows

Value = str | int | float | bool | dt.datetime | dt.time | None
Written = str | int | float | bool | dt.date | dt.datetime | None
Floats = npt.NDArray[np.float64]
_DAY = 86_400
_INTEGER = re.compile(rb"[+-]?[0-9]+")
_NUMBER = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_LAST_SERIAL = {False: 2_958_466.0, True: 2_957_004.0}  # the day after 9999-12-31
_MAX_EXACT = 2**53
_LONGEST = 300  # characters of a number; Excel writes 24 at most


class Kind(IntEnum):
    """What a cell holds; ``name.lower()`` is the ``kind`` of a Cell."""

    BLANK = 0
    NUMBER = 1
    TEXT = 2
    BOOL = 3
    ERROR = 4
    DATE = 5
    TIME = 6


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.  ``value``: int or float, str (text, or an error like ``#N/A``), bool, datetime (date cells,
    also without a time part), time, None when blank.  ``formula`` begins with ``=`` and may be there with
    any value.
    """

    ref: str
    row: int
    column: int
    kind: str
    value: Value
    formula: str | None
    style: int


def time_kinds(serial: Floats, shown: npt.NDArray[np.uint8], date1904: bool) -> npt.NDArray[np.uint8]:
    """Kind (NUMBER, DATE or TIME) of numbers under formats that show what ``shown`` (Shows) says.

    A number that is no day of Excel's calendar (negative, beyond 9999, the 29 February 1900 that never was)
    stays a number, and so do 24 hours or more under ``[h]:mm``.
    """
    kinds = np.full(len(serial), Kind.NUMBER, np.uint8)
    dated = (shown == Shows.DATE) | (shown == Shows.TIME)
    fits = (serial >= 0) & (serial < _LAST_SERIAL[date1904])
    if not date1904:
        fits &= np.floor(serial) != 60
    kinds[dated & fits] = Kind.DATE
    timed = (shown == Shows.TIME) | (shown == Shows.ELAPSED)
    if not date1904:
        timed |= shown == Shows.DATE  # day 0 is no day: only the time says something
    kinds[timed & (serial >= 0) & (serial < 1)] = Kind.TIME
    return kinds


def to_datetime(serial: float, date1904: bool) -> dt.datetime:
    """The moment of a serial number, to the second."""
    days, seconds = divmod(round(serial * _DAY), _DAY)
    base = dt.datetime(1904, 1, 1) if date1904 else dt.datetime(1899, 12, 31 if serial < 60 else 30)
    return base + dt.timedelta(days=days, seconds=seconds)


def to_time(serial: float) -> dt.time:
    """The time of day of a fraction, to the second; what rounds up to midnight is 23:59:59."""
    minutes, second = divmod(min(round(serial * _DAY), _DAY - 1), 60)
    return dt.time(minutes // 60, minutes % 60, second)


def to_serial(moment: dt.date | dt.datetime, date1904: bool) -> float:
    """The serial number of a date or moment.  EditError before the epoch, or with a time zone."""
    if not isinstance(moment, dt.datetime):
        moment = dt.datetime(moment.year, moment.month, moment.day)
    if moment.tzinfo is not None:
        raise EditError(
            "写入的时间带有时区，Excel 无法保存；请先换算成当地时间",
            "a moment with a time zone cannot be stored; convert it to local time first",
        )
    passed = moment - (dt.datetime(1904, 1, 1) if date1904 else dt.datetime(1899, 12, 30))
    serial = passed.days + (passed.seconds + passed.microseconds / 1e6) / _DAY
    if not date1904 and serial < 61:
        serial -= 1
    if serial < (0 if date1904 else 1):
        raise EditError(
            "写入的日期早于 Excel 的日历起点，无法保存",
            "a date before Excel's calendar begins cannot be stored",
        )
    return serial


def number_of(raw: bytes, where: str) -> int | float:
    """The number of a cell's stored text: int when it is written as one.  InputError."""
    text = raw.strip()
    if len(text) > _LONGEST:
        raise bad_value(where)
    if _INTEGER.fullmatch(text):
        return int(text)
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise bad_value(where)
    return value


def bad_value(where: str) -> InputError:
    """The error for a value that cannot be read as what its cell says it is."""
    return InputError(
        f"{where} 的存储内容已损坏，无法读取；请用 Excel 打开并修复后再试",
        f"what {where} stores is damaged; open and repair the workbook in Excel",
    )


def floats(
    data: bytes, start: npt.NDArray[np.int32], end: npt.NDArray[np.int32]
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """(numbers, which could not be read) of many byte spans at once."""
    out, bad = np.full(len(start), np.nan), np.zeros(len(start), np.bool_)
    width = end - start
    usual = (width > 0) & (width <= 24)
    if usual.any():
        texts, clean = _texts(data, start[usual], width[usual])
        usual[usual] = clean
        out[usual] = texts[clean].astype(np.float64)
    for i in np.flatnonzero(~usual):
        try:
            out[i] = number_of(data[start[i] : end[i]], "")
        except (InputError, OverflowError):
            bad[i] = True
    return out, bad


def _texts(
    data: bytes, start: npt.NDArray[np.int32], width: npt.NDArray[np.int32]
) -> tuple[Any, npt.NDArray[np.bool_]]:
    """(fixed-width byte strings, whether each is a plain decimal) of spans that are not empty."""
    buffer, most = np.frombuffer(data, np.uint8), int(width.max())
    table = np.zeros((len(start), most), np.uint8)
    for i in range(most):
        inside = width > i
        table[inside, i] = buffer[start[inside] + i]
    digit = (table >= ord("0")) & (table <= ord("9"))
    dot, minus = table == ord("."), table == ord("-")
    minus[:, 1:] = False
    clean = (digit | dot | minus | (table == 0)).all(axis=1) & digit.any(axis=1) & (dot.sum(axis=1) <= 1)
    inner_zero = (table == 0).sum(axis=1) != most - width
    return table.view(f"S{most}").ravel(), clean & ~inner_zero


def integers(data: bytes, start: npt.NDArray[np.int32], end: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Non-negative integers of many byte spans; -1 where a span holds anything but digits."""
    buffer, value = np.frombuffer(data, np.uint8), np.zeros(len(start), np.int64)
    width = end - start
    bad = (width <= 0) | (width > 10)
    for i in range(min(int(width.max(initial=0)), 10)):
        inside = width > i
        digit = buffer[np.where(inside, start + i, 0)] - np.uint8(ord("0"))
        bad |= inside & (digit > 9)
        value = np.where(inside, value * 10 + digit, value)
    value[bad] = -1
    return value


def all_checked(values: Sequence[Any]) -> list[Written]:
    """``checked`` of each value; texts and blanks, nearly all that is written, are looked at together."""
    if {*map(type, values)} <= {str, type(None)} and max((len(v) for v in values if v), default=0) <= MAX_TEXT // 2:
        return [v or None for v in values]
    return [checked(v) for v in values]


def checked(value: Any) -> Written:
    """A value as it can be written: numpy scalars become Python's.  EditError for what no cell can hold."""
    if type(value) is str and len(value) <= MAX_TEXT // 2:
        return value or None
    if value is None or isinstance(value, (str, bool, dt.date)) or type(value) in (int, float):
        plain = value
    else:
        plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, str):
        return _checked_text(plain)
    if isinstance(plain, float) and not math.isfinite(plain):
        raise EditError("不能写入无穷大或非数值（NaN）", "infinity or NaN cannot be written")
    if (
        isinstance(plain, int)
        and not isinstance(plain, bool)
        and abs(plain) > _MAX_EXACT
        and int(float(plain)) != plain
    ):
        raise EditError(
            "整数超过 Excel 能精确保存的位数；请改写为文本",
            "the integer is too long for Excel; write it as text",
        )
    if plain is None or isinstance(plain, (bool, int, float, dt.date)):
        return plain
    raise EditError(
        f"不能写入 {type(value).__name__} 类型的值",
        f"a value of type {type(value).__name__} cannot be written",
    )


def _checked_text(text: str) -> str | None:
    if len(text) > MAX_TEXT or len(text.encode("utf-16-le", "surrogatepass")) > 2 * MAX_TEXT:
        raise EditError(
            f"文本超过 Excel 单元格的上限（{MAX_TEXT} 个字符）；请缩短",
            f"the text is longer than a cell can hold ({MAX_TEXT} characters); shorten it",
        )
    return str(text) or None


def number_text(value: float) -> str:
    """A number as XML stores it: the shortest text that reads back as the same number."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)
