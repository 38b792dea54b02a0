"""The signed list of the files, and BagIt beside it (README §10; verification.md §4)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import cose
from .bag import MIB, Bag, allowed
from .objects import BUNDLE, LIMIT, LIMIT_LIST, Malformed, from_office
from .report import Report
from .trust import PATH as TRUST_PATH
from .trust import TrustList

PATH = "bundle.cose"
LIMIT_MANIFEST = 64 * MIB

_BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_LINE = re.compile(r"([0-9a-f]{64})  (.+)\Z")
_KNOWN = ("trust", "badge", "pack", "anchor", "custody", "destroyed", "evidence", "paper", "log", "outside", "access")


@dataclass(frozen=True)
class Listing:
    """What the export key signed."""

    case: bytes
    files: dict[str, list]
    withheld: frozenset[str]


def read(bag: Bag, report: Report, trust: TrustList) -> Listing | None:
    """The signed list, if it is one, and how the files fit it; then BagIt."""
    listing = None
    report.checked("files", len(bag.files))
    data = bag.needed(PATH, LIMIT_LIST)
    if data is not None:
        report.checked("signatures")
        listing = _open(data, report, trust)
    if listing is not None:
        _compare(bag, report, listing)
    _bagit(bag, report)
    return listing


def _open(data: bytes, report: Report, trust: TrustList) -> Listing | None:
    try:
        value, _ = from_office(data, "mz1/bundle", "export", trust, BUNDLE, "at")
    except Malformed as error:
        report.add("file-malformed", PATH, str(error))
        return None
    except cose.Refused as error:
        report.add("bundle-signature", PATH, str(error))
        return None
    report.case, report.exported = value["case"], value["at"]
    if value["at"] > trust.expires:
        report.add("trust-overdue", TRUST_PATH)
    return Listing(value["case"], value["files"], frozenset(value.get("withheld", ())))


def _compare(bag: Bag, report: Report, listing: Listing) -> None:
    for path, (length, digest) in listing.files.items():
        if not allowed(path):
            report.add("file-name", path)
            continue
        file = bag.files.get(path)
        if file is None:
            report.add_once("file-missing", path)
        elif (file.length, file.sha256) != (length, digest):
            report.add_once("file-changed", path)
        parts = path.split("/")
        if parts[0] == "data" and not (
            path in ("data/case.cbor", "data/assignment.cose") or (len(parts) > 2 and parts[1] in _KNOWN)
        ):
            report.add("file-unknown", path)
    for path in sorted(bag.files.keys() - listing.files.keys() - {PATH, "fetch.txt"}):
        report.add("file-added", path)


def _bagit(bag: Bag, report: Report) -> None:
    if "fetch.txt" in bag.files:
        report.add("fetch", "fetch.txt")
    data = bag.needed("bagit.txt", LIMIT)
    if data is not None and data != _BAGIT:
        report.add_once("bag-manifest", "bagit.txt")
    payload = {path for path in bag.files if path.startswith("data/")}
    tags = bag.files.keys() - payload - {"tagmanifest-sha256.txt", PATH, "fetch.txt"}
    for name, covered in (("manifest-sha256.txt", payload), ("tagmanifest-sha256.txt", tags)):
        data = bag.needed(name, LIMIT_MANIFEST)
        if data is None:
            continue
        listed = _manifest(data)
        if listed is None:
            report.add_once("bag-manifest", name)
            continue
        for path, digest in listed.items():
            file = bag.files.get(path)
            if file is None:
                report.add_once("file-missing", path)
            elif file.sha256.hex() != digest:
                report.add_once("bag-manifest", path)
        for path in sorted(covered - listed.keys()):
            report.add_once("bag-manifest", path)
    data = bag.needed("bag-info.txt", LIMIT)
    if data is not None:
        oxum = f"Payload-Oxum: {sum(bag.files[path].length for path in payload)}.{len(payload)}"
        stated = [line for line in data.split(b"\n") if line.startswith(b"Payload-Oxum:")]
        if stated[:1] != [oxum.encode()]:
            report.add("bag-manifest", "bag-info.txt")


def _manifest(data: bytes) -> dict[str, str] | None:
    try:
        lines = data.decode().split("\n")
    except UnicodeDecodeError:
        return None
    if lines and not lines[-1]:
        lines.pop()
    listed: dict[str, str] = {}
    for line in lines:
        found = _LINE.match(line)
        if not found or found[2] in listed:
            return None
        listed[found[2]] = found[1]
    return listed
