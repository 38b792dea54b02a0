//! What officers do with their phones, as small pieces that the demo and the scenario tests put together.

use crate::Result;
use crate::cast::{self, Given, Officer};
use crate::photos::{self, Shot};
use crate::place::Place;
use mingzheng_phone::drive::PhoneProcess;
use serde_json::{Value, json};
use std::path::PathBuf;

/// A text field of an answer.
///
/// # Errors
/// Names the field that is missing.
pub fn text(answer: &Value, field: &str) -> Result<String> {
    let value = answer.get(field).and_then(Value::as_str).map(str::to_owned);
    value.ok_or_else(|| format!("the answer has no {field}: {answer}").into())
}

/// A list field of an answer.
///
/// # Errors
/// Names the field that is missing.
pub fn list(answer: &Value, field: &str) -> Result<Vec<Value>> {
    let value = answer.get(field).and_then(Value::as_array).cloned();
    value.ok_or_else(|| format!("the answer has no {field}: {answer}").into())
}

/// An act of an inspection.
///
/// # Errors
/// What the phone says.
pub fn act(phone: &mut PhoneProcess, inspection: &str, act: Value) -> Result<Value> {
    Ok(phone.call("act", json!({ "inspection": inspection, "act": act }))?)
}

/// The id of a task on the phone for which no inspection was opened yet.
///
/// # Errors
/// When there is none.
pub fn new_task(phone: &mut PhoneProcess) -> Result<String> {
    let tasks = list(&phone.call("tasks", json!({}))?, "tasks")?;
    let new = tasks.iter().find(|t| t.get("inspection").is_some_and(Value::is_null));
    text(new.ok_or("no new task on the phone")?, "id")
}

/// Pairs two phones by three codes, then carries what they say. Afterwards the second has joined the lead's inspection.
///
/// # Errors
/// What a phone says; the second officer must be another one (J1).
pub fn pair(lead: &mut PhoneProcess, second: &mut PhoneProcess, task: &str, inspection: &str) -> Result<()> {
    let offer = text(&lead.call("pair_offer", json!({ "task": task }))?, "qr")?;
    let answer = text(&second.call("pair_answer", json!({ "task": task, "offer": offer }))?, "next")?;
    let confirm = text(&lead.call("pair_confirm", json!({ "inspection": inspection, "answer": answer }))?, "next")?;
    second.call("pair_finish", json!({ "confirm": confirm }))?;
    carry(lead, second).map(drop)
}

/// Carries messages between paired phones until neither has one. Gives the events that they caused.
///
/// # Errors
/// What a phone says.
pub fn carry(lead: &mut PhoneProcess, second: &mut PhoneProcess) -> Result<Vec<Value>> {
    let mut events = Vec::new();
    loop {
        let carried = one_way(lead, second, &mut events)? + one_way(second, lead, &mut events)?;
        if carried == 0 {
            return Ok(events);
        }
    }
}

fn one_way(from: &mut PhoneProcess, to: &mut PhoneProcess, events: &mut Vec<Value>) -> Result<usize> {
    let messages = list(&from.call("peer_outbox", json!({}))?, "messages")?;
    for message in &messages {
        let answer = to.call("peer_receive", json!({ "message": message }))?;
        events.extend(answer.get("event").filter(|e| !e.is_null()).cloned());
    }
    Ok(messages.len())
}

/// Both certificates shown to the party's manager, the assistant introduced.
///
/// # Errors
/// What a phone says (J1, J2).
pub fn show_badges(lead: &mut PhoneProcess, second: &mut PhoneProcess, inspection: &str) -> Result<()> {
    let shown = json!({ "show_badge": { "to_whom": cast::MANAGER, "acknowledged": "photographed" } });
    act(lead, inspection, shown.clone())?;
    act(second, inspection, shown)?;
    carry(lead, second)?;
    let assistant = json!({ "name": cast::ASSISTANT, "unit": "青川县卫生监督协管站" });
    act(lead, inspection, json!({ "introduce_assistant": { "assistant": assistant } }))?;
    Ok(())
}

/// The notification, read aloud item by item, and signed for by the manager. Gives how many items it has.
///
/// # Errors
/// What the phone says.
pub fn tell_rights(phone: &mut PhoneProcess, inspection: &str) -> Result<usize> {
    let notices = list(&phone.call("notices", json!({ "inspection": inspection }))?, "notices")?;
    let chinese = notices.iter().find(|n| n.get("language").and_then(Value::as_str) == Some("zh-Hans"));
    let items = list(chinese.ok_or("no Chinese notification in the pack")?, "items")?;
    for item in &items {
        let told = json!({ "item": text(item, "id")?, "language": "zh-Hans", "how": "read_aloud" });
        act(phone, inspection, json!({ "tell_right": told }))?;
    }
    act(phone, inspection, json!({ "acknowledge_rights": { "by": cast::MANAGER, "how": "signed" } }))?;
    Ok(items.len())
}

/// Answers one checklist item.
///
/// # Errors
/// What the phone says (J1, J3).
pub fn answer(phone: &mut PhoneProcess, inspection: &str, given: &Given) -> Result<()> {
    let (measured, instrument) = given.measured.unzip();
    let answer =
        json!({ "item": given.item, "result": given.result, "note": given.note, "measured": measured, "instrument": instrument });
    act(phone, inspection, json!({ "answer": answer })).map(drop)
}

/// Where the camera puts its files.
///
/// # Errors
/// What the phone says.
pub fn inbox(phone: &mut PhoneProcess) -> Result<PathBuf> {
    Ok(text(&phone.call("inbox", json!({}))?, "path")?.into())
}

/// A photograph: laid down by the camera, sealed and committed, then checked. Gives the evidence id.
///
/// # Errors
/// What the phone says; a photograph that does not decode is an error here.
pub fn photograph(place: &Place, phone: &mut PhoneProcess, inspection: &str, shot: &Shot) -> Result<String> {
    let path = photos::lay_down(place, shot, &inbox(phone)?)?;
    // 32.5921° N, 105.2314° E, a good fix of the phone itself.
    let here = json!({ "lat_e7": 325_921_340, "lon_e7": 1_052_314_560, "accuracy_m": 8, "age_ms": 900, "mock": false });
    let info = json!({ "item": shot.item, "caption": shot.caption, "original_name": shot.name, "place": here });
    let sealed = phone.call("capture_photo", json!({ "inspection": inspection, "path": path, "info": info }))?;
    if path.exists() {
        return Err(format!("the clear original {} is still there", path.display()).into());
    }
    let evidence = text(&sealed, "id")?;
    let checked = phone.call("check_photo", json!({ "inspection": inspection, "evidence": evidence }))?;
    match text(&checked, "state")?.as_str() {
        "ok" => Ok(evidence),
        other => Err(format!("{}: {other}", shot.name).into()),
    }
}

/// A drawn signature: a few strokes across a box, the same for the same name.
#[must_use]
pub fn ink(name: &str) -> Value {
    let mut seed = name.chars().fold(7_u32, |s, c| s.wrapping_mul(31).wrapping_add(u32::from(c)));
    let mut next = |below: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) % below
    };
    let lines: Vec<Vec<[u32; 2]>> = (0..name.chars().count() * 2)
        .map(|n| {
            let left = 20 + u32::try_from(n).unwrap_or_default() * 60;
            (0..6).map(|k| [left + k * 9 + next(12), 20 + next(80)]).collect()
        })
        .collect();
    let width = 60 + u32::try_from(lines.len()).unwrap_or_default() * 60;
    json!({ "width": width, "height": 120, "lines": lines })
}

/// Both officers sign the presented paper, the second on the own phone.
///
/// # Errors
/// What a phone says (J2).
pub fn officers_sign(lead: &mut PhoneProcess, second: &mut PhoneProcess, inspection: &str, paper: &str) -> Result<()> {
    lead.call("sign_as_officer", json!({ "inspection": inspection, "paper": paper, "input": signature(&cast::LEAD) }))?;
    cosigns(lead, second, &cast::SECOND, inspection, paper)
}

/// An officer whose phone is paired signs the presented paper there.
///
/// # Errors
/// What a phone says (J2, R52).
pub fn cosigns(lead: &mut PhoneProcess, other: &mut PhoneProcess, who: &Officer, inspection: &str, paper: &str) -> Result<()> {
    lead.call("request_cosign", json!({ "inspection": inspection, "paper": paper }))?;
    carry(lead, other)?;
    other.call("cosign", json!({ "input": signature(who) }))?;
    carry(lead, other)?;
    Ok(())
}

/// What an officer gives with a signature.
#[must_use]
pub fn signature(officer: &Officer) -> Value {
    json!({ "name": officer.name, "ink": ink(officer.name), "strokes": format!("strokes of {}", officer.number) })
}

/// The second officer's phone witnesses everything that the lead's has recorded up to now (P5).
///
/// # Errors
/// What a phone says.
pub fn witness(lead: &mut PhoneProcess, second: &mut PhoneProcess, inspection: &str) -> Result<()> {
    lead.call("request_witness", json!({ "inspection": inspection }))?;
    carry(lead, second)?;
    second.call("witness", json!({}))?;
    carry(lead, second)?;
    Ok(())
}

/// What a sync moved.
#[derive(Debug, Clone, Copy)]
pub struct Traffic {
    /// Requests made.
    pub requests: u64,
    /// Bytes of request bodies.
    pub sent: u64,
    /// Entries in the phone's log.
    pub entries: u64,
    /// Checkpoints with the office's receipt.
    pub checkpoints: usize,
    /// Files with the office's receipt that it opened them.
    pub files: usize,
}

/// One conversation with the office, to its end.
///
/// # Errors
/// When it broke off.
pub fn sync(phone: &mut PhoneProcess) -> Result<Value> {
    let said = phone.call("sync", json!({}))?;
    if said["finished"] == true { Ok(said) } else { Err(format!("the conversation broke off: {said}").into()) }
}

/// Syncs in small parts until the office has given a receipt for everything; says how far it is.
///
/// # Errors
/// When an item is parked, or the office gives no receipt.
pub fn send_everything(phone: &mut PhoneProcess, mut progress: impl FnMut(u64, u64)) -> Result<Traffic> {
    let (mut requests, mut sent, mut idle) = (0, 0, 0);
    loop {
        let said = phone.call("sync", json!({ "max_requests": 8 }))?;
        requests += said["requests"].as_u64().unwrap_or_default();
        sent += said["sent"].as_u64().unwrap_or_default();
        let status = phone.call("status", json!({}))?;
        let queue = list(&status, "queue")?;
        if let Some(parked) = queue.iter().find(|q| q["state"] == "parked") {
            return Err(format!("parked: {parked}").into());
        }
        let received = queue.iter().filter(|q| q["state"] == "received").count();
        progress(received as u64, queue.len() as u64);
        if received == queue.len() && said["finished"] == true {
            let checkpoints = queue.iter().filter(|q| q["kind"] == "segment").count();
            let entries = status["entries"].as_u64().unwrap_or_default();
            let carried = queue.iter().filter(|q| q["kind"] == "carried").count();
            return Ok(Traffic { requests, sent, entries, checkpoints, files: received - checkpoints - carried });
        }
        let in_vain = said["finished"] == true || !list(&said, "refusals")?.is_empty();
        idle = if in_vain { idle + 1 } else { 0 };
        if idle > 10 {
            return Err(format!("the office gives no receipt for everything: {said}").into());
        }
    }
}
