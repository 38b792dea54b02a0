//! Languages of a notification: zh-Hans governs, en is required, a pack may bring others (R13).

use serde::{Deserialize, Serialize};

/// Language of a notification.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Language {
    /// 简体中文, the governing text.
    ZhHans,
    /// English.
    En,
    /// Another, by its tag: `ko`, `zh-Hans-x-plain` (short sentences for whom the full text is too much).
    Other(Tag),
}

/// A BCP 47 tag that is neither `zh-Hans` nor `en`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag(String);

/// Text that is no language tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no language tag (BCP 47, at most 35 characters)")]
pub struct NotATag;

impl Language {
    /// Those that every notification has.
    pub const REQUIRED: [Language; 2] = [Language::ZhHans, Language::En];

    /// The BCP 47 tag.
    #[must_use]
    pub fn tag(&self) -> &str {
        match self {
            Language::ZhHans => "zh-Hans",
            Language::En => "en",
            Language::Other(tag) => &tag.0,
        }
    }

    /// Whether it is Chinese: law is then cited in Chinese, else in English.
    #[must_use]
    pub fn is_chinese(&self) -> bool {
        self.tag().split('-').next() == Some("zh")
    }
}

impl TryFrom<String> for Language {
    type Error = NotATag;

    fn try_from(tag: String) -> Result<Self, NotATag> {
        match tag.as_str() {
            "zh-Hans" => Ok(Language::ZhHans),
            "en" => Ok(Language::En),
            _ => {
                let part = |p: &str| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric());
                let first = tag
                    .split('-')
                    .next()
                    .is_some_and(|p| (2..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_lowercase()));
                let good = first && tag.len() <= 35 && tag.split('-').all(part);
                if good { Ok(Language::Other(Tag(tag))) } else { Err(NotATag) }
            }
        }
    }
}

impl From<Language> for String {
    fn from(language: Language) -> String {
        language.tag().to_owned()
    }
}
