//! The schemas of the database, in order: schema n is what the first n migrations make. Each has one text for either engine.

use super::{Result, Tx};

/// One migration.
pub(super) struct Migration {
    /// For SQLite.
    pub sqlite: &'static str,
    /// For PostgreSQL.
    pub postgres: &'static str,
    /// What no SQL can do, after it.
    pub then: Option<fn(&Tx<'_>) -> Result<()>>,
}

macro_rules! migration {
    ($name:literal) => {
        Migration {
            sqlite: include_str!(concat!("migrations/", $name, ".sqlite.sql")),
            postgres: include_str!(concat!("migrations/", $name, ".postgres.sql")),
            then: None,
        }
    };
    ($name:literal, $then:path) => {
        Migration { then: Some($then), ..migration!($name) }
    };
}

const MIGRATIONS: &[Migration] = &[
    migration!("0001_office"),
    migration!("0002_epochs"),
    migration!("0003_register"),
    migration!("0004_training"),
    migration!("0005_procedures"),
    migration!("0006_case_records"),
    migration!("0007_numbers"),
    migration!("0008_ledgers"),
    migration!("0009_devices"),
    migration!("0010_withdrawn_tasks"),
    migration!("0011_copies"),
    migration!("0012_subtrees", crate::subtrees::fill),
    migration!("0013_indexes"),
    migration!("0014_retention"),
    migration!("0015_destroying"),
    migration!("0016_watching"),
];

/// The newest schema of this program.
pub(super) fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// The migrations that a database of schema `found` lacks.
pub(super) fn after(found: i64) -> impl Iterator<Item = &'static Migration> {
    MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0))
}
