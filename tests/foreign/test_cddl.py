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
