//! Fonts, given by the host as bytes (design §9: never in the tree).

use std::sync::Arc;

use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt};

use super::DocumentError;

/// Fonts ready for typesetting. Made once, cheap to clone and to use again.
#[derive(Clone)]
pub struct Fonts(pub(super) Arc<Faces>);

pub(super) struct Faces {
    pub(super) library: LazyHash<Library>,
    pub(super) book: LazyHash<FontBook>,
    pub(super) faces: Vec<Font>,
    /// Families in the order of preference, 宋体-like first.
    pub(super) serif: Vec<String>,
    /// Families that are 黑体-like.
    pub(super) sans: Vec<String>,
}

impl Fonts {
    /// Takes font files (.ttf, .otf, .ttc). Of a collection that has faces for several regions only the simplified Chinese ones are kept,
    /// because a Japanese or Korean face draws many characters otherwise than a Chinese paper must.
    pub fn from_bytes(files: Vec<Vec<u8>>) -> Result<Self, DocumentError> {
        let mut faces = Vec::new();
        for file in files {
            let all: Vec<Font> = Font::iter(Bytes::new(file)).collect();
            let chinese: Vec<Font> = all.iter().filter(|f| is_simplified_chinese(&f.info().family)).cloned().collect();
            faces.extend(if chinese.is_empty() { all } else { chinese });
        }
        if faces.is_empty() {
            return Err(DocumentError::NoFont);
        }
        let (mut serif, mut sans) = (Vec::new(), Vec::new());
        for face in &faces {
            let family = &face.info().family;
            let list = if family.contains("Serif") || family.contains("Song") || family.contains("宋") {
                &mut serif
            } else {
                &mut sans
            };
            if !list.contains(family) {
                list.push(family.clone());
            }
        }
        Ok(Self(Arc::new(Faces {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(&faces)),
            faces,
            serif,
            sans,
        })))
    }
}

impl std::fmt::Debug for Fonts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fonts").field("serif", &self.0.serif).field("sans", &self.0.sans).finish()
    }
}

fn is_simplified_chinese(family: &str) -> bool {
    family.ends_with(" SC") && !family.contains(" Mono ")
}
