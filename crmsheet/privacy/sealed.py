"""How a sealed cell is known, and shown where its key is not: without it nothing can be read, and nothing is found wrong."""

from __future__ import annotations

import re

VERSION = 1
FORM = re.compile(r"crmsheet:(\d{1,4}):([A-Za-z0-9+/=]*)", re.ASCII)
SHOWN = "****"  # a valid state of a contact (SPEC §3), and no name, number or mail
_PREFIX = "crmsheet:"


def is_sealed(text: str) -> bool:
    """Whether a cell's text is a sealed value, or what somebody left of one."""
    return text.lstrip().startswith(_PREFIX) and FORM.match(text.lstrip()) is not None
