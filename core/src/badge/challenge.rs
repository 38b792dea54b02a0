//! The challenge: eight digits that the party's page shows and the officer's phone signs. It proves the live device, whatever the clocks say (P7).

use super::BadgeError;
use crate::id::sha256_parts;

/// What the presentation carries of the digits.
pub type Challenge = [u8; 8];

/// How many digits the page shows.
const DIGITS: usize = 8;

/// The challenge of the digits as they were typed or scanned; spaces do not matter, nor whether a keyboard gave full-width digits.
///
/// # Errors
/// [`BadgeError::Challenge`] when they are not eight digits.
pub fn challenge(digits: &str) -> Result<Challenge, BadgeError> {
    let read: Option<Vec<u8>> = digits
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| {
            let zero = if c.is_ascii() { '0' } else { '\u{ff10}' };
            u32::from(c).checked_sub(u32::from(zero)).filter(|d| *d < 10).and_then(|d| u8::try_from(d).ok()).map(|d| b'0' + d)
        })
        .take(DIGITS + 1)
        .collect();
    let read = read.filter(|d| d.len() == DIGITS).ok_or(BadgeError::Challenge)?;
    let mut out = Challenge::default();
    for (o, d) in out.iter_mut().zip(sha256_parts(&[b"mz1/challenge\0", &read])) {
        *o = d;
    }
    Ok(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;
    use crate::id::sha256;

    #[test]
    fn eight_digits_however_they_are_written() {
        let c = challenge("12345678").unwrap();
        assert_eq!(c[..], sha256(b"mz1/challenge\x0012345678")[..8]);
        for same in ["1234 5678", " 1234\u{3000}5678\n", "１２３４５６７８"] {
            assert_eq!(challenge(same), Ok(c), "{same}");
        }
        for bad in ["", "1234567", "123456789", "1234-5678", "1234567x", "١٢٣٤٥٦٧٨", "https://zf.example/b#12345678"] {
            assert_eq!(challenge(bad), Err(BadgeError::Challenge), "{bad}");
        }
    }
}
