"""What a run says to people at the command line: what was found, decided and written, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from crmsheet.job import Job
from crmsheet.model import Outcome, Verdict
from crmsheet.review.outputs import Format
from crmsheet.run import Result, dry_lines


def tell_run(path: Path, result: Result, outputs: Mapping[Format, Path], job: Job) -> None:
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
    _tell_write(result, job)
    for line in outcome.receipt.notices if outcome.receipt is not None else ():
        click.echo(job.say("notice", line=line), err=True)
    _tell_review(outputs, job)
    _tell_next(outcome, job)


def _tell_review(outputs: Mapping[Format, Path], job: Job) -> None:
    """Where the review lies, and what of it anybody can read although the workbook or the Excel review has a password."""
    if "html" in outputs:
        job.tell(job.say("review", path=outputs["html"]))
        if job.password_file is not None:
            job.tell(job.say("review_open"))
    elif "xlsx" in outputs:
        job.tell(job.say("review_sealed", path=outputs["xlsx"]))
        for older in (outputs["xlsx"].with_suffix(kind) for kind in (".html", ".json")):
            if older.exists():
                job.warn(job.say("review_older", path=older))


def _tell_next(outcome: Outcome, job: Job) -> None:
    """What people have to do before the next run."""
    customers = outcome.customers
    if waiting := int(customers["proposed_tier"].notna().sum()):
        job.tell(job.say("next_approve", count=waiting))
    if customers.empty:
        job.tell(job.say("no_customers", sheet=next(one.sheet for one in outcome.regions if one.kind == "customers")))


def _tell_write(result: Result, job: Job) -> None:
    """What became of the workbook."""
    outcome = result.outcome
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
