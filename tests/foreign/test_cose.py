"""A badge and a checkpoint verified by PyPI's cwt; keys read from the trust list and the enrolment."""

import hashlib

import cbor2
import pytest
from cwt import COSE, COSEKey, CWT
from cwt.exceptions import VerifyError


def key_of(cose_key):
    """A COSE key of docs/formats §1; the compressed P-256 point becomes x and y."""
    kid = hashlib.sha256(cbor2.dumps(cose_key, canonical=True)).digest()[:8]
    return COSEKey.new({**expanded(cose_key), 2: kid, 3: -19 if cose_key[1] == 1 else -9})


def expanded(cose_key):
    if cose_key[1] != 2 or not isinstance(cose_key.get(-3), bool):
        return cose_key
    p = 2**256 - 2**224 + 2**192 + 2**96 - 1
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    x = int.from_bytes(cose_key[-2], "big")
    y = pow(x**3 - 3 * x + b, (p + 1) // 4, p)
    if y % 2 != cose_key[-3]:
        y = p - y
    return {**cose_key, -3: y.to_bytes(32, "big")}


def payload_of(sign1):
    return cbor2.loads(cbor2.loads(sign1).value[2])


@pytest.fixture(scope="module")
def case(out):
    return out / "bundle/data"


@pytest.fixture(scope="module")
def trust(out):
    payload, _signatures = cbor2.loads((out / "trust.cbor").read_bytes())
    return cbor2.loads(payload)


def changed(data):
    damaged = bytearray(data)
    damaged[-1] ^= 1
    return bytes(damaged)


def test_badge(case, trust):
    badges = sorted((case / "badge").glob("*.cose"))
    assert badges
    keys = [key_of(entry["key"]) for entry in trust["keys"] if entry["use"] == "badge"]
    assert keys
    for path in badges:
        payload = COSE.new().decode(path.read_bytes(), keys=keys)
        claims = cbor2.loads(payload)
        assert 4 in claims and 8 in claims and len(claims[-65537]) == 9
        with pytest.raises(VerifyError):
            COSE.new().decode(changed(path.read_bytes()), keys=keys)


def test_badge_is_a_cwt(case, trust):
    path = sorted((case / "badge").glob("*.cose"))[0]
    keys = [key_of(entry["key"]) for entry in trust["keys"] if entry["use"] == "badge"]
    claims = CWT.new(leeway=10**9).decode(path.read_bytes(), keys)
    assert claims[4] > claims[6]


def test_checkpoint(case):
    found = 0
    for enrolment in sorted((case / "trust").glob("enrolment-*.cose")):
        facts = payload_of(enrolment.read_bytes())
        key = key_of(facts["log_key"])
        for path in sorted((case / "log" / facts["log"].hex()).glob("checkpoint-*.cose")):
            checkpoint = cbor2.loads(COSE.new().decode(path.read_bytes(), keys=[key]))
            assert checkpoint[2] == facts["log"] and checkpoint[5] > 0
            with pytest.raises(VerifyError):
                COSE.new().decode(changed(path.read_bytes()), keys=[key])
            found += 1
    assert found >= 2
