"""From an open workbook to its proposal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from crmsheet.policy.choose import Choice, choose_policy
from crmsheet.policy.settings import Settings
from crmsheet.propose.proposal import HeaderProposal, Proposal, propose_columns, propose_tiers
from crmsheet.reading import column_map, told_policy
from crmsheet.tables.find import Found, find_tables
from crmsheet.workbook import Workbook, column_number


class Seen(NamedTuple):
    """What was found, the policy that a run would take and why, and what is proposed."""

    found: Found
    choice: Choice
    proposal: Proposal


def look_at(book: Workbook, settings: Settings, folder: Path, asked: str | None) -> Seen:
    """Recognise, and propose a name for the rest.  Raises PolicyError."""
    found = find_tables(book, column_map(settings), [name for name in settings.writeback.columns.values() if name])
    headers, guessed = propose_columns(book, found)
    known = [one for one in headers if one.kind == "customers" and one.state in ("known", "likely")]
    words = [word for one in known if one.fields[0] == "tier" for word in _texts(book, found, one)]
    people = {word for one in known if one.fields[0] == "contact" for word in _texts(book, found, one)}
    choice = choose_policy(asked, settings, folder, told_policy(book), set(words), {one.fields[0] for one in known})
    return Seen(found, choice, Proposal(headers, propose_tiers(words, people, choice.policy, settings.tiers), guessed))


def _texts(book: Workbook, found: Found, of: HeaderProposal) -> Iterator[str]:
    """The texts below a header, wherever it stands."""
    for sheet, column, first, last in _places(book, found, of):
        cells = book.sheet(sheet).column(column, first, last)
        yield from (text.strip() for text in cells.text.tolist() if text and text.strip())


def _places(book: Workbook, found: Found, of: HeaderProposal) -> Sequence[tuple[str, int, int, int]]:
    """Sheet, column, first and last row; of a supposed table everything below its header."""
    regions = [region for region in found.regions if region.kind == of.kind]
    if not regions:
        last = book.sheet(of.sheet).last_row
        return [(of.sheet, column_number(of.column), of.row + 1, last)] if last > of.row else []
    return [
        (region.sheet, column, region.first_row, region.last_row) for region in regions if region.first_row and region.last_row
        for column, header in region.headers.items() if " ".join(header.split()) == of.header
    ]  # fmt: skip
