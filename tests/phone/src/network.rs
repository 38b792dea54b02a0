//! The phone's network: plain HTTP with ureq. It carries requests out and answers back and understands neither.

use mingzheng_core::phone::{HttpRequest, Phone, PhoneError};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::time::Duration;
use ureq::http::Request;
use ureq::tls::{TlsConfig, TlsProvider};
use ureq::{Agent, SendBody};

/// So many answers in a row that do not count, or requests without an answer, end the conversation: a phone waits and tries later.
const PATIENCE: u32 = 3;

/// What came back: status, headers, body.
type Response = (u16, Vec<(String, String)>, Vec<u8>);

/// How it talks.
#[derive(Default)]
pub(crate) struct How {
    /// At most so many requests.
    pub(crate) max_requests: Option<u64>,
    /// So many at once; one where nothing is said.
    pub(crate) at_once: Option<u32>,
    /// What is left of a file goes in one request.
    pub(crate) background: bool,
}

/// Talks with the office until nothing is left to say, the limit is reached, or the network is of no use.
pub(crate) fn converse(phone: &Phone, how: &How) -> Result<Value, PhoneError> {
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        // Plain HTTP alone: an address with https is refused by name, by the TLS that is not there.
        .tls_config(TlsConfig::builder().provider(TlsProvider::NativeTls).build())
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(Duration::from_secs(60)))
        .build()
        .into();
    let (mut requests, mut sent, mut received, mut finished, mut in_vain) = (0_u64, 0, 0, false, 0);
    let mut refusals = Vec::new();
    // Somebody stands before this phone and asks again.
    phone.send_now()?;
    while in_vain < PATIENCE && how.max_requests.is_none_or(|max| requests < max) {
        let left = how.max_requests.map_or(u64::MAX, |max| max - requests);
        let most = how.at_once.unwrap_or(1).min(u32::try_from(left).unwrap_or(u32::MAX));
        let batch = phone.next_requests(most, how.background)?;
        if batch.is_empty() {
            finished = true;
            break;
        }
        let answers: Vec<_> = std::thread::scope(|scope| {
            let one = |request: HttpRequest| {
                let agent = &agent;
                scope.spawn(move || (request.id, length(&request), exchange(agent, request)))
            };
            let under_way: Vec<_> = batch.into_iter().map(one).collect();
            under_way.into_iter().filter_map(|answer| answer.join().ok()).collect()
        });
        for (id, length, answer) in answers {
            requests += 1;
            sent += length;
            match answer {
                Err(error) => {
                    phone.on_failure(id)?;
                    phone.send_now()?;
                    refusals.push(error.to_string());
                    in_vain += 1;
                }
                Ok((status, headers, body)) => {
                    received += body.len();
                    match phone.on_response(id, status, &headers, &body) {
                        Ok(()) => in_vain = 0,
                        Err(PhoneError::Refused(why)) => {
                            phone.send_now()?;
                            refusals.push(why);
                            in_vain += 1;
                        }
                        Err(other) => return Err(other),
                    }
                }
            }
        }
    }
    Ok(json!({ "requests": requests, "sent": sent, "received": received, "finished": finished, "refusals": refusals }))
}

/// Bytes of the body.
fn length(request: &HttpRequest) -> u64 {
    let part = request.file.as_ref().filter(|_| request.body.is_empty());
    part.map_or(request.body.len() as u64, |file| file.length)
}

fn exchange(agent: &Agent, request: HttpRequest) -> Result<Response, ureq::Error> {
    let mut http = Request::builder().method(request.method.as_str()).uri(&request.url);
    for (name, value) in &request.headers {
        http = http.header(name, value);
    }
    let mut answer = match &request.file {
        Some(part) if request.body.is_empty() => {
            let mut file = File::open(&part.path)?;
            file.seek(SeekFrom::Start(part.offset))?;
            let mut part = file.take(part.length);
            let http = http.header("content-length", part.limit());
            agent.run(http.body(SendBody::from_reader(&mut part))?)?
        }
        _ => agent.run(http.body(request.body)?)?,
    };
    let headers =
        answer.headers().iter().map(|(k, v)| (k.to_string(), String::from_utf8_lossy(v.as_bytes()).into_owned())).collect();
    let status = answer.status().as_u16();
    let body = answer.body_mut().with_config().limit(request.limit).read_to_vec()?;
    Ok((status, headers, body))
}
