"""A paper: its seal and its attachments (ADR 0003, README §12, verification.md §9)."""

from __future__ import annotations

import hashlib
import re
import zlib
from dataclasses import dataclass

from .bag import MIB
from .pdf import Document, Located, Malformed, Name, Reference

_MAX_ATTACHED = 64
_MAX_INFLATED = 16 * MIB
_MAX_TOGETHER = 64 * MIB
_DIGITS = re.compile(rb"(?:[0-9a-f]{2})*\Z")
_SIGNATURE = re.compile(rb"(.*)\x80\x00*\Z", re.DOTALL)


@dataclass(frozen=True)
class Seal:
    """The signature over a paper, the digest it is over, and whether anything follows what it covers."""

    signature: bytes
    digest: bytes
    covers_whole_file: bool


@dataclass(frozen=True)
class Paper:
    """What is proven of a PDF comes from these."""

    seal: Seal | None
    attachments: list[tuple[str, bytes]]


def read(data: bytes) -> Paper:
    """Refuses with :class:`Malformed`."""
    document = Document(data)
    return Paper(_seal(document), _attachments(document))


def _seal(document: Document) -> Seal | None:
    info = document.catalog.get(b"PieceInfo")
    if info is None:
        return None
    own = document.dictionary(info).get(b"Mingzheng")
    if own is None:
        return None
    private = document.dictionary(own).get(b"Private")
    if not isinstance(private, Reference):
        raise Malformed("Private")
    located = document.object(private)
    if not isinstance(located.value, dict):
        raise Malformed("seal")
    return _judge(document.data, located, located.value)


def _judge(data: bytes, located: Located, seal: dict[bytes, object]) -> Seal:
    span, contents = seal.get(b"ByteRange"), seal.get(b"Contents")
    if not isinstance(span, list) or len(span) != 4 or not isinstance(contents, bytes):
        raise Malformed("seal")
    if not all(isinstance(part, int) and not isinstance(part, bool) and part >= 0 for part in span):
        raise Malformed("ByteRange")
    zero, a, b, c = span
    if zero or b + c > len(data) or not located.begin < a <= b < located.end:
        raise Malformed("ByteRange")
    digits = data[a:b]
    if data[a - 1 : a] != b"<" or data[b : b + 1] != b">" or not _DIGITS.match(digits):
        raise Malformed("Contents")
    room = bytes.fromhex(digits.decode("ascii"))
    signature = _SIGNATURE.match(room)
    if room != contents or not signature:
        raise Malformed("Contents")
    digest = hashlib.sha256(data[:a])
    digest.update(data[b : b + c])
    return Seal(signature[1], digest.digest(), b + c == len(data))


def _attachments(document: Document) -> list[tuple[str, bytes]]:
    files = document.resolve(document.catalog.get(b"AF"))
    if files is None:
        return []
    if not isinstance(files, list) or len(files) > _MAX_ATTACHED:
        raise Malformed("AF")
    found: list[tuple[str, bytes]] = []
    together = 0
    for item in files:
        specification = document.dictionary(item)
        name = _name(document.resolve(specification.get(b"UF")))
        embedded = document.dictionary(specification.get(b"EF")).get(b"F")
        if not isinstance(embedded, Reference):
            raise Malformed("EF")
        data = _embedded(document, embedded)
        together += len(data)
        if together > _MAX_TOGETHER:
            raise Malformed("attachments")
        found.append((name, data))
    return found


def _name(raw: object) -> str:
    if not isinstance(raw, bytes):
        raise Malformed("UF")
    try:
        return raw[2:].decode("utf-16-be") if raw.startswith(b"\xfe\xff") else raw.decode("ascii")
    except UnicodeDecodeError:
        raise Malformed("UF") from None


def _embedded(document: Document, reference: Reference) -> bytes:
    located = document.object(reference)
    value = located.value
    kind = value.get(b"Subtype") if isinstance(value, dict) else None
    if located.stream is None or not isinstance(value, dict) or not isinstance(kind, Name):
        raise Malformed("attachment")
    try:
        kind.text.decode()
    except UnicodeDecodeError:
        raise Malformed("Subtype") from None
    begin, end = located.stream
    raw = document.data[begin:end]
    filtered = value.get(b"Filter")
    if isinstance(filtered, list) and len(filtered) == 1:
        filtered = filtered[0]
    if filtered is None:
        clear = raw
    elif filtered == Name(b"FlateDecode") and b"DecodeParms" not in value:
        inflate = zlib.decompressobj()
        try:
            clear = inflate.decompress(raw, _MAX_INFLATED + 1)
        except zlib.error:
            raise Malformed("deflate") from None
        if not inflate.eof and len(clear) <= _MAX_INFLATED or inflate.unused_data:
            raise Malformed("deflate")
    else:
        raise Malformed("filter")
    if len(clear) > _MAX_INFLATED:
        raise Malformed("length")
    return clear
