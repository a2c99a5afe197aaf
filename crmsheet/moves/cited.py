"""Cells in words, for the ledger: ``历史合作金额=120万 [客户!D2]`` (SPEC §4, Ledger)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from crmsheet.arrays import Objects
from crmsheet.judge.show import show_money, show_percent
from crmsheet.model import letters
from crmsheet.tables.table import Table

_CELL = re.compile(r"(.+)!([A-Z]{1,3})([0-9]+)(:[A-Z]{1,3}[0-9]+)?")
_QUIET = frozenset({"text", "person", "phone", "email", "name", "id"})  # free text may hold private values: only its place
Names = Mapping[tuple[str, str], tuple[Table, str]]


class Cited:
    """Names cells of some tables by header and value."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self._field: Names = {
            (region.sheet, letters(columns[0])): (table, name)
            for table in tables for region in table.regions for name, columns in region.fields.items() if name in table.spec.fields
        }  # fmt: skip
        self._values: dict[tuple[int, str], Objects] = {}
        self._rows: dict[int, dict[tuple[str, int], int]] = {}

    def words(self, cells: str | None) -> str | None:
        """Addresses joined by ``,`` → what stands there; a cell that is no field's is only named."""
        if not cells:
            return None
        return "; ".join(self._one(cell) for cell in cells.split(",") if cell)

    def _one(self, cell: str) -> str:
        match = _CELL.fullmatch(cell)
        known = self._field.get((match[1], match[2])) if match else None
        if match is None or known is None:
            return f"[{cell}]"
        table, field = known
        at = self._places(table).get((match[1], int(match[3])))
        value = None if at is None or match[4] or table.spec.fields[field].type in _QUIET else self._shown(table, field)[at]
        return f"{table.header(field)}{'' if value is None else f'={value}'} [{cell}]"

    def _places(self, table: Table) -> dict[tuple[str, int], int]:
        if id(table) not in self._rows:
            pairs = zip(table.frame["sheet"].tolist(), table.frame["row"].tolist(), strict=True)
            self._rows[id(table)] = {place: at for at, place in enumerate(pairs)}
        return self._rows[id(table)]

    def _shown(self, table: Table, field: str) -> Objects:
        key = (id(table), field)
        if key not in self._values:
            self._values[key] = shown_values(table, field)
        return self._values[key]


def shown_values(table: Table, field: str) -> Objects:
    """A field's values as the ledger shows them: money in 万, rates in %, dates as dates; None where blank."""
    column = table.frame[field]
    if column.dtype.kind == "M":
        texts = np.datetime_as_string(column.to_numpy("datetime64[D]")).astype(object)
    elif column.dtype.kind == "f":
        show = show_percent if table.spec.fields[field].type in ("rate", "growth") else show_money
        numbers = column.to_numpy(dtype=np.float64)
        texts = show(np.nan_to_num(numbers))
    else:
        return column.to_numpy(dtype=object)
    texts[column.isna().to_numpy()] = None
    return texts
