"""The document of ``crmsheet process --rollup --json`` (``templates/rollup.schema.json``)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crmsheet.rollup.across import Rollup
from crmsheet.rollup.team import Person, Team

Json = dict[str, Any]
_COUNTS = ("customers", "tasks", "overdue", "waiting", "neglected")


def rollup_document(found: Rollup, outputs: Mapping[Any, Path]) -> Json:
    """Teams in the command's order; a team that was refused or failed has figures of null."""
    judged = found.judged
    return {
        "schema": "crmsheet.rollup/1", "as_of": found.as_of.isoformat(),
        "teams": [_team(one) for one in found.teams],
        "totals": {"teams": len(found.teams), "judged": len(judged), **{name: sum(getattr(one, name) for one in judged) for name in _COUNTS},
                   "silent": sum(one.silent_count for one in judged), "shared": len(found.shared)},
        "shared": [{"name": one.name, "entries": [_person(team, person) for team, person in one.entries]} for one in found.shared],
        "silent": [
            {**_person(team, one.who), "days": one.days, "last_followup": one.last.isoformat() if one.last else None, "overdue_days": one.late}
            for team, one in found.silent
        ],
        "outputs": {kind: str(outputs[kind]) if kind in outputs else None for kind in ("html", "xlsx")},
    }  # fmt: skip


def _team(one: Team) -> Json:
    figures: Json = {name: getattr(one, name) if one.judged else None for name in _COUNTS}
    return {
        "team": one.name, "workbook": one.path, "state": one.state, "why": one.why or None,
        "policy": {"name": one.policy, "version": one.version} if one.judged else None, "tiers": dict(one.tiers) if one.judged else None,
        **figures, "silent": one.silent_count if one.judged else None, "findings": dict(one.findings) if one.judged else None,
        "contacts": None if one.planned is None else {"done": one.contacts, "planned": round(one.planned, 2)},
        "indicators": {name: {"value": r.value, "numerator": r.numerator, "denominator": r.denominator} for name, r in one.indicators.items()},
        "outputs": {kind: one.outputs.get(kind) for kind in ("html", "xlsx", "json")},
    }  # fmt: skip


def _person(team: Team, one: Person) -> Json:
    return {"team": team.name, "id": one.id or None, "name": one.name, "owner": one.owner or None, "tier": one.tier or None, "cell": one.cell}
