"""The director's page over all teams, of the review's own blocks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from crmsheet.model import Ratio
from crmsheet.review.blocks import (
    Block,
    Chart,
    Column,
    ColumnKind,
    Link,
    Metric,
    Metrics,
    Notice,
    Row,
    Section,
    Series,
    Table,
    Value,
    charts,
)
from crmsheet.review.heading import Heading
from crmsheet.review.words import Say
from crmsheet.rollup.across import Rollup, Shared, tier_names
from crmsheet.rollup.team import MOST_SILENT, Person, Silent, Team
from crmsheet.texts import Lang, say

_FIRST = 5  # rows of each list on the first screen
_DRAWN = 12  # teams in the picture


class _View(NamedTuple):
    """What is shown, from which folder its links are seen, in which language."""

    found: Rollup
    folder: Path
    lang: Lang

    def say(self, key: str, **params: object) -> str:
        return say("rollup", key, self.lang, **params)

    def column(self, key: str, kind: ColumnKind = "int", width: int = 10) -> Column:
        return Column(key, self.say(f"col_{key}"), kind, width)


def rollup_heading(found: Rollup, lang: Lang) -> Heading:
    """How many teams, which day."""
    told = say("rollup", "fact_teams_of", lang, judged=len(found.judged), all=len(found.teams))
    return Heading(say("rollup", "title", lang), ((say("rollup", "fact_teams", lang), told), (Say(lang)("as_of"), found.as_of.isoformat())))


def rollup_sections(found: Rollup, folder: Path, lang: Lang) -> tuple[Section, ...]:
    """What needs attention, the teams, the customers that they share, the neglected; ``folder``: in which the page will lie."""
    view = _View(found, folder, lang)
    return (
        _summary(view),
        Section("teams", view.say("teams"), (*_policies(view), _teams(view), *_picture(view))),
        Section("silent", view.say("silent"), (_silent(view),)),
        Section("shared", view.say("shared"), (_shared(view),)),
    )


def _summary(view: _View) -> Section:
    blocks: tuple[Block, ...] = (
        _headline(view), *_not_as_usual(view), Metrics(_totals(view)), _silent(view, _FIRST), _shared(view, _FIRST),
    )  # fmt: skip
    return Section("summary", Say(view.lang)("summary"), blocks)


def _headline(view: _View) -> Notice:
    counts = {
        "silent": sum(one.silent_count for one in view.found.teams), "shared": len(view.found.shared),
        "overdue": sum(one.overdue for one in view.found.teams), "waiting": sum(one.waiting for one in view.found.teams),
    }  # fmt: skip
    told = [view.say(f"headline_{key}", count=f"{count:,}") for key, count in counts.items() if count]
    if not told:
        return Notice("good", view.say("headline_nothing"))
    return Notice("warn", view.say("headline", what=Say(view.lang)("list_separator").join(told)))


def _not_as_usual(view: _View) -> list[Notice]:
    """Workbooks that are not counted, or that were not written, by name."""
    return [
        Notice("warn", view.say("busy", name=one.name, why=one.why)) if one.judged
        else Notice("bad", view.say(f"left_{one.state}", name=one.name, why=one.why))
        for one in view.found.teams if one.state != "done"
    ]  # fmt: skip


def _totals(view: _View) -> tuple[Metric, ...]:
    words, teams = Say(view.lang), view.found.judged
    tiers = {tier: sum(one.tiers.get(tier, 0) for one in teams) for tier in tier_names(teams)}
    overdue, left = sum(one.overdue for one in teams), sum(one.waiting for one in teams)
    silent, errors = sum(one.silent_count for one in teams), sum(one.findings["error"] for one in teams)
    noted = " · ".join(f"{words.word('tier', tier)} {count:,}" for tier, count in tiers.items() if count)
    return (
        Metric(words("customers"), f"{sum(one.customers for one in teams):,}", noted, see="teams"),
        Metric(words("overdue_tasks"), f"{overdue:,}", "", "bad" if overdue else "good", see="teams"),
        Metric(view.say("silent"), f"{silent:,}", "", "bad" if silent else "good", see="silent"),
        Metric(view.say("shared"), f"{len(view.found.shared):,}", "", "warn" if view.found.shared else "good", see="shared"),
        Metric(words("to_approve"), f"{left:,}", "", "warn" if left else "good", see="teams"),
        Metric(view.say("col_errors"), f"{errors:,}", "", "bad" if errors else "plain", see="teams"),
    )


def _policies(view: _View) -> tuple[Notice, ...]:
    """That tiers of one name do not mean the same, where teams follow several policies."""
    names = sorted({one.policy for one in view.found.judged})
    return (Notice("warn", view.say("policies", names=Say(view.lang)("list_separator").join(names))),) if len(names) > 1 else ()


def _teams(view: _View) -> Table:
    tiers = tier_names(view.found.judged)
    rows = [(_link(one, view), *(one.tiers.get(tier) for tier in tiers), *_figures(one)) for one in view.found.judged]
    columns = (
        view.column("team", "cell", 24), *(Column(f"tier.{tier}", Say(view.lang).word("tier", tier), "int", 8) for tier in tiers),
        *map(view.column, ("customers", "tasks", "overdue")), view.column("overdue_rate", "percent"),
        *map(view.column, ("waiting", "neglected", "errors", "warnings", "contacts", "planned")),
        *(view.column(name, "percent", 12) for name in ("coverage", "silent_rate", "sound_rate")), view.column("policy", "text", 12),
    )  # fmt: skip
    return Table("teams", view.say("teams"), columns, rows, empty="—", main=True)


def _figures(one: Team) -> Row:
    done, planned = one.contacts, one.planned
    coverage = done / planned if done is not None and planned else None
    return (
        one.customers, one.tasks, one.overdue, _rate(one, "overdue_rate"), one.waiting, one.neglected, one.findings["error"],
        one.findings["warning"], done, None if planned is None else round(planned), coverage, _rate(one, "silent_rate"), _rate(one, "sound_rate"), one.policy,
    )  # fmt: skip


def _rate(one: Team, name: str) -> float | None:
    return one.indicators.get(name, Ratio(0, 0)).value


def _link(one: Team, view: _View) -> Value:
    """The team, leading to its own review."""
    page = one.outputs.get("html") or one.outputs.get("xlsx")
    return Link(one.name, page=_seen(Path(page), view.folder)) if page else one.name


def _seen(page: Path, folder: Path) -> str:
    try:
        return os.path.relpath(page.absolute(), folder.absolute())
    except ValueError:  # on another drive
        return str(page.absolute())


def _picture(view: _View) -> tuple[Chart, ...]:
    worst = sorted((one for one in view.found.judged if one.overdue), key=lambda one: -one.overdue)[:_DRAWN]
    bars = Series(view.say("col_overdue"), tuple(float(one.overdue) for one in worst))
    return charts(Chart("overdue", view.say("overdue_chart"), "bars", tuple(one.name for one in worst), (bars,), "int",
                        view.say("overdue_about", teams=len(worst))))  # fmt: skip


def _silent(view: _View, most: int | None = None) -> Table:
    words = Say(view.lang)
    rows = [_silent_row(team, one, view) for team, one in view.found.silent[:most]]
    columns: tuple[Column, ...] = (
        view.column("team", "cell", 12 if most else 24), Column("customer", words("customer"), width=24), Column("owner", words("owner"), width=10),
        Column("tier", words("tier"), width=8), Column("days", words("days_silent"), "int", 10), Column("last", words("last_followup"), width=14),
        view.column("late"),
    )  # fmt: skip
    if most is None:
        columns = (*columns, Column("id", words("customer_id"), width=12), view.column("where", "text", 18))
    left = sum(one.silent_count - len(one.silent) for one in view.found.teams)
    more = view.say("silent_more", most=MOST_SILENT, count=f"{left:,}") if left else ""
    return Table("silent", view.say("silent"), columns, [row[: len(columns)] for row in rows], empty=view.say("silent_none"),
                 main=most is None, note=_more(len(view.found.silent), most, view) if most else more, see="silent" if most else None)  # fmt: skip


def _more(count: int, most: int, view: _View) -> str:
    return Say(view.lang)("more_customers", count=count - most) if count > most else ""


def _silent_row(team: Team, one: Silent, view: _View) -> Row:
    last = one.last.isoformat() if one.last else Say(view.lang)("never")
    return _link(team, view), one.who.name, one.who.owner, one.who.tier, one.days, last, one.late or None, one.who.id, one.who.cell


def _shared(view: _View, most: int | None = None) -> Table:
    found, words = view.found.shared, Say(view.lang)
    if most is not None:
        brief = (Column("name", words("customer"), width=26), Column("count", view.say("shared_count"), "int", 8), Column("teams", view.say("col_team"), width=40))
        rows: list[Row] = [(one.name, len(one.entries), "、".join(team.name for team, _ in one.entries)) for one in found[:most]]
        return Table("shared", view.say("shared"), brief, rows, empty=view.say("shared_none"), note=_more(len(found), most, view), see="shared")
    columns = (
        Column("name", view.say("shared"), width=26), view.column("team", "cell", 24), Column("customer", words("customer"), width=26),
        Column("id", words("customer_id"), width=12), Column("owner", words("owner"), width=10), Column("tier", words("tier"), width=8),
        view.column("where", "text", 18),
    )  # fmt: skip
    rows = [_entry(one, team, person, view) for one in found for team, person in one.entries]
    return Table("shared", view.say("shared"), columns, rows, empty=view.say("shared_none"), note=view.say("shared_note"), group="name", main=True)


def _entry(one: Shared, team: Team, person: Person, view: _View) -> Row:
    return one.name, _link(team, view), person.name, person.id, person.owner, person.tier, person.cell


def names_of(teams: Sequence[Team]) -> list[str]:
    """The tiers by which an Excel file colours its rows."""
    return tier_names(teams)[:-1]
