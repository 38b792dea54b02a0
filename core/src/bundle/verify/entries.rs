//! `entries.cbor`: streamed item by item, and what the checks need of an entry. A large case never lies in memory as a whole.

use super::parallel;
use crate::cbor::{self, CborError, Value};
use crate::clock::Clocks;
use crate::id::{Digest, Id, digest_from_hex};
use crate::log::{Entry, LogError, Position, Seen, tree};
use std::io::{self, Read};

/// Largest single entry.
const MAX_ENTRY: usize = 1 << 20;
/// Longest inclusion path: more than any log can need.
const MAX_PROOF: usize = 64;
/// How many bytes of entries are read before they are worked on together.
const BATCH: usize = 2 << 20;
const BUFFER: usize = 64 * 1024;

/// Fields that a check reads, whatever the kind; the others are verified and dropped.
const KEPT: &[&str] = &[
    "adopted_root",
    "adopted_size",
    "assignment",
    "by",
    "checkpoint",
    "clear",
    "clear_len",
    "cp_no",
    "derived_from",
    "digest",
    "entries",
    "evidence",
    "facts",
    "from_ms",
    "id",
    "key",
    "lasts_ms",
    "log",
    "name",
    "number",
    "officer",
    "old",
    "operation",
    "pack",
    "pages",
    "paper",
    "part",
    "parts",
    "payload",
    "presented",
    "reason",
    "recording",
    "root",
    "sealed",
    "size",
    "starts_ms",
    "statement",
    "strokes",
    "to_ms",
    "witness",
    "wording",
];

/// Why an array of entries cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::bundle) enum ItemError {
    /// The array itself is malformed.
    Array(CborError),
    /// The system did not give its bytes.
    Io(io::ErrorKind),
}

/// The raw items of an array, each one still to go through the strict reader. Holds one item at a time.
pub(super) struct Items<R> {
    reader: R,
    buffer: Vec<u8>,
    start: usize,
    ended: bool,
    left: u64,
}

impl<R: Read> Items<R> {
    pub(super) fn open(reader: R) -> Result<Self, ItemError> {
        let mut items = Self { reader, buffer: Vec::new(), start: 0, ended: false, left: 0 };
        let (major, count, used) = items.measure(|b| head(b).map(|(m, n, rest)| (m, n, b.len() - rest.len())))?;
        if major != 4 {
            return Err(ItemError::Array(CborError::Type("entries")));
        }
        items.start += used;
        items.left = count;
        Ok(items)
    }

    /// What `measure` says of the bytes to come, with as many of them as it needs.
    fn measure<T>(&mut self, measure: impl Fn(&[u8]) -> Result<T, CborError>) -> Result<T, ItemError> {
        loop {
            let rest = self.buffer.get(self.start..).unwrap_or_default();
            match measure(rest) {
                Err(CborError::Truncated) if !self.ended && rest.len() > MAX_ENTRY => {
                    return Err(ItemError::Array(CborError::Type("entry")));
                }
                Err(CborError::Truncated) if !self.ended => self.fill()?,
                other => return other.map_err(ItemError::Array),
            }
        }
    }

    /// At least doubles what lies ready, so that an item is measured a few times at most.
    fn fill(&mut self) -> Result<(), ItemError> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let wanted = self.buffer.len().max(BUFFER);
        let read = (&mut self.reader).take(wanted as u64).read_to_end(&mut self.buffer).map_err(|e| ItemError::Io(e.kind()))?;
        self.ended = read < wanted;
        Ok(())
    }

    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, ItemError> {
        if self.left == 0 {
            if self.start == self.buffer.len() && !self.ended {
                self.fill()?;
            }
            let end = self.start == self.buffer.len();
            return if end { Ok(None) } else { Err(ItemError::Array(CborError::Trailing)) };
        }
        let len = self.measure(item_len)?;
        if len > MAX_ENTRY {
            return Err(ItemError::Array(CborError::Type("entry")));
        }
        self.left -= 1;
        let item = self.buffer.get(self.start..self.start + len).unwrap_or_default();
        self.start += len;
        Ok(Some(item))
    }
}

/// Number of items, when the array itself is well formed to its end.
pub(super) fn count(reader: impl Read) -> Result<u64, ItemError> {
    let mut items = Items::open(reader)?;
    let mut n = 0;
    while items.next()?.is_some() {
        n += 1;
    }
    Ok(n)
}

/// Where each item lies: offset and length.
#[cfg(test)]
pub(in crate::bundle) fn places(path: &std::path::Path) -> Result<Vec<(u64, usize)>, ItemError> {
    let open = || std::fs::File::open(path).map_err(|e| ItemError::Io(e.kind()));
    let mut items = Items::open(open()?)?;
    let mut offset = cbor::array_head(items.left).len() as u64;
    let mut all = Vec::new();
    while let Some(item) = items.next()? {
        all.push((offset, item.len()));
        offset += item.len() as u64;
    }
    Ok(all)
}

/// Each item with what was read of it, in their order; many are worked on at once.
pub(super) fn each(
    reader: impl Read,
    top: Option<Top>,
    mut take: impl FnMut(Result<ReadEntry, LogError>),
) -> Result<(), ItemError> {
    let mut items = Items::open(reader)?;
    loop {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while let Some(item) = items.next()? {
            batch.push(item.to_vec());
            bytes += item.len();
            if bytes >= BATCH {
                break;
            }
        }
        if batch.is_empty() {
            return Ok(());
        }
        parallel::map(&batch, |item| ReadEntry::of(item, top)).into_iter().for_each(&mut take);
    }
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

/// Size and root into which entries are proven.
pub(super) type Top = (u64, Digest);

/// Where an entry stands to the tree.
#[derive(Debug)]
pub(super) enum Place {
    /// Proven, or there is no tree to prove it into.
    Fine,
    /// Its proof fails.
    Not,
    /// Behind the end of the tree: its leaf hash and proof.
    Beyond(Digest, Vec<Digest>),
}

/// An entry as the checks need it.
pub(super) struct Held {
    pub(super) log: Id,
    pub(super) seq: u64,
    pub(super) prev: Option<Digest>,
    pub(super) position: Option<Position>,
    /// Of its header.
    pub(super) digest: Digest,
    pub(super) kind: String,
    pub(super) clocks: Clocks,
    pub(super) seen: Vec<Seen>,
    pub(super) place: Place,
    /// Its fields were changed and none is believed.
    pub(super) broken: bool,
    /// Whether the facts in it are those of its digest, where both are disclosed.
    pub(super) facts: Option<bool>,
    fields: Vec<(String, Value)>,
}

/// An entry with what is reported of it at once.
pub(super) struct ReadEntry {
    pub(super) held: Held,
    pub(super) disclosed: usize,
    pub(super) fault: Option<LogError>,
    pub(super) withheld: Vec<String>,
}

impl ReadEntry {
    fn of(item: &[u8], top: Option<Top>) -> Result<Self, LogError> {
        let [header, disclosures, proof]: [Value; 3] =
            cbor::decode(item)?.array("entry")?.try_into().map_err(|_| CborError::Type("entry"))?;
        let header = header.bytes("header")?;
        let disclosures =
            disclosures.array("disclosures")?.into_iter().map(|d| d.bytes("disclosure")).collect::<Result<Vec<_>, _>>()?;
        let proof = proof.array("proof")?.into_iter().map(|p| p.array_of("proof")).collect::<Result<Vec<_>, _>>()?;
        if proof.len() > MAX_PROOF {
            return Err(CborError::Type("proof").into());
        }
        let (entry, fault) = match Entry::read(header.clone(), &disclosures) {
            Ok(entry) => (entry, None),
            Err(error) => (Entry::read(header, &[])?, Some(error)),
        };
        let withheld = entry.withheld().into_iter().map(str::to_owned).collect();
        Ok(Self { disclosed: entry.disclosures().len(), withheld, held: Held::of(&entry, proof, top, fault.is_some()), fault })
    }
}

impl Held {
    fn of(entry: &Entry, proof: Vec<Digest>, top: Option<Top>, broken: bool) -> Self {
        let header = entry.header();
        let place = match top {
            None => Place::Fine,
            Some((size, _)) if header.seq >= size => Place::Beyond(entry.leaf(), proof),
            Some((size, root)) if tree::root_from_inclusion(entry.leaf(), header.seq, size, &proof) == Some(root) => Place::Fine,
            Some(_) => Place::Not,
        };
        let kept = entry.disclosures().iter().filter(|d| KEPT.contains(&d.name()) && !is_content(d.name(), d.value()));
        let mut held = Self {
            log: header.log,
            seq: header.seq,
            prev: header.prev,
            position: header.position,
            digest: entry.digest(),
            kind: header.kind.clone(),
            clocks: header.clocks.clone(),
            seen: header.seen.clone(),
            place,
            broken,
            facts: None,
            fields: kept.map(|d| (d.name().to_owned(), d.value().clone())).collect(),
        };
        let facts = entry.disclosures().iter().find(|d| d.name() == "facts").map(|d| d.value());
        if let (Some(facts), Some(digest)) = (facts, held.digest("digest")) {
            // What the strict reader read is encoded as it stood.
            held.facts = Some(cbor::encode(facts).map(|f| crate::id::sha256(&f)) == Ok(digest));
        }
        held
    }

    pub(super) fn field(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, v)| v)
    }
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        if let Some(Value::Text(t)) = self.field(name) { Some(t) } else { None }
    }
    pub(super) fn uint(&self, name: &str) -> Option<u64> {
        if let Some(Value::Int(i)) = self.field(name) { u64::try_from(*i).ok() } else { None }
    }
    pub(super) fn is_null(&self, name: &str) -> bool {
        self.field(name) == Some(&Value::Null)
    }
    pub(super) fn digest(&self, name: &str) -> Option<Digest> {
        self.text(name).and_then(digest_from_hex)
    }
    pub(super) fn id(&self, name: &str) -> Option<Id> {
        self.text(name).and_then(Id::from_hex)
    }
    /// Bytes that stand as lower-case hex.
    pub(super) fn hex(&self, name: &str) -> Option<Vec<u8>> {
        data_encoding::HEXLOWER.decode(self.text(name)?.as_bytes()).ok()
    }
}

/// The facts of a paper are judged at once and not kept; under the same name a signature holds their digest.
fn is_content(name: &str, value: &Value) -> bool {
    name == "facts" && matches!(value, Value::Map(_))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Gives a few bytes at a time.
    struct Slow<'a>(&'a [u8]);
    impl Read for Slow<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let n = self.0.len().min(buf.len()).min(7);
            (&mut self.0).take(n as u64).read(buf)
        }
    }

    fn split(bytes: &[u8]) -> Result<Vec<Vec<u8>>, ItemError> {
        let mut items = Items::open(Slow(bytes))?;
        let mut all = Vec::new();
        while let Some(item) = items.next()? {
            all.push(item.to_vec());
        }
        assert_eq!(count(bytes), Ok(all.len() as u64));
        Ok(all)
    }

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
            "",
        ] {
            assert!(split(&data_encoding::HEXLOWER.decode(hostile.as_bytes()).unwrap()).is_err(), "{hostile}");
        }
        assert_eq!(split(&vec![0x81; 1 << 20]), Err(ItemError::Array(CborError::Truncated)));
        assert_eq!(split(&vec![0x81; 2 << 20]), Err(ItemError::Array(CborError::Type("entry"))));
        let nulls = [vec![0x81, 0x9a, 0, 0x98, 0x96, 0x80], vec![0xf6; 10_000_000]].concat();
        assert_eq!(count(nulls.as_slice()), Err(ItemError::Array(CborError::Type("entry"))));
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
            if let Ok(items) = split(&bytes) { prop_assert!(items.iter().map(Vec::len).sum::<usize>() < bytes.len()); }
        }
    }
}
