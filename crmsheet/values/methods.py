"""Ways of contact (S000-42, S001-47, S003-25): one cell may name several, and one way has many words."""

from __future__ import annotations

import re

from crmsheet.arrays import Objects
from crmsheet.values.columns import fold, is_blank, parse_distinct, spread_objects, tidy
from crmsheet.values.names import simplify

_SEPARATOR = re.compile(r"[+/、,;&|\s]+|和|与|及|或")

VISIT, PHONE, MAIL, ONLINE, MEETING = "拜访", "电话", "邮件", "线上", "会议"

_WORDS = {
    VISIT: r"(?:见面|现场|上门|登门|实地|当面|线下|客户|陌生|轻量|定期)?(?:拜访|面谈|面访|走访)"
    r"|见面|面对面|当面(?:沟通)?|上门|现场|陌拜",
    PHONE: r"(?:打|致|拨打)?电话|致电|去电|来电|通话|手机|座机|语音",
    MAIL: r"(?:发|电子|回复?)?邮件|邮箱|电邮|e-?mail|mail",
    ONLINE: r"(?:企业)?微信|企微|(?:发)?短信|线上|在线|qq|钉钉|飞书|网络",
    MEETING: r"(?:线上|视频|电话|网络|远程|腾讯|在线)会议|视频|会议",
}
_TAIL = re.compile(r"(?:沟通|联系|回访|跟进|交流|咨询|通知|为主)$")


def parse_methods(text: str) -> tuple[str, ...]:
    """Return the ways of contact a cell names, in order and once each; blank is ().

    面谈, 面访, 上门, 现场 … are 拜访; 微信, 企微, 短信 are 线上; 线上会议 is 会议. An unknown word stays as
    it is written.
    """
    if is_blank(text):
        return ()
    parts = (part for part in _SEPARATOR.split(simplify(tidy(text))) if part)
    return tuple(dict.fromkeys(_method(part) for part in parts))


def read_methods(text: Objects) -> Objects:
    """`parse_methods` over a column, shape (n,); () where there is no text."""
    codes, parsed = parse_distinct(text, parse_methods)
    return spread_objects(codes, parsed, fill=())


def _method(part: str) -> str:
    folded = fold(part)
    for candidate in (folded, _TAIL.sub("", folded)):
        for method, words in _WORDS.items():
            if re.fullmatch(words, candidate):
                return method
    return part
