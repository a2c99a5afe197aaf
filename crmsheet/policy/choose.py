"""Which policy a workbook gets: asked for, settled in crmsheet.toml, or told by the words of its tier column."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from crmsheet.errors import PolicyError
from crmsheet.policy.load import load_policy, parse_policy, preset_names, preset_text
from crmsheet.policy.schema import Policy
from crmsheet.policy.settings import Settings
from crmsheet.values.tiers import parse_tier

# Where a workbook made by ``crmsheet init`` says which preset it follows: a cell that people can read and change.
GUIDE_SHEET, POLICY_NAME, POLICY_CELL = "使用说明", "crmsheet_policy", (3, 2)
_LETTERS = ("S", "A", "B", "C")
_CRM_AMOUNTS = ("annual_amount", "expected_amount", "amount")


class Choice(NamedTuple):
    """A policy and why it was chosen, in both languages."""

    policy: Policy
    zh: str
    en: str


def choose_policy(
    asked: str | None, settings: Settings, folder: Path, told: str | None, words: Collection[str], fields: Collection[str]
) -> Choice:
    """``told``: what the workbook's own policy cell says; ``words``: the distinct texts of the tier column, ``fields``
    the columns there.  Raises PolicyError."""
    if asked:
        return Choice(load_policy(asked), "由 --policy 指定", "asked for by --policy")
    if settings.policy:
        return Choice(load_policy(settings.policy, folder), "由 crmsheet.toml 指定", "settled in crmsheet.toml")
    if told:
        return Choice(_preset(told), "由工作簿的“使用说明”指定", "settled in the workbook's 使用说明")
    name, zh, en = _by_words(words, fields, settings.tiers)
    return Choice(load_policy(name), zh, en)


def _preset(told: str) -> Policy:
    """The preset that a workbook names.  Raises PolicyError that says where it stands: a file is no preset."""
    try:
        return parse_policy(preset_text(told), told)
    except PolicyError as error:
        raise PolicyError(f"“{GUIDE_SHEET}”的评级规则（名称 {POLICY_NAME}）: {error.zh}", f"the name {POLICY_NAME}: {error.en}") from error


def _by_words(words: Collection[str], fields: Collection[str], own: Mapping[str, str]) -> tuple[str, str, str]:
    segments = load_policy("strategy").tiers
    if any(parse_tier(word, segments, own) in segments for word in words):
        return "strategy", "等级列使用四类客户分型", "the tier column holds segments"
    letters = {parse_tier(word, _LETTERS, own) for word in words}
    if "S" in letters:
        return "priority", "等级列中有 S 级", "the tier column holds an S"
    if "C" in letters and any(name in fields for name in _CRM_AMOUNTS):
        return "crm", "等级列有 C 级、没有 S 级，且有合作金额", "the tier column holds a C and no S, and there is an amount"
    if "C" in letters:
        return "followup", "等级列有 C 级、没有 S 级", "the tier column holds a C and no S"
    return "priority", "没有等级可供判断，采用默认策略", "no tier to tell by: the default"


@cache
def _preset_tiers(name: str) -> tuple[str, ...]:
    return load_policy(name).tiers


def presets_that_know(word: str, besides: str) -> list[str]:
    """Presets, other than the one in use, that have a tier of that word."""
    return [name for name in preset_names() if name != besides and parse_tier(word, _preset_tiers(name), {})]
