"""Sections that extensions add to the review: built from what may be shown, masked, and drawn once for a try.

A section that fails is left out and told by a finding; so nothing that an extension does can keep the review from being made.
"""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from crmsheet import findings as catalogue
from crmsheet.extensions import Broken, call, load
from crmsheet.model import Outcome
from crmsheet.review.blocks import Chart, Column, Metric, Metrics, Notice, Section, Table, Text
from crmsheet.review.results import masked_names
from crmsheet.texts import Lang

_BLOCKS = (Section, Text, Notice, Metrics, Metric, Table, Column, Chart)  # what an extension's section may be made of


def with_added(outcome: Outcome, lang: Lang) -> Outcome:
    """The outcome with the sections of extensions, and a finding for each that failed; the same one where none is installed."""
    loaded = load("sections")
    if not loaded.usable and not loaded.broken:
        return outcome
    shown, made, broken = _shown(outcome), list[Section](), list(loaded.broken)
    for name, build in loaded.usable.items():
        try:
            made.append(_tried(outcome, _section(name, call(build, shown, lang), outcome.masked), lang))
        except Exception as error:  # noqa: BLE001  whatever goes wrong in somebody else's code
            broken.append(Broken("sections", name, type(error).__name__))
    found = catalogue.in_order([*outcome.findings, *(one.finding() for one in broken)])
    return replace(outcome, findings=found, added=tuple(made))


def _shown(outcome: Outcome) -> Outcome:
    """The outcome without the names of customers who are persons."""
    masked = masked_names(outcome)
    strategies = tuple(replace(one, customer=masked.get(one.customer, one.customer)) for one in outcome.strategies)
    people = outcome.customers.copy()
    return replace(outcome, customers=people.assign(name=people["name_shown"]), tasks=outcome.tasks.copy(), strategies=strategies)


def _section(name: str, made: Any, mask: Callable[[str], str]) -> Section:
    """The section with every text masked, under a key of its own.  Raises TypeError."""
    if not isinstance(made, Section):
        raise TypeError("an extension gives a Section")
    section = _masked(made, mask)
    assert isinstance(section, Section)
    return replace(section, key=f"added-{re.sub(r'[^a-z0-9]+', '-', name.lower())}")


def _masked(value: Any, mask: Callable[[str], str]) -> Any:
    """The same of masked texts, with plain numbers and days.  Raises TypeError for what a section cannot hold."""
    value = value.item() if isinstance(value, np.generic) else value
    if value is None or isinstance(value, int | float | dt.date):
        return value.date() if isinstance(value, dt.datetime) else value
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {_masked(key, mask): _masked(one, mask) for key, one in value.items()}
    if isinstance(value, list | tuple):
        parts = [_masked(one, mask) for one in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if isinstance(value, _BLOCKS):
        return replace(value, **{one.name: _masked(getattr(value, one.name), mask) for one in fields(value)})
    raise TypeError("a section is made of texts, numbers, days and the blocks for them")


def _tried(outcome: Outcome, section: Section, lang: Lang) -> Section:
    """The section, once both renderers have drawn it by itself.  Raises whatever they raise."""
    from crmsheet.review.html import render
    from crmsheet.review.xlsx import write

    render(outcome, (section,), lang)
    with tempfile.TemporaryDirectory() as folder:
        write(outcome, (section,), Path(folder) / "try.xlsx", lang)
    return section
