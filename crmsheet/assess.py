"""All stages of a run that take values and return values, in their order; the only place that knows it.

read → judge → remember → move → plan → rate → check → score → look → what would be written
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from crmsheet import findings as catalogue
from crmsheet.approval import bulk_approval, repeated
from crmsheet.arrays import Times, is_none
from crmsheet.checks.all_checks import check_all
from crmsheet.checks.context import Context
from crmsheet.decisions.apply import answer_adjustments, answer_proposals, take_all, verdicts
from crmsheet.decisions.read import read_review
from crmsheet.handover import handovers
from crmsheet.insight.facts import Facts as TeamFacts
from crmsheet.insight.facts import known_since, stage_history, tier_moves
from crmsheet.insight.look import look
from crmsheet.judge.changes import joined_texts
from crmsheet.judge.judge import gap_mask, judge
from crmsheet.judge.next_tier import next_tiers
from crmsheet.judge.score_terms import score_terms
from crmsheet.judge.scores import score_all
from crmsheet.judge.strategies import count_classes, rate_strategies
from crmsheet.judge.words import policy_rules
from crmsheet.memory.ledger import Entry
from crmsheet.memory.recall import Recalled, recall
from crmsheet.memory.runs import before as run_before
from crmsheet.memory.runs import days_before, last_written, month_before
from crmsheet.mirror import read_mirror
from crmsheet.model import Finding, Outcome, Period, RunRecord
from crmsheet.moves.moves import move_all
from crmsheet.moves.standing import stand
from crmsheet.outcome import assemble, shown_findings, shown_names, shown_strategies
from crmsheet.outside import open_outside
from crmsheet.owned import read_owned
from crmsheet.past import pasts
from crmsheet.plan.adjustments import attainments, with_adjustments
from crmsheet.plan.calendar import WorkCalendar
from crmsheet.plan.contacts import join_contacts
from crmsheet.plan.decided import BULK, cells_of, decide, noted, with_ids
from crmsheet.plan.plan import plan
from crmsheet.plan.team import Team, team_of
from crmsheet.policy.settings import Settings
from crmsheet.privacy.detect import scrub
from crmsheet.progress import Progress, silent
from crmsheet.reading import Tables, read_tables, told_policy
from crmsheet.record import former_copy
from crmsheet.rules import rules_for
from crmsheet.tables.persons import persons
from crmsheet.tables.row_keys import inherited
from crmsheet.tables.spec import RUNS
from crmsheet.tables.table import Table
from crmsheet.tags import Facts, tag_column
from crmsheet.texts import Lang
from crmsheet.workbook import Workbook
from crmsheet.writeback import Filling

Scalar = str | int | dt.date | None
FIRST_LOOK = 30  # days of the log that a first run looks at one by one


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is asked for; every command fills in the same."""

    as_of: dt.date
    policy: str | None = None
    period: Period = "week"
    password: str | None = None
    lang: Lang = "zh"
    approve: str | None = None  # all, adjustments, or a tier: what the lead agrees to in bulk
    approver: str | None = None
    decisions: tuple[Path, ...] = ()  # Excel reviews in which people decided
    review_password: str | None = None  # of these reviews
    logs: tuple[Path, ...] = ()  # workbooks that hold follow-ups, beside those of the team's own


@dataclass(frozen=True)
class Assessment:
    """What a run found out, and what it would write."""

    outcome: Outcome
    tables: Tables
    filling: Filling
    settings: Settings
    team: Team
    team_cells: tuple[tuple[Table, str, int, Scalar], ...]  # table, field, row, value: cells of the team's that a run may set
    recalled: Recalled
    entries: tuple[Entry, ...]  # what the ledger gets
    private: frozenset[str]  # keys of customers that are names of persons
    written: Mapping[str, str]  # values of the team's tables that are ours, by place


def assess(book: Workbook, options: Options, settings: Settings, folder: Path, progress: Progress = silent) -> Assessment:
    """All stages that take values and return values."""
    with ExitStack() as opened:
        logs, register = open_outside(book.path, options.logs, options.password, settings.source, folder, opened)
        tables = read_tables(book, settings, options.as_of, logs, register)
    for name in tables.only_read:
        book.sheet(name).release()
    customers, log = tables.customers, tables.followups
    progress("judge", len(customers))
    rules = rules_for(tables, options.policy, told_policy(book), settings, folder, options.lang)
    policy = rules.policy
    reviews = [read_review(one, options.review_password) for one in options.decisions]
    team, unsettled = team_of(settings, tables.people)
    asked = bulk_approval(options.approve, options.approver, team.lead, settings, policy)
    judged = judge(policy, settings.tiers, customers, options.as_of)
    contacts = join_contacts(customers, log, options.as_of)
    owned = read_owned(book, customers, tables.written, settings.writeback.columns)
    now = stand(policy, settings.tiers, team.lead, customers, judged.frame, owned)
    recalled = recall(
        book, now.key, now.ledger_key, owned.snapshot, read_mirror(book.path), options.as_of, enabled=settings.ledger.enabled
    )
    before = inherited(last_written(recalled.runs), tables.strategy)
    taken = take_all(reviews, team.lead, recalled.memory, tables.strategy, before)
    now = answer_proposals(taken, now, recalled.memory)
    approval = None if asked is None or repeated(asked, recalled.runs, options.as_of) else asked
    moved = move_all(
        policy, customers, log, contacts, judged, now, recalled.memory, names := shown_names(customers), approval, options.as_of
    )
    changes = next_tiers(policy, customers, judged, moved.frame, options.as_of)
    tiers, stages = (moved.frame["tier_effective"].to_numpy(dtype=object), customers.frame["stage"].to_numpy(dtype=object))
    calendar = WorkCalendar(settings.calendar.holidays, settings.calendar.workdays)
    planned = plan(
        policy, tiers, gap_mask(policy, moved.frame), moved.frame["pool"].to_numpy(dtype=object), moved.upgraded,
        customers, log, contacts, team.senior, calendar, options.as_of,
    )  # fmt: skip
    rated = rate_strategies(tables.strategy, before)
    decided = decide(
        tables.strategy, before, team.lead, approval.approver if approval and approval.adjustments else None,
        policy.moves.rejected_days, options.as_of, answer_adjustments(taken, tables.strategy, before, team.lead),
    )  # fmt: skip
    strategies = with_ids(with_adjustments(
        rated.strategies, tables.strategy, customers, log, recalled.runs, decided, calendar, options.as_of
    ), before, enabled=RUNS in recalled.writable)  # fmt: skip
    counted = count_classes(tables.classes, policy, tiers, stages, before)
    years = calendar_years(planned.tasks["due"].to_numpy("datetime64[D]"), calendar, options.as_of)
    seen = Context(
        customers, log, tables.strategy, tables.classes, contacts, tiers, policy, calendar, options.as_of,
        since_last_run(recalled.runs, options.as_of), frozenset(name for name in settings.writeback.columns.values() if name),
    )  # fmt: skip
    scored = score_all(policy, customers, options.as_of)
    found = shown_findings(catalogue.in_order([
        *tables.findings, *unsettled, *rules.findings, *check_all(seen), *judged.findings, *contacts.findings, *recalled.findings, *moved.findings,
        *former_copy(recalled), *planned.findings, *rated.findings, *decided.findings, *counted.findings, *scored.findings,
        *(Finding("calendar-unpublished", None, None, {"year": year}) for year in years),
    ]), contacts.names)  # fmt: skip
    at_risk = gap_mask(policy, moved.frame) | gap_mask(policy, moved.frame, "tier")
    tags = tag_column(Facts(customers, policy, options.as_of, tiers, at_risk), contacts.names)
    frame = assemble(customers, log, contacts, moved.frame, planned, scored, tags, policy, found, settings.privacy.contact)
    frame["to_next"] = joined_texts(changes, len(frame))
    headers = {name: customers.header(name) for name in customers.spec.fields}
    last_run = run_before(recalled.runs, options.as_of)
    since = known_since(recalled.memory, recalled.runs, options.as_of)
    indicators, insight = look(TeamFacts(
        options.as_of, options.period, policy, customers, log, contacts, frame, planned.tasks, shown := shown_strategies(strategies, contacts.names),
        stage_history(customers, log, contacts, options.as_of), tier_moves(recalled.memory, moved.entries, now.key, options.as_of), since,
        last_run.as_of if last_run else None, tuple(found), settings.capacity,
    ))  # fmt: skip
    outcome = Outcome(
        workbook=book.path.name, as_of=options.as_of, period=options.period,
        policy_name=policy.name, policy_version=policy.version, policy_reason=rules.why,
        policy_rules=policy_rules(policy, headers, options.lang), tiers=policy.tiers, bands=tuple(b.name for b in policy.bands),
        regions=tables.found.regions, customers=frame, tasks=planned.tasks, changes=changes, strategies=shown,
        findings=found, indicators=indicators, log_entries=len(log), calendar_note=calendar_note(years, options.lang),
        last_run=last_run, last_month=month_before(recalled.runs, options.as_of),
        history=days_before(recalled.runs, options.as_of), insight=insight,
        score_terms=score_terms(policy, customers, options.as_of),
        decisions=verdicts(taken, moved.entries, decided, customers, names, tables.strategy, contacts.names) if reviews else None,
        masked=partial(scrub, names=contacts.names),
        pasts=partial(pasts, log, contacts, recalled.memory, moved.entries, now.key, options.as_of),
    )  # fmt: skip
    outcome = replace(outcome, handovers=handovers(outcome, policy, team, settings.capacity.of))
    filling = Filling(policy, settings.tiers, frame, planned.tasks)
    return Assessment(
        outcome, tables, filling, settings, team,
        (
            *((tables.strategy, "rating", i, value) for i, value in rated.fill.items()),
            *((tables.strategy, *cell) for cell in cells_of(tables.strategy, strategies, decided, before, options.as_of)),
            *((tables.classes, "count", i, value) for i, value in counted.fill.items()),
        ),
        recalled, tuple(moved.entries), private_keys(customers, now.ledger_key),
        {**rated.ours, **counted.ours, **attainments(strategies), **noted(tables.strategy, strategies, decided, before, options.as_of),
         **({BULK: asked.told} if asked else {})},
    )  # fmt: skip


def private_keys(customers: Table, keys: Sequence[str]) -> frozenset[str]:
    """Keys that are persons' names: those of customers without a 客户编号 who are persons."""
    named = persons(customers) & is_none(customers.frame["customer_id"].to_numpy(dtype=object))
    return frozenset(keys[i] for i in np.flatnonzero(named).tolist())


def since_last_run(runs: Sequence[RunRecord], as_of: dt.date) -> dt.date:
    """From which day on the log's entries are looked at one by one: that of the last run, else 30 days back."""
    last = run_before(runs, as_of)
    return last.as_of if last else as_of - dt.timedelta(days=FIRST_LOOK)


def calendar_years(due: Times, calendar: WorkCalendar, as_of: dt.date) -> list[int]:
    """Years in use whose make-up days are not published yet; from as-of's own year on."""
    used = np.append(due[~np.isnat(due)], np.datetime64(as_of, "D"))
    return [year for year in calendar.unpublished_years(used) if year >= as_of.year]


def calendar_note(years: Sequence[int], lang: Lang) -> str | None:
    """What the review says of years whose make-up days are not published."""
    if not years:
        return None
    named = ("、" if lang == "zh" else ", ").join(map(str, years))
    return f"{named} 年的放假调休安排尚未公布" if lang == "zh" else f"the make-up working days of {named} are not published yet"
