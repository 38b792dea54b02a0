"""The shared vectors of docs/formats, executed by the independent verifier: good objects are read as written, all others are refused.

It names fewer classes than docs/formats: what it calls by name (unknown algorithm, deviations from the CBOR profile) must be called so, everything else must be refused.
"""

import hashlib
import json
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/independent"))
mzverify = pytest.importorskip("mzverify", reason="the independent verifier is not there yet")

from mzverify import age, cbor, cose, device, entries, evidence, listing, objects, office, outside, receipt, report, tree, trust, verify  # noqa: E402
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey  # noqa: E402

VECTORS = ROOT / "tests/vectors"


class Found(cose.Refused):
    """A finding of a step that reads one file."""


class Bag:
    """A bundle of one file."""

    def __init__(self, path, data):
        self.path, self.data = path, data
        self.files = {path: self}
        self.length, self.sha256 = len(data), hashlib.sha256(data).digest()

    def read(self, path, _limit):
        return self.data if path == self.path else None

    needed = read

    def below(self, prefix):
        return [self.path] if self.path.startswith(prefix) else []


def findings(step, allowed=()):
    """Runs a step with a fresh report; a finding that is not allowed is a refusal."""
    kept = report.Report()
    result = step(kept)
    codes = [found["code"] for check in kept.as_json()["checks"] for found in check["findings"]]
    if unwanted := [code for code in codes if code not in allowed]:
        raise Found(" ".join(unwanted))
    return result, codes


def trust_list(context):
    return trust.open_self_signed(bytes.fromhex(context["trust"]))


def key(context):
    return cbor.decode(bytes.fromhex(context["key"]))


def digest(data):
    return hashlib.sha256(data).hexdigest()


def hexed(value):
    """As the vectors say it: bytes in hex."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [hexed(part) for part in value]
    if isinstance(value, dict):
        return {name: hexed(part) for name, part in value.items()}
    return value


def read_cbor(data, _):
    cbor.decode(data)
    return {}


def read_sign(data, context):
    apart = context.get("payload")
    signed = cose.parse(data, context["typ"], detached=apart is not None)
    payload = signed.payload if apart is None else bytes.fromhex(apart)
    if signed.kid != cose.key_id(key(context)) or not signed.verified_by(key(context), None if apart is None else payload):
        raise cose.Refused("not signed by this key")
    return {"payload": payload.hex()}


def read_trust(data, context):
    if "known" in context:
        return None
    read = trust.open_self_signed(data)
    if read.root.hex() != context["root"]:
        raise cose.Refused("another root")
    uses = [entry["use"] for entry in read.keys]
    return {"version": read.version, "organ": read.organ, "expires": read.expires, "root": read.root.hex(), "uses": uses}


def read_badge(data, context):
    used = trust_list(context)
    bag = Bag(f"data/badge/{digest(data)[:32]}.cose", data)
    findings(lambda kept: office._badges(bag, kept, used, None))
    value, _ = objects.from_office(data, "mz1/badge", "badge", used, objects.BADGE, 6)
    names = ["name", "unit", "position", "number", "category", "area", "until", "photo", "status"]
    return hexed(dict(zip(names, value[-65537]))) | {"issued": value[6], "expires": value[4], "show_kid": cose.key_id(value[8][1]).hex()}


def read_assignment(data, context):
    names = {1: "task", 2: "enterprise", 3: "day", 4: "officers", 5: "number", 6: "cap", 7: "type", 8: "organ", 9: "issued"}
    value, _ = objects.from_office(data, "mz1/assignment", "assignment", trust_list(context), objects.ASSIGNMENT, 9)
    return hexed({names[field]: part for field, part in value.items()})


def read_header(data, _):
    value = cbor.decode(data)
    if not objects.header(value):
        raise cose.Refused("header")
    return hexed({"log": value[2], "seq": value[3], "prev": value.get(4), "case": value.get(5), "case_seq": value.get(6),
                  "case_prev": value.get(7), "kind": value[8], "version": value[9], "wall": value[10][0], "actor": value[11],
                  "fields": sorted(value[12]), "seen": len(value[13]), "leaf": tree.leaf_hash(data)})


def read_entries(data, context):
    read, _ = findings(lambda kept: list(entries.read(data, "entries.cbor", kept, objects.header)), ["field-withheld"])
    before = None
    for place, entry in enumerate(read):
        if entry.case is None or entry.case.hex() != context["case"]:
            raise Found("entry-other")
        chained = before is None or (
            entry.case_previous == before.digest and (entry.seq != before.seq + 1 or entry.previous == before.digest)
        )
        if entry.case_seq != place or not chained:
            raise Found("entry-order or entry-chain")
        if tree.root_from_inclusion(entry.leaf, entry.seq, context["size"], entry.proof) != bytes.fromhex(context["root"]):
            raise Found("inclusion")
        before = entry
    return {"entries": [{"seq": entry.seq, "kind": entry.kind, "fields": hexed(dict(entry.fields))} for entry in read]}


def read_checkpoint(data, context):
    value = objects.from_device(data, "mz1/checkpoint", key(context), objects.checkpoint)
    if "known" in context:
        old = objects.from_device(bytes.fromhex(context["known"]), "mz1/checkpoint", key(context), objects.checkpoint)
        one = [device.Checkpoint("", hashlib.sha256(bytes.fromhex(context["known"])).digest(), old),
               device.Checkpoint("", hashlib.sha256(data).digest(), value)]
        if value[2] != old[2] or one[0].number >= one[1].number:
            raise Found("checkpoint-other")
        log = device.Device(old[2], b"", 0, checkpoints={each.number: each for each in one})
        findings(lambda kept: device._check_neighbours(kept, log))
        proof = [bytes.fromhex(part) for part in context["proof"]]
        if not tree.consistent(old[5], old[6], value[5], value[6], proof):
            raise Found("two-histories")
    cases = [[case.hex(), length, head.hex()] for case, length, head in value[7]]
    return hexed({"log": value[2], "cp_no": value[3], "previous": value.get(4), "size": value[5], "root": value[6], "cases": cases,
                  "wall": value[8][0], "receipt": value.get(9), "enrolment": value[10], "digest": digest(data)})


def read_receipt(data, context):
    good = receipt.verify_pair(data, trust_list(context))
    if "checkpoint" in context:
        signed = bytes.fromhex(context["checkpoint"])
        value = objects.from_device(signed, "mz1/checkpoint", key(context), objects.checkpoint)
        stated = (good.leaf.get("cp"), good.leaf.get("log"), good.leaf.get("size"))
        if stated != (hashlib.sha256(signed).digest(), value[2], value[5]):
            raise Found("receipt-other")
    return {"kind": good.leaf["kind"], "at": good.at, "size": good.size, "root": good.root.hex(), "epoch": good.epoch}


def read_custody(data, context):
    value, _ = evidence._custody(data, trust_list(context))
    return hexed({name: value[name] for name in ("state", "sealed", "clear", "length", "at")})


def read_access(data, context):
    name, record, _ = evidence._access(data, trust_list(context))
    return hexed({name: record[name] for name in ("case", "act", "what", "who", "at")}) | {"record": name.hex()}


def read_office(typ, use, shape, names):
    """An object that one key of the office signed, at its own `at`."""

    def read(data, context):
        value, _ = objects.from_office(data, typ, use, trust_list(context), shape, "at")
        return hexed({name: value.get(name) for name in names})

    return read


def read_enrolment(data, context):
    used = trust_list(context)
    value, _ = objects.from_office(data, "mz1/enrolment", "badge", used, objects.ENROLMENT, "at")
    kids = {name: cose.key_id(value[name.replace("kid", "key")]).hex() for name in ("log_kid", "show_kid", "officer_kid")}
    names = ["enrolment", "device", "log", "person", "name", "role", "recipient", "key_protection", "attested", "at", "previous", "reason"]
    return hexed({name: value.get(name) for name in names}) | kids


def read_statement(data, context):
    value = objects.from_device(data, "mz1/statement", key(context), objects.STATEMENT)
    names = ["what", "person", "name", "number", "role", "case", "at", "facts", "presented", "checkpoint"]
    return hexed({name: value.get(name) for name in names}) | {"shared_device": value.get("shared_device", False)}


def read_bundle(data, context):
    read, _ = findings(lambda kept: listing._open(data, kept, trust_list(context)), ["trust-overdue"])
    return {"case": read.case.hex(), "files": hexed(dict(read.files))}


def read_case(data, _):
    bag = Bag("data/case.cbor", data)
    case, _ = findings(lambda kept: verify._read_case(bag, kept, None))
    return {"case": case["case"].hex(), "logs": hexed(case["logs"]), "newest": case["newest"]}


def read_outside(data, context):
    used = trust_list(context)
    # What stands in a bundle has its receipts beside it: without them its proofs prove nothing.
    index = json.loads((VECTORS / "outside/index.json").read_text())
    beside = context if "receipt" in context else next(case["context"] for case in index["cases"] if "receipt" in case["context"])
    receipts = {beside["path"]: receipt.verify_pair(bytes.fromhex(beside["receipt"]), trust_list(index["context"]))}
    bag = Bag("data/outside/0-7.cbor", data)
    _, codes = findings(lambda kept: outside.check(bag, kept, used, [], receipts), ["witness-outside", "outside-unjudged"])
    return {"codes": sorted(codes)}


def outside_codes(ok):
    """The codes that the values of a vector mean."""
    witnessed = bool(ok["cosignatures"] or ok["timestamps"])
    return {"codes": ["outside-unjudged"] * (ok["unjudged"] > 0) + ["witness-outside"] * witnessed}


def read_sealed(data, context):
    identity = X25519PrivateKey.from_private_bytes(bytes.fromhex(context["identity"]))
    blocks = (data[at : at + 1000] for at in range(0, len(data), 1000))
    try:
        clear = b"".join(age.open_stream(blocks, [identity]))
    except age.NotOpened as error:
        raise cose.Refused(str(error)) from None
    return {"clear": digest(clear), "clear_len": len(clear)}


READERS = {
    "cbor": read_cbor,
    "sign": read_sign,
    "trust": read_trust,
    "badge": read_badge,
    "assignment": read_assignment,
    "header": read_header,
    "entries": read_entries,
    "checkpoint": read_checkpoint,
    "log-receipt": read_receipt,
    "custody": read_custody,
    "access": read_access,
    "head": read_office("mz1/head", "receipt", objects.HEAD, ["epoch", "size", "root", "at"]),
    "revocation": read_office("mz1/revocation", "badge", objects.REVOCATION, ["enrolment", "log", "at", "suspect_since", "reason"]),
    "anchor": read_office("mz1/anchor", "anchor", objects.ANCHOR, ["nonce", "at"]),
    "enrolment": read_enrolment,
    "statement": read_statement,
    "bundle": read_bundle,
    "case": read_case,
    "outside": read_outside,
    "sealed": read_sealed,
}


def judge(read, data, context):
    try:
        got = read(data, context)
        return None if got is None else {"ok": got}
    except cbor.CborError as error:
        return {"refuse": error.kind if read is read_cbor else "malformed"}
    except cose.Unknown:
        return {"refuse": "unknown_algorithm"}
    except cose.Refused as error:
        return {"refuse": "unknown_algorithm" if "algorithm" in str(error).split() else None}


@pytest.mark.parametrize("format", READERS)
def test_vectors(format):
    folder = VECTORS / format
    index = json.loads((folder / "index.json").read_text())
    wrong, judged = [], 0
    for case in index["cases"]:
        data = (folder / case["file"]).read_bytes() if "file" in case else bytes.fromhex(case["hex"])
        got = judge(READERS[format], data, index["context"] | case["context"])
        if got is None:
            continue
        judged += 1
        expected = case["expect"]
        if "ok" in got and "ok" in expected:
            ok = outside_codes(expected["ok"]) if format == "outside" else expected["ok"]
            ok = {"entries": [{k: v for k, v in e.items() if k != "withheld"} for e in ok["entries"]]} if format == "entries" else ok
            different = {name: (value, ok.get(name)) for name, value in got["ok"].items() if value != ok.get(name)}
            if different:
                wrong.append(f"{case['name']}: {different}")
        elif got.keys() != expected.keys():
            wrong.append(f"{case['name']}: {got}, expected {expected}")
        elif got["refuse"] not in (None, expected["refuse"]):
            wrong.append(f"{case['name']}: {got}, expected {expected}")
        elif expected["refuse"] == "unknown_algorithm" and got["refuse"] is None:
            wrong.append(f"{case['name']}: refused as if it were bad")
    assert not wrong, "\n".join(wrong)
    assert judged > 10
