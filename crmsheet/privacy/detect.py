"""Private values in any text: identity card numbers, bank cards, mobiles and mails, found and masked
(S002-99).

An identity card number is 18 characters with a real date and the check character of GB 11643, or 15 digits of a
real region and date; a bank card 16 to 19 digits that pass Luhn and begin as an issuer's do, or stand after a word
such as 卡号; a mobile 11 digits from 13 to 19. A landline is found by its area code and is masked, but is no
finding: companies print theirs. Digits of any script and width count, parted as people part them (``plain.py``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from crmsheet.arrays import Bools, Objects
from crmsheet.privacy.masks import mask_bank_card, mask_email, mask_id_number
from crmsheet.privacy.name_index import NameIndex
from crmsheet.privacy.plain import is_odd, plain
from crmsheet.privacy.shapes import (
    BANK_CARD,
    BETWEEN,
    EMAIL,
    ID_NUMBER,
    LANDLINE,
    MOBILE,
    NEAR,
    SHAPES,
    is_bank_card,
    is_id_number,
)
from crmsheet.values.columns import distinct, parse_distinct, spread_bools, spread_objects

# The finding of each kind; a landline has none.
FINDINGS: Mapping[str, str] = {
    ID_NUMBER: "private-id-number",
    BANK_CARD: "private-bank-card",
    MOBILE: "private-mobile",
    EMAIL: "private-email",
}

# Cheap, and true for every text that holds something private: an @, eleven digits with little between two of
# them (a day and a time have ten), or an area code before seven.
_LIKELY = re.compile(r"@|[0-9](?:[ \n-]{0,4}[0-9]){10}|0[0-9]{2,3}[ )\n-]{1,2}[1-9][0-9]{2}")
_SHORTEST = 11  # characters of a mobile
_ELEVEN_DIGITS = re.compile(r"[0-9](?<![0-9]{2})(?:[ \n-]{0,4}[0-9]){10}")
_AREA = re.compile(r"\(0[0-9]{2,3}\)[ -]?|0(?:10|2[0-9])[ -]?|0[0-9]{2,3}[ -]?")
_MANY_DIGITS = re.compile(r"[0-9](?<![0-9]{2})(?:[ \n-]{0,4}[0-9]){14}")
__all__ = [
    "BANK_CARD", "EMAIL", "FINDINGS", "ID_NUMBER", "LANDLINE", "MOBILE", "Hit", "find_column", "find_private", "is_bank_card",
    "is_id_number", "may_hold", "private_kinds", "scrub", "scrub_column",
]  # fmt: skip


class Hit(NamedTuple):
    """One private value: its kind and its place, `text[start:end]`. The value itself is kept nowhere."""

    kind: str
    start: int
    end: int


def find_private(text: str) -> tuple[Hit, ...]:
    """Return the private values in `text`, in order and not overlapping; a number is what it is first taken
    for: mail, identity card, bank card, mobile, landline.
    """
    read = plain(text)
    if not _LIKELY.search(read.text):
        return ()
    hits: list[Hit] = []
    taken = bytearray(len(text))
    passed = (() if "@" in read.text else (EMAIL,)) + (() if _MANY_DIGITS.search(read.text) else (ID_NUMBER, BANK_CARD))
    for kind, pattern, is_one in SHAPES:
        for match in pattern.finditer(read.text) if kind not in passed else ():
            start, end = match.span(match.lastindex or 0)
            hit = Hit(kind, *read.span(start, end))
            if not any(taken[hit.start : hit.end]) and is_one(read.text[start:end], read.text[max(0, start - NEAR) : start]):
                taken[hit.start : hit.end] = b"\1" * (hit.end - hit.start)
                hits.append(hit)
    return tuple(sorted(hits, key=lambda hit: hit.start))


def private_kinds(text: str) -> frozenset[str]:
    """Return the kinds of private values in `text` that are findings (see `FINDINGS`)."""
    return frozenset(hit.kind for hit in find_private(text)) & FINDINGS.keys()


def may_hold(text: Objects) -> frozenset[str]:
    """Return at little cost the kinds (see `FINDINGS`) that a column may hold; what is left out it does not hold."""
    texts = set(text.tolist()) - {None}
    whole = "\0".join(texts)
    kinds = {EMAIL} if "@" in whole or "\uff20" in whole else set()
    numbers = "\0".join([one for one in texts if len(one) >= _SHORTEST])
    if is_odd(numbers):
        numbers = plain(numbers).text
    if _ELEVEN_DIGITS.search(numbers):
        kinds |= {MOBILE, ID_NUMBER, BANK_CARD} if _MANY_DIGITS.search(numbers) else {MOBILE}
    return frozenset(kinds)


def find_column(text: Objects) -> dict[str, Bools]:
    """Return for each kind which rows of a column (str or None, shape (n,)) hold it; kinds that occur nowhere
    are left out.
    """
    codes, kinds = parse_distinct(text, private_kinds)
    return {
        kind: spread_bools(codes, [kind in one for one in kinds])
        for kind in FINDINGS
        if any(kind in one for one in kinds)
    }


def scrub(text: str, names: Collection[str] | NameIndex = ()) -> str:
    """Return `text` with every private value masked, and each of `names` (contacts) too. Doing it twice
    changes nothing.

    `names` are whole contact cells (张三(采购经理), 张三/李四); what counts in them as a name says
    `NameIndex`. For many texts build it once.
    """
    index = names if isinstance(names, NameIndex) else NameIndex(names)
    # names first: what they leave behind is searched for numbers, never the other way round
    cleaned = index.mask(text)
    # again, because a number that ran into a masked one now stands alone; each round leaves fewer digits
    while hits := find_private(cleaned):
        cleaned = _masked(cleaned, hits)
    return cleaned


def scrub_column(text: Objects, names: Collection[str] | NameIndex = ()) -> Objects:
    """`scrub` over a column (str or None, shape (n,)); each distinct text once."""
    index = names if isinstance(names, NameIndex) else NameIndex(names)
    found = distinct(text)
    if not index.names and not _LIKELY.search(plain("\0".join(found.values)).text):
        return text
    return spread_objects(found.codes, [scrub(value, index) for value in found.values])


def _masked(text: str, hits: tuple[Hit, ...]) -> str:
    pieces, last = [], 0
    for kind, start, end in hits:
        value = plain(text[start:end]).text
        masked = _MASKS[kind](value)
        pieces += [text[last:start], masked if masked != value else "****"]  # never as it was: it would be found again without end
        last = end
    return "".join([*pieces, text[last:]])


def _mask_mobile(number: str) -> str:
    digits = re.sub("[^0-9]", "", number)[-11:]
    return f"{digits[:3]}****{digits[-4:]}"


def _mask_landline(number: str) -> str:
    area = _AREA.match(number)
    return f"{area[0] if area else ''}****{re.sub('[^0-9]', '', number)[-3:]}"


def _mask_mail(mail: str) -> str:
    return mask_email(re.sub(r"\s", "", mail).replace("。", "."))


_MASKS: Mapping[str, Callable[[str], str]] = {
    EMAIL: _mask_mail,
    ID_NUMBER: mask_id_number,
    BANK_CARD: lambda number: mask_bank_card(BETWEEN.sub("", number)),
    MOBILE: _mask_mobile,
    LANDLINE: lambda number: _mask_landline(number.replace("\n", " ")),
}
