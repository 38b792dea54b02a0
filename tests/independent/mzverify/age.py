"""age v1 files to X25519 recipients (README §8; the age specification C2SP.org/age): opened in a stream, never trusted before the end."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_CHUNK = 64 << 10
_MAX_HEADER = 64 << 10
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


class NotOpened(ValueError):
    """Not for this identity, or damaged."""


def read_identities(text: str) -> list[X25519PrivateKey]:
    """The identities of a file: a line each, ``#`` begins a comment."""
    found = []
    for line in text.splitlines():
        line = line.strip()
        if line and not line.startswith("#"):
            found.append(X25519PrivateKey.from_private_bytes(_bech32(line, "AGE-SECRET-KEY-")))
    if not found:
        raise NotOpened("no identity")
    return found


def _bech32(text: str, prefix: str) -> bytes:
    if text not in (text.upper(), text.lower()):
        raise NotOpened("identity")
    human, _, digits = text.lower().rpartition("1")
    if human != prefix.lower() or any(c not in _BECH32 for c in digits):
        raise NotOpened("identity")
    values = [_BECH32.index(c) for c in digits]
    check = 1
    for value in [ord(c) >> 5 for c in human] + [0] + [ord(c) & 31 for c in human] + values:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for bit, part in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            if top >> bit & 1:
                check ^= part
    number = 0
    for value in values[:-6]:
        number = number << 5 | value
    spare = 5 * len(values[:-6]) - 256
    if check != 1 or not 0 <= spare < 5 or number & ((1 << spare) - 1):
        raise NotOpened("identity")
    return (number >> spare).to_bytes(32, "big")


def _b64(text: bytes) -> bytes:
    try:
        raw = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise NotOpened("base64") from None
    if base64.b64encode(raw).rstrip(b"=") != text:
        raise NotOpened("base64")
    return raw


class _Input:
    """The file's blocks as lines and as stretches of bytes."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._buffer = bytearray()

    def _fill(self, length: int) -> None:
        while len(self._buffer) < length:
            block = next(self._blocks, b"")
            if not block:
                return
            self._buffer += block

    def line(self, most: int) -> bytes:
        self._fill(most + 1)
        end = self._buffer.find(b"\n", 0, most + 1)
        if end < 0:
            raise NotOpened("header")
        return self.take(end + 1)[:-1]

    def take(self, length: int) -> bytes:
        self._fill(length)
        part = bytes(self._buffer[:length])
        del self._buffer[:length]
        return part

    def ended(self) -> bool:
        self._fill(1)
        return not self._buffer


def _header(file: _Input) -> tuple[bytes, list[tuple[list[bytes], bytes]], bytes]:
    """The authenticated bytes, the stanzas and the MAC."""
    line = file.line(_MAX_HEADER)
    if line != b"age-encryption.org/v1":
        raise NotOpened("version")
    text = bytearray(line + b"\n")
    stanzas: list[tuple[list[bytes], bytes]] = []
    while True:
        line = file.line(_MAX_HEADER)
        if len(text) > _MAX_HEADER:
            raise NotOpened("header")
        if line.startswith(b"--- "):
            if not stanzas:
                raise NotOpened("no recipient")
            mac = _b64(line[4:])
            if len(mac) != 32:
                raise NotOpened("mac")
            return bytes(text) + b"---", stanzas, mac
        arguments = line.split(b" ")
        if arguments[0] != b"->" or len(arguments) < 2:
            raise NotOpened("stanza")
        if any(not part or not all(33 <= byte <= 126 for byte in part) for part in arguments):
            raise NotOpened("stanza")
        text += line + b"\n"
        body = b""
        while True:
            line = file.line(64)
            text += line + b"\n"
            body += line
            if len(line) < 64:
                break
            if len(text) > _MAX_HEADER:
                raise NotOpened("header")
        stanzas.append((arguments[1:], _b64(body)))


def _derive(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, info).derive(secret)


def _unwrap(stanza: tuple[list[bytes], bytes], identity: X25519PrivateKey) -> bytes | None:
    arguments, body = stanza
    if arguments[0] != b"X25519":
        return None
    if len(arguments) != 2 or len(body) != 32:
        raise NotOpened("X25519 stanza")
    share = _b64(arguments[1])
    if len(share) != 32:
        raise NotOpened("X25519 stanza")
    own = identity.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    try:
        shared = identity.exchange(X25519PublicKey.from_public_bytes(share))
    except ValueError:
        raise NotOpened("low-order share") from None
    key = _derive(shared, share + own, b"age-encryption.org/v1/X25519")
    try:
        return ChaCha20Poly1305(key).decrypt(bytes(12), body, None)
    except InvalidTag:
        return None


def open_stream(blocks: Iterator[bytes], identities: list[X25519PrivateKey]) -> Iterator[bytes]:
    """The clear bytes, chunk by chunk. They count only when the iterator has come to its end without refusing."""
    file = _Input(blocks)
    text, stanzas, mac = _header(file)
    keys = (key for stanza in stanzas for identity in identities if (key := _unwrap(stanza, identity)) is not None)
    file_key = next(keys, None)
    if file_key is None:
        raise NotOpened("not for this identity")
    wanted = hmac.new(_derive(file_key, b"", b"header"), text, hashlib.sha256).digest()
    if not hmac.compare_digest(wanted, mac):
        raise NotOpened("mac")
    nonce = file.take(16)
    if len(nonce) != 16:
        raise NotOpened("truncated")
    cipher = ChaCha20Poly1305(_derive(file_key, nonce, b"payload"))
    counter = 0
    while True:
        chunk = file.take(_CHUNK + 16)
        last = file.ended()
        try:
            clear = cipher.decrypt(counter.to_bytes(11, "big") + bytes([last]), chunk, None)
        except InvalidTag:
            raise NotOpened("chunk") from None
        if not clear and counter:
            raise NotOpened("empty last chunk")
        yield clear
        if last:
            return
        counter += 1
