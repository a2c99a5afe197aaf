"""Which part serves each demand of the documents, and which test shows it: read from the code, and from coverage.toml for
what no source says by itself."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click

from crmsheet.cli import cli
from crmsheet.findings import CATALOGUE
from crmsheet.insight.figures import FIGURES
from crmsheet.memory.ledger import KIND_ZH
from crmsheet.policy.load import load_policy, preset_names
from crmsheet.policy.schema import Policy
from crmsheet.policy.settings import Settings
from crmsheet.review.sections import SECTIONS
from crmsheet.tables.spec import KINDS, OWNED, table_spec
from crmsheet.tags import TAGS

HERE = Path(__file__).resolve().parent
TITLES = {"S000": "客户优先级管理", "S001": "客户画像与跟进记录", "S002": "客户关系记录与跟进方案", "S003": "客户关系维护跟进记录表",
          "S004": "策略及策略调整表"}  # fmt: skip
TEST_OF = {  # of a part that names its source itself
    "field": "tests/tables/test_recognition.py::test_every_column_of_the_documents_is_a_field",
    "band": "tests/judge/test_tiers.py::test_the_rules_give_the_tier",
    "rule": "tests/judge/test_tiers.py::test_the_rules_give_the_tier",
    "touch": "tests/policy/test_presets.py::test_touches",
    "event": "tests/plan/test_events.py::test_second_followup_three_days_after_the_need_is_clear",
    "approval": "tests/judge/test_weeks.py::test_the_lead_agrees_in_bulk",
    "move": "tests/judge/test_weeks.py::test_an_agreed_proposal_is_applied_and_recorded",
    "finding": "tests/checks/test_gallery.py::test_the_example_has_it_at_its_cell",
    "score": "tests/judge/test_scores.py::test_scores_worked_out_by_hand",
    "tag": "tests/test_tags.py::test_each_tag_comes_from_its_cells",
    "indicator": "tests/insight/test_indicators.py::test_overdue_and_timely_share_all_tasks",
}


class Demand(NamedTuple):
    """One demand: what serves it (``kind:name``), the test that shows it, and a word beside it.

    ``open``: later work brings it; ``offered``: no program can do it, and this is there instead.
    """

    id: str
    text: str
    by: tuple[str, ...]
    tests: tuple[str, ...]
    note: str
    open: str
    offered: str


def demands() -> list[Demand]:
    """All demands, in the documents' order."""
    written = tomllib.loads((HERE / "coverage.toml").read_text(encoding="utf-8"))
    told = dict[str, list[str]]()
    for source, part in sourced():
        told.setdefault(source, []).append(part)
    return [
        _demand(f"{document}-{number}", entry, told.get(f"{document}-{number}", []))
        for document, entries in written.items() for number, entry in entries.items()
    ]  # fmt: skip


def _demand(name: str, entry: dict[str, str | list[str]], told: list[str]) -> Demand:
    by = tuple(dict.fromkeys([*entry.get("by", ()), *told]))
    tests = [str(entry["test"])] if "test" in entry else [TEST_OF[kind] for one in by if (kind := one.partition(":")[0]) in TEST_OF]
    return Demand(name, str(entry["demand"]), by, tuple(dict.fromkeys(tests)), *(str(entry.get(key, "")) for key in ("note", "open", "offered")))


def sourced() -> Iterator[tuple[str, str]]:
    """(demand, part) of everything in the program that names its source."""
    for kind in KINDS:
        for field in table_spec(kind).fields.values():
            yield field.source, f"field:{kind}.{field.name}"
    for name in preset_names():
        yield from _of_policy(load_policy(name))
    for entry in CATALOGUE.values():
        yield entry.source, f"finding:{entry.code}"
    for tag in TAGS:
        yield tag.source, f"tag:{tag.label or tag.part}"
    for name, figure in FIGURES.items():
        yield figure.source, f"indicator:{name}"


def _of_policy(policy: Policy) -> Iterator[tuple[str, str]]:
    yield policy.approval_source, f"approval:{policy.name}"
    for band in policy.bands:
        yield band.source, f"band:{policy.name}.{band.name}"
    for rule in policy.rules:
        yield rule.source, f"rule:{policy.name}.{rule.tier}"
    for touch in policy.touches:
        yield touch.source, f"touch:{policy.name}.{touch.tier}.{touch.name}"
    for name, event in policy.events.items():
        yield event.source, f"event:{name}"
    for criterion in policy.score:
        yield criterion.source, f"score:{policy.name}.{criterion.name}"
    for kind in ("stalled", "immediate", "dormant"):
        if (move := getattr(policy.moves, kind)) is not None:
            yield move.source, f"move:{kind}"


def known_parts() -> set[str]:
    """Every part that coverage.toml may name."""
    options = {f"command:{path}{option}" for path, command in _commands(cli, "") for option in ("", *_options(command))}
    settings = {f"setting:{name}.{part}" for name, field in Settings.model_fields.items()
                for part in getattr(field.annotation, "model_fields", ())}  # fmt: skip
    return (
        {part for _, part in sourced()} | {part.rpartition(".")[0] for _, part in sourced()} | options | settings
        | {f"preset:{name}" for name in preset_names()} | {f"section:{section.__name__}" for section in SECTIONS}
        | {f"owned:{header}" for header in OWNED} | {f"move:{kind}" for kind in KIND_ZH}
    )  # fmt: skip


def _commands(group: click.Group, above: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        yield f"{above}{name}", command
        if isinstance(command, click.Group):
            yield from _commands(command, f"{above}{name} ")


def _options(command: click.Command) -> Iterator[str]:
    for one in command.params:
        yield from (f" {name}" for name in one.opts if name.startswith("--"))


def coverage_rows(document: str) -> list[list[str]]:
    """One row a demand: id, text, what serves it, the test."""
    rows = []
    for one in demands():
        if one.id.startswith(document):
            said = [f"`{part}`" for part in one.by]
            said += [f"*later:* {one.open}"] if one.open else []
            said += [f"*no program can; instead:* {one.offered}"] if one.offered else []
            rows.append([one.id, one.text, " · ".join(said) + (f" ({one.note})" if one.note else ""), " ".join(f"`{test}`" for test in one.tests)])
    return rows
