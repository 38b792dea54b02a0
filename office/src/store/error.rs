//! Why the database did not answer.

/// Anything that went wrong in the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The embedded database.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    /// It was written by a newer program; nothing was changed.
    #[error("the database has schema {found}, this program knows {known}: use the newer program")]
    Newer {
        /// Schema of the database.
        found: i64,
        /// Newest schema of this program.
        known: i64,
    },
    /// A query that always has a row had none.
    #[error("no row")]
    NoRow,
    /// Something else stands in a column than was written there.
    #[error("column {0} holds something else")]
    Column(usize),
}

/// Result of the database.
pub type Result<T> = std::result::Result<T, StoreError>;

impl StoreError {
    /// Whether its disk is full (F32).
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Sqlite(rusqlite::Error::SqliteFailure(e, _)) if e.code == rusqlite::ErrorCode::DiskFull)
    }
}
