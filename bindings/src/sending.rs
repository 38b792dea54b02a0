//! When the office is asked again, and what is sent over which network.

use crate::mirror::{choice, record};
use mingzheng_core as core;

choice!(
    /// Why an item waits.
    Wait = core::sync::schedule::Wait {
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
);
choice!(
    /// What network there is.
    Network = core::sync::schedule::Network {
        /// None: nothing is asked.
        None,
        /// One that is paid for by what is sent.
        Metered,
        /// One that is not, or nobody knows.
        Unmetered,
    }
);
choice!(
    /// How heavy what is sent may be; entries, papers, strokes and thumbnails always go.
    Weight = core::sync::schedule::Weight {
        /// Entries, papers, strokes, thumbnails.
        Small,
        /// Photographs too.
        Pictures,
        /// Recordings too.
        Recordings,
    }
);
record!(in
    /// What the shell knows of the device just now.
    Conditions = core::sync::schedule::Conditions {
        /// The network.
        network: Network,
        /// Charge in percent; none where the system does not say.
        battery: Option<u8>,
        /// On a charger.
        charging: bool,
    }
);
record!(both
    /// What is sent over which network and at which charge.
    SendingPolicy = core::sync::schedule::Policy {
        /// The most that goes over a metered network.
        metered: Weight,
        /// Below this charge, and off the charger, only small things go; percent.
        least_battery: u8,
    }
);
record!(out
    /// Whether and when the office is asked again.
    Sending = core::phone::Sending {
        /// The user stopped it.
        paused: bool,
        /// A request is under way.
        busy: bool,
        /// How often in a row the office was not reached.
        failures: u32,
        /// Milliseconds until the next try; 0 when it may be made now.
        wait_ms: u64,
    }
);
