//! The office's database seen from beside it, on either engine.

use super::Office;
use mingzheng_office::error::Result;
use mingzheng_office::store::{self, Row, Store, ToValue};

/// Parameters of a statement.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$(&$value as &dyn mingzheng_office::store::ToValue),*]
    };
}
pub(super) use params;

/// A second connection to the office's database.
pub(super) struct Sql(Store);

pub(super) fn database(office: &Office) -> Sql {
    Sql(match &office.database {
        Some(d) => Store::connect(&d.address).unwrap(),
        None => Store::open(&office.folder.path().join("office.sqlite")).unwrap(),
    })
}

impl Sql {
    pub(super) fn query_row<T>(
        &self,
        sql: &str,
        params: &[&dyn ToValue],
        f: impl FnOnce(&Row<'_>) -> store::Result<T>,
    ) -> Result<T> {
        self.0.read(|c| Ok(c.one(sql, params, f)?))
    }

    pub(super) fn rows<T>(&self, sql: &str, params: &[&dyn ToValue], f: impl FnMut(&Row<'_>) -> store::Result<T>) -> Vec<T> {
        self.0.read(|c| Ok(c.rows(sql, params, f)?)).unwrap()
    }

    pub(super) fn execute(&self, sql: &str, params: &[&dyn ToValue]) -> Result<usize> {
        self.0.write(|tx| Ok(tx.execute(sql, params)?))
    }

    /// Takes away what forbids that rows of a table are changed or taken out, as whoever owns the database can.
    pub(super) fn unlock(&self, table: &str, trigger: &str) {
        let of = if self.0.engine() == "SQLite" { String::new() } else { format!(" ON {table}") };
        self.execute(&format!("DROP TRIGGER {trigger}{of}"), params![]).unwrap();
    }
}
