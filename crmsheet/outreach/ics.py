"""RFC 5545 as far as all-day events need it: lines folded at 75 octets, texts escaped, CRLF.

Written here and not by a library, for speed (docs/decisions.md); ``icalendar`` is one of the two parsers that the tests read
these calendars with.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

ZONE = "Asia/Shanghai"
_AHEAD = dt.timedelta(hours=8)  # of UTC, all year
_OCTETS = 75
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_FIRST = dt.date(2000, 1, 1)


_KEPT = dt.timedelta(days=60)  # that a cancelled event is told, for those who import seldom (assumption)
_KNOWN = re.compile(
    rb"BEGIN:VEVENT\r\nUID:([0-9a-f]{32}@crmsheet)\r\nDTSTAMP:(\d{8}T\d{6}Z)\r\nSEQUENCE:(\d{1,9})\r\nDTSTART;VALUE=DATE:(\d{8})\r\n"
    rb"(?:DTEND;VALUE=DATE:\d{8}\r\n)?(STATUS:CANCELLED)?"
)
_BOOK = "X-CRMSHEET-BOOK:"  # whose calendar it is: several workbooks may write into one folder


class Known(NamedTuple):
    """An event of an earlier file, as far as it must be known to supersede it; nothing of what it was about."""

    uid: str
    stamp: str
    sequence: int
    day: str
    cancelled: bool


def known(content: bytes, book: str) -> dict[str, Known]:
    """The events of a calendar that was written for the same workbook, by UID; of any other file none."""
    if f"\r\n{_BOOK}{book}\r\n".encode() not in content[:1000]:
        return {}
    rows = ([part.decode() for part in match] for match in _KNOWN.findall(content))
    return {uid: Known(uid, stamp, int(sequence), day, bool(gone)) for uid, stamp, sequence, day, gone in rows}


class Event(NamedTuple):
    """One all-day event.  ``alarm``: hours from the alarm to the midnight that the day begins with."""

    uid: str
    day: dt.date
    summary: str
    description: str
    alarm: int


def calendar(name: str, events: Iterable[Event], as_of: dt.date, book: str, before: Mapping[str, Known]) -> bytes | None:
    """A calendar file.  The same events as of the same day give the same bytes; a later day's supersede an earlier day's.

    DTSTAMP is as-of's midnight in Shanghai, SEQUENCE the days from 2000 to it: a calendar that has the event already takes
    the newer one.  ``before``: the events of the file's last state; those that are there no more are cancelled.  None: there is
    nothing to tell.
    """
    stamp = f"{dt.datetime.combine(as_of, dt.time()) - _AHEAD:%Y%m%dT%H%M%SZ}"
    today, held = max((as_of - _FIRST).days, 0), list(events)
    there = {event.uid for event in held}
    gone = [one if one.cancelled else one._replace(stamp=stamp, sequence=max(today, one.sequence + 1), cancelled=True)
            for uid, one in sorted(before.items()) if uid not in there]  # fmt: skip
    gone = [one for one in gone if one.sequence > today - _KEPT.days]
    if not held and not gone:
        return None
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//crmsheet//reminders//ZH", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escape(name)}", f"X-WR-TIMEZONE:{ZONE}", f"{_BOOK}{book}",
        *(line for event in held for line in _event(event, stamp, _sequence(before.get(event.uid), today))),
        *(line for one in gone for line in _cancelled(one)),
        "END:VCALENDAR",
    ]  # fmt: skip
    return b"".join(map(fold, lines))


def _sequence(before: Known | None, today: int) -> int:
    """Above that of an event that was cancelled and is there again, even on the same day."""
    return today if before is None else max(today, before.sequence + before.cancelled)


def _cancelled(one: Known) -> Iterator[str]:
    """What it was about is not told again: the customer may have been forgotten since."""
    yield from ("BEGIN:VEVENT", f"UID:{one.uid}", f"DTSTAMP:{one.stamp}", f"SEQUENCE:{one.sequence}", f"DTSTART;VALUE=DATE:{one.day}",
                "STATUS:CANCELLED", "SUMMARY:已取消 cancelled", "TRANSP:TRANSPARENT", "END:VEVENT")  # fmt: skip


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
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).translate(_ESCAPES)


def fold(line: str) -> bytes:
    """A content line in UTF-8 with its CRLF; no physical line is longer than 75 octets, and none ends inside a character."""
    octets = line.encode("utf-8", "replace")
    parts, at, most = list[bytes](), 0, _OCTETS
    while len(octets) - at > most:
        end = at + most
        while octets[end] & 0xC0 == 0x80:  # inside a character
            end -= 1
        parts.append(octets[at:end])
        at, most = end, _OCTETS - 1  # a continued line begins with a blank
    parts.append(octets[at:])
    return b"\r\n ".join(parts) + b"\r\n"
