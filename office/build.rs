//! The badge page and the verifier page are part of the program: they must have been built.

use std::path::Path;

fn main() {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/dist");
    let served = ["badge.html", "badge.js", "badge.css", "sw.js"];
    let compressed = served.map(|file| format!("{file}.gz"));
    for file in served.into_iter().chain(["badge.sha256", "verify.html"]).chain(compressed.iter().map(String::as_str)) {
        let path = dist.join(file);
        println!("cargo::rerun-if-changed={}", path.display());
        if !path.is_file() {
            println!("cargo::error=web/dist/{file} is missing: build the pages with `cargo xtask setup web`");
        }
    }
}
