//! Segments: everything that a phone sends of its log is verified before it is stored, under the rules of a C2SP witness (P5).

use crate::api::{Refusal, refuse};
use crate::enrol::Device;
use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::store::{Db, NewRow, Tx, int, params, row, uint};
use crate::subtrees::Log;
use crate::{enrol, forks, log, revoke, succession};
use mingzheng_core::cbor::{self, MapBuilder, Value};
use mingzheng_core::enrolment::{Enrolment, Role};
use mingzheng_core::id::{Digest, Id, digest_from_hex};
use mingzheng_core::inspection::Event;
use mingzheng_core::log::{Checkpoint, Entry, Fork, OfficeLeaf, tree};
use mingzheng_core::sign::Unverified;
use mingzheng_core::wire::{Segment, Submission};
use std::collections::BTreeMap;

/// What is known of a device's log.
struct Known {
    size: u64,
    root: Digest,
    cp_no: u64,
    checkpoint: Digest,
}

/// A submission whose checkpoint is signed by a key of this device's line.
struct Signed<'a> {
    submission: &'a Submission,
    cp: Checkpoint,
    digest: Digest,
    /// The enrolment that the key belongs to.
    enrolment: &'a [u8],
    /// Opened before the database is held; why not, where it does not open.
    segment: std::result::Result<Segment, Refusal>,
}

/// Why the rest of a request is not taken.
enum Stop {
    Refused(Refusal),
    /// Proof that the log of this id has two histories.
    Fork(Id, Box<Fork>, u64),
}
impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Takes segments in, in their order, and answers with the receipts of their checkpoints; repeated, with the same bytes. What comes after one that
/// is refused is not looked at; the refusal itself is the answer when it is the first one's, for what came before must be acknowledged.
///
/// # Errors
/// [`Refusal`] as in `docs/sync.md`.
pub fn submit(office: &Office, device: &Device, body: &[u8]) -> std::result::Result<Vec<Vec<u8>>, Refusal> {
    let submissions = Submission::decode_all(body).map_err(|_| refuse(400, "malformed", "不是提交 not a submission"))?;
    let line = succession::lineage(office, device)?;
    taken(office, &line, &submissions, false)
}

/// Takes segments of another device's log that its paired phone brings (`POST /v1/segments?log=`): judged and answered as if that device had sent
/// them, for its own key signed every checkpoint. Any officer's device of this office may bring them; nothing new of a withdrawn device is taken.
///
/// # Errors
/// [`Refusal`] as in `docs/sync.md`.
pub fn carry(office: &Office, carrier: &Device, log: Id, body: &[u8]) -> std::result::Result<Vec<Vec<u8>>, Refusal> {
    if carrier.enrolment.role != Role::Officer {
        return Err(refuse(
            403,
            "not_officer",
            "只有执法人员的设备可以代交 only an officer's device may bring the log of another",
        ));
    }
    let submissions = Submission::decode_all(body).map_err(|_| refuse(400, "malformed", "不是提交 not a submission"))?;
    let unknown = || refuse(404, "unknown_log", "未登记的日志 this log is not enrolled");
    let device = enrol::of_log(office, log)?.ok_or_else(unknown)?;
    let line = succession::lineage(office, &device)?;
    taken(office, &line, &submissions, true)
}

fn taken(
    office: &Office,
    line: &[Device],
    submissions: &[Submission],
    carried: bool,
) -> std::result::Result<Vec<Vec<u8>>, Refusal> {
    // Signatures and seals before the database is held: other requests go on meanwhile.
    let signed: Vec<_> = submissions.iter().map(|s| signed(office, line, s)).collect();
    let mut most = signed.len();
    loop {
        let mut receipts = Vec::new();
        let taken = office.store.write(|tx| {
            let (mut end, mut stop) = (None, None);
            for one in signed.iter().take(most) {
                let taken = match one {
                    Ok(one) => take(office, tx, one, line, carried, &mut end)?,
                    Err(refusal) => Err(refusal.clone().into()),
                };
                match taken {
                    Ok(receipt) => receipts.push(receipt),
                    Err(why) => {
                        stop = Some(why);
                        break;
                    }
                }
            }
            if let Some(end) = end {
                end.keep(tx)?;
            }
            Ok(stop)
        });
        match taken {
            // Undone as a whole: those before it once more, without it.
            Err(OfficeError::Refused(_)) if !receipts.is_empty() => most = receipts.len(),
            Err(e) => return Err(e.into()),
            Ok(Some(stop)) if receipts.is_empty() => return Err(refusal(office, stop)?),
            Ok(_) => return Ok(receipts),
        }
    }
}

fn signed<'a>(office: &Office, line: &'a [Device], submission: &'a Submission) -> std::result::Result<Signed<'a>, Refusal> {
    let bad_signature = || refuse(403, "bad_signature", "检查点签名无效 checkpoint signature does not verify");
    let kid = Unverified::read(&submission.checkpoint, Checkpoint::TYP).map_err(|_| bad_signature())?.kid();
    let device = line.iter().find(|d| d.enrolment.log_key.kid() == kid).ok_or_else(bad_signature)?;
    let e = &device.enrolment;
    let cp = Checkpoint::open(&submission.checkpoint, &e.log_key).map_err(|_| bad_signature())?;
    if cp.log != e.log {
        return Err(refuse(404, "unknown_log", "未登记的日志 this log is not enrolled"));
    }
    if cp.enrolment != Enrolment::digest(&device.signed) {
        return Err(refuse(403, "bad_signature", "检查点属于另一登记 checkpoint names another enrolment"));
    }
    let digest = Checkpoint::digest(&submission.checkpoint);
    let segment = opened(office, submission);
    Ok(Signed { submission, cp, digest, enrolment: &device.signed, segment })
}

fn mismatch(what: &str) -> Refusal {
    refuse(422, "segment_mismatch", what)
}

fn opened(office: &Office, submission: &Submission) -> std::result::Result<Segment, Refusal> {
    let mut clear = Vec::new();
    office
        .keys
        .open(|| Ok(submission.segment.as_slice()), &mut clear)
        .map_err(|_| mismatch("数据段无法打开 the segment does not open"))?;
    Segment::decode(&clear).map_err(|_| mismatch("数据段格式错误或断链 the segment is malformed or its chain is broken"))
}

fn refusal(office: &Office, stop: Stop) -> std::result::Result<Refusal, Refusal> {
    Ok(match stop {
        Stop::Refused(refusal) => refusal,
        Stop::Fork(log, fork, size) => match forks::keep(office, log, &fork)? {
            Some(kept) => Refusal {
                fork: Some(kept),
                ..refuse(409, "fork", "同一密钥签了两种历史 this key signed two histories")
            },
            // The same content signed once more: no second history.
            None => old_size(size),
        },
    })
}

/// Judges one submission by what the office holds, and stores it. `end` is that of the office's log in this transaction, once something was appended.
fn take(
    office: &Office,
    tx: &Tx<'_>,
    one: &Signed<'_>,
    line: &[Device],
    carried: bool,
    end: &mut Option<log::End>,
) -> Result<std::result::Result<Vec<u8>, Stop>> {
    let Signed { submission, cp, digest, enrolment, segment } = one;
    let known = known(tx, cp.log)?;
    let size = known.as_ref().map_or(0, |k| k.size);
    match standing(tx, cp, digest, known.as_ref())? {
        Standing::Repeated(receipt) => return Ok(Ok(receipt)),
        Standing::Fork(first, proof) => {
            let fork = Fork::Device { enrolment: enrolment.to_vec(), first, second: submission.checkpoint.clone(), proof };
            return Ok(Err(Stop::Fork(cp.log, Box::new(fork), size)));
        }
        Standing::Older => return Ok(Err(old_size(size).into())),
        Standing::New => {}
    }
    if carried && revoke::is_revoked(tx, cp.log)? {
        return Ok(Err(refuse(403, "log_revoked", "该日志的登记已撤销 the enrolment of this log was withdrawn").into()));
    }
    if succession::is_adopted(tx, cp.log)? {
        return Ok(Err(refuse(409, "succeeded", "另一日志已承接此日志 another log has succeeded this one").into()));
    }
    if submission.old != size {
        return Ok(Err(old_size(size).into()));
    }
    let root = known.as_ref().map_or_else(|| tree::root(&[]), |k| k.root);
    if !tree::is_consistent(size, &root, cp.size, &cp.root, &submission.proof) {
        return Ok(Err(
            refuse(422, "bad_consistency", "新旧日志不一致 the checkpoint does not extend what the office holds").into()
        ));
    }
    let chained = match &known {
        None => true,
        Some(k) => cp.cp_no > k.cp_no && (cp.cp_no > k.cp_no + 1 || cp.previous == Some(k.checkpoint)),
    };
    if !chained {
        return Ok(Err(mismatch("检查点不相接 the checkpoint does not follow the one before it").into()));
    }
    let segment = match segment {
        Ok(segment) => segment,
        Err(refusal) => return Ok(Err(refusal.clone().into())),
    };
    let covers = segment.from == size && size + segment.entries.len() as u64 == cp.size;
    if segment.log != cp.log || segment.checkpoint != submission.checkpoint || !covers {
        return Ok(Err(mismatch("数据段不属于此检查点 the segment is not the one of this checkpoint").into()));
    }
    Ok(accept(office, tx, one, segment, size, line, end)?.map_err(Stop::Refused))
}

/// How a checkpoint stands to what is known.
enum Standing {
    /// The office has it already; the receipt that it gave.
    Repeated(Vec<u8>),
    /// It contradicts this signed checkpoint; the proof of [`Fork`] where the sizes differ.
    Fork(Vec<u8>, Option<Vec<Digest>>),
    /// It is about an older size that agrees with what is known.
    Older,
    /// It may extend the log.
    New,
}

fn standing(c: &Db, cp: &Checkpoint, digest: &Digest, known: Option<&Known>) -> Result<Standing> {
    let receipt = c.row("SELECT receipt FROM checkpoints WHERE digest = ?", params![digest], |r| r.get(0))?;
    if let Some(receipt) = receipt {
        return Ok(Standing::Repeated(receipt));
    }
    let same_number =
        c.row("SELECT signed FROM checkpoints WHERE log = ? AND cp_no = ?", params![cp.log.0, int(cp.cp_no)], |r| r.get(0))?;
    if let Some(first) = same_number {
        return Ok(Standing::Fork(first, None));
    }
    if known.is_none_or(|k| cp.size > k.size) {
        return Ok(Standing::New);
    }
    let log = Log::Device(cp.log);
    if log.root(c, cp.size)? == cp.root {
        return Ok(Standing::Older);
    }
    // Another root for a size that the office holds: the checkpoint of that size, or the next one after it, convicts the key.
    let (first, size): (Vec<u8>, i64) = c.one(
        "SELECT signed, size FROM checkpoints WHERE log = ? AND size >= ? ORDER BY size LIMIT 1",
        params![cp.log.0, int(cp.size)],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    Ok(Standing::Fork(first, prefix_proof(c, log, cp.size, uint(size))?))
}

/// The root of the first `prefix` leaves, then the consistency path to the root of the first `whole` (`docs/formats` §6.2).
pub(crate) fn prefix_proof(c: &Db, log: Log, prefix: u64, whole: u64) -> Result<Option<Vec<Digest>>> {
    let Some(path) = log.consistency(c, prefix, whole)? else { return Ok(None) };
    Ok(Some(std::iter::once(log.root(c, prefix)?).chain(path).collect()))
}

fn known(c: &Db, log: Id) -> Result<Option<Known>> {
    Ok(c.row("SELECT size, root, cp_no, checkpoint FROM logs WHERE log = ?", params![log.0], |r| {
        Ok(Known { size: uint(r.get(0)?), root: r.get(1)?, cp_no: uint(r.get(2)?), checkpoint: r.get(3)? })
    })?)
}

/// The leaf hashes of the first `size` entries of a device's log.
///
/// # Errors
/// [`crate::error::OfficeError::Store`].
pub fn leaves(c: &Db, log: Id, size: u64) -> Result<Vec<Digest>> {
    Ok(c.rows("SELECT leaf FROM entries WHERE log = ? AND seq < ? ORDER BY seq", params![log.0, int(size)], |r| r.get(0))?)
}

fn old_size(size: u64) -> Refusal {
    Refusal { size: Some(size), ..refuse(409, "old_size", "机关已有的长度不同 the office holds another size") }
}

fn accept(
    office: &Office,
    tx: &Tx<'_>,
    one: &Signed<'_>,
    segment: &Segment,
    size: u64,
    line: &[Device],
    end: &mut Option<log::End>,
) -> Result<std::result::Result<Vec<u8>, Refusal>> {
    let Signed { submission, cp, digest, .. } = one;
    let mut growth = Log::Device(cp.log).grow(tx, size)?;
    segment.entries.iter().for_each(|e| growth.push(e.leaf()));
    let follows = match (segment.entries.first(), last_digest(tx, cp.log)?) {
        (Some(first), last) => first.header().prev == last,
        (None, _) => true,
    };
    if growth.border().root() != cp.root || !follows {
        return Ok(Err(mismatch("条目与检查点的根不符 the entries do not lead to the root of the checkpoint")));
    }
    if !cases_agree(tx, cp, &segment.entries)? {
        return Ok(Err(mismatch("案件编号有缺口 the numbering within a case has a gap, or a head does not fit")));
    }
    let at = office.now();
    store_entries(tx, &segment.entries.iter().collect::<Vec<_>>(), at, None)?;
    growth.keep(tx)?;
    if let Some(adopted) = &segment.adopted {
        // Nothing of the segment stays when its tail does not fit: it comes again as a whole.
        if let Err(refusal) = succession::adopt(tx, line, segment, adopted, at)? {
            return Err(OfficeError::Refused(refusal));
        }
    }
    let owner = line.iter().find(|d| d.enrolment.log == cp.log);
    let enrolment = owner.map(|d| d.enrolment.enrolment).ok_or(OfficeError::NotFound("enrolment"))?;
    let leaf = OfficeLeaf::Checkpoint { checkpoint: *digest, log: cp.log, size: cp.size, at };
    let mut at_end = match end.take() {
        Some(at_end) => at_end,
        None => log::End::of(tx)?,
    };
    let appended = at_end.append(office, &leaf)?;
    *end = Some(at_end);
    tx.execute(
        "INSERT INTO checkpoints (digest, log, cp_no, size, root, signed, received, receipt) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        params![digest, cp.log.0, int(cp.cp_no), int(cp.size), cp.root, submission.checkpoint, at, appended.receipt],
    )?;
    tx.execute(
        "INSERT INTO logs (log, enrolment, size, root, cp_no, checkpoint) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (log) DO UPDATE SET size = excluded.size, root = excluded.root, cp_no = excluded.cp_no,
         checkpoint = excluded.checkpoint",
        params![cp.log.0, enrolment.0, int(cp.size), cp.root, int(cp.cp_no), digest],
    )?;
    tracing::info!(log = %cp.log, size = cp.size, "segment received");
    Ok(Ok(appended.receipt))
}

pub(crate) fn last_digest(c: &Db, log: Id) -> Result<Option<Digest>> {
    Ok(c.row("SELECT digest FROM entries WHERE log = ? ORDER BY seq DESC LIMIT 1", params![log.0], |r| r.get(0))?)
}

/// Each case is numbered 0… without gaps and chained, and the checkpoint states the length and head that follow from the entries.
fn cases_agree(c: &Db, cp: &Checkpoint, new: &[Entry]) -> Result<bool> {
    let Some(heads) = case_heads(c, cp.log, new)? else { return Ok(false) };
    for stated in &cp.cases {
        let head = match heads.get(&stated.case) {
            Some(head) => Some(*head),
            None => case_head(c, cp.log, stated.case)?,
        };
        if head != Some((stated.length, stated.head)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Length and head of each case that these entries continue; `None` when one has a gap or is not chained.
pub(crate) fn case_heads<'a>(
    c: &Db,
    log: Id,
    new: impl IntoIterator<Item = &'a Entry>,
) -> Result<Option<BTreeMap<Id, (u64, Digest)>>> {
    let mut heads: BTreeMap<Id, (u64, Digest)> = BTreeMap::new();
    for e in new {
        let Some(p) = e.header().position else { continue };
        let head = match heads.get(&p.case) {
            Some(head) => Some(*head),
            None => case_head(c, log, p.case)?,
        };
        let fits = match head {
            None => p.seq == 0 && p.prev.is_none(),
            Some((length, digest)) => p.seq == length && p.prev == Some(digest),
        };
        if !fits {
            return Ok(None);
        }
        heads.insert(p.case, (p.seq + 1, e.digest()));
    }
    Ok(Some(heads))
}

fn case_head(c: &Db, log: Id, case: Id) -> Result<Option<(u64, Digest)>> {
    Ok(c.row(
        "SELECT case_seq, digest FROM entries WHERE log = ? AND case_tag = ? ORDER BY seq DESC LIMIT 1",
        params![log.0, case.0],
        |r| Ok((uint(r.get(0)?) + 1, r.get(1)?)),
    )?)
}

/// Stores entries, and notes the files that they name.
pub(crate) fn store_entries(tx: &Tx<'_>, entries: &[&Entry], at: i64, adopted_by: Option<Id>) -> Result<()> {
    let mut rows = Vec::new();
    for e in entries {
        let (h, of_case) = (e.header(), e.header().position.as_ref());
        let disclosures = cbor::encode(&Value::Array(e.disclosures().iter().map(|d| d.bytes().into()).collect()))?;
        rows.push(row![
            h.log.0,
            int(h.seq),
            of_case.map(|p| p.case.0),
            of_case.map(|p| int(p.seq)),
            at,
            e.bytes(),
            disclosures,
            e.digest(),
            e.leaf(),
            adopted_by.map(|l| l.0)
        ]);
    }
    tx.insert("entries (log, seq, case_tag, case_seq, received, header, disclosures, digest, leaf, adopted_by)", &rows)?;
    let files: Vec<_> = entries.iter().filter_map(|e| wanted(e)).collect();
    Ok(tx.insert("wanted (log, seq, case_tag, what, id, clear, length, sealed)", &files)?)
}

/// The file that an entry names, as a row of `wanted`.
fn wanted(e: &Entry) -> Option<NewRow<'static>> {
    let (h, case) = (e.header(), e.header().position.as_ref()?.case);
    let (what, id, clear, length, sealed) = match Event::from_entry(e)? {
        Event::Captured { id, clear, clear_len, sealed, .. } => ("evidence", id, clear, Some(clear_len), Some(sealed)),
        Event::Checked { id, thumbnail: Some(clear), .. } => ("thumbnail", id, clear, None, None),
        Event::Presented { paper, presented, .. } => ("presented", paper, presented, None, None),
        Event::Finished { paper, digest, .. } => ("paper", paper, digest, None, None),
        Event::Signed { paper, strokes: Some(clear), .. } => ("strokes", paper, clear, None, None),
        _ => return None,
    };
    // An entry whose digest is no digest names nothing that could ever arrive; it is kept all the same.
    let clear = digest_from_hex(&clear)?;
    let sealed = sealed.and_then(|s| digest_from_hex(&s));
    Some(row![h.log.0, int(h.seq), case.0, what, id, clear, length.map(int), sealed])
}

/// The body of a refusal: `{"error", "message"}` and, for `old_size`, the office's size.
///
/// # Errors
/// Never in practice.
pub fn refusal_body(r: &Refusal) -> Result<Vec<u8>> {
    let m = MapBuilder::new()
        .with("error", r.code)
        .with("message", r.message.as_str())
        .maybe("size", r.size)
        .maybe("fork", r.fork)
        .maybe("order", r.order.as_deref());
    Ok(cbor::encode(&m.build())?)
}
