//! A form of the pack and facts become a PDF/A-3a + PDF/UA-1.
//!
//! The template is Typst text from a signed pack. It reads `/facts.json` (data, never source text, so facts cannot act) and
//! `/paper.json` (title, font families, the QR of each address in the facts), and can reach nothing else: no file, no network, no clock.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use typst::diag::{FileError, FileResult, SourceDiagnostic, SourceResult};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, World, WorldExt};
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use super::codes::{codes, draw};
use super::drawn::{DrawnCharacter, drawn_in};
use super::facts::Moment;
use super::fonts::Faces;
use super::glyphs::missing_in;
use super::page::{MAX_PAGES, PageCode, paper_of};
use super::{DocumentError, Fonts};
use crate::pack::Pack;

/// A form of a pack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// Id in the pack, for instance `xianchang-bilu`.
    pub id: String,
    /// Title, for instance 现场检查笔录.
    pub title: String,
    /// Typst text.
    pub source: String,
    /// The pack's common part, `/common.typ` to the template.
    #[serde(default)]
    pub common: Option<String>,
    /// What the pack says of the form's facts, signers and copies; `paper.shape` to the template.
    #[serde(default)]
    pub shape: Value,
}

impl Form {
    /// A form of a pack by its id.
    #[must_use]
    pub fn of(pack: &Pack, id: &str) -> Option<Self> {
        let form = pack.form(id)?;
        Some(Self {
            id: form.id.clone(),
            title: form.title.zh.clone(),
            source: form.template.clone(),
            common: pack.forms_common.clone(),
            shape: json!({"fields": form.fields, "signers": form.signers, "copies": form.copies, "illustrative": form.illustrative}),
        })
    }
}

/// How an attached file relates to the paper (ISO 19005-3 Annex E).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relationship {
    /// The page was made from it.
    Source,
    /// What the page shows, as data.
    Data,
    /// Belongs to it: proofs, receipts.
    Supplement,
}

/// A file attached inside the PDF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// File name, `[a-z0-9._-]`.
    pub name: String,
    /// Media type.
    pub mime: String,
    /// For people.
    pub description: String,
    /// Relationship to the paper.
    pub relationship: Relationship,
    /// Content.
    pub bytes: Vec<u8>,
}

/// What makes two renderings the same paper: the entries' own values, never the clock of the machine that renders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperIdentity {
    /// Title in the PDF's metadata, with the paper's number.
    pub title: String,
    /// Date of the paper.
    pub at: Moment,
    /// Bytes that name this paper, for instance the digest of the entry it shows.
    pub id: Vec<u8>,
}

/// Largest number of attached files.
pub(super) const MAX_ATTACHMENTS: usize = 64;

/// In `/paper.json`: the code of each page, see [`PageCode`].
const PAGE_CODES: &str = "page-codes";
/// The pack's common part.
const COMMON: &str = "/common.typ";
/// The part of each paper that is not the template's to decide: title, language, fonts, attached files.
const MAIN: &str = r#"#let paper = json("/paper.json")
#set document(title: paper.title)
#set text(lang: "zh", region: "cn", font: paper.fonts.serif + paper.fonts.sans)
#for (i, file) in paper.attachments.enumerate() {
  pdf.attach(
    file.name, read("/attachments/" + str(i), encoding: none),
    mime-type: file.mime, description: file.description, relationship: file.relationship,
  )
}
// A drawn character stands in the line like any other, marked; the template prints what it is (`paper.drawn`) at the end.
#let drawn(no, one) = box(
  height: 1em, baseline: 0.12em, image(bytes(one.svg), format: "svg", height: 1em, alt: one.alt),
) + super(size: 0.65em)[手写#no]
#show: body => paper.drawn.enumerate(start: 1).fold(body, (body, (no, one)) => {
  show one.character: drawn(no, one)
  body
})
#include "/form.typ"
"#;

/// Renders a form. The same arguments give the same bytes.
pub fn render(
    form: &Form,
    page: &Value,
    fonts: &Fonts,
    attachments: &[Attachment],
    identity: &PaperIdentity,
) -> Result<Vec<u8>, DocumentError> {
    let mut missing = Vec::new();
    missing_in(fonts, page, &mut missing);
    missing_in(fonts, &Value::String(identity.title.clone()), &mut missing);
    let drawn = drawn_in(page);
    missing.retain(|c| drawn.iter().all(|d| d.character != *c));
    if !missing.is_empty() {
        return Err(DocumentError::MissingGlyphs(missing));
    }
    check_attachments(attachments)?;
    let timestamp = timestamp(identity.at)?;
    let mut world = FormWorld::new(form, page, &drawn, &fonts.0, attachments, identity)?;

    let options = PdfOptions {
        ident: Smart::Custom(data_encoding::HEXLOWER.encode(&identity.id)),
        creator: Smart::Custom(Some("Mingzheng".into())),
        timestamp: Some(timestamp),
        standards: PdfStandards::new(&[PdfStandard::A_3a, PdfStandard::Ua_1]).map_err(|_| world.fault(form, None))?,
        ..PdfOptions::default()
    };
    let mut result = paged(typst_pdf::pdf, typst::compile(&world).output);
    // How many pages there are is known when they are set; their codes lie behind the text and move nothing.
    let coded = [Some(&form.source), form.common.as_ref()].into_iter().flatten().any(|text| text.contains(PAGE_CODES));
    let pages = result.as_ref().map_or(0, |document| document.pages().len());
    if let (true, Some((facts, number))) = (coded && (1..=MAX_PAGES).contains(&pages), paper_of(page)) {
        let code = |page| PageCode { facts, page, of: pages, number: number.clone() }.write();
        world.set_page_codes((1..=pages).filter_map(|page| draw(&code(page))).collect())?;
        result = typst::compile(&world).output;
    }
    let result = result.and_then(|document| typst_pdf::pdf(&document, &options));
    // What the typesetter remembers of earlier papers (fonts, common parts of the form) makes the next one quick; what
    // was not used for two papers is dropped.
    typst::comemo::evict(2);
    result.map_err(|faults| world.fault(form, faults.first()))
}

/// Says to the compiler what is typeset: what `export` takes.
fn paged<D>(_: fn(&D, &PdfOptions) -> SourceResult<Vec<u8>>, compiled: SourceResult<D>) -> SourceResult<D> {
    compiled
}

/// What a reader of the text hears for a drawn character. A code of private use says nothing to it (ISO 19005-3 §6.2.11.7.3).
fn alternative(drawn: &DrawnCharacter) -> String {
    let private = matches!(drawn.character, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}');
    if private { format!("手写字 {}", drawn.code()) } else { format!("{}（手写字 {}）", drawn.character, drawn.code()) }
}

fn check_attachments(attachments: &[Attachment]) -> Result<(), DocumentError> {
    for (i, attachment) in attachments.iter().enumerate() {
        let named = !attachment.name.is_empty()
            && attachment.name.len() <= 64
            && !attachment.name.starts_with('.')
            && attachment.name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'));
        let unique = attachments.iter().take(i).all(|other| other.name != attachment.name);
        if i >= MAX_ATTACHMENTS || !named || !unique || attachment.description.is_empty() {
            return Err(DocumentError::Attachment(i));
        }
    }
    Ok(())
}

fn timestamp(at: Moment) -> Result<Timestamp, DocumentError> {
    use chrono::{Datelike, Timelike};
    let local = chrono::DateTime::from_timestamp_millis(at.ms)
        .and_then(|utc| utc.naive_utc().checked_add_signed(chrono::Duration::minutes(at.offset_min.into())))
        .filter(|t| (1970..=9999).contains(&t.year()))
        .ok_or(DocumentError::Date)?;
    let [month, day, hour, minute, second] =
        [local.month(), local.day(), local.hour(), local.minute(), local.second()].map(|n| u8::try_from(n).unwrap_or(0));
    Datetime::from_ymd_hms(local.year(), month, day, hour, minute, second)
        .and_then(|t| Timestamp::new_local(t, at.offset_min.into()))
        .ok_or(DocumentError::Date)
}

/// Everything that a template can see.
struct FormWorld<'a> {
    faces: &'a Faces,
    main: FileId,
    sources: HashMap<FileId, Source>,
    paper: Value,
    files: HashMap<FileId, Bytes>,
}

impl<'a> FormWorld<'a> {
    fn new(
        form: &Form,
        facts: &Value,
        drawn: &[DrawnCharacter],
        faces: &'a Faces,
        attachments: &[Attachment],
        identity: &PaperIdentity,
    ) -> Result<Self, DocumentError> {
        let paper = json!({
            "title": identity.title,
            "form": form.title,
            "shape": form.shape,
            "fonts": {"serif": faces.serif, "sans": faces.sans},
            "codes": codes(facts),
            "drawn": drawn.iter().map(|d| json!({
                "character": d.character, "code": d.code(), "digest": d.digest, "svg": d.svg(), "alt": alternative(d),
            })).collect::<Vec<_>>(),
            "attachments": attachments.iter().map(|a| json!({
                "name": a.name, "mime": a.mime, "description": a.description, "relationship": a.relationship,
            })).collect::<Vec<_>>(),
        });
        let main = file_id("/main.typ")?;
        let mut texts = vec![(main, MAIN), (file_id("/form.typ")?, form.source.as_str())];
        if let Some(common) = &form.common {
            texts.push((file_id(COMMON)?, common));
        }
        let sources = texts.into_iter().map(|(id, text)| (id, Source::new(id, text.to_owned()))).collect();
        let mut files = HashMap::from([
            (file_id("/facts.json")?, Bytes::from_string(facts.to_string())),
            (file_id("/paper.json")?, Bytes::from_string(paper.to_string())),
        ]);
        for (i, attachment) in attachments.iter().enumerate() {
            files.insert(file_id(&format!("/attachments/{i}"))?, Bytes::new(attachment.bytes.clone()));
        }
        Ok(Self { faces, main, sources, paper, files })
    }

    fn set_page_codes(&mut self, codes: Vec<String>) -> Result<(), DocumentError> {
        if let Some(paper) = self.paper.as_object_mut() {
            paper.insert(PAGE_CODES.to_owned(), codes.into());
        }
        self.files.insert(file_id("/paper.json")?, Bytes::from_string(self.paper.to_string()));
        Ok(())
    }

    fn fault(&self, form: &Form, fault: Option<&SourceDiagnostic>) -> DocumentError {
        let line = |path: &str, source: &str| {
            let fault = fault.filter(|f| f.span.id() == file_id(path).ok())?;
            Some(source.get(..self.range(fault.span)?.start)?.matches('\n').count() + 1)
        };
        let message = fault.map(|f| f.message.to_string()).unwrap_or_default();
        let common = form.common.as_ref().and_then(|common| line(COMMON, common));
        DocumentError::Template {
            form: form.id.clone(),
            line: line("/form.typ", &form.source).unwrap_or(0),
            message: common.map_or_else(|| message.clone(), |line| format!("common part, line {line}: {message}")),
        }
    }
}

fn file_id(path: &str) -> Result<FileId, DocumentError> {
    let path = VirtualPath::new(path).map_err(|_| DocumentError::Damaged("virtual path"))?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

impl World for FormWorld<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.faces.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.faces.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.sources.get(&id).cloned().ok_or(FileError::AccessDenied)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files.get(&id).cloned().ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.faces.faces.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
