"""The result document (SPEC §10): what ``--json`` prints and the review's ``.json`` holds.

Built column by column, some customers at a time: at 20,000 nothing looks a value up row by row, and what is written
need not be in memory all at once.  Names are stable; its JSON Schema is ``templates/result.schema.json``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd

from crmsheet.findings import CATALOGUE, hint, message, severity
from crmsheet.model import Adjustment, Finding, Outcome, Region, Strategy, letters
from crmsheet.resources import template_text
from crmsheet.review.frames import days, split_cells, values, whole
from crmsheet.review.insight_json import indicator_fields, insight_fields
from crmsheet.review.results import masked_names
from crmsheet.tags import split_tags
from crmsheet.texts import Lang

SCHEMA = "crmsheet.result/1"
STRETCH = 2_000  # customers that are plain values at once
LINES = 500  # entries of a list that are encoded at once
Json = dict[str, Any]


def document(outcome: Outcome, lang: Lang, outputs: Mapping[str, str | Path | None] | None = None) -> Json:
    """The document as plain values; ``outputs`` maps html, xlsx and json to where they lie (missing: null)."""
    streamed = streamed_document(outcome, lang, outputs)
    return {**streamed, "customers": list(streamed["customers"])}


def streamed_document(outcome: Outcome, lang: Lang, outputs: Mapping[str, str | Path | None] | None = None) -> Json:
    """The same with an iterator in place of the list of customers: for ``dump``, which takes it."""
    where = outputs or {}
    return {
        "schema": SCHEMA,
        "workbook": outcome.workbook,
        "policy": {"name": outcome.policy_name, "version": outcome.policy_version},
        "as_of": outcome.as_of.isoformat(),
        "tables": [_table(region) for region in outcome.regions],
        "customers": chain.from_iterable(map(_customers, _stretches(outcome))),
        "strategies": _strategies(outcome),
        "indicators": indicator_fields(outcome),
        "insight": None if outcome.insight is None else insight_fields(outcome.insight),
        "findings": [_finding(found, lang) for found in outcome.findings],
        "decisions": None if outcome.decisions is None else [one._asdict() for one in outcome.decisions],
        "write": _write(outcome),
        "outputs": {kind: _path(where.get(kind)) for kind in ("html", "xlsx", "json", *(["owners"] if "owners" in where else []))},
    }


def dump(result: Json) -> Iterator[bytes]:
    """The document as UTF-8 JSON in pieces: one line a customer, a finding or another entry of a list."""
    before = b"{"
    for key, value in result.items():
        yield before + _encode(key) + b": "
        if isinstance(value, (list, Iterator)):
            yield from _lines(iter(value))
        else:
            yield _encode(value)
        before = b",\n"
    yield b"}\n"


def _lines(entries: Iterator[Any]) -> Iterator[bytes]:
    """A list, one line an entry."""
    before = b"[\n"
    while some := list(islice(entries, LINES)):
        yield before + b",\n".join(map(_encode, some))
        before = b",\n"
    yield b"[]" if before == b"[\n" else b"\n]"


def _encode(value: Any) -> bytes:
    """One value; half a surrogate, which UTF-8 has not and orjson refuses, becomes its JSON escape."""
    try:
        return orjson.dumps(value)
    except TypeError:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "backslashreplace")


def schema() -> Json:
    """The JSON Schema (2020-12) of the result document."""
    loaded: Json = json.loads(template_text("result.schema.json"))
    return loaded


def iso_dates(frame: pd.DataFrame, name: str) -> list[str | None]:
    """One column of dates as ``2024-03-20`` or None."""
    words = np.datetime_as_string(days(frame, name)).tolist()
    return [None if word == "NaT" else word for word in words]


def _table(region: Region) -> Json:
    return {
        "kind": region.kind,
        "sheet": region.sheet,
        "header_rows": list(region.header_rows),
        "first_row": region.first_row,
        "last_row": region.last_row,
        "fields": {field: ",".join(map(letters, columns)) for field, columns in region.fields.items()},
        "unknown_columns": [letters(column) for column in region.unknown],
    }


def _cells(joined: str | None) -> list[str]:
    parts = joined.split(",") if joined else []
    if all(part.count("!") == 1 for part in parts):  # no comma and no ! in a sheet's name
        return parts
    return [f"{sheet}!{cell}" for sheet, cell in split_cells(joined)]


def _tasks(outcome: Outcome) -> list[Json]:
    """Every task, in the frame's order."""
    tasks = outcome.tasks
    columns = {name: values(tasks, name) for name in ("text", "kind", "method", "owner", "source", "status")}
    columns["due"], columns["overdue_days"] = iso_dates(tasks, "due"), whole(tasks, "overdue_days")
    columns["cells"] = [_cells(joined) for joined in values(tasks, "cells")]
    names = ("text", "due", "kind", "method", "owner", "cells", "source", "status", "overdue_days")
    return [
        dict(zip(names, row, strict=True)) for row in zip(*(columns[name] for name in names), strict=True)
    ]


def _stretches(outcome: Outcome) -> Iterator[Outcome]:
    """The outcome in parts of some customers each."""
    count = len(outcome.customers)
    return (outcome.stretch(range(low, min(low + STRETCH, count))) for low in range(0, count, STRETCH))


def _customers(outcome: Outcome) -> list[Json]:
    """One entry a customer, in the workbook's order; a person's name as it may be shown (SPEC §9)."""
    people, tasks = outcome.customers, _tasks(outcome)
    own, changes = _by_customer(outcome, outcome.tasks, tasks), _changes(outcome)
    bands, reasons, terms = _bands(outcome), _reasons(outcome), _score_terms(outcome)
    names = ("sheet", "row", "id", "name_shown", "tier", "tier_in_sheet", "proposed_tier", "move", "pool", "stage",
             "proposed_stage", "status", "owner", "tags")  # fmt: skip
    rows = zip(*(values(people, name) for name in names), whole(people, "overdue_days"), whole(people, "task"),
               iso_dates(people, "last_followup"), whole(people, "score"), whole(people, "score_confidence"),
               terms, bands, reasons, own, changes, strict=True)  # fmt: skip
    return [
        {
            "sheet": sheet, "row": row, "id": ident, "name": name, "owner": owner, "tier": tier,
            "tier_in_sheet": in_sheet, "proposed_tier": proposed, "move": move or "none", "pool": pool or "active",
            "stage": stage, "proposed_stage": new_stage, "score": score, "score_confidence": sure,
            "score_terms": earned, "bands": band, "reasons": reason, "to_next_tier": change or None,
            "tags": split_tags(tags), "last_followup": last, "status": status, "overdue_days": late or 0,
            "next_action": tasks[at] if at is not None and at >= 0 else None, "tasks": todo,
        }
        for (sheet, row, ident, name, tier, in_sheet, proposed, move, pool, stage, new_stage, status, owner, tags,
             late, at, last, score, sure, earned, band, reason, todo, change) in rows
    ]  # fmt: skip


def _by_customer(outcome: Outcome, frame: pd.DataFrame, rows: list[Json]) -> list[list[Json]]:
    own: list[list[Json]] = [[] for _ in range(len(outcome.customers))]
    for customer, row in zip(frame["customer"].tolist() if rows else (), rows, strict=True):
        own[customer].append(row)
    return own


def _changes(outcome: Outcome) -> list[list[Json]]:
    """What reaches the next tier, a list a customer."""
    names = ("field", "cell", "op", "to", "by", "text")
    columns = [outcome.changes[name].tolist() for name in names] if len(outcome.changes) else []
    rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    return _by_customer(outcome, outcome.changes, rows)


def _bands(outcome: Outcome) -> list[dict[str, str]]:
    columns = [values(outcome.customers, f"band.{name}") for name in outcome.bands]
    if not columns:
        return [{} for _ in range(len(outcome.customers))]
    return [dict(zip(outcome.bands, row, strict=True)) for row in zip(*columns, strict=True)]


def _reasons(outcome: Outcome) -> list[list[Json]]:
    """Each customer's reasons, in the order of their columns; one without words is left out."""
    people = outcome.customers
    found: list[list[Json]] = [[] for _ in range(len(people))]
    for name in (column.removeprefix("reason.") for column in people.columns if column.startswith("reason.")):
        parts = zip(values(people, f"reason.{name}"), values(people, f"reason_cells.{name}"),
                    values(people, f"reason_source.{name}"), strict=True)  # fmt: skip
        for reasons, (text, cells, source) in zip(found, parts, strict=True):
            if text:
                reasons.append({"text": text, "cells": _cells(cells), "source": source})
    return found


def _score_terms(outcome: Outcome) -> list[list[Json]]:
    """Each customer's terms whose cells exist: a column that the table lacks is not said again in every row."""
    return [
        [
            {"field": field, "cell": cell, "text": text, "points": points, "weight": weight, "source": source}
            for _, _, field, _, cell, text, points, weight, source in terms if cell is not None
        ]
        for terms in outcome.score_terms(range(len(outcome.customers)))
    ]  # fmt: skip


def _strategies(outcome: Outcome) -> list[Json]:
    masked = masked_names(outcome)
    return [_strategy(item, masked) for item in outcome.strategies]


def _strategy(item: Strategy, masked: Mapping[str, str]) -> Json:
    return {
        "sheet": item.sheet,
        "row": item.row,
        "customer": masked.get(item.customer, item.customer),
        "kpis": [kpi_fields(kpi) for kpi in item.kpis],
        "rating": item.rating,
        "rating_in_sheet": item.rating_in_sheet,
        "proposal": None if item.proposal is None else _adjustment(item.proposal),
    }


def _adjustment(item: Adjustment) -> Json:
    return {
        "state": item.state, "missed": list(item.missed), "reason": item.reason, "strategy": item.strategy,
        "reasons": [{"word": word, "count": count} for word, count in item.reasons], "cells": list(item.cells),
        "due": item.due.isoformat(), "helped": item.helped,
    }  # fmt: skip


def kpi_fields(kpi: Any) -> Json:
    """One KPI: 复购率≥80%/85% is {"metric": "复购率", "op": "≥", "target": 80, "actual": 85, "unit": "%", …}."""
    names = ("metric", "op", "target", "actual", "unit", "met", "attainment")
    return {name: getattr(kpi, name) for name in names}


def _finding(found: Finding, lang: Lang) -> Json:
    where = found.where
    return {
        "code": found.code,
        "severity": severity(found),
        "sheet": where.sheet if where else None,
        "cell": where.a1 if where else None,
        "value": found.value,
        "message": message(found, lang),
        "hint": hint(found, lang),
        "source": CATALOGUE[found.code].source,
    }


def _write(outcome: Outcome) -> Json | None:
    receipt = outcome.receipt
    if receipt is None:
        return None
    return {
        "path": receipt.path,
        "cells_changed": receipt.cells_changed,
        "parts_changed": list(receipt.parts_changed),
        "backup": receipt.backup,
        "sha256_before": receipt.sha256_before,
        "sha256_after": receipt.sha256_after,
        "notices": list(receipt.notices),
    }


def _path(path: str | Path | None) -> str | None:
    return None if path is None else str(path)
