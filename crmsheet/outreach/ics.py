"""RFC 5545 as far as all-day events need it: lines folded at 75 octets, texts escaped, CRLF.

Written here and not by a library: at 20,000 customers a calendar holds 60,000 events, for which ``icalendar`` takes 16 s
(docs/decisions.md); it is one of the two parsers that the tests read these calendars with.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import NamedTuple

ZONE = "Asia/Shanghai"
_AHEAD = dt.timedelta(hours=8)  # of UTC, all year
_OCTETS = 75
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_FIRST = dt.date(2000, 1, 1)


class Event(NamedTuple):
    """One all-day event.  ``alarm``: hours from the alarm to the midnight that the day begins with."""

    uid: str
    day: dt.date
    summary: str
    description: str
    alarm: int


def calendar(name: str, events: Iterable[Event], as_of: dt.date) -> bytes:
    """A calendar file.  The same events as of the same day give the same bytes; a later day's supersede an earlier day's.

    DTSTAMP is as-of's midnight in Shanghai, SEQUENCE the days from 2000 to it: a calendar that has the event already takes
    the newer one.
    """
    stamp = f"{dt.datetime.combine(as_of, dt.time()) - _AHEAD:%Y%m%dT%H%M%SZ}"
    sequence = max((as_of - _FIRST).days, 0)
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//crmsheet//reminders//ZH", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escape(name)}", f"X-WR-TIMEZONE:{ZONE}",
        *(line for event in events for line in _event(event, stamp, sequence)),
        "END:VCALENDAR",
    ]  # fmt: skip
    return "".join(map(fold, lines)).encode("utf-8", "replace")


def _event(event: Event, stamp: str, sequence: int) -> Iterator[str]:
    summary = escape(event.summary)
    yield from ("BEGIN:VEVENT", f"UID:{event.uid}", f"DTSTAMP:{stamp}", f"SEQUENCE:{sequence}", f"DTSTART;VALUE=DATE:{_day(event.day)}")
    if event.day < dt.date.max:
        yield f"DTEND;VALUE=DATE:{_day(event.day + dt.timedelta(days=1))}"
    yield from (f"SUMMARY:{summary}", f"DESCRIPTION:{escape(event.description)}", "TRANSP:TRANSPARENT")
    yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{summary}", f"TRIGGER:-PT{event.alarm}H", "END:VALARM", "END:VEVENT")


def _day(day: dt.date) -> str:
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"


def escape(text: str) -> str:
    """A TEXT value: no sign of it can end the line or begin a property; control characters and half surrogates go."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(sign for sign in lines if sign == "\n" or (sign >= " " and not "\x7f" <= sign <= "\x9f" and not "\ud800" <= sign <= "\udfff"))
    return kept.translate(_ESCAPES)


def fold(line: str) -> str:
    """A content line with its CRLF; no physical line is longer than 75 octets, and none ends inside a character."""
    if len(line) * 3 <= _OCTETS or len(line.encode("utf-8", "replace")) <= _OCTETS:
        return line + "\r\n"
    parts, used = [""], 0
    for sign in line:
        size = len(sign.encode("utf-8", "replace"))
        if used + size > _OCTETS:
            parts.append("")
            used = 1  # the blank that a continued line begins with
        parts[-1] += sign
        used += size
    return "\r\n ".join(parts) + "\r\n"
