"""The hard pictures of codes that `cargo run --example badge_measure -- pictures target/qr-pictures` takes, read by PyPI's zxing-cpp,
and by the decoder that the badge page has (npm's qr).
What rqrr reads of them stands in their index; core/tests/qr.rs judges it. `… ends` takes the steps up to where readers end too."""

import json
import os
import pathlib
import subprocess

import pytest
import zxingcpp

ROOT = pathlib.Path(__file__).parent.parent.parent
FOLDER = pathlib.Path(os.environ.get("MINGZHENG_QR_PICTURES", ROOT / "target/qr-pictures"))


def read(path):
    """What zxing-cpp reads in a grey picture."""
    head, pixels = path.read_bytes().split(b"\n255\n", 1)
    width, height = map(int, head.split()[1:])
    picture = memoryview(pixels).cast("B", shape=[height, width])
    return [code.text for code in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)]


@pytest.fixture(scope="module")
def cases():
    assert FOLDER.is_dir(), f"cargo run --example badge_measure -- pictures {FOLDER} takes the pictures first"
    cases = json.loads((FOLDER / "index.json").read_text())
    words = ["node", ROOT / "web/tools/read-pictures.mjs", FOLDER]
    page = json.loads(subprocess.run(words, cwd=ROOT / "web", capture_output=True, check=True, text=True).stdout)
    for case, tries_of_page in zip(cases, page, strict=True):
        case["page"] = tries_of_page
        tries = (n for n, file in enumerate(case["files"], 1) if case["of"]["text"] in read(FOLDER / file))
        case["zxing"] = next(tries, None)
        case["rqrr"] = len(case["files"]) if case["rqrr"] else None
    return cases


def test_all_that_must_be_read_is_read_at_first_sight(cases):
    """P7, R01: all three frames with usual and longest values, after blur, glare, low light, 30° tilt, turning, at 300 pixels, as JPEG, through a grid."""
    must = [case for case in cases if case["rung"] is None]
    assert len(must) >= 70 and {case["of"]["frame"][0] for case in must} == {"1", "2", "3"}
    assert [f"frame {case['of']['frame']}: {case['row']}" for case in must if case["zxing"] != 1] == []


def test_the_page_reads_them_too(cases):
    """P7: at first sight, but for a code that stands on its corner: some of those it does not find."""
    must = [case for case in cases if case["rung"] is None and case["row"] != "turned by 45°"]
    assert [f"frame {case['of']['frame']}: {case['row']}" for case in must if case["page"] != 1] == []


def test_table(cases):
    """docs/badge.md: pictures until a reader has read all six codes, and where each reader ends."""
    lines = ["| picture | rqrr | zxing-cpp | qr (page) |", "|---|---|---|---|"]

    def worst(row, reader):
        tries = [case[reader] for case in cases if case["row"] == row and case["rung"] is None]
        if None in tries:
            return f"{len(tries) - tries.count(None)} of {len(tries)}"
        return str(max(tries))

    rows = dict.fromkeys(case["row"] for case in cases if case["rung"] is None)
    lines += [f"| {row} | {worst(row, 'rqrr')} | {worst(row, 'zxing')} | {worst(row, 'page')} |" for row in rows]
    rungs = [case for case in cases if case["rung"] is not None]
    if rungs:
        frames = list(dict.fromkeys((case["of"]["frame"], case["of"]["version"]) for case in rungs))
        names = [f"{reader}, version {version}" for _, version in frames for reader in ("rqrr", "zxing-cpp", "qr")]
        lines += ["", f"| last that is read | {' | '.join(names)} |", "|---|" + "---|" * len(names)]
        for row in dict.fromkeys(case["row"] for case in rungs):
            cells = []
            for frame, _ in frames:
                ladder = [case for case in rungs if case["row"] == row and case["of"]["frame"] == frame]
                for reader in ("rqrr", "zxing", "page"):
                    failed = next((n for n, case in enumerate(ladder) if case[reader] is None), len(ladder))
                    cells.append(ladder[failed - 1]["rung"] if failed else "none of these")
            lines.append(f"| {row} | {' | '.join(cells)} |")
    table = "\n".join(lines) + "\n"
    (FOLDER / "table.md").write_text(table)
    print(table)
    assert len(lines) > 12
