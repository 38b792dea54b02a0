"""RFC 3161 time stamps (CMS SignedData, RFC 5652) by a minimal strict DER reader: P-256 with SHA-256, nothing else."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timezone

from . import cose

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_TST_INFO = bytes.fromhex("2a864886f70d0109100104")
_CONTENT_TYPE = bytes.fromhex("2a864886f70d010903")
_MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")
_SHA256 = bytes.fromhex("608648016503040201")
_ECDSA_SHA256 = bytes.fromhex("2a8648ce3d040302")
_TIME = re.compile(rb"([0-9]{14})(?:\.([0-9]*[1-9]))?Z\Z")

MAX_LENGTH = 64 << 10

SEQUENCE, SET, OID, OCTETS, INTEGER, TIME = 0x30, 0x31, 0x06, 0x04, 0x02, 0x18


class NoToken(ValueError):
    """Not a time stamp token."""


@dataclass(frozen=True)
class Node:
    """A DER element: tag, contents, and all its bytes."""

    tag: int
    content: bytes
    whole: bytes

    def parts(self, *tags: int) -> list[Node]:
        """The elements inside; the first ones must have these tags."""
        found, at = [], 0
        while at < len(self.content):
            node = read(self.content, at)
            at += len(node.whole)
            found.append(node)
        if [node.tag for node in found[: len(tags)]] != list(tags):
            raise NoToken("structure")
        return found

    def exactly(self, *tags: int) -> list[Node]:
        """The elements inside, which have these tags and are no more."""
        found = self.parts(*tags)
        if len(found) != len(tags):
            raise NoToken("structure")
        return found


def read(data: bytes, at: int = 0) -> Node:
    """One element: definite, shortest length, one-byte tag."""
    if at + 2 > len(data) or data[at] & 31 == 31:
        raise NoToken("tag")
    length, begin = data[at + 1], at + 2
    if length >= 0x80:
        size = length & 127
        if not 1 <= size <= 4 or begin + size > len(data):
            raise NoToken("length")
        length = int.from_bytes(data[begin : begin + size], "big")
        if length < 0x80 or length >> (8 * (size - 1)) == 0:
            raise NoToken("length")
        begin += size
    if begin + length > len(data):
        raise NoToken("truncated")
    return Node(data[at], data[begin : begin + length], data[at : begin + length])


@dataclass(frozen=True)
class Token:
    """What a time stamp says, and what its authority signed; no signature if it is by another algorithm."""

    imprint: bytes
    at: int
    message: bytes
    signature: bytes | None

    def signed_by(self, key: dict) -> bool:
        """Whether this P-256 key made the signature."""
        return self.signature is not None and cose.p256_der(cose.point(key), self.signature, self.message)


def parse(data: bytes) -> Token:
    """A TimeStampToken over a SHA-256 digest (verification.md §8, *Token*)."""
    if len(data) > MAX_LENGTH:
        raise NoToken("length")
    outer = read(data)
    if outer.tag != SEQUENCE or outer.whole != data:
        raise NoToken("structure")
    kind, content = outer.exactly(OID, 0xA0)
    (inner,) = content.exactly(SEQUENCE)
    if kind.content != _SIGNED_DATA:
        raise NoToken("no SignedData")
    signed = inner.parts(INTEGER, SET, SEQUENCE)
    between = [node.tag for node in signed[3:-1]]
    if between not in ([], [0xA0], [0xA1], [0xA0, 0xA1]) or signed[-1].tag != SET:
        raise NoToken("structure")
    encapsulated, wrapped = signed[2].exactly(OID, 0xA0)
    (info,) = wrapped.exactly(OCTETS)
    (signer,) = signed[-1].exactly(SEQUENCE)
    if encapsulated.content != _TST_INFO:
        raise NoToken("no TSTInfo")
    imprint, at = _read_info(info.content)
    parts = signer.parts(INTEGER)
    tags = [node.tag for node in parts[2:]]
    if tags not in ([SEQUENCE, 0xA0, SEQUENCE, OCTETS], [SEQUENCE, 0xA0, SEQUENCE, OCTETS, 0xA1]):
        raise NoToken("SignerInfo")
    attributes = [node.exactly(OID, SET) for node in parts[3].parts()]
    types = [value.content for name, value in attributes if name.content == _CONTENT_TYPE]
    if types != [bytes([OID, len(_TST_INFO)]) + _TST_INFO]:
        raise NoToken("contentType")
    digests = [value.content for name, value in attributes if name.content == _MESSAGE_DIGEST]
    hashed = _algorithm(parts[2]) == _SHA256
    if hashed and digests != [b"\x04\x20" + hashlib.sha256(info.content).digest()]:
        raise NoToken("messageDigest")
    return Token(
        imprint=imprint,
        at=at,
        message=bytes([SET]) + parts[3].whole[1:],
        signature=parts[5].content if hashed and _algorithm(parts[4]) == _ECDSA_SHA256 else None,
    )


def _algorithm(node: Node) -> bytes:
    return node.parts(OID)[0].content


def _read_info(data: bytes) -> tuple[bytes, int]:
    """The imprint and the time."""
    whole = read(data)
    if whole.tag != SEQUENCE or whole.whole != data:
        raise NoToken("TSTInfo")
    version, _, message, _, time = whole.parts(INTEGER, OID, SEQUENCE, INTEGER, TIME)[:5]
    algorithm, imprint = message.exactly(SEQUENCE, OCTETS)
    if version.content != b"\1" or _algorithm(algorithm) != _SHA256 or len(imprint.content) != 32:
        raise NoToken("TSTInfo")
    return imprint.content, _time(time.content)


def _time(raw: bytes) -> int:
    found = _TIME.match(raw)
    if not found:
        raise NoToken("genTime")
    try:
        moment = datetime.strptime(found[1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)
    except ValueError:
        raise NoToken("genTime") from None
    fraction = (found[2] or b"").decode()
    return int(moment.timestamp()) * 1000 + int((fraction + "000")[:3])
