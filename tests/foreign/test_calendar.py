"""The calendar of the shipped pack against PyPI's chinesecalendar, which is not where its days come from: every day from 2015 to 2026."""

import csv
import datetime
import pathlib
import tomllib

import chinese_calendar

PACK = pathlib.Path(__file__).parent.parent.parent / "packs/weisheng-jiandu"
DAY = datetime.timedelta(days=1)
FIRST, LAST = datetime.date(2015, 1, 1), datetime.date(2026, 12, 31)


def listed(kind):
    """Days of a kind in all national tables; a day may stand once."""
    days = []
    for row in tomllib.loads((PACK / "pack.toml").read_text())["calendar"]:
        if "region" in row:
            continue
        for line in csv.DictReader((PACK / row["file"]).open(encoding="utf-8")):
            if line["kind"] == kind:
                day = datetime.date.fromisoformat(line["from"])
                until = datetime.date.fromisoformat(line["until"] or line["from"])
                while day <= until:
                    days.append(day)
                    day += DAY
    assert len(days) == len(set(days))
    return set(days)


def test_r50_every_day_from_2015_to_2026_is_what_another_library_says():
    off, work = listed("off"), listed("work")
    assert not off & work
    wrong, day, working_days = [], FIRST, 0
    while day <= LAST:
        ours = day in work or (day not in off and day.weekday() < 5)
        working_days += ours
        if ours != chinese_calendar.is_workday(day):
            wrong.append(f"{day}: {'work' if ours else 'off'} here, the other way there")
        day += DAY
    assert not wrong, "\n".join(wrong)
    assert working_days == 2992


def test_r50_every_year_has_its_notice():
    rows = tomllib.loads((PACK / "pack.toml").read_text())["calendar"]
    sources = {row["id"]: row for row in tomllib.loads((PACK / "sources.toml").read_text())["source"]}
    assert sorted(row["year"] for row in rows if "region" not in row) == list(range(2015, 2027))
    regions = {row["id"]: row["title"]["zh"] for row in tomllib.loads((PACK / "pack.toml").read_text())["region"]}
    for row in rows:
        source = sources[row["source"]]
        if "region" not in row:
            assert "发明电〔" in source["cite"], row["id"]
        else:
            # A region's own days are set by its own government, each year anew.
            assert source["title"]["zh"].startswith(regions[row["region"]]) or row.get("illustrative"), row["id"]
