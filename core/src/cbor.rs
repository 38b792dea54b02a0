//! The one CBOR profile (RFC 8949 §4.2.1, `docs/formats` §1): a strict reader and a deterministic writer.
//!
//! Libraries accept duplicates, indefinite lengths and trailing bytes; what is signed is therefore read here, from its original bytes, and nowhere else.

use std::fmt;

/// Deepest nesting that is read or written.
pub const MAX_DEPTH: usize = 16;
const MAX_INT: i64 = (1 << 53) - 1;

/// A value of the profile. Maps keep the order in which they were built; the writer sorts.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// Integer within ±(2^53−1).
    Int(i64),
    /// Byte string.
    Bytes(Vec<u8>),
    /// UTF-8 text.
    Text(String),
    /// Array.
    Array(Vec<Value>),
    /// Map with integer or text keys.
    Map(Vec<(Value, Value)>),
    /// Tag 18 (COSE_Sign1), the only tag.
    Tag18(Box<Value>),
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
}

impl fmt::Debug for Value {
    /// Shows the shape, never the content: values may be personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(_) => f.write_str("int"),
            Self::Bytes(b) => write!(f, "bytes({})", b.len()),
            Self::Text(t) => write!(f, "text({})", t.len()),
            Self::Array(a) => f.debug_list().entries(a).finish(),
            Self::Map(m) => write!(f, "map({})", m.len()),
            Self::Tag18(v) => write!(f, "18({v:?})"),
            Self::Bool(_) => f.write_str("bool"),
            Self::Null => f.write_str("null"),
        }
    }
}

/// Why bytes are not of the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CborError {
    /// The input ended inside an item.
    #[error("truncated")]
    Truncated,
    /// Bytes follow the item.
    #[error("trailing bytes")]
    Trailing,
    /// A length or integer is not in its shortest form.
    #[error("not the shortest form")]
    NotShortest,
    /// Indefinite length.
    #[error("indefinite length")]
    Indefinite,
    /// Float, `undefined` or another simple value.
    #[error("float or simple value outside the profile")]
    Simple,
    /// A tag other than 18.
    #[error("tag outside the profile")]
    Tag,
    /// Integer beyond ±(2^53−1).
    #[error("integer too large")]
    Integer,
    /// Text is not UTF-8.
    #[error("text is not UTF-8")]
    Utf8,
    /// Keys are not in bytewise order.
    #[error("map keys out of order")]
    Order,
    /// A key occurs twice.
    #[error("duplicate map key")]
    Duplicate,
    /// A key is neither integer nor text.
    #[error("map key of another type")]
    Key,
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("nested too deep")]
    Depth,
    /// A field is missing.
    #[error("field {0} is missing")]
    Missing(&'static str),
    /// A field has another type or length than the format says.
    #[error("field {0} has the wrong type")]
    Type(&'static str),
    /// A field that the format does not know.
    #[error("unknown field")]
    Unknown,
}

/// Writes `value` in deterministic form.
///
/// # Errors
/// [`CborError`] when the value is outside the profile (depth, integer range, keys).
pub fn encode(value: &Value) -> Result<Vec<u8>, CborError> {
    let mut out = Vec::new();
    write(value, &mut out, 0)?;
    Ok(out)
}

/// Reads exactly one item.
///
/// # Errors
/// [`CborError`] names the first deviation from the profile.
pub fn decode(bytes: &[u8]) -> Result<Value, CborError> {
    let mut r = Reader { rest: bytes };
    let v = r.item(0)?;
    if r.rest.is_empty() { Ok(v) } else { Err(CborError::Trailing) }
}

/// The original bytes of each element of one array, each checked by the strict reader.
///
/// # Errors
/// [`CborError`] as [`decode`]; [`CborError::Type`] when the item is no array.
pub fn array_items(bytes: &[u8]) -> Result<Vec<&[u8]>, CborError> {
    let mut r = Reader { rest: bytes };
    let (major, n) = r.head()?;
    if major != 4 {
        return Err(CborError::Type("array"));
    }
    let mut out = Vec::new();
    for _ in 0..n {
        let before = r.rest;
        r.item(1)?;
        let used = before.len() - r.rest.len();
        out.push(before.get(..used).ok_or(CborError::Truncated)?);
    }
    if r.rest.is_empty() { Ok(out) } else { Err(CborError::Trailing) }
}

/// The head of an array of `n` items, for one that is written item by item.
#[must_use]
pub fn array_head(n: u64) -> Vec<u8> {
    let mut out = Vec::new();
    head(4, n, &mut out);
    out
}

fn head(major: u8, n: u64, out: &mut Vec<u8>) {
    let m = major << 5;
    match n {
        0..=23 => out.push(m | n as u8),
        24..=0xff => out.extend([m | 24, n as u8]),
        0x100..=0xffff => {
            out.push(m | 25);
            out.extend((n as u16).to_be_bytes());
        }
        0x1_0000..=0xffff_ffff => {
            out.push(m | 26);
            out.extend((n as u32).to_be_bytes());
        }
        _ => {
            out.push(m | 27);
            out.extend(n.to_be_bytes());
        }
    }
}

fn write(value: &Value, out: &mut Vec<u8>, depth: usize) -> Result<(), CborError> {
    if depth > MAX_DEPTH {
        return Err(CborError::Depth);
    }
    match value {
        Value::Int(i) => {
            if !(-MAX_INT..=MAX_INT).contains(i) {
                return Err(CborError::Integer);
            }
            if *i >= 0 { head(0, i.unsigned_abs(), out) } else { head(1, i.unsigned_abs() - 1, out) }
        }
        Value::Bytes(b) => {
            head(2, b.len() as u64, out);
            out.extend(b);
        }
        Value::Text(t) => {
            head(3, t.len() as u64, out);
            out.extend(t.as_bytes());
        }
        Value::Array(a) => {
            head(4, a.len() as u64, out);
            for v in a {
                write(v, out, depth + 1)?;
            }
        }
        Value::Map(m) => {
            let mut entries = Vec::with_capacity(m.len());
            for (k, v) in m {
                if !matches!(k, Value::Int(_) | Value::Text(_)) {
                    return Err(CborError::Key);
                }
                let mut key = Vec::new();
                write(k, &mut key, depth + 1)?;
                entries.push((key, v));
            }
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            if entries.windows(2).any(|w| matches!(w, [a, b] if a.0 == b.0)) {
                return Err(CborError::Duplicate);
            }
            head(5, entries.len() as u64, out);
            for (key, v) in entries {
                out.extend(key);
                write(v, out, depth + 1)?;
            }
        }
        Value::Tag18(v) => {
            out.push(0xd2);
            write(v, out, depth + 1)?;
        }
        Value::Bool(b) => out.push(if *b { 0xf5 } else { 0xf4 }),
        Value::Null => out.push(0xf6),
    }
    Ok(())
}

/// The integer of a head of major type 0 or 1.
pub(crate) fn integer(major: u8, n: u64) -> Result<i64, CborError> {
    let n = i64::try_from(n).map_err(|_| CborError::Integer)?;
    match major {
        0 if n <= MAX_INT => Ok(n),
        1 if n < MAX_INT => Ok(-1 - n),
        _ => Err(CborError::Integer),
    }
}

/// Reads heads and contents one after the other; whoever uses it keeps to the profile's rules about depth and order of keys.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What was not read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn take(&mut self, n: usize) -> Result<&'a [u8], CborError> {
        let (a, b) = self.rest.split_at_checked(n).ok_or(CborError::Truncated)?;
        self.rest = b;
        Ok(a)
    }

    fn uint(&mut self, n: usize) -> Result<u64, CborError> {
        Ok(self.take(n)?.iter().fold(0, |acc, b| (acc << 8) | u64::from(*b)))
    }

    /// Major type and argument; of major type 7 the simple value.
    pub(crate) fn head(&mut self) -> Result<(u8, u64), CborError> {
        let b = self.uint(1)? as u8;
        let (major, info) = (b >> 5, b & 31);
        if major == 7 {
            return match info {
                20..=22 => Ok((7, u64::from(info))),
                31 => Err(CborError::Indefinite),
                _ => Err(CborError::Simple),
            };
        }
        let (n, least) = match info {
            0..=23 => (u64::from(info), 0),
            24 => (self.uint(1)?, 24),
            25 => (self.uint(2)?, 0x100),
            26 => (self.uint(4)?, 0x1_0000),
            27 => (self.uint(8)?, 0x1_0000_0000),
            31 => return Err(CborError::Indefinite),
            _ => return Err(CborError::Simple),
        };
        if n < least { Err(CborError::NotShortest) } else { Ok((major, n)) }
    }

    /// The text of `n` bytes that follows its head.
    pub(crate) fn text(&mut self, n: u64) -> Result<&'a str, CborError> {
        let n = usize::try_from(n).map_err(|_| CborError::Truncated)?;
        std::str::from_utf8(self.take(n)?).map_err(|_| CborError::Utf8)
    }

    fn item(&mut self, depth: usize) -> Result<Value, CborError> {
        if depth > MAX_DEPTH {
            return Err(CborError::Depth);
        }
        let (major, n) = self.head()?;
        Ok(match major {
            0 | 1 => Value::Int(integer(major, n)?),
            2 => Value::Bytes(self.take(usize::try_from(n).map_err(|_| CborError::Truncated)?)?.to_vec()),
            3 => Value::Text(self.text(n)?.to_owned()),
            4 => {
                let mut a = Vec::new();
                for _ in 0..n {
                    a.push(self.item(depth + 1)?);
                }
                Value::Array(a)
            }
            5 => {
                let mut m: Vec<(Value, Value)> = Vec::new();
                let mut last: Option<&[u8]> = None;
                for _ in 0..n {
                    let before = self.rest;
                    let key = self.item(depth + 1)?;
                    if !matches!(key, Value::Int(_) | Value::Text(_)) {
                        return Err(CborError::Key);
                    }
                    let raw = before.get(..before.len() - self.rest.len()).ok_or(CborError::Truncated)?;
                    match last.map(|l| l.cmp(raw)) {
                        Some(std::cmp::Ordering::Equal) => return Err(CborError::Duplicate),
                        Some(std::cmp::Ordering::Greater) => return Err(CborError::Order),
                        _ => last = Some(raw),
                    }
                    m.push((key, self.item(depth + 1)?));
                }
                Value::Map(m)
            }
            6 if n == 18 => Value::Tag18(Box::new(self.item(depth + 1)?)),
            6 => return Err(CborError::Tag),
            _ => match n {
                20 => Value::Bool(false),
                21 => Value::Bool(true),
                _ => Value::Null,
            },
        })
    }
}

macro_rules! from {
    ($($t:ty => |$x:ident| $e:expr;)*) => { $(impl From<$t> for Value { fn from($x: $t) -> Self { $e } })* };
}
from! {
    i64 => |x| Value::Int(x);
    i32 => |x| Value::Int(x.into());
    u32 => |x| Value::Int(x.into());
    u64 => |x| Value::Int(i64::try_from(x).unwrap_or(i64::MAX));
    bool => |x| Value::Bool(x);
    &str => |x| Value::Text(x.to_owned());
    String => |x| Value::Text(x);
    &[u8] => |x| Value::Bytes(x.to_vec());
    Vec<u8> => |x| Value::Bytes(x);
    [u8; 8] => |x| Value::Bytes(x.to_vec());
    [u8; 16] => |x| Value::Bytes(x.to_vec());
    [u8; 32] => |x| Value::Bytes(x.to_vec());
    Vec<Value> => |x| Value::Array(x);
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(x: Option<T>) -> Self {
        x.map_or(Self::Null, Into::into)
    }
}

/// A key of a map of the formats: integer or text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Integer label.
    I(i64),
    /// Text label.
    T(&'static str),
}
impl From<i64> for Key {
    fn from(i: i64) -> Self {
        Self::I(i)
    }
}
impl From<&'static str> for Key {
    fn from(t: &'static str) -> Self {
        Self::T(t)
    }
}
impl From<Key> for Value {
    fn from(k: Key) -> Self {
        match k {
            Key::I(i) => Self::Int(i),
            Key::T(t) => t.into(),
        }
    }
}

/// Builds a map field by field; absent optional fields are left out.
#[derive(Default)]
pub struct MapBuilder(Vec<(Value, Value)>);
impl MapBuilder {
    /// An empty map.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
    /// Adds a field.
    #[must_use]
    pub fn with(mut self, key: impl Into<Key>, value: impl Into<Value>) -> Self {
        self.0.push((key.into().into(), value.into()));
        self
    }
    /// Adds a field if there is a value.
    #[must_use]
    pub fn maybe(self, key: impl Into<Key>, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(v) => self.with(key, v),
            None => self,
        }
    }
    /// The finished map.
    #[must_use]
    pub fn build(self) -> Value {
        Value::Map(self.0)
    }
}

/// Takes a map apart field by field; [`Fields::end`] refuses what was not asked for.
pub struct Fields(Vec<(Value, Value)>);
impl Fields {
    /// Opens a map.
    ///
    /// # Errors
    /// [`CborError::Type`] when `value` is no map.
    pub fn of(value: Value) -> Result<Self, CborError> {
        match value {
            Value::Map(m) => Ok(Self(m)),
            _ => Err(CborError::Type("map")),
        }
    }
    /// Takes an optional field out.
    pub fn opt(&mut self, key: impl Into<Key>) -> Option<Value> {
        let key: Value = key.into().into();
        let at = self.0.iter().position(|(k, _)| *k == key)?;
        Some(self.0.swap_remove(at).1)
    }
    /// Takes a required field out.
    ///
    /// # Errors
    /// [`CborError::Missing`] names the field.
    pub fn req(&mut self, key: impl Into<Key>, name: &'static str) -> Result<Value, CborError> {
        self.opt(key).ok_or(CborError::Missing(name))
    }
    /// What was not asked for.
    #[must_use]
    pub fn rest(self) -> Vec<(Value, Value)> {
        self.0
    }
    /// Ends the reading.
    ///
    /// # Errors
    /// [`CborError::Unknown`] when fields are left over.
    pub fn end(self) -> Result<(), CborError> {
        if self.0.is_empty() { Ok(()) } else { Err(CborError::Unknown) }
    }
}

impl Value {
    /// The integer.
    ///
    /// # Errors
    /// [`CborError::Type`] names the field.
    pub fn int(self, name: &'static str) -> Result<i64, CborError> {
        if let Self::Int(i) = self { Ok(i) } else { Err(CborError::Type(name)) }
    }
    /// The integer as unsigned.
    ///
    /// # Errors
    /// [`CborError::Type`] names the field.
    pub fn uint(self, name: &'static str) -> Result<u64, CborError> {
        u64::try_from(self.int(name)?).map_err(|_| CborError::Type(name))
    }
    /// The text.
    ///
    /// # Errors
    /// [`CborError::Type`] names the field.
    pub fn text(self, name: &'static str) -> Result<String, CborError> {
        if let Self::Text(t) = self { Ok(t) } else { Err(CborError::Type(name)) }
    }
    /// The bytes.
    ///
    /// # Errors
    /// [`CborError::Type`] names the field.
    pub fn bytes(self, name: &'static str) -> Result<Vec<u8>, CborError> {
        if let Self::Bytes(b) = self { Ok(b) } else { Err(CborError::Type(name)) }
    }
    /// The bytes as an array of exactly `N`.
    ///
    /// # Errors
    /// [`CborError::Type`] names the field.
    pub fn array_of<const N: usize>(self, name: &'static str) -> Result<[u8; N], CborError> {
        self.bytes(name)?.try_into().map_err(|_| CborError::Type(name))
    }
    /// The array.
    ///
    /// # Errors
    /// [`CborError::Type`] names the field.
    pub fn array(self, name: &'static str) -> Result<Vec<Value>, CborError> {
        if let Self::Array(a) = self { Ok(a) } else { Err(CborError::Type(name)) }
    }
    /// The truth value.
    ///
    /// # Errors
    /// [`CborError::Type`] names the field.
    pub fn bool(self, name: &'static str) -> Result<bool, CborError> {
        if let Self::Bool(b) = self { Ok(b) } else { Err(CborError::Type(name)) }
    }
    /// `None` for null.
    #[must_use]
    pub fn non_null(self) -> Option<Value> {
        if self == Self::Null { None } else { Some(self) }
    }
}

/// JSON data as a value: no floats, integers in range; used for payload fields and packs.
///
/// # Errors
/// [`CborError::Simple`] for a float, [`CborError::Integer`] for a large integer.
pub fn from_json(json: &serde_json::Value) -> Result<Value, CborError> {
    use serde_json::Value as J;
    Ok(match json {
        J::Null => Value::Null,
        J::Bool(b) => Value::Bool(*b),
        J::Number(n) => {
            let i = n.as_i64().ok_or(if n.is_f64() { CborError::Simple } else { CborError::Integer })?;
            if !(-MAX_INT..=MAX_INT).contains(&i) {
                return Err(CborError::Integer);
            }
            Value::Int(i)
        }
        J::String(s) => Value::Text(s.clone()),
        J::Array(a) => Value::Array(a.iter().map(from_json).collect::<Result<_, _>>()?),
        J::Object(o) => {
            Value::Map(o.iter().map(|(k, v)| Ok((Value::Text(k.clone()), from_json(v)?))).collect::<Result<_, CborError>>()?)
        }
    })
}

/// A value as JSON. Byte strings become lower-case hex text; integer keys become decimal text.
#[must_use]
pub fn to_json(value: &Value) -> serde_json::Value {
    use serde_json::Value as J;
    match value {
        Value::Int(i) => (*i).into(),
        Value::Bytes(b) => data_encoding::HEXLOWER.encode(b).into(),
        Value::Text(t) => t.clone().into(),
        Value::Array(a) => a.iter().map(to_json).collect::<Vec<_>>().into(),
        Value::Map(m) => J::Object(
            m.iter()
                .map(|(k, v)| {
                    let k = match k {
                        Value::Text(t) => t.clone(),
                        Value::Int(i) => i.to_string(),
                        _ => String::new(),
                    };
                    (k, to_json(v))
                })
                .collect(),
        ),
        Value::Tag18(v) => to_json(v),
        Value::Bool(b) => (*b).into(),
        Value::Null => J::Null,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)] // tests fail by panicking
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hex(s: &str) -> Vec<u8> {
        data_encoding::HEXLOWER.decode(s.as_bytes()).unwrap()
    }

    #[test]
    fn p1_refuses_what_libraries_accept() {
        for (bytes, error) in [
            ("1800", CborError::NotShortest),
            ("9f01ff", CborError::Indefinite),
            ("5f4101ff", CborError::Indefinite),
            ("a2616101616102", CborError::Duplicate),
            ("a2616201616102", CborError::Order),
            ("a20a0181000a", CborError::Key),
            ("0000", CborError::Trailing),
            ("fb3ff0000000000000", CborError::Simple),
            ("f93c00", CborError::Simple),
            ("f7", CborError::Simple),
            ("c11a514b67b0", CborError::Tag),
            ("1b0020000000000000", CborError::Integer),
            ("3b001fffffffffffff", CborError::Integer),
            ("61ff", CborError::Utf8),
            ("63eda080", CborError::Utf8),
            ("4201", CborError::Truncated),
            ("9b00000001ffffffff", CborError::Truncated),
            ("818181818181818181818181818181818100", CborError::Depth),
            ("", CborError::Truncated),
        ] {
            assert_eq!(decode(&hex(bytes)), Err(error), "{bytes}");
        }
    }

    #[test]
    fn p1_sorts_bytewise_not_by_length_of_text() {
        let v = MapBuilder::new().with("aa", 1).with("b", 2).with(-1, 3).with(10, 4).with(100, 5).build();
        assert_eq!(data_encoding::HEXLOWER.encode(&encode(&v).unwrap()), "a50a0418640520036162026261 6101".replace(' ', ""));
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            (-MAX_INT..=MAX_INT).prop_map(Value::Int),
            any::<Vec<u8>>().prop_map(Value::Bytes),
            any::<String>().prop_map(Value::Text),
            any::<bool>().prop_map(Value::Bool),
            Just(Value::Null)
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
                proptest::collection::btree_map(any::<i16>(), inner.clone(), 0..6)
                    .prop_map(|m| { Value::Map(m.into_iter().map(|(k, v)| (Value::Int(k.into()), v)).collect(),) }),
                inner.prop_map(|v| Value::Tag18(Box::new(v)))
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_and_writes_the_same(v in value()) {
            let bytes = encode(&v).unwrap();
            let read = decode(&bytes).unwrap();
            prop_assert_eq!(encode(&read).unwrap(), bytes);
        }

        #[test]
        fn any_bytes_never_panic_and_only_canonical_ones_pass(bytes in any::<Vec<u8>>()) {
            if let Ok(v) = decode(&bytes) { prop_assert_eq!(encode(&v).unwrap(), bytes); }
        }
    }
}
