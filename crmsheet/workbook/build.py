"""From planned edits to the new file's bytes: each sheet's new content block by block, and the proof of all of it."""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from crmsheet.workbook.edit import NewCells, cell_splices, dimension_splice
from crmsheet.workbook.errors import EditError, InputError
from crmsheet.workbook.guard import BLOCK
from crmsheet.workbook.package import Content, Package, normal, open_package, rebuild
from crmsheet.workbook.reader import Reader
from crmsheet.workbook.tables import Added, sheet_splices
from crmsheet.workbook.xml import Splice, parse

Proof = Callable[[Package], None]  # EditError when a part of the new file is not what was meant


class SheetEdit:
    """What one sheet is to become: the content that ``reader`` reads, with ``cells`` and what follows ``added`` in it."""

    def __init__(self, reader: Reader, cells: NewCells, added: Sequence[Added] = ()) -> None:
        self.reader, self.cells, self.added = reader, cells, added
        self.cuts = array("q")  # start, end, length of what came in place: of each splice, in order, once it was made

    def content(self) -> Iterator[bytes]:
        """The new content, made block by block while it is written.  EditError."""
        index, self.cuts = self.reader.index, array("q")
        around = dimension_splice(index, self.cells) + sheet_splices(index.data, index.root, self.added)
        inside = cell_splices(index, self.cells, self.reader.date1904)
        return self._spliced(heapq.merge(inside, sorted(around, key=_place_of), key=_place_of))

    def _spliced(self, splices: Iterable[Splice]) -> Iterator[bytes]:
        old, at, held, size = memoryview(self.reader.index.data), 0, list[bytes | memoryview](), 0
        for start, end, new in splices:
            assert start >= at, "splices overlap"
            self.cuts.extend((start, end, len(new)))
            held += (old[at:start], new)
            size += start - at + len(new)
            at = end
            if size >= BLOCK:
                yield b"".join(held)
                held, size = [], 0
        yield b"".join(held)
        for start in range(at, len(old), BLOCK):
            yield bytes(old[start : start + BLOCK])


def _place_of(splice: Splice) -> tuple[int, int]:
    return splice[:2]


def unproven(where: str) -> EditError:
    """The error of a proof that failed."""
    return EditError(
        f"写入前自检失败（{where}），已放弃写入，文件未改动；请把该工作簿反馈给维护者",
        f"the check before writing failed ({where}); nothing was written; please report this workbook",
    )


def built(package: Package, changed: Mapping[str, Content], added: Mapping[str, Content], proofs: Mapping[str, Proof]) -> bytes:
    """The new file's bytes, proven: changed and new parts read back as meant, every other member the same bytes.

    ``changed`` by lower-case part name, ``added`` by member name; ``proofs``, by lower-case name: of what comes in
    blocks, and is read back from the new file for it.  EditError.
    """
    if not changed and not added:
        return package.data
    data = rebuild(package, changed, added)
    try:
        prove_all(package, open_package(data), {**changed, **{normal(name): content for name, content in added.items()}}, list(added), proofs)
    except InputError as error:
        raise unproven(error.en) from None
    return data


def prove_all(
    old: Package, new: Package, contents: Mapping[str, Content], added: Sequence[str], proofs: Mapping[str, Proof]
) -> None:
    """Every member is there, in its order; each is the same bytes as before, or what it was meant to be.  EditError."""
    if [m.name for m in new.members] != [*(m.name for m in old.members), *added]:
        raise unproven("members")
    for a, b in zip(old.members, new.members, strict=False):  # the new ones follow
        same = memoryview(old.data)[a.start : a.end] == memoryview(new.data)[b.start : b.end]
        if normal(a.name) not in contents and not (same and a.central[:42] + a.central[46:] == b.central[:42] + b.central[46:]):
            raise unproven(a.name)
    for name, content in contents.items():
        if name in proofs:
            proofs[name](new)
        elif not isinstance(content, bytes) or new.read(name) != content:
            raise unproven(name)
        else:
            parse(content, name)
