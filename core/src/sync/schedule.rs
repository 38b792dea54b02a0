//! When the office may be asked again, and what may be sent now: pure, from what the shell says of network and battery and from what
//! failed so far (F27, F28, F29; R23). Nothing here asks a clock.

use crate::cbor::{CborError, Value, decode, encode};
use crate::clock::Reading;

/// The first wait after a failure.
const FIRST_MS: u64 = 5_000;
/// The longest one.
const LONGEST_MS: u64 = 60 * 60_000;

/// What network there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Network {
    /// None: nothing is asked.
    None,
    /// One that is paid for by what is sent.
    Metered,
    /// One that is not, or nobody knows.
    #[default]
    Unmetered,
}

/// What the shell knows of the device just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Conditions {
    /// The network.
    pub network: Network,
    /// Charge in percent; none where the system does not say.
    pub battery: Option<u8>,
    /// On a charger.
    pub charging: bool,
}

/// How heavy what is sent may be; entries, feed, papers, strokes and thumbnails always go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Entries, papers, strokes, thumbnails.
    Small,
    /// Photographs too.
    Pictures,
    /// Recordings too.
    Recordings,
}

impl Weight {
    const ALL: [Self; 3] = [Self::Small, Self::Pictures, Self::Recordings];
}

/// What the user, or the office, wants sent when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The most that goes over a metered network.
    pub metered: Weight,
    /// Below this charge, and off the charger, only small things go; percent.
    pub least_battery: u8,
}

impl Default for Policy {
    fn default() -> Self {
        Self { metered: Weight::Pictures, least_battery: 20 }
    }
}

impl Policy {
    /// What may go under these conditions, and why not more.
    #[must_use]
    pub fn allows(&self, now: &Conditions) -> (Weight, Option<Wait>) {
        let metered = if now.network == Network::Metered { self.metered } else { Weight::Recordings };
        let low = !now.charging && now.battery.is_some_and(|b| b < self.least_battery);
        if low && metered > Weight::Small {
            (Weight::Small, Some(Wait::Battery))
        } else {
            (metered, (metered < Weight::Recordings).then_some(Wait::Metered))
        }
    }

    pub(crate) fn encode(self) -> Result<Vec<u8>, CborError> {
        encode(&Value::Array(vec![(self.metered as u64).into(), u64::from(self.least_battery).into()]))
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        let mut parts = decode(bytes)?.array("policy")?.into_iter();
        let mut next = || parts.next().ok_or(CborError::Type("policy"))?.uint("policy");
        let metered = next()?;
        let metered = Weight::ALL.into_iter().find(|w| *w as u64 == metered).ok_or(CborError::Type("policy"))?;
        Ok(Self { metered, least_battery: u8::try_from(next()?).map_err(|_| CborError::Type("policy"))? })
    }
}

/// Why an item waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// The user stopped sending.
    Paused,
    /// There is no network.
    NoNetwork,
    /// The office was not reached; it is tried again later.
    Later,
    /// Too heavy for a metered network.
    Metered,
    /// Too heavy for what the battery still holds.
    Battery,
    /// Its turn comes.
    Turn,
}

/// How often in a row the office was not reached, and until when it is left in peace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pace {
    failures: u32,
    boot: Vec<u8>,
    until_ms: u64,
}

impl Pace {
    /// After one more failure: twice the wait, up to an hour, of which `chance` takes up to half away, so that a thousand phones that lost the
    /// same network do not come back at one moment.
    #[must_use]
    pub fn failed(&self, now: &Reading, chance: u64) -> Self {
        let wait = FIRST_MS.checked_shl(self.failures.min(32)).unwrap_or(LONGEST_MS).min(LONGEST_MS);
        let wait = wait - chance % (wait / 2 + 1);
        Self { failures: self.failures.saturating_add(1), boot: now.boot.clone(), until_ms: now.mono_ms.saturating_add(wait) }
    }

    /// The user asks now: the wait is over, the failures are not forgotten.
    #[must_use]
    pub fn hurried(&self) -> Self {
        Self { until_ms: 0, ..self.clone() }
    }

    /// Failures in a row.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Milliseconds until the next try; 0 when it may be made. A device that was started anew does not wait.
    #[must_use]
    pub fn wait_ms(&self, now: &Reading) -> u64 {
        if self.boot == now.boot { self.until_ms.saturating_sub(now.mono_ms) } else { 0 }
    }

    pub(crate) fn encode(&self) -> Result<Vec<u8>, CborError> {
        encode(&Value::Array(vec![u64::from(self.failures).into(), self.boot.as_slice().into(), self.until_ms.into()]))
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        let mut parts = decode(bytes)?.array("pace")?.into_iter();
        let mut next = || parts.next().ok_or(CborError::Type("pace"));
        let failures = u32::try_from(next()?.uint("pace")?).map_err(|_| CborError::Type("pace"))?;
        Ok(Self { failures, boot: next()?.bytes("pace")?, until_ms: next()?.uint("pace")? })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;

    fn at(mono_ms: u64) -> Reading {
        Reading { wall_ms: 0, zone_min: 480, mono_ms, boot: vec![1] }
    }

    #[test]
    fn f28_waits_double_up_to_an_hour_and_are_spread() {
        let mut pace = Pace::default();
        let mut waits = Vec::new();
        for _ in 0..40 {
            pace = pace.failed(&at(0), 0);
            waits.push(pace.wait_ms(&at(0)));
        }
        assert_eq!(waits.iter().take(3).copied().collect::<Vec<_>>(), [5_000, 10_000, 20_000]);
        assert!(waits.iter().skip(10).all(|w| *w == LONGEST_MS));
        let least = Pace::default().failed(&at(0), 2_500).wait_ms(&at(0));
        assert_eq!(least, 2_500, "never less than half");
        assert!((0..9_999).all(|n| (2_500..=5_000).contains(&Pace::default().failed(&at(0), n).wait_ms(&at(0)))));
    }

    #[test]
    fn f28_a_wait_ends_by_time_by_the_user_or_by_a_new_start() {
        let pace = Pace::default().failed(&at(1_000), 0);
        assert_eq!(pace.wait_ms(&at(6_000)), 0);
        assert_eq!(pace.hurried().wait_ms(&at(1_000)), 0);
        assert_eq!(pace.hurried().failed(&at(0), 0).wait_ms(&at(0)), 10_000, "the failures are not forgotten");
        assert_eq!(pace.wait_ms(&Reading { boot: vec![2], ..at(0) }), 0);
        assert_eq!(Pace::decode(&pace.encode().unwrap()).unwrap(), pace);
        assert!(Pace::decode(b"\x80").is_err());
    }

    #[test]
    fn f27_f29_heavy_things_wait_for_network_and_charger() {
        let policy = Policy::default();
        let on = |network, battery, charging| policy.allows(&Conditions { network, battery, charging });
        assert_eq!(on(Network::Unmetered, Some(90), false), (Weight::Recordings, None));
        assert_eq!(on(Network::Metered, Some(90), false), (Weight::Pictures, Some(Wait::Metered)));
        assert_eq!(on(Network::Metered, Some(19), false), (Weight::Small, Some(Wait::Battery)));
        assert_eq!(on(Network::Unmetered, Some(19), true), (Weight::Recordings, None));
        assert_eq!(on(Network::Unmetered, None, false), (Weight::Recordings, None), "what nobody knows stops nothing");
        assert_eq!(Policy::decode(&policy.encode().unwrap()).unwrap(), policy);
        assert!(Policy::decode(&encode(&Value::Array(vec![9u64.into(), 0u64.into()])).unwrap()).is_err());
    }
}
