"""Receipts of the office's log (README §6; RFC 9942): the leaf is included under the root that the office signed."""

from __future__ import annotations

from dataclasses import dataclass

from . import cbor, cose, tree
from .shape import constant, digest, each, exactly, ident, maybe, octets, row, text, unsigned, whole
from .trust import TrustList

_LEAVES = {
    "checkpoint": {"cp": digest, "log": ident, "size": unsigned},
    "custody": {"payload": digest},
    "export": {"bundle": digest, "case": ident},
    "enrolment": {"enrolment": digest},
    "revocation": {"revocation": digest},
    "access": {"record": digest},
    "register": {"record": digest},
    "procedure": {"record": digest},
    "ledger": {"record": digest},
    "retention": {"record": digest},
    "destruction": {"payload": digest},
    "epoch": {"epoch": digest},
}
_LEAF = {kind: exactly({"kind": constant(kind), "at": whole, **fields}) for kind, fields in _LEAVES.items()}
_PROOF = row(unsigned, unsigned, each(digest, 0, tree.MAX_PROOF))
_UNPROTECTED = exactly({396: exactly({-1: row(octets)})})
_CLAIMS = exactly({1: text, 6: whole})
_ABOUT = row(maybe(ident), unsigned, whole, unsigned)
_PAIR = exactly({"leaf": octets, "receipt": octets})


def is_leaf(value: object) -> bool:
    """A leaf of a known kind, exactly."""
    kind = value.get("kind") if isinstance(value, dict) else None
    return isinstance(kind, str) and kind in _LEAF and _LEAF[kind](value)


def is_unknown_leaf(value: object) -> bool:
    """A leaf of a kind that is kept and not judged (README §6a)."""
    return isinstance(value, dict) and text(value.get("kind")) and whole(value.get("at")) and value["kind"] not in _LEAF


@dataclass(frozen=True)
class Receipt:
    """A good receipt: what was received when, and which head of the office's log shows it."""

    leaf: dict
    epoch: int
    size: int
    root: bytes

    @property
    def at(self) -> int:
        """When the office received it."""
        return self.leaf["at"]


def verify_pair(data: bytes, trust: TrustList) -> Receipt:
    """``{"leaf", "receipt"}``."""
    try:
        pair = cbor.decode(data)
    except cbor.CborError as error:
        raise cose.Refused(str(error)) from None
    if not _PAIR(pair):
        raise cose.Refused("shape")
    return verify(pair["leaf"], pair["receipt"], trust)  # type: ignore[index,call-overload]


def verify(leaf_bytes: bytes, receipt: bytes, trust: TrustList) -> Receipt:
    """One receipt over one leaf."""
    signed = cose.parse(receipt, "mz1/log-receipt", detached=True, receipt=True)
    try:
        leaf = cbor.decode(leaf_bytes)
        if not _UNPROTECTED(signed.unprotected):
            raise cose.Refused("unprotected header")
        proof = cbor.decode(signed.unprotected[396][-1][0])
    except cbor.CborError as error:
        raise cose.Refused(str(error)) from None
    if not is_leaf(leaf):
        raise cose.Refused("leaf")
    assert isinstance(leaf, dict)
    claims, about = signed.headers[15], signed.headers[-65541]
    if not (_CLAIMS(claims) and _ABOUT(about) and constant(1)(signed.headers[395]) and _PROOF(proof)):
        raise cose.Refused("headers or proof")
    size, index, path = proof  # type: ignore[misc]
    root = tree.root_from_inclusion(tree.leaf_hash(leaf_bytes), index, size, path)
    if root is None:
        raise cose.Refused("proof")
    trust.verify(signed, "receipt", leaf["at"], root)
    if about[:3] != [leaf.get("log"), size, leaf["at"]] or claims[6] != leaf["at"] // 1000:
        raise cose.Refused("headers contradict leaf or proof")
    return Receipt(leaf, about[3], size, root)
