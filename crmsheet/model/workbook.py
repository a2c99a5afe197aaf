"""Where things stand in the team's workbook: cells, what is wrong with them, tables, and what a write did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Severity = Literal["error", "warning", "info"]
Kind = Literal["customers", "followups", "strategy", "classes", "people"]


def letters(column: int) -> str:
    """Spell a 1-based column number as Excel does: 1 → A, 28 → AB."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


class CellRef(NamedTuple):
    """One cell of the team's workbook; row and column count from 1."""

    sheet: str
    row: int
    column: int

    @property
    def a1(self) -> str:
        """The address within its sheet, such as ``F2``."""
        return f"{letters(self.column)}{self.row}"

    def __str__(self) -> str:
        return f"{self.sheet}!{self.a1}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem: a code of the catalogue (findings.py), where it is, and what fills its sentence.

    ``value`` is the raw text of the cell as far as it may be shown (masked where private), None without one.
    ``params`` fill the message's braces in either language.  ``severity``: where it is not the catalogue's.
    """

    code: str
    where: CellRef | None
    value: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """One table on one sheet, as recognised: where its header and data stand, which column is which field."""

    kind: Kind
    sheet: str
    header_rows: tuple[int, ...]
    first_row: int | None
    last_row: int | None
    fields: Mapping[str, tuple[int, ...]]  # field -> its columns (several for phones side by side)
    headers: Mapping[int, str]  # column -> header text as it stands in the file
    units: Mapping[str, str]  # field -> unit in its header's brackets
    unknown: tuple[int, ...]  # columns that fit no field
    owned: Mapping[str, int]  # owned column -> where it stands already
    right_edge: int  # last column of the table
    excel_table: str | None = None

    @property
    def outside(self) -> bool:
        """Whether it stands in another file or in a database: no sheet of the team's own begins with a bracket."""
        return self.sheet.startswith("[")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a write did to the file: the ``write`` part of the result document (SPEC §10)."""

    path: str
    cells_changed: int
    parts_changed: tuple[str, ...]
    backup: str | None
    sha256_before: str
    sha256_after: str
    notices: tuple[str, ...] = ()  # for people, of a file that was written all the same
