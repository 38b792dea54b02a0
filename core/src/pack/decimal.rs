//! Exact decimal numbers: limits and measured values are never floats (protocol P1).

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A decimal number as it was written, for instance `0.30`; up to 12 digits, an optional `-` and one point between digits.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Decimal {
    written: String,
    /// The value in 1e-12.
    value: i128,
}

/// A text that is no decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a decimal number: digits, at most one point between digits, at most 12 digits")]
pub struct NotADecimal;

impl Decimal {
    /// The number as it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }
}

impl FromStr for Decimal {
    type Err = NotADecimal;

    fn from_str(text: &str) -> Result<Self, NotADecimal> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = match unsigned.split_once('.') {
            Some((_, "")) => return Err(NotADecimal),
            Some(parts) => parts,
            None => (unsigned, ""),
        };
        let digits = format!("{whole}{fraction:0<12}");
        let plain = digits.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !plain || whole.len() + fraction.len() > 12 {
            return Err(NotADecimal);
        }
        let value: i128 = digits.parse().map_err(|_| NotADecimal)?;
        Ok(Decimal { written: text.to_owned(), value: if unsigned.len() < text.len() { -value } else { value } })
    }
}

impl TryFrom<String> for Decimal {
    type Error = NotADecimal;

    fn try_from(text: String) -> Result<Self, NotADecimal> {
        text.parse()
    }
}

impl From<Decimal> for String {
    fn from(decimal: Decimal) -> String {
        decimal.written
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// By value: `0.3` equals `0.30`.
impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.cmp(&other.value)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn compares_by_value_and_keeps_the_writing() {
        let d = |s: &str| s.parse::<Decimal>().unwrap();
        assert_eq!(d("0.3"), d("0.30"));
        assert_eq!(d("0.30").as_str(), "0.30");
        assert!(d("0.1") < d("0.3") && d("-1") < d("0") && d("10") > d("9.99"));
    }

    #[test]
    fn refuses_what_is_no_number() {
        for text in ["", "-", ".", "1.", ".5", "1e3", "+1", "1,0", " 1", "1.2.3", "--1", "NaN", "１", "1234567890123"] {
            assert_eq!(text.parse::<Decimal>(), Err(NotADecimal), "{text:?}");
        }
    }
}
