"""A policy's own examples (``[[example]]``), graded as a run would: by the same grammars, bands and rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

import numpy as np

from crmsheet.arrays import Objects, is_there, objects
from crmsheet.judge.judge import judge
from crmsheet.lab.fault import Fault
from crmsheet.policy.schema import UNGRADED, Policy
from crmsheet.tables.raw import Raw
from crmsheet.tables.read import made_table
from crmsheet.tables.spec import table_spec

EPOCH = dt.date(1899, 12, 30)  # day 0 of Excel's serial numbers
Value = str | int | float | bool | None


def lint_examples(policy: Policy, as_of: dt.date) -> Iterator[Fault]:
    """Examples that name what is not there, then those that get another tier than they say."""
    found = list(_unreadable(policy))
    yield from found
    if found or not policy.example:
        return
    names = sorted({name for one in policy.example for name in one.inputs} | {"name"})
    rows = [{"name": one.name, **one.inputs} for one in policy.example]
    cells = {name: _raw([row.get(name) for row in rows], as_of, date=table_spec("customers").fields[name].type == "date") for name in names}
    judged = judge(policy, {}, made_table("customers", cells, as_of), as_of).frame
    for number, (one, tier, why) in enumerate(zip(policy.example, judged["tier"], judged["evidence"], strict=True)):
        if tier != one.tier:
            yield Fault("example-fails", f"example[{number}]", {"name": one.name, "wanted": one.tier, "tier": tier, "why": why})


def _unreadable(policy: Policy) -> Iterator[Fault]:
    fields = table_spec("customers").fields
    for number, one in enumerate(policy.example):
        if one.tier not in (*policy.tiers, UNGRADED):
            yield Fault("example-tier", f"example[{number}].tier", {"tier": one.tier, "tiers": list(policy.tiers)})
        for name in one.inputs:
            if name not in fields:
                near = get_close_matches(name, fields, 1, 0.4)
                yield Fault("field-unknown", f"example[{number}].inputs", {"field": name, "near": near[0] if near else "-"})


def _raw(values: Sequence[Value], as_of: dt.date, *, date: bool) -> Raw:
    """Cells as the engine would read them; a number of a date is days from as-of."""
    numeric = np.array([isinstance(value, int | float) and not isinstance(value, bool) for value in values], dtype=bool)
    base = (as_of - EPOCH).days if date else 0
    number = np.array([float(value) + base if is_number else np.nan for value, is_number in zip(values, numeric.tolist(), strict=True)])  # type: ignore[arg-type]
    text: Objects = objects([str(value) if value is not None and not is_number else None
                             for value, is_number in zip(values, numeric.tolist(), strict=True)])  # fmt: skip
    no = np.zeros(len(values), dtype=bool)
    return Raw(number, text, numeric & date, no, objects([None] * len(values)), numeric | is_there(text))
