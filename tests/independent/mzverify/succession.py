"""Logs that follow logs (sealed.md §8.1; verification.md §7 "Succession"): rotation, loss of a key, adopted tails."""

from __future__ import annotations

import hashlib

from . import cbor, tree
from .device import Device
from .entries import Entry
from .report import Report
from .shape import hexadecimal, unsigned, whole


def check(report: Report, devices: dict[bytes, Device]) -> None:
    """Every ``log.succeeds`` and ``log.ended`` of the bundle's logs; then the tails that nobody signed at the time."""
    adopters: dict[bytes, list[Entry]] = {}
    for device in devices.values():
        for entry in _of_kind(device, "log.ended"):
            _check_end(report, devices, entry)
        for entry in _of_kind(device, "log.succeeds"):
            name = hexadecimal(entry.fields.get("old"), 16)
            if name is None:
                continue
            old = devices.get(name)
            if old is None or old is device:
                report.add("succeeded", entry.subject)
                continue
            device.heir = device.heir or device.empty
            if {"cp_no", "size", "root", "reason"} <= entry.fields.keys():
                report.add("succession-broken" if _broken(entry, old, device) else "succeeded", entry.subject)
            if _proven(entry, device):
                adopters.setdefault(name, []).append(entry)
    for device in devices.values():
        _judge_tail(report, device, adopters.get(device.log, []))


def _of_kind(device: Device, kind: str) -> list[Entry]:
    return [entry for entry in device.life if entry.kind == kind]


def _check_end(report: Report, devices: dict[bytes, Device], entry: Entry) -> None:
    by = devices.get(hexadecimal(entry.fields.get("by"), 16) or b"")
    if by is not None and by.enrolment is not None and "key" in entry.fields:
        if entry.fields["key"] != hashlib.sha256(cbor.encode(by.enrolment["log_key"])).hexdigest():
            report.add("succession-broken", entry.subject, "key")


def _broken(entry: Entry, old: Device, new: Device) -> bool:
    stated = entry.fields["cp_no"]
    number = -1 if stated is None else stated
    if not whole(number):
        return True
    for checkpoint in old.checkpoints.values():
        if checkpoint.number > number:
            return True
        end = (checkpoint.size, checkpoint.root.hex())
        if checkpoint.number == number and end != (entry.fields["size"], entry.fields["root"]):
            return True
    ended = any(end.fields.get("by") == new.log.hex() for end in _of_kind(old, "log.ended"))
    return entry.fields["reason"] == "rotated" and not ended


def _proven(entry: Entry, device: Device) -> bool:
    newest = device.newest
    if newest is None or entry.seq >= newest.size:
        return False
    return tree.root_from_inclusion(entry.leaf, entry.seq, newest.size, entry.proof) == newest.root


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
