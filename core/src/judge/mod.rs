//! One entry over all formats: bytes and what the reader holds in, what was read or a named class of refusal out.
//!
//! The shared vectors (`tests/vectors`) are executed through it in Rust, Kotlin and Swift; it adds no rule of its own to the types it calls.

mod given;
mod object;
mod pairing;
mod refusal;
mod travel;

pub use refusal::Refusal;

use given::Given;
use serde_json::Value as Json;

type Judge = fn(&[u8], Given<'_>) -> Result<Json, Refusal>;

/// Every format, by the name of its folder under `tests/vectors`.
const FORMATS: [(&str, Judge); 45] = [
    ("cbor", object::cbor),
    ("sign", object::sign),
    ("multi", object::multi),
    ("trust", object::trust),
    ("badge", object::badge),
    ("show", object::show),
    ("assignment", object::assignment),
    ("status-list", object::status_list),
    ("officers", object::officers),
    ("challenge", object::challenge),
    ("frame", object::frame),
    ("frame-text", object::frame_text),
    ("header", object::header),
    ("disclosure", object::disclosure),
    ("entries", object::entries),
    ("checkpoint", object::checkpoint),
    ("consistency-proof", object::consistency_proof),
    ("leaf", object::leaf),
    ("log-receipt", object::log_receipt),
    ("custody", object::custody),
    ("destruction", object::destruction),
    ("head", object::head),
    ("epoch", object::epoch),
    ("outside", object::outside),
    ("fork", object::fork),
    ("revocation", object::revocation),
    ("access", object::access),
    ("enrolment", object::enrolment),
    ("application", object::application),
    ("invitation", object::invitation),
    ("statement", object::statement),
    ("pack", object::pack),
    ("bundle", object::bundle),
    ("case", object::case),
    ("anchor", travel::anchor),
    ("wipe", travel::wipe),
    ("sealed", travel::sealed),
    ("segment", travel::segment),
    ("submission", travel::submission),
    ("request", travel::request),
    ("response", travel::response),
    ("feed", travel::feed),
    ("pair-offer", pairing::offer),
    ("pair-answer", pairing::answer),
    ("pair-confirm", pairing::confirm),
];

/// The names of all formats.
pub fn formats() -> impl Iterator<Item = &'static str> {
    FORMATS.iter().map(|(name, _)| *name)
}

/// Judges `bytes` as an object of that format. `context` is a JSON object: what else the reader holds, bytes in lower-case hex.
///
/// # Errors
/// [`Refusal`] with its class; `context` when something that is needed is not in the context, `format` for an unknown format.
pub fn judge(format: &str, bytes: &[u8], context: &Json) -> Result<Json, Refusal> {
    let (_, judge) = FORMATS.iter().find(|(name, _)| *name == format).ok_or(Refusal("format"))?;
    judge(bytes, Given(context))
}

/// [`judge`] with texts at both ends, for bindings: `{"ok": what was read}` or `{"refuse": class}`.
#[must_use]
pub fn judge_text(format: &str, bytes: &[u8], context: &str) -> String {
    let judged = serde_json::from_str(context).map_err(|_| Refusal("context")).and_then(|c| judge(format, bytes, &c));
    match judged {
        Ok(read) => serde_json::json!({ "ok": read }),
        Err(refusal) => serde_json::json!({ "refuse": refusal.0 }),
    }
    .to_string()
}
