"""Witnesses outside the office: heads, cosignatures, time stamps (README §6.1; verification.md §8)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from . import cbor, cose, note, objects, timestamp, tree
from .bag import Bag
from .device import Device
from .receipt import Receipt
from .report import Report
from .shape import digest, each, exactly, octets, table, text
from .times import shown
from .trust import TrustList

_OUTSIDE = exactly(
    {
        "head": octets,
        "checkpoint": text,
        "cosignatures": each(text),
        "timestamps": each(octets),
        "consistency": table(text, each(digest, 0, tree.MAX_PROOF)),
    }
)


@dataclass
class Judgement:
    """What one file shows: its head, who vouches for it, who could not be judged, which receipts it covers."""

    head: dict
    covers: set[str]
    good: list[str] = field(default_factory=list)
    unjudged: list[str] = field(default_factory=list)


def check(bag: Bag, report: Report, trust: TrustList, devices: list[Device], receipts: dict[str, Receipt]) -> None:
    """Each file below ``data/outside/``, then whether each log's newest receipt has a witness."""
    covered: set[str] = set()
    for path in bag.below("data/outside/"):
        data = bag.read(path, objects.LIMIT_LIST)
        if data is None:
            continue
        report.checked("witnesses")
        try:
            judgement = judge(data, trust, receipts)
            if path != f"data/outside/{judgement.head['epoch']}-{judgement.head['size']}.cbor":
                raise cose.Refused("name")
        except cose.Unknown as error:
            report.add("algorithm", path, str(error))
            continue
        except (cose.Refused, cbor.CborError, note.NoNote, timestamp.NoToken) as error:
            report.add("outside-bad", path, str(error))
            continue
        if judgement.unjudged:
            report.add("outside-unjudged", path, ", ".join(judgement.unjudged))
        if judgement.good:
            report.add("witness-outside", path, ", ".join(judgement.good))
            covered |= judgement.covers
    if any(f"{device.folder}receipt-{device.newest_number}.cbor" not in covered for device in devices):
        report.add("office-alone", "")


def judge(data: bytes, trust: TrustList, receipts: dict[str, Receipt], *, partial: bool = False) -> Judgement:
    """One file; ``partial``: proofs for receipts that are not at hand are passed over."""
    value = cbor.decode(data)
    if not _OUTSIDE(value):
        raise cose.Refused("shape")
    assert isinstance(value, dict)
    head, _ = objects.from_office(value["head"], "mz1/head", "receipt", trust, objects.HEAD, "at")
    judgement = Judgement(head, set(value["consistency"]))
    published = note.parse_checkpoint(value["checkpoint"])
    origin = published.origin.startswith("mz1/") and published.origin.endswith(f"/epoch-{head['epoch']}")
    if not origin or (published.size, published.root) != (head["size"], head["root"]):
        raise cose.Refused("the checkpoint says another head")
    for line in value["cosignatures"]:
        _cosignature(line, published, trust, judgement)
    for token in value["timestamps"]:
        _timestamp(token, hashlib.sha256(value["head"]).digest(), trust, judgement)
    for name, proof in value["consistency"].items():
        receipt = receipts.get(name)
        if receipt is None and partial:
            continue
        if receipt is None or receipt.epoch != head["epoch"]:
            raise cose.Refused(f"no receipt of this epoch: {name}")
        if not tree.consistent(receipt.size, receipt.root, head["size"], head["root"], proof):
            raise cose.Refused(f"not a prefix: {name}")
    return judgement


def _cosignature(text_line: str, published: note.Checkpoint, trust: TrustList, judgement: Judgement) -> None:
    line = note.parse_line(text_line)
    for entry in trust.keys:
        key = entry["key"]
        if entry["use"] != "witness" or entry["name"] != line.name or key[-1] != 6:
            continue
        if note.key_id(line.name, note.COSIGNATURE, key[-2]) == line.key_id:
            seconds, message, signature = note.cosigned(line, published.body)
            may = trust.key(cose.key_id(key), "witness", seconds * 1000)
            if may is None or not cose.ed25519(key[-2], signature, message):
                raise cose.Refused(f"cosignature of {line.name}")
            judgement.good.append(f"{line.name} {shown(seconds * 1000)}")
            return
    judgement.unjudged.append(line.name)


def _timestamp(token: bytes, imprint: bytes, trust: TrustList, judgement: Judgement) -> None:
    parsed = timestamp.parse(token)
    if parsed.imprint != imprint:
        raise cose.Refused("time stamp of another head")
    keys = [
        entry
        for entry in trust.keys
        if entry["use"] == "timestamp" and trust.key(cose.key_id(entry["key"]), "timestamp", parsed.at) is not None
    ]
    if parsed.signature is None or not keys:
        judgement.unjudged.append("time stamp")
        return
    signers = [entry["name"] for entry in keys if parsed.signed_by(entry["key"])]
    if not signers:
        raise cose.Refused("time stamp")
    judgement.good.append(f"{signers[0]} {shown(parsed.at)}")
