"""The Merkle tree of every log (README §5): RFC 9162 §2.1, inclusion §2.1.3.2, consistency §2.1.4.2."""

from __future__ import annotations

import hashlib

MAX_PROOF = 64


def leaf_hash(data: bytes) -> bytes:
    """Hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes | None:
    """The root to which a leaf's hash and its path lead, or nothing if the path has another form."""
    if not 0 <= index < size:
        return None
    fn, sn, root = index, size - 1, leaf
    for part in proof:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            root = node_hash(part, root)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            root = node_hash(root, part)
        fn >>= 1
        sn >>= 1
    return root if sn == 0 else None


def consistent(first: int, first_root: bytes, second: int, second_root: bytes, proof: list[bytes]) -> bool:
    """Whether the smaller tree is a prefix of the larger one. The empty tree (size 0) is never compared."""
    if first == second:
        return not proof and first_root == second_root and first > 0
    if not 0 < first < second or not proof and first & (first - 1):
        return False
    path = ([first_root] if first & (first - 1) == 0 else []) + proof
    if not path:
        return False
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn >>= 1
        sn >>= 1
    old = new = path[0]
    for part in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            old, new = node_hash(part, old), node_hash(part, new)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            new = node_hash(new, part)
        fn >>= 1
        sn >>= 1
    return sn == 0 and old == first_root and new == second_root
