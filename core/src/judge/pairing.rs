//! The three messages of two phones and their channel (`docs/formats` §11).

use super::given::Given;
use super::refusal::Refusal;
use crate::id::hex;
use crate::pairing::{Answering, Offer, Own};
use crate::sign::RawSignature;
use serde_json::{Value as Json, json};

/// `own` of the context: what the reading phone says of itself; `secret`: its ephemeral secret.
fn own(given: Given<'_>) -> Result<Own, Refusal> {
    let own = given.part("own").ok_or(Refusal("context"))?;
    Ok(Own {
        badge: own.bytes("badge")?,
        number: own.text("number")?.to_owned(),
        show_key: own.key("show_key")?,
        enrolment: own.array("enrolment")?,
        task: own.id("task")?,
    })
}

/// Read by the second phone.
pub(super) fn offer(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let a = Answering::read(bytes, &own(given)?, given.array("secret")?, &given.trust()?, given.int("at")?)?;
    let peer = a.claimed_peer();
    Ok(json!({"name": peer.badge.officer.name, "enrolment": hex(&peer.enrolment), "stale": peer.stale}))
}

/// Read by the first phone.
pub(super) fn answer(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let c = Offer::new(own(given)?, given.array("secret")?).read_answer(bytes, &given.trust()?, given.int("at")?)?;
    Ok(json!({"name": c.peer().badge.officer.name, "enrolment": hex(&c.peer().enrolment), "stale": c.peer().stale}))
}

/// Read by the second phone, which had read `offer`; then the first phone's `messages` of the channel.
pub(super) fn confirm(bytes: &[u8], given: Given<'_>) -> Result<Json, Refusal> {
    let answering =
        Answering::read(&given.bytes("offer")?, &own(given)?, given.array("secret")?, &given.trust()?, given.int("at")?)?;
    let signature = RawSignature::Fixed(vec![1; 64]); // its own answer's signature plays no part in what it reads
    let (_, waiting) = answering.finish(&signature)?;
    let mut paired = waiting.read_confirm(bytes).map_err(|(e, _)| e)?;
    let mut opened = Vec::new();
    for message in given.list("messages")? {
        opened.push(hex(&paired.channel.open_message(&message)?));
    }
    Ok(json!({"transcript": hex(&paired.transcript), "opened": opened}))
}
