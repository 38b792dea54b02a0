//! The text forms that could carry a frame in the fragment of an address, and the QR version that each would need at level M (ADR 0005).

use super::samples::HOST;
use mingzheng_core::badge::frame::to_digits;
use qrcode::bits::Bits;
use qrcode::types::QrResult;
use qrcode::{EcLevel, Version};

/// What a form writes: a segment in the mode that a QR has for such characters.
type Segment = fn(&mut Bits, &[u8]) -> QrResult<()>;

/// A form: its name, the characters that `n` bytes become, the address before them and its mode, and the mode of the data.
pub(crate) struct Form {
    pub(crate) name: &'static str,
    characters: fn(&[u8]) -> Vec<u8>,
    address: fn() -> Vec<u8>,
    address_mode: Segment,
    mode: Segment,
}

fn bytes(bits: &mut Bits, data: &[u8]) -> QrResult<()> {
    bits.push_byte_data(data)
}
fn alphanumeric(bits: &mut Bits, data: &[u8]) -> QrResult<()> {
    bits.push_alphanumeric_data(data)
}
fn numeric(bits: &mut Bits, data: &[u8]) -> QrResult<()> {
    bits.push_numeric_data(data)
}
fn fragment() -> Vec<u8> {
    format!("https://{HOST}/b#").into_bytes()
}
/// Without `#`, which has no place in an alphanumeric segment: the data would be part of the path, which the browser sends to the server.
fn path() -> Vec<u8> {
    format!("HTTPS://{}/B/", HOST.to_uppercase()).into_bytes()
}
/// Only lengths matter: characters of the right alphabet in the right number.
fn filled(character: u8, length: usize) -> Vec<u8> {
    vec![character; length]
}

pub(crate) const FORMS: [Form; 7] = [
    Form {
        name: "decimal digits (chosen)",
        characters: |b| to_digits(b).into_bytes(),
        address: fragment,
        address_mode: bytes,
        mode: numeric,
    },
    Form {
        name: "Base45",
        characters: |b| filled(b'A', b.len() / 2 * 3 + b.len() % 2 * 2),
        address: fragment,
        address_mode: bytes,
        mode: alphanumeric,
    },
    Form {
        name: "Base32",
        characters: |b| filled(b'A', (b.len() * 8).div_ceil(5)),
        address: fragment,
        address_mode: bytes,
        mode: alphanumeric,
    },
    Form {
        name: "Base32, all capitals, in the path",
        characters: |b| filled(b'A', (b.len() * 8).div_ceil(5)),
        address: path,
        address_mode: alphanumeric,
        mode: alphanumeric,
    },
    Form {
        name: "Base64url",
        characters: |b| filled(b'a', (b.len() * 4).div_ceil(3)),
        address: fragment,
        address_mode: bytes,
        mode: bytes,
    },
    Form {
        name: "hexadecimal",
        characters: |b| filled(b'A', b.len() * 2),
        address: fragment,
        address_mode: bytes,
        mode: alphanumeric,
    },
    Form { name: "bare bytes, no address", characters: <[u8]>::to_vec, address: Vec::new, address_mode: bytes, mode: bytes },
];

impl Form {
    /// Characters of the whole text, and the smallest QR version at level M.
    pub(crate) fn measure(&self, frame: &[u8]) -> (usize, Option<i16>) {
        let (address, data) = ((self.address)(), (self.characters)(frame));
        let fits = |version: &i16| {
            let mut bits = Bits::new(Version::Normal(*version));
            let address = if address.is_empty() { Ok(()) } else { (self.address_mode)(&mut bits, &address) };
            address.and_then(|()| (self.mode)(&mut bits, &data)).and_then(|()| bits.push_terminator(EcLevel::M)).is_ok()
        };
        (address.len() + data.len(), (1..=40).find(fits))
    }
}
