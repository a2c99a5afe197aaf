"""Chinese numerals (五十, 一百二十, 一点五) as arabic ones, strictly: what does not print back the same is
not read.
"""

from __future__ import annotations

import re

_DIGITS = "零〇一二两三四五六七八九"
_FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟萬億兩貳參陸圓", "一二三四五六七八九十百千万亿两二三六元")
_RUN = re.compile(rf"(?<![\d.])[{_DIGITS}十百千万亿点]*[{_DIGITS}十][{_DIGITS}十百千万亿点]*")
_RUN_AND_YUAN = re.compile(rf"({_RUN.pattern})元?")
_BIG_TAIL = re.compile(r"(万亿|万|亿)$")


def to_arabic(text: str) -> str:
    """Replace each Chinese numeral in `text`, keeping one trailing 万 or 亿: 五十万 -> 50万, 一万五千 ->
    15000.

    A numeral that is no regular one (一百五, 五十万零) stays as it is, so that the grammar after this refuses
    it.
    """
    plain = text.translate(_FORMAL)
    return _RUN.sub(lambda match: _arabic(match.group()), plain)


def amounts_to_arabic(text: str) -> str:
    """`to_arabic` for money: a numeral with 万 or 亿 inside names its unit: 一万五千 -> 15000元."""
    plain = text.translate(_FORMAL)
    return _RUN_AND_YUAN.sub(lambda match: _amount(match.group(), match[1]), plain)


def _amount(written: str, run: str) -> str:
    number = _arabic(run)
    yuan = written.removeprefix(run)
    return number + "元" if number.isdigit() and re.search("[万亿]", run) else number + yuan


def has_numeral(text: str) -> bool:
    """Say whether `text` holds a Chinese digit; 万 or 亿 alone is a unit behind arabic digits."""
    return _RUN.search(text.translate(_FORMAL)) is not None


def _arabic(run: str) -> str:
    tail = _BIG_TAIL.search(run)
    body = run[: tail.start()] if tail else run
    unit = tail.group() if tail else ""
    if re.search("[万亿]", body):
        # 一亿二千万: the last 万 belongs to its own group only, so the whole is read and is plain 元
        body, unit = run, ""
    number = _decimal(body)
    return run if number is None else number + unit


def _decimal(body: str) -> str | None:
    whole, point, fraction = body.partition("点")
    number = _whole(whole)
    if number is None or not point:
        return None if number is None else str(number)
    digits = [_DIGITS.find(character) for character in fraction]
    if not digits or -1 in digits:
        return None
    return f"{number}." + "".join(str(_digit(character)) for character in fraction)


def _digit(character: str) -> int:
    return "零一二三四五六七八九".index(character.replace("〇", "零").replace("两", "二"))


def _whole(body: str) -> int | None:
    if len(body) == 1 and body in _DIGITS:  # 每周一次: most that are met, and the package below takes a tenth of a second to start
        return _digit(body)
    import cn2an  # type: ignore[import-untyped]

    try:
        number = cn2an.cn2an(body, "smart")
        spelled = cn2an.an2cn(int(number), "low")
    except (ValueError, KeyError, IndexError):  # it looks 一亿二 up in a table that ends before 亿
        return None
    return int(number) if _plain(spelled) == _plain(body) else None


def _plain(numeral: str) -> str:
    return re.sub("^一十", "十", numeral.replace("两", "二").replace("〇", "零"))
