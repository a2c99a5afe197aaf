"""Header texts of one row → fields of one kind of table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crmsheet.model import Kind
from crmsheet.tables.spec import OWNED, TableSpec, fold, table_spec
from crmsheet.values.names import fold_header

OURS_SUFFIX = "(系统)"


@dataclass(frozen=True, slots=True)
class Match:
    """Which columns are which fields; columns count from 1."""

    spec: TableSpec
    fields: Mapping[str, tuple[int, ...]]
    units: Mapping[str, str]
    owned: Mapping[str, int]
    unknown: tuple[int, ...]
    ambiguous: tuple[tuple[int, str, str], ...]  # column, the two fields it may be
    duplicates: tuple[tuple[int, int], ...]  # column, the column that was read instead
    strong_name: bool

    @property
    def kind(self) -> Kind:
        """The kind of table these fields belong to."""
        return self.spec.kind


    @property
    def known(self) -> int:
        """How many columns say something: fields, and those of which only the exact one is in doubt."""
        return len(self.fields) + len({first for _, first, _ in self.ambiguous} - self.fields.keys())


def owned_name(header: str) -> str | None:
    """The owned column (SPEC §6) that a header names, its brackets kept: ``建议等级(系统)`` is one too."""
    text = "".join(header.split()).replace("（", "(").replace("）", ")")
    plain = text.removesuffix(OURS_SUFFIX)
    return text if plain in OWNED else None


def match_headers(
    kind: Kind,
    headers: Mapping[int, str],
    groups: Mapping[int, str] | None = None,
    mapped: Mapping[str, str] | None = None,
) -> Match:
    """Match one header row.

    ``headers`` and ``groups`` (the band above, if any) are column → text; ``mapped`` is a team's own
    header → field.  A header that may be two fields is reported, never guessed.
    """
    spec, mapped = table_spec(kind), {fold_with_brackets(k): v for k, v in (mapped or {}).items()}
    owned: dict[str, int] = {}
    own_headers = {field.header for field in spec.fields.values()}  # 审核 of the strategy table is the team's
    wanted: dict[str, list[tuple[int, int]]] = {}  # field -> (rank, column); rank 0 is best
    ambiguous, unknown, units = [], [], {}
    for column, text in sorted(headers.items()):
        ours = owned_name(text)
        folded, unit = fold_header(text)
        told = mapped.get(fold_with_brackets(text))
        if ours and not told and ours not in own_headers:
            owned.setdefault(ours, column)
        elif not told and folded in spec.ambiguous:
            first, second = spec.ambiguous[folded][:2]
            ambiguous.append((column, first, second))
        elif (found := (told, -1) if told else _lookup(spec, folded, (groups or {}).get(column, ""))) is not None:
            wanted.setdefault(found[0], []).append((found[1], column))
            if unit:
                units[column] = unit
        else:
            unknown.append(column)
    _person_beside_company(spec, wanted)
    fields, duplicates, doubtful = _choose(spec, wanted, unknown)
    return Match(
        spec=spec, fields=fields,
        units={name: units[columns[0]] for name, columns in fields.items() if columns[0] in units},
        owned=owned, unknown=tuple(sorted(unknown)), ambiguous=(*ambiguous, *doubtful), duplicates=tuple(duplicates),
        strong_name=any(rank <= 1 for rank, _ in wanted.get("name", ())),
    )  # fmt: skip


def fold_with_brackets(header: str) -> str:
    """A header for a team's own map: folded, but what stands in brackets counts."""
    return fold(header.replace("(", "").replace(")", "").replace("（", "").replace("）", ""))


def _lookup(spec: TableSpec, folded: str, group: str) -> tuple[str, int] | None:
    """Field and rank of a folded header: 0 the documents' own, 1 another strong word, 2 a weak one."""
    if folded in spec.strong:
        name = spec.strong[folded]
        return name, 0 if folded == fold(spec.fields[name].header) else 1
    if folded in spec.weak:
        name = spec.weak[folded]
        return ("contact", 1) if name == "name" and "联系人" in group and "contact" in spec.fields else (name, 2)
    return None


def _person_beside_company(spec: TableSpec, wanted: dict[str, list[tuple[int, int]]]) -> None:
    """姓名 beside a company's name is the contact, not the customer (VOCABULARY)."""
    names = wanted.get("name", [])
    weak = [item for item in names if item[0] == 2]
    if weak and len(weak) < len(names) and "contact" in spec.fields and "contact" not in wanted:
        wanted["contact"] = weak[:1]
        wanted["name"] = [item for item in names if item != weak[0]]


def _choose(
    spec: TableSpec, wanted: Mapping[str, list[tuple[int, int]]], unknown: list[int]
) -> tuple[dict[str, tuple[int, ...]], list[tuple[int, int]], list[tuple[int, str, str]]]:
    """One column a field (several where the field allows): the documents' own header first, then the leftmost."""
    fields: dict[str, tuple[int, ...]] = {}
    duplicates: list[tuple[int, int]] = []
    doubtful: list[tuple[int, str, str]] = []
    for name, found in wanted.items():
        field = spec.fields.get(name)
        ranked = sorted(found)
        best_rank, best = ranked[0]
        rest = [column for rank, column in ranked[1:] if rank < 2]
        unknown += [column for rank, column in ranked[1:] if rank == 2]
        if field is not None and field.several:
            fields[name] = tuple(sorted(column for rank, column in found if rank < 2)) or (best,)
        elif field is not None and field.exclusive and rest and best_rank > 0:
            doubtful += [(column, name, name) for column in sorted([best, *rest])]
        else:
            fields[name] = (best,)
            duplicates += [(column, best) for column in rest]
    return fields, duplicates, doubtful
