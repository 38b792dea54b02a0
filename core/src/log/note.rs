//! Heads as C2SP texts: signed-note, tlog-checkpoint, tlog-cosignature (`docs/formats` §6.1).

use super::OfficeHead;
use crate::id::sha256_parts;
use crate::sign::{PublicKey, RawSignature, SignError, Signer};
use data_encoding::BASE64;

/// Signature type of a log's own Ed25519 key.
const ED25519: u8 = 1;
/// Signature type of a timestamped Ed25519 cosignature.
const COSIGNATURE: u8 = 4;
/// Most bytes of a note.
pub const MAX_NOTE: usize = 16 << 10;

/// Why a note is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not a note or checkpoint.
    #[error("malformed note")]
    Malformed,
    /// No line of that key.
    #[error("not signed by this key")]
    NotSigned,
    /// The signature does not verify.
    #[error("signature of the note does not verify")]
    Signature,
}

/// The origin of an office's log: `mz1/SLUG/epoch-N`.
#[must_use]
pub fn origin(slug: &str, epoch: u64) -> String {
    format!("mz1/{slug}/epoch-{epoch}")
}

/// The epoch that an origin of ours ends with.
#[must_use]
pub fn epoch_of(origin: &str) -> Option<u64> {
    let (slug, epoch) = origin.strip_prefix("mz1/")?.rsplit_once("/epoch-")?;
    let n: u64 = epoch.parse().ok()?;
    (!slug.is_empty() && n.to_string() == epoch).then_some(n)
}

/// A tlog-checkpoint: the three lines that are signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextCheckpoint {
    /// Names the log.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// Root over them.
    pub root: [u8; 32],
}

impl TextCheckpoint {
    /// Of a head.
    #[must_use]
    pub fn of(slug: &str, head: &OfficeHead) -> Self {
        Self { origin: origin(slug, head.epoch), size: head.size, root: head.root }
    }

    /// What is signed.
    #[must_use]
    pub fn body(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(&self.root))
    }

    /// Reads the three lines; extension lines are not taken.
    ///
    /// # Errors
    /// [`NoteError::Malformed`].
    pub fn parse(body: &str) -> Result<Self, NoteError> {
        let lines: Vec<&str> = body.strip_suffix('\n').ok_or(NoteError::Malformed)?.split('\n').collect();
        let [origin, size, root] = lines.as_slice() else { return Err(NoteError::Malformed) };
        let root = BASE64.decode(root.as_bytes()).ok().and_then(|r| r.try_into().ok()).ok_or(NoteError::Malformed)?;
        let c = Self { origin: (*origin).to_owned(), size: size.parse().map_err(|_| NoteError::Malformed)?, root };
        // One spelling: numbers without sign or leading zeros.
        if c.origin.is_empty() || c.body() != body { Err(NoteError::Malformed) } else { Ok(c) }
    }

    /// As a signed note of the log itself: body, empty line, signature line.
    ///
    /// # Errors
    /// [`SignError`] when the key is not Ed25519 or does not sign.
    pub fn sign(&self, signer: &dyn Signer) -> Result<String, SignError> {
        let body = self.body();
        let PublicKey::Ed25519(key) = signer.public_key() else { return Err(SignError::AlgorithmMismatch) };
        let RawSignature::Fixed(signature) = signer.sign(body.as_bytes())? else { return Err(SignError::BadSignature) };
        let line = line(&self.origin, key_id(&self.origin, ED25519, &key), &signature);
        Ok(format!("{body}\n{line}\n"))
    }

    /// Opens a signed note whose log has this Ed25519 key under the name `origin`.
    ///
    /// # Errors
    /// [`NoteError`].
    pub fn open(note: &str, key: &PublicKey) -> Result<Self, NoteError> {
        let (body, lines) = split(note)?;
        let c = Self::parse(body)?;
        let PublicKey::Ed25519(raw) = key else { return Err(NoteError::NotSigned) };
        let id = key_id(&c.origin, ED25519, raw);
        let signature = lines.iter().find(|l| l.name == c.origin && l.id == id).ok_or(NoteError::NotSigned)?;
        key.check(body.as_bytes(), &signature.rest).map_err(|_| NoteError::Signature)?;
        Ok(c)
    }
}

/// The first 16 hex digits of a root fingerprint name an organ in origins.
#[must_use]
pub fn slug(fingerprint: &crate::trust::RootFingerprint) -> String {
    crate::id::hex(&fingerprint.0).chars().take(16).collect()
}

/// Body (with its last line end) and signature lines of a note.
///
/// # Errors
/// [`NoteError::Malformed`].
pub fn split(note: &str) -> Result<(&str, Vec<SignatureLine>), NoteError> {
    if note.len() > MAX_NOTE {
        return Err(NoteError::Malformed);
    }
    let (body, lines) = note.rsplit_once("\n\n").ok_or(NoteError::Malformed)?;
    let body = note.get(..=body.len()).ok_or(NoteError::Malformed)?;
    let lines = lines.strip_suffix('\n').ok_or(NoteError::Malformed)?;
    Ok((body, lines.split('\n').map(SignatureLine::parse).collect::<Result<_, _>>()?))
}

/// A signature line: `— NAME base64(key id ‖ signature)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureLine {
    /// Who is said to sign.
    pub name: String,
    /// First 4 bytes of SHA-256(name ‖ 0x0A ‖ type ‖ key).
    pub id: [u8; 4],
    /// What follows the key id.
    pub rest: Vec<u8>,
}

impl SignatureLine {
    /// Reads a line without its end.
    ///
    /// # Errors
    /// [`NoteError::Malformed`].
    pub fn parse(line: &str) -> Result<Self, NoteError> {
        let (name, text) = line.strip_prefix("— ").and_then(|l| l.split_once(' ')).ok_or(NoteError::Malformed)?;
        let bytes = BASE64.decode(text.as_bytes()).map_err(|_| NoteError::Malformed)?;
        let (id, rest) = bytes.split_first_chunk::<4>().ok_or(NoteError::Malformed)?;
        if name.is_empty() || name.contains('+') || rest.is_empty() {
            return Err(NoteError::Malformed);
        }
        Ok(Self { name: name.to_owned(), id: *id, rest: rest.to_vec() })
    }
}

fn line(name: &str, id: [u8; 4], rest: &[u8]) -> String {
    format!("— {name} {}", BASE64.encode(&[&id[..], rest].concat()))
}

fn key_id(name: &str, kind: u8, key: &[u8; 32]) -> [u8; 4] {
    let d = sha256_parts(&[name.as_bytes(), b"\n", &[kind], key]);
    let [a, b, c, e, ..] = d;
    [a, b, c, e]
}

/// What a witness signs (C2SP tlog-cosignature): the body with the second at which it saw it.
fn cosigned(body: &str, seconds: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {seconds}\n{body}").into_bytes()
}

/// Cosigns a checkpoint's body as the witness `name`; a line without its end.
///
/// # Errors
/// [`SignError`] when the key is not Ed25519 or does not sign.
pub fn cosign(body: &str, name: &str, seconds: u64, signer: &dyn Signer) -> Result<String, SignError> {
    let PublicKey::Ed25519(key) = signer.public_key() else { return Err(SignError::AlgorithmMismatch) };
    let RawSignature::Fixed(signature) = signer.sign(&cosigned(body, seconds))? else { return Err(SignError::BadSignature) };
    Ok(line(name, key_id(name, COSIGNATURE, &key), &[&seconds.to_be_bytes()[..], &signature].concat()))
}

/// Whether a line claims to be of this witness key.
#[must_use]
pub fn is_cosignature_of(line: &SignatureLine, name: &str, key: &PublicKey) -> bool {
    matches!(key, PublicKey::Ed25519(raw) if line.name == name && line.id == key_id(name, COSIGNATURE, raw))
}

/// The second at which this witness saw the checkpoint with that body.
///
/// # Errors
/// [`NoteError::NotSigned`] for another key's line, [`NoteError::Signature`].
pub fn open_cosignature(line: &SignatureLine, body: &str, name: &str, key: &PublicKey) -> Result<u64, NoteError> {
    if !is_cosignature_of(line, name, key) {
        return Err(NoteError::NotSigned);
    }
    let (time, signature) = line.rest.split_first_chunk::<8>().ok_or(NoteError::Signature)?;
    let seconds = u64::from_be_bytes(*time);
    // Beyond what a time in ms can hold: never a witness's clock.
    if seconds > 1 << 40 {
        return Err(NoteError::Signature);
    }
    key.check(&cosigned(body, seconds), signature).map_err(|_| NoteError::Signature)?;
    Ok(seconds)
}

/// A verifier key in C2SP's text form: `NAME+hex key id+base64(type ‖ key)`.
#[must_use]
pub fn verifier_text(name: &str, key: &[u8; 32], cosignature: bool) -> String {
    let kind = if cosignature { COSIGNATURE } else { ED25519 };
    format!("{name}+{}+{}", crate::id::hex(&key_id(name, kind, key)), BASE64.encode(&[&[kind], &key[..]].concat()))
}

/// Name and key of a verifier text, whichever of both types.
#[must_use]
pub fn parse_verifier(text: &str) -> Option<(String, [u8; 32])> {
    let mut parts = text.trim().splitn(3, '+');
    let (name, id, key) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = BASE64.decode(key.as_bytes()).ok()?;
    let (kind, raw) = bytes.split_first()?;
    let raw: [u8; 32] = raw.try_into().ok()?;
    let fits = matches!(*kind, ED25519 | COSIGNATURE) && id == crate::id::hex(&key_id(name, *kind, &raw));
    (fits && !name.is_empty() && !name.contains(char::is_whitespace)).then(|| (name.to_owned(), raw))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;
    use crate::sign::SoftwareKey;

    #[test]
    fn p5_a_head_as_note_opens_with_the_logs_key_and_a_cosignature_with_its_witness() {
        let (log, witness) = (SoftwareKey::from_seed([1; 32]), SoftwareKey::from_seed([2; 32]));
        let head = OfficeHead { epoch: 2, size: 7, root: [3; 32] };
        let c = TextCheckpoint::of("0123456789abcdef", &head);
        let note = c.sign(&log).unwrap();
        assert_eq!(TextCheckpoint::open(&note, &log.public_key()), Ok(c.clone()));
        assert_eq!(TextCheckpoint::open(&note, &witness.public_key()), Err(NoteError::NotSigned));
        assert_eq!(epoch_of(&c.origin), Some(2));
        assert_eq!(epoch_of("mz1/x/epoch-02"), None);
        assert_eq!(TextCheckpoint::open(&note.replacen("\n7\n", "\n8\n", 1), &log.public_key()), Err(NoteError::Signature));
        assert_eq!(TextCheckpoint::open(&note.replacen("\n7\n", "\n07\n", 1), &log.public_key()), Err(NoteError::Malformed));

        let line = SignatureLine::parse(&cosign(&c.body(), "w.example/x", 1_795_000_000, &witness).unwrap()).unwrap();
        let open = |body: &str, name| open_cosignature(&line, body, name, &witness.public_key());
        assert_eq!(open(&c.body(), "w.example/x"), Ok(1_795_000_000));
        assert_eq!(open(&c.body(), "w.example/y"), Err(NoteError::NotSigned));
        assert_eq!(open(&c.body().replace('7', "8"), "w.example/x"), Err(NoteError::Signature));
        let PublicKey::Ed25519(raw) = witness.public_key() else { unreachable!() };
        assert_eq!(parse_verifier(&verifier_text("w.example/x", &raw, true)), Some(("w.example/x".into(), raw)));
        assert_eq!(parse_verifier(&verifier_text("w.example/x", &raw, true).replace("example", "elpmaxe")), None);
    }

    /// The example of C2SP signed-note: this key id belongs to this verifier key.
    #[test]
    fn a_published_verifier_key_is_read() {
        // golang.org/x/mod/sumdb/note, the documented example key.
        let published = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let (name, key) = parse_verifier(published).unwrap();
        assert_eq!(name, "PeterNeumann");
        assert_eq!(verifier_text(&name, &key, false), published);
        let text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
        let note = format!(
            "{text}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
        );
        let (body, lines) = split(&note).unwrap();
        assert_eq!(body, text);
        let line = lines.first().unwrap();
        assert_eq!(crate::id::hex(&line.id), "c74f20a3");
        PublicKey::Ed25519(key).check(body.as_bytes(), &line.rest).unwrap();
    }
}
