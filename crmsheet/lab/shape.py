"""Faults of a policy's shape, as the loader tells them."""

from __future__ import annotations

from crmsheet.lab.fault import Fault
from crmsheet.policy.in_chinese import in_chinese


def structural(path: str, told: str) -> Fault:
    """The fault that a sentence of the loader tells."""
    return Fault("structure", path, {"told": (in_chinese(told), told)})
