"""Simulations and look backs as pages, of the review's own blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from crmsheet.lab.backtest import Backtested, Worth
from crmsheet.lab.backtest_lines import against_line, rhythm
from crmsheet.lab.simulate import Mover, Simulated
from crmsheet.policy.schema import Policy
from crmsheet.review.blocks import (
    Block,
    Chart,
    Column,
    ColumnKind,
    FlowChart,
    Link,
    Notice,
    Row,
    Section,
    Series,
    Table,
    Text,
    charts,
)
from crmsheet.review.heading import Heading, file_name
from crmsheet.texts import Lang, say


def simulate_heading(found: Simulated, lang: Lang) -> Heading:
    """Which workbook, which day, which rules."""
    rules = f"{found.before.policy_name} → {found.after.policy_name}"
    return _heading("sim_title", found.after.workbook, found.as_of.isoformat(), rules, lang)


def backtest_heading(found: Backtested, policy: Policy, workbook: str, lang: Lang) -> Heading:
    """Which workbook, which months, which rules."""
    return _heading("back_title", workbook, f"{found.span.first} – {found.span.last}", f"{policy.name} {policy.version}", lang)


def _heading(title: str, workbook: str, days: str, rules: str, lang: Lang) -> Heading:
    names = [say("lab", f"head_{one}", lang) for one in ("workbook", "days", "rules")]
    return Heading(say("lab", title, lang), tuple(zip(names, (file_name(workbook), days, rules), strict=True)))


def _columns(kinds: Mapping[str, ColumnKind], lang: Lang) -> tuple[Column, ...]:
    return tuple(Column(key, say("lab", f"col_{key}", lang), kind) for key, kind in kinds.items())


def simulate_sections(found: Simulated, lang: Lang) -> tuple[Section, ...]:
    """Who moves, what changes, what the week becomes."""

    def told(key: str, **params: object) -> str:
        return say("lab", key, lang, **params)

    movers: list[Row] = [_mover(found, one, lang) for one in found.movers]
    columns = (*_columns({"customer": "cell", "owner": "text", "before": "text", "after": "text", "how": "text"}, lang),
               Column("why", told("col_why"), width=60))  # fmt: skip
    table = Table("movers", told("page_movers"), columns, movers, empty=told("page_nobody"), main=True, filters=("owner", "before", "after"))
    owners: list[Row] = [(one.owner or told("nobody"), one.customers, f"{one.before:.1f}", f"{one.after:.1f}",
                          "—" if one.done is None else f"{one.done:.1f}", "—" if one.capacity is None else f"{one.capacity:g}") for one in found.owners]  # fmt: skip
    loads = _columns({"owner": "text", "customers": "int", "before": "text", "after": "text", "done": "text", "capacity": "text"}, lang)
    changes: list[Row] = [(change.text(lang),) for change in found.changes]
    return (
        Section("who", told("page_who"), (*_flow(found, lang), table)),
        Section("week", told("page_week"), (Text(told("sim_owners")), Table("loads", told("page_week"), loads, owners))),
        Section("rules", told("page_rules"), (Table("changes", told("page_rules"), (Column("change", told("col_change"), width=80),), changes,
                                                    empty=told("page_same")),)),
    )  # fmt: skip


def _mover(found: Simulated, one: Mover, lang: Lang) -> Row:
    person = found.after.customers.iloc[one.at]
    owner = person["owner"] if isinstance(person["owner"], str) else say("lab", "nobody", lang)
    how = say("lab", f"how_{one.how}", lang, tier=person["proposed_tier"])
    link = Link(str(person["name_shown"]), str(person["sheet"]), f"A{int(found.after.customers['row'].iloc[one.at])}")
    return link, owner, one.before, one.after, how, person["evidence"]


def _flow(found: Simulated, lang: Lang) -> tuple[Block, ...]:
    """Customers in each tier before and after, drawn; nothing to draw where nobody moves."""
    pairs = Counter(zip(found.before.customers["tier"].tolist(), found.after.customers["tier"].tolist(), strict=True))
    about = say("lab", "page_tiers", lang, tiers="; ".join(f"{tier} {one} → {two}" for tier, one, two in found.tiers))
    if not any(one != two for one, two in pairs):
        return (Text(about),)
    sides = (say("lab", "col_before", lang), say("lab", "col_after", lang))
    return FlowChart("tiers", say("lab", "page_flow", lang), tuple(tier for tier, *_ in found.tiers), dict(pairs), about, sides), Text(about)


def backtest_sections(found: Backtested, policy: Policy, names: Sequence[str], lang: Lang) -> tuple[Section, ...]:
    """What tiers were worth, month by month, who was neglected, the rhythm."""

    def told(key: str, **params: object) -> str:
        return say("lab", key, lang, **params)

    worth = tuple(block for name, one in found.worth.items() for block in _worth(name, one, lang)) if found.staged else (Notice("warn", told("back_no_stages")),)
    level = (Text(told("back_level", count=sum(len(one.against) for one in found.worth.values()))),) if found.staged else ()
    left = [told("back_undated", count=found.undated).strip()] if found.undated else []
    left += [told("back_rest", last=found.span.last, days=found.rest).strip()] if found.rest else []
    return (
        Section("worth", told("page_worth"), (*worth, *level)),
        Section("months", told("page_months"), (*map(Text, left), *_months(found, policy, lang))),
        Section("neglect", told("page_neglect"), _neglect(found, policy, names, lang)),
        Section("rhythm", told("page_rhythm"), (_rhythm(found, policy, lang),)),
    )  # fmt: skip


def _worth(name: str, worth: Worth, lang: Lang) -> tuple[Block, ...]:
    rows: list[Row] = [(tier, one.events, one.trials, one.rate, one.low, one.high) for tier, one in worth.shares.items()]
    columns = _columns({"tier": "text", "events": "int", "trials": "int", "rate": "percent", "low": "percent", "high": "percent"}, lang)
    table = Table(name, say("lab", f"back_outcome_{name}", lang).rstrip("：:"), columns, rows)
    verdicts = [Notice("good" if one.verdict in ("more", "less") else "plain", against_line(tier, one, lang).strip().removeprefix("→ "))
                for tier, one in worth.against.items()]  # fmt: skip
    return table, *verdicts


def _months(found: Backtested, policy: Policy, lang: Lang) -> tuple[Block, ...]:
    rows: list[Row] = [
        (month.span.first, month.recorded, month.rebuilt, *(n for one in month.tiers.values() for n in (one.customers, one.contacts)))
        for month in found.months
    ]  # fmt: skip
    columns = [*_columns({"month": "date", "recorded": "int", "rebuilt": "int"}, lang)]
    for tier in policy.tiers:
        columns += [Column(f"n.{tier}", say("lab", "col_of", lang, tier=tier), "int", 10), Column(f"c.{tier}", say("lab", "col_contacts", lang, tier=tier), "int", 10)]
    top = policy.tiers[0]
    line = Chart("silent", say("lab", "page_neglect_chart", lang, tier=top), "line", tuple(str(month.span.first) for month in found.months),
                 (Series(top, tuple(float(len(month.tiers[top].neglected)) if month.logged else None for month in found.months)),), "int",
                 say("lab", "back_neglect", lang, tier=top))  # fmt: skip
    return Table("months", say("lab", "page_months", lang), tuple(columns), rows), *charts(line)


def _neglect(found: Backtested, policy: Policy, names: Sequence[str], lang: Lang) -> tuple[Block, ...]:
    top, comma = policy.tiers[0], "、" if lang == "zh" else ", "
    rows: list[Row] = [
        (month.span.first, month.tiers[top].customers, len(month.tiers[top].neglected) if month.logged else None,
         comma.join(names[i] for i in month.tiers[top].neglected) if month.logged else say("lab", "page_unlogged", lang))
        for month in found.months
    ]  # fmt: skip
    columns = (Column("month", say("lab", "col_month", lang), "date", 12), Column("all", say("lab", "col_of", lang, tier=top), "int", 10),
               Column("silent", say("lab", "col_silent", lang), "int", 10), Column("who", say("lab", "col_who", lang), width=60))  # fmt: skip
    return (Table("neglected", say("lab", "back_neglect", lang, tier=top).rstrip("：:"), columns, rows),)


def _rhythm(found: Backtested, policy: Policy, lang: Lang) -> Table:
    rows: list[Row] = [
        (tier, policy.touches_of(tier)[0].interval.text(lang), "—" if (days := rhythm(found, tier)) is None else f"{days:.1f}") for tier in policy.tiers
    ]  # fmt: skip
    columns = _columns({"tier": "text", "ruled": "text", "really": "text"}, lang)
    return Table("rhythm", say("lab", "page_rhythm", lang), columns, rows)
