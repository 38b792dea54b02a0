//! `docs/coverage.md` and `docs/rules.md`: which duty and which rule is named by which tests, read from the names of the tests themselves.

use crate::place::Place;
use crate::say;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const DUTIES: &str = "docs/duties.md";
const COVERAGE: &str = "docs/coverage.md";
const RULES: &str = "docs/rules.md";
const FOLDERS: [&str; 9] =
    ["core", "office", "bindings", "android/src", "ios/Sources", "ios/App", "ios/Tests", "web/test", "tests"];

/// A row of `docs/duties.md`.
struct Duty {
    id: String,
    place: String,
    priority: String,
    zh: String,
    en: String,
    open: String,
}

/// A test that names a number.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Test {
    file: String,
    name: String,
}

/// Whether both pages are as they should be.
pub(crate) fn is_current(place: &Place) -> Result<bool, String> {
    let same = |(name, text): &(&str, String)| fs::read_to_string(place.root.join(name)).is_ok_and(|is| is == *text);
    Ok(pages(&place.root)?.iter().all(same))
}

/// Writes both pages.
pub(crate) fn write(place: &Place) -> Result<bool, String> {
    for (name, text) in &pages(&place.root)? {
        fs::write(place.root.join(name), text).map_err(|error| format!("{name}: {error}"))?;
        say::line(&format!("written: {name}"));
    }
    Ok(true)
}

fn pages(root: &Path) -> Result<[(&'static str, String); 2], String> {
    let duties = duties(&fs::read_to_string(root.join(DUTIES)).map_err(|error| format!("{DUTIES}: {error}"))?)?;
    let mut found = Found::default();
    for folder in FOLDERS {
        found.folder(root, &root.join(folder))?;
    }
    Ok([(COVERAGE, coverage(&duties, &found)), (RULES, rules(&duties, &found))])
}

fn duties(text: &str) -> Result<Vec<Duty>, String> {
    let rows = text.lines().filter(|line| line.starts_with("| R") || line.starts_with("| J"));
    rows.map(|line| {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
        let [id, place, priority, zh, en, open] = cells.try_into().map_err(|_| format!("{DUTIES}: not six cells: {line}"))?;
        Ok(Duty { id, place, priority, zh, en, open })
    })
    .collect()
}

#[derive(Default)]
struct Found {
    tests: BTreeMap<String, BTreeSet<Test>>,
    /// Where a rule is refused: files with a gate of that name.
    gates: BTreeMap<String, BTreeSet<String>>,
}

impl Found {
    fn folder(&mut self, root: &Path, folder: &Path) -> Result<(), String> {
        let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut paths: Vec<_> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() {
                if !["target", "node_modules", "build", "Generated", "fixtures"].contains(&name) {
                    self.folder(root, &path)?;
                }
                continue;
            }
            let Some(kind) = ["rs", "kt", "swift", "mjs"].into_iter().find(|kind| name.ends_with(&format!(".{kind}"))) else {
                continue;
            };
            let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let file = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            for (name, told) in tests(kind, &text) {
                for id in numbers(&told) {
                    self.tests.entry(id).or_default().insert(Test { file: file.clone(), name: name.clone() });
                }
            }
            if kind == "rs" && !file.contains("test") {
                for id in quoted(&text) {
                    self.gates.entry(id).or_default().insert(file.clone());
                }
            }
        }
        Ok(())
    }
}

/// The tests of a file: name, and what names numbers: the name itself and the comment right above.
fn tests(kind: &str, text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let (mut above, mut marked) = (String::new(), false);
    for line in text.lines().map(str::trim) {
        if line.starts_with("///") || line.starts_with("/**") || line.starts_with("* ") {
            above.push_str(line);
            above.push(' ');
        } else if line.starts_with("#[test]") || line.starts_with("#[tokio::test") || line.starts_with("@Test") {
            marked = true;
            // Kotlin and Swift may go on in the same line.
            if let Some(name) = function(line) {
                found.push((name.clone(), format!("{above} {name}")));
                (above, marked) = (String::new(), false);
            }
        } else if line.starts_with("#[") || line.starts_with('@') {
        } else {
            let name = match kind {
                "mjs" => script(line),
                "swift" => function(line).filter(|name| marked || name.starts_with("test")),
                _ => function(line).filter(|_| marked),
            };
            if let Some(name) = name {
                found.push((name.clone(), format!("{above} {name}")));
            }
            (above, marked) = (String::new(), false);
        }
    }
    found
}

/// The name of a function that is declared in the line.
fn function(line: &str) -> Option<String> {
    let rest = ["fn ", "fun ", "func "].iter().find_map(|word| {
        let at = line.find(word)?;
        let free = line[..at].chars().next_back().is_none_or(|c| c == ' ');
        free.then(|| &line[at + word.len()..])
    })?;
    let name = match rest.strip_prefix('`') {
        Some(quoted) => quoted.split('`').next()?,
        None => rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()?,
    };
    (!name.is_empty()).then(|| name.to_owned())
}

/// The title of a test of Node.
fn script(line: &str) -> Option<String> {
    let rest = line.trim_start_matches("await ").trim_start_matches("t.");
    let rest = rest.strip_prefix("test(").or_else(|| rest.strip_prefix("it("))?;
    let quote = rest.chars().next().filter(|c| "\"'`".contains(*c))?;
    rest[1..].split(quote).next().map(str::to_owned)
}

/// R, J and F numbers in a text, as `R03`, `J1`, `F41`; several of a kind may follow (`R01–R09` counts its ends only).
fn numbers(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()) {
        let word = word.strip_prefix("test").unwrap_or(word);
        let mut chars = word.chars();
        let (Some(kind), digits) = (chars.next().map(|c| c.to_ascii_uppercase()), chars.as_str()) else { continue };
        // A name in camel case goes on after its number.
        let digits: String = digits.chars().take_while(char::is_ascii_digit).collect();
        let rest = &word[1 + digits.len()..];
        if "RJF".contains(kind) && (1..=2).contains(&digits.len()) && rest.chars().next().is_none_or(|c| c.is_ascii_uppercase()) {
            let number: u32 = digits.parse().unwrap_or(0);
            found.insert(if kind == 'J' { format!("J{number}") } else { format!("{kind}{number:02}") });
        }
    }
    found
}

/// Rules that stand as a whole literal: the name of a gate.
fn quoted(text: &str) -> BTreeSet<String> {
    let pieces = text.split('"').skip(1).step_by(2);
    pieces.filter(|p| p.len() <= 3).flat_map(|p| numbers(p).into_iter().filter(move |id| id == p)).collect()
}

fn list(tests: Option<&BTreeSet<Test>>) -> String {
    let Some(tests) = tests else { return "–".to_owned() };
    let mut of: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for test in tests {
        of.entry(&test.file).or_default().push(&test.name);
    }
    let files = of.iter().map(|(file, names)| match names.as_slice() {
        [one] => format!("[{}](../{file}) `{one}`", short(file)),
        many => format!("[{}](../{file}) ×{}", short(file), many.len()),
    });
    files.collect::<Vec<_>>().join("<br>")
}

fn short(file: &str) -> &str {
    file.strip_prefix("android/src/test/kotlin/cn/mingzheng/app/").unwrap_or(file)
}

const MADE: &str = "Made by `cargo xtask coverage` from [duties.md](duties.md) and the names of the tests; do not edit.\n";

fn coverage(duties: &[Duty], found: &Found) -> String {
    let mut out = format!(
        "# Coverage\n\n{MADE}\nA test counts when its name, or the comment right above it, carries the number. A row without tests is not built, or not shown.\n"
    );
    for (kind, title) in [('R', "Duties"), ('J', "Rules")] {
        let rows: Vec<_> = duties.iter().filter(|d| d.id.starts_with(kind)).collect();
        let named = rows.iter().filter(|d| found.tests.contains_key(&d.id)).count();
        let whole = rows.iter().filter(|d| found.tests.contains_key(&d.id) && d.open.is_empty()).count();
        let _ =
            write!(out, "\n## {title}\n\n{} rows; {named} named by tests, {whole} of them without a known gap.\n\n", rows.len());
        out.push_str("| no | where | priority | what | state | tests |\n|---|---|---|---|---|---|\n");
        for d in rows {
            let state = match (found.tests.contains_key(&d.id), d.open.as_str()) {
                (true, "") => "built".to_owned(),
                (true, open) => format!("partly; open: {open}"),
                (false, "" | "all") => "**not built**".to_owned(),
                (false, open) => format!("**not shown**; open: {open}"),
            };
            let tests = list(found.tests.get(&d.id));
            let _ = writeln!(out, "| {} | {} | {} | {} {} | {state} | {tests} |", d.id, d.place, d.priority, d.zh, d.en);
        }
    }
    out
}

fn rules(duties: &[Duty], found: &Found) -> String {
    let mut out = format!(
        "# Rules\n\n{MADE}\nA rule that is broken closes a gate: a value with the rule, its legal basis, what is missing and the lawful way on. Shells show gates; they never decide them.\n\n| rule | says | refused in | tests |\n|---|---|---|---|\n"
    );
    let gated = duties.iter().filter(|d| d.id.starts_with('J') || found.gates.contains_key(&d.id));
    for d in gated {
        let places = found
            .gates
            .get(&d.id)
            .map(|files| files.iter().map(|file| format!("[{0}](../{0})", file)).collect::<Vec<_>>().join("<br>"));
        let places = places.unwrap_or_else(|| "–".to_owned());
        let _ = writeln!(out, "| {} | {}<br>{} | {places} | {} |", d.id, d.zh, d.en, list(found.tests.get(&d.id)));
    }
    out
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)] // tests fail by panicking
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_every_way_they_are_written() {
        let of = |text: &str| numbers(text).into_iter().collect::<Vec<_>>();
        assert_eq!(of("j1_j3_r01_a_badge"), ["J1", "J3", "R01"]);
        assert_eq!(of("testR05Training"), ["R05"]);
        assert_eq!(of("P7 F41: a screenshot (R01–R03)"), ["F41", "R01", "R03"]);
        assert_eq!(of("rfc8152 for 3 jobs, rows1, r2d2"), [""; 0]);
    }

    #[test]
    fn tests_are_found_and_other_functions_are_not() {
        let rust = "fn r01_no_test() {}\n/// J2 in a comment\n#[test]\n#[ignore]\nfn a_name() {}\n#[test]\nfn r03_x() {}\n";
        let found = super::tests("rs", rust);
        assert_eq!(found.iter().map(|(n, _)| n.as_str()).collect::<Vec<_>>(), ["a_name", "r03_x"]);
        assert!(found[0].1.contains("J2"));
        assert_eq!(super::tests("kt", "@Test fun `R05 works`() {\n").len(), 1);
        assert_eq!(super::tests("mjs", "await t.test('F42: clock', async () => {")[0].0, "F42: clock");
        assert_eq!(super::tests("swift", "    func testR05() {\n    func help() {")[0].0, "testR05");
        assert_eq!(quoted("gate(\"J8\", \"处罚法 51\", \"R2\")").into_iter().collect::<Vec<_>>(), ["J8"]);
    }
}
