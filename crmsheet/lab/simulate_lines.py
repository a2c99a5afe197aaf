"""A simulation as lines for the terminal, and as the document of ``--json``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crmsheet.lab.simulate import Mover, Simulated
from crmsheet.texts import Lang, say

SHOWN = 50  # customers named on the terminal; the document names all
SCHEMA = "crmsheet.simulation/1"


def simulate_lines(found: Simulated, lang: Lang) -> Iterator[str]:
    """What changes, who moves and why, and what it means for everybody's week."""

    def told(key: str, **params: object) -> str:
        return say("lab", key, lang, **params)

    names = {"before": found.before.policy_name, "after": found.after.policy_name}
    yield told("sim_head", path=found.after.workbook, as_of=found.as_of, **names)
    yield from (f"  {change.text(lang)}" for change in found.changes[:SHOWN])
    if len(found.changes) > SHOWN:
        yield told("sim_more_changes", count=len(found.changes) - SHOWN, **names)
    yield told("sim_tiers")
    yield from (told("sim_tier", tier=tier, before=one, after=two, by=f"{two - one:+d}") for tier, one, two in found.tiers)
    yield told("sim_owners")
    for row in found.owners:
        key = "sim_owner" if row.done is not None else "sim_owner_unknown"
        yield told(key, owner=row.owner or told("nobody"), customers=row.customers, before=f"{row.before:.1f}", after=f"{row.after:.1f}",
                   done=f"{row.done or 0:.1f}")  # fmt: skip
    yield told("sim_movers", count=len(found.movers), all=len(found.after.customers))
    yield from (_mover_line(found, one, lang) for one in found.movers[:SHOWN])
    if len(found.movers) > SHOWN:
        yield told("sim_more", count=len(found.movers) - SHOWN)


def _mover_line(found: Simulated, one: Mover, lang: Lang) -> str:
    person = found.after.customers.iloc[one.at]
    ident = person["id"] if isinstance(person["id"], str) else f"{person['sheet']}!{person['row']}"
    owner = person["owner"] if isinstance(person["owner"], str) else say("lab", "nobody", lang)
    how = say("lab", f"how_{one.how}", lang, tier=person["proposed_tier"])
    return say("lab", "sim_mover", lang, id=ident, name=person["name_shown"], owner=owner, before=one.before, after=one.after, how=how, why=person["evidence"])


def simulate_document(found: Simulated, lang: Lang) -> dict[str, Any]:
    """The document: names as they may be shown outside the workbook."""
    return {
        "schema": SCHEMA, "workbook": found.after.workbook, "as_of": found.as_of.isoformat(),
        "policy": {side: {"name": one.policy_name, "version": one.policy_version}
                   for side, one in (("before", found.before), ("after", found.after))},
        "changes": [change.text(lang) for change in found.changes],
        "tiers": {side: {tier: row[at] for tier, *row in found.tiers} for at, side in enumerate(("before", "after"))},
        "customers": [_mover_json(found, one) for one in found.movers],
        "unchanged": len(found.after.customers) - len(found.movers),
        "owners": [row._asdict() for row in found.owners],
    }  # fmt: skip


def _mover_json(found: Simulated, one: Mover) -> dict[str, Any]:
    person = {key: None if value != value else value for key, value in found.after.customers.iloc[one.at].items()}  # noqa: PLR0124  NaN
    reasons = [
        {"text": person[name], "cells": [cell for cell in str(person.get(f"reason_cells.{part}") or "").split(",") if cell],
         "source": person.get(f"reason_source.{part}")}
        for name in person if str(name).startswith("reason.") and person[name] for part in [str(name).removeprefix("reason.")]
    ]  # fmt: skip
    names = ("sheet", "row", "id", "owner", "tier_in_sheet", "proposed_tier", "tier_to_write", "move", "pool", "proposed_stage")
    return {
        **{name: person[name] for name in names}, "row": int(found.after.customers["row"].iloc[one.at]), "name": person["name_shown"], "tier_before": one.before, "tier": one.after, "how": one.how,
        "evidence_before": found.before.customers["evidence"].iloc[one.at], "evidence": person["evidence"], "reasons": reasons,
    }  # fmt: skip
