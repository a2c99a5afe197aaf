"""Extensions: other packages' checks, scoring criteria, sections of the review and notifiers, found by entry points.

An extension is code that runs with the rights of whoever runs crmsheet; docs/extensions.md says how to write one.  One that
cannot be loaded, or fails, is told by its name and stops nothing else.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal, NamedTuple, get_args

from crmsheet import findings as catalogue
from crmsheet.model import Finding

Group = Literal["checks", "criteria", "sections", "notifiers"]  # entry points of crmsheet.checks and so on
LONGEST = 200  # characters of a reason


@dataclass(frozen=True, slots=True)
class Check:
    """What an entry point of ``crmsheet.checks`` names: a function of a ``checks.context.Context`` that gives findings, and the
    TOML of their codes, as ``templates/findings/*.toml`` has it."""

    run: Callable[[Any], list[Finding]]
    catalogue: str


class Broken(NamedTuple):
    """An extension that cannot be used, and why: never more than a fault's kind once it has seen data."""

    group: Group
    name: str
    why: str

    def finding(self) -> Finding:
        """The same as a finding."""
        return Finding("extension-failed", None, None, {"extension": self.name, "group": f"crmsheet.{self.group}", "why": self.why})


class Loaded(NamedTuple):
    """The extensions of one group by name, and those that cannot be used."""

    usable: Mapping[str, Any]
    broken: tuple[Broken, ...]


@cache
def _installed() -> Mapping[str, tuple[EntryPoint, ...]]:
    """All entry points by group; the packages are looked through once a process."""
    found = entry_points()
    return {group: tuple(sorted(found.select(group=f"crmsheet.{group}"), key=lambda one: (one.name, one.value))) for group in get_args(Group)}


def names(group: Group) -> frozenset[str]:
    """Names of the installed extensions of one group; none of them is loaded for this."""
    return frozenset(one.name for one in _installed()[group])


@cache
def load(group: Group) -> Loaded:
    """Load all extensions of one group.  Those of the checks bring their codes into the catalogue."""
    usable: dict[str, Any] = {}
    broken: list[Broken] = []
    for one in _installed()[group]:
        try:
            if one.name in usable:
                raise ValueError("another package has an extension of this name")
            usable[one.name] = _fitting(group, call(one.load))
        except Exception as error:  # noqa: BLE001  whatever it does when it is imported; no data are known by then
            broken.append(Broken(group, one.name, " ".join(f"{type(error).__name__}: {error}".split())[:LONGEST]))
    return Loaded(usable, tuple(broken))


def call(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call somebody else's code: what it prints goes to stderr, since stdout may be for a document, and it cannot end the process."""
    try:
        with redirect_stdout(sys.stderr):
            return function(*arguments)
    except SystemExit as error:
        raise RuntimeError("it wanted to end the process") from error


def _fitting(group: Group, value: Any) -> Any:
    """The value, when it is what its group asks for; a check's codes are known then.  Raises TypeError or ValueError."""
    if group != "checks":
        if not callable(value):
            raise TypeError(f"{type(value).__name__} is no function")
        return value
    if not isinstance(value, Check):
        raise TypeError(f"{type(value).__name__} is no crmsheet.extensions.Check")
    catalogue.add(value.catalogue, "added")
    return value
