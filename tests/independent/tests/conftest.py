"""The published vectors, and what the demo has left."""

import os
import pathlib

import pytest
from place import ROOT


@pytest.fixture(scope="session")
def out():
    folder = pathlib.Path(os.environ.get("MINGZHENG_DEMO_OUT", ROOT / "demo-out"))
    if not folder.is_dir():
        pytest.skip("no demo-out: cargo xtask demo --exit writes it")
    return folder


@pytest.fixture(scope="session")
def office():
    binary = os.environ.get("MINGZHENG_OFFICE", str(ROOT / "target/debug/mingzheng"))
    if not os.path.exists(binary):
        pytest.fail(f"{binary} is missing: cargo build makes it")
    return binary
