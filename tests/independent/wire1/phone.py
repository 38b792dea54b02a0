"""The phone: enrols, reads its feed, sends segments and files, and believes nothing that is not signed (docs/sync.md). FROZEN, see the package."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from mzverify import age, cbor, cose, receipt, tree
from mzverify.trust import TrustList, open_self_signed

VERSION = "1"
CHUNK = 1 << 20

Headers = dict[str, str]
Transport = Callable[[str, str, Headers, bytes], tuple[int, Headers, bytes]]
"""Method, path, headers and body; gives status, headers with names in lower case, and body. Never follows a redirect."""


class NotAnswered(Exception):
    """What came back is not the office's answer to this request: nothing counts as sent."""


class Update(NotAnswered):
    """The office and this phone speak no version in common: please update the app."""


class Refused(Exception):
    """The office's signed refusal."""

    def __init__(self, status: int, body: bytes) -> None:
        said = cbor.decode(body) if body else {}
        self.status, self.said = status, said if isinstance(said, dict) else {}
        super().__init__(f"{status} {self.said.get('error')}")


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def text64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_text64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def raw(key: object) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)  # type: ignore[attr-defined, no-any-return]


def cose_key(key: Ed25519PrivateKey) -> dict:
    """README §1."""
    return {1: 1, -1: 6, -2: raw(key.public_key())}


def sign(key: Ed25519PrivateKey, typ: str, payload: bytes, detached: bool = False) -> bytes:
    """COSE_Sign1 with a type (README §2)."""
    protected = cbor.encode({1: cose.ED25519, 4: cose.key_id(cose_key(key)), 16: typ})
    signature = key.sign(cbor.encode(["Signature1", protected, b"", payload]))
    return cbor.encode(cbor.Tag18([protected, {}, None if detached else payload, signature]))


def seal(clear: bytes, recipients: list[bytes]) -> bytes:
    """An age v1 file (README §8)."""

    def derive(secret: bytes, salt: bytes, info: bytes) -> bytes:
        return HKDF(SHA256(), 32, salt, info).derive(secret)

    def b64(data: bytes) -> bytes:
        return base64.b64encode(data).rstrip(b"=")

    file_key, header = os.urandom(16), b"age-encryption.org/v1\n"
    for to in recipients:
        own = X25519PrivateKey.generate()
        share = raw(own.public_key())
        wrap = derive(own.exchange(X25519PublicKey.from_public_bytes(to)), share + to, b"age-encryption.org/v1/X25519")
        wrapped = ChaCha20Poly1305(wrap).encrypt(bytes(12), file_key, None)
        header += b"-> X25519 " + b64(share) + b"\n" + b64(wrapped) + b"\n"
    header += b"---"
    mac = hmac.new(derive(file_key, b"", b"header"), header, hashlib.sha256).digest()
    nonce = os.urandom(16)
    out = header + b" " + b64(mac) + b"\n" + nonce
    cipher = ChaCha20Poly1305(derive(file_key, nonce, b"payload"))
    chunks = [clear[at : at + (64 << 10)] for at in range(0, len(clear), 64 << 10)] or [b""]
    for counter, chunk in enumerate(chunks):
        last = counter == len(chunks) - 1
        out += cipher.encrypt(counter.to_bytes(11, "big") + bytes([last]), chunk, None)
    return out


def root_of(leaves: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return tree.node_hash(root_of(leaves[:k]), root_of(leaves[k:]))


def consistency(leaves: list[bytes], old: int) -> list[bytes]:
    """RFC 9162 §2.1.4.1."""

    def part(m: int, of: list[bytes], whole: bool) -> list[bytes]:
        n = len(of)
        if m == n:
            return [] if whole else [root_of(of)]
        k = 1
        while k * 2 < n:
            k *= 2
        if m <= k:
            return [*part(m, of[:k], whole), root_of(of[k:])]
        return [*part(m - k, of[k:], False), root_of(of[:k])]

    return [] if old in (0, len(leaves)) else part(old, leaves, True)


@dataclass
class Item:
    """An item of the feed."""

    n: int
    kind: str
    body: bytes


class Phone:
    """A phone that speaks version 1."""

    def __init__(self, invitation: str, transport: Callable[[str], Transport], now: Callable[[], int]) -> None:
        prefix = "mingzheng:enrol#"
        if not invitation.startswith(prefix):
            raise ValueError("no invitation")
        invited = cbor.decode(from_text64(invitation[len(prefix) :]))
        assert isinstance(invited, dict) and invited["v"] == 1
        self.code, self.root, self.authority = invited["code"], invited["root"], invited["address"].split("//")[1]
        self._carry, self.now = transport(invited["address"]), now
        self.log_key, self.show_key, self.officer_key = (Ed25519PrivateKey.generate() for _ in range(3))
        self.identity = X25519PrivateKey.generate()
        self.log, self.device, self.boot = os.urandom(16), os.urandom(16), os.urandom(8)
        self.trust: TrustList | None = None
        self.enrolment: dict | None = None
        self.enrolled = b""
        self.anchor: tuple[bytes, int] | None = None
        self.head: tuple[int, bytes, int] | None = None
        self.entries: list[tuple[bytes, list[bytes]]] = []
        self.cases: dict[bytes, tuple[int, bytes]] = {}
        self.checkpoints: list[tuple[int, bytes]] = []
        self.receipts: list[bytes] = []
        self.custody: dict[bytes, dict] = {}
        self.feed_at: tuple[int, bytes | None] = (0, None)

    # the conversation

    def _ask(self, method: str, path: str, wanted: int, headers: Headers | None = None, body: bytes = b"") -> tuple[Headers, bytes]:
        """A signed request, and the office's answer to exactly this one."""
        assert self.trust is not None
        nonce = os.urandom(16)
        payload = cbor.encode(
            {
                "v": 1,
                "method": method,
                "authority": self.authority,
                "path": path,
                "body": sha256(body),
                "nonce": nonce,
                "created": self.now(),
                "enrolment": self.enrolment and self.enrolment["enrolment"],
            }
        )
        signed = cbor.encode([payload, sign(self.log_key, "mz1/request", payload, detached=True)])
        sent = {"mz-request": text64(signed), "mz-version": VERSION, "accept-encoding": "identity", **(headers or {})}
        status, back, answer = self._carry(method, path, sent, body)
        if VERSION not in [v.strip() for v in back.get("mz-version", VERSION).split(",")]:
            raise Update
        try:
            said = self._opened(back.get("mz-response", ""), sha256(payload), nonce)
        except (cbor.CborError, cose.Refused, ValueError, KeyError, TypeError) as error:
            raise NotAnswered(str(error)) from None
        if said["status"] != status or said["body"] != sha256(answer):
            raise NotAnswered("another status or body")
        if status == 426:
            raise Update
        self._look_at(said["head"])
        if status != wanted:
            raise Refused(status, answer)
        return back, answer

    def _opened(self, header: str, request: bytes, nonce: bytes) -> dict:
        pair = cbor.decode(from_text64(header))
        assert self.trust is not None
        if not isinstance(pair, list) or len(pair) != 2:
            raise ValueError("no answer")
        payload, signature = pair
        said = cbor.decode(payload)
        if not isinstance(said, dict) or said["v"] != 1 or said["request"] != request:
            raise ValueError("of another request")
        self.trust.verify(cose.parse(signature, "mz1/response", detached=True), "feed", said["at"], payload)
        if said["anchor"] is not None:
            anchor = cose.parse(said["anchor"], "mz1/anchor")
            told = cbor.decode(anchor.payload or b"")
            assert isinstance(told, dict)
            self.trust.verify(anchor, "anchor", told["at"])
            if told != {"v": 1, "nonce": nonce, "at": told["at"]}:
                raise ValueError("anchor")
            self.anchor = (sha256(said["anchor"]), self.now())
        return said

    def _look_at(self, head: list) -> None:
        """The office's own log only grows; the proof is asked for with :meth:`prove_growth`."""
        size, root, epoch = head
        if self.head is not None and self.head[2] == epoch and (size < self.head[0] or (size == self.head[0] and root != self.head[1])):
            raise NotAnswered("the office was set back, or told two histories")
        self.newest = (size, root, epoch)
        self.head = self.head or self.newest

    def prove_growth(self) -> None:
        """Moves to the newest head that an answer named, if the office proves that it contains what it said before."""
        assert self.head is not None
        (old, old_root, epoch), (size, root, _) = self.head, self.newest
        if size == old:
            return
        _, body = self._ask("GET", f"/v1/log/consistency?epoch={epoch}&from={old}&to={size}", 200)
        proof = cbor.decode(body)
        assert isinstance(proof, dict)
        if not tree.consistent(old, old_root, size, root, proof["proof"]):
            raise NotAnswered("the office's log is another one")
        self.head = (size, root, epoch)

    def enrol(self) -> None:
        """Trust list by the invitation's root, then the application."""
        status, back, listed = self._carry("GET", "/v1/trust", {"mz-version": VERSION, "accept-encoding": "identity"}, b"")
        if VERSION not in [v.strip() for v in back.get("mz-version", VERSION).split(",")] or status == 426:
            raise Update
        try:
            trust = open_self_signed(listed)
        except (cbor.CborError, cose.Refused) as error:
            raise NotAnswered(str(error)) from None
        if status != 200 or trust.root != self.root:
            raise NotAnswered("another office")
        self.trust = trust
        application = {
            "v": 1,
            "code": self.code,
            "log": self.log,
            "device": self.device,
            "log_key": cose_key(self.log_key),
            "show_key": cose_key(self.show_key),
            "officer_key": cose_key(self.officer_key),
            "key_protection": "software",
            "recipient": raw(self.identity.public_key()),
            "model": "wire 1",
        }
        _, body = self._ask("POST", "/v1/enrol", 201, body=seal(cbor.encode(application), self._recipients()))
        answer = cbor.decode(body)
        assert isinstance(answer, dict)
        enrolled = answer["enrolment"]
        signed = cose.parse(enrolled, "mz1/enrolment")
        enrolment = cbor.decode(signed.payload or b"")
        assert isinstance(enrolment, dict)
        trust.verify(signed, "badge", enrolment["at"])
        if (enrolment["log"], enrolment["log_key"]) != (self.log, cose_key(self.log_key)):
            raise NotAnswered("another's enrolment")
        self.enrolment, self.enrolled = enrolment, enrolled

    def _recipients(self) -> list[bytes]:
        assert self.trust is not None
        now = self.now()
        return [k["key"][-2] for k in self.trust.keys if k["use"] == "seal" and k["from"] <= now <= k["until"]]

    def feed(self) -> list[Item]:
        """What is new in the feed; a gap or another history is no answer."""
        assert self.trust is not None
        items: list[Item] = []
        while True:
            n, last = self.feed_at
            _, body = self._ask("GET", f"/v1/feed?after={n}", 200)
            batch = cbor.decode(body)
            if not isinstance(batch, list) or not batch:
                return items
            for one in batch:
                signed = cose.parse(one, "mz1/feed")
                item = cbor.decode(signed.payload or b"")
                assert isinstance(item, dict)
                self.trust.verify(signed, "feed", self.now())
                if (item["n"], item["previous"]) != (n + 1, last):
                    raise NotAnswered("a gap in the feed")
                n, last = item["n"], sha256(one)
                clear = item["body"]
                if item["sealed"]:
                    clear = b"".join(age.open_stream(iter([clear]), [self.identity]))
                items.append(Item(n, item["kind"], clear))
            self.feed_at = (n, last)

    # the log

    def _clocks(self) -> list:
        now = self.now()
        anchor = None if self.anchor is None else [self.anchor[0], max(0, now - self.anchor[1])]
        return [now, 480, now % (1 << 40), self.boot, anchor]

    def record(self, kind: str, fields: dict, case: bytes | None = None) -> None:
        """Appends an entry (§5.1)."""
        disclosed = [cbor.encode([os.urandom(16), name, value]) for name, value in fields.items()]
        commitments = {name: sha256(b"mz1/commit\x00" + one) for (name, _), one in zip(fields.items(), disclosed, strict=True)}
        header: dict = {1: 1, 2: self.log, 3: len(self.entries)}
        if self.entries:
            header[4] = sha256(self.entries[-1][0])
        if case is not None:
            length, last = self.cases.get(case, (0, b""))
            header |= {5: case, 6: length} | ({7: last} if length else {})
        header |= {8: kind, 9: 1, 10: self._clocks(), 11: None, 12: commitments, 13: [], 14: -16}
        encoded = cbor.encode(header)
        self.entries.append((encoded, disclosed))
        if case is not None:
            self.cases[case] = (length + 1, sha256(encoded))

    def checkpoint(self) -> None:
        """Signs everything so far (§5.3)."""
        number = len(self.checkpoints)
        payload: dict = {1: 1, 2: self.log, 3: number}
        if number:
            payload[4] = sha256(self.checkpoints[-1][1])
        cases = [[case, length, head] for case, (length, head) in self.cases.items()]
        payload |= {5: len(self.entries), 6: root_of(self._leaves()), 7: cases, 8: self._clocks()}
        if self.receipts:
            payload[9] = sha256(self.receipts[-1])
        payload[10] = sha256(self.enrolled)
        self.checkpoints.append((len(self.entries), sign(self.log_key, "mz1/checkpoint", cbor.encode(payload))))

    def _leaves(self) -> list[bytes]:
        return [tree.leaf_hash(header) for header, _ in self.entries]

    def submission(self, number: int) -> bytes:
        """The segment of a checkpoint, sealed, as it is sent."""
        old = self.checkpoints[number - 1][0] if number else 0
        size, signed = self.checkpoints[number]
        entries = [[header, disclosed] for header, disclosed in self.entries[old:size]]
        segment = cbor.encode({"v": 1, "log": self.log, "from": old, "entries": entries, "checkpoint": signed})
        proof = consistency(self._leaves()[:size], old)
        return cbor.encode({"v": 1, "old": old, "proof": proof, "checkpoint": signed, "segment": seal(segment, self._recipients())})

    def send_segments(self, submissions: list[bytes] | None = None) -> list[bytes]:
        """Sends what has no receipt yet, or these; gives the receipts, each verified. Kept are they only when they are new."""
        assert self.trust is not None
        waiting = range(len(self.receipts), len(self.checkpoints))
        given = submissions or [self.submission(number) for number in waiting]
        body = b"".join([bytes([0x80 | len(given)]) if len(given) < 24 else bytes([0x98, len(given)]), *given])
        _, answer = self._ask("POST", "/v1/segments", 201, {"content-type": "application/cbor"}, body)
        said = cbor.decode(answer)
        assert isinstance(said, dict)
        receipts = said["receipts"]
        if not 1 <= len(receipts) <= len(given):
            raise NotAnswered("receipts")
        for sent, one in zip(given, receipts, strict=False):
            meant = cbor.decode(sent)
            assert isinstance(meant, dict)
            leaf = receipt.verify_pair(one, self.trust).leaf
            if (leaf["kind"], leaf["cp"], leaf["log"]) != ("checkpoint", sha256(meant["checkpoint"]), self.log):
                raise NotAnswered("a receipt for something else")
        if submissions is None:
            self.receipts += receipts
        return receipts

    # files

    def seal_file(self, clear: bytes) -> bytes:
        """Seals evidence to the office."""
        return seal(clear, self._recipients())

    def upload(self, sealed: bytes, case: bytes, kind: str, most: int | None = None) -> int:
        """tus: creation, then the rest in chunks with checksum, at most so many; gives how much the office has."""

        def b64(data: bytes) -> str:
            return base64.b64encode(data).decode()

        tus = {"tus-resumable": "1.0.0"}
        metadata = f"sealed {b64(sha256(sealed))},case {b64(case.hex().encode())},kind {b64(kind.encode())}"
        create = {**tus, "upload-length": str(len(sealed)), "upload-metadata": metadata}
        back, _ = self._ask("POST", "/v1/uploads", 201, create)
        path = back["location"]
        if path != f"/v1/uploads/{sha256(sealed).hex()}":
            raise NotAnswered("another upload")
        if "upload-offset" not in back:
            back, _ = self._ask("HEAD", path, 200, tus)
        offset, sent = int(back["upload-offset"]), 0
        while offset < len(sealed) and (most is None or sent < most):
            chunk = sealed[offset : offset + CHUNK]
            patch = {
                **tus,
                "content-type": "application/offset+octet-stream",
                "upload-offset": str(offset),
                "upload-checksum": f"sha256 {b64(sha256(chunk))}",
            }
            back, _ = self._ask("PATCH", path, 204, patch, chunk)
            offset, sent = int(back["upload-offset"]), sent + 1
        return offset

    def fetch_custody(self, sealed: bytes, clear: bytes) -> dict:
        """The office's word that it opened the file and found what was logged (§6c); only now it may be deleted here."""
        assert self.trust is not None
        _, body = self._ask("GET", f"/v1/custody/{sha256(sealed).hex()}", 200)
        given = cbor.decode(body)
        assert isinstance(given, dict)
        signed = cose.parse(given["custody"], "mz1/custody")
        said = cbor.decode(signed.payload or b"")
        assert isinstance(said, dict)
        self.trust.verify(signed, "receipt", said["at"])
        logged = receipt.verify(given["leaf"], given["receipt"], self.trust).leaf
        wanted = ("opened", sha256(sealed), sha256(clear), len(clear))
        if (said["state"], said["sealed"], said["clear"], said["length"]) != wanted:
            raise NotAnswered("custody of something else")
        if (logged["kind"], logged["payload"]) != ("custody", sha256(signed.payload or b"")):
            raise NotAnswered("custody that is not logged")
        self.custody[sha256(sealed)] = said
        return said
