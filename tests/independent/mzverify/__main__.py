"""``python3 -m mzverify``: exit 0 valid, 1 not valid, 2 cannot judge."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path

from . import age
from .report import Report
from .verify import FlippedFile, Given, verify, verify_flipped


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mzverify", description="离线核验案卷。 Verifies a bundle, offline.")
    parser.add_argument("bundle", nargs="?", metavar="BUNDLE", help="案卷文件夹或压缩包 folder or zip")
    parser.add_argument("--trust", metavar="FILE|FINGERPRINT", help="所信任机关的信任清单或根指纹 the organ that you trust")
    parser.add_argument("--identity", metavar="FILE", help="收件人的 age 身份 the recipient's age identity")
    parser.add_argument("--checkpoint", metavar="TEXT|FILE", help="您所持的检查点 a checkpoint that you hold")
    parser.add_argument("--proof", metavar="FILE", help="该检查点的一致性证明 its proof of consistency")
    parser.add_argument("--json", action="store_true", help="机器可读 machine-readable")
    parser.add_argument("--batch", metavar="LIST", help="one JSON object a line: {\"bundle\": path, \"flip\": bit or null}")
    found = parser.parse_args()
    if (found.bundle is None) == (found.batch is None):
        parser.error("BUNDLE or --batch LIST")
    return found


def _given(arguments: argparse.Namespace) -> Given:
    trust_file = root = identities = checkpoint = proof = None
    if arguments.trust is not None:
        digits = re.sub(r"\s", "", arguments.trust).lower()
        if re.fullmatch(r"[0-9a-f]{64}", digits) and not os.path.exists(arguments.trust):
            root = bytes.fromhex(digits)
        else:
            trust_file = Path(arguments.trust).read_bytes()
    if arguments.identity is not None:
        identities = age.read_identities(Path(arguments.identity).read_text(encoding="utf-8"))
    if arguments.checkpoint is not None:
        path = Path(arguments.checkpoint)
        try:
            checkpoint = path.read_bytes()
        except (OSError, ValueError):
            checkpoint = arguments.checkpoint.encode("utf-8", "replace")
    if arguments.proof is not None:
        proof = Path(arguments.proof).read_bytes()
    return Given(trust_file, root, identities, checkpoint, proof)


def _line(report: Report) -> str:
    return json.dumps(report.as_json(), ensure_ascii=False)


def _batch(path: str, given: Given) -> int:
    """One report a line; the zip that flips are made in stays in memory from line to line."""
    held: tuple[str, FlippedFile] | None = None
    worst = 0
    with open(path, encoding="utf-8") as listed:
        for text in listed:
            if not text.strip():
                continue
            job = json.loads(text)
            bit = job.get("flip")
            if bit is None:
                report = verify(job["bundle"], given)
            else:
                if held is None or held[0] != job["bundle"]:
                    held = (job["bundle"], FlippedFile(job["bundle"]))
                report = verify_flipped(held[1], bit, given)
            print(_line(report))
            worst = max(worst, report.exit)
    return worst


def main() -> int:
    """The command."""
    arguments = _arguments()
    try:
        given = _given(arguments)
        if arguments.batch is not None:
            return _batch(arguments.batch, given)
        report = verify(arguments.bundle, given)
    except (OSError, age.NotOpened, UnicodeDecodeError, json.JSONDecodeError, KeyError) as error:
        print(f"mzverify: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    print(_line(report) if arguments.json else report.as_text())
    return report.exit


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 2
    sys.exit(code)
