"""Assignment, badges, packs, time anchors (verification.md §8)."""

from __future__ import annotations

import hashlib

from . import cose, objects
from .bag import MIB, Bag
from .device import Device
from .entries import Entry
from .report import Report
from .trust import TrustList, parse_multi

ASSIGNMENT = "data/assignment.cose"


def check(bag: Bag, report: Report, trust: TrustList, devices: list[Device]) -> None:
    """What the office signed, and that the case names it."""
    opened = [entry for device in devices for entry in device.entries if entry.kind in ("inspection.opened", "pack.moved")]
    assignment = _assignment(bag, report, trust, opened)
    _badges(bag, report, trust, assignment)
    _packs(bag, report, trust, devices, opened)


def _assignment(bag: Bag, report: Report, trust: TrustList, opened: list[Entry]) -> dict | None:
    if ASSIGNMENT not in bag.files:
        report.add("assignment-none", ASSIGNMENT)
        return None
    data = bag.read(ASSIGNMENT, objects.LIMIT)
    if data is None:
        return None
    report.checked("office")
    name = hashlib.sha256(data).hexdigest()[:32]
    for entry in opened:
        stated = entry.fields.get("assignment")
        if isinstance(stated, str) and stated and stated != name:
            report.add("assignment-other", ASSIGNMENT, entry.subject)
    report.checked("signatures")
    try:
        return objects.from_office(data, "mz1/assignment", "assignment", trust, objects.ASSIGNMENT, 9)[0]
    except cose.Refused as error:
        report.add("assignment-signature", ASSIGNMENT, str(error))
        return None


def read_badge(data: bytes, trust: TrustList) -> dict:
    """A badge by a key whose scope has its category and area (README §4.1)."""
    badge, key = objects.from_office(data, "mz1/badge", "badge", trust, objects.BADGE, 6)
    category, area = badge[-65537][4:6]
    if (key["categories"] and category not in key["categories"]) or (key["areas"] and area not in key["areas"]):
        raise cose.Refused("scope")
    return badge


def _badges(bag: Bag, report: Report, trust: TrustList, assignment: dict | None) -> None:
    for path in bag.below("data/badge/"):
        data = bag.read(path, objects.LIMIT)
        if data is None:
            continue
        report.checked("office")
        if path != f"data/badge/{hashlib.sha256(data).hexdigest()[:32]}.cose":
            report.add("badge-other", path)
        report.checked("signatures")
        try:
            claims = read_badge(data, trust)[-65537]
        except cose.Refused as error:
            report.add("badge-signature", path, str(error))
            continue
        if assignment is not None and claims[3] not in assignment[4]:
            report.add("badge-not-assigned", path)


def read_pack(data: bytes, trust: TrustList, at: int) -> bytes:
    """The payload of a pack that two who may have signed (README §9)."""
    multi = parse_multi(data)
    signers = set()
    for one in multi.signatures:
        signed = cose.parse(one, "mz1/pack", detached=True)
        entry = trust.key(signed.kid, "pack", at)
        if entry is None:
            continue
        if not signed.verified_by(entry["key"], multi.payload):
            raise cose.Refused("a signature")
        signers.add(signed.kid)
    if len(signers) < 2:
        raise cose.Refused("fewer than two who may")
    return multi.payload


def _packs(bag: Bag, report: Report, trust: TrustList, devices: list[Device], opened: list[Entry]) -> None:
    moments = [checkpoint.receipt.at for device in devices for checkpoint in device.ordered() if checkpoint.receipt]
    at = min(moments, default=0)
    for path in bag.below("data/pack/"):
        data = bag.read(path, 8 * MIB)
        if data is None:
            continue
        report.checked("office")
        report.checked("signatures")
        try:
            payload = read_pack(data, trust, at)
        except cose.Unknown as error:
            report.add("algorithm", path, str(error))
            continue
        except cose.Refused as error:
            report.add("pack-signature", path, str(error))
            continue
        if path != f"data/pack/{hashlib.sha256(payload).hexdigest()}.cbor":
            report.add("pack-other", path)
    for entry in opened:
        pack = entry.fields.get("pack")
        if isinstance(pack, str) and pack and f"data/pack/{pack}.cbor" not in bag.files:
            report.add("pack-none", f"data/pack/{pack}.cbor")


def anchors(bag: Bag, report: Report, trust: TrustList) -> dict[bytes, int]:
    """The office's time by the digest of each good anchor."""
    found = {}
    for path in bag.below("data/anchor/"):
        data = bag.read(path, objects.LIMIT)
        if data is None:
            continue
        report.checked("signatures")
        digest = hashlib.sha256(data)
        try:
            value, _ = objects.from_office(data, "mz1/anchor", "anchor", trust, objects.ANCHOR, "at")
            if path != f"data/anchor/{digest.hexdigest()}.cose":
                raise cose.Refused("name")
            found[digest.digest()] = value["at"]
        except cose.Unknown as error:
            report.add("algorithm", path, str(error))
        except cose.Refused as error:
            report.add("anchor-signature", path, str(error))
    return found
