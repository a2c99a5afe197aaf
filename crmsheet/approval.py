"""``--approve``: what the lead agrees to in bulk, and who may."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from crmsheet.errors import PolicyError
from crmsheet.model import RunRecord
from crmsheet.moves.answers import Approval
from crmsheet.plan.decided import BULK
from crmsheet.policy.schema import DORMANT, Policy
from crmsheet.policy.settings import Settings
from crmsheet.values.tiers import parse_tier

ALL, ADJUSTMENTS = "all", "adjustments"


def bulk_approval(
    asked: str | None, approver: str | None, leads: Sequence[str], settings: Settings, policy: Policy
) -> Approval | None:
    """What the lead agrees to in bulk.  Raises PolicyError for an unknown tier, or for somebody who is not the lead."""
    if asked is None:
        return None
    tier = parse_tier(asked, (*policy.tiers, DORMANT), settings.tiers)
    if asked not in (ALL, ADJUSTMENTS) and tier is None:
        known = "、".join((*policy.tiers, DORMANT))
        near = get_close_matches(asked, [ALL, ADJUSTMENTS, *policy.tiers, DORMANT], 1, 0.5)
        raise PolicyError(
            zh=f"--approve {asked}: 策略 {policy.name} 没有这一级{f'，是否指“{near[0]}”？' if near else ''}；可用：all、adjustments（策略调整）、{known}",
            en=f"--approve {asked}: the policy {policy.name} has no such tier{f', did you mean “{near[0]}”?' if near else ''}; there are all, adjustments, {known}",
        )
    if leads and not any(fnmatchcase(approver or "", lead) for lead in leads):
        raise PolicyError(
            zh=f"--approver {approver or '（未填）'}: 负责人（crmsheet.toml 的 [roles]、[people] 或人员表）是 {'、'.join(leads)}，只有负责人可以批量同意",
            en=f"--approver {approver or '(none)'}: the lead ([roles] or [people] in crmsheet.toml, or the table 人员) is {', '.join(leads)}; only the lead agrees in bulk",
        )
    tiers = None if asked == ALL else frozenset() if tier is None else frozenset({tier})
    return Approval(tiers, approver or BULK, adjustments=tier is None, told=asked)


def repeated(approval: Approval, runs: Sequence[RunRecord], as_of: dt.date) -> bool:
    """The same agreement was given on this very day: what it left is new, and nobody has looked at it."""
    return any(run.as_of == as_of and run.written.get(BULK) == approval.told for run in runs)
