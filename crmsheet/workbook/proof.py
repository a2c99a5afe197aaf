"""The proof of a sheet that was written: read back from the new file, from its first byte to its last, block by block.

Every byte outside the splices is the original's, all other cells stand where they stood, and the cells that were written
read back as they were meant.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from crmsheet.workbook.build import SheetEdit, unproven
from crmsheet.workbook.cells import Kind
from crmsheet.workbook.edit import NewCells
from crmsheet.workbook.index import Bools, SheetIndex
from crmsheet.workbook.package import Package
from crmsheet.workbook.reader import Reader
from crmsheet.workbook.scan import IrregularError, row_blocks, scan
from crmsheet.workbook.sheet import same_value


def prove(edit: SheetEdit, part: str, new: Package) -> None:
    """The part of the new file is what the edit meant.  EditError; InputError when it cannot be read."""
    index, cells = edit.reader.index, edit.cells
    cuts = np.frombuffer(edit.cuts, np.int64).reshape(-1, 3)
    inside = _inside(index, cuts)
    try:
        if inside is None or index.prefix:
            raise IrregularError
        _agree_in_turn(edit, row_blocks(_unchanged(edit, cuts, new.blocks(part)), *inside, index))
    except IrregularError:
        for _ in _unchanged(edit, cuts, new.blocks(part)):
            pass
        whole = scan(new.read(part), part)
        _agree(edit.reader, whole, slice(0, len(index.cells.row)), cells)


def _inside(index: SheetIndex, cuts: npt.NDArray[np.int64]) -> tuple[int, int] | None:
    """Where the inside of sheetData lies in the new content; None when there was none (``<sheetData/>``)."""
    node = index.sheet_data
    if node.inner == node.end:
        return None
    start, grown = cuts[:, 0], cuts[:, 2] - (cuts[:, 1] - cuts[:, 0])
    return node.inner + int(grown[start < node.inner].sum()), node.close + int(grown[start <= node.close].sum())


def _unchanged(edit: SheetEdit, cuts: npt.NDArray[np.int64], blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks, each proven to hold the original's bytes outside the splices.  EditError."""
    old = memoryview(edit.reader.index.data)
    begin = np.append(0, cuts[:, 1])  # of the runs between the splices: in the old content ...
    length = np.append(cuts[:, 0], len(old)) - begin
    to = np.append(0, np.cumsum(length[:-1] + cuts[:, 2]))  # ... and in the new one
    at, run = 0, 0
    for block in blocks:
        view, stop = memoryview(block), at + len(block)
        last = int(np.searchsorted(to, stop))
        for a, b, size in zip(to[run:last].tolist(), begin[run:last].tolist(), length[run:last].tolist(), strict=True):
            low, high = max(a, at), min(a + size, stop)
            if low < high and view[low - at : high - at] != old[b + low - a : b + high - a]:
                raise unproven(edit.reader.name)
        at, run = stop, max(last - 1, 0)  # the last run may go on
        yield block
    if at != to[-1] + length[-1]:
        raise unproven(edit.reader.name)


def _agree_in_turn(edit: SheetEdit, blocks: Iterator[SheetIndex]) -> None:
    """Block by block, each against all that stands in its rows or before them and was not looked at yet.  EditError."""
    before, cells = edit.reader.index.cells, edit.cells
    old = mine = 0
    for block in blocks:
        if not len(block.rows.number):
            continue
        last = block.rows.number[-1]
        to = int(np.searchsorted(before.row, last, "right")), int(np.searchsorted(cells.row, np.int64(last), "right"))
        _agree(edit.reader, block, slice(old, to[0]), cells.part(mine, to[1]))
        old, mine = to
    if (old, mine) != (len(before.row), len(cells.row)):
        raise unproven(edit.reader.name)


def _agree(reader: Reader, now: SheetIndex, old: slice, cells: NewCells) -> None:
    """``now`` holds ``cells`` as they are meant, and else just what stood at the positions ``old``.  EditError."""
    before, at, there = reader.index.cells, *now.places(cells.keys)
    if not there.all():
        raise unproven(reader.name)
    kept, rest = np.ones(old.stop - old.start, np.bool_), np.ones(len(now.cells.row), np.bool_)
    over, stood = reader.index.places(cells.keys)
    kept[over[stood] - old.start] = False
    rest[at] = False
    if not all(
        np.array_equal(a[old][kept], b[rest])
        for a, b in (
            (before.row, now.cells.row), (before.column, now.cells.column),
            (before.stored, now.cells.stored), (before.style, now.cells.style),
        )
    ) or not np.array_equal((before.end[old] - before.start[old])[kept], (now.cells.end - now.cells.start)[rest]):  # fmt: skip
        raise unproven(reader.name)
    _read_back(reader.twin(now.only(at)), cells)


def _read_back(read: Reader, cells: NewCells) -> None:
    """Every cell of the reader's shows what it was meant to.  EditError."""
    held = read.decode(np.arange(len(cells.row)))
    shown: Bools = (held.kind == Kind.TEXT) & (held.text == cells.values)  # the usual case, as columns
    shown |= (held.kind == Kind.BLANK) & (cells.values == None)  # noqa: E711  numpy compares element by element
    for i in np.flatnonzero(~shown).tolist():
        if not same_value(int(held.kind[i]), float(held.number[i]), held.text[i], cells.values[i], read.date1904):
            raise unproven(read.where(i))
