"""Entries of a log as a bundle holds them (README §5, §10; verification.md §5): header, disclosed fields, proof."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from . import cbor, cose, tree
from .bag import MIB
from .report import Report
from .shape import digest, each, octets, row, sized, text

LIMIT_FILE = 512 * MIB
LIMIT_LIFE = 64 * MIB
LIMIT_ITEM = MIB

_ITEM = row(octets, each(octets), each(digest, 0, tree.MAX_PROOF))
_DISCLOSURE = row(sized(16), text, lambda value: True)

# The fields that a verifier compares with something; of the others only the commitment is checked.
_KEPT = {
    *("adopted_root", "adopted_size", "assignment", "by", "checkpoint", "clear", "clear_len", "cp_no", "derived_from"),
    *("digest", "entries", "evidence", "facts", "id", "key", "lasts_ms", "log", "number", "officer", "old", "operation"),
    *("pack", "pages", "paper", "part", "parts", "payload", "presented", "reason", "recording", "root", "sealed", "size", "starts_ms"),
    *("statement", "strokes", "witness", "wording"),
}


@dataclass(slots=True)
class Entry:
    """One entry: what its header says and the fields that fit their commitments."""

    subject: str
    log: bytes
    seq: int
    previous: bytes | None
    case: bytes | None
    case_seq: int | None
    case_previous: bytes | None
    kind: str
    clocks: list
    seen: list
    digest: bytes
    leaf: bytes
    proof: list[bytes]
    fields: dict = field(default_factory=dict)
    changed: bool = False

    @property
    def wall(self) -> int:
        """What the phone's clock said."""
        return self.clocks[0]


def read(data: bytes, path: str, report: Report, header_shape) -> Iterator[Entry]:  # type: ignore[no-untyped-def]
    """The readable entries of a file, in its order; every other item is a finding."""
    try:
        extents = _extents(data)
    except cbor.CborError as error:
        report.add("entry-malformed", path, error.kind)
        return
    for index, (begin, end) in enumerate(extents):
        entry = _entry(data[begin:end], path, report, header_shape)
        if entry is None:
            report.add("entry-malformed", f"{path}#[{index}]")
        else:
            yield entry


def _extents(data: bytes) -> list[tuple[int, int]]:
    """Where the items of the array begin and end."""
    count, at = cbor.array_head(data)
    found = []
    for _ in range(count):
        end = cbor.extent(data, at)
        if end - at > LIMIT_ITEM:
            raise cbor.CborError("long", at)
        found.append((at, end))
        at = end
    if at != len(data):
        raise cbor.CborError("trailing", at)
    return found


def _entry(data: bytes, path: str, report: Report, header_shape) -> Entry | None:  # type: ignore[no-untyped-def]
    try:
        item = cbor.decode(data)
        if not _ITEM(item):
            return None
        raw, disclosures, proof = item  # type: ignore[misc]
        header = cbor.decode(raw)
    except cbor.CborError:
        return None
    if not header_shape(header):
        return None
    assert isinstance(header, dict)
    entry = Entry(
        subject=f"{path}#{header[3]}",
        log=header[2],
        seq=header[3],
        previous=header.get(4),
        case=header.get(5),
        case_seq=header.get(6),
        case_previous=header.get(7),
        kind=header[8],
        clocks=header[10],
        seen=header[13],
        digest=hashlib.sha256(raw).digest(),
        leaf=tree.leaf_hash(raw),
        proof=proof,
    )
    _disclose(entry, header[12], disclosures, report)
    return entry


def _disclose(entry: Entry, commitments: dict[str, bytes], disclosures: list[bytes], report: Report) -> None:
    names: set[str] = set()
    wrong = None
    for raw in disclosures:
        report.checked("fields")
        try:
            name, content = read_disclosure(raw)
        except (cbor.CborError, cose.Refused) as error:
            wrong = str(error)
            break
        if name in names or commitments.get(name) != hashlib.sha256(b"mz1/commit\0" + raw).digest():
            wrong = name
            break
        names.add(name)
        if name in _KEPT:
            entry.fields[name] = _facts(raw) if entry.kind == "document.facts" and name == "facts" else content
    if wrong is not None:
        entry.changed = True
        entry.fields.clear()
        report.add("field-changed", entry.subject, wrong)
    elif withheld := sorted(commitments.keys() - names):
        report.add("field-withheld", entry.subject, ", ".join(withheld))


def read_disclosure(raw: bytes) -> tuple[str, object]:
    """Name and value."""
    value = cbor.decode(raw)
    if not _DISCLOSURE(value):
        raise cose.Refused("shape")
    return value[1], value[2]  # type: ignore[index,return-value,call-overload]


def _facts(raw: bytes) -> bytes:
    """SHA-256 of the bytes of the value inside a disclosure."""
    _, at = cbor.array_head(raw)
    for _ in range(2):
        _, at = cbor.item(raw, at)
    return hashlib.sha256(raw[at:]).digest()
