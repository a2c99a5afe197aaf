"""Every finding, grouped by what it is, each with its cell."""

from __future__ import annotations

from collections import Counter

from crmsheet.findings import CATALOGUE, hint, message, severity, shown_source, title, worst
from crmsheet.model import Finding, Outcome
from crmsheet.review.blocks import Column, Link, Row, Section, Table
from crmsheet.review.fixes import RANK, finding_owners, fix_table, owner_findings
from crmsheet.review.frames import customer_links, finding_customers, held_customers
from crmsheet.review.words import SEVERITY_TONES, Say
from crmsheet.texts import Lang


def finding_anchor(position: int) -> str:
    """The anchor of a finding's row in the review; ``position`` counts in ``Outcome.findings``."""
    return f"f{position}"


def findings(outcome: Outcome, lang: Lang) -> Section:
    """How often each problem stands there, what mends how many, whose they are; then every one, worst and most frequent kind first."""
    say = Say(lang)
    tables = [health_table(outcome, lang)]
    if outcome.findings:
        tables += [fix_table(outcome, say), owner_findings(outcome, say), _every_finding(outcome, say)]
    return Section("findings", say("findings"), tuple(tables))


def health_table(outcome: Outcome, lang: Lang, most: int | None = None) -> Table:
    """How often each problem stands in the data, worst first."""
    say = Say(lang)
    counts = Counter(finding.code for finding in outcome.findings)
    grades = worst(outcome.findings)
    codes = sorted(counts, key=lambda code: (RANK[grades[code]], -counts[code], code))
    shown = codes[:most]
    rows = [(title(code, lang), say.word("severity", grades[code]), counts[code], code) for code in shown]
    left = len(codes) - len(shown)
    columns = (
        Column("problem", say("problem"), width=26),
        Column("severity", say("severity"), width=10, tones=say.tones("severity", SEVERITY_TONES)),
        Column("count", say("count"), "int", width=8),
        Column("code", say("code"), width=26),
    )
    return Table(
        "health", say("data_health"), columns, rows, empty=say("no_findings"),
        note=say("more_kinds", count=left) if left else "", see="findings" if left else None,
    )  # fmt: skip


def severity_counts(outcome: Outcome) -> dict[str, int]:
    """Findings by severity, worst first; all three are named."""
    counts = Counter(severity(finding) for finding in outcome.findings)
    return {name: counts[name] for name in RANK}


def _every_finding(outcome: Outcome, say: Say) -> Table:
    order = _in_groups(outcome.findings)
    customers, held = finding_customers(outcome), held_customers(outcome)
    places = [customers[at] for at in order]
    named = dict(zip(known := [place for place in places if place is not None],
                     customer_links(outcome, known), strict=True))  # fmt: skip
    whose = finding_owners(outcome, say)
    rows = [_row(outcome.findings[at], None if place is None else named[place], "" if place is None else whose[at], say)
            for at, place in zip(order, places, strict=True)]  # fmt: skip
    return Table(
        "every", say("every_finding"), _columns(say), rows, group="problem", main=True,
        anchors=[finding_anchor(at) for at in order],
        rank=[RANK[severity(outcome.findings[at])] for at in order],
        held=None if held is None else [place is None or bool(held[place]) for place in places],
    )  # fmt: skip


def _in_groups(found: tuple[Finding, ...]) -> list[int]:
    counts = Counter(finding.code for finding in found)

    def key(at: int) -> tuple[int, int, str, str, int, int]:
        code, where = found[at].code, found[at].where
        sheet, row, column = where or ("", 0, 0)
        return (RANK[severity(found[at])], -counts[code], code, sheet, row, column)

    return sorted(range(len(found)), key=key)


def _row(finding: Finding, name: Link | None, owner: str, say: Say) -> Row:
    where = finding.where
    return (
        title(finding.code, say.lang),
        say.word("severity", severity(finding)),
        Link(str(where), where.sheet, where.a1) if where else None,
        name,
        owner,
        finding.value,
        message(finding, say.lang),
        hint(finding, say.lang),
        finding.code,
        shown_source(CATALOGUE[finding.code].source),
    )


def _columns(say: Say) -> tuple[Column, ...]:
    return (
        Column("problem", say("problem"), width=20),
        Column("severity", say("severity"), width=8, tones=say.tones("severity", SEVERITY_TONES)),
        Column("cell", say("cell"), "cell", 24),
        Column("customer", say("customer"), width=24),
        Column("owner", say("owner"), width=10),
        Column("value", say("cell_value"), width=20),
        Column("message", say("message"), width=50),
        Column("hint", say("hint"), width=40),
        Column("code", say("code"), width=20),
        Column("source", say("source"), width=10),
    )
