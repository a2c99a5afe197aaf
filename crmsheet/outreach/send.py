"""Sends messages: nothing twice for one task, day and channel; what is refused is tried again, a little later each time."""

from __future__ import annotations

import datetime as dt
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from crmsheet.extensions import call
from crmsheet.outreach.errors import RefusedError, UnansweredError
from crmsheet.outreach.mail import send_mail
from crmsheet.outreach.messages import MAIL, Message, parts
from crmsheet.outreach.outbox import Outbox
from crmsheet.outreach.robots import PER_MINUTE, Robot, post
from crmsheet.policy.settings import Mail

WAITS = (2.0, 8.0)  # seconds before the second try and the third
MINUTE = 60.0


Notify = Callable[[str, tuple[str, ...]], object]  # subject, lines


class Wires(NamedTuple):
    """How messages leave, and the clock: seconds since 1970, and a way to wait."""

    mail: Mail | None
    password: str | None
    robots: Mapping[str, Robot]
    now: Callable[[], float]
    sleep: Callable[[float], object]
    notifiers: Mapping[str, Notify] = {}  # of extensions


class Sent(NamedTuple):
    """What became of one message: how many of its tasks were sent, failed (to be sent by the next run), or unsure."""

    message: Message
    counts: Counter[str]
    why: str | None


def deliver(wanted: Iterable[Message], outbox: Outbox, wires: Wires, day: dt.date) -> Iterator[Sent]:
    """Send what was not sent on this day yet, message by message; a channel's fault is told and does not stop the others."""
    pace = _Pace(wires)
    for message in wanted:
        counts, why = Counter[str](), None
        for part in parts(message):
            mine = set(outbox.claim([line.key for line in part.lines], part.key))
            left = part._replace(lines=tuple(line for line in part.lines if line.key in mine))
            if left.lines:
                state, said = _try(left, outbox, wires, pace, day)
                counts[state] += len(left.lines)
                why = said or why
        yield Sent(message, counts, why)


def _try(message: Message, outbox: Outbox, wires: Wires, pace: _Pace, day: dt.date) -> tuple[str, str | None]:
    """Claimed lines on their way: ``sent``, ``failed`` after the last try, or ``unsure``: those stay claimed for ever."""
    keys, why = [line.key for line in message.lines], ""
    for wait in (*WAITS, None):
        try:
            pace.wait(message.channel)
            _send(message, wires, day)
        except UnansweredError as error:
            return "unsure", str(error)
        except RefusedError as error:
            why = str(error)
            if wait is not None:
                wires.sleep(wait)
        else:
            outbox.settle(keys, message.key, "sent")
            return "sent", None
    outbox.settle(keys, message.key, "failed")
    return "failed", why


def _send(message: Message, wires: Wires, day: dt.date) -> None:
    if message.channel == MAIL:
        assert wires.mail is not None  # without it there are no such messages
        send_mail(message, wires.mail, wires.password, day.isoformat())
    elif message.channel in wires.notifiers:
        _notify(message, wires.notifiers[message.channel])
    else:
        post(message, wires.robots[message.channel], wires.now())


def _notify(message: Message, notify: Notify) -> None:
    """Hand a message to an extension.  Raises RefusedError for any fault that does not say that it may have arrived all the same."""
    try:
        call(notify, message.subject, tuple(line.text for line in message.lines))
    except (RefusedError, UnansweredError):
        raise
    except Exception as error:  # noqa: BLE001  whatever goes wrong in somebody else's code; its words may hold anything
        raise RefusedError(type(error).__name__) from None


class _Pace:
    """Waits so that no robot gets more than 20 messages in any minute."""

    def __init__(self, wires: Wires) -> None:
        self._wires, self._times = wires, dict[str, deque[float]]()

    def wait(self, channel: str) -> None:
        times = self._times.setdefault(channel, deque(maxlen=PER_MINUTE))
        if channel != MAIL and len(times) == PER_MINUTE and (rest := times[0] + MINUTE - self._wires.now()) > 0:
            self._wires.sleep(rest)
        times.append(self._wires.now())
