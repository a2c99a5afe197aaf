"""What the commands do and say, one workbook at a time: run, make the review, tell people."""

from __future__ import annotations

import datetime as dt
import os
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import click
import numpy as np
import orjson

from crmsheet import findings as catalogue
from crmsheet.arrays import Ints
from crmsheet.assess import Options
from crmsheet.errors import BusyError, InputError, WorkbookError
from crmsheet.explain import code_lines, customer_lines, explain_code, explain_customer, find_customer
from crmsheet.mirror import drop_from_mirror
from crmsheet.model import Outcome, Period, Region, Verdict, letters
from crmsheet.owners import owner_parts
from crmsheet.review.document import Json, document, dump
from crmsheet.review.outputs import Format, write_outputs, write_owners
from crmsheet.review.words import Say
from crmsheet.run import Result, check, dry_lines, process
from crmsheet.tags import having, split_tags
from crmsheet.texts import Lang, say
from crmsheet.workbook import undo, undo_steps

REVIEW_FOLDER = "crmsheet-reviews"
Made = TypeVar("Made")
JSON_LIMIT = 20_000  # above this many customers the .json of the review is written only with --json (SPEC §8)


@dataclass(frozen=True, slots=True)
class Job:
    """The options of one command line."""

    as_of: dt.date
    lang: Lang = "zh"
    policy: str | None = None
    strict: bool = False
    as_json: bool = False
    password_file: Path | None = None
    debug: bool = False
    out: Path | None = None
    output: Path | None = None
    dry_run: bool = False
    period: Period = "week"
    quiet: bool = False
    wait: float = 0  # minutes
    listing: bool = False
    approve: str | None = None
    approver: str | None = None
    decisions: tuple[Path, ...] = ()  # Excel reviews in which people decided
    per_owner: bool = False
    open_review: bool = False
    opener: Callable[[str], bool] | None = None  # shows an address; None: the browser
    tags: tuple[str, ...] = ()  # of check: list the customers that carry all of these

    def say(self, key: str, **params: object) -> str:
        """A text of the command line in the job's language."""
        return say("cli", key, self.lang, **params)

    def tell(self, line: str) -> None:
        """A message for people: on stdout, or on stderr when stdout is for the document."""
        if not self.quiet:
            click.echo(line, err=self.as_json)

    def refuse(self, error: WorkbookError) -> int:
        """One line on stderr; exit 2."""
        click.echo(self.say("refused", line=error.zh if self.lang == "zh" else error.en), err=True)
        return 2

    def options(self) -> Options:
        """What the run needs to know.  Raises InputError when the password file cannot be read."""
        password = None
        if self.password_file is not None:
            try:
                password = self.password_file.read_text(encoding="utf-8").rstrip("\r\n")
            except (OSError, UnicodeDecodeError) as error:
                raise InputError(
                    zh=say("cli", "no_password", "zh", path=self.password_file),
                    en=say("cli", "no_password", "en", path=self.password_file),
                ) from error
        return Options(as_of=self.as_of, policy=self.policy, period=self.period, password=password, lang=self.lang,
                       approve=self.approve, approver=self.approver, decisions=self.decisions)  # fmt: skip


class Documents:
    """Collects the result documents of ``--json``: one, or an array for several workbooks."""

    def __init__(self, several: bool) -> None:
        self.several, self.parts = several, list[bytes]()

    def add(self, outcome: Outcome, lang: Lang, outputs: Mapping[Any, Path], chosen: Ints | None = None) -> None:
        """One more workbook's document; ``chosen``: positions of the only customers that it is to hold."""
        one = document(outcome, lang, dict(outputs.items()))
        if chosen is not None:
            one["customers"] = [one["customers"][at] for at in chosen.tolist()]
        self.parts.append(b"".join(dump(one)))

    def print(self) -> None:
        """Print what was collected, in UTF-8 whatever the console; nothing when every workbook was refused."""
        if self.parts:
            click.echo(b"[" + b",".join(self.parts) + b"]" if self.several else self.parts[0].rstrip())


def process_all(workbooks: Sequence[Path], job: Job) -> int:
    """``crmsheet process``: the worst exit code of all workbooks."""
    if job.output is not None and len(workbooks) > 1:
        return job.refuse(InputError(say("cli", "output_many", "zh"), say("cli", "output_many", "en")))
    if job.decisions and len(workbooks) > 1:
        return job.refuse(InputError(say("cli", "decisions_many", "zh"), say("cli", "decisions_many", "en")))
    documents = Documents(len(workbooks) > 1)
    stems = review_stems(workbooks)
    codes = [_refusing(lambda p=path, s=stem: _process_one(p, s, job, documents), job)  # type: ignore[misc]
             for path, stem in zip(workbooks, stems, strict=True)]  # fmt: skip
    if job.as_json:
        documents.print()
    return max(codes)


def check_all(workbooks: Sequence[Path], job: Job) -> int:
    """``crmsheet check``: reads only."""
    documents = Documents(len(workbooks) > 1)
    codes = [_refusing(lambda p=path: _check_one(p, job, documents), job) for path in workbooks]  # type: ignore[misc]
    if job.as_json:
        documents.print()
    return max(codes)


def explain_one(asked: Sequence[str], job: Job) -> int:
    """``crmsheet explain``: a customer of a workbook, or a finding code."""
    return _refusing(lambda: _explain_code(asked[0], job) if len(asked) == 1 else _explain_customer(Path(asked[0]), asked[1], job), job)


def _explain_code(code: str, job: Job) -> int:
    if Path(code).is_file():
        raise InputError(say("cli", "explain_whom", "zh", path=code), say("cli", "explain_whom", "en", path=code))
    told = explain_code(code, job.lang)
    return _print(told, code_lines(told, job.say), job)


def _explain_customer(path: Path, asked: str, job: Job) -> int:
    done = check(path, job.options())
    told = explain_customer(done, find_customer(done.outcome, asked), job.lang)
    return _print(told, customer_lines(told, job.say, Say(job.lang).word), job)


def _print(told: Json, lines: Iterator[str], job: Job) -> int:
    """The document with ``--json``, else its lines."""
    if job.as_json:
        click.echo(orjson.dumps(told))
        return 0
    for line in lines:
        click.echo(line.rstrip())
    return 0


def undo_one(workbook: Path, job: Job) -> int:
    """``crmsheet undo``: the file as it was before the last write, or with ``--list`` what there is to go back to."""
    return _refusing(lambda: _list_backups(workbook, job) if job.listing else _undo(workbook, job), job)


def _undo(workbook: Path, job: Job) -> int:
    try:
        receipt = undo(workbook, job.wait * 60)
    except BusyError as error:
        job.refuse(error)
        return 3
    job.tell(job.say("undone", path=workbook, backup=receipt.backup))
    try:
        drop_from_mirror(workbook, receipt.sha256_before)
    except OSError as error:  # the file is restored all the same
        why = error.strerror or type(error).__name__
        click.echo(job.say("notice", line=job.say("mirror_stays", why=why)), err=True)
    for one in receipt.notices:
        click.echo(job.say("notice", line=one.zh if job.lang == "zh" else one.en), err=True)
    if job.as_json:
        click.echo(orjson.dumps({
            "path": str(workbook), "backup": str(receipt.backup),
            "sha256_before": receipt.sha256_before, "sha256_after": receipt.sha256_after,
        }))  # fmt: skip
    return 0


def _list_backups(workbook: Path, job: Job) -> int:
    """Newest first; the one that the next undo brings back is marked."""
    kept, following = undo_steps(workbook)
    if job.as_json:
        click.echo(orjson.dumps([
            {"number": b.number, "path": str(b.path), "before": b.before, "after": b.after, "next": b == following}
            for b in kept
        ]))  # fmt: skip
        return 0
    if not kept:
        job.tell(job.say("no_backups", path=workbook))
    for one in kept:
        when = dt.datetime.fromtimestamp(one.path.stat().st_mtime)
        key = "backup_next" if one == following else "backup"
        job.tell(job.say(key, number=one.number, when=f"{when:%Y-%m-%d %H:%M}", size=one.path.stat().st_size, path=one.path))
    return 0


def _refusing(work: Callable[[], int], job: Job) -> int:
    try:
        return work()
    except WorkbookError as error:
        return job.refuse(error)


def review_stems(workbooks: Sequence[Path]) -> list[str]:
    """File stems for the reviews; equal stems get their folder's name in front (SPEC §8)."""
    times = Counter(path.stem for path in workbooks)
    return [p.stem if times[p.stem] == 1 else f"{p.resolve().parent.name}-{p.stem}" for p in workbooks]


def _process_one(path: Path, stem: str, job: Job, documents: Documents) -> int:
    folder = job.out or path.resolve().parent / REVIEW_FOLDER
    if job.output is not None and job.output.exists() and path.exists() and os.path.samefile(job.output, path):
        raise InputError(say("cli", "same_file", "zh", path=path), say("cli", "same_file", "en", path=path))
    if not job.dry_run:
        _writable(folder)
    result = process(path, job.options(), output=job.output, dry_run=job.dry_run, wait=job.wait * 60)
    outcome = result.outcome
    outputs: Mapping[Format, Path] = {}
    if not job.dry_run:
        outputs = _review(outcome, folder, stem, job, job.output or path)
    _tell(path, result, outputs, job)
    owners = _owner_files(outcome, folder, stem, job, job.output or path) if job.per_owner and not job.dry_run else {}
    if job.as_json:
        documents.add(outcome, job.lang, {**outputs, **owners})
    elif job.open_review and "html" in outputs:
        _open(outputs["html"], job)
    if outcome.not_written:
        return 3
    return _strict_code(outcome, job)


def _writable(folder: Path) -> None:
    """Whether the review can be written, asked before the workbook is.  Raises InputError."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise InputError(say("cli", "out_not_folder", "zh", path=folder), say("cli", "out_not_folder", "en", path=folder))


def _review(outcome: Outcome, folder: Path, stem: str, job: Job, workbook: Path) -> Mapping[Format, Path]:
    """Write the review's files; when that fails the workbook is written all the same, and people are told.

    So is a fault of ours then: an exit code that says "nothing was written" would not be true any more.
    """
    formats: list[Format] = ["html", "xlsx"]
    if job.as_json or len(outcome.customers) <= JSON_LIMIT:
        formats.append("json")
    return _written(lambda: write_outputs(outcome, folder, stem, formats, job.lang, workbook), outcome, folder, job) or {}


def _owner_files(outcome: Outcome, folder: Path, stem: str, job: Job, workbook: Path) -> Mapping[str, Path]:
    """A page and an Excel file for each owner, in a folder of their own; people are told where."""
    place = folder / f"{stem}-{outcome.as_of.isoformat()}-owners"
    made = _written(lambda: write_owners(owner_parts(outcome), place, job.lang, workbook), outcome, place, job)
    if not made:
        return {}
    job.tell(job.say("owner_files", count=len(made) // 2, path=place))
    return {"owners": place}


def _written(write: Callable[[], Made], outcome: Outcome, folder: Path, job: Job) -> Made | None:
    """What was written; None when that failed after the workbook was written, and people are told."""
    try:
        return write()
    except Exception as error:
        if not isinstance(error, OSError) and outcome.receipt is None:
            raise
        if job.debug:
            traceback.print_exc()
        why = getattr(error, "strerror", None) or type(error).__name__
        click.echo(job.say("review_failed", path=folder, why=why), err=True)
        return None


def _open(page: Path, job: Job) -> None:
    """Show the review; where there is no browser a line says so."""
    if not (job.opener or _browse)(page.absolute().as_uri()):
        click.echo(job.say("no_browser", path=page), err=True)


def _browse(address: str) -> bool:
    import webbrowser

    try:
        return webbrowser.open(address)
    except webbrowser.Error:
        return False


def _tell(path: Path, result: Result, outputs: Mapping[Format, Path], job: Job) -> None:
    """The summary of one workbook."""
    outcome = result.outcome
    customers = outcome.customers
    job.tell(job.say(
        "done", path=path, customers=len(customers), tasks=len(outcome.tasks),
        overdue=int((outcome.tasks["status"] == "overdue").sum()),
        proposals=int(customers["proposed_tier"].notna().sum()), findings=len(outcome.findings),
    ))  # fmt: skip
    job.tell(job.say("policy", name=outcome.policy_name, version=outcome.policy_version, why=outcome.policy_reason))
    if outcome.decisions is not None:
        _decided(outcome.decisions, job)
    if job.dry_run:
        for line in dry_lines(result):
            job.tell(line)
        job.tell(job.say("dry", cells=len(result.changes)))
    elif outcome.not_written:
        click.echo(job.say("busy", line=outcome.not_written), err=True)
    elif outcome.receipt is not None and outcome.receipt.cells_changed == 0:
        job.tell(job.say("unchanged"))
    elif outcome.receipt is not None and job.output is not None:
        job.tell(job.say("copied", target=job.output, cells=outcome.receipt.cells_changed))
    elif outcome.receipt is not None:
        job.tell(job.say("written", cells=outcome.receipt.cells_changed, backup=outcome.receipt.backup))
    for line in outcome.receipt.notices if outcome.receipt is not None else ():
        click.echo(job.say("notice", line=line), err=True)
    if "html" in outputs:
        job.tell(job.say("review", path=outputs["html"]))


def _decided(decisions: Sequence[Verdict], job: Job) -> None:
    """What became of the decisions of the Excel reviews: those with a remark one by one, those left out on stderr."""
    states = Counter(one.state for one in decisions)
    job.tell(job.say("decisions", read=len(decisions), applied=states["applied"], done=states["done"], left=states["left"]))
    for one in decisions:
        who, by = one.customer or one.id, job.say("decision_by", name=one.approver) if one.approver else ""
        if one.state == "left":
            click.echo(job.say("decision_left", where=one.where, who=who, word=one.word, why=job.say(f"decision_{one.why}")), err=True)
        elif one.state == "applied" and one.remark:
            job.tell(job.say("decision_remark", who=who, word=one.word, by=by, remark=one.remark))


def _check_one(path: Path, job: Job, documents: Documents) -> int:
    done = check(path, job.options())
    outcome = done.outcome
    chosen = np.flatnonzero(having(outcome.customers["tags"].to_numpy(dtype=object), job.tags)) if job.tags else None
    if job.as_json:
        documents.add(outcome, job.lang, {}, chosen)
        return _strict_code(outcome, job)
    if chosen is not None:
        for line in _tagged(outcome, chosen, job):
            job.tell(line)
        return _strict_code(outcome, job)
    for line in _recognised(outcome, job):
        job.tell(line)
    for sheet, other in done.tables.found.look_alikes:
        job.tell(job.say("look_alike", sheet=sheet, other=other.zh if job.lang == "zh" else other.en))
    for line in _found(outcome, job):
        job.tell(line)
    return _strict_code(outcome, job)


def _tagged(outcome: Outcome, chosen: Ints, job: Job) -> Iterator[str]:
    """The customers that carry all the wanted tags, first in rank first (S002-32)."""
    people = outcome.customers.iloc[chosen].sort_values("rank")
    wanted = "、".join(job.tags)
    if people.empty:
        near = _near(outcome.customers["tags"].dropna().unique().tolist(), job.tags)
        yield job.say("tagged_none", tags=wanted, near=job.say("tagged_near", near="、".join(near)) if near else "")
        return
    yield job.say("tagged", tags=wanted, count=len(people), total=len(outcome.customers))
    names = ("id", "name_shown", "owner", "tier_effective", "score", "tags")
    for ident, name, owner, tier, score, tags in zip(*(people[name].tolist() for name in names), strict=True):
        shown = "—" if score != score else f"{score:.0f}"  # noqa: PLR0124  not known
        yield job.say("tagged_customer", id=ident or "", name=name or "", owner=owner or "—", tier=tier, score=shown, tags=tags)


def _near(tags: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Tags of the workbook that are spelled much like the wanted ones."""
    known = {tag for text in tags for tag in split_tags(text)}
    known |= {tag.partition("-")[2] for tag in known if "-" in tag}
    return list(dict.fromkeys(near for word in wanted for near in get_close_matches(word, sorted(known), 3, 0.5)))


def _recognised(outcome: Outcome, job: Job) -> Iterator[str]:
    """What was recognised, column by column."""
    for region in outcome.regions:
        rows = f"{region.first_row}–{region.last_row}" if region.first_row else job.say("no_rows")
        header = "–".join(map(str, sorted({region.header_rows[0], region.header_rows[-1]})))
        yield job.say("table", kind=job.say(f"kind_{region.kind}"), sheet=region.sheet, header=header, rows=rows)
        yield from _columns(region, job)


def _columns(region: Region, job: Job) -> Iterator[str]:
    by_column = {column: name for name, columns in region.fields.items() for column in columns}
    owned = set(region.owned.values())
    for column, header in sorted(region.headers.items()):
        text = " ".join(header.split())
        if column in by_column:
            unit = f" [{region.units[by_column[column]]}]" if by_column[column] in region.units else ""
            yield job.say("column", letter=letters(column), header=text, field=by_column[column], unit=unit)
        else:
            yield job.say("owned" if column in owned else "unknown", letter=letters(column), header=text)


def _found(outcome: Outcome, job: Job) -> Iterator[str]:
    if not outcome.findings:
        yield job.say("no_findings")
        return
    for one in outcome.findings:
        yield job.say(
            "finding", severity=job.say(f"severity_{catalogue.severity(one)}"), where=one.where or "", code=one.code,
            message=catalogue.message(one, job.lang), hint=catalogue.hint(one, job.lang),
        )  # fmt: skip
    counts = Counter(catalogue.severity(one) for one in outcome.findings)
    yield job.say("sum", errors=counts["error"], warnings=counts["warning"], infos=counts["info"])


def _strict_code(outcome: Outcome, job: Job) -> int:
    return int(job.strict and any(catalogue.severity(one) == "error" for one in outcome.findings))


