//! Databases on the PostgreSQL server that `cargo xtask test --only database` starts: `MINGZHENG_POSTGRES` is its address with `{db}` for the name.

use std::process::Command;

/// A database of its own, gone with its value.
pub(crate) struct Database {
    pub(crate) address: String,
    name: String,
}

impl Database {
    /// None where no server was started: then only the embedded database is tested.
    pub(crate) fn make() -> Option<Self> {
        let server = std::env::var("MINGZHENG_POSTGRES").ok()?;
        let mut random = [0; 8];
        getrandom::fill(&mut random).unwrap();
        let name = format!("t{}", u64::from_ne_bytes(random));
        let made = Self { address: server.replace("{db}", &name), name };
        ask(&server.replace("{db}", "postgres"), &format!("CREATE DATABASE {}", made.name));
        Some(made)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Ok(server) = std::env::var("MINGZHENG_POSTGRES") {
            ask(&server.replace("{db}", "postgres"), &format!("DROP DATABASE {} WITH (FORCE)", self.name));
        }
    }
}

/// Statements as an administrator, beside the office.
pub(crate) fn ask(address: &str, sql: &str) -> String {
    let out = Command::new("psql").args(["-qAtX", "-v", "ON_ERROR_STOP=1", "-d", address, "-c", sql]).output().unwrap();
    assert!(out.status.success(), "{sql}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}
