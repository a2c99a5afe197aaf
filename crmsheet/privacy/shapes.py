"""What private values look like: a pattern for each kind, and the check that tells it from other numbers.

Patterns read texts as ``plain.py`` gives them: digits 0-9, one kind of space and dash, lines ending in a line feed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple

ID_NUMBER, BANK_CARD, MOBILE, EMAIL, LANDLINE = "id-number", "bank-card", "mobile", "email", "landline"

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_PROVINCES = frozenset(map(str, (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83)))
_YEARS = range(1880, 2100)  # of birth
BETWEEN = re.compile(r"[ \n-]")

_BREAK = r" ?\n{1,2} ?"  # a line that ends inside a number
_GAP = rf"(?:[ -]|{_BREAK})?"
_FIRST = "(?<![0-9])"
_LAST = "(?![0-9])"
# UnionPay and its forerunners have 16 to 19 digits; Visa, Mastercard, JCB and Diners 16: a contract number seldom
# begins so.
_ISSUED = re.compile(r"(?:6[02689]|955[89])[0-9]{12,17}|(?:4[0-9]|5[1-5]|3[05-8])[0-9]{14}")
_CARD_WORD = re.compile(
    r"(?:卡号|银行卡|储蓄卡|借记卡|信用卡|卡|账号|账户|帐号|帐户|card)[^0-9\n]{0,8}$", re.IGNORECASE
)
_LINE_WORD = re.compile(r"(?:电话|座机|固话|办公|传真|tel|fax|[TtFf][::])[^0-9\n]{0,6}$", re.IGNORECASE)
NEAR = 16  # characters before a number in which such a word may stand


def _parted(sizes: Iterable[tuple[int, ...]], gap: str) -> str:
    """Digits in groups of one of these sizes, with a gap between two groups."""
    return "|".join(gap.join(rf"[0-9]{{{size}}}" for size in one) for one in sizes)


# In groups of four, as six and the rest, or in one piece that a line may break.
_CARD = (
    rf"[0-9]{{4}}(?:(?:[ -]|{_BREAK})[0-9]{{4}}){{3}}(?:(?:[ -]|{_BREAK})?[0-9]{{1,3}})?"
    rf"|[0-9]{{6}}(?:[ -]|{_BREAK})[0-9]{{10,13}}|[0-9](?:(?:{_BREAK})?[0-9]){{15,18}}"
)
_MOBILE_GROUPS = [(3, 4, 4), (4, 4, 3), (3, 3, 5), (3, 8), (7, 4)]


class Shape(NamedTuple):
    """One kind of value: where it may stand (the last group, else the whole match), and whether (value, text before it) is one."""

    kind: str
    pattern: re.Pattern[str]
    is_one: Callable[[str, str], bool] = lambda _value, _before: True


def is_id_number(number: str) -> bool:
    """Say whether 18 characters are an identity card number: a real birthday and the check of GB 11643."""
    digits = BETWEEN.sub("", number).upper()
    if not re.fullmatch(r"[0-9]{17}[0-9X]", digits) or not _is_day(digits[6:14]):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=False))
    return _CHECKS[total % 11] == digits[17]


def is_old_id_number(number: str) -> bool:
    """Say whether 15 digits may be an identity card number of before 1999: a real region and a day of 19yy."""
    digits = BETWEEN.sub("", number)
    region = len(digits) == 15 and digits[:2] in _PROVINCES and ("01" <= digits[2:4] <= "70" or digits[2:4] == "90")
    return region and digits[4:6] != "00" and _is_day("19" + digits[6:12])


def _is_day(digits: str) -> bool:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year in _YEARS
    except ValueError:
        return False


def is_bank_card(number: str) -> bool:
    """Say whether 16 to 19 digits pass Luhn's check and are no run of one digit."""
    digits = [int(digit) for digit in BETWEEN.sub("", number)]
    doubled = [2 * digit - 9 * (digit > 4) for digit in digits[-2::-2]]
    return 16 <= len(digits) <= 19 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 1


def _is_issued(number: str) -> bool:
    return _ISSUED.fullmatch(BETWEEN.sub("", number)) is not None


def _is_parted_id(number: str) -> bool:
    """A number in one piece by its check alone; digits that only stand side by side must name a region too."""
    return is_id_number(number) and (number.isalnum() or BETWEEN.sub("", number)[:2] in _PROVINCES)


_LINE_GAP = f"(?:[ -]|{_BREAK})"
# In this order: what a number is first taken for it stays. A pattern inside (?=…) is tried at every number, and may
# overlap the one before it.
SHAPES: tuple[Shape, ...] = (
    Shape(EMAIL, re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}\s?@\s?(?:[A-Za-z0-9-]{1,63}[.。]){1,6}[A-Za-z]{2,24}")),
    Shape(
        ID_NUMBER,
        re.compile(rf"{_FIRST}(?=([1-9](?:{_GAP}[0-9]){{16}}{_GAP}(?:[Xx]|[0-9]{_LAST})))"),
        lambda value, _before: _is_parted_id(value),
    ),
    Shape(
        BANK_CARD,
        re.compile(rf"{_FIRST}(?:{_CARD}){_LAST}"),
        lambda value, before: is_bank_card(value) and (_is_issued(value) or _CARD_WORD.search(before) is not None),
    ),
    Shape(
        ID_NUMBER,
        re.compile(rf"(?<![0-9A-Za-z])(?=((?:{_parted([(6, 6, 3)], _LINE_GAP)}|[1-9](?:(?:{_BREAK})?[0-9]){{14}})(?![0-9A-Za-z])))"),
        lambda value, _before: is_old_id_number(value),
    ),
    Shape(
        MOBILE,
        re.compile(
            rf"{_FIRST}(?:\(?(?:\+|00)?86\)?[ -]?|0)?(?=1[3-9])(?:[0-9]{{11}}|{_parted(_MOBILE_GROUPS, _LINE_GAP)}){_LAST}"
        ),
    ),
    Shape(
        LANDLINE,
        re.compile(rf"{_FIRST}(?:\(0[0-9]{{2,3}}\)[ -]?|0[0-9]{{2,3}}{_LINE_GAP})[1-9][0-9]{{2,3}}[ -]?[0-9]{{4}}{_LAST}"),
    ),
    Shape(  # without a sign between area code and number it may be any number
        LANDLINE,
        re.compile(rf"{_FIRST}0(?:10|2[0-9]|[3-9][0-9]{{2}})[2-8][0-9]{{6,7}}{_LAST}"),
        lambda _value, before: _LINE_WORD.search(before) is not None,
    ),
)
