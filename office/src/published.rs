//! What the office publishes of its own log, for everybody: heads, epochs, fork proofs; as page and as files (P5).

use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::public::{cbor, missing, page, text};
use crate::store::{int, params, uint};
use crate::text::{CONSOLE, Texts};
use crate::{forks, heads, recovery};
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use chrono::{FixedOffset, TimeZone as _};
use mingzheng_core::id::{digest_from_hex, hex};
use mingzheng_core::log::{Epoch, Outside};
use std::sync::Arc;

/// Heads on the page.
const MOST: u32 = 100;

type Shared = State<Arc<Office>>;

/// Routes below `/log`.
pub fn router() -> Router<Arc<Office>> {
    Router::new()
        .route("/log", get(|s: Shared| answer(s, show)))
        .route("/log/head", get(|s: Shared| answer(s, |o| head(o, None))))
        .route("/log/head/{epoch}/{size}", get(|s: Shared, Path(at): Path<(u64, u64)>| answer(s, move |o| head(o, Some(at)))))
        .route("/log/outside/{epoch}/{size}", get(|s: Shared, Path(at): Path<(u64, u64)>| answer(s, move |o| outside(o, at))))
        .route("/log/checkpoint", get(|s: Shared| answer(s, checkpoint)))
        .route("/log/epoch/{epoch}", get(|s: Shared, Path(epoch): Path<u64>| answer(s, move |o| epoch_file(o, epoch))))
        .route("/log/fork/{digest}", get(|s: Shared, Path(d): Path<String>| answer(s, move |o| fork(o, &d))))
}

async fn answer(State(office): Shared, f: impl FnOnce(&Office) -> Result<Response> + Send + 'static) -> Response {
    match tokio::task::spawn_blocking(move || f(&office)).await {
        Ok(Ok(response)) => response,
        Ok(Err(OfficeError::NotFound(_))) => missing(),
        Ok(Err(error)) => {
            tracing::error!(%error, "public page");
            missing()
        }
        Err(_) => missing(),
    }
}

fn head(office: &Office, at: Option<(u64, u64)>) -> Result<Response> {
    let published = office.store.read(|c| match at {
        Some((epoch, size)) => heads::at(c, epoch, size),
        None => heads::newest(c),
    })?;
    Ok(cbor(published.ok_or(OfficeError::NotFound("head"))?.signed, "head.cose"))
}

fn outside(office: &Office, (epoch, size): (u64, u64)) -> Result<Response> {
    office.store.read(|c| {
        let p = heads::at(c, epoch, size)?.ok_or(OfficeError::NotFound("head"))?;
        Ok(cbor(heads::outside(c, &p)?.encode()?, &format!("{epoch}-{size}.cbor")))
    })
}

fn checkpoint(office: &Office) -> Result<Response> {
    office.store.read(|c| {
        let p = heads::newest(c)?.ok_or(OfficeError::NotFound("head"))?;
        Ok(text(heads::cosigned_note(c, &p)?))
    })
}

fn epoch_file(office: &Office, epoch: u64) -> Result<Response> {
    let signed: Option<Vec<u8>> =
        office.store.read(|c| Ok(c.row("SELECT signed FROM epochs WHERE epoch = ?", params![int(epoch)], |r| r.get(0))?))?;
    Ok(cbor(signed.ok_or(OfficeError::NotFound("epoch"))?, &format!("epoch-{epoch}.cbor")))
}

fn fork(office: &Office, digest: &str) -> Result<Response> {
    let wanted = digest_from_hex(digest).ok_or(OfficeError::NotFound("fork"))?;
    let found = office.store.read(forks::all)?.into_iter().find(|k| k.digest() == wanted);
    Ok(cbor(found.ok_or(OfficeError::NotFound("fork"))?.proof, "fork.cbor"))
}

/// A head on the page.
pub(crate) struct Row {
    pub(crate) at: String,
    pub(crate) epoch: u64,
    pub(crate) size: u64,
    pub(crate) root: String,
    /// Who saw it outside, HTML.
    pub(crate) outside: Vec<String>,
}

#[derive(Template)]
#[template(path = "published.html")]
struct Page {
    t: &'static Texts,
    organ: String,
    root: String,
    nav: &'static str,
    recovery: bool,
    heads: Vec<Row>,
    epochs: Vec<(u64, String, String)>,
    forks: Vec<(String, String)>,
}

/// The newest heads with what the outside said, judged again.
///
/// # Errors
/// [`OfficeError`].
pub(crate) fn rows(office: &Office, most: u32) -> Result<Vec<Row>> {
    let files = office.store.read(|c| {
        heads::list(c, most)?.into_iter().map(|p| Ok((heads::outside(c, &p)?.encode()?, p))).collect::<Result<Vec<_>>>()
    })?;
    files
        .into_iter()
        .map(|(file, p)| {
            let o = Outside::open(&file, &office.trust)?;
            let seen = |kind: &str, s: &mingzheng_core::log::SeenBy| {
                format!("{} {}", CONSOLE.both(kind), crate::text::html(&format!("{} · {}", s.name, time(s.at)), ""))
            };
            let outside = o.cosignatures.iter().map(|s| seen("published.cosigned", s));
            let outside = outside.chain(o.timestamps.iter().map(|s| seen("published.stamped", s))).collect();
            Ok(Row { at: time(p.at), epoch: p.epoch, size: p.size, root: hex(&o.head.tree.root), outside })
        })
        .collect()
}

fn show(office: &Office) -> Result<Response> {
    let (recovery, epochs, forks) = office.store.read(|c| {
        let epochs = c.rows("SELECT epoch, at, signed FROM epochs ORDER BY epoch DESC", params![], |r| {
            Ok((uint(r.get(0)?), r.get::<i64>(1)?, r.get::<Vec<u8>>(2)?))
        })?;
        Ok((recovery::is_active(c)?, epochs, forks::all(c)?))
    })?;
    let epochs = epochs
        .into_iter()
        .map(|(n, at, signed)| Ok((n, time(at), Epoch::open(&signed, &office.trust.roots)?.0.reason)))
        .collect::<Result<_>>()?;
    page(&Page {
        t: &CONSOLE,
        organ: office.trust.organ.clone(),
        root: office.fingerprint()?.to_string(),
        nav: "log",
        recovery,
        heads: rows(office, MOST)?,
        epochs,
        forks: forks.iter().map(|f| (hex(&f.digest()), time(f.at))).collect(),
    })
}

/// China's time, to the second.
pub(crate) fn time(ms: i64) -> String {
    let zone = FixedOffset::east_opt(8 * 3600);
    let at = zone.and_then(|z| z.timestamp_millis_opt(ms).single());
    at.map_or_else(|| ms.to_string(), |t| t.format("%Y-%m-%d %H:%M:%S %:z").to_string())
}
