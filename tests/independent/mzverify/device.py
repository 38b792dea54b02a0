"""One device log of the case (verification.md §5): enrolment, entries, checkpoints, receipts, chain, tree, completeness."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from . import cbor, cose, entries, objects, receipt, tree
from .bag import Bag
from .entries import Entry
from .report import Report
from .shape import digest, each, table, unsigned
from .trust import TrustList

_CONSISTENCY = table(unsigned, each(digest, 0, tree.MAX_PROOF))
_ENDING = {"checkpoint": "cose", "receipt": "cbor"}
_NUMBERED = re.compile(r"(checkpoint|receipt)-(0|[1-9][0-9]{0,19})\.(cose|cbor)\Z")


@dataclass
class Checkpoint:
    """A checkpoint that the device signed; its receipt, if it has a good one, and whether that counts."""

    path: str
    digest: bytes
    value: dict
    receipt: receipt.Receipt | None = None
    receipt_path: str = ""
    counts: bool = False

    @property
    def number(self) -> int:
        """cp_no."""
        return self.value[3]

    @property
    def size(self) -> int:
        """Size of the log."""
        return self.value[5]

    @property
    def root(self) -> bytes:
        """Root of the log's tree."""
        return self.value[6]


@dataclass
class Device:
    """A log of the case and what of it was found good."""

    log: bytes
    case: bytes
    newest_number: int
    enrolment: dict | None = None
    enrolment_digest: bytes = b""
    revocation: dict | None = None
    entries: list[Entry] = field(default_factory=list)
    life: list[Entry] = field(default_factory=list)
    checkpoints: dict[int, Checkpoint] = field(default_factory=dict)
    newest: Checkpoint | None = None
    empty: bool = False
    heir: bool = False
    adopted: set[int] = field(default_factory=set)

    @property
    def folder(self) -> str:
        """Where the log lies."""
        return f"data/log/{self.log.hex()}/"

    @property
    def path(self) -> str:
        """Its entries of the case."""
        return self.folder + "entries.cbor"

    @property
    def enrolment_path(self) -> str:
        """Its enrolment."""
        return f"data/trust/enrolment-{self.log.hex()}.cose"

    def ordered(self) -> list[Checkpoint]:
        """Good checkpoints by number."""
        return [self.checkpoints[number] for number in sorted(self.checkpoints)]

    def received(self) -> list[Checkpoint]:
        """Good checkpoints whose receipts count, by number."""
        return [checkpoint for checkpoint in self.ordered() if checkpoint.counts]


def read(bag: Bag, report: Report, trust: TrustList, device: Device) -> None:
    """Everything but completeness, which needs to know what other logs adopted."""
    _read_enrolment(bag, report, trust, device)
    _read_revocation(bag, report, trust, device)
    _read_entries(bag, report, device)
    _read_checkpoints(bag, report, trust, device)
    _check_neighbours(report, device)
    _check_tree(bag, report, device)
    _check_chain(report, device)


def _read_enrolment(bag: Bag, report: Report, trust: TrustList, device: Device) -> None:
    path = device.enrolment_path
    data = bag.needed(path, objects.LIMIT)
    if data is None:
        return
    report.checked("signatures")
    try:
        value, _ = objects.from_office(data, "mz1/enrolment", "badge", trust, objects.enrolment, "at")
    except cose.Unknown as error:
        report.add("algorithm", path, str(error))
        return
    except cose.Refused as error:
        report.add("enrolment-signature", path, str(error))
        return
    if value["log"] != device.log:
        report.add("enrolment-other", path)
        return
    device.enrolment, device.enrolment_digest = value, hashlib.sha256(data).digest()


def _read_revocation(bag: Bag, report: Report, trust: TrustList, device: Device) -> None:
    path = f"data/trust/revocation-{device.log.hex()}.cose"
    data = bag.read(path, objects.LIMIT)
    if data is None:
        return
    report.checked("signatures")
    enrolment = bag.files.get(device.enrolment_path)
    try:
        value, _ = objects.from_office(data, "mz1/revocation", "badge", trust, objects.REVOCATION, "at")
        if value["log"] != device.log or enrolment is None or value["enrolment"] != enrolment.sha256:
            raise cose.Refused("for another device")
    except cose.Unknown as error:
        report.add("algorithm", path, str(error))
        return
    except cose.Refused as error:
        report.add("revocation-bad", path, str(error))
        return
    device.revocation = value
    report.add("device-revoked", path, value["reason"])


def _read_entries(bag: Bag, report: Report, device: Device) -> None:
    data = bag.needed(device.path, entries.LIMIT_FILE)
    if data is not None:
        device.empty = data == b"\x80"
        device.entries = list(entries.read(data, device.path, report, objects.header))
    path = device.folder + "life.cbor"
    data = bag.read(path, entries.LIMIT_LIFE)
    if data is None:
        return
    last = -1
    for entry in entries.read(data, path, report, objects.header):
        if entry.log != device.log or not entry.kind.startswith("log."):
            report.add("entry-other", entry.subject)
            continue
        if entry.seq <= last:
            report.add("entry-order", entry.subject)
        last = entry.seq
        device.life.append(entry)


def _numbered(bag: Bag, device: Device, kind: str) -> dict[int, str]:
    found = {}
    for path in bag.below(device.folder):
        match = _NUMBERED.match(path[len(device.folder) :])
        if match and match[1] == kind and match[3] == _ENDING[kind] and int(match[2]) < 2**64:
            found[int(match[2])] = path
    return found


def _read_checkpoints(bag: Bag, report: Report, trust: TrustList, device: Device) -> None:
    if device.enrolment is not None:
        _read_signed(bag, report, device, device.enrolment)
    for number, path in sorted(_numbered(bag, device, "receipt").items()):
        report.checked("receipts")
        if number not in device.checkpoints:
            report.add("receipt-other", path)
            continue
        data = bag.read(path, objects.LIMIT)
        if data is None:
            continue
        _read_receipt(data, path, report, trust, device, device.checkpoints[number])


def _read_signed(bag: Bag, report: Report, device: Device, enrolment: dict) -> None:
    for number, path in sorted(_numbered(bag, device, "checkpoint").items()):
        data = bag.read(path, objects.LIMIT_LONG)
        if data is None:
            continue
        report.checked("signatures")
        try:
            value = objects.from_device(data, "mz1/checkpoint", enrolment["log_key"], objects.checkpoint)
        except cose.Unknown as error:
            report.add("algorithm", path, str(error))
            continue
        except cose.Refused as error:
            report.add("checkpoint-signature", path, str(error))
            continue
        if (value[2], value[3], value[10]) != (device.log, number, device.enrolment_digest):
            report.add("checkpoint-other", path)
            continue
        device.checkpoints[number] = Checkpoint(path, hashlib.sha256(data).digest(), value)


def _read_receipt(
    data: bytes, path: str, report: Report, trust: TrustList, device: Device, checkpoint: Checkpoint
) -> None:
    try:
        good = receipt.verify_pair(data, trust)
    except cose.Unknown as error:
        report.add("algorithm", path, str(error))
        return
    except cose.Refused as error:
        report.add("receipt-bad", path, str(error))
        return
    leaf = good.leaf
    if (leaf.get("cp"), leaf.get("log"), leaf.get("size")) != (checkpoint.digest, device.log, checkpoint.size):
        report.add("receipt-other", path)
        return
    checkpoint.receipt, checkpoint.receipt_path, checkpoint.counts = good, path, True
    if device.revocation is not None:
        since = device.revocation["suspect_since"]
        if good.at >= (device.revocation["at"] if since is None else since):
            checkpoint.counts = False
            report.add("key-suspect", path)


def _check_chain(report: Report, device: Device) -> None:
    expected = 0
    before: Entry | None = None
    for entry in device.entries:
        report.checked("chain")
        if entry.log != device.log or entry.case != device.case or entry.case_seq is None:
            report.add("entry-other", entry.subject)
            continue
        if entry.case_seq != expected or (before is not None and entry.seq <= before.seq):
            report.add("entry-order", entry.subject, f"{entry.case_seq} ≠ {expected}")
        elif before is not None and (
            entry.case_previous != before.digest
            or (entry.seq == before.seq + 1 and entry.previous != before.digest)
        ):
            report.add("entry-chain", entry.subject)
        expected = entry.case_seq + 1
        before = entry


def _check_neighbours(report: Report, device: Device) -> None:
    ordered = device.ordered()
    for a, b in zip(ordered, ordered[1:]):
        forked = a.size > b.size or (a.size == b.size and a.root != b.root)
        if forked or (b.number == a.number + 1 and b.value.get(4) != a.digest):
            report.add("two-histories", b.path)


def _check_tree(bag: Bag, report: Report, device: Device) -> None:
    newest = device.checkpoints.get(device.newest_number)
    if newest is None or not newest.counts:
        report.add("no-receipt", f"{device.folder}receipt-{device.newest_number}.cbor")
        return
    device.newest = newest
    received = device.received()
    if received[-1].number > newest.number:
        report.add("case-file", newest.path)
    _check_prefixes(bag, report, device, newest)
    for entry in device.entries + device.life:
        report.checked("tree")
        if entry.seq < newest.size:
            if tree.root_from_inclusion(entry.leaf, entry.seq, newest.size, entry.proof) != newest.root:
                report.add("inclusion", entry.subject)


def _check_prefixes(bag: Bag, report: Report, device: Device, newest: Checkpoint) -> None:
    path = device.folder + "consistency.cbor"
    older = [checkpoint for checkpoint in device.ordered() if checkpoint.size < newest.size]
    data = bag.needed(path, objects.LIMIT_LIST) if older else bag.read(path, objects.LIMIT_LIST)
    if data is None:
        return
    try:
        proofs = cbor.decode(data)
    except cbor.CborError:
        proofs = None
    if not _CONSISTENCY(proofs):
        report.add("file-malformed", path)
        return
    assert isinstance(proofs, dict)
    for checkpoint in older:
        proof = proofs.get(checkpoint.number)
        if proof is None or not _is_prefix(checkpoint, newest, proof):
            report.add("two-histories", checkpoint.path)


def _is_prefix(checkpoint: Checkpoint, newest: Checkpoint, proof: list[bytes]) -> bool:
    if checkpoint.size == 0:
        return not proof
    return tree.consistent(checkpoint.size, checkpoint.root, newest.size, newest.root, proof)


def check_completeness(report: Report, device: Device) -> bool:
    """Whether the log closes the inspection; findings for what the entries leave out of what checkpoints state."""
    stated = []
    for checkpoint in device.ordered():
        for case, length, head in checkpoint.value[7]:
            if case != device.case:
                continue
            report.checked("completeness")
            if not 0 < length <= len(device.entries) or device.entries[length - 1].digest != head:
                report.add("case-head", device.path, f"{length} / {len(device.entries)}")
            if checkpoint.counts:
                stated.append(length)
    if device.empty and not device.heir:
        report.add("no-entries", device.path)
    if not stated:
        if not device.heir:
            report.add("case-head-absent", device.folder)
    elif max(stated) < sum(1 for entry in device.entries if entry.seq not in device.adopted):
        report.add("case-head", device.path, f"{max(stated)} / {len(device.entries)}")
    closed = False
    for place, entry in enumerate(device.entries, 1):
        if entry.kind != "inspection.closed":
            continue
        closed = True
        report.checked("completeness")
        if "entries" in entry.fields and entry.fields["entries"] != place:
            report.add("closed-count", entry.subject, f"{entry.fields['entries']} / {place}")
        if place < len(device.entries):
            report.add("after-closing", entry.subject, str(len(device.entries) - place))
        if entry.fields.get("witness") == "none":
            report.add("closed-unwitnessed", entry.subject)
    return closed
