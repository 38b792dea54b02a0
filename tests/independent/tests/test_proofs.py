"""RFC 9162 proofs against trees built the slow way, and signatures against forgeries that some libraries accept."""

import hashlib

import place  # noqa: F401
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from mzverify import cose, tree


def root_of(leaves):
    """RFC 9162 §2.1.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return tree.node_hash(root_of(leaves[:k]), root_of(leaves[k:]))


def path_of(index, leaves):
    """RFC 9162 §2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if index < k:
        return path_of(index, leaves[:k]) + [root_of(leaves[k:])]
    return path_of(index - k, leaves[k:]) + [root_of(leaves[:k])]


def prefix_of(m, leaves, whole=True):
    """RFC 9162 §2.1.4.1."""
    if m == len(leaves):
        return [] if whole else [root_of(leaves)]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if m <= k:
        return prefix_of(m, leaves[:k], whole) + [root_of(leaves[k:])]
    return prefix_of(m - k, leaves[k:], False) + [root_of(leaves[:k])]


LEAVES = [tree.leaf_hash(bytes([number])) for number in range(40)]


@pytest.mark.parametrize("size", range(1, 41))
def test_inclusion(size):
    """P4, P5: every leaf of every tree, and no other place, size, path or leaf."""
    leaves = LEAVES[:size]
    root = root_of(leaves)
    for index in range(size):
        path = path_of(index, leaves)
        assert tree.root_from_inclusion(leaves[index], index, size, path) == root
        assert tree.root_from_inclusion(leaves[index], index, size, path + [bytes(32)]) != root
        assert tree.root_from_inclusion(leaves[index], size, size, path) is None
        assert tree.root_from_inclusion(bytes(32), index, size, path) != root
        for other in range(size):
            if other != index:
                assert tree.root_from_inclusion(leaves[index], other, size, path) != root
        for number in range(len(path)):
            assert tree.root_from_inclusion(leaves[index], index, size, path[:number] + path[number + 1 :]) != root


@pytest.mark.parametrize("size", range(1, 41))
def test_consistency(size):
    """P5, F39: every prefix, and no other root."""
    root = root_of(LEAVES[:size])
    for first in range(1, size + 1):
        old, path = root_of(LEAVES[:first]), prefix_of(first, LEAVES[:size])
        assert tree.consistent(first, old, size, root, path)
        assert not tree.consistent(first, bytes(32), size, root, path)
        assert not tree.consistent(first, old, size, bytes(32), path)
        assert not tree.consistent(first, old, size, root, path + [bytes(32)])
        if path:
            assert not tree.consistent(first, old, size, root, path[:-1])
    assert not tree.consistent(0, bytes(32), size, root, [])
    assert not tree.consistent(size + 1, root, size, root, [])


ORDER = 2**252 + 27742317777372353535851937790883648493


def test_ed25519_refuses_what_verifies_only_elsewhere():
    """P2: S + L, small-order and non-canonical A and R."""
    private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"test").digest())
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    good = private.sign(b"message")
    assert cose.ed25519(public, good, b"message")
    assert not cose.ed25519(public, good, b"messagf")
    more = int.from_bytes(good[32:], "little") + ORDER
    assert not cose.ed25519(public, good[:32] + more.to_bytes(32, "little"), b"message")
    weak = [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18, 2**255 + 1]
    for y in weak:
        point = y.to_bytes(32, "little")
        assert not cose.ed25519(point, point + bytes(32), b"message"), y
        assert not cose.ed25519(public, point + good[32:], b"message"), y


def test_receipt_and_fork_of_another_size_do_not_pass_as_prefix():
    """F13: a rewritten tail has another root; no path joins it."""
    told, rewritten = LEAVES[:7], LEAVES[:5] + [bytes(32)] + LEAVES[6:9]
    path = prefix_of(7, rewritten)
    assert not tree.consistent(7, root_of(told), 9, root_of(rewritten), path)
