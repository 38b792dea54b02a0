"""The record on paper, read by poppler: every fact can be copied out as text."""

import subprocess


def squeeze(text):
    return "".join(text.split())


def squeezed(paper, order):
    return squeeze(subprocess.run(["pdftotext", order, paper, "-"], check=True, capture_output=True, text=True).stdout)


def test_every_chinese_fact_is_text(out, summary):
    """`record_facts` of summary.json is what the fold says; poppler must find each on the pages."""
    flat = "".join(squeezed(out / "record.pdf", order) for order in ("-raw", "-layout"))
    facts = summary["record_facts"]
    assert len(facts) >= 12
    missing = [fact for fact in facts if squeeze(fact) not in flat]
    assert not missing, f"not on the pages: {missing}"
    assert "现场检查笔录" in flat


def test_facts_are_attached(out, tmp_path):
    listed = subprocess.run(["pdfdetach", "-list", out / "record.pdf"], check=True, capture_output=True, text=True).stdout
    assert not listed.startswith("0 "), listed
