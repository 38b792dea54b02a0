"""docs/formats/mingzheng.cddl against the shared vectors, judged by PyPI's cddl-verifier (RFC 8610): what is said to match does, what is said not to does not."""

import json
import pathlib

import pytest
from cddl_verifier import Validator, schema_diagnostics

ROOT = pathlib.Path(__file__).parent.parent.parent
CDDL = (ROOT / "docs/formats/mingzheng.cddl").read_text()
INDEXES = [json.loads(path.read_text()) | {"folder": path.parent} for path in sorted((ROOT / "tests/vectors").glob("*/index.json"))]
WITH_RULE = [index for index in INDEXES if index["cddl_rule"]]


def bytes_of(index, case):
    return (index["folder"] / case["file"]).read_bytes() if "file" in case else bytes.fromhex(case["hex"])


@pytest.fixture(scope="module")
def validator():
    return Validator(CDDL)


def test_the_cddl_has_no_faults():
    assert schema_diagnostics(CDDL) == ()


@pytest.mark.parametrize("index", WITH_RULE, ids=lambda index: index["format"])
def test_vectors(validator, index):
    wrong, judged = [], 0
    for case in index["cases"]:
        if case["cddl"] is None:
            continue
        judged += 1
        result = validator.validate(bytes_of(index, case), root_type=index["cddl_rule"])
        if result.valid != case["cddl"]:
            wrong.append(f"{case['name']}: {result.errors[:1] if case['cddl'] else 'matches'}")
    assert not wrong, "\n".join(wrong)
    assert judged > 5


def test_enough_is_said_about_cddl():
    """Every signed or hashed object has a rule, and most vectors say whether it matches."""
    assert len(WITH_RULE) >= 30
    cases = [case for index in WITH_RULE for case in index["cases"]]
    assert sum(case["cddl"] is None for case in cases) * 20 < len(cases)
    assert sum(case["cddl"] is False for case in cases) > 500


def test_messages_of_the_channel(validator):
    """§11: what the phones say to each other once they are paired."""
    index = next(index for index in INDEXES if index["format"] == "pair-confirm")
    opened = next(case for case in index["cases"] if case["name"] == "good")["expect"]["ok"]["opened"]
    hello, later = [bytes.fromhex(message) for message in opened]
    assert validator.validate(hello, root_type="pair-message").valid
    assert not validator.validate(later, root_type="pair-message").valid, "a message of a later version is ignored, not one of these"


RULES = [
    ("bundle.cose", "bundle"),
    ("data/case.cbor", "case"),
    ("data/assignment.cose", "assignment"),
    ("data/trust/trust.cbor", "trust"),
    ("data/trust/enrolment-*.cose", "enrolment"),
    ("data/trust/revocation-*.cose", "revocation"),
    ("data/badge/*.cose", "badge"),
    ("data/pack/*.cbor", "pack"),
    ("data/anchor/*.cose", "anchor"),
    ("data/custody/*.cbor", "custody"),
    ("data/access/*.cbor", "access"),
    ("data/outside/*.cbor", "outside"),
    ("data/log/*/entries.cbor", "entries"),
    ("data/log/*/life.cbor", "entries"),
    ("data/log/*/checkpoint-*.cose", "checkpoint"),
    ("data/log/*/receipt-*.cbor", "log-receipt"),
    ("data/log/*/consistency.cbor", "consistency"),
]


def test_every_object_of_a_real_bundle(validator, out):
    """What office and phones really write is what the pages say: each file of the demo's bundle that is CBOR matches its rule."""
    bundle = out / "bundle"
    rules = {path: rule for pattern, rule in RULES for path in bundle.glob(pattern)}
    files = [path for path in bundle.rglob("*") if path.suffix in (".cbor", ".cose")]
    assert {str(path.relative_to(bundle)) for path in files if path not in rules} == set()
    wrong = []
    for path in files:
        result = validator.validate(path.read_bytes(), root_type=rules[path])
        if not result.valid:
            wrong.append(f"{path.relative_to(bundle)}: {result.errors[:2]}")
    assert not wrong, "\n".join(wrong)
    assert {"bundle", "case", "trust", "enrolment", "badge", "pack", "custody", "entries", "checkpoint", "log-receipt"} <= set(rules.values())
