"""Evidence files, custody, access, recordings, derived copies, findings (verification.md §6)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from . import age, cbor, cose, objects, receipt
from .bag import Bag, File
from .device import Device
from .entries import Entry
from .report import Report
from .shape import among, constant, exactly, hexadecimal, ident, octets, row, sized, text, unsigned, whole
from .trust import TrustList

FOLDER = "data/evidence/"
_CUSTODY = exactly({"custody": octets, "leaf": octets, "receipt": octets})
_DESTRUCTION = exactly({"destruction": octets, "leaf": octets, "receipt": octets})
_ACCESS = exactly({"record": octets, "leaf": octets, "receipt": octets})
_RECORD = row(
    sized(16),
    exactly(
        {
            "v": constant(1),
            "case": ident,
            "act": among("viewed", "opened", "exported", "downloaded"),
            "what": text,
            "who": text,
            "at": whole,
        }
    ),
)


@dataclass(frozen=True)
class Captured:
    """What an entry says about an evidence file."""

    entry: Entry
    clear: bytes
    length: int
    sealed: bytes
    payload: bytes | None


class Evidence:
    """All evidence of the case."""

    def __init__(self, report: Report, bag: Bag, devices: list[Device], withheld: frozenset[str]) -> None:
        self.report, self.bag = report, bag
        self.entries = [entry for device in devices for entry in device.entries]
        self.withheld = withheld
        self.captured: dict[str, Captured] = {}
        for entry in self._of_kind("evidence.captured"):
            self._capture(entry)
        self.destroyed = {
            name
            for entry in self._of_kind("retention.destroyed")
            for name in _names(entry.fields.get("evidence"))
        }
        self.certified: set[str] = set()

    def _of_kind(self, kind: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.kind == kind]

    def _capture(self, entry: Entry) -> None:
        fields = entry.fields
        clear, sealed = hexadecimal(fields.get("clear"), 32), hexadecimal(fields.get("sealed"), 32)
        name, length = fields.get("id"), fields.get("clear_len")
        if clear is None or sealed is None or not text(name) or not unsigned(length):
            if not entry.changed:
                self.report.add("media-withheld", entry.subject)
            return
        payload = hexadecimal(fields.get("payload"), 32)
        self.captured[name] = Captured(entry, clear, length, sealed, payload)  # type: ignore[index,arg-type]

    def read_certificates(self, trust: TrustList) -> None:
        """The office's certificates of destruction: which captured files are gone by them (R22)."""
        known = {(item.sealed, item.clear, item.length): name for name, item in self.captured.items()}
        for path in self.bag.below("data/destroyed/"):
            data = self.bag.read(path, objects.LIMIT)
            if data is None:
                continue
            self.report.checked("custody")
            try:
                files = read_destruction(data, trust)["files"]
            except cose.Unknown as error:
                self.report.add("algorithm", path, str(error))
                continue
            except cose.Refused as error:
                self.report.add("destruction-bad", path, str(error))
                continue
            gone = {(one["sealed"], one["clear"], one["length"]) for one in files}
            if not any(item in gone for item in known):
                self.report.add("destruction-bad", path)
            self.certified |= {
                name for name, item in self.captured.items() if (item.sealed, item.clear, item.length) in gone
            }

    def check_files(self, identities: list | None) -> None:
        """Each file its entry, each entry its file."""
        by_name: dict[str, list[str]] = {}
        for path in self.bag.below(FOLDER):
            by_name.setdefault(path[len(FOLDER) :].split(".", 1)[0], []).append(path)
        for name, paths in by_name.items():
            self.report.checked("media", len(paths))
            captured = self.captured.get(name)
            if captured is None or len(paths) > 1:
                self.report.add("media-foreign", " ".join(paths))
            else:
                self._judge(paths[0], self.bag.files[paths[0]], captured, identities)
        for name, captured in self.captured.items():
            if name in by_name:
                continue
            self.report.checked("media")
            if name in self.withheld:
                self.report.add("media-withheld", captured.entry.subject)
            elif name in self.destroyed or name in self.certified:
                self.report.add("destroyed", captured.entry.subject)
            else:
                self.report.add("media-missing", captured.entry.subject)
        self._present = by_name

    def _judge(self, path: str, file: File, captured: Captured, identities: list | None) -> None:
        wanted = (captured.clear, captured.length)
        if not path.endswith(".age"):
            if (file.sha256, file.length) != wanted:
                self.report.add("media-changed", path, captured.entry.subject)
            return
        good = file.sha256 == captured.sealed or (captured.payload is not None and file.payload == captured.payload)
        if captured.payload is not None and not good:
            self.report.add("media-changed", path, captured.entry.subject)
        elif identities is not None:
            clear, length = hashlib.sha256(), 0
            try:
                for chunk in age.open_stream(file.blocks(), identities):
                    clear.update(chunk)
                    length += len(chunk)
            except (age.NotOpened, OSError) as error:
                self.report.add("media-not-opened", path, str(error))
                return
            if (clear.digest(), length) != wanted:
                self.report.add("media-changed", path, captured.entry.subject)
        elif not good:
            self.report.add("media-sealed", path)

    def check_custody(self, trust: TrustList) -> None:
        """The office's receipts for files; which files it confirmed."""
        confirmed: set[bytes] = set()
        known = {(item.sealed, item.clear, item.length) for item in self.captured.values()}
        for path in self.bag.below("data/custody/"):
            data = self.bag.read(path, objects.LIMIT)
            if data is None:
                continue
            self.report.checked("custody")
            try:
                value = read_custody(data, trust)
            except cose.Unknown as error:
                self.report.add("algorithm", path, str(error))
                continue
            except cose.Refused as error:
                self.report.add("custody-bad", path, str(error))
                continue
            named = path == f"data/custody/{value['sealed'].hex()}.cbor"
            if not named or (value["sealed"], value["clear"], value["length"]) not in known:
                self.report.add("custody-other", path)
                continue
            confirmed.add(value["sealed"])
            if value["state"] == "stored":
                self.report.add("custody-stored", path)
        for name, captured in self.captured.items():
            absent = name not in self._present
            if absent and (name in self.withheld or name in self.destroyed or name in self.certified):
                continue
            if captured.sealed not in confirmed:
                self.report.add("custody-none", captured.entry.subject)

    def check_access(self, trust: TrustList, case: bytes) -> None:
        """Who at the office viewed, opened, exported or handed out what (R25)."""
        for path in self.bag.below("data/access/"):
            data = self.bag.read(path, objects.LIMIT)
            if data is None:
                continue
            self.report.checked("custody")
            try:
                digest, record = read_access(data, trust)
                if path != f"data/access/{digest.hex()}.cbor" or record["case"] != case:
                    raise cose.Refused("another name or case")
            except cose.Unknown as error:
                self.report.add("algorithm", path, str(error))
            except cose.Refused as error:
                self.report.add("access-bad", path, str(error))
            else:
                self.report.add("access", path, record["act"])

    def check_recordings(self) -> None:
        """Parts of recordings, their gaps and ends (R19)."""
        started = self._recordings("recording.started")
        parts = self._recordings("evidence.captured")
        ended = self._recordings("recording.ended")
        for name in sorted(parts.keys() | started.keys() | ended.keys()):
            self.report.checked("media")
            own, ends = parts.get(name, []), ended.get(name, [])
            first = (started.get(name, []) + own + ends)[0]
            if not ends:
                self.report.add("recording-open", first.subject)
            numbers = [entry.fields.get("part") for entry in own]
            stated = [entry.fields["parts"] for entry in ends if "parts" in entry.fields]
            whole_set = all(map(unsigned, numbers)) and sorted(numbers) == list(range(len(own)))  # type: ignore[type-var]
            if not whole_set or any(number != len(own) for number in stated):
                self.report.add("recording-part", first.subject)
            self._gaps(own)
        for entry in self._of_kind("recording.interrupted"):
            self.report.checked("media")
            self.report.add("interrupted", entry.subject)

    def _recordings(self, kind: str) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for entry in self._of_kind(kind):
            if text(entry.fields.get("recording")):
                found.setdefault(entry.fields["recording"], []).append(entry)
        return found

    def _gaps(self, parts: list[Entry]) -> None:
        by_number: dict[int, Entry] = {}
        for entry in parts:
            if unsigned(entry.fields.get("part")):
                by_number.setdefault(entry.fields["part"], entry)
        for after in parts:
            number = after.fields.get("part")
            before = by_number.get(number - 1) if unsigned(number) else None  # type: ignore[operator]
            if before is None:
                continue
            times = (before.fields.get("starts_ms"), before.fields.get("lasts_ms"), after.fields.get("starts_ms"))
            if all(map(whole, times)) and times[2] > times[0] + times[1] + 2000:  # type: ignore[operator]
                self.report.add("recording-gap", after.subject, str(times[2] - times[0] - times[1]))  # type: ignore[operator]

    def check_references(self) -> None:
        """Derived copies name their original, findings their evidence (R28)."""
        captured = self._of_kind("evidence.captured")
        known = {entry.fields["id"] for entry in captured if text(entry.fields.get("id"))}
        for entry in captured:
            if text(original := entry.fields.get("derived_from")):
                self.report.checked("media")
                self.report.add("derived" if original in known else "derived-from", entry.subject)
        for entry in self._of_kind("finding.recorded"):
            named = entry.fields.get("evidence")
            if not isinstance(named, list):
                continue
            self.report.checked("media")
            if not named:
                self.report.add("finding-bare", entry.subject)
            elif any(name not in known for name in named if text(name)):
                self.report.add("finding-evidence", entry.subject)


def _names(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [name for name in value if text(name)] if isinstance(value, list) else []


def read_custody(data: bytes, trust: TrustList) -> dict:
    """What a good custody receipt says (README §6c)."""
    value = _parts(data, _CUSTODY)
    custody, _ = objects.from_office(value["custody"], "mz1/custody", "receipt", trust, objects.CUSTODY, "at")
    leaf = receipt.verify(value["leaf"], value["receipt"], trust).leaf
    payload = cose.parse(value["custody"], "mz1/custody").payload
    if leaf["kind"] != "custody" or leaf["at"] != custody["at"] or leaf["payload"] != _sha256(payload or b""):
        raise cose.Refused("another leaf")
    return custody


def read_destruction(data: bytes, trust: TrustList) -> dict:
    """What a good certificate of destruction says (README §6.4)."""
    value = _parts(data, _DESTRUCTION)
    said, _ = objects.from_office(value["destruction"], "mz1/destruction", "receipt", trust, objects.DESTRUCTION, "at")
    leaf = receipt.verify(value["leaf"], value["receipt"], trust).leaf
    payload = cose.parse(value["destruction"], "mz1/destruction").payload
    if leaf["kind"] != "destruction" or leaf["at"] != said["at"] or leaf["payload"] != _sha256(payload or b""):
        raise cose.Refused("another leaf")
    return said


def read_access(data: bytes, trust: TrustList) -> tuple[bytes, dict]:
    """The digest of the record and what it says (README §6.3)."""
    value = _parts(data, _ACCESS)
    try:
        record = cbor.decode(value["record"])
    except cbor.CborError as error:
        raise cose.Refused(str(error)) from None
    if not _RECORD(record):
        raise cose.Refused("record")
    leaf = receipt.verify(value["leaf"], value["receipt"], trust).leaf
    digest = _sha256(value["record"])
    if leaf["kind"] != "access" or leaf["record"] != digest or leaf["at"] != record[1]["at"]:  # type: ignore[index]
        raise cose.Refused("another leaf")
    return digest, record[1]  # type: ignore[index,return-value]


def _parts(data: bytes, shape) -> dict:  # type: ignore[no-untyped-def]
    try:
        value = cbor.decode(data)
    except cbor.CborError as error:
        raise cose.Refused(str(error)) from None
    if not shape(value):
        raise cose.Refused("shape")
    return value  # type: ignore[return-value]


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
