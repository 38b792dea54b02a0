"""Exact shapes of decoded objects: which keys a map may have and what each value must be (CDDL of README)."""

from __future__ import annotations

import re
from collections.abc import Callable

Test = Callable[[object], bool]

_HEX = re.compile(r"[0-9a-f]*\Z")


def whole(value: object) -> bool:
    """An integer (``int`` of CDDL, ``ms``)."""
    return isinstance(value, int) and not isinstance(value, bool)


def unsigned(value: object) -> bool:
    """``uint``."""
    return whole(value) and value >= 0  # type: ignore[operator]


def text(value: object) -> bool:
    """``text``."""
    return isinstance(value, str)


def octets(value: object) -> bool:
    """``bytes``."""
    return isinstance(value, bytes)


def flag(value: object) -> bool:
    """``bool``."""
    return isinstance(value, bool)


def sized(length: int) -> Test:
    """``bytes .size length``."""
    return lambda value: isinstance(value, bytes) and len(value) == length


ident = sized(16)
digest = sized(32)


def constant(wanted: object) -> Test:
    """One value and no other; ``True`` is not ``1``."""
    return lambda value: type(value) is type(wanted) and value == wanted


def among(*wanted: str) -> Test:
    """One of some texts."""
    return lambda value: isinstance(value, str) and value in wanted


def maybe(test: Test) -> Test:
    """``… / null``."""
    return lambda value: value is None or test(value)


def each(test: Test, least: int = 0, most: int | None = None) -> Test:
    """An array of such items."""
    return lambda value: (
        isinstance(value, list) and least <= len(value) and (most is None or len(value) <= most) and all(map(test, value))
    )


def row(*tests: Test) -> Test:
    """An array of exactly these items."""
    return lambda value: (
        isinstance(value, list) and len(value) == len(tests) and all(test(part) for test, part in zip(tests, value))
    )


def table(key: Test, part: Test) -> Test:
    """A map of any size."""
    return lambda value: isinstance(value, dict) and all(key(k) and part(v) for k, v in value.items())


def exactly(needed: dict, optional: dict | None = None) -> Test:
    """A map with these keys and no others."""
    optional = optional or {}

    def test(value: object) -> bool:
        if not isinstance(value, dict) or not needed.keys() <= value.keys():
            return False
        for key, part in value.items():
            wanted = needed.get(key) or optional.get(key)
            if wanted is None or not wanted(part):
                return False
        return True

    return test


def hexadecimal(value: object, length: int) -> bytes | None:
    """The bytes of a lower-case hex text of one length, or nothing."""
    if isinstance(value, str) and len(value) == 2 * length and _HEX.match(value):
        return bytes.fromhex(value)
    return None


def day(value: object) -> bool:
    """``yyyymmdd`` (README §4.1): a year from 1900, a month, a day up to 31."""
    if not unsigned(value):
        return False
    year, month, date = value // 10000, value // 100 % 100, value % 100  # type: ignore[operator]
    return 1900 <= year <= 9999 and 1 <= month <= 12 and 1 <= date <= 31
