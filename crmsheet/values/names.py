"""Names for joining and headers for matching: folded, never written back."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple, Protocol

from crmsheet.arrays import Objects
from crmsheet.values.columns import fold, read_texts, tidy

_BRACKETS = re.compile(r"[(\[【〔［]([^()\[\]【】〔〕［］]*)(?:[)\]】〕］]|$)")
_MARKS = re.compile(r"[*※★●]")
_STRAY = re.compile(r"[)\]】〕］]")
_SPACE_BETWEEN = re.compile(r"(?<![!-~]) | (?![!-~])")  # beside anything but Latin letters: a line break, or letters spread out
# Headers carry whole sentences in brackets; what is longer is a note, and only its beginning is looked at.
_LONGEST_HEADER = 1000
_ANY_BRACKET = re.compile(r"[()\[\]【】〔〕［］]")
# 历史合作金额/万元, 流失率:% — but not 客户反馈/异议
_TAIL_UNIT = re.compile(r"(?P<header>.+?)[/::_,-](?P<unit>[^/::_,-]+)$")
_UNIT_PREFIX = re.compile(r"^(?:单位|币种)?[::]?(?:人民币|rmb|¥)?")

_UNITS = {
    "元": "元", "rmb": "元", "cny": "元", "¥": "元", "人民币": "元", "千元": "千元", "k": "千元",
    "万元": "万元", "万": "万元", "w": "万元", "百万元": "百万元", "百万": "百万元", "千万元": "千万元",
    "亿元": "亿元", "亿": "亿元", "%": "%", "百分比": "%", "‰": "‰",
    "美元": "美元", "万美元": "万美元", "usd": "美元", "$": "美元", "欧元": "欧元", "万欧元": "万欧元",
    "港元": "港元",
    "港币": "港元", "日元": "日元",
    "人": "人", "名": "人", "天": "天", "日": "天", "小时": "小时", "个月": "个月", "月": "个月", "年": "年",
    "次": "次", "次/月": "次/月", "次/周": "次/周", "次/年": "次/年", "次/季": "次/季", "单": "单",
    "家": "家",
    "台": "台", "个": "个", "分": "分",
}  # fmt: skip


class Header(NamedTuple):
    """A folded header and the unit it named in brackets (万元, 元, %, 人, 次/月, 天 …), None for none."""

    folded: str
    unit: str | None


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


def normalise_name(text: str) -> str:
    """Return a customer's name for joining: NFKC (full-width brackets too), no spaces, lower case; suffixes
    stay.
    """
    return text.casefold() if text.isascii() and text.isalnum() else fold(text)  # most are plain ids


def normalise_names(text: Objects) -> Objects:
    """`normalise_name` over a column, shape (n,); blank is None."""
    return read_texts(text, lambda value: normalise_name(value) or None)


def fold_text(text: str) -> str:
    """Return a header for matching with its brackets kept: NFKC, simplified, lower case, no spaces, no
    required marks.
    """
    return simplify(_MARKS.sub("", fold(text)))


@lru_cache(maxsize=4096)
def fold_header(text: str) -> Header:
    """Return a header for matching without its brackets, and the unit they held.

    Also drops pinyin debris (關(guān)鍵). A header that is nothing but brackets keeps what stands in them.
    """
    marked = _MARKS.sub("", fold(text[:_LONGEST_HEADER]))
    bare, units = _drop_brackets(marked)
    unit = next((found for found in map(unit_of, units) if found), None)
    if not bare:
        inside = _ANY_BRACKET.sub("", marked)
        return fold_header(inside) if inside else Header("", None)
    tail = _TAIL_UNIT.fullmatch(bare)
    if tail and (named := unit_of(tail["unit"])):
        return Header(fold_header(tail["header"]).folded, unit or named)
    return Header(simplify(bare), unit)


@lru_cache(maxsize=4096)
def shown_header(text: str) -> str:
    """Return a header as people are told it: in the team's own letters, without brackets, unit, required marks and line
    breaks.
    """
    marked = _SPACE_BETWEEN.sub("", tidy(_MARKS.sub("", text[:_LONGEST_HEADER])))
    bare, _ = _drop_brackets(marked)
    if not bare:
        inside = _ANY_BRACKET.sub("", marked)
        return shown_header(inside) if inside else ""
    tail = _TAIL_UNIT.fullmatch(bare)
    return shown_header(tail["header"]) if tail and unit_of(tail["unit"]) else bare


def unit_of(text: str) -> str | None:
    """Return the unit that `text` names, as it is usually spelled (万, 单位:万元 -> 万元), None for none."""
    plain = simplify(fold(text))
    return _UNITS.get(plain) or _UNITS.get(_UNIT_PREFIX.sub("", plain))


def simplify(text: str) -> str:
    """Return `text` in simplified characters with the mainland's words (顧客編號 -> 顾客编号)."""
    if _is_simplified(text):
        return text
    return _converter().convert(text)


def _drop_brackets(text: str) -> tuple[str, list[str]]:
    contents: list[str] = []
    while match := _BRACKETS.search(text):
        contents.append(match[1])
        text = text[: match.start()] + text[match.end() :]
    return tidy(_STRAY.sub("", text)), contents


def _is_simplified(text: str) -> bool:
    # GB 2312 holds the simplified characters and hardly a traditional one: what it can spell needs no
    # conversion
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


@cache
def _converter() -> _Converter:
    # imported here: only workbooks with traditional headers pay for it
    import opencc

    converter: _Converter = opencc.OpenCC("tw2sp")
    return converter
