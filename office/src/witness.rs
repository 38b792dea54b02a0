//! This office as C2SP witness of other offices' logs (tlog-witness, `add-checkpoint`): it cosigns only what extends what it cosigned before.

use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::store::{int, params, uint};
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use data_encoding::BASE64;
use mingzheng_core::id::Digest;
use mingzheng_core::log::note::{self, NoteError, TextCheckpoint};
use mingzheng_core::log::tree;
use mingzheng_core::sign::PublicKey;
use mingzheng_core::trust::Use;
use std::sync::Arc;

/// Most digests of a consistency proof (C2SP tlog-witness).
const MOST_PROOF: usize = 63;

/// Why a checkpoint is not cosigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// 400: not a request.
    Malformed,
    /// 403: no good signature of the log.
    Signature,
    /// 404: the log is not registered here.
    UnknownLog,
    /// 409: the size that was cosigned last.
    Conflict(u64),
    /// 422: the proof does not lead from the last root to this one.
    Inconsistent,
}

/// Routes of the witness.
pub fn router() -> Router<Arc<Office>> {
    Router::new().route("/witness/add-checkpoint", post(add)).layer(DefaultBodyLimit::max(64 << 10))
}

async fn add(State(office): State<Arc<Office>>, body: String) -> Response {
    let plain = |status, text: String| (status, [(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response();
    match tokio::task::spawn_blocking(move || add_checkpoint(&office, &body)).await {
        Ok(Ok(Ok(line))) => plain(StatusCode::OK, format!("{line}\n")),
        Ok(Ok(Err(refusal))) => match refusal {
            Refusal::Malformed => plain(StatusCode::BAD_REQUEST, String::new()),
            Refusal::Signature => plain(StatusCode::FORBIDDEN, String::new()),
            Refusal::UnknownLog => plain(StatusCode::NOT_FOUND, String::new()),
            Refusal::Conflict(size) => {
                (StatusCode::CONFLICT, [(CONTENT_TYPE, "text/x.tlog.size")], format!("{size}\n")).into_response()
            }
            Refusal::Inconsistent => plain(StatusCode::UNPROCESSABLE_ENTITY, String::new()),
        },
        Ok(Err(error)) => {
            tracing::error!(%error, "witness");
            plain(StatusCode::INTERNAL_SERVER_ERROR, String::new())
        }
        Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR, String::new()),
    }
}

/// Cosigns a checkpoint that extends what was cosigned of its log; the new state is on disk before the line is given.
///
/// # Errors
/// [`OfficeError`] of this office; a [`Refusal`] is the inner result.
pub fn add_checkpoint(office: &Office, body: &str) -> Result<std::result::Result<String, Refusal>> {
    let Some((old, proof, text)) = parse(body) else { return Ok(Err(Refusal::Malformed)) };
    let Some(claimed) = note::split(text).ok().and_then(|(b, _)| TextCheckpoint::parse(b).ok()) else {
        return Ok(Err(Refusal::Malformed));
    };
    office.store.write(|tx| {
        type Row = ([u8; 32], i64, Option<Digest>);
        let known: Option<Row> =
            tx.row("SELECT key, size, root FROM witnessed WHERE origin = ?", params![claimed.origin], |r| {
                Ok((r.get(0)?, r.get(1)?, r.get(2)?))
            })?;
        let Some((key, size, root)) = known else { return Ok(Err(Refusal::UnknownLog)) };
        let cp = match TextCheckpoint::open(text, &PublicKey::Ed25519(key)) {
            Ok(cp) => cp,
            Err(NoteError::Malformed) => return Ok(Err(Refusal::Malformed)),
            Err(_) => return Ok(Err(Refusal::Signature)),
        };
        let size = uint(size);
        if old > cp.size {
            return Ok(Err(Refusal::Malformed));
        }
        let other_root = old == cp.size && root.is_some_and(|r| r != cp.root);
        if old != size || other_root {
            if other_root && old == size {
                tracing::error!(origin = cp.origin, size, "a log that this office witnesses signed two roots of one size");
            }
            return Ok(Err(Refusal::Conflict(size)));
        }
        let empty = tree::root(&[]);
        if !tree::is_consistent(old, &root.unwrap_or(empty), cp.size, &cp.root, &proof) {
            return Ok(Err(Refusal::Inconsistent));
        }
        let at = office.now();
        let seconds = u64::try_from(at / 1000).unwrap_or(0);
        let line = note::cosign(&cp.body(), name(office)?, seconds, office.keys.signer(Use::Witness)?)?;
        tx.execute(
            "UPDATE witnessed SET size = ?, root = ?, at = ? WHERE origin = ?",
            params![int(cp.size), cp.root, at, cp.origin],
        )?;
        Ok(Ok(line))
    })
}

/// `old N`, base64 digests, an empty line, the checkpoint as signed note.
fn parse(body: &str) -> Option<(u64, Vec<Digest>, &str)> {
    let (head, note) = body.split_once("\n\n")?;
    let mut lines = head.split('\n');
    let digits = lines.next()?.strip_prefix("old ")?;
    let old: u64 = digits.parse().ok().filter(|n: &u64| n.to_string() == digits)?;
    let proof = lines.map(|l| BASE64.decode(l.as_bytes()).ok()?.try_into().ok()).collect::<Option<Vec<Digest>>>()?;
    (proof.len() <= MOST_PROOF).then_some((old, proof, note))
}

/// The name under which this office cosigns.
///
/// # Errors
/// [`OfficeError::Settings`] when none is set.
pub fn name(office: &Office) -> Result<&str> {
    let name = office.settings.witness_name.as_str();
    if name.is_empty() || name.contains('+') || name.contains(char::is_whitespace) {
        return Err(OfficeError::Settings(
            "witness_name：须设置，不含空白和加号 must be set, without blanks or plus signs".into(),
        ));
    }
    Ok(name)
}

/// Registers a log by its verifier key (`ORIGIN+id+base64`): from now on its checkpoints are cosigned, from size 0 on.
///
/// # Errors
/// [`OfficeError::Settings`] when the text is malformed or the origin is known with another key.
pub fn register(office: &Office, verifier: &str) -> Result<String> {
    let bad = || OfficeError::Settings("不是 C2SP 验证密钥 not a C2SP verifier key: NAME+id+base64".into());
    let (origin, key) = note::parse_verifier(verifier).ok_or_else(bad)?;
    office.store.write(|tx| {
        let known: Option<[u8; 32]> = tx.row("SELECT key FROM witnessed WHERE origin = ?", params![origin], |r| r.get(0))?;
        if known.is_some_and(|k| k != key) {
            return Err(OfficeError::Settings("此日志已以另一密钥登记 this log is registered with another key".into()));
        }
        tx.execute(
            "INSERT INTO witnessed (origin, key, size, root, at) VALUES (?, ?, 0, NULL, ?) ON CONFLICT DO NOTHING",
            params![origin, key, office.now()],
        )?;
        Ok(())
    })?;
    Ok(origin)
}
