"""Customers who are persons, not companies."""

from __future__ import annotations

import re

from crmsheet.arrays import Bools, some
from crmsheet.privacy.masks import mask_name
from crmsheet.tables.table import Table
from crmsheet.values.columns import spread_bools

_PERSON = re.compile(r".{1,4}(?:先生|女士|小姐|老师)")
_PRIVATE = re.compile("个人")


def persons(table: Table) -> Bools:
    """Customers who are persons: 客户类型 or 企业规模 says 个人, or the name is 王女士."""
    saying = (("kind.text", _PRIVATE.search), ("size.text", _PRIVATE.search), ("name", _PERSON.fullmatch))
    found = [(*table.distinct(name), says) for name, says in saying]
    return some([spread_bools(codes, [bool(says(value)) for value in values]) for codes, values, says in found])


def shown_customer(text: str) -> str:
    """A customer's name or id as a finding shows it: what reads like a person is masked (王女士 → 王*)."""
    return mask_name(text) if _PERSON.fullmatch(text) else text
