"""How a person's data is shown: 张*, 138****5678, w***@company.com. A value that is masked already stays as
it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

from crmsheet.values.people import is_masked

# What a phone cell may hold, tried in this order at every place: two numbers in one cell are normal, and so
# is a WeChat name beside them.
_PHONE_CELL = re.compile(
    r"(?<![0-9])(?:\+?86[- ]?)?(?P<head>1[3-9]\d)[- ]?\d{4}[- ]?(?P<tail>\d{4})(?![0-9])"
    r"|(?<![0-9])(?P<area>\(0\d{2,3}\) ?|0\d{2,3}[- ]?|)[1-9]\d{3,4}(?P<last>\d{3})(?:-\d{1,6})?(?![0-9])"
    r"|(?P<mail>[^@\s/、,;]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24})"
    r"|(?P<other>[0-9A-Za-z_*][0-9A-Za-z_*.-]*)",
    re.ASCII,
)
_EMAIL = re.compile(r"(?P<first>[^@\s])[^@\s]{0,63}@(?P<domain>[^@\s]+)")
_DIGIT = re.compile(r"\d")
_LONG_NUMBER = re.compile(r"\d{7,}")
# A star beside a whole number or mail (a required mark) masks nothing.
_BARE = re.compile(r"[0-9]{5}|[0-9A-Za-z]@")

# Surnames of two characters, so that 欧阳娜娜 is 欧阳* and not 欧*.
_DOUBLE = frozenset(
    [
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "令狐",
        "慕容",
        "司徒",
        "司空",
        "夏侯",
        "宇文",
        "长孙",
        "端木",
        "百里",
        "东郭",
        "南宫",
        "西门",
        "独孤",
        "申屠",
        "太史",
        "轩辕",
        "闻人",
        "澹台",
        "赫连",
        "钟离",
    ]
)


def mask_name(name: str) -> str:
    """Keep the surname: 张三丰 -> 张*, 欧阳娜娜 -> 欧阳*, John Smith -> J*."""
    plain = name.strip()
    if not plain or is_shown_masked(plain):
        return name
    kept = 2 if plain[:2] in _DOUBLE and len(plain) > 2 else 1
    return plain[:kept] + "*"


def mask_phone(phone: str) -> str:
    """Keep three digits and four of a mobile (138****5678), the area code and three of a landline
    (0592-****123).

    Every number of a cell is masked. Of another number the last two digits are kept, of a word in Latin
    letters (a WeChat name) the first.
    """
    if is_shown_masked(phone):
        return phone
    return _PHONE_CELL.sub(_mask_part, unicodedata.normalize("NFKC", phone).strip())


def mask_email(email: str) -> str:
    """Keep the first character and the domain: wang@company.com -> w***@company.com."""
    if is_shown_masked(email):
        return email
    plain = unicodedata.normalize("NFKC", email).strip()
    masked = _EMAIL.sub(_mask_mail, plain)
    if not plain or (masked != plain and not _BARE.search(masked)):
        return masked
    return plain[0] + "***"


def mask_id_number(number: str) -> str:
    """Keep the region and nothing of the person: 110101199003071234 -> 110***************."""
    return _mask_tail(number, keep=3)


def mask_bank_card(number: str) -> str:
    """Keep the last four digits: 6222020200112233 -> ************2233."""
    if is_shown_masked(number):
        return number
    digits = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", number))
    return "*" * max(4, len(digits) - 4) + digits[-4:] if len(digits) > 8 else "****"


def mask_contact(kind: str, text: str) -> str:
    """Mask `text` of `kind` name, phone, email, id-number or bank-card; another kind wholly (****)."""
    masker = _MASKERS.get(kind)
    if masker is None:
        return text if not text or is_shown_masked(text) else "****"
    return masker(text)


def is_shown_masked(text: str) -> bool:
    """Say whether `text` is masked and shows no whole number or mail beside its stars."""
    return is_masked(text) and not _BARE.search(unicodedata.normalize("NFKC", text))


def _mask_mail(match: re.Match[str]) -> str:
    first = "" if match["first"] == "*" else match["first"]
    # 163.com and 12306.cn are domains; a longer number may be somebody's
    return f"{first}***@{_LONG_NUMBER.sub('****', match['domain'])}"


def _mask_part(match: re.Match[str]) -> str:
    if match["head"]:
        return f"{match['head']}****{match['tail']}"
    if match["last"]:
        return f"{match['area']}****{match['last']}"
    if match["mail"]:
        return mask_email(match["mail"])
    return _mask_other(match["other"])


def _mask_other(part: str) -> str:
    digits = len(_DIGIT.findall(part))
    if is_shown_masked(part) or (part.strip("-.").isdigit() and digits < 5):
        return part
    if re.search("[A-Za-z]", part):
        return part[0] + "***"
    return _DIGIT.sub("*", part, count=digits - 2)


def _mask_tail(text: str, keep: int) -> str:
    if is_shown_masked(text):
        return text
    plain = unicodedata.normalize("NFKC", text).strip()
    return plain[:keep] + "*" * (len(plain) - keep) if len(plain) > keep else "*" * len(plain)


_MASKERS: Mapping[str, Callable[[str], str]] = {
    "name": mask_name,
    "phone": mask_phone,
    "email": mask_email,
    "id-number": mask_id_number,
    "bank-card": mask_bank_card,
}
