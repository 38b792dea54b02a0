//! A small strict DER reader (X.690 §10): definite and shortest lengths, one-byte tags. Enough for RFC 3161, and shared by client and verifier.

/// Tags that are used.
pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
/// `[n]`, constructed.
pub(super) const fn context(n: u8) -> u8 {
    0xa0 | n
}

/// The bytes are no DER of the expected shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;
type Result<T> = std::result::Result<T, Malformed>;

/// One element.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    /// With tag and length.
    pub(super) whole: &'a [u8],
}

/// Elements one after another.
#[derive(Clone, Copy)]
pub(super) struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// Exactly one element of that tag, opened.
    pub(super) fn open(bytes: &'a [u8], tag: u8) -> Result<Self> {
        let mut d = Self(bytes);
        let inside = d.inside(tag)?;
        d.end()?;
        Ok(inside)
    }

    /// The elements of a constructed one.
    pub(super) fn of(content: &'a [u8]) -> Self {
        Self(content)
    }

    /// The next element.
    pub(super) fn next(&mut self) -> Result<Element<'a>> {
        let (head, rest) = self.0.split_first_chunk::<2>().ok_or(Malformed)?;
        let [tag, first] = *head;
        if tag & 0x1f == 0x1f {
            return Err(Malformed);
        }
        let (length, used) = match first {
            0..=0x7f => (usize::from(first), 2),
            0x81..=0x84 => {
                let n = usize::from(first & 0x7f);
                let digits = rest.get(..n).ok_or(Malformed)?;
                let length = digits.iter().fold(0usize, |l, b| (l << 8) | usize::from(*b));
                let shortest = digits.first().is_some_and(|b| *b != 0) && length > 0x7f;
                if !shortest {
                    return Err(Malformed);
                }
                (length, 2 + n)
            }
            _ => return Err(Malformed),
        };
        let (whole, rest) = self.0.split_at_checked(used.checked_add(length).ok_or(Malformed)?).ok_or(Malformed)?;
        self.0 = rest;
        Ok(Element { tag, content: whole.get(used..).ok_or(Malformed)?, whole })
    }

    /// The next element, which has that tag.
    pub(super) fn expect(&mut self, tag: u8) -> Result<Element<'a>> {
        let e = self.next()?;
        if e.tag == tag { Ok(e) } else { Err(Malformed) }
    }

    /// The next element if it has that tag.
    pub(super) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>> {
        if self.0.first() == Some(&tag) { self.next().map(Some) } else { Ok(None) }
    }

    /// The elements inside the next one, which has that tag.
    pub(super) fn inside(&mut self, tag: u8) -> Result<Self> {
        Ok(Self(self.expect(tag)?.content))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn end(&self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}

/// One element as bytes.
pub(super) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|p| p.len()).sum();
    let mut out = vec![tag];
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let digits: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|b| *b == 0).collect();
        out.push(0x80 | digits.len() as u8);
        out.extend(digits);
    }
    for p in parts {
        out.extend_from_slice(p);
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;

    #[test]
    fn only_shortest_definite_lengths_are_read() {
        for n in [0, 1, 127, 128, 255, 256, 70_000] {
            let e = element(OCTETS, &[&vec![7; n]]);
            assert_eq!(Der::of(&e).expect(OCTETS).unwrap().content.len(), n);
            assert!(Der::open(&element(SEQUENCE, &[&e]), SEQUENCE).unwrap().expect(INTEGER).is_err());
        }
        for bad in [
            &[0x30, 0x80, 0, 0][..],
            &[0x04, 0x81, 1, 7],
            &[0x04, 0x82, 0, 1, 7],
            &[0x04, 2, 7],
            &[0x1f, 1, 7],
            &[0x04, 0x85, 0, 0, 0, 0, 1],
            &[0x04],
            &[],
        ] {
            assert!(Der::of(bad).next().is_err(), "{bad:?}");
        }
        assert!(Der::open(&[0x30, 0, 0], SEQUENCE).is_err(), "trailing byte");
    }
}
