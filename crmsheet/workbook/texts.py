"""Texts as a workbook stores them: shared strings, inline strings, entities, ``_xHHHH_`` escapes, phonetic
runs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from xml.parsers import expat

import numpy as np
import numpy.typing as npt

from crmsheet.workbook.guard import MAX_PART, too_many
from crmsheet.workbook.regular import plain_characters
from crmsheet.workbook.xml import encoding_of, malformed, new_parser, to_utf8, unescape_text

# one item of the regular shape: its text alone, or (second group) an item that needs real parsing
_ITEM = re.compile(
    rb"<si><t(?: xml:space=\"preserve\")?>([^<]*)</t>(?:<phoneticPr[^<>]*/>)?</si>"
    rb"|<si>((?:(?!</?si[\s/>]).)*)</si>|<si ?/>",
    re.DOTALL,
)
_HINT = re.compile(rb"<phoneticPr[^<>]*/>")
_FEW = 8  # different hints; a part with more is read item by item
_OPEN, _CLOSE = b"<si>", b"</si>"
_MARKS = (b"\r", b"&", b"_x")  # of texts that need more than decoding
_INLINE = re.compile(rb"<t(?: xml:space=\"preserve\")?>([^<]*)</t>")
_REFERENCE = re.compile(r"&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|(amp|lt|gt|quot|apos));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


def plain_text(raw: bytes, codec: str = "utf-8") -> str:
    """The text of character data that holds no markup."""
    return _resolved(raw.decode(codec))


def _resolved(text: str) -> str:
    """Decoded character data with line ends, references and ``_xHHHH_`` escapes resolved."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")  # as every XML parser does
    if "&" in text:
        text = _REFERENCE.sub(_resolve, text)
    return unescape_text(text)


def _resolve(match: re.Match[str]) -> str:
    return _NAMED[match[3]] if match[3] else chr(int(match[1], 16) if match[1] else int(match[2]))


def value_text(raw: bytes, codec: str = "utf-8") -> str:
    """The text inside a ``<v>``, with CDATA and comments resolved."""
    if b"<" not in raw:
        return plain_text(raw, codec)
    return unescape_text(_events_text(b"<t>" + raw + b"</t>", codec))


def inline_text(raw: bytes, codec: str = "utf-8") -> str:
    """The text inside an ``<is>`` or ``<si>``: its runs joined, without the phonetic ones."""
    match = _INLINE.fullmatch(raw)
    return (
        plain_text(match[1], codec) if match else unescape_text(_events_text(b"<is>" + raw + b"</is>", codec))
    )


def inline_texts(raws: Sequence[bytes], codec: str = "utf-8") -> list[str]:
    """``inline_text`` of each; where all are plain, as they nearly always are, all at once."""
    joined = b"\0".join(raws).replace(b'<t xml:space="preserve">', b"<t>")
    if codec == "utf-8" and joined.startswith(b"<t>") and joined.endswith(b"</t>") and joined.count(b"<") == 2 * len(raws):
        texts = joined[3:-4].decode().split("</t>\0<t>")
        if len(texts) == len(raws):
            return [_resolved(text) for text in texts] if any(mark in joined for mark in _MARKS) else texts
    return [inline_text(raw, codec) for raw in raws]


def _events_text(fragment: bytes, codec: str) -> str:
    """The character data of all ``<t>`` outside ``<rPh>``; prefixes are ignored."""
    parser = expat.ParserCreate(codec)
    out: list[str] = []
    path: list[str] = []

    def chars(text: str) -> None:
        if path[-1] == "t" and "rPh" not in path:
            out.append(text)

    parser.StartElementHandler = lambda name, _attrs: path.append(name.rpartition(":")[2])
    parser.EndElementHandler = lambda _name: path.pop()
    parser.CharacterDataHandler = chars
    parser.Parse(fragment, True)
    return "".join(out)


def shared_strings(raw: bytes, part: str, most: int = MAX_PART) -> npt.NDArray[Any]:
    """All shared strings as an object array of str, one slot an ``<si>``.

    InputError when the part is malformed, or holds more than ``most``.
    """
    data = to_utf8(raw, part)
    if data.count(b"</si>") + data.count(b"<si/>") > most:
        raise too_many(part, "文本", "strings")
    try:
        texts = _plain_items(data, part)
        if texts is None:
            new_parser(part).Parse(data, True)
            found = _regular_items(data)
            texts = _strict_items(data, part) if found is None else found
    except (expat.ExpatError, ValueError, LookupError):
        raise malformed(part) from None
    array = np.empty(len(texts), object)
    array[:] = texts
    return array


def _plain_items(data: bytes, part: str) -> list[str] | None:
    """The strings of a part that holds plain texts alone, all at once; None for any other.

    When the text that is left of the items splits into as many as there are tags for, nothing but text is in them, and
    what is around them stands for the whole before the parser.
    """
    begin, end = data.find(_OPEN), data.rfind(_CLOSE) + len(_CLOSE)
    head, body, tail = data[:begin], data[begin:end], data[end:]
    alone = head.count(b"<") == 1 + head.count(b"<?") and tail.count(b"<") == 1  # the declaration, <sst> and </sst>
    if begin < 0 or not alone or b"<sst" not in head or b"<!" in data or encoding_of(data) != "utf-8":
        return None
    hints: list[bytes] = []  # on how to read the text aloud, nearly all alike
    while (hint := _HINT.search(body)) and len(hints) < _FEW:
        hints.append(hint[0])
        body = body.replace(hint[0], b"")
    body = body.replace(b'<t xml:space="preserve">', b"<t>")
    if not (body.startswith(_OPEN + b"<t>") and body.endswith(b"</t>" + _CLOSE) and plain_characters(body)):
        return None
    texts = body[len(_OPEN) + 3 : -len(_CLOSE) - 4].decode().split("</t></si><si><t>")
    if body.count(b"<") != 4 * len(texts):
        return None
    new_parser(part).Parse(b"".join([head, _OPEN, b"<t/>", *hints, _CLOSE, tail]), True)
    return [_resolved(text) for text in texts] if any(mark in body for mark in _MARKS) else texts


def _regular_items(data: bytes) -> list[str] | None:
    """The strings by pattern; None when the part is not in the usual shape."""
    if b"<!" in data or encoding_of(data) != "utf-8" or b"<sst" not in data:
        return None
    items = _ITEM.findall(data)
    if len(items) != sum(data.count(b"<si" + after) for after in (b">", b" ", b"/", b"\t", b"\r", b"\n")):
        return None
    # all at once, with a separator that XML cannot hold: most strings need nothing but decoding
    joined = b"\0".join([simple for simple, _ in items])
    texts = joined.decode("utf-8").split("\0") if items else []
    if any(mark in joined for mark in _MARKS):
        texts = [_resolved(text) for text in texts]
    for i in [i for i, (_, other) in enumerate(items) if other]:
        texts[i] = inline_text(items[i][1])
    return texts


def _strict_items(data: bytes, part: str) -> list[str]:
    """The strings by real parsing: any prefix, comments, CDATA."""
    parser = new_parser(part)
    texts: list[str] = []
    path: list[str] = []

    def opened(name: str, _attrs: dict[str, str]) -> None:
        path.append(name.rpartition("|")[2])
        if path[1:] == ["si"]:
            texts.append("")

    def chars(text: str) -> None:
        if path[-1] == "t" and "rPh" not in path and len(path) > 2:
            texts[-1] += text

    parser.StartElementHandler, parser.CharacterDataHandler = opened, chars
    parser.EndElementHandler = lambda _name: path.pop()
    parser.Parse(data, True)
    return [unescape_text(t) for t in texts]
