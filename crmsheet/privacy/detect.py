"""Private values in any text: identity card numbers, bank cards, mobiles and mails, found and masked
(S002-99).

An identity card number is 18 characters with a real date and the check character of GB 11643; a bank card 16
to 19 digits that pass Luhn; a mobile 11 digits from 13 to 19. Full-width digits count. A landline is found by
its area code and is masked, but is no finding: companies print theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import NamedTuple

from crmsheet.arrays import Bools, Objects
from crmsheet.privacy.masks import mask_bank_card, mask_email, mask_id_number, mask_phone
from crmsheet.privacy.name_index import NameIndex
from crmsheet.values.columns import distinct, parse_distinct, spread_bools, spread_objects

ID_NUMBER, BANK_CARD, MOBILE, EMAIL, LANDLINE = "id-number", "bank-card", "mobile", "email", "landline"

# The finding of each kind; a landline has none.
FINDINGS: Mapping[str, str] = {
    ID_NUMBER: "private-id-number",
    BANK_CARD: "private-bank-card",
    MOBILE: "private-mobile",
    EMAIL: "private-email",
}

# Full-width letters, digits and signs have the same length, so that places in the folded text are places in
# the text.
_NARROW = {code + 0xFEE0: code for code in range(0x21, 0x7F)} | {0x3000: 0x20}
_WIDE = re.compile("[\uff10-\uff19\uff20-\uff3a\uff41-\uff5a]")
# Cheap, and true for every text that holds something private: an @, eleven digits with at most one sign
# between two of them (a day and a time have ten), or an area code before seven.
_LIKELY = re.compile(r"@|[0-9](?:[ -]?[0-9]){10}|0[0-9]{2,3}[ )-]{1,2}[1-9][0-9]{6}")
_SHORTEST = 11  # characters of a mobile
_ELEVEN_DIGITS = re.compile(r"[0-9](?<![0-9]{2})(?:[ -]?[0-9]){10}")
_MANY_DIGITS = re.compile(r"[0-9](?<![0-9]{2})(?:[ -]?[0-9]){15}")
_SEPARATED = r"[ -]?"
# UnionPay and its forerunners, Visa, Mastercard, American Express, JCB, Diners: a contract number seldom
# begins so.
_ISSUERS = r"6[02689]\d{2}|4\d{3}|5[1-5]\d{2}|3[05-8]\d{2}|955[89]"
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (EMAIL, re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24}")),
    (
        ID_NUMBER,
        re.compile(
            r"(?<![0-9])[1-9]\d{5}[ -]?(?:18|19|20)\d{2}\d{4}[ -]?\d{3}(?:[Xx]|[0-9](?![0-9]))", re.ASCII
        ),
    ),
    (
        BANK_CARD,
        re.compile(
            rf"(?<![0-9])(?:{_ISSUERS})(?:{_SEPARATED}\d{{4}}){{3}}(?:{_SEPARATED}\d{{1,3}})?(?![0-9])",
            re.ASCII,
        ),
    ),
    (MOBILE, re.compile(r"(?<![0-9])(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}(?![0-9])", re.ASCII)),
    (LANDLINE, re.compile(r"(?<![0-9])(?:\(0\d{2,3}\) ?|0\d{2,3}[ -])[1-9]\d{6,7}(?![0-9])", re.ASCII)),
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_MASKS: Mapping[str, Callable[[str], str]] = {
    EMAIL: mask_email,
    ID_NUMBER: mask_id_number,
    BANK_CARD: mask_bank_card,
    MOBILE: mask_phone,
    LANDLINE: mask_phone,
}


class Hit(NamedTuple):
    """One private value: its kind and its place, `text[start:end]`. The value itself is kept nowhere."""

    kind: str
    start: int
    end: int


def find_private(text: str) -> tuple[Hit, ...]:
    """Return the private values in `text`, in order and not overlapping; a number is what it is first taken
    for: mail, identity card, bank card, mobile, landline.
    """
    folded = text.translate(_NARROW) if _WIDE.search(text) else text
    if not _LIKELY.search(folded):
        return ()
    hits: list[Hit] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(folded):
            if _is_real(kind, match.group()) and not any(_overlap(match, hit) for hit in hits):
                hits.append(Hit(kind, match.start(), match.end()))
    return tuple(sorted(hits, key=lambda hit: hit.start))


def private_kinds(text: str) -> frozenset[str]:
    """Return the kinds of private values in `text` that are findings (see `FINDINGS`)."""
    return frozenset(hit.kind for hit in find_private(text)) & FINDINGS.keys()


def may_hold(text: Objects) -> frozenset[str]:
    """Return at little cost the kinds (see `FINDINGS`) that a column may hold; what is left out it does not hold."""
    texts = set(text.tolist()) - {None}
    whole = "\n".join(texts)
    kinds = {EMAIL} if "@" in whole or "\uff20" in whole else set()
    numbers = "\n".join([one for one in texts if len(one) >= _SHORTEST])
    if _WIDE.search(numbers):
        return frozenset(FINDINGS)
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


def is_id_number(number: str) -> bool:
    """Say whether 18 characters are an identity card number: a real birthday and the check of GB 11643."""
    digits = re.sub("[ -]", "", number).upper()
    if not re.fullmatch(r"[0-9]{17}[0-9X]", digits):
        return False
    try:
        date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=False))
    return _CHECKS[total % 11] == digits[17]


def is_bank_card(number: str) -> bool:
    """Say whether 16 to 19 digits pass Luhn's check and are no run of one digit."""
    digits = [int(digit) for digit in re.sub("[ -]", "", number)]
    doubled = [2 * digit - 9 * (digit > 4) for digit in digits[-2::-2]]
    return 16 <= len(digits) <= 19 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 1


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
    return spread_objects(found.codes, [scrub(value, index) for value in found.values])


def _masked(text: str, hits: tuple[Hit, ...]) -> str:
    pieces, last = [], 0
    for kind, start, end in hits:
        pieces += [text[last:start], _MASKS[kind](text[start:end])]
        last = end
    return "".join([*pieces, text[last:]])


def _is_real(kind: str, value: str) -> bool:
    if kind == ID_NUMBER:
        return is_id_number(value)
    return is_bank_card(value) if kind == BANK_CARD else True


def _overlap(match: re.Match[str], hit: Hit) -> bool:
    return match.start() < hit.end and hit.start < match.end()
