"""Puts what the stages found into one Outcome: the customers frame that renderers and write-back read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from crmsheet import findings as catalogue
from crmsheet.arrays import Floats, Ints, Objects, is_none, is_there, objects, pick, take
from crmsheet.judge.scores import Scored
from crmsheet.model import Finding, Strategy
from crmsheet.plan.contacts import Contacts
from crmsheet.plan.plan import Planned
from crmsheet.policy.schema import Policy
from crmsheet.privacy.detect import scrub, scrub_column
from crmsheet.privacy.masks import mask_email, mask_name, mask_phone
from crmsheet.privacy.name_index import NameIndex
from crmsheet.tables.persons import persons
from crmsheet.tables.table import Table
from crmsheet.values.columns import read_texts

STATUS_ORDER = {"overdue": 0, "today": 1, "tomorrow": 2, "ok": 3, "paused": 4, "dormant": 5, "lost": 6}


def assemble(
    table: Table,
    log: Table,
    contacts: Contacts,
    moved: pd.DataFrame,
    planned: Planned,
    scored: Scored,
    tags: Objects,
    policy: Policy,
    found: Sequence[Finding],
    contact: Literal["internal-id", "masked", "clear"],
) -> pd.DataFrame:
    """The customers frame of model.Outcome."""
    frame = table.frame
    columns: dict[str, object] = {
        "sheet": frame["sheet"], "row": frame["row"], "id": frame["customer_id"], "name": frame["name"],
        "name_shown": shown_names(table), "owner": frame["owner"], "industry": frame["industry"],
        "region": frame["region"], "contact_shown": shown_contacts(table, contact), "stage": frame["stage"],
    }  # fmt: skip
    columns |= {name: moved[name] for name in moved.columns}
    columns |= {
        "last_followup": planned.last_followup, "last_summary": last_words(table, log, contacts),
        "status": planned.status, "overdue_days": planned.overdue_days, "task": planned.task,
        "issues": issues(table, found), "score": scored.score, "score_confidence": scored.confidence, "tags": tags,
    }  # fmt: skip
    out = pd.DataFrame({name: _series(values) for name, values in columns.items()})
    return out.assign(rank=ranks(out, policy, scored.exact))


def _series(values: object) -> pd.Series:
    array = values.to_numpy() if isinstance(values, pd.Series) else np.asarray(values)
    return pd.Series(array, dtype=array.dtype)


def shown_names(table: Table) -> Objects:
    """Names as they leave the workbook: a person's is masked (SPEC §9)."""
    names = scrub_column(table.frame["name"].to_numpy(dtype=object)).copy()
    private = persons(table)
    names[private] = read_texts(names[private], mask_name)
    return names


def shown_contacts(table: Table, how: Literal["internal-id", "masked", "clear"]) -> Objects:
    """The contact as the policy shows it: 联系人001, 张* 138****5678, or in clear."""
    name, phone, email = (table.frame[field].to_numpy(dtype=object) for field in ("contact", "phone", "email"))
    there = is_there(name) | is_there(phone) | is_there(email)
    if how == "internal-id":
        return np.array([f"联系人{i:03d}" if one else None for i, one in enumerate(there.tolist(), 1)], dtype=object)
    if how == "masked":
        name, phone, email = read_texts(name, mask_name), read_texts(phone, mask_phone), read_texts(email, mask_email)
    lines = zip(name, phone, email, strict=True)
    return objects([" ".join([part for part in line if part]) or None for line in lines])


def shown_strategies(strategies: Sequence[Strategy], names: NameIndex) -> tuple[Strategy, ...]:
    """Strategies as they leave the workbook: their texts may hold anything, contacts' names too (SPEC §9)."""
    def shown(text: str | None) -> str | None:
        return None if text is None else scrub(text, names)

    return tuple(
        replace(one, current=shown(one.current), rating_in_sheet=shown(one.rating_in_sheet),
                kpis=tuple(replace(kpi, metric=scrub(kpi.metric, names)) for kpi in one.kpis))
        for one in strategies
    )  # fmt: skip


def shown_findings(found: Sequence[Finding], names: NameIndex) -> tuple[Finding, ...]:
    """Findings whose values and words are masked once more: whoever made one may have forgotten a contact's name."""
    return tuple(_shown_finding(one, names) for one in found)


def _shown_finding(one: Finding, names: NameIndex) -> Finding:
    value = one.value if one.value is None else scrub(one.value, names)
    params = {key: scrub(word) if isinstance(word, str) else word for key, word in one.params.items()}
    return one if value == one.value and params == one.params else replace(one, value=value, params=params)


def last_words(table: Table, log: Table, contacts: Contacts) -> Objects:
    """What was said last: the latest entry's feedback, else its summary, private values masked."""
    entries = contacts.entries
    last = np.full(len(table), -1)
    last[entries["customer"].to_numpy()] = entries["position"].to_numpy()
    feedback, summary = (log.frame[name].to_numpy(dtype=object) for name in ("feedback", "summary"))
    said = take(pick(is_none(feedback), summary, feedback), last[contacts.first_row])
    own = table.frame["followup_summary"].to_numpy(dtype=object)
    return scrub_column(pick(is_none(said), own, said), contacts.names)


def issues(table: Table, found: Sequence[Finding]) -> Objects:
    """数据问题 of each row: what is wrong in its own cells; what is said once a column is not repeated here."""
    rows = catalogue.row_texts(found)
    places = zip(table.frame["sheet"].tolist(), table.frame["row"].tolist(), strict=True)
    return np.array([rows.get(place) for place in places], dtype=object)


def ranks(frame: pd.DataFrame, policy: Policy, score: Floats) -> Ints:
    """Who comes first: by tier, then what is due, then how late, then the score (none known: last)."""
    order = {tier: number for number, tier in enumerate(policy.tiers)}
    tier = frame["tier_effective"].map(order).fillna(len(order)).to_numpy()
    status = frame["status"].map(STATUS_ORDER).fillna(len(STATUS_ORDER)).to_numpy()
    line = np.lexsort((-np.nan_to_num(score, nan=-1.0), -frame["overdue_days"].to_numpy(), status, tier))
    rank = np.empty(len(frame), dtype=np.int64)
    rank[line] = np.arange(1, len(frame) + 1)
    return rank
