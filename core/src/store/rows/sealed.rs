//! Sealed files that the office is to have: which is to be sent next, how far it is, and which the office asks for again (F24).

use super::{digest, id};
use crate::id::{Digest, Id};
use crate::seal::SealedSummary;
use crate::store::StoreError;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction};
use std::collections::BTreeSet;

/// What a sealed file is; also the order of sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedKind {
    /// A PDF.
    Paper,
    /// Strokes of a signature.
    Strokes,
    /// A derived small picture.
    Thumbnail,
    /// A photograph.
    Photo,
    /// A derived copy.
    Derived,
    /// Sound: a part of a recording of sound (录音), or a file of sound.
    Audio,
    /// A part of a recording of pictures and sound (录像), or a file of it.
    Video,
}
impl SealedKind {
    /// Its name in the database and on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Strokes => "strokes",
            Self::Thumbnail => "thumbnail",
            Self::Photo => "photo",
            Self::Derived => "derived",
            Self::Audio => "audio",
            Self::Video => "video",
        }
    }
    /// Its place in the order of sending.
    fn turn(self) -> u8 {
        match self {
            Self::Paper => 0,
            Self::Strokes => 1,
            Self::Thumbnail => 2,
            Self::Photo | Self::Derived => 3,
            Self::Audio => 4,
            Self::Video => 5,
        }
    }
    fn from_name(name: &str) -> Result<Self, StoreError> {
        [Self::Paper, Self::Strokes, Self::Thumbnail, Self::Photo, Self::Derived, Self::Audio, Self::Video]
            .into_iter()
            .find(|k| k.name() == name)
            .ok_or(StoreError::Damaged("kind"))
    }
}

/// A sealed file that the office is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedRow {
    /// Digests and lengths of both sides.
    pub summary: SealedSummary,
    /// Its case.
    pub case: Id,
    /// What it is.
    pub kind: SealedKind,
    /// Evidence or paper id.
    pub name: String,
    /// File name in `evidence/`.
    pub file: String,
    /// The name that the file had.
    pub claimed_name: String,
    /// Camera file that is still to be removed.
    pub source: Option<String>,
    /// The upload exists at the office.
    pub created: bool,
    /// How much of it the office has.
    pub offset: u64,
    /// Custody receipt in state `opened`.
    pub custody: Option<Vec<u8>>,
    /// Why it is parked.
    pub parked: Option<String>,
    /// The local file is gone, lawfully.
    pub deleted: bool,
    /// The office asked for it again, or may lack it (F24, F34).
    pub again: bool,
}

impl SealedRow {
    /// A file that was just sealed.
    #[must_use]
    pub fn new(summary: SealedSummary, case: Id, kind: SealedKind, name: &str, file: &str) -> Self {
        Self {
            summary,
            case,
            kind,
            name: name.to_owned(),
            file: file.to_owned(),
            claimed_name: String::new(),
            source: None,
            created: false,
            offset: 0,
            custody: None,
            parked: None,
            deleted: false,
            again: false,
        }
    }
}

impl SealedRow {
    /// The office does not have it, or may lack it, and nothing but its turn keeps it here. Of one that is deleted here it can still be asked.
    pub(crate) fn is_open(&self) -> bool {
        (self.again || self.custody.is_none() && !self.deleted) && self.parked.is_none()
    }
}

/// [`SealedKind::turn`] in SQL, as the index `sealed_next` has it.
const TURN: &str = "CASE kind WHEN 'paper' THEN 0 WHEN 'strokes' THEN 1 WHEN 'thumbnail' THEN 2 WHEN 'audio' THEN 4 WHEN 'video' THEN 5 ELSE 3 END";
const SEALED: &str = "SELECT sealed, case_tag, kind, clear, payload, clear_len, length, payload_len,
    name, file, claimed_name, source, created, offset, custody, parked, deleted, again FROM sealed";

struct SealedRaw {
    digests: [Vec<u8>; 3],
    case: Vec<u8>,
    kind: String,
    row: SealedRow,
}

fn sealed_raw(r: &Row<'_>) -> rusqlite::Result<SealedRaw> {
    let zero = [0; 32];
    let (clear_len, sealed_len, payload_len) = (r.get(5)?, r.get(6)?, r.get(7)?);
    let summary = SealedSummary { clear: zero, clear_len, sealed: zero, sealed_len, payload: zero, payload_len };
    Ok(SealedRaw {
        digests: [r.get(0)?, r.get(3)?, r.get(4)?],
        case: r.get(1)?,
        kind: r.get(2)?,
        row: SealedRow {
            summary,
            case: Id::default(),
            kind: SealedKind::Photo,
            name: r.get(8)?,
            file: r.get(9)?,
            claimed_name: r.get(10)?,
            source: r.get(11)?,
            created: r.get(12)?,
            offset: r.get(13)?,
            custody: r.get(14)?,
            parked: r.get(15)?,
            deleted: r.get(16)?,
            again: r.get(17)?,
        },
    })
}

fn sealed_row(raw: SealedRaw) -> Result<SealedRow, StoreError> {
    let [sealed, clear, payload] = raw.digests;
    let summary = SealedSummary { sealed: digest(sealed)?, clear: digest(clear)?, payload: digest(payload)?, ..raw.row.summary };
    Ok(SealedRow { summary, case: id(raw.case)?, kind: SealedKind::from_name(&raw.kind)?, ..raw.row })
}

pub(crate) fn add_sealed(tx: &Transaction<'_>, s: &SealedRow) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO sealed (sealed, case_tag, kind, name, file, clear, clear_len, length, payload, payload_len, claimed_name, source, added)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, (SELECT coalesce(max(added) + 1, 0) FROM sealed))",
        (
            s.summary.sealed.to_vec(),
            s.case.0.to_vec(),
            s.kind.name(),
            &s.name,
            &s.file,
            s.summary.clear.to_vec(),
            s.summary.clear_len,
            s.summary.sealed_len,
            s.summary.payload.to_vec(),
            s.summary.payload_len,
            &s.claimed_name,
            &s.source,
        ),
    )?;
    Ok(())
}
pub(crate) fn sealed_files(c: &Connection, case: Option<Id>) -> Result<Vec<SealedRow>, StoreError> {
    c.prepare_cached(&format!("{SEALED} WHERE ?1 IS NULL OR case_tag = ?1 ORDER BY added"))?
        .query_map([case.map(|i| i.0.to_vec())], sealed_raw)?
        .map(|r| sealed_row(r?))
        .collect()
}
pub(crate) fn sealed_by_name(c: &Connection, kind: SealedKind, name: &str) -> Result<Option<SealedRow>, StoreError> {
    c.prepare_cached(&named_sql())?.query_row((kind.name(), name), sealed_raw).optional()?.map(sealed_row).transpose()
}
pub(in crate::store) fn named_sql() -> String {
    format!("{SEALED} WHERE kind = ?1 AND name = ?2 ORDER BY added DESC LIMIT 1")
}
/// A piece of evidence by its id.
pub(crate) fn evidence_by_name(c: &Connection, name: &str) -> Result<Option<SealedRow>, StoreError> {
    for kind in [SealedKind::Photo, SealedKind::Derived, SealedKind::Audio, SealedKind::Video] {
        if let Some(row) = sealed_by_name(c, kind, name)? {
            return Ok(Some(row));
        }
    }
    Ok(None)
}
/// How many pieces of evidence have these clear bytes (F11).
pub(crate) fn same_clear(c: &Connection, clear: &Digest) -> Result<u32, StoreError> {
    Ok(c.prepare_cached(SAME)?.query_row([clear.to_vec()], |r| r.get(0))?)
}
pub(in crate::store) const SAME: &str =
    "SELECT count(*) FROM sealed WHERE clear = ?1 AND kind IN ('photo', 'derived', 'audio', 'video')";
/// The next file to send that is not in `deferred` and of the kinds up to `most`: papers and strokes, thumbnails, pictures, sound, video; each in
/// order of capture. Of those that are passed over nothing but the index is read.
pub(crate) fn unsent_sealed(
    c: &Connection,
    deferred: &BTreeSet<Digest>,
    most: SealedKind,
) -> Result<Option<SealedRow>, StoreError> {
    let mut q = c.prepare_cached(&unsent_sql())?;
    for sealed in q.query_map([most.turn()], |r| r.get::<_, Vec<u8>>(0))? {
        let sealed = digest(sealed?)?;
        if !deferred.contains(&sealed) {
            return sealed_by_digest(c, &sealed);
        }
    }
    Ok(None)
}
pub(in crate::store) fn unsent_sql() -> String {
    let open = "(again OR custody IS NULL AND NOT deleted) AND parked IS NULL";
    format!("SELECT sealed FROM sealed WHERE {open} AND {TURN} <= ?1 ORDER BY {TURN}, added")
}
pub(crate) fn sealed_by_digest(c: &Connection, sealed: &Digest) -> Result<Option<SealedRow>, StoreError> {
    c.prepare_cached(&format!("{SEALED} WHERE sealed = ?1"))?
        .query_row([sealed.to_vec()], sealed_raw)
        .optional()?
        .map(sealed_row)
        .transpose()
}
pub(crate) fn update_sealed(tx: &Transaction<'_>, s: &SealedRow) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE sealed SET source = ?2, created = ?3, offset = ?4, custody = ?5, parked = ?6, deleted = ?7, again = ?8 WHERE sealed = ?1",
        (s.summary.sealed.to_vec(), &s.source, s.created, s.offset, &s.custody, &s.parked, s.deleted, s.again),
    )?;
    Ok(())
}

/// The office asks for a file again: it goes from its start, or it is said that it is not here any more (F24).
pub(crate) fn want_again(tx: &Transaction<'_>, sealed: &Digest) -> Result<(), StoreError> {
    let set =
        "UPDATE sealed SET again = 1, created = 0, offset = 0, parked = CASE WHEN deleted THEN 'deleted' END WHERE sealed = ?1";
    if tx.execute(set, [sealed.to_vec()])? == 0 {
        tx.execute("INSERT OR IGNORE INTO not_here VALUES (?1)", [sealed.to_vec()])?;
    }
    Ok(())
}
/// Files that the office asks for and that were never here.
pub(crate) fn not_here(c: &Connection) -> Result<Vec<Digest>, StoreError> {
    let mut q = c.prepare_cached("SELECT sealed FROM not_here ORDER BY sealed")?;
    q.query_map([], |r| r.get::<_, Vec<u8>>(0))?.map(|d| digest(d?)).collect()
}

pub(crate) fn put_thumbnail(tx: &Transaction<'_>, evidence: &str, jpeg: &[u8]) -> Result<(), StoreError> {
    tx.execute("INSERT OR REPLACE INTO thumbnail VALUES (?1, ?2)", (evidence, jpeg))?;
    Ok(())
}
pub(crate) fn thumbnail(c: &Connection, evidence: &str) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(c.prepare_cached("SELECT jpeg FROM thumbnail WHERE evidence = ?1")?.query_row([evidence], |r| r.get(0)).optional()?)
}
