"""Words of 审核: what a person answers to a proposal (S000-24, S004-38)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

import numpy as np

from crmsheet.arrays import Bools, Objects
from crmsheet.values.columns import fold, parse_distinct

AGREE, REFUSE, PENDING, RECHECK, OTHER = "agree", "refuse", "pending", "recheck", "other"
NOT_LEAD = "not-lead"  # a decision by somebody who may not make it
_ANSWERS = (
    (AGREE, r"已?(?:同意|通过|批准)(?:升级|降级|调整|休眠)?[。.!！]?"),
    (REFUSE, r"(?:已?(?:驳回|拒绝)|不(?:同意|通过|批准))(?:升级|降级|调整|休眠)?[。.!！]?"),
    (PENDING, r"待审核?"),
    (RECHECK, r"待复核"),
)


def read_answer(text: str) -> str:
    """What a word in 审核 means: agree, refuse, pending, recheck, or other."""
    folded = fold(text)
    return next((answer for answer, shape in _ANSWERS if re.fullmatch(shape, folded)), OTHER)


def named_others(reviewer: Objects, leads: Sequence[str]) -> Bools:
    """Rows whose 审核人 is named and is no lead (``[roles] lead``, * for any rest); nowhere when no lead is set.

    A masked name (王*) may be the lead's.  Shape of ``reviewer``.
    """
    codes, other = parse_distinct(reviewer, lambda text: not any(_is_lead(one, leads) for one in re.split(r"[、,，/;；]", text)))
    return np.asarray(np.array([*other, False], dtype=bool)[codes] & bool(leads), dtype=bool)


def _is_lead(name: str, leads: Sequence[str]) -> bool:
    folded = name.strip()
    return any(fnmatchcase(folded, lead) or ("*" in folded and fnmatchcase(lead, folded)) for lead in leads)
