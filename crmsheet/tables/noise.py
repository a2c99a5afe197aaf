"""How often the same fault is told: noise is a fault too (SPEC §5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from crmsheet.arrays import Ints
from crmsheet.model import Finding

COMMON = 20  # so many cells, and more than half of the rows: the column is the fault, not its cells
LISTED = 1000  # cells of one column that are listed one by one at most: what one table of the review shows


def tell(at: Ints, rows: int, make: Callable[[int], Finding]) -> list[Finding]:
    """One finding for each position in ``at`` (of ``rows`` rows); a fault that most rows share is one, with its count."""
    shared = (len(at) >= COMMON and 2 * len(at) > rows) or len(at) > LISTED
    return tell_once(at, make, "alike") if shared else [make(i) for i in at.tolist()]


def tell_once(at: Ints, make: Callable[[int], Finding], what: str) -> list[Finding]:
    """One finding, at the first position, that says how many there are; ``what``: see findings.py."""
    if not len(at):
        return []
    first = make(int(at[0]))
    return [first if len(at) == 1 else replace(first, params={**first.params, what: len(at)})]
