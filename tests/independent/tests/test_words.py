"""The table of findings is that of docs/verify.md."""

import re

from mzverify.findings import CANNOT_JUDGE, CHECKS, FAILED, FINDINGS, NOTE, WARNING
from place import ROOT

MARKS = {"✗": FAILED, "?": CANNOT_JUDGE, "!": WARNING, "·": NOTE}


def test_codes_weights_and_words():
    heading, found = None, {}
    titles = {english: check for check, (_, english) in CHECKS.items()}
    for line in (ROOT / "docs/verify.md").read_text().splitlines():
        if line.startswith("### "):
            heading = titles.get(line[4:])
        row = re.match(r"\| `([a-z-]+)` \| (\S) \| (.*?)<br>(.*?) \| ", line)
        if row and heading:
            found[row[1]] = (heading, MARKS[row[2]], row[3], row[4])
    assert found == FINDINGS
