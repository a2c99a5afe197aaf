"""What ``crmsheet remind`` says: each owner's tasks by tomorrow, and the lead's summary of everything overdue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import pandas as pd

from crmsheet.model import Outcome
from crmsheet.outreach.reminders import Json, Reminder, overdue, plain, task_rows
from crmsheet.review.frames import URGENT
from crmsheet.review.words import Say, tier_word
from crmsheet.texts import Lang, say


class Told:
    """Reminders as lines, in one language; ``tomorrow``: the next working day."""

    def __init__(self, outcome: Outcome, tomorrow: dt.date, lang: Lang) -> None:
        self.outcome, self.tomorrow, self.lang, self.words = outcome, tomorrow, lang, Say(lang)

    def say(self, key: str, **params: object) -> str:
        """A text of the command line."""
        return say("cli", key, self.lang, **params)

    def owner_lines(self, one: Reminder) -> Iterator[str]:
        """One owner's tasks: overdue, today, tomorrow; of missing data how much."""
        counts = {status: one.count(status) for status in URGENT}
        yield self.say("remind_owner", owner=plain(one.owner), **counts)
        for status in URGENT:
            yield from self.task_lines(one.of(status))
        if one.data:
            yield self.say("remind_data", count=one.data)

    def digest_lines(self, found: Sequence[Reminder], leads: Sequence[str]) -> Iterator[str]:
        """Everything overdue, owner by owner (S002-51)."""
        late = overdue(list(found))
        total = sum(one.count("overdue") for one in late)
        leads_shown = self.say("remind_leads", names="、".join(map(plain, leads))) if leads else ""
        yield self.say("remind_digest" if late else "remind_no_digest", leads=leads_shown, count=total)
        for one in late:
            yield self.digest_owner(one)
            yield from self.task_lines(one.of("overdue"))

    def digest_owner(self, one: Reminder) -> str:
        """How much one owner has overdue, and for how long."""
        return self.say("remind_digest_owner", owner=plain(one.owner), count=one.count("overdue"), days=one.longest)

    def task_lines(self, tasks: pd.DataFrame) -> Iterator[str]:
        """Each task on a line: when, whose, what."""
        for row in task_rows(self.outcome, tasks):
            tier = tier_word(row["tier"], self.words) if row["tier"] else "—"
            customer = " ".join(filter(None, (plain(row["id"]), plain(row["name"]))))
            yield self.say("remind_task", when=self._when(row), customer=customer, tier=tier, text=plain(row["text"]))

    def _when(self, row: Json) -> str:
        if row["status"] == "overdue":
            return self.say("remind_late", days=row["overdue_days"], due=row["due"].isoformat())
        if row["status"] == "today":
            return self.words.word("status", "today")
        return self.say("remind_tomorrow", due=row["due"].isoformat())
