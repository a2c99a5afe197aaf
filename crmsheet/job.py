"""What one command line asks for, where its lines go, and the documents that ``--json`` collects."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from crmsheet.arrays import Ints
from crmsheet.assess import Options
from crmsheet.errors import BusyError, InputError, WorkbookError
from crmsheet.findings import severity
from crmsheet.model import Outcome, Period
from crmsheet.review.document import document, dump
from crmsheet.rollup.team import Team
from crmsheet.texts import Lang, both, say

REVIEW_FOLDER = "crmsheet-reviews"  # beside the workbook


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
    logs: tuple[Path, ...] = ()  # workbooks of follow-ups
    per_owner: bool = False
    review_password_file: Path | None = None
    open_review: bool = False
    jobs: int = 1  # workbooks at once
    executor: str | None = None  # a cluster that runs them: dask://HOST:PORT
    rollup: Path | None = None  # the folder for the page over all of them
    to: str | None = None  # of export: a database; of handover: who takes over
    leaver: str | None = None  # of handover: whose customers
    team: str | None = None
    opener: Callable[[str], bool] | None = None  # shows an address; None: the browser
    source: Path | None = None  # of init: the team's own workbook
    write: bool = False
    key_file: Path | None = None  # of protect and reveal; None: the environment
    old_key_file: Path | None = None
    purge_backups: bool = False
    remove: bool = False  # of forget
    backups: bool = False
    reviews: bool = False
    ics: Path | None = None  # of remind: the folder for calendars
    digest: bool = False
    send: bool = False
    now: Callable[[], float] | None = None  # seconds since 1970: --send asks the command line's clock
    sleep: Callable[[float], object] | None = None  # how to wait; None: as one does
    tags: tuple[str, ...] = ()  # of check: list the customers that carry all of these

    def say(self, key: str, **params: object) -> str:
        """A text of the command line in the job's language."""
        return say("cli", key, self.lang, **params)

    def tell(self, line: str) -> None:
        """A message for people: on stdout, or on stderr when stdout is for the document."""
        if not self.quiet:
            click.echo(line, err=self.as_json)

    def tell_aside(self, line: str) -> None:
        """A message for people where stdout holds something to be kept."""
        if not self.quiet:
            click.echo(line, err=True)

    def warn(self, line: str) -> None:
        """A line on stderr about something that went well all the same."""
        click.echo(self.say("notice", line=line), err=True)

    def refuse(self, error: WorkbookError) -> int:
        """One line on stderr; exit 2."""
        click.echo(self.say("refused", line=error.zh if self.lang == "zh" else error.en), err=True)
        return 2

    def told(self, work: Callable[[], int]) -> int:
        """The exit code of work whose refusals are told: 3 when somebody else has the file, else 2."""
        try:
            return work()
        except WorkbookError as error:
            return max(self.refuse(error), 3 if isinstance(error, BusyError) else 2)

    def sheltered(self, path: Path, work: Callable[[], int]) -> int:
        """The exit code of one workbook of several; a fault of ours in it is told and does not keep the others from their turn."""
        try:
            return self.told(work)
        except BrokenPipeError:
            raise
        except Exception as error:
            if self.debug:
                raise
            click.echo(self.say("internal_in", path=path, kind=type(error).__name__), err=True)
            return 4

    def strict_code(self, outcome: Outcome) -> int:
        """1 where ``--strict`` was asked for and an error was found, else 0."""
        return int(self.strict and any(severity(one) == "error" for one in outcome.findings))

    def options(self) -> Options:
        """What the run needs to know.  Raises InputError when a password file cannot be read."""
        return Options(as_of=self.as_of, policy=self.policy, period=self.period, password=_password(self.password_file), lang=self.lang,
                       approve=self.approve, approver=self.approver, decisions=self.decisions, logs=self.logs,
                       review_password=self.review_password())  # fmt: skip

    def review_password(self) -> str | None:
        """The password that the reviews get.  Raises InputError when there is none in the file."""
        word = _password(self.review_password_file)
        if word == "":
            raise InputError(*both("empty_password", path=self.review_password_file))
        return word


def _password(file: Path | None) -> str | None:
    try:
        return None if file is None else file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(*both("no_password", path=file)) from error


class Documents:
    """Collects the result documents of ``--json``: one, or an array for several workbooks."""

    def __init__(self, several: bool) -> None:
        self.several, self.parts = several, list[bytes]()
        self.teams: list[Team] = []  # of a rollup, in place of the documents

    def take(self, others: Iterable[bytes | Team]) -> None:
        """What another process collected."""
        for one in others:
            if isinstance(one, Team):
                self.teams.append(one)
            else:
                self.parts.append(one)

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
