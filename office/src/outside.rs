//! Anchors outside the office, where they are configured: an RFC 3161 authority stamps the newest published head, another office cosigns it (P5).

use crate::error::{OfficeError, Result};
use crate::heads::{self, Published};
use crate::log;
use crate::office::Office;
use crate::store::{int, params, uint};
use crate::subtrees::Log;
use data_encoding::BASE64;
use mingzheng_core::id::sha256;
use mingzheng_core::log::note::{self, SignatureLine};
use mingzheng_core::log::timestamp;
use mingzheng_core::trust::{TrustedKey, Use};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);
const MOST: u64 = 64 << 10;
/// An authority whose clock is further off than this from ours, ms: one of the two is wrong, and nothing is kept.
const CLOCKS: i64 = 600_000;

/// Asks for what the newest published head still lacks; gives what came, for people.
///
/// # Errors
/// [`OfficeError::Outside`] names who did not answer well; what others gave is kept all the same.
pub fn gather(office: &Office) -> Result<Vec<String>> {
    let epoch = office.store.read(log::epoch)?;
    let Some(head) = office.store.read(heads::newest)?.filter(|h| h.epoch == epoch) else { return Ok(vec![]) };
    let there = office.store.read(|c| heads::outside(c, &head))?;
    let mut got = Vec::new();
    let mut fault = None;
    if let Some(url) = office.settings.timestamp_url.as_deref().filter(|_| there.timestamps.is_empty()) {
        match stamp(office, &head, url) {
            Ok(line) => got.push(line),
            Err(e) => fault = Some(e),
        }
    }
    if let Some(url) = office.settings.witness_url.as_deref().filter(|_| there.cosignatures.is_empty()) {
        match cosign(office, &head, url) {
            Ok(line) => got.push(line),
            Err(e) => fault = Some(e),
        }
    }
    // What one gave is stored already.
    fault.map_or(Ok(got), Err)
}

/// Whether something is configured that the newest head still lacks.
///
/// # Errors
/// [`OfficeError::Store`].
pub fn is_lacking(office: &Office) -> Result<bool> {
    let there = office.store.read(|c| heads::newest(c)?.map(|h| heads::outside(c, &h)).transpose())?;
    let s = &office.settings;
    Ok(there.is_some_and(|t| {
        (s.timestamp_url.is_some() && t.timestamps.is_empty()) || (s.witness_url.is_some() && t.cosignatures.is_empty())
    }))
}

fn fault(who: &str, what: impl std::fmt::Display) -> OfficeError {
    OfficeError::Outside(format!("{who}: {what}"))
}

fn post(url: &str, kind: &str, body: &[u8]) -> Result<(u16, Vec<u8>)> {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false).max_redirects(0).build().into();
    let mut response = agent.post(url).content_type(kind).send(body).map_err(|e| fault(url, e))?;
    let body = response.body_mut().with_config().limit(MOST).read_to_vec().map_err(|e| fault(url, e))?;
    Ok((response.status().as_u16(), body))
}

fn keep(office: &Office, head: &Published, kind: &str, content: &[u8]) -> Result<()> {
    office.store.write(|tx| {
        tx.execute(
            "INSERT INTO outside (epoch, size, kind, content, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            params![int(head.epoch), int(head.size), kind, content, office.now()],
        )?;
        Ok(())
    })
}

/// RFC 3161 over HTTP (§3.4): imprint, nonce, time and signature are checked before anything is kept.
fn stamp(office: &Office, head: &Published, url: &str) -> Result<String> {
    let (imprint, nonce) = (sha256(&head.signed), crate::keys::random::<8>()?);
    let (status, answer) = post(url, "application/timestamp-query", &timestamp::request(&imprint, &nonce))?;
    if status != 200 {
        return Err(fault(url, format!("HTTP {status}")));
    }
    let token = timestamp::from_response(&answer, &imprint, &nonce).map_err(|e| fault(url, e))?;
    let stamped = timestamp::judge(&token, &imprint, &office.trust).map_err(|e| fault(url, e))?;
    if (stamped.at - office.now()).abs() > CLOCKS {
        return Err(fault(url, "时间与本机相差超过十分钟 its clock and ours differ by more than ten minutes"));
    }
    let known = office.trust.keys.iter().any(|k| k.usage == Use::Timestamp);
    let by = match stamped.by {
        Some(name) => name,
        // Without a key in the trust list a token can still be judged elsewhere, with the authority's certificate.
        None if !known => "?".to_owned(),
        None => return Err(fault(url, "不是信任清单中的时间戳密钥 not by a time-stamping key of the trust list")),
    };
    keep(office, head, "timestamp", &token)?;
    tracing::info!(epoch = head.epoch, size = head.size, by, "head time-stamped");
    Ok(format!("时间戳 time stamp: {by}"))
}

/// C2SP tlog-witness, the client's side: only a cosignature by a key of use `witness` is kept.
fn cosign(office: &Office, head: &Published, url: &str) -> Result<String> {
    let address = format!("{}/add-checkpoint", url.trim_end_matches('/'));
    let mut old = known_to_witness(office, head)?;
    for _ in 0..3 {
        let proof = if old == 0 || old == head.size {
            Some(vec![])
        } else {
            office.store.read(|c| Log::Office(head.epoch).consistency(c, old, head.size))?
        };
        // A witness that knows a longer log than this one: the office was set back, or somebody else signs with its key.
        let proof =
            proof.ok_or_else(|| fault(url, format!("已见过更长的日志 it has seen a longer log: {old} > {}", head.size)))?;
        let lines: String = proof.iter().map(|d| format!("{}\n", BASE64.encode(d))).collect();
        let body = format!("old {old}\n{lines}\n{}", head.checkpoint);
        let (status, answer) = post(&address, "text/plain; charset=utf-8", body.as_bytes())?;
        let answer = String::from_utf8(answer).map_err(|_| fault(url, "malformed answer"))?;
        match status {
            200 => return keep_lines(office, head, url, &answer),
            409 => old = answer.trim().parse().map_err(|_| fault(url, "HTTP 409"))?,
            other => return Err(fault(url, format!("HTTP {other}"))),
        }
    }
    Err(fault(url, "HTTP 409"))
}

fn known_to_witness(office: &Office, head: &Published) -> Result<u64> {
    office.store.read(|c| {
        Ok(uint(c.one(
            "SELECT coalesce(max(size), 0) FROM outside WHERE epoch = ? AND size <= ? AND kind = 'cosignature'",
            params![int(head.epoch), int(head.size)],
            |r| r.get(0),
        )?))
    })
}

fn keep_lines(office: &Office, head: &Published, url: &str, answer: &str) -> Result<String> {
    let (body, _) = note::split(&head.checkpoint).map_err(|e| fault(url, e))?;
    for line in answer.lines() {
        let signature = SignatureLine::parse(line).map_err(|e| fault(url, e))?;
        let by = office.trust.keys.iter().filter(|k| k.usage == Use::Witness).find(|k| {
            let TrustedKey::Verify(public) = &k.key else { return false };
            let seconds = note::open_cosignature(&signature, body, &k.name, public);
            seconds.is_ok_and(|s| k.valid_at(i64::try_from(s).unwrap_or(i64::MAX / 1000) * 1000).is_ok())
        });
        if let Some(by) = by {
            keep(office, head, "cosignature", line.as_bytes())?;
            tracing::info!(epoch = head.epoch, size = head.size, by = by.name, "head cosigned");
            return Ok(format!("副署 cosigned: {}", by.name));
        }
    }
    Err(fault(url, "没有信任清单中见证人的副署 no cosignature by a witness of the trust list"))
}
