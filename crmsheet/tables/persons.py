"""Customers who are persons, not companies."""

from __future__ import annotations

import re

from crmsheet.arrays import Bools, some
from crmsheet.privacy.masks import mask_name
from crmsheet.tables.table import Table

_PERSON = r".{1,4}(?:先生|女士|小姐|老师)"


def persons(table: Table) -> Bools:
    """Customers who are persons: 客户类型 or 企业规模 says 个人, or the name is 王女士."""
    said = [table.frame[name].astype("string").str.contains("个人", na=False) for name in ("kind.text", "size.text")]
    called = table.frame["name"].astype("string").str.fullmatch(_PERSON, na=False)
    return some([mask.to_numpy(dtype=bool) for mask in (*said, called)])


def shown_customer(text: str) -> str:
    """A customer's name or id as a finding shows it: what reads like a person is masked (王女士 → 王*)."""
    return mask_name(text) if re.fullmatch(_PERSON, text) else text
