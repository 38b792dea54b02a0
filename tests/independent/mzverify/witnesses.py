"""Who saw the logs (verification.md §8), and a checkpoint that somebody holds in the hand."""

from __future__ import annotations

import hashlib
import re

from . import cbor, cose, objects, tree
from .device import Device
from .report import Report
from .shape import constant, digest, each, exactly, hexadecimal, ident, unsigned
from .times import shown

_PROOF = exactly(
    {
        "v": constant(1),
        "log": ident,
        "from": unsigned,
        "to": unsigned,
        "proof": each(digest, 0, tree.MAX_PROOF),
    }
)
_DIGITS = re.compile(r"[0-9]+")
_LAST_GROUP = {3: 1, 5: 2, 8: 3, 10: 4, 13: 5, 15: 6, 17: 7}


def check(report: Report, devices: dict[bytes, Device], signers: dict[str, bytes]) -> None:
    """The office, the other phones, the party."""
    absent: set[bytes] = set()
    for device in devices.values():
        for checkpoint in device.received():
            assert checkpoint.receipt is not None
            report.checked("witnesses")
            seen_at = shown(checkpoint.receipt.at)
            report.add("witness-office", checkpoint.receipt_path, f"< #{checkpoint.size}: {seen_at}")
        for entry in device.entries:
            for log, seen, size in entry.seen:
                other = devices.get(log)
                if other is None:
                    if log not in absent:
                        absent.add(log)
                        report.add("seen-absent", log.hex())
                    continue
                if any((one.digest, one.size) == (seen, size) for one in other.checkpoints.values()):
                    report.add("witness-peer", other.path, f"< #{size}: {entry.subject}")
                held = max((one.size for one in other.received()), default=None)
                if held is not None and size > held:
                    report.add("tail-missing", entry.subject, f"{other.log.hex()}: {size} / {held}")
            if entry.kind == "checkpoint.cosigned" and entry.subject in signers:
                named = devices.get(hexadecimal(entry.fields.get("log"), 16) or b"")
                if named is not None and signers[entry.subject] != named.log:
                    report.add("witness-peer", named.path, entry.subject)
            if entry.kind == "party.witnessed":
                report.add("witness-party", entry.subject)
                _compare(report, device, entry.subject, entry.fields)


def _compare(report: Report, device: Device, subject: str, fields: dict) -> None:
    number, held = fields.get("cp_no"), hexadecimal(fields.get("checkpoint"), 32)
    if held is None or isinstance(number, bool) or not isinstance(number, int):
        return
    checkpoint = device.checkpoints.get(number)
    if checkpoint is not None and checkpoint.digest != held:
        report.add("two-histories", subject)


def check_keys(report: Report, devices: list[Device]) -> None:
    """How each phone protects its keys."""
    for device in devices:
        if device.enrolment is None:
            continue
        report.checked("keys")
        protection = device.enrolment["key_protection"]
        attested = "attested" if device.enrolment["attested"] else "claimed"
        code = "key-software" if protection == "software" else "key-protection"
        report.add(code, device.enrolment_path, f"{protection}, {attested}")


def read_held(given: bytes) -> bytes:
    """A checkpoint as somebody holds it: its COSE bytes, a frame, or the text or the digits of its QR code (README §4.4)."""
    try:
        text = given.decode("ascii").strip()
    except UnicodeDecodeError:
        return _unframed(given)
    if "#" in text or _DIGITS.fullmatch(text):
        return _unframed(read_frame_text(text if "#" in text else "#" + text))
    return _unframed(given)


def read_frame_text(text: str) -> bytes:
    """The frame in the text of a QR code (README §4.4)."""
    _, _, fragment = text.partition("#")
    found = _DIGITS.match(fragment)
    if not found:
        raise cose.Refused("no digits")
    digits, out = found[0], b""
    for at in range(0, len(digits), 17):
        group = digits[at : at + 17]
        size = _LAST_GROUP.get(len(group))
        if size is None or int(group) >> (8 * size):
            raise cose.Refused("digits")
        out += int(group).to_bytes(size, "big")
    return out


def _unframed(data: bytes) -> bytes:
    """The checkpoint inside ``[3, checkpoint-COSE]``, or the bytes themselves."""
    try:
        framed = data[:2] == b"\x82\x03" and isinstance(cbor.decode(data), list)
    except cbor.CborError:
        framed = False
    return data[2:] if framed else data


def check_held(report: Report, devices: dict[bytes, Device], given: bytes, proof_file: bytes | None) -> None:
    """Which prefix of a log a checkpoint given by hand pins."""
    report.checked("witnesses")
    try:
        data = read_held(given)
    except cose.Refused as error:
        report.add("pinned-unknown", hashlib.sha256(given).hexdigest(), str(error))
        return
    subject = hashlib.sha256(data).hexdigest()
    for device in devices.values():
        if device.enrolment is None:
            continue
        try:
            value = objects.from_device(data, "mz1/checkpoint", device.enrolment["log_key"], objects.checkpoint)
        except cose.Refused:
            continue
        if value[2] == device.log:
            code = _pin(device, hashlib.sha256(data).digest(), value, proof_file)
            report.add(code, subject, f"{device.log.hex()} < #{value[5]}")
            return
    report.add("pinned-unknown", subject)


def _pin(device: Device, digest_: bytes, value: dict, proof_file: bytes | None) -> str:
    number, size, root = value[3], value[5], value[6]
    held = device.ordered()
    if any(one.digest == digest_ for one in held):
        return "pinned"
    if any(one.number == number or (one.size == size and one.root != root) for one in held):
        return "pinned-other"
    if any(one.size == size for one in held):
        return "pinned"
    try:
        proof = cbor.decode(proof_file or b"")
    except cbor.CborError:
        return "pinned-unknown"
    if not _PROOF(proof) or proof["log"] != device.log:  # type: ignore[index,call-overload]
        return "pinned-unknown"
    assert isinstance(proof, dict)
    if proof["from"] >= proof["to"]:
        return "pinned-unknown"
    for one in held:
        if (proof["from"], proof["to"]) == (size, one.size):
            fits = tree.consistent(size, root, one.size, one.root, proof["proof"])
        elif (proof["from"], proof["to"]) == (one.size, size):
            fits = tree.consistent(one.size, one.root, size, root, proof["proof"])
        else:
            continue
        return "pinned" if fits else "pinned-other"
    return "pinned-unknown"
