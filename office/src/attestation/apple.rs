//! Apple App Attest: the attestation object of a key that only this app on this device holds (developer.apple.com, Validating apps that connect to your server).

use super::Fault;
use super::chain::{self, Read};
use super::der::{self, OCTETS, SEQUENCE, Tag};
use mingzheng_core::cbor::{self, CborError, Fields};
use mingzheng_core::id::{Digest, sha256, sha256_parts};

const EXTENSION: &str = "1.2.840.113635.100.8.2";
const PRODUCTION: &[u8; 16] = b"appattest\0\0\0\0\0\0\0";
const DEVELOPMENT: &[u8; 16] = b"appattestdevelop";

struct Object {
    chain: Vec<Vec<u8>>,
    data: Vec<u8>,
}

fn read(object: &[u8]) -> Result<Object, CborError> {
    let mut f = Fields::of(cbor::decode(object)?)?;
    if f.req("fmt", "fmt")?.text("fmt")? != "apple-appattest" {
        return Err(CborError::Type("fmt"));
    }
    let mut statement = Fields::of(f.req("attStmt", "attStmt")?)?;
    let chain = statement.req("x5c", "x5c")?.array("x5c")?.into_iter().map(|c| c.bytes("x5c")).collect::<Result<_, _>>()?;
    Ok(Object { chain, data: f.req("authData", "authData")?.bytes("authData")? })
}

/// Whether the object says that this app on a genuine device stated `statement`.
pub(super) fn check(key: &[u8], object: &[u8], statement: &Digest, app: &str, roots: &[Read], now_s: u64) -> Result<(), Fault> {
    let object = read(object).map_err(|_| Fault::Malformed)?;
    let own = chain::verify(&object.chain, roots, EXTENSION, now_s)?;
    let said = own.extension(EXTENSION).and_then(nonce).ok_or(Fault::Malformed)?;
    if said != sha256_parts(&[&object.data, statement]) {
        return Err(Fault::Challenge);
    }
    if sha256(own.key()) != key {
        return Err(Fault::WrongKey);
    }
    // Authenticator data (WebAuthn §6.1): RP id hash 32, flags 1, counter 4, AAGUID 16, length 2, credential id.
    let mut d = object.data.as_slice();
    let mut take = |n: usize| {
        let (part, rest) = d.split_at_checked(n).ok_or(Fault::Malformed)?;
        d = rest;
        Ok::<_, Fault>(part)
    };
    let (relying, _flags, counter, aaguid, length) = (take(32)?, take(1)?, take(4)?, take(16)?, take(2)?);
    if app.is_empty() || relying != sha256(app.as_bytes()) {
        return Err(Fault::App);
    }
    if counter != [0; 4] {
        return Err(Fault::Counter);
    }
    if aaguid != PRODUCTION && aaguid != DEVELOPMENT {
        return Err(Fault::Malformed);
    }
    let length = length.iter().fold(0, |n, b| n * 256 + usize::from(*b));
    if take(length)? == key { Ok(()) } else { Err(Fault::WrongKey) }
}

/// `SEQUENCE { [1] EXPLICIT OCTET STRING }`.
fn nonce(extension: &[u8]) -> Option<Digest> {
    let mut f = der::only(extension, SEQUENCE)?;
    der::only(der::expect(&mut f, Tag(2, 1))?, OCTETS)?.try_into().ok()
}
