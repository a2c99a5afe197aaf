"""Texts for people, Chinese and English side by side in ``templates/locale/*.toml``.

A file holds one table a text: ``[key]`` with ``zh`` and ``en``; braces are filled by ``str.format``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from functools import cache
from itertools import islice
from typing import Any, Literal

from crmsheet.resources import template_text

Lang = Literal["zh", "en"]


@cache
def _load(area: str) -> dict[str, dict[str, str]]:
    return tomllib.loads(template_text(f"locale/{area}.toml"))


@cache
def texts(area: str, lang: Lang) -> dict[str, str]:
    """All texts of one area in one language: key → sentence, braces unfilled."""
    return {key: entry[lang] for key, entry in _load(area).items()}


def say(area: str, key: str, lang: Lang, **params: Any) -> str:
    """One text, filled.  Raises KeyError for an unknown key: a text that is missing is a fault of ours."""
    return texts(area, lang)[key].format(**params)


def both(key: str, area: str = "cli", /, **params: Any) -> tuple[str, str]:
    """One text, filled, in Chinese and in English: what a refusal is made of."""
    return say(area, key, "zh", **params), say(area, key, "en", **params)


def listed(items: Collection[str], lang: Lang, most: int = 10) -> str:
    """Some names in a row, and how many there are when they are more than ``most``."""
    comma, more = ("、", "等 {count} 处") if lang == "zh" else (", ", " … ({count} in all)")
    shown = comma.join(islice(items, most))
    return shown if len(items) <= most else shown + more.format(count=len(items))
