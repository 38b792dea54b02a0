"""C2SP signed notes: tlog-checkpoint and tlog-cosignature (README §6.1)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

COSIGNATURE = 0x04
MAX_LENGTH = 16 << 10

_NUMBER = re.compile(r"(?:0|[1-9][0-9]{0,15})\Z")


class NoNote(ValueError):
    """Not a note of the expected form."""


@dataclass(frozen=True)
class Checkpoint:
    """The three lines of a tlog-checkpoint; ``body`` is what is signed."""

    origin: str
    size: int
    root: bytes
    body: str


@dataclass(frozen=True)
class Line:
    """A signature line: ``— name base64(key id ‖ signature)``."""

    name: str
    key_id: bytes
    signature: bytes


def _b64(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoNote("base64") from None
    if base64.b64encode(raw).decode() != text:
        raise NoNote("base64")
    return raw


def parse_checkpoint(text: str) -> Checkpoint:
    """Three lines, an empty one, signature lines; split at the last empty line."""
    if len(text.encode()) > MAX_LENGTH:
        raise NoNote("length")
    body, gap, signatures = text.rpartition("\n\n")
    lines = body.split("\n")
    if not gap or len(lines) != 3 or not signatures.endswith("\n"):
        raise NoNote("lines")
    for line in signatures[:-1].split("\n"):
        parse_line(line)
    if not _NUMBER.match(lines[1]):
        raise NoNote("size")
    root = _b64(lines[2])
    if not lines[0] or len(root) != 32:
        raise NoNote("origin or root")
    return Checkpoint(lines[0], int(lines[1]), root, body + "\n")


def parse_line(text: str) -> Line:
    """One signature line, without its line end."""
    parts = text.split(" ")
    if len(parts) != 3 or parts[0] != "—" or not parts[1] or "+" in parts[1] or parts[1] != "".join(parts[1].split()):
        raise NoNote("signature line")
    raw = _b64(parts[2])
    if len(raw) < 5:
        raise NoNote("signature line")
    return Line(parts[1], raw[:4], raw[4:])


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """The four bytes that name a key."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def cosigned(line: Line, body: str) -> tuple[int, bytes, bytes]:
    """Time in seconds, the message that a witness signed, its signature."""
    if len(line.signature) != 72:
        raise NoNote("cosignature")
    time = int.from_bytes(line.signature[:8], "big")
    if time > 2**40:
        raise NoNote("time")
    return time, f"cosignature/v1\ntime {time}\n{body}".encode(), line.signature[8:]
