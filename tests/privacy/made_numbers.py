"""Made-up private values in every form people write them, and numbers that are none; each draw by a seeded random.

    python tests/privacy/made_numbers.py [--size 20000] [--seed 1]

prints the share of valid forms found and of harmless numbers left alone, kind by kind: the table of docs/privacy.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple

from crmsheet.privacy.detect import find_private

PROVINCES = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65".split()
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
BEFORE = ("", "身份证", "客户说", "号码：", "联系（", "请核对 ", "，", "备注:", "已登记")
AFTER = ("", "，请核对", "。", "）", " 已登记", "；", "是本人", "\n谢谢")
ZERO = "\u200b\u200c\u200d\u2060\ufeff\u00ad"


class Text(NamedTuple):
    """A text, and how many private values of which kind stand in it."""

    text: str
    holds: Mapping[str, int]


# ---------------------------------------------------------------- values


def id_18(draw: random.Random) -> str:
    """GB 11643: region, birthday, serial, check character."""
    body = f"{draw.choice(PROVINCES)}{draw.randint(1, 30):02}{draw.randint(1, 99):02}{birthday(draw):%Y%m%d}{draw.randint(1, 999):03}"
    check = "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]
    return body + (check if draw.random() < 0.5 else check.lower())


def id_15(draw: random.Random) -> str:
    return f"{draw.choice(PROVINCES)}{draw.randint(1, 30):02}{draw.randint(1, 99):02}{birthday(draw):%y%m%d}{draw.randint(1, 999):03}"


def birthday(draw: random.Random) -> dt.date:
    return dt.date(1930, 1, 1) + dt.timedelta(days=draw.randint(0, 75 * 365))


def luhn(digits: str) -> str:
    """Digits with their check digit behind them."""
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def card(draw: random.Random) -> str:
    first, size = draw.choice([("62", 16), ("62", 17), ("62", 18), ("62", 19), ("60", 19), ("9558", 19), ("4", 16), ("5" + draw.choice("12345"), 16), ("35", 16)])
    return luhn(first + digits(draw, size - len(first) - 1))


def any_card(draw: random.Random) -> str:
    """One whose issuer is not known: told by the word before it."""
    return draw.choice(["卡号", "银行卡：", "账号 ", "信用卡号:", "储蓄卡"]) + luhn(draw.choice("1278") + digits(draw, draw.randint(14, 17)))


def mobile(draw: random.Random) -> str:
    return f"1{draw.randint(3, 9)}{digits(draw, 9)}"


def landline(draw: random.Random) -> str:
    area = draw.choice(["010", "021", "020", "025", "0592", "0755", "0571", "0311", "0898", "0991"])
    number = draw.choice("2345678") + digits(draw, 7 if len(area) == 3 else draw.choice([6, 7]))
    return draw.choice([f"{area}-{number}", f"({area}){number}", f"（{area}）{number}", f"{area} {number}", f"电话{area}{number}", f"{area}-{number[:-4]} {number[-4:]}"])


def mail(draw: random.Random) -> str:
    name = "".join(draw.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(draw.randint(1, 12)))
    middle = draw.choice(["", ".li", "_wang", "-01", "+crm"])
    return name + middle + "@" + draw.choice(["qq.com", "163.com", "company.com.cn", "mail.example.org", "x-y.cn", "12306.cn"])


def digits(draw: random.Random, count: int) -> str:
    return "".join(draw.choice("0123456789") for _ in range(count))


# ---------------------------------------------------------------- forms


def groups(value: str, sizes: tuple[int, ...], gap: str) -> str:
    parts, at = [], 0
    for size in sizes:
        parts.append(value[at : at + size])
        at += size
    return gap.join([*parts, value[at:]] if value[at:] else parts)


def wide(value: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in value)


def zero_width(value: str, draw: random.Random) -> str:
    for _ in range(draw.randint(1, 3)):
        at = draw.randint(1, len(value) - 1)
        value = value[:at] + draw.choice(ZERO) + value[at:]
    return value


def broken(value: str, draw: random.Random) -> str:
    """The line ends inside it."""
    at = draw.randint(1, len(value) - 1)
    return value[:at] + draw.choice(["\n", "\r\n", "\n ", " \n"]) + value[at:]


def formed(draw: random.Random, value: str, sizes: tuple[int, ...] = (), *, lines: bool = False) -> str:
    """A value as it is, full width, with invisible characters, and where it may be parted: in groups, over two lines."""
    gaps = [" ", "-", "\u00a0", "\u3000", "－", "–"]
    ways: list[Callable[[], str]] = [lambda: value, lambda: wide(value), lambda: zero_width(value, draw)]
    ways += [lambda: groups(value, sizes, draw.choice(gaps))] if sizes else []
    ways += [lambda: broken(value, draw)] if lines else []
    return draw.choice(ways)()


MADE: Mapping[str, tuple[str, Callable[[random.Random], str]]] = {
    "id, 18": ("id-number", lambda d: formed(d, id_18(d), d.choice([(6, 8), (6, 4, 4), (4, 4, 4, 4)]), lines=True)),
    "id, 15": ("id-number", lambda d: formed(d, id_15(d), (6, 6), lines=True)),
    "card": ("bank-card", lambda d: formed(d, card(d), (4, 4, 4, 4), lines=True)),
    "card, by its word": ("bank-card", lambda d: formed(d, any_card(d))),
    "mobile": ("mobile", lambda d: d.choice(["", "", "+86", "86-", "+86 ", "(+86)", "0086"]) + formed(d, mobile(d), d.choice([(3, 4), (4, 4), (3,)]))),
    "landline": ("landline", lambda d: formed(d, landline(d))),
    "mail": ("email", lambda d: formed(d, mail(d))),
}  # fmt: skip


def private_text(draw: random.Random, name: str) -> Text:
    """One to three values of one kind in a Chinese text, or alone in their cell."""
    kind, make = MADE[name]
    count = draw.choice([1, 1, 1, 2, 3])
    values = [make(draw) for _ in range(count)]
    body = draw.choice(["、", "；", "，", " / ", "和"]).join(values)
    return Text(body if draw.random() < 0.3 else draw.choice(BEFORE) + body + draw.choice(AFTER), {kind: count})


HARMLESS: Mapping[str, Callable[[random.Random], str]] = {
    "order numbers": lambda d: d.choice([
        f"DD{day(d):%Y%m%d}{digits(d, 6)}", f"{day(d):%Y%m%d}{digits(d, d.randint(4, 10))}", f"HT-{day(d):%Y}-{digits(d, 4)}",
        f"SO{digits(d, 10)}", f"{day(d):%Y%m%d%H%M%S}{digits(d, 4)}", f"PO-{day(d):%y%m}-{digits(d, 6)}", f"订单{day(d):%y%m%d}{digits(d, 8)}",
    ]),
    "dates": lambda d: d.choice([
        f"{day(d):%Y-%m-%d}", f"{day(d):%Y/%m/%d %H:%M}", f"{day(d):%Y%m%d}", f"{day(d):%Y%m%d%H%M%S}", f"{day(d):%Y年%m月%d日}",
        f"{day(d):%Y-%m-%d} {day(d):%Y-%m-%d}", f"{day(d):%Y.%m.%d}-{day(d):%Y.%m.%d}", f"{day(d):%Y-%m-%d %H:%M:%S}",
    ]),
    "serials": lambda d: d.choice([
        f"SN{digits(d, d.randint(8, 16))}", f"C{digits(d, 7)}", digits(d, d.randint(4, 10)), digits(d, d.choice([12, 13, 14, 16, 20])),
        f"{digits(d, 4)}-{digits(d, 4)}", f"9135020{digits(d, 8)}{d.choice('ABCDEFGH')}{digits(d, 1)}X", f"690{digits(d, 10)}", f"V{digits(d, 1)}.{digits(d, 2)}.{digits(d, 4)}",
        f"1Z{digits(d, 6)}{d.choice('ABC')}{digits(d, 9)}", f"SF{digits(d, 13)}", f"YT{digits(d, 13)}",
    ]),
    "amounts": lambda d: d.choice([f"{d.randint(1, 10**7):,}元", f"{d.randint(1, 9999)}万", f"￥{d.randint(1, 10**9)}.{digits(d, 2)}", f"{digits(d, 2)}%"]),
}  # fmt: skip


def day(draw: random.Random) -> dt.datetime:
    return dt.datetime(2015, 1, 1) + dt.timedelta(seconds=draw.randint(0, 12 * 365 * 86400))


def missed(name: str, size: int, draw: random.Random) -> tuple[int, int]:
    """(values of one kind that were not found, values made)."""
    lost = made = 0
    while made < size:
        text, holds = private_text(draw, name)
        found = Counter(hit.kind for hit in find_private(text))
        made += sum(holds.values())
        lost += sum(max(0, count - found[kind]) for kind, count in holds.items())
    return lost, made


def false_alarms(name: str, size: int, draw: random.Random) -> int:
    """Of ``size`` harmless numbers, each alone or in a text, how many were taken for something private."""
    numbers = [HARMLESS[name](draw) for _ in range(size)]
    return sum(bool(find_private(draw.choice(BEFORE) + number + draw.choice(AFTER))) for number in numbers)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print("| 真实形式 valid forms | made | found |\n|---|---|---|")
    for name in MADE:
        lost, made = missed(name, given.size, random.Random(given.seed))
        print(f"| {name} | {made:,} | {1 - lost / made:.3%} |")
    print("\n| 无害数字 harmless numbers | made | left alone |\n|---|---|---|")
    for name in HARMLESS:
        print(f"| {name} | {given.size:,} | {1 - false_alarms(name, given.size, random.Random(given.seed)) / given.size:.2%} |")


if __name__ == "__main__":
    main()
