"""Checks of the follow-up log: is every entry there once, whole, and of a contact that was meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

import numpy as np

from crmsheet.arrays import Bools, Ints, Objects, Times, first_of, groups, is_there, nothing, take
from crmsheet.checks.context import Context, check, days, times, words
from crmsheet.model import Finding
from crmsheet.plan.log_words import matching
from crmsheet.tables.table import Table

# Asked for only where there is a next step at all.
_OF_NEXT_STEP = frozenset({"next_owner", "due_at"})
_NO_NEED = re.compile("暂无需求|暂时没有?需求|没有需求|(?<!有)无需求")


@check("duplicate-followup")
def duplicate_followup(seen: Context) -> list[Finding]:
    """Two entries with one 跟进记录ID (S002-78), or of one customer, moment and person with the same summary."""
    log = seen.log
    ids, summary = words(log, "followup_id"), words(log, "summary")
    moment = times(log, "followup_at")
    talk = groups(words(log, "customer_id"), words(log, "name"), moment, words(log, "person"), summary)
    same_talk = _earlier(talk, is_there(summary) & ~np.isnat(moment), "summary")
    alike = {**same_talk, **_earlier(groups(ids), is_there(ids), "followup_id")}

    def make(i: int) -> Finding:
        before, field = alike[i]
        said, said_en = ("跟进记录ID", "id") if field == "followup_id" else ("客户、时间、跟进人和内容", "customer, time, person and summary")
        return Finding("duplicate-followup", log.ref(field, i), None, {"other": str(log.ref(field, before)), "same": said, "same_en": said_en})

    return seen.entries(_positions(list(alike)), make)


def _earlier(group: Ints, where: Bools, field: str) -> dict[int, tuple[int, str]]:
    """Row → the first row of its group, and the field that says so; for rows that are not the first themselves."""
    first = first_of(group)
    later = np.flatnonzero(where & (first != np.arange(len(group))))
    return {i: (int(first[i]), field) for i in later.tolist()}


def _positions(rows: list[int]) -> Ints:
    return np.array(sorted(rows), dtype=np.int64)


@check("followup-incomplete")
def followup_incomplete(seen: Context) -> list[Finding]:
    """An entry without what the policy's document asks of it (S000-40..47, S001-46..53, S002-55, S003-23..28), at the first blank cell.

    Owner and date of a next step are asked for only where there is one; a column that the log does not have is not.
    """
    log, complete = seen.log, seen.policy.records.complete
    if complete is None:
        return []
    blank = {word: _blank(log, word.split("/")) for word in complete.fields}
    missing = np.any(list(blank.values()), axis=0)

    def make(i: int) -> Finding:
        lacks = [word.split("/") for word, rows in blank.items() if rows[i]]
        heads = ["/".join(log.header(field) for field in fields if log.has(field)) for fields in lacks]
        where = next(ref for field in lacks[0] if (ref := log.ref(field, i)) is not None)
        return Finding("followup-incomplete", where, None, {"missing": "、".join(dict.fromkeys(heads))})

    return seen.entries(np.flatnonzero(missing), make)


def _blank(log: Table, fields: list[str]) -> Bools:
    """Rows in whose region one of the fields has a column, and that hold none of them."""
    asked = np.any([log.holds(field) for field in fields], axis=0)
    if _OF_NEXT_STEP & set(fields) and log.has("next_plan"):
        asked &= log.present["next_plan"]
    filled: Bools = np.any([log.present[field] for field in fields], axis=0)
    return np.asarray(asked & ~filled, dtype=bool)


@check("next-step-before-followup")
def next_step_before_followup(seen: Context) -> list[Finding]:
    """预计完成时间 or 下次联系时间 before the contact itself (S000-47)."""
    log = seen.log
    followed = days(log, "followup_at")
    found = []
    for field in ("due_at", "next_contact"):
        date = days(log, field)
        found += seen.entries(np.flatnonzero(date < followed), partial(_before, log, field, date, followed))
    return found


def _before(log: Table, field: str, date: Times, followed: Times, i: int) -> Finding:
    return Finding("next-step-before-followup", log.ref(field, i), str(date[i]), {"field": log.header(field), "date": date[i], "followed": followed[i]})


@check("too-many-contacts")
def too_many_contacts(seen: Context) -> list[Finding]:
    """More contacts in a calendar month than the lowest tier, or a customer who says 暂无需求, is to get (S002-101, S003-19).

    At the entry that is one too many; those after it in the same month are not told again.
    """
    most = seen.policy.records.most
    entries = seen.contacts.entries
    if most is None or entries.empty:
        return []
    reasons = _left_in_peace(seen)
    month = entries["at"].to_numpy().astype("datetime64[M]")
    number = entries.groupby([entries["customer"].to_numpy(), month]).cumcount().to_numpy()
    one_too_many = (number == most.contacts) & is_there(reasons[entries["customer"].to_numpy()])
    followed = days(seen.log, "followup_at")
    who = dict(zip(entries["position"][one_too_many].tolist(), entries["customer"][one_too_many].tolist(), strict=True))

    def make(i: int) -> Finding:
        zh, en = _WHO[reasons[who[i]]]
        tier = seen.policy.tiers[-1]
        params = {
            "who": zh.format(tier=tier), "who_en": en.format(tier=tier), "month": int(str(followed[i])[5:7]),
            "number": most.contacts + 1, "most": most.contacts,
        }  # fmt: skip
        return Finding("too-many-contacts", seen.log.ref("followup_at", i), None, params)

    return seen.entries(_positions(list(who)), make)


_WHO: Mapping[object, tuple[str, str]] = {
    "tier": ("{tier}客户", "a customer of tier {tier}"), "need": ("客户表示暂无需求", "a customer who has no need for now"),
}  # fmt: skip


def _left_in_peace(seen: Context) -> Objects:
    """Per customer why it is to be contacted little: its tier, or 暂无需求 in its need or latest feedback; None elsewhere."""
    feedback = take(words(seen.log, "feedback"), seen.contacts.latest(seen.log.present["feedback"]))
    no_need = matching(words(seen.customers, "need"), _NO_NEED.search) | matching(feedback, _NO_NEED.search)
    reasons = nothing(len(seen.customers))
    reasons[no_need] = "need"
    reasons[seen.tiers == seen.policy.tiers[-1]] = "tier"
    return reasons
