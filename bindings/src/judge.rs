//! The shared vectors of `docs/formats`, judged by the core: so that every language shows that it carries the same core.

use mingzheng_core as core;

/// The names of all formats: the folders of `tests/vectors`.
#[uniffi::export]
#[must_use]
pub fn judged_formats() -> Vec<String> {
    core::judge::formats().map(str::to_owned).collect()
}

/// Judges bytes as an object of a format. `context` is a JSON object with what else the reader holds; the answer is
/// `{"ok": what was read}` or `{"refuse": class}`.
#[uniffi::export]
#[must_use]
pub fn judge_object(format: String, bytes: Vec<u8>, context: String) -> String {
    core::judge::judge_text(&format, &bytes, &context)
}
