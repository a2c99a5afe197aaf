"""A check: of customers in stage 成交 whose 到期时间 is over."""

from __future__ import annotations

import numpy as np

from crmsheet.checks.context import Context, days, words
from crmsheet.extensions import Check
from crmsheet.model import Finding
from crmsheet.tables.noise import tell

CATALOGUE = """
[contract-expired]
severity = "warning"
source = "our contract rules"
title = { zh = "合同已到期", en = "contract has run out" }
says.zh = "客户仍是成交状态，合同已到期 {late} 天"
says.en = "the customer is closed, and its contract ran out {late} days ago"
hint.zh = "续约后更新到期时间，否则更改客户状态"
hint.en = "renew and write the new day of expiry, or change the stage"
"""


def expired(seen: Context) -> list[Finding]:
    """Closed customers whose contract ran out before as-of, at the cell of 到期时间."""
    table = seen.customers
    late = (np.datetime64(seen.as_of, "D") - days(table, "expires_at")).astype(float)  # NaN where blank
    over = (late > 0) & (words(table, "stage") == "成交")
    return tell(np.flatnonzero(over), len(table), lambda i: Finding("contract-expired", table.ref("expires_at", i), None, {"late": int(late[i])}))


CHECK = Check(expired, CATALOGUE)
