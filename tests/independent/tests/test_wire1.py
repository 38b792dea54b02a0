"""F37: the frozen phone of wire version 1 (tests/independent/wire1) against today's office, and what the recorded older office answered."""

import base64
import hashlib
import json
import subprocess
import time
import urllib.error
import urllib.request

import pytest
from mzverify import age, cbor, cose, receipt
from mzverify.trust import open_self_signed
from place import ROOT
from wire1.phone import NotAnswered, Phone, Refused, Update, from_text64, sha256

FIXTURE = ROOT / "tests/fixtures/wire-1"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(NoRedirect, urllib.request.ProxyHandler({}))


def carry(address):
    def one(method, path, headers, body):
        request = urllib.request.Request(address + path, data=body if method in ("POST", "PATCH") else None, headers=headers, method=method)
        try:
            with OPENER.open(request, timeout=60) as back:
                return back.status, {k.lower(): v for k, v in back.headers.items()}, back.read()
        except urllib.error.HTTPError as back:
            return back.code, {k.lower(): v for k, v in back.headers.items()}, back.read()

    return one


def now():
    return int(time.time() * 1000)


class Office:
    """Today's office, a practice organ in a folder."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        subprocess.run([program, "init", "--organ", "某县卫生健康局", folder], check=True, capture_output=True)
        self.server = subprocess.Popen(
            [program, "--config", folder / "mingzheng.toml", "serve", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        for line in self.server.stdout:
            if "console (one-time link)" in line:
                break

    def say(self, *arguments):
        command = [self.program, "--config", self.folder / "mingzheng.toml", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def invite(self, name, number):
        who = ["--name", name, "--unit", "某县卫生监督所", "--position", "科员", "--number", number]
        what = ["--category", "卫生监督", "--area", "某县", "--until", "2099-12-31"]
        return json.loads(self.say("enroll", "--json", *who, *what))["invitation"]

    def stop(self):
        self.server.kill()
        self.server.wait()


@pytest.fixture(scope="module")
def served(office, tmp_path_factory):
    running = Office(office, tmp_path_factory.mktemp("wire1") / "office")
    yield running
    running.stop()


class Between:
    """Stands between the phone and the office; a test sets what it does to requests and answers."""

    def __init__(self):
        self.says = None
        self.answers = lambda *answer: answer
        self.seen = []

    def __call__(self, address):
        through = carry(address)

        def one(method, path, headers, body):
            if self.says is not None:
                headers = {**headers, "mz-version": self.says}
            answer = through(method, path, headers, body)
            self.seen.append((method, path, answer))
            return self.answers(*answer)

        return one


def captured(clear, sealed):
    end = sealed.index(b"\n--- ") + 1
    payload = sealed[sealed.index(b"\n", end) + 1 :]
    return {
        "id": f"{sha256(clear).hex()}-0",
        "media_type": "image/jpeg",
        "clear": sha256(clear).hex(),
        "clear_len": len(clear),
        "sealed": sha256(sealed).hex(),
        "sealed_len": len(sealed),
        "payload": sha256(payload).hex(),
        "suite": 1,
        "source": "camera",
        "original_name": "照片.jpg",
        "caption": "泳池",
        "item": None,
        "place": None,
        "fix": "none",
        "exif": None,
        "differences": [],
    }


def enrolled(office, between, number):
    phone = Phone(office.invite("王小明", number), between, now)
    phone.enrol()
    phone.record("log.opened", {"enrolment": phone.enrolment["enrolment"].hex(), "software": "wire1"})
    return phone


def test_f37_the_frozen_older_phone_still_works_from_enrolment_to_custody(served):
    between = Between()
    phone = enrolled(served, between, "110001")
    kinds = [item.kind for item in phone.feed()]
    assert "badge" in kinds, kinds
    assert phone.feed() == [], "nothing comes twice"
    case = b"\x0c" * 15 + b"\x01"
    phone.record("note.added", {"text": "第一条"}, case)
    phone.checkpoint()
    first = phone.send_segments()
    clear = bytes(n * 7 % 251 for n in range(1_500_000))
    sealed = phone.seal_file(clear)
    phone.record("evidence.captured", captured(clear, sealed), case)
    phone.checkpoint()
    phone.record("note.added", {"text": "第二条"}, case)
    phone.checkpoint()
    # Cut after the first chunk, begun again: nothing of it is sent twice.
    assert phone.upload(sealed, case, "photo", most=1) == 1 << 20
    with pytest.raises(Refused) as refused:
        phone.fetch_custody(sealed, clear)
    assert (refused.value.status, refused.value.said["error"]) == (404, "not_yet")
    asked = [(method, path) for method, path, _ in between.seen].count(("PATCH", f"/v1/uploads/{sha256(sealed).hex()}"))
    assert asked == 1
    sent = [phone.submission(1), phone.submission(2)]
    receipts = phone.send_segments(sent)
    assert len(receipts) == 2
    assert phone.send_segments(sent) == receipts, "the same receipts when it is sent again"
    phone.receipts += receipts
    assert phone.upload(sealed, case, "photo") == len(sealed)
    assert phone.fetch_custody(sealed, clear)["state"] == "opened"
    phone.prove_growth()
    assert phone.receipts[0] == first[0]


def test_f37_the_frozen_older_phone_says_update_keeps_everything_and_goes_on(served):
    between = Between()
    phone = enrolled(served, between, "110002")
    phone.record("note.added", {"text": "一条"}, b"\x0c" * 15 + b"\x02")
    phone.checkpoint()
    # An office that no longer speaks version 1: today's, asked for a version that it does not know, refuses as that one would.
    between.says = "2"
    with pytest.raises(Update):
        phone.send_segments()
    status, headers, body = between.seen[-1][2]
    assert (status, cbor.decode(body)["error"]) == (426, "update")
    assert not phone.receipts
    # One that says so of itself, whatever it answers.
    between.says = None
    between.answers = lambda status, headers, body: (status, {**headers, "mz-version": "3, 2"}, body)
    with pytest.raises(Update):
        phone.send_segments()
    assert not phone.receipts, "nothing is marked as sent, though the office took it"
    # What is not the office's is no answer at all.
    between.answers = lambda status, headers, body: (status, {**headers, "mz-response": ""}, body)
    with pytest.raises(NotAnswered):
        phone.send_segments()
    between.answers = lambda status, headers, body: (200, headers, b"<html>login</html>")
    with pytest.raises(NotAnswered):
        phone.send_segments()
    # Version 1 is spoken again, beside a newer one.
    between.answers = lambda status, headers, body: (status, {**headers, "mz-version": "2, 1"}, body)
    assert len(phone.send_segments()) == 1 == len(phone.receipts)


def test_f37_what_the_recorded_older_office_answered_verifies_by_the_documents():
    """The recording itself: every answer of it is signed for exactly its request, and its receipts are good."""
    told = json.loads((FIXTURE / "contents.json").read_text())
    assert told["wire"] == 1
    names = subprocess.run(["tar", "-xzOf", FIXTURE / "office.tar.gz", "office/trust.cbor"], check=True, capture_output=True).stdout
    trust = open_self_signed(names)
    receipts = custody = 0
    for exchange in [told["newcomer"], *told["conversation"]]:
        asked, answered = exchange["asked"], exchange["answered"]
        body = base64.b64decode(answered["body"])
        headers = dict((name.lower(), value) for name, value in asked["headers"])
        payload, _ = cbor.decode(from_text64(headers["mz-request"]))
        request = cbor.decode(payload)
        assert request["body"] == sha256(base64.b64decode(asked["body"]))
        assert (request["method"], request["authority"], request["path"]) == (asked["method"], asked["host"], asked["path"])
        assert headers["mz-version"] == "1"
        answer = dict(map(tuple, answered["headers"]))
        said_bytes, signature = cbor.decode(from_text64(answer["mz-response"]))
        said = cbor.decode(said_bytes)
        trust.verify(cose.parse(signature, "mz1/response", detached=True), "feed", said["at"], said_bytes)
        assert (said["request"], said["status"], said["body"]) == (sha256(payload), answered["status"], sha256(body))
        if asked["path"] == "/v1/segments":
            for one in cbor.decode(body)["receipts"]:
                assert receipt.verify_pair(one, trust).leaf["kind"] == "checkpoint"
                receipts += 1
        if asked["path"].startswith("/v1/custody/") and answered["status"] == 200:
            given = cbor.decode(body)
            assert receipt.verify(given["leaf"], given["receipt"], trust).leaf["kind"] == "custody"
            custody += 1
    assert (receipts, custody >= 2) == (told["checkpoints"][1], True)


def test_the_frozen_older_phone_is_as_it_was():
    """It is never changed: what it stands for is a phone that nobody updates."""
    frozen = {
        "__init__.py": "2a8d608e7b41e847ce4a504cdf529c15e6510c345b5b2b141d380bde7eaa3740",
        "phone.py": "a23dbd2f31f1077afb23ff6f10307c5b026ded5b3b26a7281fd56d94effbde5e",
    }
    for name, wanted in frozen.items():
        assert hashlib.sha256((ROOT / "tests/independent/wire1" / name).read_bytes()).hexdigest() == wanted, name


def test_the_frozen_older_phone_seals_what_age_opens():
    """A wrong key opens nothing: the test of the phone's own sealing can fail."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from wire1.phone import raw, seal

    own, other = X25519PrivateKey.generate(), X25519PrivateKey.generate()
    clear = bytes(range(256)) * 600
    sealed = seal(clear, [raw(own.public_key())])
    assert b"".join(age.open_stream(iter([sealed]), [own])) == clear
    with pytest.raises(age.NotOpened):
        b"".join(age.open_stream(iter([sealed]), [other]))
