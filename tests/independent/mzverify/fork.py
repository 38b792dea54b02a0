"""Fork proofs and epochs of the office's log (office-log.md §6.1, §6.2): what convicts a key, and what the roots begin anew."""

from __future__ import annotations

from . import cbor, cose, objects, tree
from .shape import constant, digest, each, exactly, octets, row, text, unsigned, whole
from .trust import TrustList, agreed, parse_multi

_PROOF = each(digest, 1, 65)
_DEVICE = exactly(
    {"v": constant(1), "what": constant("device"), "enrolment": octets, "first": octets, "second": octets}, {"proof": _PROOF}
)
_OFFICE = exactly({"v": constant(1), "what": constant("office"), "first": octets, "second": octets}, {"proof": _PROOF})
_EPOCH = exactly(
    {
        "v": constant(1),
        "epoch": unsigned,
        "at": whole,
        "reason": text,
        "last": each(row(unsigned, unsigned, digest), 1, 64),
    }
)


def convict(data: bytes, trust: TrustList) -> dict:
    """Whom the two objects convict and by which rule; refuses two that do not contradict each other."""
    value = cbor.decode(data)
    if _DEVICE(value):
        return _device(value, trust)  # type: ignore[arg-type]
    if _OFFICE(value):
        return _office(value, trust)  # type: ignore[arg-type]
    raise cose.Refused("shape")


def _device(value: dict, trust: TrustList) -> dict:
    enrolment, _ = objects.from_office(value["enrolment"], "mz1/enrolment", "badge", trust, objects.enrolment, "at")
    named = objects.sha256(value["enrolment"])
    sides = [
        objects.from_device(value[side], "mz1/checkpoint", enrolment["log_key"], objects.checkpoint)
        for side in ("first", "second")
    ]
    if any(side[2] != enrolment["log"] or side[10] != named for side in sides):
        raise cose.Refused("of another log or enrolment")
    if sides[0][3] == sides[1][3] and sides[0] != sides[1]:
        rule = "same_number"
    else:
        rule = _contradiction(*((side[5], side[6]) for side in sides), value.get("proof"))
    return {"what": "device", "log": enrolment["log"].hex(), "rule": rule}


def _office(value: dict, trust: TrustList) -> dict:
    first, second = (
        objects.from_office(value[side], "mz1/head", "receipt", trust, objects.HEAD, "at")[0] for side in ("first", "second")
    )
    if first["epoch"] != second["epoch"]:
        raise cose.Refused("of two epochs")
    rule = _contradiction((first["size"], first["root"]), (second["size"], second["root"]), value.get("proof"))
    return {"what": "office", "epoch": first["epoch"], "rule": rule}


def _contradiction(one: tuple[int, bytes], other: tuple[int, bytes], proof: list[bytes] | None) -> str:
    (small, stated), (large, root) = sorted((one, other))
    if small == large and stated != root:
        return "same_size"
    if 0 < small < large and proof is not None and proof[0] != stated:
        if tree.consistent(small, proof[0], large, root, proof[1:]):
            return "no_prefix"
    raise cose.Refused("no fork")


def read_epoch(data: bytes, trust: TrustList) -> dict:
    """An epoch that k of the n roots began; it names heads of epochs before it."""
    multi = parse_multi(data)
    agreed(multi, "mz1/epoch", trust.roots["keys"], trust.roots["k"])
    value = cbor.decode(multi.payload)
    if not _EPOCH(value) or any(epoch >= value["epoch"] for epoch, _, _ in value["last"]):  # type: ignore[index,call-overload]
        raise cose.Refused("shape")
    return value  # type: ignore[return-value]
