"""What ``crmsheet plan`` says: each owner's days, what has no room, and the workload of a week; as lines or as a document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crmsheet.model import Outcome
from crmsheet.outreach.agenda import Agenda, Contact, OwnerPlan
from crmsheet.outreach.reminders import plain
from crmsheet.review.effort import load_words
from crmsheet.review.frames import texts
from crmsheet.review.insight_json import load_fields
from crmsheet.review.words import Say, tier_word
from crmsheet.texts import Lang, say

Json = dict[str, Any]
WEEKDAYS = {"zh": "一 二 三 四 五 六 日", "en": "Mon Tue Wed Thu Fri Sat Sun"}


def plan_lines(outcome: Outcome, made: Agenda, lang: Lang) -> Iterator[str]:
    """The plan for people."""
    rows = _Rows(outcome)
    yield say("cli", "plan_head", lang, workbook=outcome.workbook, first=made.days[0], last=made.days[-1], days=len(made.days))
    for one in made.owners:
        yield from _owner(one, made, rows, lang)
    if not made.owners:
        yield say("cli", "plan_nothing", lang)
    if made.data:
        yield say("cli", "plan_data", lang, count=made.data)
    yield from _workload(outcome, lang)


def _owner(one: OwnerPlan, made: Agenda, rows: _Rows, lang: Lang) -> Iterator[str]:
    yield say("cli", "plan_owner", lang, owner=plain(one.owner), count=one.count, capacity=one.capacity)
    for day, contacts in zip(made.days, one.days, strict=True):
        if contacts:
            yield say("cli", "plan_day", lang, day=day, weekday=WEEKDAYS[lang].split()[day.weekday()], count=len(contacts))
        for contact in contacts:
            due = "plan_late" if contact.late else "plan_due" if contact.due > day else None
            yield rows.line(contact, "" if due is None else say("cli", due, lang, due=contact.due), lang)
    if one.left:
        yield say("cli", "plan_left", lang, count=len(one.left))
    for contact in one.left:
        yield rows.line(contact, say("cli", "plan_late" if contact.late else "plan_due", lang, due=contact.due), lang)


def _workload(outcome: Outcome, lang: Lang) -> Iterator[str]:
    """Whose week holds less than the policy asks; one line when everybody's holds it."""
    loads, words = outcome.insight.loads if outcome.insight else (), Say(lang)
    over = [one for one in loads if one.over >= 0.05]
    for one in over:
        yield say("cli", "plan_over", lang, what=plain(load_words(one, words)))
    if loads and not over:
        yield say("cli", "plan_fits", lang, asked=sum(one.asked for one in loads), capacity=sum(one.capacity for one in loads))


def plan_document(outcome: Outcome, made: Agenda) -> Json:
    """The document of ``crmsheet plan --json``."""
    rows = _Rows(outcome)
    return {
        "schema": "crmsheet.plan/1", "workbook": outcome.workbook, "as_of": outcome.as_of.isoformat(),
        "from": made.days[0].isoformat(), "to": made.days[-1].isoformat(), "data_tasks": made.data,
        "owners": [
            {
                "owner": one.owner, "capacity": one.capacity,
                "days": [{"date": day.isoformat(), "contacts": [rows.fields(contact) for contact in contacts]}
                         for day, contacts in zip(made.days, one.days, strict=True)],
                "left": [rows.fields(contact) for contact in one.left],
            } for one in made.owners
        ],
        "workload": [load_fields(one) for one in outcome.insight.loads] if outcome.insight else [],
    }  # fmt: skip


class _Rows:
    """Customers and tasks by their position, as they may be shown."""

    def __init__(self, outcome: Outcome) -> None:
        people = outcome.customers
        self.people = list(zip(*(texts(people, name) for name in ("id", "name_shown", "tier_effective", "region")), strict=True))
        self.tasks = texts(outcome.tasks, "text")

    def line(self, contact: Contact, due: str, lang: Lang) -> str:
        """One contact: who, what, by when."""
        ident, name, tier, region = map(plain, self.people[contact.customer])
        about = ("，" if lang == "zh" else ", ").join(filter(None, (tier_word(tier, Say(lang)) if tier else "—", region)))
        what = ("；" if lang == "zh" else "; ").join(plain(self.tasks[row]) for row in contact.tasks)
        return say("cli", "plan_contact", lang, customer=" ".join(filter(None, (ident, name))), about=about, texts=what, due=due)

    def fields(self, contact: Contact) -> Json:
        """One contact as plain values."""
        names = dict(zip(("id", "name", "tier", "region"), (word or None for word in self.people[contact.customer]), strict=True))
        return names | {"due": contact.due.isoformat(), "overdue": contact.late, "tasks": [self.tasks[row] for row in contact.tasks]}
