"""Tier words: what a team writes (S级, Ａ类客户, b类) against the policy's names, and back in the column's
spelling.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from crmsheet.arrays import Objects
from crmsheet.values.columns import LONGEST, fold, read_texts
from crmsheet.values.names import simplify

_BRACKETED = re.compile(r"[(\[【]([^)\]】]*)[)\]】]")
_SUFFIX = r"(?:级别|等级|级|类别|类型|类|等|档|型)?(?:客户|用户)?"
_PREFIX = r"(?:客户)?(?:等级|级别|类别|优先级)?[::]?"
# One letter and the word around it, as a column spells it: Ａ级, a类客户, 等级A
_SPELLING = re.compile(rf"\s*(?P<prefix>{_PREFIX})(?P<letter>[A-Za-zＡ-Ｚａ-ｚ])(?P<suffix>{_SUFFIX})\s*")
_TO_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def parse_tier(text: str, names: Sequence[str], words: Mapping[str, str] | None = None) -> str | None:
    """Return the tier of `names` that `text` says, None when it says none of them (blank too).

    `words` maps a team's own words to tiers (VIP客户 -> S) and wins. What stands in brackets is a
    description, unless nothing else is known: `A(重点客户)` and `重点客户(A类)` are both A.
    """
    if len(text) > LONGEST:
        return None
    folded = _fold(text)
    own = {_fold(word): tier for word, tier in (words or {}).items()}
    outside = _BRACKETED.sub("", folded)
    for candidate in (folded, outside, *_BRACKETED.findall(folded)):
        if candidate in own:
            return own[candidate]
        if tier := _named(candidate, names):
            return tier
    return None


def read_tiers(text: Objects, names: Sequence[str], words: Mapping[str, str] | None = None) -> Objects:
    """`parse_tier` over a column, shape (n,); None where blank or unknown: the caller tells them apart."""
    return read_texts(text, lambda value: parse_tier(value, names, words))


def spell_like(
    tier: str, samples: Sequence[str], names: Sequence[str] = (), words: Mapping[str, str] | None = None
) -> str:
    """Return `tier` as the column writes it: `S级` beside `A级`, `a` beside `b`, `高价值稳定` beside
    `低价值风险`.

    With the policy's `names`, a spelling of this very tier that the column already holds wins
    (`A(重点客户)`). The most frequent spelling decides, of equals the first. A column that shows no pattern
    gets the policy's own name.
    """
    written = [sample.strip() for sample in samples if sample and sample.strip()]
    if names:
        same = [sample for sample in written if parse_tier(sample, names, words) == tier]
        if same:
            return Counter(same).most_common(1)[0][0]
    if len(tier) == 1 and tier.isascii():
        return _spell_letter(tier, written)
    return _spell_segment(tier, written)


def _fold(text: str) -> str:
    return simplify(fold(text))


def _named(candidate: str, names: Sequence[str]) -> str | None:
    # longest first: 高价值稳定型 before a tier that is a part of its name
    for name in sorted(names, key=len, reverse=True):
        core = re.escape(_fold(name).removesuffix("型"))
        if re.fullmatch(f"{_PREFIX}{core}{_SUFFIX}", candidate):
            return name
    return None


def _spell_letter(tier: str, written: Sequence[str]) -> str:
    shapes = [match for sample in written if (match := _SPELLING.fullmatch(_without_note(sample)))]
    if not shapes:
        return tier
    shape = Counter(_letter_shape(match) for match in shapes).most_common(1)[0][0]
    prefix, suffix, is_lower, is_wide = shape
    letter = tier.lower() if is_lower else tier.upper()
    return f"{prefix}{letter.translate(_TO_WIDE) if is_wide else letter}{suffix}"


def _letter_shape(match: re.Match[str]) -> tuple[str, str, bool, bool]:
    letter = match["letter"]
    return match["prefix"], match["suffix"], letter.islower(), not letter.isascii()


def _spell_segment(tier: str, written: Sequence[str]) -> str:
    core = tier.removesuffix("型")
    endings = [
        match[1] for sample in written if (match := re.search(r"(型客户|型|客户|)$", _without_note(sample)))
    ]
    if not endings:
        return tier
    return core + Counter(endings).most_common(1)[0][0]


def _without_note(sample: str) -> str:
    # a note in brackets describes its own tier (重点客户): it is no part of the spelling
    return re.sub(r"[(\uff08\[【][^)\uff09\]】]*[)\uff09\]】]\s*$", "", sample).strip()
