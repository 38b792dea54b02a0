//! A pack's payload as its data model reads it: straight from the bytes, since a phone opens its pack at every start.
//!
//! As strict as [`crate::cbor::decode`]: whatever is read here, that reads too (`docs/formats` §1).

use crate::cbor::{CborError, MAX_DEPTH, Reader, integer};
use serde::de::value::{BorrowedStrDeserializer, Error, MapAccessDeserializer};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

/// Reads exactly one value.
///
/// # Errors
/// What the model or the profile refuses; [`crate::cbor::decode`] tells which of the two.
pub(super) fn read<'de, T: Deserialize<'de>>(payload: &'de [u8]) -> Result<T, Error> {
    let mut reader = Reader::new(payload);
    let value = T::deserialize(Item { reader: &mut reader, depth: 0 })?;
    if reader.rest().is_empty() { Ok(value) } else { Err(cbor(CborError::Trailing)) }
}

fn cbor(error: CborError) -> Error {
    Error::custom(error)
}

fn foreign() -> Error {
    Error::custom("bytes, tags and integer keys have no place in a pack")
}

/// The next value.
struct Item<'r, 'de> {
    reader: &'r mut Reader<'de>,
    depth: usize,
}

impl<'de> Item<'_, 'de> {
    fn head(&mut self) -> Result<(u8, u64), Error> {
        if self.depth > MAX_DEPTH {
            return Err(cbor(CborError::Depth));
        }
        self.reader.head().map_err(cbor)
    }

    fn value<V: Visitor<'de>>(self, (major, n): (u8, u64), visitor: V) -> Result<V::Value, Error> {
        let mut inside = Inside { reader: self.reader, depth: self.depth + 1, left: n, last: None };
        match (major, n) {
            (0 | 1, _) => {
                let number = integer(major, n).map_err(cbor)?;
                match u64::try_from(number) {
                    Ok(number) => visitor.visit_u64(number),
                    Err(_) => visitor.visit_i64(number),
                }
            }
            (3, _) => visitor.visit_borrowed_str(inside.reader.text(n).map_err(cbor)?),
            (4, _) => {
                let read = visitor.visit_seq(&mut inside)?;
                inside.end().map(|()| read)
            }
            (5, _) => {
                let read = visitor.visit_map(&mut inside)?;
                inside.end().map(|()| read)
            }
            (7, 20) => visitor.visit_bool(false),
            (7, 21) => visitor.visit_bool(true),
            (7, _) => visitor.visit_unit(),
            _ => Err(foreign()),
        }
    }
}

impl<'de> Deserializer<'de> for Item<'_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        let head = self.head()?;
        self.value(head, visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        match self.head()? {
            (7, 22) => visitor.visit_none(),
            head => visitor.visit_some(Begun { item: self, head }),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let head = self.head()?;
        Begun { item: self, head }.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// A value whose head was read.
struct Begun<'r, 'de> {
    item: Item<'r, 'de>,
    head: (u8, u64),
}

impl<'de> Deserializer<'de> for Begun<'_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.item.value(self.head, visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.head {
            (7, 22) => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let Self { item, head } = self;
        match head {
            (3, n) => visitor.visit_enum(BorrowedStrDeserializer::new(item.reader.text(n).map_err(cbor)?)),
            (5, n) => {
                let mut inside = Inside { reader: item.reader, depth: item.depth + 1, left: n, last: None };
                let read = visitor.visit_enum(MapAccessDeserializer::new(&mut inside))?;
                inside.end().map(|()| read)
            }
            _ => Err(foreign()),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// What is left of an array or a map.
struct Inside<'r, 'de> {
    reader: &'r mut Reader<'de>,
    depth: usize,
    left: u64,
    /// The key before, as it is encoded.
    last: Option<&'de [u8]>,
}

impl Inside<'_, '_> {
    fn end(&self) -> Result<(), Error> {
        if self.left == 0 { Ok(()) } else { Err(Error::custom("more items than the model has")) }
    }
}

impl<'de> SeqAccess<'de> for Inside<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        seed.deserialize(Item { reader: self.reader, depth: self.depth }).map(Some)
    }
}

impl<'de> MapAccess<'de> for Inside<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        let before = self.reader.rest();
        let mut item = Item { reader: self.reader, depth: self.depth };
        let (3, n) = item.head()? else { return Err(foreign()) };
        let key = self.reader.text(n).map_err(cbor)?;
        let raw = before.get(..before.len() - self.reader.rest().len()).ok_or(CborError::Truncated).map_err(cbor)?;
        match self.last.map(|last| last.cmp(raw)) {
            Some(std::cmp::Ordering::Equal) => return Err(cbor(CborError::Duplicate)),
            Some(std::cmp::Ordering::Greater) => return Err(cbor(CborError::Order)),
            _ => self.last = Some(raw),
        }
        seed.deserialize(BorrowedStrDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(Item { reader: self.reader, depth: self.depth })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use crate::cbor;
    use crate::pack::{Pack, author, signed};
    use proptest::prelude::*;
    use std::path::Path;
    use std::sync::LazyLock;

    static SHIPPED: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/weisheng-jiandu");
        signed::encode(&author::compile(&folder).unwrap()).unwrap()
    });

    #[test]
    fn what_the_profile_forbids_is_not_read() {
        for (bytes, error) in [
            (&[0xa2, 0x61, b'b', 0, 0x61, b'a', 0][..], "map keys out of order"),
            (&[0xa2, 0x61, b'a', 0, 0x61, b'a', 0], "duplicate map key"),
            (&[0xa1, 0x00, 0], "bytes, tags and integer keys have no place in a pack"),
            (&[0xa1, 0x61, b'a', 0x18, 0x05], "not the shortest form"),
            (&[0xa1, 0x61, b'a', 0x9f, 0xff], "indefinite length"),
            (&[0xa1, 0x61, b'a', 0xfb, 0, 0, 0, 0, 0, 0, 0, 0], "float or simple value outside the profile"),
            (&[0xa1, 0x61, b'a', 0x41, 0], "bytes, tags and integer keys have no place in a pack"),
            (&[0xa1, 0x61, b'a', 0x62, 0xff, 0xff], "text is not UTF-8"),
            (&[0xa1, 0x61, b'a'], "truncated"),
            (&[0xa0, 0], "trailing bytes"),
            (&[[0x81; 20].as_slice(), &[0]].concat(), "nested too deep"),
        ] {
            let read = read::<serde_json::Value>(bytes);
            assert_eq!(read.unwrap_err().to_string(), error);
        }
        assert_eq!(read::<(u8,)>(&[0x82, 1, 2]).unwrap_err().to_string(), "more items than the model has");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

        /// What is read here is in the one form that the strict reader knows, whatever was done to the bytes.
        #[test]
        fn nothing_is_read_that_the_strict_reader_refuses(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut bytes = SHIPPED.clone();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if read::<Pack>(&bytes).is_ok() {
                prop_assert_eq!(cbor::encode(&cbor::decode(&bytes).unwrap()).unwrap(), bytes);
            }
        }
    }
}
