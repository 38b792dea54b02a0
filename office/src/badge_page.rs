//! The badge page's own files, as `web/build.mjs` made them: the page, its script and style, its service worker, and their digests. Browsers
//! get them compressed.

use crate::public::{file, text};
use axum::Router;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, VARY};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use axum::routing::get;

/// A file of `web/dist` as it is and as `gzip`.
struct Built {
    kind: &'static str,
    plain: &'static [u8],
    gzip: &'static [u8],
}

macro_rules! built {
    ($name:literal, $kind:literal) => {
        Built {
            kind: $kind,
            plain: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../web/dist/", $name)),
            gzip: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../web/dist/", $name, ".gz")),
        }
    };
}

static HTML: Built = built!("badge.html", "text/html; charset=utf-8");
static SCRIPT: Built = built!("badge.js", "text/javascript; charset=utf-8");
static STYLE: Built = built!("badge.css", "text/css; charset=utf-8");
static WORKER: Built = built!("sw.js", "text/javascript; charset=utf-8");
const DIGESTS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../web/dist/badge.sha256"));

/// Routes of the page's files.
pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/b", get(|asked: HeaderMap| async move { send(&HTML, &asked) }))
        .route("/assets/badge.js", get(|asked: HeaderMap| async move { send(&SCRIPT, &asked) }))
        .route("/assets/badge.css", get(|asked: HeaderMap| async move { send(&STYLE, &asked) }))
        .route("/sw.js", get(|asked: HeaderMap| async move { send(&WORKER, &asked) }))
        .route("/badge.sha256", get(|| async { text(DIGESTS.to_owned()) }))
}

fn send(built: &Built, asked: &HeaderMap) -> Response {
    let takes_gzip =
        asked.get_all(ACCEPT_ENCODING).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(',')).any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            parts.next() == Some("gzip") && !parts.any(|p| matches!(p, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        });
    let mut response = file(built.kind, if takes_gzip { built.gzip } else { built.plain });
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value| headers.insert(name, HeaderValue::from_static(value));
    set(VARY, "accept-encoding");
    if takes_gzip {
        set(CONTENT_ENCODING, "gzip");
    }
    response
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::{DIGESTS, HTML, SCRIPT, STYLE, WORKER, send};
    use axum::http::HeaderMap;
    use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
    use mingzheng_core::id::{hex, sha256};

    #[test]
    fn what_is_published_of_the_page_is_what_is_served() {
        let files = [("badge.html", &HTML), ("badge.js", &SCRIPT), ("badge.css", &STYLE), ("sw.js", &WORKER)];
        let lines: String = files.iter().map(|(name, built)| format!("{}  {name}\n", hex(&sha256(built.plain)))).collect();
        assert_eq!(DIGESTS, lines);
        let worker = std::str::from_utf8(WORKER.plain).unwrap();
        for (name, built) in files.iter().take(3) {
            assert!(worker.contains(&hex(&sha256(built.plain))), "the service worker names the digest of {name}");
        }
        let sent: usize = files.iter().map(|(_, built)| built.gzip.len()).sum();
        assert!(sent < 150_000, "{sent} bytes are sent");
    }

    #[test]
    fn gzip_only_for_those_who_take_it() {
        for (accepts, gzip) in
            [("gzip, deflate, br", true), ("br;q=1.0, gzip;q=0.8", true), ("identity", false), ("gzip;q=0", false)]
        {
            let mut asked = HeaderMap::new();
            asked.insert(ACCEPT_ENCODING, accepts.parse().unwrap());
            let response = send(&SCRIPT, &asked);
            assert_eq!(response.headers().contains_key(CONTENT_ENCODING), gzip, "{accepts}");
        }
        assert!(!send(&SCRIPT, &HeaderMap::new()).headers().contains_key(CONTENT_ENCODING));
        assert!(SCRIPT.gzip.starts_with(&[0x1f, 0x8b]));
    }
}
