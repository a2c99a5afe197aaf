"""From planned edits to the new file's bytes, and the proof that nothing else in it changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from crmsheet.workbook.cells import Kind
from crmsheet.workbook.edit import Longs, NewCells, cell_splices, dimension_splice
from crmsheet.workbook.errors import EditError, InputError
from crmsheet.workbook.index import Bools, Cells, SheetIndex
from crmsheet.workbook.package import Package, normal, open_package, rebuild
from crmsheet.workbook.reader import Reader
from crmsheet.workbook.scan import scan
from crmsheet.workbook.sheet import Sheet, same_value
from crmsheet.workbook.styles import Styles
from crmsheet.workbook.tables import sheet_splices
from crmsheet.workbook.xml import Splice, parse, spliced

Edits = Mapping[Sheet, NewCells]
Proof = Callable[[bytes], None]  # EditError when a part's new content is not what was meant


def sheet_parts(edits: Edits, date1904: bool) -> dict[str, bytes]:
    """New contents of the sheets that have edits, by lower-case part name.

    EditError when the proof fails.
    """
    changed = {}
    for sheet, cells in edits.items():
        index = sheet.index
        splices = (
            cell_splices(index, cells, date1904)
            + dimension_splice(index, cells)
            + sheet_splices(index.data, index.root, sheet.added)
        )
        splices.sort(key=lambda s: s[:2])
        data = spliced(index.data, splices)
        _prove_runs(index.data, data, splices, sheet.name)
        changed[normal(sheet.part)] = data
    return changed


def _unproven(where: str) -> EditError:
    return EditError(
        f"写入前自检失败（{where}），已放弃写入，文件未改动；请把该工作簿反馈给维护者",
        f"the check before writing failed ({where}); nothing was written; please report this workbook",
    )


def _prove_runs(old: bytes, new: bytes, splices: Sequence[Splice], where: str) -> None:
    """Every byte outside the splices must be the original's.  EditError."""
    a, b, at, to = memoryview(old), memoryview(new), 0, 0
    for start, end, text in [*splices, (len(old), len(old), b"")]:
        length = start - at
        if a[at:start] != b[to : to + length]:
            raise _unproven(where)
        at, to = end, to + length + len(text)
    if to != len(new):
        raise _unproven(where)


def built(
    package: Package, changed: Mapping[str, bytes], added: Mapping[str, bytes], proofs: Mapping[str, Proof]
) -> bytes:
    """The new file's bytes, proven: changed and new parts read back as meant, every other member the same bytes.

    ``changed`` by lower-case part name, ``added`` by member name; ``proofs``: what else must be true of a part's
    new content, by lower-case name.  EditError.
    """
    if not changed and not added:
        return package.data
    data = rebuild(package, changed, added)
    try:
        _prove_members(package, open_package(data), changed, added)
        for name, content in [*changed.items(), *added.items()]:
            prove = proofs.get(normal(name))
            if prove is None:
                parse(content, name)
            else:
                prove(content)
    except InputError as error:
        raise _unproven(error.en) from None
    return data


def _prove_members(
    old: Package, new: Package, changed: Mapping[str, bytes], added: Mapping[str, bytes]
) -> None:
    if [m.name for m in new.members] != [*(m.name for m in old.members), *added]:
        raise _unproven("members")
    for name, content in added.items():
        if new.read(name) != content:
            raise _unproven(name)
    for a, b in zip(old.members, new.members, strict=False):  # the new ones follow
        key = normal(a.name)
        if key in changed:
            if new.read(b.name) != changed[key]:
                raise _unproven(a.name)
        elif (
            memoryview(old.data)[a.start : a.end] != memoryview(new.data)[b.start : b.end]
            or a.central[:42] + a.central[46:] != b.central[:42] + b.central[46:]
        ):
            raise _unproven(a.name)


def prove_sheet(sheet: Sheet, cells: NewCells, content: bytes) -> None:
    """All other cells stand where they stood with the same bytes; the written ones read back as they were
    meant.  EditError.
    """
    now, before, mine = scan(content, sheet.part), sheet.index, cells.keys
    old, new = (_others(index, mine) for index in (before, now))
    if not np.array_equal(before.keys[old], now.keys[new]) or not _same_cells(
        before.cells, old, now.cells, new
    ):
        raise _unproven(sheet.name)
    _prove_values(sheet.reader.twin(now), cells)


def prove_new_sheet(name: str, part: str, styles: Styles, date1904: bool, cells: NewCells, content: bytes) -> None:
    """A new sheet holds its cells, reads back as they were meant, and nothing else.  EditError."""
    reader = Reader(name, scan(content, part), styles, lambda: np.empty(0, object), date1904)
    if not np.array_equal(reader.index.keys, cells.keys):
        raise _unproven(name)
    _prove_values(reader, cells)


def _prove_values(reader: Reader, cells: NewCells) -> None:
    """The cells read back as they were meant.  EditError."""
    mine, now = cells.keys, reader.index
    at = np.searchsorted(now.keys, mine)
    if len(mine) and (at.max() >= len(now.keys) or (now.keys[at] != mine).any()):
        raise _unproven(reader.name)
    read = reader.twin(now.only(at))
    held = read.decode(np.arange(len(at)))
    shown = (held.kind == Kind.TEXT) & (held.text == cells.values)  # the usual case, as columns
    for i in np.flatnonzero(~shown).tolist():
        if not same_value(int(held.kind[i]), float(held.number[i]), held.text[i], cells.values[i], read.date1904):
            raise _unproven(read.where(i))


def _others(index: SheetIndex, keys: Longs) -> Bools:
    """Which cells are none of those with these (ascending) keys."""
    mask = np.ones(len(index.keys), np.bool_)
    at = np.searchsorted(index.keys, keys)
    at = at[at < len(index.keys)]
    mask[at[np.isin(index.keys[at], keys)]] = False
    return mask


def _same_cells(a: Cells, old: Bools, b: Cells, new: Bools) -> bool:
    """Whether cells agree in type, style and length (their bytes have been compared before)."""
    return (
        np.array_equal(a.stored[old], b.stored[new])
        and np.array_equal(a.style[old], b.style[new])
        and np.array_equal((a.end - a.start)[old], (b.end - b.start)[new])
    )
