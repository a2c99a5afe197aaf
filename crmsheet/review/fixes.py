"""Findings by what mends them and by whose rows they are: which fix clears how many, and who has to do it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from crmsheet.findings import hint, severity, title
from crmsheet.model import Finding, Outcome, Severity
from crmsheet.review.blocks import Column, Row, Table
from crmsheet.review.frames import finding_customers, once, range_link, texts
from crmsheet.review.words import SEVERITY_TONES, Say

RANK: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}
_OWNERS = 4  # named beside a fix; the rest is counted


def fix_table(outcome: Outcome, say: Say) -> Table:
    """One row a fix: how many findings it clears, of what kinds, whose they are; what is worst first, then what clears most."""
    whose, groups = finding_owners(outcome, say), dict[str, list[int]]()
    for at, fix in enumerate(_hints(outcome, say)):
        groups.setdefault(fix, []).append(at)
    worst = {fix: min(RANK[severity(outcome.findings[at])] for at in some) for fix, some in groups.items()}
    order = sorted(groups, key=lambda fix: (worst[fix], -len(groups[fix]), fix))
    rows = [_fix(fix, [outcome.findings[at] for at in groups[fix]], Counter(whose[at] for at in groups[fix]), say) for fix in order]
    columns = (
        Column("fix", say("hint"), width=44),
        Column("count", say("clears"), "int", 9),
        Column("severity", say("severity"), width=10, tones=say.tones("severity", SEVERITY_TONES)),
        Column("problem", say("problem"), width=26),
        Column("owners", say("whose"), width=34),
        Column("cells", say("cells"), "cell", 30),
    )
    return Table("fixes", say("by_fix"), columns, rows, note=say("by_fix_note", all=f"{len(outcome.findings):,}", fixes=f"{len(rows):,}"))


def _fix(fix: str, found: Sequence[Finding], whose: Counter[str], say: Say) -> Row:
    problems = dict.fromkeys(title(one.code, say.lang) for one in found)
    worst = min((severity(one) for one in found), key=RANK.__getitem__)
    cells = [str(one.where) for one in found if one.where]
    return (fix, len(found), say.word("severity", worst), say("list_comma").join(problems), _counted(whose, say), range_link(cells))


def _counted(whose: Counter[str], say: Say) -> str:
    named = [say("owner_count", owner=owner, count=f"{count:,}") for owner, count in whose.most_common(_OWNERS)]
    left = [say("more_owners_short", count=len(whose) - _OWNERS)] if len(whose) > _OWNERS else []
    return say("list_comma").join([*named, *left])


def owner_findings(outcome: Outcome, say: Say) -> Table:
    """One row an owner: findings in his customers' rows by severity, how many customers, and what mends most of them."""
    whose, places = finding_owners(outcome, say), finding_customers(outcome)
    of_owner: dict[str, list[int]] = {}
    for at, owner in enumerate(whose):
        of_owner.setdefault(owner, []).append(at)
    order = sorted(of_owner, key=lambda owner: (owner == say("nobodys_rows"), *_badness(outcome.findings[at] for at in of_owner[owner]), owner))
    rows = [_owner(owner, of_owner[owner], outcome, places, say) for owner in order]
    columns = (
        Column("owner", say("owner"), width=26),
        *(Column(name, say.word("severity", name).capitalize(), "int", 8) for name in RANK),
        Column("total", say("total"), "int", 8),
        Column("customers", say("customers_concerned"), "int", 10),
        Column("fix", say("first_fix"), width=44),
    )
    return Table("by_owner", say("findings_by_owner"), columns, rows, note=say("findings_by_owner_note"))


def _owner(owner: str, at: Sequence[int], outcome: Outcome, places: Sequence[int | None], say: Say) -> Row:
    found = [outcome.findings[one] for one in at]
    counts = Counter(severity(one) for one in found)
    (fix, count), *_ = Counter(_hints(outcome, say)[one] for one in at).most_common(1)
    customers = len({places[one] for one in at} - {None})
    return (owner, *(counts[name] for name in RANK), len(found), customers, say("fix_clears", fix=fix, count=count))


def _badness(found: Iterable[Finding]) -> tuple[int, ...]:
    counts = Counter(severity(one) for one in found)
    return tuple(-counts[name] for name in RANK)


@once
def _hints(outcome: Outcome, say: Say) -> list[str]:
    return [hint(found, say.lang) for found in outcome.findings]


@once
def finding_owners(outcome: Outcome, say: Say) -> list[str]:
    """For each finding the owner of the customer in whose row it stands; for the others that they are nobody's."""
    owners = texts(outcome.customers, "owner")
    return [say("nobodys_rows") if place is None else owners[place] or say("no_owner") for place in finding_customers(outcome)]
