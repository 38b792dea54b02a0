//! Signed objects, logs and what proves them (`docs/formats` §1–§7, §9, §10).

use super::given::Given;
use super::refusal::{CHAIN, MALFORMED, PROOF, Refusal, WRONG_SUBJECT, of_cbor};
use crate::badge::{self, Assignment, Badge, CertificateStatus, Frame, Officer, OfficerList, Show, StatusList};
use crate::bundle::{Form, Manifest};
use crate::cbor::{self as codec, CborError, Fields, Value};
use crate::enrolment::{Application, Enrolment, Invitation};
use crate::id::{Digest, Id, digest16, hex, sha256};
use crate::log::{
    Checkpoint, Convicted, Conviction, Custody, CustodyState, Destruction, Disclosure, Entry, Epoch, Fork, Head, Header,
    LogError, LogReceipt, OfficeLeaf, Revocation, open_access, tree,
};
use crate::log::{Outside, SeenBy};
use crate::pack::signed as packs;
use crate::sign::Unverified;
use crate::sign::multi::MultiSigned;
use crate::statement::Statement;
use crate::trust::{TrustList, Use};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// The kinds that `sign` and `multi` are asked for.
const TYPS: [&str; 4] = ["mz1/head", "mz1/checkpoint", "mz1/trust", "mz1/paper"];

fn typ(given: Given<'_>) -> Result<&'static str, Refusal> {
    let wanted = given.text("typ")?;
    TYPS.into_iter().find(|t| *t == wanted).ok_or(Refusal("context"))
}

fn hex_of<T: AsRef<[u8]>>(bytes: Option<T>) -> Json {
    bytes.map_or(Json::Null, |b| hex(b.as_ref()).into())
}

pub(super) fn cbor(bytes: &[u8], _: Given<'_>) -> Result<Json, Refusal> {
    codec::decode(bytes).map(|v| codec::to_json(&v)).map_err(of_cbor)
}

pub(super) fn sign(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let (object, key) = (Unverified::read(bytes, typ(given)?)?, given.key("key")?);
    let payload = match given.opt_bytes("payload")? {
        Some(apart) => {
            object.verify_detached(&key, &apart)?;
            apart
        }
        None => object.verify(&key)?,
    };
    Ok(json!({"payload": hex(&payload)}))
}

pub(super) fn multi(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let (keys, k) = (given.keys("keys")?, given.uint("k")? as usize);
    let signed = MultiSigned::read(bytes, typ(given)?)?;
    let (payload, signers) = signed.verify(k, |kid| keys.iter().find(|key| key.kid() == kid).copied())?;
    Ok(json!({"payload": hex(&payload), "signers": signers.len()}))
}

pub(super) fn trust(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let list = match (given.opt_bytes("known")?, given.root()?) {
        (Some(known), _) => TrustList::open_self_signed(&known).map_err(|_| Refusal("context"))?.open_update(bytes)?,
        (None, Some(root)) => TrustList::open(bytes, &root)?,
        (None, None) => TrustList::open_self_signed(bytes)?,
    };
    Ok(json!({
        "version": list.version, "organ": list.organ, "issued": list.issued, "expires": list.expires, "k": list.roots.k,
        "roots": list.roots.keys.len(), "root": hex(&list.roots.fingerprint()?.0), "uses": list.keys.iter().map(|k| k.usage.name()).collect::<Vec<_>>(),
    }))
}

pub(super) fn badge(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let b = Badge::open(bytes, &given.trust()?)?;
    let o = &b.officer;
    Ok(json!({
        "name": o.name, "unit": o.unit, "position": o.position, "number": o.number, "category": o.category, "area": o.area,
        "until": o.until, "photo": hex_of(b.photo), "status": b.status, "issued": b.issued, "expires": b.expires,
        "show_kid": hex(&b.show_key.kid()), "digest": hex(&digest16(bytes)),
    }))
}

pub(super) fn show(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let s = Show::open(bytes, &given.key("key")?)?;
    Ok(json!({"badge": hex(&s.badge), "at": s.at, "challenge": hex_of(s.challenge), "assignment": hex_of(s.assignment)}))
}

pub(super) fn assignment(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let a = Assignment::open(bytes, &given.trust()?)?;
    Ok(json!({
        "task": a.task.to_string(), "enterprise": hex(&a.enterprise), "day": a.day, "officers": a.officers, "number": a.number, "cap": a.cap,
        "type": a.kind.name(), "organ": a.organ, "issued": a.issued,
    }))
}

/// A status list, what it says of the certificates at `indexes` (null beyond its end), and whether it is overdue at `at`.
pub(super) fn status_list(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let l = StatusList::open(bytes, &given.trust()?)?;
    let said = given.uints("indexes")?.into_iter().map(|i| l.status(i).map(CertificateStatus::number)).collect::<Vec<_>>();
    let overdue = given.int("at")? > l.expires.saturating_mul(1000);
    Ok(json!({
        "address": l.address, "issued": l.issued, "expires": l.expires, "ttl": l.ttl, "statuses": said, "overdue": overdue,
    }))
}

/// A list of officers, and whether it is old at `at`.
pub(super) fn officers(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let l = OfficerList::open(bytes, &given.trust()?)?;
    let row = |o: &Officer| json!([o.name, o.unit, o.position, o.number, o.category, o.area, o.until]);
    Ok(json!({
        "organ": l.organ, "at": l.at, "until": l.until, "officers": l.officers.iter().map(row).collect::<Vec<_>>(),
        "old": given.int("at")? > l.until,
    }))
}

/// The digits of a challenge, as somebody typed or scanned them.
pub(super) fn challenge(bytes: &[u8], _: Given<'_>) -> Result<Json, Refusal> {
    let digits = std::str::from_utf8(bytes).map_err(|_| MALFORMED)?;
    Ok(json!({"challenge": hex(&badge::challenge(digits)?)}))
}

fn frame_json(frame: &Frame) -> Json {
    match frame {
        Frame::Badge { badge, show } => json!({"kind": 1, "badge": hex(&digest16(badge)), "show": hex(&digest16(show))}),
        Frame::Assignment { assignment, show } => {
            json!({"kind": 2, "assignment": hex(&digest16(assignment)), "show": hex(&digest16(show))})
        }
        Frame::Checkpoint { checkpoint } => json!({"kind": 3, "checkpoint": hex(&digest16(checkpoint))}),
    }
}

pub(super) fn frame(bytes: &[u8], _: Given<'_>) -> Result<Json, Refusal> {
    Ok(frame_json(&Frame::from_bytes(bytes)?))
}

pub(super) fn frame_text(bytes: &[u8], _: Given<'_>) -> Result<Json, Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|_| MALFORMED)?;
    Ok(frame_json(&Frame::from_text(text)?))
}

pub(super) fn header(bytes: &[u8], _: Given<'_>) -> Result<Json, Refusal> {
    let h = Header::decode(bytes)?;
    Ok(json!({
        "log": h.log.to_string(), "seq": h.seq, "prev": hex_of(h.prev), "case": h.position.map(|p| p.case.to_string()),
        "case_seq": h.position.map(|p| p.seq), "case_prev": hex_of(h.position.and_then(|p| p.prev)), "kind": h.kind, "version": h.version,
        "wall": h.clocks.reading.wall_ms, "actor": hex_of(h.actor.map(|a| a.0)), "fields": h.commitments.keys().collect::<Vec<_>>(),
        "seen": h.seen.len(), "leaf": hex(&tree::leaf(bytes)),
    }))
}

pub(super) fn disclosure(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let d = Disclosure::decode(bytes)?;
    if let Some(expected) = given.opt_bytes("commitment")?
        && expected != d.commitment()
    {
        return Err(Refusal("commitment"));
    }
    Ok(json!({"name": d.name(), "value": codec::to_json(d.value()), "commitment": hex(&d.commitment())}))
}

/// §5.2 in the tree of `size` and `root`, as the entries of one case in one log.
pub(super) fn entries(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let (size, root, case) = (given.uint("size")?, given.array("root")?, given.id("case")?);
    let mut read: Vec<Entry> = Vec::new();
    for item in codec::decode(bytes)?.array("entries")? {
        let (entry, rest) = Entry::from_value(item)?;
        let [proof]: [Value; 1] = rest.try_into().map_err(|_| MALFORMED)?;
        let proof = proof.array("proof")?.into_iter().map(|d| d.array_of("proof")).collect::<Result<Vec<Digest>, _>>()?;
        let position = entry.header().position.filter(|p| p.case == case).ok_or(WRONG_SUBJECT)?;
        if position.seq != read.len() as u64 {
            return Err(Refusal("gap"));
        }
        if let Some(before) = read.last() {
            let neighbours = entry.header().seq == before.header().seq + 1;
            let grows = entry.header().log == before.header().log && entry.header().seq > before.header().seq;
            if !grows || position.prev != Some(before.digest()) || (neighbours && !entry.follows(before)) {
                return Err(CHAIN);
            }
        }
        if tree::root_from_inclusion(entry.leaf(), entry.header().seq, size, &proof) != Some(root) {
            return Err(PROOF);
        }
        read.push(entry);
    }
    let each = |e: &Entry| json!({"seq": e.header().seq, "kind": e.header().kind, "fields": codec::to_json(&e.fields()), "withheld": e.withheld()});
    Ok(json!({"entries": read.iter().map(each).collect::<Vec<_>>()}))
}

/// A checkpoint, and whether it continues the older one that is `known`; `proof` is the consistency of the two.
pub(super) fn checkpoint(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let key = given.key("key")?;
    let c = Checkpoint::open(bytes, &key)?;
    if let Some(known) = given.opt_bytes("known")? {
        let old = Checkpoint::open(&known, &key).map_err(|_| Refusal("context"))?;
        let named = c.cp_no != old.cp_no + 1 || c.previous == Some(Checkpoint::digest(&known));
        if c.log != old.log {
            return Err(WRONG_SUBJECT);
        }
        if c.cp_no <= old.cp_no || c.size <= old.size || !named {
            return Err(Refusal("two_histories"));
        }
        if !tree::is_consistent(old.size, &old.root, c.size, &c.root, &given.digests("proof")?) {
            return Err(PROOF);
        }
    }
    let cases = c.cases.iter().map(|h| json!([h.case.to_string(), h.length, hex(&h.head)])).collect::<Vec<_>>();
    Ok(json!({
        "log": c.log.to_string(), "cp_no": c.cp_no, "previous": hex_of(c.previous), "size": c.size, "root": hex(&c.root), "cases": cases,
        "wall": c.clocks.reading.wall_ms, "receipt": hex_of(c.receipt), "enrolment": hex(&c.enrolment), "digest": hex(&sha256(bytes)),
    }))
}

/// A consistency proof of a device's log, for the checkpoints that stand beside: what a party's checkpoint pins (§5.4).
pub(super) fn consistency_proof(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let mut f = Fields::of(codec::decode(bytes)?)?;
    let version = f.req("v", "v")?;
    let log = Id(f.req("log", "log")?.array_of("log")?);
    let (from, to) = (f.req("from", "from")?.uint("from")?, f.req("to", "to")?.uint("to")?);
    let proof =
        f.req("proof", "proof")?.array("proof")?.into_iter().map(|d| d.array_of("proof")).collect::<Result<Vec<_>, _>>()?;
    f.end()?;
    if version != Value::Int(1) {
        return Err(MALFORMED);
    }
    let key = given.key("key")?;
    let beside = |name| Checkpoint::open(&given.bytes(name)?, &key).map_err(|_| Refusal("context"));
    let (older, newer) = (beside("older")?, beside("newer")?);
    if [&older, &newer].iter().any(|c| c.log != log) || (from, to) != (older.size, newer.size) {
        return Err(WRONG_SUBJECT);
    }
    if !tree::is_consistent(from, &older.root, to, &newer.root, &proof) {
        return Err(PROOF);
    }
    Ok(json!({"log": log.to_string(), "from": from, "to": to}))
}

pub(super) fn leaf(bytes: &[u8], _: Given<'_>) -> Result<Json, Refusal> {
    let l = OfficeLeaf::decode(bytes)?;
    Ok(
        json!({"kind": l.kind(), "at": l.at(), "known": !matches!(l, OfficeLeaf::Unknown { .. }), "leaf": hex(&tree::leaf(bytes))}),
    )
}

/// A log receipt, and whether it is for the `checkpoint` that stands beside, if one does.
pub(super) fn log_receipt(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let r = LogReceipt::open(bytes, &given.trust()?)?;
    if let Some(signed) = given.opt_bytes("checkpoint")? {
        let c = Checkpoint::open(&signed, &given.key("key")?).map_err(|_| Refusal("context"))?;
        let (digest, at) = (sha256(&signed), r.leaf.at());
        if r.leaf != (OfficeLeaf::Checkpoint { checkpoint: digest, log: c.log, size: c.size, at }) {
            return Err(WRONG_SUBJECT);
        }
    }
    Ok(json!({
        "kind": r.leaf.kind(), "at": r.leaf.at(), "index": r.index, "size": r.size, "root": hex(&r.root), "epoch": r.epoch, "issuer": r.issuer,
        "digest": hex(&r.digest),
    }))
}

pub(super) fn custody(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let c = Custody::open(bytes, &given.trust()?)?;
    let state = if c.state == CustodyState::Opened { "opened" } else { "stored" };
    Ok(json!({"state": state, "sealed": hex(&c.sealed), "clear": hex(&c.clear), "length": c.length, "at": c.at}))
}

pub(super) fn destruction(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let d = Destruction::open(bytes, &given.trust()?)?;
    let files = d.files.iter().map(|f| json!([hex(&f.sealed), hex(&f.clear), f.length])).collect::<Vec<_>>();
    Ok(json!({"number": d.number, "files": files, "at": d.at}))
}

pub(super) fn head(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let h = Head::open(bytes, &given.trust()?)?;
    Ok(json!({"epoch": h.tree.epoch, "size": h.tree.size, "root": hex(&h.tree.root), "at": h.at}))
}

pub(super) fn epoch(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let (e, digest) = Epoch::open(bytes, &given.trust()?.roots)?;
    let last = e.last.iter().map(|h| json!([h.epoch, h.size, hex(&h.root)])).collect::<Vec<_>>();
    Ok(json!({"epoch": e.epoch, "at": e.at, "reason": e.reason, "last": last, "digest": hex(&digest)}))
}

/// An outside file, and whether the log receipt that stands `beside` is of a prefix of its head's tree.
pub(super) fn outside(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let trust = given.trust()?;
    let o = Outside::open(bytes, &trust)?;
    let mut contains = Json::Null;
    if let Some(receipt) = given.opt_bytes("receipt")? {
        let receipt = LogReceipt::open(&receipt, &trust).map_err(|_| Refusal("context"))?;
        contains = o.contains(given.text("path")?, &receipt).into();
        if contains == Json::Bool(false) {
            return Err(PROOF);
        }
    }
    let seen = |by: &[SeenBy]| by.iter().map(|s| json!([s.name, s.at])).collect::<Vec<_>>();
    Ok(json!({
        "epoch": o.head.tree.epoch, "size": o.head.tree.size, "at": o.head.at, "cosignatures": seen(&o.cosignatures),
        "timestamps": seen(&o.timestamps), "unjudged": o.unjudged.len(), "contains": contains,
    }))
}

pub(super) fn fork(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let (whom, rule) = Fork::decode(bytes)?.judge(&given.trust()?).map_err(|e| match e {
        LogError::Proof => Refusal("no_fork"),
        other => other.into(),
    })?;
    let rule = match rule {
        Conviction::SameNumber => "same_number",
        Conviction::SameSize => "same_size",
        Conviction::NoPrefix => "no_prefix",
    };
    Ok(match whom {
        Convicted::Device(log) => json!({"rule": rule, "what": "device", "log": log.to_string()}),
        Convicted::Office(epoch) => json!({"rule": rule, "what": "office", "epoch": epoch}),
    })
}

/// A revocation, and whether something `received` then counts.
pub(super) fn revocation(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let r = Revocation::open(bytes, &given.trust()?)?;
    let counts = if given.has("received") { Some(r.counts(given.int("received")?)) } else { None };
    Ok(json!({
        "enrolment": hex(&r.enrolment), "log": r.log.to_string(), "at": r.at, "suspect_since": r.suspect_since, "reason": r.reason,
        "counts": counts,
    }))
}

pub(super) fn access(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let (r, digest, receipt) = open_access(bytes, &given.trust()?)?;
    Ok(json!({
        "case": r.case.to_string(), "act": r.act.name(), "what": r.what, "who": r.who, "at": r.at, "record": hex(&digest),
        "index": receipt.index,
    }))
}

pub(super) fn enrolment(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let e = Enrolment::open(bytes, &given.trust()?)?;
    Ok(json!({
        "enrolment": e.enrolment.to_string(), "device": e.device.to_string(), "log": e.log.to_string(), "person": e.person.to_string(),
        "name": e.name, "role": e.role.name(), "log_kid": hex(&e.log_key.kid()), "show_kid": hex(&e.show_key.kid()),
        "officer_kid": hex(&e.officer_key.kid()), "recipient": hex(&e.recipient), "key_protection": e.key_protection.name(),
        "attested": e.attested, "at": e.at, "previous": hex_of(e.succeeds.map(|s| s.previous)), "reason": e.succeeds.map(|s| s.reason.name()),
        "digest": hex(&sha256(bytes)),
    }))
}

pub(super) fn application(bytes: &[u8], _: Given<'_>) -> Result<Json, Refusal> {
    let a = Application::decode(bytes)?;
    Ok(json!({
        "log": a.log.to_string(), "device": a.device.to_string(), "model": a.model, "key_protection": a.key_protection.name(),
        "fingerprint": a.short_fingerprint(),
    }))
}

pub(super) fn invitation(bytes: &[u8], _: Given<'_>) -> Result<Json, Refusal> {
    let i = Invitation::parse(std::str::from_utf8(bytes).map_err(|_| MALFORMED)?)?;
    Ok(json!({"address": i.address, "root": hex(&i.root.0), "code": hex(&i.code)}))
}

pub(super) fn statement(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let s = Statement::open(bytes, &given.key("key")?)?;
    Ok(json!({
        "what": s.what.name(), "person": s.person.to_string(), "name": s.name, "number": s.number, "role": s.role, "case": s.case.to_string(),
        "at": s.at, "facts": hex_of(s.facts), "presented": hex_of(s.presented), "present": s.present, "checkpoint": hex_of(s.checkpoint),
        "shared_device": s.shared_device,
    }))
}

pub(super) fn pack(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let p = packs::open(bytes, &given.trust()?, given.int("at")?)?;
    Ok(json!({"id": p.pack().id, "version": p.pack().version, "digest": hex(&p.digest()), "signers": p.signers().len()}))
}

pub(super) fn bundle(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let at = |v: &Value| Fields::of(v.clone())?.req("at", "at")?.int("at");
    let opened = given.trust()?.open_signed(bytes, Manifest::TYP, Use::Export, at)?;
    let m = Manifest::read(opened.value)?;
    let form = match m.form {
        Form::Sealed => "sealed",
        Form::Open => "open",
        Form::Party => "party",
    };
    let files = m.files.iter().map(|(path, (length, digest))| (path.clone(), json!([length, hex(digest)])));
    Ok(json!({
        "case": m.case.to_string(), "at": m.at, "form": form, "withheld": m.withheld, "files": files.collect::<serde_json::Map<_, _>>(), "payload": hex(&sha256(&opened.payload)),
    }))
}

/// `data/case.cbor`: exactly one newest checkpoint a log, no log twice.
pub(super) fn case(bytes: &[u8], _: Given<'_>) -> Result<Json, Refusal> {
    let mut f = Fields::of(codec::decode(bytes)?)?;
    let version = f.req("v", "v")?;
    let case = Id(f.req("case", "case")?.array_of("case")?);
    let logs =
        f.req("logs", "logs")?.array("logs")?.into_iter().map(|l| l.array_of("log").map(Id)).collect::<Result<Vec<_>, _>>()?;
    let Value::Map(newest) = f.req("newest", "newest")? else { return Err(MALFORMED) };
    f.end()?;
    let newest = newest
        .into_iter()
        .map(|(log, number)| Ok((Id::from_hex(&log.text("newest")?).ok_or(CborError::Type("newest"))?, number.uint("newest")?)))
        .collect::<Result<Vec<_>, CborError>>()?;
    let (of_logs, of_newest) =
        (logs.iter().copied().collect::<BTreeSet<_>>(), newest.iter().map(|n| n.0).collect::<BTreeSet<_>>());
    if version != Value::Int(1) || logs.is_empty() || of_logs.len() != logs.len() || of_logs != of_newest {
        return Err(MALFORMED);
    }
    let newest = newest.iter().map(|(log, number)| (log.to_string(), (*number).into())).collect::<serde_json::Map<_, _>>();
    Ok(json!({"case": case.to_string(), "logs": logs.iter().map(Id::to_string).collect::<Vec<_>>(), "newest": newest}))
}
