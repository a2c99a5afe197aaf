"""Cell formats: which number format a style has, what kind of value that shows, and new formats appended."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from crmsheet.workbook.errors import EditError
from crmsheet.workbook.xml import (
    Node,
    drop_attribute,
    escape_attribute,
    parse,
    prefix_of,
    set_attribute,
    spliced,
    tag_end,
)

BUILTIN = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: "yyyy/m/d",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy/m/d h:mm",
    27: 'yyyy"年"m"月"',
    28: 'm"月"d"日"',
    29: 'm"月"d"日"',
    30: "m-d-yy",
    31: 'yyyy"年"m"月"d"日"',
    32: 'h"时"mm"分"',
    33: 'h"时"mm"分"ss"秒"',
    34: '上午/下午h"时"mm"分"',
    35: '上午/下午h"时"mm"分"ss"秒"',
    36: 'yyyy"年"m"月"',
    37: "#,##0;-#,##0",
    38: "#,##0;[Red]-#,##0",
    39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;[Red]-#,##0.00",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    49: "@",
    50: 'yyyy"年"m"月"',
    51: 'm"月"d"日"',
    52: 'yyyy"年"m"月"',
    53: 'm"月"d"日"',
    54: 'm"月"d"日"',
    55: '上午/下午h"时"mm"分"',
    56: '上午/下午h"时"mm"分"ss"秒"',
    57: 'yyyy"年"m"月"',
    58: 'm"月"d"日"',
}
DATE_FORMAT = "yyyy-mm-dd"
DATETIME_FORMAT = "yyyy-mm-dd hh:mm"
_FIRST_CUSTOM = 164
_LEADS_TO = ((b"fontId", "fonts"), (b"fillId", "fills"), (b"borderId", "borders"), (b"xfId", "cellStyleXfs"))
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)


class Shows(IntEnum):
    """What a number format makes of a number."""

    NUMBER = 0
    DATE = 1  # with or without a time
    TIME = 2  # time of day only
    ELAPSED = 3  # hours that may pass 24, as in [h]:mm


@functools.cache
def shows(code: str) -> Shows:
    """What a format code shows, judged by its first section."""
    bare = (
        _LITERAL.sub("", code.split(";", maxsplit=1)[0])
        .lower()
        .replace("general", "")
        .replace("am/pm", "h")
        .replace("a/p", "h")
    )
    bare = bare.replace("上午/下午", "h")
    if re.search(r"\[(h+|m+|s+)\]", bare):
        return Shows.ELAPSED
    if re.search(r"[0#?@]", bare.split(".")[0]) or not re.search(r"[ymdhsge]", bare):
        return Shows.NUMBER
    if re.search(r"[yd]", bare) or re.search(r"[e]|gg", bare):
        return Shows.DATE
    if re.search(r"[hs]", bare):
        return Shows.TIME
    return Shows.DATE if "m" in bare else Shows.NUMBER


class Styles:
    """The styles part: reads formats by index; ``add`` appends clones; ``encoded`` gives the new part."""

    def __init__(self, data: bytes | None, part: str) -> None:
        self.part, self.data = part, data
        self.root: Node | None = parse(data, part) if data else None
        self.codes = dict(BUILTIN)
        self.formats: list[int] = []  # numFmtId of each cellXf
        self.tags: list[bytes] = []  # the cellXf elements as written
        self._added: dict[bytes, int] = {}
        self._new_formats: list[tuple[int, str]] = []
        if self.root is not None and data is not None:
            self._read(self.root, data)
        self.original = len(self.tags)
        self._all_shows = np.array([Shows.NUMBER] if not self.tags else [], np.uint8)

    def _read(self, root: Node, data: bytes) -> None:
        formats = root.child("numFmts")
        for node in _formats_in(formats) if formats else ():
            if node.attrs.get("numFmtId", "").isdigit():
                self.codes[int(node.attrs["numFmtId"])] = node.attrs.get("formatCode", "General")
        xfs = root.child("cellXfs")
        for node in xfs.all("xf") if xfs else ():
            number = node.attrs.get("numFmtId", "0")
            self.formats.append(int(number) if number.isdigit() else 0)
            self.tags.append(data[node.start : node.end])

    def number_format(self, style: int) -> str:
        """The format code of a cell style index; ``General`` for one that is not defined."""
        return self.codes.get(self.formats[style], "General") if 0 <= style < len(self.formats) else "General"

    def known(self, style: int) -> int:
        """The style index itself, or 0 for one that is not defined."""
        return style if 0 <= style < len(self.tags) else 0

    def shows(self, style: int) -> Shows:
        return shows(self.number_format(style))

    @property
    def all_shows(self) -> npt.NDArray[np.uint8]:
        """Shows of each cell format, those too that were added; one slot at least."""
        if len(self._all_shows) < len(self.tags):
            self._all_shows = np.array([self.shows(i) for i in range(len(self.tags))], np.uint8)
        return self._all_shows

    def clone(self, style: int, code: str) -> int:
        """Index of a format that is ``style`` with another format code; appended when there is none yet.

        EditError when the workbook has no cell formats.
        """
        if not self.tags:
            raise EditError(
                "工作簿没有单元格格式（缺少样式部件），日期无法显示为日期；请用 Excel 另存后再试",
                "the workbook has no cell formats (no styles part), so that a date would show as a number;"
                " save it again from Excel",
            )
        number, style = self._format_id(code), self.known(style)
        inner = tag_end(self.tags[style], 0)
        tag, rest = self.tags[style][:inner], self.tags[style][inner:]
        tag = set_attribute(drop_attribute(tag, b"quotePrefix"), b"numFmtId", str(number))
        return self._append(set_attribute(tag, b"applyNumberFormat", "1") + rest, number)

    def _anchored(self, xf: bytes) -> bytes:
        """A format without the references that lead nowhere, which some files have: they mean 0 then."""
        assert self.root is not None
        for name, holder in _LEADS_TO:
            node, found = self.root.child(holder), _number(xf, name)
            if found is not None and found >= (len(node.children) if node else 0):
                xf = drop_attribute(xf, name)
        return xf

    def _append(self, xf: bytes, number: int) -> int:
        xf = self._anchored(xf)
        if xf in self._added:
            return self._added[xf]
        if xf in self.tags:
            return self.tags.index(xf)
        self.tags.append(xf)
        self.formats.append(number)
        self._added[xf] = len(self.tags) - 1
        return self._added[xf]

    def _format_id(self, code: str) -> int:
        known = next((i for i, c in sorted(self.codes.items()) if c.replace("\\", "") == code), None)
        if known is not None:
            return known
        number = max(_FIRST_CUSTOM, max(self.codes) + 1)
        self.codes[number] = code
        self._new_formats.append((number, code))
        return number

    def changed(self) -> bool:
        return len(self.tags) > self.original

    def encoded(self) -> bytes:
        """The part with the appended formats; every other byte as it was."""
        assert self.root is not None and self.data is not None
        xfs = self.root.child("cellXfs")
        assert xfs is not None
        edits = [
            (xfs.close, xfs.close, b"".join(self.tags[self.original :])),
            _count(self.data, xfs, len(self.tags)),
        ]
        if self._new_formats:
            edits += self._format_edits()
        return spliced(self.data, edits)

    def _format_edits(self) -> list[tuple[int, int, bytes]]:
        assert self.root is not None and self.data is not None
        prefix = prefix_of(self.data, self.root)
        items = b"".join(
            b'<%snumFmt numFmtId="%d" formatCode="%s"/>' % (prefix, i, escape_attribute(c))
            for i, c in self._new_formats
        )
        node = self.root.child("numFmts")
        if node is None:
            whole = b'<%snumFmts count="%d">%s</%snumFmts>' % (prefix, len(self._new_formats), items, prefix)
            return [(self.root.inner, self.root.inner, whole)]
        total = len(node.children) + len(self._new_formats)
        if any(c.name != "numFmt" for c in node.children):  # readers differ in what an AlternateContent counts
            return [(node.close, node.close, items)]
        if node.close == node.inner == node.end:
            return [_opened(self.data, node, items, total)]
        return [(node.close, node.close, items), _count(self.data, node, total)]


def _number(xf: bytes, name: bytes) -> int | None:
    """A number among the attributes of an element's start tag."""
    found = re.match(rb"""<[^>]*?\s""" + name + rb"""\s*=\s*["'](\d+)["']""", xf)
    return int(found[1]) if found else None


def _formats_in(formats: Node) -> Iterator[Node]:
    """The number formats of a list; Excel wraps some in an AlternateContent, both branches with one id."""
    for node in formats.children:
        if node.name == "numFmt":
            yield node
        for branch in node.children if node.name == "AlternateContent" else ():
            yield from _formats_in(branch)


def _count(data: bytes, node: Node, total: int) -> tuple[int, int, bytes]:
    """The edit that sets @count of a list, where it has one."""
    tag = data[node.start : node.inner]
    return node.start, node.inner, set_attribute(tag, b"count", str(total)) if "count" in node.attrs else tag


def _opened(data: bytes, node: Node, items: bytes, total: int) -> tuple[int, int, bytes]:
    """The edit that puts items into a self-closing list."""
    tag = set_attribute(data[node.start : node.inner], b"count", str(total))
    name = prefix_of(data, node) + node.name.encode()
    return node.start, node.end, tag[:-2].rstrip() + b">" + items + b"</" + name + b">"
