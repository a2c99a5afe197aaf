"""The shapes people write dates in. A shape is either read at once or waits for a base date (3月15日,
下周三).

Readings are naive local times; a time with Z or an offset is moved to China's clock (UTC+8), because systems
export a day as the evening before in UTC.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple

from crmsheet.values.columns import LONGEST, is_blank, tidy
from crmsheet.values.names import simplify

UNPARSEABLE = "date-unparseable"
AMBIGUOUS = "date-ambiguous"


class DateReading(NamedTuple):
    """From `start` to `end`: equal for a day or a moment, the first and the last day for a range (Q3, 下周).

    Midnight is a day without a time, written out (00:00:00) or not, as it is for a real date cell.
    """

    start: datetime | None
    end: datetime | None
    has_time: bool
    problem: str | None


BLANK = DateReading(None, None, False, None)
FAILED = DateReading(None, None, False, UNPARSEABLE)
UNSURE = DateReading(None, None, False, AMBIGUOUS)

# A reading, or how to read it once a base date is known.
Shape = DateReading | Callable[[date], DateReading]
Build = Callable[[re.Match[str]], Shape]

_EARLIEST, _LATEST = 1900, 2199
_A_YEAR = 366
_CHINA = timedelta(hours=8)
_WEEKDAYS = {
    name: number
    for number, names in enumerate(["一1", "二2", "三3", "四4", "五5", "六6", "日天7"])
    for name in names
}
_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}

_LEAD = r"(?:约|大约|预计|计划|拟|截止到?|截至|最晚|最迟|于|到|至|在)?"
_VERB = (
    r"(?:(?:完成|提交|发送)(?:方案|合同|报价|资料)?|签约|签订|上线|交付|付款|回款|验收|续约|续费|续签"
    r"|回访|拜访|联系|跟进|开会|答复|回复|投标|开标)"
)
_TRAIL = rf"(?:(?:之前|以前|前|为止|止|左右|前后|起|开始|当天|内)?{_VERB}?|到期|截止)"
_WEEKDAY_NOTE = r"(?:\(?(?:周|星期|礼拜)[一二三四五六日天]\)?)?"
_HALF = r"(?P<half>上午|下午|早上|晚上|中午|凌晨|am|pm)?"
_AFTER_HOUR = (
    r"(?::|点|时)(?:(?P<minute>\d{1,2})分?(?::?(?P<second>\d{1,2})秒?(?:\.\d+)?)?)?"
    r"\s?(?P<half2>am|pm)?(?P<zone>z|[+-]\d{2}:?\d{2})?"
)
# Two digits must not be shared out between the day and the hour: 2024-1-111:30 is two times.
_CLOCK = rf"(?:(?:[ t]|(?<!\d)|(?=[上下早晚中凌ap]))\s?{_HALF}\s?(?P<hour>\d{{1,2}}){_AFTER_HOUR})?"
_GLUED = rf"(?P<day>\d{{2}})(?P<half>)(?P<hour>\d{{2}}){_AFTER_HOUR}"
_YEAR = r"(?P<year>\d{4})"
_END = rf"\s?{_WEEKDAY_NOTE}{_CLOCK}\s?{_WEEKDAY_NOTE}{_TRAIL}"


def read_shape(text: str) -> Shape:
    """Return what `text` says, or a function of the base date where the year or the week is left out. Never
    raises.
    """
    if is_blank(text):
        return BLANK
    if len(text) > LONGEST:
        return FAILED
    plain = simplify(tidy(text)).lower()
    if (span := _two_dates(plain)) is not None:
        return span
    # spaces mean something only between a date and its time, where the shapes allow one
    for candidate in dict.fromkeys((plain, plain.replace(" ", ""))):
        for pattern, build in _SHAPES:
            if match := _compiled(pattern).fullmatch(candidate):
                return build(match)
    return FAILED


def at_base(shape: Shape, base: date | None) -> DateReading:
    """Settle a shape; one that needs a base and has none is `date-ambiguous`: the year is missing."""
    if isinstance(shape, DateReading):
        return shape
    if base is None:
        return UNSURE
    try:
        return shape(base)
    except (ValueError, OverflowError):  # beyond the calendar's last year
        return FAILED


def _day(match: re.Match[str]) -> Shape:
    return _dated(match, int(match["year"]), int(match["month"]), int(match["day"]))


def _dated(match: re.Match[str], year: int, month: int, day: int) -> DateReading:
    clock = _clock(match)
    try:
        moment = datetime.combine(date(year, month, day), clock or time())
    except ValueError:
        return FAILED
    if (match["hour"] and clock is None) or not _EARLIEST <= year <= _LATEST:
        return FAILED
    moment = _to_china(moment, match["zone"])
    return DateReading(moment, moment, moment.time() != time(), None)


def _clock(match: re.Match[str]) -> time | None:
    if match["hour"] is None:
        return None
    hour, half = int(match["hour"]), match["half"] or match["half2"]
    if half in ("下午", "晚上", "pm", "中午") and 1 <= hour < (3 if half == "中午" else 12):
        hour += 12
    elif half in ("am", "凌晨") and hour == 12:
        hour = 0
    try:
        return time(hour, int(match["minute"] or 0), int(match["second"] or 0))
    except ValueError:
        return None


def _to_china(moment: datetime, zone: str | None) -> datetime:
    if zone is None:
        return moment
    if zone == "z":
        return moment + _CHINA
    sign = -1 if zone[0] == "-" else 1
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return moment - sign * offset + _CHINA


def _month_day(match: re.Match[str]) -> Shape:
    month, day = int(match["month"]), int(match["day"])
    return _in_year(match, lambda year: _dated(match, year, month, day))


def _years(base: date) -> tuple[int, int]:
    return base.year, base.year + 1


def _nearest(base: date, readings: Iterable[DateReading]) -> DateReading:
    """Return the first reading that is not over before `base` and starts within a year of it (29 February may
    not).
    """
    for reading in readings:
        if reading.start is None or reading.end is None or reading.end.date() < base:
            continue
        return reading if (reading.start.date() - base).days <= _A_YEAR else FAILED
    return FAILED


def _span(first: date, last: date) -> DateReading:
    return DateReading(datetime.combine(first, time()), datetime.combine(last, time()), False, None)


def _months(year: int, first: int, last: int) -> DateReading:
    if not (_EARLIEST <= year <= _LATEST and 1 <= first <= last <= 12):
        return FAILED
    return _span(date(year, first, 1), _last_day(year, last))


def _last_day(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _in_year(match: re.Match[str], reading: Callable[[int], DateReading]) -> Shape:
    """Read in the year the text names (2024, 今年, 明年), else in the nearest one that is not over."""
    said = match["year"]
    if said and said.isdigit():
        return reading(int(said))
    if said:
        return lambda base: reading(base.year + {"今": 0, "本": 0, "明": 1, "去": -1}[said[0]])
    return lambda base: _nearest(base, (reading(year) for year in _years(base)))


def _month(match: re.Match[str]) -> Shape:
    month, part = int(match["month"]), match["part"]
    return _in_year(match, lambda year: _part_of_month(year, month, part))


def _part_of_month(year: int, month: int, part: str | None) -> DateReading:
    whole = _months(year, month, month)
    if whole.problem or not part:
        return whole
    last = _last_day(year, month)
    first_days = {"初": 1, "上旬": 1, "中": 11, "中旬": 11, "下旬": 21, "底": last.day, "末": last.day}
    last_days = {"初": 10, "上旬": 10, "中": 20, "中旬": 20}
    return _span(last.replace(day=first_days[part]), last.replace(day=last_days.get(part, last.day)))


def _quarter(match: re.Match[str]) -> Shape:
    number = _QUARTERS[match["quarter"]]
    return _in_year(match, lambda year: _months(year, 3 * number - 2, 3 * number))


def _half_year(match: re.Match[str]) -> Shape:
    first = 1 if match["side"] == "上" else 7
    return _in_year(match, lambda year: _months(year, first, first + 5))


def _year(match: re.Match[str]) -> Shape:
    part = match["part"]
    if part in ("底", "末"):
        return _in_year(match, lambda year: _part_of_month(year, 12, "底"))
    return _in_year(match, lambda year: _months(year, 1, 3 if part == "初" else 12))


def _week(match: re.Match[str]) -> Shape:
    """Read 本周五, 下周三, 下下周: weeks run from Monday; without 本 or 下 it is the nearest such day not
    earlier.
    """
    ahead, day = match["ahead"] or "", _WEEKDAYS.get(match["weekday"] or "")
    weeks = {"下": 1, "下下": 2, "上": -1}.get(ahead, 0)

    def reading(base: date) -> DateReading:
        monday = base - timedelta(days=base.weekday()) + timedelta(weeks=weeks)
        if day is None:
            return _span(monday, monday + timedelta(days=6))
        found = monday + timedelta(days=day)
        if not ahead and found < base:
            found += timedelta(weeks=1)
        return _dated(match, found.year, found.month, found.day)

    return reading


def _relative_month(match: re.Match[str]) -> Shape:
    ahead, part, day = match["ahead"] or "本", match["part"], match["day"]

    def reading(base: date) -> DateReading:
        month = base.month - 1 + {"下": 1, "上": -1}.get(ahead, 0)
        year, month = base.year + month // 12, month % 12 + 1
        return _dated(match, year, month, int(day)) if day else _part_of_month(year, month, part)

    return reading


def _relative_day(match: re.Match[str]) -> Shape:
    offset = {"今": 0, "当": 0, "明": 1, "后": 2, "昨": -1, "大后": 3}[match["which"]]

    def reading(base: date) -> DateReading:
        found = base + timedelta(days=offset)
        return _dated(match, found.year, found.month, found.day)

    return reading


def _days_ahead(match: re.Match[str]) -> Shape:
    days = int(match["count"]) * (1 if match["unit"] in ("天", "日") else 7)
    return lambda base: _span(base + timedelta(days=days), base + timedelta(days=days))


def _days_of_month(match: re.Match[str]) -> Shape:
    """Read 8月22,23: from the first to the last of the days named."""
    month = int(match["month"])
    days = sorted(int(day) for day in re.findall(r"\d+", match["days"]))

    def reading(year: int) -> DateReading:
        try:
            return _span(date(year, month, days[0]), date(year, month, days[-1]))
        except ValueError:
            return FAILED

    return _in_year(match, reading)


def _two_dates(plain: str) -> Shape | None:
    """Read `2024-03-05至2024-03-08` and `3月5日~3月8日`: both sides must be days."""
    parts = re.split(r"\s*(?:至|到|~|—+|–)\s*", plain)
    if len(parts) != 2 or not all(parts):
        return None
    first, last = read_shape(parts[0]), read_shape(parts[1])
    if FAILED in (first, last):
        return None  # 3.26到期 is one date with a word behind
    if isinstance(first, DateReading) and isinstance(last, DateReading):
        return _joined(first, last)
    return lambda base: _joined(at_base(first, base), at_base(last, _day_of(at_base(first, base)) or base))


def _day_of(reading: DateReading) -> date | None:
    return reading.start.date() if reading.start else None


def _joined(first: DateReading, last: DateReading) -> DateReading:
    problem = first.problem or last.problem
    if problem:
        return DateReading(None, None, False, problem)
    if first.start is None or last.end is None or first.start > last.end:
        return FAILED
    return DateReading(first.start, last.end, first.has_time or last.has_time, None)


def _unsure(match: re.Match[str]) -> Shape:
    return UNSURE


_ANY_YEAR = r"(?:(?P<year>\d{4}|[今明去本](?=年))年?[-/.]?)?"
_MONTH, _DAY = r"(?P<month>\d{1,2})", r"(?P<day>\d{1,2})"
_compiled = cache(re.compile)  # when a date that is a text is first met: few workbooks have any
_SHAPES: tuple[tuple[str, Build], ...] = (
    (rf"{_LEAD}{_YEAR}(?P<separator>[-/.]){_MONTH}(?P=separator)(?P<day>\d{{2}}|\d){_END}", _day),
    (rf"{_LEAD}{_YEAR}(?P<separator>[-/.]){_MONTH}(?P=separator){_GLUED}", _day),
    (rf"{_LEAD}{_YEAR}年{_MONTH}月{_DAY}[日号]?{_END}", _day),
    (rf"{_YEAR}(?P<month>\d{{2}})(?P<day>\d{{2}}){_END}", _day),
    # 24-3-5, 24年3月5日, 03/04/2024, 240305: the century, or which number is the month, is anybody's
    # guess
    (rf"\d{{2}}([-/.年])\d{{1,2}}[-/.月]\d{{1,2}}[日号]?{_END}", _unsure),
    (rf"\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{4}}{_END}", _unsure),
    (r"\d{6}|\d{2}年?q[1-4]", _unsure),
    (rf"{_LEAD}(?:(?P<year>[今明去本])年)?{_MONTH}月{_DAY}[日号]?{_END}", _month_day),
    (rf"(?P<year>){_MONTH}[-/.]{_DAY}{_END}", _month_day),
    (
        rf"{_LEAD}{_ANY_YEAR}{_MONTH}月(?P<days>\d{{1,2}}[日号]?(?:[,、]\d{{1,2}}[日号]?)+){_TRAIL}",
        _days_of_month,
    ),
    (rf"{_LEAD}{_ANY_YEAR}{_MONTH}月份?(?P<part>初|上旬|中旬?|下旬|底|末)?{_TRAIL}", _month),
    (rf"(?P<year>\d{{4}})[-/.]{_MONTH}(?P<part>)", _month),
    (
        rf"{_LEAD}{_ANY_YEAR}(?:q|第)?(?P<quarter>(?<=q)[1-4]|[一二三四1-4](?=季))(?:季度?)?{_TRAIL}",
        _quarter,
    ),
    (rf"{_LEAD}{_ANY_YEAR}(?P<side>[上下])半年{_TRAIL}", _half_year),
    (rf"{_LEAD}(?P<year>\d{{4}}|[今明本])?年(?P<part>内|初|底|末|度)?{_TRAIL}", _year),
    (
        rf"{_LEAD}(?P<ahead>下下|下|本|这|上)?个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天1-7])?{_CLOCK}{_TRAIL}",
        _week,
    ),
    (
        rf"{_LEAD}(?P<ahead>[本下上])?个?月(?P<part>初|上旬|中旬?|下旬|底|末)?(?P<day>){_CLOCK}{_TRAIL}",
        _relative_month,
    ),
    (rf"{_LEAD}(?P<ahead>[本下上])个?月(?P<part>){_DAY}[日号]{_CLOCK}{_TRAIL}", _relative_month),
    (rf"{_LEAD}(?P<which>大后|[今当明后昨])[天日]{_CLOCK}{_TRAIL}", _relative_day),
    (rf"(?P<count>\d{{1,3}})个?(?P<unit>天|日|周|星期)(?:后|内|以内|之内){_TRAIL}", _days_ahead),
)
