"""A notifier: appends each message to the file that CRMSHEET_NOTIFY_FILE names; in its place yours would call your own system.

In crmsheet.toml:

    [remind]
    notifiers = ["notify-file"]
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path


def notify(subject: str, lines: Sequence[str]) -> None:
    """Hand one message on.  Any error means that it did not arrive: it is tried again, now and by the next run."""
    with Path(os.environ["CRMSHEET_NOTIFY_FILE"]).open("a", encoding="utf-8") as file:
        file.write("\n".join([subject, *lines, ""]))
