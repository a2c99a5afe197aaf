"""What a written cell leaves of its old value inside the file, and how it is taken out.

A cell's text may stand in the table of shared strings and not in the cell.  A write puts the new text into the cell and
leaves the table alone; where the old value must be gone (a sealed column, a forgotten customer) the strings that no cell
refers to any more are emptied.  Their places stay, so that every other cell's number stays right.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import numpy as np
import numpy.typing as npt

from crmsheet.workbook.index import Stored
from crmsheet.workbook.package import Package
from crmsheet.workbook.reader import Strings
from crmsheet.workbook.sheet import Sheet
from crmsheet.workbook.xml import Splice, new_parser, spliced, tag_end

_NAME = re.compile(rb"<([^\s/>]+)")
_SHARED = re.compile(rb"""\st\s*=\s*["']s["']""")
_TOKEN = re.compile(rb"[^<>\"']+")


def unused_strings(sheets: Collection[Sheet], strings: Strings) -> npt.NDArray[np.int64]:
    """Which shared strings hold a text, and no cell of ``sheets`` refers to once the planned edits are made."""
    used = np.zeros(len(strings), np.bool_)
    for sheet in sheets:
        index, shared = sheet.index, sheet.reader.shared
        kept = (index.cells.stored == Stored.SHARED) & (shared >= 0)
        for column, rows in sheet.pending.items():
            kept &= (index.cells.column != column) | ~np.isin(index.cells.row, list(rows))
        used[shared[kept]] = True
    return np.flatnonzero(~used & (strings != ""))


def others_refer(package: Package, sheets: Collection[str]) -> bool:
    """Whether a part other than the known worksheets (a macro sheet, say) may refer to shared strings."""
    known = {name.lower() for name in sheets}
    suspects = (m.name for m in package.members if "sheets/" in m.name.lower() and m.name.lower().endswith(".xml"))
    return any(_SHARED.search(package.read(name)) for name in suspects if name.lower() not in known)


def emptied(data: bytes, part: str, drop: npt.NDArray[np.int64]) -> bytes:
    """The shared-strings part with some of its items emptied; all others keep their bytes and places."""
    spans = list(_items(data, part))
    return spliced(data, [_empty(data, *spans[i]) for i in drop.tolist()])


def _items(data: bytes, part: str) -> Iterator[tuple[int, int]]:
    """Where each ``<si>`` stands, its tags included."""
    starts: list[int] = []
    ends: list[int] = []
    depth = 0
    parser = new_parser(part)

    def opened(name: str, _attrs: dict[str, str]) -> None:
        nonlocal depth
        if depth == 1 and name.rpartition("|")[2] == "si":
            starts.append(parser.CurrentByteIndex)
        depth += 1

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1
        if depth == 1 and name.rpartition("|")[2] == "si":
            at = parser.CurrentByteIndex  # of the end tag, or of the whole element when it closes itself
            ends.append(tag_end(data, at))

    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    parser.Parse(data, True)
    return zip(starts, ends, strict=True)


def _empty(data: bytes, start: int, end: int) -> Splice:
    name = _NAME.match(data, start)
    assert name is not None
    prefix = name[1].removesuffix(b"si")
    return start, end, b"<" + name[1] + b"><" + prefix + b"t/></" + name[1] + b">"


def parts_holding(package: Package, texts: Collection[str], skip: Collection[str]) -> list[str]:
    """Names of the members, ``skip`` left out, in which one of ``texts`` stands as a whole text or attribute."""
    wanted = {text.encode() for text in texts}
    passed = {name.lower() for name in skip}
    xml = (m.name for m in package.members if m.name.lower().endswith((".xml", ".vml", ".rels")) and m.name.lower() not in passed)
    return [name for name in xml if not wanted.isdisjoint(_TOKEN.findall(package.read(name)))]
