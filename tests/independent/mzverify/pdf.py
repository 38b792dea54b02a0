"""A strict reader of the PDF files that this product makes (verification.md §9, ADR 0003): no repair, limits everywhere."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .bag import MIB

MAX_FILE = 64 * MIB
_MAX_OBJECT = MIB
_MAX_NESTING = 32
_MAX_TABLES = 16
_MAX_ENTRIES = 100_000

_SPACE = b"\0\t\n\f\r "
_DELIMITERS = b"()<>[]{}/%"
_END = re.compile(rb"[\0\t\n\f\r ]*%%EOF(?:\r\n|\r|\n)?\Z")
_TABLE_ENTRY = re.compile(rb"([0-9]{10}).{7}([nf])..\Z", re.DOTALL)
_SECTION = re.compile(rb"([0-9]{1,10})[\0\t\n\f\r ]+([0-9]{1,10})(?=[\0\t\n\f\r ])")
_OBJECT = re.compile(rb"([0-9]{1,10})[\0\t\n\f\r ]+0+[\0\t\n\f\r ]+obj(?=[\0\t\n\f\r ()<>\[\]{}/%])")
_END_OBJECT = re.compile(rb"endobj(?=[\0\t\n\f\r ()<>\[\]{}/%]|\Z)")
_REFERENCE = re.compile(rb"([0-9]{1,10})[\0\t\n\f\r ]+0+[\0\t\n\f\r ]+R(?=[\0\t\n\f\r ()<>\[\]{}/%]|\Z)")
_NUMBER = re.compile(rb"[0-9+.-]+(?=[\0\t\n\f\r ()<>\[\]{}/%]|\Z)")
_WHOLE = re.compile(rb"[+-]?[0-9]{1,18}\Z")
_HEX_PAIR = re.compile(rb"[0-9A-Fa-f]{2}\Z")
_WORD = re.compile(rb"(true|false|null)(?=[\0\t\n\f\r ()<>\[\]{}/%]|\Z)")


class Malformed(ValueError):
    """Not a PDF of the one form that is read here."""


@dataclass(frozen=True)
class Name:
    """``/Name``."""

    text: bytes


@dataclass(frozen=True)
class Reference:
    """``N 0 R``: nothing here has another generation."""

    number: int


@dataclass(frozen=True)
class Other:
    """A number that is no integer; nothing here needs its value."""

    text: bytes


@dataclass(frozen=True)
class Located:
    """An object's value and where it lies in the file; ``stream`` is where the bytes of its stream lie."""

    value: object
    begin: int
    end: int
    stream: tuple[int, int] | None


class _Parser:
    def __init__(self, data: bytes, at: int, end: int) -> None:
        self.data, self.at, self.end = data, at, end

    def skip(self) -> None:
        while self.at < self.end:
            byte = self.data[self.at]
            if byte in _SPACE:
                self.at += 1
            elif byte == 0x25:
                while self.at < self.end and self.data[self.at] not in b"\r\n":
                    self.at += 1
            else:
                return

    def _match(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        found = pattern.match(self.data, self.at, self.end)
        if found:
            self.at = found.end()
        return found

    def value(self, depth: int = 0) -> object:
        if depth > _MAX_NESTING:
            raise Malformed("nesting")
        self.skip()
        lead = self.data[self.at : min(self.at + 2, self.end)]
        if lead == b"<<":
            return self._dictionary(depth)
        if lead[:1] == b"<":
            return self._hex()
        if lead[:1] == b"(":
            return self._string()
        if lead[:1] == b"/":
            return Name(self._name())
        if lead[:1] == b"[":
            self.at += 1
            items = []
            while True:
                self.skip()
                if self.data[self.at : min(self.at + 1, self.end)] == b"]":
                    self.at += 1
                    return items
                items.append(self.value(depth + 1))
        if found := self._match(_REFERENCE):
            return Reference(int(found[1]))
        if found := self._match(_NUMBER):
            return int(found[0]) if _WHOLE.match(found[0]) else Other(found[0])
        if found := self._match(_WORD):
            return {b"true": True, b"false": False, b"null": None}[found[1]]
        raise Malformed("token")

    def _dictionary(self, depth: int) -> dict[bytes, object]:
        self.at += 2
        pairs: dict[bytes, object] = {}
        while True:
            self.skip()
            if self.data[self.at : min(self.at + 2, self.end)] == b">>":
                self.at += 2
                return pairs
            if self.data[self.at : min(self.at + 1, self.end)] != b"/":
                raise Malformed("key")
            name = self._name()
            if name in pairs:
                raise Malformed("key twice")
            pairs[name] = self.value(depth + 1)

    def _name(self) -> bytes:
        begin = self.at = self.at + 1
        while self.at < self.end and self.data[self.at] not in _SPACE + _DELIMITERS:
            self.at += 1
        raw = self.data[begin : self.at]

        def escaped(found: re.Match[bytes]) -> bytes:
            if not _HEX_PAIR.match(found[1]):
                raise Malformed("name")
            return bytes.fromhex(found[1].decode("ascii"))

        return re.sub(rb"#(.{0,2})", escaped, raw, flags=re.DOTALL)

    def _hex(self) -> bytes:
        end = self.data.find(b">", self.at, self.end)
        if end < 0:
            raise Malformed("hex string")
        digits = self.data[self.at + 1 : end].translate(None, _SPACE)
        self.at = end + 1
        try:
            return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))
        except ValueError:
            raise Malformed("hex string") from None

    def _string(self) -> bytes:
        out = bytearray()
        depth = 0
        simple = {0x6E: 10, 0x72: 13, 0x74: 9, 0x62: 8, 0x66: 12}
        while self.at < self.end:
            byte = self.data[self.at]
            self.at += 1
            if byte == 0x5C:
                octal = re.compile(rb"[0-7]{1,3}").match(self.data, self.at, min(self.at + 3, self.end))
                if octal:
                    out.append(int(octal[0], 8) & 255)
                    self.at = octal.end()
                    continue
                following = self.data[self.at : min(self.at + 1, self.end)]
                if not following:
                    break
                self.at += 1
                if following == b"\r" and self.data[self.at : min(self.at + 1, self.end)] == b"\n":
                    self.at += 1
                if following not in (b"\r", b"\n"):
                    out.append(simple.get(following[0], following[0]))
            elif byte == 0x28:
                depth += 1
                if depth > _MAX_NESTING:
                    raise Malformed("nesting")
                if depth > 1:
                    out.append(byte)
            elif byte == 0x29:
                depth -= 1
                if not depth:
                    return bytes(out)
                out.append(byte)
            else:
                out.append(byte)
        raise Malformed("string")


class Document:
    """A file whose cross-reference tables are read; objects are read when asked for."""

    def __init__(self, data: bytes) -> None:
        if not data.startswith(b"%PDF-1."):
            raise Malformed("header")
        if len(data) > MAX_FILE:
            raise Malformed("length")
        self.data = data
        self._offsets: dict[int, tuple[int, bool]] = {}
        last = data.rfind(b"startxref", max(0, len(data) - 64))
        if last < 0:
            raise Malformed("startxref")
        end = _Parser(data, last + 9, len(data))
        at = end.value()
        if not isinstance(at, int) or isinstance(at, bool) or not _END.match(data, end.at):
            raise Malformed("end")
        trailer = self._table(at, len(data))
        newest = trailer
        tables = 1
        while b"Prev" in trailer:
            before = trailer[b"Prev"]
            tables += 1
            if not isinstance(before, int) or not 0 < before < at or tables > _MAX_TABLES:
                raise Malformed("Prev")
            trailer, at = self._table(before, at), before
        root = newest.get(b"Root")
        if not isinstance(root, Reference):
            raise Malformed("Root")
        self.catalog = self.dictionary(root)

    def _table(self, at: int, end: int) -> dict[bytes, object]:
        data = self.data
        if not 0 < at < end:
            raise Malformed("table")
        start = re.compile(rb"xref(?=[\0\t\n\f\r ])").match(data, self._behind_space(at))
        if not start:
            raise Malformed("table")
        at = start.end()
        while section := _SECTION.match(data, self._behind_space(at)):
            first, count, at = int(section[1]), int(section[2]), self._behind_space(section.end())
            if count > _MAX_ENTRIES or first + count > _MAX_ENTRIES or at + 20 * count > len(data):
                raise Malformed("table")
            for number in range(first, first + count):
                entry = _TABLE_ENTRY.match(data[at : at + 20])
                if not entry:
                    raise Malformed("table entry")
                self._offsets.setdefault(number, (int(entry[1]), entry[2] == b"n"))
                at += 20
        at = self._behind_space(at)
        if not data.startswith(b"trailer", at):
            raise Malformed("trailer")
        parser = _Parser(data, at + 7, min(len(data), at + 7 + _MAX_OBJECT))
        trailer = parser.value()
        if not isinstance(trailer, dict):
            raise Malformed("trailer")
        return trailer

    def object(self, reference: Reference) -> Located:
        """An object where the table says it is."""
        offset, used = self._offsets.get(reference.number, (0, False))
        if not used:
            raise Malformed("no such object")
        begin = _OBJECT.match(self.data, self._behind_space(offset))
        if not begin or int(begin[1]) != reference.number:
            raise Malformed("object")
        parser = _Parser(self.data, begin.end(), min(len(self.data), begin.end() + _MAX_OBJECT))
        value = parser.value()
        end = parser.at
        parser.skip()
        stream = None
        if self.data.startswith(b"stream", parser.at):
            stream = self._stream(value, parser.at + 6)
        elif not _END_OBJECT.match(self.data, parser.at):
            raise Malformed("endobj")
        return Located(value, begin.end(), end, stream)

    def _behind_space(self, at: int) -> int:
        parser = _Parser(self.data, at, len(self.data))
        parser.skip()
        return parser.at

    def _stream(self, value: object, at: int) -> tuple[int, int]:
        length = value.get(b"Length") if isinstance(value, dict) else None
        if not isinstance(length, int) or isinstance(length, bool) or length < 0:
            raise Malformed("Length")
        if self.data.startswith(b"\r\n", at):
            at += 2
        elif self.data.startswith(b"\n", at):
            at += 1
        else:
            raise Malformed("stream")
        end = at + length
        after = re.compile(rb"(?:\r\n|\r|\n)?endstream(?=[\0\t\n\f\r ()<>\[\]{}/%]|\Z)").match(self.data, end)
        if not after:
            raise Malformed("endstream")
        return at, end

    def resolve(self, value: object) -> object:
        """A value, or the one that a reference names."""
        return self.object(value).value if isinstance(value, Reference) else value

    def dictionary(self, value: object) -> dict[bytes, object]:
        """The same; must be a dictionary."""
        found = self.resolve(value)
        if not isinstance(found, dict):
            raise Malformed("no dictionary")
        return found
