"""The exported case: BagIt by the Library of Congress' tool, sealed evidence by the stock age tool."""

import hashlib
import pathlib
import subprocess
import zipfile

import bagit
import pytest


@pytest.mark.parametrize("name", ["bundle", "open"])
def test_bagit_accepts(out, name):
    bagit.Bag(str(out / name)).validate()


def test_bagit_refuses_a_changed_byte(out, tmp_path):
    copy = tmp_path / "bag"
    subprocess.run(["cp", "-r", out / "bundle", copy], check=True)
    victim = next(path for path in sorted((copy / "data").rglob("*")) if path.is_file() and path.stat().st_size > 0)
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.write_bytes(data)
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(copy)).validate()


def test_zip_holds_the_same_files(out):
    folder = out / "bundle"
    clear = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with zipfile.ZipFile(out / "bundle.zip") as bundle:
        packed = {name: bundle.read(name) for name in bundle.namelist() if not name.endswith("/")}
    prefix = {name.split("/")[0] for name in packed}
    if len(prefix) == 1:
        packed = {name.split("/", 1)[1]: data for name, data in packed.items()}
    assert packed == clear


BEGINNINGS = {".jpg": b"\xff\xd8", ".wav": b"RIFF"}


def test_age_opens_the_evidence_to_the_exact_files(out):
    sealed = sorted((out / "bundle/data/evidence").glob("*.age"))
    assert len(sealed) >= 6
    files = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (out / "open/data/evidence").iterdir()}
    for path in sealed:
        opened = subprocess.run(["age", "-d", "-i", out / "recipient.age-identity", path], check=True, capture_output=True).stdout
        assert hashlib.sha256(opened).hexdigest() in files, path.name
        beginning = BEGINNINGS[path.with_suffix("").suffix]
        assert opened.startswith(beginning), f"{path.name} begins with {opened[:4]!r}"


def verify(office, *arguments):
    return subprocess.run([office, "verify", *arguments], capture_output=True, text=True)


@pytest.mark.parametrize("name", ["bundle", "bundle.zip", "open"])
def test_verify_with_trust(out, office, name):
    done = verify(office, "--trust", out / "trust.cbor", out / name)
    assert done.returncode == 0, done.stdout + done.stderr


def test_verify_without_trust_cannot_judge(out, office):
    done = verify(office, out / "bundle")
    assert done.returncode == 2, done.stdout + done.stderr


def test_verify_names_every_kind_of_changed_file(out, office, tmp_path):
    """One byte in one file of each kind that a bundle has: exit 1, and the file's name is said."""
    kinds = {}
    for path in sorted((out / "bundle/data").rglob("*")):
        if path.is_file() and path.stat().st_size > 0:
            kinds.setdefault((path.parent.name if path.parent.name != "data" else path.name, path.suffix), path)
    assert len(kinds) >= 6
    copy = tmp_path / "bag"
    subprocess.run(["cp", "-r", out / "bundle", copy], check=True)
    for original in kinds.values():
        victim = copy / pathlib.Path(original).relative_to(out / "bundle")
        data = bytearray(original.read_bytes())
        data[len(data) // 2] ^= 1
        victim.write_bytes(data)
        done = verify(office, "--trust", out / "trust.cbor", copy)
        assert done.returncode == 1, f"{victim.name}: {done.returncode}\n{done.stdout}"
        assert victim.name in done.stdout, f"{victim.name} is not named:\n{done.stdout}"
        victim.write_bytes(original.read_bytes())
