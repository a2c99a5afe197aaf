"""What the Excel review has beside the sections of the page: an index, the sheet to decide in, a sheet for each owner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from crmsheet.model import Outcome
from crmsheet.review.blocks import Block, Index, Section, Table, Text, column_at, only
from crmsheet.review.decide import decide
from crmsheet.review.runs import runs
from crmsheet.review.words import Say
from crmsheet.texts import Lang

OWNERS = 30  # sheets of owners: more is no workbook any more; --per-owner makes a file for everybody
LISTED = 2_000  # customers, and tasks, on all owners' sheets together: the lists of all have the rest
_TASKS = ("status", "customer", "id", "tier", "due", "late", "task", "method", "kind", "cells")
_PEOPLE = ("status", "customer", "id", "tier_in_sheet", "due", "late", "action", "method", "stage", "issues")


def excel_sections(outcome: Outcome, sections: Sequence[Section], lang: Lang) -> tuple[Section, ...]:
    """The page's sections with the index on the first, 待审核 behind it and the owners' sheets last."""
    if not sections:
        return ()
    say, (first, *rest) = Say(lang), sections
    owners, left = owner_sections(sections, say)
    whole = [decide(outcome, lang), *rest, *runs(outcome, lang), *owners]
    note = say("owners_beyond", count=left) if left else ""
    index = Index(say("index"), tuple((section.key, section.title) for section in whole), note)
    return (replace(first, blocks=(*first.blocks, index)), *whole)


def owner_sections(sections: Sequence[Section], say: Say) -> tuple[list[Section], int]:
    """A section for each of the first owners, those with most to do first, and how many owners there are beyond."""
    tables = {(section.key, block.key): block for section in sections for block in section.blocks if isinstance(block, Table)}
    plan, people, load = (tables.get(key) for key in (("plan", "all"), ("customers", "customers"), ("plan", "owners")))
    if plan is None or people is None:
        return [], 0
    total = {} if load is None else {row[0]: row[column_at(load, "total")] for row in load.rows}  # the plan lists a part of it
    todo, theirs = _by_owner(plan, say), _by_owner(people, say)
    names = list(dict.fromkeys([*todo, *sorted(theirs, key=lambda owner: -len(theirs[owner]))]))
    shown = names[:OWNERS] if len(names) > 1 else []  # one owner's sheet would say everything again
    most = LISTED // max(1, len(shown))
    made = [
        Section(f"owner{place}", name, (
            Text(say("own_counts", tasks=total.get(name, 0), customers=len(theirs.get(name, [])))),
            *_lists(only(plan, _TASKS, todo.get(name, [])[:most]), people, theirs.get(name, []), most, say),
        ))
        for place, name in enumerate(shown)
    ]  # fmt: skip
    return made, len(names) - len(shown) if shown else 0


def _by_owner(table: Table, say: Say) -> dict[str, list[int]]:
    """Owner → rows, in the table's order."""
    place, found = column_at(table, "owner"), dict[str, list[int]]()
    for number, row in enumerate(table.rows):
        found.setdefault(str(row[place] or say("no_owner")), []).append(number)
    return found


def _lists(tasks: Table, people: Table, theirs: Sequence[int], most: int, say: Say) -> tuple[Block, ...]:
    shown = [row for row in theirs if people.held is None or people.held[row]][:most]
    listed = replace(only(people, _PEOPLE, shown), title=say("own_customers", count=len(theirs)), main=False)
    left = [Text(say("own_left", count=len(theirs) - len(shown)))] if len(shown) < len(theirs) else []
    return (replace(tasks, main=False, note=""), listed, *left)
