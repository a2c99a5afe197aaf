"""The rows of one run, from its result document: what that masks is masked here too."""

from __future__ import annotations

import datetime as dt
from typing import Any

from crmsheet.export.tables import CUSTOMERS, FINDINGS, INDICATORS, JUDGEMENTS, MOVES, RUNS, TASKS

Json = dict[str, Any]
Rows = dict[str, list[Json]]  # table -> its rows


def run_id(workbook: str, as_of: str) -> str:
    """The id of a workbook's run on a day."""
    return f"{workbook}@{as_of}"


def rows_of(result: Json, workbook: str) -> Rows:
    """All rows of a run; ``workbook``: what the workbook is called in the database."""
    run = {"run": run_id(workbook, result["as_of"])}
    people = result["customers"]
    tasks = [(one, number, task) for one in people for number, task in enumerate(one["tasks"], 1)]
    return {
        RUNS.name: [run | {
            "workbook": workbook, "as_of": _day(result["as_of"]), "policy": result["policy"]["name"], "policy_version": result["policy"]["version"],
            "customers": len(people), "tasks": len(tasks), "findings": len(result["findings"]),
        }],
        CUSTOMERS.name: [run | _customer(one) for one in people],
        JUDGEMENTS.name: [
            run | _place(one) | {"number": number, "text": why["text"], "cells": ",".join(why["cells"]), "source": why["source"]}
            for one in people for number, why in enumerate(one["reasons"], 1)
        ],
        TASKS.name: [run | _place(one) | {"number": number} | _task(task) for one, number, task in tasks],
        FINDINGS.name: [
            run | {"number": number} | {name: one[name] for name in ("code", "severity", "sheet", "cell", "message", "hint")}
            for number, one in enumerate(result["findings"], 1)
        ],
        MOVES.name: [
            run | _place(one) | {
                "id": one["id"], "move": one["move"], "before": one["tier_in_sheet"], "after": one["proposed_tier"] or one["tier"],
                "waiting": one["proposed_tier"] is not None,
            }
            for one in people if one["move"] != "none" or one["proposed_tier"] is not None
        ],
        INDICATORS.name: [
            run | {"name": name} | {part: ratio[part] for part in ("value", "numerator", "denominator")} for name, ratio in result["indicators"].items()
        ],
    }  # fmt: skip


def _place(customer: Json) -> Json:
    return {"sheet": customer["sheet"], "row": customer["row"]}


def _customer(one: Json) -> Json:
    names = ("id", "name", "owner", "tier", "tier_in_sheet", "proposed_tier", "move", "pool", "stage", "score", "score_confidence", "status", "overdue_days")
    action = one["next_action"]
    return _place(one) | {name: one[name] for name in names} | {
        "last_followup": _day(one["last_followup"]), "next_action": action and action["text"], "next_due": action and _day(action["due"]),
        "tags": ";".join(one["tags"]),
    }  # fmt: skip


def _task(task: Json) -> Json:
    names = ("kind", "text", "method", "owner", "status", "overdue_days", "source")
    return {name: task[name] for name in names} | {"due": _day(task["due"]), "cells": ",".join(task["cells"])}


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)
