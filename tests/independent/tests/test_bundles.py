"""The demo's bundles, whole and damaged: the same findings as `mingzheng verify --json`, code for code and subject for subject."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from mzverify import age, cbor
from mzverify.verify import FlippedFile, Given, verify, verify_flipped
from place import ROOT


def outline(report):
    """What verification.md §1 calls agreement."""
    return {
        **{key: report[key] for key in ("case", "exported", "consistent", "exit", "signer")},
        "status": {check["id"]: check["status"] for check in report["checks"]},
        "findings": sorted({(one["code"], one["subject"]) for check in report["checks"] for one in check["findings"]}),
    }


def theirs(office, path, *arguments):
    done = subprocess.run([office, "verify", "--json", *map(str, arguments), path], capture_output=True, text=True)
    report = json.loads(done.stdout)
    assert done.returncode == report["exit"]
    return outline(report)


@pytest.fixture(scope="session")
def trusted(out):
    return (out / "trust.cbor").read_bytes()


@pytest.mark.parametrize("name", ["bundle", "bundle.zip", "open"])
@pytest.mark.parametrize("given", ["list", "fingerprint", "nothing", "identity"])
def test_agrees(out, office, trusted, name, given):
    """F38, R18: whole bundles, however trust is given."""
    mine, arguments = Given(trust_file=trusted), ["--trust", out / "trust.cbor"]
    if given == "nothing":
        mine, arguments = Given(), []
    elif given == "fingerprint":
        root = verify(str(out / name), Given()).signer["root"]
        mine, arguments = Given(root=bytes.fromhex(root)), ["--fingerprint", root]
    elif given == "identity":
        identity = out / "recipient.age-identity"
        mine = Given(trust_file=trusted, identities=age.read_identities(identity.read_text()))
        arguments += ["--identity", identity]
    report = verify(str(out / name), mine)
    assert outline(report.as_json()) == theirs(office, out / name, *arguments)
    assert report.exit == (2 if given == "nothing" else 0), report.as_text()


def test_another_root(out, office):
    """F40 of a stranger's office: consistent, and never green."""
    other = "00" * 32
    report = verify(str(out / "bundle"), Given(root=bytes(32)))
    assert (report.consistent, report.exit) == (True, 1)
    assert outline(report.as_json()) == theirs(office, out / "bundle", "--fingerprint", other)


def kinds(folder):
    """One file of each kind that a bundle has."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file():
            key = (name.parts[:2] if len(name.parts) > 2 else name.parts, path.name.split("-")[0].split(".")[0][:10], path.suffix)
            found.setdefault(key if name.parts[1:2] in (("log",), ("trust",)) else (key[0], key[2]), str(name))
    return sorted(found.values())


@pytest.fixture
def copy(out, tmp_path):
    target = tmp_path / "bag"
    shutil.copytree(out / "bundle", target, copy_function=os.link)
    return target


def replace(path, data):
    path.unlink()
    if data is not None:
        path.write_bytes(data)


DAMAGE = {
    "one bit in the middle": lambda data: data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :],
    "a byte more": lambda data: data + b"x",
    "a byte less": lambda data: data[:-1],
    "half": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "gone": lambda data: None,
}


def test_every_kind_of_changed_file(out, office, trusted, copy):
    """F38: named, and named alike."""
    given = Given(trust_file=trusted)
    names = kinds(out / "bundle")
    assert len(names) >= 14
    for name in names:
        data = (out / "bundle" / name).read_bytes()
        for damage in DAMAGE.values():
            replace(copy / name, damage(data))
            report = verify(str(copy), given)
            assert report.exit == 1
            assert outline(report.as_json()) == theirs(office, copy, "--trust", out / "trust.cbor"), name
            (copy / name).unlink(missing_ok=True)
            os.link(out / "bundle" / name, copy / name)
    assert verify(str(copy), given).exit == 0


def logs(folder):
    return sorted((folder / "data/log").iterdir())


def drop(entries, index):
    del entries[index]


def swap(entries, index):
    entries[index], entries[index - 1] = entries[index - 1], entries[index]


def withhold(entries, index):
    entries[index][1] = []


def shorten(entries, index):
    entries[index][2] = entries[index][2][:-1]


def header(change):
    def edit(entries, index):
        value = cbor.decode(entries[index][0])
        change(value)
        entries[index][0] = cbor.encode(value)

    return edit


EDITS = {
    "dropped": drop,
    "swapped": swap,
    "doubled": lambda entries, index: entries.insert(index, entries[index]),
    "cut": lambda entries, index: entries.__delitem__(slice(index, None)),
    "no entry": lambda entries, index: entries.__setitem__(index, 7),
    "withheld": withhold,
    "a field twice": lambda entries, index: entries[index][1].append(b"x"),
    "proof shortened": shorten,
    "clock set": header(lambda value: value[10].__setitem__(0, value[10][0] + 100_000)),
    "zone out of range": header(lambda value: value[10].__setitem__(1, 1081)),
    "another case": header(lambda value: value.__setitem__(5, bytes(16))),
    "another log": header(lambda value: value.__setitem__(2, bytes(16))),
    "another kind": header(lambda value: value.__setitem__(8, "inspection.closed")),
    "another number": header(lambda value: value.__setitem__(3, value[3] + 1000)),
    "of no case": header(lambda value: [value.pop(key, None) for key in (5, 6, 7)]),
    "first of all": header(lambda value: value.pop(4)),
    "unknown key": header(lambda value: value.__setitem__(15, 0)),
    "another has seen": header(lambda value: value.__setitem__(13, [[bytes(16), bytes(32), 3]])),
}


@pytest.mark.parametrize("edit", EDITS)
def test_edited_entries(out, office, trusted, copy, edit):
    """F38, F39, F43: entries dropped, swapped, repeated, rewritten."""
    for number, folder in enumerate(logs(copy)):
        path = folder / "entries.cbor"
        data = path.read_bytes()
        entries = cbor.decode(data)
        index = 1 if number % 2 else len(entries) - 2
        EDITS[edit](entries, index)
        replace(path, cbor.encode(entries))
        report = verify(str(copy), Given(trust_file=trusted))
        assert report.exit == 1
        assert outline(report.as_json()) == theirs(office, copy, "--trust", out / "trust.cbor"), (folder.name, index)
        replace(path, data)


def test_flipped_bits_of_the_zip(out, trusted):
    """F38: never green, never an exception."""
    path = str(out / "bundle.zip")
    source = FlippedFile(path)
    for number in range(60):
        bit = number * 2_654_435_761 % (8 * source.size)
        report = verify_flipped(source, bit, Given(trust_file=trusted))
        assert (report.exit, report.consistent) == (1, False), bit


def test_batch(out, tmp_path):
    """One process for a list; a line of JSON each."""
    jobs = tmp_path / "jobs"
    lines = [{"bundle": str(out / "bundle.zip"), "flip": bit} for bit in (5, None, 10_000)]
    jobs.write_text("\n".join(map(json.dumps, lines)))
    command = [sys.executable, "-m", "mzverify", "--batch", str(jobs), "--trust", str(out / "trust.cbor")]
    done = subprocess.run(command, cwd=ROOT / "tests/independent", capture_output=True, text=True)
    assert [json.loads(line)["exit"] for line in done.stdout.splitlines()] == [1, 0, 1], done.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--trust", "TRUST"], 0), ([], 2), (["--trust", "00" * 32], 1), (["--trust", "/nowhere"], 2), (["--trust", "PAPER"], 2)],
)
def test_command(out, arguments, code):
    """Exit 0, 1, 2; nothing is thrown at people."""
    names = {"TRUST": str(out / "trust.cbor"), "PAPER": str(out / "record.pdf")}
    command = [sys.executable, "-m", "mzverify", *(names.get(one, one) for one in arguments), str(out / "bundle")]
    done = subprocess.run(command, cwd=ROOT / "tests/independent", capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
