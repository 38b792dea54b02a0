//! Sealed files in an S3 store, over the handful of its requests that are the same everywhere (AWS, MinIO, Ceph, OSS, OBS; `docs/adr/0007`).
//!
//! A piece of an unfinished file is an object `incoming/<digest>/<offset>-<length>`. Whichever copy of the office sees the last piece reads all of them in
//! order, hashes them, and writes the file under its final key: by one request, or by a multipart upload that is completed only when the digest is right.
//! Neither leaves anything under the final key when it is broken off, and both may be repeated.

use super::sigv4::{self, Asked, Credentials};
use super::{Finished, Objects};
use crate::error::{OfficeError, Result};
use crate::office::now;
use crate::settings::Settings;
use mingzheng_core::id::{Digest, hex, sha256};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashSet};
use std::io::{self, Read};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::rustls::crypto::ring;
use ureq::http::Request;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

/// Bytes that are held in memory of one file: a window of what is read, a part of what is written. S3 wants parts of at least 5 MiB.
const WINDOW: usize = 8 << 20;
/// A request that fails for a reason that may pass is sent so often, each time after a longer pause.
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(60);
/// Most bytes of an answer that is not a file.
const MOST: u64 = 4 << 20;

/// Where the store is and how it is entered.
#[derive(Clone)]
pub struct Access {
    /// `http://…` or `https://…`; with `{bucket}` in it the bucket is a part of the host, without it the first part of the path.
    pub endpoint: String,
    /// The bucket, which must exist.
    pub bucket: String,
    /// What every key begins with, empty or ending in `/`.
    pub prefix: String,
    /// As signatures name it.
    pub region: String,
    /// PEM file of the roots that the store's certificate must come from, for `https://`.
    pub root: Option<PathBuf>,
    credentials: Credentials,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CredentialsFile {
    access_key: String,
    secret_key: String,
    session_token: Option<String>,
}

impl Access {
    /// With these keys.
    #[must_use]
    pub fn new(endpoint: &str, bucket: &str, prefix: &str, region: &str, access_key: &str, secret_key: &str) -> Self {
        let credentials = Credentials { access_key: access_key.into(), secret_key: secret_key.into(), session_token: None };
        let prefix = if prefix.is_empty() { String::new() } else { format!("{}/", prefix.trim_matches('/')) };
        Self {
            endpoint: endpoint.trim_end_matches('/').into(),
            bucket: bucket.into(),
            prefix,
            region: region.into(),
            root: None,
            credentials,
        }
    }

    /// The same at another address, under other roots.
    #[must_use]
    pub fn at(self, endpoint: &str, root: Option<PathBuf>) -> Self {
        Self { endpoint: endpoint.trim_end_matches('/').into(), root, ..self }
    }

    /// `s3://bucket/prefix` with endpoint and region of the settings; keys from their file, or from `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.
    ///
    /// # Errors
    /// [`OfficeError::Settings`] names what does not fit; never a key.
    pub fn from_settings(settings: &Settings, address: &str) -> Result<Self> {
        let bad = |what: &str| OfficeError::Settings(what.to_owned());
        let rest = address.strip_prefix("s3://").ok_or_else(|| bad("objects: s3://BUCKET/PREFIX"))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let endpoint = settings.objects_endpoint.as_deref().unwrap_or_default();
        let host = endpoint.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or_default());
        let guarded = match endpoint.split_once("://").map(|(scheme, _)| scheme) {
            Some("https") => settings.objects_root.is_some(),
            Some("http") => settings.objects_root.is_none() && (settings.plain_stores || host.is_some_and(is_here)),
            _ => false,
        };
        if bucket.is_empty() || !guarded {
            return Err(bad("objects_endpoint：本机的 http://…，或 https://… 加 objects_root（PEM 根证书） \
                 http://… on this machine, or https://… with objects_root (PEM roots); plain_stores = true allows http://… beyond it"));
        }
        let variable = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
        let found = match &settings.objects_credentials {
            Some(file) => {
                let path = settings.data.join(file);
                let text = std::fs::read_to_string(&path).map_err(OfficeError::io(&path))?;
                // What toml says of a faulty file quotes its lines: not in a log.
                toml::from_str::<CredentialsFile>(&text)
                    .map_err(|_| bad("objects_credentials: access_key = \"…\", secret_key = \"…\""))?
            }
            None => match (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")) {
                (Some(access_key), Some(secret_key)) => {
                    CredentialsFile { access_key, secret_key, session_token: variable("AWS_SESSION_TOKEN") }
                }
                _ => return Err(bad("objects: objects_credentials = FILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")),
            },
        };
        let access = Self::new(endpoint, bucket, prefix, &settings.objects_region, &found.access_key, &found.secret_key);
        let credentials = Credentials { session_token: found.session_token, ..access.credentials };
        Ok(Self { credentials, root: settings.objects_root.clone(), ..access })
    }

    /// Exactly the roots of the file; what the machine trusts otherwise does not count.
    fn tls(&self) -> Result<Option<TlsConfig>> {
        let Some(file) = &self.root else { return Ok(None) };
        let pem = std::fs::read(file).map_err(OfficeError::io(file))?;
        let roots: Vec<_> =
            parse_pem(&pem).filter_map(|item| if let Ok(PemItem::Certificate(c)) = item { Some(c) } else { None }).collect();
        if roots.is_empty() {
            return Err(OfficeError::Settings(format!("objects_root: no certificate in {}", file.display())));
        }
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&roots))
            .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()));
        Ok(Some(tls.build()))
    }
}

/// Whether an authority is this machine's.
fn is_here(authority: &str) -> bool {
    let host = authority
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(authority, |(host, _)| host);
    let host = host.trim_start_matches("{bucket}.").trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// An S3 store.
pub struct S3(Arc<Client>);

struct Client {
    access: Access,
    agent: ureq::Agent,
    /// `scheme://host`, and what comes before a key in the path.
    base: String,
    host: String,
    root: String,
}

/// What is asked; the key has its prefix already.
#[derive(Clone, Copy)]
struct Ask<'a> {
    method: &'a str,
    key: &'a str,
    query: &'a [(&'a str, &'a str)],
    headers: &'a [(&'a str, &'a str)],
    body: &'a [u8],
}

struct Said {
    etag: String,
    length: Option<u64>,
    body: Vec<u8>,
}

impl S3 {
    /// Nothing is asked yet.
    ///
    /// # Errors
    /// [`OfficeError::Settings`] for an address without a host.
    pub fn new(access: Access) -> Result<Self> {
        let mut config = ureq::Agent::config_builder();
        match access.tls()? {
            Some(tls) => config = config.tls_config(tls),
            None if access.endpoint.starts_with("http://") => {}
            None => {
                return Err(OfficeError::Settings("objects_root: https:// needs the roots of the store's certificate".into()));
            }
        }
        let agent = config
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(Duration::from_secs(5)))
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        let in_host = access.endpoint.contains("{bucket}");
        let base = access.endpoint.replace("{bucket}", &access.bucket);
        let host = base.split_once("://").map(|(_, host)| host.to_owned()).filter(|h| !h.is_empty() && !h.contains('/'));
        let host = host.ok_or_else(|| OfficeError::Settings("objects_endpoint: http://HOST[:PORT]".into()))?;
        let root = if in_host { "/".to_owned() } else { format!("/{}/", access.bucket) };
        Ok(Self(Arc::new(Client { access, agent, base, host, root })))
    }

    /// Makes the bucket, or finds it: for practice; a real one is made with its rules by whoever runs the store.
    ///
    /// # Errors
    /// [`OfficeError`].
    pub fn make_bucket(&self) -> Result<()> {
        match self.0.ask(Ask { method: "PUT", key: "", query: &[], headers: &[], body: &[] }) {
            Err(OfficeError::Objects { status: 409, .. }) => Ok(()),
            other => other.map(drop),
        }
    }

    fn key(&self, sealed: &Digest) -> String {
        let name = hex(sealed);
        let shelf: String = name.chars().take(2).collect();
        format!("{}{shelf}/{name}", self.0.access.prefix)
    }

    fn incoming(&self, sealed: &Digest) -> String {
        format!("{}incoming/{}/", self.0.access.prefix, hex(sealed))
    }

    /// The pieces that make up a file of that length, in order: the chain from 0 to its end, which pieces of broken requests may lie beside.
    fn chain(&self, sealed: &Digest, length: u64) -> Result<Option<Vec<String>>> {
        let keys = self.0.list(&self.incoming(sealed))?;
        Ok(chain(&keys, length).map(|c| c.into_iter().cloned().collect()))
    }

    /// Reads the pieces in order and hands them on in parts of [`WINDOW`] bytes; gives the digest of the whole.
    fn compose(&self, pieces: &[String], mut part: impl FnMut(&[u8]) -> Result<()>) -> Result<Digest> {
        let (mut h, mut waiting) = (Sha256::new(), Vec::with_capacity(WINDOW));
        for piece in pieces {
            let bytes = self.0.get(piece, None)?.ok_or(OfficeError::NotFound("piece"))?;
            h.update(&bytes);
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                let (now, later) = rest.split_at(rest.len().min(WINDOW - waiting.len()));
                waiting.extend_from_slice(now);
                rest = later;
                if waiting.len() == WINDOW {
                    part(&waiting)?;
                    waiting.clear();
                }
            }
        }
        let digest = h.finalize().into();
        part(&waiting)?;
        Ok(digest)
    }

    /// Composes the file from its pieces. `false`: they are not the file.
    fn build(&self, sealed: &Digest, length: u64, pieces: &[String]) -> Result<bool> {
        let key = self.key(sealed);
        if length <= WINDOW as u64 {
            let mut whole = Vec::new();
            let digest = self.compose(pieces, |part| {
                whole.extend_from_slice(part);
                Ok(())
            })?;
            if digest != *sealed {
                return Ok(false);
            }
            self.0.ask(Ask { method: "PUT", key: &key, query: &[], headers: &[], body: &whole })?;
            return Ok(true);
        }
        let begun = self.0.ask(Ask { method: "POST", key: &key, query: &[("uploads", "")], headers: &[], body: &[] })?;
        let id = tag(&String::from_utf8_lossy(&begun.body), "UploadId").ok_or_else(|| unclear("UploadId"))?;
        let written = self.write_parts(sealed, &key, &id, pieces);
        if !matches!(written, Ok(true)) {
            // What is left behind when this fails too is a matter of the bucket's lifecycle rule (docs/office.md).
            let _ = self.0.ask(Ask { method: "DELETE", key: &key, query: &[("uploadId", &id)], headers: &[], body: &[] });
        }
        written
    }

    fn write_parts(&self, sealed: &Digest, key: &str, id: &str, pieces: &[String]) -> Result<bool> {
        let mut etags = Vec::new();
        let digest = self.compose(pieces, |part| {
            if part.is_empty() {
                return Ok(());
            }
            let number = (etags.len() + 1).to_string();
            let query = [("partNumber", number.as_str()), ("uploadId", id)];
            etags.push(self.0.ask(Ask { method: "PUT", key, query: &query, headers: &[], body: part })?.etag);
            Ok(())
        })?;
        if digest != *sealed {
            return Ok(false);
        }
        let parts: String = etags
            .iter()
            .enumerate()
            .map(|(i, etag)| format!("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", i + 1, escaped(etag)))
            .collect();
        let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        let said = self.0.ask(Ask { method: "POST", key, query: &[("uploadId", id)], headers: &[], body: body.as_bytes() })?;
        // An error may come under status 200, after the connection was kept alive with blanks.
        let text = String::from_utf8_lossy(&said.body);
        match tag(&text, "ETag") {
            Some(_) => Ok(true),
            None => Err(OfficeError::Objects { status: 200, code: tag(&text, "Code").unwrap_or_default() }),
        }
    }
}

impl Objects for S3 {
    fn name(&self) -> String {
        format!("s3://{}/{} ({})", self.0.access.bucket, self.0.access.prefix, self.0.base)
    }

    fn ready(&self) -> Result<()> {
        self.0.ask(Ask { method: "HEAD", key: "", query: &[], headers: &[], body: &[] }).map(drop)
    }

    fn piece(&self) -> usize {
        WINDOW
    }

    fn put(&self, sealed: &Digest, offset: u64, piece: &[u8]) -> Result<()> {
        let key = format!("{}{offset:012}-{}", self.incoming(sealed), piece.len());
        self.0.ask(Ask { method: "PUT", key: &key, query: &[], headers: &[], body: piece }).map(drop)
    }

    fn finish(&self, sealed: &Digest, length: u64) -> Result<Finished> {
        if self.length(sealed)? != Some(length) {
            let built = match self.chain(sealed, length)? {
                Some(pieces) => self.build(sealed, length, &pieces),
                None => Ok(false),
            };
            match built {
                Ok(true) => {}
                // Another copy may have finished it meanwhile and removed the pieces.
                Ok(false) | Err(OfficeError::NotFound(_)) if self.length(sealed)? == Some(length) => {}
                Ok(false) | Err(OfficeError::NotFound(_)) => {
                    self.abandon(sealed)?;
                    return Ok(Finished::Wrong);
                }
                Err(e) => return Err(e),
            }
        }
        // Pieces that stay are only waste.
        if let Err(error) = self.abandon(sealed) {
            tracing::warn!(%error, "pieces of a finished file could not be removed");
        }
        Ok(Finished::Whole)
    }

    fn abandon(&self, sealed: &Digest) -> Result<()> {
        for key in self.0.list(&self.incoming(sealed))? {
            self.0.delete(&key)?;
        }
        Ok(())
    }

    fn length(&self, sealed: &Digest) -> Result<Option<u64>> {
        self.0.length(&self.key(sealed))
    }

    fn read(&self, sealed: &Digest, offset: u64) -> Result<Box<dyn Read + Send>> {
        let key = self.key(sealed);
        let length = self.0.length(&key)?.ok_or(OfficeError::NotFound("sealed file"))?;
        Ok(Box::new(Windows { client: Arc::clone(&self.0), key, length, next: offset, window: io::Cursor::default() }))
    }

    fn set_aside(&self, sealed: &Digest) -> Result<()> {
        let key = self.key(sealed);
        if self.0.length(&key)?.is_none() {
            return Ok(());
        }
        let from = sigv4::encoded(&format!("/{}/{key}", self.0.access.bucket), "/");
        let to = format!("{}damaged/{}", self.0.access.prefix, hex(sealed));
        let headers = [("x-amz-copy-source", from.as_str())];
        let said = self.0.ask(Ask { method: "PUT", key: &to, query: &[], headers: &headers, body: &[] })?;
        match tag(&String::from_utf8_lossy(&said.body), "ETag") {
            Some(_) => self.0.delete(&key),
            None => Err(unclear("ETag")),
        }
    }

    fn destroy(&self, sealed: &Digest) -> Result<()> {
        self.abandon(sealed)?;
        self.0.delete(&format!("{}damaged/{}", self.0.access.prefix, hex(sealed)))?;
        self.0.delete(&self.key(sealed))
    }
}

/// A file that is read window by window.
struct Windows {
    client: Arc<Client>,
    key: String,
    length: u64,
    next: u64,
    window: io::Cursor<Vec<u8>>,
}

impl Read for Windows {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.window.read(buffer)?;
        if n > 0 || buffer.is_empty() || self.next >= self.length {
            return Ok(n);
        }
        let end = (self.next + WINDOW as u64).min(self.length);
        let window = self.client.get(&self.key, Some((self.next, end))).map_err(io::Error::other)?;
        let window = window.filter(|w| w.len() as u64 == end - self.next).ok_or(io::ErrorKind::UnexpectedEof)?;
        (self.next, self.window) = (end, io::Cursor::new(window));
        self.window.read(buffer)
    }
}

impl Client {
    /// Asks until there is an answer that will not change by asking again.
    fn ask(&self, ask: Ask<'_>) -> Result<Said> {
        let mut pause = PAUSE;
        let mut tries = 1;
        loop {
            let said = self.ask_once(&ask);
            let passing = match &said {
                Err(OfficeError::ObjectsAway(_)) => true,
                Err(OfficeError::Objects { status, .. }) => matches!(status, 429 | 500 | 502 | 503 | 504),
                _ => false,
            };
            if !passing || tries == TRIES {
                return said;
            }
            std::thread::sleep(pause);
            pause *= 3;
            tries += 1;
        }
    }

    fn ask_once(&self, ask: &Ask<'_>) -> Result<Said> {
        let path = sigv4::encoded(&format!("{}{}", self.root, ask.key), "/");
        let body = hex(&sha256(ask.body));
        let asked =
            Asked { method: ask.method, host: &self.host, path: &path, query: ask.query, headers: ask.headers, body: &body };
        let signed = sigv4::sign(&asked, &self.access.region, &self.access.credentials, now());
        let query = sigv4::query(ask.query);
        let separator = if query.is_empty() { "" } else { "?" };
        let mut request = Request::builder()
            .method(ask.method)
            .uri(format!("{}{path}{separator}{query}", self.base))
            .header("host", &self.host);
        for (name, value) in ask.headers.iter().copied().chain(signed.iter().map(|(n, v)| (*n, v.as_str()))) {
            request = request.header(name, value);
        }
        let away = |e: &dyn std::fmt::Display| OfficeError::ObjectsAway(e.to_string());
        let sent = if matches!(ask.method, "PUT" | "POST") {
            self.agent.run(request.body(ask.body).map_err(|e| away(&e))?)
        } else {
            self.agent.run(request.body(()).map_err(|e| away(&e))?)
        };
        let mut answer = sent.map_err(|e| refused(&e).unwrap_or_else(|| away(&e)))?;
        let header = |name: &str| answer.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        let (status, etag, length) = (answer.status().as_u16(), header("etag"), header("content-length").parse().ok());
        let most = if status == 206 || (ask.method == "GET" && ask.query.is_empty()) { 2 * WINDOW as u64 } else { MOST };
        let body = answer.body_mut().with_config().limit(most).read_to_vec().map_err(|e| away(&e))?;
        match status {
            200 | 204 | 206 => Ok(Said { etag, length, body }),
            404 if !matches!(ask.method, "PUT" | "POST") => Err(OfficeError::NotFound("object")),
            _ => {
                let code = tag(&String::from_utf8_lossy(&body), "Code").unwrap_or_default();
                Err(OfficeError::Objects { status, code })
            }
        }
    }

    fn length(&self, key: &str) -> Result<Option<u64>> {
        match self.ask(Ask { method: "HEAD", key, query: &[], headers: &[], body: &[] }) {
            Ok(said) => said.length.map(Some).ok_or_else(|| unclear("Content-Length")),
            Err(OfficeError::NotFound(_)) => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// A whole piece, or the bytes from the first up to but not including the second.
    fn get(&self, key: &str, range: Option<(u64, u64)>) -> Result<Option<Vec<u8>>> {
        let range = range.map(|(from, to)| format!("bytes={from}-{}", to.saturating_sub(1)));
        let headers: Vec<(&str, &str)> = range.iter().map(|r| ("range", r.as_str())).collect();
        match self.ask(Ask { method: "GET", key, query: &[], headers: &headers, body: &[] }) {
            Ok(said) => Ok(Some(said.body)),
            Err(OfficeError::NotFound(_)) => Ok(None),
            Err(e) => Err(e),
        }
    }

    fn delete(&self, key: &str) -> Result<()> {
        match self.ask(Ask { method: "DELETE", key, query: &[], headers: &[], body: &[] }) {
            Ok(_) | Err(OfficeError::NotFound(_)) => Ok(()),
            Err(e) => Err(e),
        }
    }

    /// Every key that begins so, in order.
    fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let (mut keys, mut token) = (Vec::new(), None::<String>);
        loop {
            let mut query = vec![("list-type", "2"), ("prefix", prefix)];
            query.extend(token.as_deref().map(|t| ("continuation-token", t)));
            let said = self.ask(Ask { method: "GET", key: "", query: &query, headers: &[], body: &[] })?;
            let text = String::from_utf8_lossy(&said.body).into_owned();
            keys.extend(tags(&text, "Key"));
            token = tag(&text, "NextContinuationToken").filter(|t| !t.is_empty());
            if token.is_none() || tag(&text, "IsTruncated").as_deref() != Some("true") {
                return Ok(keys);
            }
        }
    }
}

/// What is wrong with the store's certificate, when that is what is wrong: asking again does not help.
fn refused(e: &ureq::Error) -> Option<OfficeError> {
    let why = match e {
        ureq::Error::Rustls(why) => why.to_string(),
        ureq::Error::Io(io) => io.get_ref()?.downcast_ref::<tokio_rustls::rustls::Error>()?.to_string(),
        _ => return None,
    };
    Some(OfficeError::ObjectsTls(why))
}

/// The keys of pieces that follow one another from 0 to `length`.
fn chain(keys: &[String], length: u64) -> Option<Vec<&String>> {
    let mut by_offset: BTreeMap<u64, Vec<(u64, &String)>> = BTreeMap::new();
    for key in keys {
        let place = key.rsplit('/').next().and_then(|name| name.split_once('-'));
        if let Some((Ok(offset), Ok(len))) = place.map(|(o, l)| (o.parse::<u64>(), l.parse::<u64>())) {
            by_offset.entry(offset).or_default().push((offset + len, key));
        }
    }
    // From the end: from which offsets the end can be reached, and by which piece.
    let (mut reaches, mut by) = (HashSet::from([length]), BTreeMap::new());
    for (offset, pieces) in by_offset.iter().rev() {
        if let Some((end, key)) = pieces.iter().find(|(end, _)| end > offset && reaches.contains(end)) {
            reaches.insert(*offset);
            by.insert(*offset, (*end, *key));
        }
    }
    let (mut at, mut found) = (0, Vec::new());
    while at < length {
        let (end, key) = by.get(&at)?;
        found.push(*key);
        at = *end;
    }
    Some(found)
}

/// The text of the first element of that name.
fn tag(xml: &str, name: &str) -> Option<String> {
    tags(xml, name).into_iter().next()
}

/// The texts of all elements of that name; none of those that are asked for has children or attributes.
fn tags(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut found = Vec::new();
    let mut rest = xml;
    while let Some((_, after)) = rest.split_once(&open) {
        let Some((text, later)) = after.split_once(&close) else { break };
        let plain =
            [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&amp;", "&")];
        found.push(plain.iter().fold(text.to_owned(), |t, (from, to)| t.replace(from, to)));
        rest = later;
    }
    found
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn unclear(what: &str) -> OfficeError {
    OfficeError::ObjectsAway(format!("no {what} in the answer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_broken_requests_beside_the_chain_do_not_disturb_it() {
        let key = |offset: u64, length: u64| format!("p/incoming/ab/{offset:012}-{length}");
        let keys = [key(0, 5), key(0, 10), key(5, 3), key(8, 4), key(10, 10), key(20, 1), key(10, 9)];
        let found = chain(&keys, 20).unwrap_or_default();
        assert_eq!(found, [&key(0, 10), &key(10, 10)]);
        assert!(chain(&keys, 22).is_none(), "a gap is not bridged");
        assert!(chain(&["x/not-a-piece".into()], 1).is_none());
    }

    #[test]
    fn texts_of_answers_are_read_with_their_escapes() {
        let xml = "<R><Contents><Key>a/1</Key><ETag>&quot;x&quot;</ETag></Contents><Contents><Key>b&amp;lt;</Key></Contents></R>";
        assert_eq!(tags(xml, "Key"), ["a/1", "b&lt;"]);
        assert_eq!(tag(xml, "ETag").as_deref(), Some("\"x\""));
        assert_eq!(tag(xml, "Code"), None);
    }
}
