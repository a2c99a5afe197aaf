"""All checks, one after another; importing the modules registers what is in them."""

from __future__ import annotations

from crmsheet.checks import customers, honesty, log, names, private, stages, strategy, values
from crmsheet.checks.added import check_added
from crmsheet.checks.context import CHECKS, Context
from crmsheet.model import Finding

MODULES = (customers, stages, names, values, log, honesty, strategy, private)


def check_all(seen: Context) -> list[Finding]:
    """What every registered check finds, and every check that an extension adds."""
    return [*(finding for one in CHECKS for finding in one.run(seen)), *check_added(seen)]
