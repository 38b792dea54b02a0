"""Badge and checkpoints of tests/vectors/badge/objects.json, by either algorithm, verified by PyPI's cwt."""

import json
import pathlib

import cbor2
import pytest
from cwt import COSE, CWT
from cwt.exceptions import VerifyError

from test_cose import changed, key_of

OBJECTS = json.loads((pathlib.Path(__file__).parent.parent / "vectors/badge/objects.json").read_text())["objects"]


@pytest.mark.parametrize("case", OBJECTS, ids=lambda case: case["name"])
def test_signed_object(case):
    key = key_of(cbor2.loads(bytes.fromhex(case["key"])))
    assert key.kid.hex() == case["kid"] and key.alg == case["alg"]
    signed = bytes.fromhex(case["cose"])
    protected, _unprotected, payload = COSE.new().decode_with_headers(signed, keys=[key])
    assert payload.hex() == case["payload"] and protected[16] == case["typ"]
    with pytest.raises(VerifyError):
        COSE.new().decode(changed(signed), keys=[key])


def test_badge_is_a_cwt():
    case = next(c for c in OBJECTS if c["name"] == "badge")
    claims = CWT.new(leeway=10**9).decode(bytes.fromhex(case["cose"]), key_of(cbor2.loads(bytes.fromhex(case["key"]))))
    assert claims[4] > claims[6] and len(claims[-65537]) == 9 and set(claims[8][1]) == {1, -1, -2}
