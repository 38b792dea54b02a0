"""COSE_Sign1 with a type (README §2; RFC 9052 §4.2, RFC 9596) and the two signature algorithms, each checked strictly.

Before the library is asked: Ed25519 refuses S ≥ L, small-order or non-canonical A and R; ESP256 refuses high s.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from . import cbor
from .shape import constant, exactly, flag, sized

ED25519, ESP256 = -19, -9

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_ORDER_8 = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
# The y of all points whose order divides 8.
_SMALL_ORDER = {0, 1, _P - 1, _ORDER_8, _P - _ORDER_8}
_P256_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

is_ed25519 = exactly({1: constant(1), -1: constant(6), -2: sized(32)})
is_p256 = exactly({1: constant(2), -1: constant(1), -2: sized(32), -3: flag})
is_x25519 = exactly({1: constant(1), -1: constant(4), -2: sized(32)})


class Refused(ValueError):
    """The object is not what it must be."""


class Unknown(Refused):
    """A signature algorithm that this verifier does not know: nobody can judge, which is not "bad"."""


def is_key(value: object) -> bool:
    """A key that can sign (README §1)."""
    return is_ed25519(value) or is_p256(value)


def key_id(key: dict) -> bytes:
    """``kid`` (README §1)."""
    return hashlib.sha256(cbor.encode(key)).digest()[:8]


def _strong_point(encoded: bytes) -> bool:
    y = int.from_bytes(encoded, "little") & (2**255 - 1)
    return y < _P and y not in _SMALL_ORDER


def ed25519(public: bytes, signature: bytes, message: bytes) -> bool:
    """RFC 8032 §5.1.7, strict."""
    if len(signature) != 64 or int.from_bytes(signature[32:], "little") >= _L:
        return False
    if not _strong_point(public) or not _strong_point(signature[:32]):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        return True
    except (InvalidSignature, ValueError):
        return False


def p256(public: bytes, signature: bytes, message: bytes) -> bool:
    """ECDSA P-256 with SHA-256 over a SEC 1 point; raw r‖s, low s only."""
    if len(signature) != 64:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (0 < r < _P256_N and 0 < s <= _P256_N // 2):
        return False
    return p256_der(public, encode_dss_signature(r, s), message)


def p256_der(public: bytes, signature: bytes, message: bytes) -> bool:
    """The same with a DER signature and any s (RFC 3161 authorities)."""
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
        key.verify(signature, message, ec.ECDSA(SHA256()))
        return True
    except (InvalidSignature, ValueError):
        return False


def point(key: dict) -> bytes:
    """The compressed point of a P-256 key."""
    return (b"\x03" if key[-3] else b"\x02") + key[-2]


@dataclass(frozen=True)
class Signed:
    """A parsed, not yet verified COSE_Sign1. ``payload`` is for :func:`verify`'s callers and for the time it states."""

    alg: int
    kid: bytes
    protected: bytes
    headers: dict
    unprotected: dict
    payload: bytes | None
    signature: bytes

    def verified_by(self, key: dict, detached: bytes | None = None) -> bool:
        """Whether this key signed it; the payload is the detached one if none is inside."""
        payload = self.payload if detached is None else detached
        message = cbor.encode(["Signature1", self.protected, b"", payload])
        if self.alg == ED25519:
            return is_ed25519(key) and ed25519(key[-2], self.signature, message)
        return is_p256(key) and p256(point(key), self.signature, message)


@lru_cache(maxsize=4096)
def _parts(data: bytes) -> tuple[dict, bytes, dict, bytes | None, bytes]:
    try:
        tagged = cbor.decode(data)
        if not isinstance(tagged, cbor.Tag18) or not isinstance(tagged.value, list) or len(tagged.value) != 4:
            raise Refused("no COSE_Sign1")
        protected, unprotected, payload, signature = tagged.value
        if not isinstance(protected, bytes) or not isinstance(unprotected, dict) or not isinstance(signature, bytes):
            raise Refused("no COSE_Sign1")
        if payload is not None and not isinstance(payload, bytes):
            raise Refused("no COSE_Sign1")
        headers = cbor.decode(protected)
    except cbor.CborError as error:
        raise Refused(str(error)) from None
    if not isinstance(headers, dict):
        raise Refused("protected header is no map")
    return headers, protected, unprotected, payload, signature


def parse(data: bytes, typ: str, *, detached: bool = False, receipt: bool = False) -> Signed:
    """Reads an object of one type. A receipt carries more headers; :mod:`receipt` judges those."""
    headers, protected, unprotected, payload, signature = _parts(bytes(data))
    keys = {1, 4, 16} | ({15, 395, -65541} if receipt else set())
    if headers.keys() != keys or headers[16] != typ:
        raise Refused("protected header")
    alg, kid = headers[1], headers[4]
    if isinstance(alg, bool) or not isinstance(alg, int) or not isinstance(kid, bytes) or len(kid) != 8:
        raise Refused("protected header")
    if (payload is None) != detached or (not receipt and unprotected):
        raise Refused("payload or unprotected header")
    if alg not in (ED25519, ESP256):
        raise Unknown(f"algorithm {alg}")
    return Signed(alg, kid, protected, headers, unprotected, payload, signature)
