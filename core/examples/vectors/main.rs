//! Writes `tests/vectors`, `docs/formats/mingzheng.cddl` and the worked examples of `docs/formats`, all from fixed seeds:
//!
//! ```sh
//! cargo run --example vectors
//! ```
//!
//! `core/tests/vectors.rs` shows that the committed files are what this writes, byte for byte.

mod make;

fn main() -> std::io::Result<()> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let files = make::files(&root)?;
    for (path, content) in &files {
        let path = root.join(path);
        if std::fs::read(&path).is_ok_and(|old| old == *content) {
            continue;
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, content)?;
        println!("wrote {}", path.display());
    }
    println!("{} files are as they should be", files.len());
    Ok(())
}
