"""Checks that extensions add: run after ours, held to the same contract, masked, and told by name where they fail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from crmsheet import findings as catalogue
from crmsheet.checks.context import Context
from crmsheet.extensions import Broken, Check, call, load
from crmsheet.model import CellRef, Finding
from crmsheet.privacy.detect import scrub

_PLAIN = (str, int, float, dt.date, type(None))


def check_added(seen: Context) -> list[Finding]:
    """What the added checks find in a ``Context``; of one that fails, that it did."""
    loaded = load("checks")
    found = [one.finding() for one in loaded.broken]
    for name, check in loaded.usable.items():
        try:
            found += [_masked(one, seen) for one in _said(check, call(check.run, seen))]
        except Exception as error:  # noqa: BLE001  whatever goes wrong in somebody else's code
            found.append(Broken("checks", name, type(error).__name__).finding())
    return found


def _said(check: Check, found: list[Finding]) -> Iterator[Finding]:
    """Findings that can be told: of the check's own codes, with what their sentences need.  Raises TypeError, ValueError or KeyError."""
    own = {one.code for one in catalogue.entries(check.catalogue, "added")}
    for one in found:
        if not isinstance(one, Finding) or not isinstance(one.where, CellRef | None) or not all(isinstance(v, _PLAIN) for v in one.params.values()):
            raise TypeError("a check gives findings, at cells or nowhere, with plain params")
        if one.code not in own:
            raise ValueError("a check gives findings of its own codes")
        for tell in (catalogue.message, catalogue.hint):
            tell(one, "zh"), tell(one, "en")
        yield one


def _masked(one: Finding, seen: Context) -> Finding:
    """The finding with private values masked in all that it says; of our own checks' findings only the value needs that."""
    value = None if one.value is None else scrub(str(one.value), seen.contacts.names)
    params = {key: scrub(word, seen.contacts.names) if isinstance(word, str) else word for key, word in one.params.items()}
    return replace(one, value=value, params=params)
