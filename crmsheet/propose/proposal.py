"""Look at one workbook and propose its [columns] and [tiers]: what is known, likely, in doubt, or unknown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from crmsheet.model import Kind, Region, letters
from crmsheet.policy.schema import Policy
from crmsheet.privacy.detect import private_kinds
from crmsheet.propose.ranks import likely_tier
from crmsheet.propose.similar import SURE, candidates, is_sure
from crmsheet.tables.find import SEARCH_ROWS, Found
from crmsheet.tables.spec import fold, table_spec
from crmsheet.values.tiers import parse_tier
from crmsheet.workbook import Sheet, Workbook

State = Literal["known", "likely", "doubtful", "unknown", "ours"]
SAMPLE = 200  # rows whose values are looked at
LONGEST_WORD = 12  # of a tier; longer texts are notes, and may name people


@dataclass(frozen=True, slots=True)
class HeaderProposal:
    """One column: its header, and the fields that it is or may be, best first."""

    kind: Kind
    sheet: str
    row: int
    column: str
    header: str
    state: State
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TierProposal:
    """One word of the tier column, how often it stands there, and the tier that it is (known) or may mean."""

    word: str
    count: int
    state: State
    tier: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """All of a workbook.  ``guessed``: where a header was supposed because no table was recognised."""

    headers: tuple[HeaderProposal, ...]
    tiers: tuple[TierProposal, ...]
    guessed: tuple[str, ...] = ()


def propose_columns(book: Workbook, found: Found) -> tuple[tuple[HeaderProposal, ...], tuple[str, ...]]:
    """The columns of every table, a header once a kind; without a customers table also of what may be one."""
    regions = list(found.regions)
    guessed = []
    if not any(region.kind == "customers" for region in regions):
        seen = {region.sheet for region in regions} | {sheet for sheet, _ in found.look_alikes}
        guessed = [one for name in book.sheets if name not in seen for one in _supposed(book.sheet(name))]
    made: dict[tuple[Kind, str], HeaderProposal] = {}
    for region in (*regions, *guessed):
        for one in _columns(book.sheet(region.sheet), region):
            made.setdefault((one.kind, one.header), one)
    return tuple(made.values()), tuple(region.sheet for region in guessed)


def _columns(sheet: Sheet, region: Region) -> Iterator[HeaderProposal]:
    spec = table_spec(region.kind)
    field_of = {column: name for name, columns in region.fields.items() for column in columns}
    taken = set(region.fields)
    values = _values(sheet, region)
    for column, header in sorted((c, h) for c, h in region.headers.items() if not private_kinds(h)):
        where = (region.kind, sheet.name, region.header_rows[-1], letters(column), " ".join(header.split()))
        if column in field_of:
            yield HeaderProposal(*where, "known", (field_of[column],))
        elif column in region.owned.values():
            yield HeaderProposal(*where, "ours")
        elif (either := spec.ambiguous.get(fold(header))) is not None:
            yield HeaderProposal(*where, "doubtful", tuple(name for name in either if name not in taken) or either)
        else:
            likely = candidates(spec, header, values.get(column, ()), taken)
            state: State = "likely" if is_sure(likely) else "doubtful" if likely else "unknown"
            taken |= {likely[0].field} if state == "likely" else set()
            yield HeaderProposal(*where, state, tuple(one.field for one in likely))


def _values(sheet: Sheet, region: Region) -> Mapping[int, list[Any]]:
    """Values of the first rows, by column."""
    found: dict[int, list[Any]] = {}
    if region.first_row and region.last_row:
        for line in sheet.rows(region.first_row, min(region.last_row, region.first_row + SAMPLE)).values():
            for column, cell in line.items():
                found.setdefault(column, []).append(cell.value)
    return found


def _supposed(sheet: Sheet) -> Iterator[Region]:
    """The row of a sheet that most looks like a header of customers although it is recognised as none.

    Half of its texts are alike to known words: a row of data, which may name people, is not taken for one.
    """
    spec = table_spec("customers")
    for row, line in sheet.rows(1, min(SEARCH_ROWS, sheet.last_row)).items() if sheet.last_row else ():
        texts = {c: str(cell.value).strip() for c, cell in line.items() if cell.kind == "text" and str(cell.value).strip()}
        alike = [one[0].alike for text in texts.values() if (one := candidates(spec, text, (), ()))]
        if len(texts) >= 3 and sum(score >= SURE for score in alike) * 2 >= len(texts) and not any(map(private_kinds, texts.values())):
            yield Region("customers", sheet.name, (row,), row + 1, max(sheet.last_row, row + 1), {}, texts, {}, tuple(texts), {}, max(texts))
            return


def propose_tiers(words: Sequence[str], people: Collection[str], policy: Policy, own: Mapping[str, str]) -> tuple[TierProposal, ...]:
    """The words of the tier column, most frequent first; what may name a person is left out."""
    return tuple(
        _tier(word, count, policy, own)
        for word, count in Counter(word.strip() for word in words).most_common()
        if word and len(word) <= LONGEST_WORD and word not in people and not private_kinds(word)
    )


def _tier(word: str, count: int, policy: Policy, own: Mapping[str, str]) -> TierProposal:
    if (known := parse_tier(word, policy.tiers, own)) is not None:
        return TierProposal(word, count, "known", known)
    likely = likely_tier(word, policy.tiers)
    return TierProposal(word, count, "likely" if likely else "unknown", likely)


