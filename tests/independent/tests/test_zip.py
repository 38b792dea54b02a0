"""The zip has one form; every deviation has a name (README §10, verification.md §2)."""

import io
import struct
import zipfile
import zlib

import place  # noqa: F401
import pytest
from mzverify.report import Report
from mzverify.zipfile_canonical import read_zip


class Memory:
    def __init__(self, data):
        self.data, self.size = data, len(data)

    def read(self, offset, length):
        return bytes(self.data[offset : offset + length])


def build(files, gap=b"", hidden=(), count=None):
    """Written once more from the page, without the reader's help."""
    out, directory = b"", b""
    for name, data in files:
        fields = struct.pack("<HHHHHIIIHH", 10, 0, 0, 0, 0x21, zlib.crc32(data), len(data), len(data), len(name), 0)
        if name not in hidden:
            directory += b"PK\1\2" + struct.pack("<H", 10) + fields + struct.pack("<HHHII", 0, 0, 0, 0, len(out)) + name
        out += b"PK\3\4" + fields + name + data
    out += gap
    number = len(files) - len(hidden) if count is None else count
    return out + directory + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, number, number, len(directory), len(out), 0)


FILES = [(b"b/bag-info.txt", b"x\n"), (b"b/data/a", b"hello"), (b"b/data/b", b"")]


def findings(data):
    report = Report()
    bag = read_zip(Memory(data), report)
    bag.hash_all()
    assert bag.files or report.exit == 1
    return {(one["code"], one["subject"]) for check in report.as_json()["checks"] for one in check["findings"]}


def test_good():
    assert findings(build(FILES)) == set()


def test_every_bit_is_noticed():
    """F38: a plain zip hides about a sixth of them."""
    data = bytearray(build(FILES))
    for bit in range(8 * len(data)):
        data[bit // 8] ^= 1 << bit % 8
        assert findings(data), f"bit {bit}"
        data[bit // 8] ^= 1 << bit % 8


def stock():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("b/x", "hello" * 50)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (build(FILES)[:-1], ("zip-truncated", "zip: end")),
        (build(FILES) + b"x", ("zip-truncated", "zip: end")),
        (b"", ("zip-truncated", "zip: end")),
        (b"x" + build(FILES), ("zip-form", "zip: end")),
        (build(FILES, gap=b"gap"), ("zip-form", "zip: central directory")),
        (build(FILES, hidden=[b"b/data/b"]), ("zip-form", "zip: central directory")),
        (build(FILES, count=2), ("zip-form", "zip: central directory")),
        (build(FILES[::-1]), ("zip-form", "zip: b/data/a")),
        (build(FILES[:1] * 2), ("zip-form", "zip: b/bag-info.txt")),
        (build([(b"x", b"")]), ("zip-form", "zip: base folder")),
        (build([(b"../x", b"")]), ("zip-form", "zip: base folder")),
        (build([]), ("zip-form", "zip: base folder")),
        (build(FILES + [(b"c/x", b"")]), ("zip-form", "zip: c/x")),
        (build([(b"b/../x", b"")]), ("file-name", "../x")),
        (build([(b"b/.DS_Store", b"")]), ("file-name", ".DS_Store")),
        (stock(), ("zip-form", "zip: b/x")),
    ],
)
def test_deviation(data, found):
    assert findings(data) == {found}


def test_crc_of_content():
    data = build(FILES)
    at = data.index(b"hello")
    assert findings(data[:at] + b"hellO" + data[at + 5 :]) == {("file-changed", "data/a")}
