//! What the server does, in numbers (OpenMetrics text, for Prometheus): routes, never paths; no person, device, case or address.

use super::health;
use crate::error::Result;
use crate::office::Office;
use crate::store::params;
use crate::{lag, lease, log};
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::sync::Arc;
use std::time::Instant;

const DAY_MS: i64 = 86_400_000;

/// Upper ends of the buckets, seconds.
const SECONDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5, 10.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Taken {
    route: String,
}

/// The counters of a running server.
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<Taken, Histogram, fn() -> Histogram>,
    under_way: Gauge,
    received: Counter,
    state: Reading,
}

/// What is read from the office when somebody asks.
#[derive(Default)]
struct Reading {
    log_size: Gauge,
    log_epoch: Gauge,
    recovery: Gauge,
    head_size: Gauge,
    head_published: Gauge,
    trust_until: Gauge,
    uploads_open: Gauge,
    enrolments: Gauge,
    free: Gauge,
    daily_held: Gauge,
    daily_until: Gauge,
    feed_behind: Gauge,
    feed_lag: Gauge,
    uploads_waiting: Gauge,
    destructions_open: Gauge,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let new: fn() -> Histogram = || Histogram::new(SECONDS);
        let m = Self {
            registry: Registry::default(),
            requests: Family::default(),
            seconds: Family::new_with_constructor(new),
            under_way: Gauge::default(),
            received: Counter::default(),
            state: Reading::default(),
        };
        m.registered()
    }

    fn registered(mut self) -> Self {
        let r = self.registry.sub_registry_with_prefix("mingzheng");
        r.register("requests", "Requests answered, by method, route and status", self.requests.clone());
        r.register_with_unit("request_duration", "Time from request to answer, by route", Unit::Seconds, self.seconds.clone());
        r.register("requests_under_way", "Requests that are being answered", self.under_way.clone());
        r.register_with_unit("phone_received", "Bodies of phones' requests", Unit::Bytes, self.received.clone());
        let s = &self.state;
        for (name, help, gauge) in [
            ("log_size", "Leaves of the office's own log in its current epoch", &s.log_size),
            ("log_epoch", "Epoch of the office's own log", &s.log_epoch),
            ("recovery", "1 while receipts are withheld after a restore", &s.recovery),
            ("head_size", "Size of the newest published head", &s.head_size),
            ("uploads_open", "Uploads that were begun and are not whole", &s.uploads_open),
            ("enrolments", "Enrolments, withdrawn ones too", &s.enrolments),
            ("daily_work_held", "1 while this copy does the daily work for all", &s.daily_held),
            ("feed_devices_behind", "Devices that lack an item of their feed for more than a day", &s.feed_behind),
            ("feed_lag_items", "Most items of its feed that one device lacks", &s.feed_lag),
            ("uploads_waiting", "Files of which every byte is here, to be put together and opened", &s.uploads_waiting),
            ("destructions_open", "Lists whose destruction has begun and is not ended", &s.destructions_open),
        ] {
            r.register(name, help, gauge.clone());
        }
        r.register_with_unit(
            "head_published",
            "When the newest head was published, Unix time",
            Unit::Seconds,
            s.head_published.clone(),
        );
        r.register_with_unit("trust_until", "Until when the trust list counts, Unix time", Unit::Seconds, s.trust_until.clone());
        r.register_with_unit(
            "daily_work_until",
            "Until when some copy holds the daily work, Unix time; in the past: nobody does it",
            Unit::Seconds,
            s.daily_until.clone(),
        );
        r.register_with_unit("free", "Space left where the office's data lie", Unit::Bytes, s.free.clone());
        self
    }

    /// Bytes that a phone sent.
    pub(super) fn received(&self, bytes: usize) {
        self.received.inc_by(bytes as u64);
    }

    fn read(&self, office: &Office) -> Result<()> {
        let s = &self.state;
        let int = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        s.free.set(int(health::free_bytes(office)?));
        s.recovery.set(office.store.read(crate::recovery::is_active)?.into());
        office.store.read(|c| {
            let head = log::head(c)?;
            s.log_size.set(int(head.size));
            s.log_epoch.set(int(head.epoch));
            let number = |sql: &str| c.one(sql, params![], |r| r.get::<i64>(0));
            s.head_size.set(number("SELECT coalesce((SELECT size FROM heads ORDER BY epoch DESC, size DESC LIMIT 1), 0)")?);
            s.head_published.set(number("SELECT coalesce(max(at), 0) FROM heads")? / 1000);
            s.trust_until.set(office.trust.expires / 1000);
            s.uploads_open.set(number("SELECT count(*) FROM uploads WHERE complete IS NULL")?);
            s.enrolments.set(number("SELECT count(*) FROM enrolments")?);
            let lease = lease::holder(c, super::DAILY)?;
            s.daily_held.set(lease.is_some_and(|(holder, until)| holder == office.copy && until > office.now()).into());
            s.daily_until.set(lease.map_or(0, |(_, until)| until / 1000));
            let feeds = lag::of_feeds(c, office.now().saturating_sub(DAY_MS))?;
            s.feed_behind.set(feeds.behind);
            s.feed_lag.set(feeds.most);
            let unopened = "SELECT count(*) FROM uploads WHERE complete IS NOT NULL AND clear IS NULL AND fault IS NULL";
            let whole = "SELECT count(*) FROM uploads WHERE complete IS NULL AND received >= length";
            s.uploads_waiting.set(number(unopened)?.saturating_add(number(whole)?));
            s.destructions_open.set(number("SELECT count(*) FROM destroying")?);
            Ok(())
        })
    }
}

/// The page that is scraped; on a listener of its own.
pub(super) fn router(office: Arc<Office>, metrics: Arc<Metrics>) -> Router {
    Router::new().route("/metrics", get(page)).with_state((office, metrics))
}

async fn page(State((office, metrics)): State<(Arc<Office>, Arc<Metrics>)>) -> Response {
    let made = tokio::task::spawn_blocking(move || {
        // What cannot be read now keeps its last value: the counters are told all the same.
        if let Err(error) = metrics.read(&office) {
            tracing::error!(%error, "metrics");
        }
        let mut out = String::new();
        text::encode(&mut out, &metrics.registry).map(|()| out)
    });
    match made.await {
        Ok(Ok(out)) => ([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], out).into_response(),
        _ => axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Counts and times every request.
pub(super) async fn measure(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let method = method(request.method());
    let matched = request.extensions().get::<MatchedPath>().map(|m| m.as_str().to_owned());
    let route = route(matched, request.uri().path());
    metrics.under_way.inc();
    let began = Instant::now();
    let response = next.run(request).await;
    let took = began.elapsed();
    metrics.under_way.dec();
    let status = response.status().as_u16();
    tracing::debug!(method, route, status, ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX), "answered");
    metrics.seconds.get_or_create(&Taken { route: route.clone() }).observe(took.as_secs_f64());
    metrics.requests.get_or_create(&Answered { method, route, status }).inc();
    response
}

fn method(m: &Method) -> &'static str {
    [Method::GET, Method::HEAD, Method::POST, Method::PATCH, Method::DELETE, Method::OPTIONS]
        .iter()
        .zip(["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"])
        .find_map(|(known, name)| (known == m).then_some(name))
        .unwrap_or("other")
}

/// The route as it is written in the program: a path would carry ids, and one name for each would never end.
fn route(matched: Option<String>, path: &str) -> String {
    match matched {
        Some(m) if m.starts_with("/v1/") => {
            let known = ["enrol", "trust", "feed", "segments", "uploads", "witness", "log/consistency", "log/seen"];
            let rest = path.strip_prefix("/v1/").unwrap_or_default();
            match rest.split_once('/') {
                _ if known.contains(&rest) => format!("/v1/{rest}"),
                Some((first @ ("uploads" | "custody"), _)) => format!("/v1/{first}/{{digest}}"),
                _ => "/v1/other".to_owned(),
            }
        }
        Some(m) => m,
        None => "other".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_never_carries_what_was_asked_for() {
        let phone = || Some("/v1/{*path}".to_owned());
        assert_eq!(route(phone(), "/v1/feed"), "/v1/feed");
        assert_eq!(route(phone(), "/v1/uploads/0011"), "/v1/uploads/{digest}");
        assert_eq!(route(phone(), "/v1/custody/王小明"), "/v1/custody/{digest}");
        assert_eq!(route(phone(), "/v1/王小明"), "/v1/other");
        assert_eq!(route(Some("/console/cases/{case}".into()), "/console/cases/0011"), "/console/cases/{case}");
        assert_eq!(route(None, "/wp-login.php"), "other");
        assert_eq!(method(&Method::from_bytes(b"EVIL1").unwrap_or(Method::GET)), "other");
    }
}
