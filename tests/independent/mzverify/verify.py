"""A whole bundle: the steps of verification.md in their order."""

from __future__ import annotations

import mmap
import os
from dataclasses import dataclass

from . import cbor, cose, device, evidence, listing, office, outside, statements, succession, times, trust, witnesses
from .bag import MIB, Bag, read_folder
from .device import Device
from .receipt import Receipt
from .report import FirstFailure, Report
from .shape import constant, each, exactly, ident, table, text, unsigned
from .zipfile_canonical import read_zip

CASE = "data/case.cbor"
_CASE = exactly({"v": constant(1), "case": ident, "logs": each(ident, 1), "newest": table(text, unsigned)})


# Without any list no signature of the office can be judged (verification.md §3).
_BY_THE_OFFICE = frozenset(
    f"{what}-{how}"
    for what, how in (
        *((what, "signature") for what in ("bundle", "enrolment", "badge", "assignment", "pack", "anchor")),
        *((what, "bad") for what in ("revocation", "receipt", "custody", "destruction", "access", "outside")),
    )
) | {"algorithm"}


@dataclass(frozen=True)
class Given:
    """What comes from outside the bundle."""

    trust_file: bytes | None = None
    root: bytes | None = None
    identities: list | None = None
    checkpoint: bytes | None = None
    proof: bytes | None = None


class _OpenFile:
    """A zip on disk."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_RDONLY)
        self.size = os.fstat(self._file).st_size

    def read(self, offset: int, length: int) -> bytes:
        return os.pread(self._file, length, offset)

    def close(self) -> None:
        os.close(self._file)


class FlippedFile:
    """A zip in memory with one bit flipped; the file is untouched."""

    def __init__(self, path: str) -> None:
        with open(path, "rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        self.size = len(self._map)

    def flip(self, bit: int) -> None:
        """Flips a bit; twice is as before."""
        self._map[bit // 8] ^= 1 << bit % 8

    def read(self, offset: int, length: int) -> bytes:
        """Bytes with the damage."""
        return self._map[offset : offset + length]


def verify(path: str, given: Given) -> Report:
    """A folder or a zip."""
    report = Report()
    try:
        if os.path.isdir(path):
            _judge(read_folder(path, report), report, given)
            return report
        source = _OpenFile(path)
    except OSError as error:
        report.add("file-unreadable", "", type(error).__name__)
        _judge(Bag(report), report, given)
        return report
    try:
        _judge(read_zip(source, report), report, given)
    finally:
        source.close()
    return report


def verify_flipped(source: FlippedFile, bit: int, given: Given) -> Report:
    """A zip with one bit flipped in memory; stops at the first ✗."""
    report = Report(stop_at_first=True)
    source.flip(bit)
    try:
        _judge(read_zip(source, report), report, given)
    except FirstFailure:
        pass
    finally:
        source.flip(bit)
    return report


def _judge(bag: Bag, report: Report, given: Given) -> None:
    bag.hash_all()
    used = trust.establish(bag, report, given.trust_file, given.root)
    if not bag.files:
        return
    if used is None:
        used = trust.TrustList(b"", 0, "", 0, {}, ())
        report.mute(_BY_THE_OFFICE)
    signed_list = listing.read(bag, report, used)
    case = _read_case(bag, report, signed_list)
    if case is None:
        return
    devices = _read_logs(bag, report, used, case)
    ordered = list(devices.values())
    succession.check(report, devices)
    closed = [device.check_completeness(report, one) for one in ordered]
    if not any(closed):
        report.add("not-closed", case["case"].hex())
    receipts: dict[str, Receipt] = {
        one.receipt_path: one.receipt for log in ordered for one in log.ordered() if one.receipt is not None
    }
    withheld = signed_list.withheld if signed_list is not None else frozenset()
    files = evidence.Evidence(report, bag, ordered, withheld)
    files.read_certificates(used)
    files.check_files(given.identities)
    files.check_custody(used)
    files.check_access(used, case["case"])
    files.check_recordings()
    files.check_references()
    good_statements = statements.check_statements(report, ordered)
    statements.Papers(report, bag, ordered).check()
    office.check(bag, report, used, ordered)
    times.check(report, ordered, office.anchors(bag, report, used))
    outside.check(bag, report, used, ordered, receipts)
    witnesses.check(report, devices, good_statements)
    witnesses.check_keys(report, ordered)
    if given.checkpoint is not None:
        witnesses.check_held(report, devices, given.checkpoint, given.proof)


def read_case(data: bytes) -> dict:
    """``data/case.cbor``: one number a log, no log twice."""
    case = cbor.decode(data)
    if not _CASE(case):
        raise cose.Refused("shape")
    assert isinstance(case, dict)
    logs = [log.hex() for log in case["logs"]]
    if set(logs) != case["newest"].keys() or len(set(logs)) != len(logs):
        raise cose.Refused("logs")
    return case


def _read_case(bag: Bag, report: Report, signed_list: listing.Listing | None) -> dict | None:
    data = bag.needed(CASE, 4 * MIB)
    if data is None:
        return None
    try:
        case = read_case(data)
    except (cbor.CborError, cose.Refused):
        report.add("file-malformed", CASE)
        return None
    if signed_list is not None and signed_list.case != case["case"]:
        report.add("case-file", CASE)
    return case


def _read_logs(bag: Bag, report: Report, used: trust.TrustList, case: dict) -> dict[bytes, Device]:
    folders = {log.hex() for log in case["logs"]}
    for path in bag.below("data/log/"):
        if path.split("/")[2] not in folders:
            report.add("case-file", path)
    devices = {}
    for log in sorted(case["logs"]):
        one = Device(log, case["case"], case["newest"][log.hex()])
        report.checked("completeness")
        if not bag.below(one.folder):
            report.add("log-missing", one.folder)
            continue
        device.read(bag, report, used, one)
        devices[log] = one
    return devices
