//! Texts of the console: Chinese first, English beside, from one resource file.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// One text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// 简体中文.
    pub zh: String,
    /// English.
    pub en: String,
}

/// All texts by name.
pub struct Texts(BTreeMap<String, Text>);

/// The texts of the console.
pub static CONSOLE: LazyLock<Texts> = LazyLock::new(|| {
    // The file is part of the program and read in a test; an unreadable one shows names instead of texts.
    Texts(toml::from_str(include_str!("../resources/console.toml")).unwrap_or_default())
});

impl Texts {
    /// A text; an unknown name stands for itself in both languages.
    #[must_use]
    pub fn get(&self, name: &str) -> Text {
        self.0.get(name).cloned().unwrap_or_else(|| Text { zh: name.to_owned(), en: String::new() })
    }

    /// Whether there is a text of that name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Both languages as HTML, Chinese first.
    #[must_use]
    pub fn both(&self, name: &str) -> String {
        let t = self.get(name);
        html(&t.zh, &t.en)
    }

    /// Both languages in one plain line, for titles.
    #[must_use]
    pub fn plain(&self, name: &str) -> String {
        let t = self.get(name);
        format!("{} {}", t.zh, t.en).trim().to_owned()
    }
}

/// Chinese and English as HTML.
#[must_use]
pub fn html(zh: &str, en: &str) -> String {
    let escape = |t: &str| t.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    if en.is_empty() {
        format!("<span>{}</span>", escape(zh))
    } else {
        format!("<span>{}</span> <span class=\"en\" lang=\"en\">{}</span>", escape(zh), escape(en))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;

    #[test]
    fn every_text_that_a_template_or_page_names_is_there_in_both_languages() {
        let file: BTreeMap<String, Text> = toml::from_str(include_str!("../resources/console.toml")).unwrap();
        assert!(file.values().all(|t| !t.zh.is_empty() && !t.en.is_empty()));
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut seen = 0;
        for dir in ["templates", "src", "src/console", "src/console/view"] {
            let files = std::fs::read_dir(folder.join(dir)).unwrap().map(|f| f.unwrap().path());
            for f in files.filter(|f| f.is_file() && !f.ends_with("src/text.rs")) {
                let text = std::fs::read_to_string(f).unwrap();
                for call in ["t.get(\"", "t.both(\"", "t.plain(\"", "CONSOLE.get(\"", "CONSOLE.both(\""] {
                    for part in text.split(call).skip(1) {
                        let name = part.split('"').next().unwrap();
                        assert!(file.contains_key(name), "{name}");
                        seen += 1;
                    }
                }
            }
        }
        assert!(seen > 40);
    }

    #[test]
    fn every_kind_of_event_has_a_name() {
        let source = include_str!("../../core/src/inspection/event.rs");
        for kind in source.split("#[serde(rename = \"").skip(1).map(|p| p.split('"').next().unwrap()) {
            assert!(CONSOLE.has(&format!("kind.{kind}")), "{kind}");
        }
    }
}
