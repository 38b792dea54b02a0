//! Segments: everything that a phone sends of its log is verified before it is stored, under the rules of a C2SP witness (P5).

mod rows;
mod tail;

use crate::api::{Arrival, Refusal, refuse};
use crate::enrol::Device;
use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::store::{Db, Tx, int, params, uint};
use crate::subtrees::Log;
use crate::{enrol, forks, log, revoke, succession};
use mingzheng_core::cbor::{self, MapBuilder};
use mingzheng_core::enrolment::{Enrolment, Role};
use mingzheng_core::id::{Digest, Id};
use mingzheng_core::log::{Checkpoint, Fork, OfficeLeaf, tree};
use mingzheng_core::sign::Unverified;
use mingzheng_core::wire::{Segment, Submission};
pub(crate) use rows::Rows;
use tail::{Tail, Unfit};
pub(crate) use tail::{continues, last_digest};

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

/// The segments of one request.
struct Brought {
    /// The enrolments of the device whose log they are of.
    line: Vec<Device>,
    /// Whether another device brings them.
    carried: bool,
    submissions: Vec<Submission>,
}

/// A submission with the rows that it would add.
struct Offered<'a> {
    one: &'a Signed<'a>,
    rows: Rows<'a>,
}

impl<'a> Offered<'a> {
    fn of(one: &'a Signed<'a>, at: i64) -> Result<Self> {
        let rows = match &one.segment {
            Ok(segment) => Rows::of(&segment.entries, at, None)?,
            Err(_) => Rows::default(),
        };
        Ok(Self { one, rows })
    }
}

/// What a transaction has taken so far, and has not written yet: the end of the device's log, and that of the office's.
#[derive(Default)]
struct Taking<'a> {
    tail: Option<Tail<'a>>,
    end: Option<log::End>,
}

impl<'a> Taking<'a> {
    /// The end of this log.
    fn tail(&mut self, tx: &Tx<'_>, line: &[Device], log: Id) -> Result<&mut Tail<'a>> {
        if self.tail.as_ref().is_none_or(|tail| tail.log() != log) {
            self.keep_tail(tx, line)?;
        }
        Ok(match &mut self.tail {
            Some(tail) => tail,
            none => none.insert(Tail::of(tx, log)?),
        })
    }

    fn keep_tail(&mut self, tx: &Tx<'_>, line: &[Device]) -> Result<()> {
        let Some(tail) = self.tail.take() else { return Ok(()) };
        let owner = line.iter().find(|d| d.enrolment.log == tail.log());
        tail.keep(tx, owner.map(|d| d.enrolment.enrolment).ok_or(OfficeError::NotFound("enrolment"))?)
    }

    fn keep(mut self, tx: &Tx<'_>, line: &[Device]) -> Result<()> {
        self.keep_tail(tx, line)?;
        self.end.map_or(Ok(()), |end| end.keep(tx))
    }
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
/// The arrival of the request is noted whatever becomes of it; `anchor` is set when it is.
///
/// # Errors
/// [`Refusal`] as in `docs/sync.md`.
pub(crate) fn submit(
    office: &Office,
    device: &Device,
    body: &[u8],
    arrival: &Arrival,
    anchor: &mut Option<Vec<u8>>,
) -> std::result::Result<Vec<Vec<u8>>, Refusal> {
    let read = || {
        Ok::<_, Refusal>(Brought { submissions: submissions(body)?, line: succession::lineage(office, device)?, carried: false })
    };
    let brought = read().or_else(|refusal| arrival.note(office, anchor).and(Err(refusal)))?;
    taken(office, &brought, arrival, anchor)
}

/// Takes segments of another device's log that its paired phone brings (`POST /v1/segments?log=`): judged and answered as if that device had sent
/// them, for its own key signed every checkpoint. Any officer's device of this office may bring them; nothing new of a withdrawn device is taken.
///
/// # Errors
/// [`Refusal`] as in `docs/sync.md`.
pub(crate) fn carry(
    office: &Office,
    carrier: &Device,
    log: Option<Id>,
    body: &[u8],
    arrival: &Arrival,
    anchor: &mut Option<Vec<u8>>,
) -> std::result::Result<Vec<Vec<u8>>, Refusal> {
    let read = || {
        let log = log.ok_or_else(|| refuse(400, "malformed", "log"))?;
        if carrier.enrolment.role != Role::Officer {
            return Err(refuse(
                403,
                "not_officer",
                "只有执法人员的设备可以代交 only an officer's device may bring the log of another",
            ));
        }
        let submissions = submissions(body)?;
        let unknown = || refuse(404, "unknown_log", "未登记的日志 this log is not enrolled");
        let device = enrol::of_log(office, log)?.ok_or_else(unknown)?;
        Ok(Brought { submissions, line: succession::lineage(office, &device)?, carried: true })
    };
    let brought = read().or_else(|refusal| arrival.note(office, anchor).and(Err(refusal)))?;
    taken(office, &brought, arrival, anchor)
}

fn submissions(body: &[u8]) -> std::result::Result<Vec<Submission>, Refusal> {
    Submission::decode_all(body).map_err(|_| refuse(400, "malformed", "不是提交 not a submission"))
}

fn taken(
    office: &Office,
    brought: &Brought,
    arrival: &Arrival,
    anchor: &mut Option<Vec<u8>>,
) -> std::result::Result<Vec<Vec<u8>>, Refusal> {
    // Signatures, seals and rows before the database is held: other requests go on meanwhile.
    let at = office.now();
    let line = brought.line.as_slice();
    let signed: Vec<_> = brought.submissions.iter().map(|s| signed(office, line, s)).collect();
    let offered: Vec<std::result::Result<Offered<'_>, &Refusal>> = signed
        .iter()
        .map(|one| match one {
            Ok(one) => Offered::of(one, at).map(Ok),
            Err(refusal) => Ok(Err(refusal)),
        })
        .collect::<Result<_>>()?;
    let mut most = offered.len();
    loop {
        let mut receipts = Vec::new();
        let taken = office.store.write(|tx| {
            if let Err(refusal) = arrival.note_in(tx)? {
                return Ok(Some(refusal.into()));
            }
            let (mut taking, mut stop) = (Taking::default(), None);
            for one in offered.iter().take(most) {
                let taken = match one {
                    Ok(one) => take(office, tx, brought, one, &mut taking)?,
                    Err(refusal) => Err(Refusal::clone(refusal).into()),
                };
                match taken {
                    Ok(receipt) => receipts.push(receipt),
                    Err(why) => {
                        stop = Some(why);
                        break;
                    }
                }
            }
            taking.keep(tx, line)?;
            Ok(stop)
        });
        let stop = match taken {
            // Undone as a whole: those before it once more, without it.
            Err(OfficeError::Refused(_)) if !receipts.is_empty() => {
                most = receipts.len();
                continue;
            }
            Err(OfficeError::Refused(refusal)) => return arrival.note(office, anchor).and(Err(refusal)),
            Err(e) => return Err(e.into()),
            Ok(stop) => stop,
        };
        *anchor = Some(arrival.anchor());
        return match stop {
            Some(stop) if receipts.is_empty() => Err(refusal(office, stop)?),
            _ => Ok(receipts),
        };
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
    let clear = office.keys.open_bytes(&submission.segment).map_err(|_| mismatch("数据段无法打开 the segment does not open"))?;
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

/// Judges one submission by what the office holds and what this transaction has taken so far, and takes it.
fn take<'a>(
    office: &Office,
    tx: &Tx<'_>,
    brought: &Brought,
    offered: &'a Offered<'a>,
    taking: &mut Taking<'a>,
) -> Result<std::result::Result<Vec<u8>, Stop>> {
    let Signed { submission, cp, digest, enrolment, segment } = offered.one;
    let line = brought.line.as_slice();
    let tail = taking.tail(tx, line, cp.log)?;
    // Numbers and sizes only grow: one beyond the newest is new. Anything else is compared with what the database has, and so must all be there.
    if tail.known.as_ref().is_some_and(|k| cp.cp_no <= k.cp_no || cp.size <= k.size) {
        if tail.is_ahead() {
            taking.keep_tail(tx, line)?;
        }
        let tail = taking.tail(tx, line, cp.log)?;
        match standing(tx, cp, digest, tail.size())? {
            Standing::Repeated(receipt) => return Ok(Ok(receipt)),
            Standing::Fork(first, proof) => {
                let fork = Fork::Device { enrolment: enrolment.to_vec(), first, second: submission.checkpoint.clone(), proof };
                return Ok(Err(Stop::Fork(cp.log, Box::new(fork), tail.size())));
            }
            Standing::Older => return Ok(Err(old_size(tail.size()).into())),
            Standing::New => {}
        }
    }
    if brought.carried && revoke::is_revoked(tx, cp.log)? {
        return Ok(Err(refuse(403, "log_revoked", "该日志的登记已撤销 the enrolment of this log was withdrawn").into()));
    }
    let Taking { tail, end } = taking;
    let Some(tail) = tail else { return Err(OfficeError::NotFound("log")) };
    let size = tail.size();
    if tail.is_adopted {
        return Ok(Err(refuse(409, "succeeded", "另一日志已承接此日志 another log has succeeded this one").into()));
    }
    if submission.old != size {
        return Ok(Err(old_size(size).into()));
    }
    if !tree::is_consistent(size, &tail.root(), cp.size, &cp.root, &submission.proof) {
        return Ok(Err(
            refuse(422, "bad_consistency", "新旧日志不一致 the checkpoint does not extend what the office holds").into()
        ));
    }
    let chained = match &tail.known {
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
    let fitting = match tail.fit(tx, cp, &segment.entries)? {
        Ok(fitting) => fitting,
        Err(Unfit::Root) => {
            return Ok(Err(mismatch("条目与检查点的根不符 the entries do not lead to the root of the checkpoint").into()));
        }
        Err(Unfit::Case) => {
            return Ok(Err(mismatch("案件编号有缺口 the numbering within a case has a gap, or a head does not fit").into()));
        }
    };
    let at = office.now();
    if let Some(adopted) = &segment.adopted {
        // Nothing of the segment stays when its tail does not fit: it comes again as a whole.
        if let Err(refusal) = succession::adopt(tx, line, segment, adopted, at)? {
            return Err(OfficeError::Refused(refusal));
        }
    }
    let leaf = OfficeLeaf::Checkpoint { checkpoint: *digest, log: cp.log, size: cp.size, at };
    let end = match end {
        Some(end) => end,
        none => none.insert(log::End::of(tx)?),
    };
    let appended = end.append(office, &leaf)?;
    tail.add(fitting, offered, at, &appended.receipt);
    tracing::info!(log = %cp.log, size = cp.size, "segment received");
    Ok(Ok(appended.receipt))
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

fn standing(c: &Db, cp: &Checkpoint, digest: &Digest, size: u64) -> Result<Standing> {
    let receipt = c.row("SELECT receipt FROM checkpoints WHERE digest = ?", params![digest], |r| r.get(0))?;
    if let Some(receipt) = receipt {
        return Ok(Standing::Repeated(receipt));
    }
    let same_number =
        c.row("SELECT signed FROM checkpoints WHERE log = ? AND cp_no = ?", params![cp.log.0, int(cp.cp_no)], |r| r.get(0))?;
    if let Some(first) = same_number {
        return Ok(Standing::Fork(first, None));
    }
    if cp.size > size {
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
