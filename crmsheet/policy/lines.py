"""Where the parts of a TOML text stand: dotted path → line, as faults name them (``rules[3].when``)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

_MANY = re.compile(r"\s*\[\[\s*([\w.]+)\s*]]")
_ONE = re.compile(r"\s*\[\s*([\w.]+)\s*]")
_KEY = re.compile(r"""\s*["']?([^\s"'={}\[\]#]+)["']?\s*=""")


def lines_of(text: str) -> dict[str, int]:
    """Every table and key of a text with its line, from 1."""
    found: dict[str, int] = {}
    times: Counter[str] = Counter()
    above = ""
    for number, line in enumerate(text.splitlines(), 1):
        if match := _MANY.match(line):
            above = f"{match[1]}[{times[match[1]]}]"
            times[match[1]] += 1
            found[above] = number
            found.setdefault(match[1], number)
        elif match := _ONE.match(line):
            above = match[1]
            found[above] = number
        elif match := _KEY.match(line):
            found.setdefault(f"{above}.{match[1]}".lstrip("."), number)
    return found


def line_of(path: str, lines: Mapping[str, int]) -> int | None:
    """The line of a path, or of the nearest part above it that the text names; None when it names none of them."""
    while path:
        if path in lines:
            return lines[path]
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return None
