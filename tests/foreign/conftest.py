"""What the demo has left, judged by tools that others wrote."""

import json
import os
import pathlib

import pytest


@pytest.fixture(scope="session")
def out():
    folder = pathlib.Path(os.environ["MINGZHENG_DEMO_OUT"])
    assert folder.is_dir(), "cargo xtask demo --exit writes demo-out first"
    return folder


@pytest.fixture(scope="session")
def summary(out):
    return json.loads((out / "summary.json").read_text())


@pytest.fixture(scope="session")
def office():
    return os.environ["MINGZHENG_OFFICE"]
