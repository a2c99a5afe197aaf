"""The zip container: members located by offset, copied raw, so that what is not touched stays the same
bytes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from crmsheet.workbook import guard
from crmsheet.workbook.errors import EditError, InputError

_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_STORED, _DEFLATED = 0, 8
_MAX32 = 0xFFFFFFFF
Content = bytes | Iterator[bytes]  # of a part: whole, or block by block for one that need not be in memory at once
_DAY_ONE = 1 << 5 | 1  # 1980-01-01, as MS-DOS writes it


@dataclass(frozen=True, slots=True)
class Member:
    """One zip entry.

    Offsets are absolute in the file; ``[start, end)`` holds local header, data and descriptor.
    """

    name: str
    start: int
    data: int
    end: int
    packed: int  # bytes
    size: int  # bytes, inflated
    crc: int
    method: int
    flags: int
    central: bytes  # its whole record in the central directory
    sane: bool  # local and central header agree on the name


@dataclass(frozen=True, slots=True)
class Package:
    """A zip file in memory: its members in the central directory's order, and what follows them."""

    data: bytes
    members: tuple[Member, ...]
    by_name: Mapping[str, Member]  # by lower-case name with forward slashes
    directory: int  # offset of the central directory
    tail: int  # offset of the end records
    prefix: int  # bytes in front of the zip that its offsets do not count

    def has(self, part: str) -> bool:
        return normal(part) in self.by_name

    def find(self, part: str) -> Member:
        """The member of a part name (any case, leading slash or not).  InputError when it is missing."""
        member = self.by_name.get(normal(part))
        if member is None:
            raise InputError(
                f"工作簿缺少部件 {part}；请用 Excel 打开并修复后再试",
                f"the workbook lacks part {part}; open and repair it in Excel",
            )
        return member

    def read(self, part: str) -> bytes:
        """The inflated bytes of a part, size-limited and CRC-checked.  InputError."""
        return _unpack(self.data, self.find(part))

    def blocks(self, part: str) -> Iterator[bytes]:
        """What ``read`` returns, block by block; the checks are done after the last one.  InputError."""
        member, crc = self.find(part), 0
        _check(member)
        packed = memoryview(self.data)[member.data : member.data + member.packed]
        for block in guard.inflated(member.name, packed, member.size) if member.method == _DEFLATED else _sliced(packed):
            crc = zlib.crc32(block, crc)
            yield block
        if crc != member.crc:
            raise guard.damaged(member.name)


def normal(name: str) -> str:
    """A part name as members are looked up: forward slashes, no leading one, lower case."""
    return name.replace("\\", "/").lstrip("/").lower()


def _check(member: Member) -> None:
    """InputError for a member that cannot be unpacked, or not at a bounded cost."""
    guard.check_size(member.name, member.size, member.packed)
    if member.flags & 1 or member.method not in (_STORED, _DEFLATED) or not member.sane:
        raise guard.damaged(member.name)


def _sliced(data: memoryview) -> Iterator[bytes]:
    return (bytes(data[at : at + guard.BLOCK]) for at in range(0, len(data), guard.BLOCK))


def _unpack(data: bytes, member: Member) -> bytes:
    _check(member)
    packed = memoryview(data)[member.data : member.data + member.packed]
    plain = bytes(packed) if member.method == _STORED else guard.inflate(member.name, packed, member.size)
    if len(plain) != member.size or zlib.crc32(plain) != member.crc:
        raise guard.damaged(member.name)
    return plain


def _broken() -> InputError:
    return InputError(
        "文件的压缩结构已损坏（目录不完整）；请用 Excel 打开并修复，或恢复一份完整的副本",
        "the zip structure is damaged (its directory is incomplete); repair it in Excel or restore a copy",
    )


def open_package(data: bytes) -> Package:
    """Locate the members of a zip file.

    InputError when it is damaged, has duplicate names or too many members.
    """
    try:
        tail, directory, count, prefix = _find_directory(data)
        guard.check_member_count(count)
        members = _members(data, directory, tail, count, prefix)
    except (struct.error, IndexError, UnicodeError):
        raise _broken() from None
    by_name: dict[str, Member] = {}
    for member in members:
        if normal(member.name) in by_name:
            raise InputError(
                f"压缩包里有两个同名成员 {member.name}，无法判断哪个有效；请用 Excel 另存后再试",
                f"two members are called {member.name}; save the workbook again from Excel",
            )
        by_name[normal(member.name)] = member
    return Package(data, members, by_name, directory, tail, prefix)


def _find_directory(data: bytes) -> tuple[int, int, int, int]:
    """(offset of the end records, of the central directory, number of entries, bytes in front of the zip)."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    if end < 0:
        raise _broken()
    _, disk, _, _, count, size, offset, comment = _END.unpack_from(data, end)
    if disk not in (0, 0xFFFF) or end + _END.size + comment != len(data):
        raise _broken()
    tail = end
    if end >= _LOCATOR.size and data[end - _LOCATOR.size : end - _LOCATOR.size + 4] == b"PK\x06\x07":
        tail = data.rfind(b"PK\x06\x06", 0, end - _LOCATOR.size)
        if tail < 0:
            raise _broken()
        fields = _END64.unpack_from(data, tail)
        count, size, offset = fields[7], fields[8], fields[9]
    directory = tail - size
    if directory < offset or directory < 0:
        raise _broken()
    return tail, directory, count, directory - offset


def _members(data: bytes, directory: int, tail: int, count: int, prefix: int) -> tuple[Member, ...]:
    found, at = [], directory
    for _ in range(count):
        member, at = _read_central(data, at, prefix)
        found.append(member)
    if at > tail or not found:
        raise _broken()
    ends = {}
    ordered = sorted(found, key=lambda m: m.start)
    for member, following in zip(ordered, [*(m.start for m in ordered[1:]), directory], strict=True):
        if member.data + member.packed > following:  # members that share bytes hide one from the other
            raise _broken()
        ends[member.start] = following
    return tuple(replace(m, end=ends[m.start]) for m in found)


def _read_central(data: bytes, at: int, prefix: int) -> tuple[Member, int]:
    record = _CENTRAL.unpack_from(data, at)
    if record[0] != b"PK\x01\x02":
        raise _broken()
    flags, method, crc, packed, size = record[3], record[4], record[7], record[8], record[9]
    name_size, extra_size, comment_size, offset = record[10], record[11], record[12], record[16]
    end = at + _CENTRAL.size + name_size + extra_size + comment_size
    raw_name = data[at + _CENTRAL.size : at + _CENTRAL.size + name_size]
    extra = data[at + _CENTRAL.size + name_size : end - comment_size]
    size, packed, offset = _zip64(extra, size, packed, offset)
    start = offset + prefix
    local = _LOCAL.unpack_from(data, start)
    if local[0] != b"PK\x03\x04" or end > len(data):
        raise _broken()
    begin = start + _LOCAL.size + local[9] + local[10]
    sane = data[start + _LOCAL.size : start + _LOCAL.size + local[9]] == raw_name
    name = raw_name.decode("utf-8" if flags & 0x800 else "cp437")
    return Member(name, start, begin, 0, packed, size, crc, method, flags, data[at:end], sane), end


def _zip64(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """The three numbers, with those that did not fit in 32 bits taken from the zip64 extra field."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            numbers = iter(struct.unpack_from(f"<{length // 8}Q", extra, at + 4))
            size, packed, offset = (next(numbers) if v == _MAX32 else v for v in (size, packed, offset))
        at += 4 + length
    return size, packed, offset


def rebuild(package: Package, parts: Mapping[str, Content], added: Mapping[str, Content] | None = None) -> bytes:
    """The file with some parts' contents replaced; every other member's bytes, and all order, are copied raw.

    ``parts`` maps lower-case part names to new contents; ``added`` maps names of new members to theirs, which
    follow the last member.  EditError when the result would need zip64.
    """
    out = [package.data[: min((m.start for m in package.members), default=0)]]
    at = len(out[0])
    starts: dict[int, tuple[int, bytes]] = {}
    for member in sorted(package.members, key=lambda m: m.start):
        plain = parts.get(normal(member.name))
        if plain is None:
            local, central = package.data[member.start : member.end], member.central
        else:
            local, central = _pack(package.data, member, plain)
        starts[member.start] = at - package.prefix, central
        out.append(local)
        at += len(local)
    directory = [_moved(central, offset, m) for m in package.members for offset, central in [starts[m.start]]]
    for name, plain in (added or {}).items():
        local, central = _new_member(name, plain, at - package.prefix)
        out.append(local)
        directory.append(central)
        at += len(local)
    size = sum(map(len, directory))
    out += directory
    out.append(package.data[package.directory + sum(len(m.central) for m in package.members) : package.tail])
    out.append(_end_records(package, len(directory), at - package.prefix, size + len(out[-1])))
    return b"".join(out)


def _packed(content: Content, method: int) -> tuple[bytes, int, int]:
    """(the bytes as the file holds them, size and CRC of what they unpack to)."""
    size = crc = 0

    def counted() -> Iterator[bytes]:
        nonlocal size, crc
        for block in [content] if isinstance(content, bytes) else content:
            size, crc = size + len(block), zlib.crc32(block, crc)
            yield block

    return b"".join(counted() if method == _STORED else guard.deflated(counted())), size, crc


def _pack(data: bytes, member: Member, content: Content) -> tuple[bytes, bytes]:
    """(local header with data, central record) of a member with new contents; stored members stay stored."""
    packed, size, crc = _packed(content, member.method)
    if max(size, len(packed), member.size, member.packed) >= _MAX32:
        raise _too_large()
    flags = member.flags & ~0x08  # sizes are known now: no data descriptor
    local = bytearray(data[member.start : member.data])
    struct.pack_into("<H", local, 6, flags)
    struct.pack_into("<3L", local, 14, crc, len(packed), size)
    central = bytearray(member.central)
    struct.pack_into("<H", central, 8, flags)
    struct.pack_into("<3L", central, 16, crc, len(packed), size)
    return bytes(_without_zip64(local, 26, _LOCAL.size)) + packed, bytes(
        _without_zip64(central, 28, _CENTRAL.size)
    )


def _new_member(name: str, content: Content, offset: int) -> tuple[bytes, bytes]:
    """(local header with data, central record) of a member that was not there; without a clock: 1 January 1980."""
    (packed, size, crc), raw = _packed(content, _DEFLATED), name.encode()
    flags = 0 if name.isascii() else 0x800
    numbers = (crc, len(packed), size, len(raw))
    local = _LOCAL.pack(b"PK\x03\x04", 20, flags, _DEFLATED, 0, _DAY_ONE, *numbers, 0) + raw + packed
    if offset >= _MAX32 or size >= _MAX32:
        raise _too_large()
    central = _CENTRAL.pack(b"PK\x01\x02", 20, 20, flags, _DEFLATED, 0, _DAY_ONE, *numbers, 0, 0, 0, 0, 0, offset)
    return local, central + raw


def _without_zip64(header: bytearray, lengths: int, fixed: int) -> bytearray:
    """The header with its zip64 extra field blanked out: its kind becomes one that no reader interprets."""
    name_size, extra_size = struct.unpack_from("<HH", header, lengths)
    at, end = fixed + name_size, fixed + name_size + extra_size
    while at + 4 <= end:
        kind, length = struct.unpack_from("<HH", header, at)
        if kind == 1:
            struct.pack_into("<H", header, at, 0x6364)
        at += 4 + length
    return header


def _moved(central: bytes, offset: int, member: Member) -> bytes:
    """The central record with the member's new offset; unchanged when it did not move."""
    record = bytearray(central)
    written = struct.unpack_from("<L", record, 42)[0]
    if written == offset:
        return central
    if written == _MAX32 or offset >= _MAX32:
        raise _too_large()
    struct.pack_into("<L", record, 42, offset)
    return bytes(record)


def _end_records(package: Package, count: int, offset: int, size: int) -> bytes:
    tail = bytearray(package.data[package.tail :])
    end = len(tail) - (len(package.data) - package.data.rfind(b"PK\x05\x06"))
    if offset >= _MAX32 or size >= _MAX32:
        raise _too_large()
    if end:  # zip64 records stand in front of the end record
        struct.pack_into("<2Q", tail, 40, size, offset)
        struct.pack_into("<Q", tail, tail.rfind(b"PK\x06\x07") + 8, offset + size)
    if count != len(package.members):
        _count_members(tail, end, count)
    if struct.unpack_from("<L", tail, end + 12)[0] != _MAX32:
        struct.pack_into("<L", tail, end + 12, size)
    if struct.unpack_from("<L", tail, end + 16)[0] != _MAX32:
        struct.pack_into("<L", tail, end + 16, offset)
    return bytes(tail)


def _count_members(tail: bytearray, end: int, count: int) -> None:
    """The number of members in the end records, where it stands."""
    if end:
        struct.pack_into("<2Q", tail, 24, count, count)
    if struct.unpack_from("<H", tail, end + 10)[0] != 0xFFFF:
        struct.pack_into("<2H", tail, end + 8, count, count)


def _too_large() -> EditError:
    return EditError(
        "写出的文件会超过 4 GiB，已拒绝；请拆分工作簿",
        "the file written would exceed 4 GiB; split the workbook",
    )
