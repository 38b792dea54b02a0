//! Databases on the PostgreSQL server that `cargo xtask test --only database` starts: `MINGZHENG_POSTGRES` is its address with `{db}` for the name.

use mingzheng_office::store::Store;
use std::process::Command;
use std::sync::OnceLock;

/// A database of its own, gone with its value.
pub(crate) struct Database {
    pub(crate) address: String,
    name: String,
}

/// A database with the newest tables, made once in this process: the others are copies of it.
static WHOLE: OnceLock<String> = OnceLock::new();

impl Database {
    /// With the newest tables. None where no server was started: then only the embedded database is tested.
    pub(crate) fn make() -> Option<Self> {
        let server = std::env::var("MINGZHENG_POSTGRES").ok()?;
        let whole = WHOLE.get_or_init(|| {
            let name = create(&server, "template0");
            drop(Store::connect(&server.replace("{db}", &name)).unwrap());
            name
        });
        let name = create(&server, whole);
        Some(Self { address: server.replace("{db}", &name), name })
    }

    /// What it is called on the server.
    #[allow(dead_code)] // not every binary of tests needs it
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A database that somebody else makes.
    #[allow(dead_code)] // not every binary of tests has one
    pub(crate) fn named(name: &str) -> Option<Self> {
        let server = std::env::var("MINGZHENG_POSTGRES").ok()?;
        Some(Self { address: server.replace("{db}", name), name: name.into() })
    }

    /// Without tables, as a server's administrator hands it over.
    #[allow(dead_code)] // not every binary of tests needs one
    pub(crate) fn empty() -> Option<Self> {
        let server = std::env::var("MINGZHENG_POSTGRES").ok()?;
        let name = create(&server, "template0");
        Some(Self { address: server.replace("{db}", &name), name })
    }
}

fn create(server: &str, like: &str) -> String {
    let mut random = [0; 8];
    getrandom::fill(&mut random).unwrap();
    let name = format!("t{}", u64::from_ne_bytes(random));
    ask(&server.replace("{db}", "postgres"), &format!("CREATE DATABASE {name} TEMPLATE {like}"));
    name
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Ok(server) = std::env::var("MINGZHENG_POSTGRES") {
            ask(&server.replace("{db}", "postgres"), &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        }
    }
}

/// Statements as an administrator, beside the office.
pub(crate) fn ask(address: &str, sql: &str) -> String {
    let out = Command::new("psql").args(["-qAtX", "-v", "ON_ERROR_STOP=1", "-d", address, "-c", sql]).output().unwrap();
    assert!(out.status.success(), "{sql}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}
