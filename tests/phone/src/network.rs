//! The phone's network: plain HTTP with ureq. It carries requests out and answers back and understands neither.

use mingzheng_core::phone::{HttpRequest, Phone, PhoneError};
use serde_json::{Value, json};
use std::time::Duration;
use ureq::Agent;
use ureq::http::Request;

/// Largest answer that is read.
const MAX_ANSWER: u64 = 64 << 20;
/// So many answers in a row that do not count, or requests without an answer, end the conversation: a phone waits and tries later.
const PATIENCE: u32 = 3;

/// What came back: status, headers, body.
type Response = (u16, Vec<(String, String)>, Vec<u8>);

/// Talks with the office until nothing is left to say, the limit is reached, or the network is of no use.
pub(crate) fn converse(phone: &Phone, max_requests: Option<u64>) -> Result<Value, PhoneError> {
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(Duration::from_secs(60)))
        .build()
        .into();
    let (mut requests, mut sent, mut received, mut finished, mut in_vain) = (0_u64, 0, 0, false, 0);
    let mut refusals = Vec::new();
    // Somebody stands before this phone and asks again.
    phone.send_now()?;
    while in_vain < PATIENCE && max_requests.is_none_or(|max| requests < max) {
        let Some(request) = phone.next_request()? else {
            finished = true;
            break;
        };
        requests += 1;
        sent += request.body.len();
        let id = request.id;
        match exchange(&agent, request) {
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
    Ok(json!({ "requests": requests, "sent": sent, "received": received, "finished": finished, "refusals": refusals }))
}

fn exchange(agent: &Agent, request: HttpRequest) -> Result<Response, ureq::Error> {
    let mut http = Request::builder().method(request.method.as_str()).uri(&request.url);
    for (name, value) in &request.headers {
        http = http.header(name, value);
    }
    let mut answer = agent.run(http.body(request.body)?)?;
    let headers =
        answer.headers().iter().map(|(k, v)| (k.to_string(), String::from_utf8_lossy(v.as_bytes()).into_owned())).collect();
    let status = answer.status().as_u16();
    let body = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec()?;
    Ok((status, headers, body))
}
