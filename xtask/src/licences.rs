//! Licences of everything that is linked or bundled, against the one list in `deny.toml`.

use crate::cargo::cargo;
use crate::count::Count;
use crate::place::Place;
use crate::run::Log;
use crate::say;
use serde_json::Value;
use std::fs;

/// Folders of npm packages that are bundled, or that a stage of the tests runs.
const NPM: [&str; 2] = ["web", "tests/tus"];

/// Packages that name their licence in their readme alone.
const IN_README: [(&str, &str, &str); 1] = [("node_modules/combine-errors", "3.0.3", "MIT")];

/// Workspaces beside the main one of which a stage of the tests runs a program.
const BESIDE: [&str; 1] = ["tests/s3"];

/// Crates for Linux, Android and iOS from the lock files, npm packages from theirs.
pub(crate) fn test(place: &Place, log: &mut Log) -> Result<Count, String> {
    let read = |name: &str| fs::read_to_string(place.root.join(name)).map_err(|error| format!("{name}: {error}"));
    let allowed = allow_list(&read("deny.toml")?);
    if allowed.is_empty() {
        return Err("deny.toml allows no licence".to_owned());
    }
    let mut refused = Vec::new();
    let mut crates = 0;
    for workspace in [""].into_iter().chain(BESIDE) {
        let mut arguments = vec!["metadata", "--format-version", "1", "--locked", "--quiet"];
        for target in ["x86_64-unknown-linux-gnu", "aarch64-linux-android", "aarch64-apple-ios"] {
            arguments.extend(["--filter-platform", target]);
        }
        let output = log.run(cargo(place, &arguments).current_dir(place.root.join(workspace)))?;
        let json = output.lines().find(|line| line.starts_with('{')).ok_or("cargo metadata answered nothing")?;
        let metadata: Value = serde_json::from_str(json).map_err(|error| format!("cargo metadata: {error}"))?;
        let used: Vec<_> = list(&metadata, "/resolve/nodes").iter().map(|node| text(node, "id")).collect();
        for package in list(&metadata, "/packages").iter().filter(|package| used.contains(&text(package, "id"))) {
            crates += 1;
            let licence = text(package, "license").replace('/', " OR ");
            if !permits(&licence, &allowed) {
                refused.push(format!("crate {} {}: {licence:?}", text(package, "name"), text(package, "version")));
            }
        }
    }
    let mut modules = 0;
    for folder in NPM {
        let name = format!("{folder}/package-lock.json");
        let lock: Value = serde_json::from_str(&read(&name)?).map_err(|error| format!("{name}: {error}"))?;
        for (path, package) in
            lock.pointer("/packages").and_then(Value::as_object).into_iter().flatten().filter(|(path, _)| !path.is_empty())
        {
            modules += 1;
            let in_readme = IN_README.iter().find(|known| (known.0, known.1) == (path, text(package, "version")));
            let licence = in_readme.map_or_else(|| text(package, "license"), |known| known.2);
            if !permits(licence, &allowed) {
                refused.push(format!("npm {folder} {path}: {licence:?}"));
            }
        }
    }
    if crates == 0 || !refused.is_empty() {
        return Err(format!(
            "of {crates} crates and {modules} npm packages these have a licence that deny.toml does not allow:\n{}",
            refused.join("\n")
        ));
    }
    say::line(&format!("  {crates} crates, {modules} npm packages"));
    Ok(Count::passed(1 + BESIDE.len() + NPM.len()))
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or("")
}

/// The strings of `allow = […]` in the section `[licenses]`.
fn allow_list(deny: &str) -> Vec<String> {
    let section = deny.split("[licenses]").nth(1).unwrap_or("");
    let array = section.split_once("allow = [").and_then(|(_, rest)| rest.split_once(']')).map_or("", |(array, _)| array);
    array.lines().filter_map(|line| line.trim().strip_prefix('"')?.split('"').next().map(str::to_owned)).collect()
}

/// Whether an SPDX expression is met by the allowed licences: `AND` binds closer than `OR`, parentheses closest.
fn permits(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<_> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    any_of(&mut rest, allowed) == Some(true) && rest.is_empty()
}

fn any_of(words: &mut &[&str], allowed: &[String]) -> Option<bool> {
    let mut met = all_of(words, allowed)?;
    while let Some((&"OR", rest)) = words.split_first() {
        *words = rest;
        met |= all_of(words, allowed)?;
    }
    Some(met)
}

fn all_of(words: &mut &[&str], allowed: &[String]) -> Option<bool> {
    let mut met = one(words, allowed)?;
    while let Some((&"AND", rest)) = words.split_first() {
        *words = rest;
        met &= one(words, allowed)?;
    }
    Some(met)
}

fn one(words: &mut &[&str], allowed: &[String]) -> Option<bool> {
    let (&first, rest) = words.split_first()?;
    *words = rest;
    if first == "(" {
        let met = any_of(words, allowed)?;
        let (&close, rest) = words.split_first()?;
        *words = rest;
        return (close == ")").then_some(met);
    }
    let mut name = first.to_owned();
    if let Some((&"WITH", rest)) = words.split_first() {
        let (exception, rest) = rest.split_first()?;
        name = format!("{first} WITH {exception}");
        *words = rest;
    }
    Some(allowed.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed() -> Vec<String> {
        allow_list(
            "[advisories]\nignore = []\n[licenses]\nallow = [\n    \"MIT\", # a\n    \"Apache-2.0\",\n    \"Apache-2.0 WITH LLVM-exception\",\n]\n[bans]\nallow = [\n  \"GPL-3.0\",\n]",
        )
    }

    #[test]
    fn the_list_is_that_of_the_licence_section() {
        assert_eq!(allowed(), ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"]);
    }

    #[test]
    fn expressions_are_judged() {
        for good in [
            "MIT",
            "GPL-3.0 OR MIT",
            "(MIT OR GPL-2.0) AND Apache-2.0",
            "Apache-2.0 WITH LLVM-exception OR Zlib",
            "GPL-3.0 AND X OR MIT",
        ] {
            assert!(permits(good, &allowed()), "{good}");
        }
        for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT", "MIT)", "MIT OR", "MIT WITH Strange-exception", "MIT Apache-2.0"] {
            assert!(!permits(bad, &allowed()), "{bad}");
        }
    }
}
