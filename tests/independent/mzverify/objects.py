"""Signed objects with one signer: parse, verify, exact shape. The shapes are those of README §4–§10."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from . import cbor, cose
from .shape import (
    Test,
    among,
    constant,
    day,
    digest,
    each,
    exactly,
    flag,
    ident,
    maybe,
    octets,
    row,
    sized,
    table,
    text,
    unsigned,
    whole,
)
from .trust import TrustList

LIMIT = 64 << 10
LIMIT_LONG = 4 << 20
LIMIT_LIST = 16 << 20


def sha256(data: bytes) -> bytes:
    """The digest by which objects name each other."""
    return hashlib.sha256(data).digest()


class Malformed(cose.Refused):
    """A signature that is good over a payload that has another shape."""


def payload_of(signed: cose.Signed) -> cbor.Value:
    """The payload, decoded."""
    assert signed.payload is not None
    try:
        return cbor.decode(signed.payload)
    except cbor.CborError as error:
        raise Malformed(str(error)) from None


def from_office(data: bytes, typ: str, use: str, trust: TrustList, shape: Test, at: object) -> tuple[dict, dict]:
    """An object that the office made: its payload and the entry of the key. ``at`` names the field with its own time, in
    milliseconds if the name is a text, in seconds if it is a number."""
    signed = cose.parse(data, typ)
    try:
        value = payload_of(signed)
    except Malformed as error:
        raise cose.Refused(str(error)) from None
    time = value.get(at) if isinstance(value, dict) else None
    if not whole(time):
        raise cose.Refused("states no time")
    entry = trust.verify(signed, use, time if isinstance(at, str) else time * 1000)  # type: ignore[operator,arg-type]
    if not shape(value):
        raise Malformed("shape")
    return value, entry  # type: ignore[return-value]


def from_device(data: bytes, typ: str, key: dict, shape: Test) -> dict:
    """An object that a device's key signed."""
    signed = cose.parse(data, typ)
    if signed.kid != cose.key_id(key) or not signed.verified_by(key):
        raise cose.Refused("not signed by this device's key")
    value = payload_of(signed)
    if not shape(value):
        raise Malformed("shape")
    return value  # type: ignore[return-value]


_HIDDEN = re.compile("[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def shown(value: object) -> bool:
    """A public text of a badge (README §4.1): 1 to 160 bytes, not blank at an end, nothing that hides or turns text."""
    if not isinstance(value, str) or not 1 <= len(value.encode()) <= 160 or value != value.strip(" \u3000"):
        return False
    return not _HIDDEN.search(value) and not any(unicodedata.category(c) == "Cc" for c in value)


def absent_only_at_start(value: dict, link: object, number: object) -> bool:
    """A link to the one before is absent for number 0, and only there."""
    return (link in value) == (value[number] != 0)


CLOCKS = row(
    whole,
    lambda value: whole(value) and -1080 <= value <= 1080,  # type: ignore[operator]
    unsigned,
    lambda value: octets(value) and len(value) <= 16,  # type: ignore[arg-type]
    maybe(row(digest, unsigned)),
)

_HEADER = exactly(
    {
        1: constant(1),
        2: ident,
        3: unsigned,
        8: text,
        9: unsigned,
        10: CLOCKS,
        11: maybe(ident),
        12: table(text, digest),
        13: each(row(ident, digest, unsigned)),
        14: constant(-16),
    },
    {4: digest, 5: ident, 6: unsigned, 7: digest},
)


def header(value: object) -> bool:
    """A header of README §5, as verification.md §5 reads it."""
    if not _HEADER(value) or len(value[12]) > 64:  # type: ignore[index,arg-type]
        return False
    assert isinstance(value, dict)
    if not absent_only_at_start(value, 4, 3) or (5 in value) != (6 in value):
        return False
    return absent_only_at_start(value, 7, 6) if 6 in value else 7 not in value


_CHECKPOINT = exactly(
    {
        1: constant(1),
        2: ident,
        3: unsigned,
        5: unsigned,
        6: digest,
        7: each(row(ident, unsigned, digest)),
        8: CLOCKS,
        10: digest,
    },
    {4: digest, 9: digest},
)


def checkpoint(value: object) -> bool:
    """A checkpoint of README §5."""
    return _CHECKPOINT(value) and absent_only_at_start(value, 4, 3)  # type: ignore[arg-type]


_ENROLMENT = exactly(
    {
        "v": constant(1),
        "enrolment": ident,
        "device": ident,
        "log": ident,
        "person": ident,
        "name": text,
        "role": among("officer", "assistant"),
        "log_key": cose.is_key,
        "show_key": cose.is_key,
        "officer_key": cose.is_key,
        "recipient": sized(32),
        "key_protection": among("strongbox", "tee", "secure_enclave", "software"),
        "attested": flag,
        "at": whole,
    },
    {"previous": digest, "reason": among("rotated", "key_lost", "store_behind")},
)


def enrolment(value: object) -> bool:
    """An enrolment; what it succeeds and why stand together (README §7.1)."""
    return _ENROLMENT(value) and ("previous" in value) == ("reason" in value)  # type: ignore[operator]


REVOCATION = exactly(
    {
        "v": constant(1),
        "enrolment": digest,
        "log": ident,
        "at": whole,
        "suspect_since": maybe(whole),
        "reason": text,
    }
)
STATEMENT = exactly(
    {
        "v": constant(1),
        "what": among("presence", "cosign", "sign"),
        "person": ident,
        "name": text,
        "number": text,
        "role": text,
        "case": ident,
        "at": whole,
    },
    {
        "task": ident,
        "facts": digest,
        "presented": digest,
        "wording": digest,
        "strokes": digest,
        "media": text,
        "present": each(text),
        "checkpoint": digest,
        "shared_device": flag,
    },
)
ANCHOR = exactly({"v": constant(1), "nonce": ident, "at": whole})
ASSIGNMENT = exactly(
    {
        1: ident,
        2: sized(16),
        3: day,
        4: each(shown, 1),
        5: unsigned,
        6: unsigned,
        7: among("routine", "special", "case"),
        8: shown,
        9: whole,
    }
)
BADGE = exactly(
    {
        4: whole,
        6: whole,
        8: exactly({1: cose.is_key}),
        -65537: row(shown, shown, shown, shown, shown, shown, day, maybe(sized(16)), unsigned),
    }
)
BUNDLE = exactly(
    {
        "v": constant(1),
        "case": ident,
        "at": whole,
        "form": among("sealed", "open", "party"),
        "files": table(text, row(unsigned, digest)),
    },
    {"withheld": each(text, 1)},
)
CUSTODY = exactly(
    {
        "v": constant(1),
        "state": among("stored", "opened"),
        "sealed": digest,
        "clear": digest,
        "length": unsigned,
        "at": whole,
    }
)
_PERSON = exactly({"name": text, "number": text})
DESTRUCTION = exactly(
    {
        "v": constant(1),
        "number": text,
        "files": each(exactly({"sealed": digest, "clear": digest, "length": unsigned}), 1, 500),
        "reason": text,
        "basis": text,
        "proposed": _PERSON,
        "approved": _PERSON,
        "at": whole,
    }
)
HEAD = exactly({"v": constant(1), "epoch": unsigned, "size": unsigned, "root": digest, "at": whole})
SHOW = exactly({1: sized(16), 2: whole}, {3: sized(8), 4: sized(16)})
