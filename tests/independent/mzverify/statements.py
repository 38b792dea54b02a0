"""Officers' statements and papers (verification.md §7)."""

from __future__ import annotations

import hashlib

from . import cose, objects, paper, pdf
from .bag import Bag
from .device import Checkpoint, Device
from .entries import Entry
from .report import Report
from .shape import hexadecimal

FOLDER = "data/paper/"
_WHAT = {"person.arrived": "presence", "person.returned": "presence", "checkpoint.cosigned": "cosign"}
_DIGESTS = ("facts", "presented", "wording", "strokes")


def officers(devices: list[Device]) -> dict[bytes, dict]:
    """The OFFICER keys of good enrolments by key id: the enrolments."""
    return {
        cose.key_id(device.enrolment["officer_key"]): device.enrolment
        for device in devices
        if device.enrolment is not None
    }


def check_statements(report: Report, devices: list[Device]) -> dict[str, bytes]:
    """Each statement that an entry holds; by the subjects of entries whose statement is good the log of the signer's phone."""
    known = officers(devices)
    good: dict[str, bytes] = {}
    for device in devices:
        for entry in device.entries:
            raw = entry.fields.get("statement")
            if entry.kind in ("document.facts", "document.presented", "document.finished"):
                continue
            if isinstance(raw, (str, bytes)):
                report.checked("statements")
                signer = _statement(report, device, entry, raw, known)
                if signer is not None:
                    good[entry.subject] = signer["log"]
    return good


def _statement(report: Report, device: Device, entry: Entry, raw: str | bytes, known: dict[bytes, dict]) -> dict | None:
    try:
        data = bytes.fromhex(raw) if isinstance(raw, str) and raw == "".join(raw.split()).lower() else raw
        if isinstance(data, str):
            raise cose.Refused("no hex")
        signed = cose.parse(data, "mz1/statement")
        enrolment = known.get(signed.kid)
        if enrolment is None:
            report.add("statement-key", entry.subject)
            return None
        value = objects.from_device(data, "mz1/statement", enrolment["officer_key"], objects.STATEMENT)
        if value["person"] != enrolment["person"]:
            raise cose.Refused("person")
    except cose.Unknown as error:
        report.add("algorithm", entry.subject, str(error))
        return None
    except (cose.Refused, ValueError) as error:
        report.add("statement-bad", entry.subject, str(error))
        return None
    other = _differs(device, entry, value)
    if other:
        report.add("statement-other", entry.subject, ", ".join(other))
    if value.get("shared_device"):
        report.add("statement-shared", entry.subject)
    return None if other else enrolment


def _differs(device: Device, entry: Entry, value: dict) -> list[str]:
    fields = entry.fields
    names = _DIGESTS + (("checkpoint",) if entry.kind == "checkpoint.cosigned" else ())
    other = []
    for name in names:
        disclosed = hexadecimal(fields.get(name), 32)
        if disclosed is not None and value.get(name) != disclosed:
            other.append(name)
    if value["case"] != device.case:
        other.append("case")
    officer = fields.get("officer")
    number = officer.get("number") if isinstance(officer, dict) else fields.get("number")
    if isinstance(number, str) and number != value["number"]:
        other.append("number")
    if value["what"] != _WHAT.get(entry.kind, "sign"):
        other.append("what")
    return other


class Papers:
    """The papers that entries name, and the files."""

    def __init__(self, report: Report, bag: Bag, devices: list[Device]) -> None:
        self.report, self.bag, self.devices = report, bag, devices
        self._files = {bag.files[path].sha256 for path in bag.below(FOLDER)}
        self._named: set[bytes] = set()
        self._finished: set[bytes] = set()
        self._facts: set[bytes] = set()

    def check(self) -> None:
        """Entries first, then files."""
        for device in self.devices:
            for entry in device.entries:
                if entry.kind == "document.facts":
                    self._check_facts(entry)
                elif entry.kind in ("document.presented", "document.finished"):
                    self._check_named(device, entry)
        self._check_ink()
        known = officers(self.devices)
        for path in self.bag.below(FOLDER):
            self.report.checked("documents")
            digest = self.bag.files[path].sha256
            if digest not in self._named:
                self.report.add("paper-foreign", path)
            data = self.bag.read(path, pdf.MAX_FILE)
            if data is not None:
                self._check_file(path, digest, data, known)

    def _check_facts(self, entry: Entry) -> None:
        self.report.checked("documents")
        digest = hexadecimal(entry.fields.get("digest"), 32)
        if digest is not None:
            self._facts.add(digest)
        if "facts" in entry.fields and "digest" in entry.fields and entry.fields["facts"] != digest:
            self.report.add("paper-facts", entry.subject)

    def _check_named(self, device: Device, entry: Entry) -> None:
        self.report.checked("documents")
        final = entry.kind == "document.finished"
        digest = hexadecimal(entry.fields.get("digest" if final else "presented"), 32)
        if "checkpoint" in entry.fields:
            printed = hexadecimal(entry.fields["checkpoint"], 32)
            if not any(_before(checkpoint, printed, entry) for checkpoint in device.checkpoints.values()):
                self.report.add("paper-checkpoint", entry.subject)
        if digest is None:
            return
        self._named.add(digest)
        if final:
            self._finished.add(digest)
        if digest not in self._files:
            self.report.add("paper-missing" if final else "paper-not-included", entry.subject)

    def _check_ink(self) -> None:
        """Papers signed by hand: photographs that are evidence here, of a paper that is one of the case."""
        entries = [entry for device in self.devices for entry in device.entries]
        captured = {_text(entry.fields.get("id")) for entry in entries if entry.kind == "evidence.captured"}
        facts = [
            (hexadecimal(entry.fields.get("digest"), 32), _text(entry.fields.get("paper")))
            for entry in entries
            if entry.kind == "document.facts"
        ]
        for entry in entries:
            if entry.kind != "document.ink":
                continue
            self.report.checked("documents")
            paper_id = _text(entry.fields.get("paper"))
            digest = hexadecimal(entry.fields.get("facts"), 32)
            known = digest is None or any(
                named == digest and (of is None or paper_id is None or of == paper_id) for named, of in facts
            )
            pages = entry.fields.get("pages")
            if isinstance(pages, list):
                known = known and bool(pages) and all(isinstance(page, str) and page in captured for page in pages)
                known = known and len(set(pages)) == len(pages)
            if not known:
                self.report.add("paper-ink", entry.subject)

    def _check_file(self, path: str, digest: bytes, data: bytes, known: dict[bytes, dict]) -> None:
        report = self.report
        try:
            content = paper.read(data)
        except pdf.Malformed as error:
            report.add("paper-seal", path, str(error))
            return
        for name, attached in content.attachments:
            if name == "facts.cbor" and hashlib.sha256(attached).digest() not in self._facts:
                report.add("paper-facts", path)
        seal = content.seal
        if seal is None:
            if digest in self._finished:
                report.add("paper-unsealed", path)
            return
        report.checked("signatures")
        try:
            signed = cose.parse(seal.signature, "mz1/paper", detached=True)
            enrolment = known.get(signed.kid)
            if enrolment is None:
                report.add("statement-key", path)
            elif not signed.verified_by(enrolment["officer_key"], seal.digest) or not seal.covers_whole_file:
                report.add("paper-seal", path)
        except cose.Unknown as error:
            report.add("algorithm", path, str(error))
        except cose.Refused as error:
            report.add("paper-seal", path, str(error))


def _before(checkpoint: Checkpoint, printed: bytes | None, entry: Entry) -> bool:
    return checkpoint.digest == printed and checkpoint.size <= entry.seq


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
