//! The three clocks of an entry and the office's time anchors (`docs/formats` §5, J31, F14).

use crate::cbor::{CborError, Value};
use crate::id::Digest;

/// One reading of the device's clocks at the same moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Wall clock, milliseconds since 1970 UTC.
    pub wall_ms: i64,
    /// Zone offset in minutes east of UTC (F13: +05:45 is 345).
    pub zone_min: i32,
    /// Monotonic clock that counts sleep, milliseconds since boot.
    pub mono_ms: u64,
    /// Names the boot; at most 16 bytes.
    pub boot: Vec<u8>,
}

/// The newest office anchor that the device held, seen from a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnchorRef {
    /// SHA-256 of the signed anchor.
    pub digest: Digest,
    /// Monotonic milliseconds since it was received, in the same boot.
    pub since_ms: u64,
}

/// Clocks as an entry or checkpoint holds them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clocks {
    /// The device's reading.
    pub reading: Reading,
    /// The newest anchor of the same boot.
    pub anchor: Option<AnchorRef>,
}

impl Clocks {
    /// As `clocks` of the formats.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let anchor = self.anchor.map(|a| Value::Array(vec![a.digest.into(), a.since_ms.into()]));
        Value::Array(vec![
            self.reading.wall_ms.into(),
            self.reading.zone_min.into(),
            self.reading.mono_ms.into(),
            self.reading.boot.clone().into(),
            anchor.into(),
        ])
    }

    /// From `clocks` of the formats.
    ///
    /// # Errors
    /// [`CborError::Type`] names the field.
    pub fn from_value(value: Value) -> Result<Self, CborError> {
        let [wall, zone, mono, boot, anchor]: [Value; 5] =
            value.array("clocks")?.try_into().map_err(|_| CborError::Type("clocks"))?;
        let zone_min = i32::try_from(zone.int("zone")?).ok().filter(|z| z.abs() <= 18 * 60).ok_or(CborError::Type("zone"))?;
        let boot = boot.bytes("boot")?;
        if boot.len() > 16 {
            return Err(CborError::Type("boot"));
        }
        let anchor = match anchor.non_null() {
            None => None,
            Some(a) => {
                let [digest, since]: [Value; 2] = a.array("anchor")?.try_into().map_err(|_| CborError::Type("anchor"))?;
                Some(AnchorRef { digest: digest.array_of("anchor")?, since_ms: since.uint("anchor")? })
            }
        };
        Ok(Self { reading: Reading { wall_ms: wall.int("wall")?, zone_min, mono_ms: mono.uint("mono")?, boot }, anchor })
    }
}

/// A step of the wall clock against the monotonic clock between two readings (J31).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jump {
    /// Wall step minus monotonic step in milliseconds; negative when set back. Across a reboot only a backward wall step is known.
    pub by_ms: i64,
}

/// Steps larger than this are flagged and logged.
pub const JUMP_LIMIT_MS: i64 = 60_000;

/// The jump between two successive readings, if it exceeds [`JUMP_LIMIT_MS`].
#[must_use]
pub fn jump(before: &Reading, after: &Reading) -> Option<Jump> {
    let wall = after.wall_ms.saturating_sub(before.wall_ms);
    let by_ms = if before.boot == after.boot {
        let mono =
            i64::try_from(after.mono_ms).unwrap_or(i64::MAX).saturating_sub(i64::try_from(before.mono_ms).unwrap_or(i64::MAX));
        wall.saturating_sub(mono)
    } else {
        wall.min(0)
    };
    (by_ms.saturating_abs() > JUMP_LIMIT_MS).then_some(Jump { by_ms })
}

/// Office time as a phone last learnt it: what a fresh, quick, signed answer said, and where its own clocks stood then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficeTime {
    /// Office time, ms.
    pub at: i64,
    /// Monotonic clock at that moment.
    pub mono_ms: u64,
    /// The boot of that moment.
    pub boot: Vec<u8>,
}

/// The time that deadlines and validity are compared with (F14, P5). In the boot of the office's answer: office time and what the monotonic clock
/// counted since, whatever the wall clock says. In another boot the office's answer is still a lower bound, so that a wall clock that was set back
/// never makes something valid again; one that was set forward across a reboot cannot be told from time that passed.
#[must_use]
pub fn best_time(now: &Reading, office: Option<&OfficeTime>) -> i64 {
    let Some(office) = office else { return now.wall_ms };
    let passed = if office.boot == now.boot { now.mono_ms.checked_sub(office.mono_ms) } else { None };
    match passed.and_then(|ms| i64::try_from(ms).ok()) {
        Some(ms) => office.at.saturating_add(ms),
        None => now.wall_ms.max(office.at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(wall_ms: i64, mono_ms: u64, boot: u8) -> Reading {
        Reading { wall_ms, zone_min: 480, mono_ms, boot: vec![boot] }
    }

    #[test]
    fn j31_f14_jump_is_wall_against_monotonic() {
        assert_eq!(jump(&at(1_000_000, 0, 1), &at(1_030_000, 30_000, 1)), None);
        assert_eq!(jump(&at(10_000_000, 0, 1), &at(2_800_000, 1_000, 1)), Some(Jump { by_ms: -7_201_000 }));
        assert_eq!(jump(&at(0, 0, 1), &at(200_000, 100_000, 1)), Some(Jump { by_ms: 100_000 }));
        assert_eq!(jump(&at(0, 500, 1), &at(999_999_999, 10, 2)), None, "a long pause over a reboot is no jump");
        assert_eq!(jump(&at(999_999_999, 500, 1), &at(0, 10, 2)), Some(Jump { by_ms: -999_999_999 }));
        let (limit, over) = (JUMP_LIMIT_MS, JUMP_LIMIT_MS + 1);
        assert_eq!((jump(&at(0, 0, 1), &at(limit, 0, 1)), jump(&at(limit, 0, 1), &at(0, 0, 1))), (None, None));
        assert_eq!(jump(&at(0, 0, 1), &at(over, 0, 1)), Some(Jump { by_ms: over }));
        assert_eq!(jump(&at(over, 0, 1), &at(0, 0, 1)), Some(Jump { by_ms: -over }));
    }

    /// F13: an offset is not the time: going from one to the other is no jump.
    #[test]
    fn f13_another_zone_or_summer_time_is_no_jump() {
        let zones = [480, 345, -210, 60, 120];
        for (before, after) in zones.iter().flat_map(|a| zones.iter().map(move |b| (*a, *b))) {
            let then = Reading { zone_min: before, ..at(0, 0, 1) };
            assert_eq!(jump(&then, &Reading { zone_min: after, ..at(30_000, 30_000, 1) }), None);
        }
    }

    /// F14; design invariant 8: office time once known, and a clock that is set back wins nothing.
    #[test]
    fn f14_deadlines_follow_the_office_and_a_clock_set_back_wins_nothing() {
        let office = OfficeTime { at: 50_000_000, mono_ms: 1_000, boot: vec![1] };
        let best = |r: &Reading| best_time(r, Some(&office));
        for wall in [0, 49_000_000, 50_010_000, i64::MAX / 2] {
            assert_eq!(best(&at(wall, 11_000, 1)), 50_010_000, "in the same boot the wall clock says nothing");
        }
        assert_eq!(best(&at(0, 5, 2)), 50_000_000, "after a reboot never before the office's last answer");
        assert_eq!(best(&at(60_000_000, 5, 2)), 60_000_000);
        assert_eq!(best(&at(0, 999, 1)), 50_000_000, "a monotonic clock that went back counts as another boot");
        assert_eq!(best_time(&at(7, 0, 1), None), 7);
    }
}
