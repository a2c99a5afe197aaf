"""A worksheet that the workbook does not have yet: its own part, and the entries that make it known.

The workbook part, its relationships and the content types each gain one entry a sheet; nothing else in them changes.
The sheet goes behind the last tab, so that the places of all others (active tab, names of one sheet) stay right.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from crmsheet.workbook.cells import Written
from crmsheet.workbook.edit import NewCells
from crmsheet.workbook.errors import EditError
from crmsheet.workbook.package import Package
from crmsheet.workbook.ranges import Range
from crmsheet.workbook.styles import DATE_FORMAT, Shows, Styles
from crmsheet.workbook.tables import ColumnLook
from crmsheet.workbook.xml import MAIN, RELATIONSHIPS, Node, Splice, escape_attribute, parse, prefix_of, spliced

_STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_LONGEST_NAME = 31
_LAST_SHEET_ID = 65_534


@dataclass(eq=False, slots=True)
class NewSheet:
    """A sheet to be added: headers in row 1, ``rows`` from row 2 on."""

    name: str
    looks: tuple[ColumnLook, ...]
    rows: list[Sequence[Written]] = field(default_factory=list)

    def cells(self) -> Iterator[tuple[int, int, Written]]:
        """(row, column, value) of all that will stand there, in the sheet's order."""
        for row, values in enumerate([[look.header for look in self.looks], *self.rows], 1):
            for column, value in enumerate(values, 1):
                if value is not None:
                    yield row, column, value

    def planned(self, styles: Styles) -> NewCells:
        """The cells with their formats: dates get a date format, or are text where the workbook has no formats."""
        cells = list(self.cells())
        is_date = [isinstance(value, dt.date) for _, _, value in cells]
        dated = styles.clone(0, DATE_FORMAT) if any(is_date) and styles.tags else 0
        as_text = styles.shows(dated) != Shows.DATE
        values = np.empty(len(cells), object)
        values[:] = [str(v) if as_text and d else v for (_, _, v), d in zip(cells, is_date, strict=True)]
        row, column = (np.array([cell[i] for cell in cells], np.int64) for i in (0, 1))
        return NewCells(row, column, np.where(is_date, dated, 0).astype(np.int64), values)


def check_name(name: str, taken: Sequence[str]) -> None:
    """EditError for a name that no sheet may have, or that one has already (a chart sheet too)."""
    if not name or len(name) > _LONGEST_NAME or _FORBIDDEN.search(name) or name.startswith("'") or name.endswith("'"):
        raise EditError(f"“{name}”不能用作工作表名", f"{name!r} cannot be the name of a sheet")
    if name.lower() in (other.lower() for other in taken):
        raise EditError(
            f"已有名为“{name}”的标签页，但它不是工作表；请改名后再试",
            f"a tab is called {name!r} but is no worksheet; rename it",
        )


def frame_xml(looks: Sequence[ColumnLook], cells: NewCells, strict: bool) -> bytes:
    """The worksheet part without its cells: size, frozen header, widths."""
    widths = "".join(
        f'<col min="{i}" max="{i}" width="{look.width or 12:g}" customWidth="1"/>' for i, look in enumerate(looks, 1)
    )
    area = Range(1, 1, int(cells.row.max(initial=1)), len(looks))
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<worksheet xmlns="{_STRICT if strict else min(MAIN - {_STRICT})}"><dimension ref="{area}"/>'
        '<sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        '<selection pane="bottomLeft" activeCell="A2" sqref="A2"/></sheetView></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="15"/><cols>{widths}</cols><sheetData></sheetData></worksheet>'
    ).encode()


def free_part(package: Package, workbook_part: str, taken: Sequence[str]) -> str:
    """A part name for a new worksheet, beside the workbook part."""
    folder = posixpath.join(posixpath.dirname(workbook_part), "worksheets")
    numbers = iter(range(1, len(package.members) + len(taken) + 2))
    names = (posixpath.join(folder, f"sheet{n}.xml") for n in numbers)
    return next(name for name in names if not package.has(name) and name not in taken)


def is_strict(root: Node) -> bool:
    """Whether the workbook is in the Strict dialect."""
    return root.space == _STRICT


def workbook_splices(data: bytes, root: Node, names: Sequence[str], ids: Sequence[str]) -> list[Splice]:
    """``<sheet>`` entries behind the last one.  ``ids``: their relationship ids."""
    sheets = root.child("sheets")
    assert sheets is not None  # a workbook whose sheets were listed
    space = RELATIONSHIPS[is_strict(root)]
    number = max([node.number("sheetId") for node in sheets.all("sheet")], default=0)
    used = {node.number("sheetId") for node in sheets.all("sheet")}
    free = (n for n in (*range(number + 1, _LAST_SHEET_ID), *range(1, _LAST_SHEET_ID)) if n not in used)
    prefix = prefix_of(data, sheets)
    bound = re.search(rb"""xmlns:([\w.-]+)\s*=\s*["']""" + re.escape(space.encode()), data[root.start : root.inner])
    word, declared = (bound[1], b"") if bound else (b"r", b' xmlns:r="%s"' % space.encode())
    new = b"".join(
        b'<%ssheet%s name="%s" sheetId="%d" %s:id="%s"/>' % (prefix, declared, escape_attribute(name), next(free), word, rid.encode())
        for name, rid in zip(names, ids, strict=True)
    )
    return [(sheets.close, sheets.close, new)]


def relations_with(data: bytes, part: str, strict: bool, targets: Sequence[str]) -> tuple[bytes, list[str]]:
    """The workbook's relationships with one more for each new sheet part, and their ids.  ``targets``: from its folder."""
    root = parse(data, part)
    used = {node.attrs.get("Id", "").lower() for node in root.children}
    numbers = (n for n in range(1, len(used) + len(targets) + 2) if f"rid{n}" not in used)
    ids = [f"rId{next(numbers)}" for _ in targets]
    kind = RELATIONSHIPS[strict] + "/worksheet"
    prefix = prefix_of(data, root)
    new = b"".join(
        b'<%sRelationship Id="%s" Type="%s" Target="%s"/>' % (prefix, rid.encode(), kind.encode(), escape_attribute(target))
        for rid, target in zip(ids, targets, strict=True)
    )
    return spliced(data, [_appended(data, root, new)]), ids


def content_types_with(data: bytes, part: str, parts: Sequence[str]) -> bytes:
    """The content types with one more override for each new sheet part."""
    root = parse(data, part)
    prefix = prefix_of(data, root)
    new = b"".join(
        b'<%sOverride PartName="/%s" ContentType="%s"/>' % (prefix, escape_attribute(name), _CONTENT.encode())
        for name in parts
    )
    return spliced(data, [_appended(data, root, new)])


def _appended(data: bytes, root: Node, new: bytes) -> Splice:
    """The splice that puts elements behind the last child of a list's root."""
    if root.close < root.end:
        return root.close, root.close, new
    tag = data[root.start : root.inner]
    return root.start, root.end, tag[:-2].rstrip() + b">" + new + b"</" + prefix_of(data, root) + root.name.encode() + b">"
