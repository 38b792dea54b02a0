//! Counting tests: each runner's own report is read, none is trusted for its exit code alone.

use std::path::Path;

/// What a stage's tests came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    /// Each skipped test with its reason.
    pub(crate) skipped: Vec<String>,
}

impl Count {
    pub(crate) fn passed(passed: usize) -> Self {
        Self { passed, ..Self::default() }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped.extend(other.skipped);
    }
}

/// `cargo test`: `test result: ok. 5 passed; 0 failed; 1 ignored; …` once a binary, `test x ... ignored, reason`.
pub(crate) fn libtest(output: &str) -> Count {
    let mut count = Count::default();
    for line in output.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("test result: ") {
            count.passed += number_before(rest, " passed");
            count.failed += number_before(rest, " failed");
        } else if let Some((name, reason)) = line.strip_prefix("test ").and_then(|rest| rest.split_once(" ... ignored")) {
            count.skipped.push(skip(name, reason.trim_start_matches(", ")));
        }
    }
    count
}

/// `node --test` with the TAP reporter: the totals at the end, `ok 3 - name # SKIP reason`.
pub(crate) fn tap(output: &str) -> Count {
    let mut count = Count::default();
    for line in output.lines().map(str::trim) {
        if let Some(number) = line.strip_prefix("# pass ") {
            count.passed += number.parse().unwrap_or(0);
        } else if let Some(number) = line.strip_prefix("# fail ").or_else(|| line.strip_prefix("# cancelled ")) {
            count.failed += number.parse().unwrap_or(0);
        } else if let Some((name, reason)) = line.strip_prefix("ok ").and_then(|rest| rest.split_once(" # SKIP")) {
            count.skipped.push(skip(name.split_once(" - ").map_or(name, |(_, name)| name), reason));
        }
    }
    count
}

/// `pytest -rs`: `=== 1 failed, 3 passed, 1 skipped in 0.1s ===`, `SKIPPED [1] file.py:3: reason`.
pub(crate) fn pytest(output: &str) -> Count {
    let mut count = Count::default();
    for line in output.lines() {
        if let Some(rest) = line.strip_prefix("SKIPPED ") {
            let times = rest.trim_start_matches('[').split(']').next().and_then(|n| n.parse().ok()).unwrap_or(1);
            let (place, reason) = rest.split_once("] ").and_then(|(_, rest)| rest.split_once(": ")).unwrap_or((rest, ""));
            count.skipped.extend(std::iter::repeat_n(skip(place, reason), times));
        } else if line.contains(" in ") && line.trim_matches(['=', ' ']).starts_with(|c: char| c.is_ascii_digit()) {
            count.passed += number_before(line, " passed");
            count.failed += number_before(line, " failed") + number_before(line, " error");
        }
    }
    count
}

/// `swift test`: XCTest's `Test Case 'T.x' passed (…)` and Swift Testing's `✔ Test x() passed after …`.
pub(crate) fn swift(output: &str) -> Count {
    let mut count = Count::default();
    let mut reason = "";
    for line in output.lines().map(str::trim) {
        if let Some((_, text)) = line.split_once(" : Test skipped") {
            reason = text.trim_start_matches([' ', '-', ':']);
        } else if let Some((name, end)) = line.strip_prefix("Test Case '").and_then(|rest| rest.split_once("' ")) {
            match end.split(' ').next() {
                Some("passed") => count.passed += 1,
                Some("failed") => count.failed += 1,
                Some("skipped") => count.skipped.push(skip(name, std::mem::take(&mut reason))),
                _ => {}
            }
        } else if let Some((_, rest)) = line.split_once(" Test ").filter(|(sign, _)| sign.chars().count() == 1) {
            if rest.starts_with("run ") {
                continue;
            } else if rest.contains(" passed after ") {
                count.passed += 1;
            } else if rest.contains(" failed after ") {
                count.failed += 1;
            } else if let Some((name, why)) = rest.split_once(" skipped") {
                count.skipped.push(skip(name, why.trim_start_matches([':', ' ']).trim_end_matches('.').trim_matches('"')));
            }
        }
    }
    count
}

/// Surefire's `TEST-*.xml` files in a folder.
pub(crate) fn surefire(folder: &Path) -> Result<Count, String> {
    let mut count = Count::default();
    let entries = folder.read_dir().map_err(|error| format!("no test reports in {}: {error}", folder.display()))?;
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "xml")) {
        count.add(surefire_file(&std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?));
    }
    Ok(count)
}

fn surefire_file(xml: &str) -> Count {
    let mut count = Count::default();
    for case in xml.split("<testcase").skip(1) {
        let case = case.split("</testcase>").next().unwrap_or(case);
        let (head, body) = case.split_once('>').unwrap_or((case, ""));
        if head.ends_with('/') {
            count.passed += 1;
        } else if let Some((_, skipped)) = body.split_once("<skipped") {
            let reason = attribute(skipped.split('>').next().unwrap_or(""), "message");
            count.skipped.push(skip(&format!("{}.{}", attribute(head, "classname"), attribute(head, "name")), &reason));
        } else if body.contains("<failure") || body.contains("<error") {
            count.failed += 1;
        } else {
            count.passed += 1;
        }
    }
    count
}

fn attribute(head: &str, name: &str) -> String {
    let value = head.split_once(&format!(" {name}=\"")).and_then(|(_, rest)| rest.split_once('"')).map_or("", |(value, _)| value);
    value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// The number that stands directly before a word.
fn number_before(text: &str, word: &str) -> usize {
    let digits = text.split(word).next().filter(|before| before.len() < text.len()).unwrap_or("");
    digits.rsplit(|c: char| !c.is_ascii_digit()).next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn skip(name: &str, reason: &str) -> String {
    format!("{}: {}", name.trim(), if reason.trim().is_empty() { "no reason given" } else { reason.trim() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(passed: usize, failed: usize, skipped: &[&str]) -> Count {
        Count { passed, failed, skipped: skipped.iter().map(|text| (*text).to_owned()).collect() }
    }

    #[test]
    fn libtest_sums_binaries_and_names_the_ignored() {
        let output = "running 3 tests\ntest a ... ok\ntest log::b ... ignored, needs a phone\ntest c ... FAILED\n\
            test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out\n";
        assert_eq!(libtest(output), count(13, 1, &["log::b: needs a phone"]));
        assert_eq!(libtest("error: could not compile"), Count::default());
    }

    #[test]
    fn tap_reads_totals_and_skips() {
        let output = "TAP version 13\nok 1 - x\n    ok 2 - inner # SKIP no camera\n# tests 4\n# suites 1\n# pass 2\n# fail 1\n# cancelled 0\n# skipped 1\n";
        assert_eq!(tap(output), count(2, 1, &["inner: no camera"]));
    }

    #[test]
    fn pytest_reads_its_last_line() {
        let output = "SKIPPED [2] test_a.py:7: no age here\n====== 1 failed, 3 passed, 2 skipped, 1 error in 0.21s ======\n";
        assert_eq!(pytest(output), count(3, 2, &["test_a.py:7: no age here", "test_a.py:7: no age here"]));
        assert_eq!(pytest("7 passed in 1.02s\n"), count(7, 0, &[]));
        assert_eq!(pytest("no tests ran in 0.01s\n"), Count::default());
    }

    #[test]
    fn swift_counts_both_frameworks_once() {
        let output = "Test Case 'T.testBad' started at 2026-11-22 05:15:44.515\nTest Case 'T.testBad' failed (0.108 seconds)\n\
            /w/T.swift:5: T.testSkip : Test skipped - no camera here\nTest Case 'T.testSkip' skipped (0.0 seconds)\n\
            Test Case 'T.testTwice' passed (0.0 seconds)\n\t Executed 3 tests, with 1 test skipped and 1 failure (0 unexpected)\n\
            ◇ Test run started.\n◇ Test modern() started.\n✘ Test off() skipped: \"why not\"\n✔ Test modern() passed after 0.001 seconds.\n\
            ✔ Test \"读 badge\" passed after 0.1 seconds.\n✘ Test two() failed after 0.1 seconds with 1 issue.\n✔ Suite S passed after 1 seconds.\n\
            ✔ Test run with 4 tests passed after 0.001 seconds.\n";
        assert_eq!(swift(output), count(3, 2, &["T.testSkip: no camera here", "off(): why not"]));
    }

    #[test]
    fn surefire_reads_cases() {
        let xml = r#"<testsuite tests="4" errors="1" skipped="1" failures="1"><properties/>
            <testcase name="good" classname="x.Y" time="0.1"/>
            <testcase name="loud" classname="x.Y" time="0.1"><system-out><![CDATA[hello]]></system-out></testcase>
            <testcase name="off" classname="x.Y"><skipped message="no &quot;phone&quot;"/></testcase>
            <testcase name="bad" classname="x.Y"><failure message="a &gt; b" type="E">trace</failure></testcase>
            <testcase name="worse" classname="x.Y"><error type="E">trace</error></testcase></testsuite>"#;
        assert_eq!(surefire_file(xml), count(2, 2, &["x.Y.off: no \"phone\""]));
    }
}
