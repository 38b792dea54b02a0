"""The one strict CBOR profile (README §1, RFC 8949 §4.2.1): read the original bytes, never encode again to compare.

Maps become ``dict`` (keys ``int`` or ``str``), byte strings ``bytes``, tag 18 becomes :class:`Tag18`.
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_DEPTH = 16
MAX_INT = 2**53 - 1


class CborError(ValueError):
    """Bytes outside the profile; ``kind`` names the first deviation as in tests/vectors/cbor/refuse.json."""

    def __init__(self, kind: str, offset: int) -> None:
        super().__init__(f"{kind} at byte {offset}")
        self.kind = kind
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Tag18:
    """Tag 18 (COSE_Sign1) and what it holds."""

    value: object


Value = int | bytes | str | list | dict | bool | None | Tag18


def head(data: bytes, pos: int, lenient: bool = False) -> tuple[int, int, int]:
    """Major type, argument and position behind a data item's head, in its shortest form; leniently with any simple value."""
    if pos >= len(data):
        raise CborError("truncated", pos)
    first = data[pos]
    major, info = first >> 5, first & 31
    if info < 24:
        if major == 7 and info not in (20, 21, 22) and not lenient:
            raise CborError("simple", pos)
        return major, info, pos + 1
    if info == 31:
        raise CborError("indefinite", pos)
    if info > 27 or (major == 7 and not lenient):
        raise CborError("simple", pos)
    size = 1 << (info - 24)
    end = pos + 1 + size
    if end > len(data):
        raise CborError("truncated", pos)
    value = int.from_bytes(data[pos + 1 : end], "big")
    if value < 24 or (size > 1 and value >> (4 * size) == 0):
        raise CborError("not_shortest", pos)
    return major, value, end


def item(data: bytes, pos: int = 0, depth: int = 0) -> tuple[Value, int]:
    """One data item and the position behind it."""
    if pos < len(data):
        first = data[pos]
        if first < 24:
            return first, pos + 1
    major, value, end = head(data, pos)
    if major == 2 or major == 3:
        stop = end + value
        if stop > len(data):
            raise CborError("truncated", pos)
        if major == 2:
            return bytes(data[end:stop]), stop
        try:
            return str(data[end:stop], "utf-8"), stop
        except UnicodeDecodeError:
            raise CborError("utf8", pos) from None
    if major == 0 or major == 1:
        number = value if major == 0 else -1 - value
        if not -MAX_INT <= number <= MAX_INT:
            raise CborError("integer", pos)
        return number, end
    if major == 7:
        return (False, True, None)[value - 20], end
    depth += 1
    if depth > MAX_DEPTH:
        raise CborError("depth", pos)
    if major == 4:
        items: list[Value] = []
        if value > len(data) - end:
            raise CborError("truncated", pos)
        for _ in range(value):
            part, end = item(data, end, depth)
            items.append(part)
        return items, end
    if major == 5:
        if value > len(data) - end:
            raise CborError("truncated", pos)
        return _pairs(data, end, value, depth)
    if value != 18:
        raise CborError("tag", pos)
    inner, end = item(data, end, depth)
    return Tag18(inner), end


def _pairs(data: bytes, end: int, count: int, depth: int) -> tuple[dict, int]:
    pairs: dict = {}
    before = b""
    for number in range(count):
        start = end
        key, end = item(data, end, depth)
        if isinstance(key, bool) or not isinstance(key, (int, str)):
            raise CborError("key", start)
        encoded = bytes(data[start:end])
        if number and encoded <= before:
            raise CborError("duplicate" if encoded == before else "order", start)
        before = encoded
        pairs[key], end = item(data, end, depth)
    return pairs, end


def decode(data: bytes) -> Value:
    """Exactly one data item."""
    value, end = item(data)
    if end != len(data):
        raise CborError("trailing", end)
    return value


def extent(data: bytes, at: int) -> int:
    """Where a data item ends, judging only heads: what is inside may still be outside the profile."""
    pending = 1
    while pending:
        if at >= len(data):
            raise CborError("truncated", at)
        major, value, at = head(data, at, lenient=True)
        pending -= 1
        if major == 2 or major == 3:
            at += value
            if at > len(data):
                raise CborError("truncated", at)
        elif major == 4 or major == 6:
            pending += value if major == 4 else 1
        elif major == 5:
            pending += 2 * value
        if pending > len(data):
            raise CborError("truncated", at)
    return at


def array_head(data: bytes, pos: int = 0) -> tuple[int, int]:
    """Length of an array and the position of its first item."""
    major, value, end = head(data, pos)
    if major != 4:
        raise CborError("type", pos)
    return value, end


def encode(value: Value) -> bytes:
    """The deterministic encoding, for what this verifier itself must hash or have signed (keys, Sig_structure)."""
    if value is None or isinstance(value, bool):
        return {False: b"\xf4", True: b"\xf5", None: b"\xf6"}[value]
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        raw = value.encode()
        return _head(3, len(raw)) + raw
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(map(encode, value))
    if isinstance(value, dict):
        pairs = sorted((encode(key), encode(part)) for key, part in value.items())
        return _head(5, len(pairs)) + b"".join(key + part for key, part in pairs)
    return _head(6, 18) + encode(value.value)


def _head(major: int, value: int) -> bytes:
    if value < 24:
        return bytes([major << 5 | value])
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if value >> (8 * size) == 0:
            break
    return bytes([major << 5 | info]) + value.to_bytes(size, "big")
