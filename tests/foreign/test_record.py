"""The record on paper, read by poppler: every fact can be copied out as text."""

import subprocess


def test_every_chinese_fact_is_text(out, summary):
    """`record_facts` of summary.json is what the fold says; poppler must find each on the pages."""
    text = subprocess.run(["pdftotext", "-layout", out / "record.pdf", "-"], check=True, capture_output=True, text=True).stdout
    flat = "".join(text.split())
    facts = summary["record_facts"]
    assert len(facts) >= 12
    missing = [fact for fact in facts if "".join(fact.split()) not in flat]
    assert not missing, f"not on the pages: {missing}"
    assert "现场检查笔录" in flat


def test_facts_are_attached(out, tmp_path):
    listed = subprocess.run(["pdfdetach", "-list", out / "record.pdf"], check=True, capture_output=True, text=True).stdout
    assert not listed.startswith("0 "), listed
