"""From a sheet's XML to its index: the frame around sheetData, and a regular or a strict scan of what is in
it.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from xml.parsers import expat

import numpy as np

from crmsheet.workbook import regular
from crmsheet.workbook.errors import InputError
from crmsheet.workbook.guard import LAST_ROW, MAX_PART, damaged, too_many
from crmsheet.workbook.index import STORED, Cells, Formulas, Rows, SheetIndex, Stored
from crmsheet.workbook.ranges import Range, cell_name, parse_cell, parse_range
from crmsheet.workbook.xml import (
    BETA,
    MAIN,
    Node,
    TreeBuilder,
    encoding_of,
    malformed,
    new_parser,
    prefix_of,
    tag_end,
    to_utf8,
)

_ANY_CELL = re.compile(r"\$?[A-Za-z]+\$?[1-9][0-9]*")
_INSIDE = {0: ("row",), 1: ("c", "extLst"), 2: ("v", "f", "is", "extLst")}  # by depth below sheetData
_BOUND_REF = re.compile(rb"""\sref\s*=\s*["']([^"']*)["']""")


def scan(raw: bytes, part: str, *, strict: bool = False, most: int = MAX_PART) -> SheetIndex:
    """The index of a worksheet part.  ``strict`` forces the slow scanner (the result is the same), which reads
    at most ``most`` cells.

    InputError: not well-formed, DOCTYPE, rows or cells not ascending or twice, junk among the rows.
    """
    data = to_utf8(raw, part)
    codec = encoding_of(data)
    try:
        frame, body = (None, None) if strict else _scan_regular(data, part, most)
        if frame is None or body is None:
            frame = _Strict(data, part, new_parser(part), most)
            frame.parser.Parse(data, True)
            body = frame.body()
    except (expat.ExpatError, ValueError, LookupError):
        raise malformed(part) from None
    frame.done()
    root, sheet_data = _checked(frame, part)
    fixed = tuple(r for tag in body.bound for r in [_bound_range(tag, part)])
    return SheetIndex(
        part,
        data,
        codec,
        encoding_of(raw),
        root,
        sheet_data,
        prefix_of(data, sheet_data),
        body.cells,
        body.rows,
        body.formulas,
        fixed,
    )


def _checked(frame: _Frame, part: str) -> tuple[Node, Node]:
    root, sheet_data = frame.root, frame.sheet_data
    if root is not None and root.space == BETA:
        raise InputError(
            "这是 Excel 2007 测试版格式的文件，无法安全处理；请用 Excel 另存为 .xlsx",
            "the file is in the format of the Excel 2007 beta; save it again as .xlsx",
        )
    if root is None or sheet_data is None or root.space not in MAIN or root.name != "worksheet":
        raise malformed(part)
    return root, sheet_data


def _bound_range(tag: bytes, part: str) -> Range:
    match = _BOUND_REF.search(tag)
    found = parse_range(match[1].decode("ascii", "replace")) if match else None
    if found is None:
        raise malformed(part)
    return found


class IrregularError(Exception):
    """A sheet that comes block by block is not in the usual shape: all of it must be scanned at once."""


class _Stream:
    """Bytes that come block by block, to be taken in other sizes."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self.blocks, self.held = blocks, b""

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes, or all that are left."""
        parts, have = [self.held], len(self.held)
        while have < size and (block := next(self.blocks, None)) is not None:
            parts.append(block)
            have += len(block)
        data = b"".join(parts)
        self.held = data[size:]
        return data[:size]


def row_blocks(blocks: Iterator[bytes], begin: int, close: int, like: SheetIndex) -> Iterator[SheetIndex]:
    """The sheet's rows, some at a time, as indexes of their own (offsets, too); rows ascend from one to the next.

    ``begin``, ``close``: where the inside of sheetData lies; ``like``: the index of another version of the sheet.
    Raises IrregularError; InputError when the whole is not well-formed, at the latest after the last block.
    """
    stream, parser = _Stream(blocks), new_parser(like.part)
    head = stream.take(begin)
    frame = _Frame(head, like.part, parser)
    fed, last, seen = 0, 0, set[bytes]()
    try:
        _parse(parser, head)
        if frame.sheet_data is None or frame.sheet_data.inner != begin or len(frame.stack) != 2:
            raise IrregularError
        frame.pause()
        for piece in _whole_rows(stream, close - begin):
            body = regular.scan_rows(piece + b"</sheetData>", 0, len(piece)) or _odd_rows(head, piece, 0, len(piece), last, like.part, MAX_PART)
            if body is None or (len(body.rows.number) and body.rows.number[0] <= last):
                raise IrregularError
            unseen = piece if body.unseen is None else b"".join(sorted(body.unseen - seen))
            _parse(parser, unseen)
            fed, seen, last = fed + len(unseen), seen | (body.unseen or set()), int(body.rows.number.max(initial=last))
            yield replace(like, data=piece, cells=body.cells, rows=body.rows, formulas=body.formulas)
        tail = b"".join([stream.held, *stream.blocks])
        frame.data = head + tail
        frame.go_on(len(head), -fed)
        parser.Parse(tail, True)
    except (expat.ExpatError, ValueError, LookupError):
        raise malformed(like.part) from None
    _checked(frame, like.part)


def _whole_rows(stream: _Stream, left: int) -> Iterator[bytes]:
    """The next ``left`` bytes in pieces that end with a row."""
    rest = b""
    while left:
        taken = stream.take(min(left, regular.PIECE))
        left -= len(taken) or left  # a sheet that ends too early fails when its tail is parsed
        piece = rest + taken
        cut = piece.rfind(regular.LAST_TAG) + len(regular.LAST_TAG) if left else len(piece)
        rest = piece[cut:] if cut >= len(regular.LAST_TAG) or not left else piece
        if len(rest) < len(piece):
            yield piece[: len(piece) - len(rest)]


def _parse(parser: Any, data: bytes | memoryview) -> None:
    """Feed a parser what is not the end.  Events must come at once, not with the next bytes."""
    if hasattr(parser, "SetReparseDeferralEnabled"):
        parser.SetReparseDeferralEnabled(False)
    parser.Parse(data, False)


class _Frame(TreeBuilder):
    """Builds the worksheet's tree and stays out of the body of sheetData."""

    def __init__(self, data: bytes, part: str, parser: Any) -> None:
        super().__init__(data, part, parser)
        self.sheet_data: Node | None = None
        self.resume = 0  # events before this offset belong to the body

    def pause(self) -> None:
        """Hear of nothing: what is parsed now stands for the body of sheetData."""
        self.parser.StartElementHandler = self.parser.EndElementHandler = self.parser.CharacterDataHandler = None

    def go_on(self, end: int, shift: int) -> None:
        """Hear again of what follows the body, which ends at ``end``."""
        self.resume, self.shift = end, shift
        self.parser.StartElementHandler, self.parser.EndElementHandler = self.opened, self.closed

    def opened(self, name: str, attrs: dict[str, str]) -> None:
        if self.at() >= self.resume:
            super().opened(name, attrs)
            node = self.stack[-1]
            if len(self.stack) == 2 and node.name == "sheetData" and node.space in MAIN:
                if self.sheet_data is not None:
                    raise malformed(self.part)
                self.sheet_data = node

    def closed(self, name: str) -> None:
        if self.at() >= self.resume:
            super().closed(name)

    def chars(self, text: str) -> None:
        pass


def _scan_regular(data: bytes, part: str, most: int = MAX_PART) -> tuple[_Frame | None, regular.Body | None]:
    """The frame and the body of a regular sheet, or (None, None)."""
    head = re.compile(rb"<sheetData(?=[\s>])").search(data)
    if head is None:
        return None, None
    begin = tag_end(data, head.start())
    end = data.find(b"</sheetData>", begin)
    before, left = data[:begin], most

    def odd(start: int, stop: int, row: int) -> regular.Body | None:
        nonlocal left  # of all pieces together
        found = _odd_rows(before, data, start, stop, row, part, left)
        left -= len(found.cells.row) if found else 0
        return found

    body = regular.scan_body(data, begin, end, odd) if end >= 0 else None
    if body is None:
        return None, None
    parser = new_parser(part)
    frame, view = _Frame(data, part, parser), memoryview(data)
    _parse(parser, view[:begin])
    if frame.sheet_data is None or frame.sheet_data.start != head.start() or len(frame.stack) != 2:
        return None, None  # what looked like sheetData stands in a comment, say
    frame.pause()
    fed = view[begin:end] if body.unseen is None else memoryview(b"".join(sorted(body.unseen)))
    _parse(parser, fed)
    frame.go_on(end, end - begin - len(fed))
    parser.Parse(view[end:], True)
    return frame, body


def _odd_rows(head: bytes, data: bytes, start: int, stop: int, row: int, part: str, most: int) -> regular.Body | None:
    """What the strict scanner finds in ``data[start:stop]``, whole rows behind ``row``; None when it cannot tell from them alone.

    ``head``: the sheet up to its rows.  What is well-formed behind it, and ends where it should, means the same among other rows.
    """
    parser = new_parser(part)
    frame = _Strict(head, part, parser, most)
    try:
        _parse(parser, head)
        if frame.sheet_data is None or len(frame.stack) != 2:
            return None
        frame.row, frame.data, frame.shift = row, data, start - len(head)
        _parse(parser, memoryview(data)[start:stop])
        if frame.path:
            return None  # a row that does not end here
        ended: list[str] = []
        parser.EndElementHandler = ended.append
        _parse(parser, b"</sheetData>")  # not heard when it stands in a comment, say
    except (InputError, expat.ExpatError, ValueError, LookupError, AssertionError):
        return None  # the whole sheet tells what is wrong with it
    frame.done()
    return replace(frame.body(), unseen=frozenset()) if ended else None


class _Strict(_Frame):
    """The slow scanner: every event of sheetData in turn, each rule checked where it can break."""

    def __init__(self, data: bytes, part: str, parser: Any, most: int) -> None:
        super().__init__(data, part, parser)
        self.most = most
        self.path: list[str] = []  # inside sheetData
        self.row = self.column = 0
        self.cells = array("i")  # eight numbers a cell
        self.cell = [0] * 8  # the one that is open
        self.rows: list[list[int]] = []
        self.found_formulas: list[list[int]] = []
        self.bound: list[bytes] = []

    def opened(self, name: str, attrs: dict[str, str]) -> None:
        if self.sheet_data is None or self.sheet_data.end or len(self.stack) != 2:
            super().opened(name, attrs)
            return
        space, _, local = name.rpartition("|")
        start = self.at()
        expected = _INSIDE.get(len(self.path)) if self.in_cells() else None
        if expected and (local not in expected or space not in MAIN):
            raise self.junk()
        self.path.append(local)
        if not self.in_cells():
            return
        if len(self.path) == 1:
            self.open_row(attrs, start)
        elif len(self.path) == 2:
            self.open_cell(attrs, start)
        elif len(self.path) == 3:
            self.open_child(local, attrs, start)

    def in_cells(self) -> bool:
        """Whether what is open are rows and cells, no row's extension."""
        return self.path[1:2] != ["extLst"]

    def open_row(self, attrs: dict[str, str], start: int) -> None:
        number = int(attrs.get("r", self.row + 1))
        if not self.row < number <= LAST_ROW:
            raise self.disorder(f"第 {number} 行", f"row {number}")
        self.row, self.column = number, 0
        self.rows.append([number, start, tag_end(self.data, start), -1, -1])

    def open_cell(self, attrs: dict[str, str], start: int) -> None:
        place = parse_cell(attrs["r"]) if "r" in attrs else (self.row, self.column + 1)
        if place is None and _ANY_CELL.fullmatch(attrs["r"]):
            raise self.outside(attrs["r"])
        stored = STORED.get(attrs.get("t", "n"))
        if place is None or stored is None:
            raise malformed(self.part)
        if place[0] != self.row or place[1] <= self.column:
            raise self.disorder(f"单元格 {cell_name(*place)}", f"cell {cell_name(*place)}")
        self.column = place[1]
        if len(self.cells) >= self.most * 8:
            raise too_many(self.part, "单元格", "cells that are not in the usual shape")
        self.cell[:] = *place, stored, int(attrs.get("s", 0)), start, -1, -1, -1

    def open_child(self, local: str, attrs: dict[str, str], start: int) -> None:
        cell = self.cell
        wanted = "is" if cell[2] == Stored.INLINE else "v"
        if local == wanted:
            cell[6] = tag_end(self.data, start)
        elif local == "f":
            self.found_formulas.append([len(self.cells) // 8, start, -1])
            if attrs.get("t") in ("array", "dataTable"):
                self.bound.append(self.data[start : tag_end(self.data, start)])

    def closed(self, name: str) -> None:
        if not self.path:
            super().closed(name)
            return
        inside, local, at = self.in_cells(), self.path.pop(), self.at()
        depth = len(self.path)
        if not inside:
            return
        if depth == 0:
            self.rows[-1][3:] = self.span(self.rows[-1][1], at)
        elif depth == 1:
            self.cell[5] = self.span(self.cell[4], at)[1]
            self.cells.extend(self.cell)
        elif depth == 2:
            self.close_child(local, at)

    def close_child(self, local: str, at: int) -> None:
        cell = self.cell
        if local == "f":
            formula = self.found_formulas[-1]
            formula[2] = self.span(formula[1], at)[1]
        elif local == ("is" if cell[2] == Stored.INLINE else "v"):
            cell[7] = at
            if self.data[cell[6] - 2 : cell[6]] == b"/>":
                cell[6] = cell[7] = -1

    def span(self, start: int, at: int) -> tuple[int, int]:
        """(offset of the end tag, offset past it) of the element that began at ``start`` and ends at ``at``."""
        inner = tag_end(self.data, start)
        if self.data[inner - 2 : inner] == b"/>":
            return inner, inner
        return at, tag_end(self.data, at)

    def chars(self, text: str) -> None:
        inside = self.sheet_data is not None and len(self.stack) == 2 and not self.sheet_data.end
        inside = inside and self.in_cells()
        if inside and len(self.path) < 3 and text.strip(" \t\r\n"):
            raise self.junk()

    def junk(self) -> InputError:
        line = f"第 {self.row} 行附近" if self.row else "表头之前"
        return InputError(
            f"部件 {self.part} 的{line}有不属于单元格的内容，无法安全处理；请用 Excel 另存后再试",
            f"part {self.part} holds something that is no cell, near row {self.row};"
            " save it again from Excel",
        )

    def disorder(self, zh: str, en: str) -> InputError:
        return InputError(
            f"部件 {self.part} 里{zh}的位置重复或不按顺序，无法安全处理；请用 Excel 打开并另存后再试",
            f"in part {self.part}, {en} stands twice or out of order; open it in Excel and save it again",
        )

    def outside(self, ref: str) -> InputError:
        return InputError(
            f"部件 {self.part} 里的单元格 {ref} 超出工作表的范围（最后一格是 XFD1048576）；请用 Excel 打开并另存后再试",
            f"in part {self.part}, cell {ref} lies beyond the last one of a sheet (XFD1048576); save it again from Excel",
        )

    def body(self) -> regular.Body:
        """What was found, in the contract's arrays."""
        table = np.frombuffer(self.cells, np.int32) if self.cells else np.zeros(0, np.int32)
        cells = [np.ascontiguousarray(column) for column in table.reshape(-1, 8).T]
        if ((cells[3] < 0) | (cells[3] >= 1 << 24)).any():
            raise damaged(self.part)
        return regular.Body(
            None,
            Cells(cells[0], cells[1], cells[2].astype(np.uint8), *cells[3:]),
            Rows(*_columns(self.rows, 5)),
            Formulas(*_columns(self.found_formulas, 3)),
            tuple(self.bound),
        )


def _columns(records: list[list[int]], width: int) -> list[Any]:
    table = np.array(records, np.int32).reshape(len(records), width)
    return [np.ascontiguousarray(table[:, i]) for i in range(width)]
