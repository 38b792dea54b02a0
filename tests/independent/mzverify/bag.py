"""The files of a bundle (verification.md §2; README §10): where their bytes are, one streaming pass over each."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from .report import Report

MAX_FOLDERS = 8
MAX_FILES = 100_000
KIB, MIB = 1 << 10, 1 << 20

_BLOCK = 1 << 18
_AGE_HEADER = 8 * KIB
_AGE_LAST_LINE = re.compile(rb"(?:^|\n)--- [^\n]{43}\n")
_PATH = re.compile(r"[a-z0-9._/-]{1,200}\Z")
_DROPPINGS = {".DS_Store", "Thumbs.db", "desktop.ini", ".directory"}


def allowed(path: str) -> bool:
    """Whether a bundle may hold such a path."""
    return bool(_PATH.match(path)) and all(part.strip(".") for part in path.split("/"))


class File(Protocol):
    """A file somewhere: on disk, or a stretch of a zip."""

    length: int
    sha256: bytes
    payload: bytes | None
    crc: int

    def blocks(self) -> Iterator[bytes]:
        """Its bytes in order."""


class DiskFile:
    """A plain file of a folder."""

    sha256 = b""
    payload: bytes | None = None
    crc = 0

    def __init__(self, path: str) -> None:
        self._path = path
        self.length = os.stat(path).st_size

    def blocks(self) -> Iterator[bytes]:
        """Its bytes in order."""
        with open(self._path, "rb", buffering=0) as file:
            while block := file.read(_BLOCK):
                yield block


def digest(file: File, sealed: bool) -> None:
    """One pass: length, SHA-256, CRC-32 and, for sealed files, the digest of what follows the age header."""
    whole = hashlib.sha256()
    payload = None
    begin = b""
    searching = sealed
    length = crc = 0
    for block in file.blocks():
        whole.update(block)
        crc = zlib.crc32(block, crc)
        length += len(block)
        if searching:
            begin += block
            if found := _AGE_LAST_LINE.search(begin[:_AGE_HEADER]):
                payload = hashlib.sha256(begin[found.end() :])
                searching, begin = False, b""
            elif len(begin) >= _AGE_HEADER:
                searching, begin = False, b""
        elif payload is not None:
            payload.update(block)
    file.length, file.sha256, file.crc = length, whole.digest(), crc
    file.payload = payload.digest() if payload is not None else None


class Bag:
    """All files of a bundle by path. What cannot be read is a finding and is not among them."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.files: dict[str, File] = {}
        self.zipped: dict[str, int] = {}
        self._damaged: set[str] = set()

    def hash_all(self) -> None:
        """Every file once, in threads: hashlib and zlib let the others run meanwhile."""

        def one(path: str) -> tuple[str, OSError | None]:
            try:
                digest(self.files[path], path.endswith(".age"))
                return path, None
            except OSError as error:
                return path, error

        paths = sorted(self.files)
        small = sum(self.files[path].length for path in paths) < 4 * MIB
        if small:
            results = list(map(one, paths))
        else:
            with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
                results = list(pool.map(one, paths))
        for path, error in results:
            if error is not None:
                self.report.add("file-unreadable", path, type(error).__name__)
                del self.files[path]
            elif path in self.zipped and self.files[path].crc != self.zipped[path]:
                self.report.add("file-changed", path, "CRC-32")
                self._damaged.add(path)

    def read(self, path: str, limit: int) -> bytes | None:
        """A whole file, if it is there and not longer than its kind may be."""
        file = self.files.get(path)
        if file is None or path in self._damaged:
            return None
        if file.length > limit:
            self.report.add("file-too-large", path, f"{file.length} > {limit}")
            return None
        try:
            return b"".join(file.blocks())
        except OSError as error:
            self.report.add("file-unreadable", path, type(error).__name__)
            return None

    def needed(self, path: str, limit: int) -> bytes | None:
        """The same; its absence is a finding."""
        if path not in self.files:
            self.report.add_once("file-missing", path)
        return self.read(path, limit)

    def below(self, folder: str) -> list[str]:
        """The paths below a folder (with its ``/``), sorted."""
        return sorted(path for path in self.files if path.startswith(folder))


def read_folder(root: str, report: Report) -> Bag:
    """All plain files below a folder."""
    bag = Bag(report)
    count = 0
    pending: list[tuple[str, str, int]] = [(root, "", 0)]
    while pending:
        folder, prefix, depth = pending.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            report.add("file-unreadable", prefix.rstrip("/"), type(error).__name__)
            continue
        for entry in entries:
            name = os.fsencode(entry.name).decode("utf-8", "replace")
            path = prefix + name
            try:
                mode = entry.stat(follow_symlinks=False).st_mode
            except OSError as error:
                report.add("file-unreadable", path, type(error).__name__)
                continue
            if name in _DROPPINGS or name.startswith("._") or path == "__MACOSX":
                report.add("file-dropping", path)
            elif stat.S_ISDIR(mode):
                if depth >= MAX_FOLDERS or not allowed(path):
                    report.add("file-name", path)
                    continue
                pending.append((entry.path, path + "/", depth + 1))
            elif not stat.S_ISREG(mode):
                report.add("file-kind", path)
            elif not allowed(path):
                report.add("file-name", path)
            else:
                count += 1
                if count > MAX_FILES:
                    report.add("too-many", path)
                    return bag
                try:
                    bag.files[path] = DiskFile(entry.path)
                except OSError as error:
                    report.add("file-unreadable", path, type(error).__name__)
    return bag
