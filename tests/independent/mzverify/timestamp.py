"""RFC 3161 time stamps (CMS SignedData, RFC 5652) by a minimal strict DER reader: P-256 with SHA-256, nothing else."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timezone

from . import cose

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_TST_INFO = bytes.fromhex("2a864886f70d0109100104")
_CONTENT_TYPE = bytes.fromhex("2a864886f70d010903")
_MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")
_SHA256 = bytes.fromhex("608648016503040201")
_ECDSA_SHA256 = bytes.fromhex("2a8648ce3d040302")
_P256_KEY = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")

SEQUENCE, SET, OID, OCTETS, INTEGER, TIME = 0x30, 0x31, 0x06, 0x04, 0x02, 0x18


class NoToken(ValueError):
    """Not a time stamp token."""


class OtherAlgorithm(ValueError):
    """A token that cannot be judged here."""


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
    """What a time stamp says, and what its authority signed."""

    imprint: bytes
    at: int
    message: bytes
    signature: bytes
    keys: list[bytes]

    def signed_by(self, key: dict) -> bool:
        """Whether this P-256 key made the signature."""
        return cose.p256_der(cose.point(key), self.signature, self.message)


def parse(data: bytes) -> Token:
    """A TimeStampToken over a SHA-256 digest."""
    outer = read(data)
    if outer.tag != SEQUENCE or outer.whole != data:
        raise NoToken("structure")
    kind, content = outer.parts(OID, 0xA0)[:2]
    if kind.content != _SIGNED_DATA:
        raise NoToken("no SignedData")
    signed = read(content.content).parts(INTEGER, SET, SEQUENCE)
    encapsulated = signed[2].parts(OID, 0xA0)
    if encapsulated[0].content != _TST_INFO:
        raise NoToken("no TSTInfo")
    info = read(encapsulated[1].content)
    signers = signed[-1].parts()
    if info.tag != OCTETS or signed[-1].tag != SET or len(signers) != 1:
        raise NoToken("structure")
    fields = read(info.content).parts(INTEGER, OID, SEQUENCE, INTEGER, TIME)
    algorithm, imprint = fields[2].parts(SEQUENCE, OCTETS)
    signer = signers[0].parts(INTEGER)
    if len(signer) < 6 or signer[3].tag != 0xA0 or signer[5].tag != OCTETS:
        raise NoToken("SignerInfo")
    hashes = (algorithm, signer[2])
    if any(node.parts(OID)[0].content != _SHA256 for node in hashes) or signer[4].parts(OID)[0].content != _ECDSA_SHA256:
        raise OtherAlgorithm("algorithm")
    attributes = {node.parts(OID, SET)[0].content: node.parts(OID, SET)[1].content for node in signer[3].parts()}
    digest = hashlib.sha256(info.content).digest()
    if attributes.get(_MESSAGE_DIGEST) != b"\x04\x20" + digest:
        raise NoToken("messageDigest")
    if attributes.get(_CONTENT_TYPE) != bytes([OID, len(_TST_INFO)]) + _TST_INFO:
        raise NoToken("contentType")
    message = bytes([SET]) + signer[3].whole[1:]
    certificates = b"".join(node.content for node in signed[3:-1] if node.tag == 0xA0)
    return Token(imprint.content, _time(fields[4].content), message, signer[5].content, _keys(certificates))


def _keys(certificates: bytes) -> list[bytes]:
    """The P-256 points of the certificates that a token carries, compressed."""
    found, at = [], 0
    while (at := certificates.find(_P256_KEY, at)) >= 0:
        at += len(_P256_KEY)
        point = certificates[at : at + 65]
        if len(point) == 65 and point[0] == 4:
            found.append(bytes([2 + (point[64] & 1)]) + point[1:33])
    return found


def _time(raw: bytes) -> int:
    text = raw.decode("ascii", "replace")
    whole, _, fraction = text.removesuffix("Z").partition(".")
    try:
        moment = datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)
        if len(whole) != 14 or not text.endswith("Z") or (fraction and not fraction.isdigit()):
            raise ValueError
    except ValueError:
        raise NoToken("genTime") from None
    return int(moment.timestamp()) * 1000 + int((fraction + "000")[:3])
