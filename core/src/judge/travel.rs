//! What is sealed and what travels between phone, phone and office (`docs/formats` §7.3, §8, §11, §14).

use super::given::Given;
use super::refusal::{MALFORMED, Refusal, WRONG_SUBJECT};
use crate::id::{hex, sha256};
use crate::log::Checkpoint;
use crate::seal::{self, Identity};
use crate::wire::{Anchor, Answer, Claimed, Cursor, Item, Seen, Segment, Submission, WipeOrder};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value as Json, json};

pub(super) fn anchor(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let a = Anchor::open(bytes, &given.trust()?)?;
    Ok(json!({"nonce": hex(&a.nonce), "at": a.at}))
}

pub(super) fn wipe(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let o = WipeOrder::open(bytes, &given.trust()?)?;
    Ok(json!({
        "device": o.device.to_string(), "log": o.log.to_string(), "nonce": hex(&o.nonce), "at": o.at, "not_after": o.not_after,
        "head": {"size": o.head.size, "root": hex(&o.head.root), "epoch": o.head.epoch},
    }))
}

pub(super) fn sealed(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let identity = Identity::from_bytes(&given.array("identity")?)?;
    let mut clear = Vec::new();
    let s = seal::open(&mut &*bytes, &mut clear, &identity)?;
    Ok(json!({
        "clear": hex(&s.clear), "clear_len": s.clear_len, "sealed": hex(&s.sealed), "sealed_len": s.sealed_len, "payload": hex(&s.payload),
        "payload_len": s.payload_len,
    }))
}

/// A segment, and whether its checkpoint covers it, where the LOG key is known.
pub(super) fn segment(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let s = Segment::decode(bytes)?;
    if given.has("key") {
        let c = Checkpoint::open(&s.checkpoint, &given.key("key")?)?;
        if c.log != s.log || c.size != s.from + s.entries.len() as u64 {
            return Err(WRONG_SUBJECT);
        }
    }
    let kinds = s.entries.iter().map(|e| e.header().kind.as_str()).collect::<Vec<_>>();
    let adopted = s.adopted.as_ref().map(|a| json!({"log": a.log.to_string(), "from": a.from, "entries": a.entries.len()}));
    Ok(
        json!({"log": s.log.to_string(), "from": s.from, "kinds": kinds, "checkpoint": hex(&sha256(&s.checkpoint)), "adopted": adopted}),
    )
}

pub(super) fn submission(bytes: &[u8], _: Given<'_>) -> Result<Json, Refusal> {
    let s = Submission::decode(bytes)?;
    let proof = s.proof.iter().map(|d| hex(d)).collect::<Vec<_>>();
    Ok(json!({"old": s.old, "proof": proof, "checkpoint": hex(&sha256(&s.checkpoint)), "segment": hex(&sha256(&s.segment))}))
}

pub(super) fn request(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let claimed = Claimed::read(&BASE64URL_NOPAD.encode(bytes))?;
    let digest = hex(&claimed.digest());
    let seen = Seen {
        method: given.text("method")?,
        authority: given.text("authority")?,
        path: given.text("path")?,
        body: sha256(&given.bytes("body")?),
    };
    let r = claimed.verify(&given.key("key")?, &seen)?;
    Ok(json!({
        "method": r.method, "authority": r.authority, "path": r.path, "body": hex(&r.body), "nonce": hex(&r.nonce), "created": r.created,
        "enrolment": r.enrolment.map(|e| e.to_string()), "digest": digest,
    }))
}

pub(super) fn response(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let status = u16::try_from(given.uint("status")?).map_err(|_| MALFORMED)?;
    let (request, nonce, body) = (given.array("request")?, given.array("nonce")?, given.bytes("body")?);
    let a = Answer::open(Some(&BASE64URL_NOPAD.encode(bytes)), &given.trust()?, &request, &nonce, status, &body)?;
    Ok(json!({
        "at": a.at, "epoch": a.head.epoch, "size": a.head.size, "root": hex(&a.head.root), "anchor": a.anchor.map(|(_, anchor)| anchor.at),
    }))
}

pub(super) fn feed(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let last = match given.part("last") {
        Some(last) => Some(Cursor { n: last.uint("n")?, digest: last.array("digest")? }),
        None => None,
    };
    let (item, cursor) = Item::open(bytes, &given.trust()?, given.int("at")?, last)?;
    Ok(json!({
        "n": item.n, "previous": item.previous.map(|d| hex(&d)), "kind": item.kind.map(crate::wire::FeedKind::name), "sealed": item.sealed,
        "body": hex(&sha256(&item.body)), "digest": hex(&cursor.digest),
    }))
}
