//! `clocks.toml`: the periods of the law, one row each. A pack may do without.

use serde::Deserialize;
use toml::Spanned;

use super::{Author, RawBasis};
use crate::pack::{Binds, Clock, Extension, Rule, Text, Unit};

const FILE: &str = "clocks.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawClocks {
    #[serde(rename = "clock")]
    clocks: Vec<RawClock>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawClock {
    id: Spanned<String>,
    title: Text,
    length: u32,
    unit: Unit,
    #[serde(default = "within")]
    rule: Rule,
    #[serde(default = "organ")]
    binds: Binds,
    starts: Text,
    #[serde(default)]
    alarms: Vec<u32>,
    extension: Option<Extension>,
    basis: RawBasis,
    #[serde(default)]
    illustrative: bool,
    note: Option<Text>,
}

fn within() -> Rule {
    Rule::Within
}

fn organ() -> Binds {
    Binds::Organ
}

impl Author {
    pub(super) fn clocks(&mut self) -> Vec<Clock> {
        if !self.folder.has(FILE) {
            return Vec::new();
        }
        let Some((raw, lines)) = self.toml::<RawClocks>(FILE) else {
            return Vec::new();
        };
        let clocks = raw.clocks.into_iter().map(|row| {
            self.written(row.id.get_ref(), FILE, lines.at(&row.id.span()));
            Clock {
                basis: self.toml_basis(row.id.get_ref(), FILE, &lines, &row.basis),
                id: row.id.into_inner(),
                title: row.title,
                length: row.length,
                unit: row.unit,
                rule: row.rule,
                binds: row.binds,
                starts: row.starts,
                alarms: row.alarms,
                extension: row.extension,
                illustrative: row.illustrative,
                note: row.note,
            }
        });
        clocks.collect()
    }
}
