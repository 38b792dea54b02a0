"""Badge and checkpoints of tests/vectors/badge/objects.json, by either algorithm, verified by PyPI's cwt."""

import json
import pathlib
import zlib

import cbor2
import pytest
from cwt import COSE, CWT
from cwt.exceptions import VerifyError

from test_cose import changed, key_of

VECTORS = pathlib.Path(__file__).parent.parent / "vectors"
OBJECTS = json.loads((VECTORS / "badge/objects.json").read_text())["objects"]


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


def test_status_list_token_is_a_cwt():
    """R02: the office's status list, verified by a stock CWT reader and unpacked by zlib alone; of another key it is refused."""
    index = json.loads((VECTORS / "status-list/index.json").read_text())
    trusted = cbor2.loads(cbor2.loads(bytes.fromhex(index["context"]["trust"]))[0])
    keys = {entry["use"]: key_of(entry["key"]) for entry in trusted["keys"] if entry["use"] in ("status", "badge")}
    judged = 0
    for case in index["cases"]:
        if "ok" not in case["expect"]:
            continue
        token, said = bytes.fromhex(case["hex"]), case["expect"]["ok"]
        claims = CWT.new(leeway=10**9).decode(token, keys["status"])
        assert (claims[2], claims[4], claims[6]) == (said["address"], said["expires"], said["issued"])
        bits, packed = claims[65533]["bits"], zlib.decompress(claims[65533]["lst"])
        statuses = []
        for place in {**index["context"], **case["context"]}["indexes"]:
            byte, shift = divmod(place * bits, 8)
            statuses.append(packed[byte] >> shift & 2**bits - 1 if byte < len(packed) else None)
        assert statuses == said["statuses"], case["name"]
        with pytest.raises(VerifyError):
            CWT.new(leeway=10**9).decode(changed(token), keys["status"])
        with pytest.raises(ValueError, match="key is not found"):
            CWT.new(leeway=10**9).decode(token, keys["badge"])
        judged += 1
    assert judged > 10
