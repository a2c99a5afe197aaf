"""What customers object to and why they leave (S003-44, S003-46): the one vocabulary of it.

A clause that names a matter and praises it (价格满意, 预算已批) is no objection; 不满意 is one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

REASONS: Mapping[str, str] = {
    "竞品": r"竞品|竞争|对手",
    "价格": r"价格|太贵|偏贵|降价|折扣|成本",
    "交付时效": r"交付|交货|送货|配送|物流|时效|延期",
    "服务": r"服务|响应|售后|投诉|客服",
    "功能与体验": r"功能|系统|体验|流程|操作|试用|复杂",
    "预算": r"预算|资金|审批",
    "需求变化": r"需求(?:变|调整|减少)|暂无需求|搁置|暂停",
}
_ANY = re.compile("|".join(f"(?P<{word}>{shape})" for word, shape in REASONS.items()))
_CLAUSE = re.compile(r"[，,。；;！!？?\n]|但|不过|可是|然而")
_PRAISE = re.compile(
    r"(?<![不没未])(?<!没有)(?:满意|认可|接受|简便|不错|顺利|稳定|充足|到位|很好|已批|获批)|没有?(?:什么)?(?:问题|异议|意见)|无(?:异议|意见)"
)


def reasons_in(text: str) -> tuple[str, ...]:
    """The matters that a text objects to, in the order of ``REASONS``; () where it says nothing of them."""
    if not _ANY.search(text):
        return ()
    doubts = (clause for clause in _CLAUSE.split(text) if not _PRAISE.search(clause))
    said = {found.lastgroup for clause in doubts for found in _ANY.finditer(clause)}
    return tuple(word for word in REASONS if word in said)
