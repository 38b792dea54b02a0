"""Logs that follow logs (README §8.1; verification.md §7 "Succession"): rotation, loss of a key, adopted tails."""

from __future__ import annotations

import hashlib

from . import cbor, tree
from .device import Device
from .entries import Entry
from .report import Report
from .shape import hexadecimal, unsigned


def check(report: Report, devices: dict[bytes, Device]) -> None:
    """Every ``log.succeeds`` and ``log.ended`` of the bundle's logs; then the tails that nobody signed at the time."""
    adopters: dict[bytes, list[Entry]] = {}
    for device in devices.values():
        for entry in _of_kind(device, "log.ended"):
            by = devices.get(hexadecimal(entry.fields.get("by"), 16) or b"")
            if by is not None and by.enrolment is not None and "key" in entry.fields:
                key = hashlib.sha256(cbor.encode(by.enrolment["log_key"])).hexdigest()
                if entry.fields["key"] != key:
                    report.add("succession-broken", entry.subject, "key")
        for entry in _of_kind(device, "log.succeeds"):
            old = devices.get(hexadecimal(entry.fields.get("old"), 16) or b"")
            if old is None:
                continue
            broken = _contradicts(entry, old) or (entry.fields.get("reason") == "rotated" and not _ended(old, device))
            report.add("succession-broken" if broken else "succeeded", entry.subject)
            adopters.setdefault(old.log, []).append(entry)
    for device in devices.values():
        _judge_tail(report, device, adopters.get(device.log, []))


def _of_kind(device: Device, kind: str) -> list[Entry]:
    return [entry for entry in device.life + device.entries if entry.kind == kind]


def _contradicts(entry: Entry, old: Device) -> bool:
    stated = entry.fields.get("cp_no")
    for checkpoint in old.checkpoints.values():
        if not unsigned(stated) or checkpoint.number > stated:  # type: ignore[operator]
            return True
        if checkpoint.number == stated:
            if (checkpoint.size, checkpoint.root.hex()) != (entry.fields.get("size"), entry.fields.get("root")):
                return True
    return False


def _ended(old: Device, new: Device) -> bool:
    return any(entry.fields.get("by") == new.log.hex() for entry in _of_kind(old, "log.ended"))


def _judge_tail(report: Report, device: Device, adopters: list[Entry]) -> None:
    if device.newest is None:
        return
    for entry in device.entries + device.life:
        if entry.seq < device.newest.size:
            continue
        if any(_adopts(adopter, entry) for adopter in adopters):
            device.adopted.add(entry.seq)
            report.add("adopted", entry.subject)
        else:
            report.add("inclusion", entry.subject)


def _adopts(adopter: Entry, entry: Entry) -> bool:
    size, root = adopter.fields.get("adopted_size"), hexadecimal(adopter.fields.get("adopted_root"), 32)
    if root is None or not unsigned(size) or entry.seq >= size:  # type: ignore[operator]
        return False
    return tree.root_from_inclusion(entry.leaf, entry.seq, size, entry.proof) == root  # type: ignore[arg-type]
