//! The signature over a paper's bytes, appended as an incremental update (P8, ISO 32000-1 §7.5.6).
//!
//! The update holds one new object with a COSE_Sign1 (opaque here) and a new revision of the catalog that points to it through
//! `PieceInfo` (§14.5), the standard's place for an application's own data. Not a byte before it changes.
//! Why not a PDF signature field: `docs/adr/0003-paper-signature.md`.

use sha2::{Digest, Sha256};

use super::DocumentError;
use super::object::{Dict, File, Object};
use super::render::MAX_ATTACHMENTS;
use DocumentError::Damaged;

/// Room for the signature in bytes, and one for the mark that ends it.
const ROOM: usize = 1024;
/// Name of this product's data in `PieceInfo`.
const PIECE: &[u8] = b"Mingzheng";
const MAX_ATTACHMENT: usize = 16 << 20;
const MAX_ALL_ATTACHMENTS: usize = 64 << 20;

/// A paper as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// The signature over the paper's bytes; none: page text not proven.
    pub seal: Option<PaperSeal>,
    /// Attached files. Trust them only as far as the seal is valid and [`PaperSeal::covers_whole_file`], or by their own signatures.
    pub attachments: Vec<PaperAttachment>,
}

/// The signature over a paper's bytes. It still has to be verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperSeal {
    /// SHA-256 of all bytes but the signature's own hex digits, up to the end of what was signed.
    pub digest: [u8; 32],
    /// COSE_Sign1 as given by the signer.
    pub signature: Vec<u8>,
    /// Nothing was appended after signing.
    pub covers_whole_file: bool,
}

/// A file found inside a paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperAttachment {
    /// File name as stored: data, never a path.
    pub name: String,
    /// Media type.
    pub mime: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// Why a paper could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SealError<E> {
    /// The paper cannot take a signature.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The signer refused or failed.
    #[error("signing failed")]
    Sign(E),
}

/// Appends a signature to a PDF made by [`super::render`]. `sign` gets the digest and gives a COSE_Sign1.
pub fn seal_paper<E>(mut pdf: Vec<u8>, sign: impl FnOnce(&[u8; 32]) -> Result<Vec<u8>, E>) -> Result<Vec<u8>, SealError<E>> {
    let update = Update::new(&pdf)?;
    pdf.extend_from_slice(update.head.as_bytes());
    let digest: [u8; 32] = Sha256::new().chain_update(&pdf).chain_update(&update.tail).finalize().into();
    let signature = sign(&digest).map_err(SealError::Sign)?;
    if signature.is_empty() || signature.len() >= ROOM {
        return Err(DocumentError::SignatureTooLong(signature.len()).into());
    }
    let mut hole = signature;
    hole.push(0x80);
    hole.resize(ROOM, 0);
    pdf.extend_from_slice(data_encoding::HEXLOWER.encode(&hole).as_bytes());
    pdf.extend_from_slice(&update.tail);
    Ok(pdf)
}

/// What is appended: before and after the hex digits of the signature.
struct Update {
    head: String,
    tail: Vec<u8>,
}

impl Update {
    fn new(pdf: &[u8]) -> Result<Self, DocumentError> {
        let file = File::read(pdf)?;
        let (catalog_number, catalog) = file.catalog()?;
        let entries = catalog.value.dict().ok_or(Damaged("catalog"))?;
        if entries.contains_key(b"PieceInfo".as_slice()) {
            return Err(DocumentError::AlreadySealed);
        }
        let catalog = pdf.get(catalog.span).and_then(|c| c.strip_suffix(b">>")).ok_or(Damaged("catalog"))?;
        let seal_number = file.trailer.get(b"Size".as_slice()).and_then(Object::int).ok_or(Damaged("trailer"))?;
        let Some(Object::Ref(info_number)) = file.trailer.get(b"Info".as_slice()) else {
            return Err(Damaged("no document information"));
        };
        let info = file.indirect(*info_number)?.value;
        let date = info.dict().and_then(|d| d.get(b"CreationDate".as_slice())).ok_or(Damaged("no date"))?;
        let Some(Object::Array(ids)) = file.trailer.get(b"ID".as_slice()) else {
            return Err(Damaged("no file id"));
        };
        let id = ids.first().ok_or(Damaged("no file id"))?;
        let revision = Sha256::digest(pdf);
        let revision = Object::Text(revision.get(..16).unwrap_or_default().to_vec());

        let line = if pdf.ends_with(b"\n") { "" } else { "\n" };
        let seal_at = pdf.len() + line.len();
        let mut head = format!("{line}{seal_number} 0 obj\n<</Type /MingzhengSeal /Version 1 /Hash /SHA-256 /ByteRange ");
        // [0 a b c]: bytes 0…a and b…b+c are signed; each number has ten digits, so that lengths do not depend on values.
        let range_length = "[0 0000000000 0000000000 0000000000]".len();
        let hole_at = pdf.len() + head.len() + range_length + " /Contents <".len();
        let hole_end = hole_at + 2 * ROOM;

        let mut tail = Vec::from(b">>>\nendobj\n");
        let catalog_at = hole_end + tail.len();
        tail.extend_from_slice(format!("{catalog_number} 0 obj\n").as_bytes());
        tail.extend_from_slice(catalog);
        tail.extend_from_slice(
            format!(" /PieceInfo <</Mingzheng <</LastModified {} /Private {seal_number} 0 R>>>>>>\nendobj\n", text(date)?)
                .as_bytes(),
        );
        let xref_at = hole_end + tail.len();
        tail.extend_from_slice(
            format!(
                "xref\n{catalog_number} 1\n{catalog_at:010} 00000 n\r\n{seal_number} 1\n{seal_at:010} 00000 n\r\n\
                 trailer\n<</Size {size} /Root {catalog_number} 0 R /Info {info_number} 0 R /Prev {previous} /ID [{id} {revision}]>>\n\
                 startxref\n{xref_at}\n%%EOF\n",
                size = seal_number + 1,
                previous = file.startxref,
                id = text(id)?,
                revision = text(&revision)?,
            )
            .as_bytes(),
        );
        head.push_str(&format!("[0 {hole_at:010} {hole_end:010} {:010}] /Contents <", tail.len()));
        Ok(Self { head, tail })
    }
}

fn text(object: &Object) -> Result<String, DocumentError> {
    match object {
        Object::Text(bytes) => Ok(format!("<{}>", data_encoding::HEXLOWER.encode(bytes))),
        _ => Err(Damaged("text")),
    }
}

/// Reads seal and attachments of a paper. Verifying the seal's signature is the caller's part.
pub fn read_paper(pdf: &[u8]) -> Result<Paper, DocumentError> {
    let file = File::read(pdf)?;
    let (_, catalog) = file.catalog()?;
    let catalog = catalog.value.dict().ok_or(Damaged("catalog"))?;
    Ok(Paper { seal: seal(&file, pdf, catalog)?, attachments: attachments(&file, catalog)? })
}

fn seal(file: &File<'_>, pdf: &[u8], catalog: &Dict) -> Result<Option<PaperSeal>, DocumentError> {
    let piece = catalog.get(b"PieceInfo".as_slice()).and_then(Object::dict).and_then(|p| p.get(PIECE)).and_then(Object::dict);
    let Some(piece) = piece else { return Ok(None) };
    let Some(Object::Ref(number)) = piece.get(b"Private".as_slice()) else {
        return Err(Damaged("seal"));
    };
    let object = file.indirect(*number)?;
    let entries = object.value.dict().ok_or(Damaged("seal"))?;
    let (Some(Object::Array(range)), Some(Object::Text(contents))) =
        (entries.get(b"ByteRange".as_slice()), entries.get(b"Contents".as_slice()))
    else {
        return Err(Damaged("seal"));
    };
    let range: Vec<usize> = range.iter().filter_map(Object::int).collect();
    let &[0, hole_at, hole_end, after] = range.as_slice() else {
        return Err(Damaged("range of the seal"));
    };
    let end = hole_end.checked_add(after).filter(|end| *end <= pdf.len()).ok_or(Damaged("range of the seal"))?;
    let inside = object.span.start < hole_at && hole_at <= hole_end && hole_end < object.span.end;
    let (Some(before), Some(hole), Some(behind)) = (pdf.get(..hole_at), pdf.get(hole_at..hole_end), pdf.get(hole_end..end))
    else {
        return Err(Damaged("range of the seal"));
    };
    // The hole is exactly the digits of Contents, in the one form that seal_paper writes.
    let exact = inside
        && before.ends_with(b"<")
        && behind.starts_with(b">")
        && data_encoding::HEXLOWER.decode(hole).is_ok_and(|bytes| &bytes == contents);
    let last = contents.iter().rposition(|b| *b != 0).filter(|i| contents.get(*i) == Some(&0x80));
    let (true, Some(last)) = (exact, last) else {
        return Err(Damaged("signature bytes of the seal"));
    };
    Ok(Some(PaperSeal {
        digest: Sha256::new().chain_update(before).chain_update(behind).finalize().into(),
        signature: contents.get(..last).unwrap_or_default().to_vec(),
        covers_whole_file: end == pdf.len(),
    }))
}

/// Files listed by the catalog's `AF` (ISO 19005-3 Annex E).
fn attachments(file: &File<'_>, catalog: &Dict) -> Result<Vec<PaperAttachment>, DocumentError> {
    let list = match catalog.get(b"AF".as_slice()).map(|list| file.resolve(list)).transpose()? {
        None => return Ok(Vec::new()),
        Some(Object::Array(list)) => list,
        Some(_) => return Err(Damaged("list of attachments")),
    };
    if list.len() > MAX_ATTACHMENTS {
        return Err(Damaged("too many attachments"));
    }
    let mut room = MAX_ALL_ATTACHMENTS;
    let mut found = Vec::new();
    for entry in &list {
        let entry = file.resolve(entry)?;
        let entry = entry.dict().ok_or(Damaged("attachment"))?;
        let name = match entry.get(b"UF".as_slice()) {
            Some(Object::Text(bytes)) => text_string(bytes).ok_or(Damaged("name of an attachment"))?,
            _ => return Err(Damaged("name of an attachment")),
        };
        let stream = match entry.get(b"EF".as_slice()).and_then(Object::dict).and_then(|ef| ef.get(b"F".as_slice())) {
            Some(Object::Ref(number)) => file.indirect(*number)?,
            _ => return Err(Damaged("attachment")),
        };
        let mime = match stream.value.dict().and_then(|d| d.get(b"Subtype".as_slice())) {
            Some(Object::Name(name)) => String::from_utf8(name.clone()).map_err(|_| Damaged("type of an attachment"))?,
            _ => return Err(Damaged("type of an attachment")),
        };
        let bytes = file.decode(&stream, room.min(MAX_ATTACHMENT))?;
        room -= bytes.len();
        found.push(PaperAttachment { name, mime, bytes });
    }
    Ok(found)
}

/// A PDF text string: UTF-16BE with byte order mark, or ASCII.
fn text_string(bytes: &[u8]) -> Option<String> {
    match bytes.strip_prefix(&[0xfe, 0xff]) {
        Some(utf16) if utf16.len() % 2 == 0 => {
            let units = utf16.chunks_exact(2).map(|pair| pair.iter().fold(0u16, |unit, byte| unit << 8 | u16::from(*byte)));
            char::decode_utf16(units).collect::<Result<String, _>>().ok()
        }
        Some(_) => None,
        None => bytes.is_ascii().then(|| String::from_utf8_lossy(bytes).into_owned()),
    }
}
