//! DER, as far as the extensions of attestations need it: one element after another, tags of any size, definite lengths (X.690 §8.1, §10.1).

/// An element: its whole tag, its content, and itself as it stands.
pub(super) struct Element<'a> {
    /// Class and number; constructed or not is no part of it.
    pub(super) tag: Tag,
    pub(super) content: &'a [u8],
    pub(super) whole: &'a [u8],
}

/// Class (0 universal, 2 context-specific) and number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag(pub(super) u8, pub(super) u32);

pub(super) const BOOLEAN: Tag = Tag(0, 1);
pub(super) const INTEGER: Tag = Tag(0, 2);
pub(super) const OCTETS: Tag = Tag(0, 4);
pub(super) const ENUMERATED: Tag = Tag(0, 10);
pub(super) const SEQUENCE: Tag = Tag(0, 16);
pub(super) const SET: Tag = Tag(0, 17);

/// Takes the next element off `from`.
pub(super) fn next<'a>(from: &mut &'a [u8]) -> Option<Element<'a>> {
    let start = *from;
    let mut rest = start;
    let first = byte(&mut rest)?;
    let number = match first & 0x1f {
        0x1f => {
            let mut number = 0u32;
            loop {
                let b = byte(&mut rest)?;
                number = number.checked_mul(128)?.checked_add(u32::from(b & 0x7f))?;
                if b & 0x80 == 0 {
                    break number;
                }
            }
        }
        small => u32::from(small),
    };
    let length = match byte(&mut rest)? {
        short @ 0..=0x7f => usize::from(short),
        long @ 0x81..=0x84 => {
            let mut length = 0usize;
            for _ in 0..(long & 0x7f) {
                length = length * 256 + usize::from(byte(&mut rest)?);
            }
            length
        }
        _ => return None,
    };
    let (content, after) = rest.split_at_checked(length)?;
    let whole = start.get(..start.len() - after.len())?;
    *from = after;
    Some(Element { tag: Tag(first >> 6, number), content, whole })
}

fn byte(from: &mut &[u8]) -> Option<u8> {
    let (first, rest) = from.split_first()?;
    *from = rest;
    Some(*first)
}

/// The next element, which must have that tag: its content.
pub(super) fn expect<'a>(from: &mut &'a [u8], tag: Tag) -> Option<&'a [u8]> {
    next(from).filter(|e| e.tag == tag).map(|e| e.content)
}

/// The content of an element that has nothing after it.
pub(super) fn only(from: &[u8], tag: Tag) -> Option<&[u8]> {
    let mut rest = from;
    let content = expect(&mut rest, tag)?;
    rest.is_empty().then_some(content)
}

/// A small number, not negative.
pub(super) fn number(content: &[u8]) -> Option<u32> {
    if content.is_empty() || content.len() > 4 || content.first()? & 0x80 != 0 {
        return None;
    }
    Some(content.iter().fold(0, |n, b| n * 256 + u32::from(*b)))
}
