"""Which tier a team's own word means: words that people rank customers by, best first."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Real tier columns: VIP客户/重点客户/普通客户, 高级/中级/低级, A（重点客户） B（普通客户） C（非优先客户), 一级/二级/三级.
_RANKS = (
    (r"(?:s?vip|至尊|战略|核心|重点|关键|重要|大|优质|高级|高价值|一级|金牌|顶级)", "top"),
    (r"(?:普通|一般|常规|中级|中等|潜力|潜在价值|二级|银牌|标准|正常)", "middle"),
    (r"(?:非优先|非重点|低级|低价值|小|次要|三级|铜牌|零散|边缘|散)", "low"),
)  # fmt: skip
_TAIL = r"(?:型|类|级|级别|等级)?(?:客户|用户|会员)?"


def likely_tier(word: str, tiers: Sequence[str]) -> str | None:
    """The tier that a ranking word means under a policy with three letters as tiers; None where it says no rank."""
    if len(tiers) != 3:
        return None
    plain = re.sub(r"[(（\[【].*|\s", "", word).lower()
    ranks = {"top": tiers[0], "middle": tiers[1], "low": tiers[2]}
    return next((ranks[rank] for shape, rank in _RANKS if re.fullmatch(shape + _TAIL, plain)), None)
