//! 执法手册 (R30): short pages to read offline, in own words, each with the law that it sums up.

use super::author::Author;
use super::row::Row;
use super::{Basis, Pack, Text};
use serde::{Deserialize, Serialize};

/// One page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Row id.
    pub id: String,
    /// Title.
    pub title: Text,
    /// Markdown: paragraphs, lists and `##` headings only.
    pub text: Text,
    /// Law it sums up.
    pub basis: Vec<Basis>,
    /// Not verified against the text in force.
    pub illustrative: bool,
}

impl Page {
    pub(super) fn row(&self) -> Row<'_> {
        Row {
            table: ("执法手册", "Handbook"),
            id: &self.id,
            texts: vec![&self.title, &self.text],
            basis: Some(self.basis.iter().collect()),
            illustrative: self.illustrative,
        }
    }
}

impl Pack {
    /// Pages whose title or text has every one of these words.
    #[must_use]
    pub fn handbook_search(&self, words: &str) -> Vec<&Page> {
        let has = |page: &&Page| {
            let all = [&page.title.zh, &page.title.en, &page.text.zh, &page.text.en].map(|text| text.to_lowercase());
            words.to_lowercase().split_whitespace().all(|word| all.iter().any(|text| text.contains(word)))
        };
        self.handbook.iter().filter(has).collect()
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Pages {
    page: Vec<RawPage>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPage {
    id: String,
    title: Text,
    zh: String,
    en: String,
    basis: Vec<Basis>,
    #[serde(default)]
    illustrative: bool,
}

impl Author {
    /// `handbook.toml` and the Markdown files that it names.
    pub(super) fn handbook(&mut self) -> Vec<Page> {
        const FILE: &str = "handbook.toml";
        let pages = self.document::<Pages>(FILE).page;
        let read = pages.into_iter().map(|page| {
            let mut words = |path: &str| self.file(path, FILE, 0).map(|text| text.trim().to_owned()).unwrap_or_default();
            let text = Text { zh: words(&page.zh), en: words(&page.en) };
            Page { id: page.id, title: page.title, text, basis: page.basis, illustrative: page.illustrative }
        });
        read.collect()
    }
}
