"""The weekly run: the only place that knows the order of the stages.

    open → recognise → read → remember → judge → move → plan → rate → look → fill the owned columns → record → commit → review

Everything up to "fill" takes values and returns values; ``check`` stops there, ``--dry-run`` too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

import numpy as np

from crmsheet import findings as catalogue
from crmsheet.arrays import Times, is_none
from crmsheet.checks.all_checks import check_all
from crmsheet.checks.context import Context
from crmsheet.decisions.apply import answer_adjustments, answer_proposals, take_all, verdicts
from crmsheet.decisions.read import read_review
from crmsheet.errors import BusyError, ChangedError, InputError, PolicyError, TableError
from crmsheet.insight.facts import Facts as TeamFacts
from crmsheet.insight.facts import known_since, stage_history, tier_moves
from crmsheet.insight.look import look
from crmsheet.judge.changes import joined_texts
from crmsheet.judge.fields import check_fields
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
from crmsheet.mirror import add_to_mirror, read_mirror
from crmsheet.model import Finding, Kind, Outcome, Period, Receipt, Region, RunRecord
from crmsheet.moves.answers import Approval
from crmsheet.moves.moves import move_all
from crmsheet.moves.standing import stand
from crmsheet.outcome import assemble, shown_names
from crmsheet.owned import read_owned
from crmsheet.past import pasts
from crmsheet.plan.adjustments import attainments, with_adjustments
from crmsheet.plan.calendar import WorkCalendar
from crmsheet.plan.contacts import join_contacts
from crmsheet.plan.decided import BULK, cells_of, decide, noted, with_ids
from crmsheet.plan.plan import plan
from crmsheet.policy.choose import choose_policy
from crmsheet.policy.schema import DORMANT, Policy
from crmsheet.policy.settings import Settings, find_settings
from crmsheet.record import append_records, former_copy, mirrored, record_of
from crmsheet.tables.find import Found, find_tables
from crmsheet.tables.join import join_customers
from crmsheet.tables.persons import persons
from crmsheet.tables.read import read_table
from crmsheet.tables.spec import KINDS, RUNS, table_spec
from crmsheet.tables.table import Table
from crmsheet.tags import Facts, tag_column
from crmsheet.texts import Lang
from crmsheet.values.tiers import parse_tier
from crmsheet.workbook import Change, Workbook, open_workbook
from crmsheet.writeback import Filling, write_back

Scalar = str | int | dt.date | None
READ_AGAIN = 3  # times a workbook is read when it changes while it is waited for
FIRST_LOOK = 30  # days of the log that a first run looks at one by one
ALL, ADJUSTMENTS = "all", "adjustments"  # of --approve
SEEN_LIMIT = 12  # headers named in a refusal


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


@dataclass(frozen=True, slots=True)
class Tables:
    """The typed tables of one workbook."""

    found: Found
    customers: Table
    followups: Table
    strategy: Table
    classes: Table
    written: tuple[Region, ...]  # customers regions that get the owned columns
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Assessment:
    """What a run found out, and what it would write."""

    outcome: Outcome
    tables: Tables
    filling: Filling
    settings: Settings
    team_cells: tuple[tuple[Table, str, int, Scalar], ...]  # table, field, row, value: cells of the team's that a run may set
    recalled: Recalled
    entries: tuple[Entry, ...]  # what the ledger gets
    private: frozenset[str]  # keys of customers that are names of persons
    written: Mapping[str, str]  # values of the team's tables that are ours, by place


@dataclass(frozen=True)
class Result:
    """A finished run: the outcome with its receipt, and what changed cell by cell (for a dry run)."""

    outcome: Outcome
    changes: tuple[Change, ...] = ()


def process(
    path: Path, options: Options, *, output: Path | None = None, dry_run: bool = False, wait: float = 0
) -> Result:
    """Run over one workbook and write it (in place, or to ``output``); with ``dry_run`` touch nothing.

    ``wait``: seconds to wait for whoever has the file; what they saved is read again then.  Raises InputError,
    TableError, PolicyError or EditError: nothing was written then.  When the file is busy the outcome says so in
    ``not_written``.
    """
    for again in range(READ_AGAIN):
        try:
            return _process_once(path, options, output, dry_run, wait, last=not wait or again == READ_AGAIN - 1)
        except ChangedError:
            continue
    raise AssertionError  # the last time it is in ``not_written``


def _process_once(
    path: Path, options: Options, output: Path | None, dry_run: bool, wait: float, *, last: bool
) -> Result:
    """ChangedError when the file changed while it was waited for, and it is not the last time."""
    settings, folder = find_settings(path)
    with open_workbook(path, options.password) as book:
        done = assess(book, options, settings, folder)
        if not dry_run and output is None:
            refuse_earlier(path, options.as_of, done.recalled.last_day)
        outcome = replace(done.outcome, findings=catalogue.in_order([*done.outcome.findings, *fill(book, done)]))
        if dry_run:
            return Result(outcome, tuple(book.changes()))
        try:
            receipt = book.commit(output, wait)
        except BusyError as error:
            if isinstance(error, ChangedError) and not last:
                raise
            return Result(replace(outcome, not_written=error.zh if options.lang == "zh" else error.en))
    notices = [one.zh if options.lang == "zh" else one.en for one in receipt.notices]
    if output is None:
        notices += mirror(path, done, receipt.sha256_after, options.lang)
    return Result(replace(outcome, receipt=Receipt(
        path=str(receipt.path), cells_changed=receipt.cells_changed, parts_changed=tuple(receipt.parts_changed),
        backup=str(receipt.backup) if receipt.backup else None,
        sha256_before=receipt.sha256_before, sha256_after=receipt.sha256_after,
        notices=tuple(notices),
    )))  # fmt: skip


def mirror(path: Path, done: Assessment, run: str, lang: Lang) -> list[str]:
    """Mirror a run's ledger rows beside the backups; the workbook is written all the same when that fails."""
    try:
        add_to_mirror(path, mirrored(done.entries, done.private), run)
    except OSError as error:
        why = error.strerror or type(error).__name__
        return [f"变更记录的副本没有写成（{why}），旧副本覆盖时将无法察觉" if lang == "zh"
                else f"the ledger's mirror could not be written ({why}): an old copy saved over the file would go unnoticed"]  # fmt: skip
    return []


def check(path: Path, options: Options) -> Assessment:
    """Read, judge and plan one workbook; write nothing."""
    settings, folder = find_settings(path)
    with open_workbook(path, options.password) as book:
        return assess(book, options, settings, folder)


def assess(book: Workbook, options: Options, settings: Settings, folder: Path) -> Assessment:
    """All stages that take values and return values."""
    tables = read_tables(book, settings, options.as_of)
    customers, log = tables.customers, tables.followups
    fields = {name for region in customers.regions for name in region.fields}
    words = [str(word) for word in customers.frame["tier"].dropna().unique()]
    choice = choose_policy(options.policy, settings, folder, words, fields)
    policy = choice.policy
    check_fields(policy)
    reviews = [read_review(one) for one in options.decisions]
    asked = bulk_approval(options.approve, options.approver, settings, policy)
    judged = judge(policy, settings.tiers, customers, options.as_of)
    contacts = join_contacts(customers, log, options.as_of)
    owned = read_owned(book, customers, tables.written, settings.writeback.columns)
    now = stand(policy, settings.tiers, settings.roles.lead, customers, judged.frame, owned)
    recalled = recall(
        book, now.key, now.ledger_key, owned.snapshot, read_mirror(book.path), options.as_of, enabled=settings.ledger.enabled
    )
    before = last_written(recalled.runs)
    taken = take_all(reviews, settings.roles.lead, recalled.memory, tables.strategy, before)
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
        customers, log, contacts, settings.roles.senior, calendar, options.as_of,
    )  # fmt: skip
    rated = rate_strategies(tables.strategy, before)
    decided = decide(
        tables.strategy, before, settings.roles.lead, approval.approver if approval and approval.adjustments else None,
        policy.moves.rejected_days, options.as_of, answer_adjustments(taken, tables.strategy, before, settings.roles.lead),
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
    found = catalogue.in_order([
        *tables.findings, *check_all(seen), *judged.findings, *contacts.findings, *recalled.findings, *moved.findings,
        *former_copy(recalled), *planned.findings, *rated.findings, *decided.findings, *counted.findings,
        *(Finding("calendar-unpublished", None, None, {"year": year}) for year in years),
    ])  # fmt: skip
    scored = score_all(policy, customers, options.as_of)
    at_risk = gap_mask(policy, moved.frame) | gap_mask(policy, moved.frame, "tier")
    tags = tag_column(Facts(customers, policy, options.as_of, tiers, at_risk))
    frame = assemble(customers, log, contacts, moved.frame, planned, scored, tags, policy, found, settings.privacy.contact)
    frame["to_next"] = joined_texts(changes, len(frame))
    headers = {name: customers.header(name) for name in customers.spec.fields}
    last_run = run_before(recalled.runs, options.as_of)
    since = known_since(recalled.memory, recalled.runs, options.as_of)
    indicators, insight = look(TeamFacts(
        options.as_of, options.period, policy, customers, log, contacts, frame, planned.tasks, strategies,
        stage_history(customers, log, contacts, options.as_of), tier_moves(recalled.memory, moved.entries, now.key, options.as_of), since,
        last_run.as_of if last_run else None, tuple(found),
    ))  # fmt: skip
    outcome = Outcome(
        workbook=book.path.name, as_of=options.as_of, period=options.period,
        policy_name=policy.name, policy_version=policy.version, policy_reason=choice.zh if options.lang == "zh" else choice.en,
        policy_rules=policy_rules(policy, headers), tiers=policy.tiers, bands=tuple(b.name for b in policy.bands),
        regions=tables.found.regions, customers=frame, tasks=planned.tasks, changes=changes, strategies=strategies,
        findings=found, indicators=indicators, log_entries=len(log), calendar_note=calendar_note(years, options.lang),
        last_run=last_run, last_month=month_before(recalled.runs, options.as_of),
        history=days_before(recalled.runs, options.as_of), insight=insight,
        score_terms=partial(score_terms, policy, customers, options.as_of),
        decisions=verdicts(taken, moved.entries, decided, customers, names, tables.strategy, contacts.names) if reviews else None,
        pasts=partial(pasts, log, contacts, recalled.memory, moved.entries, now.key, options.as_of),
    )  # fmt: skip
    filling = Filling(policy, settings.tiers, frame, planned.tasks)
    return Assessment(
        outcome, tables, filling, settings,
        (
            *((tables.strategy, "rating", i, value) for i, value in rated.fill.items()),
            *((tables.strategy, *cell) for cell in cells_of(tables.strategy, strategies, decided, before, options.as_of)),
            *((tables.classes, "count", i, value) for i, value in counted.fill.items()),
        ),
        recalled, tuple(moved.entries), private_keys(customers, now.ledger_key),
        {**rated.ours, **counted.ours, **attainments(strategies), **noted(tables.strategy, strategies, decided, before, options.as_of),
         **({BULK: asked.told} if asked else {})},
    )  # fmt: skip


def repeated(approval: Approval, runs: Sequence[RunRecord], as_of: dt.date) -> bool:
    """The same agreement was given on this very day: what it left is new, and nobody has looked at it."""
    return any(run.as_of == as_of and run.written.get(BULK) == approval.told for run in runs)


def private_keys(customers: Table, keys: Sequence[str]) -> frozenset[str]:
    """Keys that are persons' names: those of customers without a 客户编号 who are persons."""
    named = persons(customers) & is_none(customers.frame["customer_id"].to_numpy(dtype=object))
    return frozenset(keys[i] for i in np.flatnonzero(named).tolist())


def since_last_run(runs: Sequence[RunRecord], as_of: dt.date) -> dt.date:
    """From which day on the log's entries are looked at one by one: that of the last run, else 30 days back."""
    last = run_before(runs, as_of)
    return last.as_of if last else as_of - dt.timedelta(days=FIRST_LOOK)


def bulk_approval(asked: str | None, approver: str | None, settings: Settings, policy: Policy) -> Approval | None:
    """What the lead agrees to in bulk.  Raises PolicyError for an unknown tier, or for somebody who is not the lead."""
    if asked is None:
        return None
    tier = parse_tier(asked, (*policy.tiers, DORMANT), settings.tiers)
    if asked not in (ALL, ADJUSTMENTS) and tier is None:
        known = "、".join((*policy.tiers, DORMANT))
        raise PolicyError(
            zh=f"--approve {asked}: 策略 {policy.name} 没有这一级；可用：all、adjustments（策略调整）、{known}",
            en=f"--approve {asked}: the policy {policy.name} has no such tier; there are all, adjustments, {known}",
        )
    leads = settings.roles.lead
    if leads and not any(fnmatchcase(approver or "", lead) for lead in leads):
        raise PolicyError(
            zh=f"--approver {approver or '（未填）'}: crmsheet.toml 的 [roles] lead 是 {'、'.join(leads)}，只有负责人可以批量同意",
            en=f"--approver {approver or '(none)'}: [roles] lead in crmsheet.toml is {', '.join(leads)}; only the lead agrees in bulk",
        )
    tiers = None if asked == ALL else frozenset() if tier is None else frozenset({tier})
    return Approval(tiers, approver or BULK, adjustments=tier is None, told=asked)


def refuse_earlier(path: Path, as_of: dt.date, last: dt.date | None) -> None:
    """Raises InputError when the workbook has seen a run of a later day: memory does not run backwards."""
    if last is not None and as_of < last:
        raise InputError(
            zh=f"{path}: 上次运行的日期是 {last}，晚于 {as_of}；请用更晚的 --as-of，或用 --dry-run、--output 查看当时的结果",
            en=f"{path}: the last run was as of {last}, later than {as_of}; use a later --as-of, or look back with --dry-run or --output",
        )


def read_tables(book: Workbook, settings: Settings, as_of: dt.date) -> Tables:
    """Recognise and read.  Raises TableError when there is no customers table."""
    mapped = column_map(settings)
    ours = [name for name in settings.writeback.columns.values() if name]
    found = find_tables(book, mapped, ours)
    if not any(region.kind == "customers" for region in found.regions):
        raise no_table(book, found)
    read = {kind: read_table(book, kind, [r for r in found.regions if r.kind == kind], as_of) for kind in KINDS}
    customers, written = join_customers(read["customers"][0])
    rows = {kind: iter(table.regions) for kind, (table, _) in read.items()}
    found = replace(found, regions=tuple(next(rows[region.kind]) for region in found.regions))
    return Tables(
        found, customers, read["followups"][0], read["strategy"][0], read["classes"][0], written,
        (*found.findings, *(finding for _, problems in read.values() for finding in problems)),
    )  # fmt: skip


def column_map(settings: Settings) -> dict[Kind, Mapping[str, str]]:
    """``[columns]`` as header → field.  Raises PolicyError for a field that does not exist, with a suggestion."""
    maps: dict[Kind, Mapping[str, str]] = {}
    for kind in KINDS:
        maps[kind] = getattr(settings.columns, kind)
        fields = table_spec(kind).fields
        for header, name in maps[kind].items():
            if name not in fields:
                raise _unknown_field(kind, header, name, list(fields))
    return maps


def _unknown_field(kind: Kind, header: str, name: str, fields: Sequence[str]) -> PolicyError:
    from difflib import get_close_matches

    near = get_close_matches(name, fields, 1, 0.5)
    return PolicyError(
        zh=f"crmsheet.toml: columns.{kind}.“{header}”: 没有字段“{name}”{f'，是否指“{near[0]}”？' if near else ''}",
        en=f"crmsheet.toml: columns.{kind}.“{header}”: no field “{name}”{f', did you mean “{near[0]}”?' if near else ''}",
    )


def no_table(book: Workbook, found: Found) -> TableError:
    """The refusal that names what was looked for and what was seen."""
    if found.look_alikes:
        seen_zh = "；".join(f"“{sheet}”像是{other.zh}" for sheet, other in found.look_alikes[:SEEN_LIMIT])
        seen_en = "; ".join(f"“{sheet}” looks like {other.en}" for sheet, other in found.look_alikes[:SEEN_LIMIT])
    elif found.regions:
        seen_zh = seen_en = "、".join(f"{region.sheet}: {region.kind}" for region in found.regions[:SEEN_LIMIT])
    else:
        seen_zh = seen_en = "、".join(f"“{name}”" for name in book.sheets[:SEEN_LIMIT])
    return TableError(
        zh=f"{book.path}: 没有找到客户表（表头需有客户名称和另外两个已知列，如客户编号、负责人、客户等级）；看到的是：{seen_zh}；"
           "请核对表头，或在 crmsheet.toml 的 [columns.customers] 里指明各列",
        en=f"{book.path}: no customers table found (its header needs a name column and two more known ones, such as 客户编号, "
           f"负责人, 客户等级); seen: {seen_en}; check the header row, or name the columns under [columns.customers] in crmsheet.toml",
    )  # fmt: skip


def fill(book: Workbook, done: Assessment) -> list[Finding]:
    """Set the owned cells in the open workbook; nothing is on the disk before the commit."""
    tables, renamed = done.tables, done.settings.writeback.columns
    findings = write_back(book, tables.customers, tables.written, done.filling, renamed)
    for table, field, i, value in done.team_cells:
        if (where := table.ref(field, i)) is not None:
            skipped = book.sheet(where.sheet).set_column(where.column, np.array([where.row]), [value])
            findings += [Finding("team-cell-locked", where) for _ in skipped]
    append_records(book, done.recalled, done.entries, record_of(done.outcome, done.entries, done.written))
    return findings


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


def dry_lines(result: Result) -> Iterator[str]:
    """Every cell a run would change: ``Sheet!A1: old → new``."""
    for change in result.changes:
        old, new = ("" if value is None else str(value) for value in (change.old, change.new))
        yield f"{change.sheet}!{change.ref}: {old} → {new}"
