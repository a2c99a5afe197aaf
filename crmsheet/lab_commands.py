"""What the commands of the policy lab do and say."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
import orjson

from crmsheet.assess import Assessment
from crmsheet.errors import InputError, PolicyError, WorkbookError
from crmsheet.insight.facts import stage_history
from crmsheet.job import Job
from crmsheet.judge.judge import judge
from crmsheet.lab.backtest import Past, backtest, whole_months
from crmsheet.lab.backtest_lines import backtest_document, backtest_lines
from crmsheet.lab.diff import diff
from crmsheet.lab.fault import Fault
from crmsheet.lab.lint import lint
from crmsheet.lab.lint_rules import Combos
from crmsheet.lab.pages import backtest_heading, backtest_sections, simulate_heading, simulate_sections
from crmsheet.lab.simulate import simulate
from crmsheet.lab.simulate_lines import simulate_document, simulate_lines
from crmsheet.plan.contacts import join_contacts
from crmsheet.policy.dump import dump
from crmsheet.policy.load import MERGED, extended, load_policy, parse_policy, parse_toml, policy_text
from crmsheet.policy.settings import find_settings
from crmsheet.review.blocks import Section
from crmsheet.review.heading import Heading
from crmsheet.review.outputs import write_pages
from crmsheet.run import check, check_both
from crmsheet.texts import Lang, both, say


def show_policy(name: str, job: Job) -> int:
    """``crmsheet policy show``: a preset as it ships; a file with what it inherits filled in, and where each part is from."""
    try:
        text = policy_text(name)
        parse_policy(text, name)
        click.echo(_resolved(text, name, job.lang), nl=False)
    except WorkbookError as error:
        return job.refuse(error)
    return 0


def _resolved(text: str, name: str, lang: Lang) -> str:
    data = parse_toml(text, name)
    if "extends" not in data:
        return text
    base, whole = str(data["extends"]), extended(data)
    inherited = tomllib.loads(policy_text(base))

    def note(key: str) -> str:
        kind = "from_base" if key not in data else "from_both" if key in MERGED and key in inherited else "from_own"
        return say("policy", kind, lang, name=base if kind == "from_base" else Path(name).name, base=base)

    return dump(whole, {key: note(key) for key in whole})


def check_policy(name: str, job: Job) -> int:
    """``crmsheet policy check``: one line a fault; 2 when there is one."""
    try:
        text = policy_text(name)
        found = lint(text, name, job.as_of)
    except WorkbookError as error:
        return job.refuse(error)
    faults = [one for one, _ in found if one.severity == "error"]
    base = parse_toml(text, name).get("extends")
    if job.as_json:
        click.echo(orjson.dumps([_fault_json(one, line, job.lang) for one, line in found]))
    for one, line in found:
        job.tell(_fault_line(name, one, line, base, job.lang))
    if faults:
        job.tell(say("policy", "faulty", job.lang, where=name, count=len(faults)))
        return 2
    policy = parse_policy(text, name)
    count = Combos(policy).levels.shape[1]
    job.tell(say("policy", "clean", job.lang, where=name, rules=len(policy.rules), combos=count, examples=len(policy.example)))
    return 0


def _fault_line(name: str, fault: Fault, line: int | None, base: object, lang: Lang) -> str:
    if line is not None:
        at = say("policy", "at_line", lang, line=line)
    else:
        at = say("policy", "inherited", lang, base=base) if base else ""
    text = say("policy", "line", lang, where=name, at=at, path=fault.path, text=fault.text(lang))
    return text if fault.severity == "error" else say("policy", "info", lang, line=text)


def _fault_json(fault: Fault, line: int | None, lang: Lang) -> dict[str, object]:
    return {"code": fault.code, "severity": fault.severity, "path": fault.path, "line": line, "message": fault.text(lang)}


def diff_policies(one: str, other: str, job: Job) -> int:
    """``crmsheet policy diff``: 0 whether they differ or not."""
    try:
        found = diff(load_policy(one), load_policy(other))
    except PolicyError as error:
        return job.refuse(error)
    if job.as_json:
        at = 0 if job.lang == "zh" else 1
        click.echo(orjson.dumps([
            {"part": c.part, "kind": c.kind, "name": c.name[at], "before": c.before and c.before[at], "after": c.after and c.after[at], "text": c.text(job.lang)}
            for c in found
        ]))  # fmt: skip
    job.tell(say("policy", "diff_head" if found else "diff_same", job.lang, one=one, other=other, count=len(found)))
    for change in found:
        job.tell("  " + change.text(job.lang))
    return 0


def simulate_one(workbook: Path, job: Job) -> int:
    """``crmsheet simulate``: reads only."""
    try:
        if job.policy is None:
            raise InputError(*both("sim_which", "lab"))
        old, new = check_both(workbook, replace(job.options(), period="quarter"), job.policy)
    except WorkbookError as error:
        return job.refuse(error)
    found = simulate((old.outcome, old.filling.policy), (new.outcome, new.filling.policy))
    head, tiers = simulate_heading(found, job.lang), new.outcome.tiers
    code = _pages(f"{workbook.stem}-simulate-{job.as_of}", head, tiers, simulate_sections(found, job.lang), workbook, job)
    if job.as_json:
        click.echo(orjson.dumps(simulate_document(found, job.lang)))
        return code
    for line in simulate_lines(found, job.lang):
        job.tell(line)
    return code


def backtest_one(workbook: Path, first: dt.date, last: dt.date, job: Job) -> int:
    """``crmsheet backtest``: reads only."""
    try:
        if last > job.as_of:
            raise InputError(*both("back_future", "lab", last=last, as_of=job.as_of))
        if not whole_months(first, last):
            raise InputError(*both("back_order", "lab", first=first, last=last))
        done = check(workbook, replace(job.options(), as_of=last))
    except WorkbookError as error:
        return job.refuse(error)
    past, people = _past(done, last), done.outcome.customers
    found = backtest(past, first, last)
    named = [str(name) for name in people["name_shown"].tolist()]
    head = backtest_heading(found, past.policy, done.outcome.workbook, job.lang)
    code = _pages(f"{workbook.stem}-backtest-{last}", head, past.policy.tiers, backtest_sections(found, past.policy, named, job.lang), workbook, job)
    if job.as_json:
        known = [{"id": ident, "name": name, "sheet": sheet, "row": row}
                 for ident, name, sheet, row in zip(*(people[one].tolist() for one in ("id", "name_shown", "sheet", "row")), strict=True)]  # fmt: skip
        click.echo(orjson.dumps(backtest_document(found, past.policy, done.outcome.workbook, known)))
        return code
    for line in backtest_lines(found, past.policy, done.outcome.workbook, people["name_shown"].to_numpy(dtype=object), job.lang):
        job.tell(line)
    return code


def learn_one(workbook: Path, first: dt.date | None, job: Job) -> int:
    """``crmsheet learn``: reads only, and proposes; with ``--out`` the proposal is a file there."""
    try:
        from crmsheet.lab.learn import learn
        from crmsheet.lab.learn_lines import learn_document, learn_lines
        from crmsheet.lab.proposal import proposal
    except ModuleNotFoundError as error:
        return job.refuse(InputError(*both("learn_missing", "lab", module=error.name or "")))
    try:
        done = check(workbook, job.options())
        past = _past(done, job.as_of)
        if not past.policy.score:
            raise InputError(*both("learn_no_score", "lab", policy=past.policy.name))
        found = learn(past, first, job.as_of)
        made = proposal(*_own_text(workbook, done, job), found.weights, job.lang) if found.weights else None
    except WorkbookError as error:
        return job.refuse(error)
    path = job.out / f"{workbook.stem}-learned-{job.as_of}.toml" if job.out and made else None
    code = _kept(path, made, job)
    if job.as_json:
        click.echo(orjson.dumps(learn_document(found, past.policy, workbook.name, made)))
        return code
    for line in learn_lines(found, past.policy, str(workbook), job.lang):
        job.tell(line)
    if made and path is None:
        job.tell(say("lab", "learn_file", job.lang))
        click.echo(made, nl=False)
    return code


def _own_text(workbook: Path, done: Assessment, job: Job) -> tuple[str, str]:
    """The text of the policy in use, and its name or its file's."""
    settled = done.settings.policy.name
    folder = find_settings(workbook)[1] if not job.policy and settled else None
    name = job.policy or settled or done.outcome.policy_name
    return policy_text(name, folder), name


def _kept(path: Path | None, text: str | None, job: Job) -> int:
    """The proposal as a file; 2 when it cannot be written."""
    if path is None or text is None:
        return 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        return job.refuse(InputError(*both("page_failed", "lab", path=path.parent, why=error.strerror or type(error).__name__)))
    job.tell(say("lab", "page", job.lang, path=path))
    return 0


def _pages(stem: str, head: Heading, tiers: Sequence[str], sections: Sequence[Section], workbook: Path, job: Job) -> int:
    """With ``--out`` pages beside the lines, HTML and Excel; 2 when they cannot be written."""
    if job.out is None:
        return 0
    try:
        made = write_pages(head, job.as_of, tiers, sections, job.out / stem, job.lang, workbook)
    except OSError as error:
        return job.refuse(InputError(*both("page_failed", "lab", path=job.out, why=error.strerror or type(error).__name__)))
    for path in made.values():
        job.tell(say("lab", "page", job.lang, path=path))
    return 0


def _past(done: Assessment, last: dt.date) -> Past:
    """What a look back rests on, from a check as of its last day."""
    customers, log, policy = done.tables.customers, done.tables.followups, done.filling.policy
    contacts = join_contacts(customers, log, last)
    return Past(
        policy, customers, contacts, done.recalled.memory, stage_history(customers, log, contacts, last),
        lambda day: judge(policy, done.settings.tiers, customers, day).frame["tier"].to_numpy(dtype=object),
    )  # fmt: skip
