"""What an office publishes of its officers (README §4.5, §4.6): the status list, a Token Status List in its CWT form, and the list of officers.
And the digits of a challenge (README §4.2)."""

from __future__ import annotations

import hashlib
import unicodedata
import zlib
from dataclasses import dataclass

from . import cose, objects
from .shape import constant, day, each, exactly, octets, row, text, unsigned, whole
from .trust import TrustList

MOST_INFLATED = 1 << 20

_STATUS_LIST = exactly(
    {
        2: text,
        4: whole,
        6: whole,
        65533: exactly(
            {"bits": lambda value: unsigned(value) and value in (1, 2, 4, 8), "lst": octets},
            {"aggregation_uri": text},
        ),
    },
    {65534: unsigned},
)
_OFFICER = row(*[objects.shown] * 6, day)
_OFFICERS = exactly({"v": constant(1), "organ": objects.shown, "at": whole, "until": whole, "officers": each(_OFFICER)})


@dataclass(frozen=True)
class StatusList:
    """A verified list; times in seconds."""

    address: str
    issued: int
    expires: int
    ttl: int | None
    bits: int
    packed: bytes

    def status(self, index: int) -> int | None:
        """The status of the certificate at this index, nothing beyond the end."""
        byte, place = divmod(index * self.bits, 8)
        return self.packed[byte] >> place & (1 << self.bits) - 1 if byte < len(self.packed) else None


def _inflate(compressed: bytes) -> bytes:
    """All of it, with its checksum and nothing behind it; never more than is allowed."""
    stream = zlib.decompressobj()
    try:
        inflated = stream.decompress(compressed, MOST_INFLATED + 1)
        if len(inflated) > MOST_INFLATED:
            raise cose.Refused("larger than 1 MiB")
        inflated += stream.flush()
    except zlib.error as error:
        raise cose.Refused(str(error)) from None
    if not stream.eof or stream.unused_data or stream.unconsumed_tail:
        raise cose.Refused("not one whole compressed list")
    return inflated


def read_status_list(data: bytes, trust: TrustList) -> StatusList:
    """A status list by a key of use ``status``."""
    value, _key = objects.from_office(data, "application/statuslist+cwt", "status", trust, _STATUS_LIST, 6)
    claim = value[65533]
    return StatusList(value[2], value[6], value[4], value.get(65534), claim["bits"], _inflate(claim["lst"]))


def read_officers(data: bytes, trust: TrustList) -> dict:
    """A list of officers by a key of use ``badge`` whose scope has every officer; in the order of their numbers, each once."""
    value, key = objects.from_office(data, "mz1/officers", "badge", trust, _OFFICERS, "at")
    numbers = [officer[3].encode() for officer in value["officers"]]
    if any(before >= after for before, after in zip(numbers, numbers[1:])):
        raise cose.Refused("not in the order of numbers")
    for officer in value["officers"]:
        category, area = officer[4:6]
        if (key["categories"] and category not in key["categories"]) or (key["areas"] and area not in key["areas"]):
            raise cose.Refused("scope")
    return value


def challenge(typed: bytes) -> bytes:
    """What a presentation carries of eight digits, however they were written."""
    try:
        characters = [c for c in typed.decode() if not c.isspace()]
    except UnicodeDecodeError:
        raise cose.Refused("no text") from None
    digits = "".join(unicodedata.normalize("NFKC", c) if "０" <= c <= "９" else c for c in characters)
    if len(digits) != 8 or not (digits.isascii() and digits.isdigit()):
        raise cose.Refused("not eight digits")
    return hashlib.sha256(b"mz1/challenge\0" + digits.encode()).digest()[:8]
