"""Stand-ins for a person's data: masked values and internal numbers are a valid state of a contact
(S003-6..9).
"""

from __future__ import annotations

import re
import unicodedata

# 138xxxx5678 is masked with letters; 联系人001 is the internal number of S000-21.
_STAND_IN = re.compile(r"\*|\d{3}[xX]{4}\d{0,4}|^联系人\s*\d+$")


def is_masked(text: str) -> bool:
    """Say whether `text` stands in for a private value: `张*`, `138****5678`, `wang*company`, `*经理`,
    `联系人001`.
    """
    return _STAND_IN.search(unicodedata.normalize("NFKC", text).strip()) is not None
