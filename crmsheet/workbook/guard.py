"""Limits on what a hostile or broken file can cost, checked before the cost is paid.

The largest of 700 real workbooks had 1,033 members, 57 MB in a part, and a ratio of 299: the limits leave
room.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from crmsheet.workbook.errors import InputError

_fast: Any
try:
    from isal import isal_zlib

    _fast = isal_zlib
except ImportError:  # no wheel for this machine: slower, the same result
    _fast = None

MAX_MEMBERS = 2_000
MAX_PART = 2 * 1024**3 - 1  # offsets inside a part are int32
MAX_RATIO = 1_000
RATIO_FREE = 1024**2  # parts up to this size may be packed as tightly as they like
MAX_ELEMENTS = 600_000  # of a part that becomes a tree: 65,490 formats with all that belongs to them
MAX_DEPTH = 256  # of elements in elements, libxml2's limit too: whoever walks a tree may recurse
ITEMS_FREE = 1_000_000  # cells in an odd shape, or strings: more need a packed byte each, as real ones do
BLOCK = 1 << 22  # bytes: parts are written, and read again, in blocks of about this size
LAST_ROW = 1_048_576
LAST_COLUMN = 16_384
MAX_TEXT = 32_767
_DEFLATE_ERRORS: tuple[type[Exception], ...] = (
    (zlib.error,) if _fast is None else (zlib.error, _fast.IsalError)
)


def check_member_count(count: int) -> None:
    """InputError above 2,000 zip members."""
    if count > MAX_MEMBERS:
        raise InputError(
            f"压缩包里有 {count} 个成员（上限 {MAX_MEMBERS}），不像工作簿；请用 Excel 另存为 .xlsx 后再试",
            f"the package has {count} members (limit {MAX_MEMBERS}); save it again as .xlsx from Excel",
        )


def check_size(name: str, size: int, compressed: int) -> None:
    """InputError for a member above 2 GiB, or above 1 MiB and packed more than 1000 to 1."""
    if size > MAX_PART:
        raise InputError(
            f"部件 {name} 解压后超过 2 GiB，已拒绝；请拆分工作簿",
            f"part {name} is larger than 2 GiB; split the workbook",
        )
    if size > RATIO_FREE and size > compressed * MAX_RATIO:
        raise InputError(
            f"部件 {name} 的压缩比超过 {MAX_RATIO}，疑似压缩炸弹，已拒绝；请用 Excel 另存后再试",
            f"part {name} is packed more than {MAX_RATIO} to 1, like a zip bomb; save it again from Excel",
        )


def most_items(packed: int) -> int:
    """How many small items a part of so many packed bytes may hold."""
    return ITEMS_FREE + packed


def too_many(name: str, zh: str, en: str) -> InputError:
    """The error for a part that holds more elements, or odd cells, than can be read at a bounded cost."""
    return InputError(
        f"部件 {name} 里的{zh}太多，已拒绝；请用 Excel 另存为 .xlsx 后再试",
        f"part {name} holds too many {en}; save it again as .xlsx from Excel",
    )


def too_deep(name: str) -> InputError:
    """The error for XML that is nested more deeply than any workbook's."""
    return InputError(
        f"部件 {name} 的嵌套超过 {MAX_DEPTH} 层，已拒绝；请用 Excel 另存为 .xlsx 后再试",
        f"part {name} is nested more than {MAX_DEPTH} deep; save it again as .xlsx from Excel",
    )


def inflate(name: str, packed: bytes | memoryview, size: int) -> bytes:
    """Inflate one raw deflate stream; never more than ``size`` + 1 bytes are produced.  InputError."""
    maker: Callable[[int], Any] = zlib.decompressobj if _fast is None else _fast.decompressobj
    stream = maker(-15)
    try:
        data: bytes = stream.decompress(packed, size + 1)
    except _DEFLATE_ERRORS:
        raise damaged(name) from None
    if len(data) != size or (not stream.eof and not _ended(stream)):
        raise damaged(name)
    return data


def inflated(name: str, packed: memoryview, size: int) -> Iterator[bytes]:
    """Inflate one raw deflate stream block by block.  InputError, at the latest after the last block, when it is not
    ``size`` bytes long.
    """
    maker: Callable[[int], Any] = zlib.decompressobj if _fast is None else _fast.decompressobj
    stream, left = maker(-15), size
    try:
        for at in range(0, len(packed), BLOCK >> 4):
            fed: bytes | memoryview = packed[at : at + (BLOCK >> 4)]
            while len(fed) and left >= 0:
                data = stream.decompress(fed, min(BLOCK, left + 1))
                fed, left = stream.unconsumed_tail, left - len(data)
                yield data
    except _DEFLATE_ERRORS:
        raise damaged(name) from None
    if left or (not stream.eof and not _ended(stream)):
        raise damaged(name)


def _ended(stream: Any) -> bool:
    """Whether the stream ends here: the end mark may not have been read with the last byte of output."""
    try:
        return not stream.decompress(stream.unconsumed_tail, 1) and bool(stream.eof)
    except _DEFLATE_ERRORS:
        return False


def deflated(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Raw deflate stream of some bytes, quick rather than tight."""
    maker: Callable[..., Any] = zlib.compressobj if _fast is None else _fast.compressobj
    stream = maker(1, 8, -15)
    for block in blocks:
        yield stream.compress(block)
    yield stream.flush()


def damaged(name: str) -> InputError:
    """The error for a member that cannot be unpacked whole."""
    return InputError(
        f"部件 {name} 已损坏（解压或校验失败）；请用 Excel 打开并修复后再试",
        f"part {name} is damaged (unpacking or checksum failed); open and repair it in Excel",
    )
