//! `entries.cbor`: split into its items without building them all in memory, and the fields that the checks read.

use crate::cbor::{self, CborError, Value};
use crate::id::{Digest, digest_from_hex};
use crate::log::{Entry, LogError};

/// Largest single entry.
const MAX_ENTRY: usize = 1 << 20;
/// Longest inclusion path: more than any log can need.
const MAX_PROOF: usize = 64;

/// The raw items of the outer array; each one still goes through the strict reader.
pub(super) fn split(bytes: &[u8]) -> Result<Vec<&[u8]>, CborError> {
    let (major, count, mut rest) = head(bytes)?;
    if major != 4 {
        return Err(CborError::Type("entries"));
    }
    let mut items = Vec::new();
    for _ in 0..count {
        let len = item_len(rest)?;
        let (item, after) = rest.split_at_checked(len).ok_or(CborError::Truncated)?;
        if len > MAX_ENTRY {
            return Err(CborError::Type("entry"));
        }
        items.push(item);
        rest = after;
    }
    if rest.is_empty() { Ok(items) } else { Err(CborError::Trailing) }
}

/// Length of one item, however nested: containers only add to the number of items still to come.
fn item_len(bytes: &[u8]) -> Result<usize, CborError> {
    let (mut rest, mut open) = (bytes, 1_u64);
    while open > 0 {
        let (major, n, after) = head(rest)?;
        open -= 1;
        rest = match major {
            2 | 3 => usize::try_from(n).ok().and_then(|n| after.get(n..)).ok_or(CborError::Truncated)?,
            4 | 5 => {
                open = n.checked_mul(u64::from(major) - 3).and_then(|n| open.checked_add(n)).ok_or(CborError::Truncated)?;
                after
            }
            6 => {
                open += 1;
                after
            }
            _ => after,
        };
    }
    Ok(bytes.len() - rest.len())
}

/// Major type and number of an item, and what follows its head (RFC 8949 §3), in the shortest form only.
fn head(bytes: &[u8]) -> Result<(u8, u64, &[u8]), CborError> {
    let (first, rest) = bytes.split_first().ok_or(CborError::Truncated)?;
    let more = match first & 31 {
        n @ 0..=23 => return Ok((first >> 5, n.into(), rest)),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return Err(CborError::Indefinite),
    };
    let (number, rest) = rest.split_at_checked(more).ok_or(CborError::Truncated)?;
    let n = number.iter().fold(0, |n, b| (n << 8) | u64::from(*b));
    let least = if more == 1 { 24 } else { 1 << (more * 4) };
    if n < least { Err(CborError::NotShortest) } else { Ok((first >> 5, n, rest)) }
}

/// An entry as the bundle holds it.
pub(super) struct Held {
    pub(super) entry: Entry,
    pub(super) proof: Vec<Digest>,
    /// Why its fields could not be read; the header then stands alone.
    pub(super) fields: Option<LogError>,
}

impl Held {
    pub(super) fn read(item: &[u8]) -> Result<Self, LogError> {
        let [header, disclosures, proof]: [Value; 3] =
            cbor::decode(item)?.array("entry")?.try_into().map_err(|_| CborError::Type("entry"))?;
        let header = header.bytes("header")?;
        let disclosures =
            disclosures.array("disclosures")?.into_iter().map(|d| d.bytes("disclosure")).collect::<Result<Vec<_>, _>>()?;
        let proof = proof.array("proof")?.into_iter().map(|p| p.array_of("proof")).collect::<Result<Vec<_>, _>>()?;
        if proof.len() > MAX_PROOF {
            return Err(CborError::Type("proof").into());
        }
        match Entry::read(header.clone(), &disclosures) {
            Ok(entry) => Ok(Self { entry, proof, fields: None }),
            Err(error) => Ok(Self { entry: Entry::read(header, &[])?, proof, fields: Some(error) }),
        }
    }

    pub(super) fn kind(&self) -> &str {
        &self.entry.header().kind
    }
    pub(super) fn field(&self, name: &str) -> Option<&Value> {
        self.entry.disclosures().iter().find(|d| d.name() == name).map(|d| d.value())
    }
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        if let Some(Value::Text(t)) = self.field(name) { Some(t) } else { None }
    }
    pub(super) fn uint(&self, name: &str) -> Option<u64> {
        if let Some(Value::Int(i)) = self.field(name) { u64::try_from(*i).ok() } else { None }
    }
    pub(super) fn digest(&self, name: &str) -> Option<Digest> {
        self.text(name).and_then(digest_from_hex)
    }
    /// Bytes that stand as lower-case hex.
    pub(super) fn hex(&self, name: &str) -> Option<Vec<u8>> {
        data_encoding::HEXLOWER.decode(self.text(name)?.as_bytes()).ok()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn huge_counts_and_depths_end_at_once() {
        for hostile in [
            "9bffffffffffffffff",
            "819bffffffffffffffff",
            "81bbffffffffffffffff",
            "81bb7fffffffffffffff00",
            "815bffffffffffffffff",
            "9f00ff",
            "981700",
            "8100ff",
        ] {
            assert!(split(&data_encoding::HEXLOWER.decode(hostile.as_bytes()).unwrap()).is_err(), "{hostile}");
        }
        let deep = vec![0x81; 1 << 20];
        assert_eq!(split(&deep), Err(CborError::Truncated));
    }

    proptest! {
        #[test]
        fn splits_as_the_strict_reader_does(items in proptest::collection::vec(any::<Vec<u8>>(), 0..40)) {
            let value = Value::Array(items.iter().map(|i| Value::Array(vec![i.clone().into(), Value::Null, 7.into()])).collect());
            let bytes = cbor::encode(&value).unwrap();
            prop_assert_eq!(split(&bytes).unwrap(), cbor::array_items(&bytes).unwrap());
        }

        #[test]
        fn any_bytes_end_without_panic(bytes in any::<Vec<u8>>()) {
            if let Ok(items) = split(&bytes) { prop_assert!(items.iter().map(|i| i.len()).sum::<usize>() < bytes.len()); }
        }
    }
}
