"""What ``crmsheet check`` says: the tables column by column, the findings, the customers with some tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from crmsheet import findings as catalogue
from crmsheet.arrays import Ints
from crmsheet.job import Job
from crmsheet.model import Outcome, Region, letters
from crmsheet.tags import split_tags


def tagged_lines(outcome: Outcome, chosen: Ints, job: Job) -> Iterator[str]:
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


def recognised_lines(outcome: Outcome, job: Job) -> Iterator[str]:
    """What was recognised, column by column."""
    for region in outcome.regions:
        rows = job.say("rows", first=region.first_row, last=region.last_row) if region.first_row else job.say("no_rows")
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


def found_lines(outcome: Outcome, job: Job) -> Iterator[str]:
    """Every finding with its fix, and how many of each severity."""
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
