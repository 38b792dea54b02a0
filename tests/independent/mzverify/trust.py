"""Trust lists and other objects with several signers (README §2, §3; verification.md §3)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from . import cbor, cose
from .bag import MIB, Bag
from .report import Report
from .shape import among, constant, digest, each, exactly, octets, row, text, unsigned, whole

PATH = "data/trust/trust.cbor"
LIMIT = 4 * MIB

_USES = ("badge", "assignment", "status", "receipt", "anchor", "pack", "feed", "export", "seal", "witness", "timestamp")
_KINDS = {"seal": cose.is_x25519, "witness": cose.is_ed25519, "timestamp": cose.is_p256}
_FIELDS = exactly(
    {
        "key": lambda value: True,
        "use": among(*_USES),
        "name": text,
        "organ": text,
        "areas": each(text),
        "categories": each(text),
        "from": whole,
        "until": whole,
    },
    {"suspect_since": whole},
)


def _trust_key(value: object) -> bool:
    return _FIELDS(value) and _KINDS.get(value["use"], cose.is_key)(value["key"])  # type: ignore[index,call-overload]


_TRUST = exactly(
    {
        "v": constant(1),
        "version": unsigned,
        "organ": text,
        "issued": whole,
        "expires": whole,
        "roots": exactly({"k": unsigned, "keys": each(cose.is_key, 1, 16)}),
        "keys": each(_trust_key),
    },
    {"previous": digest},
)
_MULTI = row(octets, each(octets, 1, 16))


@dataclass(frozen=True)
class Multi:
    """An object with several signers: its payload bytes and the signatures."""

    payload: bytes
    signatures: list[bytes]


def parse_multi(data: bytes) -> Multi:
    """``multi`` of README §2, at most 16 signatures."""
    try:
        value = cbor.decode(data)
    except cbor.CborError as error:
        raise cose.Refused(str(error)) from None
    if not _MULTI(value):
        raise cose.Refused("no object with several signers")
    return Multi(*value)  # type: ignore[misc]


def agreed(multi: Multi, typ: str, keys: list[dict], k: int) -> int:
    """How many of these keys signed; refuses fewer than k, and any signature of theirs that does not verify (README §2.2)."""
    known = {cose.key_id(key): key for key in keys}
    if not 1 <= k <= len(keys) or len(known) != len(keys):
        raise cose.Refused("no agreement")
    signers = set()
    for signed in [cose.parse(one, typ, detached=True) for one in multi.signatures]:
        if signed.kid in known:
            if not signed.verified_by(known[signed.kid], multi.payload):
                raise cose.Refused("a signature")
            signers.add(signed.kid)
    if len(signers) < k:
        raise cose.Refused("too few signers")
    return len(signers)


def fingerprint_text(fingerprint: bytes) -> str:
    """64 hex digits in groups of four."""
    digits = fingerprint.hex()
    return " ".join(digits[at : at + 4] for at in range(0, 64, 4))


@dataclass(frozen=True)
class TrustList:
    """A verified trust list."""

    payload: bytes
    version: int
    organ: str
    expires: int
    roots: dict
    keys: tuple[dict, ...]

    @property
    def root(self) -> bytes:
        """The root fingerprint: SHA-256 over the deterministic encoding of ``roots``."""
        return hashlib.sha256(cbor.encode(self.roots)).digest()

    def key(self, kid: bytes, use: str, at: int) -> dict | None:
        """The entry with this key id and use if the key may sign at that time (verification.md §3)."""
        for entry in self.keys:
            if entry["use"] == use and cose.is_key(entry["key"]) and cose.key_id(entry["key"]) == kid:
                since = entry.get("suspect_since")
                counts = entry["from"] <= at <= entry["until"] and (since is None or at < since)
                return entry if counts else None
        return None

    def verify(self, signed: cose.Signed, use: str, at: int, detached: bytes | None = None) -> dict:
        """Refuses unless a key that may made the signature; gives its entry."""
        entry = self.key(signed.kid, use, at)
        if entry is None or not signed.verified_by(entry["key"], detached):
            raise cose.Refused("not signed by a key that may")
        return entry

    def together_with(self, other: TrustList) -> TrustList:
        """The newer of two lists of one root (the other one if they are of one version), plus the keys of the older that the newer does not name."""
        newer, older = (self, other) if self.version > other.version else (other, self)
        named = [cbor.encode(entry["key"]) for entry in newer.keys]
        more = tuple(entry for entry in older.keys if cbor.encode(entry["key"]) not in named)
        return replace(newer, keys=newer.keys + more)


def open_self_signed(data: bytes) -> TrustList:
    """A trust list that its own roots signed; whose roots these are must come from outside."""
    multi = parse_multi(data)
    for one in multi.signatures:
        cose.parse(one, "mz1/trust", detached=True)
    try:
        value = cbor.decode(multi.payload)
    except cbor.CborError as error:
        raise cose.Refused(str(error)) from None
    if not _TRUST(value):
        raise cose.Refused("no trust list")
    assert isinstance(value, dict)
    roots = value["roots"]
    agreed(multi, "mz1/trust", roots["keys"], roots["k"])
    return TrustList(multi.payload, value["version"], value["organ"], value["expires"], roots, tuple(value["keys"]))


def establish(bag: Bag, report: Report, given_file: bytes | None, given_root: bytes | None) -> TrustList | None:
    """Who signed, and the list that counts from here on."""
    inside = None
    data = bag.needed(PATH, LIMIT)
    if data is not None:
        report.checked("trust")
        try:
            inside = open_self_signed(data)
        except cose.Unknown as error:
            report.add("algorithm", PATH, str(error))
        except cose.Refused as error:
            report.add("trust-unreadable", PATH, str(error))
    given = None
    if given_file is not None:
        try:
            given = open_self_signed(given_file)
            given_root = given.root
        except cose.Refused as error:
            report.add("trust-given", "", str(error))
    if inside is None:
        report.signer = {"state": "unknown"}
        return given
    root = fingerprint_text(inside.root)
    if given_root is None:
        report.add("signer-not-established", "", root)
        report.signer = {"state": "not_established", "claimed_organ": inside.organ, "root": root}
        return inside
    if given_root != inside.root:
        report.add("another-root", PATH, root)
        report.signer = {"state": "another", "root": root}
        return inside
    report.signer = {"state": "established", "organ": inside.organ, "root": root}
    if given is None:
        return inside
    if given.version == inside.version and given.payload != inside.payload:
        report.add("trust-contradiction", PATH)
    used = given.together_with(inside)
    report.signer["organ"] = used.organ
    return used
