"""How a send can fail.  Neither says an address or a token: only what the other side answered."""

from __future__ import annotations


class RefusedError(Exception):
    """It surely did not arrive: no connection, or the other side said no.  May be tried again."""


class UnansweredError(Exception):
    """It left, and no answer came: it may have arrived.  Is not sent again."""
