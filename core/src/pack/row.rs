//! What all rows of the law's tables share: an id, words, a basis, and whether they are only illustrative. Common rules and lists go over it.

use super::{Basis, Pack, Text};

/// One row of a table of the law, as the common rules see it.
pub struct Row<'a> {
    /// The table, Chinese and English.
    pub table: (&'static str, &'static str),
    /// Row id.
    pub id: &'a str,
    /// Its words, the first is what it is called.
    pub texts: Vec<&'a Text>,
    /// What it rests on; `None` where it stands under a row that names it.
    pub basis: Option<Vec<&'a Basis>>,
    /// Not verified, or waiting for a local figure.
    pub illustrative: bool,
}

impl Pack {
    /// Every row of the tables of the law: items, discretion, leniency, powers, review, thresholds, exemptions, retention, publicity, handbook.
    #[must_use]
    pub fn law_rows(&self) -> Vec<Row<'_>> {
        let mut rows = Vec::new();
        rows.extend(self.items.iter().flat_map(|row| row.rows()));
        rows.extend(self.discretion.iter().flat_map(|row| row.rows()));
        rows.extend(self.leniency.iter().map(|row| row.row()));
        rows.extend(self.powers.iter().map(|row| row.row()));
        rows.extend(self.review.iter().map(|row| row.row()));
        rows.extend(self.thresholds.iter().map(|row| row.row()));
        rows.extend(self.exemptions.iter().map(|row| row.row()));
        rows.extend(self.retention.iter().map(|row| row.row()));
        rows.extend(self.publicity.iter().flat_map(|rules| rules.rows()));
        rows.extend(self.handbook.iter().map(|row| row.row()));
        rows
    }
}
