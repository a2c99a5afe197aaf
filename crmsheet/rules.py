"""Which rules a run follows: the policy that was asked for or told by the workbook, with what the workbook itself lays down."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from crmsheet.judge.fields import check_fields
from crmsheet.judge.from_workbook import Adopted, adopt
from crmsheet.model import Finding
from crmsheet.plan.from_workbook import Followed, adopt_strategies
from crmsheet.policy.choose import Choice, choose_policy
from crmsheet.policy.schema import Policy
from crmsheet.policy.settings import Settings
from crmsheet.reading import Tables
from crmsheet.texts import Lang


class Rules(NamedTuple):
    """A policy, why it is this one (for people), and what of the workbook's own rules could not be followed."""

    policy: Policy
    why: str
    findings: tuple[Finding, ...]


def rules_for(tables: Tables, asked: str | None, told: str | None, settings: Settings, folder: Path, lang: Lang) -> Rules:
    """``asked``: on the command line; ``told``: by earlier runs of the workbook.  Raises PolicyError."""
    customers = tables.customers
    fields = {name for region in customers.regions for name in region.fields}
    words = [str(word) for word in customers.frame["tier"].dropna().unique()]
    choice = choose_policy(asked, settings, folder, told, words, fields)
    check_fields(choice.policy)
    adopted, followed = Adopted(choice.policy, (), []), Followed(choice.policy, (), [])
    if settings.policy.from_workbook:
        adopted = adopt(choice.policy, tables.classes, settings.tiers)
        followed = adopt_strategies(adopted.policy, tables.classes, settings.tiers)
    return Rules(followed.policy, _why(choice, adopted.cells, followed.cells, lang), (*adopted.findings, *followed.findings))


def _why(choice: Choice, thresholds: Sequence[str], strategies: Sequence[str], lang: Lang) -> str:
    told = [choice.zh if lang == "zh" else choice.en]
    for cells, zh, en in ((thresholds, "金额界限取自", "its thresholds are those in"), (strategies, "跟进策略取自", "its strategies are those in")):
        if cells:
            told.append(f"{zh} {'、'.join(cells)}" if lang == "zh" else f"{en} {'、'.join(cells)}")
    return ("；" if lang == "zh" else "; ").join(told)
