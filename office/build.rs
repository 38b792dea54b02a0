//! The badge page and the verifier page are part of the program: they must have been built.

use std::path::Path;

fn main() {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/dist");
    for file in ["badge.html", "badge.js", "badge.css", "verify.html"] {
        let path = dist.join(file);
        println!("cargo::rerun-if-changed={}", path.display());
        if !path.is_file() {
            println!("cargo::error=web/dist/{file} is missing: build the pages with `cargo xtask setup web`");
        }
    }
}
