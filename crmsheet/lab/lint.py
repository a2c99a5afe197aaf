"""``crmsheet policy check``: every fault of a policy with its line, and what the documents themselves leave open."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from pydantic import ValidationError

from crmsheet.lab.examples import lint_examples
from crmsheet.lab.fault import Fault
from crmsheet.lab.lint_inputs import lint_inputs
from crmsheet.lab.lint_rhythm import lint_rhythm
from crmsheet.lab.lint_rules import lint_rules
from crmsheet.lab.shape import structural
from crmsheet.policy.lines import line_of, lines_of
from crmsheet.policy.load import extended, faults_of, parse_toml
from crmsheet.policy.schema import Policy

_PATH = re.compile(r"([\w.\[\]]+): (.*)")


def lint(text: str, where: str, as_of: dt.date) -> list[tuple[Fault, int | None]]:
    """Faults of a policy's TOML, each with its line (None: the part is inherited), in the file's order; infos last.

    Raises PolicyError when it is no TOML, or extends a preset that is not there.
    """
    data = parse_toml(text, where)
    lines = lines_of(text)
    try:
        found = list(_linted(Policy.model_validate(extended(data)), as_of))
    except ValidationError as error:
        found = [_structural(path, told) for path, told in faults_of(Policy, error)]
    placed = [(fault, line_of(fault.path, lines)) for fault in found]
    return sorted(placed, key=lambda one: (one[0].severity == "info", one[1] or 0))


def _linted(policy: Policy, as_of: dt.date) -> Iterator[Fault]:
    inputs = list(lint_inputs(policy))
    yield from inputs
    yield from lint_rules(policy)
    yield from lint_rhythm(policy)
    if not any(one.severity == "error" for one in inputs):  # a policy that reads what is not there grades nobody
        yield from lint_examples(policy, as_of)


def _structural(path: str, told: str) -> Fault:
    """A fault of the file's shape; of those that a validator of the whole found, the path stands in the words."""
    match = None if path else _PATH.fullmatch(told)
    return structural(match[1], match[2]) if match else structural(path, told)
