"""What is sent to whom: each owner's tasks by mail, the team's to its robots, the lead's summary to the lead."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from crmsheet.outreach.reminders import Reminder, overdue, plain
from crmsheet.policy.settings import Remind

MAIL = "mail"
LIMITS = {MAIL: 1_000_000, "wecom": 4096, "dingtalk": 18_000, "feishu": 18_000}  # bytes of a message's text; of 20,000 some go to the format
OTHERS = 18_000  # of an extension's channel
_MARKS = str.maketrans("<>[]*_`#|~!", "＜＞［］＊＿｀＃｜～！")  # what a robot reads as a link, a mention or a heading


class Line(NamedTuple):
    """One task in words; ``key`` tells it from all others, whatever the words."""

    key: str
    text: str


class Message(NamedTuple):
    """``to``: the mail address, "" for a robot's group; ``who``: as people are told, never an address."""

    channel: str
    to: str
    who: str
    subject: str
    lines: tuple[Line, ...]

    @property
    def key(self) -> str:
        """The channel in the outbox: no address can be read from it."""
        return f"{self.channel}:{hashlib.sha256(self.to.encode()).hexdigest()[:16]}" if self.to else self.channel


class Words(NamedTuple):
    """Sentences that messages are made of."""

    subject: str
    digest: str
    team: str
    lead: str


def messages(
    found: Sequence[Reminder], told: dict[str, list[Line]], late: dict[str, Line], people: Remind, words: Words, leads: Sequence[str]
) -> Iterator[Message]:
    """All messages of a day.  ``leads``: who leads the team, by name; ``told``: each owner's tasks as lines, ``late``: each late owner's line of the digest (empty: none wanted)."""
    if people.mail is not None:
        for one in found:
            if (to := people.address(one.owner)) and told[one.owner]:
                yield Message(MAIL, to, plain(one.owner), words.subject, tuple(told[one.owner]))
        for to in lead_addresses(people, leads) if late else ():
            yield Message(MAIL, to, words.lead, words.digest, tuple(late[one.owner] for one in overdue(list(found))))
    for robot in (*people.robots, *people.notifiers):
        lines = [Line(line.key, f"{plain(one.owner)}：{line.text}") for one in found for line in told[one.owner]]
        if lines:
            yield Message(robot, "", words.team, words.subject, tuple(_inert(line) for line in lines))
        if late:
            yield Message(robot, "", words.lead, words.digest, tuple(_inert(late[one.owner]) for one in overdue(list(found))))


def lead_addresses(people: Remind, leads: Sequence[str]) -> tuple[str, ...]:
    """Those that ``[remind] lead`` names; without any, those of the team's leads in ``[remind.people]``."""
    return people.lead or tuple(dict.fromkeys(to for name in leads if (to := people.address(name))))


def _inert(line: Line) -> Line:
    """A customer's name is text to a robot: no link, no mention, no heading."""
    return Line(line.key, line.text.translate(_MARKS).replace("://", "：//"))


def parts(message: Message) -> Iterator[Message]:
    """A message in pieces that its channel takes; a line that is too long by itself is cut."""
    room = LIMITS.get(message.channel, OTHERS) - len(message.subject.encode("utf-8", "replace")) - 1
    held, used = list[Line](), 0
    for line in message.lines:
        short = Line(line.key, _cut(line.text, room - 1))
        size = len(short.text.encode("utf-8", "replace")) + 1
        if held and used + size > room:
            yield message._replace(lines=tuple(held))
            held, used = [], 0
        held.append(short)
        used += size
    if held:
        yield message._replace(lines=tuple(held))


def _cut(text: str, most: int) -> str:
    encoded = text.encode("utf-8", "replace")
    return text if len(encoded) <= most else encoded[: most - 3].decode("utf-8", "ignore") + "…"


def body(message: Message) -> str:
    """The text as it is sent."""
    return "\n".join([message.subject, *(line.text for line in message.lines)])
