"""Small XML parts as trees whose nodes know their byte offsets, so that an edit can be a splice.

expat does the parsing (well-formedness, namespaces); DOCTYPE is refused, so no entity can expand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from crmsheet.workbook import guard
from crmsheet.workbook.errors import InputError

MAIN = frozenset(
    {
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://purl.oclc.org/ooxml/spreadsheetml/main",
    }
)
BETA = "http://schemas.microsoft.com/office/excel/2006/2"
RELATIONSHIPS = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
Splice = tuple[int, int, bytes]  # bytes [start, end) of a part become these
_TAG = re.compile(rb"""<[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>""")
_DECLARED = re.compile(rb"""^(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)""")
_SPECIAL = re.compile("[\x00-\x08\x0b-\x1f&<>\ud800-\udfff\ufffe\uffff]|_x")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff\r]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ATTRIBUTE = re.compile(rb"""\s([^\s=/>]+)\s*=\s*(?:"[^"]*"|'[^']*')""")
_ENCODING = re.compile(r"""^(<\?xml[^>]*?encoding\s*=\s*["'])[^"']*""")
_BYTES = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1"})  # spliced as they are
_WIDE = frozenset({"utf-16", "utf-16-le", "utf-16-be", "utf-16le", "utf-16be"})  # spliced as UTF-8


@dataclass(slots=True)
class Node:
    """One element.

    ``data[start:inner]`` is its start tag, ``data[close:end]`` its end tag (empty if self-closing).
    """

    name: str  # local name
    space: str  # namespace
    attrs: dict[str, str]  # unprefixed as they are, prefixed as "namespace|name"
    start: int
    inner: int = 0
    close: int = 0
    end: int = 0
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def child(self, name: str) -> Node | None:
        """The first child of that local name in the spreadsheet's own (or this node's) namespace."""
        return next(self.all(name), None)

    def all(self, name: str) -> Iterator[Node]:
        """All children of that local name."""
        return (c for c in self.children if c.name == name and (c.space == self.space or c.space in MAIN))

    def number(self, name: str, default: int = 0) -> int:
        """An attribute that is a whole number; the default when it is missing or none."""
        text = self.attrs.get(name, "").strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default

    def relation(self) -> str | None:
        """The r:id of the element, in either dialect."""
        return next((self.attrs[f"{ns}|id"] for ns in RELATIONSHIPS if f"{ns}|id" in self.attrs), None)


def malformed(part: str) -> InputError:
    """The error for a part that is not well-formed XML."""
    return InputError(
        f"部件 {part} 不是合格的 XML；请用 Excel 打开并另存后再试",
        f"part {part} is not well-formed XML; open it in Excel and save it again",
    )


def tag_end(data: bytes, start: int) -> int:
    """Offset just past the tag that starts at ``start`` in well-formed XML."""
    match = _TAG.match(data, start)
    assert match is not None
    return match.end()


def new_parser(part: str, encoding: str | None = None) -> Any:
    """An expat parser that splits namespaces with ``|`` and refuses DOCTYPE."""
    parser = expat.ParserCreate(encoding, namespace_separator="|")

    def doctype(*_: object) -> None:
        raise InputError(
            f"部件 {part} 带有 DOCTYPE 声明，出于安全已拒绝；请用 Excel 另存后再试",
            f"part {part} has a DOCTYPE, which is refused for safety; save it again from Excel",
        )

    parser.StartDoctypeDeclHandler = doctype
    parser.buffer_text = True
    return parser


class TreeBuilder:
    """expat handlers that build Nodes; offsets are absolute in ``data``."""

    def __init__(self, data: bytes, part: str, parser: Any) -> None:
        self.data, self.part, self.parser = data, part, parser
        self.shift = 0  # what the parser was fed less of than data has
        self.root: Node | None = None
        self.stack: list[Node] = []
        self.count = 0
        parser.StartElementHandler, parser.EndElementHandler = self.opened, self.closed
        parser.CharacterDataHandler = self.chars

    def opened(self, name: str, attrs: dict[str, str]) -> None:
        space, _, local = name.rpartition("|")
        start = self.at()
        self.count += 1
        if len(self.stack) >= guard.MAX_DEPTH:
            raise guard.too_deep(self.part)
        if self.count > guard.MAX_ELEMENTS:
            raise guard.too_many(self.part, "元素", "elements")
        node = Node(local, space, attrs, start, tag_end(self.data, start))
        if self.stack:
            self.stack[-1].children.append(node)
        else:
            self.root = node
        self.stack.append(node)

    def closed(self, _name: str) -> None:
        node, at = self.stack.pop(), self.at()
        if self.data[node.inner - 2 : node.inner] == b"/>":
            node.close = node.end = node.inner
        else:
            node.close, node.end = at, tag_end(self.data, at)

    def done(self) -> None:
        """Let go of the parser, which refers to this builder: together they would keep ``data`` in memory."""
        self.parser = None

    def at(self) -> int:
        """Offset of the event in ``data``."""
        return int(self.parser.CurrentByteIndex) + self.shift

    def chars(self, text: str) -> None:
        if self.stack:
            self.stack[-1].text += text


def parse(data: bytes, part: str) -> Node:
    """The tree of a whole small part.  InputError when it is not well-formed or has a DOCTYPE."""
    parser = new_parser(part)
    builder = TreeBuilder(data, part, parser)
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError):
        raise malformed(part) from None
    builder.done()
    assert builder.root is not None
    return builder.root


def encoding_of(data: bytes) -> str:
    """The codec name of a part: ``utf-8``, ``utf-16``, or what its declaration says, in lower case."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if data[:4] in (b"<\0?\0", b"\0<\0?") or data[:2] in (b"<\0", b"\0<"):
        return "utf-16-le" if data[:1] == b"<" else "utf-16-be"
    match = _DECLARED.match(data[:200])
    return match[1].decode().lower() if match else "utf-8"


def is_editable(codec: str) -> bool:
    """Whether a part that is stored in this encoding can be edited."""
    return codec in _BYTES or codec in _WIDE


def to_utf8(data: bytes, part: str) -> bytes:
    """The part as UTF-8 that expat takes (bytes unchanged when it is UTF-8, ASCII or Latin-1).

    InputError.
    """
    codec = encoding_of(data)
    if codec in _BYTES:
        return data
    try:
        text = data.decode(codec).lstrip("\ufeff")
    except (UnicodeError, LookupError):
        raise malformed(part) from None
    return _ENCODING.sub(r"\1UTF-8", text).encode()


def prefix_of(data: bytes, node: Node) -> bytes:
    """The namespace prefix of an element as written, with its colon (``b"x:"``), or nothing."""
    name = re.match(rb"<([^\s/>]+)", data[node.start : node.start + 200])
    assert name is not None
    head, colon, _ = name[1].rpartition(b":")
    return head + colon


def set_attribute(tag: bytes, name: bytes, value: str) -> bytes:
    """The start tag with one unprefixed attribute set (replaced where it stands, else added at the end)."""
    written = escape_attribute(value)
    match = _attribute(tag, name)
    if match:
        return tag[: match.start(1)] + name + b'="' + written + b'"' + tag[match.end() :]
    at = len(tag) - (2 if tag.endswith(b"/>") else 1)
    head = tag[:at].rstrip()
    return head + b" " + name + b'="' + written + b'"' + tag[at:]


def drop_attribute(tag: bytes, name: bytes) -> bytes:
    """The start tag without one unprefixed attribute."""
    match = _attribute(tag, name)
    return tag[: match.start()].rstrip() + tag[match.end() :] if match else tag


def _attribute(tag: bytes, name: bytes) -> re.Match[bytes] | None:
    """Where an attribute stands in a start tag; what its value or another one's says does not mislead."""
    return next((m for m in _ATTRIBUTE.finditer(tag) if m[1] == name), None)


def escape_attribute(value: str) -> bytes:
    """ASCII bytes of an attribute's value, for double quotes."""
    table = {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        "\n": "&#10;",
        "\t": "&#9;",
        "\r": "&#13;",
    }
    return "".join(table.get(c, c) for c in value).encode("ascii", "xmlcharrefreplace")


def escape_text(value: str, ascii_only: bool = False) -> str:
    """A cell's text for XML: its escapes, and ``_xHHHH_`` for what XML cannot hold or Excel would unescape."""
    if _SPECIAL.search(value):
        value = _FORBIDDEN.sub(lambda m: f"_x{ord(m[0]):04X}_", value)
        value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return value.encode("ascii", "xmlcharrefreplace").decode() if ascii_only else value


def unescape_text(value: str) -> str:
    """Undo Excel's ``_xHHHH_``."""
    if "_x" not in value:
        return value
    text = _ESCAPED.sub(lambda m: chr(int(m[1], 16)), value)
    # two escapes may be the halves of one character
    return (
        text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if _has_surrogate(text) else text
    )


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= c <= "\udfff" for c in text)


def spliced(data: bytes, splices: Sequence[Splice]) -> bytes:
    """``data`` with the splices applied; they may not overlap."""
    out, at = [], 0
    for start, end, new in sorted(splices, key=lambda s: s[:2]):
        assert start >= at, "splices overlap"
        out += [data[at:start], new]
        at = end
    return b"".join([*out, data[at:]])
