"""Contacts' names in free text: which names a contact cell holds, and where they stand in a text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from crmsheet.privacy.masks import mask_name
from crmsheet.values.columns import is_blank, tidy
from crmsheet.values.people import is_masked

# The hundred most frequent surnames and some more: they tell 张经理 (a person) from 采购经理 (a post).
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟"
    "谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐"
    "易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳"
)
_TITLE = re.compile(
    r"(?:总经理|副总|经理|总监|主管|主任|部长|处长|科长|老板|店主|先生|女士|小姐|老师|工程师|工|总|董事长|董|助理|专员|负责人|联系人|采购)$"
)
_NOTE = re.compile(r"[(\[【][^)\]】]*[)\]】]")
_SEPARATOR = re.compile(r"[/、,;&|+\s:]+|和|及")
_NOT_A_NAME = re.compile(r"[0-9@*]")


def names_in(cell: str) -> frozenset[str]:
    """Return the names a contact cell holds: 张三(采购经理) -> 张三; 张三/李四 -> both; 张三经理 -> 张三经理
    and 张三.

    A post alone (采购经理), numbers, masked names and single characters are none: masking those would eat the
    text.
    """
    if is_blank(cell):
        return frozenset()
    parts = [part for part in _SEPARATOR.split(_NOTE.sub(" ", tidy(cell))) if part]
    whole = [] if len(parts) < 2 or not tidy(cell).isascii() else [tidy(cell)]  # John Smith is one name
    return frozenset(name for part in (*whole, *parts) for name in _names(part) if len(name) > 1)


def _names(part: str) -> tuple[str, ...]:
    if is_masked(part) or _NOT_A_NAME.search(part):
        return ()
    title = _TITLE.search(part)
    if title is None:
        return (part,)
    if part[0] not in _SURNAMES:
        return ()
    return part, part[: title.start()]


class NameIndex:
    """Names by their first character, so that ten thousand of them cost a text no more than ten."""

    def __init__(self, cells: Collection[str]) -> None:
        self.names = frozenset(name for cell in cells for name in names_in(cell))
        self._lengths: dict[str, list[int]] = {}
        for length, first in sorted({(len(name), name[0]) for name in self.names}, reverse=True):
            self._lengths.setdefault(first, []).append(length)
        firsts = "".join(map(re.escape, sorted(self._lengths)))
        self._first = re.compile(f"[{firsts}]") if firsts else None

    def mask(self, text: str) -> str:
        """Return `text` with each name masked, at every place the longest one first."""
        pieces, last = [], 0
        for start, end in self.places(text):
            pieces += [text[last:start], mask_name(text[start:end])]
            last = end
        return "".join([*pieces, text[last:]]) if pieces else text

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where names stand, `text[start:end]`, from left to right."""
        place = 0
        while self._first is not None and (match := self._first.search(text, place)):
            start = match.start()
            place = start + (self._length_at(text, start) or 1)
            if place > start + 1:
                yield start, place

    def _length_at(self, text: str, start: int) -> int | None:
        lengths = self._lengths[text[start]]
        return next((length for length in lengths if text[start : start + length] in self.names), None)
