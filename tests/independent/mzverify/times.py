"""Between which outside moments entries were made, and where the phone's clock disagrees (verification.md §8)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from .device import Device
from .report import Report

TOLERANCE = 60_000


def shown(ms: int) -> str:
    """A moment for people, in UTC."""
    try:
        return (datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=ms)).isoformat(timespec="seconds")
    except OverflowError:
        return f"{ms} ms"


def check(report: Report, devices: list[Device], anchors: dict[bytes, int]) -> None:
    """All logs."""
    for device in devices:
        report.checked("times", len(device.entries))
        _bounds(report, device)
        _steps(report, device)
        _anchored(report, device, anchors)


def _bounds(report: Report, device: Device) -> None:
    before, since = 0, "…"
    for checkpoint in device.received():
        assert checkpoint.receipt is not None
        received = checkpoint.receipt.at
        stretch = [entry for entry in device.entries if before <= entry.seq < checkpoint.size]
        if stretch:
            detail = f"#{stretch[0].seq}–#{stretch[-1].seq}: {since} … {shown(received)}"
            report.add("interval", device.path, detail)
            latest = max(reversed(stretch), key=lambda entry: entry.wall)
            if latest.wall > received + TOLERANCE:
                report.add("clock-ahead", latest.subject)
        before, since = max(before, checkpoint.size), shown(received)


def _steps(report: Report, device: Device) -> None:
    for a, b in zip(device.entries, device.entries[1:]):
        step = b.wall - a.wall
        jump = step - (b.clocks[2] - a.clocks[2]) if a.clocks[3] == b.clocks[3] else min(step, 0)
        if abs(jump) > TOLERANCE:
            report.add("clock-jump", b.subject, f"{jump} ms")
    if device.enrolment is not None:
        for entry in device.entries:
            if entry.wall < device.enrolment["at"] - TOLERANCE:
                report.add("clock-behind", entry.subject)
                break


def _anchored(report: Report, device: Device, anchors: dict[bytes, int]) -> None:
    for entry in device.entries:
        anchor = entry.clocks[4]
        if anchor is None or anchor[0] not in anchors:
            continue
        office = anchors[anchor[0]] + anchor[1]
        if entry.wall > office + TOLERANCE:
            report.add("clock-ahead", entry.subject)
        elif entry.wall < office - TOLERANCE:
            report.add("clock-behind", entry.subject)
