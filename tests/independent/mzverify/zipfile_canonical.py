"""The one canonical form of a bundle's zip (README §10, verification.md §2): build every byte that is not content, compare."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Protocol

from .bag import MAX_FILES, MIB, Bag, allowed
from .report import Report

MAX_DIRECTORY = 16 * MIB

_BASE = re.compile(rb"[a-z0-9._-]+\Z")
_FULL32, _FULL16 = 0xFFFFFFFF, 0xFFFF
_BLOCK = 1 << 18


class Bytes(Protocol):
    """Random access to the zip's bytes, with damage in memory if a test asks for it."""

    size: int

    def read(self, offset: int, length: int) -> bytes:
        """These bytes; fewer at the end."""


class ZippedFile:
    """The content of one entry."""

    sha256 = b""
    payload: bytes | None = None
    crc = 0

    def __init__(self, source: Bytes, offset: int, length: int) -> None:
        self._source, self._offset, self.length, self._stored = source, offset, length, length

    def blocks(self) -> Iterator[bytes]:
        """Its bytes in order."""
        at, end = self._offset, self._offset + self._stored
        while at < end:
            block = self._source.read(at, min(_BLOCK, end - at))
            if not block:
                raise OSError("short read")
            yield block
            at += len(block)


def _local(name: bytes, length: int, crc: int) -> bytes:
    big = length >= _FULL32
    extra = struct.pack("<HHQQ", 1, 16, length, length) if big else b""
    short = _FULL32 if big else length
    return (
        struct.pack("<4s5H3I2H", b"PK\3\4", 45 if big else 10, 0, 0, 0, 0x21, crc, short, short, len(name), len(extra))
        + name
        + extra
    )


def _central(name: bytes, length: int, crc: int, offset: int) -> bytes:
    big, far = length >= _FULL32, offset >= _FULL32
    fields = (struct.pack("<QQ", length, length) if big else b"") + (struct.pack("<Q", offset) if far else b"")
    extra = struct.pack("<HH", 1, len(fields)) + fields if fields else b""
    version = 45 if fields else 10
    short = _FULL32 if big else length
    return (
        struct.pack(
            "<4s6H3I5H2I",
            *(b"PK\1\2", version, version, 0, 0, 0, 0x21, crc, short, short),
            *(len(name), len(extra), 0, 0, 0, 0, _FULL32 if far else offset),
        )
        + name
        + extra
    )


def _end(count: int, size: int, offset: int) -> bytes:
    far = b""
    if count >= _FULL16 or size >= _FULL32 or offset >= _FULL32:
        far = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, offset)
        far += struct.pack("<4sIQI", b"PK\6\7", 0, offset + size, 1)
    short = min(count, _FULL16)
    return far + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, short, short, min(size, _FULL32), min(offset, _FULL32), 0)


def _parse_central(directory: bytes, at: int) -> tuple[bytes, int, int] | None:
    """Name, length and CRC-32 that a central header states; nothing if it has no readable name."""
    if at + 46 > len(directory):
        return None
    crc, _, length, named, extra = struct.unpack_from("<3I2H", directory, at + 16)
    name = directory[at + 46 : at + 46 + named]
    if len(name) < named:
        return None
    try:
        name.decode()
    except UnicodeDecodeError:
        return None
    field = directory[at + 46 + named : at + 46 + named + extra]
    if length == _FULL32 and len(field) >= 12:
        length = struct.unpack_from("<Q", field, 4)[0]
    return name, length, crc


def read_zip(source: Bytes, report: Report) -> Bag:
    """The files of the archive; none if its form deviates anywhere."""
    bag = Bag(report)
    size = source.size
    if size < 22 or source.read(size - 22, 4) != b"PK\5\6":
        report.add("zip-truncated", "zip: end")
        return bag
    end = source.read(size - 22, 22)
    count, length, offset = struct.unpack_from("<H2I", end, 10)
    if count == _FULL16 or length == _FULL32 or offset == _FULL32:
        far = source.read(size - 98, 56) if size >= 98 else b""
        if far[:4] != b"PK\6\6":
            report.add("zip-truncated", "zip: end")
            return bag
        count, length, offset = struct.unpack_from("<3Q", far, 32)
    tail = _end(count, length, offset)
    if offset + length + len(tail) != size or source.read(size - len(tail), len(tail)) != tail:
        report.add("zip-form", "zip: end")
        return bag
    if length > MAX_DIRECTORY:
        report.add("too-many", "zip: central directory")
        return bag
    return _read_entries(source, source.read(offset, length), count, offset, bag)


def _read_entries(source: Bytes, directory: bytes, count: int, begin: int, bag: Bag) -> Bag:
    report = bag.report
    at = expected = number = 0
    base = slash = previous = b""
    while at < len(directory):
        parsed = _parse_central(directory, at)
        if parsed is None:
            where = f"entry after {previous.decode()}" if number else "first entry"
            report.add("zip-form", f"zip: {where}")
            return Bag(report)
        name, length, crc = parsed
        if not number:
            base, slash, _ = name.partition(b"/")
        local, central = _local(name, length, crc), _central(name, length, crc, expected)
        fits = (
            directory.startswith(central, at)
            and (not number or name > previous)
            and (not slash or name.startswith(base + b"/"))
            and source.read(expected, len(local)) == local
            and expected + len(local) + length <= begin
        )
        if not fits:
            report.add("zip-form", f"zip: {name.decode()}")
            return Bag(report)
        if not slash or not _BASE.match(base) or not base.strip(b"."):
            report.add("zip-form", "zip: base folder")
            return Bag(report)
        path = name[len(base) + 1 :].decode()
        if not allowed(path):
            report.add("file-name", path)
        else:
            bag.files[path] = ZippedFile(source, expected + len(local), length)
            bag.zipped[path] = crc
        expected += len(local) + length
        at += len(central)
        number += 1
        previous = name
        if number > MAX_FILES:
            report.add("too-many", name.decode())
            return Bag(report)
    if not number:
        report.add("zip-form", "zip: base folder")
    elif expected != begin or number != count:
        report.add("zip-form", "zip: central directory")
        return Bag(report)
    return bag

