//! The bindings' Kotlin and Swift, written by uniffi from the built library into folders that git ignores:
//! `target/bindings/kotlin`, and `ios/Generated` because SwiftPM takes no source from outside its package.

use crate::need;
use crate::place::{Place, fresh};
use crate::run::Log;
use std::fs;
use std::path::Path;
use std::process::Command;

/// SwiftPM's system library: the C header of the core and the library that it stands for.
const MODULE: &str = "module mingzhengFFI [system] {\n    header \"mingzhengFFI.h\"\n    link \"mingzheng\"\n    export *\n}\n";

/// Writes both languages when the library is newer than they are; files that come out the same are not touched.
pub(crate) fn prepare(place: &Place) -> Result<(), String> {
    need::BUILD.ready(place)?;
    let library = place.built().join("libmingzheng.so");
    let stamp = place.target().join("bindings/made");
    if fresh(&stamp, std::slice::from_ref(&library)) && place.root.join("ios/Generated").exists() {
        return Ok(());
    }
    let mut log = Log::new(place, "generated")?;
    let fresh_copy = place.target().join("bindings/new");
    for language in ["kotlin", "swift"] {
        let mut command = Command::new(place.built().join("uniffi-bindgen"));
        command
            .args(["generate", "--no-format", "--metadata-no-deps", "--language", language, "--out-dir"])
            .arg(fresh_copy.join(language));
        log.run(command.arg(&library).current_dir(&place.root).env("RUST_BACKTRACE", "0"))?;
    }
    let swift = fresh_copy.join("swift");
    let package = place.root.join("ios/Generated");
    let update = || -> std::io::Result<()> {
        replace(&fresh_copy.join("kotlin"), &place.target().join("bindings/kotlin"))?;
        write(&fs::read(swift.join("mingzheng.swift"))?, &package.join("Mingzheng/mingzheng.swift"))?;
        write(&fs::read(swift.join("mingzhengFFI.h"))?, &package.join("mingzhengFFI/mingzhengFFI.h"))?;
        write(MODULE.as_bytes(), &package.join("mingzhengFFI/module.modulemap"))?;
        fs::remove_dir_all(&fresh_copy)?;
        fs::write(&stamp, "")
    };
    update().map_err(|error| format!("generated bindings: {error}"))
}

fn replace(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in from.read_dir()? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() { replace(&entry.path(), &target)? } else { write(&fs::read(entry.path())?, &target)? }
    }
    Ok(())
}

fn write(bytes: &[u8], to: &Path) -> std::io::Result<()> {
    if fs::read(to).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(to, bytes)
}
