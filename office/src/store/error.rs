//! Why the database did not answer.

/// Anything that went wrong in the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The embedded database.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL.
    #[error("{0}")]
    Postgres(sqlx::Error),
    /// TLS to PostgreSQL: it has none, or its certificate is not accepted. Nothing was said on the connection.
    #[error("TLS to PostgreSQL: {0}")]
    Tls(String),
    /// The address of the database, or how it is set up.
    #[error("{0}")]
    Setting(String),
    /// All connections were in use, or another writer took too long.
    #[error("busy")]
    Busy,
    /// The transaction that it shared with others was not committed.
    #[error("the common transaction was not committed")]
    Together {
        /// The disk is full.
        full: bool,
    },
    /// A query was made while the rows of another were being read.
    #[error("a query within a query")]
    Nested,
    /// It is the database of another organ; nothing was changed.
    #[error("此数据库属于另一机关 this database belongs to another organ")]
    OtherOrgan,
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

impl From<sqlx::Error> for StoreError {
    fn from(e: sqlx::Error) -> Self {
        match e {
            sqlx::Error::Tls(why) => Self::Tls(why.to_string()),
            // What rustls finds wrong comes as an error of the socket.
            sqlx::Error::Io(io) => match io.get_ref().and_then(|inner| inner.downcast_ref::<tokio_rustls::rustls::Error>()) {
                Some(why) => Self::Tls(why.to_string()),
                None => Self::Postgres(sqlx::Error::Io(io)),
            },
            other => Self::Postgres(other),
        }
    }
}

impl StoreError {
    /// Whether its disk is full (F32).
    #[must_use]
    pub fn is_full(&self) -> bool {
        match self {
            Self::Together { full } => *full,
            Self::Sqlite(rusqlite::Error::SqliteFailure(e, _)) => e.code == rusqlite::ErrorCode::DiskFull,
            Self::Postgres(sqlx::Error::Database(e)) => e.code().is_some_and(|c| c == "53100"),
            _ => false,
        }
    }

    /// Whether it does not answer now: the connection broke, or others were in the way too long. The same may be asked again.
    #[must_use]
    pub fn is_away(&self) -> bool {
        match self {
            Self::Busy => true,
            Self::Together { full } => !full,
            Self::Sqlite(rusqlite::Error::SqliteFailure(e, _)) => e.code == rusqlite::ErrorCode::DatabaseBusy,
            Self::Postgres(sqlx::Error::Io(_) | sqlx::Error::Protocol(_)) => true,
            // Connections, resources but for the disk, locks and deadlocks, an administrator's stop.
            Self::Postgres(sqlx::Error::Database(e)) => e.code().is_some_and(|c| {
                c != "53100" && ["08", "25P", "40", "53", "55P03", "57P"].iter().any(|class| c.starts_with(class))
            }),
            _ => false,
        }
    }
}
