"""One worksheet: what it holds, and what shall be written into it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from crmsheet.workbook.cells import Cell, Kind, Value, Written, all_checked, to_serial
from crmsheet.workbook.edit import NewCells, gathered
from crmsheet.workbook.errors import EditError
from crmsheet.workbook.guard import LAST_COLUMN, LAST_ROW, most_items
from crmsheet.workbook.index import SheetIndex
from crmsheet.workbook.looks import Looks
from crmsheet.workbook.parts import SheetEntry
from crmsheet.workbook.ranges import Range, cell_name, parse_cell, parse_range
from crmsheet.workbook.reader import Column, Reader
from crmsheet.workbook.room import check_names, filter_beside, left_alone, room_for
from crmsheet.workbook.scan import scan
from crmsheet.workbook.tables import (
    Added,
    ColumnLook,
    ExcelTable,
    Placement,
    check_choices,
    read_pivots,
    read_tables,
)

if TYPE_CHECKING:
    from crmsheet.workbook.book import Workbook

_CHUNK = 20_000
_HALF_SECOND = 0.5 / 86_400
_WHY = {
    "formula": ("有公式，不会覆盖", "holds a formula, which is never overwritten"),
    "array": (
        "属于数组公式或模拟运算表，不能写入",
        "belongs to an array formula or data table and cannot be written",
    ),
    "merged": (
        "被合并单元格盖住，只能写左上角那一格",
        "is covered by a merged range; only its first cell can be written",
    ),
    "pivot": ("属于数据透视表，刷新时会被覆盖，不能写入", "belongs to a pivot table, which a refresh fills again"),
    "table": ("是 Excel 表格的标题或汇总行，不能写入", "is in the header or totals row of an Excel table"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One cell that a commit would change."""

    sheet: str
    ref: str
    old: Value
    new: Written


class Sheet:
    """A worksheet of an open workbook.

    Rows and columns count from 1.  Scanned when first asked for its cells.
    """

    def __init__(self, book: Workbook, entry: SheetEntry) -> None:
        self._book, self._entry = book, entry
        self.name, self.state = entry.name, entry.state
        self.pending: dict[int, dict[int, Written]] = {}  # column -> row -> value
        self.added: list[Added] = []
        self._looks: dict[int, Looks] = {}  # of added columns

    # ---------------------------------------------------------------- reading

    @cached_property
    def index(self) -> SheetIndex:
        """The sheet's columnar index.  InputError when the sheet is damaged or not safe to read."""
        package, part = self._book.package, self._entry.part
        return scan(package.read(part), part, most=most_items(package.find(part).packed))

    @cached_property
    def reader(self) -> Reader:
        book = self._book  # the reader must not refer back to this sheet: a cycle outlives the book
        return Reader(self.name, self.index, book.styles, lambda: book.strings, book.date1904)

    @cached_property
    def has_formulas(self) -> bool:
        return len(self.index.formulas.start) > 0

    def release(self) -> None:
        """Forget the cells, for which a large sheet takes much memory; they are read again when somebody asks for them."""
        if "index" in self.__dict__ and not self.pending:
            self.has_formulas  # noqa: B018  asked for by every commit
            for name in ("index", "reader"):
                self.__dict__.pop(name, None)

    @property
    def part(self) -> str:
        return self._entry.part

    @property
    def tab(self) -> int:
        return self._entry.tab

    @cached_property
    def merged(self) -> tuple[Range, ...]:
        node = self.index.root.child("mergeCells")
        refs = (parse_range(m.attrs.get("ref", "")) for m in (node.all("mergeCell") if node else ()))
        return tuple(r for r in refs if r)

    @cached_property
    def tables(self) -> tuple[ExcelTable, ...]:
        return read_tables(self._book.package, self._entry.part)

    @cached_property
    def autofilter(self) -> Range | None:
        node = self.index.root.child("autoFilter")
        return parse_range(node.attrs.get("ref", "")) if node else None

    @cached_property
    def pivots(self) -> tuple[Range, ...]:
        """Where the sheet's pivot tables lie; a refresh fills these cells again."""
        return read_pivots(self._book.package, self._entry.part)

    @property
    def protected(self) -> bool:
        """Whether the sheet is protected (the engine writes it all the same)."""
        node = self.index.root.child("sheetProtection")
        return node is not None and node.attrs.get("sheet") in ("1", "true")

    @cached_property
    def last_row(self) -> int:
        """The last row with a value or formula, 0 when there is none."""
        return int(self.index.cells.row[self.reader.occupied].max(initial=0))

    @cached_property
    def last_column(self) -> int:
        """The last column with a value or formula, 0 when there is none."""
        return int(self.index.cells.column[self.reader.occupied].max(initial=0))

    def cells(self) -> Iterator[Cell]:
        """Every stored cell in row order, formatted blank ones too.  InputError for a damaged value."""
        count = len(self.index.cells.row)
        for start in range(0, count, _CHUNK):
            yield from self.reader.cells(np.arange(start, min(start + _CHUNK, count)))

    def cell(self, ref: str) -> Cell | None:
        """The cell as the file has it, or None when nothing is stored there.

        EditError for a bad reference.
        """
        at = self.index.locate(*_place(ref))
        return next(self.reader.cells(np.array([at]))) if at >= 0 else None

    def rows(self, first: int, last: int) -> dict[int, dict[int, Cell]]:
        """row -> column -> Cell, of the cells with a value or formula in rows first..last."""
        where = self.index.row_slice(first, last)
        at = np.arange(where.start, where.stop)[self.reader.occupied[where]]
        found: dict[int, dict[int, Cell]] = {}
        for cell in self.reader.cells(at):
            found.setdefault(cell.row, {})[cell.column] = cell
        return found

    def filled(self, first: int, last: int) -> npt.NDArray[np.int64]:
        """Number of cells with a value, one slot for every row first..last."""
        where = self.index.row_slice(first, last)
        rows = self.index.cells.row[where][self.reader.held[where]]
        return np.bincount(rows - first, minlength=max(0, last - first + 1)).astype(np.int64)

    def column(self, column: int, first: int, last: int) -> Column:
        """The cells of a column in rows first..last, as the file has them.

        InputError for a damaged value.
        """
        return self.reader.column(column, first, last)

    # ---------------------------------------------------------------- writing

    def set(self, ref: str, value: Any) -> None:
        """Plan to write a cell.  None clears the value and keeps the format.

        EditError: a formula, an array formula, a covered cell of a merged range, an Excel table's header, a
        value that no cell can hold, a bad reference, or a workbook that cannot be written safely.
        """
        row, column = _place(ref)
        for _, why in self.set_column(column, [row], [value]):
            zh, en = _WHY[why]
            raise EditError(f"{self.name}!{ref} {zh}", f"{self.name}!{ref} {en}")

    def set_column(self, column: int, rows: Any, values: Sequence[Any]) -> list[tuple[int, str]]:
        """Plan to write ``values`` to ``rows`` of a column; returns (row, why) of cells that must be left
        alone.

        why: ``formula``, ``merged``, ``array``, ``pivot`` or ``table`` (header or totals row).  What equals the cell
        already is no change. EditError as for ``set``, the cells left alone excepted.
        """
        self._book.check_writable(self)
        numbers = np.asarray(rows, np.int64)
        if (
            not 1 <= column <= LAST_COLUMN
            or (len(numbers)
            and not 1 <= numbers.min() <= numbers.max() <= LAST_ROW)
        ):
            raise EditError(
                f"工作表“{self.name}”没有要写入的行或列；请检查行号和列号",
                f"sheet {self.name!r} has no such row or column; check their numbers",
            )
        changed = self._changed(column, numbers, all_checked(values))
        why = left_alone(self, column, np.array(list(changed), np.int64))
        pending = self.pending.setdefault(column, {})
        if not why and not pending:
            pending.update(changed)
            return []
        for row in numbers.tolist():
            if row in changed and row not in why:
                pending[row] = changed[row]
            elif row not in changed:
                pending.pop(row, None)
        return sorted(why.items())

    def _changed(self, column: int, rows: npt.NDArray[np.int64], values: list[Written]) -> dict[int, Written]:
        """Those of the values that differ from what the file has."""
        wanted = dict(zip(rows.tolist(), values, strict=True))
        positions = self.reader.column_positions(column, int(rows.min(initial=0)), int(rows.max(initial=0)))
        positions = positions[np.isin(self.index.cells.row[positions], rows)]
        held = self.reader.decode(positions)
        present = zip(
            self.index.cells.row[positions].tolist(),
            held.kind.tolist(),
            held.number.tolist(),
            held.text,
            self.index.formula_mask[positions].tolist(),
            strict=True,
        )
        for row, kind, number, text, formula in present:
            if not (formula and wanted[row] is None) and same_value(
                kind, number, text, wanted[row], self._book.date1904
            ):
                del wanted[row]
        stored = set(self.index.cells.row[positions].tolist())
        return {row: value for row, value in wanted.items() if value is not None or row in stored}

    def add_columns(
        self,
        looks: Sequence[ColumnLook],
        header_row: int,
        first_row: int,
        last_row: int,
        right_of: int,
        table: ExcelTable | None = None,
    ) -> Placement:
        """Plan new columns with their headers, next to column ``right_of``; inside the Excel table when one
        is given.

        When something stands there they go after the sheet's last used column, ``blocked``, outside the
        table. EditError: no room on the sheet, a header that the Excel table has already, choices that Excel
        cannot hold.
        """
        self._book.check_writable(self)
        check_choices(looks)
        if not looks:
            return Placement([], False, False)
        start, in_place = room_for(self, len(looks), header_row, last_row, right_of, table)
        grows = table if in_place and table is not None and table.plain and table.header_rows == 1 else None
        if grows is not None:
            check_names(grows, looks)
        filtered = filter_beside(self, header_row, last_row, right_of) if in_place else None
        self.added.append(Added(tuple(looks), start, first_row, last_row, grows, filtered))
        for i, look in enumerate(looks):
            self._looks[start + i] = Looks(
                self.index, self._book.styles, look.kind, right_of, header_row, first_row, last_row
            )
            self.pending.setdefault(start + i, {})[header_row] = look.header
        return Placement(list(range(start, start + len(looks))), not in_place, grows is not None)

    # ---------------------------------------------------------------- for the commit

    def new_cells(self) -> NewCells:
        """All planned cells in row order, with blank ones that carry the look of new columns."""
        out = []
        for column, planned in self.pending.items():
            rows = np.array(list(planned), np.int64)
            look = self._looks.get(column) or Looks(self.index, self._book.styles, None, column, 0, 1, 0)
            places, values = look.dressed(rows, list(planned.values()))
            out.append((column, places, look.styles(places, values), values))
        return gathered(out)

    def changes(self) -> Iterator[Change]:
        """What a commit would change, in row and column order; values only."""
        places = sorted((row, column) for column, planned in self.pending.items() for row in planned)
        old = self._old_values(places)
        for row, column in places:
            yield Change(self.name, cell_name(row, column), old.get((row, column)), self.pending[column][row])

    def _old_values(self, places: list[tuple[int, int]]) -> dict[tuple[int, int], Value]:
        at = np.array([i for place in places for i in [self.index.locate(*place)] if i >= 0], np.intp)
        return {(cell.row, cell.column): cell.value for cell in self.reader.cells(at)}


def _place(ref: str) -> tuple[int, int]:
    place = parse_cell(ref)
    if place is None:
        raise EditError(f"“{ref}”不是有效的单元格地址", f"{ref!r} is not the address of a cell")
    return place


def same_value(kind: int, number: float, text: str | None, value: Written, date1904: bool) -> bool:
    """Whether a cell that holds kind/number/text shows ``value`` already."""
    if value is None:
        return kind == Kind.BLANK
    if isinstance(value, str):
        return kind == Kind.TEXT and text == value
    if isinstance(value, bool):
        return kind == Kind.BOOL and number == value
    if isinstance(value, dt.date):
        return kind == Kind.DATE and abs(number - to_serial(value, date1904)) < _HALF_SECOND
    return kind in (Kind.NUMBER, Kind.DATE, Kind.TIME) and number == value


__all__ = ["Change", "Sheet", "same_value"]
